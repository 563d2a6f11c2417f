/* application-controller/deletion - the resources finalizer: what the application manages goes in reversed waves, then the finalizer
 * does (specs/engine.md §3.11). Needs no repository: live objects bear the marks. */
#include "controller.h"

#include "base/log.h"
#include "sync/hook.h"

#include <stdlib.h>

struct deletion {
    size_t in_flight;
    bool finalizing;
};

struct step {
    struct app *app;
    const char *key;
    char *id; /* of the object that is deleted; NULL in other steps */
    struct controller *controller;
};

void deletion_free(struct app *app)
{
    free(app->deletion);
    app->deletion = NULL;
}

static const char *cascade_finalizer(const struct app *app)
{
    static const char *const names[] = {API_FINALIZER_RESOURCES, API_FINALIZER_RESOURCES "/foreground",
                                        API_FINALIZER_RESOURCES "/background"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (api_has_finalizer(app_object(app), names[i]))
            return names[i];
    return NULL;
}

/* --- what goes --------------------------------------------------------------------------------------------------------- */

struct victims {
    struct app *app;
    bool terminating;
    int64_t wave; /* the highest that is left */
    VEC(const struct compare_row *) rows;
};

static bool spared(const struct app *app, const struct compare_row *row)
{
    const struct doc *live = frozen_root(row->live);
    const char *policy = api_annotation(live, "helm.sh/resource-policy");
    bool itself = api_is(live, "argoproj.io", "Application") && streq(api_uid(live), app->view->uid);
    return !row->self || !row->permitted || itself || api_sync_option(live, "Delete=false") ||
           (policy && streq(policy, "keep")) || api_is(live, "apiextensions.k8s.io", "CustomResourceDefinition") ||
           !span_is(track_owner(&app->controller->settings.track, live), app->instance);
}

static void collect(void *arg, const struct compare_row *row)
{
    struct victims *v = arg;
    if (!row->live || spared(v->app, row))
        return;
    v->terminating |= api_deleting(frozen_root(row->live));
    if (!v->rows.len || row->wave > v->wave) {
        v->wave = row->wave;
        v->rows.len = 0;
    }
    if (row->wave == v->wave)
        vec_push(&v->rows, row);
}

static struct app *step_end(struct step *s)
{
    struct app *app = map_get(s->controller->apps, s->key) == s->app ? s->app : NULL;
    free((char *)s->key);
    free(s->id);
    free(s);
    return app && app->deletion ? app : NULL;
}

static struct step *step_new(struct app *app)
{
    struct step *s = mem_zalloc(sizeof(*s));
    *s = (struct step){app, mem_strdup(app->key), NULL, app->controller};
    return s;
}

/* What the answer says is known at once: else the next turn would delete again what only waits for its finalizers. */
static void learn(const struct step *s, bool gone, const struct doc *object)
{
    struct cluster *k = s->controller->cluster;
    const struct object *o = cluster_find(k, s->id);
    if (!gone && api_deleting(object))
        cluster_saw(k, object);
    else if (o)
        cluster_saw_deleted(k, &o->key);
}

static void on_deleted(void *arg, struct err *e, const struct doc *object)
{
    struct step *s = arg;
    bool gone = e && e->code == ERR_NOT_FOUND;
    if (!e || gone)
        learn(s, gone, object);
    struct app *app = step_end(s);
    if (app) {
        app->deletion->in_flight--;
        if (e && !gone) {
            event_record(app, "Warning", "StatusRefreshed", "Unable to delete application resources: %s", e->msg);
            app_set_condition(app, "DeletionError", e->msg);
            app_queue_after(app, 2000);
        }
        app_queue(app, REFRESH_NONE);
    }
    err_free(e);
}

static void delete_rows(struct app *app, struct victims *v, const char *propagation)
{
    struct controller *c = app->controller;
    vec_each(row, &v->rows) {
        const struct kube_resource *r = cluster_resource(c->cluster, (*row)->key.group, NULL, (*row)->key.kind);
        if (!r || api_deleting(frozen_root((*row)->live)))
            continue;
        struct kube_target t = {.group = r->group, .version = r->version, .resource = r->plural,
                                .ns = (*row)->key.ns, .name = (*row)->key.name};
        struct kube_delete_options o = {.uid = api_uid(frozen_root((*row)->live)), .propagation = propagation};
        struct step *s = step_new(app);
        s->id = mem_strdup((*row)->id);
        app->deletion->in_flight++;
        kube_delete(c->kube, &t, &o, on_deleted, s);
    }
}

/* --- the finalizer ----------------------------------------------------------------------------------------------------- */

static void on_finalized(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct app *app = step_end(arg);
    if (app) {
        app->deletion->finalizing = false;
        if (e && e->code != ERR_NOT_FOUND)
            app_queue_after(app, 1000);
    }
    err_free(e);
}

static void remove_finalizer(struct app *app, const char *name)
{
    struct controller *c = app->controller;
    CLEANUP(arena_freep) struct arena *a = arena_new("finalizer");
    struct doc *patch = doc_new_map(a), *meta = doc_set_map(a, patch, "metadata"), *kept = doc_new_list(a);
    doc_each(it, doc_path(app_object(app), "metadata", "finalizers"))
        if (!doc_str_is(it.val, name))
            doc_push(a, kept, it.val);
    doc_set(a, meta, "finalizers", doc_len(kept) ? kept : doc_new_null(a));
    doc_set_str(a, meta, "resourceVersion", api_resource_version(app_object(app)));
    struct kube_target t = {.group = "argoproj.io", .version = "v1alpha1", .resource = "applications", .ns = app->view->ns,
                            .name = app->view->name};
    app->deletion->finalizing = true;
    log_info("the application's resources are gone", "app", app->key);
    kube_patch(c->kube, &t, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL, on_finalized, step_new(app));
}

void deletion_step(struct app *app)
{
    const char *finalizer = cascade_finalizer(app);
    if (!finalizer)
        return; /* somebody else's finalizer holds it, or the watch has not told yet */
    if (!app->deletion)
        app->deletion = mem_zalloc(sizeof(*app->deletion));
    if (app->deletion->in_flight || app->deletion->finalizing)
        return;
    struct victims v = {.app = app, .wave = INT64_MIN};
    compare_each(app->table, collect, &v);
    if (!v.rows.len)
        remove_finalizer(app, finalizer);
    else if (!v.terminating)
        delete_rows(app, &v, ends_with(finalizer, "/background") ? "Background" : "Foreground");
    /* else wait: the watch tells when they are gone */
    vec_release(&v.rows);
}
