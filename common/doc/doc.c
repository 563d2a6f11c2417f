/* doc/doc - reading a document. No getter changes a node, so that documents may be read by many threads. */
#include "doc/doc.h"

#include "base/hash.h"
#include "doc/node.h"

enum doc_kind doc_kind(const struct doc *d)
{
    return d ? (enum doc_kind)d->kind : DOC_NONE;
}

const char *doc_kind_name(const struct doc *d)
{
    static const char *const names[] = {"nothing", "null",   "bool",  "number",
                                        "number",  "string", "array", "object"};
    return names[doc_kind(d)];
}

size_t map_slots(size_t cap)
{
    if (cap <= MAP_PLAIN)
        return 0;
    size_t slots = 16;
    while (slots * 3 < cap * 4)
        slots *= 2;
    return slots;
}

size_t map_find(const struct doc *map, struct span key)
{
    size_t slots = map_slots(map->cap);
    if (!slots) {
        for (size_t i = 0; i < map->len; i++)
            if (key_is(map->entries[i].key, key))
                return i;
        return SIZE_MAX;
    }
    uint32_t hash = (uint32_t)hash64(key.at, key.len);
    const uint32_t *index = map_index(map);
    for (size_t i = hash & (slots - 1); index[i]; i = (i + 1) & (slots - 1)) {
        const struct key *k = map->entries[index[i] - 1].key;
        if (k->hash == hash && key_is(k, key))
            return index[i] - 1;
    }
    return SIZE_MAX;
}

const struct doc *doc_get_span(const struct doc *map, struct span key)
{
    if (!doc_is(map, DOC_MAP) || !map->len)
        return NULL;
    size_t i = map_find(map, key);
    return i == SIZE_MAX ? NULL : &map->entries[i].val;
}

const struct doc *doc_get(const struct doc *map, const char *key)
{
    return doc_get_span(map, span_of(key));
}

const struct doc *doc_at(const struct doc *list, size_t i)
{
    return doc_is(list, DOC_LIST) && i < list->len ? &list->items[i] : NULL;
}

size_t doc_len(const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_STR:
    case DOC_LIST:
    case DOC_MAP:
        return d->len;
    default:
        return 0;
    }
}

const struct doc *doc_vpath(const struct doc *d, const char *const *keys)
{
    for (; d && *keys; keys++)
        d = doc_get(d, *keys);
    return d;
}

const char *doc_str(const struct doc *d, const char *dflt)
{
    return doc_is(d, DOC_STR) ? d->text : dflt;
}

struct span doc_span(const struct doc *d)
{
    return doc_is(d, DOC_STR) ? (struct span){d->text, d->len} : (struct span){NULL, 0};
}

bool doc_bool(const struct doc *d, bool dflt)
{
    return doc_is(d, DOC_BOOL) ? d->truth : dflt;
}

struct span doc_literal(const struct doc *d)
{
    return doc_is(d, DOC_INT) || doc_is(d, DOC_FLOAT) ? number_text(d) : (struct span){"", 0};
}

bool doc_has_other_keys(const struct doc *d)
{
    return d && d->kind == DOC_MAP && d->flags & NODE_OTHER_KEYS;
}

bool doc_is_folded(const struct doc *d)
{
    return d && d->kind == DOC_STR && d->flags & NODE_FOLDED;
}

bool doc_is_blank(const struct doc *d)
{
    return d && d->kind == DOC_NULL && d->flags & NODE_BLANK;
}

uint32_t doc_line(const struct doc *d)
{
    return d ? d->line : 0;
}

bool doc_str_is(const struct doc *d, const char *text)
{
    return doc_is(d, DOC_STR) && span_is(doc_span(d), text);
}

bool doc_next(struct doc_iter *it)
{
    enum doc_kind kind = doc_kind(it->in);
    if ((kind != DOC_LIST && kind != DOC_MAP) || it->next >= it->in->len)
        return false;
    it->index = it->next++;
    if (kind == DOC_LIST) {
        it->val = &it->in->items[it->index];
        return true;
    }
    const struct entry *e = &it->in->entries[it->index];
    it->key = (struct span){e->key->text, e->key->len};
    it->val = &e->val;
    return true;
}
