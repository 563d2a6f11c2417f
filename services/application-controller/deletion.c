/* application-controller/deletion - the finalizers of an application, one after the other (specs/engine.md
 * §3.11): PreDelete hooks run, what the application manages goes in reversed waves, PostDelete hooks run, and
 * the hooks' delete policies come last.
 *
 * The resources need no repository: live objects bear the marks. Hooks are made from targets, so these wait
 * for it. */
#include "controller.h"

#include "base/log.h"
#include "sync/delete.h"
#include "sync/hook.h"

#include <stdlib.h>

enum { HOOK_RETRY_MS = 10 * 1000 };

struct deletion {
    size_t in_flight;
    bool finalizing;
    int64_t hooks_again_ms; /* monotonic: failed hooks are not tried before */
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

/* --- what goes
 * ---------------------------------------------------------------------------------------------------------
 */

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
           (policy && streq(policy, "keep")) ||
           api_is(live, "apiextensions.k8s.io", "CustomResourceDefinition") ||
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

/* What the answer says is known at once: else the next turn would delete again what only waits for its
 * finalizers. */
static void learn(const struct step *s, bool gone, const struct doc *object)
{
    struct cluster *k = s->controller->cluster;
    const struct object *o = cluster_find(k, s->id);
    if (!gone && api_deleting(object))
        cluster_saw(k, object);
    else if (o)
        cluster_saw_deleted(k, &o->key);
}

static void fail(struct app *app, const char *why)
{
    event_record(app, "Warning", "StatusRefreshed", "Unable to delete application resources: %s", why);
    app_set_condition(app, "DeletionError", why);
    app_write_status(app);
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
            fail(app, e->msg);
            app_queue_after(app, 2000);
        }
        app_queue(app, REFRESH_NONE);
    }
    err_free(e);
}

static void delete_row(struct app *app, const struct compare_row *row, const char *propagation)
{
    struct controller *c = app->controller;
    const struct kube_resource *r = cluster_resource(c->cluster, row->key.group, NULL, row->key.kind);
    if (!r || api_deleting(frozen_root(row->live)))
        return;
    struct kube_target t = {.group = r->group,
                            .version = r->version,
                            .resource = r->plural,
                            .ns = row->key.ns,
                            .name = row->key.name};
    struct kube_delete_options o = {.uid = api_uid(frozen_root(row->live)), .propagation = propagation};
    struct step *s = step_new(app);
    s->id = mem_strdup(row->id);
    app->deletion->in_flight++;
    kube_delete(c->kube, &t, &o, on_deleted, s);
}

/* --- the finalizer
 * ----------------------------------------------------------------------------------------------------- */

static void on_finalized(void *arg, struct err *e, const struct doc *object)
{
    struct app *app = step_end(arg);
    if (app) {
        app->deletion->finalizing = false;
        if (e && e->code != ERR_NOT_FOUND) {
            app_queue_after(app, 1000);
        } else if (!e) { /* the watch may have told of it before, when this was still under way */
            app_set_object(app, object);
            app_queue(app, REFRESH_NONE);
        }
    }
    err_free(e);
}

static void remove_finalizer(struct app *app, const char *name)
{
    struct controller *c = app->controller;
    CLEANUP(arena_freep) struct arena *a = arena_new("finalizer");
    struct doc *patch = doc_new_map(a), *meta = doc_set_map(a, patch, "metadata"), *kept = doc_new_list(a);
    doc_each (it, doc_path(app_object(app), "metadata", "finalizers"))
        if (!doc_str_is(it.val, name))
            doc_push(a, kept, it.val);
    doc_set(a, meta, "finalizers", doc_len(kept) ? kept : doc_new_null(a));
    doc_set_str(a, meta, "resourceVersion", api_resource_version(app_object(app)));
    struct kube_target t = {.group = "argoproj.io",
                            .version = "v1alpha1",
                            .resource = "applications",
                            .ns = app->view->ns,
                            .name = app->view->name};
    app->deletion->finalizing = true;
    app_set_condition(app, "DeletionError", NULL);
    log_info("a finalizer of the application is done", "app", app->key, "finalizer", name);
    kube_patch(c->kube, &t, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL, on_finalized,
               step_new(app));
}

static void cascade(struct app *app, const char *finalizer)
{
    struct victims v = {.app = app, .wave = INT64_MIN};
    compare_each(app->table, collect, &v);
    if (!v.rows.len)
        remove_finalizer(app, finalizer);
    else if (!v.terminating)
        vec_each (row, &v.rows)
            delete_row(app, *row, ends_with(finalizer, "/background") ? "Background" : "Foreground");
    /* else wait: the watch tells when they are gone */
    vec_release(&v.rows);
}

/* --- hooks
 * -------------------------------------------------------------------------------------------------------------
 */

struct hooks {
    int phase;
    VEC(struct sync_delete_hook) at;
    VEC(const struct compare_row *) rows; /* parallel */
};

static void collect_hook(void *arg, const struct compare_row *row)
{
    struct hooks *h = arg;
    const struct doc *target = frozen_root(row->target);
    if (!target || !(sync_delete_phases(target) & h->phase))
        return;
    vec_push(&h->at, ((struct sync_delete_hook){
                         .target = target, .live = row->live != NULL, .health = row->health.status}));
    vec_push(&h->rows, row);
}

static void retry_later(struct app *app, const char *why)
{
    fail(app, why);
    app->deletion->hooks_again_ms = loop_now_ms(app->controller->loop) + HOOK_RETRY_MS;
    app_queue_after(app, HOOK_RETRY_MS);
}

static void on_hook_created(void *arg, struct err *e, const struct doc *object)
{
    struct step *s = arg;
    if (!e)
        cluster_saw(s->controller->cluster, object);
    struct app *app = step_end(s);
    if (app) {
        app->deletion->in_flight--;
        if (e && e->code != ERR_EXISTS)
            retry_later(app, e->msg);
        app_queue(app, REFRESH_NONE);
    }
    err_free(e);
}

/* NULL, or why the hook cannot be created. */
static const char *create_hook(struct app *app, struct arena *a, const struct compare_row *row)
{
    struct controller *c = app->controller;
    const struct kube_resource *r = cluster_resource(c->cluster, row->key.group, row->version, row->key.kind);
    const char *what = arena_printf(a, "hook %s %s/%s", row->key.kind, row->key.ns, row->key.name);
    if (!*row->key.name)
        return arena_printf(a, "%s has no name: a hook of the deletion needs one", what);
    if (!row->permitted)
        return arena_printf(a, "%s is not permitted in project %s", what, app->view->project);
    if (!r)
        return arena_printf(a, "%s is of a kind that the cluster does not serve", what);
    struct kube_target t = {
        .group = r->group, .version = r->version, .resource = r->plural, .ns = row->key.ns};
    app->deletion->in_flight++;
    kube_create(c->kube, &t, frozen_root(row->target), NULL, on_hook_created, step_new(app));
    return NULL;
}

static void do_hooks(struct app *app, struct arena *a, struct hooks *h)
{
    for (size_t i = 0; i < h->at.len; i++) {
        const struct compare_row *row = h->rows.at[i];
        const char *why = NULL;
        if (h->at.at[i].todo == SYNC_DELETE_CREATE)
            why = create_hook(app, a, row);
        else if (h->at.at[i].todo == SYNC_DELETE_REMOVE)
            delete_row(app, row, "Foreground");
        if (why)
            retry_later(app, why);
    }
}

static const char *failures(struct arena *a, const struct hooks *h)
{
    const char *text = "";
    vec_each (row, &h->rows)
        if ((*row)->live && (*row)->health.status == HEALTH_DEGRADED)
            text = arena_printf(a, "%s%shook %s %s/%s failed: %s", text, *text ? "; " : "", (*row)->key.kind,
                                (*row)->key.ns, (*row)->key.name, (*row)->health.message);
    return text;
}

/* Hooks come from the repository; a table that has no targets yet asks for them. */
static bool targets_are_there(struct app *app, struct arena *a, const char *finalizer)
{
    if (compare_has_targets(app->table))
        return true;
    if (app->asking)
        return false;
    if (app->target_error)
        retry_later(
            app, arena_printf(
                     a,
                     "the hooks of the deletion cannot be made: %s; mend the source, or take the finalizer "
                     "'%s' off the application to do without them",
                     app->target_error->msg, finalizer));
    manifests_ask(app, REFRESH_LATEST);
    return false;
}

static void hook_step(struct app *app, int phase, const char *finalizer, bool cleaning)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("deletion");
    int64_t wait_ms = app->deletion->hooks_again_ms - loop_now_ms(app->controller->loop);
    if (wait_ms > 0 && !app->asking && (compare_has_targets(app->table) || app->target_error)) {
        app_queue_after(app, wait_ms);
        return;
    }
    if (!targets_are_there(app, a, finalizer))
        return;
    struct hooks h = {.phase = phase};
    compare_each(app->table, collect_hook, &h);
    enum sync_delete_state state = (cleaning ? sync_delete_clean : sync_delete_run)(h.at.at, h.at.len);
    if (state == SYNC_DELETE_DONE)
        remove_finalizer(app, finalizer);
    else
        do_hooks(app, a, &h);
    if (state == SYNC_DELETE_FAILED)
        retry_later(app, failures(a, &h));
    vec_release(&h.at);
    vec_release(&h.rows);
}

/* --- the order
 * ---------------------------------------------------------------------------------------------------------
 */

static const struct hook_finalizer {
    const char *name;
    int phase;
    bool cleaning;
} hook_finalizers[] = {
    {API_FINALIZER_PRE_DELETE, SYNC_PRE_DELETE, false},
    {API_FINALIZER_POST_DELETE, SYNC_POST_DELETE, false},
    {API_FINALIZER_PRE_DELETE "/cleanup", SYNC_PRE_DELETE, true},
    {API_FINALIZER_POST_DELETE "/cleanup", SYNC_POST_DELETE, true},
};

void deletion_step(struct app *app)
{
    if (!app->deletion)
        app->deletion = mem_zalloc(sizeof(*app->deletion));
    if (app->deletion->in_flight || app->deletion->finalizing)
        return;
    const char *resources = cascade_finalizer(app);
    for (size_t i = 0; i < ARRAY_LEN(hook_finalizers); i++) {
        const struct hook_finalizer *f = &hook_finalizers[i];
        if (resources && f->phase == SYNC_POST_DELETE) {
            cascade(app, resources);
            return;
        }
        if (api_has_finalizer(app_object(app), f->name)) {
            hook_step(app, f->phase, f->name, f->cleaning);
            return;
        }
    }
    /* somebody else's finalizer holds it, or the watch has not told yet */
}

static void add_phases(void *arg, const struct compare_row *row)
{
    *(int *)arg |= row->target ? sync_delete_phases(frozen_root(row->target)) : 0;
}

static const struct hook_finalizer *hook_finalizer_of(const struct doc *name)
{
    for (size_t i = 0; i < ARRAY_LEN(hook_finalizers); i++)
        if (doc_str_is(name, hook_finalizers[i].name))
            return &hook_finalizers[i];
    return NULL;
}

const struct doc *deletion_finalizers(struct app *app, struct arena *a)
{
    if (app->view->deleting || !compare_has_targets(app->table))
        return NULL;
    int phases = 0;
    compare_each(app->table, add_phases, &phases);
    const struct doc *old = doc_path(app_object(app), "metadata", "finalizers");
    struct doc *list = doc_new_list(a);
    doc_each (it, old) {
        const struct hook_finalizer *f = hook_finalizer_of(it.val);
        if (!f || f->phase & phases)
            doc_push(a, list, it.val);
    }
    for (size_t i = 0; i < ARRAY_LEN(hook_finalizers); i++)
        if (hook_finalizers[i].phase & phases && !api_has_finalizer(app_object(app), hook_finalizers[i].name))
            doc_push_str(a, list, hook_finalizers[i].name);
    return doc_len(list) == doc_len(old) && (!old || doc_equal(list, old)) ? NULL : list;
}
