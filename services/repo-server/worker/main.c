/* repo-server/worker - the boxed worker that renders: a source that it reads through repo-server in,
 * manifests out. */
#include "box/tree.h"
#include "doc/json.h"
#include "proto/render.pb-c.h"
#include "render/helm/cache.h"
#include "render/helm/deps.h"
#include "render/jsonnet.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/kustomize.h"
#include "render/render.h"
#include "wire/wire.h"

#include <stdio.h>
#include <unistd.h>

static struct span json_of(struct arena *a, const struct doc *d)
{
    return span_of(json_text(a, d, 0));
}

/* The worker's own, over all its jobs. */
static struct helm_cache *helm_cache;
static struct kustomize_cache *kustomize_cache;

struct job {
    struct tree *source;
    struct render_ref *refs;
    size_t refs_len;
};

static void job_release(struct job *j)
{
    tree_free(j->source);
    for (size_t i = 0; i < j->refs_len; i++)
        tree_free(j->refs[i].tree);
}

static void open_trees(struct box_worker *w, const Capstan__Render__RenderRequest *ask, struct arena *a,
                       struct job *j)
{
    j->source = box_tree(w, "source");
    j->refs = NEW_N(a, struct render_ref, ask->n_refs + 1);
    for (; j->refs_len < ask->n_refs; j->refs_len++) {
        const char *name = ask->refs[j->refs_len];
        j->refs[j->refs_len] = (struct render_ref){name, box_tree(w, arena_printf(a, "$%s", name))};
    }
}

static struct err *read_json(struct arena *a, ProtobufCBinaryData bytes, const char *what, struct doc **out)
{
    *out = NULL;
    if (bytes.len)
        TRYF(json_read(a, wire_span(bytes), NULL, out), "%s", what);
    return NULL;
}

static struct err *ask_for_chart(void *worker, const struct helm_dependency *dep, struct arena *a,
                                 struct span *out)
{
    Capstan__Render__ChartQuestion q = CAPSTAN__RENDER__CHART_QUESTION__INIT;
    q.has_version = true;
    q.version = 1;
    q.repository = wire_text(dep->repository);
    q.name = wire_text(dep->name);
    q.range = wire_text(dep->version);
    return box_ask(worker, "chart", wire_pack(a, &q), a, out);
}

static struct err *ask_for_values(void *worker, const char *url, struct arena *a, struct span *out)
{
    return box_ask(worker, "values", span_of(url), a, out);
}

static struct err *ask_for_base(void *worker, const struct kustomize_base *want, struct arena *a,
                                struct tree **out, const char **commit)
{
    Capstan__Render__BaseQuestion q = CAPSTAN__RENDER__BASE_QUESTION__INIT;
    Capstan__Render__BaseAnswer *answer;
    struct span reply;
    q.has_version = q.has_submodules = true;
    q.version = 1;
    q.url = wire_text(want->repo);
    q.ref = wire_text(want->ref);
    q.submodules = want->submodules;
    TRY(box_ask(worker, "base", wire_pack(a, &q), a, &reply));
    TRY(wire_unpack(a, &capstan__render__base_answer__descriptor, reply, NULL, &answer));
    *out = box_tree(worker, answer->name);
    *commit = answer->commit;
    return NULL;
}

static struct err *ask_for_file(void *worker, const char *url, struct arena *a, struct span *out)
{
    return box_ask(worker, "file", span_of(url), a, out);
}

static struct err *job_render(struct box_worker *w, const struct call *call, struct span bytes,
                              struct arena *a, struct span *out)
{
    CLEANUP(job_release) struct job j = {0};
    Capstan__Render__RenderRequest *ask;
    Capstan__Render__RenderReply reply = CAPSTAN__RENDER__RENDER_REPLY__INIT;
    struct doc *source, *env;
    struct render_result result = {0};
    TRY(wire_unpack(a, &capstan__render__render_request__descriptor, bytes, NULL, &ask));
    TRY(read_json(a, ask->source, "source", &source));
    TRY(read_json(a, ask->env, "env", &env));
    open_trees(w, ask, a, &j);
    static const struct helm_source_ops ops = {ask_for_chart, ask_for_values};
    static const struct kustomize_remote_ops remote = {ask_for_base, ask_for_file};
    const struct helm_sources sources = {.ops = &ops, .arg = w};
    const struct render_request rq = {.path = ask->path ? ask->path : "",
                                      .app_name = ask->app_name ? ask->app_name : "",
                                      .source = source,
                                      .namespace = ask->namespace_,
                                      .kube_version = ask->kube_version,
                                      .api_versions = (const char *const *)ask->api_versions,
                                      .api_versions_len = ask->n_api_versions,
                                      .env = env,
                                      .refs = j.refs,
                                      .refs_len = j.refs_len,
                                      .helm_cache = helm_cache,
                                      .stable_seed = wire_span(ask->stable_seed),
                                      .stable_time_ms = ask->stable_time_ms,
                                      .helm_sources = &sources,
                                      .kustomize_options = ask->kustomize_options,
                                      .kustomize_cache = kustomize_cache,
                                      .kustomize_remote = ask->remote ? &remote : NULL,
                                      .kustomize_remote_arg = w,
                                      .disabled_types = (const char *const *)ask->disabled_types,
                                      .disabled_types_len = ask->n_disabled_types,
                                      .archive = ask->archive,
                                      .archive_in_folder = ask->archive_in_folder};
    TRY(render(call, j.source, &rq, a, &result));
    reply.has_version = reply.has_manifests = reply.has_warnings = true;
    reply.version = 1;
    reply.source_type = wire_text(result.source_type);
    reply.manifests = wire_bytes(json_of(a, result.manifests));
    reply.warnings = wire_bytes(json_of(a, result.warnings));
    *out = wire_pack(a, &reply);
    return NULL;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fputs("capstan-repo-server-worker: started by capstan-repo-server, to render in a box; nothing to "
              "call by hand\n",
              stderr);
        return 2;
    }
    helm_cache = helm_cache_new(0);
    kustomize_cache = kustomize_cache_new(0);
    err_free(render_jsonnet_load()); /* nothing can be opened later; who needs it and lacks it says so then */
    box_main(&(const struct box_handler){"render", job_render}, 1);
}
