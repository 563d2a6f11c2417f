/* tmpl/sprig_dicts - maps: set and unset change the map that they are given, for all who hold it. */
#include "tmpl/sprig.h"

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

static const char *go_type(struct tmpl_value v)
{
    return tmpl_is_nothing(v) ? "nil" : tmpl_type_name(v);
}

TMPL_FN(dict)
{
    struct tmpl_map *m = tmpl_map_new(x->arena, &tmpl_type_map);
    for (size_t i = 0; i < n; i += 2)
        tmpl_map_set(m, tmpl_strval_span(x->arena, args[i]), i + 1 < n ? args[i + 1] : tmpl_str(""));
    *out = tmpl_map_value(m);
    return NULL;
}

TMPL_FN(get)
{
    *out = tmpl_map_get(args[0].map, text(args[1]));
    if (out->kind == TMPL_NONE)
        *out = tmpl_str("");
    return NULL;
}

TMPL_FN(set)
{
    if (!args[0].map)
        return err_new(ERR_INVALID, "assignment to entry in nil map");
    tmpl_map_set(args[0].map, text(args[1]), args[2]);
    *out = args[0];
    return NULL;
}

TMPL_FN(unset)
{
    tmpl_map_del(args[0].map, text(args[1]));
    *out = args[0];
    return NULL;
}

TMPL_FN(has_key)
{
    *out = tmpl_bool(tmpl_map_get(args[0].map, text(args[1])).kind != TMPL_NONE);
    return NULL;
}

TMPL_FN(pluck)
{
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_list, n);
    l->len = 0;
    for (size_t i = 1; i < n; i++) {
        struct tmpl_value v = tmpl_map_get(args[i].map, text(args[0]));
        if (v.kind != TMPL_NONE)
            l->items[l->len++] = v;
    }
    *out = tmpl_list_value(l);
    return NULL;
}

/* Upstream's order is random; ours is that of the keys. */
TMPL_FN(keys)
{
    size_t len = 0, more;
    for (size_t i = 0; i < n; i++)
        len += tmpl_map_len(args[i].map);
    TRY(tmpl_reserve(x, len * sizeof(struct tmpl_value)));
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_strings, len);
    l->len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tmpl_entry *e = tmpl_map_sorted(args[i].map, &more);
        for (size_t j = 0; j < more; j++)
            l->items[l->len++] = tmpl_span((struct span){e[j].key, e[j].key_len});
    }
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(values)
{
    size_t len;
    const struct tmpl_entry *e = tmpl_map_sorted(args[0].map, &len);
    TRY(tmpl_reserve(x, len * sizeof(struct tmpl_value)));
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_list, len);
    for (size_t i = 0; i < len; i++)
        l->items[i] = e[i].value;
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(pick)
{
    struct tmpl_map *m = tmpl_map_new(x->arena, &tmpl_type_map);
    for (size_t i = 1; i < n; i++) {
        struct tmpl_value v = tmpl_map_get(args[0].map, text(args[i]));
        if (v.kind != TMPL_NONE)
            tmpl_map_set(m, text(args[i]), v);
    }
    *out = tmpl_map_value(m);
    return NULL;
}

TMPL_FN(omit)
{
    TRY(tmpl_reserve(x, tmpl_map_len(args[0].map) * sizeof(struct tmpl_entry)));
    struct tmpl_map *m = tmpl_map_copy(x->arena, args[0].map, &tmpl_type_map);
    for (size_t i = 1; i < n; i++)
        tmpl_map_del(m, text(args[i]));
    *out = tmpl_map_value(m);
    return NULL;
}

static struct err *conversion(struct tmpl_value v, const char *want)
{
    return err_new(ERR_INVALID, "interface conversion: interface {} is %s, not %s", go_type(v), want);
}

/* dig "a" "b" default map */
TMPL_FN(dig)
{
    if (n < 3)
        return err_new(ERR_INVALID, "dig needs at least three arguments");
    struct tmpl_value at = args[n - 1];
    for (size_t i = 0; i + 2 < n; i++) {
        if (at.kind != TMPL_MAP || tmpl_map_type(at.map) != &tmpl_type_map)
            return conversion(at, tmpl_type_map.name);
        if (args[i].kind != TMPL_STR)
            return conversion(args[i], "string");
        at = tmpl_map_get(at.map, text(args[i]));
        if (at.kind == TMPL_NONE) {
            at = args[n - 2];
            break;
        }
    }
    *out = at;
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"dict", "a*", dict}, {"dig", "a*", dig},     {"get", "ms", get},      {"hasKey", "ms", has_key},
    {"keys", "m*", keys}, {"omit", "ms*", omit},  {"pick", "ms*", pick},   {"pluck", "sm*", pluck},
    {"set", "msa", set},  {"unset", "ms", unset}, {"values", "m", values},
};
const struct tmpl_family tmpl_sprig_dicts = {rows, ARRAY_LEN(rows)};
