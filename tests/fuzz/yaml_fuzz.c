/* Whatever is read, in either dialect, is JSON when it is written. */
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/fuzz.h"

static void try(struct span text, enum yaml_dialect dialect)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 20000, .aliases = 10000};
    struct yaml_docs docs;
    struct doc *again = NULL;
    CLEANUP(err_freep) struct err *e = yaml_read_all(a, text, dialect, &limits, &docs);
    for (size_t i = 0; !e && i < docs.len; i++) {
        CLEANUP(str_release) struct str s = {0};
        json_write(&s, docs.at[i], 0);
        CLEANUP(err_freep) struct err *e2 = json_read(a, str_span(&s), NULL, &again);
        if (e2 || !doc_equal(docs.at[i], again))
            panic("'%s' does not read back: %s", str_text(&s), e2 ? e2->msg : "differs");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    try(text, YAML_SIGS);
    try(text, YAML_V3);
    return 0;
}
