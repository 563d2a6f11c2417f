/* Any three values files as defaults, a child's defaults and the user's, between "%%" lines: coalescing ends.
 */
#include "base/str.h"
#include "lib/fuzz.h"
#include "render/helm/values.h"

static struct helm_chart *chart(struct arena *a, const char *name, struct tmpl_map *values)
{
    struct helm_chart *c = NEW(a, struct helm_chart);
    c->meta.name = name;
    c->values = values;
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(1 << 20);
    struct span rest = {(const char *)data, size}, part;
    struct tmpl_map *values[3], *out;
    for (int i = 0; i < 3; i++) {
        const char *end = rest.len ? memmem(rest.at, rest.len, "\n%%\n", 4) : NULL;
        part = (struct span){rest.at, end ? (size_t)(end - rest.at) : rest.len};
        rest = (struct span){rest.at + part.len + (end ? 4 : 0), rest.len - part.len - (end ? 4 : 0)};
        struct err *e = helm_cache_values(cache, a, HELM_4, part, &values[i]);
        if (e) {
            err_free(e);
            return 0;
        }
    }
    struct helm_chart *root = chart(a, "root", values[0]), *child = chart(a, "sub", values[1]);
    root->children = &child;
    root->children_len = 1;
    struct doc *warnings = doc_new_list(a);
    err_free(helm_values_coalesce(a, root, values[2], HELM_MERGE, warnings, &out));
    err_free(helm_values_coalesce(a, root, values[2], 0, warnings, &out));
    err_free(helm_values_coalesce(a, root, values[2], HELM_NULLS_STAY, warnings, &out));
    return 0;
}
