/* render/kustomize/source - an Application's kustomize block as a request for a build (specs/engine.md §7.7).
 *
 * The build environment is put into images, labels and, where the block asks for it, annotations. */
#include "base/str.h"
#include "render/helm/engine.h"
#include "render/kustomize/kustomize.h"
#include "render/kustomize/options.h"
#include "render/render.h"

#define CACHED "<path to cached source>"

struct source {
    const struct render_request *rq;
    struct arena *a;
    const struct doc *block; /* the source's */
};

static struct err *put_env(const struct source *s, struct doc *value)
{
    const char *text;
    TRY(render_env_put(s->rq, s->a, doc_str(value, ""), &text));
    if (doc_is(value, DOC_STR))
        doc_put(value, doc_new_str(s->a, text));
    return NULL;
}

static struct err *put_env_below(const struct source *s, struct doc *block, const char *field)
{
    struct doc *values = doc_own_get(s->a, block, span_of(field));
    for (size_t i = 0; doc_is(values, DOC_LIST) && i < doc_len(values); i++)
        TRY(put_env(s, doc_own_at(s->a, values, i)));
    if (doc_is(values, DOC_MAP))
        doc_each (it, doc_get(s->block, field))
            TRY(put_env(s, doc_own_get(s->a, values, it.key)));
    return NULL;
}

static struct err *overrides(const struct source *s, const struct doc **out)
{
    *out = NULL;
    if (!doc_is(s->block, DOC_MAP))
        return NULL;
    struct doc *block = doc_shallow(s->a, s->block);
    TRY(put_env_below(s, block, "images"));
    TRY(put_env_below(s, block, "commonLabels"));
    if (doc_bool(doc_get(block, "commonAnnotationsEnvsubst"), false))
        TRY(put_env_below(s, block, "commonAnnotations"));
    *out = block;
    return NULL;
}

static const char *text_or(const struct doc *d, const char *otherwise)
{
    const char *own = doc_str(d, "");
    return *own ? own : otherwise;
}

/* What charts see: the block's, the options', the cluster's. */
static struct err *take_cluster(const struct source *s, const struct kustomize_options *o,
                                struct kustomize_request *out)
{
    const struct doc *own = doc_get(s->block, "apiVersions");
    const char *version =
        text_or(doc_get(s->block, "kubeVersion"), o->kube_version ? o->kube_version : s->rq->kube_version);
    const char **words = NEW_N(s->a, const char *, doc_len(own) + 1);
    if (version && *version) {
        struct helm_kube_version kube;
        TRYF(helm_kube_version_parse(s->a, version, &kube), "kube version '%s'", version);
        out->kube_version = kube.normal + 1;
    }
    doc_each (it, own)
        words[it.index] = doc_str(it.val, "");
    out->api_versions = doc_len(own) ? words : o->api_versions.len ? o->api_versions.at : s->rq->api_versions;
    out->api_versions_len = doc_len(own)          ? doc_len(own)
                            : o->api_versions.len ? o->api_versions.len
                                                  : s->rq->api_versions_len;
    return NULL;
}

/* To a build all names are absolute; upstream puts this in the place of where its checkout lay. */
static void hide_root(char *text)
{
    for (char *p = text; (p = strstr(p, "/" CACHED)); p++)
        memmove(p, p + 1, strlen(p));
}

struct err *render_kustomize(const struct call *call, struct tree *tree, const struct render_request *rq,
                             struct arena *a, struct render_result *out)
{
    struct source s = {rq, a, doc_get(rq->source, "kustomize")};
    struct kustomize_options options;
    struct kustomize_output built;
    struct kustomize_request own = {.call = call,
                                    .tree = tree,
                                    .path = rq->path,
                                    .root_name = rq->root_name ? rq->root_name : "/" CACHED,
                                    .cache = rq->kustomize_cache,
                                    .helm_cache = rq->helm_cache,
                                    .helm_sources = rq->helm_sources,
                                    .remote = rq->kustomize_remote,
                                    .remote_arg = rq->kustomize_remote_arg};
    TRYF(kustomize_options_text(a, rq->kustomize_options ? rq->kustomize_options : "", &options),
         "kustomize.buildOptions");
    own.enable_helm = options.enable_helm;
    own.load_any = options.load_any;
    own.fifo = options.fifo;
    own.managed_by = options.managed_by;
    TRY(overrides(&s, &own.overrides));
    TRY(take_cluster(&s, &options, &own));
    struct err *e = kustomize_build(&own, a, &built);
    doc_each (it, built.warnings)
        doc_push(a, out->warnings, it.val);
    const char *root = rq->root_name ? rq->root_name : CACHED;
    if (e && !rq->root_name)
        hide_root(e->msg);
    TRYF(e, "`kustomize build %s%s%s` failed exit status 1: Error", root, *rq->path ? "/" : "", rq->path);
    doc_each (it, built.objects)
        doc_push(a, out->manifests, it.val);
    return NULL;
}
