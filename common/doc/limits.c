/* doc/limits - the defaults, in one place. */
#include "doc/limits.h"

#include "doc/node.h"

enum { BYTES_MAX = INT32_MAX }; /* lengths inside a node are 32 bits */

const struct limits limits_default = {
    .bytes = 64 << 20,
    .depth = DEPTH_MAX,
    .values = 20 * 1000 * 1000,
    .aliases = 1000 * 1000,
};

struct limits limits_or_default(const struct limits *l)
{
    struct limits r = l ? *l : limits_default;
    r.bytes = MIN(r.bytes ? r.bytes : limits_default.bytes, (size_t)BYTES_MAX);
    r.depth = MIN(r.depth ? r.depth : limits_default.depth, (size_t)DEPTH_MAX);
    r.values = r.values ? r.values : limits_default.values;
    r.aliases = r.aliases ? r.aliases : limits_default.aliases;
    return r;
}
