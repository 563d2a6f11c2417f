/* Input: a content type, a NUL, a manifest. */
#include "base/str.h"
#include "lib/fuzz.h"
#include "registry/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, type;
    if (!size || !span_cut(&rest, '\0', &type) || !rest.at)
        return 0;
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct registry_manifest m;
    struct registry_descriptor layer;
    CLEANUP(err_freep)
    struct err *e = registry_manifest_parse(a, rest, arena_strndup(a, type.at, type.len), &m);
    if (e)
        return 0;
    CLEANUP(err_freep) struct err *none = registry_artifact_layer(&m, NULL, 0, &layer);
    if (!none && (layer.size < 0 || !registry_is_digest(layer.digest)))
        panic("a layer that cannot be fetched");
    return 0;
}
