/* bus/bus.h - how one process knows another: questions and answers over ZeroMQ, and events that are hints
 * (DESIGN §2).
 *
 * A `struct bus` belongs to the loop thread, as does all that is made from it; no function here blocks.
 * Addresses are ZeroMQ's: "ipc:///run/capstan/repo.sock", "tcp://127.0.0.1:8081". Frames are those of
 * proto/bus.proto. Nonsense from a peer is counted and dropped. Large bodies travel in chunks of 1 MiB, 4 of
 * them at most on their way per body. */
#ifndef CAPSTAN_BUS_BUS_H
#define CAPSTAN_BUS_BUS_H

#include "base/call.h"
#include "base/loop.h"
#include "base/rand.h"

enum { BUS_VERSION = 1, BUS_CHUNK = 1 << 20, BUS_WINDOW = 4 << 20, BUS_BODY_MAX = 64 << 20, BUS_RETRIES = 2 };

struct bus;

/* `random` is for jitter and may be NULL (the system's). `name` is who this process is, in the logs of its
 * peers. */
struct bus *bus_new(struct loop *loop, struct rand *random, const char *name) MUST_USE;
/* Servers, clients, publishers and subscribers must be gone. */
void bus_free(struct bus *b);
void bus_freep(struct bus **b);
/* Frames dropped since they made no sense: forged, cut, of another version, for nobody. */
uint64_t bus_nonsense(const struct bus *b);

/* --- server: answers questions --- */

struct bus_server;
struct bus_request;

struct bus_method {
    const char *name; /* "repo.GenerateManifests"; static */
    /* Answers now or later, exactly once, by bus_reply or bus_fail. */
    void (*fn)(void *service, struct bus_request *rq);
};

struct bus_server_options {
    const struct bus_method *methods;
    size_t methods_len;
    void *service;     /* handed to the methods */
    uint32_t credits;  /* requests that one client may have out; 0 = 64 */
    uint32_t limit;    /* requests of all clients; more are refused as busy; 0 = 1024 */
    size_t body_max;   /* of a request; 0 = BUS_BODY_MAX */
    int64_t silent_ms; /* a client with requests out that says nothing for so long is gone; 0 = 10 s */
};

struct bus_server *bus_server_new(struct bus *b, const struct bus_server_options *options) MUST_USE;
/* Listens there too; an ipc socket file left by a dead process is replaced. `bound` (may be NULL, 256 bytes)
 * gets the address with the port that the system chose for "tcp://127.0.0.1:*". */
struct err *bus_server_bind(struct bus_server *s, const char *address, char *bound) MUST_USE;
/* From now on new requests are refused (clients try elsewhere); `done(arg)` once the last one is answered. */
void bus_server_drain(struct bus_server *s, void (*done)(void *arg), void *arg);
/* Requests that are still open are cancelled; their answers go nowhere. Not from within a method. */
void bus_server_free(struct bus_server *s);
size_t bus_server_open(const struct bus_server *s); /* requests not answered yet */

const char *bus_request_method(const struct bus_request *rq);
/* Borrowed until the answer. */
struct span bus_request_body(const struct bus_request *rq);
/* Deadline, trace, domain; cancelled when the client cancels or is gone. Good until the answer. */
const struct call *bus_request_call(const struct bus_request *rq);
/* `fn(arg)` once when the request is cancelled before it is answered. */
void bus_request_on_cancel(struct bus_request *rq, void (*fn)(void *arg), void *arg);
/* The answer, copied; `rq` is gone. */
void bus_reply(struct bus_request *rq, struct span body);
/* The answer is an error; takes `e`. */
void bus_fail(struct bus_request *rq, struct err *e);

/* --- client: asks one of several peers that can all answer --- */

struct bus_client;
struct bus_ask;

struct bus_client_options {
    int64_t ping_ms;  /* between pings while answers are awaited; 0 = 1 s */
    int64_t dead_ms;  /* a peer silent for so long is given up and dialled anew; 0 = 3 s */
    size_t queue_max; /* asks that wait for a peer or a credit; 0 = 10000 */
    size_t body_max;  /* of an answer; 0 = BUS_BODY_MAX */
};

struct bus_question {
    const char *method; /* static */
    struct span body;   /* copied */
    /* Questions with the same text prefer the same peer (rendezvous hash), and spill to the next when it is
     * down or has no credit left; NULL = the peer with the fewest out. */
    const char *prefer;
};

/* `options` NULL = all defaults. */
struct bus_client *bus_client_new(struct bus *b, const struct bus_client_options *options) MUST_USE;
/* The peers as they are now: dials new ones, leaves those that are gone (their open questions go elsewhere).
 */
struct err *bus_client_peers(struct bus_client *c, const char *const *addresses, size_t n) MUST_USE;
/* Asks. `done(arg, e, body)` runs once on the loop thread, never from within this call: `e` is the callee's
 * to free, `body` is borrowed for the call. The deadline is the call's, which must outlive the question and
 * is watched for cancelling; without one, 60 s. Each method is idempotent: when the peer dies or is busy it
 * is asked again, elsewhere if possible, at most BUS_RETRIES times. ERR_DEADLINE, ERR_CANCELLED,
 * ERR_UNAVAILABLE ("BusPeerLost", "BusBusy"), ERR_EXHAUSTED
 * ("BusQueueFull", body limits), or what the server said. */
struct bus_ask *bus_client_ask(struct bus_client *c, const struct call *call, const struct bus_question *q,
                               void (*done)(void *arg, struct err *e, struct span body), void *arg);
/* The answer is no longer wanted: the server is told, `done` will not run. */
void bus_ask_cancel(struct bus_ask *ask);
/* Cancels all that is open. Not from within a `done`. */
void bus_client_free(struct bus_client *c);

struct bus_client_stats {
    size_t peers, ready;  /* known; said hello */
    size_t waiting, open; /* questions without and with a peer */
    uint64_t retries, lost_peers;
};
struct bus_client_stats bus_client_stats(const struct bus_client *c);

/* --- events: only ever hints --- */

struct bus_publisher;
struct bus_publisher *bus_publisher_new(struct bus *b) MUST_USE;
struct err *bus_publisher_bind(struct bus_publisher *p, const char *address, char *bound) MUST_USE;
void bus_publish(struct bus_publisher *p, const char *topic, struct span body);
void bus_publisher_free(struct bus_publisher *p);

struct bus_subscriber;
struct bus_event {
    const char *topic;  /* "app.changed" */
    const char *source; /* name of the process */
    struct span body;   /* borrowed */
    bool gap;           /* events of this source and topic were missed before this one, or it is the first */
};
/* Events whose topic begins with `prefix`. */
struct bus_subscriber *bus_subscriber_new(struct bus *b, const char *prefix,
                                          void (*fn)(void *arg, const struct bus_event *e),
                                          void *arg) MUST_USE;
struct err *bus_subscriber_peers(struct bus_subscriber *s, const char *const *addresses, size_t n) MUST_USE;
/* Not from within `fn`. */
void bus_subscriber_free(struct bus_subscriber *s);

#endif
