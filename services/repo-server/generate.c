/* repo-server/generate - GenerateManifests: revision to commit, commit to tree, tree to manifests.
 *
 * Stages, each entered on the loop thread: resolve (list the refs if they are old) -> work (replay traces, else render; in a
 * worker) -> fetch when the mirror lacks the commit, then work again -> answer. */
#include "renders.h"

#include "base/hash.h"
#include "doc/json.h"
#include "proto/repo.pb-c.h"
#include "wire/wire.h"

#include <stdlib.h>

struct generate {
    struct server *server;
    struct bus_request *rq;
    struct arena *arena;
    Capstan__Repo__GenerateManifestsRequest *ask;
    struct repo *repo;
    struct repo_waiter waiter;
    const char *sha, *params;
    bool fetched;
    /* the worker's */
    struct work_job job;
    struct render_entry *candidates[RENDER_CANDIDATES];
    size_t n_candidates;
    struct render_entry *result;
    bool reused, missing; /* missing: the mirror lacks the commit */
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
    if (e)
        bus_fail(g->rq, e);
    arena_free(g->arena);
    free(g);
}

/* --- the worker -------------------------------------------------------------------------------------------------------- */

static struct err *replay(struct generate *g, struct tree *tree)
{
    for (size_t i = 0; i < g->n_candidates; i++) {
        bool holds = false;
        TRY(trace_replay(g->candidates[i]->trace, tree, g->arena, &holds, NULL));
        if (!holds)
            continue;
        g->result = render_entry_ref(g->candidates[i]);
        g->reused = true;
        return NULL;
    }
    return NULL;
}

static struct err *render_anew(struct generate *g, struct tree *tree)
{
    struct doc *source = NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    if (g->ask->has_source)
        TRYF(json_read(a, wire_span(g->ask->source), NULL, &source), "source");
    struct render_request rq = {
        .path = text(g->ask->path), .app_name = text(g->ask->app_name), .source = source};
    struct render_result result;
    CLEANUP(trace_freep) struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *traced = tree_traced(tree, trace);
    TRY(render(bus_request_call(g->rq), traced, &rq, a, &result));
    g->result = render_entry_new(trace, &result);
    trace = NULL;
    return NULL;
}

static struct err *work(struct generate *g)
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
    if (!g->ask->no_cache)
        TRY(replay(g, tree));
    return g->result ? NULL : render_anew(g, tree);
}

static void work_run(struct work_job *job, void *state)
{
    (void)state;
    struct generate *g = CONTAINER(job, struct generate, job);
    g->failure = work(g);
}

/* --- the answer -------------------------------------------------------------------------------------------------------- */

static Capstan__Repo__CommitMetadata commit_message(struct generate *g)
{
    Capstan__Repo__CommitMetadata m = CAPSTAN__REPO__COMMIT_METADATA__INIT;
    m.author = wire_text(text(g->commit.author));
    m.message = wire_text(text(g->commit.message));
    m.has_date_ms = true;
    m.date_ms = g->commit.date_ms;
    m.tags = (char **)(void *)g->commit.tags;
    m.n_tags = g->commit.n_tags;
    return m;
}

static void answer(struct generate *g)
{
    const struct render_entry *r = g->result;
    Capstan__Repo__GenerateManifestsReply reply = CAPSTAN__REPO__GENERATE_MANIFESTS_REPLY__INIT;
    Capstan__Repo__CommitMetadata commit = commit_message(g);
    reply.has_version = true;
    reply.version = 1;
    reply.revision = wire_text(g->sha);
    reply.source_type = wire_text(r->source_type);
    reply.render_key = wire_text(r->key);
    reply.commit = &commit;
    reply.has_unchanged = true;
    reply.unchanged = !g->ask->no_cache && streq(text(g->ask->last_trace), r->key);
    if (!reply.unchanged) {
        reply.has_manifests = true;
        reply.manifests = wire_bytes((struct span){r->json, r->json_len});
    }
    struct doc *warnings = NULL;
    err_free(json_read(g->arena, span_of(r->warnings), NULL, &warnings));
    reply.warnings = NEW_N(g->arena, char *, doc_len(warnings) + 1);
    doc_each(it, warnings)
        reply.warnings[reply.n_warnings++] = wire_text(doc_str(it.val, ""));
    bus_reply(g->rq, wire_pack(g->arena, &reply));
    finish(g, NULL);
}

static void on_fetched(struct repo_waiter *w, struct err *e);
static void start_work(struct generate *g);

static void work_done(struct work_job *job)
{
    struct generate *g = CONTAINER(job, struct generate, job);
    struct server *s = g->server;
    drop_candidates(g);
    struct err *e = g->failure;
    g->failure = NULL;
    if (!e && job->skipped)
        e = call_check(bus_request_call(g->rq));
    if (!e && g->missing && g->fetched)
        e = err_new(ERR_NOT_FOUND, "%s has no commit %s", repo_url(g->repo), g->sha);
    if (e) {
        finish(g, e);
    } else if (g->missing) {
        g->missing = false;
        g->waiter = (struct repo_waiter){.fn = on_fetched, .sha = g->sha};
        repo_fetch(g->repo, &g->waiter);
    } else {
        renders_put(s->renders, g->params, g->result);
        answer(g);
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
    g->n_candidates = g->ask->no_cache ? 0 : renders_candidates(g->server->renders, g->params, g->candidates);
    g->job = (struct work_job){.run = work_run, .done = work_done, .call = bus_request_call(g->rq)};
    struct err *e = work_submit(g->server->renderers, &g->job);
    if (e)
        finish(g, e);
}

/* --- the start --------------------------------------------------------------------------------------------------------- */

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

/* Everything but the tree that a result depends on. The credential's identity is part of it: a result is only given to whom the
 * same credentials are given. */
static const char *params_of(struct generate *g)
{
    const Capstan__Repo__GenerateManifestsRequest *q = g->ask;
    CLEANUP(hash_freep) struct hash *h = hash_new();
    const char *const texts[] = {RENDER_BUILD, repo_identity(g->repo), repo_url(g->repo), q->path, q->app_name,
                                 q->namespace_, q->project, q->kube_version};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        hash_add_text(h, texts[i]);
    for (size_t i = 0; i < q->n_api_versions; i++)
        hash_add_text(h, q->api_versions[i]);
    hash_add(h, q->source.data, q->source.len);
    hash_add(h, q->sources.data, q->sources.len);
    return arena_strdup(g->arena, hash_sum_hex(h).text);
}

void method_generate(void *server, struct bus_request *rq)
{
    struct generate *g = mem_zalloc(sizeof(*g));
    g->server = server;
    g->rq = rq;
    g->arena = arena_new("generate");
    struct err *e = wire_unpack(g->arena, &capstan__repo__generate_manifests_request__descriptor, bus_request_body(rq),
                                NULL, &g->ask);
    if (!e && !*text(g->ask->repo_url))
        e = err_new(ERR_INVALID, "repo_url is missing");
    if (!e)
        e = repo_for(server, g->ask->repo_url, text(g->ask->project), &g->repo);
    if (e) {
        finish(g, e);
        return;
    }
    g->params = params_of(g);
    if (git_is_sha(text(g->ask->revision))) {
        g->sha = arena_strdup(g->arena, g->ask->revision);
        start_work(g);
        return;
    }
    g->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(g->repo, g->ask->no_revision_cache ? 0 : g->server->refs_ttl_ms, &g->waiter);
}
