/* tmpl/sprig_math - integers, rounding and sequences. Every operand is cast first, what is no number to 0, as
 * upstream does; results are int64 and wrap around. What computes with decimals is sprig_decimal.c's. */
#include "tmpl/private.h"
#include "tmpl/sprig.h"

#include <math.h>

/* --- casts --- */

TMPL_FN(to_int)
{
    *out = tmpl_int(tmpl_cast_int64(args[0]));
    return NULL;
}

TMPL_FN(to_int64)
{
    *out = tmpl_int64(tmpl_cast_int64(args[0]));
    return NULL;
}

TMPL_FN(to_float64)
{
    *out = tmpl_float(tmpl_cast_float(args[0]));
    return NULL;
}

/* Digits of the base with a sign, nothing else. */
static bool read_digits(struct span s, unsigned base, int64_t *out)
{
    bool negative = s.len && s.at[0] == '-';
    size_t i = s.len && (negative || s.at[0] == '+');
    *out = 0;
    if (i == s.len)
        return false;
    for (; i < s.len; i++) {
        unsigned d = (unsigned)(s.at[i] - '0');
        if (s.at[i] < '0' || d >= base || __builtin_mul_overflow(*out, (int64_t)base, out) ||
            __builtin_sub_overflow(*out, (int64_t)d, out))
            return false;
    }
    return negative || !__builtin_sub_overflow((int64_t)0, *out, out);
}

TMPL_FN(from_digits)
{
    int64_t v;
    *out = tmpl_int(read_digits(tmpl_span_of(args[0]), 10, &v) ? v : 0);
    return NULL;
}

/* Octal. */
TMPL_FN(to_decimal)
{
    int64_t v;
    *out = tmpl_int64(read_digits(tmpl_strval_span(x->arena, args[0]), 8, &v) ? v : 0);
    return NULL;
}

/* --- integers --- */

TMPL_FN(add)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)tmpl_cast_int64(args[i]);
    *out = tmpl_int64((int64_t)sum);
    return NULL;
}

TMPL_FN(add1)
{
    *out = tmpl_int64((int64_t)((uint64_t)tmpl_cast_int64(args[0]) + 1));
    return NULL;
}

TMPL_FN(sub)
{
    *out = tmpl_int64((int64_t)((uint64_t)tmpl_cast_int64(args[0]) - (uint64_t)tmpl_cast_int64(args[1])));
    return NULL;
}

TMPL_FN(mul)
{
    uint64_t product = (uint64_t)tmpl_cast_int64(args[0]);
    for (size_t i = 1; i < n; i++)
        product *= (uint64_t)tmpl_cast_int64(args[i]);
    *out = tmpl_int64((int64_t)product);
    return NULL;
}

TMPL_FN(divide)
{
    int64_t a = tmpl_cast_int64(args[0]), b = tmpl_cast_int64(args[1]);
    if (b == 0)
        return err_new(ERR_INVALID, "runtime error: integer divide by zero");
    *out = tmpl_int64(b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b);
    return NULL;
}

TMPL_FN(modulo)
{
    int64_t a = tmpl_cast_int64(args[0]), b = tmpl_cast_int64(args[1]);
    if (b == 0)
        return err_new(ERR_INVALID, "runtime error: integer divide by zero");
    *out = tmpl_int64(b == -1 ? 0 : a % b);
    return NULL;
}

TMPL_FN(biggest)
{
    int64_t most = tmpl_cast_int64(args[0]);
    for (size_t i = 1; i < n; i++)
        most = MAX(most, tmpl_cast_int64(args[i]));
    *out = tmpl_int64(most);
    return NULL;
}

TMPL_FN(smallest)
{
    int64_t least = tmpl_cast_int64(args[0]);
    for (size_t i = 1; i < n; i++)
        least = MIN(least, tmpl_cast_int64(args[i]));
    *out = tmpl_int64(least);
    return NULL;
}

/* --- floats --- */

TMPL_FN(biggest_float)
{
    double most = tmpl_cast_float(args[0]);
    for (size_t i = 1; i < n; i++)
        most = fmax(most, tmpl_cast_float(args[i]));
    *out = tmpl_float(most);
    return NULL;
}

TMPL_FN(smallest_float)
{
    double least = tmpl_cast_float(args[0]);
    for (size_t i = 1; i < n; i++)
        least = fmin(least, tmpl_cast_float(args[i]));
    *out = tmpl_float(least);
    return NULL;
}

TMPL_FN(floor_of)
{
    *out = tmpl_float(floor(tmpl_cast_float(args[0])));
    return NULL;
}

TMPL_FN(ceil_of)
{
    *out = tmpl_float(ceil(tmpl_cast_float(args[0])));
    return NULL;
}

/* Upstream compares the fraction with its sign: whatever is negative and not whole goes down. */
TMPL_FN(round_to)
{
    double on = n > 2 ? tmpl_cast_float(args[2]) : 0.5, scale = pow(10, (double)args[1].i), whole;
    double scaled = scale * tmpl_cast_float(args[0]);
    *out = tmpl_float((modf(scaled, &whole) >= on ? ceil(scaled) : floor(scaled)) / scale);
    return NULL;
}

/* --- sequences --- */

/* How many steps from `start` stay before `stop`. */
static uint64_t count_steps(int64_t start, int64_t stop, int64_t step)
{
    if (step > 0 && start < stop)
        return ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1;
    if (step < 0 && start > stop)
        return ((uint64_t)start - (uint64_t)stop - 1) / (0 - (uint64_t)step) + 1;
    return 0;
}

static struct err *until_list(struct tmpl_exec *x, int64_t start, int64_t stop, int64_t step,
                              struct tmpl_value *out)
{
    uint64_t count = count_steps(start, stop, step), bytes;
    TRY(tmpl_reserve(x, __builtin_mul_overflow(count, sizeof(*out), &bytes) ? SIZE_MAX : bytes));
    TRY(tmpl_steps(x, count / 16));
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_ints, count);
    for (uint64_t i = 0; i < count; i++)
        l->items[i] = tmpl_int((int64_t)((uint64_t)start + i * (uint64_t)step));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(until)
{
    return until_list(x, 0, args[0].i, args[0].i < 0 ? -1 : 1, out);
}

TMPL_FN(until_step)
{
    return until_list(x, args[0].i, args[1].i, args[2].i, out);
}

/* As the seq of a shell: (last), (first, last), (first, step, last); the text of all with blanks between. */
TMPL_FN(seq)
{
    int64_t first = n > 1 ? args[0].i : 1, last = n && n < 4 ? args[n - 1].i : 0;
    int64_t step = n == 3 ? args[1].i : last < first ? -1 : 1, stop;
    *out = tmpl_str("");
    if (n == 0 || n > 3 || step == 0 || (step > 0) != (last >= first))
        return NULL;
    if (__builtin_add_overflow(last, step > 0 ? 1 : -1, &stop))
        stop = last;
    uint64_t count = count_steps(first, stop, step), bytes;
    TRY(tmpl_reserve(x, __builtin_mul_overflow(count, (uint64_t)2, &bytes) ? SIZE_MAX : bytes));
    TRY(tmpl_steps(x, count / 4));
    struct str s = {0};
    for (uint64_t i = 0; i < count; i++) {
        str_add(&s, i ? " " : "");
        tmpl_print(&s, tmpl_int((int64_t)((uint64_t)first + i * (uint64_t)step)));
    }
    return tmpl_give(x, &s, out);
}

TMPL_FN(rand_int)
{
    if (args[1].i <= args[0].i)
        return err_new(ERR_INVALID, "invalid argument to Intn");
    uint64_t range = (uint64_t)args[1].i - (uint64_t)args[0].i;
    *out = tmpl_int((int64_t)((uint64_t)args[0].i + rand_below(x->rand, range)));
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"add", "a*", add},
    {"add1", "a", add1},
    {"atoi", "s", from_digits},
    {"biggest", "aa*", biggest},
    {"ceil", "a", ceil_of},
    {"div", "aa", divide},
    {"float64", "a", to_float64},
    {"floor", "a", floor_of},
    {"int", "a", to_int},
    {"int64", "a", to_int64},
    {"max", "aa*", biggest},
    {"maxf", "aa*", biggest_float},
    {"min", "aa*", smallest},
    {"minf", "aa*", smallest_float},
    {"mod", "aa", modulo},
    {"mul", "aa*", mul},
    {"randInt", "ii", rand_int},
    {"round", "aif*", round_to},
    {"seq", "i*", seq},
    {"sub", "aa", sub},
    {"toDecimal", "a", to_decimal},
    {"until", "i", until},
    {"untilStep", "iii", until_step},
};
const struct tmpl_family tmpl_sprig_math = {rows, ARRAY_LEN(rows)};
