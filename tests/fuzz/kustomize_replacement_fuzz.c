/* Input: a YAML list of replacements, then objects. Whatever is asked for, the objects stay documents and
 * their index stays whole. */
#include "doc/json.h"
#include "lib/fuzz.h"
#include "unit/render/kustomize_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000, .aliases = 5000};
    struct kustomize_build build = {
        .a = a, .schema = kustomize_schema_builtin(), .warnings = doc_new_list(a)};
    struct kustomize_at at = {&build, NULL, "fuzz"};
    struct kustomize_set set;
    struct yaml_docs docs;
    CLEANUP(err_freep)
    struct err *e = yaml_read_all(a, (struct span){(const char *)data, size}, YAML_V3, &limits, &docs);
    if (e || docs.len < 2)
        return 0;
    kustomize_set_init(&set, a);
    for (size_t i = 1; i < docs.len; i++)
        if (doc_is(docs.at[i], DOC_MAP))
            err_free(kustomize_set_add(&set, kustomize_resource_new(a, docs.at[i])));
    err_free(kustomize_replacements(&at, &set, docs.at[0]));
    for (size_t i = set.len; i-- > 0;) {
        (void)json_text(a, set.at[i]->object, JSON_SORTED);
        kustomize_set_remove(&set, set.at[i]);
    }
    return 0;
}
