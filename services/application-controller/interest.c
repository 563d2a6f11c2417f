/* application-controller/interest - leases on the repositories of all applications at repo-server, which polls them
 * (DESIGN §1.4); a revision that moved refreshes the applications that follow it. */
#include "interest.h"

#include "base/hash.h"

enum { SOON_MS = 500, RENEW_MS = 5000, LEASE_MS = 60000, REVISIONS_MAX = 64 /* of one repository */ };

static void on_renewed(void *arg, struct err *e, const Capstan__Repo__RenewInterestReply *reply);

/* Applications that follow that ref of that repository and were compared at another commit. */
static void moved(struct controller *c, const char *url, const char *ref, const char *revision)
{
    if (!url || !ref || !revision || !*revision)
        return;
    map_each(it, c->apps) {
        struct app *app = it.value;
        for (size_t i = 0; i < app->view->n_sources; i++) {
            const struct api_source *s = &app->view->sources[i];
            bool known = i < app->revisions.len && streq(app->revisions.at[i], revision);
            if (!known && streq(s->target_revision, ref) && streq(s->repo_url, url) && app->compared_to)
                app_queue(app, REFRESH_LATEST);
        }
    }
}

static void on_event(void *arg, const struct bus_event *e)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("revision");
    Capstan__Repo__RevisionChanged *change = NULL;
    CLEANUP(err_freep) struct err *bad = wire_unpack(a, &capstan__repo__revision_changed__descriptor, e->body, NULL, &change);
    if (!bad)
        moved(arg, change->repo_url, change->ref, change->revision);
}

struct interests {
    struct arena *a;
    struct map *by_repo; /* "project url" to Interest */
    Capstan__Repo__Interest **list;
    size_t n;
};

static void add_source(struct interests *x, const struct app *app, const struct api_source *s)
{
    const char *key = arena_printf(x->a, "%s %s", app->view->project, s->repo_url);
    Capstan__Repo__Interest *i = map_get(x->by_repo, key);
    if (!i) {
        i = NEW(x->a, Capstan__Repo__Interest);
        capstan__repo__interest__init(i);
        i->repo_url = wire_text(arena_strdup(x->a, s->repo_url));
        i->project = wire_text(arena_strdup(x->a, app->view->project));
        i->revisions = NEW_N(x->a, char *, REVISIONS_MAX);
        map_set(x->by_repo, key, i);
        x->list[x->n++] = i;
    }
    for (size_t j = 0; j < i->n_revisions; j++)
        if (streq(i->revisions[j], s->target_revision))
            return;
    if (i->n_revisions < REVISIONS_MAX)
        i->revisions[i->n_revisions++] = wire_text(arena_strdup(x->a, s->target_revision));
}

static void on_timer(struct loop_timer *t)
{
    struct controller *c = CONTAINER(t, struct controller, interest_timer);
    CLEANUP(arena_freep) struct arena *a = arena_new("interest");
    CLEANUP(map_freep) struct map *by_repo = map_new(NULL);
    size_t sources = 0;
    map_each(it, c->apps)
        sources += ((struct app *)it.value)->view->n_sources;
    struct interests x = {a, by_repo, NEW_N(a, Capstan__Repo__Interest *, sources + 1), 0};
    map_each(it, c->apps) {
        const struct app *app = it.value;
        for (size_t i = 0; i < app->view->n_sources; i++)
            if (!*app->view->sources[i].chart && *app->view->sources[i].repo_url)
                add_source(&x, app, &app->view->sources[i]);
    }
    Capstan__Repo__RenewInterestRequest rq = CAPSTAN__REPO__RENEW_INTEREST_REQUEST__INIT;
    rq.has_version = rq.has_lease_ms = true;
    rq.version = 1;
    rq.holder = wire_text("application-controller");
    rq.lease_ms = LEASE_MS;
    rq.interests = x.list;
    rq.n_interests = x.n;
    loop_timer_set(c->loop, &c->interest_timer, RENEW_MS, on_timer);
    struct call root;
    call_init(&root);
    call_child(&c->interest_call, &root, RENEW_MS);
    c->interest_call.parent = NULL;
    if (x.n)
        (void)!client_repo_renew_interest(c->repo, &c->interest_call, &rq, on_renewed, c);
}

static void on_renewed(void *arg, struct err *e, const Capstan__Repo__RenewInterestReply *reply)
{
    struct controller *c = arg;
    err_free(e); /* the next renewal tries again */
    for (size_t i = 0; reply && i < reply->n_known; i++)
        moved(c, reply->known[i]->repo_url, reply->known[i]->ref, reply->known[i]->revision);
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
    if (c->revisions)
        bus_subscriber_free(c->revisions);
}
