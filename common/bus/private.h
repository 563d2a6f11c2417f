/* bus/private.h - what the files of bus/ share: sockets on the loop, frames, bodies in chunks. */
#ifndef CAPSTAN_BUS_PRIVATE_H
#define CAPSTAN_BUS_PRIVATE_H

#include "base/str.h"
#include "bus/bus.h"
#include "proto/bus.pb-c.h"

typedef Capstan__Bus__Frame bus_frame;
#define BUS_KIND(k) CAPSTAN__BUS__KIND__##k

struct bus {
    struct loop *loop;
    struct rand *random;
    char *name;
    void *zmq;
    struct arena *scratch; /* the frame being handled */
    uint64_t nonsense;
    uint64_t serial; /* of monitors */
};

/* --- socket.c --- */

/* A ZeroMQ socket on the loop. ZMQ_FD is edge-triggered and any send or receive may swallow its edge, so the
 * fd only wakes the loop, and a hook drains before each wait. */
struct bus_socket {
    struct bus *bus;
    void *zmq;
    struct loop_fd *fd;
    struct loop_hook *hook;
    /* One part of a message; `last` ends the message. */
    void (*on_part)(void *owner, struct span part, bool last);
    void (*on_turn)(void *owner); /* once a turn, before draining; NULL = none */
    void *owner;
};

/* Type is ZMQ_DEALER and the like. Panics when no socket can be had. */
void bus_socket_open(struct bus_socket *s, struct bus *b, int type);
void bus_socket_close(struct bus_socket *s);
/* "ipc://": removes a stale socket file first. */
struct err *bus_socket_bind(struct bus_socket *s, const char *address, char *bound) MUST_USE;
/* Sends the frame, after the routing id or topic if there is one. 0, or the errno: EAGAIN, EHOSTUNREACH. */
int bus_socket_send(struct bus_socket *s, struct span first, bus_frame *f);
/* A frame in the scratch arena, or NULL: nonsense, counted. Good until the next read. */
bus_frame *bus_frame_read(struct bus *b, struct span bytes);
void bus_frame_init(bus_frame *f, Capstan__Bus__Kind kind, uint64_t id);
#define BUS_SET(f, field, value) ((f)->has_##field = true, (f)->field = (value))

/* --- body.c --- */

struct bus_out { /* a body on its way out */
    char *bytes;
    size_t len, sent, taken;
};
struct bus_in { /* a body on its way in */
    struct str bytes;
    size_t total;
};

void bus_out_set(struct bus_out *o, struct span body); /* copies */
void bus_out_release(struct bus_out *o);
void bus_out_rewind(struct bus_out *o);
/* Puts the first chunk into a REQUEST or REPLY. */
void bus_out_first(struct bus_out *o, bus_frame *f);
/* Fills a CHUNK when the window has room; false when not, or when all is sent. */
bool bus_out_next(struct bus_out *o, bus_frame *f);
/* A CREDIT came in; false when it makes no sense. */
bool bus_out_credit(struct bus_out *o, const bus_frame *f);
static inline bool bus_out_done(const struct bus_out *o)
{
    return o->sent == o->len;
}

/* From a REQUEST or REPLY; false when its total is over `max` or below what it brings. */
bool bus_in_first(struct bus_in *in, const bus_frame *f, size_t max);
/* From a CHUNK; false when it is out of order or too long. */
bool bus_in_next(struct bus_in *in, const bus_frame *f);
void bus_in_release(struct bus_in *in);
static inline bool bus_in_done(const struct bus_in *in)
{
    return in->bytes.len == in->total;
}

#endif
