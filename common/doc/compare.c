/* doc/compare - literal equality and a digest that agrees with it.
 *
 * Numbers are equal by value: two integers exactly, any other pair as doubles. The digest therefore takes
 * every number as a double, and adds a map's entries up so that their order does not matter. */
#include "base/hash.h"
#include "doc/node.h"

static bool numbers_equal(const struct doc *x, const struct doc *y)
{
    if (span_eq(number_text(x), number_text(y)))
        return true;
    if (x->kind == DOC_INT && y->kind == DOC_INT)
        return false; /* an integer has one literal only */
    return doc_float(x, 0) == doc_float(y, 0);
}

static bool lists_equal(const struct doc *x, const struct doc *y)
{
    if (x->len != y->len)
        return false;
    for (size_t i = 0; x->items != y->items && i < x->len; i++)
        if (!doc_equal(&x->items[i], &y->items[i]))
            return false;
    return true;
}

static bool maps_equal(const struct doc *x, const struct doc *y)
{
    if (x->len != y->len)
        return false;
    for (size_t i = 0; x->entries != y->entries && i < x->len; i++) {
        const struct entry *e = &x->entries[i];
        const struct entry *same_place = &y->entries[i];
        const struct doc *other = key_eq(e->key, same_place->key)
                                      ? &same_place->val
                                      : doc_get_span(y, (struct span){e->key->text, e->key->len});
        if (!other || !doc_equal(&e->val, other))
            return false;
    }
    return true;
}

static bool is_number(enum doc_kind kind)
{
    return kind == DOC_INT || kind == DOC_FLOAT;
}

bool doc_equal(const struct doc *x, const struct doc *y)
{
    enum doc_kind kind = doc_kind(x);
    if (is_number(kind) && is_number(doc_kind(y)))
        return numbers_equal(x, y);
    if (kind != doc_kind(y))
        return false;
    switch (kind) {
    case DOC_BOOL:
        return x->truth == y->truth;
    case DOC_STR:
        return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
    case DOC_LIST:
        return lists_equal(x, y);
    case DOC_MAP:
        return maps_equal(x, y);
    default:
        return true;
    }
}

/* The finaliser of splitmix64: spreads a sum or a chain over all bits. */
static uint64_t mix(uint64_t h)
{
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

uint64_t doc_hash(const struct doc *d)
{
    enum doc_kind kind = doc_kind(d);
    uint64_t h = mix(kind == DOC_INT ? DOC_FLOAT : kind);
    switch (kind) {
    case DOC_BOOL:
        return mix(h + d->truth);
    case DOC_INT:
    case DOC_FLOAT: {
        double v = doc_float(d, 0) + 0.0; /* -0 becomes 0 */
        return mix(h ^ hash64(&v, sizeof(v)));
    }
    case DOC_STR:
        return mix(h ^ hash64(d->text, d->len));
    case DOC_LIST:
        for (size_t i = 0; i < d->len; i++)
            h = mix(h * 31 + doc_hash(&d->items[i]));
        return h;
    case DOC_MAP:
        for (size_t i = 0; i < d->len; i++) {
            const struct entry *e = &d->entries[i];
            h += mix(hash64(e->key->text, e->key->len) + 3 * doc_hash(&e->val));
        }
        return mix(h);
    default:
        return h;
    }
}
