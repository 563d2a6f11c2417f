/* Input: a JSON document, then a JSON patch as kustomize reads it. The document never changes. */
#include "doc/json.h"
#include "lib/fuzz.h"
#include "render/kustomize/json6902.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000};
    struct span rest = {(const char *)data, MIN(size, (size_t)1 << 16)};
    struct doc *d = NULL;
    const struct doc *ops = NULL, *out = NULL;
    CLEANUP(err_freep) struct err *e = json_read_next(a, &rest, &limits, &d);
    if (e || !d)
        return 0;
    CLEANUP(err_freep) struct err *e2 = kustomize_json6902_read(a, span_trim(rest), &ops);
    if (e2)
        return 0;
    uint64_t before = doc_hash(d);
    CLEANUP(err_freep) struct err *e3 = kustomize_json6902(a, d, ops, &out);
    if (doc_hash(d) != before)
        panic("patching changed its input");
    if (!e3)
        (void)json_text(a, out, JSON_SORTED);
    return 0;
}
