/* schema/schema - the built-in table and navigation over any schema. */
#include "schema/schema.h"

#include "schema/builtin.inc"

#include <stdlib.h>

const struct schema schema_builtin = {
    .types = builtin_types,
    .fields = builtin_fields,
    .gvks = builtin_gvks,
    .text = builtin_text,
    .n_types = ARRAY_LEN(builtin_types),
    .n_fields = ARRAY_LEN(builtin_fields),
    .n_gvks = ARRAY_LEN(builtin_gvks),
};

static int span_cmp_text(struct span s, const char *text)
{
    size_t len = strlen(text);
    int c = memcmp(s.at ? s.at : "", text, MIN(s.len, len));
    return c ? c : (s.len > len) - (s.len < len);
}

struct schema_at schema_kind_at(struct span group, struct span version, const char *kind)
{
    size_t low = 0, high = schema_builtin.n_gvks;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct schema_gvk *g = &schema_builtin.gvks[mid];
        int c = span_cmp_text(group, builtin_text + g->group);
        c = c ? c : span_cmp_text(version, builtin_text + g->version);
        c = c ? c : strcmp(kind, builtin_text + g->kind);
        if (!c)
            return (struct schema_at){&schema_builtin, g->type};
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return (struct schema_at){0};
}

struct schema_at schema_of(const struct doc *obj)
{
    const char *api_version = doc_str(doc_get(obj, "apiVersion"), ""), *slash = strchr(api_version, '/');
    struct span group = slash ? (struct span){api_version, (size_t)(slash - api_version)} : (struct span){"", 0};
    return schema_kind_at(group, span_of(slash ? slash + 1 : api_version), doc_str(doc_get(obj, "kind"), ""));
}

struct schema_at schema_named(const char *name)
{
    for (uint32_t i = 0; i < schema_builtin.n_types; i++)
        if (streq(builtin_text + builtin_types[i].name, name))
            return (struct schema_at){&schema_builtin, i};
    return (struct schema_at){0};
}

const struct schema_field *schema_find(struct schema_at at, struct span key)
{
    const struct schema_type *t = schema_type(at);
    if (!t || t->kind != SCHEMA_OBJECT)
        return NULL;
    size_t low = t->fields, high = t->fields + t->n_fields;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct schema_field *f = &at.schema->fields[mid];
        int c = span_cmp_text(key, schema_text(at, f->name));
        if (!c)
            return f;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

struct schema_at schema_child(struct schema_at at, struct span key)
{
    if (schema_kind(at) == SCHEMA_MAP)
        return (struct schema_at){at.schema, schema_type(at)->elem};
    const struct schema_field *f = schema_find(at, key);
    return f ? (struct schema_at){at.schema, f->type} : (struct schema_at){0};
}

struct schema_at schema_elem(struct schema_at at)
{
    return schema_kind(at) == SCHEMA_LIST ? (struct schema_at){at.schema, schema_type(at)->elem} : (struct schema_at){0};
}

const char *schema_merge_key(struct schema_at at)
{
    const struct schema_type *t = schema_type(at);
    if (!t || t->kind != SCHEMA_LIST || !(t->patch & SCHEMA_PATCH_MERGE))
        return NULL;
    return schema_text(at, t->merge_key);
}
