/* notifier/apps - Applications, projects and settings as the watches show them, and the marks that are
 * written back.
 *
 * Invariant: what was told is in the annotation or in `done`, until the application is gone. */
#include "services/notifier/notifier.h"

#include "api/object.h"
#include "base/log.h"
#include "doc/json.h"

#include <stdlib.h>

enum {
    TURN_MAX = 64,    /* applications a turn of the loop, so that it stays responsive */
    SAID_MAX = 10000, /* remarks kept */
};

const struct doc *app_object(const struct app *app)
{
    return frozen_root(app->object);
}

/* Logs a remark the first time. */
static void say(struct notifier *n, const struct notify_remarks *remarks)
{
    for (size_t i = 0; i < remarks->len; i++) {
        if (map_has(n->said, remarks->at[i]))
            continue;
        if (map_len(n->said) >= SAID_MAX)
            map_clear(n->said);
        map_set(n->said, remarks->at[i], n);
        log_warn("a notification setting has no effect", "what", remarks->at[i]);
    }
}

/* --- one application --- */

static void done_drop(struct app *app, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)app->done.at[i].mark);
    if (count)
        memmove(app->done.at, app->done.at + count, (app->done.len - count) * sizeof(*app->done.at));
    app->done.len -= count;
}

static void app_free(void *arg)
{
    struct app *app = arg;
    if (app->patch) {
        kube_cancel(app->patch);
        app->notifier->marking--;
    }
    done_drop(app, app->done.len);
    vec_release(&app->done);
    frozen_unref(app->object);
    free(app);
}

/* Keeps the newer one: a watch may be behind what a patch has answered. */
static void set_object(struct app *app, const struct doc *object)
{
    int64_t seen = 0, known = 0;
    if (app->object && span_int(span_of(api_resource_version(object)), &seen) &&
        span_int(span_of(api_resource_version(app_object(app))), &known) && seen < known)
        return;
    struct frozen *old = app->object;
    app->object = doc_freeze(object);
    frozen_unref(old);
}

static const char *project_of(const struct app *app)
{
    const char *name = doc_str(doc_path(app_object(app), "spec", "project"), "");
    return *name ? name : "default";
}

static void pump_turns(struct notifier *n);

static void look_at(struct app *app)
{
    queue_add(app->notifier->turns, project_of(app), app->key);
    pump_turns(app->notifier);
}

static void evaluate(struct app *app);

static void on_marked(void *arg, struct err *e, const struct doc *object)
{
    struct app *app = arg;
    struct notifier *n = app->notifier;
    app->patch = NULL;
    n->marking--;
    if (!e) {
        done_drop(app, app->patched);
        set_object(app, object);
        queue_succeeded(n->turns, app->key);
        evaluate(app);
    } else if (e->code != ERR_NOT_FOUND) {
        log_warn("a mark was not written and is tried again", "app", app->key, "error", e->msg);
        queue_retry(n->turns, project_of(app), app->key);
        pump_turns(n);
    }
    err_free(e);
    notifier_check_drained(n);
}

static void write_marks(struct app *app, struct arena *a, const char *marks)
{
    struct doc *patch = doc_new_map(a);
    struct doc *annotations = doc_set_map(a, doc_set_map(a, patch, "metadata"), "annotations");
    if (marks)
        doc_set_str(a, annotations, NOTIFY_ANNOTATION, marks);
    else
        doc_set(a, annotations, NOTIFY_ANNOTATION, doc_new_null(a));
    struct kube_target t = {.group = "argoproj.io",
                            .version = "v1alpha1",
                            .resource = "applications",
                            .ns = api_namespace(app_object(app)),
                            .name = api_name(app_object(app))};
    app->patched = app->done.len;
    app->notifier->marking++;
    app->patch = kube_patch(app->notifier->kube, &t, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL,
                            on_marked, app);
}

static bool ready(const struct notifier *n)
{
    for (size_t i = 0; i < WATCHES; i++)
        if (!n->synced[i])
            return false;
    return true;
}

static void evaluate(struct app *app)
{
    struct notifier *n = app->notifier;
    CLEANUP(arena_freep) struct arena *a = arena_new("notification");
    struct notify_plan plan;
    notify_plan(a,
                &(struct notify_input){.app = app_object(app),
                                       .project = frozen_root(map_get(n->projects, project_of(app))),
                                       .config = n->config,
                                       .done = app->done.at,
                                       .done_len = app->done.len,
                                       .now_ms = clock_wall_ms(loop_clock(n->loop))},
                &plan);
    say(n, &plan.remarks);
    for (size_t i = 0; i < plan.due_len; i++)
        deliver(app, &plan.due[i]);
    if (app->patch)
        return; /* looked at again when that is done */
    if (plan.changed)
        write_marks(app, a, plan.marks);
    else
        done_drop(app, app->done.len);
}

void app_told(struct app *app, const char *mark, int64_t unix_s)
{
    vec_push(&app->done, (struct notify_done){mem_strdup(mark), unix_s});
    evaluate(app);
}

static void on_turns(struct loop_timer *t)
{
    struct notifier *n = CONTAINER(t, struct notifier, turn_timer);
    const char *key;
    for (int i = 0; i < TURN_MAX && ready(n) && (key = queue_take(n->turns)); i++) {
        struct app *app = map_get(n->apps, key);
        if (app)
            evaluate(app);
        queue_done(n->turns, key);
    }
    pump_turns(n);
}

static void pump_turns(struct notifier *n)
{
    int64_t wait = ready(n) ? queue_wait_ms(n->turns) : INT64_MAX;
    if (wait == INT64_MAX)
        loop_timer_stop(n->loop, &n->turn_timer);
    else
        loop_timer_set(n->loop, &n->turn_timer, wait, on_turns);
}

/* --- watches --- */

static void frozen_free(void *f)
{
    frozen_unref(f);
}

static void look_at_all(struct notifier *n, const char *project)
{
    map_each (it, n->apps)
        if (!project || streq(project, project_of(it.value)))
            look_at(it.value);
}

/* True when the event is not about an object. */
static bool no_object(struct notifier *n, size_t watch, const char *of, enum kube_event event,
                      const struct err *e)
{
    if (event == KUBE_ERROR)
        log_warn("a watch failed and is tried again", "of", of, "error", e->msg);
    if (event == KUBE_SYNCED && !n->synced[watch]) {
        n->synced[watch] = true;
        pump_turns(n);
        if (ready(n) && n->o.synced)
            n->o.synced(n->o.arg);
    }
    return event == KUBE_ERROR || event == KUBE_SYNCED;
}

static void forget(struct notifier *n, const char *key)
{
    struct app *app = map_get(n->apps, key);
    if (!app)
        return;
    queue_drop(n->turns, key);
    map_del(n->apps, key);
    notifier_check_drained(n);
}

static void on_app(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct notifier *n = arg;
    if (no_object(n, WATCH_APPS, "Applications", event, e))
        return;
    CLEANUP(mem_freep) char *key = mem_printf("%s/%s", api_namespace(object), api_name(object));
    struct app *app = map_get(n->apps, key);
    if (event == KUBE_DELETED || (app && !streq(api_uid(app_object(app)), api_uid(object)))) {
        forget(n, key);
        app = NULL;
    }
    if (event == KUBE_DELETED)
        return;
    if (!app) {
        app = mem_zalloc(sizeof(*app));
        app->notifier = n;
        app->key = map_set(n->apps, key, app);
    }
    set_object(app, object);
    look_at(app);
}

static void on_project(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct notifier *n = arg;
    if (no_object(n, WATCH_PROJECTS, "AppProjects", event, e))
        return;
    if (event == KUBE_DELETED)
        map_del(n->projects, api_name(object));
    else
        map_set(n->projects, api_name(object), doc_freeze(object));
    look_at_all(n, api_name(object));
}

static void configure(struct notifier *n)
{
    notify_config_free(n->config);
    n->config = notify_config_new(frozen_root(n->config_map), frozen_root(n->secret));
    if (n->synced[WATCH_CONFIG] && n->synced[WATCH_SECRET])
        say(n, notify_config_remarks(n->config));
    look_at_all(n, NULL);
}

static void set_setting(struct notifier *n, struct frozen **place, enum kube_event event,
                        const struct doc *object)
{
    frozen_unref(*place);
    *place = event == KUBE_DELETED ? NULL : doc_freeze(object);
    configure(n);
}

static void on_config_map(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct notifier *n = arg;
    if (!no_object(n, WATCH_CONFIG, "argocd-notifications-cm", event, e))
        set_setting(n, &n->config_map, event, object);
    else if (event == KUBE_SYNCED)
        configure(n);
}

static void on_secret(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct notifier *n = arg;
    if (!no_object(n, WATCH_SECRET, "argocd-notifications-secret", event, e))
        set_setting(n, &n->secret, event, object);
    else if (event == KUBE_SYNCED)
        configure(n);
}

static void watch_all(struct notifier *n)
{
    static const struct kube_watch_options watches[WATCHES] = {
        [WATCH_APPS] = {.group = "argoproj.io",
                        .version = "v1alpha1",
                        .resource = "applications",
                        .kind = "Application",
                        .event = on_app},
        [WATCH_PROJECTS] = {.group = "argoproj.io",
                            .version = "v1alpha1",
                            .resource = "appprojects",
                            .kind = "AppProject",
                            .event = on_project},
        [WATCH_CONFIG] = {.group = "",
                          .version = "v1",
                          .resource = "configmaps",
                          .kind = "ConfigMap",
                          .fields = "metadata.name=argocd-notifications-cm",
                          .event = on_config_map},
        [WATCH_SECRET] = {.group = "",
                          .version = "v1",
                          .resource = "secrets",
                          .kind = "Secret",
                          .fields = "metadata.name=argocd-notifications-secret",
                          .event = on_secret},
    };
    for (size_t i = 0; i < WATCHES; i++) {
        struct kube_watch_options w = watches[i];
        w.ns = n->o.ns;
        w.arg = n;
        n->watches[i] = kube_watch_start(n->kube, &w);
    }
}

/* --- life --- */

struct notifier *notifier_new(struct kube *kube, struct metric_set *metrics, const struct notifier_options *o)
{
    static const struct backoff retry = {.base_ms = 1000, .cap_ms = 60000, .factor = 2, .jitter = 0.2};
    struct notifier *n = mem_zalloc(sizeof(*n));
    n->loop = kube_loop(kube);
    n->kube = kube;
    n->o = *o;
    n->apps = map_new(app_free);
    n->projects = map_new(frozen_free);
    n->said = map_new(NULL);
    n->turns = queue_new(loop_clock(n->loop), rand_system(), &retry);
    n->config = notify_config_new(NULL, NULL);
    deliver_start(n, metrics);
    watch_all(n);
    return n;
}

void notifier_free(struct notifier *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < WATCHES; i++)
        kube_watch_stop(n->watches[i]);
    loop_timer_stop(n->loop, &n->turn_timer);
    deliver_stop(n);
    map_free(n->apps);
    map_free(n->projects);
    map_free(n->said);
    queue_free(n->turns);
    notify_config_free(n->config);
    frozen_unref(n->config_map);
    frozen_unref(n->secret);
    free(n);
}

void notifier_check_drained(struct notifier *n)
{
    if (!n->draining || n->sending || n->marking || !n->drained)
        return;
    void (*drained)(void *) = n->drained;
    n->drained = NULL;
    drained(n->drained_arg);
}

void notifier_drain(struct notifier *n, void (*drained)(void *arg), void *arg)
{
    n->draining = true;
    n->drained = drained;
    n->drained_arg = arg;
    notifier_check_drained(n);
}
