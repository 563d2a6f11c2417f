/* diff/normalize - what both sides of a comparison go through (engine.md §2.2). */
#include "diff/diff.h"

#include "crypto/text.h"
#include "doc/patch.h"
#include "doc/pointer.h"
#include "text/glob.h"

/* The object after one operation of JSON patch; itself where that does not apply (a path that is not there). */
static const struct doc *edited(struct arena *a, const struct doc *obj, const char *op, const char *pointer,
                                const struct doc *value)
{
    struct doc *ops = doc_new_list(a), *one = doc_push(a, ops, doc_new_map(a));
    doc_set_str(a, one, "op", op);
    doc_set_str(a, one, "path", pointer);
    if (value)
        doc_set(a, one, "value", value);
    const struct doc *out = NULL;
    CLEANUP(err_freep) struct err *e = patch_json(a, obj, ops, &out);
    return e ? obj : out;
}

bool diff_rule_matches(const struct doc *rule, const struct doc *obj)
{
    struct span group = api_gv_of(obj).group;
    CLEANUP(mem_freep) char *group_text = mem_strndup(group.at, group.len);
    const char *name = doc_str(doc_get(rule, "name"), ""), *ns = doc_str(doc_get(rule, "namespace"), "");
    return glob_matches(doc_str(doc_get(rule, "group"), ""), group_text, "") &&
           glob_matches(doc_str(doc_get(rule, "kind"), ""), api_kind(obj), "") &&
           (!*name || streq(name, api_name(obj))) && (!*ns || streq(ns, api_namespace(obj)));
}

static const struct doc *ignore_by_jq(struct arena *a, const struct diff_rules *rules, const struct doc *rule,
                                      const struct doc *obj)
{
    doc_each(it, doc_get(rule, "jqPathExpressions"))
        if (rules->jq)
            obj = diff_drop_paths(a, obj, rules->jq(rules->jq_arg, doc_str(it.val, ""), obj, a));
    return obj;
}

static const struct doc *ignore_by(struct arena *a, const struct diff_rules *rules, const struct doc *list,
                                   const struct doc *obj)
{
    doc_each(rule, list) {
        if (!diff_rule_matches(rule.val, obj))
            continue;
        doc_each(pointer, doc_get(rule.val, "jsonPointers"))
            obj = edited(a, obj, "remove", doc_str(pointer.val, ""), NULL);
        obj = ignore_by_jq(a, rules, rule.val, obj);
    }
    return obj;
}

const struct doc *diff_ignore(struct arena *a, const struct diff_rules *rules, const struct doc *obj)
{
    if (!rules->keep_status && doc_get(obj, "status"))
        obj = doc_without(a, obj, "status");
    return ignore_by(a, rules, rules->ignore_all, ignore_by(a, rules, rules->ignore, obj));
}

bool diff_asks_jq(const struct diff_rules *rules, const struct doc *obj)
{
    const struct doc *const lists[] = {rules->ignore, rules->ignore_all};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each(rule, lists[i])
            if (doc_len(doc_get(rule.val, "jqPathExpressions")) && diff_rule_matches(rule.val, obj))
                return true;
    return false;
}

/* stringData joins data in base64 and wins; null values are empty texts. */
static const struct doc *normalize_secret(struct arena *a, const struct doc *obj)
{
    const struct doc *text = doc_get(obj, "stringData"), *data = doc_get(obj, "data");
    if (!text && !data)
        return obj;
    struct doc *merged = doc_new_map(a);
    doc_each(it, data)
        doc_set_span(a, merged, it.key, doc_is(it.val, DOC_NULL) ? doc_new_str(a, "") : it.val);
    doc_each(it, text) {
        struct span value = doc_span(it.val);
        const struct doc *encoded = it.val;
        if (value.at)
            encoded = doc_new_str(a, crypto_base64_encode(a, CRYPTO_BASE64_STD, value).at);
        doc_set_span(a, merged, it.key, encoded);
    }
    return doc_with(a, doc_without(a, obj, "stringData"), merged, "data");
}

static const struct doc *normalize_role(struct arena *a, const struct diff_rules *rules, const struct doc *obj)
{
    bool aggregated = rules->ignore_aggregated_roles && doc_get(obj, "aggregationRule");
    if (aggregated || doc_len(doc_get(obj, "rules")) == 0)
        return doc_with(a, obj, doc_new_null(a), "rules");
    return obj;
}

const struct doc *diff_normalize(struct arena *a, const struct diff_rules *rules, const struct doc *obj)
{
    static const char *const bookkeeping[] = {"creationTimestamp", "managedFields"};
    for (size_t i = 0; i < ARRAY_LEN(bookkeeping); i++)
        if (doc_path(obj, "metadata", bookkeeping[i]))
            obj = doc_without(a, obj, "metadata", bookkeeping[i]);
    if (api_is(obj, "", "Secret"))
        obj = normalize_secret(a, obj);
    obj = schema_canonical(a, schema_of(obj), obj);
    if (api_is(obj, "rbac.authorization.k8s.io", "Role") || api_is(obj, "rbac.authorization.k8s.io", "ClusterRole"))
        obj = normalize_role(a, rules, obj);
    return diff_ignore(a, rules, obj);
}

/* --- RespectIgnoreDifferences --- */

/* The target takes at each ignored pointer what is live: set, or removed where live has nothing. */
static const struct doc *respect_pointers(struct arena *a, const struct doc *rules, const struct doc *target,
                                          const struct doc *live)
{
    doc_each(rule, rules) {
        if (!diff_rule_matches(rule.val, target))
            continue;
        doc_each(it, doc_get(rule.val, "jsonPointers")) {
            const char *pointer = doc_str(it.val, "");
            if (starts_with(pointer, "/status"))
                continue;
            struct pointer parsed;
            CLEANUP(err_freep) struct err *e = pointer_parse(a, span_of(pointer), &parsed);
            const struct doc *value = e ? NULL : pointer_get(live, &parsed);
            target = edited(a, target, value ? "add" : "remove", pointer, value);
        }
    }
    return target;
}

static const struct doc *ignore_all_by_jq(struct arena *a, const struct diff_rules *rules, const struct doc *obj)
{
    const struct doc *const lists[] = {rules->ignore, rules->ignore_all};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each(rule, lists[i])
            if (diff_rule_matches(rule.val, obj))
                obj = ignore_by_jq(a, rules, rule.val, obj);
    return obj;
}

/* Lists of kinds without a schema have no keys by which their elements could be told: they are the same elements where both
 * have as many. The target's value gives way to the live one where `kept`, live without the ignored, lacks that. */
static const struct doc *take_ignored(struct arena *a, const struct doc *target, const struct doc *live, const struct doc *kept)
{
    if (doc_is(target, DOC_LIST) && doc_is(live, DOC_LIST) && doc_is(kept, DOC_LIST)) {
        if (doc_len(target) != doc_len(live) || doc_len(kept) != doc_len(live))
            return target;
        struct doc *out = doc_new_list(a);
        doc_each(it, target)
            doc_push(a, out, take_ignored(a, it.val, doc_at(live, it.index), doc_at(kept, it.index)));
        return out;
    }
    if (!doc_is(target, DOC_MAP) || !doc_is(live, DOC_MAP) || !doc_is(kept, DOC_MAP))
        return target;
    struct doc *out = doc_shallow(a, target);
    doc_each(it, live) {
        const struct doc *left = doc_get_span(kept, it.key), *wanted = doc_get_span(target, it.key);
        if (!left)
            doc_set_span(a, out, it.key, it.val);
        else if (wanted && !doc_equal(left, it.val))
            doc_set_span(a, out, it.key, take_ignored(a, wanted, it.val, left));
    }
    return out;
}

/* Both sides lose what is ignored, then the target gets what live lost. */
static const struct doc *respect_jq(struct arena *a, const struct diff_rules *rules, const struct doc *target,
                                    const struct doc *live)
{
    const struct doc *mine = ignore_all_by_jq(a, rules, target);
    live = doc_without(a, live, "status");
    const struct doc *kept = ignore_all_by_jq(a, rules, live), *patch, *out;
    struct schema_at at = schema_of(target);
    if (!at.schema)
        return take_ignored(a, mine, live, kept);
    CLEANUP(err_freep) struct err *e = schema_strategic_diff(a, at, kept, live, &patch);
    if (!e)
        e = schema_strategic_apply(a, at, mine, patch, &out);
    return e ? target : out;
}

const struct doc *diff_respect_ignored(struct arena *a, const struct diff_rules *rules, const struct doc *target,
                                       const struct doc *live)
{
    if (!live)
        return target;
    target = respect_pointers(a, rules->ignore_all, respect_pointers(a, rules->ignore, target, live), live);
    return diff_asks_jq(rules, target) ? respect_jq(a, rules, target, live) : target;
}

/* --- masking --- */

struct mask {
    struct arena *a;
    const struct doc *values[64]; /* distinct values of one key over both sides */
    size_t n;
};

static const char *replacement(struct mask *m, const struct doc *value)
{
    size_t i = 0;
    while (i < m->n && !doc_equal(m->values[i], value))
        i++;
    if (i == m->n && m->n < ARRAY_LEN(m->values))
        m->values[m->n++] = value;
    char *plus = arena_raw(m->a, 8 + i * 4 + 1);
    memset(plus, '+', 8 + i * 4);
    plus[8 + i * 4] = 0;
    return plus;
}

static const struct doc *mask_last_applied(struct arena *a, const struct doc *obj)
{
    if (!api_annotation(obj, API_ANNOTATION_LAST_APPLIED))
        return obj;
    return api_with_annotation(a, obj, API_ANNOTATION_LAST_APPLIED, "++++++++");
}

void diff_mask_secrets(struct arena *a, const struct doc **target, const struct doc **live)
{
    const struct doc **sides[] = {target, live};
    struct doc *masked[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        if (!*sides[i])
            continue;
        if (!api_is(*sides[i], "", "Secret"))
            return;
        *sides[i] = mask_last_applied(a, normalize_secret(a, *sides[i]));
        masked[i] = doc_new_map(a);
    }
    for (size_t i = 0; i < 2; i++)
        doc_each(it, doc_get(*sides[i], "data")) {
            if (doc_get_span(masked[i], it.key))
                continue;
            struct mask m = {.a = a};
            for (size_t j = 0; j < 2; j++) {
                const struct doc *value = doc_get_span(doc_get(*sides[j], "data"), it.key);
                if (value)
                    doc_set_span(a, masked[j], it.key, doc_new_str(a, replacement(&m, value)));
            }
        }
    for (size_t i = 0; i < 2; i++)
        if (masked[i] && doc_get(*sides[i], "data"))
            *sides[i] = doc_with(a, *sides[i], masked[i], "data");
}
