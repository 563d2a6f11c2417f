/* net/server_private.h - what the parts of the server share: connections, requests, the protocol table. */
#ifndef CAPSTAN_NET_SERVER_PRIVATE_H
#define CAPSTAN_NET_SERVER_PRIVATE_H

#include "base/str.h"
#include "net/server.h"

#include <http_parser.h>
#include <openssl/ssl.h>

/* How a protocol serves a request: h1 is one, a stream of h2 may be another. */
struct net_protocol {
    /* Status line and headers; `whole` is the body, or NULL when it will come by write(). */
    void (*start)(struct net_req *r, int status, const struct span *whole);
    void (*write)(struct net_req *r, struct span piece);
    void (*end)(struct net_req *r);
    void (*abort)(struct net_req *r);
    size_t (*unsent)(const struct net_req *r);
    void (*want_body)(struct net_req *r);
    void (*pause)(struct net_req *r, bool pause);
};

enum body_mode { BODY_IGNORED, BODY_COLLECTED, BODY_STREAMED };

struct net_req_private {
    const struct net_protocol *protocol; /* NULL once the peer is gone */
    void *stream;                        /* the protocol's: a connection for h1 */
    size_t output_limit;
    enum body_mode body_mode;
    size_t body_limit;
    struct str body;
    bool body_ended;
    bool started, ended, slow;
    bool chunked, no_body; /* h1: how the response body goes */
    struct net_pairs out_headers;
    void (*on_body)(struct net_req *r, struct span body);
    void (*on_data)(struct net_req *r, struct span piece);
    void (*on_end)(struct net_req *r);
    void (*on_closed)(struct net_req *r);
    void (*on_drained)(struct net_req *r);
};

struct net_req *net_req_new(const struct net_protocol *protocol, void *stream, size_t output_limit);
void net_req_free(struct net_req *r);
/* What protocols tell a request. Each may end it. */
void net_req_got_body(struct net_req *r, struct span piece);
void net_req_got_end(struct net_req *r);
/* Says whether the request was told that it may write on. */
bool net_req_was_sent(struct net_req *r);
/* The body that a handler asked for is not whole and nothing was answered: the request is the server's. */
bool net_req_awaits_body(const struct net_req *r);
/* The peer is gone: `r` is detached, told, and freed if nobody else would. */
void net_req_lost(struct net_req *r);

enum stage { STAGE_SNIFF, STAGE_HANDSHAKE, STAGE_OPEN, STAGE_LINGER, STAGE_DEAD };
enum wait { WAIT_NONE, WAIT_HEADER, WAIT_BODY, WAIT_IDLE, WAIT_WRITE, WAIT_LINGER };

/* One connection. `busy` counts entries from the loop: nothing is freed or re-armed until the last one is
 * left. */
struct net_conn {
    struct net_server *server;
    struct net_conn *prev, *next;
    int fd;
    struct loop_fd *watch;
    SSL *ssl;
    bool unix_socket;
    char peer[64];
    enum stage stage;
    int busy;
    bool eof;          /* the peer sends no more */
    bool read_blocked; /* TLS: reading waits for the socket to be writable */
    bool closing;      /* linger once all output is sent */
    struct loop_timer timer;
    enum wait waiting;
    bool progress; /* what we wait for has moved on: start its time again */
    struct str out;
    size_t out_sent;
    struct str in; /* read but not parsed */
    /* HTTP/1.1 */
    http_parser parser;
    struct net_req *req; /* the request being read or answered */
    struct str name, value, target;
    bool in_value, in_headers, message_complete, keep_alive, response_done, body_paused, served;
    bool expects_continue;
    size_t header_bytes, body_since_progress, discarded;
};

struct net_server {
    struct loop *loop;
    struct net_server_options options;
    struct net_conn *conns;
    size_t conns_len;
    struct {
        struct listener **at;
        size_t len, cap;
    } listeners;
    bool draining;
    void (*drained)(void *arg);
    void *drained_arg;
    char scratch[65536];
};

/* conn.c */
void net_conn_open(struct net_server *s, int fd, const char *peer, bool unix_socket);
void net_conn_enter(struct net_conn *c);
/* Leaves: sends what is to be sent, re-arms, or frees. `c` may be gone afterwards. */
void net_conn_leave(struct net_conn *c);
void net_conn_kill(struct net_conn *c);
void net_conn_send(struct net_conn *c, const char *bytes, size_t len);
/* Sends what the socket takes now; what leaving does anyway. */
void net_conn_flush(struct net_conn *c);
static inline size_t net_conn_unsent(const struct net_conn *c)
{
    return c->out.len - c->out_sent;
}
/* Tells the server that a connection is gone. */
void net_server_forget(struct net_server *s, struct net_conn *c);

/* h1.c */
void net_h1_open(struct net_conn *c);
void net_h1_feed(struct net_conn *c, const char *bytes, size_t len);
/* Goes on with what is buffered when the request before is done. */
void net_h1_advance(struct net_conn *c);
/* A request has been answered and another may follow. */
bool net_h1_finished(const struct net_conn *c);
void net_h1_eof(struct net_conn *c);
void net_h1_timeout(struct net_conn *c);
void net_h1_closed(struct net_conn *c);
bool net_h1_wants_input(const struct net_conn *c);
enum wait net_h1_waiting(const struct net_conn *c);

#endif
