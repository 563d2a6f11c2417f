/* repo-server/remote - questions of threads to the loop, each a struct in one list until it is answered and
 * the answer is taken.
 *
 * Invariant: the list, `answered`, `failure` and `left` are under the lock. All else of a question is the
 * loop's from its posting to its answer, and the thread's before and after. A question that its thread has
 * left is freed by whoever answers it, or at the end. */
#include "remote.h"

#include "net/client.h"
#include "server.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_NS = 100 * 1000 * 1000, REDIRECTS = 10 };

struct remotes {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct asking *all;
    bool stopped;
};

struct asking {
    struct asking *next, **link;
    struct remotes *remotes;
    char *url, *project, *revision, *sha;
    bool fetch, fresh; /* the commit is wanted in the mirror, not only known; refs are listed anew */
    struct repo *repo; /* held from the answer on */
    struct repo_waiter waiter;
    bool answered, left; /* the thread does not wait any more */
    struct err *failure;
};

/* With the lock held. */
static void asking_free(struct asking *q)
{
    *q->link = q->next;
    if (q->next)
        q->next->link = q->link;
    err_free(q->failure);
    free(q->url);
    free(q->project);
    free(q->revision);
    free(q->sha);
    free(q);
}

/* --- on the loop -------------------------------------------------------------------------------------------
 */

static void answer(struct asking *q, struct err *e)
{
    struct remotes *r = q->remotes;
    pthread_mutex_lock(&r->lock);
    q->failure = e;
    q->answered = true;
    if (q->repo && (e || q->left)) {
        repo_release(q->repo);
        q->repo = NULL;
    }
    if (q->left)
        asking_free(q);
    pthread_cond_broadcast(&r->answered);
    pthread_mutex_unlock(&r->lock);
}

static void on_fetched(struct repo_waiter *w, struct err *e)
{
    answer(CONTAINER(w, struct asking, waiter), e);
}

static void on_known(struct asking *q)
{
    if (!q->fetch) {
        answer(q, NULL);
        return;
    }
    q->waiter = (struct repo_waiter){.fn = on_fetched, .sha = q->sha};
    repo_fetch(q->repo, &q->waiter);
}

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct asking *q = CONTAINER(w, struct asking, waiter);
    CLEANUP(arena_freep) struct arena *a = arena_new("resolve");
    const char *sha = NULL;
    if (!e)
        e = git_resolve(repo_refs(q->repo), q->revision, a, &sha);
    if (e) {
        answer(q, e);
        return;
    }
    q->sha = mem_strdup(sha);
    on_known(q);
}

static struct err *ending(void)
{
    return err_new(ERR_UNAVAILABLE, "the repo-server is ending");
}

static void start(void *arg)
{
    struct asking *q = arg;
    struct server *s = q->remotes->server;
    struct err *e = s->stopping ? ending() : repo_for(s, q->url, q->project, &q->repo);
    if (e) {
        answer(q, e);
        return;
    }
    repo_hold(q->repo);
    if (q->sha) {
        on_known(q);
        return;
    }
    q->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(q->repo, q->fresh ? 0 : s->refs_ttl_ms, &q->waiter);
}

static void release(void *repo)
{
    repo_release(repo);
}

struct remotes *remotes_new(struct server *s)
{
    struct remotes *r = mem_zalloc(sizeof(*r));
    r->server = s;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->answered, NULL);
    return r;
}

void remotes_stop(struct remotes *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    for (struct asking *q = r->all; q; q = q->next)
        repo_forget(&q->waiter);
    pthread_cond_broadcast(&r->answered);
    pthread_mutex_unlock(&r->lock);
}

void remotes_free(struct remotes *r)
{
    if (!r)
        return;
    while (r->all) {
        loop_post_forget(r->server->loop, r->all);
        asking_free(r->all);
    }
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->answered);
    free(r);
}

/* --- on a thread -------------------------------------------------------------------------------------------
 */

static struct err *wait_for(struct asking *q, const struct call *call)
{
    struct remotes *r = q->remotes;
    struct err *e = NULL;
    while (!q->answered && !e) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&r->answered, &r->lock, &until);
        e = q->answered ? NULL : r->stopped ? ending() : call_check(call);
    }
    return e;
}

struct found {
    const char *sha;   /* NULL = not known yet */
    struct repo *repo; /* held */
};

static struct err *ask(struct remotes *r, const struct call *call, const struct remote_want *want, bool fetch,
                       struct arena *a, struct found *found)
{
    struct asking *q = mem_zalloc(sizeof(*q));
    *q = (struct asking){.remotes = r,
                         .url = mem_strdup(want->url),
                         .project = mem_strdup(want->project),
                         .revision = mem_strdup(want->revision ? want->revision : ""),
                         .sha = found->sha ? mem_strdup(found->sha) : NULL,
                         .fetch = fetch,
                         .fresh = want->fresh};
    pthread_mutex_lock(&r->lock);
    q->link = &r->all;
    q->next = r->all;
    if (q->next)
        q->next->link = &q->next;
    r->all = q;
    loop_post(r->server->loop, start, q);
    struct err *e = wait_for(q, call);
    if (e) {
        q->left = true;
    } else {
        e = q->failure;
        q->failure = NULL;
        found->repo = q->repo;
        found->sha = q->sha ? arena_strdup(a, q->sha) : NULL;
        asking_free(q);
    }
    pthread_mutex_unlock(&r->lock);
    return e;
}

/* A tree with the mirror that it reads and the repository that it holds. */
struct remote_tree {
    struct tree_over over;
    struct git_mirror *mirror;
    struct remotes *remotes;
    struct repo *repo;
};

static void remote_free(struct tree *t)
{
    struct remote_tree *r = CONTAINER(t, struct remote_tree, over.tree);
    tree_free(r->over.inner);
    git_mirror_close(r->mirror);
    loop_post(r->remotes->server->loop, release, r->repo);
    free(r);
}

static struct err *open_tree(struct remotes *r, struct repo *repo, const char *sha, struct tree **out)
{
    static const struct tree_ops ops = {tree_over_stat, tree_over_names, tree_over_list,
                                        tree_over_read, remote_free,     tree_over_revision};
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
    struct tree *inner;
    TRY(git_mirror_open(repo_dir(repo), &mirror));
    TRY(git_mirror_tree(mirror, sha, &inner));
    struct remote_tree *t = mem_zalloc(sizeof(*t));
    *t = (struct remote_tree){{{&ops}, inner}, mirror, r, repo};
    mirror = NULL;
    *out = &t->over.tree;
    return NULL;
}

struct err *remotes_open(struct remotes *r, const struct call *call, const struct remote_want *want,
                         struct arena *a, struct tree **out, const char **sha)
{
    struct found f = {.sha = want->sha ? want->sha : git_is_sha(want->revision) ? want->revision : NULL};
    TRY(ask(r, call, want, false, a, &f));
    *sha = f.sha;
    struct err *e = open_tree(r, f.repo, f.sha, out);
    if (!e)
        return NULL;
    loop_post(r->server->loop, release, f.repo);
    if (!err_eat(&e, ERR_NOT_FOUND))
        return e;
    TRY(ask(r, call, want, true, a, &f));
    e = open_tree(r, f.repo, f.sha, out);
    if (e)
        loop_post(r->server->loop, release, f.repo);
    return e;
}

struct err *remotes_file(struct remotes *r, const struct call *call, const char *url, size_t max,
                         struct arena *a, struct span *out)
{
    struct call limited;
    call_child(&limited, call, r->server->git_timeout_ms);
    struct net_session *s = net_session_new("capstan-repo-server");
    const struct net_request rq = {.url = url, .redirects = REDIRECTS, .max_body = max};
    struct net_response response = {0};
    struct err *e = net_fetch(s, &limited, &rq, a, &response);
    net_session_free(s);
    TRY(e);
    if (response.status / 100 != 2)
        return err_reason(response.status == 404 ? ERR_NOT_FOUND : ERR_UNAVAILABLE, "HTTPStatus",
                          "HTTP Error: status code %d (%s)", response.status,
                          net_status_text(response.status));
    *out = response.body;
    return NULL;
}
