/* application-controller/orphans - objects of an application's namespace that no application holds
 * (specs/engine.md §4.3).
 *
 * Invariant: an orphanage is there for each namespace that an application of a monitoring project goes to,
 * and holds all of the namespace's objects that nobody owns. Which of them are orphans is judged when
 * somebody asks, and kept until something of the namespace changes: most namespaces have no orphanage and pay
 * nothing, and a turn of an application counts nothing twice. */
#include "controller.h"

#include "api/project.h"

#include <stdlib.h>

struct orphanage {
    struct map *candidates; /* id to struct object */
    VEC(struct app *) watchers;
    uint64_t generation;
};

static void orphanage_free(void *arg)
{
    struct orphanage *o = arg;
    map_free(o->candidates);
    vec_release(&o->watchers);
    free(o);
}

static struct orphanage *orphanage_of(const struct controller *c, const char *ns)
{
    return ns && *ns ? map_get(c->orphanages, ns) : NULL;
}

void orphans_start(struct controller *c)
{
    c->orphanages = map_new(orphanage_free);
}

void orphans_stop(struct controller *c)
{
    map_free(c->orphanages);
    c->orphanages = NULL;
}

/* --- who watches what
 * -------------------------------------------------------------------------------------------------- */

static void add_candidate(void *orphanage, const struct object *o)
{
    struct orphanage *of = orphanage;
    if (!o->owner_uid)
        map_set(of->candidates, o->id, (void *)o);
}

void orphans_leave(struct app *app)
{
    struct orphanage *o = orphanage_of(app->controller, app->orphans_ns);
    for (size_t i = 0; o && i < o->watchers.len; i++)
        if (o->watchers.at[i] == app) {
            vec_swap_out(&o->watchers, i);
            break;
        }
    if (o && !o->watchers.len)
        map_del(app->controller->orphanages, app->orphans_ns);
    free(app->orphans_ns);
    app->orphans_ns = NULL;
}

void orphans_configure(struct app *app)
{
    struct controller *c = app->controller;
    const char *ns = api_project_monitors_orphans(frozen_root(app->project)) ? app->view->dest.ns : "";
    app->orphans_known = 0;
    if (streq(app->orphans_ns ? app->orphans_ns : "", ns))
        return;
    orphans_leave(app);
    if (!*ns)
        return;
    struct orphanage *o = orphanage_of(c, ns);
    if (!o) {
        o = mem_zalloc(sizeof(*o));
        o->candidates = map_new(NULL);
        o->generation = 1;
        map_set(c->orphanages, ns, o);
        cluster_each_in(c->cluster, ns, add_candidate, o);
    }
    vec_push(&o->watchers, app);
    app->orphans_ns = mem_strdup(ns);
}

/* --- what changes
 * ------------------------------------------------------------------------------------------------------ */

static void changed(struct orphanage *o)
{
    o->generation++;
    vec_each (app, &o->watchers) {
        shown_stale(*app);
        app_queue(*app, REFRESH_NONE);
    }
}

void orphans_changed(struct controller *c, const struct object *object)
{
    struct orphanage *o = orphanage_of(c, object->key.ns);
    if (!o)
        return;
    if (object->owner_uid)
        map_del(o->candidates, object->id);
    else
        map_set(o->candidates, object->id, (void *)object);
    changed(o);
}

void orphans_gone(struct controller *c, const struct object *object)
{
    struct orphanage *o = orphanage_of(c, object->key.ns);
    if (o && map_del(o->candidates, object->id))
        changed(o);
}

void orphans_renamed(struct controller *c, const struct object *object)
{
    struct orphanage *o = orphanage_of(c, object->key.ns);
    if (o)
        o->generation++;
}

/* --- what is asked
 * ----------------------------------------------------------------------------------------------------- */

static bool is_orphan(const struct app *app, const struct object *o)
{
    static const struct api_cluster here = {API_IN_CLUSTER, "in-cluster"};
    return !o->app && !cluster_named(app->controller->cluster, o->id) &&
           api_project_counts_orphan(frozen_root(app->project), &here, &o->key);
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const struct object *const *)a)->id, (*(const struct object *const *)b)->id);
}

const struct object **orphans_of(struct app *app, struct arena *a, size_t *n)
{
    struct orphanage *o = orphanage_of(app->controller, app->orphans_ns);
    *n = 0;
    if (!o)
        return NULL;
    const struct object **list = NEW_N(a, const struct object *, map_len(o->candidates) + 1);
    map_each (it, o->candidates)
        if (is_orphan(app, it.value))
            list[(*n)++] = it.value;
    qsort(list, *n, sizeof(list[0]), by_id);
    return list;
}

const char *orphans_warning(struct app *app, struct arena *a)
{
    struct orphanage *o = orphanage_of(app->controller, app->orphans_ns);
    if (!o || !api_project_warns_of_orphans(frozen_root(app->project)))
        return NULL;
    if (app->orphans_known != o->generation) {
        app->orphans_known = o->generation;
        app->orphans_count = 0;
        map_each (it, o->candidates)
            app->orphans_count += is_orphan(app, it.value);
    }
    return app->orphans_count ? arena_printf(a, "Application has %zu orphaned resources", app->orphans_count)
                              : NULL;
}
