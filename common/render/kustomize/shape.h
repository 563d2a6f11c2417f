/* render/kustomize/shape.h - what a schema says about merging: which list merges, by which keys.
 *
 * Only facts that change a merge are kept: a type without a merging list below it has no shape.
 * specs/kustomize.md §7. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_SHAPE_H
#define CAPSTAN_RENDER_KUSTOMIZE_SHAPE_H

#include "render/kustomize/merge.h"

struct kustomize_field;
struct kustomize_shape {
    const struct kustomize_field *fields; /* of a map */
    size_t fields_len;
    const struct kustomize_shape *rest;  /* of a map: every other field; NULL = nothing known */
    const struct kustomize_shape *items; /* of a list */
    bool merges;                         /* a list: its elements merge */
    const char *const *keys;             /* ... by these fields; none = by their own value */
    size_t keys_len;
};
struct kustomize_field {
    const char *name;
    const struct kustomize_shape *shape;
};

/* The shape of an object of that type; NULL = unknown. `schema` may be NULL. */
const struct kustomize_shape *kustomize_shape_of(const struct kustomize_schema *schema,
                                                 const char *api_version, const char *kind);
/* The shape below a field; NULL = unknown. `shape` may be NULL. */
const struct kustomize_shape *kustomize_shape_below(const struct kustomize_shape *shape, struct span field);

#endif
