/* repo-server/renders.h - results of renders, found by what they depended on (DESIGN §1.1).
 *
 * Two steps: the parameters of a request (all of them) name a short list of candidates, each a trace and a
 * result; a candidate serves when its trace holds on the new tree. Candidates and results are counted and
 * never change, so a worker replays them without a lock; the table itself is the loop thread's. What is not
 * in the table may be in Redis (stash.h). */
#ifndef CAPSTAN_REPO_SERVER_RENDERS_H
#define CAPSTAN_REPO_SERVER_RENDERS_H

#include "box/box.h"
#include "proto/repo.pb-c.h"
#include "render/render.h"
#include "tree/trace.h"

/* --- one result ---------------------------------------------------------------------------------------- */

struct render_content {
    const char *source_type;
    struct span manifests, warnings; /* JSON lists */
};

struct render_entry {
    struct trace *trace;
    char *digest;                  /* SHA-256 of the content, hex */
    struct render_content content; /* owned but for the type, which is static */
};
/* Takes the trace, copies the content. `digest` NULL = it is made. */
struct render_entry *render_entry_new(struct trace *trace, const struct render_content *content,
                                      const char *digest) MUST_USE;
struct render_entry *render_entry_ref(struct render_entry *e);
void render_entry_unref(struct render_entry *e);

/* Who renders. */
struct plugins;
struct render_by {
    struct box *box;               /* workers; NULL = this process */
    const struct plugins *plugins; /* plugins.h; NULL = none */
};
/* Renders: the one place in the process that does, in a boxed worker of call->domain or by a plugin. Any thread. */
struct err *render_entry_make(const struct call *call, const struct render_by *by, struct tree *tree,
                              const struct render_request *rq, struct render_entry **out) MUST_USE;
/* The boxed half of it (boxed.c); *out lives in `a`. */
struct err *boxed_render(struct box *box, const struct call *call, struct tree *tree,
                         const struct render_request *rq, struct arena *a, struct render_content *out) MUST_USE;
/* A reference to the first whose trace holds on the tree; NULL when none does. Any thread. */
struct err *render_entry_reuse(struct render_entry *const *of, size_t n, struct tree *tree,
                               struct render_entry **out) MUST_USE;

/* --- what a request asks for (request.c)
 * ------------------------------------------------------------------------------ */

/* Everything but the tree that a result depends on, as "<scope>-<digest>"; `scope` stands for the repository
 * and for the credentials that it is read with, so a result is only given to whom the same credentials are
 * given. `others`: what it depends on of other repositories. */
const char *render_params(struct arena *a, const char *scope, const Capstan__Repo__GenerateManifestsRequest *q,
                          const char *others) MUST_USE;
/* The build environment (engine.md §7.5): ARGOCD_APP_NAME and its kin; the revision is the tree's to tell. */
const struct doc *render_env(struct arena *a, const Capstan__Repo__GenerateManifestsRequest *q) MUST_USE;
/* Does the source take value files or file parameters from "$REF/..."? */
bool render_names_ref(const struct doc *source, const char *ref);

/* What the caller holds: "<params>/<digest>". */
const char *render_key(struct arena *a, const char *params, const struct render_entry *e) MUST_USE;

/* --- the table ----------------------------------------------------------------------------------------- */

struct renders;
struct renders *renders_new(size_t max_bytes) MUST_USE;
void renders_free(struct renders *r);

enum { RENDER_CANDIDATES = 4 };
/* References to the newest candidates, newest first. */
size_t renders_candidates(struct renders *r, const char *params, struct render_entry *out[RENDER_CANDIDATES]);
/* A reference to the result that a render key names; NULL when it is not known. */
struct render_entry *renders_find(struct renders *r, const char *key);
/* Adds (takes a reference), or moves to the front what is there. */
void renders_put(struct renders *r, const char *params, struct render_entry *e);

#endif
