/* render/kustomize/kustomize.h - `kustomize build` in process.
 *
 *     struct kustomize_request rq = {.call = call, .tree = tree, .path = "overlays/prod"};
 *     TRY(kustomize_build(&rq, a, &out));
 *     kustomize_print(&out, &text);
 *
 * Equal to kustomize 5.8.1 in its bytes and in its error texts. Pure: it reads the tree and asks the
 * request's functions, nothing else; re-entrant, no global state. Everything that comes out lies in the
 * arena; its objects may share memory with the cache, so they are read-only. Specification:
 * specs/kustomize.md. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_KUSTOMIZE_H
#define CAPSTAN_RENDER_KUSTOMIZE_KUSTOMIZE_H

#include "base/call.h"
#include "base/str.h"
#include "doc/doc.h"
#include "tree/tree.h"

enum {
    KUSTOMIZE_FILE_MAX = 64 << 20,  /* bytes of one file */
    KUSTOMIZE_DEPTH_MAX = 64,       /* of bases in bases */
    KUSTOMIZE_TARGETS_MAX = 10000,  /* kustomizations of one build, each as often as it is named */
    KUSTOMIZE_PATH_MAX = 128,       /* parts of a field spec */
    KUSTOMIZE_OBJECTS_MAX = 100000, /* that one build reads from files */
};

struct kustomize_cache; /* parsed files by their digest, over many builds (cache.h) */
struct helm_cache;
struct helm_sources;

/* A remote base's repository at `ref` ("" = HEAD), `submodules` as its URL asks. */
struct kustomize_base {
    const char *repo, *ref;
    bool submodules;
};
/* What lies outside of the tree. An absent function refuses with a sentence that says what to do. */
struct kustomize_remote_ops {
    /* The tree is freed by the build. `*commit` is the arena's: what was resolved. */
    struct err *(*base)(void *arg, const struct kustomize_base *want, struct arena *a, struct tree **out,
                        const char **commit);
    /* A file by http or https. The reason "HTTPStatus" says that the server answered with an error. */
    struct err *(*file)(void *arg, const char *url, struct arena *a, struct span *out);
};

struct kustomize_request {
    const struct call *call; /* NULL = no deadline */
    struct tree *tree;
    const char *path;            /* of the folder to build, in the tree */
    const char *root_name;       /* the tree's root as messages name it: "/repo"; NULL = "/" */
    const struct doc *overrides; /* an Application's kustomize block (engine.md §7.7); NULL = none */
    bool load_any; /* --load-restrictor LoadRestrictionsNone: files outside of the kustomization's folder */
    bool enable_helm; /* --enable-helm */
    bool fifo;        /* the order of a build without a sortOptions: first in, first out; else legacy */
    bool managed_by;  /* --enable-managedby-label */
    const char *kube_version;        /* for charts */
    const char *const *api_versions; /* for charts */
    size_t api_versions_len;
    struct kustomize_cache *cache;           /* NULL = one for this build */
    struct helm_cache *helm_cache;           /* NULL = one for this build */
    const struct helm_sources *helm_sources; /* where charts come from that are not in chartHome */
    const struct kustomize_remote_ops *remote;
    void *remote_arg;
};

struct kustomize_output {
    struct doc *objects;  /* a list in the order of output */
    struct doc *warnings; /* a list of sentences: deprecated fields, and what changed nothing, with file and
                           * line; set on errors too */
};

struct err *kustomize_build(const struct kustomize_request *rq, struct arena *a,
                            struct kustomize_output *out) MUST_USE;
/* The text that `kustomize build` prints. */
void kustomize_print(const struct kustomize_output *o, struct str *text);

#endif
