/* tmpl/map - maps with string keys: entries in an array, an index of positions beyond eight of them.
 *
 * A map made from a document keeps the document until somebody looks inside, then takes over one level. The
 * order of the entries is nobody's business: they are sorted when a caller asks for them in order, and stay
 * so while keys arrive in order. A deletion moves the last entry into the hole. The index holds positions
 * from 1, 0 where it is free, GONE where an entry was deleted. */
#include "base/hash.h"
#include "tmpl/private.h"

#include <stdlib.h>

enum { PLAIN = 8 };
static const uint32_t GONE = UINT32_MAX;

struct tmpl_map {
    const struct tmpl_type *type;
    struct arena *arena;
    struct tmpl_entry *entries;
    uint32_t *index;        /* NULL up to PLAIN entries */
    const struct doc *from; /* what is not taken over yet */
    struct tmpl_map *base;  /* of a view: the map that holds the entries */
    uint32_t len, cap, slots, slots_used;
    bool sorted, is_nil;
    uint8_t numbers;
};

uint32_t tmpl_hash(struct span key)
{
    return (uint32_t)hash64(key.at, key.len);
}

struct tmpl_map *tmpl_map_new(struct arena *a, const struct tmpl_type *type)
{
    struct tmpl_map *m = NEW(a, struct tmpl_map);
    m->type = type;
    m->arena = a;
    m->sorted = true;
    return m;
}

struct tmpl_map *tmpl_map_of_doc(struct arena *a, const struct doc *d, enum tmpl_numbers numbers)
{
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    m->from = d;
    m->numbers = (uint8_t)numbers;
    return m;
}

static void index_put(struct tmpl_map *m, uint32_t hash, uint32_t position)
{
    uint32_t at = hash & (m->slots - 1);
    while (m->index[at])
        at = (at + 1) & (m->slots - 1);
    m->index[at] = position + 1;
    m->slots_used++;
}

static void reindex(struct tmpl_map *m)
{
    if (m->len <= PLAIN) {
        m->index = NULL;
        m->slots = 0;
        return;
    }
    uint32_t slots = 32;
    while (slots < m->cap * 2)
        slots *= 2;
    if (slots != m->slots)
        m->index = arena_raw(m->arena, slots * sizeof(*m->index));
    m->slots = slots;
    m->slots_used = 0;
    memset(m->index, 0, slots * sizeof(*m->index));
    for (uint32_t i = 0; i < m->len; i++)
        index_put(m, m->entries[i].hash, i);
}

static bool entry_is(const struct tmpl_entry *e, struct span key, uint32_t hash)
{
    return e->hash == hash && e->key_len == key.len && (key.len == 0 || memcmp(e->key, key.at, key.len) == 0);
}

/* The slot of the index that leads to position `i`. */
static uint32_t *slot_of(const struct tmpl_map *m, uint32_t i)
{
    uint32_t at = m->entries[i].hash & (m->slots - 1);
    while (m->index[at] != i + 1)
        at = (at + 1) & (m->slots - 1);
    return &m->index[at];
}

static struct tmpl_entry *find(const struct tmpl_map *m, struct span key, uint32_t hash)
{
    if (!m->index) {
        for (uint32_t i = 0; i < m->len; i++)
            if (entry_is(&m->entries[i], key, hash))
                return &m->entries[i];
        return NULL;
    }
    for (uint32_t at = hash & (m->slots - 1); m->index[at]; at = (at + 1) & (m->slots - 1))
        if (m->index[at] != GONE && entry_is(&m->entries[m->index[at] - 1], key, hash))
            return &m->entries[m->index[at] - 1];
    return NULL;
}

static int by_key(const struct tmpl_entry *x, const struct tmpl_entry *y)
{
    size_t n = MIN(x->key_len, y->key_len);
    int c = n ? memcmp(x->key, y->key, n) : 0;
    return c ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static int by_key_void(const void *x, const void *y)
{
    return by_key(x, y);
}

static void push(struct tmpl_map *m, const struct tmpl_entry *e)
{
    if (m->len == m->cap) {
        m->cap = MAX(m->cap * 2, 4);
        struct tmpl_entry *grown = arena_raw(m->arena, m->cap * sizeof(*grown));
        if (m->len)
            memcpy(grown, m->entries, m->len * sizeof(*grown));
        m->entries = grown;
    }
    m->sorted = m->sorted && (m->len == 0 || by_key(&m->entries[m->len - 1], e) < 0);
    m->entries[m->len++] = *e;
    if (m->index && m->slots_used < m->slots / 4 * 3)
        index_put(m, e->hash, m->len - 1);
    else
        reindex(m);
}

struct tmpl_map *tmpl_map_nil(struct arena *a, const struct tmpl_type *type)
{
    struct tmpl_map *m = tmpl_map_new(a, type);
    m->is_nil = true;
    return m;
}

bool tmpl_map_is_nil(const struct tmpl_map *m)
{
    return !m || (m->is_nil && tmpl_map_len(m) == 0);
}

struct tmpl_map *tmpl_map_view(struct arena *a, struct tmpl_map *m, const struct tmpl_type *type)
{
    struct tmpl_map *view = tmpl_map_new(a, type);
    view->base = m->base ? m->base : m;
    return view;
}

/* The map with the entries, one level of its document taken over. Const in meaning: what it holds does not
 * change. */
static struct tmpl_map *filled(const struct tmpl_map *map)
{
    struct tmpl_map *m = map->base ? map->base : (struct tmpl_map *)map;
    const struct doc *from = m->from;
    if (LIKELY(!from))
        return m;
    m->from = NULL;
    m->cap = (uint32_t)doc_len(from);
    m->entries = arena_raw(m->arena, MAX(m->cap, 1) * sizeof(*m->entries));
    doc_each (it, from) {
        struct tmpl_entry *e = &m->entries[m->len];
        *e = (struct tmpl_entry){it.key.at, (uint32_t)it.key.len, tmpl_hash(it.key),
                                 tmpl_from_doc(m->arena, it.val, m->numbers)};
        m->sorted = m->sorted && (m->len == 0 || by_key(e - 1, e) < 0);
        m->len++;
    }
    reindex(m);
    return m;
}

const struct tmpl_type *tmpl_map_type(const struct tmpl_map *m)
{
    return m ? m->type : &tmpl_type_map;
}

size_t tmpl_map_len(const struct tmpl_map *m)
{
    if (m && m->base)
        m = m->base;
    return !m ? 0 : m->from ? doc_len(m->from) : m->len;
}

struct tmpl_value tmpl_map_get_hashed(const struct tmpl_map *m, struct span key, uint32_t hash)
{
    const struct tmpl_entry *e = m ? find(filled(m), key, hash) : NULL;
    return e ? e->value : TMPL_NOTHING;
}

struct tmpl_value tmpl_map_get(const struct tmpl_map *m, struct span key)
{
    return tmpl_map_get_hashed(m, key, tmpl_hash(key));
}

void tmpl_map_set(struct tmpl_map *m, struct span key, struct tmpl_value v)
{
    struct tmpl_entry e = {key.at, (uint32_t)key.len, tmpl_hash(key), v};
    if (v.kind == TMPL_NONE)
        e.value.kind = TMPL_NIL;
    e.value.boxed = false;
    m = filled(m);
    struct tmpl_entry *old = find(m, key, e.hash);
    if (old)
        old->value = e.value;
    else
        push(m, &e);
}

bool tmpl_map_del(struct tmpl_map *m, struct span key)
{
    m = m ? filled(m) : NULL;
    struct tmpl_entry *e = m ? find(m, key, tmpl_hash(key)) : NULL;
    if (!e)
        return false;
    uint32_t hole = (uint32_t)(e - m->entries), last = m->len - 1;
    if (m->index)
        *slot_of(m, hole) = GONE;
    if (hole != last) {
        if (m->index)
            *slot_of(m, last) = hole + 1;
        m->entries[hole] = m->entries[last];
        m->sorted = false;
    }
    m->len--;
    return true;
}

const struct tmpl_entry *tmpl_map_sorted(const struct tmpl_map *map, size_t *len)
{
    *len = 0;
    if (!map)
        return NULL;
    struct tmpl_map *m = filled(map);
    if (!m->sorted) {
        qsort(m->entries, m->len, sizeof(*m->entries), by_key_void);
        reindex(m);
        m->sorted = true;
    }
    *len = m->len;
    return m->entries;
}

struct tmpl_map *tmpl_map_copy(struct arena *a, const struct tmpl_map *from, const struct tmpl_type *type)
{
    struct tmpl_map *m = tmpl_map_new(a, type ? type : tmpl_map_type(from));
    size_t n;
    const struct tmpl_entry *entries = tmpl_map_sorted(from, &n);
    if (n == 0)
        return m;
    m->entries = arena_dup(a, entries, n * sizeof(*entries));
    m->len = m->cap = (uint32_t)n;
    reindex(m);
    return m;
}

/* Maps and lists anew; a map that nobody has looked into needs no walk. */
static struct tmpl_value deep(struct arena *a, struct tmpl_value v)
{
    if (v.kind == TMPL_MAP)
        v.map = tmpl_map_deep(a, v.map);
    if (v.kind != TMPL_LIST || !v.list || v.list->type->elem != TMPL_NIL)
        return v;
    struct tmpl_list *l = tmpl_list_new(a, v.list->type, v.list->len);
    for (size_t i = 0; i < l->len; i++)
        l->items[i] = deep(a, v.list->items[i]);
    return tmpl_list_value(l);
}

struct tmpl_map *tmpl_map_deep(struct arena *a, const struct tmpl_map *from)
{
    if (!from)
        return NULL;
    const struct tmpl_map *real = from->base ? from->base : from;
    struct tmpl_map *m = tmpl_map_new(a, from->type);
    m->from = real->from;
    m->numbers = real->numbers;
    if (real->from)
        return m;
    m = tmpl_map_copy(a, real, from->type);
    for (uint32_t i = 0; i < m->len; i++)
        m->entries[i].value = deep(a, m->entries[i].value);
    return m;
}
