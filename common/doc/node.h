/* doc/node.h - how a document lies in memory; for doc/ only.
 *
 * A node is 24 bytes. A list owns an array of nodes, a map an array of entries (key pointer and node, 32
 * bytes) with, from more than MAP_PLAIN places on, an index of 1-based positions behind the array. Numbers
 * are their literal text, inside the node when it is short: reading needs no conversion and writing is a
 * copy.
 *
 * NODE_SHARED marks a container whose array belongs to another node as well (it was copied by value). An edit
 * of such a node copies the array first, so that an edit through a copy never shows in the original. */
#ifndef CAPSTAN_DOC_NODE_H
#define CAPSTAN_DOC_NODE_H

#include "base/str.h"
#include "doc/doc.h"
#include "doc/limits.h"

enum {
    NODE_SHARED = 1,
    NODE_INLINE = 2,      /* a number whose text is inside the node */
    MAP_PLAIN = 8,        /* places up to which a map has no index */
    NODE_BLANK = 4,       /* a null of which the YAML source says nothing */
    NODE_FOLDED = 8,      /* a text that the YAML source wrote as a folded block */
    NODE_OTHER_KEYS = 16, /* a map of which the YAML source has keys that are no texts */
    INLINE_MAX = 15,      /* bytes of a number inside a node */
    DEPTH_MAX = 1000,     /* the deepest limit of a reader: walks over documents recurse */
};

/* A map's key: text with a NUL behind it. Interned ones live as long as the process. */
struct key {
    uint32_t hash;
    uint32_t len : 31;
    uint32_t interned : 1;
    char text[];
};

struct entry;
struct doc {
    uint8_t kind, flags;
    uint16_t inline_len;
    uint32_t line;
    union {
        struct {
            union {
                const char *text; /* DOC_STR, and numbers that are not inline */
                struct doc *items;
                struct entry *entries;
            };
            uint32_t len, cap;
        };
        char inline_text[INLINE_MAX + 1];
        bool truth;
    };
};

struct entry {
    const struct key *key;
    struct doc val;
};

_Static_assert(sizeof(struct doc) == 24 && sizeof(struct entry) == 32, "the sizes that doc.h promises");

/* --- keys --- */
/* The key of that text: from the process's table or, where that is full or the key too long for it, in the
 * arena. */
const struct key *key_of(struct arena *a, struct span text) MUST_USE;
/* The same through a reader's own small cache (zero-initialised, for one arena): the same thirty keys make up
 * most of a list of Kubernetes objects. */
enum { KEY_CACHE_SLOTS = 1024 };
struct key_cache {
    const struct key *slots[KEY_CACHE_SLOTS];
};
const struct key *key_cached(struct key_cache *c, struct arena *a, struct span text) MUST_USE;
/* Bytes of a key outside of the table. */
static inline size_t key_size(size_t len)
{
    return (sizeof(struct key) + len + 1 + 7) & ~(size_t)7;
}
static inline bool key_is(const struct key *k, struct span text)
{
    return k->len == text.len && memcmp(k->text, text.at, text.len) == 0;
}
static inline bool key_eq(const struct key *x, const struct key *y)
{
    if (x == y)
        return true;
    if (x->interned && y->interned)
        return false;
    return x->hash == y->hash && key_is(x, (struct span){y->text, y->len});
}

/* --- arrays and indexes --- */
/* Slots of the index behind a map's array of `cap` places; 0 = none. */
size_t map_slots(size_t cap);
static inline size_t map_bytes(size_t cap)
{
    return cap * sizeof(struct entry) + map_slots(cap) * sizeof(uint32_t);
}
static inline uint32_t *map_index(const struct doc *map)
{
    return (uint32_t *)(void *)(map->entries + map->cap);
}
/* Fills the index from the entries, which must have distinct keys. */
void map_reindex(struct doc *map);
/* Position of a key, or SIZE_MAX. */
size_t map_find(const struct doc *map, struct span key);
/* Makes the node's array its own, with room for `extra` more. */
void node_own(struct arena *a, struct doc *d, size_t extra);
/* Sets the map's array from `n` entries of which the last of equal keys wins, at the place of the first.
 * Keeps line. */
void map_fill(struct arena *a, struct doc *map, struct entry *entries, size_t n);
void list_fill(struct arena *a, struct doc *list, const struct entry *entries, size_t n);
/* A copy by value: a container becomes shared. */
static inline struct doc node_share(const struct doc *d)
{
    struct doc copy = *d;
    if ((d->kind == DOC_LIST || d->kind == DOC_MAP) && d->len)
        copy.flags |= NODE_SHARED;
    return copy;
}

/* --- numbers --- */
static inline struct span number_text(const struct doc *d)
{
    return d->flags & NODE_INLINE ? (struct span){d->inline_text, d->inline_len}
                                  : (struct span){d->text, d->len};
}
/* Makes *d the number of that JSON literal; decides between DOC_INT and DOC_FLOAT. */
void number_set(struct arena *a, struct doc *d, struct span literal);
/* Adds Go's encoding/json form of a float. Infinities and NaN have none: "null". */
void float_text(double v, struct str *out);

/* --- text --- */
/* Bytes of the UTF-8 character at p, 0 when it is none: overlong forms, surrogates and beyond U+10FFFF are
 * none. */
size_t utf8_len(const unsigned char *p, const unsigned char *end);

/* --- writing --- */
/* The entries in byte order of their keys; the caller frees. */
const struct entry **entries_sorted(const struct doc *map) MUST_USE;
void json_write_string(struct str *out, struct span s, int flags);
void utf8_add(struct str *s, uint32_t c);

/* --- limits --- */
/* The limits with defaults put in for NULL and 0, and cut to what memory layout and recursion bear. */
struct limits limits_or_default(const struct limits *l);

#endif
