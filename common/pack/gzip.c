/* pack/gzip - zlib with 16 added to the window bits, which is how it says gzip. */
#include "pack/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_BITS = 15 + 16, CHUNK = 64 * 1024 };

struct pack_gzip_stream {
    z_stream z;
};

static struct err *inflate_all(z_stream *z, size_t limit, struct str *plain)
{
    int rc = Z_OK;
    while (rc != Z_STREAM_END || z->avail_in) {
        char *room = str_reserve(plain, CHUNK);
        if (rc == Z_STREAM_END && inflateReset(z) != Z_OK)
            panic("zlib: inflateReset failed");
        z->next_out = (Bytef *)room;
        z->avail_out = CHUNK;
        rc = inflate(z, Z_NO_FLUSH);
        plain->len += CHUNK - z->avail_out;
        if (plain->len > limit)
            return err_new(ERR_EXHAUSTED, "unpacks to more than the limit of %zu bytes", limit);
        if (rc != Z_OK && rc != Z_STREAM_END)
            return err_new(ERR_DATA_LOSS, "damaged gzip: %s",
                           rc == Z_BUF_ERROR ? "cut short"
                           : z->msg          ? z->msg
                                             : "no gzip");
    }
    return NULL;
}

struct err *pack_gunzip(struct arena *a, struct span packed, size_t limit, struct span *out)
{
    if (packed.len > UINT_MAX)
        return err_new(ERR_EXHAUSTED, "gzip of %zu bytes is more than can be read", packed.len);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.at, .avail_in = (uInt)packed.len};
    if (inflateInit2(&z, GZIP_BITS) != Z_OK)
        panic("zlib: inflateInit failed");
    CLEANUP(str_release) struct str plain = {.limit = limit + CHUNK + 1};
    struct err *e = inflate_all(&z, limit, &plain);
    inflateEnd(&z);
    if (!e)
        *out = (struct span){arena_strndup(a, plain.at, plain.len), plain.len};
    return e;
}

struct pack_gzip_stream *pack_gzip_stream_new(void)
{
    struct pack_gzip_stream *s = mem_zalloc(sizeof(*s));
    if (deflateInit2(&s->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        panic("zlib: deflateInit failed");
    return s;
}

static void deflate_some(struct pack_gzip_stream *s, int flush, struct str *out)
{
    do {
        char *room = str_reserve(out, CHUNK);
        if (!room)
            return; /* the writer sees `full` */
        s->z.next_out = (Bytef *)room;
        s->z.avail_out = CHUNK;
        deflate(&s->z, flush);
        out->len += CHUNK - s->z.avail_out;
        out->at[out->len] = 0;
    } while (s->z.avail_out == 0);
}

void pack_gzip_stream_add(struct pack_gzip_stream *s, struct span plain, bool flush, struct str *out)
{
    while (plain.len) {
        size_t n = MIN(plain.len, (size_t)1 << 30);
        s->z.next_in = (Bytef *)(uintptr_t)plain.at;
        s->z.avail_in = (uInt)n;
        deflate_some(s, Z_NO_FLUSH, out);
        plain = (struct span){plain.at + n, plain.len - n};
    }
    if (flush)
        deflate_some(s, Z_SYNC_FLUSH, out);
}

void pack_gzip_stream_end(struct pack_gzip_stream *s, struct str *out)
{
    s->z.avail_in = 0;
    deflate_some(s, Z_FINISH, out);
}

void pack_gzip_stream_freep(struct pack_gzip_stream **s)
{
    if (!*s)
        return;
    deflateEnd(&(*s)->z);
    free(*s);
    *s = NULL;
}

struct span pack_gzip(struct arena *a, struct span plain)
{
    struct pack_gzip_stream *s = pack_gzip_stream_new();
    CLEANUP(str_release) struct str out = {0};
    pack_gzip_stream_add(s, plain, false, &out);
    pack_gzip_stream_end(s, &out);
    pack_gzip_stream_freep(&s);
    return (struct span){arena_strndup(a, out.at, out.len), out.len};
}
