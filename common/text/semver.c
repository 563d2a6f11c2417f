/* text/semver - the two parsers and precedence. */
#include "text/semver.h"

#include "text/semver_scan.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool semver_scan_number(struct span *rest, uint64_t *out)
{
    uint64_t v = 0;
    size_t n = 0;
    for (; n < rest->len && is_digit(rest->at[n]); n++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(rest->at[n] - '0'), &v))
            return false;
    *out = v;
    *rest = (struct span){rest->at + n, rest->len - n};
    return n > 0;
}

/* Dot-separated identifiers; `strict` refuses leading zeros in numeric ones. */
static bool scan_identifiers(struct span *rest, bool strict, struct span *out)
{
    size_t i = 0, from = 0;
    bool numeric = true;
    for (;; i++) {
        if (i < rest->len && is_identifier(rest->at[i])) {
            numeric = numeric && is_digit(rest->at[i]);
            continue;
        }
        if (i == from || (strict && numeric && i - from > 1 && rest->at[from] == '0'))
            return false;
        if (i == rest->len || rest->at[i] != '.')
            break;
        from = i + 1;
        numeric = true;
    }
    *out = (struct span){rest->at, i};
    *rest = (struct span){rest->at + i, rest->len - i};
    return true;
}

bool semver_scan_tail(struct span *rest, struct semver *v)
{
    if (rest->len && rest->at[0] == '-') {
        *rest = (struct span){rest->at + 1, rest->len - 1};
        if (!scan_identifiers(rest, true, &v->pre))
            return false;
    }
    if (rest->len && rest->at[0] == '+') {
        *rest = (struct span){rest->at + 1, rest->len - 1};
        if (!scan_identifiers(rest, false, &v->meta))
            return false;
    }
    return true;
}

static struct err *invalid(struct span text)
{
    return err_new(ERR_INVALID, "invalid semantic version: '%.*s'", (int)MIN(text.len, (size_t)256), text.at);
}

static bool scan(struct span rest, bool strict, struct semver *out)
{
    uint64_t *const parts[] = {&out->major, &out->minor, &out->patch};
    if (!strict && rest.len && rest.at[0] == 'v')
        rest = (struct span){rest.at + 1, rest.len - 1};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (i && (!rest.len || rest.at[0] != '.')) {
            if (strict)
                return false;
            break;
        }
        if (i)
            rest = (struct span){rest.at + 1, rest.len - 1};
        if (strict && rest.len > 1 && rest.at[0] == '0' && is_digit(rest.at[1]))
            return false;
        if (!semver_scan_number(&rest, parts[i]))
            return false;
    }
    return semver_scan_tail(&rest, out) && rest.len == 0;
}

struct err *semver_parse_strict(struct span text, struct semver *out)
{
    *out = (struct semver){0};
    return text.len <= SEMVER_TEXT_MAX && scan(text, true, out) ? NULL : invalid(text);
}

struct err *semver_parse(struct span text, struct semver *out)
{
    *out = (struct semver){0};
    return text.len <= SEMVER_TEXT_MAX && scan(text, false, out) ? NULL : invalid(text);
}

static bool numeric(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.at[i]))
            return false;
    return true;
}

/* Numbers by value and before words; words by bytes. Numbers have no leading zeros, so the longer one is the
 * greater. */
static int compare_identifier(struct span x, struct span y)
{
    bool xn = numeric(x), yn = numeric(y);
    if (xn != yn)
        return xn ? -1 : 1;
    if (xn && x.len != y.len)
        return x.len < y.len ? -1 : 1;
    int c = memcmp(x.at, y.at, MIN(x.len, y.len));
    if (c)
        return c < 0 ? -1 : 1;
    return (x.len > y.len) - (x.len < y.len);
}

static struct span cut(struct span *rest)
{
    const char *dot = memchr(rest->at, '.', rest->len);
    struct span part = {rest->at, dot ? (size_t)(dot - rest->at) : rest->len};
    size_t used = part.len + (dot != NULL);
    *rest = (struct span){rest->at + used, rest->len - used};
    return part;
}

static int compare_pre(struct span x, struct span y)
{
    if (!x.len || !y.len)
        return (x.len == 0) - (y.len == 0);
    while (x.len && y.len) {
        struct span xi = cut(&x), yi = cut(&y);
        int c = compare_identifier(xi, yi);
        if (c)
            return c;
    }
    return (x.len > 0) - (y.len > 0);
}

static int compare_u64(uint64_t x, uint64_t y)
{
    return (x > y) - (x < y);
}

int semver_compare(const struct semver *x, const struct semver *y)
{
    int c = compare_u64(x->major, y->major);
    c = c ? c : compare_u64(x->minor, y->minor);
    c = c ? c : compare_u64(x->patch, y->patch);
    return c ? c : compare_pre(x->pre, y->pre);
}
