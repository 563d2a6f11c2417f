/* Input: argocd-cm as YAML. Every script that is found is one of the list, and rules name a group and a kind. */
#include "api/customize.h"
#include "doc/yaml.h"
#include "lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    struct limits limits = {.bytes = 1 << 16, .values = 5000};
    struct doc *cm = NULL;
    struct api_customize c;
    CLEANUP(err_freep)
    struct err *e = yaml_read(a, (struct span){(const char *)data, size}, YAML_SIGS, &limits, &cm);
    if (e)
        return 0;
    api_customize_parse(a, cm, &c);
    for (size_t i = 0; i < c.health_len; i++)
        if (!*c.health[i].text || !*c.health[i].key)
            panic("a health script without text or key");
    const struct api_health_script *found = api_customize_health(&c, "apps", "Deployment");
    if (found && (found < c.health || found >= c.health + c.health_len))
        panic("a script from nowhere");
    doc_each(it, c.ignore)
        if (!doc_is(doc_get(it.val, "kind"), DOC_STR) || !doc_is(doc_get(it.val, "group"), DOC_STR))
            panic("a rule for no kind");
    return 0;
}
