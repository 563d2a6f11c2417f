/* kube/client - calls wait in one queue for the budget; pump() sends as many as it allows.
 *
 * A call is in exactly one state: queued (waits for its turn, or for its back-off), sent, parsing (on a
 * worker), or over. Whoever ends it takes it off the list first and then calls done, so done may start others
 * or free what owned it. */
#include "kube/client.h"

#include "base/backoff.h"
#include "base/str.h"
#include "doc/json.h"
#include "kube/private.h"
#include "net/url.h"

#include <stdio.h>
#include <stdlib.h>

enum { BODY_LIMIT = 512 << 20 };

static const struct backoff retry_backoff = {.base_ms = 200, .cap_ms = 20000, .factor = 2.5, .jitter = 0.2};

enum state { QUEUED, SENT, PARSING };

struct kube_call {
    struct kube *kube;
    struct kube_call *prev, *next;
    struct arena *arena;
    struct kube_raw raw; /* texts in the arena */
    bool list;
    enum state state;
    int failures;
    int64_t not_before_ms;
    struct net_transfer *transfer;
    kube_done *done;
    void *arg;
    struct work_job job;
    struct span parsing; /* a copy of a big body */
    struct doc *parsed;
    struct err *parse_error;
};

static void pump(struct kube *k);

/* --- life of a call --- */

static void unlink_call(struct kube_call *c)
{
    struct kube *k = c->kube;
    if (!k)
        return;
    *(c->prev ? &c->prev->next : &k->first) = c->next;
    *(c->next ? &c->next->prev : &k->last) = c->prev;
    if (c->state != QUEUED)
        k->in_flight--;
    c->kube = NULL;
}

static void free_call(struct kube_call *c)
{
    err_free(c->parse_error);
    arena_free(c->arena);
}

static void finish(struct kube_call *c, struct err *e, const struct doc *object)
{
    struct kube *k = c->kube;
    unlink_call(c);
    pump(k); /* before done, which may free the client */
    c->done(c->arg, e, object);
    free_call(c);
}

void kube_cancel(struct kube_call *c)
{
    if (!c || !c->kube)
        return;
    struct kube *k = c->kube;
    bool parsing = c->state == PARSING;
    net_transfer_cancel(c->transfer);
    unlink_call(c);
    if (!parsing) /* else the worker's delivery frees it */
        free_call(c);
    pump(k);
}

/* --- responses --- */

struct err *kube_parse_body(struct arena *a, struct span body, struct doc **out)
{
    struct span text = span_trim(body);
    *out = NULL;
    if (text.len && (text.at[0] == '{' || text.at[0] == '['))
        return json_read(a, text, &(struct limits){.bytes = BODY_LIMIT}, out);
    *out = doc_new_str_n(a, body.at ? body.at : "", body.len);
    return NULL;
}

static void run_parse(struct work_job *job, void *state)
{
    (void)state;
    struct kube_call *c = CONTAINER(job, struct kube_call, job);
    c->parse_error = kube_parse_body(c->arena, c->parsing, &c->parsed);
}

static void parse_done(struct work_job *job)
{
    struct kube_call *c = CONTAINER(job, struct kube_call, job);
    if (!c->kube) { /* cancelled meanwhile */
        free_call(c);
        return;
    }
    struct err *e = c->parse_error;
    c->parse_error = NULL;
    finish(c, e, e ? NULL : c->parsed);
}

static bool parse_on_worker(struct kube_call *c, struct span body)
{
    struct work *w = c->kube->options.work;
    if (!w || body.len < KUBE_BIG_BODY)
        return false;
    c->parsing = (struct span){arena_dup(c->arena, body.at, body.len), body.len};
    c->job = (struct work_job){.run = run_parse, .done = parse_done};
    struct err *full = work_submit(w, &c->job);
    err_free(full);
    if (full)
        return false;
    c->state = PARSING;
    return true;
}

static void succeed(struct kube_call *c, struct span body)
{
    if (parse_on_worker(c, body))
        return;
    struct doc *object;
    struct err *e = kube_parse_body(c->arena, body, &object);
    finish(c, e, e ? NULL : object);
}

/* Nothing was done by the server, or doing it twice is the same. */
static bool may_retry(const struct kube_call *c, int status, const struct err *e)
{
    if (c->failures + 1 >= c->kube->options.tries)
        return false;
    if (status == 429 || (status == 0 && e->reason && streq(e->reason, "ConnectionRefused")))
        return true;
    bool server = status == 500 || status == 502 || status == 503 || status == 504;
    return c->raw.retry && (server || (status < 300 && e->code == ERR_UNAVAILABLE && !e->reason));
}

static void fail(struct kube_call *c, int status, struct err *e)
{
    struct kube *k = c->kube;
    if (!may_retry(c, status, e)) {
        finish(c, e, NULL);
        return;
    }
    int64_t wait = backoff_ms(&retry_backoff, ++c->failures, k->options.random);
    wait = MAX(wait, e->retry_after_ms);
    err_free(e);
    c->state = QUEUED;
    k->in_flight--;
    c->not_before_ms = clock_mono_ms(loop_clock(k->loop)) + wait;
    pump(k);
}

static void on_response(void *arg, struct err *e, const struct net_response *r)
{
    struct kube_call *c = arg;
    c->transfer = NULL;
    if (e) {
        fail(c, r ? r->status : 0, e);
        return;
    }
    if (r->status >= 200 && r->status < 300) {
        succeed(c, r->body);
        return;
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_status");
    struct doc *body = NULL;
    err_free(kube_parse_body(a, r->body, &body)); /* the status says enough */
    fail(c, r->status, kube_status_error(r->status, body, net_pairs_get(&r->headers, "retry-after")));
}

/* --- sending --- */

void kube_prepare(struct kube *k, struct arena *a, const char *path, struct net_request *out)
{
    kube_config_refresh(k->config, loop_clock(k->loop));
    *out = (struct net_request){.url = arena_printf(a, "%s%s", k->config->server, path),
                                .creds = &k->config->creds,
                                .proxy = k->config->proxy};
}

static void send_call(struct kube_call *c)
{
    struct kube *k = c->kube;
    struct net_request r;
    kube_prepare(k, c->arena, c->raw.path, &r);
    struct net_pair headers[2] = {
        {"Accept", c->raw.accept ? c->raw.accept : "application/json"},
        {"Content-Type", c->raw.content_type ? c->raw.content_type : "application/json"}};
    r.method = c->raw.method;
    r.headers = headers;
    r.headers_len = c->raw.body.len ? 2 : 1;
    r.body = c->raw.body;
    r.timeout_ms = k->options.timeout_ms;
    r.max_body = BODY_LIMIT;
    r.on_done = on_response;
    r.arg = c;
    c->state = SENT;
    k->in_flight++;
    k->tokens -= 1;
    c->transfer = net_client_start(c->list ? k->lists : k->net, &r);
}

static void refill(struct kube *k, int64_t now)
{
    k->tokens =
        MIN(k->tokens + (double)(now - k->tokens_ms) * k->options.qps / 1000, (double)k->options.burst);
    k->tokens_ms = now;
}

static void on_pump(struct loop_timer *t)
{
    pump(CONTAINER(t, struct kube, pump));
}

/* Sends what may be sent; sets the timer for what waits for time alone. */
static void pump(struct kube *k)
{
    int64_t now = clock_mono_ms(loop_clock(k->loop)), wait = INT64_MAX;
    refill(k, now);
    for (struct kube_call *c = k->first, *next; c && k->in_flight < k->options.in_flight; c = next) {
        next = c->next;
        if (c->state != QUEUED)
            continue;
        if (c->not_before_ms > now) {
            wait = MIN(wait, c->not_before_ms - now);
            continue;
        }
        if (k->tokens < 1) {
            wait = MIN(wait, (int64_t)((1 - k->tokens) * 1000 / k->options.qps) + 1);
            break;
        }
        send_call(c);
    }
    if (wait == INT64_MAX)
        loop_timer_stop(k->loop, &k->pump);
    else
        loop_timer_set(k->loop, &k->pump, wait, on_pump);
}

static struct kube_call *enqueue(struct kube *k, struct kube_call *c, kube_done *done, void *arg)
{
    c->kube = k;
    c->done = done;
    c->arg = arg;
    c->prev = k->last;
    *(k->last ? &k->last->next : &k->first) = c;
    k->last = c;
    /* From the loop and not from here: done must not run before the caller has its call. */
    if (!loop_timer_active(&k->pump) || k->pump.due_ms > loop_now_ms(k->loop))
        loop_timer_set(k->loop, &k->pump, 0, on_pump);
    return c;
}

static struct kube_call *call_new(void)
{
    struct arena *a = arena_new("kube_call");
    struct kube_call *c = NEW(a, struct kube_call);
    c->arena = a;
    return c;
}

struct kube_call *kube_request(struct kube *k, const struct kube_raw *raw, kube_done *done, void *arg)
{
    struct kube_call *c = call_new();
    struct arena *a = c->arena;
    c->raw = *raw;
    c->raw.method = arena_strdup(a, raw->method ? raw->method : "GET");
    c->raw.path = arena_strdup(a, raw->path);
    c->raw.accept = raw->accept ? arena_strdup(a, raw->accept) : NULL;
    c->raw.content_type = raw->content_type ? arena_strdup(a, raw->content_type) : NULL;
    if (raw->body.len)
        c->raw.body.at = arena_dup(a, raw->body.at, raw->body.len);
    return enqueue(k, c, done, arg);
}

/* --- the client --- */

struct kube *kube_new(struct loop *l, const struct kube_options *options)
{
    struct kube *k = mem_zalloc(sizeof(*k));
    k->loop = l;
    k->options = *options;
    k->config = options->config;
    struct kube_options *o = &k->options;
    o->qps = o->qps > 0 ? o->qps : 50;
    o->burst = o->burst > 0 ? o->burst : 100;
    o->in_flight = o->in_flight > 0 ? o->in_flight : 64;
    o->tries = o->tries > 0 ? o->tries : 4;
    o->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 60000;
    o->random = o->random ? o->random : rand_system();
    k->tokens = o->burst;
    k->tokens_ms = clock_mono_ms(loop_clock(l));
    /* Over HTTP/1.1 each watch needs a connection; over HTTP/2 they share one whatever the limit. */
    struct net_client_options n = {
        .connections = 2000, .host_connections = 2000, .user_agent = o->user_agent};
    k->net = net_client_new(l, &n);
    n.host_connections = 8;
    k->lists = net_client_new(l, &n);
    return k;
}

void kube_free(struct kube *k)
{
    if (!k)
        return;
    k->options.in_flight = 0; /* nothing more is sent */
    while (k->first)
        kube_cancel(k->first);
    loop_timer_stop(k->loop, &k->pump);
    net_client_free(k->net);
    net_client_free(k->lists);
    kube_config_free(k->config);
    free(k);
}

struct loop *kube_loop(const struct kube *k)
{
    return k->loop;
}

const struct kube_config *kube_config_of(const struct kube *k)
{
    return k->config;
}

/* --- the verbs --- */

static void add_path(struct str *s, const struct kube_target *t)
{
    if (t->group && *t->group)
        str_printf(s, "/apis/%s/%s", t->group, t->version);
    else
        str_printf(s, "/api/%s", t->version);
}

static void add_segment(struct arena *a, struct str *s, const char *segment)
{
    if (segment && *segment)
        str_printf(s, "/%s", net_url_escape(a, segment));
}

const char *kube_path(struct arena *a, const struct kube_target *t)
{
    CLEANUP(str_release) struct str s = {0};
    add_path(&s, t);
    if (t->ns && *t->ns) {
        str_add(&s, "/namespaces");
        add_segment(a, &s, t->ns);
    }
    add_segment(a, &s, t->resource);
    add_segment(a, &s, t->name);
    add_segment(a, &s, t->subresource);
    return arena_strndup(a, str_text(&s), s.len);
}

static struct kube_call *verb(const char *method, const struct kube_target *t, const struct str *query,
                              const struct doc *body)
{
    struct kube_call *c = call_new();
    struct arena *a = c->arena;
    c->raw.method = method;
    c->raw.path = arena_printf(a, "%s%s", kube_path(a, t), str_text(query));
    c->raw.retry = streq(method, "GET") || streq(method, "DELETE");
    if (body)
        c->raw.body = span_of(json_text(a, body, 0));
    return c;
}

struct kube_call *kube_get(struct kube *k, const struct kube_target *t, kube_done *done, void *arg)
{
    return enqueue(k, verb("GET", t, &(struct str){0}, NULL), done, arg);
}

struct kube_call *kube_list(struct kube *k, const struct kube_target *t, const struct kube_list_options *o,
                            kube_done *done, void *arg)
{
    static const struct kube_list_options none;
    o = o ? o : &none;
    CLEANUP(str_release) struct str q = {0};
    char limit[16];
    snprintf(limit, sizeof(limit), "%d", o->limit);
    net_url_query_add(&q, "labelSelector", o->labels);
    net_url_query_add(&q, "fieldSelector", o->fields);
    net_url_query_add(&q, "limit", o->limit ? limit : NULL);
    net_url_query_add(&q, "continue", o->next);
    net_url_query_add(&q, "resourceVersion", o->resource_version);
    struct kube_call *c = verb("GET", t, &q, NULL);
    if (o->metadata_only)
        c->raw.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    c->list = true;
    return enqueue(k, c, done, arg);
}

static void write_query(struct str *q, const struct kube_write_options *o)
{
    if (!o)
        return;
    net_url_query_add(q, "fieldManager", o->field_manager);
    net_url_query_add(q, "fieldValidation", o->validation);
    net_url_query_add(q, "dryRun", o->dry_run ? "All" : NULL);
    net_url_query_add(q, "force", o->force ? "true" : NULL);
}

struct kube_call *kube_create(struct kube *k, const struct kube_target *t, const struct doc *object,
                              const struct kube_write_options *o, kube_done *done, void *arg)
{
    CLEANUP(str_release) struct str q = {0};
    write_query(&q, o);
    struct kube_target in = *t;
    if (!in.subresource) /* created in the collection; a subresource (eviction, token) has its object's name
                          */
        in.name = NULL;
    return enqueue(k, verb("POST", &in, &q, object), done, arg);
}

struct kube_call *kube_update(struct kube *k, const struct kube_target *t, const struct doc *object,
                              const struct kube_write_options *o, kube_done *done, void *arg)
{
    CLEANUP(str_release) struct str q = {0};
    write_query(&q, o);
    struct kube_call *c = verb("PUT", t, &q, object);
    c->raw.retry = *doc_str(doc_path(object, "metadata", "resourceVersion"), "") != '\0';
    return enqueue(k, c, done, arg);
}

struct kube_call *kube_patch(struct kube *k, const struct kube_target *t, struct kube_patch_body body,
                             const struct kube_write_options *o, kube_done *done, void *arg)
{
    static const char *const types[] = {
        [KUBE_JSON_PATCH] = "application/json-patch+json",
        [KUBE_MERGE_PATCH] = "application/merge-patch+json",
        [KUBE_STRATEGIC_PATCH] = "application/strategic-merge-patch+json",
        [KUBE_APPLY] = "application/apply-patch+yaml", /* of which JSON is a part */
    };
    CLEANUP(str_release) struct str q = {0};
    write_query(&q, o);
    struct kube_call *c = verb("PATCH", t, &q, body.patch);
    c->raw.content_type = types[body.kind];
    return enqueue(k, c, done, arg);
}

struct kube_call *kube_delete(struct kube *k, const struct kube_target *t,
                              const struct kube_delete_options *o, kube_done *done, void *arg)
{
    static const struct kube_delete_options none;
    o = o ? o : &none;
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_delete");
    struct doc *body = doc_new_map(a);
    doc_set_str(a, body, "apiVersion", "v1");
    doc_set_str(a, body, "kind", "DeleteOptions");
    if (o->uid || o->resource_version) {
        struct doc *pre = doc_set_map(a, body, "preconditions");
        if (o->uid)
            doc_set_str(a, pre, "uid", o->uid);
        if (o->resource_version)
            doc_set_str(a, pre, "resourceVersion", o->resource_version);
    }
    if (o->propagation)
        doc_set_str(a, body, "propagationPolicy", o->propagation);
    if (o->grace_s)
        doc_set_int(a, body, "gracePeriodSeconds", MAX(o->grace_s, (int64_t)0));
    if (o->dry_run)
        doc_push_str(a, doc_set_list(a, body, "dryRun"), "All");
    return enqueue(k, verb("DELETE", t, &(struct str){0}, body), done, arg);
}
