/* crypto/aead.h - sealing: AES-256-GCM with a random nonce, keys derived by HKDF; and random bytes. Any
 * thread.
 *
 * A sealed text is: one byte of version (1), nonce (12), cipher text, tag (16). The associated data (a cache
 * key, a session id) is not in it but must be the same on opening, so a sealed body cannot be moved to
 * another key. A key seals at most 2^32 texts (random nonces, NIST SP 800-38D); derive one per purpose. */
#ifndef CAPSTAN_CRYPTO_AEAD_H
#define CAPSTAN_CRYPTO_AEAD_H

#include "base/arena.h"
#include "base/secret.h"

enum { CRYPTO_KEY = 32, CRYPTO_SEAL_EXTRA = 1 + 12 + 16 };

struct crypto_key; /* kept in a struct secret */

/* HKDF-SHA-256 (RFC 5869) of `secret`, without salt, for one purpose: `info`, static, as "capstan cache v1".
 */
struct crypto_key *crypto_key_derive(const struct secret *secret, const char *info) MUST_USE;
/* A new random key that only this process knows. */
struct crypto_key *crypto_key_random(void) MUST_USE;
void crypto_key_free(struct crypto_key *k);
void crypto_key_freep(struct crypto_key **k);

struct span crypto_seal(struct arena *a, const struct crypto_key *k, struct span plain,
                        struct span associated) MUST_USE;
/* ERR_DATA_LOSS, reason "SealBroken", when it was not sealed with this key and data, or was changed. */
struct err *crypto_open(struct arena *a, const struct crypto_key *k, struct span sealed,
                        struct span associated, struct span *out) MUST_USE;

/* From OpenSSL's generator, for keys, tokens and nonces. */
void crypto_random(void *out, size_t len);

#endif
