/* Input: a JSON list of an object and a list of paths, as a worker may answer them. The object stays as it is, nothing is
 * added, and what is deleted once is gone. */
#include "diff/diff.h"
#include "doc/json.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000};
    struct doc *pair = NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, (struct span){(const char *)data, size}, &limits, &pair);
    if (e || !doc_at(pair, 0))
        return 0;
    const struct doc *obj = doc_at(pair, 0);
    uint64_t before = doc_hash(obj);
    const struct doc *left = diff_drop_paths(a, obj, doc_at(pair, 1));
    if (doc_hash(obj) != before)
        panic("the object was changed");
    if (doc_len(left) > doc_len(obj) && !doc_is(obj, DOC_STR))
        panic("something was added");
    return 0;
}
