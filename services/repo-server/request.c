/* repo-server/request - what GenerateManifests asks for, read once: what its result depends on, and its build
 * environment. */
#include "renders.h"

#include "crypto/digest.h"
#include "server.h"
#include "wire/wire.h"

const char *render_params(struct arena *a, const char *scope,
                          const Capstan__Repo__GenerateManifestsRequest *q, const char *others)
{
    CLEANUP(crypto_stream_freep) struct crypto_stream *s = crypto_stream_new(CRYPTO_SHA256);
    struct crypto_digest digest;
    const char *const texts[] = {RENDER_BUILD, q->path,         q->app_name, q->namespace_,
                                 q->project,   q->kube_version, others};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        crypto_stream_add_text(s, texts[i]);
    for (size_t i = 0; i < q->n_api_versions; i++)
        crypto_stream_add_text(s, q->api_versions[i]);
    crypto_stream_add_text(s, NULL);
    for (size_t i = 0; i < q->n_disabled_types; i++)
        crypto_stream_add_text(s, q->disabled_types[i]);
    crypto_stream_add_text(s, NULL);
    crypto_stream_add_text(s, q->kustomize_options);
    crypto_stream_add_text(s, q->values_schemes);
    struct span source = {(const char *)q->source.data, q->source.len};
    struct span sources = {(const char *)q->sources.data, q->sources.len};
    crypto_stream_add_text(s, arena_strndup(a, source.at ? source.at : "", source.len));
    crypto_stream_add(s, sources);
    crypto_stream_sum(s, &digest);
    return arena_printf(a, "%s-%s", scope, digest.hex);
}

const struct doc *render_env(struct arena *a, const Capstan__Repo__GenerateManifestsRequest *q)
{
    struct doc *env = doc_new_map(a);
    doc_set_str(a, env, "ARGOCD_APP_NAME", text(q->app_name));
    doc_set_str(a, env, "ARGOCD_APP_NAMESPACE", text(q->namespace_));
    doc_set_str(a, env, "ARGOCD_APP_PROJECT_NAME", text(q->project));
    doc_set_str(a, env, "ARGOCD_APP_SOURCE_REPO_URL", text(q->repo_url));
    doc_set_str(a, env, "ARGOCD_APP_SOURCE_PATH", text(q->path));
    doc_set_str(a, env, "ARGOCD_APP_SOURCE_TARGET_REVISION", text(q->revision));
    return env;
}

static bool in_ref(const struct doc *file, const char *ref)
{
    const char *text = doc_str(file, "");
    size_t n = strlen(ref);
    return *text == '$' && strncmp(text + 1, ref, n) == 0 && text[1 + n] == '/';
}

bool render_names_ref(const struct doc *source, const char *ref)
{
    const struct doc *helm = doc_get(source, "helm");
    doc_each (it, doc_get(helm, "valueFiles"))
        if (in_ref(it.val, ref))
            return true;
    doc_each (it, doc_get(helm, "fileParameters"))
        if (in_ref(doc_get(it.val, "path"), ref))
            return true;
    return false;
}
