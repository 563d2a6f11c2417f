/* repo-server/charts.h - charts of Helm repositories and OCI registries, by version, kept for a while.
 *
 * For worker threads: all calls wait, and any number of threads may call at once. What credentials brought is given only to
 * whom the same credentials are given. */
#ifndef CAPSTAN_REPO_SERVER_CHARTS_H
#define CAPSTAN_REPO_SERVER_CHARTS_H

#include "api/repository.h"
#include "base/arena.h"
#include "base/call.h"

struct charts;
/* Archives are kept in `max_bytes` of memory, the least recently used going first; an index is believed for `ttl_ms`. */
struct charts *charts_new(size_t max_bytes, int64_t ttl_ms) MUST_USE;
void charts_free(struct charts *c);

struct charts_want {
    const struct api_repositories *repositories; /* whose credentials are used */
    const char *project;
    const char *url; /* of the repository: https://, oci://, or without a scheme */
    const char *chart;
    const char *range; /* version or range; "" = the newest stable one */
    bool fresh;        /* an index is asked for anew, however young */
    bool pass_credentials;
};
/* The version that the range means. Errors are registry.h's. */
struct err *charts_resolve(struct charts *c, const struct call *call, const struct charts_want *want, struct arena *a,
                           const char **version) MUST_USE;
/* The same, and the archive (.tgz). */
struct err *charts_fetch(struct charts *c, const struct call *call, const struct charts_want *want, struct arena *a,
                         const char **version, struct span *archive) MUST_USE;

#endif
