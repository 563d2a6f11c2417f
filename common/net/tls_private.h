/* net/tls_private.h - what net/ itself knows of a TLS context. */
#ifndef CAPSTAN_NET_TLS_PRIVATE_H
#define CAPSTAN_NET_TLS_PRIVATE_H

#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* A server-side session on a non-blocking socket; keeps its own hold of the context. */
SSL *net_tls_accept(struct net_tls *t, int fd) MUST_USE;
/* The newest of OpenSSL's errors of this thread, with the rest dropped. */
const char *net_tls_error(void);

#endif
