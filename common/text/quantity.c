/* text/quantity - mantissa digits go into 128 bits with a decimal or binary scale; what no longer fits is
 * beyond the range. */
#include "text/quantity.h"

#include <inttypes.h>

typedef __int128 wide;

static const wide NANO = 1000000000;
static const wide NANOS_MAX = (wide)INT64_MAX * 1000000000;

static struct err *bad(void)
{
    return err_new(
        ERR_INVALID,
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

struct suffix {
    const char *text;
    int power; /* of 10, or of 1024 */
};
static const struct suffix decimals[] = {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0},   {"k", 3},
                                         {"M", 6},  {"G", 9},  {"T", 12}, {"P", 15}, {"E", 18}};
static const struct suffix binaries[] = {{"Ki", 1}, {"Mi", 2}, {"Gi", 3}, {"Ti", 4}, {"Pi", 5}, {"Ei", 6}};

static bool find(const struct suffix *list, size_t n, struct span text, int *power)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(text, list[i].text)) {
            *power = list[i].power;
            return true;
        }
    return false;
}

/* Suffix to format and power. "e3" and "E3" are exponents, "E" alone is exa. */
static bool parse_suffix(struct span s, enum quantity_format *format, int *power)
{
    int64_t exponent;
    *format = QUANTITY_DECIMAL;
    if (find(decimals, ARRAY_LEN(decimals), s, power))
        return true;
    *format = QUANTITY_BINARY;
    if (find(binaries, ARRAY_LEN(binaries), s, power))
        return true;
    *format = QUANTITY_EXPONENT;
    if (s.len < 2 || (s.at[0] != 'e' && s.at[0] != 'E') ||
        !span_int((struct span){s.at + 1, s.len - 1}, &exponent))
        return false;
    *power = (int)MAX(MIN(exponent, (int64_t)1000), (int64_t)-1000);
    return true;
}

/* v * 10^power, rounded away from zero; stops above the range. */
static wide scale10(wide v, int power, bool inexact)
{
    for (; power > 0 && v <= NANOS_MAX; power--)
        v *= 10;
    for (; power < 0 && v; power++) {
        inexact = inexact || v % 10;
        v /= 10;
    }
    return v + inexact;
}

struct mantissa {
    wide whole;        /* below WHOLE_MAX, else that */
    wide fraction;     /* FRACTION_DIGITS digits */
    bool inexact, any; /* something but zeros was behind those; there was a digit */
};

enum { FRACTION_DIGITS = 18 };
static const wide WHOLE_MAX = (wide)1000000000000000000 * 10000000000; /* 1e28: over the range even as nano */
static const wide E18 = 1000000000000000000;

static bool parse_mantissa(struct span s, struct mantissa *m)
{
    int behind = -1;
    for (size_t i = 0; i < s.len; i++) {
        int digit = s.at[i] - '0';
        if (s.at[i] == '.') {
            if (behind >= 0)
                return false;
            behind = 0;
            continue;
        }
        m->any = true;
        if (behind < 0)
            m->whole = MIN(m->whole * 10 + digit, WHOLE_MAX);
        else if (behind < FRACTION_DIGITS)
            m->fraction = m->fraction * 10 + digit, behind++;
        else
            m->inexact = m->inexact || digit;
    }
    for (int i = MAX(behind, 0); i < FRACTION_DIGITS; i++)
        m->fraction *= 10;
    return m->any;
}

static wide decimal_nanos(const struct mantissa *m, int power)
{
    if (m->whole == WHOLE_MAX)
        return NANOS_MAX;
    if (m->whole < 10 * E18)
        return scale10(m->whole * E18 + m->fraction, power + 9 - FRACTION_DIGITS, m->inexact);
    bool inexact = m->inexact || m->fraction % NANO;
    return scale10(m->whole * NANO + m->fraction / NANO, power, inexact);
}

static wide binary_nanos(const struct mantissa *m, int power)
{
    wide factor = (wide)1 << (10 * power);
    if (m->whole > INT64_MAX / factor)
        return NANOS_MAX;
    wide fine = m->fraction * factor;
    return m->whole * factor * NANO + fine / NANO + (fine % NANO || m->inexact);
}

static size_t mantissa_len(struct span s)
{
    size_t n = 0;
    while (n < s.len && ((s.at[n] >= '0' && s.at[n] <= '9') || s.at[n] == '.'))
        n++;
    return n;
}

struct err *quantity_parse(struct span text, struct quantity *out)
{
    struct mantissa m = {0};
    int power;
    *out = (struct quantity){0};
    if (!text.len)
        return err_new(ERR_INVALID, "quantities must not be empty");
    bool negative = text.at[0] == '-', sign = negative || text.at[0] == '+';
    struct span rest = {text.at + sign, text.len - sign};
    size_t n = mantissa_len(rest);
    if (!parse_mantissa((struct span){rest.at, n}, &m) ||
        !parse_suffix((struct span){rest.at + n, rest.len - n}, &out->format, &power))
        return bad();
    wide v = out->format == QUANTITY_BINARY ? binary_nanos(&m, power) : decimal_nanos(&m, power);
    out->nanos = MIN(v, NANOS_MAX) * (negative ? -1 : 1);
    return NULL;
}

static void add_wide(struct str *out, wide v)
{
    char digits[48];
    size_t n = sizeof(digits);
    bool negative = v < 0;
    do {
        int digit = (int)(v % 10);
        digits[--n] = (char)('0' + (digit < 0 ? -digit : digit));
        v /= 10;
    } while (v);
    if (negative)
        digits[--n] = '-';
    str_add_n(out, digits + n, sizeof(digits) - n);
}

static void binary_text(wide units, struct str *out)
{
    size_t power = 0;
    while (power < ARRAY_LEN(binaries) && units % 1024 == 0) {
        units /= 1024;
        power++;
    }
    add_wide(out, units);
    str_add(out, power ? binaries[power - 1].text : "");
}

void quantity_text(const struct quantity *q, struct str *out)
{
    wide v = q->nanos;
    if (v == 0) {
        str_char(out, '0');
        return;
    }
    bool small = v > -1024 * NANO && v < 1024 * NANO;
    if (q->format == QUANTITY_BINARY && !small) {
        wide rest = v % NANO;
        binary_text(v / NANO + (rest > 0) - (rest < 0), out);
        return;
    }
    size_t i = 0;
    for (; i + 1 < ARRAY_LEN(decimals) && v % 1000 == 0; i++)
        v /= 1000;
    add_wide(out, v);
    if (q->format != QUANTITY_EXPONENT)
        str_add(out, decimals[i].text);
    else if (decimals[i].power)
        str_printf(out, "e%d", decimals[i].power);
}

int quantity_compare(const struct quantity *x, const struct quantity *y)
{
    return (x->nanos > y->nanos) - (x->nanos < y->nanos);
}

static int64_t rounded(wide v, wide unit)
{
    wide rest = v % unit;
    v = v / unit + (rest > 0) - (rest < 0);
    return (int64_t)MAX(MIN(v, (wide)INT64_MAX), (wide)-INT64_MAX);
}

int64_t quantity_int(const struct quantity *q)
{
    return rounded(q->nanos, NANO);
}

int64_t quantity_milli(const struct quantity *q)
{
    return rounded(q->nanos, NANO / 1000);
}

struct quantity quantity_add(const struct quantity *x, const struct quantity *y)
{
    wide sum = x->nanos + y->nanos;
    return (struct quantity){MAX(MIN(sum, NANOS_MAX), -NANOS_MAX), x->format};
}
