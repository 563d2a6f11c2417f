/* application-controller/interest - leases on the repositories of all applications at repo-server, which
 * polls them (DESIGN §1.4); a revision that moved refreshes the applications that follow it. */
#include "interest.h"

#include <stdlib.h>

enum { SOON_MS = 500, RENEW_MS = 5000, LEASE_MS = 60000, REVISIONS_MAX = 64 /* of one repository */ };

static void on_event(void *arg, const struct bus_event *e)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("revision");
    Capstan__Repo__RevisionChanged *change = NULL;
    CLEANUP(err_freep)
    struct err *bad = wire_unpack(a, &capstan__repo__revision_changed__descriptor, e->body, NULL, &change);
    if (!bad)
        follow_moved(arg, change->repo_url, change->ref, change->revision);
}

struct interests {
    struct arena *a;
    struct map *by_repo; /* "project url" to Interest */
    struct map *by_url;  /* url to struct leases */
};

/* What one replica is asked to poll: all projects' interest in one repository. */
struct leases {
    VEC(Capstan__Repo__Interest *) of;
};

static void leases_free(void *arg)
{
    struct leases *l = arg;
    vec_release(&l->of);
    free(l);
}

static Capstan__Repo__Interest *interest_in(struct interests *x, const struct app *app,
                                            const struct api_source *s)
{
    const char *key = arena_printf(x->a, "%s %s", app->view->project, s->repo_url);
    Capstan__Repo__Interest *i = map_get(x->by_repo, key);
    if (i)
        return i;
    i = NEW(x->a, Capstan__Repo__Interest);
    capstan__repo__interest__init(i);
    i->repo_url = wire_text(arena_strdup(x->a, s->repo_url));
    i->project = wire_text(arena_strdup(x->a, app->view->project));
    i->revisions = NEW_N(x->a, char *, REVISIONS_MAX);
    map_set(x->by_repo, key, i);
    struct leases *l = map_get(x->by_url, s->repo_url);
    if (!l) {
        l = mem_zalloc(sizeof(*l));
        map_set(x->by_url, s->repo_url, l);
    }
    vec_push(&l->of, i);
    return i;
}

/* Git repositories only: of charts and artifacts a new version is found as the application is looked at again
 * (--app-resync). */
static void add_source(struct interests *x, const struct app *app, const struct api_source *s)
{
    if (!api_source_is_git(s) || !*s->repo_url)
        return;
    Capstan__Repo__Interest *i = interest_in(x, app, s);
    for (size_t j = 0; j < i->n_revisions; j++)
        if (streq(i->revisions[j], s->target_revision))
            return;
    if (i->n_revisions < REVISIONS_MAX)
        i->revisions[i->n_revisions++] = wire_text(arena_strdup(x->a, s->target_revision));
}

/* --- renewals, one a repository --- */

struct renewal {
    struct renewal *next, **link; /* in the controller's list */
    struct controller *controller;
    struct client_ask *ask;
    struct call call;
};

static void renewal_free(struct renewal *r)
{
    *r->link = r->next;
    if (r->next)
        r->next->link = r->link;
    free(r);
}

static void on_renewed(void *arg, struct err *e, const Capstan__Repo__RenewInterestReply *reply)
{
    struct renewal *r = arg;
    struct controller *c = r->controller;
    err_free(e); /* the next renewal tries again */
    renewal_free(r);
    for (size_t i = 0; reply && i < reply->n_known; i++)
        follow_moved(c, reply->known[i]->repo_url, reply->known[i]->ref, reply->known[i]->revision);
}

static void renew(struct controller *c, const struct leases *l)
{
    struct renewal *r = mem_zalloc(sizeof(*r));
    struct call root;
    call_init(&root);
    r->controller = c;
    call_child(&r->call, &root, RENEW_MS);
    r->call.parent = NULL;
    r->link = &c->renewals;
    r->next = c->renewals;
    if (r->next)
        r->next->link = &r->next;
    c->renewals = r;
    Capstan__Repo__RenewInterestRequest rq = CAPSTAN__REPO__RENEW_INTEREST_REQUEST__INIT;
    rq.has_version = rq.has_lease_ms = true;
    rq.version = 1;
    rq.holder = wire_text("application-controller");
    rq.lease_ms = LEASE_MS;
    rq.interests = l->of.at;
    rq.n_interests = l->of.len;
    r->ask = client_repo_renew_interest(c->repo, &r->call, &rq, on_renewed, r);
}

static void on_timer(struct loop_timer *t)
{
    struct controller *c = CONTAINER(t, struct controller, interest_timer);
    CLEANUP(arena_freep) struct arena *a = arena_new("interest");
    CLEANUP(map_freep) struct map *by_repo = map_new(NULL), *by_url = map_new(leases_free);
    struct interests x = {a, by_repo, by_url};
    map_each (it, c->apps) {
        const struct app *app = it.value;
        for (size_t i = 0; i < app->view->n_sources; i++)
            add_source(&x, app, &app->view->sources[i]);
    }
    loop_timer_set(c->loop, &c->interest_timer, RENEW_MS, on_timer);
    map_each (it, by_url)
        renew(c, it.value);
}

void interest_soon(struct controller *c)
{
    loop_timer_set(c->loop, &c->interest_timer, SOON_MS, on_timer);
}

struct err *interest_start(struct controller *c, const char *const *events, size_t n)
{
    c->revisions = bus_subscriber_new(c->run->bus, "revision.", on_event, c);
    interest_soon(c);
    return n ? bus_subscriber_peers(c->revisions, events, n) : NULL;
}

void interest_stop(struct controller *c)
{
    loop_timer_stop(c->loop, &c->interest_timer);
    follow_stop(c);
    while (c->renewals) {
        client_cancel(c->renewals->ask);
        renewal_free(c->renewals);
    }
    if (c->revisions)
        bus_subscriber_free(c->revisions);
}
