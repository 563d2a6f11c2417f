/* render/kustomize/build.h - what all steps of one build share, and what each step is called by.
 *
 * A step works on the set of the accumulator that it is run in. `entry` is the step's part of the
 * kustomization file as the strict decoder left it: field names in their canonical spelling, kinds checked,
 * deprecated forms lifted to the present ones. specs/kustomize.md §1.1. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_BUILD_H
#define CAPSTAN_RENDER_KUSTOMIZE_BUILD_H

#include "render/kustomize/kustomize.h"
#include "render/kustomize/resource.h"
#include "render/kustomize/spec.h"

struct kustomize_schema; /* merge keys by type (merge.h) */
struct kustomize_root;   /* a kustomization's folder, in the tree or in a clone (root.h) */

struct kustomize_build {
    const struct kustomize_request *rq;
    struct arena *a;
    const struct kustomize_schema *schema; /* the built-in one, or what openapi.path gives */
    struct kustomize_cache *cache;         /* the request's, or one for this build */
    bool schema_set;                       /* some openapi field chose it: the outermost does */
    const struct kustomize_root *first;    /* of the build */
    bool origins, transformations;         /* what its buildMetadata asks for */
    struct doc *warnings;
    size_t targets, objects; /* that were read */
};
/* Where an entry stands: for reading the files that it names, and for messages. */
struct kustomize_at {
    struct kustomize_build *build;
    struct kustomize_root *root;
    const char *file; /* the kustomization file or the transformer's config */
};
/* A warning: "<file>:<line>: <sentence>". */
void kustomize_warn(const struct kustomize_at *at, uint32_t line, const char *format, ...) PRINTF(3, 4);

/* The bytes of a file named in a kustomization, under the load restrictions of its root; by http(s) too. */
struct err *kustomize_read(const struct kustomize_at *at, const char *path, struct span *out) MUST_USE;
/* The objects of a text, as a list. */
struct err *kustomize_text_objects(const struct kustomize_at *at, struct span text, const char *name,
                                   const struct doc **list) MUST_USE;

/* "trouble configuring builtin PatchTransformer with config: ...: <e>": how the original wraps what is wrong
 * with an entry before anything is done. Takes `e`. */
struct err *kustomize_trouble(struct arena *a, const char *builtin, const struct doc *config,
                              struct err *e) MUST_USE;

/* --- patch.c: §6 --- */
struct err *kustomize_patches_strategic(const struct kustomize_at *at, struct kustomize_set *set,
                                        const struct doc *entries) MUST_USE;
struct err *kustomize_patches(const struct kustomize_at *at, struct kustomize_set *set,
                              const struct doc *entries) MUST_USE;
struct err *kustomize_patches_json6902(const struct kustomize_at *at, struct kustomize_set *set,
                                       const struct doc *entries) MUST_USE;
/* --- image.c: §8.6; one entry {name, newName, newTag, digest, tagSuffix} --- */
struct err *kustomize_image(const struct kustomize_at *at, struct kustomize_set *set,
                            const struct kustomize_specs *specs, const struct doc *entry) MUST_USE;
/* --- replacement.c: §8.7 --- */
struct err *kustomize_replacements(const struct kustomize_at *at, struct kustomize_set *set,
                                   const struct doc *entries) MUST_USE;
/* --- reference.c: §9, once over everything, at the end --- */
struct err *kustomize_references(struct kustomize_build *b, struct kustomize_set *set,
                                 const struct kustomize_config *config) MUST_USE;
/* --- variable.c: §8.9. A var binds where it is declared and is resolved once, at the end. --- */
struct kustomize_vars {
    struct kustomize_var *at;
    size_t len, cap;
};
struct err *kustomize_vars_bind(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct doc *entries, struct kustomize_vars *vars) MUST_USE;
/* ERR_INVALID "var 'X' already encountered". */
struct err *kustomize_vars_absorb(struct arena *a, struct kustomize_vars *into,
                                  const struct kustomize_vars *from) MUST_USE;
struct err *kustomize_vars_resolve(struct kustomize_build *b, struct kustomize_set *set,
                                   const struct kustomize_config *config,
                                   const struct kustomize_vars *vars) MUST_USE;

/* --- transform.c: §8.1-8.5 and all of 5.5 that names them; specs are the config's or the entry's own --- */
struct err *kustomize_affix(const struct kustomize_at *at, struct kustomize_set *set,
                            const struct kustomize_specs *specs, const char *prefix,
                            const char *suffix) MUST_USE;
/* Labels or annotations: the pairs into every map that the specs name. */
struct err *kustomize_put_pairs(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct kustomize_specs *specs, const struct doc *pairs) MUST_USE;
struct err *kustomize_replica(const struct kustomize_at *at, struct kustomize_set *set,
                              const struct kustomize_specs *specs, const struct doc *entry) MUST_USE;
/* `entry`: {namespace, unsetOnly, setRoleBindingSubjects}. */
struct err *kustomize_namespace(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct kustomize_specs *specs, const struct doc *entry) MUST_USE;

#endif
