/* cache/seal - a body as it lies in Redis: zstd inside of AES-256-GCM, bound to its cache key. */
#include "cache/cache.h"

#include "crypto/aead.h"
#include "pack/zstd.h"

#include <stdlib.h>

struct cache_sealer {
    struct crypto_key *key;
    struct pack_zstd *zstd;
};

struct cache_sealer *cache_sealer_new(const struct secret *key)
{
    struct cache_sealer *s = mem_zalloc(sizeof(*s));
    s->key = crypto_key_derive(key, "capstan cache v1");
    return s;
}

/* Made when it is first needed: many a service only removes. */
static struct pack_zstd *zstd(struct cache_sealer *s)
{
    if (!s->zstd)
        s->zstd = pack_zstd_new(-1, (struct span){0});
    return s->zstd;
}

void cache_sealer_free(struct cache_sealer *s)
{
    if (!s)
        return;
    crypto_key_free(s->key);
    pack_zstd_free(s->zstd);
    free(s);
}

struct span cache_seal(struct cache_sealer *s, struct arena *a, const char *key, struct span body)
{
    return crypto_seal(a, s->key, pack_zstd_compress(zstd(s), a, body), span_of(key));
}

struct span cache_unseal(struct cache_sealer *s, struct arena *a, const char *key, struct span sealed)
{
    struct span packed, body = {0};
    struct err *e = crypto_open(a, s->key, sealed, span_of(key), &packed);
    if (!e)
        e = pack_zstd_decompress(zstd(s), a, packed, CACHE_BODY_MAX, &body);
    bool opened = !e;
    err_free(e);
    return opened ? body : (struct span){0};
}
