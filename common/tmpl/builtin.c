/* tmpl/builtin - the functions that every template has: printing, escaping, index, slice, len. Comparing is
 * compare.c's. */
#include "text/unicode.h"
#include "tmpl/private.h"

static size_t text_limit(const struct tmpl_exec *x)
{
    return ((const struct state *)x)->limits.memory;
}

/* --- printing --- */

TMPL_FN(print)
{
    struct str s = {.limit = text_limit(x)};
    tmpl_sprint(&s, args, n);
    return tmpl_give(x, &s, out);
}

TMPL_FN(println)
{
    struct str s = {.limit = text_limit(x)};
    tmpl_sprintln(&s, args, n);
    return tmpl_give(x, &s, out);
}

TMPL_FN(print_format)
{
    struct str s = {.limit = text_limit(x)};
    tmpl_sprintf(&s, tmpl_span_of(args[0]), args + 1, n - 1);
    return tmpl_give(x, &s, out);
}

/* --- escaping --- */

/* Sprint of the arguments, nothing as <no value>. */
static void sprint_args(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, struct str *out)
{
    struct tmpl_value *shown = NEW_N(x->arena, struct tmpl_value, n);
    for (size_t i = 0; i < n; i++)
        shown[i] = tmpl_is_nothing(args[i]) ? tmpl_str("<no value>") : args[i];
    out->limit = text_limit(x);
    tmpl_sprint(out, shown, n);
}

TMPL_FN(html)
{
    CLEANUP(str_release) struct str text = {0};
    struct str s = {0};
    sprint_args(x, args, n, &text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        const char *as = c == '<'    ? "&lt;"
                         : c == '>'  ? "&gt;"
                         : c == '&'  ? "&amp;"
                         : c == '\'' ? "&#39;"
                         : c == '"'  ? "&#34;"
                         : c == 0    ? "\xEF\xBF\xBD"
                                     : NULL;
        if (as)
            str_add(&s, as);
        else
            str_char(&s, c);
    }
    return tmpl_give(x, &s, out);
}

static void add_js(struct str *s, uint32_t rune)
{
    if (rune == '\\' || rune == '\'' || rune == '"')
        str_printf(s, "\\%c", (int)rune);
    else if (rune < 0x80 ? strchr("<>&=", (int)rune) || rune < ' ' || !rune_is_print(rune)
                         : !rune_is_print(rune))
        str_printf(s, "\\u%04X", rune);
    else
        rune_add(s, rune);
}

TMPL_FN(js)
{
    CLEANUP(str_release) struct str text = {0};
    struct str s = {0};
    sprint_args(x, args, n, &text);
    struct span rest = str_span(&text);
    for (size_t len; rest.len; rest.at += len, rest.len -= len)
        add_js(&s, rune_decode(rest, &len));
    return tmpl_give(x, &s, out);
}

static bool stays_in_query(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("-_.~", c));
}

TMPL_FN(urlquery)
{
    CLEANUP(str_release) struct str text = {0};
    struct str s = {0};
    sprint_args(x, args, n, &text);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (stays_in_query(c) || c == ' ')
            str_char(&s, c == ' ' ? '+' : c);
        else
            str_printf(&s, "%%%02X", (unsigned char)c);
    }
    return tmpl_give(x, &s, out);
}

/* --- containers --- */

TMPL_FN(negate)
{
    *out = tmpl_bool(!tmpl_true(args[0]));
    return NULL;
}

TMPL_FN(len)
{
    struct tmpl_value v = args[0];
    if (v.kind == TMPL_NONE)
        return err_new(ERR_INVALID, "reflect: call of reflect.Value.Type on zero Value");
    if (v.kind == TMPL_NIL)
        return err_new(ERR_INVALID, "len of nil pointer");
    if (v.kind == TMPL_STR)
        *out = tmpl_int(v.len);
    else if (tmpl_is_list(v))
        *out = tmpl_int((int64_t)tmpl_list_len(v));
    else if (v.kind == TMPL_MAP)
        *out = tmpl_int((int64_t)tmpl_map_len(v.map));
    else
        return err_new(ERR_INVALID, "len of type %s", tmpl_type_name(v));
    return NULL;
}

/* An index of at most `most`. */
static struct err *index_of(struct tmpl_value v, size_t most, size_t *out)
{
    if (tmpl_is_nothing(v))
        return err_new(ERR_INVALID, "cannot index slice/array with nil");
    if (!tmpl_is_int(v) && !tmpl_is_uint(v))
        return err_new(ERR_INVALID, "cannot index slice/array with type %s", tmpl_type_name(v));
    if (v.i < 0 || v.u > most)
        return err_new(ERR_INVALID, "index out of range: %" PRId64, v.i);
    *out = (size_t)v.u;
    return NULL;
}

static struct err *index_list(struct tmpl_value v, struct tmpl_value index, struct tmpl_value *out)
{
    size_t i = 0, n = v.kind == TMPL_STR ? v.len : tmpl_list_len(v);
    TRY(index_of(index, n, &i));
    if (i == n)
        return err_new(ERR_INVALID, "reflect: %s index out of range",
                       v.kind == TMPL_STR ? "string" : "slice");
    if (v.kind == TMPL_STR)
        v.kind = TMPL_BYTES;
    *out = tmpl_list_at(v, i);
    return NULL;
}

static struct err *index_map(const struct tmpl_map *m, struct tmpl_value key, struct tmpl_value *out)
{
    if (tmpl_is_nothing(key))
        return err_new(ERR_INVALID, "value is nil; should be of type string");
    if (key.kind != TMPL_STR)
        return err_new(ERR_INVALID, "value has type %s; should be string", tmpl_type_name(key));
    *out = tmpl_map_get(m, tmpl_span_of(key));
    if (out->kind == TMPL_NONE)
        *out = (struct tmpl_value){.kind = tmpl_map_type(m)->elem};
    return NULL;
}

TMPL_FN(index_any)
{
    struct tmpl_value v = args[0];
    if (tmpl_is_nothing(v))
        return err_new(ERR_INVALID, "index of untyped nil");
    for (size_t i = 1; i < n; i++) {
        if (tmpl_is_nothing(v))
            return err_new(ERR_INVALID, "index of nil pointer");
        if (tmpl_is_list(v) || v.kind == TMPL_STR)
            TRY(index_list(v, args[i], &v));
        else if (v.kind == TMPL_MAP)
            TRY(index_map(v.map, args[i], &v));
        else
            return err_new(ERR_INVALID, "can't index item of type %s", tmpl_type_name(v));
    }
    *out = v;
    return NULL;
}

/* v[from:to] */
static struct tmpl_value cut(struct tmpl_exec *x, struct tmpl_value v, size_t from, size_t to)
{
    if (v.kind != TMPL_LIST) {
        v.at += from;
        v.len = (uint32_t)(to - from);
        return v;
    }
    if (!v.list)
        return v;
    struct tmpl_list *l = tmpl_list_new(x->arena, v.list->type, 0);
    l->items = v.list->items + from;
    l->len = to - from;
    return tmpl_list_value(l);
}

TMPL_FN(slice)
{
    struct tmpl_value v = args[0];
    if (tmpl_is_nothing(v))
        return err_new(ERR_INVALID, "slice of untyped nil");
    if (n > 4)
        return err_new(ERR_INVALID, "too many slice indexes: %zu", n - 1);
    if (v.kind == TMPL_STR && n == 4)
        return err_new(ERR_INVALID, "cannot 3-index slice a string");
    if (v.kind != TMPL_STR && !tmpl_is_list(v))
        return err_new(ERR_INVALID, "can't slice item of type %s", tmpl_type_name(v));
    size_t len_of = v.kind == TMPL_STR ? v.len : tmpl_list_len(v), at[3] = {0, len_of, len_of};
    for (size_t i = 1; i < n; i++)
        TRY(index_of(args[i], len_of, &at[i - 1]));
    if (at[0] > at[1])
        return err_new(ERR_INVALID, "invalid slice index: %zu > %zu", at[0], at[1]);
    if (n == 4 && at[1] > at[2])
        return err_new(ERR_INVALID, "invalid slice index: %zu > %zu", at[1], at[2]);
    *out = cut(x, v, at[0], at[1]);
    return NULL;
}

/* No value of ours is a function. */
TMPL_FN(call)
{
    const struct call_site *site = ((struct state *)x)->site;
    if (tmpl_is_nothing(args[0]))
        return err_new(ERR_INVALID, "call of nil");
    CLEANUP(str_release) struct str text = {0};
    node_print(&text, site->operands.len > 1 ? site->operands.at[1] : site->node);
    return err_new(ERR_INVALID, "non-function %s of type %s", str_text(&text), tmpl_type_name(args[0]));
}

/* and, or are evaluated by the caller (args.c), which knows when to stop. */
TMPL_FN(last)
{
    *out = args[n - 1];
    return NULL;
}

const struct tmpl_func tmpl_builtins[] = {
    {"and", "vv*", last},         {"call", "vv*", call},
    {"eq", "vv*", builtin_eq},    {"ge", "vv", builtin_ge},
    {"gt", "vv", builtin_gt},     {"html", "a*", html},
    {"index", "vv*", index_any},  {"js", "a*", js},
    {"le", "vv", builtin_le},     {"len", "v", len},
    {"lt", "vv", builtin_lt},     {"ne", "vv", builtin_ne},
    {"not", "v", negate},         {"or", "vv*", last},
    {"print", "a*", print},       {"printf", "sa*", print_format},
    {"println", "a*", println},   {"slice", "vv*", slice},
    {"urlquery", "a*", urlquery},
};
const size_t tmpl_builtins_len = ARRAY_LEN(tmpl_builtins);
