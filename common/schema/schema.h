/* schema/schema.h - what Kubernetes knows of its types: fields, list and merge keys, formats, defaults.
 *
 * A schema is flat arrays joined by 32-bit offsets: the built-in one is read-only data shared by all processes, one made
 * from a CRD or a cluster's OpenAPI lives in an arena and looks the same. A `struct schema_at` names a type in a schema and
 * is passed by value; {NULL, 0} is "nothing known", and every function takes it: navigation stays there, merges treat lists
 * as atomic, comparison is literal.
 *
 * The built-in types are Kubernetes 1.34's, made by common/schema/gen-builtin from a cluster's OpenAPI v3. */
#ifndef CAPSTAN_SCHEMA_SCHEMA_H
#define CAPSTAN_SCHEMA_SCHEMA_H

#include "doc/doc.h"

enum schema_kind {
    SCHEMA_ANY, /* nothing said, or x-kubernetes-preserve-unknown-fields without properties */
    SCHEMA_OBJECT,
    SCHEMA_MAP, /* additionalProperties */
    SCHEMA_LIST,
    SCHEMA_STRING,
    SCHEMA_BOOL,
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_INT_OR_STRING,
    SCHEMA_QUANTITY,
    SCHEMA_TIME,
    SCHEMA_BYTES, /* base64 */
};
enum schema_list { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };
enum { SCHEMA_PATCH_MERGE = 1, SCHEMA_PATCH_RETAIN_KEYS = 2, SCHEMA_PATCH_REPLACE = 4 }; /* replace: a map as a whole */
enum { SCHEMA_ATOMIC_MAP = 1, SCHEMA_PRESERVE_UNKNOWN = 2, SCHEMA_NULLABLE = 4, SCHEMA_EMBEDDED = 8, SCHEMA_INT64 = 16 };

/* Offsets into `text` are of NUL-ended strings; 0 is "". */
struct schema_type {
    uint8_t kind, list, patch, flags;
    uint16_t n_fields;
    uint32_t fields;    /* first of its fields, sorted by name */
    uint32_t elem;      /* type of list elements and map values */
    uint32_t merge_key; /* text: of strategic merge, "" = none */
    uint32_t keys;      /* text: comma-joined keys of a list of type map */
    uint32_t enums;     /* text: comma-joined values, "" = any */
    uint32_t name;      /* text: "io.k8s.api.core.v1.Container", "" = anonymous */
};
struct schema_field {
    uint32_t name, type;
    uint32_t required;  /* bool */
    uint32_t dflt;      /* text: the default as JSON (of a CRD), "" = none */
};
struct schema_gvk {
    uint32_t group, version, kind, type;
};
struct schema {
    const struct schema_type *types;
    const struct schema_field *fields;
    const struct schema_gvk *gvks; /* sorted by group, version, kind as texts */
    const char *text;
    size_t n_types, n_fields, n_gvks;
};

struct schema_at {
    const struct schema *schema;
    uint32_t type;
};

extern const struct schema schema_builtin;

/* The type of a built-in kind; {NULL, 0} for every other. */
struct schema_at schema_kind_at(struct span group, struct span version, const char *kind);
/* By the apiVersion and kind that an object states. */
struct schema_at schema_of(const struct doc *obj);
/* A named type of the built-in schema ("io.k8s.api.core.v1.PodSpec"). */
struct schema_at schema_named(const char *name);

static inline const struct schema_type *schema_type(struct schema_at at)
{
    return at.schema ? &at.schema->types[at.type] : NULL;
}
static inline enum schema_kind schema_kind(struct schema_at at)
{
    return at.schema ? (enum schema_kind)schema_type(at)->kind : SCHEMA_ANY;
}
static inline const char *schema_text(struct schema_at at, uint32_t offset)
{
    return at.schema->text + offset;
}
/* Of a map's key: a field of an object, the value of a map. NULL field pointer out when it is not a named field. */
struct schema_at schema_child(struct schema_at at, struct span key);
const struct schema_field *schema_find(struct schema_at at, struct span key);
/* Of a list's elements. */
struct schema_at schema_elem(struct schema_at at);
/* The merge key of a list under strategic merge with strategy "merge" ("" for a set of scalars); NULL when it is replaced. */
const char *schema_merge_key(struct schema_at at);

/* A schema from an OpenAPI v3 schema document: `root` may hold $ref into `definitions` (may be NULL). Limits: 100,000 types,
 * depth 64, recursion by $ref is kept as recursion. */
struct err *schema_from_openapi(struct arena *a, const struct doc *root, const struct doc *definitions,
                                struct schema_at *out) MUST_USE;
/* The schema of one served version of a CustomResourceDefinition, with apiVersion, kind and metadata added. */
struct err *schema_from_crd(struct arena *a, const struct doc *crd, const char *version, struct schema_at *out) MUST_USE;

/* --- values --- */
/* Equality by meaning: quantities by amount, times by instant, int-or-string and numbers by value, maps without order; absent
 * and null are the same where `loose_null`. */
bool schema_equal(struct schema_at at, const struct doc *x, const struct doc *y);
/* What a round trip through the typed structs of Kubernetes makes of it: quantities in canonical form ("1000m" becomes "1", 0.5
 * "500m"), zero values that Go's omitempty drops dropped. Shares what does not change. */
const struct doc *schema_canonical(struct arena *a, struct schema_at at, const struct doc *d) MUST_USE;
/* The object with what the API server would add as it stores it: constants and rules of built-in kinds, `default`s of a CRD.
 * Allocations (clusterIP, nodePort, uid) are no defaults. Shares what does not change. */
const struct doc *schema_default(struct arena *a, struct schema_at at, const struct doc *obj) MUST_USE;

/* --- strategic merge patch (the dialect of Kubernetes; $patch, $setElementOrder, $deleteFromPrimitiveList, $retainKeys) --- */
struct err *schema_strategic_apply(struct arena *a, struct schema_at at, const struct doc *target,
                                   const struct doc *patch, const struct doc **out) MUST_USE;
/* The patch that kubectl apply sends: deletions are original against modified, additions and changes current against
 * modified. An empty map when there is nothing to do. `original` may be NULL. */
struct err *schema_strategic_three_way(struct arena *a, struct schema_at at, const struct doc *original,
                                       const struct doc *modified, const struct doc *current,
                                       const struct doc **patch) MUST_USE;
/* The patch that turns `from` into `to`. */
struct err *schema_strategic_diff(struct arena *a, struct schema_at at, const struct doc *from, const struct doc *to,
                                  const struct doc **patch) MUST_USE;

#endif
