/* cache/keys.h - every key of ours in Redis, in one place.
 *
 * "capstan:<what>:<version of the body's form>:<of what>". Who changes the form of a body raises its version
 * here, and old bodies are misses. All live in the arena. */
#ifndef CAPSTAN_CACHE_KEYS_H
#define CAPSTAN_CACHE_KEYS_H

#include "base/arena.h"

/* Manifests of a render, by the digest of their content. */
const char *cache_key_render(struct arena *a, const char *digest) MUST_USE;
/* Traces of the renders of one set of parameters, by the digest of all of these: what may be used again. */
const char *cache_key_traces(struct arena *a, const char *digest) MUST_USE;
/* The resource tree of an Application. */
const char *cache_key_tree(struct arena *a, const char *ns, const char *app) MUST_USE;
/* Live and target states of what an Application manages. */
const char *cache_key_managed(struct arena *a, const char *ns, const char *app) MUST_USE;

#endif
