/* net/client.h - the HTTP client: libcurl's multi interface on the loop, and a blocking form for worker
 * threads.
 *
 * HTTP/2 over TLS where the server speaks it, with requests to one host waiting to share its connection;
 * keep-alive; gzip undone. A status is no error: errors are about getting no whole answer (ERR_UNAVAILABLE;
 * ERR_DEADLINE; ERR_EXHAUSTED, reason "ResponseTooLarge"; ERR_INVALID for a request that cannot be made;
 * reason "TLSVerification" where the server's certificate is not trusted). Messages name method and URL
 * without credentials or query. Credentials: sent to the origin (scheme, host, port) of the first URL only. A
 * redirect to another origin goes without token, password, client key and all headers but Accept*,
 * Content-Type, User-Agent and Git-Protocol. */
#ifndef CAPSTAN_NET_CLIENT_H
#define CAPSTAN_NET_CLIENT_H

#include "base/arena.h"
#include "base/call.h"
#include "base/loop.h"
#include "net/http.h"
#include "net/tls.h"

struct net_response {
    int status;
    struct net_pairs headers; /* of the last response, in order, trailers behind them */
    struct span body;         /* empty where on_data took it */
    const char *url;          /* after redirects */
};

enum net_take { NET_TAKEN, NET_PAUSE /* piece not taken; it comes again after net_transfer_resume */ };

/* Strings, headers and body are copied when the request starts; `creds` and what it names must outlive it. */
struct net_request {
    const char *method; /* NULL = GET */
    const char *url;
    const struct net_pair *headers;
    size_t headers_len;
    struct span body;
    const struct net_creds *creds; /* NULL = none */
    const char *proxy;             /* NULL = as the environment says, "" = none */
    int64_t connect_ms;            /* 0 = 10 s */
    int64_t timeout_ms;            /* for all of it; 0 = none */
    int64_t idle_ms;               /* without a byte of the response; 0 = none */
    size_t max_body;               /* 0 = 64 MiB; with on_data 0 = no limit */
    int redirects;                 /* followed at most; 0 = none */
    const char *unix_socket;       /* connect there, whatever the URL's host; NULL = to that */
    bool http2;                    /* HTTP/2 from the first byte, without TLS, as gRPC speaks it */
    bool raw;                      /* the body as it was sent: Content-Encoding is not undone, nor asked for */
    /* Asynchronous form only; both may be NULL and may cancel. on_head: status and headers are there, and it
     * is no redirect to follow. on_data: without it the body is collected. */
    void (*on_head)(void *arg, const struct net_response *head);
    enum net_take (*on_data)(void *arg, const struct net_response *head, struct span piece);
    /* Called once, unless cancelled. `e` is the callee's; `response` lives for the callback, and is NULL with
     * an error that came before any response. */
    void (*on_done)(void *arg, struct err *e, const struct net_response *response);
    void *arg;
};

/* --- on the loop --- */
struct net_client;
struct net_transfer;

struct net_client_options {
    int connections;        /* 0 = 256 */
    int host_connections;   /* 0 = 8 with HTTP/2 in mind; streams of HTTP/1.1 need one each */
    const char *user_agent; /* static */
};

struct net_client *net_client_new(struct loop *l, const struct net_client_options *options) MUST_USE;
/* Cancels what is under way. */
void net_client_free(struct net_client *c);
/* Never calls on_done from inside: a request that cannot be made is told from the loop, too. */
struct net_transfer *net_client_start(struct net_client *c, const struct net_request *request);
/* on_done will not be called. NULL is allowed. */
void net_transfer_cancel(struct net_transfer *t);
void net_transfer_resume(struct net_transfer *t);

/* --- on a worker thread: each waits at most until the call's deadline, and no longer than 100 ms after a
 * cancel --- */

/* Keeps connections between requests; for one thread at a time. */
struct net_session;
struct net_session *net_session_new(const char *user_agent) MUST_USE;
void net_session_free(struct net_session *s);

/* The whole response, in the arena. */
struct err *net_fetch(struct net_session *s, const struct call *call, const struct net_request *request,
                      struct arena *a, struct net_response *out) MUST_USE;

/* One request whose body is written and whose response is read in pieces. One stream of a session at a time.
 */
struct net_stream;
/* With `upload` the body comes by net_stream_put (chunked) instead of request->body. */
struct err *net_stream_open(struct net_session *s, const struct call *call, const struct net_request *request,
                            bool upload, struct net_stream **out) MUST_USE;
/* Waits while more than 1 MiB is unsent. */
struct err *net_stream_put(struct net_stream *s, struct span piece) MUST_USE;
/* Ends the upload if there is one, and waits for status and headers; *out lives as long as the stream. */
struct err *net_stream_head(struct net_stream *s, const struct net_response **out) MUST_USE;
/* At least one byte; *n = 0 at the end of the response. */
struct err *net_stream_read(struct net_stream *s, char *buf, size_t size, size_t *n) MUST_USE;
void net_stream_close(struct net_stream *s);
void net_stream_closep(struct net_stream **s);

#endif
