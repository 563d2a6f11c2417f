/* repo-server/modules.h - a commit with its submodules in their places, each opened when something in it is
 * first looked at (ARGOCD_GIT_MODULES_ENABLED; specs/engine.md §7.2).
 *
 * Upstream brings all of a repository's submodules or fails; here a submodule that cannot be had troubles
 * only what reads it. For worker threads. */
#ifndef CAPSTAN_REPO_SERVER_MODULES_H
#define CAPSTAN_REPO_SERVER_MODULES_H

#include "remote.h"

struct modules {
    struct remotes *remotes; /* NULL = the tree stays as it is */
    const struct call *call;
    const char *project;
};
/* Takes `inner` over, on errors too. `url`: of its repository. `m` is borrowed as long as the tree lives. */
struct tree *modules_tree(struct tree *inner, const char *url, const struct modules *m) MUST_USE;

/* May a repository that somebody's files name be fetched: by https, http or ssh, and from no folder of this
 * machine? */
bool modules_may_fetch(const char *url);

#endif
