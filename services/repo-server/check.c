/* repo-server/check - CheckRenders: of many results of one repository, which hold at a revision.
 *
 * One question for all applications that follow a ref, and one pass of a worker over one open tree: what a
 * commit does not touch costs a few look-ups each. Only what this process remembers is looked at; of
 * everything else the caller is told that it does not hold, and asks for it by GenerateManifests. */
#include "modules.h"
#include "renders.h"
#include "server.h"

#include "wire/wire.h"

#include <stdlib.h>

enum { KEYS_MAX = 100000 };

struct check {
    struct server *server;
    struct bus_request *rq;
    struct arena *arena;
    Capstan__Repo__CheckRendersRequest *ask;
    struct repo *repo;
    struct repo_waiter waiter;
    const char *sha;
    bool fetched, missing;
    struct work_job job;
    struct render_entry **entries; /* parallel to the keys; NULL = not known */
    protobuf_c_boolean *holds;
    struct err *failure;
};

static void finish(struct check *c, struct err *e)
{
    for (size_t i = 0; c->entries && i < c->ask->n_render_keys; i++)
        render_entry_unref(c->entries[i]);
    if (c->repo)
        repo_release(c->repo);
    if (e)
        bus_fail(c->rq, e);
    arena_free(c->arena);
    free(c);
}

static void answer(struct check *c)
{
    size_t held = 0;
    for (size_t i = 0; i < c->ask->n_render_keys; i++)
        held += c->holds[i] != 0;
    metric_add(c->server->results, (double)held, "check");
    Capstan__Repo__CheckRendersReply reply = CAPSTAN__REPO__CHECK_RENDERS_REPLY__INIT;
    reply.has_version = true;
    reply.version = 1;
    reply.revision = wire_text(c->sha);
    reply.holds = c->holds;
    reply.n_holds = c->ask->n_render_keys;
    bus_reply(c->rq, wire_pack(c->arena, &reply));
    finish(c, NULL);
}

/* --- the worker ---------------------------------------------------------------------------------------- */

static struct err *check_all(struct check *c)
{
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct tree *commit;
    const struct modules modules = {.remotes = c->server->submodules ? c->server->remotes : NULL,
                                    .call = bus_request_call(c->rq),
                                    .project = text(c->ask->project)};
    TRY(git_mirror_open(repo_dir(c->repo), &m));
    struct err *e = git_mirror_tree(m, c->sha, &commit);
    if (err_eat(&e, ERR_NOT_FOUND)) {
        c->missing = true;
        return NULL;
    }
    TRY(e);
    tree = modules_tree(commit, repo_url(c->repo), &modules);
    for (size_t i = 0; i < c->ask->n_render_keys; i++) {
        bool holds = false;
        if (c->entries[i])
            TRY(trace_replay(c->entries[i]->trace, tree, c->arena, &holds, NULL));
        c->holds[i] = holds;
        if (i % 256 == 0)
            TRY(call_check(bus_request_call(c->rq)));
    }
    return NULL;
}

static void work_run(struct work_job *job, void *state)
{
    (void)state;
    struct check *c = CONTAINER(job, struct check, job);
    c->failure = check_all(c);
}

/* --- between the stages -------------------------------------------------------------------------------- */

static void start_work(struct check *c);

static void on_fetched(struct repo_waiter *w, struct err *e)
{
    struct check *c = CONTAINER(w, struct check, waiter);
    c->fetched = true;
    if (e)
        finish(c, e);
    else
        start_work(c);
}

static void work_done(struct work_job *job)
{
    struct check *c = CONTAINER(job, struct check, job);
    struct err *e = c->failure;
    c->failure = NULL;
    if (!e && job->skipped)
        e = call_check(bus_request_call(c->rq));
    if (!e && c->missing && (c->fetched || c->server->stopping))
        e = err_new(ERR_NOT_FOUND, "%s has no commit %s", repo_url(c->repo), c->sha);
    if (e) {
        finish(c, e);
    } else if (c->missing) {
        c->missing = false;
        c->waiter = (struct repo_waiter){.fn = on_fetched, .sha = c->sha};
        repo_fetch(c->repo, &c->waiter);
    } else {
        answer(c);
    }
}

static void start_work(struct check *c)
{
    c->job = (struct work_job){.run = work_run, .done = work_done, .call = bus_request_call(c->rq)};
    struct err *e = work_submit(c->server->renderers, &c->job);
    if (e)
        finish(c, e);
}

/* What was rendered for another repository, or with other credentials than this project has now, is not known
 * here. */
static void find_entries(struct check *c)
{
    size_t n = c->ask->n_render_keys;
    CLEANUP(mem_freep) char *ours = mem_printf("%s-", repo_scope(c->repo));
    c->entries = NEW_N(c->arena, struct render_entry *, n + 1);
    c->holds = NEW_N(c->arena, protobuf_c_boolean, n + 1);
    for (size_t i = 0; i < n; i++)
        if (starts_with(c->ask->render_keys[i], ours))
            c->entries[i] = renders_find(c->server->renders, c->ask->render_keys[i]);
}

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct check *c = CONTAINER(w, struct check, waiter);
    if (!e)
        e = git_resolve(repo_refs(c->repo), text(c->ask->revision), c->arena, &c->sha);
    if (e)
        finish(c, e);
    else
        start_work(c);
}

void method_check_renders(void *server, struct bus_request *rq)
{
    struct check *c = mem_zalloc(sizeof(*c));
    c->server = server;
    c->rq = rq;
    c->arena = arena_new("check");
    struct err *e = wire_unpack(c->arena, &capstan__repo__check_renders_request__descriptor,
                                bus_request_body(rq), NULL, &c->ask);
    if (!e && !*text(c->ask->repo_url))
        e = err_new(ERR_INVALID, "repo_url is missing");
    if (!e && c->ask->n_render_keys > KEYS_MAX)
        e = err_new(ERR_EXHAUSTED, "%zu results in one question; at most %d", c->ask->n_render_keys,
                    KEYS_MAX);
    struct repo *r = NULL;
    if (!e)
        e = repo_for(server, c->ask->repo_url, text(c->ask->project), &r);
    if (e) {
        finish(c, e);
        return;
    }
    c->repo = r;
    repo_hold(r);
    find_entries(c);
    if (git_is_sha(text(c->ask->revision))) {
        c->sha = c->ask->revision;
        start_work(c);
        return;
    }
    c->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(r, c->server->refs_ttl_ms, &c->waiter);
}
