/* text/duration - Go's parser: numbers with units, each added with a check for overflow. */
#include "text/duration.h"

static const struct unit {
    const char *text;
    uint64_t ns;
} units[] = {{"ns", 1},       {"us", 1000},      {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
             {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000}};

static const uint64_t MOST = (uint64_t)1 << 63;

static size_t digits(struct span s)
{
    size_t n = 0;
    while (n < s.len && s.at[n] >= '0' && s.at[n] <= '9')
        n++;
    return n;
}

static void skip(struct span *s, size_t n)
{
    *s = (struct span){s->at + n, s->len - n};
}

static struct err *bad(struct span text, const char *what)
{
    return err_new(ERR_INVALID, "time: %s duration \"%.*s\"", what, (int)MIN(text.len, (size_t)256), text.at);
}

/* The unit is everything up to the next digit or point. */
static const struct unit *scan_unit(struct span *s)
{
    size_t n = 0;
    while (n < s->len && s->at[n] != '.' && (s->at[n] < '0' || s->at[n] > '9'))
        n++;
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (span_is((struct span){s->at, n}, units[i].text)) {
            skip(s, n);
            return &units[i];
        }
    return NULL;
}

/* One "1.5h"; adds it to *sum. */
static struct err *scan_piece(struct span text, struct span *s, uint64_t *sum)
{
    uint64_t whole = 0;
    double fraction = 0, scale = 1;
    size_t n = digits(*s), behind = 0;
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, (uint64_t)(s->at[i] - '0'), &whole) || whole > MOST)
            return bad(text, "invalid");
    skip(s, n);
    if (s->len && s->at[0] == '.') {
        skip(s, 1);
        behind = digits(*s);
        for (size_t i = 0; i < MIN(behind, (size_t)18); i++) {
            fraction = fraction * 10 + (s->at[i] - '0');
            scale *= 10;
        }
        skip(s, behind);
    }
    if (!n && !behind)
        return bad(text, "invalid");
    if (!s->len || s->at[0] == '.')
        return bad(text, "missing unit in");
    const struct unit *unit = scan_unit(s);
    if (!unit)
        return bad(text, "unknown unit in");
    if (__builtin_mul_overflow(whole, unit->ns, &whole) || whole > MOST)
        return bad(text, "invalid");
    whole += (uint64_t)(fraction * ((double)unit->ns / scale));
    *sum += whole;
    return whole > MOST || *sum > MOST ? bad(text, "invalid") : NULL;
}

struct err *duration_parse(struct span text, int64_t *ns)
{
    uint64_t sum = 0;
    struct span s = text;
    bool negative = s.len && s.at[0] == '-';
    *ns = 0;
    if (s.len && (s.at[0] == '-' || s.at[0] == '+'))
        skip(&s, 1);
    if (span_is(s, "0"))
        return NULL;
    if (!s.len)
        return bad(text, "invalid");
    while (s.len)
        TRY(scan_piece(text, &s, &sum));
    if (!negative && sum == MOST)
        return bad(text, "invalid");
    *ns = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return NULL;
}

/* value / unit with as many digits behind the point as it takes. */
static void add_fraction(struct str *out, uint64_t value, uint64_t unit)
{
    str_printf(out, "%llu", (unsigned long long)(value / unit));
    uint64_t rest = value % unit;
    if (!rest)
        return;
    str_char(out, '.');
    while (rest) {
        unit /= 10;
        str_char(out, (char)('0' + rest / unit));
        rest %= unit;
    }
}

void duration_text(int64_t ns, struct str *out)
{
    uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (!v) {
        str_add(out, "0s");
        return;
    }
    if (ns < 0)
        str_char(out, '-');
    if (v < 1000000000) {
        add_fraction(out, v, v < 1000 ? 1 : v < 1000000 ? 1000 : 1000000);
        str_add(out, v < 1000 ? "ns" : v < 1000000 ? "\xc2\xb5s" : "ms");
        return;
    }
    uint64_t minutes = v / 60000000000;
    if (minutes >= 60)
        str_printf(out, "%lluh", (unsigned long long)(minutes / 60));
    if (minutes)
        str_printf(out, "%llum", (unsigned long long)(minutes % 60));
    add_fraction(out, v % 60000000000, 1000000000);
    str_char(out, 's');
}
