/* tmpl/sprig - the list of families, and what they share: values as text and as numbers. */
#include "tmpl/sprig.h"

#include "tmpl/private.h"

#include <math.h>
#include <strings.h>

static const struct tmpl_family *const families[] = {
    &tmpl_sprig_strings, &tmpl_sprig_words,  &tmpl_sprig_encode, &tmpl_sprig_defaults, &tmpl_sprig_reflect,
    &tmpl_sprig_lists,   &tmpl_sprig_dicts,  &tmpl_sprig_merge,  &tmpl_sprig_math,     &tmpl_sprig_decimal,
    &tmpl_sprig_json,    &tmpl_sprig_regex,  &tmpl_sprig_semver, &tmpl_sprig_paths,    &tmpl_sprig_dates,
    &tmpl_sprig_random,  &tmpl_sprig_crypto, &tmpl_sprig_url,
};

void tmpl_sprig_add(struct tmpl_funcs *t)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        tmpl_funcs_add(t, families[i]->rows, families[i]->len);
}

void tmpl_strval(struct str *out, struct tmpl_value v)
{
    if (v.kind == TMPL_BYTES)
        str_add_span(out, tmpl_span_of(v));
    else
        tmpl_print(out, v);
}

struct span tmpl_strval_span(struct arena *a, struct tmpl_value v)
{
    if (v.kind == TMPL_STR || v.kind == TMPL_BYTES)
        return tmpl_span_of(v);
    CLEANUP(str_release) struct str s = {0};
    tmpl_strval(&s, v);
    return (struct span){arena_strndup(a, str_text(&s), s.len), s.len};
}

/* "12.00" counts as the integer 12. */
static struct span without_zero_fraction(struct span s)
{
    bool zeros = false;
    for (size_t i = s.len; i-- > 0 && (s.at[i] == '0' || s.at[i] == '.'); zeros = true)
        if (s.at[i] == '.')
            return zeros ? (struct span){s.at, i} : s;
    return s;
}

int64_t tmpl_cast_int64(struct tmpl_value v)
{
    int64_t i;
    switch (v.kind) {
    case TMPL_BOOL:
        return v.truth;
    case TMPL_FLOAT: /* out of range as amd64 converts */
        return v.f >= -0x1p63 && v.f < 0x1p63 ? (int64_t)v.f : INT64_MIN;
    case TMPL_STR:
        return lex_int(without_zero_fraction(tmpl_span_of(v)), &i) ? i : 0;
    default:
        return tmpl_is_int(v) || tmpl_is_uint(v) ? v.i : 0;
    }
}

/* "NaN", "+Inf", "infinity" in any case: numbers for ParseFloat, though not for a template's literals. */
static bool not_finite(struct span s, double *out)
{
    bool sign = s.len && (s.at[0] == '-' || s.at[0] == '+');
    struct span word = {s.at + sign, s.len - sign};
    bool infinite = (word.len == 3 && strncasecmp(word.at, "inf", 3) == 0) ||
                    (word.len == 8 && strncasecmp(word.at, "infinity", 8) == 0);
    *out = infinite ? s.at[0] == '-' ? -INFINITY : INFINITY : NAN;
    return infinite || (!sign && word.len == 3 && strncasecmp(word.at, "nan", 3) == 0);
}

double tmpl_cast_float(struct tmpl_value v)
{
    double f;
    switch (v.kind) {
    case TMPL_BOOL:
        return v.truth;
    case TMPL_FLOAT:
        return v.f;
    case TMPL_STR:
        return lex_float(tmpl_span_of(v), &f) || not_finite(tmpl_span_of(v), &f) ? f : 0;
    default:
        return tmpl_is_int(v) ? (double)v.i : tmpl_is_uint(v) ? (double)v.u : 0;
    }
}
