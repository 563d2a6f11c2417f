/* A header as a registry might send it. */
#include "lib/fuzz.h"
#include "registry/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct registry_challenge c = {.realm = "", .service = "", .scope = ""};
    registry_challenge_read(a, arena_strndup(a, (const char *)data, size), &c);
    if (!c.bearer && (*c.realm || *c.service || *c.scope))
        panic("what is of no bearer was kept");
    return 0;
}
