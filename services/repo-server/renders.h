/* repo-server/renders.h - results of renders, found by what they depended on (DESIGN §1.1).
 *
 * Two steps: the parameters of a request (all of them) name a short list of candidates, each a trace and a result; a
 * candidate serves when its trace holds on the new tree. Candidates and results are counted and never change, so a worker
 * replays them without a lock; the table itself is the loop thread's. */
#ifndef CAPSTAN_REPO_SERVER_RENDERS_H
#define CAPSTAN_REPO_SERVER_RENDERS_H

#include "server.h"
#include "tree/trace.h"

struct render_entry {
    struct trace *trace;
    char *json;              /* the manifests as a JSON list */
    size_t json_len;
    char *key;               /* digest of type, manifests and warnings: what the caller holds */
    const char *source_type; /* static */
    char *warnings;          /* JSON list */
};
struct render_entry *render_entry_ref(struct render_entry *e);
void render_entry_unref(struct render_entry *e);
/* Takes the trace; copies the rest. */
struct render_entry *render_entry_new(struct trace *trace, const struct render_result *result) MUST_USE;

enum { RENDER_CANDIDATES = 4 };
/* References to the newest candidates, newest first. */
size_t renders_candidates(struct renders *r, const char *params, struct render_entry *out[RENDER_CANDIDATES]);
/* Adds (takes a reference), or moves to the front what is there. */
void renders_put(struct renders *r, const char *params, struct render_entry *e);

#endif
