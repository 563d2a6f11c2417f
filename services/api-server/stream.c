/* api-server/stream - Applications as they change: one line, or one server-sent event, a change.
 *
 * The turn stays open until the client goes or the server ends; its timer is the heartbeat, which only
 * server-sent events have. */
#include "filter.h"

#include "doc/json.h"

enum { HEARTBEAT_MS = 15 * 1000 };

struct stream {
    struct filter filter;
    const struct fields *fields;
    bool sse;
    bool sending, closed; /* a write may find that the peer is gone */
};

static void on_heartbeat(struct loop_timer *timer);

/* False when the turn is over. */
static bool send_text(struct turn *t, const char *text)
{
    struct stream *s = t->state;
    /* Who is so slow that the server's bound is passed is cut off by it, comes again and begins with all of
     * them; leaving events out instead would leave it wrong. */
    s->sending = true;
    (void)net_stream_write(t->r, span_of(text));
    s->sending = false;
    if (s->closed)
        turn_end_stream(t);
    return !s->closed;
}

static void on_heartbeat(struct loop_timer *timer)
{
    struct turn *t = CONTAINER(timer, struct turn, timer);
    if (send_text(t, ":\n"))
        loop_timer_set(t->api->o.loop, &t->timer, HEARTBEAT_MS, on_heartbeat);
}

static bool send_event(struct turn *t, const char *type, const struct doc *app)
{
    struct stream *s = t->state;
    CLEANUP(arena_freep) struct arena *a = arena_new("stream");
    struct doc *event = doc_new_map(a), *result = doc_set_map(a, event, "result");
    doc_set_str(a, result, "type", type);
    doc_set(a, result, "application", show_app(a, app));
    const char *json = json_text(a, show_only(a, event, s->fields), JSON_HTML);
    return send_text(t, arena_printf(a, s->sse ? "data: %s \n\n\n" : "%s\n", json));
}

static void on_stream_app(struct turn *t, enum kube_event event, const struct doc *app)
{
    const struct stream *s = t->state;
    static const char *const types[] = {
        [KUBE_ADDED] = "ADDED", [KUBE_MODIFIED] = "MODIFIED", [KUBE_DELETED] = "DELETED"};
    if (event == KUBE_ERROR)
        turn_end_stream(t);
    else if (filter_passes(&s->filter, app) &&
             (event == KUBE_DELETED || api_version_of(app) > s->filter.after))
        (void)send_event(t, types[event], app);
}

static void on_stream_drained(struct net_req *r)
{
    (void)r; /* that there is such a function lets the stream fill beyond its mark (net/server.h) */
}

static void on_stream_closed(struct net_req *r)
{
    struct turn *t = r->user;
    struct stream *s = t->state;
    s->closed = true;
    if (!s->sending)
        turn_end_stream(t);
}

void apps_stream(struct turn *t)
{
    struct stream *s = NEW(t->a, struct stream);
    struct err *e = filter_parse(t, &s->filter);
    if (e) {
        turn_fail(t, e);
        return;
    }
    s->sse = api_wants_sse(t->r);
    s->fields = show_fields(t);
    t->state = s;
    t->on_app = on_stream_app;
    net_req_on_drained(t->r, on_stream_drained);
    net_req_on_closed(t->r, on_stream_closed);
    /* Upstream's headers wait for the first event. Ours go at once: only of a response that has begun does
     * the server learn that its client is gone, and a stream about nothing would stay for ever. */
    net_set_header(t->r, "Cache-Control", "no-cache");
    if (s->sse)
        net_set_header(t->r, "X-Content-Type-Options", "nosniff");
    net_stream_start(t->r, 200, s->sse ? "text/event-stream" : "application/json");
    if (s->sse)
        loop_timer_set(t->api->o.loop, &t->timer, HEARTBEAT_MS, on_heartbeat);
    if (s->filter.after && !*s->filter.name)
        return;
    size_t n;
    const struct doc **apps = filter_matching(t, &s->filter, &n);
    for (size_t i = 0; i < n; i++)
        if (!send_event(t, "ADDED", apps[i]))
            return;
}
