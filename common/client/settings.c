/* client/settings - what of argocd-cm a render depends on. */
#include "client/repo.h"

static bool is_off(const struct doc *cm, const char *key)
{
    return doc_str_is(doc_path(cm, "data", key), "false");
}

static const char *build_options(struct arena *a, const struct doc *cm, const struct doc *source)
{
    const char *version = doc_str(doc_path(source, "kustomize", "version"), "");
    const char *own = arena_printf(a, "kustomize.buildOptions.%s", version);
    const char *options = *version ? doc_str(doc_path(cm, "data", own), "") : "";
    return *options ? options : doc_str(doc_path(cm, "data", "kustomize.buildOptions"), "");
}

void client_repo_settings(struct arena *a, const struct doc *cm, const struct doc *source,
                          Capstan__Repo__GenerateManifestsRequest *rq)
{
    static const struct {
        const char *key, *type;
    } types[] = {{"helm.enable", "Helm"}, {"kustomize.enable", "Kustomize"}};
    rq->values_schemes = (char *)(uintptr_t)doc_str(doc_path(cm, "data", "helm.valuesFileSchemes"), NULL);
    rq->kustomize_options = (char *)(uintptr_t)build_options(a, cm, source);
    rq->disabled_types = NEW_N(a, char *, ARRAY_LEN(types));
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (is_off(cm, types[i].key))
            rq->disabled_types[rq->n_disabled_types++] = (char *)(uintptr_t)types[i].type;
}
