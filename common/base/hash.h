/* base/hash.h - fast, non-cryptographic digests (XXH3) for tables and content keys of our own.
 *
 * Digests that a stranger could profit from colliding (cache keys over repository content) use crypto/. */
#ifndef CAPSTAN_BASE_HASH_H
#define CAPSTAN_BASE_HASH_H

#include "base/base.h"

uint64_t hash64(const void *bytes, size_t len);
/* 128 bits as 32 lower-case hex digits and a NUL. */
struct hash_hex {
    char text[33];
};
struct hash_hex hash128_hex(const void *bytes, size_t len);

/* The same over a stream of pieces. */
struct hash;
struct hash *hash_new(void) MUST_USE;
void hash_add(struct hash *h, const void *bytes, size_t len);
/* Adds the text with its end, so that ("a","bc") and ("ab","c") differ. NULL counts as a text of its own. */
void hash_add_text(struct hash *h, const char *text);
uint64_t hash_sum64(const struct hash *h);
struct hash_hex hash_sum_hex(const struct hash *h);
void hash_freep(struct hash **h);

#endif
