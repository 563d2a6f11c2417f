/* render/helm/cache.h - what a worker keeps between renders: compiled templates, parsed values, the heads of
 * documents.
 *
 * Keyed by content, so nothing in it is ever stale; bounded in bytes, the least recently used goes first. It
 * also owns the tables of functions that templates are compiled against. One thread at a time, one trust
 * domain. */
#ifndef CAPSTAN_RENDER_HELM_CACHE_H
#define CAPSTAN_RENDER_HELM_CACHE_H

#include "tmpl/tmpl.h"

struct helm_cache;

/* Whose semantics: 4.2, or the last 3 where they differ (specs/helm.md §4.13). */
enum helm_version { HELM_4, HELM_3 };

enum { HELM_CACHE_BYTES = 64 << 20 };

/* `max_bytes` 0 = HELM_CACHE_BYTES. */
struct helm_cache *helm_cache_new(size_t max_bytes) MUST_USE;
void helm_cache_free(struct helm_cache *c);
void helm_cache_freep(struct helm_cache **c);
/* Bytes that it holds now. */
size_t helm_cache_used(const struct helm_cache *c);

/* The text under that name, compiled against the functions of that version; *out stays good until the arena
 * is freed. */
struct err *helm_cache_template(struct helm_cache *c, struct arena *a, enum helm_version version,
                                struct span name, struct span text, struct tmpl **out) MUST_USE;
/* A values file: all its documents merged (of version 3: the first), as a map of the arena whose documents
 * the cache shares. Errors in Helm's words. */
struct err *helm_cache_values(struct helm_cache *c, struct arena *a, enum helm_version version,
                              struct span text, struct tmpl_map **out) MUST_USE;

/* The first document of a text, when it is a map; NULL for all else, errors included. It lies in the cache or
 * in the arena, for as long as the arena. For what templates read again and again (fromYaml of a chart's
 * files). */
const struct doc *helm_cache_yaml(struct helm_cache *c, struct arena *a, struct span text);

/* What Helm looks at in a rendered document. */
enum helm_role {
    HELM_MANIFEST,
    HELM_HOOK,
    HELM_TEST,    /* a hook for the event test */
    HELM_DROPPED, /* a hook for an event that there is not */
};
struct helm_head {
    const char *kind; /* "" without one; of HELM_DROPPED, the events */
    enum helm_role role;
};
/* Found: the kind is copied to the arena. */
bool helm_cache_head(struct helm_cache *c, struct arena *a, struct span document, struct helm_head *out);
void helm_cache_put_head(struct helm_cache *c, struct span document, const struct helm_head *head);

#endif
