/* doc/doc.h - the document tree: what JSON and YAML are read into, and what everything above works on.
 *
 * A node is a value of 24 bytes; lists and maps hold their children in arrays of an arena. `const struct doc
 * *` is shared and read-only, and may be shared between threads when its memory is frozen. Copying a node by
 * value shares its children, so only build and edit what you made yourself, in the arena that you pass:
 *
 *     struct doc *meta = doc_set_map(a, obj, "metadata");       // builds in place, returns the place
 *     doc_set_str(a, meta, "name", name);
 *     const struct doc *next = doc_with(a, obj, spec, "spec");  // or: a new root that shares all but the
 * path
 *
 * Getters accept NULL and chain: doc_str(doc_path(d, "metadata", "name"), ""). Strings carry their length and
 * may hold U+0000; they also end in a NUL. No document is deeper than 1,000 levels when it comes from a
 * reader; walks recurse. Maps keep insertion order; above eight keys they have an index, made by parse, set
 * or freeze and never by a getter. Numbers keep their literal text. Limits: doc/limits.h. */
#ifndef CAPSTAN_DOC_DOC_H
#define CAPSTAN_DOC_DOC_H

#include "base/arena.h"

/* DOC_INT fits an int64_t; every other number is DOC_FLOAT. */
enum doc_kind { DOC_NONE, DOC_NULL, DOC_BOOL, DOC_INT, DOC_FLOAT, DOC_STR, DOC_LIST, DOC_MAP };

struct doc; /* the layout is doc/node.h's, for doc/ only */

/* --- reading: every function accepts NULL --- */
/* DOC_NONE for NULL, so that absent and null differ. */
enum doc_kind doc_kind(const struct doc *d);
/* "object", "array", "string", "number", "bool", "null", "nothing": for messages. */
const char *doc_kind_name(const struct doc *d);
/* Value of a key; NULL when absent or not a map. */
const struct doc *doc_get(const struct doc *map, const char *key);
const struct doc *doc_get_span(const struct doc *map, struct span key);
/* Element i of a list; NULL outside. */
const struct doc *doc_at(const struct doc *list, size_t i);
/* Elements, entries or bytes of a string; 0 for scalars. */
size_t doc_len(const struct doc *d);
/* Down through maps by keys; keys may hold dots and slashes. */
const struct doc *doc_vpath(const struct doc *d, const char *const *keys);
#define doc_path(d, ...) doc_vpath((d), (const char *const[]){__VA_ARGS__, NULL})
/* The string; `dflt` for every other kind. */
const char *doc_str(const struct doc *d, const char *dflt);
struct span doc_span(const struct doc *d); /* {NULL, 0} when not a string */
/* DOC_INT, or a DOC_FLOAT with an integral value in range. */
int64_t doc_int(const struct doc *d, int64_t dflt);
double doc_float(const struct doc *d, double dflt);
bool doc_bool(const struct doc *d, bool dflt);
/* The literal of a number as it was read ("1.50", "1e3"). "" for other kinds. */
struct span doc_literal(const struct doc *d);
/* A null that the YAML source wrote as nothing ("key:"), not as null or ~: kustomize tells them apart. */
bool doc_is_blank(const struct doc *d);
/* A map of which the YAML source (YAML_V3) has a key that is no text ("1: x"): JSON has no such maps, and
 * kustomize refuses them. */
bool doc_has_other_keys(const struct doc *d);
/* A text that the YAML source wrote as a folded block ("key: >"), which kustomize does not hand on as it is.
 */
bool doc_is_folded(const struct doc *d);
/* 1-based line in the source, 0 = not known. */
uint32_t doc_line(const struct doc *d);
static inline bool doc_is(const struct doc *d, enum doc_kind kind)
{
    return doc_kind(d) == kind;
}
/* Is a string equal to `text`? */
bool doc_str_is(const struct doc *d, const char *text);

struct doc_iter {
    const struct doc *in;
    size_t next;
    size_t index;
    struct span key; /* of a map entry, NUL behind it; {NULL, 0} in a list */
    const struct doc *val;
};
bool doc_next(struct doc_iter *it);
/* doc_each(it, d) body: it.key, it.val, it.index over a list or a map, nothing for other kinds. */
#define doc_each(it, d) for (struct doc_iter it = {.in = (d)}; doc_next(&it);)

/* --- building: nodes in an arena --- */
struct doc *doc_new_null(struct arena *a) MUST_USE;
struct doc *doc_new_bool(struct arena *a, bool v) MUST_USE;
struct doc *doc_new_int(struct arena *a, int64_t v) MUST_USE;
struct doc *doc_new_float(struct arena *a,
                          double v) MUST_USE; /* as encoding/json writes it; null for NaN and infinities */
struct doc *doc_new_str(struct arena *a, const char *text) MUST_USE; /* copies */
struct doc *doc_new_str_n(struct arena *a, const char *bytes, size_t len) MUST_USE;
struct doc *doc_new_list(struct arena *a) MUST_USE;
struct doc *doc_new_map(struct arena *a) MUST_USE;
/* Sets by value and returns the place, good until the next set in that map. The key is copied (interned). A
 * new key goes to the end; an old one keeps its place. The node that was passed and the one in the map then
 * share their children; an edit through the place copies first, so it never shows elsewhere. `map` must be a
 * map. */
struct doc *doc_set(struct arena *a, struct doc *map, const char *key, const struct doc *val);
struct doc *doc_set_span(struct arena *a, struct doc *map, struct span key, const struct doc *val);
struct doc *doc_set_str(struct arena *a, struct doc *map, const char *key, const char *text);
struct doc *doc_set_int(struct arena *a, struct doc *map, const char *key, int64_t v);
struct doc *doc_set_bool(struct arena *a, struct doc *map, const char *key, bool v);
struct doc *doc_set_map(struct arena *a, struct doc *map, const char *key);  /* an empty one */
struct doc *doc_set_list(struct arena *a, struct doc *map, const char *key); /* an empty one */
/* The value under the key, made an own empty map when absent or not a map; children of a shared one are
 * copied one level. */
struct doc *doc_own_map(struct arena *a, struct doc *map, const char *key);
/* The place under a key or index for editing, the container made own first; NULL when there is none. */
struct doc *doc_own_get(struct arena *a, struct doc *map, struct span key);
struct doc *doc_own_at(struct arena *a, struct doc *list, size_t i);
/* A place that one of the functions above gave takes the value, and returns itself. */
struct doc *doc_put(struct doc *place, const struct doc *val);
/* Order kept; false when absent. */
bool doc_del(struct arena *a, struct doc *map, const char *key);
bool doc_del_span(struct arena *a, struct doc *map, struct span key);
/* Appends by value and returns the place, good until the next push. */
struct doc *doc_push(struct arena *a, struct doc *list, const struct doc *val);
/* The same before element i <= the length. */
struct doc *doc_insert(struct arena *a, struct doc *list, size_t i, const struct doc *val);
bool doc_remove(struct arena *a, struct doc *list, size_t i); /* false outside */
struct doc *doc_push_str(struct arena *a, struct doc *list, const char *text);

/* --- copies and edits that leave their input alone --- */
/* One level: an own node whose children are shared. What to call before editing somebody else's map. */
struct doc *doc_shallow(struct arena *a, const struct doc *d) MUST_USE;
struct doc *doc_deep(struct arena *a, const struct doc *d) MUST_USE;
/* A new root with `val` at the path of keys, maps made on the way; val NULL removes. All else is shared. */
const struct doc *doc_vwith(struct arena *a, const struct doc *root, const struct doc *val,
                            const char *const *keys) MUST_USE;
#define doc_with(a, root, val, ...) doc_vwith((a), (root), (val), (const char *const[]){__VA_ARGS__, NULL})
#define doc_without(a, root, ...) doc_vwith((a), (root), NULL, (const char *const[]){__VA_ARGS__, NULL})

/* --- comparing --- */
/* Literal equality: same kinds, map order ignored, numbers by value ("1" = 1.0), strings by bytes. */
bool doc_equal(const struct doc *x, const struct doc *y);
/* 64-bit digest of the canonical form: equal documents have equal digests. */
uint64_t doc_hash(const struct doc *d);

/* --- frozen: one exact-size block, atomically counted, for caches and other threads --- */
struct frozen;
struct frozen *doc_freeze(const struct doc *d) MUST_USE;
const struct doc *frozen_root(const struct frozen *f); /* NULL for NULL */
size_t frozen_size(const struct frozen *f);
struct frozen *frozen_ref(struct frozen *f);
void frozen_unref(struct frozen *f);
void frozen_unrefp(struct frozen **f);

#endif
