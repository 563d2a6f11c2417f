/* repo-server/boxed - a render in a boxed worker of the application's project: the job goes in, and each look
 * that the worker takes at the source comes back here and is answered from the traced tree. */
#include "renders.h"
#include "server.h"

#include "base/vec.h"
#include "box/tree.h"
#include "doc/json.h"
#include "proto/render.pb-c.h"
#include "render/helm/deps.h"
#include "render/kustomize/kustomize.h"
#include "wire/wire.h"

enum { BASES_MAX = 100 };

struct host {
    struct tree *source;
    const struct render_request *rq;
    VEC(struct tree *) bases; /* that were asked for */
};

static void host_release(struct host *h)
{
    vec_each (base, &h->bases)
        tree_free(*base);
    vec_release(&h->bases);
}

/* "source.stat" is about the source, "$values.stat" about what $values means, "base-0.stat" about the first base. */
static struct tree *tree_named(const struct host *h, const char *what)
{
    const char *dot = strrchr(what, '.');
    struct span name = {what, dot ? (size_t)(dot - what) : 0};
    if (span_is(name, "source"))
        return h->source;
    for (size_t i = 0; i < h->rq->refs_len; i++)
        if (*what == '$' && name.len && span_is((struct span){what + 1, name.len - 1}, h->rq->refs[i].name))
            return h->rq->refs[i].tree;
    int64_t n;
    if (starts_with(what, "base-") && span_int((struct span){what + 5, name.len - 5}, &n) && n >= 0 &&
        (size_t)n < h->bases.len)
        return h->bases.at[n];
    return NULL;
}

static struct err *not_fetched(const char *what)
{
    return err_new(ERR_UNIMPLEMENTED, "%s is not here, and nothing is fetched for this render", what);
}

static struct err *answer_chart(const struct host *h, struct span question, struct arena *a, struct span *out)
{
    const struct helm_sources *from = h->rq->helm_sources;
    Capstan__Render__ChartQuestion *q;
    TRY(wire_unpack(a, &capstan__render__chart_question__descriptor, question, NULL, &q));
    const struct helm_dependency dep = {
        .name = text(q->name), .version = text(q->range), .repository = text(q->repository)};
    if (!from)
        return not_fetched(arena_printf(a, "chart %s", dep.name));
    return from->ops->fetch(from->arg, &dep, a, out);
}

static struct err *answer_base(struct host *h, struct span question, struct arena *a, struct span *out)
{
    const struct kustomize_remote_ops *ops = h->rq->kustomize_remote;
    Capstan__Render__BaseAnswer r = CAPSTAN__RENDER__BASE_ANSWER__INIT;
    Capstan__Render__BaseQuestion *q;
    struct tree *tree;
    const char *commit;
    TRY(wire_unpack(a, &capstan__render__base_question__descriptor, question, NULL, &q));
    if (!ops)
        return not_fetched(text(q->url));
    if (h->bases.len >= BASES_MAX)
        return err_new(ERR_EXHAUSTED, "more than %d remote bases", BASES_MAX);
    const struct kustomize_base want = {text(q->url), text(q->ref), q->submodules};
    TRY(ops->base(h->rq->kustomize_remote_arg, &want, a, &tree, &commit));
    vec_push(&h->bases, tree);
    r.has_version = true;
    r.version = 1;
    r.name = wire_text(arena_printf(a, "base-%zu", h->bases.len - 1));
    r.commit = wire_text(commit);
    *out = wire_pack(a, &r);
    return NULL;
}

static struct err *answer_file(const struct host *h, struct span question, struct arena *a, struct span *out)
{
    const struct kustomize_remote_ops *ops = h->rq->kustomize_remote;
    const char *url = arena_strndup(a, question.at ? question.at : "", question.len);
    return ops ? ops->file(h->rq->kustomize_remote_arg, url, a, out) : not_fetched(url);
}

static struct err *answer_values(const struct host *h, struct span question, struct arena *a, struct span *out)
{
    const struct helm_sources *from = h->rq->helm_sources;
    const char *url = arena_strndup(a, question.at ? question.at : "", question.len);
    return from && from->ops->fetch_values ? from->ops->fetch_values(from->arg, url, a, out) : not_fetched(url);
}

static struct err *answer(void *arg, const char *what, struct span question, struct arena *a,
                          struct span *out)
{
    if (streq(what, "chart"))
        return answer_chart(arg, question, a, out);
    if (streq(what, "values"))
        return answer_values(arg, question, a, out);
    if (streq(what, "base"))
        return answer_base(arg, question, a, out);
    if (streq(what, "file"))
        return answer_file(arg, question, a, out);
    struct tree *tree = tree_named(arg, what);
    if (!tree)
        return err_new(ERR_UNIMPLEMENTED, "a render has nothing to ask of '%s'", what);
    return box_tree_answer(tree, what, question, a, out);
}

static struct span packed(struct arena *a, const struct render_request *rq)
{
    Capstan__Render__RenderRequest m = CAPSTAN__RENDER__RENDER_REQUEST__INIT;
    m.has_version = true;
    m.version = 1;
    m.path = wire_text(rq->path);
    m.app_name = wire_text(rq->app_name);
    m.archive = wire_text(rq->archive);
    m.has_archive_in_folder = true;
    m.archive_in_folder = rq->archive_in_folder;
    m.namespace_ = wire_text(rq->namespace);
    m.kube_version = wire_text(rq->kube_version);
    m.api_versions = (char **)(uintptr_t)rq->api_versions;
    m.n_api_versions = rq->api_versions_len;
    m.kustomize_options = wire_text(rq->kustomize_options);
    m.disabled_types = (char **)(uintptr_t)rq->disabled_types;
    m.n_disabled_types = rq->disabled_types_len;
    m.has_stable_seed = rq->stable_seed.len > 0;
    m.stable_seed = wire_bytes(rq->stable_seed);
    m.has_stable_time_ms = m.has_stable_seed;
    m.stable_time_ms = rq->stable_time_ms;
    m.has_remote = true;
    m.remote = rq->kustomize_remote != NULL;
    m.has_source = rq->source != NULL;
    if (rq->source)
        m.source = wire_bytes(span_of(json_text(a, rq->source, 0)));
    m.has_env = rq->env != NULL;
    if (rq->env)
        m.env = wire_bytes(span_of(json_text(a, rq->env, 0)));
    m.refs = NEW_N(a, char *, rq->refs_len + 1);
    for (; m.n_refs < rq->refs_len; m.n_refs++)
        m.refs[m.n_refs] = wire_text(rq->refs[m.n_refs].name);
    return wire_pack(a, &m);
}

struct err *boxed_render(struct box *box, const struct call *call, struct tree *tree,
                         const struct render_request *rq, struct arena *a, struct render_content *out)
{
    CLEANUP(host_release) struct host h = {.source = tree, .rq = rq};
    const struct box_host host = {.answer = answer, .arg = &h};
    const struct box_job job = {.method = "render", .body = packed(a, rq), .host = &host};
    Capstan__Render__RenderReply *reply;
    struct span result;
    TRY(box_run(box, call, &job, a, &result));
    TRYF(wire_unpack(a, &capstan__render__render_reply__descriptor, result, NULL, &reply),
         "the worker that renders");
    *out = (struct render_content){.source_type = reply->source_type ? reply->source_type : "",
                                   .manifests = wire_span(reply->manifests),
                                   .warnings = wire_span(reply->warnings)};
    return NULL;
}
