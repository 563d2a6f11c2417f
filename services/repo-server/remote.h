/* repo-server/remote.h - a commit of another repository, wanted by a worker thread in the middle of its work:
 * a remote base of a kustomization, a submodule.
 *
 * The thread waits; mirrors, credentials and fetches stay the loop's. What is read this way is read with the
 * credentials that the project has for that URL. */
#ifndef CAPSTAN_REPO_SERVER_REMOTE_H
#define CAPSTAN_REPO_SERVER_REMOTE_H

#include "base/call.h"
#include "tree/tree.h"

struct server;
struct remotes;
/* All on the loop thread. */
struct remotes *remotes_new(struct server *s) MUST_USE;
/* Whoever waits, and who comes later, is told that the process ends. */
void remotes_stop(struct remotes *r);
void remotes_free(struct remotes *r);

/* On a worker thread. */
struct remote_want {
    const char *url, *project;
    const char *revision; /* as git_resolve takes it */
    const char *sha;      /* or the commit, whatever a short name would say; NULL = none */
    bool fresh;           /* refs are listed anew */
};
/* The tree of the commit; tree_free lets the mirror go. *sha is the arena's. The mirror's commit stays while
 * the tree is open. */
struct err *remotes_open(struct remotes *r, const struct call *call, const struct remote_want *want,
                         struct arena *a, struct tree **out, const char **sha) MUST_USE;
/* What a URL holds, http or https, without credentials: at most `max` bytes, within the time that Git is given.
 */
struct err *remotes_file(struct remotes *r, const struct call *call, const char *url, size_t max,
                         struct arena *a, struct span *out) MUST_USE;

#endif
