/* base/str - the growing text. Growth doubles, so n adds cost O(n). */
#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

void str_release(struct str *s)
{
    free(s->at);
    *s = (struct str){.limit = s->limit};
}

void str_clear(struct str *s)
{
    s->len = 0;
    s->full = false;
    if (s->at)
        s->at[0] = 0;
}

char *str_reserve(struct str *s, size_t extra)
{
    size_t limit = s->limit ? s->limit : (size_t)STR_LIMIT;
    if (s->full || s->len > limit || extra > limit - s->len) {
        s->full = true;
        return NULL;
    }
    size_t need = s->len + extra + 1;
    if (need > s->cap) {
        s->cap = MAX(need, MAX(s->cap * 2, (size_t)64));
        s->at = mem_realloc(s->at, s->cap);
    }
    return s->at + s->len;
}

void str_add_n(struct str *s, const char *bytes, size_t len)
{
    char *to = str_reserve(s, len);
    if (!to)
        return;
    if (len)
        memcpy(to, bytes, len);
    to[len] = 0;
    s->len += len;
}

void str_add(struct str *s, const char *text)
{
    str_add_n(s, text, strlen(text));
}

void str_add_span(struct str *s, struct span text)
{
    str_add_n(s, text.at, text.len);
}

void str_char(struct str *s, char c)
{
    str_add_n(s, &c, 1);
}

void str_fill(struct str *s, char c, size_t n)
{
    char *to = str_reserve(s, n);
    if (!to)
        return;
    memset(to, c, n);
    to[n] = 0;
    s->len += n;
}

void str_vprintf(struct str *s, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        panic("bad format '%s'", fmt);
    char *to = str_reserve(s, (size_t)n);
    if (to) {
        vsnprintf(to, (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    }
    va_end(again);
}

void str_printf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    str_vprintf(s, fmt, ap);
    va_end(ap);
}

const char *str_text(const struct str *s)
{
    return s->at ? s->at : "";
}

struct span str_span(const struct str *s)
{
    return (struct span){str_text(s), s->len};
}

char *str_steal(struct str *s)
{
    char *text = s->at ? s->at : mem_strdup("");
    *s = (struct str){.limit = s->limit};
    return text;
}

bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);
    return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool span_cut(struct span *rest, char sep, struct span *out)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, sep, rest->len);
    *out = (struct span){rest->at, end ? (size_t)(end - rest->at) : rest->len};
    *rest = end ? (struct span){end + 1, rest->len - out->len - 1} : (struct span){NULL, 0};
    return true;
}

struct span span_trim(struct span s)
{
    while (s.len && isspace((unsigned char)s.at[0]))
        s = (struct span){s.at + 1, s.len - 1};
    while (s.len && isspace((unsigned char)s.at[s.len - 1]))
        s.len--;
    return s;
}

bool span_int(struct span s, int64_t *out)
{
    size_t i = s.len && (s.at[0] == '-' || s.at[0] == '+');
    if (i >= s.len)
        return false;
    int64_t value = 0;
    for (; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        int digit = s.at[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) /* negative: reaches INT64_MIN */
            return false;
    }
    if (s.at[0] != '-' && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *out = value;
    return true;
}

bool str_in(const char *s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (streq(s, list[i]))
            return true;
    return false;
}
