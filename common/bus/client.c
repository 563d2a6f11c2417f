/* bus/client - questions: waiting for a peer, or open at one.
 *
 * Every question is in exactly one state: waiting (in the list) or open (peer set); both hold a slot, and the
 * id's low bits are the slot, so an answer finds its question without a search. A tick every TICK_MS, only
 * while there are questions, sees to deadlines, cancelled calls, delayed retries and pings. */
#include "bus/client.h"

#include "base/backoff.h"
#include "base/hash.h"

#include <stdlib.h>

enum {
    TICK_MS = 10,
    SLOTS_MAX = 60000,
    QUEUE_MAX = 10000,
    TIMEOUT_MS = 60000,
    PING_MS = 1000,
    DEAD_MS = 3000
};

static const struct backoff retry_delay = {.base_ms = 20, .cap_ms = 200, .factor = 2, .jitter = 0.5};

static void on_tick(struct loop_timer *t);
static void on_pump(struct loop_timer *t);

/* --- states --- */

static void wait_in_line(struct bus_ask *a, bool in_front)
{
    struct bus_client *c = a->client;
    a->peer = NULL;
    a->prev = in_front ? NULL : c->last;
    a->next = in_front ? c->first : NULL;
    *(a->prev ? &a->prev->next : &c->first) = a;
    *(a->next ? &a->next->prev : &c->last) = a;
    c->waiting++;
}

static void leave_line(struct bus_ask *a)
{
    struct bus_client *c = a->client;
    *(a->prev ? &a->prev->next : &c->first) = a->next;
    *(a->next ? &a->next->prev : &c->last) = a->prev;
    a->next = a->prev = NULL;
    c->waiting--;
}

static void leave_peer(struct bus_ask *a)
{
    a->peer->open--;
    a->client->open--;
    a->last_peer = a->peer;
    a->peer = NULL;
    bus_client_wake(a->client);
}

static void ask_free(struct bus_ask *a)
{
    struct bus_client *c = a->client;
    uint16_t slot = (uint16_t)a->id;
    if (a->peer)
        leave_peer(a);
    else
        leave_line(a);
    c->slots.at[slot] = NULL;
    vec_push(&c->free_slots, slot);
    bus_out_release(&a->body);
    bus_in_release(&a->answer);
    err_free(a->early);
    free(a);
}

static void new_id(struct bus_ask *a)
{
    a->id = ++a->client->serial << 16 | (uint16_t)a->id;
}

static void finish(struct bus_ask *a, struct err *e)
{
    void (*done)(void *, struct err *, struct span) = a->done;
    void *arg = a->arg;
    struct str body = a->answer.bytes;
    a->answer.bytes = (struct str){0};
    ask_free(a);
    done(arg, e, e ? (struct span){NULL, 0} : str_span(&body));
    str_release(&body);
}

/* Asked again after a short wait, or given up with `e`. */
static void retry(struct bus_ask *a, struct err *e)
{
    struct bus_client *c = a->client;
    if (a->attempt >= BUS_RETRIES) {
        finish(a, err_wrap(e, "%s, asked %u times", a->method, a->attempt + 1));
        return;
    }
    leave_peer(a);
    wait_in_line(a, true);
    a->attempt++;
    a->answering = false;
    bus_in_release(&a->answer);
    bus_out_rewind(&a->body);
    new_id(a);
    a->not_before_ms = loop_now_ms(c->bus->loop) +
                       MAX(backoff_ms(&retry_delay, (int)a->attempt, c->bus->random), e->retry_after_ms);
    c->retries++;
    err_free(e);
}

/* --- choosing a peer --- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t both[2] = {a, b};
    return hash64(both, sizeof(both));
}

/* Of those with a credit left: the highest rendezvous score, or the fewest open. Where the last attempt
 * failed only when there is no other. */
static struct peer *choose(struct bus_client *c, const struct bus_ask *a)
{
    struct peer *best = NULL, *fallback = NULL;
    uint64_t best_score = 0;
    vec_each (it, &c->peers) {
        struct peer *p = *it;
        if (!p->ready || p->open >= p->credits)
            continue;
        if (p == a->last_peer) {
            fallback = p;
            continue;
        }
        uint64_t score = a->prefers ? mix(a->prefer, p->hash) : UINT32_MAX - p->open;
        if (!best || score > best_score) {
            best = p;
            best_score = score;
        }
    }
    return best ? best : fallback;
}

/* What the window allows. A chunk that the socket does not take now is tried again by the tick. */
static void send_chunks(struct bus_ask *a)
{
    bus_frame f;
    for (;;) {
        size_t sent = a->body.sent;
        bus_frame_init(&f, BUS_KIND(CHUNK), a->id);
        if (!bus_out_next(&a->body, &f))
            return;
        if (bus_socket_send(&a->peer->socket, (struct span){NULL, 0}, &f) != 0) {
            a->body.sent = sent;
            return;
        }
    }
}

/* False when the socket would not take it: the connection is going down, and the monitor will say so. */
static bool send_question(struct bus_ask *a, struct peer *p)
{
    bus_frame f;
    int64_t now = loop_now_ms(a->client->bus->loop);
    bus_frame_init(&f, BUS_KIND(REQUEST), a->id);
    f.method = (char *)(uintptr_t)a->method;
    f.trace = (char *)(uintptr_t)(*a->call->trace ? a->call->trace : NULL);
    f.domain = (char *)(uintptr_t)(*a->call->domain ? a->call->domain : NULL);
    BUS_SET(&f, timeout_ms, (uint64_t)MAX(a->deadline_ms - now, (int64_t)1));
    if (a->attempt)
        BUS_SET(&f, attempt, a->attempt);
    bus_out_first(&a->body, &f);
    if (bus_socket_send(&p->socket, (struct span){NULL, 0}, &f) != 0) {
        bus_out_rewind(&a->body);
        return false;
    }
    leave_line(a);
    a->peer = p;
    if (p->open++ == 0)
        p->heard_ms = MAX(p->heard_ms, now); /* silence counts from here */
    a->client->open++;
    send_chunks(a);
    return true;
}

static void pump(struct bus_client *c)
{
    int64_t now = loop_now_ms(c->bus->loop);
    for (struct bus_ask *a = c->first, *next; a; a = next) {
        next = a->next;
        if (a->not_before_ms > now || a->early)
            continue;
        struct peer *p = choose(c, a);
        if (!p || !send_question(a, p))
            return;
    }
}

static void on_pump(struct loop_timer *t)
{
    pump(CONTAINER(t, struct bus_client, pump));
}

void bus_client_wake(struct bus_client *c)
{
    if (c->waiting && !loop_timer_active(&c->pump))
        loop_timer_set(c->bus->loop, &c->pump, 0, on_pump);
}

/* --- what peers tell --- */

static struct err *error_of(const bus_frame *f)
{
    enum err_code code = f->code <= ERR_UNAUTHENTICATED ? (enum err_code)f->code : ERR_UNKNOWN;
    struct err *e = err_reason(code, err_word(f->reason), "%s", f->message ? f->message : "no message");
    e->retry_after_ms = f->has_retry_after_ms ? (int64_t)MIN(f->retry_after_ms, (uint64_t)3600000) : 0;
    return e;
}

/* The server did not begin with it. */
static bool is_busy(const struct err *e)
{
    return e->code == ERR_UNAVAILABLE && e->reason &&
           (streq(e->reason, "BusBusy") || streq(e->reason, "BusDraining"));
}

static void on_reply(struct bus_ask *a, const bus_frame *f)
{
    struct bus_client *c = a->client;
    if (f->code) {
        struct err *e = error_of(f);
        if (is_busy(e))
            retry(a, e);
        else
            finish(a, e);
    } else if (a->answering) {
        c->bus->nonsense++;
    } else if (!bus_in_first(&a->answer, f, c->o.body_max)) {
        finish(a, err_reason(ERR_EXHAUSTED, "BusBody", "answer to %s over the limit of %zu bytes", a->method,
                             c->o.body_max));
    } else {
        a->answering = true;
        if (bus_in_done(&a->answer))
            finish(a, NULL);
    }
}

static void on_chunk(struct bus_ask *a, const bus_frame *f)
{
    if (!a->answering || !bus_in_next(&a->answer, f)) {
        a->client->bus->nonsense++;
        return;
    }
    bus_frame credit;
    bus_frame_init(&credit, BUS_KIND(CREDIT), a->id);
    BUS_SET(&credit, offset, a->answer.bytes.len);
    bus_socket_send(&a->peer->socket, (struct span){NULL, 0}, &credit);
    if (bus_in_done(&a->answer))
        finish(a, NULL);
}

void bus_client_on_frame(struct bus_client *c, struct peer *p, const bus_frame *f)
{
    size_t slot = f->id & 0xffff;
    struct bus_ask *a = slot < c->slots.len ? c->slots.at[slot] : NULL;
    if (f->kind == BUS_KIND(PONG))
        return;
    if (!a || a->id != f->id || a->peer != p) { /* an answer that came after its deadline is no nonsense */
        if (f->kind != BUS_KIND(REPLY) && f->kind != BUS_KIND(CHUNK) && f->kind != BUS_KIND(CREDIT))
            c->bus->nonsense++;
        return;
    }
    if (f->kind == BUS_KIND(REPLY))
        on_reply(a, f);
    else if (f->kind == BUS_KIND(CHUNK))
        on_chunk(a, f);
    else if (f->kind == BUS_KIND(CREDIT) && bus_out_credit(&a->body, f))
        send_chunks(a);
    else
        c->bus->nonsense++;
}

void bus_client_on_lost(struct bus_client *c, struct peer *p)
{
    for (size_t i = 0; i < c->slots.len; i++) {
        struct bus_ask *a = c->slots.at[i];
        if (a && a->peer == p)
            retry(a, err_reason(ERR_UNAVAILABLE, "BusPeerLost", "lost '%s' before it answered", p->address));
    }
}

/* --- the tick --- */

static void tell_cancelled(struct bus_ask *a)
{
    if (!a->peer)
        return;
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(CANCEL), a->id);
    bus_socket_send(&a->peer->socket, (struct span){NULL, 0}, &f);
}

static struct err *overdue(struct bus_ask *a)
{
    struct bus_client_stats s = bus_client_stats(a->client);
    if (a->peer)
        return err_new(ERR_DEADLINE, "%s: no answer from '%s' in time", a->method, a->peer->address);
    if (s.ready)
        return err_new(ERR_DEADLINE, "%s: %zu servers were busy for too long", a->method, s.ready);
    if (s.peers)
        return err_reason(ERR_UNAVAILABLE, "BusNoPeer", "%s: none of %zu servers can be reached", a->method,
                          s.peers);
    return err_reason(ERR_UNAVAILABLE, "BusNoPeer", "%s: no address of a server is known", a->method);
}

static void check(struct bus_ask *a, int64_t now)
{
    struct err *e = a->early;
    a->early = NULL;
    if (!e && call_cancelled(a->call))
        e = err_new(ERR_CANCELLED, "%s: cancelled", a->method);
    else if (!e && now >= a->deadline_ms)
        e = overdue(a);
    if (e) {
        tell_cancelled(a);
        finish(a, e);
    } else if (a->peer) {
        send_chunks(a);
    }
}

static void bury(struct bus_client *c)
{
    vec_each (p, &c->dead)
        bus_peer_free(*p);
    c->dead.len = 0;
}

static void on_tick(struct loop_timer *t)
{
    struct bus_client *c = CONTAINER(t, struct bus_client, tick);
    int64_t now = loop_now_ms(c->bus->loop);
    bury(c);
    for (size_t i = 0; i < c->slots.len; i++)
        if (c->slots.at[i])
            check(c->slots.at[i], now);
    for (size_t i = 0; i < c->peers.len; i++)
        bus_peer_tick(c->peers.at[i], now);
    if (c->waiting)
        pump(c);
    if (c->waiting || c->open)
        loop_timer_set(c->bus->loop, t, TICK_MS, on_tick);
}

static void start_tick(struct bus_client *c)
{
    if (!loop_timer_active(&c->tick))
        loop_timer_set(c->bus->loop, &c->tick, TICK_MS, on_tick);
}

/* --- what the service sees --- */

struct bus_client *bus_client_new(struct bus *b, const struct bus_client_options *options)
{
    struct bus_client *c = mem_zalloc(sizeof(*c));
    c->bus = b;
    if (options)
        c->o = *options;
    c->o.ping_ms = c->o.ping_ms ? c->o.ping_ms : PING_MS;
    c->o.dead_ms = c->o.dead_ms ? c->o.dead_ms : DEAD_MS;
    c->o.queue_max = c->o.queue_max ? c->o.queue_max : QUEUE_MAX;
    c->o.body_max = c->o.body_max ? c->o.body_max : BUS_BODY_MAX;
    return c;
}

static void drop_peer(struct bus_client *c, size_t i)
{
    struct peer *p = c->peers.at[i];
    vec_remove(&c->peers, i);
    bus_peer_close(p);
    bus_client_on_lost(c, p);
    vec_push(&c->dead, p);
    start_tick(c);
}

static struct err *add_peer(struct bus_client *c, const char *address)
{
    vec_each (p, &c->peers) {
        if (!streq((*p)->address, address))
            continue;
        (*p)->wanted = true;
        return NULL;
    }
    struct peer *p = bus_peer_new(c, address);
    struct err *e = bus_peer_open(p);
    if (e) {
        bus_peer_close(p);
        bus_peer_free(p);
        return e;
    }
    p->wanted = true;
    vec_push(&c->peers, p);
    return NULL;
}

struct err *bus_client_peers(struct bus_client *c, const char *const *addresses, size_t n)
{
    struct err *e = NULL;
    vec_each (p, &c->peers)
        (*p)->wanted = false;
    for (size_t i = 0; i < n && !e; i++)
        e = add_peer(c, addresses[i]);
    for (size_t i = c->peers.len; i-- > 0 && !e;)
        if (!c->peers.at[i]->wanted)
            drop_peer(c, i);
    return e;
}

/* The slot for a new question; false when there are too many. */
static bool take_slot(struct bus_client *c, struct bus_ask *a)
{
    if (!c->free_slots.len && c->slots.len >= SLOTS_MAX)
        return false;
    if (!c->free_slots.len) {
        vec_push(&c->slots, NULL);
        vec_push(&c->free_slots, (uint16_t)(c->slots.len - 1));
    }
    a->id = vec_pop(&c->free_slots);
    c->slots.at[a->id] = a;
    new_id(a);
    return true;
}

struct bus_ask *bus_client_ask(struct bus_client *c, const struct call *call, const struct bus_question *q,
                               void (*done)(void *arg, struct err *e, struct span body), void *arg)
{
    struct bus_ask *a = mem_zalloc(sizeof(*a));
    int64_t now = loop_now_ms(c->bus->loop), left = call_left_ms(call);
    *a = (struct bus_ask){.client = c, .call = call, .method = q->method, .done = done, .arg = arg};
    a->deadline_ms = now + (left == INT64_MAX ? TIMEOUT_MS : left);
    a->prefers = q->prefer != NULL;
    a->prefer = a->prefers ? hash64(q->prefer, strlen(q->prefer)) : 0;
    if (!take_slot(c, a))
        panic("bus: more than %d questions at once", SLOTS_MAX);
    if (c->waiting >= c->o.queue_max)
        a->early = err_reason(ERR_EXHAUSTED, "BusQueueFull", "%s: %zu questions wait for a server already",
                              q->method, c->waiting);
    else if (q->body.len > BUS_BODY_MAX)
        a->early = err_reason(ERR_EXHAUSTED, "BusBody", "%s: body of %zu bytes is over the limit", q->method,
                              q->body.len);
    else
        bus_out_set(&a->body, q->body);
    wait_in_line(a, false);
    start_tick(c);
    pump(c);
    return a;
}

void bus_ask_cancel(struct bus_ask *ask)
{
    tell_cancelled(ask);
    ask_free(ask);
}

void bus_client_free(struct bus_client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->slots.len; i++)
        if (c->slots.at[i])
            bus_ask_cancel(c->slots.at[i]);
    vec_each (p, &c->peers) {
        bus_peer_close(*p);
        bus_peer_free(*p);
    }
    bury(c);
    loop_timer_stop(c->bus->loop, &c->tick);
    loop_timer_stop(c->bus->loop, &c->pump);
    vec_release(&c->peers);
    vec_release(&c->dead);
    vec_release(&c->slots);
    vec_release(&c->free_slots);
    free(c);
}

struct bus_client_stats bus_client_stats(const struct bus_client *c)
{
    struct bus_client_stats s = {c->peers.len, 0, c->waiting, c->open, c->retries, c->lost_peers};
    for (size_t i = 0; i < c->peers.len; i++)
        s.ready += c->peers.at[i]->ready;
    return s;
}
