/* tmpl/fmt - Print, Println and Printf: formats are read here, with Go's texts for what is wrong with them.
 */
#include "tmpl/fmt.h"

#include "text/unicode.h"

#include <math.h>

enum { NUMBER_MAX = 1000000 };

static void print_decimal(struct str *out, uint64_t u, bool negative)
{
    char digits[24], *at = digits + sizeof(digits);
    do {
        *--at = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (negative)
        *--at = '-';
    str_add_n(out, at, (size_t)(digits + sizeof(digits) - at));
}

/* Most values of a template are texts and whole numbers: they take the short way. */
void tmpl_print(struct str *out, struct tmpl_value v)
{
    bool whole =
        v.kind == TMPL_FLOAT && v.f > -1e6 && v.f < 1e6 && v.f == (int)v.f && (v.f != 0 || !signbit(v.f));
    if (v.kind == TMPL_STR)
        str_add_span(out, tmpl_span_of(v));
    else if (whole)
        print_decimal(out, (uint64_t)fabs(v.f), v.f < 0);
    else if (tmpl_is_int(v))
        print_decimal(out, v.i < 0 ? 0 - v.u : v.u, v.i < 0);
    else
        fmt_plain(out, v);
}

void tmpl_sprint(struct str *out, const struct tmpl_value *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i && args[i].kind != TMPL_STR && args[i - 1].kind != TMPL_STR)
            str_char(out, ' ');
        tmpl_print(out, args[i]);
    }
}

void tmpl_sprintln(struct str *out, const struct tmpl_value *args, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_char(out, ' ');
        tmpl_print(out, args[i]);
    }
    str_char(out, '\n');
}

/* A format that is being read: `next` is the operand that comes now. */
struct scan {
    const char *at, *end;
    const struct tmpl_value *args;
    size_t n, next;
    bool reordered, good_number;
    struct fmt f;
};

/* Decimal digits; false when there are none or they say more than Go takes, which ends the format. */
static bool scan_number(struct scan *s, const char *end, int *out)
{
    bool found = false;
    for (*out = 0; s->at < end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        if (*out > NUMBER_MAX) {
            s->at = s->end;
            return false;
        }
        *out = *out * 10 + (*s->at - '0');
        found = true;
    }
    return found;
}

/* "[3]": the operand to use next. What is wrong in it is told by the verb. */
static bool scan_index(struct scan *s)
{
    if (s->at >= s->end || *s->at != '[')
        return false;
    s->reordered = true;
    const char *close = memchr(s->at, ']', (size_t)(s->end - s->at));
    int number;
    if (!close) {
        s->good_number = false;
        s->at++;
        return false;
    }
    s->at++;
    bool ok = scan_number(s, close, &number) && s->at == close && number >= 1 && (size_t)number <= s->n;
    s->at = close + 1;
    if (ok)
        s->next = (size_t)number - 1;
    else
        s->good_number = false;
    return ok;
}

/* The operand of a `*`. */
static bool star(struct scan *s, int *out)
{
    s->at++;
    if (s->next >= s->n)
        return false;
    struct tmpl_value v = s->args[s->next++];
    if ((!tmpl_is_int(v) && !tmpl_is_uint(v)) || v.i > NUMBER_MAX || v.i < -NUMBER_MAX)
        return false;
    *out = (int)v.i;
    return true;
}

static void scan_flags(struct scan *s)
{
    s->f = (struct fmt){.out = s->f.out, .width = -1, .precision = -1};
    for (; s->at < s->end; s->at++) {
        switch (*s->at) {
        case '#':
            s->f.sharp = true;
            break;
        case '0':
            s->f.zero = true;
            break;
        case '+':
            s->f.plus = true;
            break;
        case '-':
            s->f.minus = true;
            break;
        case ' ':
            s->f.space = true;
            break;
        default:
            return;
        }
    }
}

static void scan_width(struct scan *s, bool *after_index)
{
    if (s->at < s->end && *s->at == '*') {
        if (!star(s, &s->f.width))
            str_add(s->f.out, "%!(BADWIDTH)");
        else if (s->f.width < 0) {
            s->f.width = -s->f.width;
            s->f.minus = true;
        }
        *after_index = false;
        return;
    }
    int width;
    if (scan_number(s, s->end, &width)) {
        s->f.width = width;
        if (*after_index) /* "%[3]2d" */
            s->good_number = false;
    }
}

static void scan_precision(struct scan *s, bool *after_index)
{
    if (s->at >= s->end || *s->at != '.')
        return;
    s->at++;
    if (*after_index) /* "%[3].2d" */
        s->good_number = false;
    *after_index = scan_index(s);
    if (s->at < s->end && *s->at == '*') {
        bool given = star(s, &s->f.precision);
        if (!given || s->f.precision < 0)
            s->f.precision = -1;
        if (!given)
            str_add(s->f.out, "%!(BADPREC)");
        *after_index = false;
        return;
    }
    int precision;
    s->f.precision = scan_number(s, s->end, &precision) ? precision : 0;
}

static void bad(struct scan *s, uint32_t verb, const char *what)
{
    str_add(s->f.out, "%!");
    rune_add(s->f.out, verb);
    str_add(s->f.out, what);
}

static void print_verb(struct scan *s, uint32_t verb)
{
    if (verb == '%') {
        str_char(s->f.out, '%');
    } else if (!s->good_number) {
        bad(s, verb, "(BADINDEX)");
    } else if (s->next >= s->n) {
        bad(s, verb, "(MISSING)");
    } else {
        if (verb == 'v') {
            s->f.sharp_v = s->f.sharp;
            s->f.plus_v = s->f.plus;
            s->f.sharp = s->f.plus = false;
        }
        fmt_arg(&s->f, s->args[s->next++], verb);
    }
}

/* Behind a '%'. */
static void directive(struct scan *s)
{
    size_t n;
    s->good_number = true;
    scan_flags(s);
    bool after_index = scan_index(s);
    scan_width(s, &after_index);
    scan_precision(s, &after_index);
    if (!after_index)
        scan_index(s);
    if (s->at >= s->end) {
        str_add(s->f.out, "%!(NOVERB)");
        return;
    }
    uint32_t verb = rune_decode((struct span){s->at, (size_t)(s->end - s->at)}, &n);
    s->at += n;
    print_verb(s, verb);
}

static void print_extra(struct scan *s)
{
    if (s->reordered || s->next >= s->n)
        return;
    str_add(s->f.out, "%!(EXTRA ");
    for (size_t i = s->next; i < s->n; i++) {
        if (i > s->next)
            str_add(s->f.out, ", ");
        if (tmpl_is_nothing(s->args[i])) {
            str_add(s->f.out, "<nil>");
            continue;
        }
        str_add(s->f.out, tmpl_type_name(s->args[i]));
        str_char(s->f.out, '=');
        fmt_plain(s->f.out, s->args[i]);
    }
    str_char(s->f.out, ')');
}

void tmpl_sprintf(struct str *out, struct span format, const struct tmpl_value *args, size_t n)
{
    struct scan s = {.at = format.at, .end = format.at + format.len, .args = args, .n = n, .f.out = out};
    while (s.at < s.end && !out->full) {
        const char *percent = memchr(s.at, '%', (size_t)(s.end - s.at));
        const char *stop = percent ? percent : s.end;
        str_add_n(out, s.at, (size_t)(stop - s.at));
        s.at = stop;
        if (percent) {
            s.at++;
            directive(&s);
        }
    }
    print_extra(&s);
}
