/* render/helm/deps.h - a chart's dependencies: found or missing, enabled or not, renamed, and what they
 * export.
 *
 * Rules: specs/helm.md §4.6. */
#ifndef CAPSTAN_RENDER_HELM_DEPS_H
#define CAPSTAN_RENDER_HELM_DEPS_H

#include "render/helm/chart.h"

/* Where dependencies that are not vendored come from: repositories and registries are another module's. */
struct helm_source_ops {
    /* The archive (.tgz) of the chart `dep` asks for, in the arena. ERR_NOT_FOUND says what was looked for.
     */
    struct err *(*fetch)(void *arg, const struct helm_dependency *dep, struct arena *a, struct span *out);
    /* What a value file that is named by its URL holds; NULL = such files are refused. Which schemes are
     * allowed it decides itself, and so how much is read. */
    struct err *(*fetch_values)(void *arg, const char *url, struct arena *a, struct span *out);
};
struct helm_sources {
    const struct helm_source_ops *ops; /* NULL = only file:// */
    void *arg;
    struct tree *tree; /* where file:// dependencies lie */
    const char *path;  /* of the root chart in it */
};

/* Loads what is declared and missing (`helm dependency build`): file:// from the tree, all else from `ops`.
 */
struct err *helm_deps_build(struct helm_loader *l, const struct helm_sources *from,
                            struct helm_chart *c) MUST_USE;
/* ERR_PRECONDITION, reason "MissingDependencies", "an error occurred while checking for chart dependencies.
 * ..." when one that the root declares is not there. */
struct err *helm_deps_check(const struct helm_chart *c) MUST_USE;
/* Removes what conditions and tags disable, gives aliases, imports values: changes the chart and its
 * children. ERR_INVALID "chart dependencies processing failed: ...". */
struct err *helm_deps_process(struct arena *a, struct helm_chart *c, const struct tmpl_map *user,
                              enum helm_version version, struct doc *warnings) MUST_USE;
/* Does the version satisfy the constraint? False when either is none. */
bool helm_version_fits(struct arena *a, const char *constraint, const char *version);

#endif
