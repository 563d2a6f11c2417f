/* crypto/password.h - bcrypt, as Argo CD's account passwords are kept ($2a$, $2b$, $2y$).
 *
 * Meant to be slow (about 60 ms at cost 10): call it on a worker thread. */
#ifndef CAPSTAN_CRYPTO_PASSWORD_H
#define CAPSTAN_CRYPTO_PASSWORD_H

#include "base/err.h"
#include "base/secret.h"

enum { CRYPTO_PASSWORD_COST = 10, CRYPTO_PASSWORD_MAX = 72 };

/* True when `hash` is a bcrypt hash of cost 4..16 and made from that password. As in Go, a password of more
 * than 72 bytes matches nothing. */
bool crypto_password_matches(const struct secret *password, const char *hash);
/* A "$2a$" hash on the heap. ERR_INVALID for an empty password, one of more than 72 bytes, one with a NUL, a
 * cost out of 4..16. */
struct err *crypto_password_hash(const struct secret *password, int cost, char **out) MUST_USE;
/* The same with a salt of the caller's, for a hash that can be made again; an empty password is one too. */
struct err *crypto_password_hash_salted(const struct secret *password, int cost, const unsigned char salt[16],
                                        char **out) MUST_USE;

#endif
