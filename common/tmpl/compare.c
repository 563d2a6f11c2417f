/* tmpl/compare - eq, ne, lt, le, gt, ge: values compare within a class of types only; integers of either sign
 * are one class. */
#include "tmpl/private.h"

enum kin { KIN_NONE, KIN_OTHER, KIN_BOOL, KIN_INT, KIN_FLOAT, KIN_STRING };

static enum kin kin_of(struct tmpl_value v)
{
    switch (v.kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        return KIN_NONE;
    case TMPL_BOOL:
        return KIN_BOOL;
    case TMPL_FLOAT:
        return KIN_FLOAT;
    case TMPL_STR:
        return KIN_STRING;
    default:
        return tmpl_is_int(v) || tmpl_is_uint(v) ? KIN_INT : KIN_OTHER;
    }
}

static struct err *incompatible(struct tmpl_value x, struct tmpl_value y)
{
    return err_new(ERR_INVALID, "incompatible types for comparison: %s and %s", tmpl_type_name(x),
                   tmpl_type_name(y));
}

static int int_order(struct tmpl_value x, struct tmpl_value y)
{
    bool x_low = tmpl_is_int(x) && x.i < 0, y_low = tmpl_is_int(y) && y.i < 0;
    if (x_low != y_low)
        return x_low ? -1 : 1;
    return x_low ? (x.i > y.i) - (x.i < y.i) : (x.u > y.u) - (x.u < y.u);
}

static int text_order(struct span x, struct span y)
{
    size_t n = MIN(x.len, y.len);
    int c = n ? memcmp(x.at, y.at, n) : 0;
    return c ? c : (x.len > y.len) - (x.len < y.len);
}

static bool is_nil(struct tmpl_value v)
{
    return tmpl_is_nothing(v) || (v.kind == TMPL_LIST && !v.list) || (v.kind == TMPL_MAP && !v.map);
}

static bool comparable(struct tmpl_value v)
{
    return v.kind == TMPL_OBJECT;
}

/* %s of a value, as the message has it. */
static void add_value(struct str *out, const char *format, struct tmpl_value v)
{
    struct tmpl_value args[] = {v, tmpl_str(tmpl_type_name(v))};
    tmpl_sprintf(out, span_of(format), args, 2);
}

static struct err *not_comparable(struct tmpl_value x, struct tmpl_value y)
{
    CLEANUP(str_release) struct str s = {.limit = 1 << 16};
    if (tmpl_type_of(x) != tmpl_type_of(y) || x.kind != y.kind) {
        add_value(&s, "non-comparable types %s: %s, ", x);
        add_value(&s, "%[2]s: %[1]v", y);
    } else {
        add_value(&s, "non-comparable type %s: %s", y);
    }
    return err_new(ERR_INVALID, "%s", str_text(&s));
}

struct err *tmpl_equal(struct tmpl_value x, struct tmpl_value y, bool *out)
{
    enum kin a = kin_of(x), b = kin_of(y);
    *out = false;
    if (a == KIN_NONE || b == KIN_NONE) {
        *out = a == KIN_NONE ? is_nil(y) : is_nil(x);
        return NULL;
    }
    if (a != b)
        return incompatible(x, y);
    switch (a) {
    case KIN_BOOL:
        *out = x.truth == y.truth;
        return NULL;
    case KIN_INT:
        *out = int_order(x, y) == 0;
        return NULL;
    case KIN_FLOAT:
        *out = x.f == y.f;
        return NULL;
    case KIN_STRING:
        *out = span_eq(tmpl_span_of(x), tmpl_span_of(y));
        return NULL;
    default:
        break;
    }
    if (is_nil(x) || is_nil(y)) {
        *out = is_nil(x) == is_nil(y);
        return NULL;
    }
    if (!comparable(x) || !comparable(y))
        return not_comparable(x, y);
    *out = x.object == y.object ||
           (x.object->type == y.object->type && !x.object->type->pointer && tmpl_deep_equal(x, y));
    return NULL;
}

struct err *builtin_eq(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    bool equal = false;
    (void)x;
    if (n < 2)
        return err_new(ERR_INVALID, "missing argument for comparison");
    for (size_t i = 1; i < n && !equal; i++)
        TRY(tmpl_equal(args[0], args[i], &equal));
    *out = tmpl_bool(equal);
    return NULL;
}

struct err *builtin_ne(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    TRY(builtin_eq(x, args, n, out));
    out->truth = !out->truth;
    return NULL;
}

/* x < y, or x <= y where `or_equal`. */
static struct err *less(struct tmpl_value x, struct tmpl_value y, bool or_equal, struct tmpl_value *out)
{
    enum kin a = kin_of(x), b = kin_of(y);
    if (a <= KIN_OTHER || b <= KIN_OTHER)
        return err_new(ERR_INVALID, "invalid type for comparison");
    if (a != b)
        return incompatible(x, y);
    if (a == KIN_BOOL)
        return err_new(ERR_INVALID, "invalid type for comparison");
    if (a == KIN_FLOAT) {
        *out = tmpl_bool(or_equal ? x.f <= y.f : x.f < y.f);
        return NULL;
    }
    int order = a == KIN_INT ? int_order(x, y) : text_order(tmpl_span_of(x), tmpl_span_of(y));
    *out = tmpl_bool(or_equal ? order <= 0 : order < 0);
    return NULL;
}

struct err *builtin_lt(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    (void)x, (void)n;
    return less(args[0], args[1], false, out);
}

struct err *builtin_le(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    (void)x, (void)n;
    return less(args[0], args[1], true, out);
}

/* Go's: not less or equal. */
struct err *builtin_gt(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    TRY(builtin_le(x, args, n, out));
    out->truth = !out->truth;
    return NULL;
}

struct err *builtin_ge(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct tmpl_value *out)
{
    TRY(builtin_lt(x, args, n, out));
    out->truth = !out->truth;
    return NULL;
}
