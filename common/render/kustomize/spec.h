/* render/kustomize/spec.h - field specs, the path language of transformers, and the configuration made of
 * them.
 *
 * specs/kustomize.md §4. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_SPEC_H
#define CAPSTAN_RENDER_KUSTOMIZE_SPEC_H

#include "render/kustomize/decode.h"
#include "render/kustomize/resource.h"

/* Empty parts of the gvk match anything. `path` is "spec/template/metadata/labels"; "\/" is a slash inside a
 * key, "[]" behind a segment marks a list, which is never created. */
struct kustomize_spec {
    struct kustomize_gvk gvk;
    const char *path;
    bool create;
};
struct kustomize_specs {
    const struct kustomize_spec *at;
    size_t len;
};
/* Who refers to a target kind by name, and where. */
struct kustomize_referrer {
    struct kustomize_gvk target;
    struct kustomize_specs from;
};

/* The transformer configuration of an accumulator: the defaults, merged with `configurations` and `crds`.
 * Values are shared and read-only; merging makes a new one. */
struct kustomize_config {
    struct kustomize_specs name_prefix, name_suffix, namespace, labels, template_labels, common_labels,
        common_annotations, var_reference, images, replicas;
    const struct kustomize_referrer *references;
    size_t references_len;
};
const struct kustomize_config *kustomize_config_default(void);
/* What x has and what y adds: of one path, y's spec is left out where its gvk selects that of one in x, so a
 * particular one that comes first takes the place of a general one. NULL is none. ERR_INVALID "conflicting
 * fieldspecs" for one path that is to be created and not.
 */
struct err *kustomize_config_merge(struct arena *a, const struct kustomize_config *x,
                                   const struct kustomize_config *y,
                                   const struct kustomize_config **out) MUST_USE;
/* A configuration file, decoded strictly. */
struct err *kustomize_config_read(struct arena *a, const struct doc *file,
                                  const struct kustomize_config **out) MUST_USE;
/* What the OpenAPI maps of the files that `crds` names add (crd.c); *out NULL for none. §8.8. */
struct kustomize_at;
struct err *kustomize_crds_read(const struct kustomize_at *at, const struct doc *paths,
                                const struct kustomize_config **out) MUST_USE;
/* The shape of fieldSpecs for the strict decoder, and a decoded list of that shape; NULL = none. */
extern const struct kustomize_shape kustomize_specs_shape;
struct kustomize_specs kustomize_specs_of(struct arena *a, const struct doc *list) MUST_USE;
/* The same of two lists. */
struct err *kustomize_specs_merge(struct arena *a, const struct kustomize_specs *x,
                                  const struct kustomize_specs *y, struct kustomize_specs *out) MUST_USE;

/* Calls `edit` with the place of every field that the spec names in the resource, for editing: through lists
 * on the way, and a null too. `make` is what a missing field is created as where the spec says create:
 * DOC_STR, DOC_INT, DOC_MAP, DOC_LIST; DOC_NONE = nothing is created. A null becomes an empty map or list
 * where one would be created, and a list where "[]" asks for it, spec or not. Errors: "considering field 'p'
 * of object <id>: expected sequence or mapping node". Whoever edits what belongs to the id calls
 * kustomize_set_reread after it. */
typedef struct err *kustomize_edit(void *arg, struct kustomize_resource *r, struct doc *field);
struct err *kustomize_spec_walk(struct arena *a, const struct kustomize_spec *spec,
                                struct kustomize_resource *r, enum doc_kind make, kustomize_edit *edit,
                                void *arg) MUST_USE;
/* Does the spec's gvk select the resource's (its current one)? */
bool kustomize_spec_selects(const struct kustomize_spec *spec, const struct kustomize_resource *r);

#endif
