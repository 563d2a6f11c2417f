/* Input: two texts with a NUL between them. A difference leads from the one to the other. */
#include "lib/fuzz.h"
#include "text/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *cut = size ? memchr(data, 0, size) : NULL;
    struct span x = {text, cut ? (size_t)(cut - text) : size};
    struct span y = cut ? (struct span){cut + 1, size - x.len - 1} : (struct span){text, 0};
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(str_release) struct str rebuilt = {0}, unified = {0};
    struct diff d;
    diff_lines(a, x, y, &d);
    for (size_t i = 0; i < d.runs_len; i++) {
        const struct diff_run *r = &d.runs[i];
        for (size_t j = 0; r->kind != DIFF_OLD && j < r->lines; j++) {
            size_t line = r->new_line + j;
            str_add_span(&rebuilt, r->kind == DIFF_SAME ? d.old_lines[r->old_line + j] : d.new_lines[line]);
            str_add(&rebuilt, d.new_unended && line + 1 == d.new_len ? "" : "\n");
        }
    }
    if (!span_eq(str_span(&rebuilt), y))
        panic("the difference does not give the new text");
    diff_unified(&d, "old", "new", 3, &unified);
    return 0;
}
