/* diff/paths - what jq's del(PATHS) does, in our own tree, where numbers keep their digits.
 *
 * All paths mean the object as it is before the first deletion: they are first made plain (negative indices
 * counted from the front, slices spread out), then deleted from the last to the first, so that no deletion
 * moves what a later one means. */
#include "diff/diff.h"

#include "base/vec.h"

#include <stdlib.h>

enum { PLAIN_MAX = 5000, STEPS_MAX = 1000 };

/* A key, or an index where key.at is NULL. */
struct step {
    struct span key;
    size_t index;
};

struct path {
    struct step *at;
    size_t len;
};

struct plain {
    struct arena *a;
    VEC(struct path) paths;
    struct step steps[STEPS_MAX];
};

static int step_cmp(const struct step *x, const struct step *y)
{
    if (!x->key.at || !y->key.at) /* an index stands before a key */
        return x->key.at ? 1 : y->key.at ? -1 : (x->index > y->index) - (x->index < y->index);
    int order = memcmp(x->key.at, y->key.at, MIN(x->key.len, y->key.len));
    return order ? order : (x->key.len > y->key.len) - (x->key.len < y->key.len);
}

static int path_cmp(const struct path *x, const struct path *y)
{
    for (size_t i = 0; i < MIN(x->len, y->len); i++) {
        int order = step_cmp(&x->at[i], &y->at[i]);
        if (order)
            return order;
    }
    return (x->len > y->len) - (x->len < y->len);
}

static int last_first(const void *x, const void *y)
{
    return path_cmp(y, x);
}

/* A bound of a slice, or `dflt` for null; within 0..len. */
static size_t bound(const struct doc *d, size_t len, size_t dflt)
{
    if (!doc_is(d, DOC_INT) && !doc_is(d, DOC_FLOAT))
        return dflt;
    double at = doc_float(d, 0);
    if (at < 0)
        at += (double)len;
    return at <= 0 ? 0 : at >= (double)len ? len : (size_t)at;
}

static void keep(struct plain *p, size_t n)
{
    struct path path = {NEW_N(p->a, struct step, n), n};
    memcpy(path.at, p->steps, n * sizeof(*path.at));
    if (p->paths.len < PLAIN_MAX)
        vec_push(&p->paths, path);
}

static void walk(struct plain *p, const struct doc *d, const struct doc *path, size_t i, size_t n);

/* A slice of a list: each element where the path ends with it, else the one that the index behind it means.
 */
static void walk_slice(struct plain *p, const struct doc *list, const struct doc *path, size_t i, size_t n)
{
    const struct doc *slice = doc_at(path, i), *next = doc_at(path, i + 1);
    size_t len = doc_len(list), from = bound(doc_get(slice, "start"), len, 0),
           to = bound(doc_get(slice, "end"), len, len);
    for (size_t k = from; k < to && !next; k++) {
        p->steps[n] = (struct step){.index = k};
        keep(p, n + 1);
    }
    int64_t inner = doc_int(next, INT64_MAX);
    if (next && inner < 0 && to > from)
        inner += (int64_t)(to - from);
    if (!next || inner < 0 || from >= to || (uint64_t)inner >= to - from)
        return;
    p->steps[n] = (struct step){.index = from + (size_t)inner};
    walk(p, doc_at(list, p->steps[n].index), path, i + 2, n + 1);
}

/* From step i of the path on, at the value `d`, with n plain steps so far: keeps what it comes to where that
 * exists. */
static void walk(struct plain *p, const struct doc *d, const struct doc *path, size_t i, size_t n)
{
    const struct doc *step = doc_at(path, i);
    if (!d)
        return;
    if (!step) {
        keep(p, n);
    } else if (doc_is(d, DOC_MAP) && doc_is(step, DOC_STR)) {
        p->steps[n] = (struct step){.key = doc_span(step)};
        walk(p, doc_get_span(d, p->steps[n].key), path, i + 1, n + 1);
    } else if (doc_is(d, DOC_LIST) && doc_is(step, DOC_MAP)) {
        walk_slice(p, d, path, i, n);
    } else if (doc_is(d, DOC_LIST)) {
        int64_t index = doc_int(step, INT64_MAX), len = (int64_t)doc_len(d);
        if (index < 0)
            index += len;
        if (index < 0 || index >= len)
            return;
        p->steps[n] = (struct step){.index = (size_t)index};
        walk(p, doc_at(d, (size_t)index), path, i + 1, n + 1);
    }
}

/* In place: `root` is an own copy. */
static void drop(struct arena *a, struct doc *root, const struct path *path)
{
    struct doc *d = root;
    for (size_t i = 0; i + 1 < path->len && d; i++)
        d = path->at[i].key.at ? doc_own_get(a, d, path->at[i].key) : doc_own_at(a, d, path->at[i].index);
    const struct step *last = &path->at[path->len - 1];
    if (d && last->key.at)
        doc_del_span(a, d, last->key);
    else if (d)
        doc_remove(a, d, last->index);
}

const struct doc *diff_drop_paths(struct arena *a, const struct doc *obj, const struct doc *paths)
{
    if (!doc_len(paths))
        return obj;
    struct plain *p = NEW(a, struct plain);
    p->a = a;
    doc_each (it, paths)
        if (doc_is(it.val, DOC_LIST) && doc_len(it.val) && doc_len(it.val) < STEPS_MAX)
            walk(p, obj, it.val, 0, 0);
    if (!p->paths.len)
        return obj;
    struct doc *out = doc_deep(a, obj);
    qsort(p->paths.at, p->paths.len, sizeof(p->paths.at[0]), last_first);
    for (size_t i = 0; i < p->paths.len; i++)
        if (!i || path_cmp(&p->paths.at[i], &p->paths.at[i - 1]) != 0)
            drop(a, out, &p->paths.at[i]);
    vec_release(&p->paths);
    return out;
}
