/* render/helm/chart.h - a Helm chart in memory, and how it gets there from a folder or an archive.
 *
 * A chart is made for one render and then edited by it: dependencies are renamed, removed and given values
 * (deps.h). Everything lies in the arena of the render; what is dear to make again (parsed values) is shared
 * with the worker's cache. Rules: specs/helm.md §4.2-4.6.
 *
 * Loading is bounded: a file 5 MiB, a chart with all that it vendors 100 MiB and 10,000 files, folders and
 * archives in archives HELM_NESTING deep. Links are followed inside the tree and nowhere else; archives may
 * hold none. Errors are Helm's texts where it has one. */
#ifndef CAPSTAN_RENDER_HELM_CHART_H
#define CAPSTAN_RENDER_HELM_CHART_H

#include "base/call.h"
#include "render/helm/cache.h"
#include "tmpl/value.h"
#include "tree/tree.h"

enum {
    HELM_FILE_MAX = 5 << 20,
    HELM_CHART_MAX = 100 << 20,
    HELM_FILES_MAX = 10000,
    HELM_NESTING = 32,
};

struct helm_file {
    const char *name; /* relative to its chart */
    struct span data; /* without a byte order mark */
};
struct helm_files {
    struct helm_file *at;
    size_t len, cap;
};
struct helm_words {
    const char **at;
    size_t len;
};

struct helm_dependency {
    const char *name, *version, *repository, *condition, *alias; /* "" when not given */
    struct helm_words tags;
    const struct doc *import_values; /* a list, or NULL */
    bool enabled;
};
struct helm_maintainer {
    const char *name, *email, *url;
};
/* Chart.yaml: texts are "" when not given. */
struct helm_metadata {
    const char *name, *home, *version, *description, *icon, *api_version, *condition, *tags, *app_version,
        *kube_version, *type;
    bool deprecated;
    struct helm_words sources, keywords;
    struct helm_maintainer *maintainers;
    size_t maintainers_len;
    const struct doc *annotations; /* a map of strings, or NULL */
    struct helm_dependency *deps;
    size_t deps_len;
    bool deps_given;                /* an empty list is not the same as none */
    bool null_dep, null_maintainer; /* one of them is null, which helm_metadata_check refuses */
};

struct helm_chart {
    struct helm_metadata meta;
    struct tmpl_map *values; /* the chart's defaults; never NULL */
    struct span values_text; /* values.yaml; {NULL, 0} without one */
    struct span schema;      /* values.schema.json; {NULL, 0} without one */
    struct helm_files templates, files;
    struct helm_chart **children;
    size_t children_len;
    struct helm_chart *parent; /* NULL for the root */
};

/* What loading needs and what it tells. */
struct helm_loader {
    const struct call *call; /* NULL = no deadline */
    struct helm_cache *cache;
    struct arena *arena;
    enum helm_version version;
    struct doc *warnings; /* a list of sentences, added to */
    size_t bytes, files;  /* read so far, of all charts */
    int nesting;
};

/* The chart at `path` of the tree: a folder or a .tgz. */
struct err *helm_load(struct helm_loader *l, struct tree *tree, const char *path,
                      struct helm_chart **out) MUST_USE;
struct err *helm_load_folder(struct helm_loader *l, struct tree *tree, const char *path,
                             struct helm_chart **out) MUST_USE;
/* The bytes must live as long as the arena. */
struct err *helm_load_archive(struct helm_loader *l, struct span bytes, struct helm_chart **out) MUST_USE;
/* From its files, names relative to the chart; the array is the loader's to change. */
struct err *helm_load_files(struct helm_loader *l, struct helm_files files, struct helm_chart **out) MUST_USE;

/* "root/charts/sub": what template names begin with. */
const char *helm_chart_path(struct arena *a, const struct helm_chart *c);
bool helm_is_library(const struct helm_chart *c);
/* .Chart: a map with Go's field names or, of version 3, a struct, whose fields toYaml shows under the names
 * of Chart.yaml. */
struct tmpl_value helm_chart_value(struct arena *a, const struct helm_chart *c, enum helm_version version);

/* Adds a line as Helm's log has it, `level=WARN msg="..." key=value`; `pairs` are keys and values, NULL
 * behind them, or NULL. */
void helm_log(struct arena *a, struct doc *warnings, const char *level, const char *msg,
              const char *const *pairs);

/* --- the parts --- */
void helm_files_push(struct arena *a, struct helm_files *f, struct helm_file file);
/* The value of a key in any case, as encoding/json finds the field of a struct. */
const struct doc *helm_get(const struct doc *map, const char *key);
/* Reads a Chart.yaml or, with only_deps, a requirements.yaml, into *m. */
struct err *helm_metadata_read(struct arena *a, struct span text, bool only_deps,
                               struct helm_metadata *m) MUST_USE;
/* Cleans all texts and checks them: `validation: chart.metadata.name is required`. */
struct err *helm_metadata_check(struct arena *a, struct helm_metadata *m) MUST_USE;

/* .helmignore */
struct helm_ignore;
/* `text` may be {NULL, 0}. The default rule is added last. */
struct err *helm_ignore_read(struct arena *a, struct span text, struct helm_ignore **out) MUST_USE;
bool helm_ignores(const struct helm_ignore *i, const char *path, bool is_dir);

#endif
