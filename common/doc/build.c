/* doc/build - making and editing documents in an arena.
 *
 * Arrays grow by doubling and are left behind in the arena when they move, so a pointer that somebody still
 * holds stays readable. Every edit goes through node_own, which is where sharing ends. */
#include "base/hash.h"
#include "doc/node.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* --- scalars and empty containers --- */
static struct doc *node_new(struct arena *a, enum doc_kind kind)
{
    struct doc *d = NEW(a, struct doc);
    d->kind = (uint8_t)kind;
    return d;
}

struct doc *doc_new_null(struct arena *a)
{
    return node_new(a, DOC_NULL);
}

struct doc *doc_new_bool(struct arena *a, bool v)
{
    struct doc *d = node_new(a, DOC_BOOL);
    d->truth = v;
    return d;
}

struct doc *doc_new_int(struct arena *a, int64_t v)
{
    char text[24];
    struct doc *d = node_new(a, DOC_INT);
    int len = snprintf(text, sizeof(text), "%" PRId64, v);
    number_set(a, d, (struct span){text, (size_t)len});
    return d;
}

struct doc *doc_new_float(struct arena *a, double v)
{
    CLEANUP(str_release) struct str text = {0};
    if (!isfinite(v))
        return doc_new_null(a);
    float_text(v, &text);
    struct doc *d = node_new(a, DOC_FLOAT);
    number_set(a, d, str_span(&text));
    return d;
}

struct doc *doc_new_str_n(struct arena *a, const char *bytes, size_t len)
{
    if (len > INT32_MAX)
        panic("a string of %zu bytes in a document", len);
    struct doc *d = node_new(a, DOC_STR);
    d->text = arena_strndup(a, bytes, len);
    d->len = d->cap = (uint32_t)len;
    return d;
}

struct doc *doc_new_str(struct arena *a, const char *text)
{
    return doc_new_str_n(a, text, strlen(text));
}

struct doc *doc_new_list(struct arena *a)
{
    return node_new(a, DOC_LIST);
}

struct doc *doc_new_map(struct arena *a)
{
    return node_new(a, DOC_MAP);
}

/* --- arrays --- */
static void index_put(struct doc *map, uint32_t *index, size_t mask, size_t position)
{
    size_t i = map->entries[position].key->hash & mask;
    while (index[i])
        i = (i + 1) & mask;
    index[i] = (uint32_t)position + 1;
}

void map_reindex(struct doc *map)
{
    size_t slots = map_slots(map->cap);
    if (!slots)
        return;
    uint32_t *index = map_index(map);
    memset(index, 0, slots * sizeof(*index));
    for (size_t i = 0; i < map->len; i++)
        index_put(map, index, slots - 1, i);
}

static size_t grown(const struct doc *d, size_t extra)
{
    size_t need = d->len + extra;
    if (need > INT32_MAX)
        panic("a document's container of %zu values", need);
    return extra && need > d->cap ? MAX(need, MAX((size_t)d->cap * 2, (size_t)4)) : MAX(need, (size_t)d->cap);
}

void node_own(struct arena *a, struct doc *d, size_t extra)
{
    bool shared = d->flags & NODE_SHARED;
    if (!shared && d->len + extra <= d->cap)
        return;
    size_t cap = shared && !extra ? d->len : grown(d, extra);
    void *array = arena_raw(a, d->kind == DOC_MAP ? map_bytes(cap) : cap * sizeof(struct doc));
    size_t size = d->kind == DOC_MAP ? sizeof(struct entry) : sizeof(struct doc);
    if (d->len)
        memcpy(array, d->items, d->len * size);
    d->items = array;
    d->cap = (uint32_t)cap;
    d->flags &= (uint8_t)~NODE_SHARED;
    if (d->kind == DOC_MAP)
        map_reindex(d);
    for (size_t i = 0; shared && i < d->len; i++) {
        struct doc *child = d->kind == DOC_MAP ? &d->entries[i].val : &d->items[i];
        *child = node_share(child);
    }
}

void list_fill(struct arena *a, struct doc *list, const struct entry *entries, size_t n)
{
    list->kind = DOC_LIST;
    list->flags = 0;
    list->len = list->cap = (uint32_t)n;
    list->items = n ? arena_raw(a, n * sizeof(struct doc)) : NULL;
    for (size_t i = 0; i < n; i++)
        list->items[i] = entries[i].val;
}

/* Drops earlier values of equal keys in place, without an index: for small maps. Returns the count left. */
static size_t unique_small(struct entry *entries, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < len && !key_eq(entries[j].key, entries[i].key))
            j++;
        entries[j] = entries[i];
        len += j == len;
    }
    return len;
}

/* The same for large ones, over the index that the map will keep. */
static void unique_indexed(struct doc *map, const struct entry *entries, size_t n)
{
    size_t mask = map_slots(map->cap) - 1;
    uint32_t *index = map_index(map);
    memset(index, 0, (mask + 1) * sizeof(*index));
    for (size_t i = 0; i < n; i++) {
        size_t s = entries[i].key->hash & mask;
        while (index[s] && !key_eq(map->entries[index[s] - 1].key, entries[i].key))
            s = (s + 1) & mask;
        if (!index[s])
            index[s] = ++map->len;
        map->entries[index[s] - 1] = entries[i];
    }
}

void map_fill(struct arena *a, struct doc *map, struct entry *entries, size_t n)
{
    map->kind = DOC_MAP;
    map->flags = 0;
    if (n <= MAP_PLAIN)
        n = unique_small(entries, n);
    map->len = 0;
    map->cap = (uint32_t)n;
    map->entries = n ? arena_raw(a, map_bytes(n)) : NULL;
    if (n > MAP_PLAIN) {
        unique_indexed(map, entries, n);
        return;
    }
    if (n)
        memcpy(map->entries, entries, n * sizeof(*entries));
    map->len = (uint32_t)n;
}

/* --- maps --- */
struct doc *doc_set_span(struct arena *a, struct doc *map, struct span key, const struct doc *val)
{
    if (!doc_is(map, DOC_MAP))
        panic("setting '%.*s' in a %s", (int)key.len, key.at, doc_kind_name(map));
    struct doc copy = node_share(val); /* before the array may move: `val` may stand in it */
    size_t i = map->len ? map_find(map, key) : SIZE_MAX;
    node_own(a, map, i == SIZE_MAX);
    if (i == SIZE_MAX) {
        i = map->len++;
        map->entries[i].key = key_of(a, key);
        if (map_slots(map->cap))
            index_put(map, map_index(map), map_slots(map->cap) - 1, i);
    }
    map->entries[i].val = copy;
    return &map->entries[i].val;
}

struct doc *doc_set(struct arena *a, struct doc *map, const char *key, const struct doc *val)
{
    return doc_set_span(a, map, span_of(key), val);
}

struct doc *doc_set_str(struct arena *a, struct doc *map, const char *key, const char *text)
{
    return doc_set(a, map, key, doc_new_str(a, text));
}

struct doc *doc_set_int(struct arena *a, struct doc *map, const char *key, int64_t v)
{
    return doc_set(a, map, key, doc_new_int(a, v));
}

struct doc *doc_set_bool(struct arena *a, struct doc *map, const char *key, bool v)
{
    return doc_set(a, map, key, &(struct doc){.kind = DOC_BOOL, .truth = v});
}

struct doc *doc_set_map(struct arena *a, struct doc *map, const char *key)
{
    return doc_set(a, map, key, &(struct doc){.kind = DOC_MAP});
}

struct doc *doc_set_list(struct arena *a, struct doc *map, const char *key)
{
    return doc_set(a, map, key, &(struct doc){.kind = DOC_LIST});
}

struct doc *doc_own_map(struct arena *a, struct doc *map, const char *key)
{
    size_t i = doc_len(map) ? map_find(map, span_of(key)) : SIZE_MAX;
    if (i == SIZE_MAX || map->entries[i].val.kind != DOC_MAP)
        return doc_set_map(a, map, key);
    node_own(a, map, 0);
    node_own(a, &map->entries[i].val, 0);
    return &map->entries[i].val;
}

bool doc_del(struct arena *a, struct doc *map, const char *key)
{
    return doc_del_span(a, map, span_of(key));
}

bool doc_del_span(struct arena *a, struct doc *map, struct span key)
{
    size_t i = doc_is(map, DOC_MAP) && map->len ? map_find(map, key) : SIZE_MAX;
    if (i == SIZE_MAX)
        return false;
    node_own(a, map, 0);
    memmove(&map->entries[i], &map->entries[i + 1], (map->len - i - 1) * sizeof(struct entry));
    map->len--;
    map_reindex(map);
    return true;
}

/* --- lists --- */
struct doc *doc_insert(struct arena *a, struct doc *list, size_t i, const struct doc *val)
{
    if (!doc_is(list, DOC_LIST) || i > list->len)
        panic("inserting at %zu in a %s of %zu", i, doc_kind_name(list), doc_len(list));
    struct doc copy = node_share(val);
    node_own(a, list, 1);
    memmove(&list->items[i + 1], &list->items[i], (list->len - i) * sizeof(struct doc));
    list->len++;
    list->items[i] = copy;
    return &list->items[i];
}

struct doc *doc_push(struct arena *a, struct doc *list, const struct doc *val)
{
    return doc_insert(a, list, doc_len(list), val);
}

struct doc *doc_push_str(struct arena *a, struct doc *list, const char *text)
{
    return doc_push(a, list, doc_new_str(a, text));
}

bool doc_remove(struct arena *a, struct doc *list, size_t i)
{
    if (!doc_is(list, DOC_LIST) || i >= list->len)
        return false;
    node_own(a, list, 0);
    memmove(&list->items[i], &list->items[i + 1], (list->len - i - 1) * sizeof(struct doc));
    list->len--;
    return true;
}

struct doc *doc_own_at(struct arena *a, struct doc *list, size_t i)
{
    if (!doc_is(list, DOC_LIST) || i >= list->len)
        return NULL;
    node_own(a, list, 0);
    return &list->items[i];
}

struct doc *doc_put(struct doc *place, const struct doc *val)
{
    *place = node_share(val);
    return place;
}

struct doc *doc_own_get(struct arena *a, struct doc *map, struct span key)
{
    size_t i = doc_is(map, DOC_MAP) && map->len ? map_find(map, key) : SIZE_MAX;
    if (i == SIZE_MAX)
        return NULL;
    node_own(a, map, 0);
    return &map->entries[i].val;
}

/* --- copies --- */
struct doc *doc_shallow(struct arena *a, const struct doc *d)
{
    struct doc *copy = NEW(a, struct doc);
    if (d)
        *copy = node_share(d);
    else
        copy->kind = DOC_NULL;
    if (copy->flags & NODE_SHARED)
        node_own(a, copy, 0);
    return copy;
}

static void deep(struct arena *a, struct doc *d)
{
    switch (d->kind) {
    case DOC_STR:
        d->text = arena_strndup(a, d->text, d->len);
        break;
    case DOC_INT:
    case DOC_FLOAT:
        if (!(d->flags & NODE_INLINE))
            d->text = arena_strndup(a, d->text, d->len);
        break;
    case DOC_LIST:
        d->flags |= NODE_SHARED;
        node_own(a, d, 0);
        for (size_t i = 0; i < d->len; i++)
            deep(a, &d->items[i]);
        break;
    case DOC_MAP:
        d->flags |= NODE_SHARED;
        node_own(a, d, 0);
        for (size_t i = 0; i < d->len; i++) {
            struct entry *e = &d->entries[i];
            if (!e->key->interned)
                e->key = key_of(a, (struct span){e->key->text, e->key->len});
            deep(a, &e->val);
        }
        break;
    default:
        break;
    }
}

struct doc *doc_deep(struct arena *a, const struct doc *d)
{
    struct doc *copy = NEW(a, struct doc);
    *copy = d ? *d : (struct doc){.kind = DOC_NULL};
    deep(a, copy);
    return copy;
}

const struct doc *doc_vwith(struct arena *a, const struct doc *root, const struct doc *val,
                            const char *const *keys)
{
    if (!*keys)
        return val;
    if (!val && !doc_vpath(root, keys))
        return root;
    struct doc *top = doc_is(root, DOC_MAP) ? doc_shallow(a, root) : doc_new_map(a);
    struct doc *at = top;
    for (; keys[1]; keys++)
        at = doc_own_map(a, at, *keys);
    if (val)
        doc_set(a, at, *keys, val);
    else
        doc_del(a, at, *keys);
    return top;
}
