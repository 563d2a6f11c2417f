/* pack/gzip.h - gzip (RFC 1952) whole and as a stream. */
#ifndef CAPSTAN_PACK_GZIP_H
#define CAPSTAN_PACK_GZIP_H

#include "base/arena.h"
#include "base/str.h"

/* ERR_EXHAUSTED past `limit` bytes; ERR_DATA_LOSS for what is no gzip, is damaged or cut. Several members are
 * read as one. NUL behind the bytes. */
struct err *pack_gunzip(struct arena *a, struct span packed, size_t limit, struct span *out) MUST_USE;
struct span pack_gzip(struct arena *a, struct span plain) MUST_USE;

/* A response body while it is written: each add appends what is ready to `out`. */
struct pack_gzip_stream;
struct pack_gzip_stream *pack_gzip_stream_new(void) MUST_USE;
/* `flush`: everything so far can be read by the other side (an event stream); costs some bytes. */
void pack_gzip_stream_add(struct pack_gzip_stream *s, struct span plain, bool flush, struct str *out);
void pack_gzip_stream_end(struct pack_gzip_stream *s, struct str *out);
void pack_gzip_stream_freep(struct pack_gzip_stream **s);

#endif
