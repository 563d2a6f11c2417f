/* base/map - an array of entries in insertion order beside an open-addressed index of 1-based positions.
 *
 * Invariant: index slots hold 0 (never used), TOMB (was used) or 1 + the position of a live entry. A deleted entry keeps
 * its place with key NULL, so that iterators stay valid, until the next rebuild packs the array. */
#include "base/map.h"

#include "base/hash.h"

#include <stdlib.h>

enum { TOMB = UINT32_MAX };

struct entry {
    char *key;
    uint32_t hash;
    void *value;
};

struct map {
    void (*free_value)(void *);
    struct entry *entries;
    size_t len, used, cap; /* live entries, places taken, places */
    uint32_t *index;
    size_t slots; /* power of two, or 0 */
};

struct map *map_new(void (*free_value)(void *))
{
    struct map *m = mem_zalloc(sizeof(*m));
    m->free_value = free_value;
    return m;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->used; i++) {
        if (m->entries[i].key && m->free_value)
            m->free_value(m->entries[i].value);
        free(m->entries[i].key);
    }
    m->len = m->used = 0;
    if (m->slots)
        memset(m->index, 0, m->slots * sizeof(*m->index));
}

void map_free(struct map *m)
{
    if (!m)
        return;
    map_clear(m);
    free(m->entries);
    free(m->index);
    free(m);
}

void map_freep(struct map **m)
{
    map_free(*m);
    *m = NULL;
}

size_t map_len(const struct map *m)
{
    return m ? m->len : 0;
}

static uint32_t hash_of(struct span key)
{
    return (uint32_t)hash64(key.at, key.len);
}

/* The slot of the key, or SIZE_MAX. */
static size_t find(const struct map *m, struct span key, uint32_t hash)
{
    if (!m || !m->slots)
        return SIZE_MAX;
    for (size_t i = hash & (m->slots - 1); m->index[i]; i = (i + 1) & (m->slots - 1)) {
        if (m->index[i] == TOMB)
            continue;
        const struct entry *e = &m->entries[m->index[i] - 1];
        if (e->hash == hash && strlen(e->key) == key.len && memcmp(e->key, key.at, key.len) == 0)
            return i;
    }
    return SIZE_MAX;
}

static void index_put(struct map *m, size_t position)
{
    size_t i = m->entries[position].hash & (m->slots - 1);
    while (m->index[i] && m->index[i] != TOMB)
        i = (i + 1) & (m->slots - 1);
    m->index[i] = (uint32_t)position + 1;
}

/* Packs the entries and makes an index that the next insertions fill to at most a half. */
static void rebuild(struct map *m)
{
    size_t to = 0;
    for (size_t i = 0; i < m->used; i++)
        if (m->entries[i].key)
            m->entries[to++] = m->entries[i];
    m->used = to;
    m->cap = MAX((size_t)8, m->len * 2);
    m->entries = mem_realloc(m->entries, m->cap * sizeof(*m->entries));
    for (m->slots = 16; m->slots < m->cap * 2;)
        m->slots *= 2;
    free(m->index);
    m->index = mem_zalloc(m->slots * sizeof(*m->index));
    for (size_t i = 0; i < m->used; i++)
        index_put(m, i);
}

void *map_get_span(const struct map *m, struct span key)
{
    size_t slot = find(m, key, hash_of(key));
    return slot == SIZE_MAX ? NULL : m->entries[m->index[slot] - 1].value;
}

void *map_get(const struct map *m, const char *key)
{
    return map_get_span(m, span_of(key));
}

bool map_has(const struct map *m, const char *key)
{
    struct span s = span_of(key);
    return find(m, s, hash_of(s)) != SIZE_MAX;
}

const char *map_set(struct map *m, const char *key, void *value)
{
    struct span s = span_of(key);
    uint32_t hash = hash_of(s);
    size_t slot = find(m, s, hash);
    if (slot != SIZE_MAX) {
        struct entry *e = &m->entries[m->index[slot] - 1];
        if (m->free_value && e->value != value)
            m->free_value(e->value);
        e->value = value;
        return e->key;
    }
    if (m->used == m->cap)
        rebuild(m);
    m->entries[m->used] = (struct entry){mem_strndup(s.at, s.len), hash, value};
    m->len++;
    index_put(m, m->used++);
    return m->entries[m->used - 1].key;
}

void *map_take(struct map *m, const char *key)
{
    struct span s = span_of(key);
    size_t slot = find(m, s, hash_of(s));
    if (slot == SIZE_MAX)
        return NULL;
    struct entry *e = &m->entries[m->index[slot] - 1];
    m->index[slot] = TOMB;
    void *value = e->value;
    free(e->key);
    *e = (struct entry){0};
    m->len--;
    return value;
}

bool map_del(struct map *m, const char *key)
{
    if (!map_has(m, key))
        return false;
    void *value = map_take(m, key);
    if (m->free_value)
        m->free_value(value);
    return true;
}

bool map_next(struct map_iter *it)
{
    while (it->in && it->next < it->in->used) {
        const struct entry *e = &it->in->entries[it->next++];
        if (!e->key)
            continue;
        it->key = e->key;
        it->value = e->value;
        return true;
    }
    return false;
}
