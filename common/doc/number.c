/* doc/number - numbers as text: which are integers, and how a float is written.
 *
 * A DOC_INT's literal is an integer without fraction or exponent that fits an int64_t; "-0" is a float, as it
 * is in Go. */
#include "doc/node.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FLOAT_TEXT = 40 };

static bool is_int(struct span s)
{
    int64_t ignored;
    size_t sign = s.at[0] == '-';
    for (size_t i = sign; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    if (s.len <= 18)
        return s.len == 1 || !sign || s.at[1] != '0';
    return span_int(s, &ignored);
}

void number_set(struct arena *a, struct doc *d, struct span literal)
{
    d->kind = is_int(literal) ? DOC_INT : DOC_FLOAT;
    if (literal.len <= INLINE_MAX) {
        d->flags = NODE_INLINE;
        d->inline_len = (uint16_t)literal.len;
        memset(d->inline_text, 0, sizeof(d->inline_text));
        memcpy(d->inline_text, literal.at, literal.len);
        return;
    }
    d->flags = 0;
    d->text = arena_strndup(a, literal.at, literal.len);
    d->len = d->cap = (uint32_t)literal.len;
}

int64_t doc_int(const struct doc *d, int64_t dflt)
{
    int64_t v;
    if (doc_is(d, DOC_INT))
        return span_int(number_text(d), &v) ? v : dflt;
    if (!doc_is(d, DOC_FLOAT))
        return dflt;
    double f = strtod(number_text(d).at, NULL);
    if (f < -0x1p63 || f >= 0x1p63 || f != floor(f))
        return dflt;
    return (int64_t)f;
}

double doc_float(const struct doc *d, double dflt)
{
    if (!doc_is(d, DOC_INT) && !doc_is(d, DOC_FLOAT))
        return dflt;
    return strtod(number_text(d).at, NULL);
}

/* The shortest digits that read back as the same double, without a point; returns the exponent of the first
 * one. */
static int shortest(double v, char digits[static FLOAT_TEXT])
{
    char text[FLOAT_TEXT];
    for (int more = 0; more <= 16; more++) {
        snprintf(text, sizeof(text), "%.*e", more, v);
        if (strtod(text, NULL) == v)
            break;
    }
    size_t len = 0;
    char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[len++] = *at;
    digits[len] = 0;
    return (int)strtol(at + 1, NULL, 10);
}

/* "12.5", "0.001", "1200": the digits with the point or zeros where the exponent wants them. */
static void plain_form(struct str *s, const char *digits, int exponent)
{
    int len = (int)strlen(digits);
    if (exponent < 0)
        str_add(s, "0.");
    str_fill(s, '0', exponent < 0 ? (size_t)(-exponent - 1) : 0);
    for (int i = 0; i < len; i++) {
        if (i && i == exponent + 1)
            str_char(s, '.');
        str_char(s, digits[i]);
    }
    str_fill(s, '0', exponent >= len ? (size_t)(exponent + 1 - len) : 0);
}

void float_text(double v, struct str *out)
{
    if (!isfinite(v)) {
        str_add(out, "null");
        return;
    }
    if (signbit(v))
        str_char(out, '-');
    if (v == 0) {
        str_char(out, '0');
        return;
    }
    char digits[FLOAT_TEXT];
    int exponent = shortest(fabs(v), digits);
    if (exponent >= -6 && exponent < 21)
        plain_form(out, digits, exponent);
    else
        str_printf(out, "%c%s%se%c%d", digits[0], digits[1] ? "." : "", digits + 1, exponent < 0 ? '-' : '+',
                   abs(exponent));
}
