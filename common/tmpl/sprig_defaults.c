/* tmpl/sprig_defaults - default and its kin, and what asks a value for its kind and type. */
#include "tmpl/sprig.h"

/* As default understands it: like Go's truth, but that a struct is never empty and a nil pointer always. */
static bool is_empty(struct tmpl_value v)
{
    return !tmpl_true(v);
}

TMPL_FN(dflt)
{
    *out = n < 2 || is_empty(args[1]) ? args[0] : args[1];
    return NULL;
}

TMPL_FN(empty)
{
    *out = tmpl_bool(is_empty(args[0]));
    return NULL;
}

TMPL_FN(coalesce)
{
    for (size_t i = 0; i < n; i++) {
        if (is_empty(args[i]))
            continue;
        *out = args[i];
        break;
    }
    return NULL;
}

TMPL_FN(all)
{
    bool found = true;
    for (size_t i = 0; i < n; i++)
        found = found && !is_empty(args[i]);
    *out = tmpl_bool(found);
    return NULL;
}

TMPL_FN(any)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        found = found || !is_empty(args[i]);
    *out = tmpl_bool(found);
    return NULL;
}

TMPL_FN(ternary)
{
    *out = args[2].truth ? args[0] : args[1];
    return NULL;
}

TMPL_FN(fail)
{
    return err_new(ERR_INVALID, "%.*s", (int)args[0].len, args[0].at);
}

TMPL_FN(hello)
{
    *out = tmpl_str("Hello!");
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"all", "a*", all},    {"any", "a*", any},  {"coalesce", "a*", coalesce}, {"default", "aa*", dflt},
    {"empty", "a", empty}, {"fail", "s", fail}, {"hello", "", hello},         {"ternary", "aab", ternary},
};
const struct tmpl_family tmpl_sprig_defaults = {rows, ARRAY_LEN(rows)};

/* --- kinds and types --- */

TMPL_FN(kind_of)
{
    *out = tmpl_str(tmpl_kind_name(args[0]));
    return NULL;
}

TMPL_FN(kind_is)
{
    *out = tmpl_bool(span_is(tmpl_span_of(args[0]), tmpl_kind_name(args[1])));
    return NULL;
}

TMPL_FN(type_of)
{
    *out = tmpl_str(tmpl_type_name(args[0]));
    return NULL;
}

TMPL_FN(type_is)
{
    *out = tmpl_bool(span_is(tmpl_span_of(args[0]), tmpl_type_name(args[1])));
    return NULL;
}

/* The type, or a pointer to it. */
TMPL_FN(type_is_like)
{
    struct span want = tmpl_span_of(args[0]);
    const char *name = tmpl_type_name(args[1]);
    *out = tmpl_bool(span_is(want, name) || (*name == '*' && span_is(want, name + 1)));
    return NULL;
}

TMPL_FN(deep_equal)
{
    *out = tmpl_bool(tmpl_deep_equal(args[0], args[1]));
    return NULL;
}

static const struct tmpl_func reflect_rows[] = {
    {"deepEqual", "aa", deep_equal}, {"kindIs", "sa", kind_is}, {"kindOf", "a", kind_of},
    {"typeIs", "sa", type_is},       {"typeOf", "a", type_of},  {"typeIsLike", "sa", type_is_like},
};
const struct tmpl_family tmpl_sprig_reflect = {reflect_rows, ARRAY_LEN(reflect_rows)};
