/* render/kustomize/remote.h - the URLs that a kustomization may name a base by. §3.1. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_REMOTE_H
#define CAPSTAN_RENDER_KUSTOMIZE_REMOTE_H

#include "base/arena.h"

struct kustomize_repo {
    const char *raw;  /* as it was written */
    const char *url;  /* to clone: "https://github.com/org/repo" */
    const char *path; /* of the kustomization in it; "" = its root */
    const char *ref;  /* "" = HEAD */
    bool submodules;
};

/* False when `text` is no repository's URL, or one whose path leaves the repository. */
bool kustomize_repo_parse(struct arena *a, const char *text, struct kustomize_repo *out);
/* "http://..." or "https://...". */
bool kustomize_is_http(const char *text);

#endif
