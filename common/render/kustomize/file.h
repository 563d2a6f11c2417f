/* render/kustomize/file.h - a kustomization file, decoded as the original decodes it. §2.
 *
 * What comes out has canonical names, present forms in place of deprecated ones, no nulls, and the lines of
 * the source. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_FILE_H
#define CAPSTAN_RENDER_KUSTOMIZE_FILE_H

#include "render/kustomize/decode.h"
#include "render/kustomize/root.h"

struct kustomize_file {
    const struct doc *fields;
    struct kustomize_at at; /* the file */
    const char *name;       /* "kustomization.yaml" */
    bool is_component;
};
/* The one kustomization file of the folder. Errors: "unable to find one of ...", "Found multiple
 * kustomization files under: ...", "invalid Kustomization: ...", "kustomization.yaml is empty". What is
 * deprecated is warned of.
 */
struct err *kustomize_file_read(struct kustomize_root *root, struct kustomize_file *out) MUST_USE;

/* Parts of it that stand in other files too. */
extern const struct kustomize_shape kustomize_config_map_shape, kustomize_secret_shape, kustomize_chart_shape,
    kustomize_patch_shape, kustomize_image_shape, kustomize_replica_shape, kustomize_selector_shape,
    kustomize_replacements_shape;

#endif
