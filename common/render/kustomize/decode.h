/* render/kustomize/decode.h - a document checked against the Go types that the original decodes it into.
 *
 * Strict, as encoding/json with DisallowUnknownFields: field names match in any case, an unknown one or a
 * value of another kind is an error in Go's words, the first in byte order of the names. What comes out has
 * every name in its canonical spelling and no nulls; it keeps its lines. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_DECODE_H
#define CAPSTAN_RENDER_KUSTOMIZE_DECODE_H

#include "base/arena.h"
#include "doc/doc.h"

enum kustomize_type {
    KUSTOMIZE_TEXT,
    KUSTOMIZE_BOOL,
    KUSTOMIZE_INT,
    KUSTOMIZE_ANY,
    KUSTOMIZE_LIST,
    KUSTOMIZE_MAP,
    KUSTOMIZE_STRUCT
};

struct kustomize_field;
struct kustomize_shape {
    enum kustomize_type type;
    const char *go;                       /* "string", "[]types.Patch", "types.Selector" */
    const struct kustomize_shape *of;     /* elements of a list or map */
    const struct kustomize_field *fields; /* of a struct; a name NULL ends them */
};
struct kustomize_field {
    const char *name;
    const char *via; /* embedded structs that it comes from, for messages: "ResId.Gvk."; "" = own */
    const struct kustomize_shape *shape;
};

extern const struct kustomize_shape kustomize_text, kustomize_texts, kustomize_pairs, kustomize_flag,
    kustomize_number, kustomize_any;

/* ERR_INVALID: `json: unknown field "x"`, "json: cannot unmarshal number into Go struct field Patch.patches.
 * target of type types.Selector". */
enum {
    KUSTOMIZE_STRICT,
    KUSTOMIZE_TEXTS =
        1, /* numbers and bools become texts where one is asked for, as sigs.k8s.io/yaml does it */
    KUSTOMIZE_UNKNOWN = 2, /* unknown fields are left out */
};
struct err *kustomize_decode(struct arena *a, const struct kustomize_shape *shape, const struct doc *in,
                             int flags, const struct doc **out) MUST_USE;

#endif
