/* repo-server/charts.h - charts of Helm repositories and OCI registries by version, artifacts of OCI registries by digest, kept
 * for a while.
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
    const char *chart; /* of an artifact: not looked at */
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

/* What an oci:// source is: the one content layer of an artifact (specs/engine.md §7.2). */
struct charts_artifact {
    const char *digest; /* of the manifest */
    struct span layer;  /* a tar, plain or packed */
    bool is_chart;      /* Helm's kind of layer: all lies in one folder */
};
/* The digest that `range` means: a digest, a tag, or a range over the tags. */
struct err *charts_artifact_resolve(struct charts *c, const struct call *call, const struct charts_want *want,
                                    struct arena *a, const char **digest) MUST_USE;
struct err *charts_artifact_fetch(struct charts *c, const struct call *call, const struct charts_want *want,
                                  struct arena *a, struct charts_artifact *out) MUST_USE;
/* Does the repository answer to these credentials? */
struct err *charts_test(struct charts *c, const struct call *call, const struct charts_want *want,
                        struct arena *a) MUST_USE;

#endif
