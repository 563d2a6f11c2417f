/* kube/watch - a state machine: LISTING (a page at a time) -> WATCHING -> WATCHING again, or LISTING again
 * after a 410.
 *
 * `known` remembers uid and resourceVersion of every object reported and not deleted: what a new list is
 * compared with. An object that a list did not show again has an old `round`. Whatever calls the event
 * callback does so through tell(), and looks at `stopped` afterwards: the callback may have stopped the
 * watch, which is then freed by the one who entered (leave). */
#include "kube/watch.h"

#include "base/backoff.h"
#include "base/map.h"
#include "base/str.h"
#include "doc/json.h"
#include "kube/private.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PAGE = 500,
    LINE_LIMIT = 32 << 20,
    WATCH_MIN_S = 300,
    WATCH_SPREAD_S = 300,
    STEADY_MS = 60000,  /* a stream that lived so long was no failure */
    SILENCE_MS = 30000, /* beyond the server's time-out */
};

static const struct backoff again = {.base_ms = 1000, .cap_ms = 60000, .factor = 2, .jitter = 0.3};

struct known {
    uint64_t round;
    char *version; /* the second half of uid's allocation */
    char uid[];
};

struct kube_watch {
    struct kube *kube;
    struct kube_watch_options options; /* texts in the arena */
    struct arena *arena;
    const char *api_version;
    struct kube_target target;
    struct map *known; /* "namespace/name" */
    uint64_t round;
    bool listing, synced, no_pages, stopped;
    int entered;
    int failures;
    int64_t opened_ms;  /* the stream */
    struct str version; /* where the watch goes on */
    struct str next;    /* metadata.continue */
    struct kube_call *list;
    struct net_transfer *stream;
    struct loop_timer retry;
    struct str line;
    struct arena *scratch; /* of one event */
    struct err *refused;   /* an ERROR event of the stream */
};

static void start_list(struct kube_watch *w);
static void start_watch(struct kube_watch *w);

/* --- entering and leaving --- */

static void watch_free(struct kube_watch *w)
{
    map_free(w->known);
    str_release(&w->version);
    str_release(&w->next);
    str_release(&w->line);
    err_free(w->refused);
    arena_free(w->scratch);
    arena_free(w->arena);
    free(w);
}

static void enter(struct kube_watch *w)
{
    w->entered++;
}

static void leave(struct kube_watch *w)
{
    if (!--w->entered && w->stopped)
        watch_free(w);
}

static void tell(struct kube_watch *w, enum kube_event event, const struct doc *object, const struct err *e)
{
    if (!w->stopped)
        w->options.event(w->options.arg, event, object, e);
}

/* --- what is known --- */

static struct known *known_new(const char *uid, const char *version, uint64_t round)
{
    size_t n = strlen(uid) + 1, m = strlen(version) + 1;
    struct known *k = mem_alloc(sizeof(*k) + n + m);
    k->round = round;
    memcpy(k->uid, uid, n);
    k->version = k->uid + n;
    memcpy(k->version, version, m);
    return k;
}

static const char *key_of(struct arena *a, const struct doc *object)
{
    const struct doc *meta = doc_get(object, "metadata");
    return arena_printf(a, "%s/%s", doc_str(doc_get(meta, "namespace"), ""),
                        doc_str(doc_get(meta, "name"), ""));
}

/* Items of lists have no apiVersion and kind, those of metadata-only requests somebody else's. */
static const struct doc *typed(struct kube_watch *w, struct arena *a, const struct doc *object)
{
    if (doc_str_is(doc_get(object, "kind"), w->options.kind) &&
        doc_str_is(doc_get(object, "apiVersion"), w->api_version))
        return object;
    struct doc *own = doc_new_map(a);
    doc_set_str(a, own, "apiVersion", w->api_version);
    doc_set_str(a, own, "kind", w->options.kind);
    doc_each (it, object)
        if (!span_is(it.key, "kind") && !span_is(it.key, "apiVersion"))
            doc_set_span(a, own, it.key, it.val);
    return own;
}

/* All that is known of an object that is gone. */
static const struct doc *tombstone(struct kube_watch *w, struct arena *a, const char *key,
                                   const struct known *k)
{
    const char *slash = strchr(key, '/');
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", w->api_version);
    doc_set_str(a, d, "kind", w->options.kind);
    struct doc *meta = doc_set_map(a, d, "metadata");
    doc_set_str(a, meta, "name", slash + 1);
    if (slash != key)
        doc_set_str(a, meta, "namespace", arena_strndup(a, key, (size_t)(slash - key)));
    doc_set_str(a, meta, "uid", k->uid);
    return d;
}

/* An object as it is now, from a list or an event. */
static void see(struct kube_watch *w, struct arena *a, const struct doc *object)
{
    const struct doc *meta = doc_get(object, "metadata");
    const char *uid = doc_str(doc_get(meta, "uid"), ""),
               *version = doc_str(doc_get(meta, "resourceVersion"), "");
    const char *key = key_of(a, object);
    struct known *old = map_get(w->known, key);
    if (old && streq(old->uid, uid) && streq(old->version, version)) {
        old->round = w->round;
        return;
    }
    bool same = old && streq(old->uid, uid);
    if (old && !same) /* deleted and made again while we did not look */
        tell(w, KUBE_DELETED, tombstone(w, a, key, old), NULL);
    if (w->stopped)
        return;
    map_set(w->known, key, known_new(uid, version, w->round));
    tell(w, same ? KUBE_MODIFIED : KUBE_ADDED, typed(w, a, object), NULL);
}

static void see_deleted(struct kube_watch *w, struct arena *a, const struct doc *object)
{
    if (map_del(w->known, key_of(a, object)))
        tell(w, KUBE_DELETED, typed(w, a, object), NULL);
}

/* After a complete list: what it did not show. */
static void sweep(struct kube_watch *w)
{
    map_each (it, w->known) {
        const struct known *k = it.value;
        if (k->round == w->round)
            continue;
        arena_reset(w->scratch);
        const struct doc *gone = tombstone(w, w->scratch, it.key, k);
        map_del(w->known, it.key);
        tell(w, KUBE_DELETED, gone, NULL);
        if (w->stopped)
            return;
    }
}

/* --- failing --- */

static void on_retry(struct loop_timer *t)
{
    struct kube_watch *w = CONTAINER(t, struct kube_watch, retry);
    if (w->listing)
        start_list(w);
    else
        start_watch(w);
}

/* Takes `e`. */
static void fail(struct kube_watch *w, struct err *e)
{
    int64_t wait = backoff_ms(&again, ++w->failures, w->kube->options.random);
    wait = MAX(wait, e->retry_after_ms);
    w->synced = false;
    tell(w, KUBE_ERROR, NULL, e);
    err_free(e);
    if (!w->stopped)
        loop_timer_set(w->kube->loop, &w->retry, wait, on_retry);
}

static bool is_expired(const struct err *e)
{
    return e->code == ERR_RANGE && e->reason; /* Expired, Gone */
}

/* From the start, at once the first time and after a back-off when it comes to that again. */
static void relist(struct kube_watch *w)
{
    w->listing = true;
    str_clear(&w->next);
    loop_timer_set(w->kube->loop, &w->retry, backoff_ms(&again, w->failures++, w->kube->options.random),
                   on_retry);
}

/* --- listing --- */

static void list_complete(struct kube_watch *w)
{
    sweep(w);
    if (w->stopped)
        return;
    w->listing = false;
    w->failures = 0;
    w->no_pages = false;
    w->synced = true;
    tell(w, KUBE_SYNCED, NULL, NULL);
    if (!w->stopped)
        start_watch(w);
}

static void list_page(struct kube_watch *w, const struct doc *page)
{
    if (doc_kind(doc_get(page, "metadata")) != DOC_MAP) {
        fail(w, err_new(ERR_UNAVAILABLE, "listing %s: the answer is no list", w->options.resource));
        return;
    }
    doc_each (it, doc_get(page, "items")) {
        arena_reset(w->scratch);
        see(w, w->scratch, it.val);
        if (w->stopped)
            return;
    }
    const struct doc *meta = doc_get(page, "metadata");
    str_clear(&w->version);
    str_clear(&w->next);
    str_add(&w->version, doc_str(doc_get(meta, "resourceVersion"), ""));
    str_add(&w->next, doc_str(doc_get(meta, "continue"), ""));
    if (w->next.len)
        start_list(w);
    else
        list_complete(w);
}

static void on_list(void *arg, struct err *e, const struct doc *page)
{
    struct kube_watch *w = arg;
    w->list = NULL;
    enter(w);
    if (!e) {
        list_page(w, page);
    } else if (is_expired(e) && !w->no_pages) {
        /* The list took longer than the server keeps its state: once more, in one piece. */
        err_free(e);
        w->no_pages = true;
        relist(w);
    } else {
        str_clear(&w->next);
        fail(w, err_wrap(e, "listing %s", w->options.resource));
    }
    leave(w);
}

static void start_list(struct kube_watch *w)
{
    if (!w->next.len)
        w->round++;
    struct kube_list_options o = {
        .labels = w->options.labels,
        .fields = w->options.fields,
        .limit = w->no_pages ? 0 : w->options.page,
        .next = w->next.len ? str_text(&w->next) : NULL,
        .metadata_only = w->options.metadata_only,
    };
    w->list = kube_list(w->kube, &w->target, &o, on_list, w);
}

/* --- watching --- */

static void bookmark(struct kube_watch *w, const struct doc *object)
{
    const char *version = doc_str(doc_path(object, "metadata", "resourceVersion"), "");
    if (!*version)
        return;
    str_clear(&w->version);
    str_add(&w->version, version);
}

static void one_event(struct kube_watch *w, struct span text)
{
    arena_reset(w->scratch);
    struct doc *event;
    struct err *bad = json_read(w->scratch, text, NULL, &event);
    if (bad) {
        err_free(w->refused);
        w->refused = err_wrap(bad, "an event");
        return;
    }
    const struct doc *object = doc_get(event, "object");
    const char *type = doc_str(doc_get(event, "type"), "");
    if (streq(type, "ERROR")) {
        err_free(w->refused);
        w->refused = kube_status_error((int)doc_int(doc_get(object, "code"), 500), object, NULL);
        return;
    }
    w->failures = 0;
    if (streq(type, "DELETED"))
        see_deleted(w, w->scratch, object);
    else if (streq(type, "ADDED") || streq(type, "MODIFIED"))
        see(w, w->scratch, object);
    if (!w->stopped)
        bookmark(w, object);
}

static void on_head(void *arg, const struct net_response *head)
{
    struct kube_watch *w = arg;
    if (w->synced || head->status != 200)
        return;
    enter(w);
    w->synced = true; /* the error is over */
    tell(w, KUBE_SYNCED, NULL, NULL);
    leave(w);
}

static enum net_take on_data(void *arg, const struct net_response *head, struct span piece)
{
    struct kube_watch *w = arg;
    enter(w);
    while (piece.len && !w->stopped && !w->refused) {
        const char *end = head->status == 200 ? memchr(piece.at, '\n', piece.len) : NULL;
        size_t n = end ? (size_t)(end - piece.at) : piece.len;
        if (w->line.len + n > LINE_LIMIT) {
            w->refused = err_reason(ERR_EXHAUSTED, "ResponseTooLarge", "an event is longer than %d MiB",
                                    LINE_LIMIT >> 20);
            break;
        }
        str_add_n(&w->line, piece.at, n);
        piece = (struct span){piece.at + n + (end != NULL), piece.len - n - (end != NULL)};
        struct span line = span_trim(str_span(&w->line));
        if (end && line.len)
            one_event(w, line);
        if (end)
            str_clear(&w->line);
    }
    leave(w);
    return NET_TAKEN;
}

static struct err *http_error(struct kube_watch *w, const struct net_response *r)
{
    struct doc *body = NULL;
    arena_reset(w->scratch);
    err_free(kube_parse_body(w->scratch, str_span(&w->line), &body));
    return kube_status_error(r->status, body, net_pairs_get(&r->headers, "retry-after"));
}

/* The usual end is the server's time-out: go on at once. */
static void on_watch_end(void *arg, struct err *e, const struct net_response *r)
{
    struct kube_watch *w = arg;
    w->stream = NULL;
    enter(w);
    if (w->refused) {
        err_free(e);
        e = w->refused;
        w->refused = NULL;
    } else if (!e && r->status != 200) {
        e = http_error(w, r);
    }
    str_release(&w->line);
    if (clock_mono_ms(loop_clock(w->kube->loop)) - w->opened_ms >= STEADY_MS)
        w->failures = 0;
    if (!e) {
        loop_timer_set(w->kube->loop, &w->retry, backoff_ms(&again, w->failures++, w->kube->options.random),
                       on_retry);
    } else if (is_expired(e)) {
        err_free(e);
        relist(w);
    } else {
        fail(w, err_wrap(e, "watching %s", w->options.resource));
    }
    leave(w);
}

static void start_watch(struct kube_watch *w)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_watch");
    CLEANUP(str_release) struct str q = {0};
    int64_t seconds = WATCH_MIN_S + (int64_t)rand_below(w->kube->options.random, WATCH_SPREAD_S);
    char timeout[24];
    snprintf(timeout, sizeof(timeout), "%lld", (long long)seconds);
    net_url_query_add(&q, "watch", "true");
    net_url_query_add(&q, "allowWatchBookmarks", "true");
    net_url_query_add(&q, "resourceVersion", str_text(&w->version));
    net_url_query_add(&q, "timeoutSeconds", timeout);
    net_url_query_add(&q, "labelSelector", w->options.labels);
    net_url_query_add(&q, "fieldSelector", w->options.fields);
    struct net_request r;
    kube_prepare(w->kube, a, arena_printf(a, "%s%s", kube_path(a, &w->target), str_text(&q)), &r);
    struct net_pair accept = {
        "Accept", w->options.metadata_only
                      ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
                      : "application/json"};
    r.headers = &accept;
    r.headers_len = 1;
    r.idle_ms = seconds * 1000 + SILENCE_MS;
    r.on_head = on_head;
    r.on_data = on_data;
    r.on_done = on_watch_end;
    r.arg = w;
    w->opened_ms = clock_mono_ms(loop_clock(w->kube->loop));
    w->stream = net_client_start(w->kube->net, &r);
}

/* --- from outside --- */

static const char *copied(struct arena *a, const char *text)
{
    return text && *text ? arena_strdup(a, text) : NULL;
}

struct kube_watch *kube_watch_start(struct kube *k, const struct kube_watch_options *options)
{
    struct kube_watch *w = mem_zalloc(sizeof(*w));
    struct arena *a = w->arena = arena_new("kube_watch");
    w->kube = k;
    w->scratch = arena_new("kube_event");
    w->options = *options;
    struct kube_watch_options *o = &w->options;
    o->group = arena_strdup(a, options->group);
    o->version = arena_strdup(a, options->version);
    o->resource = arena_strdup(a, options->resource);
    o->kind = arena_strdup(a, options->kind);
    o->ns = copied(a, options->ns);
    o->labels = copied(a, options->labels);
    o->fields = copied(a, options->fields);
    o->page = options->page > 0 ? options->page : PAGE;
    w->target = (struct kube_target){o->group, o->version, o->resource, o->ns, NULL, NULL};
    w->api_version = *o->group ? arena_printf(a, "%s/%s", o->group, o->version) : o->version;
    w->known = map_new(free);
    w->listing = true;
    start_list(w);
    return w;
}

void kube_watch_stop(struct kube_watch *w)
{
    if (!w || w->stopped)
        return;
    w->stopped = true;
    kube_cancel(w->list);
    net_transfer_cancel(w->stream);
    loop_timer_stop(w->kube->loop, &w->retry);
    enter(w);
    leave(w);
}

bool kube_watch_synced(const struct kube_watch *w)
{
    return w->synced;
}

size_t kube_watch_len(const struct kube_watch *w)
{
    return map_len(w->known);
}
