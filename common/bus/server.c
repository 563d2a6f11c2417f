/* bus/server - a ROUTER; callers by routing id, their open requests in a list each.
 *
 * A ROUTER is not told when a client goes away. A client that waits for answers pings, so one that is silent
 * with requests open is gone; so is one to whom a send fails. Its requests are cancelled; the handlers still
 * answer, into the void. A request lives from its first frame until its answer has left (or its caller is
 * gone). */
#include "bus/private.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

enum { ID_MAX = 16, CALLERS_MAX = 4096, SWEEP_MS = 1000, IDLE_MS = 60000 };
enum { CREDITS = 64, LIMIT = 1024, SILENT_MS = 10000 };

struct caller {
    char id[ID_MAX], key[2 * ID_MAX + 1];
    size_t id_len;
    struct bus_request *first; /* its requests */
    uint32_t open;
    uint64_t newest; /* id: a client counts up, so a new one need not be looked for */
    int64_t heard_ms;
};

enum stage { RECEIVING, ASKED, ANSWERED };

struct bus_request {
    struct bus_server *server; /* NULL: it is gone */
    struct caller *caller;     /* NULL: it is gone */
    struct bus_request **list; /* its caller's, or the server's orphans */
    struct bus_request *next, *prev;
    uint64_t id;
    const struct bus_method *method;
    enum stage stage;
    struct call call;
    char *trace, *domain;
    struct bus_in body;
    struct bus_out reply;
    void (*on_cancel)(void *);
    void *cancel_arg;
};

struct bus_server {
    struct bus *bus;
    struct bus_socket socket;
    struct bus_server_options o;
    struct map *callers;
    struct caller *recent; /* whoever spoke last speaks next, mostly */
    char id[ID_MAX];       /* of the message being read */
    size_t id_len, parts;
    size_t open;
    struct bus_request *orphans; /* a handler works on them though nobody waits */
    struct loop_timer sweep;
    bool draining;
    void (*drained)(void *);
    void *drained_arg;
};

/* --- callers --- */

static void hex_key(const char *id, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = "0123456789abcdef"[(unsigned char)id[i] >> 4];
        *out++ = "0123456789abcdef"[id[i] & 15];
    }
    *out = 0;
}

static struct caller *caller_of(struct bus_server *s)
{
    struct caller *c = s->recent;
    if (c && c->id_len == s->id_len && memcmp(c->id, s->id, s->id_len) == 0)
        return c;
    char key[2 * ID_MAX + 1];
    hex_key(s->id, s->id_len, key);
    c = map_get(s->callers, key);
    if (!c && map_len(s->callers) < CALLERS_MAX) {
        c = mem_zalloc(sizeof(*c));
        memcpy(c->id, s->id, s->id_len);
        memcpy(c->key, key, sizeof(key));
        c->id_len = s->id_len;
        map_set(s->callers, key, c);
    }
    s->recent = c;
    return c;
}

static void request_free(struct bus_request *rq)
{
    bus_in_release(&rq->body);
    bus_out_release(&rq->reply);
    free(rq->trace);
    free(rq->domain);
    free(rq);
}

static void link_request(struct bus_request *rq, struct bus_request **list)
{
    rq->list = list;
    rq->prev = NULL;
    rq->next = *list;
    if (*list)
        (*list)->prev = rq;
    *list = rq;
}

static void unlink_request(struct bus_request *rq)
{
    *(rq->prev ? &rq->prev->next : rq->list) = rq->next;
    if (rq->next)
        rq->next->prev = rq->prev;
    if (rq->caller)
        rq->caller->open--;
    rq->caller = NULL;
}

static void say_drained(void *arg)
{
    struct bus_server *s = arg;
    void (*fn)(void *) = s->drained;
    s->drained = NULL;
    if (fn)
        fn(s->drained_arg);
}

static void count_down(struct bus_server *s)
{
    s->open--;
    if (s->draining && s->open == 0)
        loop_post(s->bus->loop, say_drained, s);
}

/* No answer will leave any more. A handler that still works on it keeps the struct until it answers. */
static void abandon(struct bus_request *rq)
{
    unlink_request(rq);
    if (rq->stage == ASKED) {
        link_request(rq, &rq->server->orphans);
        call_cancel(&rq->call);
        void (*fn)(void *) = rq->on_cancel;
        rq->on_cancel = NULL;
        if (fn)
            fn(rq->cancel_arg);
        return;
    }
    count_down(rq->server);
    request_free(rq);
}

static void caller_gone(struct bus_server *s, struct caller *c)
{
    if (s->recent == c)
        s->recent = NULL;
    map_take(s->callers, c->key);
    while (c->first)
        abandon(c->first);
    free(c);
}

/* False when the caller turned out to be gone. */
static bool send_to(struct bus_server *s, struct caller *c, bus_frame *f)
{
    int errnum = bus_socket_send(&s->socket, (struct span){c->id, c->id_len}, f);
    if (errnum == 0)
        return true;
    caller_gone(s, c);
    return false;
}

static void sweep(struct loop_timer *t)
{
    struct bus_server *s = CONTAINER(t, struct bus_server, sweep);
    int64_t now = loop_now_ms(s->bus->loop);
    map_each (it, s->callers) {
        struct caller *c = it.value;
        if (now - c->heard_ms > (c->first ? s->o.silent_ms : (int64_t)IDLE_MS))
            caller_gone(s, c);
    }
    if (map_len(s->callers))
        loop_timer_set(s->bus->loop, t, SWEEP_MS, sweep);
}

/* --- requests --- */

static struct bus_request *find_request(struct caller *c, uint64_t id)
{
    for (struct bus_request *rq = c->first; rq; rq = rq->next)
        if (rq->id == id)
            return rq;
    return NULL;
}

static void refuse(struct bus_server *s, struct caller *c, uint64_t id, const struct err *e)
{
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(REPLY), id);
    BUS_SET(&f, code, e->code);
    f.reason = (char *)(uintptr_t)e->reason;
    f.message = e->msg;
    if (e->retry_after_ms > 0)
        BUS_SET(&f, retry_after_ms, (uint64_t)e->retry_after_ms);
    send_to(s, c, &f);
}

static void refuse_free(struct bus_server *s, struct caller *c, uint64_t id, struct err *e)
{
    refuse(s, c, id, e);
    err_free(e);
}

static const struct bus_method *method_of(const struct bus_server *s, const char *name)
{
    for (size_t i = 0; i < s->o.methods_len; i++)
        if (streq(s->o.methods[i].name, name))
            return &s->o.methods[i];
    return NULL;
}

/* Why the request cannot be taken, or NULL. */
static struct err *check_request(const struct bus_server *s, const struct caller *c, const bus_frame *f)
{
    if (f->version != BUS_VERSION)
        return err_reason(ERR_PRECONDITION, "BusVersion", "this server speaks version %d of the bus, not %u",
                          BUS_VERSION, f->version);
    if (f->has_encoding && f->encoding != CAPSTAN__BUS__ENCODING__PLAIN)
        return err_reason(ERR_UNIMPLEMENTED, "BusEncoding", "bodies of encoding %d are not known here",
                          f->encoding);
    if (!method_of(s, f->method))
        return err_reason(ERR_UNIMPLEMENTED, "BusMethod", "no method '%s' here", f->method);
    if (s->draining)
        return err_reason(ERR_UNAVAILABLE, "BusDraining", "the server is about to end");
    if (c->open >= s->o.credits || s->open >= s->o.limit)
        return err_reason(ERR_UNAVAILABLE, "BusBusy", "the server has %zu requests open", s->open);
    return NULL;
}

static void ask_handler(struct bus_request *rq)
{
    rq->stage = ASKED;
    rq->method->fn(rq->server->o.service, rq);
}

static void on_request(struct bus_server *s, struct caller *c, const bus_frame *f)
{
    if (!f->method || !f->has_id || (f->id <= c->newest && find_request(c, f->id))) {
        s->bus->nonsense++;
        return;
    }
    c->newest = MAX(c->newest, f->id);
    struct err *e = check_request(s, c, f);
    if (e) {
        refuse_free(s, c, f->id, e);
        return;
    }
    struct bus_request *rq = mem_zalloc(sizeof(*rq));
    if (!bus_in_first(&rq->body, f, s->o.body_max)) {
        request_free(rq);
        refuse_free(
            s, c, f->id,
            err_reason(ERR_EXHAUSTED, "BusBody", "request body over the limit of %zu bytes", s->o.body_max));
        return;
    }
    rq->server = s;
    rq->caller = c;
    rq->id = f->id;
    rq->method = method_of(s, f->method);
    rq->trace = mem_strdup(f->trace ? f->trace : "");
    rq->domain = mem_strdup(f->domain ? f->domain : "");
    call_init(&rq->call);
    rq->call.clock = loop_clock(s->bus->loop);
    if (f->has_timeout_ms && f->timeout_ms < INT32_MAX)
        rq->call.deadline_ms = loop_now_ms(s->bus->loop) + (int64_t)f->timeout_ms;
    rq->call.trace = rq->trace;
    rq->call.domain = rq->domain;
    link_request(rq, &c->first);
    c->open++;
    s->open++;
    if (bus_in_done(&rq->body))
        ask_handler(rq);
}

static void on_chunk(struct bus_server *s, struct caller *c, const bus_frame *f)
{
    struct bus_request *rq = find_request(c, f->id);
    if (!rq) /* answered before it was read to its end, or cancelled */
        return;
    if (rq->stage != RECEIVING || !bus_in_next(&rq->body, f)) {
        s->bus->nonsense++;
        return;
    }
    bus_frame credit;
    bus_frame_init(&credit, BUS_KIND(CREDIT), rq->id);
    BUS_SET(&credit, offset, rq->body.bytes.len);
    if (send_to(s, c, &credit) && bus_in_done(&rq->body))
        ask_handler(rq);
}

/* Sends what the window allows; ends the request when all is out. */
static void send_more(struct bus_request *rq)
{
    bus_frame f;
    for (;;) {
        bus_frame_init(&f, BUS_KIND(CHUNK), rq->id);
        if (!bus_out_next(&rq->reply, &f))
            break;
        if (!send_to(rq->server, rq->caller, &f))
            return; /* abandoned with its caller */
    }
    if (!bus_out_done(&rq->reply))
        return;
    unlink_request(rq);
    count_down(rq->server);
    request_free(rq);
}

static void on_credit(struct bus_server *s, struct caller *c, const bus_frame *f)
{
    struct bus_request *rq = find_request(c, f->id);
    if (!rq)
        return;
    if (rq->stage != ANSWERED || !bus_out_credit(&rq->reply, f)) {
        s->bus->nonsense++;
        return;
    }
    send_more(rq);
}

static void on_hello(struct bus_server *s, struct caller *c)
{
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(HELLO), 0);
    BUS_SET(&f, credits, s->o.credits);
    f.name = s->bus->name;
    send_to(s, c, &f);
}

static void on_ping(struct bus_server *s, struct caller *c, const bus_frame *f)
{
    bus_frame pong;
    bus_frame_init(&pong, BUS_KIND(PONG), f->id);
    send_to(s, c, &pong);
}

static void on_frame(struct bus_server *s, const bus_frame *f)
{
    struct caller *c = caller_of(s);
    if (!c || (f->version != BUS_VERSION && f->kind != BUS_KIND(REQUEST))) {
        s->bus->nonsense++;
        return;
    }
    c->heard_ms = loop_now_ms(s->bus->loop);
    if (!loop_timer_active(&s->sweep))
        loop_timer_set(s->bus->loop, &s->sweep, SWEEP_MS, sweep);
    struct bus_request *rq;
    switch (f->kind) {
    case BUS_KIND(REQUEST):
        on_request(s, c, f);
        break;
    case BUS_KIND(CHUNK):
        on_chunk(s, c, f);
        break;
    case BUS_KIND(CREDIT):
        on_credit(s, c, f);
        break;
    case BUS_KIND(CANCEL):
        rq = find_request(c, f->id);
        if (rq)
            abandon(rq);
        break;
    case BUS_KIND(HELLO):
        on_hello(s, c);
        break;
    case BUS_KIND(PING):
        on_ping(s, c, f);
        break;
    default:
        s->bus->nonsense++;
    }
}

/* [routing id][frame]; anything else is nonsense. */
static void on_part(void *owner, struct span part, bool last)
{
    struct bus_server *s = owner;
    size_t index = s->parts++;
    if (index == 0) {
        s->id_len = MIN(part.len, (size_t)ID_MAX);
        memcpy(s->id, part.at, s->id_len);
    }
    if (!last)
        return;
    s->parts = 0;
    if (index != 1) {
        s->bus->nonsense++;
        return;
    }
    const bus_frame *f = bus_frame_read(s->bus, part);
    if (f)
        on_frame(s, f);
}

/* --- what the service sees --- */

struct bus_server *bus_server_new(struct bus *b, const struct bus_server_options *options)
{
    struct bus_server *s = mem_zalloc(sizeof(*s));
    s->bus = b;
    s->o = *options;
    s->o.credits = s->o.credits ? s->o.credits : CREDITS;
    s->o.limit = s->o.limit ? s->o.limit : LIMIT;
    s->o.body_max = s->o.body_max ? s->o.body_max : BUS_BODY_MAX;
    s->o.silent_ms = s->o.silent_ms ? s->o.silent_ms : SILENT_MS;
    s->callers = map_new(NULL);
    s->socket = (struct bus_socket){.on_part = on_part, .owner = s};
    bus_socket_open(&s->socket, b, ZMQ_ROUTER);
    return s;
}

struct err *bus_server_bind(struct bus_server *s, const char *address, char *bound)
{
    return bus_socket_bind(&s->socket, address, bound);
}

void bus_server_drain(struct bus_server *s, void (*done)(void *arg), void *arg)
{
    s->draining = true;
    s->drained = done;
    s->drained_arg = arg;
    if (s->open == 0)
        loop_post(s->bus->loop, say_drained, s);
}

void bus_server_free(struct bus_server *s)
{
    if (!s)
        return;
    s->draining = false;
    map_each (it, s->callers) {
        caller_gone(s, it.value);
    }
    for (struct bus_request *rq = s->orphans; rq; rq = rq->next)
        rq->server = NULL;
    loop_post_forget(s->bus->loop, s);
    loop_timer_stop(s->bus->loop, &s->sweep);
    bus_socket_close(&s->socket);
    map_free(s->callers);
    free(s);
}

size_t bus_server_open(const struct bus_server *s)
{
    return s->open;
}

const char *bus_request_method(const struct bus_request *rq)
{
    return rq->method->name;
}

struct span bus_request_body(const struct bus_request *rq)
{
    return str_span(&rq->body.bytes);
}

const struct call *bus_request_call(const struct bus_request *rq)
{
    return &rq->call;
}

void bus_request_on_cancel(struct bus_request *rq, void (*fn)(void *arg), void *arg)
{
    rq->on_cancel = fn;
    rq->cancel_arg = arg;
}

/* True when nobody waits for the answer; the request is gone then. */
static bool nobody_waits(struct bus_request *rq)
{
    if (rq->caller)
        return false;
    if (rq->server) {
        unlink_request(rq);
        count_down(rq->server);
    }
    request_free(rq);
    return true;
}

void bus_reply(struct bus_request *rq, struct span body)
{
    if (nobody_waits(rq))
        return;
    bus_frame f;
    rq->stage = ANSWERED;
    bus_frame_init(&f, BUS_KIND(REPLY), rq->id);
    if (body.len <= BUS_CHUNK) { /* no copy: it leaves at once */
        f.has_body = body.len > 0;
        f.body = (ProtobufCBinaryData){body.len, (uint8_t *)(uintptr_t)body.at};
    } else {
        bus_out_set(&rq->reply, body);
        bus_out_first(&rq->reply, &f);
    }
    if (send_to(rq->server, rq->caller, &f))
        send_more(rq);
}

void bus_fail(struct bus_request *rq, struct err *e)
{
    if (!nobody_waits(rq)) {
        struct caller *c = rq->caller;
        struct bus_server *s = rq->server;
        uint64_t id = rq->id;
        unlink_request(rq);
        count_down(s);
        request_free(rq);
        refuse(s, c, id, e);
    }
    err_free(e);
}
