/* repo-server/stash - messages of proto/cache.proto made and read. What does not parse is a miss, never a
 * guess. */
#include "stash.h"

#include "cache/cache.h"
#include "proto/cache.pb-c.h"
#include "wire/wire.h"

struct span stash_result(struct arena *a, const struct render_entry *e)
{
    Capstan__Cache__Render m = CAPSTAN__CACHE__RENDER__INIT;
    m.has_version = m.has_manifests = m.has_warnings = true;
    m.version = 1;
    m.source_type = wire_text(e->content.source_type);
    m.manifests = wire_bytes(e->content.manifests);
    m.warnings = wire_bytes(e->content.warnings);
    return wire_pack(a, &m);
}

struct render_entry *stash_entry(struct span body, const char *digest, struct trace *trace)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("stash");
    Capstan__Cache__Render *m = NULL;
    CLEANUP(err_freep) struct err *e = wire_unpack(a, &capstan__cache__render__descriptor, body, NULL, &m);
    if (e || !m->source_type || !m->has_manifests || !m->has_warnings) {
        trace_free(trace);
        return NULL;
    }
    struct render_content content = {m->source_type, wire_span(m->manifests), wire_span(m->warnings)};
    return render_entry_new(trace, &content, digest);
}

static bool same_trace(const Capstan__Cache__Trace *a, const Capstan__Cache__Trace *b)
{
    return span_eq(wire_span(a->inputs), wire_span(b->inputs));
}

struct span stash_traces(struct arena *a, const struct render_entry *newest, struct span older)
{
    CLEANUP(str_release) struct str inputs = {0};
    Capstan__Cache__Traces m = CAPSTAN__CACHE__TRACES__INIT, *before = NULL;
    Capstan__Cache__Trace first = CAPSTAN__CACHE__TRACE__INIT, *list[RENDER_CANDIDATES] = {&first};
    if (!trace_writable(newest->trace))
        return (struct span){0};
    trace_write(newest->trace, &inputs);
    first.result = newest->digest;
    first.has_inputs = true;
    first.inputs = wire_bytes(str_span(&inputs));
    m.has_version = true;
    m.version = 1;
    m.traces = list;
    m.n_traces = 1;
    if (older.len) /* what cannot be read is left behind */
        err_free(wire_unpack(a, &capstan__cache__traces__descriptor, older, NULL, &before));
    size_t total = inputs.len;
    for (size_t i = 0; before && i < before->n_traces && m.n_traces < RENDER_CANDIDATES; i++) {
        total += before->traces[i]->inputs.len;
        if (before->traces[i]->result && !same_trace(before->traces[i], &first) && total < CACHE_BODY_MAX / 2)
            list[m.n_traces++] = before->traces[i];
    }
    return inputs.len < CACHE_BODY_MAX / 2 ? wire_pack(a, &m) : (struct span){0};
}

static struct err *broken(struct err *cause)
{
    err_free(cause);
    return err_reason(ERR_INVALID, "Broken", "no list of traces");
}

struct err *stash_reuse(struct arena *a, struct span body, struct tree *tree, struct stash_found *out)
{
    Capstan__Cache__Traces *m = NULL;
    *out = (struct stash_found){0};
    struct err *e = wire_unpack(a, &capstan__cache__traces__descriptor, body, NULL, &m);
    if (e)
        return broken(e);
    for (size_t i = 0; i < m->n_traces; i++) {
        CLEANUP(trace_freep) struct trace *trace = NULL;
        bool holds = false;
        const Capstan__Cache__Trace *one = m->traces[i];
        if (!one->result || !one->inputs.len) /* every render looks at something */
            return broken(NULL);
        e = trace_read(wire_span(one->inputs), &trace);
        if (e)
            return broken(e);
        TRY(trace_replay(trace, tree, NULL, &holds, NULL));
        if (!holds)
            continue;
        *out = (struct stash_found){trace, m->traces[i]->result};
        trace = NULL;
        return NULL;
    }
    return NULL;
}
