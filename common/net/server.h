/* net/server.h - the HTTP server on the loop: HTTP/1.1, TLS and plain on one port (the first byte tells),
 * unix sockets.
 *
 * on_request is called when a request's headers are complete. The handler may reply at once, ask for the body
 * (collected or streamed), or keep `r` and answer later. Life of `r`:
 *   - while a body that was asked for is still arriving and no response has begun, `r` is the server's:
 * should the peer go, on_closed is called (if set) and that is the last of it;
 *   - otherwise `r` is the handler's and lives until net_reply, net_stream_end or net_abort, even if the peer
 * goes: then on_closed is called once, and what is written goes nowhere. The protocol behind `r` is a table
 * of functions (server_private.h), so that other protocols serve the same handlers. Everything is bounded by
 * net_server_options; a peer that is slow in any direction is dropped. Responses to HEAD carry no body; a
 * request with Expect: 100-continue gets its 100 when the body is asked for. Half-closed peers get their
 * whole reply, but a stream to one counts as closed. The process ignores SIGPIPE from net_server_new on. */
#ifndef CAPSTAN_NET_SERVER_H
#define CAPSTAN_NET_SERVER_H

#include "base/arena.h"
#include "base/loop.h"
#include "net/http.h"
#include "net/tls.h"

struct net_req;
struct net_server;

/* 0 in any number means the default named here. */
struct net_server_options {
    size_t header_bytes; /* request line and headers; 32 KiB */
    size_t connections;  /* at once; more are accepted and closed; 10,000 */
    size_t output_bytes; /* unsent bytes of a stream before it is slow; 1 MiB */
    int64_t header_ms;   /* from the first byte (or accept, with TLS) to complete headers; 10 s */
    int64_t body_ms;     /* for each 64 KiB of a body; 30 s */
    int64_t idle_ms;     /* between requests; 2 min */
    int64_t write_ms;    /* without the peer taking a byte; 30 s */
    struct net_tls *tls; /* NULL = plain only; the server takes a hold of its own */
    bool tls_only;       /* refuse plain connections (unix sockets may always be plain) */
    void (*on_request)(struct net_req *r, void *arg);
    void *arg;
};

struct net_server *net_server_new(struct loop *l, const struct net_server_options *options) MUST_USE;
/* "127.0.0.1:8080", "[::1]:0", ":8080" (all addresses) or "unix:/path" (mode 0600, a stale one is replaced).
 * *port, if asked for, gets what port 0 became. May be called for several addresses. */
struct err *net_server_listen(struct net_server *s, const char *address, int *port) MUST_USE;
/* For connections from now on. */
void net_server_set_tls(struct net_server *s, struct net_tls *tls);
/* No new connections, idle ones close, others after their reply; `done(arg)` when none is left. */
void net_server_drain(struct net_server *s, void (*done)(void *arg), void *arg);
/* Closes everything; requests that handlers hold are told (on_closed) and must still be ended. */
void net_server_free(struct net_server *s);
size_t net_server_connections(const struct net_server *s);

/* --- the request --- */
struct net_req {
    struct arena *arena;      /* freed with the request */
    const char *method;       /* "GET" */
    const char *path;         /* as sent, escapes kept, without the query */
    const char *query;        /* as sent, "" when none */
    struct net_pairs headers; /* names in lower case, in order of arrival */
    struct net_pairs params;  /* what the router found in the path, decoded */
    const char *peer;         /* "127.0.0.1:51234", "[::1]:51234" or "unix" */
    bool tls;
    void *user; /* the handler's */
    struct net_req_private *p;
};

/* The value of a header by its lower-case name; several are joined by ", ". NULL when absent. */
const char *net_req_header(struct net_req *r, const char *name);
/* The first value of a query parameter, decoded; NULL when absent or broken. */
const char *net_req_query(struct net_req *r, const char *name);
/* All values of a query parameter, in order. */
struct net_pairs net_req_query_all(struct net_req *r, const char *name);
/* What {name} in the route matched; NULL when there is none. */
const char *net_req_param(const struct net_req *r, const char *name);

/* `done(r, body)` once the whole body is there; a longer one than `limit` is answered with 413 and never
 * comes. The body lives as long as the request. Call it in on_request. */
void net_body_collect(struct net_req *r, size_t limit, void (*done)(struct net_req *r, struct span body));
/* `data(r, piece)` as pieces come, then `end(r)`. */
void net_body_stream(struct net_req *r, void (*data)(struct net_req *r, struct span piece),
                     void (*end)(struct net_req *r));
/* Stops (or goes on) reading the body. At most 64 KiB more may still come. */
void net_body_pause(struct net_req *r, bool pause);

/* --- the response --- */
/* Adds a response header; before net_reply or net_stream_start. Bytes that would break the header are left
 * out. Content-Length, Transfer-Encoding, Connection and Date are the server's. */
void net_set_header(struct net_req *r, const char *name, const char *value);
/* The whole response; copies the body and ends `r`. `type` NULL = no Content-Type. */
void net_reply(struct net_req *r, int status, const char *type, struct span body);
void net_reply_text(struct net_req *r, int status, const char *type, const char *body);
/* Status line and headers; the body follows in pieces. */
void net_stream_start(struct net_req *r, int status, const char *type);
/* Copies and sends. False when more than output_bytes wait: stop until on_drained is called. A stream without
 * on_drained, or one that is four times over, is dropped. */
bool net_stream_write(struct net_req *r, struct span piece);
/* Ends the response and `r`. */
void net_stream_end(struct net_req *r);
/* Breaks the connection, so that the peer can tell that the response is not whole; ends `r`. */
void net_abort(struct net_req *r);
bool net_req_closed(const struct net_req *r);
void net_req_on_closed(struct net_req *r, void (*closed)(struct net_req *r));
void net_req_on_drained(struct net_req *r, void (*drained)(struct net_req *r));

#endif
