/* render/helm/helm.h - `helm template` in process.
 *
 *     struct helm_request rq = {.call = call, .release = "shop", .namespace = "shop", .include_crds = true};
 *     TRY(helm_render(cache, tree, "charts/shop", &rq, a, &out));
 *     helm_print(&out, &text);
 *
 * Equal to Helm 4.2.4 as data, and in its error texts; `version` asks for the semantics of 3 instead. Pure:
 * no network, no cluster, no clock and no randomness but what the request gives. Everything that comes out
 * lies in the arena; the cache is the worker's. Specification: specs/helm.md. */
#ifndef CAPSTAN_RENDER_HELM_HELM_H
#define CAPSTAN_RENDER_HELM_HELM_H

#include "render/helm/deps.h"
#include "render/helm/engine.h"
#include "render/helm/explain.h"
#include "render/helm/split.h"
#include "render/helm/values.h"

enum { HELM_OUTPUT_MAX = 256 << 20, HELM_MEMORY_MAX = 1 << 30 };

struct helm_values_file {
    const char *name; /* for messages */
    struct span text;
};
struct helm_request {
    const struct call *call;        /* NULL = no deadline */
    const char *release;            /* NULL = "release-name" */
    const char *namespace;          /* NULL = "default" */
    const char *kube_version;       /* NULL = Helm's own */
    enum helm_version version;      /* HELM_3: the few semantics in which version 3 differs */
    struct helm_words api_versions; /* beyond helm_default_versions */
    bool include_crds, skip_tests, no_hooks, is_upgrade, skip_schema;
    bool explain; /* fill helm_output.explained */
    /* Users' values: the files in their order, the inline ones of an Application last; then the settings, all
     * --set-json before --set, --set-string, --set-file and --set-literal. */
    const struct helm_values_file *files;
    size_t files_len;
    const struct helm_setting *settings;
    size_t settings_len;
    struct helm_reader reader;          /* of --set-file */
    const struct helm_sources *sources; /* where missing dependencies come from; NULL = they are refused */
    const struct helm_lookup *lookup;
    struct rand *rand;
    const struct clock *clock;
    /* Secret bytes of the application, {NULL, 0} for none: with them random texts, keys, certificates and
     * hashes are the same at each render of the chart for that release and namespace, so that a refresh does
     * not read as drift. Whoever knows them can make the keys again: they are to be derived from a secret of
     * the installation, for each application its own. Times come from `clock`, which the caller then lets
     * stand still, at the application's creation say. */
    struct span stable_seed;
    size_t max_memory; /* of the render; 0 = HELM_MEMORY_MAX */
};

struct helm_output {
    const char *chart, *version;           /* of the root */
    struct helm_documents crds, documents; /* documents: manifests, then hooks */
    struct helm_explained explained;       /* what each template read, and where it came from (explain.h) */
    struct doc *warnings; /* a list of sentences, as Helm prints them on stderr; set on errors too */
    /* With an error: it came up after the chart and its values were found good. Where a document is no YAML,
     * `documents` are the rendered files as they are. */
    bool rendering;
};

/* Errors: those of loading, ERR_PRECONDITION for missing dependencies, ERR_INVALID for what the templates
 * say, ERR_EXHAUSTED for a limit. */
struct err *helm_render(struct helm_cache *cache, struct tree *tree, const char *path,
                        const struct helm_request *rq, struct arena *a, struct helm_output *out) MUST_USE;
/* The stream that `helm template` prints. */
void helm_print(const struct helm_output *o, struct str *text);
/* Only the documents of templates whose names (below the chart's) match one of the patterns, as --show-only.
 * ERR_NOT_FOUND "could not find template X in chart". */
struct err *helm_print_only(const struct helm_output *o, const struct helm_words *patterns,
                            struct str *text) MUST_USE;

/* --name-template: a release's name that may be a template of Sprig's functions. */
struct err *helm_release_name(struct arena *a, const char *template, const char **out) MUST_USE;
/* ERR_INVALID unless the name may be a release's. */
struct err *helm_release_check(const char *name) MUST_USE;

#endif
