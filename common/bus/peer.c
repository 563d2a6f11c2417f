/* bus/peer - one DEALER and its monitor. States: dialled -> connected (HELLO sent) -> ready (HELLO heard) ->
 * back to dialled by itself when the connection ends; a peer that hangs is closed and dialled anew. */
#include "bus/client.h"

#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

static void lost(struct peer *p)
{
    p->connected = p->hello_due = p->ready = false;
    bus_client_on_lost(p->client, p);
}

/* On connecting the socket may learn of its connection later than the monitor: tried each turn until it
 * leaves. */
static void say_hello(void *owner)
{
    struct peer *p = owner;
    if (!p->hello_due)
        return;
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(HELLO), 0);
    f.name = p->client->bus->name;
    if (bus_socket_send(&p->socket, (struct span){NULL, 0}, &f) == 0)
        p->hello_due = false;
}

static void on_event(struct peer *p, uint16_t event)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        p->connected = p->hello_due = true;
        p->heard_ms = loop_now_ms(p->client->bus->loop);
        say_hello(p);
    } else if (event == ZMQ_EVENT_DISCONNECTED && p->connected) {
        p->client->lost_peers++;
        lost(p);
    }
}

/* [event, value][address] */
static void on_monitor_part(void *owner, struct span part, bool last)
{
    struct peer *p = owner;
    if (!p->has_event && part.len >= sizeof(p->event)) {
        memcpy(&p->event, part.at, sizeof(p->event));
        p->has_event = true;
    }
    if (!last)
        return;
    p->has_event = false;
    on_event(p, p->event);
}

static void on_part(void *owner, struct span part, bool last)
{
    struct peer *p = owner;
    const bus_frame *f = last ? bus_frame_read(p->client->bus, part) : NULL;
    if (!f)
        return;
    p->heard_ms = loop_now_ms(p->client->bus->loop);
    if (f->kind == BUS_KIND(HELLO) && f->credits) {
        p->credits = MIN(f->credits, 4096U);
        p->ready = true;
        bus_client_wake(p->client);
        return;
    }
    bus_client_on_frame(p->client, p, f);
}

struct peer *bus_peer_new(struct bus_client *c, const char *address)
{
    struct peer *p = mem_zalloc(sizeof(*p));
    p->client = c;
    p->address = mem_strdup(address);
    p->hash = hash64(address, strlen(address));
    return p;
}

struct err *bus_peer_open(struct peer *p)
{
    struct bus *b = p->client->bus;
    char name[64];
    snprintf(name, sizeof(name), "inproc://monitor-%llu", (unsigned long long)b->serial++);
    p->socket = (struct bus_socket){.on_part = on_part, .on_turn = say_hello, .owner = p};
    p->monitor = (struct bus_socket){.on_part = on_monitor_part, .owner = p};
    bus_socket_open(&p->socket, b, ZMQ_DEALER);
    bus_socket_open(&p->monitor, b, ZMQ_PAIR);
    if (zmq_socket_monitor(p->socket.zmq, name, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) < 0 ||
        zmq_connect(p->monitor.zmq, name) < 0)
        panic("ZeroMQ: monitor: %s", zmq_strerror(zmq_errno()));
    p->heard_ms = loop_now_ms(b->loop);
    if (zmq_connect(p->socket.zmq, p->address) < 0)
        return err_errno(zmq_errno(), "cannot dial '%s'", p->address);
    return NULL;
}

void bus_peer_close(struct peer *p)
{
    p->connected = p->hello_due = p->ready = false;
    if (p->socket.zmq)
        zmq_socket_monitor(p->socket.zmq, NULL, 0);
    bus_socket_close(&p->monitor);
    bus_socket_close(&p->socket);
}

void bus_peer_free(struct peer *p)
{
    free(p->address);
    free(p);
}

void bus_peer_tick(struct peer *p, int64_t now_ms)
{
    struct bus_client *c = p->client;
    if (!p->connected || (p->ready && !p->open))
        return;
    /* The wait for a HELLO or an answer begins when the peer was last heard of, or first pinged after a quiet
     * time. */
    if (p->pinged_ms > p->heard_ms && now_ms - p->pinged_ms > c->o.dead_ms) {
        c->lost_peers++;
        bus_peer_close(p);
        lost(p);
        err_free(bus_peer_open(p)); /* the address was good once */
        return;
    }
    if (p->pinged_ms > p->heard_ms || now_ms - p->heard_ms < c->o.ping_ms)
        return;
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(PING), 0);
    if (bus_socket_send(&p->socket, (struct span){NULL, 0}, &f) == 0)
        p->pinged_ms = now_ms;
}
