/* render/kustomize/object.h - the objects of a text of manifests, as kustomize finds them. §3.2. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_OBJECT_H
#define CAPSTAN_RENDER_KUSTOMIZE_OBJECT_H

#include "base/arena.h"
#include "doc/doc.h"

/* Objects of a text in their order, Lists expanded, and beside each its line in the text. `name` stands in
 * errors: "MalformedYAMLError: yaml: line 3: ... in File: <name>" (reason kustomize_malformed), "missing
 * metadata.name in object {...}". The objects may share the text's memory. */
struct kustomize_objects {
    const struct doc *list;
    const struct doc *lines; /* of numbers, as many */
};
struct err *kustomize_objects_read(struct arena *a, struct span text, const char *name,
                                   struct kustomize_objects *out) MUST_USE;

extern const char kustomize_malformed[];

#endif
