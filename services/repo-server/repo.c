/* repo-server/repo - a repository: its refs, its mirror, and the one job at a time that talks to its server.
 *
 * Invariant: at most one listing and one fetch of a repository are under way; whoever comes meanwhile waits for its end, and
 * a fetch that did not bring a waiter's commit is followed by one that asks for it. */
#include "server.h"

#include "api/project.h"
#include "base/file.h"
#include "crypto/digest.h"

#include <stdlib.h>

enum { SCOPE = 32 }; /* hex digits of a SHA-256 */

struct repo_work {
    struct work_job job;
    struct repo *repo;
    struct call call;
    struct api_repositories *repositories; /* keeps the credentials alive */
    struct git_access access;
    struct arena *arena;
    struct git_refs refs; /* of a listing */
    char *sha;            /* of a fetch */
    struct err *failure;
};

struct repo {
    struct server *server;
    char *url, *dir, *scope, *project;
    unsigned held;
    struct arena *refs_arena;
    struct git_refs refs;
    int64_t listed_ms; /* monotonic; 0 = never */
    struct repo_waiter *listing, *fetching; /* waiters */
    struct repo_work *list_work, *fetch_work;
    struct interest *interest;
    int64_t used_ms;
};

const char *repo_url(const struct repo *r)
{
    return r->url;
}

const char *repo_dir(const struct repo *r)
{
    return r->dir;
}

const char *repo_scope(const struct repo *r)
{
    return r->scope;
}

void repo_hold(struct repo *r)
{
    r->held++;
}

void repo_release(struct repo *r)
{
    r->held--;
}

const struct git_refs *repo_refs(const struct repo *r)
{
    return r->refs_arena ? &r->refs : NULL;
}

struct interest **repo_interest(struct repo *r)
{
    return &r->interest;
}

struct server *repo_server(struct repo *r)
{
    return r->server;
}

/* A mirror that nobody used for longest, without work or interest, makes room. */
static bool evict_one(struct server *s)
{
    struct repo *oldest = NULL;
    map_each(it, s->repos) {
        struct repo *r = it.value;
        bool idle = !r->held && !r->list_work && !r->fetch_work && !r->interest && !r->listing && !r->fetching;
        if (idle && (!oldest || r->used_ms < oldest->used_ms))
            oldest = r;
    }
    if (!oldest)
        return false;
    err_free(file_remove(oldest->dir));
    map_each(it, s->repos)
        if (it.value == oldest) {
            map_del(s->repos, it.key);
            break;
        }
    return true;
}

/* A stranger chooses the URL: none may meet what is another's. */
static const char *scope_of(struct arena *a, const char *key)
{
    struct crypto_digest digest;
    crypto_digest(CRYPTO_SHA256, span_of(key), &digest);
    return arena_strndup(a, digest.hex, SCOPE);
}

const char *repo_scope_of_chart(struct server *s, struct arena *a, const char *url, const char *project, const char *chart)
{
    struct api_repository access = api_repository_for(s->repositories, url, project);
    return scope_of(a, arena_printf(a, "%s %s %s", api_repository_identity(a, &access), url, chart));
}

struct err *repo_for(struct server *s, const char *url, const char *project, struct repo **out)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("repo");
    struct api_repository access = api_repository_for(s->repositories, url, project);
    const char *identity = api_repository_identity(a, &access);
    const char *key = arena_printf(a, "%s %s", identity, api_repo_normalize(a, url));
    struct repo *r = map_get(s->repos, key);
    if (!r) {
        if (map_len(s->repos) >= s->mirrors_max && !evict_one(s))
            return err_reason(ERR_EXHAUSTED, "TooManyRepositories",
                              "all %zu mirrors are in use; raise --mirrors-max or use fewer repositories", s->mirrors_max);
        r = mem_zalloc(sizeof(*r));
        r->server = s;
        r->url = mem_strdup(url);
        r->scope = mem_strdup(scope_of(a, key));
        r->project = mem_strdup(project);
        r->dir = mem_printf("%s/%s", s->data_dir, r->scope);
        map_set(s->repos, key, r);
    }
    r->used_ms = loop_now_ms(s->loop);
    *out = r;
    return NULL;
}

void repo_free(void *arg)
{
    struct repo *r = arg;
    interest_stop(r);
    arena_free(r->refs_arena);
    free(r->url);
    free(r->dir);
    free(r->scope);
    free(r->project);
    free(r);
}

/* --- waiters ----------------------------------------------------------------------------------------------------------- */

static void wait_in(struct repo_waiter **list, struct repo_waiter *w)
{
    while (*list)
        list = &(*list)->next;
    w->next = NULL;
    w->link = list;
    *list = w;
}

void repo_forget(struct repo_waiter *w)
{
    if (!w->link)
        return;
    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    w->link = NULL;
}

/* Wakes all that wait now; those that a callback adds wait for the next round. */
static void wake(struct repo_waiter **list, const struct err *e)
{
    struct repo_waiter *all = *list;
    *list = NULL;
    if (all)
        all->link = &all;
    while (all) {
        struct repo_waiter *w = all;
        repo_forget(w);
        w->fn(w, err_copy(e));
    }
}

/* --- work -------------------------------------------------------------------------------------------------------------- */

struct git_access repo_access(const struct api_repositories *from, const char *url, const char *project)
{
    struct api_repository r = api_repository_for(from, url, project);
    return (struct git_access){
        .username = r.username,
        .password = r.password,
        .ssh_key = r.ssh_key,
        .known_hosts = api_repositories_known_hosts(from),
        .ca_pem = api_repositories_ca(from, url),
        .tls_cert = r.tls_cert,
        .tls_key = r.tls_key,
        .proxy = *r.proxy ? r.proxy : NULL,
        .insecure = r.insecure,
    };
}

static struct repo_work *work_for(struct repo *r)
{
    struct server *s = r->server;
    struct repo_work *w = mem_zalloc(sizeof(*w));
    struct call root;
    call_init(&root);
    w->repo = r;
    w->arena = arena_new("git");
    call_child(&w->call, &root, s->git_timeout_ms);
    w->call.parent = NULL;
    w->repositories = api_repositories_ref(s->repositories);
    w->access = repo_access(w->repositories, r->url, r->project);
    w->job.call = &w->call;
    return w;
}

static void work_release(struct repo_work *w)
{
    err_free(w->failure);
    arena_free(w->arena);
    api_repositories_unref(w->repositories);
    free(w->sha);
    free(w);
}

static struct err *outcome(struct repo_work *w)
{
    if (w->job.skipped && !w->failure)
        w->failure = err_new(ERR_DEADLINE, "%s: no thread was free in time to ask the server", w->repo->url);
    return w->failure;
}

static void list_run(struct work_job *job, void *state)
{
    (void)state;
    struct repo_work *w = CONTAINER(job, struct repo_work, job);
    w->failure = git_ls_remote(&w->call, w->repo->url, &w->access, w->arena, &w->refs);
}

static void list_done(struct work_job *job)
{
    struct repo_work *w = CONTAINER(job, struct repo_work, job);
    struct repo *r = w->repo;
    r->list_work = NULL;
    struct err *e = outcome(w);
    if (!e) {
        arena_free(r->refs_arena);
        r->refs_arena = w->arena;
        r->refs = w->refs;
        r->listed_ms = loop_now_ms(r->server->loop);
        w->arena = NULL;
        interest_refs_changed(r, &r->refs);
    }
    wake(&r->listing, e);
    work_release(w);
}

void repo_list(struct repo *r, int64_t max_age_ms, struct repo_waiter *waiter)
{
    struct server *s = r->server;
    bool fresh = r->listed_ms && loop_now_ms(s->loop) - r->listed_ms < max_age_ms;
    if (fresh) {
        waiter->link = NULL;
        waiter->fn(waiter, NULL);
        return;
    }
    wait_in(&r->listing, waiter);
    if (r->list_work)
        return;
    struct repo_work *w = work_for(r);
    w->job.run = list_run;
    w->job.done = list_done;
    r->list_work = w;
    struct err *e = work_submit(s->network, &w->job);
    if (e) {
        r->list_work = NULL;
        wake(&r->listing, e);
        err_free(e);
        work_release(w);
    }
}

static void fetch_run(struct work_job *job, void *state)
{
    (void)state;
    struct repo_work *w = CONTAINER(job, struct repo_work, job);
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    w->failure = git_mirror_open(w->repo->dir, &m);
    if (!w->failure)
        w->failure = git_mirror_fetch(&w->call, m, w->repo->url, &w->access, w->sha, w->repo->server->mirror_max_bytes);
}

static void start_fetch(struct repo *r, const char *sha);

/* Waiters whose commit this fetch was for are done; for the others there is a next one. */
static void fetch_done(struct work_job *job)
{
    struct repo_work *w = CONTAINER(job, struct repo_work, job);
    struct repo *r = w->repo;
    r->fetch_work = NULL;
    struct err *e = outcome(w);
    struct repo_waiter *same = NULL, *others = NULL;
    while (r->fetching) {
        struct repo_waiter *x = r->fetching;
        repo_forget(x);
        wait_in(streq(x->sha, w->sha) || (e && e->code != ERR_NOT_FOUND) ? &same : &others, x);
    }
    while (others) {
        struct repo_waiter *x = others;
        repo_forget(x);
        wait_in(&r->fetching, x);
    }
    wake(&same, e);
    if (r->fetching && !r->fetch_work)
        start_fetch(r, r->fetching->sha);
    work_release(w);
}

static void start_fetch(struct repo *r, const char *sha)
{
    struct repo_work *w = work_for(r);
    w->sha = mem_strdup(sha);
    w->job.run = fetch_run;
    w->job.done = fetch_done;
    r->fetch_work = w;
    struct err *e = work_submit(r->server->network, &w->job);
    if (e) {
        r->fetch_work = NULL;
        wake(&r->fetching, e);
        err_free(e);
        work_release(w);
    }
}

void repo_fetch(struct repo *r, struct repo_waiter *waiter)
{
    wait_in(&r->fetching, waiter);
    if (!r->fetch_work)
        start_fetch(r, waiter->sha);
}
