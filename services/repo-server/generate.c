/* repo-server/generate - GenerateManifests: revision to commit, commit to tree, tree to manifests.
 *
 * Stages, each entered on the loop thread: resolve (list the refs if they are old) -> work (reuse what a
 * trace leads to, else render; in a worker) -> answer. Work is done again after what it lacked was brought:
 * the commit (a fetch), the traces that Redis has for these parameters, the result that one of these leads
 * to. Redis is asked for each once, and only when it is there; whatever does not come is rendered. */
#include "server.h"
#include "stash.h"

#include "cache/keys.h"
#include "doc/json.h"
#include "wire/wire.h"

#include <stdlib.h>

struct generate {
    struct generate *next, **link; /* in the server's list while Redis is asked */
    struct server *server;
    struct bus_request *rq;
    struct arena *arena;
    Capstan__Repo__GenerateManifestsRequest *ask;
    struct repo *repo;
    struct repo_waiter waiter;
    const char *sha, *params, *traces_key;
    bool fetched;
    struct cache_call *looking;
    bool looked; /* Redis was asked for traces, or is not to be */
    /* for the worker */
    struct work_job job;
    struct render_entry *candidates[RENDER_CANDIDATES];
    size_t n_candidates;
    const struct secret *seal_key;            /* NULL = nothing is kept */
    struct span sealed_traces, sealed_result; /* as Redis has them */
    /* of the worker */
    struct render_entry *result;
    const char *from;                     /* where it comes from: "memory", "redis", "render" */
    struct stash_found found;             /* a trace from Redis that holds; its result is wanted */
    struct span kept_traces, kept_result; /* sealed, for Redis */
    bool missing;                         /* the mirror lacks the commit */
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
    if (g->repo)
        repo_release(g->repo);
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

static struct err *render_anew(struct generate *g, struct tree *tree)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("source");
    struct doc *source = NULL;
    if (g->ask->has_source)
        TRYF(json_read(a, wire_span(g->ask->source), NULL, &source), "source");
    struct render_request rq = {
        .path = text(g->ask->path), .app_name = text(g->ask->app_name), .source = source};
    struct call call;
    call_child(&call, bus_request_call(g->rq), 0);
    call.domain = text(g->ask->project);
    return render_entry_make(&call, g->server->box, tree, &rq, &g->result);
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

static struct err *work(struct generate *g, struct thread *t)
{
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CLEANUP(tree_freep) struct tree *tree = NULL;
    TRY(git_mirror_open(repo_dir(g->repo), &m));
    struct err *e = git_mirror_tree(m, g->sha, &tree);
    if (err_eat(&e, ERR_NOT_FOUND)) {
        g->missing = true;
        return NULL;
    }
    TRY(e);
    TRY(git_mirror_commit(m, g->sha, g->arena, &g->commit));
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
    TRY(render_anew(g, tree));
    seal_for_redis(g, t, traces);
    return NULL;
}

static void work_run(struct work_job *job, void *state)
{
    struct generate *g = CONTAINER(job, struct generate, job);
    g->failure = work(g, state);
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
    reply.revision = wire_text(g->sha);
    reply.source_type = wire_text(r->content.source_type);
    reply.render_key = wire_text(render_key(g->arena, g->params, r));
    reply.commit = &commit;
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
    if (!e && g->missing && g->fetched)
        e = err_new(ERR_NOT_FOUND, "%s has no commit %s", repo_url(g->repo), g->sha);
    if (!e && g->server->stopping)
        e = err_new(ERR_UNAVAILABLE, "the repo-server is ending");
    if (e) {
        finish(g, e);
    } else if (g->missing) {
        g->missing = false;
        g->waiter = (struct repo_waiter){.fn = on_fetched, .sha = g->sha};
        repo_fetch(g->repo, &g->waiter);
    } else if (g->result) {
        take_result(g);
    } else {
        look_in_redis(g);
    }
}

static void on_fetched(struct repo_waiter *w, struct err *e)
{
    struct generate *g = CONTAINER(w, struct generate, waiter);
    g->fetched = true;
    if (e)
        finish(g, e);
    else
        start_work(g);
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

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct generate *g = CONTAINER(w, struct generate, waiter);
    if (!e)
        e = git_resolve(repo_refs(g->repo), text(g->ask->revision), g->arena, &g->sha);
    if (e)
        finish(g, e);
    else
        start_work(g);
}

void method_generate(void *server, struct bus_request *rq)
{
    struct generate *g = mem_zalloc(sizeof(*g));
    g->server = server;
    g->rq = rq;
    g->arena = arena_new("generate");
    struct err *e = wire_unpack(g->arena, &capstan__repo__generate_manifests_request__descriptor,
                                bus_request_body(rq), NULL, &g->ask);
    if (!e && !*text(g->ask->repo_url))
        e = err_new(ERR_INVALID, "repo_url is missing");
    if (!e)
        e = repo_for(server, g->ask->repo_url, text(g->ask->project), &g->repo);
    if (e) {
        finish(g, e);
        return;
    }
    repo_hold(g->repo);
    g->params = render_params(g->arena, repo_scope(g->repo), g->ask);
    g->traces_key = cache_key_traces(g->arena, g->params);
    g->looked = g->ask->no_cache; /* a hard refresh renders */
    if (git_is_sha(text(g->ask->revision))) {
        g->sha = arena_strdup(g->arena, g->ask->revision);
        start_work(g);
        return;
    }
    g->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(g->repo, g->ask->no_revision_cache ? 0 : g->server->refs_ttl_ms, &g->waiter);
}
