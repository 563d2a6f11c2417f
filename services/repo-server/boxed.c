/* repo-server/boxed - a render in a boxed worker of the application's project: the job goes in, and each look
 * that the worker takes at the source comes back here and is answered from the traced tree. */
#include "renders.h"
#include "server.h"

#include "box/tree.h"
#include "doc/json.h"
#include "proto/render.pb-c.h"
#include "render/helm/deps.h"
#include "wire/wire.h"

struct host {
    struct tree *source;
    const struct render_request *rq;
};

/* "source.stat" is about the source, "$values.stat" about what $values means. */
static struct tree *tree_named(const struct host *h, const char *what)
{
    const char *dot = strrchr(what, '.');
    struct span name = {what, dot ? (size_t)(dot - what) : 0};
    if (span_is(name, "source"))
        return h->source;
    for (size_t i = 0; i < h->rq->refs_len; i++)
        if (*what == '$' && span_is((struct span){what + 1, name.len - 1}, h->rq->refs[i].name))
            return h->rq->refs[i].tree;
    return NULL;
}

static struct err *answer_chart(const struct host *h, struct span question, struct arena *a, struct span *out)
{
    const struct helm_sources *from = h->rq->helm_sources;
    Capstan__Render__ChartQuestion *q;
    TRY(wire_unpack(a, &capstan__render__chart_question__descriptor, question, NULL, &q));
    const struct helm_dependency dep = {
        .name = text(q->name), .version = text(q->range), .repository = text(q->repository)};
    if (!from)
        return err_new(ERR_UNIMPLEMENTED, "chart %s is not at hand, and nothing is fetched for this render",
                       dep.name);
    return from->ops->fetch(from->arg, &dep, a, out);
}

static struct err *answer(void *arg, const char *what, struct span question, struct arena *a,
                          struct span *out)
{
    if (streq(what, "chart"))
        return answer_chart(arg, question, a, out);
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
    struct host h = {.source = tree, .rq = rq};
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
