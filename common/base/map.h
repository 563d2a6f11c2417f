/* base/map.h - text keys to pointers, in insertion order.
 *
 * Keys are copied; values are borrowed unless the map was given a function that frees them. Look-up, insertion and
 * removal are O(1); iteration goes in insertion order and allows map_del of the current entry. */
#ifndef CAPSTAN_BASE_MAP_H
#define CAPSTAN_BASE_MAP_H

#include "base/base.h"

struct map;

/* `free_value` may be NULL. */
struct map *map_new(void (*free_value)(void *)) MUST_USE;
void map_free(struct map *m);
void map_freep(struct map **m);
void map_clear(struct map *m);

size_t map_len(const struct map *m);
void *map_get(const struct map *m, const char *key);
void *map_get_span(const struct map *m, struct span key);
bool map_has(const struct map *m, const char *key);
/* Sets, freeing an earlier value. Returns the map's own copy of the key: stable until that key is deleted. */
const char *map_set(struct map *m, const char *key, void *value);
/* Removes and frees the value; false when the key was absent. */
bool map_del(struct map *m, const char *key);
/* Removes without freeing; NULL when absent. */
void *map_take(struct map *m, const char *key);

struct map_iter {
    const struct map *in;
    size_t next;
    const char *key;
    void *value;
};
bool map_next(struct map_iter *it);
#define map_each(it, m) for (struct map_iter it = {.in = (m)}; map_next(&it);)

#endif
