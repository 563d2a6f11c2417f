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

/* --- types, as Go's decoder finds them ------------------------------------------------------- */

static const char *go_type(struct arena *a, struct schema_at at)
{
    const char *name = schema_text(at, schema_type(at)->name), *dot = strrchr(name, '.');
    switch (schema_kind(at)) {
    case SCHEMA_STRING:
        return "string";
    case SCHEMA_BOOL:
        return "bool";
    case SCHEMA_INTEGER:
        return (schema_type(at)->flags & SCHEMA_INT64) ? "int64" : "int32";
    case SCHEMA_NUMBER:
        return "float64";
    case SCHEMA_OBJECT:
        return arena_printf(a, "v1.%s", dot ? dot + 1 : "Object");
    case SCHEMA_MAP:
        return arena_printf(a, "map[string]%s", go_type(a, schema_child(at, span_of(""))));
    case SCHEMA_LIST:
        return arena_printf(a, "[]%s", go_type(a, schema_elem(at)));
    default:
        return "interface {}";
    }
}

static bool fits(struct schema_at at, const struct doc *d)
{
    static const uint8_t kinds[] = {
        [SCHEMA_OBJECT] = 1 << DOC_MAP,
        [SCHEMA_MAP] = 1 << DOC_MAP,
        [SCHEMA_LIST] = 1 << DOC_LIST,
        [SCHEMA_BOOL] = 1 << DOC_BOOL,
        [SCHEMA_STRING] = 1 << DOC_STR,
        [SCHEMA_INTEGER] = 1 << DOC_INT,
        [SCHEMA_NUMBER] = 1 << DOC_INT | 1 << DOC_FLOAT,
    };
    enum schema_kind kind = schema_kind(at);
    uint8_t want = kind < ARRAY_LEN(kinds) ? kinds[kind] : 0;
    return !want || doc_is(d, DOC_NULL) || (want >> doc_kind(d) & 1);
}

static struct err *wrong_type(struct request *r, struct schema_at at, const struct doc *d, const char *owner,
                              const char *path)
{
    return err_reason(ERR_INVALID, "BadRequest",
                      "%s in version \"%s\" cannot be handled as a %s: json: cannot unmarshal %s into Go "
                      "struct field %s%s of type %s",
                      r->res->kind, r->served->version, r->res->kind, doc_kind_name(d), owner, path,
                      go_type(r->a, at));
}

struct err *validate_types(struct request *r, struct schema_at at, const struct doc *d, const char *owner,
                           const char *path)
{
    if (at.schema != &schema_builtin)
        return NULL;
    if (!fits(at, d))
        return wrong_type(r, at, d, owner, path);
    enum schema_kind kind = schema_kind(at);
    if (kind == SCHEMA_OBJECT && *path) {
        const char *name = schema_text(at, schema_type(at)->name), *dot = strrchr(name, '.');
        owner = dot ? dot + 1 : owner;
    }
    doc_each (it, kind == SCHEMA_OBJECT || kind == SCHEMA_MAP || kind == SCHEMA_LIST ? d : NULL) {
        const char *inner = kind == SCHEMA_OBJECT ? arena_printf(r->a, "%s.%s", path, it.key.at) : path;
        struct schema_at child = kind == SCHEMA_LIST ? schema_elem(at) : schema_child(at, it.key);
        TRY(validate_types(r, child, it.val, owner, inner));
    }
    return NULL;
}
