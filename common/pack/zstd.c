/* pack/zstd - the frame's own content size is read first, so the target is allocated once and never past the
 * limit. */
#include "pack/zstd.h"

#include <stdlib.h>
#include <zdict.h>
#include <zstd.h>

struct pack_zstd {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *decompress;
};

static size_t must(size_t rc)
{
    if (ZSTD_isError(rc))
        panic("zstd: %s", ZSTD_getErrorName(rc));
    return rc;
}

struct pack_zstd *pack_zstd_new(int level, struct span dictionary)
{
    struct pack_zstd *z = mem_alloc(sizeof(*z));
    z->compress = ZSTD_createCCtx();
    z->decompress = ZSTD_createDCtx();
    if (!z->compress || !z->decompress)
        panic("out of memory for zstd");
    must(ZSTD_CCtx_setParameter(z->compress, ZSTD_c_compressionLevel, level));
    must(ZSTD_CCtx_setParameter(z->compress, ZSTD_c_checksumFlag, 1));
    if (dictionary.len) {
        must(ZSTD_CCtx_loadDictionary(z->compress, dictionary.at, dictionary.len));
        must(ZSTD_DCtx_loadDictionary(z->decompress, dictionary.at, dictionary.len));
    }
    return z;
}

void pack_zstd_free(struct pack_zstd *z)
{
    if (!z)
        return;
    ZSTD_freeCCtx(z->compress);
    ZSTD_freeDCtx(z->decompress);
    free(z);
}

void pack_zstd_freep(struct pack_zstd **z)
{
    pack_zstd_free(*z);
    *z = NULL;
}

struct span pack_zstd_compress(struct pack_zstd *z, struct arena *a, struct span plain)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *tmp = mem_alloc(room);
    size_t n = must(ZSTD_compress2(z->compress, tmp, room, plain.at, plain.len));
    struct span out = {arena_dup(a, tmp, n), n};
    free(tmp);
    return out;
}

struct err *pack_zstd_decompress(struct pack_zstd *z, struct arena *a, struct span packed, size_t limit,
                                 struct span *out)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.at, packed.len);
    size_t whole = ZSTD_findFrameCompressedSize(packed.at, packed.len);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || whole != packed.len)
        return err_new(ERR_DATA_LOSS, "not one whole zstd frame with a stated size (%zu bytes)", packed.len);
    if (size > limit)
        return err_new(ERR_EXHAUSTED, "unpacks to %llu bytes, more than the limit of %zu", size, limit);
    char *plain = arena_raw(a, (size_t)size + 1);
    size_t n = ZSTD_decompressDCtx(z->decompress, plain, (size_t)size, packed.at, packed.len);
    if (ZSTD_isError(n) || n != size)
        return err_new(ERR_DATA_LOSS, "damaged zstd frame: %s",
                       ZSTD_isError(n) ? ZSTD_getErrorName(n) : "shorter than it says");
    plain[n] = 0;
    *out = (struct span){plain, n};
    return NULL;
}

struct span pack_zstd_train(struct arena *a, struct span all, const size_t *lengths, size_t n, size_t size)
{
    char *room = arena_raw(a, size);
    size_t got = ZDICT_trainFromBuffer(room, size, all.at, lengths, (unsigned)n);
    return ZDICT_isError(got) ? (struct span){NULL, 0} : (struct span){room, got};
}
