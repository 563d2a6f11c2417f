/* crypto/seeded.h - randomness that whoever holds a secret can make again: the same passwords, keys and
 * certificates at each render, foretold by nobody else.
 *
 * A stream is a SHA-256 in counter mode under a key that HMAC-SHA256 takes from the secret and a label; each
 * use has a label of its own. OpenSSL draws from a stream through a library context of ours, in which the
 * only random generator is one that reads the stream of the thread (crypto_seeded_enter). Keys stay the same
 * as long as OpenSSL asks for the same numbers, which a new version of it may end. A nonce of ECDSA mixes in
 * private key and message, as OpenSSL makes it, so that a signature never repeats one for another text. */
#ifndef CAPSTAN_CRYPTO_SEEDED_H
#define CAPSTAN_CRYPTO_SEEDED_H

#include "base/base.h"

/* One thread at a time. Holds key material: crypto_seeded_wipe when it is done. */
struct crypto_seeded {
    unsigned char key[32], bytes[32];
    uint64_t block; /* the next one */
    size_t left;    /* of `bytes` */
};

void crypto_seeded_init(struct crypto_seeded *s, struct span secret, struct span label);
void crypto_seeded_fill(struct crypto_seeded *s, void *out, size_t len);
void crypto_seeded_wipe(struct crypto_seeded *s);

/* From here to crypto_seeded_leave the library context that is returned draws from the stream, on this
 * thread. */
struct ossl_lib_ctx_st *crypto_seeded_enter(struct crypto_seeded *s) MUST_USE;
void crypto_seeded_leave(void);

#endif
