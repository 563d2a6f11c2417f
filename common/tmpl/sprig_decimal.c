/* tmpl/sprig_decimal - addf, subf, mulf, divf: exact decimal arithmetic on the shortest decimal of each
 * float.
 *
 * A decimal is an array of digits, the lowest first, times a power of ten. Nothing is rounded but by a
 * division, to 16 places with halves away from zero, and by the way back into a float. Sums and products of
 * floats have at most some thousand digits; the number of operands is limited by the parser, and each digit
 * counts as a step. */
#include "tmpl/sprig.h"

#include <math.h>
#include <stdlib.h>

enum { PLACES = 16 };

struct decimal {
    uint8_t *digits; /* in the arena */
    size_t len;      /* no leading zero; 0 digits = zero */
    int64_t exponent;
    bool negative;
};

static void trim(struct decimal *d)
{
    while (d->len && d->digits[d->len - 1] == 0)
        d->len--;
}

static struct err *from_value(struct tmpl_exec *x, struct tmpl_value v, struct decimal *out)
{
    double f = tmpl_cast_float(v);
    if (!isfinite(f))
        return err_new(ERR_INVALID, "Cannot create a Decimal from %s",
                       isnan(f) ? "NaN"
                       : f > 0  ? "+Inf"
                                : "-Inf");
    CLEANUP(str_release) struct str s = {0};
    tmpl_format_float(&s, f, 'e', -1);
    const char *text = str_text(&s), *e = strchr(text, 'e');
    *out = (struct decimal){.digits = arena_raw(x->arena, s.len), .negative = text[0] == '-'};
    out->exponent = strtol(e + 1, NULL, 10);
    for (const char *at = e - 1; at >= text; at--) {
        if (*at >= '0' && *at <= '9')
            out->digits[out->len++] = (uint8_t)(*at - '0');
        else if (*at == '.')
            out->exponent -= (int64_t)out->len;
    }
    trim(out);
    return NULL;
}

/* The same value with an exponent that is not above `exponent`. */
static struct decimal scaled(struct tmpl_exec *x, const struct decimal *d, int64_t exponent)
{
    size_t shift = (size_t)MAX(d->exponent - exponent, 0);
    struct decimal r = *d;
    r.digits = arena_raw(x->arena, d->len + shift + 1);
    memset(r.digits, 0, shift);
    if (d->len)
        memcpy(r.digits + shift, d->digits, d->len);
    r.len = d->len ? d->len + shift : 0;
    r.exponent -= (int64_t)shift;
    return r;
}

static int compare_digits(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    if (a_len != b_len)
        return a_len > b_len ? 1 : -1;
    for (size_t i = a_len; i-- > 0;)
        if (a[i] != b[i])
            return a[i] > b[i] ? 1 : -1;
    return 0;
}

/* a -= b, of which a is not the smaller. */
static void subtract_digits(uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int borrow = 0;
    for (size_t i = 0; i < a_len; i++) {
        int d = a[i] - (i < b_len ? b[i] : 0) - borrow;
        borrow = d < 0;
        a[i] = (uint8_t)(d + borrow * 10);
    }
}

static struct err *add(struct tmpl_exec *x, const struct decimal *p, const struct decimal *q,
                       struct decimal *out)
{
    int64_t exponent = MIN(p->exponent, q->exponent);
    struct decimal a = scaled(x, p, exponent), b = scaled(x, q, exponent);
    bool swap = compare_digits(a.digits, a.len, b.digits, b.len) < 0;
    const struct decimal *big = swap ? &b : &a, *small = swap ? &a : &b;
    *out = *big;
    out->digits = arena_raw(x->arena, big->len + 1);
    if (big->len)
        memcpy(out->digits, big->digits, big->len);
    if (a.negative != b.negative) {
        subtract_digits(out->digits, out->len, small->digits, small->len);
        trim(out);
        return tmpl_steps(x, out->len);
    }
    int carry = 0;
    for (size_t i = 0; i < big->len; i++) {
        int d = big->digits[i] + (i < small->len ? small->digits[i] : 0) + carry;
        carry = d >= 10;
        out->digits[i] = (uint8_t)(d - carry * 10);
    }
    if (carry)
        out->digits[out->len++] = 1;
    return tmpl_steps(x, out->len);
}

static struct err *subtract(struct tmpl_exec *x, const struct decimal *p, const struct decimal *q,
                            struct decimal *out)
{
    struct decimal minus = *q;
    minus.negative = !q->negative;
    return add(x, p, &minus, out);
}

static struct err *multiply(struct tmpl_exec *x, const struct decimal *p, const struct decimal *q,
                            struct decimal *out)
{
    TRY(tmpl_reserve(x, p->len + q->len));
    TRY(tmpl_steps(x, p->len));
    *out = (struct decimal){.exponent = p->exponent + q->exponent, .negative = p->negative != q->negative};
    out->len = p->len + q->len;
    out->digits = arena_raw(x->arena, out->len + 1);
    memset(out->digits, 0, out->len);
    for (size_t i = 0; i < p->len; i++) {
        int carry = 0;
        for (size_t j = 0; j < q->len || carry; j++) {
            int d = out->digits[i + j] + (j < q->len ? p->digits[i] * q->digits[j] : 0) + carry;
            out->digits[i + j] = (uint8_t)(d % 10);
            carry = d / 10;
        }
    }
    trim(out);
    return NULL;
}

/* One digit of a long division: how often `by` goes into the rest, which loses it. */
static uint8_t divide_step(struct decimal *rest, const struct decimal *by)
{
    uint8_t count = 0;
    trim(rest);
    while (compare_digits(rest->digits, rest->len, by->digits, by->len) >= 0) {
        subtract_digits(rest->digits, rest->len, by->digits, by->len);
        trim(rest);
        count++;
    }
    return count;
}

static void increment(struct decimal *d)
{
    size_t i = 0;
    for (; i < d->len && d->digits[i] == 9; i++)
        d->digits[i] = 0;
    if (i == d->len)
        d->digits[d->len++] = 0;
    d->digits[i]++;
}

static struct err *divide(struct tmpl_exec *x, const struct decimal *p, const struct decimal *q,
                          struct decimal *out)
{
    if (q->len == 0)
        return err_new(ERR_INVALID, "decimal division by 0");
    *out = (struct decimal){.exponent = -PLACES, .negative = p->negative != q->negative};
    /* p / q with 16 places = the whole part of (p * 10^16) / q, both brought to one exponent first. */
    int64_t shift = p->exponent + PLACES - q->exponent;
    struct decimal by = *q, top = *p;
    if (shift >= 0) {
        top.exponent = shift;
        top = scaled(x, &top, 0);
    } else {
        by.exponent = -shift;
        by = scaled(x, &by, 0);
    }
    TRY(tmpl_steps(x, top.len));
    struct decimal rest = {.digits = arena_raw(x->arena, by.len + 2)};
    out->digits = arena_raw(x->arena, top.len + 1);
    out->len = top.len;
    for (size_t i = top.len; i-- > 0;) {
        memmove(rest.digits + 1, rest.digits, rest.len);
        rest.digits[0] = top.digits[i];
        rest.len++;
        out->digits[i] = divide_step(&rest, &by);
    }
    trim(out);
    memmove(rest.digits + 1, rest.digits, rest.len); /* half of the divisor or more: up */
    rest.digits[0] = 0;
    rest.len = rest.len ? rest.len + 1 : 0;
    if (divide_step(&rest, &by) >= 5)
        increment(out);
    return NULL;
}

static double to_float(const struct decimal *d)
{
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, d->negative && d->len ? "-" : "");
    for (size_t i = d->len; i-- > 0;)
        str_char(&s, (char)('0' + d->digits[i]));
    str_printf(&s, "%se%lld", d->len ? "" : "0", (long long)d->exponent);
    return strtod(str_text(&s), NULL);
}

typedef struct err *operation(struct tmpl_exec *x, const struct decimal *p, const struct decimal *q,
                              struct decimal *out);

static struct err *fold(struct tmpl_exec *x, operation *op, const struct decimal *first,
                        const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    struct decimal result = *first, next, before;
    for (size_t i = 0; i < n; i++) {
        TRY(from_value(x, args[i], &next));
        before = result;
        TRY(op(x, &before, &next, &result));
    }
    *out = tmpl_float(to_float(&result));
    return NULL;
}

static struct err *fold_from_first(struct tmpl_exec *x, operation *op, const struct tmpl_value *args,
                                   size_t n, struct tmpl_value *out)
{
    struct decimal first;
    TRY(from_value(x, args[0], &first));
    return fold(x, op, &first, args + 1, n - 1, out);
}

TMPL_FN(addf)
{
    struct decimal zero = {0};
    return fold(x, add, &zero, args, n, out);
}

TMPL_FN(add1f)
{
    struct decimal one;
    TRY(from_value(x, tmpl_int(1), &one));
    return fold(x, add, &one, args, n, out);
}

TMPL_FN(subf)
{
    return fold_from_first(x, subtract, args, n, out);
}

TMPL_FN(mulf)
{
    return fold_from_first(x, multiply, args, n, out);
}

TMPL_FN(divf)
{
    return fold_from_first(x, divide, args, n, out);
}

static const struct tmpl_func rows[] = {
    {"add1f", "a", add1f}, {"addf", "a*", addf},  {"divf", "aa*", divf},
    {"mulf", "aa*", mulf}, {"subf", "aa*", subf},
};
const struct tmpl_family tmpl_sprig_decimal = {rows, ARRAY_LEN(rows)};
