/* schema/openapi - types of a CRD or of a cluster's OpenAPI v3, into the same flat arrays as the built-in ones.
 *
 * Arrays grow in the builder and are copied to the arena at the end. A $ref becomes the index of its definition, which is
 * entered before its fields are read, so that recursion ends. */
#include "schema/schema.h"

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"

enum { TYPES_MAX = 100000, DEPTH_LIMIT = 64 };

struct builder {
    struct arena *a;
    const struct doc *definitions;
    VEC(struct schema_type) types;
    VEC(struct schema_field) fields;
    struct str text;
    struct map *offsets; /* text to offset + 1 */
    struct map *named;   /* definition to type + 1 */
    struct err *failure; /* the first one */
};

static uint32_t text_of(struct builder *b, const char *s)
{
    uintptr_t known = (uintptr_t)map_get(b->offsets, s);
    if (known)
        return (uint32_t)(known - 1);
    uint32_t at = (uint32_t)b->text.len;
    str_add_n(&b->text, s, strlen(s) + 1);
    map_set(b->offsets, s, (void *)((uintptr_t)at + 1));
    return at;
}

static uint32_t joined(struct builder *b, const struct doc *list)
{
    CLEANUP(str_release) struct str s = {0};
    doc_each(it, list)
        str_printf(&s, "%s%s", it.index ? "," : "", doc_str(it.val, ""));
    return text_of(b, str_text(&s));
}

static enum schema_kind kind_of(const struct doc *s)
{
    static const struct {
        const char *type;
        enum schema_kind kind;
    } scalars[] = {{"array", SCHEMA_LIST},      {"string", SCHEMA_STRING},  {"boolean", SCHEMA_BOOL},
                   {"integer", SCHEMA_INTEGER}, {"number", SCHEMA_NUMBER}};
    if (doc_bool(doc_get(s, "x-kubernetes-int-or-string"), false) || doc_str_is(doc_get(s, "format"), "int-or-string"))
        return SCHEMA_INT_OR_STRING;
    if (doc_str_is(doc_get(s, "format"), "date-time"))
        return SCHEMA_TIME;
    if (doc_str_is(doc_get(s, "format"), "byte"))
        return SCHEMA_BYTES;
    const char *type = doc_str(doc_get(s, "type"), "");
    for (size_t i = 0; i < ARRAY_LEN(scalars); i++)
        if (streq(type, scalars[i].type))
            return scalars[i].kind;
    if (doc_get(s, "properties"))
        return SCHEMA_OBJECT;
    return doc_is(doc_get(s, "additionalProperties"), DOC_MAP) ? SCHEMA_MAP : SCHEMA_ANY;
}

static uint8_t flags_of(const struct doc *s)
{
    uint8_t flags = 0;
    if (doc_str_is(doc_get(s, "x-kubernetes-map-type"), "atomic"))
        flags |= SCHEMA_ATOMIC_MAP;
    if (doc_bool(doc_get(s, "x-kubernetes-preserve-unknown-fields"), false) ||
        doc_bool(doc_get(s, "additionalProperties"), false))
        flags |= SCHEMA_PRESERVE_UNKNOWN;
    if (doc_bool(doc_get(s, "nullable"), false))
        flags |= SCHEMA_NULLABLE;
    if (doc_bool(doc_get(s, "x-kubernetes-embedded-resource"), false))
        flags |= SCHEMA_EMBEDDED;
    return flags;
}

static uint8_t list_type(const struct doc *s)
{
    const char *type = doc_str(doc_get(s, "x-kubernetes-list-type"), "");
    return streq(type, "map") ? SCHEMA_LIST_MAP : streq(type, "set") ? SCHEMA_LIST_SET : SCHEMA_LIST_ATOMIC;
}

static uint32_t enter(struct builder *b, const struct doc *s, const char *name, int depth);

static uint32_t enter_ref(struct builder *b, const char *ref, int depth)
{
    const char *slash = strrchr(ref, '/'), *name = slash ? slash + 1 : ref;
    uintptr_t known = (uintptr_t)map_get(b->named, name);
    if (known)
        return (uint32_t)(known - 1);
    const struct doc *s = doc_get(b->definitions, name);
    return s ? enter(b, s, name, depth) : 0;
}

/* Field names in byte order, as schema_find bisects them. */
static int by_key(const void *x, const void *y)
{
    return strcmp(((const struct doc_iter *)x)->key.at, ((const struct doc_iter *)y)->key.at);
}

static void enter_fields(struct builder *b, const struct doc *s, uint32_t type, int depth)
{
    const struct doc *properties = doc_get(s, "properties"), *required = doc_get(s, "required");
    size_t n = doc_len(properties), i = 0;
    struct doc_iter *sorted = NEW_N(b->a, struct doc_iter, n);
    doc_each(it, properties)
        sorted[i++] = it;
    qsort(sorted, n, sizeof(*sorted), by_key);
    struct schema_field *own = NEW_N(b->a, struct schema_field, n);
    for (i = 0; i < n; i++) {
        const struct doc *dflt = doc_get(sorted[i].val, "default");
        own[i] = (struct schema_field){
            .name = text_of(b, sorted[i].key.at),
            .type = enter(b, sorted[i].val, "", depth + 1),
            .dflt = dflt ? text_of(b, json_text(b->a, dflt, 0)) : 0,
        };
        doc_each(r, required)
            own[i].required |= span_eq(doc_span(r.val), sorted[i].key);
    }
    b->types.at[type].fields = (uint32_t)b->fields.len;
    b->types.at[type].n_fields = (uint16_t)n;
    for (i = 0; i < n; i++)
        vec_push(&b->fields, own[i]);
}

static uint32_t enter(struct builder *b, const struct doc *s, const char *name, int depth)
{
    const struct doc *all = doc_get(s, "allOf");
    const char *ref = doc_str(doc_get(s, "$ref"), doc_str(doc_get(doc_at(all, 0), "$ref"), NULL));
    if (ref)
        return enter_ref(b, ref, depth);
    if (depth > DEPTH_LIMIT || b->types.len >= TYPES_MAX || doc_len(doc_get(s, "properties")) > UINT16_MAX) {
        if (!b->failure)
            b->failure = err_new(ERR_EXHAUSTED, "schema is deeper than %d or has more than %d types", DEPTH_LIMIT,
                                 TYPES_MAX);
        return 0;
    }
    uint32_t at = (uint32_t)b->types.len;
    const char *strategy = doc_str(doc_get(s, "x-kubernetes-patch-strategy"), "");
    struct schema_type t = {
        .kind = (uint8_t)kind_of(s),
        .list = list_type(s),
        .patch = (uint8_t)((strstr(strategy, "merge") ? SCHEMA_PATCH_MERGE : 0) |
                           (strstr(strategy, "retainKeys") ? SCHEMA_PATCH_RETAIN_KEYS : 0) |
                           (strstr(strategy, "replace") ? SCHEMA_PATCH_REPLACE : 0)),
        .flags = flags_of(s),
        .merge_key = text_of(b, doc_str(doc_get(s, "x-kubernetes-patch-merge-key"), "")),
        .keys = joined(b, doc_get(s, "x-kubernetes-list-map-keys")),
        .enums = joined(b, doc_get(s, "enum")),
        .name = text_of(b, name),
    };
    vec_push(&b->types, t);
    if (*name)
        map_set(b->named, name, (void *)((uintptr_t)at + 1));
    uint32_t elem = 0;
    if (t.kind == SCHEMA_LIST)
        elem = enter(b, doc_get(s, "items"), "", depth + 1);
    else if (t.kind == SCHEMA_MAP)
        elem = enter(b, doc_get(s, "additionalProperties"), "", depth + 1);
    else if (t.kind == SCHEMA_OBJECT)
        enter_fields(b, s, at, depth);
    b->types.at[at].elem = elem;
    return at;
}

struct err *schema_from_openapi(struct arena *a, const struct doc *root, const struct doc *definitions,
                                struct schema_at *out)
{
    struct builder b = {.a = a, .definitions = definitions, .offsets = map_new(NULL), .named = map_new(NULL)};
    text_of(&b, "");
    enter(&b, NULL, "", 0); /* type 0: anything */
    uint32_t type = enter(&b, root, "", 0);
    struct schema *s = NEW(a, struct schema);
    *s = (struct schema){
        .types = arena_dup(a, b.types.at, b.types.len * sizeof(*b.types.at)),
        .fields = arena_dup(a, b.fields.at, b.fields.len * sizeof(*b.fields.at)),
        .text = arena_dup(a, str_text(&b.text), b.text.len),
        .n_types = b.types.len,
        .n_fields = b.fields.len,
    };
    vec_release(&b.types);
    vec_release(&b.fields);
    str_release(&b.text);
    map_free(b.offsets);
    map_free(b.named);
    *out = (struct schema_at){s, type};
    return b.failure;
}

struct err *schema_from_crd(struct arena *a, const struct doc *crd, const char *version, struct schema_at *out)
{
    const struct doc *schema = NULL;
    doc_each(it, doc_path(crd, "spec", "versions"))
        if (doc_str_is(doc_get(it.val, "name"), version))
            schema = doc_path(it.val, "schema", "openAPIV3Schema");
    if (!schema)
        return err_new(ERR_NOT_FOUND, "%s has no schema for version %s",
                       doc_str(doc_path(crd, "metadata", "name"), ""), version);
    if (!doc_get(schema, "properties")) {
        *out = (struct schema_at){0}; /* any field is kept */
        return NULL;
    }
    static const char *const type_meta[] = {"apiVersion", "kind"};
    struct doc *text = doc_new_map(a), *meta = doc_new_map(a);
    doc_set_str(a, text, "type", "string");
    doc_set_bool(a, meta, "x-kubernetes-preserve-unknown-fields", true);
    for (size_t i = 0; i < ARRAY_LEN(type_meta); i++)
        schema = doc_with(a, schema, text, "properties", type_meta[i]);
    return schema_from_openapi(a, doc_with(a, schema, meta, "properties", "metadata"), NULL, out);
}
