/* repo-server/stash - renders as they lie in Redis: what survives the process and serves the other replicas.
 *
 * Two bodies, as in the table (renders.h): the traces of one set of parameters, each with the digest of its
 * result, and a result under its digest. Both are packed and sealed by worker threads; any of them may be
 * absent at any time. Messages are those of proto/cache.proto. Any thread. */
#ifndef CAPSTAN_REPO_SERVER_STASH_H
#define CAPSTAN_REPO_SERVER_STASH_H

#include "renders.h"

struct span stash_result(struct arena *a, const struct render_entry *e) MUST_USE;
/* Takes the trace, also when it fails; NULL for what is no result. */
struct render_entry *stash_entry(struct span body, const char *digest, struct trace *trace) MUST_USE;

/* The newest first, then those of `older`, a body as it was before (empty = none), at most RENDER_CANDIDATES
 * in all. Empty when it would be too large. */
struct span stash_traces(struct arena *a, const struct render_entry *newest, struct span older) MUST_USE;

/* What a trace that holds leads to. */
struct stash_found {
    struct trace *trace; /* the caller's; NULL = none holds */
    const char *digest;  /* in the arena */
};
/* The first trace of the body that holds on the tree. ERR_INVALID, reason "Broken", for what is no such body.
 */
struct err *stash_reuse(struct arena *a, struct span body, struct tree *tree,
                        struct stash_found *out) MUST_USE;

#endif
