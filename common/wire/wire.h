/* wire/wire.h - protobuf messages in and out, with limits: the only way in which bytes from a peer become
 * structs.
 *
 * protobuf-c recurses without limit and lets a small body grow 20-fold; here the nesting is walked first and
 * the result lives in an arena with a budget. */
#ifndef CAPSTAN_WIRE_WIRE_H
#define CAPSTAN_WIRE_WIRE_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>

struct wire_limits {
    size_t bytes;  /* of the encoded message */
    size_t memory; /* of the decoded one */
    int depth;     /* of nested messages; the outermost counts 1 */
};

/* 64 MiB, 256 MiB, 16 levels. */
extern const struct wire_limits wire_defaults;

/* The message in `a`; never freed alone. ERR_EXHAUSTED for a limit, ERR_INVALID for what is no such message.
 * `limits` NULL = wire_defaults. For example: TRY(wire_unpack(a,
 * &capstan__repo__list_refs_request__descriptor, body, NULL, &rq)); */
struct err *wire_unpack_(struct arena *a, const ProtobufCMessageDescriptor *type, struct span bytes,
                         const struct wire_limits *limits, ProtobufCMessage **out) MUST_USE;
#define wire_unpack(a, type, bytes, limits, out)                                                             \
    wire_unpack_(a, type, bytes, limits, (ProtobufCMessage **)(out))

struct span wire_pack_(struct arena *a, const ProtobufCMessage *message) MUST_USE;
#define wire_pack(a, message) wire_pack_(a, &(message)->base)

static inline struct span wire_span(ProtobufCBinaryData b)
{
    return (struct span){(const char *)b.data, b.len};
}
static inline ProtobufCBinaryData wire_bytes(struct span s)
{
    return (ProtobufCBinaryData){s.len, (uint8_t *)(uintptr_t)s.at};
}
/* protobuf-c's strings are not const; it does not write to them. */
static inline char *wire_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

#endif
