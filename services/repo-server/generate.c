/* repo-server/generate - GenerateManifests: revision to commit, commit to tree, tree to manifests.
 *
 * Stages, each entered on the loop thread: resolve (list the refs if they are old) -> work (reuse what a
 * trace leads to, else render; in a worker) -> answer. Work is done again after what it lacked was brought:
 * the commit (a fetch), the traces that Redis has for these parameters, the result that one of these leads
 * to. Redis is asked for each once, and only when it is there; whatever does not come is rendered. */
#include "charts.h"
#include "modules.h"
#include "server.h"
#include "stash.h"

#include "cache/keys.h"
#include "crypto/digest.h"
#include "doc/json.h"
#include "git/lfs.h"
#include "render/helm/deps.h"
#include "render/kustomize/kustomize.h"
#include "wire/wire.h"

#include <stdlib.h>
#include <time.h>

#define ARCHIVE_FILE "source.tgz"
enum { REMOTE_FILE_MAX = 32 << 20 };

/* A tree that the render may read: that of the source, or of another one that it names by $ref. */
struct input {
    struct generate *g;
    const char *ref, *revision; /* ref NULL: the source itself */
    const char *scope;          /* repo_scope */
    const char *sha;            /* or the version of a chart, or the digest of an artifact */
    /* of a Git repository */
    struct repo *repo;
    struct repo_waiter waiter;
    bool fetched;
    /* of a chart or, without that, an OCI artifact */
    const char *url, *chart;
    bool packed, in_folder; /* it comes as an archive; all of that lies in one folder */
    struct work_job fetch;
    struct span archive;
    struct err *failure;
    /* while a worker has it */
    struct git_mirror *mirror;
    struct git_access access;
    struct git_lfs lfs;
    struct tree *tree;
};

struct generate {
    struct generate *next, **link; /* in the server's list while Redis is asked */
    struct server *server;
    struct bus_request *rq;
    struct arena *arena;
    Capstan__Repo__GenerateManifestsRequest *ask;
    struct doc *source;                    /* NULL = none was given */
    struct api_repositories *repositories; /* as they were when the question came */
    struct input *inputs;                  /* the first one is the source */
    size_t n_inputs;
    const char *params, *traces_key;
    struct cache_call *looking;
    bool looked; /* Redis was asked for traces, or is not to be */
    /* for the worker */
    struct work_job job;
    struct render_entry *candidates[RENDER_CANDIDATES];
    size_t n_candidates;
    const struct secret *seal_key;            /* NULL = nothing is kept */
    struct span sealed_traces, sealed_result; /* as Redis has them */
    /* of the worker */
    struct modules modules;
    struct render_entry *result;
    const char *from;                     /* where it comes from: "memory", "redis", "render" */
    struct stash_found found;             /* a trace from Redis that holds; its result is wanted */
    struct span kept_traces, kept_result; /* sealed, for Redis */
    struct input *missing;                /* its mirror lacks the commit */
    bool broken;                          /* a body from Redis did not open */
    struct git_commit_info commit;
    struct err *failure;
};

static void drop_candidates(struct generate *g)
{
    for (size_t i = 0; i < g->n_candidates; i++)
        render_entry_unref(g->candidates[i]);
    g->n_candidates = 0;
}

static void finish(struct generate *g, struct err *e)
{
    drop_candidates(g);
    render_entry_unref(g->result);
    trace_free(g->found.trace);
    for (size_t i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].repo)
            repo_release(g->inputs[i].repo);
    api_repositories_unref(g->repositories);
    if (e)
        bus_fail(g->rq, e);
    arena_free(g->arena);
    free(g);
}

/* --- the worker ---------------------------------------------------------------------------------------- */

/* A thread's own: made when the first body is to be sealed or opened. */
struct thread {
    struct cache_sealer *sealer;
};

void *generate_thread_new(void *arg)
{
    (void)arg;
    return mem_zalloc(sizeof(struct thread));
}

void generate_thread_free(void *state)
{
    struct thread *t = state;
    cache_sealer_free(t->sealer);
    free(t);
}

static struct cache_sealer *sealer(struct generate *g, struct thread *t)
{
    if (!t->sealer)
        t->sealer = cache_sealer_new(g->seal_key);
    return t->sealer;
}

static const char *result_key(struct generate *g, const char *digest)
{
    return cache_key_render(g->arena, digest);
}

/* The result that Redis gave for the trace that was found. */
static void open_result(struct generate *g, struct thread *t)
{
    const char *key = result_key(g, g->found.digest);
    struct span body = cache_unseal(sealer(g, t), g->arena, key, g->sealed_result);
    struct trace *trace = g->found.trace;
    g->found.trace = NULL;
    g->sealed_result = (struct span){0};
    if (body.at)
        g->result = stash_entry(body, g->found.digest, trace);
    else
        trace_free(trace);
    if (!g->result) { /* nor is it looked for again: the trace would lead here again */
        g->sealed_traces = (struct span){0};
        g->broken = true;
    }
}

static struct span open_traces(struct generate *g, struct thread *t)
{
    struct span body = {0};
    if (g->sealed_traces.at)
        body = cache_unseal(sealer(g, t), g->arena, g->traces_key, g->sealed_traces);
    g->broken |= g->sealed_traces.at && !body.at;
    return body;
}

static struct err *reuse_stashed(struct generate *g, struct tree *tree, struct span traces)
{
    struct err *e = traces.at ? stash_reuse(g->arena, traces, tree, &g->found) : NULL;
    if (e && e->reason && streq(e->reason, "Broken")) {
        err_free(e);
        g->broken = true;
        return NULL;
    }
    return e;
}

static struct charts_want want_of(const struct generate *g, const char *url, const char *chart,
                                  const char *range)
{
    return (struct charts_want){.repositories = g->repositories,
                                .project = text(g->ask->project),
                                .url = url,
                                .chart = chart,
                                .range = range,
                                .fresh = g->ask->no_revision_cache,
                                .pass_credentials =
                                    doc_bool(doc_path(g->source, "helm", "passCredentials"), false)};
}

/* A dependency that a chart does not bring along. */
static struct err *fetch_dependency(void *arg, const struct helm_dependency *dep, struct arena *a,
                                    struct span *out)
{
    struct generate *g = arg;
    const struct charts_want want = want_of(g, dep->repository, dep->name, dep->version);
    const char *version;
    TRYF(charts_fetch(g->server->charts, bus_request_call(g->rq), &want, a, &version, out), "dependency %s",
         dep->name);
    return NULL;
}

/* "https, http" */
static bool scheme_allowed(const char *schemes, const char *url)
{
    struct span rest = span_of(schemes), one;
    size_t n = strcspn(url, ":");
    while (span_cut(&rest, ',', &one)) {
        one = span_trim(one);
        if (one.len == n && strncasecmp(one.at, url, n) == 0)
            return true;
    }
    return false;
}

static struct err *fetch_values(void *arg, const char *url, struct arena *a, struct span *out)
{
    struct generate *g = arg;
    if (!scheme_allowed(g->ask->values_schemes ? g->ask->values_schemes : "https, http", url))
        return err_reason(ERR_DENIED, "ForbiddenURL", "the URL scheme '%.*s' is not allowed",
                          (int)strcspn(url, ":"), url);
    return remotes_file(g->server->remotes, bus_request_call(g->rq), url, REMOTE_FILE_MAX, a, out);
}

static struct err *fetch_base(void *arg, const struct kustomize_base *base, struct arena *a,
                              struct tree **out, const char **commit)
{
    struct generate *g = arg;
    static const struct modules none = {0};
    if (!modules_may_fetch(base->repo))
        return err_reason(ERR_DENIED, "ForbiddenURL", "'%s' is no URL that a remote base is fetched from",
                          base->repo);
    const struct remote_want want = {.url = base->repo,
                                     .project = text(g->ask->project),
                                     .revision = base->ref,
                                     .fresh = g->ask->no_revision_cache};
    struct tree *tree;
    TRY(remotes_open(g->server->remotes, bus_request_call(g->rq), &want, a, &tree, commit));
    *out = modules_tree(tree, base->repo, base->submodules ? &g->modules : &none);
    return NULL;
}

static struct err *fetch_file(void *arg, const char *url, struct arena *a, struct span *out)
{
    struct generate *g = arg;
    return remotes_file(g->server->remotes, bus_request_call(g->rq), url, REMOTE_FILE_MAX, a, out);
}

/* Of the installation's secret and the application; empty where charts are random, as upstream's are. */
static struct err *stable_seed(struct generate *g, struct arena *a, struct span *out)
{
    struct crypto_digest seed;
    *out = (struct span){0};
    if (!g->server->stable_charts)
        return NULL;
    if (!g->seal_key)
        return err_new(ERR_UNAVAILABLE,
                       "the installation's secret, which --helm-stable-random needs, is not known yet");
    const char *about = arena_printf(a, "chart %s/%s", text(g->ask->project), text(g->ask->app_name));
    crypto_hmac(CRYPTO_SHA256, secret_span(g->seal_key), span_of(about), &seed);
    *out = (struct span){arena_dup(a, seed.bytes, seed.len), seed.len};
    return NULL;
}

/* The first of the month: certificates of a stable chart are made anew once in it. */
static int64_t month_of(int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm at;
    gmtime_r(&now, &at);
    at.tm_mday = 1;
    at.tm_hour = at.tm_min = at.tm_sec = 0;
    return (int64_t)timegm(&at) * 1000;
}

static struct err *render_anew(struct generate *g)
{
    static const struct kustomize_remote_ops remote = {fetch_base, fetch_file};
    static const struct helm_source_ops ops = {fetch_dependency, fetch_values};
    const struct helm_sources sources = {.ops = &ops, .arg = g};
    CLEANUP(arena_freep) struct arena *a = arena_new("request");
    const Capstan__Repo__GenerateManifestsRequest *q = g->ask;
    struct span seed;
    TRY(stable_seed(g, a, &seed));
    struct render_ref *refs = NEW_N(a, struct render_ref, g->n_inputs);
    for (size_t i = 1; i < g->n_inputs; i++)
        refs[i - 1] = (struct render_ref){g->inputs[i].ref, g->inputs[i].tree};
    const struct render_request rq = {.path = text(q->path),
                                      .app_name = text(q->app_name),
                                      .source = g->source,
                                      .namespace = text(q->namespace_),
                                      .kube_version = q->kube_version,
                                      .api_versions = (const char *const *)q->api_versions,
                                      .api_versions_len = q->n_api_versions,
                                      .env = render_env(a, q),
                                      .refs = refs,
                                      .refs_len = g->n_inputs - 1,
                                      .stable_seed = seed,
                                      .stable_time_ms =
                                          month_of(clock_wall_ms(bus_request_call(g->rq)->clock)),
                                      .helm_sources = &sources,
                                      .kustomize_options = q->kustomize_options,
                                      .kustomize_remote = g->server->remote_bases ? &remote : NULL,
                                      .kustomize_remote_arg = g,
                                      .disabled_types = (const char *const *)q->disabled_types,
                                      .disabled_types_len = q->n_disabled_types,
                                      .archive = g->inputs[0].packed ? ARCHIVE_FILE : NULL,
                                      .archive_in_folder = g->inputs[0].in_folder};
    struct call call;
    call_child(&call, bus_request_call(g->rq), 0);
    call.domain = text(q->project);
    return render_entry_make(&call, &g->server->by, g->inputs[0].tree, &rq, &g->result);
}

static void seal_for_redis(struct generate *g, struct thread *t, struct span traces)
{
    if (!g->seal_key || g->result->content.manifests.len > CACHE_BODY_MAX / 2)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("stash");
    struct span list = stash_traces(a, g->result, traces);
    if (!list.at)
        return;
    const char *key = result_key(g, g->result->digest);
    g->kept_result = cache_seal(sealer(g, t), g->arena, key, stash_result(a, g->result));
    g->kept_traces = cache_seal(sealer(g, t), g->arena, g->traces_key, list);
}

/* Pointers read as their objects where the repository's Secret says enableLfs. */
static struct tree *with_lfs(struct input *in, struct tree *tree)
{
    const struct generate *g = in->g;
    const char *url = repo_url(in->repo), *project = text(g->ask->project);
    if (!api_repository_for(g->repositories, url, project).lfs)
        return tree;
    in->access = repo_access(g->repositories, url, project);
    in->lfs = (struct git_lfs){.call = bus_request_call(g->rq),
                               .url = url,
                               .access = &in->access,
                               .dir = arena_printf(g->arena, "%s/lfs", repo_dir(in->repo))};
    return git_lfs_tree(tree, &in->lfs);
}

/* NULL and no g->missing: all trees are open. */
static struct err *open_trees(struct generate *g)
{
    g->missing = NULL;
    for (size_t i = 0; i < g->n_inputs; i++) {
        struct input *in = &g->inputs[i];
        if (in->packed) {
            in->tree = tree_one(ARCHIVE_FILE, in->archive, in->sha);
            continue;
        }
        TRY(git_mirror_open(repo_dir(in->repo), &in->mirror));
        struct tree *tree;
        struct err *e = git_mirror_tree(in->mirror, in->sha, &tree);
        if (err_eat(&e, ERR_NOT_FOUND)) {
            g->missing = in;
            return NULL;
        }
        TRY(e);
        in->tree = modules_tree(with_lfs(in, tree), repo_url(in->repo), &g->modules);
    }
    const struct input *source = &g->inputs[0];
    return source->packed ? NULL : git_mirror_commit(source->mirror, source->sha, g->arena, &g->commit);
}

static void close_trees(struct generate *g)
{
    for (size_t i = 0; i < g->n_inputs; i++) {
        tree_freep(&g->inputs[i].tree);
        git_mirror_closep(&g->inputs[i].mirror);
    }
}

static struct err *reuse_or_render(struct generate *g, struct thread *t)
{
    struct tree *tree = g->inputs[0].tree;
    g->from = "redis";
    if (g->sealed_result.at)
        open_result(g, t);
    if (g->result)
        return NULL;
    g->from = "memory";
    TRY(render_entry_reuse(g->candidates, g->n_candidates, tree, &g->result));
    if (g->result || !g->looked)
        return NULL;
    struct span traces = open_traces(g, t);
    TRY(reuse_stashed(g, tree, traces));
    if (g->found.trace)
        return NULL;
    g->from = "render";
    TRY(render_anew(g));
    seal_for_redis(g, t, traces);
    return NULL;
}

static void work_run(struct work_job *job, void *state)
{
    struct generate *g = CONTAINER(job, struct generate, job);
    g->failure = open_trees(g);
    if (!g->failure && !g->missing)
        g->failure = reuse_or_render(g, state);
    close_trees(g);
}

/* --- the answer ---------------------------------------------------------------------------------------- */

/* The caller's result is named by its parameters too; the same content under others is the same all the same.
 */
static bool holds_already(const struct generate *g)
{
    const char *slash = strrchr(text(g->ask->last_trace), '/');
    return !g->ask->no_cache && slash && streq(slash + 1, g->result->digest);
}

static void answer(struct generate *g)
{
    const struct render_entry *r = g->result;
    Capstan__Repo__GenerateManifestsReply reply = CAPSTAN__REPO__GENERATE_MANIFESTS_REPLY__INIT;
    Capstan__Repo__CommitMetadata commit = commit_message(&g->commit);
    reply.has_version = true;
    reply.version = 1;
    reply.revision = wire_text(g->inputs[0].sha);
    reply.source_type = wire_text(r->content.source_type);
    reply.render_key = wire_text(render_key(g->arena, g->params, r));
    reply.commit = g->inputs[0].packed ? NULL : &commit;
    reply.has_unchanged = true;
    reply.unchanged = holds_already(g);
    if (!reply.unchanged) {
        reply.has_manifests = true;
        reply.manifests = wire_bytes(r->content.manifests);
    }
    struct doc *warnings = NULL;
    err_free(json_read(g->arena, r->content.warnings, NULL, &warnings));
    reply.warnings = NEW_N(g->arena, char *, doc_len(warnings) + 1);
    doc_each (it, warnings)
        reply.warnings[reply.n_warnings++] = wire_text(doc_str(it.val, ""));
    bus_reply(g->rq, wire_pack(g->arena, &reply));
    finish(g, NULL);
}

static void keep_in_redis(struct generate *g)
{
    struct cache *c = svc_cache_up(g->server->cache);
    if (!c || !g->kept_result.at)
        return;
    int64_t ttl = g->server->cache_ttl_ms; /* the result first: a trace without it leads nowhere */
    cache_set_sealed(c, result_key(g, g->result->digest), g->kept_result, ttl, NULL, NULL);
    cache_set_sealed(c, g->traces_key, g->kept_traces, ttl, NULL, NULL);
}

static void take_result(struct generate *g)
{
    metric_add(g->server->results, 1, g->from);
    if (g->broken)
        svc_cache_broken(g->server->cache, g->traces_key);
    renders_put(g->server->renders, g->params, g->result);
    keep_in_redis(g);
    answer(g);
}

/* --- between the stages -------------------------------------------------------------------------------- */

static void on_fetched(struct repo_waiter *w, struct err *e);
static void start_work(struct generate *g);

static void on_looked(void *arg, struct err *e, struct span body)
{
    struct generate *g = arg;
    err_free(e); /* the connection is gone, which has been said: a miss */
    g->looking = NULL;
    *g->link = g->next;
    if (g->next)
        g->next->link = g->link;
    body.at = body.at ? arena_strndup(g->arena, body.at, body.len) : NULL;
    *(g->found.trace ? &g->sealed_result : &g->sealed_traces) = body;
    if (g->found.trace && !body.at) { /* its result is gone: rendered anew */
        trace_free(g->found.trace);
        g->found.trace = NULL;
        g->sealed_traces = (struct span){0};
    }
    start_work(g);
}

static void look(struct generate *g, const char *key)
{
    g->link = &g->server->looking;
    g->next = *g->link;
    if (g->next)
        g->next->link = &g->next;
    *g->link = g;
    g->looking = cache_get_sealed(svc_cache_up(g->server->cache), key, on_looked, g);
}

/* Traces first; then, as one holds, its result. */
static void look_in_redis(struct generate *g)
{
    bool there = svc_cache_up(g->server->cache) != NULL;
    if (there && g->found.trace) {
        look(g, result_key(g, g->found.digest));
    } else if (there && !g->looked) {
        g->looked = true;
        look(g, g->traces_key);
    } else {
        g->looked = true;
        trace_free(g->found.trace);
        g->found.trace = NULL;
        g->sealed_traces = (struct span){0};
        start_work(g);
    }
}

static void work_done(struct work_job *job)
{
    struct generate *g = CONTAINER(job, struct generate, job);
    drop_candidates(g);
    struct err *e = g->failure;
    g->failure = NULL;
    if (!e && job->skipped)
        e = call_check(bus_request_call(g->rq));
    if (!e && g->missing && g->missing->fetched)
        e = err_new(ERR_NOT_FOUND, "%s has no commit %s", repo_url(g->missing->repo), g->missing->sha);
    if (!e && g->server->stopping)
        e = err_new(ERR_UNAVAILABLE, "the repo-server is ending");
    if (e) {
        finish(g, e);
    } else if (g->missing) {
        g->missing->waiter = (struct repo_waiter){.fn = on_fetched, .sha = g->missing->sha};
        repo_fetch(g->missing->repo, &g->missing->waiter);
    } else if (g->result) {
        take_result(g);
    } else {
        look_in_redis(g);
    }
}

static void on_fetched(struct repo_waiter *w, struct err *e)
{
    struct input *in = CONTAINER(w, struct input, waiter);
    in->fetched = true;
    if (e)
        finish(in->g, e);
    else
        start_work(in->g);
}

static void start_work(struct generate *g)
{
    struct server *s = g->server;
    g->n_candidates = g->ask->no_cache ? 0 : renders_candidates(s->renders, g->params, g->candidates);
    g->looked |= s->stopping || !svc_cache_up(s->cache);
    if (!g->n_candidates && !g->looked) { /* nothing to try before */
        look_in_redis(g);
        return;
    }
    g->seal_key = svc_cache_key(s->cache);
    g->job = (struct work_job){.run = work_run, .done = work_done, .call = bus_request_call(g->rq)};
    struct err *e = work_submit(s->renderers, &g->job);
    if (e)
        finish(g, e);
}

void generate_stop(struct server *s)
{
    while (s->looking) {
        struct generate *g = s->looking;
        s->looking = g->next;
        cache_cancel(g->looking);
        finish(g, err_new(ERR_UNAVAILABLE, "the repo-server is ending"));
    }
}

/* --- the start ----------------------------------------------------------------------------------------- */

/* What a result depends on besides the source's tree: a commit of another source as a whole. */
static void name_params(struct generate *g)
{
    CLEANUP(str_release) struct str others = {0};
    for (size_t i = 1; i < g->n_inputs; i++)
        str_printf(&others, "%s %s %s\n", g->inputs[i].ref, g->inputs[i].scope, g->inputs[i].sha);
    if (g->server->stable_charts)
        str_add(&others, "stable\n");
    g->params = render_params(g->arena, g->inputs[0].scope, g->ask, str_text(&others));
    g->traces_key = cache_key_traces(g->arena, g->params);
}

static void resolve_next(struct generate *g);

static struct err *fetch_artifact(struct input *in, const struct charts_want *want)
{
    struct generate *g = in->g;
    struct charts_artifact got;
    TRY(charts_artifact_fetch(g->server->charts, bus_request_call(g->rq), want, g->arena, &got));
    in->sha = got.digest;
    in->archive = got.layer;
    in->in_folder = got.is_chart;
    return NULL;
}

static void packed_run(struct work_job *job, void *state)
{
    struct input *in = CONTAINER(job, struct input, fetch);
    struct generate *g = in->g;
    (void)state;
    const struct charts_want want = want_of(g, in->url, in->chart, in->revision);
    in->failure = in->chart ? charts_fetch(g->server->charts, bus_request_call(g->rq), &want, g->arena,
                                           &in->sha, &in->archive)
                            : fetch_artifact(in, &want);
}

static void packed_done(struct work_job *job)
{
    struct input *in = CONTAINER(job, struct input, fetch);
    struct err *e = in->failure;
    in->failure = NULL;
    if (!e && job->skipped)
        e = call_check(bus_request_call(in->g->rq));
    if (!e && in->g->server->stopping)
        e = err_new(ERR_UNAVAILABLE, "the repo-server is ending");
    if (e)
        finish(in->g, e);
    else
        resolve_next(in->g);
}

static void fetch_packed(struct input *in)
{
    in->fetch =
        (struct work_job){.run = packed_run, .done = packed_done, .call = bus_request_call(in->g->rq)};
    struct err *e = work_submit(in->g->server->network, &in->fetch);
    if (e)
        finish(in->g, e);
}

static void on_listed(struct repo_waiter *w, struct err *e);

/* The commits of all inputs, one after the other; then the work. */
static void resolve_next(struct generate *g)
{
    for (size_t i = 0; i < g->n_inputs; i++) {
        struct input *in = &g->inputs[i];
        if (in->sha)
            continue;
        if (in->packed) {
            fetch_packed(in);
            return;
        }
        if (git_is_sha(in->revision)) {
            in->sha = arena_strdup(g->arena, in->revision);
            continue;
        }
        in->waiter = (struct repo_waiter){.fn = on_listed};
        repo_list(in->repo, g->ask->no_revision_cache ? 0 : g->server->refs_ttl_ms, &in->waiter);
        return;
    }
    name_params(g);
    start_work(g);
}

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct input *in = CONTAINER(w, struct input, waiter);
    if (!e)
        e = git_resolve(repo_refs(in->repo), in->revision, in->g->arena, &in->sha);
    if (e)
        finish(in->g, e);
    else
        resolve_next(in->g);
}

static struct err *add_input(struct generate *g, const char *ref, const char *url, const char *revision)
{
    struct input *in = &g->inputs[g->n_inputs];
    const char *chart = ref ? "" : doc_str(doc_get(g->source, "chart"), "");
    if (*chart || (!ref && api_url_is_oci(url))) {
        in->url = url;
        in->chart = *chart ? chart : NULL;
        in->packed = true;
        in->in_folder = *chart != '\0';
        in->scope = repo_scope_of_chart(g->server, g->arena, url, text(g->ask->project), chart);
    } else {
        TRY(repo_for(g->server, url, text(g->ask->project), &in->repo));
        repo_hold(in->repo);
        in->scope = repo_scope(in->repo);
    }
    in->g = g;
    in->ref = ref;
    in->revision = revision;
    g->n_inputs++;
    return NULL;
}

/* The source, and those of the other sources that it may name. */
static struct err *add_inputs(struct generate *g)
{
    struct doc *sources = NULL;
    if (g->ask->has_sources)
        TRYF(json_read(g->arena, wire_span(g->ask->sources), NULL, &sources), "sources");
    g->inputs = NEW_N(g->arena, struct input, doc_len(sources) + 1);
    TRY(add_input(g, NULL, g->ask->repo_url, text(g->ask->revision)));
    doc_each (it, sources) {
        const char *ref = doc_str(doc_get(it.val, "ref"), "");
        if (*ref && render_names_ref(g->source, ref))
            TRY(add_input(g, ref, doc_str(doc_get(it.val, "repoURL"), ""),
                          doc_str(doc_get(it.val, "targetRevision"), "")));
    }
    return NULL;
}

static struct err *read_request(struct generate *g)
{
    TRY(wire_unpack(g->arena, &capstan__repo__generate_manifests_request__descriptor, bus_request_body(g->rq),
                    NULL, &g->ask));
    if (!*text(g->ask->repo_url))
        return err_new(ERR_INVALID, "repo_url is missing");
    if (g->ask->has_source)
        TRYF(json_read(g->arena, wire_span(g->ask->source), NULL, &g->source), "source");
    return add_inputs(g);
}

void method_generate(void *server, struct bus_request *rq)
{
    struct generate *g = mem_zalloc(sizeof(*g));
    g->server = server;
    g->rq = rq;
    g->arena = arena_new("generate");
    g->repositories = api_repositories_ref(g->server->repositories);
    struct err *e = read_request(g);
    if (e) {
        finish(g, e);
        return;
    }
    g->looked = g->ask->no_cache; /* a hard refresh renders */
    g->modules = (struct modules){.remotes = g->server->submodules ? g->server->remotes : NULL,
                                  .call = bus_request_call(rq),
                                  .project = text(g->ask->project)};
    resolve_next(g);
}
