/* Whatever is read is written to a text that reads as an equal document, thawed and frozen. */
#include "doc/json.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct doc *d = NULL, *again = NULL;
    struct limits limits = {.bytes = 1 << 20, .values = 100000};
    CLEANUP(err_freep) struct err *e = json_read(a, (struct span){(const char *)data, size}, &limits, &d);
    if (e)
        return 0;
    CLEANUP(str_release) struct str s = {0};
    json_write(&s, d, JSON_SORTED | JSON_HTML);
    CLEANUP(err_freep) struct err *e2 = json_read(a, str_span(&s), NULL, &again);
    CLEANUP(frozen_unrefp) struct frozen *f = doc_freeze(d);
    if (e2 || !doc_equal(d, again) || doc_hash(d) != doc_hash(again) || !doc_equal(frozen_root(f), d))
        panic("'%s' does not read back", str_text(&s));
    return 0;
}
