/* schema/jsonschema_number - numbers as exact decimals, and as people read them.
 *
 * A literal becomes sign, digits without zeros at either end, and the power of ten of the last digit; zero
 * has no digits. Comparing needs no arithmetic then, and an integer is what has no negative power. */
#include "schema/jsonschema_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXP_MAX = 1 << 28, EXACT_DIGITS = 18 };

struct decimal {
    bool negative;
    const char *at; /* the literal's digits, a point among them */
    size_t span;    /* bytes from the first digit that counts to the last */
    size_t len;     /* digits */
    int64_t exp;
};

static int64_t exponent_of(struct span text)
{
    int64_t e = 0;
    bool negative = text.len && text.at[0] == '-';
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] >= '0' && text.at[i] <= '9' && e < EXP_MAX)
            e = e * 10 + (text.at[i] - '0');
    return negative ? -e : e;
}

static struct decimal decimal_of(const struct doc *d)
{
    struct span s = doc_literal(d);
    struct decimal out = {.negative = s.len && s.at[0] == '-'};
    size_t end = 0, first = s.len, last = 0;
    int64_t behind = 0; /* digits behind the point up to the last that counts */
    size_t point = SIZE_MAX;
    for (; end < s.len && s.at[end] != 'e' && s.at[end] != 'E'; end++) {
        if (s.at[end] == '.')
            point = end;
        else if (s.at[end] >= '1' && s.at[end] <= '9') {
            first = MIN(first, end);
            last = end;
        }
    }
    if (first == s.len)
        return (struct decimal){0};
    size_t whole_end = point == SIZE_MAX ? end : point;
    behind = last < whole_end ? -(int64_t)(whole_end - 1 - last) : (int64_t)(last - point);
    out.at = s.at + first;
    out.span = last - first + 1;
    out.len = out.span - (point > first && point < last ? 1 : 0);
    out.exp = (end < s.len ? exponent_of((struct span){s.at + end + 1, s.len - end - 1}) : 0) - behind;
    return out;
}

bool js_is_integer(const struct doc *d)
{
    return doc_is(d, DOC_INT) || (doc_is(d, DOC_FLOAT) && decimal_of(d).exp >= 0);
}

/* The digits from *i on, one a call; 0 behind the end. */
static char next_digit(const struct decimal *d, size_t *i)
{
    if (*i < d->span && d->at[*i] == '.')
        ++*i;
    return *i < d->span ? d->at[(*i)++] : '0';
}

static int compare_size(const struct decimal *x, const struct decimal *y)
{
    int64_t top_x = x->exp + (int64_t)x->len, top_y = y->exp + (int64_t)y->len;
    if (!x->len || !y->len)
        return (x->len != 0) - (y->len != 0);
    if (top_x != top_y)
        return top_x < top_y ? -1 : 1;
    for (size_t i = 0, j = 0, n = MAX(x->len, y->len); n--;) {
        char a = next_digit(x, &i), b = next_digit(y, &j);
        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

int js_number_compare(const struct doc *x, const struct doc *y)
{
    if (doc_is(x, DOC_INT) && doc_is(y, DOC_INT)) {
        int64_t a = doc_int(x, 0), b = doc_int(y, 0);
        return a < b ? -1 : a > b;
    }
    struct decimal a = decimal_of(x), b = decimal_of(y);
    if (a.negative != b.negative)
        return a.negative ? -1 : 1;
    return a.negative ? -compare_size(&a, &b) : compare_size(&a, &b);
}

static uint64_t mantissa(const struct decimal *d)
{
    uint64_t v = 0;
    for (size_t i = 0, n = d->len; n--;)
        v = v * 10 + (uint64_t)(next_digit(d, &i) - '0');
    return v;
}

static uint64_t times_power_of_ten(uint64_t v, int64_t power, uint64_t modulus)
{
    unsigned __int128 r = v % modulus, base = 10 % modulus;
    for (; power; power >>= 1) {
        if (power & 1)
            r = r * base % modulus;
        base = base * base % modulus;
    }
    return (uint64_t)r;
}

bool js_is_multiple(const struct doc *value, const struct doc *of)
{
    struct decimal x = decimal_of(value), y = decimal_of(of);
    if (!x.len || !y.len)
        return !x.len;
    if (x.len > EXACT_DIGITS || y.len > EXACT_DIGITS)
        return fmod(doc_float(value, 0), doc_float(of, 1)) == 0;
    uint64_t m = mantissa(&x), n = mantissa(&y);
    if (x.exp >= y.exp)
        return times_power_of_ten(m, x.exp - y.exp, n) == 0;
    for (int64_t power = y.exp - x.exp; power; power--) {
        if (n > UINT64_MAX / 10)
            return false; /* more digits than m has: too big to divide it */
        n *= 10;
    }
    return m % n == 0;
}

static void grouped(struct str *out, const char *digits, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            str_char(out, ',');
        str_char(out, digits[i]);
    }
}

void js_int_text(struct str *out, int64_t v)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, v);
    size_t sign = text[0] == '-';
    str_add_n(out, text, sign);
    grouped(out, text + sign, (size_t)len - sign);
}

static void superscript(struct str *out, int exponent)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    if (exponent < 0)
        str_add(out, "⁻");
    int e = abs(exponent);
    if (e >= 100)
        str_add(out, digits[e / 100]);
    str_add(out, digits[e / 10 % 10]);
    str_add(out, digits[e % 10]);
}

void js_number_text(struct str *out, double v)
{
    if (v < 0)
        str_char(out, '-');
    if (isinf(v)) {
        str_add(out, "∞");
        return;
    }
    char e[40], plain[64];
    int more = 0;
    do /* the fewest digits that read back as the same */
        snprintf(e, sizeof(e), "%.*e", more, fabs(v));
    while (strtod(e, NULL) != fabs(v) && ++more <= 16);
    char *mark = strchr(e, 'e');
    int exponent = (int)strtol(mark + 1, NULL, 10);
    if (v != 0 && (exponent < -4 || exponent >= 6)) {
        str_add_n(out, e, (size_t)(mark - e));
        str_add(out, "×10");
        superscript(out, exponent);
        return;
    }
    snprintf(plain, sizeof(plain), "%.*f", MAX(more - exponent, 0), fabs(v));
    size_t whole = strcspn(plain, ".");
    grouped(out, plain, whole);
    str_add(out, plain + whole);
}
