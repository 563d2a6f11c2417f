/* Input: two YAML documents, an object and a patch over it. A merge never changes what it is given, and what
 * it gives is a document that can be written. */
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/fuzz.h"
#include "render/kustomize/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000, .aliases = 5000};
    struct yaml_docs docs;
    CLEANUP(err_freep)
    struct err *e = yaml_read_all(a, (struct span){(const char *)data, size}, YAML_V3, &limits, &docs);
    if (e || docs.len < 2)
        return 0;
    uint64_t dest = doc_hash(docs.at[0]), patch = doc_hash(docs.at[1]);
    for (int order = KUSTOMIZE_PREPEND; order <= KUSTOMIZE_APPEND; order++) {
        const struct doc *out = NULL;
        CLEANUP(err_freep)
        struct err *bad = kustomize_merge(a, kustomize_schema_builtin(), docs.at[0], docs.at[1],
                                          (enum kustomize_merge_order)order, &out);
        if (doc_hash(docs.at[0]) != dest || doc_hash(docs.at[1]) != patch)
            panic("the merge changed its input");
        if (!bad && out)
            (void)json_text(a, out, JSON_SORTED);
    }
    const struct kustomize_schema *schema = NULL;
    err_free(kustomize_schema_read(a, docs.at[0], &schema));
    return 0;
}
