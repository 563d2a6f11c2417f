/* doc/merge - JSON merge patches: applied, found as the difference of two documents, and Kubernetes'
 * three-way form. */
#include "doc/node.h"
#include "doc/patch.h"

/* A patch's value without the nulls that mean removal, for a place where nothing is to be removed. */
static const struct doc *without_nulls(struct arena *a, const struct doc *d)
{
    if (!doc_is(d, DOC_MAP))
        return d;
    struct doc *clean = doc_new_map(a);
    doc_each (it, d) {
        if (!doc_is(it.val, DOC_NULL))
            doc_set_span(a, clean, it.key, without_nulls(a, it.val));
    }
    clean->line = d->line;
    return clean;
}

const struct doc *patch_merge(struct arena *a, const struct doc *d, const struct doc *patch)
{
    if (!doc_is(patch, DOC_MAP))
        return patch;
    if (!doc_is(d, DOC_MAP))
        return without_nulls(a, patch);
    struct doc *merged = doc_shallow(a, d);
    doc_each (it, patch) {
        const struct doc *old = doc_get_span(merged, it.key);
        if (doc_is(it.val, DOC_NULL))
            doc_del_span(a, merged, it.key);
        else
            doc_set_span(a, merged, it.key, patch_merge(a, old, it.val));
    }
    return merged;
}

struct doc *patch_merge_create(struct arena *a, const struct doc *from, const struct doc *to)
{
    struct doc *patch = doc_new_map(a);
    doc_each (it, to) {
        const struct doc *old = doc_get_span(from, it.key);
        if (!doc_is(old, DOC_MAP) || !doc_is(it.val, DOC_MAP)) {
            if (!doc_equal(old, it.val))
                doc_set_span(a, patch, it.key, it.val);
            continue;
        }
        const struct doc *inner = patch_merge_create(a, old, it.val);
        if (doc_len(inner))
            doc_set_span(a, patch, it.key, inner);
    }
    doc_each (it, from) {
        if (!doc_get_span(to, it.key))
            doc_set_span(a, patch, it.key, &(struct doc){.kind = DOC_NULL});
    }
    return patch;
}

/* The part of a patch that only removes, or only adds and changes; maps that become empty are dropped. */
static struct doc *half(struct arena *a, const struct doc *patch, bool removals)
{
    struct doc *kept = doc_new_map(a);
    doc_each (it, patch) {
        if (doc_is(it.val, DOC_MAP) && doc_len(it.val)) {
            const struct doc *inner = half(a, it.val, removals);
            if (doc_len(inner))
                doc_set_span(a, kept, it.key, inner);
        } else if (doc_is(it.val, DOC_NULL) == removals) {
            doc_set_span(a, kept, it.key, it.val);
        }
    }
    return kept;
}

/* One patch of two. They cannot contradict each other: a removal names what `modified` lacks, a change what
 * it has. */
static struct doc *join(struct arena *a, const struct doc *x, const struct doc *y)
{
    struct doc *both = doc_shallow(a, x);
    doc_each (it, y) {
        const struct doc *old = doc_get_span(both, it.key);
        bool maps = doc_is(old, DOC_MAP) && doc_is(it.val, DOC_MAP);
        doc_set_span(a, both, it.key, maps ? join(a, old, it.val) : it.val);
    }
    return both;
}

struct doc *patch_merge_three_way(struct arena *a, const struct doc *original, const struct doc *modified,
                                  const struct doc *current)
{
    struct doc *changes = half(a, patch_merge_create(a, current, modified), false);
    struct doc *removals = half(a, patch_merge_create(a, original, modified), true);
    return join(a, removals, changes);
}
