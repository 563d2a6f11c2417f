/* render/kustomize/cache - frozen documents by key, in order of use. */
#include "render/kustomize/cache.h"

#include "base/map.h"

#include <stdlib.h>

struct entry {
    struct entry *newer, *older; /* by use */
    struct frozen *doc;
    const char *key; /* the map's */
    size_t size;
};

struct kustomize_cache {
    struct map *entries;
    struct entry *newest, *oldest;
    size_t used, max;
};

struct kustomize_cache *kustomize_cache_new(size_t max_bytes)
{
    struct kustomize_cache *c = mem_zalloc(sizeof(*c));
    c->max = max_bytes ? max_bytes : (size_t)KUSTOMIZE_CACHE_BYTES;
    c->entries = map_new(NULL);
    return c;
}

size_t kustomize_cache_used(const struct kustomize_cache *c)
{
    return c->used;
}

static void unlink_use(struct kustomize_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void use(struct kustomize_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct kustomize_cache *c, struct entry *e)
{
    unlink_use(c, e);
    c->used -= e->size;
    frozen_unref(e->doc);
    map_del(c->entries, e->key);
    free(e);
}

void kustomize_cache_free(struct kustomize_cache *c)
{
    if (!c)
        return;
    while (c->newest)
        drop(c, c->newest);
    map_free(c->entries);
    free(c);
}

void kustomize_cache_freep(struct kustomize_cache **c)
{
    kustomize_cache_free(*c);
    *c = NULL;
}

static void unref(void *f)
{
    frozen_unref(f);
}

const struct doc *kustomize_cache_get(struct kustomize_cache *c, struct arena *a, const char *key)
{
    struct entry *e = map_get(c->entries, key);
    if (!e)
        return NULL;
    unlink_use(c, e);
    use(c, e);
    arena_defer(a, unref, frozen_ref(e->doc));
    return frozen_root(e->doc);
}

void kustomize_cache_put(struct kustomize_cache *c, const char *key, const struct doc *d)
{
    struct frozen *f = doc_freeze(d);
    size_t size = frozen_size(f) + sizeof(struct entry) + strlen(key);
    if (size > c->max / 2 || map_has(c->entries, key)) {
        frozen_unref(f);
        return;
    }
    struct entry *e = mem_zalloc(sizeof(*e));
    *e = (struct entry){.doc = f, .size = size};
    e->key = map_set(c->entries, key, e);
    use(c, e);
    c->used += size;
    while (c->used > c->max)
        drop(c, c->oldest);
}
