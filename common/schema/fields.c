/* schema/fields - sets of fields as documents in FieldsV1 form, and the difference of two objects as such
 * sets. */
#include "schema/fields.h"

#include "doc/json.h"

static bool has_self(const struct doc *set)
{
    return set && (!doc_len(set) || doc_get(set, "."));
}

/* A node from its parts; NULL when there is nothing in it. */
static const struct doc *node(struct arena *a, bool self, struct doc *children)
{
    if (!doc_len(children))
        return self ? children : NULL;
    if (self)
        doc_set_map(a, children, ".");
    return children;
}

const struct doc *fields_combine(struct arena *a, enum fields_op op, const struct doc *x, const struct doc *y)
{
    if (!y || !x)
        return op == FIELDS_OR ? (x ? x : y) : op == FIELDS_MINUS ? x : NULL;
    bool sx = has_self(x), sy = has_self(y);
    bool self = op == FIELDS_OR ? sx || sy : op == FIELDS_AND ? sx && sy : sx && !sy;
    struct doc *children = doc_new_map(a);
    doc_each (it, x) {
        const struct doc *c =
            span_is(it.key, ".") ? NULL : fields_combine(a, op, it.val, doc_get_span(y, it.key));
        if (c)
            doc_set_span(a, children, it.key, c);
    }
    doc_each (it, op == FIELDS_OR ? y : NULL)
        if (!doc_get_span(x, it.key) && !span_is(it.key, "."))
            doc_set_span(a, children, it.key, it.val);
    return node(a, self, children);
}

const struct doc *fields_strip(struct arena *a, const struct doc *set)
{
    static const char *const metas[] = {
        "f:name",          "f:namespace",       "f:creationTimestamp", "f:selfLink",    "f:uid",
        "f:managedFields", "f:resourceVersion", "f:generation",        "f:clusterName", "."};
    if (!set)
        return NULL;
    struct doc *d = doc_shallow(a, set);
    doc_del(a, d, "f:apiVersion");
    doc_del(a, d, "f:kind");
    doc_del(a, d, ".");
    const struct doc *old = doc_get(set, "f:metadata");
    if (old) {
        struct doc *meta = doc_shallow(a, old);
        for (size_t i = 0; i < ARRAY_LEN(metas); i++)
            doc_del(a, meta, metas[i]);
        if (doc_len(meta))
            doc_set(a, d, "f:metadata", meta);
        else
            doc_del(a, d, "f:metadata");
    }
    return doc_len(d) ? d : NULL;
}

/* --- shapes ---------------------------------------------------------------------------------- */

bool fields_granular(struct schema_at at, const struct doc *d)
{
    if (!doc_is(d, DOC_MAP))
        return false;
    if (!at.schema)
        return true;
    const struct schema_type *t = schema_type(at);
    if (t->kind == SCHEMA_OBJECT || t->kind == SCHEMA_MAP)
        return !(t->flags & SCHEMA_ATOMIC_MAP);
    return t->kind == SCHEMA_ANY && at.schema != &schema_builtin; /* deduced, as of a CRD's unknown fields */
}

bool fields_keyed(struct schema_at at, const struct doc *d)
{
    return doc_is(d, DOC_LIST) && schema_kind(at) == SCHEMA_LIST &&
           schema_type(at)->list != SCHEMA_LIST_ATOMIC;
}

/* OpenAPI tells one default that a key of the built-in types has. */
static const struct doc *key_default(struct arena *a, struct schema_at element, struct span key)
{
    const struct schema_field *f = schema_find(element, key);
    if (element.schema == &schema_builtin)
        return span_is(key, "protocol") ? doc_new_str(a, "TCP") : NULL;
    struct doc *d = NULL;
    if (!f || !f->dflt)
        return NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, span_of(schema_text(element, f->dflt)), NULL, &d);
    return e ? NULL : d;
}

const char *fields_element(struct arena *a, struct schema_at list, const struct doc *element)
{
    if (schema_type(list)->list == SCHEMA_LIST_SET)
        return arena_printf(a, "v:%s", json_text(a, element, JSON_SORTED));
    struct doc *keys = doc_new_map(a);
    struct span rest = span_of(schema_text(list, schema_type(list)->keys)), key;
    while (rest.len && span_cut(&rest, ',', &key)) {
        const struct doc *v = doc_get_span(element, key);
        v = v ? v : key_default(a, schema_elem(list), key);
        if (!v)
            return NULL;
        doc_set_span(a, keys, key, v);
    }
    return arena_printf(a, "k:%s", json_text(a, keys, JSON_SORTED));
}

const struct doc *fields_find(struct arena *a, struct schema_at list, const struct doc *d, const char *name,
                              size_t *place)
{
    doc_each (it, d) {
        const char *own = fields_element(a, list, it.val);
        if (own && streq(own, name)) {
            *place = it.index;
            return it.val;
        }
    }
    return NULL;
}

static const char *field(struct arena *a, struct span key)
{
    return arena_printf(a, "f:%.*s", (int)key.len, key.at);
}

/* --- differences ----------------------------------------------------------------------------- */

/* A value with all that is in it, containers too. */
static const struct doc *whole(struct arena *a, struct schema_at at, const struct doc *d)
{
    struct doc *children = doc_new_map(a);
    if (fields_granular(at, d)) {
        doc_each (it, d)
            doc_set(a, children, field(a, it.key), whole(a, schema_child(at, it.key), it.val));
    } else if (fields_keyed(at, d)) {
        doc_each (it, d) {
            const char *name = fields_element(a, at, it.val);
            if (name)
                doc_set(a, children, name, whole(a, schema_elem(at), it.val));
        }
    }
    return node(a, true, children);
}

struct sides {
    struct arena *a;
    struct doc *changed, *removed;
};

static void compare_child(struct sides *s, struct schema_at at, const char *name, const struct doc *x,
                          const struct doc *y)
{
    const struct doc *changed = NULL, *removed = NULL;
    fields_compare(s->a, at, x, y, &changed, &removed);
    if (changed)
        doc_set(s->a, s->changed, name, changed);
    if (removed)
        doc_set(s->a, s->removed, name, removed);
}

static void compare_maps(struct sides *s, struct schema_at at, const struct doc *x, const struct doc *y)
{
    doc_each (it, y)
        compare_child(s, schema_child(at, it.key), field(s->a, it.key), doc_get_span(x, it.key), it.val);
    doc_each (it, x)
        if (!doc_get_span(y, it.key))
            compare_child(s, schema_child(at, it.key), field(s->a, it.key), it.val, NULL);
}

static void compare_lists(struct sides *s, struct schema_at at, const struct doc *x, const struct doc *y)
{
    size_t place;
    doc_each (it, y) {
        const char *name = fields_element(s->a, at, it.val);
        if (name)
            compare_child(s, schema_elem(at), name, fields_find(s->a, at, x, name, &place), it.val);
    }
    doc_each (it, x) {
        const char *name = fields_element(s->a, at, it.val);
        if (name && !fields_find(s->a, at, y, name, &place))
            compare_child(s, schema_elem(at), name, it.val, NULL);
    }
}

static bool null(const struct doc *d)
{
    return doc_is(d, DOC_NULL);
}

void fields_compare(struct arena *a, struct schema_at at, const struct doc *x, const struct doc *y,
                    const struct doc **changed, const struct doc **removed)
{
    struct sides s = {a, doc_new_map(a), doc_new_map(a)};
    *changed = *removed = NULL;
    if (!x) {
        *changed = y ? whole(a, at, y) : NULL;
    } else if (!y) {
        *removed = whole(a, at, x);
    } else if ((fields_granular(at, x) || null(x)) && fields_granular(at, y)) {
        compare_maps(&s, at, x, y);
        *changed = node(a, false, s.changed);
        *removed = node(a, false, s.removed);
    } else if ((fields_keyed(at, x) || null(x)) && fields_keyed(at, y)) {
        compare_lists(&s, at, x, y);
        *changed = node(a, false, s.changed);
        *removed = node(a, false, s.removed);
    } else if (!schema_equal(at, x, y)) {
        *changed = s.changed;
    }
}

/* --- for messages ---------------------------------------------------------------------------- */

const char *fields_step(struct arena *a, struct span name)
{
    struct span rest = {name.at + 2, name.len - 2};
    if (name.at[0] == 'f')
        return arena_printf(a, ".%.*s", (int)rest.len, rest.at);
    if (name.at[0] == 'v')
        return arena_printf(a, "[=%.*s]", (int)rest.len, rest.at);
    struct doc *keys = NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, rest, NULL, &keys);
    const char *text = "[";
    doc_each (it, e ? NULL : keys)
        text = arena_printf(a, "%s%s%.*s=%s", text, it.index ? "," : "", (int)it.key.len, it.key.at,
                            json_text(a, it.val, 0));
    return arena_printf(a, "%s]", text);
}

void fields_each(struct arena *a, const struct doc *set, const char *path,
                 void (*fn)(void *arg, const char *path), void *arg)
{
    if (has_self(set) && *path)
        fn(arg, path);
    doc_each (it, set)
        if (it.key.len > 2)
            fields_each(a, it.val, arena_printf(a, "%s%s", path, fields_step(a, it.key)), fn, arg);
}
