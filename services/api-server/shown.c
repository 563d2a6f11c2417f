/* api-server/shown - trees and managed resources of applications: as the controller keeps them in Redis, else
 * from the controller itself, which puts them there (DESIGN §2).
 *
 * Redis is never waited for long and never the only way: no answer, none in time and none that opens are all
 * the same.
 */
#include "api.h"

#include "cache/keys.h"

struct asked {
    struct turn *turn;
    const char *key; /* in Redis */
    shown_done *done;
    void (*ask)(struct asked *a); /* the controller */
};

/* --- the controller ------------------------------------------------------------------------------------ */

static Capstan__Controller__App app_message(struct turn *t)
{
    Capstan__Controller__App app = CAPSTAN__CONTROLLER__APP__INIT;
    app.namespace_ = wire_text(t->api->o.ns);
    app.name = wire_text(t->name);
    return app;
}

static void on_tree(void *arg, struct err *e, const Capstan__Controller__GetTreeReply *reply)
{
    struct asked *a = arg;
    a->done(a->turn, e, e ? (struct span){0} : wire_span(reply->tree));
}

static void ask_tree(struct asked *a)
{
    struct turn *t = a->turn;
    Capstan__Controller__App app = app_message(t);
    Capstan__Controller__GetTreeRequest rq = CAPSTAN__CONTROLLER__GET_TREE_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.app = &app;
    client_controller_get_tree(t->api->o.controller, &t->call, &rq, on_tree, a);
}

static void on_managed(void *arg, struct err *e, const Capstan__Controller__GetManagedResourcesReply *reply)
{
    struct asked *a = arg;
    a->done(a->turn, e, e ? (struct span){0} : wire_span(reply->resources));
}

static void ask_managed(struct asked *a)
{
    struct turn *t = a->turn;
    Capstan__Controller__App app = app_message(t);
    Capstan__Controller__GetManagedResourcesRequest rq =
        CAPSTAN__CONTROLLER__GET_MANAGED_RESOURCES_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.app = &app;
    rq.group = wire_text(turn_query(t, "group"));
    rq.kind = wire_text(turn_query(t, "kind"));
    rq.namespace_ = wire_text(turn_query(t, "namespace"));
    rq.name = wire_text(turn_query(t, "name"));
    client_controller_get_managed_resources(t->api->o.controller, &t->call, &rq, on_managed, a);
}

/* --- Redis --------------------------------------------------------------------------------------------- */

static void on_cached(void *arg, struct err *e, struct span body)
{
    struct asked *a = arg;
    struct api *api = a->turn->api;
    struct cache *cache = svc_cache_up(api->o.cache);
    uint64_t broken = cache ? cache_stats(cache).broken : api->broken;
    if (broken != api->broken)
        svc_cache_broken(api->o.cache, a->key);
    api->broken = broken;
    bool there = !e && body.at;
    err_free(e);
    if (there)
        a->done(a->turn, NULL, body);
    else
        a->ask(a);
}

static void start(struct asked *a)
{
    struct cache *cache = a->key ? svc_cache_up(a->turn->api->o.cache) : NULL;
    if (cache)
        cache_get(cache, a->key, on_cached, a);
    else
        a->ask(a);
}

void shown_tree(struct turn *t, shown_done *done)
{
    struct asked *a = NEW(t->a, struct asked);
    *a = (struct asked){t, cache_key_tree(t->a, t->api->o.ns, t->name), done, ask_tree};
    start(a);
}

void shown_managed(struct turn *t, shown_done *done)
{
    static const char *const filters[] = {"group", "kind", "namespace", "name"};
    struct asked *a = NEW(t->a, struct asked);
    *a = (struct asked){t, cache_key_managed(t->a, t->api->o.ns, t->name), done, ask_managed};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        if (*turn_query(t, filters[i]))
            a->key = NULL; /* the whole is kept, not its parts */
    start(a);
}
