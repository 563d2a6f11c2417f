/* tmpl/literal - what stands between quotes, and numbers, by the rules of Go's strconv. */
#include "text/unicode.h"
#include "tmpl/lex.h"

#include <math.h>
#include <stdlib.h>

/* --- quoted text --- */

static int hex_digit(int c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* `n` digits of the base at *rest; false when there are not. */
static bool take_digits(struct span *rest, size_t n, int base, uint32_t *out)
{
    *out = 0;
    for (; n; n--, rest->at++, rest->len--) {
        int d = rest->len ? hex_digit((unsigned char)*rest->at) : -1;
        if (d < 0 || d >= base)
            return false;
        *out = *out * (uint32_t)base + (uint32_t)d;
    }
    return true;
}

static bool simple_escape(char c, char quote, char *out)
{
    static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
    const char *at = c ? strchr(from, c) : NULL;
    if (at)
        *out = to[at - from];
    else if (c == quote)
        *out = quote;
    else
        return false;
    return true;
}

/* Behind a backslash. A byte escape adds a byte, all others a character. */
static bool take_escape(struct span *rest, char quote, struct str *out, uint32_t *rune)
{
    char c = rest->len ? *rest->at : 0, simple;
    if (simple_escape(c, quote, &simple)) {
        rest->at++;
        rest->len--;
        *rune = (unsigned char)simple;
        str_char(out, simple);
        return true;
    }
    bool octal = c >= '0' && c <= '7';
    size_t digits = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (!digits)
        return false;
    if (!octal) {
        rest->at++;
        rest->len--;
    }
    if (!take_digits(rest, digits, octal ? 8 : 16, rune))
        return false;
    if (octal || c == 'x') {
        str_char(out, (char)*rune);
        return *rune <= 0xFF;
    }
    rune_add(out, *rune);
    return *rune <= RUNE_MAX && (*rune < 0xD800 || *rune >= 0xE000);
}

bool lex_unquote(struct arena *a, struct span inner, char quote, struct span *out)
{
    CLEANUP(str_release) struct str s = {0};
    uint32_t rune;
    if (!inner.len || !memchr(inner.at, '\\', inner.len)) {
        *out = inner;
        return true;
    }
    while (inner.len) {
        char c = *inner.at++;
        inner.len--;
        if (c != '\\')
            str_char(&s, c);
        else if (!take_escape(&inner, quote, &s, &rune))
            return false;
    }
    *out = (struct span){arena_strndup(a, str_text(&s), s.len), s.len};
    return true;
}

/* One character between single quotes, quotes included. */
static struct err *read_char(struct span text, int64_t *out)
{
    CLEANUP(str_release) struct str ignored = {0};
    struct span rest = {text.at + 1, text.len - 1};
    uint32_t rune;
    size_t n = 1;
    bool good = rest.len > 1;
    if (good && *rest.at == '\\') {
        rest.at++;
        rest.len--;
        good = take_escape(&rest, '\'', &ignored, &rune);
    } else if (good) {
        rune = rune_decode(rest, &n);
        rest.at += n;
        rest.len -= n;
    }
    if (!good)
        return err_new(ERR_INVALID, "invalid syntax");
    if (rest.len != 1)
        return err_new(ERR_INVALID, "malformed character constant: %.*s", (int)text.len, text.at);
    *out = rune;
    return NULL;
}

/* --- numbers --- */

static unsigned prefix_base(struct span s)
{
    if (s.len < 3 || s.at[0] != '0')
        return 0;
    int c = s.at[1] | 0x20;
    return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
}

/* Underscores stand between digits, or between a base and a digit. */
static bool underscores_fine(struct span s)
{
    bool hex = false;
    char before = '^';
    if (s.len && (s.at[0] == '+' || s.at[0] == '-'))
        s = (struct span){s.at + 1, s.len - 1};
    if (prefix_base(s)) {
        hex = prefix_base(s) == 16;
        s = (struct span){s.at + 2, s.len - 2};
        before = '0';
    }
    for (size_t i = 0; i < s.len; i++) {
        int c = (unsigned char)s.at[i];
        bool digit = (c >= '0' && c <= '9') || (hex && hex_digit(c) >= 0);
        if ((c == '_' && before != '0') || (c != '_' && !digit && before == '_'))
            return false;
        before = digit ? '0' : c == '_' ? '_' : '!';
    }
    return before != '_';
}

/* ParseUint with base 0. */
static bool read_uint(struct span s, uint64_t *out)
{
    unsigned base = prefix_base(s);
    *out = 0;
    if (!s.len || !underscores_fine(s))
        return false;
    if (base)
        s = (struct span){s.at + 2, s.len - 2};
    else if (s.at[0] == '0')
        base = 8;
    else
        base = 10;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '_')
            continue;
        int d = hex_digit((unsigned char)s.at[i]);
        if (d < 0 || d >= (int)base || __builtin_mul_overflow(*out, base, out) ||
            __builtin_add_overflow(*out, (unsigned)d, out))
            return false;
    }
    return true;
}

bool lex_int(struct span s, int64_t *out)
{
    bool negative = s.len && s.at[0] == '-', sign = s.len && (negative || s.at[0] == '+');
    uint64_t u;
    if (!read_uint((struct span){s.at + sign, s.len - sign}, &u) || u > (uint64_t)INT64_MAX + negative)
        return false;
    *out = negative ? (int64_t)(0 - u) : (int64_t)u;
    return true;
}

static bool has_any(struct span s, const char *any)
{
    for (size_t i = 0; i < s.len; i++)
        if (strchr(any, s.at[i]))
            return true;
    return false;
}

bool lex_float(struct span s, double *out)
{
    CLEANUP(str_release) struct str digits = {0};
    char *end;
    if (!s.len || !strchr("+-.0123456789", s.at[0]) || !underscores_fine(s))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] != '_')
            str_char(&digits, s.at[i]);
    const char *text = str_text(&digits);
    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out) && (!strpbrk(text, "xX") || strpbrk(text, "pP"));
}

struct err *lex_number(struct span text, bool is_char, struct number *n)
{
    *n = (struct number){.text = text};
    if (is_char) {
        TRY(read_char(text, &n->i));
        *n = (struct number){text, true, true, true, n->i, (uint64_t)n->i, (double)n->i};
        return NULL;
    }
    CLEANUP(str_release) struct str quoted = {0};
    tmpl_quote(&quoted, text);
    if (text.at[text.len - 1] == 'i')
        return err_new(ERR_INVALID, "complex numbers are not supported: %s", str_text(&quoted));
    n->is_uint = read_uint(text, &n->u);
    n->is_int = lex_int(text, &n->i);
    if (n->is_int && n->i == 0)
        n->is_uint = true;
    n->is_float = true;
    if (n->is_int || n->is_uint) {
        n->f = n->is_int ? (double)n->i : (double)n->u;
        return NULL;
    }
    if (!lex_float(text, &n->f))
        return err_new(ERR_INVALID, "illegal number syntax: %s", str_text(&quoted));
    if (!has_any(text, ".eEpP"))
        return err_new(ERR_INVALID, "integer overflow: %s", str_text(&quoted));
    if (n->f >= -0x1p63 && n->f < 0x1p63 && n->f == floor(n->f)) {
        n->is_int = true;
        n->i = (int64_t)n->f;
    }
    if (n->f >= 0 && n->f < 0x1p64 && n->f == floor(n->f)) {
        n->is_uint = true;
        n->u = (uint64_t)n->f;
    }
    return NULL;
}
