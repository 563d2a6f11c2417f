/* wire/wire - walks the nesting by descriptor, which is bounded by the depth limit, then lets protobuf-c
 * unpack.
 *
 * The allocator answers NULL once the budget is used up; protobuf-c then gives up and frees through us, which
 * does nothing: the arena goes as a whole. */
#include "wire/wire.h"

const struct wire_limits wire_defaults = {64 << 20, 256 << 20, 16};

struct budget {
    struct arena *arena;
    size_t left;
    bool spent;
};

static void *allocate(void *data, size_t size)
{
    struct budget *b = data;
    if (size > b->left) {
        b->spent = true;
        return NULL;
    }
    b->left -= size;
    return arena_raw(b->arena, size);
}

static void no_free(void *data, void *p)
{
    (void)data;
    (void)p;
}

/* --- nesting --- */

static bool cut_varint(struct span *s, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && s->len; shift += 7) {
        unsigned char c = (unsigned char)*s->at;
        s->at++, s->len--;
        *out |= (uint64_t)(c & 127) << shift;
        if (c < 128)
            return true;
    }
    return false;
}

static bool skip(struct span *s, uint64_t n)
{
    if (n > s->len)
        return false;
    s->at += n, s->len -= n;
    return true;
}

/* Moves past one field's value; a length-prefixed one is left in `value`. */
static bool cut_value(struct span *s, unsigned wire_type, struct span *value)
{
    uint64_t n;
    *value = (struct span){NULL, 0};
    switch (wire_type) {
    case 0:
        return cut_varint(s, &n);
    case 1:
        return skip(s, 8);
    case 2:
        if (!cut_varint(s, &n) || n > s->len)
            return false;
        *value = (struct span){s->at, (size_t)n};
        return skip(s, n);
    case 5:
        return skip(s, 4);
    default:
        return false;
    }
}

static const ProtobufCMessageDescriptor *nested_type(const ProtobufCMessageDescriptor *type, uint64_t tag)
{
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].id == tag)
            return type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE ? type->fields[i].descriptor : NULL;
    return NULL;
}

static bool nests(const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            return true;
    return false;
}

static struct err *check_depth(const ProtobufCMessageDescriptor *type, struct span bytes, int left)
{
    if (left <= 0)
        return err_new(ERR_EXHAUSTED, "message is nested too deeply");
    if (!nests(type))
        return NULL;
    while (bytes.len) {
        uint64_t key;
        struct span value;
        if (!cut_varint(&bytes, &key) || !cut_value(&bytes, key & 7, &value))
            return err_new(ERR_INVALID, "not a %s: broken field", type->name);
        const ProtobufCMessageDescriptor *inner = (key & 7) == 2 ? nested_type(type, key >> 3) : NULL;
        if (inner)
            TRY(check_depth(inner, value, left - 1));
    }
    return NULL;
}

struct err *wire_unpack_(struct arena *a, const ProtobufCMessageDescriptor *type, struct span bytes,
                         const struct wire_limits *limits, ProtobufCMessage **out)
{
    if (!limits)
        limits = &wire_defaults;
    if (bytes.len > limits->bytes)
        return err_new(ERR_EXHAUSTED, "%s of %zu bytes is over the limit of %zu", type->name, bytes.len,
                       limits->bytes);
    TRY(check_depth(type, bytes, limits->depth));
    struct budget b = {a, limits->memory, false};
    ProtobufCAllocator allocator = {allocate, no_free, &b};
    *out = protobuf_c_message_unpack(type, &allocator, bytes.len, (const uint8_t *)bytes.at);
    if (*out)
        return NULL;
    if (b.spent)
        return err_new(ERR_EXHAUSTED, "%s needs more than %zu bytes of memory", type->name, limits->memory);
    return err_new(ERR_INVALID, "not a %s (%zu bytes)", type->name, bytes.len);
}

struct span wire_pack_(struct arena *a, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_raw(a, len + 1);
    protobuf_c_message_pack(message, bytes);
    return (struct span){(const char *)bytes, len};
}
