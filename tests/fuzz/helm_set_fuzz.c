/* Any text as a setting of --set and its kin: the first byte picks which. It ends with values or an error. */
#include "lib/fuzz.h"
#include "render/helm/values.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    if (!size)
        return 0;
    struct helm_setting s = {(enum helm_set)(data[0] % 5),
                             arena_strndup(a, (const char *)data + 1, size - 1)};
    err_free(helm_values_set(a, m, &s, NULL));
    err_free(helm_values_set(a, m, &s, NULL));
    return 0;
}
