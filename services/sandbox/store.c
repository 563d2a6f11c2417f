/* store - objects sorted by key, one counter of versions, and the history that watches read.
 *
 * An object is never edited: a change puts a new frozen version in its place, and the old one lives on in the
 * history as long as a watch may ask for it. Bytes for the wire are made once a version. */
#include "doc/json.h"
#include "sandbox.h"

struct object *object_new(const struct doc *doc, uint64_t version)
{
    struct object *o = mem_zalloc(sizeof(*o));
    o->frozen = doc_freeze(doc);
    o->doc = frozen_root(o->frozen);
    const char *ns = meta_text(doc, "namespace");
    o->key = *ns ? mem_printf("%s/%s", ns, meta_text(doc, "name")) : mem_strdup(meta_text(doc, "name"));
    o->version = version;
    o->refs = 1;
    return o;
}

struct object *object_ref(struct object *o)
{
    o->refs++;
    return o;
}

void object_unref(struct object *o)
{
    if (!o || --o->refs)
        return;
    frozen_unref(o->frozen);
    free(o->key);
    free(o->json);
    free(o);
}

struct span object_json(struct object *o)
{
    if (!o->json) {
        struct str s = {0};
        json_write(&s, o->doc, 0);
        o->json_len = s.len;
        o->json = str_steal(&s);
    }
    return (struct span){o->json, o->json_len};
}

size_t store_seek(const struct resource *res, const char *key)
{
    size_t low = 0, high = res->objects.len;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (strcmp(res->objects.at[mid]->key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct object *find(const struct resource *res, const char *key, size_t *place)
{
    *place = store_seek(res, key);
    bool there = *place < res->objects.len && streq(res->objects.at[*place]->key, key);
    return there ? res->objects.at[*place] : NULL;
}

struct object *store_get(const struct resource *res, const char *ns, const char *name)
{
    char key[600];
    snprintf(key, sizeof(key), "%s%s%s", ns, *ns ? "/" : "", name);
    size_t place;
    return find(res, key, &place);
}

static void count_owners(struct sandbox *s, const struct doc *obj, intptr_t by)
{
    doc_each (it, doc_path(obj, "metadata", "ownerReferences")) {
        const char *uid = doc_str(doc_get(it.val, "uid"), "");
        intptr_t n = (intptr_t)map_get(s->dependents, uid) + by;
        if (n > 0)
            map_set(s->dependents, uid, (void *)n);
        else
            map_del(s->dependents, uid);
    }
}

static void flush(struct loop_timer *t)
{
    watch_flush(CONTAINER(t, struct sandbox, flush));
}

/* The oldest quarter goes at once, so that moving the rest costs little. */
static void trim(struct sandbox *s, struct resource *res)
{
    size_t keep = (size_t)s->o.watch_history, drop = keep / 4 + 1;
    if (res->history.len <= keep + drop)
        return;
    drop = res->history.len - keep;
    res->forgotten = res->history.at[drop - 1].version;
    for (size_t i = 0; i < drop; i++) {
        object_unref(res->history.at[i].now);
        object_unref(res->history.at[i].before);
    }
    res->history.len -= drop;
    memmove(res->history.at, res->history.at + drop, res->history.len * sizeof(*res->history.at));
}

/* Takes both holds. */
static void record(struct sandbox *s, struct resource *res, enum change change, struct object *now,
                   struct object *before)
{
    vec_push(&res->history, (struct event){change, now->version, now, before});
    trim(s, res);
    res->dirty = true;
    if (!loop_timer_active(&s->flush))
        loop_timer_set(s->loop, &s->flush, 0, flush);
}

static struct object *versioned(struct sandbox *s, struct arena *a, const struct doc *doc)
{
    uint64_t version = ++s->version;
    const struct doc *text = doc_new_str(a, arena_printf(a, "%llu", (unsigned long long)version));
    return object_new(doc_with(a, doc, text, "metadata", "resourceVersion"), version);
}

struct object *store_put(struct sandbox *s, struct resource *res, struct arena *a, const struct doc *doc)
{
    struct object *o = versioned(s, a, doc);
    size_t place;
    struct object *before = find(res, o->key, &place);
    count_owners(s, o->doc, 1);
    if (before) {
        count_owners(s, before->doc, -1);
        res->objects.at[place] = o;
    } else {
        vec_push(&res->objects, o);
        memmove(&res->objects.at[place + 1], &res->objects.at[place],
                (res->objects.len - 1 - place) * sizeof(*res->objects.at));
        res->objects.at[place] = o;
    }
    record(s, res, before ? CHANGE_MODIFIED : CHANGE_ADDED, object_ref(o), before);
    return o;
}

void store_remove(struct sandbox *s, struct resource *res, struct object *o)
{
    size_t place;
    if (find(res, o->key, &place) != o)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    struct object *gone = versioned(s, a, o->doc);
    count_owners(s, o->doc, -1);
    vec_remove(&res->objects, place);
    record(s, res, CHANGE_DELETED, gone, o);
}
