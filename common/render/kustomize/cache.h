/* render/kustomize/cache.h - what a worker keeps between builds: files of manifests, read.
 *
 * Keyed by the digest that the tree gives a file, so nothing in it is ever stale; bounded in bytes, the least
 * recently used goes first. One thread at a time, one trust domain. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_CACHE_H
#define CAPSTAN_RENDER_KUSTOMIZE_CACHE_H

#include "base/arena.h"
#include "doc/doc.h"

struct kustomize_cache;

enum { KUSTOMIZE_CACHE_BYTES = 256 << 20 };

/* `max_bytes` 0 = KUSTOMIZE_CACHE_BYTES. */
struct kustomize_cache *kustomize_cache_new(size_t max_bytes) MUST_USE;
void kustomize_cache_free(struct kustomize_cache *c);
void kustomize_cache_freep(struct kustomize_cache **c);
/* Bytes that it holds now. */
size_t kustomize_cache_used(const struct kustomize_cache *c);

/* What was put under that key, good for as long as the arena; NULL when there is nothing. */
const struct doc *kustomize_cache_get(struct kustomize_cache *c, struct arena *a, const char *key);
/* A frozen copy. What is larger than half of the cache is not kept. */
void kustomize_cache_put(struct kustomize_cache *c, const char *key, const struct doc *d);

#endif
