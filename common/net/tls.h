/* net/tls.h - TLS material: server contexts, a self-signed certificate where none is given, client
 * credentials.
 *
 * TLS 1.2 and 1.3 with OpenSSL's default ciphers, ALPN http/1.1. PEM everywhere. */
#ifndef CAPSTAN_NET_TLS_H
#define CAPSTAN_NET_TLS_H

#include "base/err.h"
#include "base/secret.h"
#include "base/time.h"

/* A server's context, counted: live connections keep the one they began with when the server gets a new one.
 */
struct net_tls;

/* From memory; the certificate may be a chain, leaf first. ERR_INVALID when they do not parse or do not fit
 * each other. */
struct err *net_tls_server(struct span cert_pem, const struct secret *key_pem, struct net_tls **out) MUST_USE;
/* From files of at most 1 MiB. To follow a renewal call it again and pass the result to net_server_set_tls.
 */
struct err *net_tls_server_files(const char *cert_path, const char *key_path, struct net_tls **out) MUST_USE;
struct net_tls *net_tls_ref(struct net_tls *t);
void net_tls_unref(struct net_tls *t);
void net_tls_unrefp(struct net_tls **t);

/* A P-256 certificate that is its own CA, for `names` (DNS names or IP addresses, the first is its subject
 * too), valid from an hour before `wall_ms` for `days`. *cert_pem is a heap string of the caller. */
struct err *net_tls_self_signed(const char *const *names, size_t n, int64_t wall_ms, int days,
                                char **cert_pem, struct secret **key_pem) MUST_USE;

/* What a client shows and trusts. Everything is borrowed; zero is "the system's CAs and nothing to show". */
struct net_creds {
    struct span ca;             /* PEM; empty = the system's */
    struct span cert;           /* client certificate, PEM */
    const struct secret *key;   /* its key, PEM */
    const struct secret *token; /* sent as "Authorization: Bearer" */
    const char *user;           /* with `password`: sent as basic authentication */
    const struct secret *password;
    const char *server_name; /* checked instead of the URL's host, and sent as SNI */
    bool insecure;           /* the server's certificate is not checked */
};

#endif
