/* base/duration - Go's duration grammar: sums number-unit pairs in nanoseconds, every step checked for
 * overflow. */
#include "base/duration.h"

#include <ctype.h>
#include <stdio.h>

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},       {"us", 1000},        {"µs", 1000},         {"μs", 1000},
    {"ms", 1000000}, {"s", 1000000000LL}, {"m", 60000000000LL}, {"h", 3600000000000LL},
};

/* The unit at the head of *s, which runs to the next digit or point. */
static bool cut_unit(struct span *s, int64_t *ns)
{
    size_t n = 0;
    while (n < s->len && s->at[n] != '.' && !isdigit((unsigned char)s->at[n]))
        n++;
    struct span word = {s->at, n};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (!span_is(word, units[i].name))
            continue;
        *s = (struct span){s->at + n, s->len - n};
        *ns = units[i].ns;
        return true;
    }
    return false;
}

static bool cut_whole(struct span *s, int64_t *out, size_t *digits)
{
    *out = 0;
    for (*digits = 0; s->len && isdigit((unsigned char)*s->at); s->at++, s->len--, ++*digits)
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, *s->at - '0', out))
            return false;
    return true;
}

/* Digits behind the point as a fraction; those past double's precision change nothing. */
static double cut_fraction(struct span *s, size_t *digits)
{
    double value = 0, scale = 0.1;
    for (*digits = 0; s->len && isdigit((unsigned char)*s->at); s->at++, s->len--, ++*digits, scale /= 10)
        value += (*s->at - '0') * scale;
    return value;
}

static bool cut_pair(struct span *s, int64_t *ns)
{
    int64_t whole, unit, product;
    size_t before, after = 0;
    double fraction = 0;
    if (!cut_whole(s, &whole, &before))
        return false;
    if (s->len && *s->at == '.') {
        s->at++, s->len--;
        fraction = cut_fraction(s, &after);
    }
    if (before + after == 0 || !cut_unit(s, &unit))
        return false;
    return !__builtin_mul_overflow(whole, unit, &product) &&
           !__builtin_add_overflow(product, (int64_t)(fraction * (double)unit + 0.5e-3), ns);
}

bool duration_parse_ns(struct span text, int64_t *out)
{
    bool negative = text.len && *text.at == '-';
    if (negative || (text.len && *text.at == '+'))
        text.at++, text.len--;
    *out = 0;
    if (span_is(text, "0"))
        return true;
    if (!text.len)
        return false;
    while (text.len) {
        int64_t ns;
        if (!cut_pair(&text, &ns) || __builtin_add_overflow(*out, ns, out))
            return false;
    }
    if (negative)
        *out = -*out;
    return true;
}

bool duration_parse_ms(struct span text, int64_t *out)
{
    int64_t ns;
    if (!duration_parse_ns(text, &ns))
        return false;
    *out = ns / 1000000;
    return true;
}

/* Seconds with their milliseconds, zeros at the end dropped. */
static int format_seconds(char *out, size_t size, int64_t ms)
{
    if (ms % 1000 == 0)
        return snprintf(out, size, "%llds", (long long)(ms / 1000));
    int n = snprintf(out, size, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
    while (out[n - 1] == '0')
        n--;
    out[n] = 's';
    out[n + 1] = 0;
    return n + 1;
}

struct duration_text duration_format_ms(int64_t ms)
{
    struct duration_text t = {""};
    size_t n = 0;
    if (ms < 0) {
        t.text[n++] = '-';
        ms = ms == INT64_MIN ? INT64_MAX : -ms;
    }
    if (ms > 0 && ms < 1000) {
        snprintf(t.text + n, sizeof(t.text) - n, "%dms", (int)ms);
        return t;
    }
    int64_t minutes = ms / 60000;
    if (minutes >= 60)
        n += (size_t)snprintf(t.text + n, sizeof(t.text) - n, "%lldh", (long long)(minutes / 60));
    if (minutes > 0)
        n += (size_t)snprintf(t.text + n, sizeof(t.text) - n, "%dm", (int)(minutes % 60));
    format_seconds(t.text + n, sizeof(t.text) - n, ms % 60000);
    return t;
}
