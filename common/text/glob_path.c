/* text/glob_path - Go's filepath.Match: the pattern is checked whole first, then one star at a time is tried
 * again. */
#include "text/glob.h"

static struct err *syntax(void)
{
    return err_new(ERR_INVALID, "syntax error in pattern");
}

static const char *next_char(const char *s)
{
    unsigned char c = (unsigned char)*s++;
    if (c >= 0xc0)
        while (((unsigned char)*s & 0xc0) == 0x80)
            s++;
    return s;
}

/* The character at s as its bytes, compared as bytes: UTF-8 keeps the order of code points. */
static struct span one(const char *s)
{
    return (struct span){s, (size_t)(next_char(s) - s)};
}

static int order(struct span x, struct span y)
{
    int c = memcmp(x.at, y.at, MIN(x.len, y.len));
    return c ? c : (x.len > y.len) - (x.len < y.len);
}

/* An end of a range; NULL when there is none. */
static const char *range_end(const char *p, struct span *out)
{
    if (*p == '-' || *p == ']' || !*p)
        return NULL;
    if (*p == '\\' && !*++p)
        return NULL;
    *out = one(p);
    return p + out->len;
}

/* The class that opens at p: where it ends, and whether `c` is in it. NULL for a bad one. */
static const char *class_at(const char *p, struct span c, bool *in)
{
    bool negated = *++p == '^', found = false;
    p += negated;
    for (int n = 0; n == 0 || *p != ']'; n++) {
        struct span low, high;
        if (!(p = range_end(p, &low)))
            return NULL;
        high = low;
        if (*p == '-' && !(p = range_end(p + 1, &high)))
            return NULL;
        found = found || (c.len && order(low, c) <= 0 && order(c, high) <= 0);
    }
    *in = found != negated;
    return p + 1;
}

static bool well_formed(const char *p)
{
    bool ignored;
    while (*p) {
        if (*p == '[') {
            if (!(p = class_at(p, (struct span){0}, &ignored)))
                return false;
        } else {
            if (*p == '\\' && !*++p)
                return false;
            p++;
        }
    }
    return true;
}

/* One step that is no star: moves both on and says true, or says false. */
static bool step(const char **pattern, const char **text)
{
    const char *p = *pattern, *s = *text;
    struct span c = one(s);
    bool in = false;
    if (!*s || !*p)
        return false;
    if (*p == '[') {
        p = class_at(p, c, &in);
    } else if (*p == '?') {
        in = *s != '/';
        p++;
    } else {
        p += *p == '\\';
        in = span_eq(one(p), c);
        p += one(p).len;
    }
    *pattern = p;
    *text = s + c.len;
    return in;
}

struct err *glob_path(const char *pattern, const char *path, bool *matched)
{
    const char *p = pattern, *s = path, *star = NULL, *from = NULL;
    *matched = false;
    if (!well_formed(pattern))
        return syntax();
    for (;;) {
        if (*p == '*') {
            star = ++p;
            from = s;
            continue;
        }
        if (!*p && !*s) {
            *matched = true;
            return NULL;
        }
        const char *p2 = p, *s2 = s;
        if (step(&p2, &s2)) {
            p = p2;
            s = s2;
            continue;
        }
        if (!star || !*from || *from == '/')
            return NULL;
        from = next_char(from);
        p = star;
        s = from;
    }
}
