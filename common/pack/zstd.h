/* pack/zstd.h - zstd with stated limits, with or without a dictionary.
 *
 * A packer keeps its contexts between calls (making one costs more than packing a small body); one thread at
 * a time. */
#ifndef CAPSTAN_PACK_ZSTD_H
#define CAPSTAN_PACK_ZSTD_H

#include "base/arena.h"

struct pack_zstd;

/* `dictionary` empty = none; else trained or raw bytes, copied. Level -1 is the house's: fast, and 7-11 times
 * on YAML. */
struct pack_zstd *pack_zstd_new(int level, struct span dictionary) MUST_USE;
void pack_zstd_free(struct pack_zstd *z);
void pack_zstd_freep(struct pack_zstd **z);

/* One frame with its content size and a checksum. */
struct span pack_zstd_compress(struct pack_zstd *z, struct arena *a, struct span plain) MUST_USE;
/* NUL behind the bytes. ERR_EXHAUSTED when it would give more than `limit`; ERR_DATA_LOSS for what is no
 * whole zstd frame, is damaged, or wants another dictionary. */
struct err *pack_zstd_decompress(struct pack_zstd *z, struct arena *a, struct span packed, size_t limit,
                                 struct span *out) MUST_USE;
/* A dictionary of at most `size` bytes from samples that lie end to end in `all`; empty when there are too
 * few. */
struct span pack_zstd_train(struct arena *a, struct span all, const size_t *lengths, size_t n,
                            size_t size) MUST_USE;

#endif
