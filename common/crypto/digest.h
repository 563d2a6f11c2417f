/* crypto/digest.h - SHA-256, SHA-1, MD5 and HMAC, of one text or of a stream of pieces. Any thread.
 *
 * SHA-256 is for everything of our own; SHA-1 and MD5 only where a protocol asks (Git, webhooks,
 * ETags), SHA-3 where a user's file does. */
#ifndef CAPSTAN_CRYPTO_DIGEST_H
#define CAPSTAN_CRYPTO_DIGEST_H

#include "base/base.h"

enum crypto_hash { CRYPTO_SHA256, CRYPTO_SHA1, CRYPTO_MD5, CRYPTO_SHA512, CRYPTO_SHA3_512 };

struct crypto_digest {
    unsigned char bytes[64];
    size_t len;
    char hex[129]; /* lower case */
};

void crypto_digest(enum crypto_hash hash, struct span bytes, struct crypto_digest *out);
void crypto_hmac(enum crypto_hash hash, struct span key, struct span bytes, struct crypto_digest *out);
/* In time that does not depend on where they differ. */
bool crypto_equal(struct span a, struct span b);

struct crypto_stream;
struct crypto_stream *crypto_stream_new(enum crypto_hash hash) MUST_USE;
void crypto_stream_add(struct crypto_stream *s, struct span bytes);
/* The text with its length before it, so that ("a","bc") and ("ab","c") differ. NULL is a text of its own. */
void crypto_stream_add_text(struct crypto_stream *s, const char *text);
/* The digest of what was added; the stream can be added to afterwards. */
void crypto_stream_sum(const struct crypto_stream *s, struct crypto_digest *out);
void crypto_stream_freep(struct crypto_stream **s);

#endif
