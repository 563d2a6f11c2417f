/* render/kustomize/accumulate.h - what one kustomization makes of its folder. §1.1, §1.2. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_ACCUMULATE_H
#define CAPSTAN_RENDER_KUSTOMIZE_ACCUMULATE_H

#include "render/kustomize/build.h"
#include "render/kustomize/file.h"

struct kustomize_accumulator {
    struct kustomize_set set;
    const struct kustomize_config *config; /* all that was merged; NULL = nothing yet */
    struct kustomize_vars vars;
};
void kustomize_accumulator_init(struct kustomize_accumulator *acc, struct arena *a);

/* A kustomization at work. */
struct kustomize_target {
    struct kustomize_file file;
    struct kustomize_root *root;
    const struct kustomize_target *parent; /* who named it; NULL for the root of the build */
};
struct err *kustomize_target_open(struct kustomize_root *root, const struct kustomize_target *parent,
                                  struct kustomize_target *out) MUST_USE;
/* Everything of it, onto what the accumulator holds. */
struct err *kustomize_accumulate(const struct kustomize_target *t,
                                 struct kustomize_accumulator *acc) MUST_USE;
/* Only the named resources: files, or folders with all that they do. */
struct err *kustomize_accumulate_paths(const struct kustomize_target *t, const struct doc *paths,
                                       struct kustomize_accumulator *acc) MUST_USE;

/* --- plugin.c: generators, transformers and validators by config. §5.5 --- */
struct err *kustomize_run_generators(const struct kustomize_target *t,
                                     struct kustomize_accumulator *acc) MUST_USE;
struct err *kustomize_run_transformers(const struct kustomize_target *t,
                                       struct kustomize_accumulator *acc) MUST_USE;
struct err *kustomize_run_validators(const struct kustomize_target *t,
                                     struct kustomize_accumulator *acc) MUST_USE;

/* --- helm.c: one entry of helmCharts, its objects into the set. §5.4 --- */
struct err *kustomize_inflate(const struct kustomize_target *t, const struct doc *chart,
                              const struct doc *globals, struct kustomize_accumulator *acc) MUST_USE;

/* --- origin.c: §8.11 --- */
/* Where a file that the target names lies: {path, repo, ref}. NULL when nobody asked for it. */
const struct doc *kustomize_origin(const struct kustomize_target *t, const char *path);
/* The origin of what a config made or changed that comes from there: {repo, ref, configuredIn, configuredBy}.
 */
const struct doc *kustomize_origin_by(struct arena *a, const struct doc *origin, const struct doc *by);
/* A transformer ran over all of them, whatever it changed; `change` NULL = nobody asked. */
void kustomize_transformed(struct kustomize_set *set, const struct doc *change);
/* {apiVersion: builtin, kind: <kind>} */
const struct doc *kustomize_builtin(struct arena *a, const char *kind);
/* The annotations' texts. */
const char *kustomize_origin_text(struct arena *a, const struct doc *origin);
const char *kustomize_transformations_text(struct arena *a, const struct doc *list);

#endif
