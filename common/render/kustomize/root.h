/* render/kustomize/root.h - a folder that a kustomization lies in, and what may be loaded from there.
 *
 * Names in messages are absolute, as the original's: the tree's root is rq->root_name. A clone of a remote
 * base has a root of its own, "/<repository>". Links are followed inside the tree only. §3. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_ROOT_H
#define CAPSTAN_RENDER_KUSTOMIZE_ROOT_H

#include "render/kustomize/build.h"
#include "render/kustomize/object.h"
#include "render/kustomize/remote.h"

struct kustomize_root {
    struct kustomize_build *build;
    const struct kustomize_root *parent; /* who named it; NULL for the root of the build */
    struct tree *tree;
    struct map *folders;               /* of the tree: real paths by path */
    const char *top;                   /* what messages call the tree's root; "" = "/" */
    const char *path;                  /* real, in the tree */
    const char *name;                  /* top and path: what messages call it */
    const struct kustomize_repo *repo; /* the clone that it lies in; NULL for the tree of the request */
    size_t depth;                      /* of parents */
};

/* The root of a build: a folder of the request's tree. */
struct err *kustomize_root_open(struct kustomize_build *build, const char *path,
                                struct kustomize_root **out) MUST_USE;
/* The folder or repository that a kustomization names. Errors: "must build at directory: ...", "cycle
 * detected:
 * ...", "new root 'x' cannot be absolute", or the remote's. */
struct err *kustomize_root_enter(const struct kustomize_root *from, const char *path,
                                 struct kustomize_root **out) MUST_USE;

/* What a file's text reads as; from the cache, by its digest, when it was read before. The path is as it is
 * written in the kustomization: relative, absolute or by http. `kind` tells readers apart. ERR_NOT_FOUND;
 * ERR_PRECONDITION for what is no file; ERR_DENIED for what may not be loaded. */
typedef struct err *kustomize_parse(struct arena *a, struct span text, const char *path,
                                    const struct doc **out);
struct err *kustomize_root_parsed(const struct kustomize_root *root, const char *path, const char *kind,
                                  kustomize_parse *parse, const struct doc **out) MUST_USE;
/* The objects of a file, through the cache. */
struct err *kustomize_root_objects(const struct kustomize_root *root, const char *path,
                                   struct kustomize_objects *out) MUST_USE;

/* A URL that answered with an error: no folder of that name is tried then. */
extern const char kustomize_http_failed[]; /* the reason of such errors */
/* By the word: the error may come from another process. */
bool kustomize_failed_for(const struct err *e, const char *reason);

/* An absolute name without "." and "..", of `path` from the root's folder. */
const char *kustomize_root_name(const struct kustomize_root *root, const char *path);

#endif
