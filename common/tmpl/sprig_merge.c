/* tmpl/sprig_merge - merge, mergeOverwrite and deepCopy.
 *
 * The walk is mergo's: a key that the destination has not is taken by reference, two maps are merged in
 * place, and otherwise the destination wins unless it is empty (merge), or the source always
 * (mergeOverwrite). So a nested map may be shared between source and destination afterwards, and later merges
 * show in both: charts rely on it. */
#include "tmpl/private.h"
#include "tmpl/sprig.h"

/* A merge that is going on. */
struct merge {
    struct tmpl_exec *x;
    bool overwrite;
    int depth;
};

static struct err *merge_maps(struct merge *m, struct tmpl_map *to, const struct tmpl_map *from);

/* The key's value in `to` when both sides have one. */
static struct err *merge_value(struct merge *m, struct tmpl_map *to, struct span key, struct tmpl_value old,
                               struct tmpl_value new)
{
    if (old.kind == TMPL_MAP && new.kind == TMPL_MAP && old.map)
        return merge_maps(m, old.map, new.map);
    if (m->overwrite || !tmpl_true(old))
        tmpl_map_set(to, key, new);
    return NULL;
}

static struct err *merge_maps(struct merge *m, struct tmpl_map *to, const struct tmpl_map *from)
{
    size_t n;
    const struct tmpl_entry *now = tmpl_map_sorted(from, &n);
    bool typed = tmpl_map_type(to)->elem != TMPL_NIL;
    if (to == from || n == 0)
        return NULL;
    if (typed && tmpl_map_type(from) != tmpl_map_type(to))
        return err_new(
            ERR_INVALID,
            "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string");
    if (++m->depth > VALUE_DEPTH_MAX)
        return err_reason(ERR_EXHAUSTED, "Depth", "maps nest more than %d deep", VALUE_DEPTH_MAX);
    TRY(tmpl_steps(m->x, n));
    TRY(tmpl_reserve(m->x, n * sizeof(*now)));
    const struct tmpl_entry *e = arena_dup(m->x->arena, now, n * sizeof(*now)); /* `to` may hold `from` */
    for (size_t i = 0; i < n; i++) {
        struct span key = {e[i].key, e[i].key_len};
        struct tmpl_value old = tmpl_map_get(to, key);
        if (tmpl_is_nothing(e[i].value) && !m->overwrite)
            continue;
        if (old.kind == TMPL_NONE)
            tmpl_map_set(to, key, e[i].value);
        else
            TRY(merge_value(m, to, key, old, e[i].value));
    }
    m->depth--;
    return NULL;
}

static struct err *merge_all(struct tmpl_exec *x, const struct tmpl_value *args, size_t n, bool overwrite,
                             struct tmpl_value *out)
{
    struct merge m = {x, overwrite, 0};
    struct tmpl_map *to = args[0].map ? args[0].map : tmpl_map_new(x->arena, &tmpl_type_map);
    for (size_t i = 1; i < n; i++)
        TRY(merge_maps(&m, to, args[i].map));
    *out = tmpl_map_value(to);
    return NULL;
}

TMPL_FN(merge)
{
    return merge_all(x, args, n, false, out);
}

TMPL_FN(merge_overwrite)
{
    return merge_all(x, args, n, true, out);
}

static struct err *copy(struct merge *m, struct tmpl_value v, struct tmpl_value *out);

static struct err *copy_list(struct merge *m, const struct tmpl_list *l, struct tmpl_value *out)
{
    TRY(tmpl_reserve(m->x, l->len * sizeof(*l->items)));
    TRY(tmpl_steps(m->x, l->len + 1));
    out->list = tmpl_list_new(m->x->arena, l->type, l->len);
    for (size_t i = 0; i < l->len; i++)
        TRY(copy(m, l->items[i], &out->list->items[i]));
    return NULL;
}

static struct err *copy_map(struct merge *m, const struct tmpl_map *map, struct tmpl_value *out)
{
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(map, &n);
    TRY(tmpl_reserve(m->x, n * sizeof(*e)));
    TRY(tmpl_steps(m->x, n + 1));
    out->map = tmpl_map_new(m->x->arena, tmpl_map_type(map));
    for (size_t i = 0; i < n; i++) {
        struct tmpl_value item;
        TRY(copy(m, e[i].value, &item));
        tmpl_map_set(out->map, (struct span){e[i].key, e[i].key_len}, item);
    }
    return NULL;
}

static struct err *copy(struct merge *m, struct tmpl_value v, struct tmpl_value *out)
{
    *out = v;
    if (++m->depth > VALUE_DEPTH_MAX)
        return err_reason(ERR_EXHAUSTED, "Depth", "the value nests more than %d deep", VALUE_DEPTH_MAX);
    if (v.kind == TMPL_LIST && v.list)
        TRY(copy_list(m, v.list, out));
    if (v.kind == TMPL_MAP && v.map)
        TRY(copy_map(m, v.map, out));
    m->depth--;
    return NULL;
}

TMPL_FN(deep_copy)
{
    struct merge m = {x, false, 0};
    if (tmpl_is_nothing(args[0]))
        return err_new(ERR_INVALID, "reflect: call of reflect.Value.Type on zero Value");
    return copy(&m, args[0], out);
}

static const struct tmpl_func rows[] = {
    {"deepCopy", "a", deep_copy},
    {"merge", "mm*", merge},
    {"mergeOverwrite", "mm*", merge_overwrite},
    {"mustDeepCopy", "a", deep_copy},
    {"mustMerge", "mm*", merge},
    {"mustMergeOverwrite", "mm*", merge_overwrite},
};
const struct tmpl_family tmpl_sprig_merge = {rows, ARRAY_LEN(rows)};
