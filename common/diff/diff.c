/* diff/diff - the comparisons themselves (engine.md §2.4, 2.6).
 *
 * Client side: predicted = live after the patch that kubectl apply would send. Built-in kinds merge by their schema and get the
 * server's defaults on both sides; of other kinds lists are atomic and server-side additions to maps are not seen. */
#include "diff/diff.h"

#include "doc/json.h"
#include "doc/patch.h"

static const struct doc *drop_empty_annotations(struct arena *a, const struct doc *obj)
{
    const struct doc *annotations = doc_path(obj, "metadata", "annotations");
    if (annotations && !doc_len(annotations))
        obj = doc_without(a, obj, "metadata", "annotations");
    return doc_path(obj, "metadata", "namespace") ? doc_without(a, obj, "metadata", "namespace") : obj;
}

/* Only the map keys that `shape` has, all the way down; lists and scalars stay. */
static const struct doc *restricted(struct arena *a, const struct doc *d, const struct doc *shape)
{
    if (!doc_is(d, DOC_MAP) || !doc_is(shape, DOC_MAP))
        return d;
    struct doc *out = doc_new_map(a);
    doc_each(it, d) {
        const struct doc *inner = doc_get_span(shape, it.key);
        if (inner)
            doc_set_span(a, out, it.key, restricted(a, it.val, inner));
    }
    return out;
}

/* A StatefulSet's claim templates get fields from the server that no manifest has: only those of `orig` are compared. */
static const struct doc *restrict_claims(struct arena *a, const struct doc *live, const struct doc *orig)
{
    const struct doc *claims = doc_path(live, "spec", "volumeClaimTemplates");
    const struct doc *shapes = doc_path(orig, "spec", "volumeClaimTemplates");
    if (!api_is(live, "apps", "StatefulSet") || doc_len(claims) != doc_len(shapes) || !doc_len(claims))
        return live;
    struct doc *list = doc_new_list(a);
    doc_each(it, claims)
        doc_push(a, list, restricted(a, it.val, doc_at(shapes, it.index)));
    return doc_with(a, live, list, "spec", "volumeClaimTemplates");
}

static struct err *predict_builtin(struct arena *a, struct schema_at at, const struct doc *orig,
                                   const struct doc *target, struct diff_result *r)
{
    const struct doc *live = restrict_claims(a, r->live, orig), *patch = NULL, *merged = NULL;
    TRY(schema_strategic_three_way(a, at, orig, target, live, &patch));
    TRY(schema_strategic_apply(a, at, live, patch, &merged));
    r->predicted = schema_default(a, at, merged);
    r->live = schema_default(a, at, live);
    return NULL;
}

static void predict_custom(struct arena *a, const struct doc *orig, const struct doc *target, struct diff_result *r)
{
    const struct doc *seen = restricted(a, r->live, orig);
    const struct doc *patch = patch_merge_three_way(a, orig, target, seen);
    r->predicted = patch_merge(a, r->live, patch);
}

struct err *diff_three_way(struct arena *a, const struct diff_rules *rules, const struct doc *target,
                           const struct doc *live, struct diff_result *out)
{
    *out = (struct diff_result){
        .predicted = target ? diff_normalize(a, rules, target) : NULL,
        .live = live ? diff_normalize(a, rules, live) : NULL,
        .modified = target && !live,
    };
    if (!target || !live)
        return NULL;
    const struct doc *applied = api_last_applied(a, live);
    const struct doc *modified = drop_empty_annotations(a, out->predicted);
    const struct doc *orig = applied ? drop_empty_annotations(a, diff_normalize(a, rules, applied)) : modified;
    struct schema_at at = schema_of(target);
    if (at.schema)
        TRYF(predict_builtin(a, at, orig, modified, out), "comparing %s '%s'", api_kind(target), api_name(target));
    else
        predict_custom(a, orig, modified, out);
    out->modified = !schema_equal(at, out->predicted, out->live);
    return NULL;
}

/* --- server side --- */

static const char *const server_fields[] = {"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid"};

static const struct doc *without_server_fields(struct arena *a, const struct doc *obj)
{
    for (size_t i = 0; i < ARRAY_LEN(server_fields); i++)
        if (doc_path(obj, "metadata", server_fields[i]))
            obj = doc_without(a, obj, "metadata", server_fields[i]);
    if (api_annotation(obj, API_ANNOTATION_LAST_APPLIED))
        obj = api_with_annotation(a, obj, API_ANNOTATION_LAST_APPLIED, NULL);
    return drop_empty_annotations(a, obj);
}

/* The fields of our manager in an object's managedFields; NULL when it has none. */
static const struct doc *owned_fields(const struct doc *obj)
{
    doc_each(it, doc_path(obj, "metadata", "managedFields"))
        if (doc_str_is(doc_get(it.val, "manager"), DIFF_MANAGER) && doc_str_is(doc_get(it.val, "operation"), "Apply"))
            return doc_get(it.val, "fieldsV1");
    return NULL;
}

/* The element that a FieldsV1 key names: k:{"name":"web"}, v:"x" or i:0. */
static const struct doc *element_of(struct arena *a, const struct doc *list, struct span key)
{
    struct doc *id = NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, (struct span){key.at + 2, key.len - 2}, NULL, &id);
    if (e)
        return NULL;
    if (starts_with(key.at, "i:"))
        return doc_at(list, (size_t)doc_int(id, INT64_MAX));
    doc_each(it, list) {
        bool same = starts_with(key.at, "v:") ? doc_equal(it.val, id) : true;
        if (starts_with(key.at, "k:"))
            doc_each(k, id)
                same &= doc_equal(doc_get_span(it.val, k.key), k.val);
        if (same)
            return it.val;
    }
    return NULL;
}

static bool identifies(const struct doc *element, struct arena *a, struct span key)
{
    struct doc *one = doc_new_list(a);
    doc_push(a, one, element);
    return element_of(a, one, key) != NULL;
}

/* `live` with what `fields` names taken from `answer`: the effect of the apply alone, without what webhooks changed besides. */
static const struct doc *merge_owned(struct arena *a, const struct doc *live, const struct doc *answer,
                                     const struct doc *fields);

static const struct doc *merge_owned_list(struct arena *a, const struct doc *live, const struct doc *answer,
                                          const struct doc *fields)
{
    struct doc *out = doc_new_list(a);
    doc_each(it, answer) {
        const struct doc *inner = NULL, *old = NULL;
        doc_each(f, fields)
            if (f.key.len > 2 && !starts_with(f.key.at, "f:") && identifies(it.val, a, f.key)) {
                inner = f.val;
                old = element_of(a, live, f.key);
            }
        if (inner && doc_is(it.val, DOC_MAP) && old)
            doc_push(a, out, merge_owned(a, old, it.val, inner));
        else if (inner)
            doc_push(a, out, it.val);
        else
            doc_each(l, live)
                if (doc_equal(l.val, it.val)) {
                    doc_push(a, out, l.val);
                    break;
                }
    }
    return out;
}

static const struct doc *merge_owned(struct arena *a, const struct doc *live, const struct doc *answer,
                                     const struct doc *fields)
{
    if (doc_is(answer, DOC_LIST))
        return merge_owned_list(a, live, answer, fields);
    struct doc *out = doc_is(live, DOC_MAP) ? doc_shallow(a, live) : doc_new_map(a);
    doc_each(it, fields) {
        if (!starts_with(it.key.at, "f:"))
            continue;
        struct span key = {it.key.at + 2, it.key.len - 2};
        const struct doc *value = doc_get_span(answer, key), *old = doc_get_span(live, key);
        if (!value)
            continue;
        bool deeper = doc_len(it.val) && old && doc_kind(old) == doc_kind(value);
        doc_set_span(a, out, key, deeper ? merge_owned(a, old, value, it.val) : value);
    }
    /* What the apply removed is gone from the answer. */
    doc_each(it, live)
        if (!doc_get_span(answer, it.key))
            doc_del_span(a, out, it.key);
    return out;
}

struct err *diff_server_side(struct arena *a, const struct diff_rules *rules, const struct doc *answer,
                             const struct doc *live, bool with_webhooks, struct diff_result *out)
{
    const struct doc *fields = owned_fields(answer);
    const struct doc *predicted = with_webhooks || !fields ? answer : merge_owned(a, live, answer, fields);
    out->predicted = diff_normalize(a, rules, without_server_fields(a, predicted));
    out->live = diff_normalize(a, rules, without_server_fields(a, live));
    out->modified = !schema_equal(schema_of(live), out->predicted, out->live);
    return NULL;
}
