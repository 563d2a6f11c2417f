/* repo-server/renders - a table of parameter sets in order of use, within a budget of bytes. */
#include "renders.h"

#include "plugins.h"

#include "base/map.h"
#include "base/str.h"
#include "crypto/digest.h"
#include "doc/json.h"

#include <stdatomic.h>
#include <stdlib.h>

/* --- one result ---------------------------------------------------------------------------------------- */

struct counted {
    struct render_entry entry;
    atomic_int refs;
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
    free(e->digest);
    free((char *)(uintptr_t)e->content.manifests.at);
    free((char *)(uintptr_t)e->content.warnings.at);
    free(c);
}

/* Source types come from the renderer's table or from a message: kept static here. */
static const char *static_type(const char *type)
{
    static const char *const types[] = {"Directory", "Helm", "Kustomize", "Plugin"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (streq(type, types[i]))
            return types[i];
    return "Directory";
}

static struct crypto_digest digest_of(const struct render_content *content)
{
    CLEANUP(crypto_stream_freep) struct crypto_stream *s = crypto_stream_new(CRYPTO_SHA256);
    struct crypto_digest out;
    crypto_stream_add_text(s, content->source_type);
    crypto_stream_add_text(s, content->warnings.at);
    crypto_stream_add(s, content->manifests);
    crypto_stream_sum(s, &out);
    return out;
}

static struct span copy(struct span s)
{
    return (struct span){mem_strndup(s.at ? s.at : "", s.len), s.len};
}

struct render_entry *render_entry_new(struct trace *trace, const struct render_content *content,
                                      const char *digest)
{
    struct counted *c = mem_zalloc(sizeof(*c));
    atomic_init(&c->refs, 1);
    c->entry.trace = trace;
    c->entry.content = (struct render_content){static_type(content->source_type), copy(content->manifests),
                                               copy(content->warnings)};
    c->entry.digest = mem_strdup(digest ? digest : digest_of(&c->entry.content).hex);
    return &c->entry;
}

static struct err *render_here(const struct call *call, struct tree *tree, const struct render_request *rq,
                               struct arena *a, struct render_content *out)
{
    struct render_result result;
    TRY(render(call, tree, rq, a, &result));
    *out = (struct render_content){result.source_type, span_of(json_text(a, result.manifests, 0)),
                                   span_of(json_text(a, result.warnings, 0))};
    return NULL;
}

static struct err *render_by(const struct call *call, const struct render_by *by, struct tree *tree,
                             const struct render_request *rq, struct arena *a, struct render_content *out)
{
    *out = (struct render_content){0};
    if (by->plugins)
        TRY(plugins_render(by->plugins, call, tree, rq, a, out));
    if (out->source_type)
        return NULL;
    return by->box ? boxed_render(by->box, call, tree, rq, a, out) : render_here(call, tree, rq, a, out);
}

struct err *render_entry_make(const struct call *call, const struct render_by *by, struct tree *tree,
                              const struct render_request *rq, struct render_entry **out)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    CLEANUP(trace_freep) struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *traced = tree_traced(tree, trace);
    struct render_content content;
    TRY(render_by(call, by, traced, rq, a, &content));
    *out = render_entry_new(trace, &content, NULL);
    trace = NULL;
    return NULL;
}

struct err *render_entry_reuse(struct render_entry *const *of, size_t n, struct tree *tree,
                               struct render_entry **out)
{
    *out = NULL;
    for (size_t i = 0; i < n && !*out; i++) {
        bool holds = false;
        TRY(trace_replay(of[i]->trace, tree, NULL, &holds, NULL));
        if (holds)
            *out = render_entry_ref(of[i]);
    }
    return NULL;
}

const char *render_key(struct arena *a, const char *params, const struct render_entry *e)
{
    return arena_printf(a, "%s/%s", params, e->digest);
}

/* --- the table ----------------------------------------------------------------------------------------- */

struct slot {
    struct render_entry *candidates[RENDER_CANDIDATES];
    uint64_t used; /* turn of the last use */
};

struct renders {
    struct map *slots; /* params to struct slot */
    size_t bytes, max_bytes;
    uint64_t turn;
};

static size_t entry_bytes(const struct render_entry *e)
{
    return e->content.manifests.len + e->content.warnings.len + trace_len(e->trace) * 160 + 512;
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

struct render_entry *renders_find(struct renders *r, const char *key)
{
    struct span digest = span_of(key), params;
    if (!span_cut(&digest, '/', &params) || !digest.at)
        return NULL;
    struct slot *s = map_get_span(r->slots, params);
    for (size_t i = 0; s && i < RENDER_CANDIDATES && s->candidates[i]; i++)
        if (span_is(digest, s->candidates[i]->digest)) {
            s->used = ++r->turn;
            return render_entry_ref(s->candidates[i]);
        }
    return NULL;
}

static size_t slot_bytes(const struct slot *s)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RENDER_CANDIDATES && s->candidates[i]; i++)
        bytes += entry_bytes(s->candidates[i]);
    return bytes;
}

static uint64_t last_use(const struct map_iter *it)
{
    return ((const struct slot *)it->value)->used;
}

static int by_use(const void *a, const void *b)
{
    uint64_t x = last_use(a), y = last_use(b);
    return (x > y) - (x < y);
}

/* Drops the least used quarter at once, so that eviction costs O(log n) an insertion on average. */
static void evict(struct renders *r)
{
    if (r->bytes <= r->max_bytes)
        return;
    struct map_iter *all = mem_alloc(map_len(r->slots) * sizeof(*all));
    size_t n = 0;
    map_each (it, r->slots)
        all[n++] = it;
    qsort(all, n, sizeof(*all), by_use);
    for (size_t i = 0; i + 1 < n && r->bytes > r->max_bytes / 4 * 3; i++) {
        r->bytes -= slot_bytes(all[i].value);
        map_del(r->slots, all[i].key);
    }
    free(all);
}

/* Twice the same result with another trace is two candidates: either may hold where the other does not. */
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
