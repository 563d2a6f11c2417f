/* api-server/filter.h - which applications a list or a stream is about: name, names, projects (or project),
 * appNamespace, repo, selector, resourceVersion (api.md §6.1). */
#ifndef CAPSTAN_API_SERVER_FILTER_H
#define CAPSTAN_API_SERVER_FILTER_H

#include "api.h"
#include "text/selector.h"

struct filter {
    struct selector selector;
    struct net_pairs projects, names;
    const char *name, *ns, *repo;
    uint64_t after; /* only versions beyond it */
};

/* From the query; lives as long as the turn. ERR_UNKNOWN for a bad selector, as upstream has it. */
struct err *filter_parse(struct turn *t, struct filter *out) MUST_USE;
bool filter_passes(const struct filter *f, const struct doc *app);
/* Those of the cache that pass, sorted by name; the list is in the turn's arena, the rest borrowed. */
const struct doc **filter_matching(struct turn *t, const struct filter *f, size_t *n);

#endif
