/* Any format prints any operands within the text's limit; %q of the result is ASCII-safe to print again. */
#include "lib/fuzz.h"
#include "tmpl/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(str_release) struct str out = {.limit = 1 << 20}, quoted = {.limit = 8 << 20};
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_list, 3);
    l->items[0] = tmpl_float(size % 7 ? 1.5 : -1e300);
    l->items[1] = tmpl_nil();
    l->items[2] = tmpl_bytes((struct span){(const char *)data, size});
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    tmpl_map_set(m, span_of("k"), tmpl_list_value(l));
    struct tmpl_value args[] = {tmpl_span((struct span){(const char *)data, size}),
                                tmpl_int(size % 3 ? -42 : 7),
                                tmpl_float(12345.678),
                                tmpl_map_value(m),
                                tmpl_bool(true),
                                tmpl_nil(),
                                (struct tmpl_value){.kind = TMPL_UINT64, .u = UINT64_MAX}};
    tmpl_sprintf(&out, (struct span){(const char *)data, size}, args, ARRAY_LEN(args));
    tmpl_quote(&quoted, str_span(&out));
    if (quoted.len < 2 || memchr(quoted.at, '\n', quoted.len))
        panic("a quoted text with a line end");
    return 0;
}
