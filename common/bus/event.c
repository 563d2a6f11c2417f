/* bus/event - PUB and SUB. A message is [topic][frame]; the topic stands outside so that ZeroMQ can filter by
 * it. */
#include "base/map.h"
#include "base/vec.h"
#include "bus/private.h"

#include <errno.h>
#include <stdlib.h>
#include <zmq.h>

enum { COUNTERS_MAX = 4096 };

struct bus_publisher {
    struct bus *bus;
    struct bus_socket socket;
    char *source; /* name and a number of this life, so that a restart is a new source */
    struct map
        *sequences; /* topic -> its last number: a subscriber of some topics sees no gaps for the others */
};

struct bus_subscriber {
    struct bus *bus;
    struct bus_socket socket;
    void (*fn)(void *arg, const struct bus_event *e);
    void *arg;
    struct map *sources;   /* source and topic -> the last number, on the heap */
    struct map *addresses; /* connected to; values are not used */
    size_t parts;
};

/* The number kept under the key, 0 when it is new. A full map is begun anew: that costs a gap, which is only
 * a hint. */
static uint64_t *counter(struct map *m, const char *key)
{
    uint64_t *n = map_get(m, key);
    if (n)
        return n;
    if (map_len(m) >= COUNTERS_MAX)
        map_clear(m);
    n = mem_zalloc(sizeof(*n));
    map_set(m, key, n);
    return n;
}

struct bus_publisher *bus_publisher_new(struct bus *b)
{
    struct bus_publisher *p = mem_zalloc(sizeof(*p));
    p->bus = b;
    p->sequences = map_new(free);
    p->source = mem_printf("%s/%016llx", b->name, (unsigned long long)rand_u64(b->random));
    p->socket = (struct bus_socket){.owner = p};
    bus_socket_open(&p->socket, b, ZMQ_PUB);
    return p;
}

struct err *bus_publisher_bind(struct bus_publisher *p, const char *address, char *bound)
{
    return bus_socket_bind(&p->socket, address, bound);
}

void bus_publish(struct bus_publisher *p, const char *topic, struct span body)
{
    bus_frame f;
    bus_frame_init(&f, BUS_KIND(EVENT), 0);
    f.topic = (char *)(uintptr_t)topic;
    f.name = p->source;
    BUS_SET(&f, sequence, ++*counter(p->sequences, topic));
    f.has_body = body.len > 0;
    f.body = (ProtobufCBinaryData){body.len, (uint8_t *)(uintptr_t)body.at};
    bus_socket_send(&p->socket, span_of(topic), &f); /* PUB drops for slow readers: they see the gap */
}

void bus_publisher_free(struct bus_publisher *p)
{
    if (!p)
        return;
    bus_socket_close(&p->socket);
    map_free(p->sequences);
    free(p->source);
    free(p);
}

static bool is_gap(struct bus_subscriber *s, const bus_frame *f)
{
    CLEANUP(mem_freep) char *key = mem_printf("%s %s", f->name, f->topic);
    uint64_t *last = counter(s->sources, key);
    bool gap = *last == 0 || *last + 1 != f->sequence;
    *last = f->sequence;
    return gap;
}

static void on_part(void *owner, struct span part, bool last)
{
    struct bus_subscriber *s = owner;
    size_t index = s->parts++;
    if (!last)
        return;
    s->parts = 0;
    const bus_frame *f = index == 1 ? bus_frame_read(s->bus, part) : NULL;
    if (!f || f->version != BUS_VERSION || f->kind != BUS_KIND(EVENT) || !f->topic || !f->name) {
        s->bus->nonsense += f != NULL || index != 1;
        return;
    }
    struct bus_event e = {f->topic, f->name, {(const char *)f->body.data, f->body.len}, is_gap(s, f)};
    s->fn(s->arg, &e);
}

struct bus_subscriber *bus_subscriber_new(struct bus *b, const char *prefix,
                                          void (*fn)(void *arg, const struct bus_event *e), void *arg)
{
    struct bus_subscriber *s = mem_zalloc(sizeof(*s));
    *s = (struct bus_subscriber){
        .bus = b, .fn = fn, .arg = arg, .sources = map_new(free), .addresses = map_new(NULL)};
    s->socket = (struct bus_socket){.on_part = on_part, .owner = s};
    bus_socket_open(&s->socket, b, ZMQ_SUB);
    if (zmq_setsockopt(s->socket.zmq, ZMQ_SUBSCRIBE, prefix, strlen(prefix)) < 0)
        panic("ZeroMQ: subscribe: %s", zmq_strerror(zmq_errno()));
    return s;
}

struct err *bus_subscriber_peers(struct bus_subscriber *s, const char *const *addresses, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (map_has(s->addresses, addresses[i]))
            continue;
        if (zmq_connect(s->socket.zmq, addresses[i]) < 0)
            return err_errno(zmq_errno(), "cannot dial '%s'", addresses[i]);
        map_set(s->addresses, addresses[i], NULL);
    }
    map_each (it, s->addresses) {
        if (str_in(it.key, addresses, n))
            continue;
        zmq_disconnect(s->socket.zmq, it.key);
        map_del(s->addresses, it.key);
    }
    return NULL;
}

void bus_subscriber_free(struct bus_subscriber *s)
{
    if (!s)
        return;
    bus_socket_close(&s->socket);
    map_free(s->sources);
    map_free(s->addresses);
    free(s);
}
