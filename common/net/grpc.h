/* net/grpc.h - calls of a gRPC server by worker threads, unary and client-streaming, over a unix socket.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Messages go uncompressed. The request is
 * known as a whole before it is sent, and the answer is one message. */
#ifndef CAPSTAN_NET_GRPC_H
#define CAPSTAN_NET_GRPC_H

#include "base/str.h"
#include "net/client.h"

/* Adds one message of a request's stream. */
void net_grpc_add(struct str *request, struct span message);
struct net_grpc {
    struct net_session *session;
    const char *socket; /* a unix socket's path */
    size_t max_reply;   /* bytes; 0 = 64 MiB */
};
/* `method` is "/package.Service/Method", `request` what net_grpc_add made. *reply is the arena's. Errors are
 * the server's status, its codes being ours; ERR_UNAVAILABLE when nobody listens; ERR_INTERNAL for what is no
 * gRPC. */
struct err *net_grpc_call(const struct net_grpc *to, const struct call *call, const char *method,
                          struct span request, struct arena *a, struct span *reply) MUST_USE;

#endif
