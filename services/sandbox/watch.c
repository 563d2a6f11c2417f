/* watch - a reader of one resource's history: a cursor, and what it is about.
 *
 * Nothing is queued per watcher. A change marks its resource; at the end of the turn every watcher of a
 * marked resource reads on from its cursor until it is level or its connection is full, and goes on when that
 * has drained. One whose cursor the history has left behind is told 410 and ends. */
#include "doc/json.h"
#include "sandbox.h"

enum { BOOKMARK_MS = 60 * 1000, TIMEOUT_MS = 30 * 60 * 1000 };

struct watcher {
    struct request *r;
    struct filter *filter;
    uint64_t cursor;
    enum read_form form;
    bool full, closed;
    char *listed; /* of a watch from no version: the key that was sent last; NULL once all were */
    struct loop_timer bookmark, end;
};

static void unlink_watcher(struct watcher *w)
{
    for (size_t i = 0; i < w->r->res->watchers.len; i++)
        if (w->r->res->watchers.at[i] == w)
            vec_swap_out(&w->r->res->watchers, i);
    loop_timer_stop(w->r->s->loop, &w->bookmark);
    loop_timer_stop(w->r->s->loop, &w->end);
}

static void end(struct watcher *w)
{
    unlink_watcher(w);
    free(w->listed);
    net_stream_end(w->r->http); /* frees w */
}

static void timed_out(struct loop_timer *t)
{
    end(CONTAINER(t, struct watcher, end));
}

/* May come out of a write to the stream, so the end waits for the next turn. */
static void closed(struct net_req *http)
{
    struct request *r = http->user;
    r->watcher->closed = true;
    loop_timer_set(r->s->loop, &r->watcher->end, 0, timed_out);
}

static bool send_line(struct watcher *w, const char *type, struct span object)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "{\"type\":\"%s\",\"object\":", type);
    str_add_span(&s, object);
    str_add(&s, "}\n");
    return net_stream_write(w->r->http, str_span(&s));
}

/* The object in the form that this watcher asked for. Its arena grows with what is made, so that is made
 * elsewhere. */
static bool send_object(struct watcher *w, const char *type, struct object *o)
{
    if (w->form == READ_WHOLE && w->r->served == &w->r->res->versions[0])
        return send_line(w, type, object_json(o));
    struct request view = *w->r;
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox-watch");
    view.a = a;
    return send_line(w, type, span_of(json_text(a, read_as(&view, o->doc), 0)));
}

/* What a change of the object is for this watcher: an object may come into its selection or leave it. */
static const char *seen_as(const struct watcher *w, const struct event *e)
{
    static const char *const names[] = {"ADDED", "MODIFIED", "DELETED"};
    if (!filter_keeps_key(w->r, e->now))
        return NULL;
    if (filter_is_empty(w->filter))
        return names[e->change];
    bool now = e->change != CHANGE_DELETED && filter_matches(w->filter, e->now->doc);
    bool before = e->before && filter_matches(w->filter, e->before->doc);
    return now ? names[before ? CHANGE_MODIFIED : CHANGE_ADDED] : before ? names[CHANGE_DELETED] : NULL;
}

static void expire(struct watcher *w)
{
    struct err *e = err_reason(ERR_RANGE, "Expired", "too old resource version: %llu (%llu)",
                               (unsigned long long)w->cursor, (unsigned long long)w->r->res->forgotten);
    const struct doc *d = status_of(w->r->a, e, NULL);
    err_free(e);
    send_line(w, "ERROR", span_of(json_text(w->r->a, d, 0)));
    end(w);
}

static size_t first_after(const struct resource *res, uint64_t version)
{
    size_t low = 0, high = res->history.len;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (res->history.at[mid].version <= version)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The objects that are there, for a watch that began at no version; what changes meanwhile follows from the
 * history. */
static void send_listed(struct watcher *w)
{
    struct resource *res = w->r->res;
    size_t i = store_seek(res, w->listed);
    if (i < res->objects.len && streq(res->objects.at[i]->key, w->listed))
        i++;
    for (; i < res->objects.len && !w->full; i++) {
        struct object *o = res->objects.at[i];
        if (!filter_keeps_key(w->r, o) || !filter_matches(w->filter, o->doc))
            continue;
        w->full = !send_object(w, "ADDED", o);
        free(w->listed);
        w->listed = mem_strdup(o->key);
    }
    if (i < res->objects.len || w->full)
        return;
    free(w->listed);
    w->listed = NULL;
}

static void pump(struct watcher *w)
{
    struct resource *res = w->r->res;
    if (w->listed)
        send_listed(w);
    if (w->listed || w->closed)
        return;
    if (w->cursor < res->forgotten) {
        expire(w);
        return;
    }
    for (size_t i = first_after(res, w->cursor); i < res->history.len && !w->full; i++) {
        const struct event *e = &res->history.at[i];
        const char *type = seen_as(w, e);
        w->cursor = e->version;
        if (type && !send_object(w, type, e->now))
            w->full = true;
    }
}

static void drained(struct net_req *http)
{
    struct request *r = http->user;
    r->watcher->full = false;
    pump(r->watcher);
}

void watch_flush(struct sandbox *s)
{
    vec_each (r, &s->resources) {
        if (!(*r)->dirty)
            continue;
        (*r)->dirty = false;
        for (size_t i = (*r)->watchers.len; i-- > 0;)
            if (!(*r)->watchers.at[i]->full)
                pump((*r)->watchers.at[i]);
    }
}

static void send_bookmark(struct watcher *w)
{
    struct request *r = w->r;
    const char *v =
        *r->res->group ? arena_printf(r->a, "%s/%s", r->res->group, r->served->version) : r->served->version;
    CLEANUP(mem_freep)
    char *text =
        mem_printf("{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"%llu\","
                   "\"creationTimestamp\":null}}",
                   w->form == READ_METADATA ? "PartialObjectMetadata" : r->res->kind,
                   w->form == READ_METADATA ? "meta.k8s.io/v1" : v, (unsigned long long)r->s->version);
    send_line(w, "BOOKMARK", span_of(text));
}

static void bookmark_due(struct loop_timer *t)
{
    struct watcher *w = CONTAINER(t, struct watcher, bookmark);
    loop_timer_set(w->r->s->loop, t, BOOKMARK_MS, bookmark_due);
    if (!w->full && !w->closed && !w->listed && !w->r->res->dirty)
        send_bookmark(w);
}

static struct err *cursor_of(struct request *r, uint64_t *out, bool *all)
{
    const char *text = net_req_query(r->http, "resourceVersion");
    int64_t version = 0;
    if (text && *text && (!span_int(span_of(text), &version) || version < 0))
        return err_reason(ERR_INVALID, "BadRequest",
                          "resourceVersion: Invalid value: \"%s\": must be a number", text);
    *all = !version;
    *out = (uint64_t)version;
    if (!*all && *out < r->res->forgotten)
        return err_reason(ERR_RANGE, "Expired", "too old resource version: %lld (%llu)", (long long)version,
                          (unsigned long long)r->res->forgotten);
    return NULL;
}

struct err *watch_begin(struct request *r)
{
    struct watcher *w = NEW(r->a, struct watcher);
    bool all = false;
    *w = (struct watcher){.r = r, .form = read_form(r)};
    TRY(filter_parse(r, &w->filter));
    TRY(cursor_of(r, &w->cursor, &all));
    const char *bookmarks = net_req_query(r->http, "allowWatchBookmarks");
    const char *timeout = net_req_query(r->http, "timeoutSeconds");
    int64_t seconds = 0;
    if (!timeout || !span_int(span_of(timeout), &seconds) || seconds <= 0 || seconds > TIMEOUT_MS / 1000)
        seconds = TIMEOUT_MS / 1000;
    r->watcher = w;
    r->code = 200;
    http_log(r);
    vec_push(&r->res->watchers, w);
    net_req_on_closed(r->http, closed);
    net_req_on_drained(r->http, drained);
    net_stream_start(r->http, 200, "application/json");
    loop_timer_set(r->s->loop, &w->end, seconds * 1000, timed_out);
    if (bookmarks && streq(bookmarks, "true"))
        loop_timer_set(r->s->loop, &w->bookmark, BOOKMARK_MS, bookmark_due);
    if (all) {
        w->listed = mem_strdup("");
        w->cursor = r->s->version;
    }
    pump(w);
    return NULL;
}

void watch_drop(struct resource *res)
{
    while (res->watchers.len)
        end(res->watchers.at[res->watchers.len - 1]);
}

void watch_drop_all(struct sandbox *s)
{
    vec_each (r, &s->resources)
        watch_drop(*r);
}
