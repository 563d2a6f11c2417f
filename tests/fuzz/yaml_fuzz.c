/* Whatever is read, in either dialect, is JSON when it is written, and the same document when it is written
 * as YAML (but for U+0085, which the sigs profile folds). */
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/fuzz.h"

static void write_and_read(struct arena *a, const struct doc *d)
{
    CLEANUP(str_release) struct str s = {0};
    struct doc *again = NULL;
    yaml_write(&s, d, YAML_WRITE_SIGS);
    CLEANUP(err_freep) struct err *e = yaml_read(a, str_span(&s), YAML_SIGS, NULL, &again);
    bool folded = memmem(json_text(a, d, 0), strlen(json_text(a, d, 0)), "\xc2\x85", 2);
    if (e || (!folded && !doc_equal(d, again)))
        panic("'%s' does not read back: %s", str_text(&s), e ? e->msg : "differs");
}

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
        write_and_read(a, docs.at[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    try(text, YAML_SIGS);
    try(text, YAML_V3);
    return 0;
}
