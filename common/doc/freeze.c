/* doc/freeze - a document in one exact-size block.
 *
 * The block holds the header, then everything that is aligned (arrays, indexes, keys outside of the process's
 * table), then all text. A first walk measures, a second one fills; both visit the same nodes, so the block
 * is full to the byte. */
#include "doc/node.h"

#include <stdatomic.h>
#include <stdlib.h>

struct frozen {
    atomic_size_t refs;
    size_t size;
    struct doc root;
};

/* The next free byte of the two parts; while measuring, counts from 0. */
struct fill {
    char *aligned, *text;
};
struct measure {
    size_t aligned, text;
};

static size_t align8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static bool has_text(const struct doc *d)
{
    return d->kind == DOC_STR || ((d->kind == DOC_INT || d->kind == DOC_FLOAT) && !(d->flags & NODE_INLINE));
}

static void measure(const struct doc *d, struct measure *m)
{
    if (has_text(d))
        m->text += (size_t)d->len + 1;
    if (d->kind == DOC_LIST) {
        m->aligned += d->len * sizeof(struct doc);
        for (size_t i = 0; i < d->len; i++)
            measure(&d->items[i], m);
    } else if (d->kind == DOC_MAP) {
        m->aligned += align8(map_bytes(d->len));
        for (size_t i = 0; i < d->len; i++) {
            if (!d->entries[i].key->interned)
                m->aligned += key_size(d->entries[i].key->len);
            measure(&d->entries[i].val, m);
        }
    }
}

static const struct key *fill_key(const struct key *k, struct fill *f)
{
    if (k->interned)
        return k;
    struct key *copy = (struct key *)(void *)f->aligned;
    memcpy(copy, k, sizeof(*k) + k->len + 1);
    f->aligned += key_size(k->len);
    return copy;
}

static struct doc fill(const struct doc *d, struct fill *f)
{
    struct doc copy = *d;
    copy.flags &= (uint8_t)~NODE_SHARED;
    if (has_text(d)) {
        copy.text = memcpy(f->text, d->text, (size_t)d->len + 1);
        f->text += (size_t)d->len + 1;
        copy.cap = d->len;
    } else if (d->kind == DOC_LIST) {
        copy.cap = d->len;
        copy.items = (struct doc *)(void *)f->aligned;
        f->aligned += d->len * sizeof(struct doc);
        for (size_t i = 0; i < d->len; i++)
            copy.items[i] = fill(&d->items[i], f);
    } else if (d->kind == DOC_MAP) {
        copy.cap = d->len;
        copy.entries = (struct entry *)(void *)f->aligned;
        f->aligned += align8(map_bytes(d->len));
        for (size_t i = 0; i < d->len; i++)
            copy.entries[i] = (struct entry){fill_key(d->entries[i].key, f), fill(&d->entries[i].val, f)};
        map_reindex(&copy);
    }
    return copy;
}

struct frozen *doc_freeze(const struct doc *d)
{
    static const struct doc nothing = {.kind = DOC_NULL};
    struct measure m = {align8(sizeof(struct frozen)), 0};
    d = d ? d : &nothing;
    measure(d, &m);
    struct frozen *f = mem_alloc(m.aligned + m.text);
    struct fill to = {(char *)f + align8(sizeof(*f)), (char *)f + m.aligned};
    atomic_init(&f->refs, 1);
    f->size = m.aligned + m.text;
    f->root = fill(d, &to);
    return f;
}

const struct doc *frozen_root(const struct frozen *f)
{
    return f ? &f->root : NULL;
}

size_t frozen_size(const struct frozen *f)
{
    return f ? f->size : 0;
}

struct frozen *frozen_ref(struct frozen *f)
{
    if (f)
        atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
    return f;
}

void frozen_unref(struct frozen *f)
{
    if (f && atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1)
        free(f);
}

void frozen_unrefp(struct frozen **f)
{
    frozen_unref(*f);
    *f = NULL;
}
