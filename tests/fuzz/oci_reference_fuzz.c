/* What is a reference is one again when it is written out, and has no "/../" to leave its place by. */
#include "lib/fuzz.h"
#include "registry/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct registry_reference r, again;
    CLEANUP(err_freep)
    struct err *e = registry_reference_parse(a, arena_strndup(a, (const char *)data, size), &r);
    if (e)
        return 0;
    const char *text = arena_printf(a, "oci://%s/%s%s%s%s%s", r.host, r.repository, *r.tag ? ":" : "", r.tag,
                                    *r.digest ? "@" : "", r.digest);
    CLEANUP(err_freep) struct err *e2 = registry_reference_parse(a, text, &again);
    if (e2 || !streq(again.repository, r.repository) || !streq(again.tag, r.tag) ||
        strstr(r.repository, ".."))
        panic("not the same again: %s", text);
    return 0;
}
