/* render/helm/cache - a hash table of entries in order of use.
 *
 * Templates and values are told apart by their whole text; heads by 128 bits of digest, since whoever made
 * two documents collide would only disorder documents of their own domain. */
#include "render/helm/cache.h"

#include "base/hash.h"
#include "doc/yaml.h"
#include "render/helm/engine.h"
#include "render/helm/values.h"

#include <stdlib.h>

enum { BUCKETS = 4096 };
enum entry_kind { ENTRY_TEMPLATE, ENTRY_VALUES, ENTRY_FIRST_VALUES, ENTRY_YAML, ENTRY_HEAD };

struct entry {
    struct entry *next;          /* of its bucket */
    struct entry *newer, *older; /* by use */
    uint64_t hash;
    size_t size;
    enum entry_kind kind;
    struct tmpl *tmpl;
    enum helm_version version; /* of the functions that it calls */
    struct frozen *docs;       /* a list */
    char *text;                /* the values', or the head's kind */
    size_t text_len;
    struct hash_hex digest;
    enum helm_role role;
};

struct helm_cache {
    struct tmpl_funcs *funcs[2]; /* by version, NULL until they are used */
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    size_t used, max;
};

struct helm_cache *helm_cache_new(size_t max_bytes)
{
    struct helm_cache *c = mem_zalloc(sizeof(*c));
    c->max = max_bytes ? max_bytes : (size_t)HELM_CACHE_BYTES;
    return c;
}

size_t helm_cache_used(const struct helm_cache *c)
{
    return c->used;
}

/* --- entries --- */

static void unlink_use(struct helm_cache *c, struct entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void use(struct helm_cache *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void drop(struct helm_cache *c, struct entry *e)
{
    struct entry **at = &c->buckets[e->hash % BUCKETS];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    unlink_use(c, e);
    c->used -= e->size;
    tmpl_unref(e->tmpl);
    frozen_unref(e->docs);
    free(e->text);
    free(e);
}

void helm_cache_free(struct helm_cache *c)
{
    if (!c)
        return;
    while (c->newest)
        drop(c, c->newest);
    for (size_t i = 0; i < ARRAY_LEN(c->funcs); i++)
        tmpl_funcs_free(c->funcs[i]);
    free(c);
}

void helm_cache_freep(struct helm_cache **c)
{
    helm_cache_free(*c);
    *c = NULL;
}

/* Takes what the entry holds. */
static void keep(struct helm_cache *c, const struct entry *like)
{
    if (like->size > c->max / 2) {
        tmpl_unref(like->tmpl);
        frozen_unref(like->docs);
        free(like->text);
        return;
    }
    struct entry *e = mem_alloc(sizeof(*e));
    *e = *like;
    e->next = c->buckets[e->hash % BUCKETS];
    c->buckets[e->hash % BUCKETS] = e;
    use(c, e);
    c->used += e->size;
    while (c->used > c->max)
        drop(c, c->oldest);
}

static struct entry *touch(struct helm_cache *c, struct entry *e)
{
    if (c->newest != e) {
        unlink_use(c, e);
        use(c, e);
    }
    return e;
}

/* --- templates --- */

static void unref_template(void *t)
{
    tmpl_unref(t);
}

static const struct tmpl_funcs *funcs_of(struct helm_cache *c, enum helm_version version)
{
    struct tmpl_funcs **funcs = &c->funcs[version];
    if (!*funcs) {
        *funcs = tmpl_funcs_new();
        helm_funcs_add(*funcs, version);
    }
    return *funcs;
}

static struct entry *find_template(struct helm_cache *c, uint64_t hash, enum helm_version version,
                                   struct span name, struct span text)
{
    for (struct entry *e = c->buckets[hash % BUCKETS]; e; e = e->next)
        if (e->hash == hash && e->kind == ENTRY_TEMPLATE && e->version == version &&
            span_eq(tmpl_name(e->tmpl), name) && span_eq(tmpl_text(e->tmpl), text))
            return touch(c, e);
    return NULL;
}

struct err *helm_cache_template(struct helm_cache *c, struct arena *a, enum helm_version version,
                                struct span name, struct span text, struct tmpl **out)
{
    uint64_t hash = hash64(text.at, text.len) ^ (hash64(name.at, name.len) * 31);
    struct entry *e = find_template(c, hash, version, name, text);
    if (e) {
        *out = tmpl_ref(e->tmpl);
    } else {
        TRY(tmpl_compile(funcs_of(c, version), name, text, out));
        keep(c, &(struct entry){.hash = hash,
                                .kind = ENTRY_TEMPLATE,
                                .version = version,
                                .tmpl = tmpl_ref(*out),
                                .size = sizeof(*e) + tmpl_size(*out)});
    }
    arena_defer(a, unref_template, *out);
    return NULL;
}

/* --- values --- */

static void unref_docs(void *f)
{
    frozen_unref(f);
}

static struct err *values_parse(struct arena *a, struct span text, bool first, struct frozen **out)
{
    struct yaml_docs docs = {.at = NEW(a, struct doc *), .len = 1};
    struct err *e = first ? yaml_read(a, text, YAML_SIGS, NULL, &docs.at[0])
                          : yaml_read_all(a, text, YAML_SIGS, NULL, &docs);
    TRYF(e, "cannot unmarshal yaml document");
    struct doc *list = doc_new_list(a);
    for (size_t i = 0; i < docs.len; i++) {
        if (doc_is(docs.at[i], DOC_NULL))
            continue;
        if (!doc_is(docs.at[i], DOC_MAP))
            return err_new(ERR_INVALID,
                           "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: "
                           "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                           doc_kind_name(docs.at[i]));
        doc_push(a, list, docs.at[i]);
    }
    *out = doc_freeze(list);
    return NULL;
}

static struct entry *find_docs(struct helm_cache *c, enum entry_kind kind, uint64_t hash, struct span text)
{
    for (struct entry *e = c->buckets[hash % BUCKETS]; e; e = e->next)
        if (e->hash == hash && e->kind == kind && span_eq((struct span){e->text, e->text_len}, text))
            return touch(c, e);
    return NULL;
}

static void keep_docs(struct helm_cache *c, enum entry_kind kind, uint64_t hash, struct span text,
                      struct frozen *docs)
{
    keep(c, &(struct entry){.hash = hash,
                            .kind = kind,
                            .docs = frozen_ref(docs),
                            .text = mem_strndup(text.at ? text.at : "", text.len),
                            .text_len = text.len,
                            .size = sizeof(struct entry) + frozen_size(docs) + text.len});
}

struct err *helm_cache_values(struct helm_cache *c, struct arena *a, enum helm_version version,
                              struct span text, struct tmpl_map **out)
{
    enum entry_kind kind = version == HELM_3 ? ENTRY_FIRST_VALUES : ENTRY_VALUES;
    uint64_t hash = hash64(text.at, text.len);
    struct entry *e = find_docs(c, kind, hash, text);
    struct frozen *docs = NULL;
    if (e) {
        docs = frozen_ref(e->docs);
    } else {
        TRY(values_parse(a, text, version == HELM_3, &docs));
        keep_docs(c, kind, hash, text, docs);
    }
    arena_defer(a, unref_docs, docs);
    *out = tmpl_map_new(a, &tmpl_type_map);
    doc_each (it, frozen_root(docs)) {
        struct tmpl_map *next = tmpl_from_doc(a, it.val, TMPL_NUMBERS_FLOAT).map;
        if (it.index == 0)
            *out = next;
        else
            helm_values_merge(*out, next);
    }
    return NULL;
}

const struct doc *helm_cache_yaml(struct helm_cache *c, struct arena *a, struct span text)
{
    uint64_t hash = hash64(text.at, text.len);
    struct entry *e = find_docs(c, ENTRY_YAML, hash, text);
    struct doc *d = NULL;
    if (e) {
        struct frozen *docs = frozen_ref(e->docs);
        arena_defer(a, unref_docs, docs);
        return frozen_root(docs);
    }
    struct err *bad = yaml_read(a, text, YAML_SIGS, NULL, &d);
    err_free(bad);
    if (bad || !doc_is(d, DOC_MAP))
        return NULL;
    struct frozen *docs = doc_freeze(d);
    keep_docs(c, ENTRY_YAML, hash, text, docs);
    frozen_unref(docs);
    return d;
}

/* --- heads --- */

bool helm_cache_head(struct helm_cache *c, struct arena *a, struct span document, struct helm_head *out)
{
    struct hash_hex digest = hash128_hex(document.at, document.len);
    uint64_t hash = hash64(digest.text, sizeof(digest.text));
    for (struct entry *e = c->buckets[hash % BUCKETS]; e; e = e->next)
        if (e->hash == hash && e->kind == ENTRY_HEAD && streq(e->digest.text, digest.text)) {
            touch(c, e);
            *out = (struct helm_head){arena_strdup(a, e->text), e->role};
            return true;
        }
    return false;
}

void helm_cache_put_head(struct helm_cache *c, struct span document, const struct helm_head *head)
{
    struct hash_hex digest = hash128_hex(document.at, document.len);
    keep(c, &(struct entry){.hash = hash64(digest.text, sizeof(digest.text)),
                            .kind = ENTRY_HEAD,
                            .digest = digest,
                            .role = head->role,
                            .text = mem_strdup(head->kind),
                            .text_len = strlen(head->kind),
                            .size = sizeof(struct entry) + strlen(head->kind)});
}
