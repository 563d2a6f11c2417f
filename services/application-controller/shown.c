/* application-controller/shown - what readers see of an application, as it lies in Redis for the api-servers.
 *
 * A body is put there when somebody asked for it, and taken out as soon as anything that it shows changes:
 * who looks next asks here, where the answer is true, and that puts it there again. So what nobody looks at
 * costs nothing. Invariant: `shown` says what may lie in Redis, `stale` that it must not any more. Both begin
 * with "maybe" and "may": what an earlier life left is what the application was, until this one has compared
 * it. A removal is never asked after: whatever breaks the connection may have lost some, so everything is
 * removed when it stands again. */
#include "controller.h"

#include "cache/keys.h"

enum { BODY_MAX = 1 << 20 }; /* more would hold the loop while it is sealed */

static const char *key_of(struct arena *a, const struct app *app, enum shown what)
{
    return what == SHOWN_TREE ? cache_key_tree(a, app->view->ns, app->view->name)
                              : cache_key_managed(a, app->view->ns, app->view->name);
}

void shown_keep(struct app *app, enum shown what, struct span json)
{
    struct controller *c = app->controller;
    struct cache *cache = svc_cache_up(c->cache);
    /* Only what was compared as a whole is worth to be shown again. */
    if (!cache || app->stale || json.len > BODY_MAX || !apps_ready(c) || !app->compared_to || app->asking)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("shown");
    app->shown |= what;
    cache_set(cache, key_of(a, app, what), json, c->shown_ms, NULL, NULL);
}

void shown_stale(struct app *app)
{
    static const enum shown all[] = {SHOWN_TREE, SHOWN_MANAGED};
    struct cache *cache = svc_cache_up(app->controller->cache);
    app->stale = app->shown != 0;
    if (!app->stale || !cache || !apps_ready(app->controller))
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("shown");
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (app->shown & all[i])
            cache_del(cache, key_of(a, app, all[i]), NULL, NULL);
    app->shown = 0;
    app->stale = false;
}

void shown_connected(void *controller)
{
    struct controller *c = controller;
    map_each (it, c->apps) {
        struct app *app = it.value;
        if (c->was_connected) {
            app->shown = SHOWN_ALL;
            app->stale = true;
        }
        if (app->stale)
            shown_stale(app);
    }
    c->was_connected = true;
}
