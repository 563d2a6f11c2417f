/* repo-server/server.h - the state of the process: repositories, renders, and the pools that work on them.
 *
 * All of it belongs to the loop thread. Worker threads get a job with what it needs and give it back. */
#ifndef CAPSTAN_REPO_SERVER_H
#define CAPSTAN_REPO_SERVER_H

#include "api/repository.h"
#include "base/map.h"
#include "base/work.h"
#include "bus/bus.h"
#include "git/git.h"
#include "proto/repo.pb-c.h"
#include "remote.h"
#include "renders.h"
#include "svc/cache.h"

/* A text of a message, which is NULL when it was not sent. */
static inline const char *text(const char *s)
{
    return s ? s : "";
}

struct charts;
struct generate;

struct server {
    struct loop *loop;
    struct bus *bus;
    struct bus_publisher *events;
    struct work *network;  /* ls-remote and fetch: a hung server holds a thread of this pool only */
    struct work *renderers;
    struct api_repositories *repositories; /* settings as they are now */
    struct map *repos;     /* identity and normalised URL to struct repo */
    struct renders *renders;
    struct charts *charts;
    struct render_by by;      /* who renders */
    struct svc_cache *cache;  /* what outlives the process */
    int64_t cache_ttl_ms;
    struct generate *looking; /* requests that Redis is asked for */
    struct remotes *remotes;  /* what threads ask of this one */
    bool remote_bases, submodules; /* may be fetched */
    bool stable_charts;       /* what charts make at random stays, by application */
    bool stopping;            /* nothing new is begun */
    struct metric *results;   /* by where they came from */
    const char *data_dir;  /* mirrors */
    int64_t refs_ttl_ms;   /* how long a resolved branch is believed: 3 min */
    int64_t poll_ms, poll_jitter_ms; /* between polls of a leased repository */
    int64_t git_timeout_ms;
    size_t mirror_max_bytes;
    size_t mirrors_max;
    struct rand *random;
};

/* --- repo.c: one mirror, its refs, and who waits for them --- */

struct repo;
/* The mirror of a URL as a project may read it; made when there is none. ERR_EXHAUSTED when there are too many. The caller keeps
 * it by repo_hold, or is done with it in this turn of the loop. */
struct err *repo_for(struct server *s, const char *url, const char *project, struct repo **out) MUST_USE;
void repo_free(void *repo);
/* While somebody holds it, it makes no room for others. */
void repo_hold(struct repo *r);
void repo_release(struct repo *r);
/* How `project` is let in at a URL; borrows from `from`. Any thread. */
struct git_access repo_access(const struct api_repositories *from, const char *url, const char *project);
const char *repo_url(const struct repo *r);
const char *repo_dir(const struct repo *r);
/* Stands for the repository and for whose credentials read it, 32 hex digits: what is made of it belongs to nobody else. */
const char *repo_scope(const struct repo *r);
/* The same of a chart in a Helm repository or OCI registry. */
const char *repo_scope_of_chart(struct server *s, struct arena *a, const char *url, const char *project,
                                const char *chart) MUST_USE;
/* Refs of the last listing, or NULL; borrowed until the loop turns. */
const struct git_refs *repo_refs(const struct repo *r);

struct repo_waiter {
    /* `e` is the callee's. Success says that refs are there (or the commit is). */
    void (*fn)(struct repo_waiter *w, struct err *e);
    struct repo_waiter *next, **link;
    const char *sha; /* of a fetch: the commit that is wanted */
};
/* Lists the refs at the server unless what is known is younger than `max_age_ms`; coalesced over waiters. */
void repo_list(struct repo *r, int64_t max_age_ms, struct repo_waiter *w);
/* Fetches so that the waiter's commit is in the mirror; coalesced. */
void repo_fetch(struct repo *r, struct repo_waiter *w);
/* The waiter is no longer interested: fn will not run. */
void repo_forget(struct repo_waiter *w);

/* --- interest.c: what is leased is polled --- */
/* A repository's refs were listed: publishes revisions that moved. */
void interest_refs_changed(struct repo *r, const struct git_refs *now);
void interest_stop(struct repo *r);
struct interest;
struct interest **repo_interest(struct repo *r);
struct server *repo_server(struct repo *r);

/* --- generate.c --- */
/* State of a thread that renders. */
void *generate_thread_new(void *arg);
void generate_thread_free(void *state);
/* Ends what waits for Redis. */
void generate_stop(struct server *s);

/* --- methods.c --- */
/* Borrows from the commit. */
Capstan__Repo__CommitMetadata commit_message(const struct git_commit_info *c);

/* --- methods --- */
void method_generate(void *server, struct bus_request *rq);
void method_check_renders(void *server, struct bus_request *rq);
void method_resolve(void *server, struct bus_request *rq);
void method_list_refs(void *server, struct bus_request *rq);
void method_revision_metadata(void *server, struct bus_request *rq);
void method_test_repository(void *server, struct bus_request *rq);
void method_renew_interest(void *server, struct bus_request *rq);
void method_announce(void *server, struct bus_request *rq);

#endif
