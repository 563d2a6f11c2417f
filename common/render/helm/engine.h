/* render/helm/engine.h - from a chart with its values to the text of each template.
 *
 * Rules: specs/helm.md §2. */
#ifndef CAPSTAN_RENDER_HELM_ENGINE_H
#define CAPSTAN_RENDER_HELM_ENGINE_H

#include "render/helm/chart.h"

#define HELM_VERSION "v4.2.4"
/* client-go's minor version in that Helm. */
#define HELM_KUBE_VERSION "v1.36.0"

/* Answers `lookup` from somewhere; NULL out means not found. */
struct helm_lookup {
    struct err *(*get)(void *arg, const char *const question[4], struct arena *a, const struct doc **out);
    void *arg; /* question: apiVersion, kind, namespace, name ("" for all) */
};

struct helm_release {
    const char *name, *namespace;
    bool is_upgrade;
};
struct helm_capabilities {
    const char *kube_version;   /* as given: "1.34.0", "v1.33.4-gke.1245000" */
    struct helm_words versions; /* all that .Capabilities.APIVersions holds */
};

struct helm_engine {
    const struct call *call;
    struct helm_cache *cache;
    struct arena *arena;
    enum helm_version version;
    struct tmpl_limits limits;
    struct rand *rand;                /* NULL = the kernel's */
    struct tmpl_stable *stable;       /* instead of it, where randomness stays; NULL = it does not */
    const struct clock *clock;        /* NULL = the system's */
    const struct helm_lookup *lookup; /* NULL = nothing is found */
    struct helm_release release;
    struct helm_capabilities capabilities;
    struct tmpl_map *values;  /* coalesced */
    struct helm_watch *watch; /* notes what templates read (explain.h); NULL = nobody asks */
};

/* The rendered files in byte order of their names ("chart/templates/x.yaml"), partials left out.
 * ERR_INVALID "execution error at (FILE:LINE:COLUMN): ..." for required and fail, Go's trace in lines for
 * other faults, "parse error at (FILE:LINE): ..." */
struct err *helm_engine_run(const struct helm_engine *e, const struct helm_chart *c,
                            struct helm_files *out) MUST_USE;

/* The functions that templates of a chart may call. */
void helm_funcs_add(struct tmpl_funcs *t, enum helm_version version);

/* The API versions that Helm 4.2 knows without a cluster. */
extern const char *const helm_default_versions[];
extern const size_t helm_default_versions_len;
/* Major, minor and normal form of a version; ERR_INVALID for what is none. */
struct helm_kube_version {
    const char *version, *normal, *major, *minor;
};
struct err *helm_kube_version_parse(struct arena *a, const char *text,
                                    struct helm_kube_version *out) MUST_USE;

/* objects.c: what templates find in their context. */
struct tmpl_value helm_capabilities_value(struct arena *a, const struct helm_kube_version *kube,
                                          const struct helm_words *versions);
struct tmpl_value helm_files_value(struct arena *a, const struct helm_files *files);
/* The map as common.Values (of version 3 chartutil.Values), by reference. */
struct tmpl_value helm_values_value(struct arena *a, struct tmpl_map *m, enum helm_version version);
/* trace.c: a failed run's message as Helm reports it: version 4 in lines, 3 as Go has it but for required and
 * fail. Takes e. */
struct err *helm_trace(struct err *e, enum helm_version version) MUST_USE;
struct err *helm_parse_trace(struct err *e, const char *file) MUST_USE;

#endif
