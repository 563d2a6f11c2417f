/* bus/client.h - the two halves of a client: client.c keeps the questions, peer.c the connections. */
#ifndef CAPSTAN_BUS_CLIENT_H
#define CAPSTAN_BUS_CLIENT_H

#include "base/vec.h"
#include "bus/private.h"

struct peer {
    struct bus_client *client;
    char *address;
    uint64_t hash;
    struct bus_socket socket, monitor;
    bool connected, hello_due, ready; /* ready: the server has said HELLO */
    bool wanted;                      /* while bus_client_peers looks */
    uint32_t credits, open;
    int64_t heard_ms, pinged_ms;
    bool has_event; /* the first part of a monitor's message was read: */
    uint16_t event;
};

struct bus_ask {
    struct bus_client *client;
    struct peer *peer;            /* NULL: waits */
    const struct peer *last_peer; /* compared only: the next try goes elsewhere if it can */
    struct bus_ask *next, *prev;  /* in `waiting` */
    uint64_t id;                  /* low 16 bits: its slot; new for each attempt */
    const struct call *call;
    int64_t deadline_ms, not_before_ms;
    const char *method;
    bool prefers;
    uint64_t prefer; /* hash of the preference */
    uint32_t attempt;
    struct bus_out body;
    struct bus_in answer;
    bool answering;    /* the REPLY is in, chunks are to come */
    struct err *early; /* failed before it could be asked */
    void (*done)(void *arg, struct err *e, struct span body);
    void *arg;
};

struct bus_client {
    struct bus *bus;
    struct bus_client_options o;
    VEC(struct peer *) peers;
    VEC(struct peer *) dead; /* closed; freed by the next tick, when no callback of theirs is on the stack */
    VEC(struct bus_ask *) slots;
    VEC(uint16_t) free_slots;
    struct bus_ask *first, *last; /* waiting */
    size_t waiting, open;
    uint64_t serial, retries, lost_peers;
    struct loop_timer tick, pump;
};

/* --- peer.c --- */
struct peer *bus_peer_new(struct bus_client *c, const char *address) MUST_USE;
/* Dials; ERR_INVALID for an address that is none. */
struct err *bus_peer_open(struct peer *p) MUST_USE;
void bus_peer_close(struct peer *p);
void bus_peer_free(struct peer *p);
/* Looks at the clock: pings, and gives up on who is silent. */
void bus_peer_tick(struct peer *p, int64_t now_ms);

/* --- client.c, for peer.c --- */
void bus_client_on_frame(struct bus_client *c, struct peer *p, const bus_frame *f);
/* The peer's open questions go elsewhere. */
void bus_client_on_lost(struct bus_client *c, struct peer *p);
/* A peer became ready or has a credit again. */
void bus_client_wake(struct bus_client *c);

#endif
