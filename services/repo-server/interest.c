/* repo-server/interest - one poller a repository, as long as somebody holds a lease on it (DESIGN §1.4).
 *
 * A holder renews a lease on (repository, revisions). While a lease lives the repository's refs are listed every poll
 * interval plus jitter; a leased revision that resolves to another commit than was known before, or is known only now, is
 * published. Whoever misses the event hears the truth at its next renewal, whose answer tells every leased revision. */
#include "server.h"

#include "api/project.h"

#include "base/log.h"
#include "base/rand.h"
#include "proto/repo.pb-c.h"
#include "wire/wire.h"

#include <stdlib.h>

enum { LEASE_MS_MAX = 10 * 60 * 1000, LEASE_MS = 60 * 1000, REVISIONS_MAX = 10000 };

struct interest {
    struct repo *repo;
    struct map *revisions; /* revision to struct lease */
    struct loop_timer timer;
    struct repo_waiter waiter;
    bool listing;
};

struct lease {
    int64_t until_ms;
    char sha[GIT_SHA + 1]; /* last known, "" = none */
};

static void on_timer(struct loop_timer *t);

static void schedule(struct interest *i)
{
    struct server *s = repo_server(i->repo);
    int64_t jitter = s->poll_jitter_ms > 0 ? (int64_t)rand_below(s->random, (uint64_t)s->poll_jitter_ms) : 0;
    loop_timer_set(s->loop, &i->timer, s->poll_ms + jitter, on_timer);
}

static struct interest *interest_of(struct repo *r)
{
    struct interest **place = repo_interest(r);
    if (!*place) {
        *place = mem_zalloc(sizeof(**place));
        (*place)->repo = r;
        (*place)->revisions = map_new(free);
        schedule(*place);
    }
    return *place;
}

void interest_stop(struct repo *r)
{
    struct interest **place = repo_interest(r), *i = *place;
    if (!i)
        return;
    loop_timer_stop(repo_server(r)->loop, &i->timer);
    repo_forget(&i->waiter);
    map_free(i->revisions);
    free(i);
    *place = NULL;
}

static void on_listed(struct repo_waiter *w, struct err *e)
{
    struct interest *i = CONTAINER(w, struct interest, waiter);
    i->listing = false;
    err_free(e); /* a server that is away is asked again at the next turn; renders report it where it matters */
}

static void list_now(struct interest *i)
{
    if (i->listing)
        return;
    i->listing = true;
    i->waiter = (struct repo_waiter){.fn = on_listed};
    repo_list(i->repo, 0, &i->waiter);
}

static void on_timer(struct loop_timer *t)
{
    struct interest *i = CONTAINER(t, struct interest, timer);
    int64_t now = loop_now_ms(repo_server(i->repo)->loop);
    map_each(it, i->revisions)
        if (((struct lease *)it.value)->until_ms < now)
            map_del(i->revisions, it.key);
    if (!map_len(i->revisions)) {
        interest_stop(i->repo);
        return;
    }
    schedule(i);
    list_now(i);
}

static Capstan__Repo__RevisionChanged change(const struct repo *r, const char *revision, const char *sha,
                                             const char *previous)
{
    Capstan__Repo__RevisionChanged c = CAPSTAN__REPO__REVISION_CHANGED__INIT;
    c.has_version = true;
    c.version = 1;
    c.repo_url = wire_text(repo_url(r));
    c.ref = wire_text(revision);
    c.revision = wire_text(sha);
    c.previous = wire_text(previous);
    return c;
}

/* For the log: an address may carry a password. */
static const char *without_user(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://");
    const char *at = host ? memchr(host + 3, '@', strcspn(host + 3, "/")) : NULL;
    return at ? arena_printf(a, "%.*s%s", (int)(host + 3 - url), url, at + 1) : url;
}

void interest_refs_changed(struct repo *r, const struct git_refs *now)
{
    struct interest *i = *repo_interest(r);
    if (!i)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("interest");
    map_each(it, i->revisions) {
        struct lease *lease = it.value;
        const char *sha = "";
        err_free(git_resolve(now, it.key, a, &sha));
        if (streq(sha, lease->sha) || strlen(sha) > GIT_SHA) /* more hex digits than a commit has name none */
            continue;
        CLEANUP(mem_freep) char *before = mem_strdup(lease->sha);
        Capstan__Repo__RevisionChanged c = change(r, it.key, sha, before);
        memcpy(lease->sha, sha, strlen(sha) + 1);
        if (*before)
            log_info("a ref moved", "repo", without_user(a, repo_url(r)), "ref", it.key, "revision", sha);
        bus_publish(repo_server(r)->events, "revision.changed", wire_pack(a, &c));
    }
}

/* --- methods --- */

static void renew_one(struct repo *r, const char *revision, int64_t until_ms)
{
    struct interest *i = interest_of(r);
    struct lease *lease = map_get(i->revisions, revision);
    if (!lease) {
        if (map_len(i->revisions) >= REVISIONS_MAX)
            return;
        CLEANUP(arena_freep) struct arena *a = arena_new("interest");
        const char *sha = "";
        lease = mem_zalloc(sizeof(*lease));
        if (repo_refs(r))
            err_free(git_resolve(repo_refs(r), revision, a, &sha));
        else
            list_now(i); /* the holder may have missed what came before this process */
        if (strlen(sha) <= GIT_SHA)
            memcpy(lease->sha, sha, strlen(sha) + 1);
        map_set(i->revisions, revision, lease);
    }
    lease->until_ms = MAX(lease->until_ms, until_ms);
}

void method_renew_interest(void *server, struct bus_request *rq)
{
    struct server *s = server;
    CLEANUP(arena_freep) struct arena *a = arena_new("interest");
    Capstan__Repo__RenewInterestRequest *ask = NULL;
    struct err *e = wire_unpack(a, &capstan__repo__renew_interest_request__descriptor, bus_request_body(rq), NULL, &ask);
    if (e) {
        bus_fail(rq, e);
        return;
    }
    int64_t lease_ms = ask->has_lease_ms && ask->lease_ms > 0 ? MIN(ask->lease_ms, (int64_t)LEASE_MS_MAX) : LEASE_MS;
    Capstan__Repo__RenewInterestReply reply = CAPSTAN__REPO__RENEW_INTEREST_REPLY__INIT;
    size_t total = 0;
    for (size_t i = 0; i < ask->n_interests; i++)
        total += ask->interests[i]->n_revisions;
    reply.known = NEW_N(a, Capstan__Repo__RevisionChanged *, total + 1);
    for (size_t i = 0; i < ask->n_interests; i++) {
        const Capstan__Repo__Interest *x = ask->interests[i];
        struct repo *r = NULL;
        CLEANUP(err_freep) struct err *failure = repo_for(s, text(x->repo_url), text(x->project), &r);
        for (size_t j = 0; !failure && j < x->n_revisions; j++) {
            renew_one(r, x->revisions[j], loop_now_ms(s->loop) + lease_ms);
            const struct lease *lease = map_get((*repo_interest(r))->revisions, x->revisions[j]);
            if (!lease || !*lease->sha)
                continue;
            Capstan__Repo__RevisionChanged *known = NEW(a, Capstan__Repo__RevisionChanged);
            *known = change(r, x->revisions[j], lease->sha, "");
            reply.known[reply.n_known++] = known;
        }
    }
    reply.has_version = true;
    reply.version = 1;
    bus_reply(rq, wire_pack(a, &reply));
}

/* A webhook's word: the repositories of that URL, whoever's credentials, are listed now. */
void method_announce(void *server, struct bus_request *rq)
{
    struct server *s = server;
    CLEANUP(arena_freep) struct arena *a = arena_new("announce");
    Capstan__Repo__AnnounceRequest *ask = NULL;
    struct err *e = wire_unpack(a, &capstan__repo__announce_request__descriptor, bus_request_body(rq), NULL, &ask);
    if (e) {
        bus_fail(rq, e);
        return;
    }
    Capstan__Repo__AnnounceReply reply = CAPSTAN__REPO__ANNOUNCE_REPLY__INIT;
    reply.has_version = reply.has_matched = true;
    reply.version = 1;
    map_each(it, s->repos) {
        struct interest *i = *repo_interest(it.value);
        if (!i || !api_repo_same(repo_url(it.value), text(ask->repo_url)))
            continue;
        reply.matched++;
        list_now(i);
    }
    bus_reply(rq, wire_pack(a, &reply));
}
