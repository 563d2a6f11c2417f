/* Input: a document, then a patch, both JSON. The document never changes; a difference turns one into the
 * other. */
#include "doc/json.h"
#include "doc/patch.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000};
    struct span rest = {(const char *)data, size};
    struct doc *d = NULL, *ops = NULL;
    CLEANUP(err_freep) struct err *e = json_read_next(a, &rest, &limits, &d);
    CLEANUP(err_freep) struct err *e2 = e ? NULL : json_read_next(a, &rest, &limits, &ops);
    if (e || e2 || !d || !ops)
        return 0;
    uint64_t before = doc_hash(d);
    const struct doc *out = NULL;
    CLEANUP(err_freep) struct err *e3 = patch_json(a, d, ops, &out);
    if (doc_hash(d) != before)
        panic("patching changed its input");
    if (e3)
        out = patch_merge(a, d, ops);
    if (doc_is(d, DOC_MAP) && doc_is(out, DOC_MAP))
        out = patch_merge(a, d, patch_merge_create(a, d, out));
    if (!out || doc_hash(d) != before)
        panic("merging changed its input");
    return 0;
}
