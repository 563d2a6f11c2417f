/* render/kustomize/order - kinds by rank, then ids by text.
 *
 * The texts that are compared are made once a resource, not once a comparison. */
#include "render/kustomize/order.h"

#include <stdlib.h>

static const char *const first_kinds[] = {
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
};
static const char *const last_kinds[] = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"};

/* Negative for those that come first, positive for those that come last. */
static int rank_of(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(first_kinds); i++)
        if (streq(kind, first_kinds[i]))
            return (int)i - (int)ARRAY_LEN(first_kinds);
    for (size_t i = 0; i < ARRAY_LEN(last_kinds); i++)
        if (streq(kind, last_kinds[i]))
            return 1 + (int)i;
    return 0;
}

static int rank_in(const struct doc *options, const char *kind)
{
    const struct doc *first = doc_get(options, "orderFirst"), *last = doc_get(options, "orderLast");
    int rank = 0;
    doc_each (it, first)
        if (doc_str_is(it.val, kind))
            rank = (int)it.index - (int)doc_len(first);
    doc_each (it, last)
        if (doc_str_is(it.val, kind))
            rank = 1 + (int)it.index;
    return rank;
}

struct ranked {
    struct kustomize_resource *r;
    int rank;
    const char *gvk, *id;
};

static const char *or_word(const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

static struct ranked ranked_of(struct arena *a, struct kustomize_resource *r, const struct doc *options)
{
    const struct kustomize_id *id = &r->id;
    return (struct ranked){
        .r = r,
        .rank = options ? rank_in(options, id->gvk.kind) : rank_of(id->gvk.kind),
        .gvk = arena_printf(a, "%s_%s_%s", or_word(id->gvk.group, "~G"), or_word(id->gvk.version, "~V"),
                            or_word(id->gvk.kind, "~K")),
        .id = arena_printf(a, "%s|%s|%s", kustomize_gvk_text(a, &id->gvk), or_word(id->namespace, "~X"),
                           or_word(id->name, "~N")),
    };
}

static int compare(const void *x, const void *y)
{
    const struct ranked *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int by = strcmp(a->gvk, b->gvk);
    /* Of two kinds called Namespace the core group's comes first. */
    if (by && streq(a->r->id.gvk.kind, "Namespace") && streq(b->r->id.gvk.kind, "Namespace") &&
        (!*a->r->id.gvk.group || !*b->r->id.gvk.group))
        return -by;
    by = by ? by : strcmp(a->id, b->id);
    return by ? by : (a->r->place > b->r->place) - (a->r->place < b->r->place);
}

struct kustomize_resource **kustomize_order_legacy(struct arena *a, const struct kustomize_set *set,
                                                   const struct doc *options)
{
    struct ranked *ranked = NEW_N(a, struct ranked, set->len + 1);
    struct kustomize_resource **out = NEW_N(a, struct kustomize_resource *, set->len + 1);
    for (size_t i = 0; i < set->len; i++)
        ranked[i] = ranked_of(a, set->at[i], options);
    if (set->len)
        qsort(ranked, set->len, sizeof(*ranked), compare);
    for (size_t i = 0; i < set->len; i++)
        out[i] = ranked[i].r;
    return out;
}

struct err *kustomize_order_check(const struct doc *sort_options)
{
    const char *order = doc_str(doc_get(sort_options, "order"), "");
    if (!sort_options)
        return NULL;
    if (!streq(order, "fifo") && !streq(order, "legacy"))
        return err_new(ERR_INVALID, "the field 'sortOptions.order' must be one of [fifo, legacy]");
    if (streq(order, "fifo") && doc_get(sort_options, "legacySortOptions"))
        return err_new(ERR_INVALID,
                       "the field 'sortOptions.legacySortOptions' is set but the selected sort order is "
                       "'fifo', not 'legacy'");
    return NULL;
}
