/* Input: a chart's name, a NUL, a range, a NUL, an index. What is found is one of what is listed. */
#include "base/str.h"
#include "lib/fuzz.h"
#include "registry/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, chart, range;
    if (!size || !span_cut(&rest, '\0', &chart) || !rest.at || !span_cut(&rest, '\0', &range) || !rest.at)
        return 0;
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct registry_chart c;
    struct registry_versions v;
    const char *name = arena_strndup(a, chart.at, chart.len);
    CLEANUP(err_freep)
    struct err *e1 =
        registry_index_find(a, rest, "https://h/x", name, arena_strndup(a, range.at, range.len), &c);
    CLEANUP(err_freep) struct err *e2 = registry_index_list(a, rest, "https://h/x", name, &v);
    if (!e1 && (e2 || !v.len || !*c.url))
        panic("a version was found where none is listed");
    return 0;
}
