/* pack/tar.h - writing a tar packed by gzip, into memory. Times are zero and owners root, so equal files make
 * equal bytes. */
#ifndef CAPSTAN_PACK_TAR_H
#define CAPSTAN_PACK_TAR_H

#include "base/str.h"

struct pack_tar;
/* Writes to `out`, which must outlive it. */
struct pack_tar *pack_tar_new(struct str *out) MUST_USE;
/* A regular file, mode 0644. ERR_EXHAUSTED when `out` is full. */
struct err *pack_tar_file(struct pack_tar *t, const char *path, struct span content) MUST_USE;
struct err *pack_tar_link(struct pack_tar *t, const char *path, const char *target) MUST_USE;
/* What was added is whole only after this. Frees `t`, on errors too. */
struct err *pack_tar_end(struct pack_tar *t) MUST_USE;
void pack_tar_freep(struct pack_tar **t);

#endif
