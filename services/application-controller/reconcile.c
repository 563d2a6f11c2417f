/* application-controller/reconcile - one turn of an application (specs/engine.md §1.3, 1.5).
 *
 * A turn looks at everything anew and does what is due: ask for manifests, write status, start or drive an operation. It keeps
 * no plan between turns but what stands in `struct app`, so a turn too many does no harm and one lost is made up by the next. */
#include "controller.h"

#include "base/rand.h"

#include <stdlib.h>

static const struct doc *status(const struct app *app, const char *field)
{
    return doc_path(app_object(app), "status", field);
}

/* The parts of spec that a comparison depends on, as status.sync.comparedTo holds them. */
static const struct doc *compared_to(struct app *app, struct arena *a)
{
    static const char *const fields[] = {"destination", "ignoreDifferences"};
    const struct doc *spec = doc_get(app_object(app), "spec");
    struct doc *out = doc_new_map(a);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (doc_get(spec, fields[i]))
            doc_set(a, out, fields[i], doc_get(spec, fields[i]));
    const char *sources = app->view->multi ? "sources" : "source";
    if (doc_get(spec, sources))
        doc_set(a, out, sources, doc_get(spec, sources));
    return out;
}

/* --- may it be compared? ----------------------------------------------------------------------------------------------- */

const char *app_spec_problem(struct app *app, struct arena *a)
{
    const struct api_app *v = app->view;
    const char *problem = api_app_source_problem(a, v);
    if (!problem)
        problem = api_app_destination_problem(a, v);
    if (problem)
        return problem;
    const struct doc *project = frozen_root(app->project);
    if (!project)
        return arena_printf(a, "Application referencing project %s which does not exist", v->project);
    return api_app_permission_problem(a, v, project);
}

struct diff_rules app_diff_rules(struct app *app, struct judge_asking *asking)
{
    return (struct diff_rules){.ignore = doc_path(app_object(app), "spec", "ignoreDifferences"),
                               .ignore_all = app->controller->settings.customize.ignore,
                               .jq = asking ? judge_jq : NULL,
                               .jq_arg = asking};
}

void app_configure(struct app *app)
{
    struct controller *c = app->controller;
    struct frozen *old_project = app->project;
    app->project = frozen_ref(map_get(c->projects, app->view->project));
    const struct doc *object = app_object(app);
    bool ssd = c->server_side_diff || api_compare_option(object, "ServerSideDiff=true") ||
               api_options_have(app->view->policy.options, "ServerSideApply=true");
    struct compare_config config = {
        .rules = app_diff_rules(app, NULL),
        .customize = &c->settings.customize,
        .customize_serial = c->settings.customize_serial,
        .track = c->settings.track,
        .instance = app->instance,
        .dest_ns = app->view->dest.ns,
        .project = frozen_root(app->project),
        .cluster = {API_IN_CLUSTER, "in-cluster"},
        .server_side_diff = ssd,
        .server_side_diff_off = api_compare_option(object, "ServerSideDiff=false"),
    };
    compare_configure(app->table, &config);
    orphans_configure(app);
    frozen_unref(old_project);
}

/* --- is a refresh due? ------------------------------------------------------------------------------------------------- */

static enum refresh_level due(struct app *app, struct arena *a)
{
    enum refresh_level level = app->wanted;
    enum api_refresh asked = api_app_refresh(app_object(app));
    if (asked != API_REFRESH_NONE && !app->refreshed) {
        app->hard = asked == API_REFRESH_HARD;
        app->refreshed = true;
        return REFRESH_FORCE;
    }
    /* In this life or, as the status remembers, in an earlier one. */
    const struct doc *now = compared_to(app, a), *before = frozen_root(app->compared_to);
    if (!doc_equal(before ? before : doc_get(status(app, "sync"), "comparedTo"), now))
        level = REFRESH_FORCE;
    else if (!before)
        level = MAX(level, REFRESH_LATEST);
    if (loop_now_ms(app->controller->loop) >= app->expires_ms)
        level = MAX(level, REFRESH_LATEST);
    return level;
}

static void note_comparison(struct app *app, struct arena *a)
{
    struct controller *c = app->controller;
    frozen_unref(app->compared_to);
    app->compared_to = doc_freeze(compared_to(app, a));
    int64_t jitter = c->resync_jitter_ms ? (int64_t)rand_below(c->random, (uint64_t)c->resync_jitter_ms) : 0;
    app->expires_ms = c->resync_ms ? loop_now_ms(c->loop) + c->resync_ms + jitter : INT64_MAX;
    if (c->resync_ms)
        app_queue_after(app, c->resync_ms + jitter);
}

/* --- server-side dry runs ---------------------------------------------------------------------------------------------- */

/* The application may be gone when the answer comes: it is found by its key, and must be the same one. */
struct dry_run {
    struct controller *controller;
    struct app *app;
    char *app_key;
    struct api_key key; /* owned */
    char *resource_version;
};

static void dry_run_free(struct dry_run *d)
{
    free((char *)d->key.group);
    free((char *)d->key.kind);
    free((char *)d->key.ns);
    free((char *)d->key.name);
    free(d->resource_version);
    free(d->app_key);
    free(d);
}

static void on_dry_run(void *arg, struct err *e, const struct doc *answer)
{
    struct dry_run *d = arg;
    struct controller *c = d->controller;
    struct app *app = map_get(c->apps, d->app_key) == d->app ? d->app : NULL;
    if (app) {
        app->dry_runs--;
        shown_stale(app);
        compare_server_answer(app->table, &d->key, d->resource_version, answer, e);
        app_queue(app, REFRESH_NONE);
    }
    err_free(e);
    dry_run_free(d);
}

static void start_dry_run(void *arg, const struct compare_row *row)
{
    struct app *app = arg;
    struct controller *c = app->controller;
    const struct kube_resource *r =
        row->wants_server ? cluster_resource(c->cluster, row->key.group, row->version, row->key.kind) : NULL;
    if (!r)
        return;
    struct dry_run *d = mem_zalloc(sizeof(*d));
    *d = (struct dry_run){
        .controller = c,
        .app = app,
        .app_key = mem_strdup(app->key),
        .key = {mem_strdup(row->key.group), mem_strdup(row->key.kind), mem_strdup(row->key.ns), mem_strdup(row->key.name)},
        .resource_version = mem_strdup(api_resource_version(frozen_root(row->live))),
    };
    app->dry_runs++;
    struct kube_target t = {.group = r->group, .version = r->version, .resource = r->plural, .ns = row->key.ns,
                            .name = row->key.name};
    kube_patch(c->kube, &t, (struct kube_patch_body){KUBE_APPLY, frozen_root(row->target)},
               &(struct kube_write_options){.field_manager = DIFF_MANAGER, .dry_run = true, .force = true}, on_dry_run, d);
}

/* --- the turn ---------------------------------------------------------------------------------------------------------- */

void app_reconcile(struct app *app)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("reconcile");
    if (app->stale) /* it could not be said before all was known */
        shown_stale(app);
    if (api_annotation(app_object(app), API_ANNOTATION_SKIP_RECONCILE) &&
        streq(api_annotation(app_object(app), API_ANNOTATION_SKIP_RECONCILE), "true"))
        return;
    if (app->view->deleting && !operation_running(app) && !doc_get(app_object(app), "operation")) {
        deletion_step(app);
        return;
    }
    const char *problem = app_spec_problem(app, a);
    if (problem) {
        shown_stale(app);
        compare_lose_targets(app->table);
        frozen_unref(app->compared_to); /* so that it is compared once the problem has gone */
        app->compared_to = NULL;
        app->wanted = REFRESH_NONE;
    } else {
        enum refresh_level level = due(app, a);
        if (level > REFRESH_TREE && operation_running(app)) {
            app->wanted = REFRESH_NONE; /* the table is the operation's until it ends */
            app->wanted_after = MAX(app->wanted_after, level);
        } else if (level > REFRESH_TREE && !app->asking) {
            if (app->target_error) /* told before it is tried again, which may take its time */
                app_write_status(app);
            app->wanted = REFRESH_NONE;
            note_comparison(app, a);
            manifests_ask(app, level);
        }
    }
    const struct doc *asked = doc_get(app_object(app), "operation");
    const struct doc *state = status(app, "operationState");
    bool interrupted = doc_str_is(doc_get(state, "phase"), "Running") || doc_str_is(doc_get(state, "phase"), "Terminating");
    if (!asked && interrupted)
        asked = doc_get(state, "operation");
    if (!operation_running(app) && asked && !app->patching)
        operation_start(app, asked, interrupted);
    if (app->asking)
        return;
    if (compare_waits_for_server(app->table) && !app->dry_runs)
        compare_each(app->table, start_dry_run, app);
    if (compare_waits_for_server(app->table) || compare_waits_for_scripts(app->table))
        return;
    if (operation_running(app))
        operation_step(app);
    app_auto_sync(app);
    app_write_status(app);
}
