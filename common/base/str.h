/* base/str.h - a growing text with a stated maximum.
 *
 * `at` always ends in a NUL (after the first add) and may hold NULs inside; `len` counts without the end. A buffer that
 * would pass its limit keeps what it has, drops the rest and says `full`: the producer checks once, at the end. */
#ifndef CAPSTAN_BASE_STR_H
#define CAPSTAN_BASE_STR_H

#include "base/arena.h"

#include <stdarg.h>

struct str {
    char *at;
    size_t len, cap;
    size_t limit; /* bytes; 0 = STR_LIMIT */
    bool full;    /* something was dropped */
};

enum { STR_LIMIT = 1 << 30 };

/* struct str s = {0}; is an empty text with the default limit. Release with CLEANUP(str_release). */
void str_release(struct str *s);
void str_clear(struct str *s); /* empty, memory kept */
void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const char *bytes, size_t len);
void str_add_span(struct str *s, struct span text);
void str_char(struct str *s, char c);
void str_printf(struct str *s, const char *fmt, ...) PRINTF(2, 3);
void str_vprintf(struct str *s, const char *fmt, va_list ap) PRINTF(2, 0);
/* `n` times the character. */
void str_fill(struct str *s, char c, size_t n);
/* Makes room for `extra` bytes and returns where they go; the caller then adds to `len`. NULL when over the limit. */
char *str_reserve(struct str *s, size_t extra);
/* The text, "" when nothing was added. Borrowed until the next change. */
const char *str_text(const struct str *s);
struct span str_span(const struct str *s);
/* The text as a heap string that the caller frees; `s` is empty afterwards. */
char *str_steal(struct str *s) MUST_USE;

/* Helpers on plain strings. */
bool ends_with(const char *s, const char *suffix);
/* The next piece of *rest up to `sep`; moves *rest behind it. False when there is none left. "a,,b" gives a, "", b. */
bool span_cut(struct span *rest, char sep, struct span *out);
struct span span_trim(struct span s); /* without ASCII white space on both ends */
/* A decimal integer that fills the whole span, sign allowed. */
bool span_int(struct span s, int64_t *out);
bool str_in(const char *s, const char *const *list, size_t n);

#endif
