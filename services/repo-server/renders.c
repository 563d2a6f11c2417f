/* repo-server/renders - a table of parameter sets in order of use, within a budget of bytes. */
#include "renders.h"

#include "base/hash.h"
#include "base/str.h"
#include "doc/json.h"

#include <stdatomic.h>
#include <stdlib.h>

struct counted {
    struct render_entry entry;
    atomic_int refs;
};

struct slot {
    struct render_entry *candidates[RENDER_CANDIDATES];
    uint64_t used; /* turn of the last use */
};

struct renders {
    struct map *slots; /* params to struct slot */
    size_t bytes, max_bytes;
    uint64_t turn;
};

struct render_entry *render_entry_ref(struct render_entry *e)
{
    atomic_fetch_add(&CONTAINER(e, struct counted, entry)->refs, 1);
    return e;
}

void render_entry_unref(struct render_entry *e)
{
    struct counted *c = e ? CONTAINER(e, struct counted, entry) : NULL;
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    trace_free(e->trace);
    free(e->json);
    free(e->key);
    free(e->warnings);
    free(c);
}

/* source types come from the renderer's table: kept static here too. */
static const char *static_type(const char *type)
{
    static const char *const types[] = {"Directory", "Helm", "Kustomize", "Plugin"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (streq(type, types[i]))
            return types[i];
    return "Directory";
}

struct render_entry *render_entry_new(struct trace *trace, const struct render_result *result)
{
    struct counted *c = mem_zalloc(sizeof(*c));
    atomic_init(&c->refs, 1);
    CLEANUP(str_release) struct str json = {0}, warnings = {0};
    json_write(&json, result->manifests, 0);
    json_write(&warnings, result->warnings, 0);
    CLEANUP(hash_freep) struct hash *h = hash_new();
    hash_add_text(h, result->source_type);
    hash_add_text(h, str_text(&warnings));
    hash_add(h, json.at, json.len);
    size_t json_len = json.len; /* before the text is taken: initialisers have no order */
    c->entry = (struct render_entry){
        .trace = trace,
        .json_len = json_len,
        .json = str_steal(&json),
        .key = mem_strdup(hash_sum_hex(h).text),
        .source_type = static_type(result->source_type),
        .warnings = str_steal(&warnings),
    };
    return &c->entry;
}

static size_t entry_bytes(const struct render_entry *e)
{
    return e->json_len + trace_len(e->trace) * 160 + 512;
}

static void slot_free(void *arg)
{
    struct slot *s = arg;
    for (size_t i = 0; i < RENDER_CANDIDATES; i++)
        render_entry_unref(s->candidates[i]);
    free(s);
}

struct renders *renders_new(size_t max_bytes)
{
    struct renders *r = mem_zalloc(sizeof(*r));
    r->slots = map_new(slot_free);
    r->max_bytes = max_bytes;
    return r;
}

void renders_free(struct renders *r)
{
    if (!r)
        return;
    map_free(r->slots);
    free(r);
}

size_t renders_candidates(struct renders *r, const char *params, struct render_entry *out[RENDER_CANDIDATES])
{
    struct slot *s = map_get(r->slots, params);
    size_t n = 0;
    if (!s)
        return 0;
    s->used = ++r->turn;
    for (; n < RENDER_CANDIDATES && s->candidates[n]; n++)
        out[n] = render_entry_ref(s->candidates[n]);
    return n;
}

static size_t slot_bytes(const struct slot *s)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RENDER_CANDIDATES && s->candidates[i]; i++)
        bytes += entry_bytes(s->candidates[i]);
    return bytes;
}

static int by_use(const void *a, const void *b)
{
    uint64_t x = ((const struct map_iter *)a)->value ? ((const struct slot *)((const struct map_iter *)a)->value)->used : 0;
    uint64_t y = ((const struct map_iter *)b)->value ? ((const struct slot *)((const struct map_iter *)b)->value)->used : 0;
    return (x > y) - (x < y);
}

/* Drops the least used quarter at once, so that eviction costs O(log n) an insertion on average. */
static void evict(struct renders *r)
{
    if (r->bytes <= r->max_bytes)
        return;
    struct map_iter *all = mem_alloc(map_len(r->slots) * sizeof(*all));
    size_t n = 0;
    map_each(it, r->slots)
        all[n++] = it;
    qsort(all, n, sizeof(*all), by_use);
    for (size_t i = 0; i + 1 < n && r->bytes > r->max_bytes / 4 * 3; i++) {
        r->bytes -= slot_bytes(all[i].value);
        map_del(r->slots, all[i].key);
    }
    free(all);
}

void renders_put(struct renders *r, const char *params, struct render_entry *e)
{
    struct slot *s = map_get(r->slots, params);
    if (!s) {
        s = mem_zalloc(sizeof(*s));
        map_set(r->slots, params, s);
    }
    s->used = ++r->turn;
    r->bytes -= slot_bytes(s);
    size_t at = 0;
    while (at < RENDER_CANDIDATES - 1 && s->candidates[at] && s->candidates[at] != e)
        at++;
    if (s->candidates[at] != e) {
        render_entry_unref(s->candidates[at]);
        render_entry_ref(e);
    }
    memmove(&s->candidates[1], &s->candidates[0], at * sizeof(s->candidates[0]));
    s->candidates[0] = e;
    r->bytes += slot_bytes(s);
    evict(r);
}
