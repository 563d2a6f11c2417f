/* prune - an object without the fields that its type does not know, and the types of those that it does. */
#include "sandbox.h"

static const struct doc *prune(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                               struct str *unknown);

static const struct doc *prune_list(struct arena *a, struct schema_at at, const struct doc *d,
                                    const char *path, struct str *unknown)
{
    struct doc *copy = doc_new_list(a);
    bool changed = false;
    doc_each (it, d) {
        const char *inner = arena_printf(a, "%s[%zu]", path, it.index);
        const struct doc *next = prune(a, schema_elem(at), it.val, inner, unknown);
        changed |= next != it.val;
        doc_push(a, copy, next);
    }
    return changed ? copy : d;
}

static void note(struct str *unknown, const char *path, struct span key)
{
    if (unknown)
        str_printf(unknown, "%sunknown field \"%s%s%.*s\"", unknown->len ? ", " : "", path, *path ? "." : "",
                   (int)key.len, key.at);
}

static const struct doc *prune_object(struct arena *a, struct schema_at at, const struct doc *d,
                                      const char *path, struct str *unknown)
{
    bool keeps = schema_kind(at) == SCHEMA_MAP || (schema_type(at)->flags & SCHEMA_PRESERVE_UNKNOWN);
    struct doc *copy = NULL;
    doc_each (it, d) {
        const struct schema_field *f = schema_find(at, it.key);
        const struct doc *next = it.val;
        if (f || schema_kind(at) == SCHEMA_MAP) {
            const char *inner =
                arena_printf(a, "%s%s%.*s", path, *path ? "." : "", (int)it.key.len, it.key.at);
            next = prune(a, schema_child(at, it.key), it.val, inner, unknown);
        } else if (!keeps) {
            note(unknown, path, it.key);
            next = NULL;
        }
        if (next == it.val)
            continue;
        copy = copy ? copy : doc_shallow(a, d);
        if (next)
            doc_set_span(a, copy, it.key, next);
        else
            doc_del_span(a, copy, it.key);
    }
    return copy ? copy : d;
}

static const struct doc *prune(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                               struct str *unknown)
{
    if (schema_kind(at) == SCHEMA_LIST && doc_is(d, DOC_LIST))
        return prune_list(a, at, d, path, unknown);
    if ((schema_kind(at) == SCHEMA_OBJECT || schema_kind(at) == SCHEMA_MAP) && doc_is(d, DOC_MAP))
        return prune_object(a, at, d, path, unknown);
    return d;
}

const struct doc *validate_prune(struct arena *a, struct schema_at at, const struct doc *d, const char *path,
                                 struct str *unknown)
{
    return prune(a, at, d, path, unknown);
}
