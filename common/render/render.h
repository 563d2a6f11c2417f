/* render/render.h - from a source tree to a list of manifests (specs/engine.md §7.3-7.8).
 *
 * Reads the tree only through `struct tree`, so a traced one records everything that the result depends on. Pure besides. */
#ifndef CAPSTAN_RENDER_RENDER_H
#define CAPSTAN_RENDER_RENDER_H

#include "base/call.h"
#include "doc/doc.h"
#include "tree/tree.h"

/* Changes when the same tree may render differently: part of every cache key. */
#define RENDER_BUILD "2"

struct helm_cache;
struct helm_sources;
struct kustomize_cache;
struct kustomize_remote_ops;
/* Another source of the application, named by `ref`: "$values/prod.yaml" lies in it. */
struct render_ref {
    const char *name; /* without the $ */
    struct tree *tree;
};

struct render_request {
    const char *path;          /* spec.source.path: the application's folder */
    const char *app_name;      /* instance name: names .argocd-source-<app>.yaml */
    const struct doc *source;  /* the source block; may be NULL */
    size_t max_bytes;          /* of all manifest files together; 0 = RENDER_MAX_BYTES */
    /* For Helm; all may be left out. */
    const char *archive;       /* the source is what this file of the tree holds, a tar; `path` is a path in it */
    bool archive_in_folder;    /* all of it lies in one folder, as a chart's does, and the source is that folder */
    const char *namespace;     /* of the destination */
    const char *kube_version;  /* of the destination's cluster, in any form */
    const char *const *api_versions; /* "apps/v1", "apps/v1/Deployment": all that the cluster has */
    size_t api_versions_len;
    const struct doc *env;     /* ARGOCD_APP_NAME and its kin but for the revision: a map of texts, put in for $NAME */
    struct tree *revision_of;  /* whose revision ARGOCD_APP_REVISION is; NULL = the tree's that is rendered */
    const struct render_ref *refs;
    size_t refs_len;
    struct helm_cache *helm_cache; /* the worker's (render/helm/cache.h); NULL = one for this render */
    struct span stable_seed;       /* helm.h's; empty = random */
    int64_t stable_time_ms;        /* the time that charts see with it */
    const struct helm_sources *helm_sources; /* of dependencies (render/helm/deps.h); NULL = only file:// */
    const char *const *disabled_types; /* "Helm", "Kustomize": what is of such a type renders as a Directory */
    size_t disabled_types_len;
    /* For Kustomize; all may be left out. */
    const char *root_name; /* the tree's root in messages; NULL = "<path to cached source>", as upstream calls it */
    const char *kustomize_options; /* the installation's kustomize.buildOptions */
    struct kustomize_cache *kustomize_cache; /* the worker's (render/kustomize/cache.h); NULL = one for this render */
    const struct kustomize_remote_ops *kustomize_remote; /* of remote bases; NULL = they are refused */
    void *kustomize_remote_arg;
};

enum { RENDER_MAX_BYTES = 10 << 20, RENDER_MAX_DEPTH = 64, RENDER_MAX_FILES = 100000 };

struct render_result {
    struct doc *manifests;     /* a list of objects in file order, Lists flattened */
    const char *source_type;   /* "Directory", "Helm", "Kustomize", "Plugin" */
    struct doc *warnings;      /* a list of sentences */
};

/* Error texts are upstream's where it has one: "<path>: app path does not exist", `Failed to unmarshal "a.yaml": ...`. */
struct err *render(const struct call *call, struct tree *tree, const struct render_request *rq, struct arena *a,
                   struct render_result *out) MUST_USE;

/* env.c: $NAME and ${NAME} of the build environment put into a text (engine.md §7.5); other names become nothing, $$ a
 * dollar. A render that names the revision is of that revision only, which its trace tells. */
struct err *render_env_put(const struct render_request *rq, struct arena *a, const char *text, const char **out) MUST_USE;

/* The request as it is meant: the path checked and real, the override files merged into the source. Not for archives. */
struct err *render_effective(struct tree *tree, const struct render_request *rq, struct arena *a,
                             struct render_request *out) MUST_USE;
/* The type that a source block states; *type NULL where it states none. ERR_INVALID for two. */
struct err *render_stated_type(const struct doc *source, struct arena *a, const char **type) MUST_USE;
/* The type that the source block states or that the folder's files tell. */
struct err *render_detect(struct tree *tree, const char *path, const struct doc *source, struct arena *a,
                          const char **type) MUST_USE;

/* helm/source.c: a chart in the folder, with the source's helm block (specs/engine.md §7.6). Value files that
 * are URLs are asked of helm_sources, for nothing here has a network; without it they are refused. */
struct err *render_helm(const struct call *call, struct tree *tree, const struct render_request *rq, struct arena *a,
                        struct render_result *out) MUST_USE;

/* kustomize/source.c: a kustomization in the folder, with the source's kustomize block (specs/engine.md §7.7). */
struct err *render_kustomize(const struct call *call, struct tree *tree, const struct render_request *rq,
                             struct arena *a, struct render_result *out) MUST_USE;

/* directory.c: plain manifests. */
struct err *render_directory(const struct call *call, struct tree *tree, const struct render_request *rq, struct arena *a,
                             struct render_result *out) MUST_USE;
/* All objects of a YAML or JSON text, pushed to out->manifests; `name` stands in errors. */
struct err *render_text(struct arena *a, const char *name, struct span text, struct render_result *out) MUST_USE;

#endif
