/* bus/socket - ZeroMQ sockets on the loop, and frames over them.
 *
 * A turn handles at most BUDGET parts of one socket and then asks for another turn, so that a flood on one
 * does not hold up timers and the other sockets. */
#include "bus/private.h"

#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

enum { BUDGET = 256, HWM = 4096, FRAME_MAX = 2 * BUS_CHUNK };

static void must(int rc, const char *what)
{
    if (rc < 0)
        panic("ZeroMQ: %s: %s", what, zmq_strerror(zmq_errno()));
}

struct bus *bus_new(struct loop *loop, struct rand *random, const char *name)
{
    struct bus *b = mem_zalloc(sizeof(*b));
    *b = (struct bus){.loop = loop, .random = random ? random : rand_system(), .name = mem_strdup(name)};
    b->zmq = zmq_ctx_new();
    if (!b->zmq)
        panic("ZeroMQ: no context: %s", zmq_strerror(zmq_errno()));
    b->scratch = arena_new("bus frame");
    return b;
}

void bus_free(struct bus *b)
{
    if (!b)
        return;
    zmq_ctx_term(b->zmq);
    arena_free(b->scratch);
    free(b->name);
    free(b);
}

void bus_freep(struct bus **b)
{
    bus_free(*b);
    *b = NULL;
}

uint64_t bus_nonsense(const struct bus *b)
{
    return b->nonsense;
}

/* --- on the loop --- */

/* One part, if there is one. */
static bool receive(struct bus_socket *s)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    int rc = zmq_msg_recv(&m, s->zmq, ZMQ_DONTWAIT);
    if (rc >= 0)
        s->on_part(s->owner, (struct span){zmq_msg_data(&m), zmq_msg_size(&m)}, !zmq_msg_more(&m));
    zmq_msg_close(&m);
    return rc >= 0;
}

static bool drain(void *arg)
{
    struct bus_socket *s = arg;
    if (s->on_turn)
        s->on_turn(s->owner);
    /* Asked of a socket that only sends, too: the question takes in subscriptions, and until then its descriptor stays
     * readable and the loop would spin. */
    int events = 0;
    size_t size = sizeof(events);
    zmq_getsockopt(s->zmq, ZMQ_EVENTS, &events, &size);
    if (!s->on_part || !(events & ZMQ_POLLIN))
        return false;
    /* The owner may close the socket in a callback: `hook` is NULL then. What a callback sent on other
     * sockets may have swallowed their edge after their hooks ran, so a turn that handled something asks for
     * another. */
    for (int i = 0; i < BUDGET && s->hook; i++)
        if (!receive(s))
            return i > 0;
    return true;
}

/* Waking up is all: the hook drains before the next wait. */
static void wake(void *arg, int events)
{
    (void)arg;
    (void)events;
}

static void set_int(void *zmq, int option, int value)
{
    must(zmq_setsockopt(zmq, option, &value, sizeof(value)), "option");
}

void bus_socket_open(struct bus_socket *s, struct bus *b, int type)
{
    s->bus = b;
    s->zmq = zmq_socket(b->zmq, type);
    must(s->zmq ? 0 : -1, "socket");
    set_int(s->zmq, ZMQ_LINGER,
            type == ZMQ_ROUTER ? 200 : 0); /* the last replies of a draining server get out */
    if (type != ZMQ_PAIR) {
        set_int(s->zmq, ZMQ_SNDHWM, HWM);
        set_int(s->zmq, ZMQ_RCVHWM, HWM);
        set_int(s->zmq, ZMQ_HEARTBEAT_IVL, 1000);
        set_int(s->zmq, ZMQ_HEARTBEAT_TIMEOUT, 3000);
        set_int(s->zmq, ZMQ_RECONNECT_IVL, 100);
        set_int(s->zmq, ZMQ_RECONNECT_IVL_MAX, 2000);
        int64_t max = FRAME_MAX;
        must(zmq_setsockopt(s->zmq, ZMQ_MAXMSGSIZE, &max, sizeof(max)), "option");
    }
    if (type == ZMQ_DEALER)
        set_int(s->zmq, ZMQ_IMMEDIATE, 1);
    if (type == ZMQ_ROUTER)
        set_int(s->zmq, ZMQ_ROUTER_MANDATORY, 1);
    int fd = -1;
    size_t size = sizeof(fd);
    must(zmq_getsockopt(s->zmq, ZMQ_FD, &fd, &size), "fd");
    s->fd = loop_fd_open(b->loop, fd, wake, NULL);
    loop_fd_want(s->fd, LOOP_READ);
    s->hook = loop_hook_open(b->loop, drain, s);
}

void bus_socket_close(struct bus_socket *s)
{
    if (!s->zmq)
        return;
    loop_hook_close(s->hook);
    loop_fd_close(s->fd);
    zmq_close(s->zmq);
    s->zmq = NULL;
    s->hook = NULL;
    s->fd = NULL;
}

struct err *bus_socket_bind(struct bus_socket *s, const char *address, char *bound)
{
    size_t size = 256;
    if (zmq_bind(s->zmq, address) < 0)
        return err_errno(zmq_errno(), "cannot listen on '%s'", address);
    if (bound && zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, bound, &size) < 0)
        return err_errno(zmq_errno(), "cannot tell the address of '%s'", address);
    return NULL;
}

/* --- frames --- */

void bus_frame_init(bus_frame *f, Capstan__Bus__Kind kind, uint64_t id)
{
    capstan__bus__frame__init(f);
    BUS_SET(f, version, BUS_VERSION);
    BUS_SET(f, kind, kind);
    BUS_SET(f, id, id);
}

int bus_socket_send(struct bus_socket *s, struct span first, bus_frame *f)
{
    zmq_msg_t m;
    if (first.len && zmq_send(s->zmq, first.at, first.len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return zmq_errno();
    if (zmq_msg_init_size(&m, capstan__bus__frame__get_packed_size(f)) < 0)
        panic("out of memory for a frame");
    capstan__bus__frame__pack(f, zmq_msg_data(&m));
    if (zmq_msg_send(&m, s->zmq, ZMQ_DONTWAIT) >= 0)
        return 0;
    int errnum = zmq_errno();
    zmq_msg_close(&m);
    return errnum;
}

bus_frame *bus_frame_read(struct bus *b, struct span bytes)
{
    static const struct wire_limits limits = {FRAME_MAX, 2 * FRAME_MAX, 1};
    bus_frame *f = NULL;
    arena_reset(b->scratch);
    CLEANUP(err_freep)
    struct err *e = wire_unpack(b->scratch, &capstan__bus__frame__descriptor, bytes, &limits, &f);
    if (!e && f->has_kind && f->has_version)
        return f;
    b->nonsense++;
    return NULL;
}
