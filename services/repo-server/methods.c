/* repo-server/methods - the small questions about a repository. */
#include "charts.h"
#include "server.h"

#include "wire/wire.h"

#include <stdlib.h>

typedef struct err *charts_question(struct charts *c, const struct call *call, const struct charts_want *want,
                                    struct arena *a, const char **out);

/* A question that needs the refs, and perhaps a commit, before it can be answered. */
struct question {
    struct server *server;
    struct bus_request *rq;
    struct arena *arena;
    struct repo *repo;
    struct repo_waiter waiter;
    const char *revision, *sha;
    void (*answer)(struct question *q);
    struct work_job job;
    struct git_commit_info commit;
    /* of what is no Git repository */
    struct api_repositories *repositories;
    struct charts_want want;
    charts_question *ask_charts;
    struct err *failure;
    bool fetched;
};

static void finish(struct question *q, struct err *e)
{
    if (q->repo)
        repo_release(q->repo);
    api_repositories_unref(q->repositories);
    if (e)
        bus_fail(q->rq, e);
    arena_free(q->arena);
    free(q);
}

static struct question *question_new(void *server, struct bus_request *rq, void (*answer)(struct question *))
{
    struct question *q = mem_zalloc(sizeof(*q));
    q->server = server;
    q->rq = rq;
    q->arena = arena_new("question");
    q->answer = answer;
    return q;
}

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct question *q = CONTAINER(w, struct question, waiter);
    if (!e && q->revision)
        e = git_resolve(repo_refs(q->repo), q->revision, q->arena, &q->sha);
    if (e)
        finish(q, e);
    else
        q->answer(q);
}

static void list_then_answer(struct question *q, const char *url, const char *project, int64_t max_age_ms, struct err *e)
{
    if (!e && !*text(url))
        e = err_new(ERR_INVALID, "repo_url is missing");
    if (!e)
        e = repo_for(q->server, url, text(project), &q->repo);
    if (e) {
        finish(q, e);
        return;
    }
    repo_hold(q->repo);
    q->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(q->repo, max_age_ms, &q->waiter);
}

static void packed_run(struct work_job *job, void *state)
{
    struct question *q = CONTAINER(job, struct question, job);
    (void)state;
    q->failure = q->ask_charts(q->server->charts, bus_request_call(q->rq), &q->want, q->arena, &q->sha);
}

static void packed_done(struct work_job *job)
{
    struct question *q = CONTAINER(job, struct question, job);
    struct err *e = q->failure;
    q->failure = NULL;
    if (!e && job->skipped)
        e = call_check(bus_request_call(q->rq));
    if (e)
        finish(q, e);
    else
        q->answer(q);
}

/* Of what is no Git repository there is nothing to list and nothing to mirror: charts.h is asked. */
static void ask_charts(struct question *q, charts_question *ask, const struct charts_want *want)
{
    q->repositories = api_repositories_ref(q->server->repositories);
    q->want = *want;
    q->want.repositories = q->repositories;
    q->ask_charts = ask;
    q->job = (struct work_job){.run = packed_run, .done = packed_done, .call = bus_request_call(q->rq)};
    struct err *e = work_submit(q->server->network, &q->job);
    if (e)
        finish(q, e);
}

/* --- ResolveRevision --- */

static void answer_resolve(struct question *q)
{
    Capstan__Repo__ResolveRevisionReply reply = CAPSTAN__REPO__RESOLVE_REVISION_REPLY__INIT;
    reply.has_version = true;
    reply.version = 1;
    reply.revision = wire_text(q->sha);
    reply.ambiguous_revision = wire_text(arena_printf(q->arena, "%s (%s)", q->revision, q->sha));
    bus_reply(q->rq, wire_pack(q->arena, &reply));
    finish(q, NULL);
}

void method_resolve(void *server, struct bus_request *rq)
{
    struct question *q = question_new(server, rq, answer_resolve);
    Capstan__Repo__ResolveRevisionRequest *ask = NULL;
    struct err *e = wire_unpack(q->arena, &capstan__repo__resolve_revision_request__descriptor, bus_request_body(rq), NULL,
                                &ask);
    if (!e && (*text(ask->chart) || api_url_is_oci(text(ask->repo_url)))) {
        const struct charts_want want = {.project = text(ask->project),
                                         .url = text(ask->repo_url),
                                         .chart = text(ask->chart),
                                         .range = text(ask->revision),
                                         .fresh = ask->no_cache};
        q->revision = want.range;
        ask_charts(q, *want.chart ? charts_resolve : charts_artifact_resolve, &want);
        return;
    }
    q->revision = e ? "" : text(ask->revision);
    list_then_answer(q, e ? NULL : ask->repo_url, e ? NULL : ask->project,
                     !e && ask->no_cache ? 0 : q->server->refs_ttl_ms, e);
}

/* --- ListRefs, TestRepository --- */

static size_t names_under(struct question *q, const char *prefix, char ***out)
{
    const struct git_refs *refs = repo_refs(q->repo);
    *out = NEW_N(q->arena, char *, refs->len + 1);
    size_t n = 0;
    for (size_t i = 0; i < refs->len; i++)
        if (starts_with(refs->at[i].name, prefix))
            (*out)[n++] = wire_text(refs->at[i].name + strlen(prefix));
    return n;
}

static void answer_refs(struct question *q)
{
    Capstan__Repo__ListRefsReply reply = CAPSTAN__REPO__LIST_REFS_REPLY__INIT;
    reply.has_version = true;
    reply.version = 1;
    reply.n_branches = names_under(q, "refs/heads/", &reply.branches);
    reply.n_tags = names_under(q, "refs/tags/", &reply.tags);
    bus_reply(q->rq, wire_pack(q->arena, &reply));
    finish(q, NULL);
}

void method_list_refs(void *server, struct bus_request *rq)
{
    struct question *q = question_new(server, rq, answer_refs);
    Capstan__Repo__ListRefsRequest *ask = NULL;
    struct err *e = wire_unpack(q->arena, &capstan__repo__list_refs_request__descriptor, bus_request_body(rq), NULL, &ask);
    list_then_answer(q, e ? NULL : ask->repo_url, e ? NULL : ask->project, q->server->refs_ttl_ms, e);
}

/* An empty repository has no HEAD, and is well; others than Git's never have one. */
static void answer_test(struct question *q)
{
    Capstan__Repo__TestRepositoryReply reply = CAPSTAN__REPO__TEST_REPOSITORY_REPLY__INIT;
    const char *head = NULL;
    if (q->repo)
        err_free(git_resolve(repo_refs(q->repo), "HEAD", q->arena, &head));
    reply.has_version = true;
    reply.version = 1;
    reply.head = wire_text(text(head));
    bus_reply(q->rq, wire_pack(q->arena, &reply));
    finish(q, NULL);
}

static struct err *test_charts(struct charts *c, const struct call *call, const struct charts_want *want, struct arena *a,
                               const char **out)
{
    *out = "";
    return charts_test(c, call, want, a);
}

void method_test_repository(void *server, struct bus_request *rq)
{
    struct question *q = question_new(server, rq, answer_test);
    Capstan__Repo__TestRepositoryRequest *ask = NULL;
    struct err *e = wire_unpack(q->arena, &capstan__repo__test_repository_request__descriptor, bus_request_body(rq), NULL,
                                &ask);
    if (!e && *text(ask->repo_url) && (streq(text(ask->type), "helm") || streq(text(ask->type), "oci"))) {
        const struct charts_want want = {.project = text(ask->project), .url = ask->repo_url, .fresh = true};
        ask_charts(q, test_charts, &want);
        return;
    }
    list_then_answer(q, e ? NULL : ask->repo_url, e ? NULL : ask->project, 0, e);
}

/* --- RevisionMetadata --- */

Capstan__Repo__CommitMetadata commit_message(const struct git_commit_info *c)
{
    Capstan__Repo__CommitMetadata m = CAPSTAN__REPO__COMMIT_METADATA__INIT;
    m.author = wire_text(text(c->author));
    m.message = wire_text(text(c->message));
    m.has_date_ms = true;
    m.date_ms = c->date_ms;
    m.tags = (char **)(void *)c->tags;
    m.n_tags = c->n_tags;
    return m;
}

static void metadata_run(struct work_job *job, void *state)
{
    (void)state;
    struct question *q = CONTAINER(job, struct question, job);
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    q->failure = git_mirror_open(repo_dir(q->repo), &m);
    if (!q->failure)
        q->failure = git_mirror_commit(m, q->sha, q->arena, &q->commit);
}

static void metadata_work(struct question *q);

static void metadata_fetched(struct repo_waiter *w, struct err *e)
{
    struct question *q = CONTAINER(w, struct question, waiter);
    q->fetched = true;
    if (e)
        finish(q, e);
    else
        metadata_work(q);
}

static void metadata_done(struct work_job *job)
{
    struct question *q = CONTAINER(job, struct question, job);
    struct err *e = q->failure;
    q->failure = NULL;
    if (!q->fetched && !q->server->stopping && err_eat(&e, ERR_NOT_FOUND)) {
        q->waiter = (struct repo_waiter){.fn = metadata_fetched, .sha = q->sha};
        repo_fetch(q->repo, &q->waiter);
        return;
    }
    if (!e && job->skipped)
        e = call_check(bus_request_call(q->rq));
    if (e) {
        finish(q, e);
        return;
    }
    Capstan__Repo__CommitMetadata commit = commit_message(&q->commit);
    Capstan__Repo__RevisionMetadataReply reply = CAPSTAN__REPO__REVISION_METADATA_REPLY__INIT;
    reply.has_version = true;
    reply.version = 1;
    reply.commit = &commit;
    bus_reply(q->rq, wire_pack(q->arena, &reply));
    finish(q, NULL);
}

static void metadata_work(struct question *q)
{
    q->job = (struct work_job){.run = metadata_run, .done = metadata_done, .call = bus_request_call(q->rq)};
    struct err *e = work_submit(q->server->renderers, &q->job);
    if (e)
        finish(q, e);
}

void method_revision_metadata(void *server, struct bus_request *rq)
{
    struct question *q = question_new(server, rq, metadata_work);
    Capstan__Repo__RevisionMetadataRequest *ask = NULL;
    struct err *e = wire_unpack(q->arena, &capstan__repo__revision_metadata_request__descriptor, bus_request_body(rq),
                                NULL, &ask);
    q->revision = e ? "" : text(ask->revision);
    list_then_answer(q, e ? NULL : ask->repo_url, e ? NULL : ask->project, q->server->refs_ttl_ms, e);
}
