/* bus/body - bodies in chunks. Invariant: sent - taken <= BUS_WINDOW, and a receiver holds no more than it
 * was sent. */
#include "bus/private.h"

#include <stdlib.h>

void bus_out_set(struct bus_out *o, struct span body)
{
    *o = (struct bus_out){.bytes = body.len ? mem_alloc(body.len) : NULL, .len = body.len};
    if (body.len)
        memcpy(o->bytes, body.at, body.len);
}

void bus_out_release(struct bus_out *o)
{
    free(o->bytes);
    *o = (struct bus_out){0};
}

void bus_out_rewind(struct bus_out *o)
{
    o->sent = o->taken = 0;
}

static void put_body(bus_frame *f, const struct bus_out *o, size_t n)
{
    f->has_body = n > 0;
    f->body = (ProtobufCBinaryData){n, n ? (uint8_t *)o->bytes + o->sent : NULL};
}

void bus_out_first(struct bus_out *o, bus_frame *f)
{
    size_t n = MIN(o->len, (size_t)BUS_CHUNK);
    put_body(f, o, n);
    if (n < o->len)
        BUS_SET(f, total, o->len);
    o->sent = n;
}

bool bus_out_next(struct bus_out *o, bus_frame *f)
{
    size_t n = MIN(o->len - o->sent, (size_t)BUS_CHUNK);
    if (n == 0 || o->sent - o->taken + n > BUS_WINDOW)
        return false;
    BUS_SET(f, offset, o->sent);
    put_body(f, o, n);
    o->sent += n;
    return true;
}

bool bus_out_credit(struct bus_out *o, const bus_frame *f)
{
    if (f->offset < o->taken || f->offset > o->sent)
        return false;
    o->taken = f->offset;
    return true;
}

static bool add(struct bus_in *in, ProtobufCBinaryData body)
{
    if (body.len > in->total - in->bytes.len)
        return false;
    str_add_n(&in->bytes, (const char *)body.data, body.len);
    return true;
}

bool bus_in_first(struct bus_in *in, const bus_frame *f, size_t max)
{
    size_t total = f->has_total ? (size_t)f->total : f->body.len;
    if (total > max || total < f->body.len || (f->has_total && f->body.len == 0))
        return false;
    in->total = total;
    in->bytes.limit = total;
    return add(in, f->body);
}

bool bus_in_next(struct bus_in *in, const bus_frame *f)
{
    return f->body.len > 0 && f->offset == in->bytes.len && add(in, f->body);
}

void bus_in_release(struct bus_in *in)
{
    str_release(&in->bytes);
    in->total = 0;
}
