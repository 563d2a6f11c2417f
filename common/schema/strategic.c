/* schema/strategic - the strategic merge patch of Kubernetes: applying one, and making the one that kubectl
 * apply sends.
 *
 * Maps merge by key, lists by their merge key where the schema names one, and are replaced otherwise. A patch
 * may carry directives: "$patch: replace|delete|merge" in a map or an element, "$retainKeys" in a map,
 * "$deleteFromPrimitiveList/F" and
 * "$setElementOrder/F" beside a list F. */
#include "schema/schema.h"

#define DELETE_PRIMITIVES "$deleteFromPrimitiveList/"
#define ELEMENT_ORDER "$setElementOrder/"

static bool is_directive(struct span key)
{
    return key.len && key.at[0] == '$' &&
           (span_is(key, "$patch") || span_is(key, "$retainKeys") || starts_with(key.at, DELETE_PRIMITIVES) ||
            starts_with(key.at, ELEMENT_ORDER));
}

static const struct doc *by_merge_key(const struct doc *list, const char *key, const struct doc *value,
                                      size_t *place)
{
    doc_each (it, list)
        if (doc_equal(doc_get(it.val, key), value)) {
            if (place)
                *place = it.index;
            return it.val;
        }
    return NULL;
}

static bool holds(const struct doc *list, const struct doc *value)
{
    doc_each (it, list)
        if (doc_equal(it.val, value))
            return true;
    return false;
}

/* --- applying
 * ----------------------------------------------------------------------------------------------------------
 */

static struct err *apply_map(struct arena *a, struct schema_at at, const struct doc *target,
                             const struct doc *patch, const struct doc **out);

/* A value that is set where nothing was: directives inside it are spent. */
static struct err *strip(struct arena *a, struct schema_at at, const struct doc *value,
                         const struct doc **out)
{
    if (doc_is(value, DOC_MAP))
        return apply_map(a, at, NULL, value, out);
    if (!doc_is(value, DOC_LIST) || !doc_is(doc_at(value, 0), DOC_MAP)) {
        *out = value;
        return NULL;
    }
    struct doc *list = doc_new_list(a);
    doc_each (it, value) {
        const struct doc *clean = it.val;
        if (doc_str_is(doc_get(it.val, "$patch"), "delete"))
            continue;
        TRY(strip(a, schema_elem(at), it.val, &clean));
        doc_push(a, list, clean);
    }
    *out = list;
    return NULL;
}

static bool replaces_list(const struct doc *patch)
{
    doc_each (it, patch)
        if (doc_str_is(doc_get(it.val, "$patch"), "replace"))
            return true;
    return false;
}

static struct err *replace_list(struct arena *a, struct schema_at at, const struct doc *patch,
                                const struct doc **out)
{
    struct doc *list = doc_new_list(a);
    doc_each (it, patch) {
        const struct doc *clean = NULL;
        if (doc_get(it.val, "$patch"))
            continue;
        TRY(strip(a, schema_elem(at), it.val, &clean));
        doc_push(a, list, clean);
    }
    *out = list;
    return NULL;
}

static struct err *merge_maps_list(struct arena *a, struct schema_at at, const struct doc *target,
                                   const struct doc *patch, const struct doc **out)
{
    const char *key = schema_merge_key(at);
    struct schema_at elem = schema_elem(at);
    struct doc *list = doc_new_list(a);
    doc_each (it, target) {
        const struct doc *p =
            doc_get(it.val, key) ? by_merge_key(patch, key, doc_get(it.val, key), NULL) : NULL;
        if (doc_str_is(doc_get(p, "$patch"), "delete"))
            continue;
        const struct doc *merged = it.val;
        if (p)
            TRY(apply_map(a, elem, it.val, p, &merged));
        doc_push(a, list, merged);
    }
    doc_each (it, patch) {
        const struct doc *id = doc_get(it.val, key), *fresh = NULL;
        if (!id)
            return err_new(ERR_INVALID, "map: %s does not contain declared merge key: %s",
                           doc_kind_name(it.val), key);
        if (doc_str_is(doc_get(it.val, "$patch"), "delete") || by_merge_key(target, key, id, NULL))
            continue;
        TRY(strip(a, elem, it.val, &fresh));
        doc_push(a, list, fresh);
    }
    *out = list;
    return NULL;
}

static const struct doc *merge_scalars(struct arena *a, const struct doc *target, const struct doc *patch,
                                       const struct doc *deletions)
{
    struct doc *list = doc_new_list(a);
    doc_each (it, target)
        if (!holds(deletions, it.val) && !holds(list, it.val))
            doc_push(a, list, it.val);
    doc_each (it, patch)
        if (!holds(list, it.val))
            doc_push(a, list, it.val);
    return list;
}

/* Elements that the order names come in its order; the others keep their place relative to what follows them.
 */
static const struct doc *reorder(struct arena *a, const struct doc *list, const struct doc *order,
                                 const char *key)
{
    struct doc *sorted = doc_new_list(a);
    size_t next = 0; /* of the order */
    bool by_key = *key != 0;
    doc_each (it, list) {
        const struct doc *id = by_key ? doc_get(it.val, key) : it.val;
        bool ordered = false;
        doc_each (o, order)
            ordered |= doc_equal(by_key ? doc_get(o.val, key) : o.val, id);
        if (!ordered) {
            doc_push(a, sorted, it.val);
            continue;
        }
        /* This place is for the next ordered element that the list has. */
        while (next < doc_len(order)) {
            const struct doc *o = doc_at(order, next++), *found = NULL;
            const struct doc *want = by_key ? doc_get(o, key) : o;
            if (by_key)
                found = by_merge_key(list, key, want, NULL);
            else if (holds(list, o))
                found = o;
            if (found) {
                doc_push(a, sorted, found);
                break;
            }
        }
    }
    return sorted;
}

static const struct doc *beside(const struct doc *patch, const char *prefix, struct span field)
{
    CLEANUP(mem_freep) char *key = mem_printf("%s%.*s", prefix, (int)field.len, field.at);
    return doc_get(patch, key);
}

static struct err *apply_list(struct arena *a, struct schema_at at, const struct doc *target,
                              const struct doc *patch, const struct doc *deletions, const struct doc **out)
{
    const char *key = schema_merge_key(at);
    if (!key || replaces_list(patch))
        return replace_list(a, at, patch, out);
    if (*key)
        return merge_maps_list(a, at, target, patch, out);
    *out = merge_scalars(a, target, patch, deletions);
    return NULL;
}

/* A map that a patch replaces as a whole (a PodDisruptionBudget's selector). */
static bool is_replaced(struct schema_at at)
{
    const struct schema_type *t = schema_type(at);
    return t && t->patch & SCHEMA_PATCH_REPLACE;
}

static struct err *apply_field(struct arena *a, struct schema_at at, const struct doc *target,
                               const struct doc *patch, struct span field, const struct doc **out)
{
    const struct doc *value = doc_get_span(patch, field);
    const struct doc *deletions = beside(patch, DELETE_PRIMITIVES, field),
                     *order = beside(patch, ELEMENT_ORDER, field);
    struct schema_at child = schema_child(at, field);
    *out = target;
    if (doc_is(value, DOC_MAP) && doc_is(target, DOC_MAP) && !is_replaced(child))
        return apply_map(a, child, target, value, out);
    if (doc_is(value, DOC_LIST) || (!value && (deletions || order))) {
        if (doc_is(target, DOC_LIST) || doc_is(value, DOC_LIST))
            TRY(apply_list(a, child, target, value, deletions, out));
        const char *key = schema_merge_key(child);
        if (order && key && doc_is(*out, DOC_LIST))
            *out = reorder(a, *out, order, key);
        return NULL;
    }
    return value ? strip(a, child, value, out) : NULL;
}

static struct doc *retain_keys(struct arena *a, const struct doc *map, const struct doc *keys)
{
    struct doc *kept = doc_new_map(a);
    doc_each (k, keys) {
        const struct doc *value = doc_get_span(map, doc_span(k.val));
        if (value)
            doc_set_span(a, kept, doc_span(k.val), value);
    }
    return kept;
}

static struct err *apply_map(struct arena *a, struct schema_at at, const struct doc *target,
                             const struct doc *patch, const struct doc **out)
{
    const char *directive = doc_str(doc_get(patch, "$patch"), "");
    struct doc *map = target && !streq(directive, "replace") ? doc_shallow(a, target) : doc_new_map(a);
    *out = map;
    if (streq(directive, "delete")) {
        *out = doc_new_map(a);
        return NULL;
    }
    if (*directive && !streq(directive, "replace") && !streq(directive, "merge"))
        return err_new(ERR_INVALID, "unknown patch directive '%s'; known: replace, delete, merge", directive);
    if (doc_get(patch, "$retainKeys"))
        *out = map = retain_keys(a, map, doc_get(patch, "$retainKeys"));
    doc_each (it, patch) {
        struct span field = it.key;
        if (is_directive(field)) {
            /* A list may be told of by its directives alone. */
            const char *slash = memchr(field.at, '/', field.len);
            if (!slash)
                continue;
            field = (struct span){slash + 1, field.len - (size_t)(slash + 1 - field.at)};
            if (doc_get_span(patch, field) || !doc_get_span(map, field))
                continue;
        } else if (doc_is(it.val, DOC_NULL)) {
            doc_del(a, map, field.at);
            continue;
        }
        const struct doc *value = NULL;
        TRYF(apply_field(a, at, doc_get_span(map, field), patch, field, &value), "%.*s", (int)field.len,
             field.at);
        if (value)
            doc_set_span(a, map, field, value);
    }
    return NULL;
}

struct err *schema_strategic_apply(struct arena *a, struct schema_at at, const struct doc *target,
                                   const struct doc *patch, const struct doc **out)
{
    if (!doc_is(patch, DOC_MAP))
        return err_new(ERR_INVALID, "a strategic merge patch must be an object, not %s",
                       doc_kind_name(patch));
    return apply_map(a, at, target, patch, out);
}

/* --- making
 * ------------------------------------------------------------------------------------------------------------
 */

struct making {
    struct arena *a;
    bool deletions, changes; /* which halves of a difference are wanted */
};

static struct err *diff_map(const struct making *m, struct schema_at at, const struct doc *from,
                            const struct doc *to, struct doc *patch);

static struct doc *id_only(struct arena *a, const char *key, const struct doc *element)
{
    struct doc *id = doc_new_map(a);
    doc_set(a, id, key, doc_get(element, key));
    return id;
}

static void set_order(const struct making *m, struct doc *patch, struct span field, const struct doc *to,
                      const char *key)
{
    struct doc *order = doc_new_list(m->a);
    doc_each (it, to)
        doc_push(m->a, order, *key ? id_only(m->a, key, it.val) : it.val);
    doc_set(m->a, patch, arena_printf(m->a, ELEMENT_ORDER "%.*s", (int)field.len, field.at), order);
}

static struct err *diff_keyed_list(const struct making *m, struct schema_at at, const struct doc *from,
                                   const struct doc *to, struct doc *list)
{
    const char *key = schema_merge_key(at);
    doc_each (it, to) {
        const struct doc *id = doc_get(it.val, key);
        if (!id)
            return err_new(ERR_INVALID, "an element lacks its merge key '%s'", key);
        const struct doc *old = by_merge_key(from, key, id, NULL);
        if (!old) {
            if (m->changes)
                doc_push(m->a, list, it.val);
            continue;
        }
        struct doc *inner = doc_new_map(m->a);
        TRY(diff_map(m, schema_elem(at), old, it.val, inner));
        if (doc_len(inner)) {
            doc_set(m->a, inner, key, id);
            doc_push(m->a, list, inner);
        }
    }
    doc_each (it, from) {
        const struct doc *id = doc_get(it.val, key);
        if (!m->deletions || !id || by_merge_key(to, key, id, NULL))
            continue;
        struct doc *gone = id_only(m->a, key, it.val);
        doc_set_str(m->a, gone, "$patch", "delete");
        doc_push(m->a, list, gone);
    }
    return NULL;
}

static struct err *diff_list(const struct making *m, struct schema_at at, struct span field,
                             const struct doc *from, const struct doc *to, struct doc *patch)
{
    const char *key = schema_merge_key(at);
    if (!key) {
        if (m->changes && !schema_equal(at, from, to))
            doc_set_span(m->a, patch, field, to);
        return NULL;
    }
    struct doc *list = doc_new_list(m->a), *gone = doc_new_list(m->a);
    if (*key) {
        TRYF(diff_keyed_list(m, at, from, to, list), "%.*s", (int)field.len, field.at);
    } else {
        doc_each (it, to)
            if (m->changes && !holds(from, it.val))
                doc_push(m->a, list, it.val);
        doc_each (it, from)
            if (m->deletions && !holds(to, it.val))
                doc_push(m->a, gone, it.val);
    }
    if (doc_len(list))
        doc_set_span(m->a, patch, field, list);
    if (doc_len(gone))
        doc_set(m->a, patch, arena_printf(m->a, DELETE_PRIMITIVES "%.*s", (int)field.len, field.at), gone);
    bool order_differs = m->changes && !doc_len(list) && !doc_len(gone) && doc_len(from) == doc_len(to) &&
                         !*key && !doc_equal(from, to);
    if (doc_len(list) || doc_len(gone) || order_differs)
        set_order(m, patch, field, to, key);
    return NULL;
}

static struct err *diff_field(const struct making *m, struct schema_at at, struct span field,
                              const struct doc *from, const struct doc *to, struct doc *patch)
{
    struct schema_at child = schema_child(at, field);
    if (is_replaced(child) && doc_is(from, DOC_MAP) && doc_is(to, DOC_MAP)) {
        if (m->changes) /* kubectl sends such a map always, equal or not */
            doc_set_span(m->a, patch, field, to);
        return NULL;
    }
    if (doc_is(from, DOC_MAP) && doc_is(to, DOC_MAP)) {
        struct doc *inner = doc_new_map(m->a);
        TRY(diff_map(m, child, from, to, inner));
        if (doc_len(inner))
            doc_set_span(m->a, patch, field, inner);
        return NULL;
    }
    if (doc_is(from, DOC_LIST) && doc_is(to, DOC_LIST))
        return diff_list(m, child, field, from, to, patch);
    if (m->changes && !schema_equal(child, from, to))
        doc_set_span(m->a, patch, field, to);
    return NULL;
}

/* retainKeys: the server drops every key of the map that the new value lacks (a Deployment's strategy). */
static void add_retain_keys(const struct making *m, struct schema_at at, const struct doc *to,
                            struct doc *patch)
{
    const struct schema_type *t = schema_type(at);
    if (!t || !(t->patch & SCHEMA_PATCH_RETAIN_KEYS) || !m->changes || !doc_len(patch))
        return;
    struct doc *keys = doc_new_list(m->a);
    doc_each (it, to)
        doc_push(m->a, keys, doc_new_str_n(m->a, it.key.at, it.key.len));
    doc_set(m->a, patch, "$retainKeys", keys);
}

static struct err *diff_map(const struct making *m, struct schema_at at, const struct doc *from,
                            const struct doc *to, struct doc *patch)
{
    doc_each (it, to) {
        const struct doc *old = doc_get_span(from, it.key);
        if (old)
            TRY(diff_field(m, at, it.key, old, it.val, patch));
        else if (m->changes && !doc_is(it.val, DOC_NULL))
            doc_set_span(m->a, patch, it.key, it.val);
    }
    doc_each (it, from)
        if (m->deletions && !doc_get_span(to, it.key))
            doc_set_span(m->a, patch, it.key, doc_new_null(m->a));
    add_retain_keys(m, at, to, patch);
    return NULL;
}

struct err *schema_strategic_diff(struct arena *a, struct schema_at at, const struct doc *from,
                                  const struct doc *to, const struct doc **patch)
{
    struct making m = {a, true, true};
    struct doc *p = doc_new_map(a);
    TRY(diff_map(&m, at, from, to, p));
    *patch = p;
    return NULL;
}

/* Joins the patch of deletions into that of changes: maps by key, keyed lists by appending; directives of the
 * changes stay. */
static const struct doc *join(struct arena *a, struct schema_at at, const struct doc *changes,
                              const struct doc *deletions)
{
    struct doc *out = doc_shallow(a, changes);
    doc_each (it, deletions) {
        const struct doc *have = doc_get_span(out, it.key);
        struct schema_at child = schema_child(at, it.key);
        if (!have) {
            doc_set_span(a, out, it.key, it.val);
        } else if (doc_is(have, DOC_MAP) && doc_is(it.val, DOC_MAP)) {
            doc_set_span(a, out, it.key, join(a, child, have, it.val));
        } else if (doc_is(have, DOC_LIST) && doc_is(it.val, DOC_LIST) && !is_directive(it.key)) {
            const char *key = schema_merge_key(child);
            struct doc *list = doc_new_list(a);
            doc_each (e, have) {
                const struct doc *d =
                    key && *key ? by_merge_key(it.val, key, doc_get(e.val, key), NULL) : NULL;
                doc_push(a, list, d ? join(a, schema_elem(child), e.val, d) : e.val);
            }
            doc_each (e, it.val)
                if (!key || !*key || !by_merge_key(have, key, doc_get(e.val, key), NULL))
                    doc_push(a, list, e.val);
            doc_set_span(a, out, it.key, list);
        }
    }
    return out;
}

struct err *schema_strategic_three_way(struct arena *a, struct schema_at at, const struct doc *original,
                                       const struct doc *modified, const struct doc *current,
                                       const struct doc **patch)
{
    struct making changing = {a, false, true}, deleting = {a, true, false};
    struct doc *changes = doc_new_map(a), *deletions = doc_new_map(a);
    TRY(diff_map(&changing, at, current, modified, changes));
    if (original)
        TRY(diff_map(&deleting, at, original, modified, deletions));
    *patch = join(a, at, changes, deletions);
    return NULL;
}
