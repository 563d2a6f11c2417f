/* application-controller/apps - Applications, AppProjects and argocd-cm as the watches show them, and the queue that turns what
 * happened into turns of app_reconcile. */
#include "interest.h"

#include "base/log.h"
#include "base/rand.h"
#include "doc/json.h"

#include <stdlib.h>

enum { TURN_MAX = 64 }; /* applications a turn of the loop, so that it stays responsive */

static const char default_project[] =
    "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"AppProject\",\"metadata\":{\"name\":\"default\",\"namespace\":\"\"},"
    "\"spec\":{\"clusterResourceWhitelist\":[{\"group\":\"*\",\"kind\":\"*\"}],\"destinations\":[{\"namespace\":\"*\","
    "\"server\":\"*\"}],\"sourceRepos\":[\"*\"]}}";

/* --- the queue --------------------------------------------------------------------------------------------------------- */

static void on_queue(struct loop_timer *t);

static void pump(struct controller *c)
{
    int64_t wait = queue_wait_ms(c->queue);
    if (wait == INT64_MAX)
        loop_timer_stop(c->loop, &c->queue_timer);
    else
        loop_timer_set(c->loop, &c->queue_timer, wait, on_queue);
}

static void on_queue(struct loop_timer *t)
{
    struct controller *c = CONTAINER(t, struct controller, queue_timer);
    const char *key;
    for (int i = 0; i < TURN_MAX && (key = queue_take(c->queue)); i++) {
        CLEANUP(mem_freep) char *own = mem_strdup(key);
        struct app *app = map_get(c->apps, own);
        if (app && apps_ready(c))
            app_reconcile(app);
        queue_done(c->queue, own);
    }
    pump(c);
}

bool apps_ready(const struct controller *c)
{
    return c->apps_synced && c->projects_synced && c->cm_synced && cluster_ready(c->cluster);
}

void app_queue(struct app *app, enum refresh_level level)
{
    if (app->gone)
        return;
    app->wanted = MAX(app->wanted, level);
    queue_add(app->controller->queue, app->view->project, app->key);
    pump(app->controller);
}

void app_queue_after(struct app *app, int64_t delay_ms)
{
    queue_add_after(app->controller->queue, app->view->project, app->key, delay_ms);
    pump(app->controller);
}

/* --- one application --------------------------------------------------------------------------------------------------- */

const struct doc *app_object(const struct app *app)
{
    return frozen_root(app->object);
}

struct app *app_of_instance(struct controller *c, struct span instance)
{
    return instance.len ? map_get_span(c->instances, instance) : NULL;
}

static void app_free(void *arg)
{
    struct app *app = arg;
    app->gone = true;
    manifests_cancel(app);
    operation_free(app);
    deletion_free(app);
    orphans_leave(app);
    vec_each(id, &app->named) {
        cluster_unname(app->controller->cluster, app, *id);
        free(*id);
    }
    vec_release(&app->named);
    vec_each(r, &app->revisions)
        free(*r);
    vec_release(&app->revisions);
    compare_free(app->table);
    arena_free(app->arena);
    arena_free(app->repeated_arena);
    frozen_unref(app->object);
    frozen_unref(app->project);
    frozen_unref(app->compared_to);
    err_free(app->target_error);
    free(app->sync_error);
    free(app->deletion_error);
    free(app->instance);
    free(app->revision);
    vec_each(t, &app->source_types)
        free(*t);
    vec_release(&app->source_types);
    free(app->render_key);
    free(app->told);
    free(app);
}

void app_set_object(struct app *app, const struct doc *object)
{
    int64_t seen = 0, known = 0;
    if (app->object && span_int(span_of(api_resource_version(object)), &seen) &&
        span_int(span_of(api_resource_version(app_object(app))), &known) && seen < known)
        return;
    if (app->object && !doc_equal(doc_get(app_object(app), "spec"), doc_get(object, "spec")))
        shown_stale(app);
    /* The table's rules borrow from the old object until they are set anew. */
    struct frozen *old_object = app->object;
    struct arena *old_arena = app->arena;
    app->object = doc_freeze(object);
    app->arena = arena_new("application");
    app->view = api_app_parse(app->arena, app_object(app), app->controller->ns);
    if (api_app_refresh(app_object(app)) == API_REFRESH_NONE)
        app->refreshed = false;
    if (app->table)
        app_configure(app);
    frozen_unref(old_object);
    arena_free(old_arena);
}

static struct app *app_new(struct controller *c, const char *key, const struct doc *object)
{
    struct app *app = mem_zalloc(sizeof(*app));
    app->controller = c;
    app->repeated_arena = arena_new("conditions");
    app_set_object(app, object);
    app->instance = mem_strdup(app->view->instance);
    const struct compare_ops ops = judge_ops(app);
    app->table = compare_new(&ops);
    app->expires_ms = INT64_MAX;
    app->shown = SHOWN_ALL; /* an earlier life may have left it */
    app->key = map_set(c->apps, key, app);
    map_set(c->instances, app->instance, app);
    return app;
}

static void forget_app(struct controller *c, const char *key)
{
    struct app *app = map_get(c->apps, key);
    if (!app)
        return;
    CLEANUP(mem_freep) char *own = mem_strdup(key);
    shown_stale(app);
    map_del(c->instances, app->instance);
    queue_drop(c->queue, own);
    app->gone = true;
    orphans_leave(app);
    cluster_forget_app(c->cluster, app);
    map_del(c->apps, own);
}

static void on_app(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct controller *c = arg;
    if (event == KUBE_ERROR) {
        log_warn("the watch of applications failed and is tried again", "error", e->msg);
        return;
    }
    if (event == KUBE_SYNCED) {
        c->apps_synced = true;
        map_each(it, c->apps)
            app_queue(it.value, REFRESH_NONE);
        return;
    }
    CLEANUP(mem_freep) char *key = mem_printf("%s/%s", api_namespace(object), api_name(object));
    if (event == KUBE_DELETED) {
        forget_app(c, key);
        return;
    }
    struct app *app = map_get(c->apps, key);
    if (app && !streq(api_uid(app_object(app)), api_uid(object))) {
        forget_app(c, key); /* made anew under the same name */
        app = NULL;
    }
    if (!app) {
        app = app_new(c, key, object);
        app_configure(app);
        interest_soon(c);
        cluster_claim(c->cluster, app);
    } else {
        app_set_object(app, object);
    }
    app_queue(app, REFRESH_NONE);
}

/* --- projects ---------------------------------------------------------------------------------------------------------- */

static void frozen_free(void *f)
{
    frozen_unref(f);
}

static void projects_are_known(struct controller *c)
{
    c->projects_synced = true;
    map_each(it, c->apps) {
        app_configure(it.value);
        app_queue(it.value, REFRESH_NONE);
    }
}

static void on_created(void *arg, struct err *e, const struct doc *object)
{
    struct controller *c = arg;
    if (e && e->code == ERR_CANCELLED) { /* the process is ending */
        err_free(e);
        return;
    }
    if (!e && !map_has(c->projects, "default"))
        map_set(c->projects, "default", doc_freeze(object));
    else if (e && e->code != ERR_EXISTS)
        log_warn("the AppProject 'default' could not be created", "error", e->msg);
    err_free(e);
    projects_are_known(c);
}

static void create_default(struct controller *c)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("project");
    struct doc *project = NULL;
    struct err *e = json_read(a, span_of(default_project), NULL, &project);
    if (e)
        panic("default project: %s", e->msg);
    struct kube_target t = {.group = "argoproj.io", .version = "v1alpha1", .resource = "appprojects", .ns = c->ns};
    kube_create(c->kube, &t, api_with_namespace(a, project, c->ns), NULL, on_created, c);
}

static void on_project(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct controller *c = arg;
    if (event == KUBE_ERROR) {
        log_warn("the watch of projects failed and is tried again", "error", e->msg);
        return;
    }
    if (event == KUBE_SYNCED) {
        if (map_has(c->projects, "default"))
            projects_are_known(c);
        else if (!c->projects_synced) /* no application is judged before it is there */
            create_default(c);
        return;
    }
    if (event == KUBE_DELETED) {
        map_del(c->projects, api_name(object));
    } else {
        map_set(c->projects, api_name(object), doc_freeze(object));
    }
    map_each(it, c->apps) {
        struct app *app = it.value;
        if (object && !streq(app->view->project, api_name(object)))
            continue;
        app_configure(app);
        shown_stale(app);
        app_queue(app, REFRESH_NONE);
    }
}

static void on_config_map(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct controller *c = arg;
    if (event == KUBE_ERROR)
        log_warn("the watch of argocd-cm failed and is tried again", "error", e->msg);
    else if (event == KUBE_SYNCED && !c->cm_synced) {
        c->cm_synced = true;
        cluster_rediscover(c->cluster); /* health scripts are known: objects can be judged */
    } else if (event != KUBE_SYNCED)
        settings_set(c, event == KUBE_DELETED ? NULL : object);
    map_each(it, c->apps) {
        app_configure(it.value);
        app_queue(it.value, REFRESH_NONE);
    }
}

/* --- start ------------------------------------------------------------------------------------------------------------- */

static struct kube_watch *watch(struct controller *c, const char *group, const char *version, const char *resource,
                                const char *kind,
                                void (*event)(void *, enum kube_event, const struct doc *, const struct err *))
{
    return kube_watch_start(c->kube, &(struct kube_watch_options){.group = group,
                                                                  .version = version,
                                                                  .resource = resource,
                                                                  .kind = kind,
                                                                  .ns = c->ns,
                                                                  .fields = *group ? NULL : "metadata.name=argocd-cm",
                                                                  .event = event,
                                                                  .arg = c});
}

struct err *apps_start(struct controller *c)
{
    static const struct backoff retry = {.base_ms = 1000, .cap_ms = 60000, .factor = 2, .jitter = 0.2};
    c->apps = map_new(app_free);
    c->instances = map_new(NULL);
    c->projects = map_new(frozen_free);
    orphans_start(c);
    c->queue = queue_new(loop_clock(c->loop), c->random, &retry);
    settings_set(c, NULL);
    c->watch_cm = watch(c, "", "v1", "configmaps", "ConfigMap", on_config_map);
    c->watch_projects = watch(c, "argoproj.io", "v1alpha1", "appprojects", "AppProject", on_project);
    c->watch_apps = watch(c, "argoproj.io", "v1alpha1", "applications", "Application", on_app);
    return NULL;
}

void apps_stop(struct controller *c)
{
    kube_watch_stop(c->watch_apps);
    kube_watch_stop(c->watch_projects);
    kube_watch_stop(c->watch_cm);
    loop_timer_stop(c->loop, &c->queue_timer);
    map_free(c->apps);
    orphans_stop(c);
    map_free(c->instances);
    map_free(c->projects);
    queue_free(c->queue);
    frozen_unref(c->settings.cm);
    if (c->settings.arena)
        arena_free(c->settings.arena);
}
