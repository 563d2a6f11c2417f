/* tmpl/fmt_number - integers and floats as fmt and strconv print them.
 *
 * The shortest digits of a float that read back as the same: at most 15 digits are found by cutting zeros, 16
 * and 17 are tried. Of two 16-digit neighbours either may be the one that reads back, at a power of two. */
#include "text/unicode.h"
#include "tmpl/fmt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_TEXT = 400, PRECISION_MAX = 1 << 20 };

/* --- integers --- */

struct radix {
    unsigned base;
    const char *digits;
};

static struct radix radix_of(uint32_t verb)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    switch (verb) {
    case 'b':
        return (struct radix){2, lower};
    case 'o':
    case 'O':
        return (struct radix){8, lower};
    case 'x':
        return (struct radix){16, lower};
    case 'X':
        return (struct radix){16, upper};
    default:
        return (struct radix){10, lower};
    }
}

static void pad_without_zeros(struct fmt *f, struct span text)
{
    bool zero = f->zero;
    f->zero = false;
    fmt_pad(f, text);
    f->zero = zero;
}

static void add_prefix(struct fmt *f, struct str *s, uint32_t verb, bool leading_zero)
{
    if (verb == 'O')
        str_add(s, "0o");
    if (!f->sharp)
        return;
    if (verb == 'b')
        str_add(s, "0b");
    else if (verb == 'o' && !leading_zero)
        str_char(s, '0');
    else if (verb == 'x' || verb == 'X')
        str_add(s, verb == 'x' ? "0x" : "0X");
}

static void print_digits(struct fmt *f, uint64_t u, bool negative, uint32_t verb)
{
    struct radix radix = radix_of(verb);
    char digits[64];
    size_t n = 0, least = 1;
    if (f->precision >= 0) {
        least = (size_t)f->precision;
        if (least == 0 && u == 0) {
            bool zero = f->zero;
            f->zero = false;
            fmt_pad(f, (struct span){"", 0});
            f->zero = zero;
            return;
        }
    } else if (f->zero && !f->minus && f->width >= 0) {
        least = (size_t)MAX(f->width - (negative || f->plus || f->space), 1);
    }
    for (; u; u /= radix.base)
        digits[sizeof(digits) - ++n] = radix.digits[u % radix.base];
    CLEANUP(str_release) struct str s = {0};
    if (negative || f->plus || f->space)
        str_char(&s, negative ? '-' : f->plus ? '+' : ' ');
    add_prefix(f, &s, verb, n < least);
    if (n < least)
        str_fill(&s, '0', least - n);
    str_add_n(&s, digits + sizeof(digits) - n, n);
    pad_without_zeros(f, str_span(&s));
}

/* %U: U+0041, with # the character behind it. */
static void print_unicode(struct fmt *f, uint64_t u)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "U+%0*lX", MAX(f->precision, 4), (unsigned long)u);
    if (f->sharp && u <= RUNE_MAX && rune_is_print((uint32_t)u)) {
        str_add(&s, " '");
        rune_add(&s, (uint32_t)u);
        str_char(&s, '\'');
    }
    pad_without_zeros(f, str_span(&s));
}

static void print_rune(struct fmt *f, uint64_t u, uint32_t verb)
{
    CLEANUP(str_release) struct str rune = {0}, s = {0};
    rune_add(&rune, u > RUNE_MAX ? (uint32_t)RUNE_BAD : (uint32_t)u);
    if (verb == 'q')
        fmt_quote(&s, str_span(&rune), '\'', f->plus);
    fmt_pad(f, verb == 'q' ? str_span(&s) : str_span(&rune));
}

void fmt_integer(struct fmt *f, struct tmpl_value v, uint32_t verb)
{
    bool is_signed = tmpl_is_int(v), negative = is_signed && v.i < 0;
    uint64_t u = negative ? 0 - v.u : v.u;
    switch (verb) {
    case 'v':
        if (f->sharp_v && !is_signed) {
            f->sharp = true;
            print_digits(f, u, negative, 'x');
            f->sharp = false;
            return;
        }
        print_digits(f, u, negative, 'd');
        return;
    case 'd':
    case 'b':
    case 'o':
    case 'O':
    case 'x':
    case 'X':
        print_digits(f, u, negative, verb);
        return;
    case 'c':
    case 'q':
        print_rune(f, v.u, verb);
        return;
    case 'U':
        print_unicode(f, v.u);
        return;
    default:
        fmt_bad_verb(f, v, verb);
    }
}

/* --- floats --- */

/* The decimal one above a text of the form d.ddde+XX in its last digit; false when that carries beyond the
 * first. */
static bool increment(char *text)
{
    for (char *at = strchr(text, 'e'); at-- > text;) {
        if (*at == '.' || *at == '-')
            continue;
        if (*at != '9') {
            ++*at;
            return true;
        }
        *at = '0';
    }
    return false;
}

/* Cuts the zeros behind the last digit of a text of the form d.ddde+XX. */
static void cut_zeros(char *text)
{
    char *e = strchr(text, 'e'), *end = e;
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    memmove(end, e, strlen(e) + 1);
}

/* The shortest form d.ddde+XX that reads back as v: finite, any sign. A subnormal has fewer digits than 15.
 */
static void shortest(double v, char text[static NUMBER_TEXT])
{
    int digits = fpclassify(v) == FP_SUBNORMAL ? 0 : 14;
    for (; digits < 15; digits++) {
        snprintf(text, NUMBER_TEXT, "%.*e", digits, v);
        if (strtod(text, NULL) == v) {
            if (digits)
                cut_zeros(text);
            return;
        }
    }
    snprintf(text, NUMBER_TEXT, "%.15e", v);
    if (strtod(text, NULL) == v || (increment(text) && strtod(text, NULL) == v))
        return;
    snprintf(text, NUMBER_TEXT, "%.16e", v);
}

/* Digits without point from d.ddde+XX; returns the exponent of the first. */
static int split(const char *text, char *digits)
{
    size_t n = 0;
    const char *at = text + (*text == '-');
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[n++] = *at;
    digits[n] = 0;
    return (int)strtol(at + 1, NULL, 10);
}

static void plain(struct str *out, const char *digits, int exponent)
{
    size_t n = strlen(digits);
    if (exponent < 0) {
        str_add(out, "0.");
        str_fill(out, '0', (size_t)(-exponent - 1));
        str_add(out, digits);
        return;
    }
    size_t whole = (size_t)exponent + 1;
    str_add_n(out, digits, MIN(n, whole));
    str_fill(out, '0', n < whole ? whole - n : 0);
    if (n > whole) {
        str_char(out, '.');
        str_add(out, digits + whole);
    }
}

static void format_shortest(struct str *out, double v, char format)
{
    char text[NUMBER_TEXT], digits[NUMBER_TEXT];
    shortest(v, text);
    int exponent = split(text, digits);
    bool general = format == 'g' || format == 'G';
    if (format == 'f' || (general && exponent >= -4 && exponent < 6)) {
        if (signbit(v))
            str_char(out, '-');
        plain(out, digits, exponent);
        return;
    }
    if (format == 'E' || format == 'G')
        *strchr(text, 'e') = 'E';
    str_add(out, text);
}

void tmpl_format_float(struct str *out, double v, char format, int precision)
{
    if (!isfinite(v)) {
        str_add(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
    } else if (precision < 0) {
        format_shortest(out, v, format);
    } else {
        char c[] = {'%', '.', '*', format, 0};
        precision = MIN(precision, PRECISION_MAX);
        char *to = str_reserve(out, (size_t)precision + NUMBER_TEXT);
        if (!to)
            return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        out->len += (size_t)snprintf(to, (size_t)precision + NUMBER_TEXT, c, precision, v);
#pragma GCC diagnostic pop
    }
}

/* %x: hexadecimal with a binary exponent of at least two digits, as C's but for those. */
static void format_hex(struct str *out, double v, uint32_t verb, int precision)
{
    char text[NUMBER_TEXT];
    if (precision < 0)
        snprintf(text, sizeof(text), verb == 'x' ? "%a" : "%A", v);
    else
        snprintf(text, sizeof(text), verb == 'x' ? "%.*a" : "%.*A", MIN(precision, 300), v);
    char *p = strchr(text, verb == 'x' ? 'p' : 'P');
    if (!isfinite(v) || !p) {
        tmpl_format_float(out, v, 'g', -1);
        return;
    }
    str_add_n(out, text, (size_t)(p + 2 - text));
    if (strlen(p + 2) < 2)
        str_char(out, '0');
    str_add(out, p + 2);
}

/* %b: the mantissa as an integer, and the power of two. */
static void format_binary(struct str *out, double v)
{
    int exponent;
    double mantissa = ldexp(frexp(v, &exponent), 53);
    exponent = v == 0 ? -1074 : MAX(exponent - 53, -1074);
    if (exponent == -1074)
        mantissa = ldexp(v, 1074);
    str_printf(out, "%.0fp%+d", mantissa, exponent);
}

static void format_verb(struct str *out, double v, uint32_t verb, int precision)
{
    switch (verb) {
    case 'x':
    case 'X':
        format_hex(out, v, verb, precision);
        return;
    case 'b':
        if (isfinite(v))
            format_binary(out, v);
        else
            tmpl_format_float(out, v, 'g', -1);
        return;
    case 'v':
        tmpl_format_float(out, v, 'g', precision);
        return;
    case 'F':
        verb = 'f';
        break;
    default:
        break;
    }
    bool general = verb == 'g' || verb == 'G';
    tmpl_format_float(out, v, (char)verb, precision >= 0 || general ? precision : 6);
}

/* The # flag: a decimal point always, and the zeros that %g and %x cut. Go counts six digits when none are
 * asked, and the x of a hexadecimal one among them. */
static void keep_zeros(struct str *s, uint32_t verb, int precision)
{
    bool hex = verb == 'x' || verb == 'X', point = false, leading = true;
    const char *tail = strpbrk(s->at + 1, hex ? "pP" : "eE");
    size_t end = tail ? (size_t)(tail - s->at) : s->len, digits = 0;
    int want = hex || verb == 'v' || verb == 'g' || verb == 'G' ? (precision < 0 ? 6 : precision) : 0;
    for (size_t i = 1; i < end; i++) {
        point = point || s->at[i] == '.';
        leading = leading && (s->at[i] == '0' || s->at[i] == '.');
        digits += s->at[i] != '.' && !leading;
    }
    CLEANUP(mem_freep) char *rest = mem_strndup(s->at + end, s->len - end);
    s->len = end;
    if (digits == 0 && want && !point)
        want--;
    if (!point)
        str_char(s, '.');
    if ((int)digits < want)
        str_fill(s, '0', (size_t)(want - (int)digits));
    str_add(s, rest);
}

void fmt_float(struct fmt *f, double v, uint32_t verb, struct tmpl_value arg)
{
    if (!fmt_is_one_of(verb, "vbgGxXfFeE")) {
        fmt_bad_verb(f, arg, verb);
        return;
    }
    CLEANUP(str_release) struct str s = {0};
    str_char(&s, '+');
    format_verb(&s, v, verb, f->precision);
    if (s.len > 1 && (s.at[1] == '-' || s.at[1] == '+')) {
        memmove(s.at, s.at + 1, s.len);
        s.len--;
    }
    if (f->space && s.at[0] == '+' && !f->plus)
        s.at[0] = ' ';
    if (!isfinite(v)) {
        bool bare = (isnan(v) && !f->space && !f->plus);
        pad_without_zeros(f, (struct span){s.at + bare, s.len - bare});
        return;
    }
    if (f->sharp && verb != 'b')
        keep_zeros(&s, verb, f->precision);
    bool sign = f->plus || s.at[0] != '+';
    if (sign && f->zero && !f->minus && f->width > (int)s.len) {
        str_char(f->out, s.at[0]);
        f->width--;
        fmt_pad(f, (struct span){s.at + 1, s.len - 1});
        f->width++;
        return;
    }
    fmt_pad(f, (struct span){s.at + !sign, s.len - !sign});
}
