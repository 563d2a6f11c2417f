/* application-controller/autosync - whether an automated sync starts now (specs/engine.md §1.9, in its order). */
#include "controller.h"

#include "doc/json.h"

#include <stdlib.h>

static const struct doc *status(const struct app *app, const char *field)
{
    return doc_path(app_object(app), "status", field);
}

/* What the rows say together. */
struct survey {
    size_t rows, pruning, out_of_sync, only_pruning;
};

static void survey_row(void *arg, const struct compare_row *row)
{
    struct survey *s = arg;
    if (row->hook)
        return;
    s->rows++;
    s->pruning += row->requires_pruning;
    if (row->status != COMPARE_OUT_OF_SYNC)
        return;
    s->out_of_sync++;
    s->only_pruning += row->requires_pruning;
}

static bool same_revisions(const struct app *app, const struct doc *result)
{
    const struct doc *list = doc_get(result, "revisions");
    if (!app->view->multi)
        return app->revision && doc_str_is(doc_get(result, "revision"), app->revision);
    if (doc_len(list) != app->revisions.len)
        return false;
    for (size_t i = 0; i < app->revisions.len; i++)
        if (!doc_str_is(doc_at(list, i), app->revisions.at[i]))
            return false;
    return true;
}

static bool already_attempted(const struct app *app)
{
    const struct doc *state = status(app, "operationState"), *result = doc_get(state, "syncResult");
    const char *sources = app->view->multi ? "sources" : "source";
    if (!state)
        return false;
    if (!result)
        return !doc_str_is(doc_get(state, "phase"), "Running");
    return same_revisions(app, result) && doc_equal(doc_get(result, sources), doc_path(app_object(app), "spec", sources));
}

static const char *revisions_text(const struct app *app, struct arena *a)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < app->revisions.len; i++)
        str_printf(&s, "%s%s", i ? ", " : "", app->revisions.at[i]);
    return arena_strdup(a, str_text(&s));
}

/* Waits grow by the factor with each heal of the same revision, up to the cap, from the end of the last operation. */
static int64_t heal_wait_ms(const struct app *app, int64_t attempts)
{
    const struct controller *c = app->controller;
    int64_t delay = attempts ? c->self_heal_ms : 0, finished = 0;
    for (int64_t i = 1; i < attempts && delay < c->self_heal_cap_ms; i++)
        delay *= c->self_heal_factor;
    delay = MIN(delay, c->self_heal_cap_ms);
    if (!time_parse_rfc3339(doc_str(doc_get(status(app, "operationState"), "finishedAt"), ""), &finished))
        return 0;
    return finished + delay - clock_wall_ms(loop_clock(c->loop));
}

struct selection {
    struct arena *a;
    struct doc *resources;
};

static void select_row(void *arg, const struct compare_row *row)
{
    struct selection *s = arg;
    if (row->hook || row->status == COMPARE_SYNCED || row->status == COMPARE_NONE)
        return;
    struct doc *r = doc_push(s->a, s->resources, doc_new_map(s->a));
    if (*row->key.group)
        doc_set_str(s->a, r, "group", row->key.group);
    doc_set_str(s->a, r, "kind", row->key.kind);
    doc_set_str(s->a, r, "name", row->key.name);
}

static struct doc *operation_of(struct app *app, struct arena *a, int64_t heals)
{
    const struct doc *spec = doc_get(app_object(app), "spec"), *retry = doc_path(spec, "syncPolicy", "retry");
    const char *sources = app->view->multi ? "sources" : "source";
    struct doc *op = doc_new_map(a), *sync = doc_new_map(a);
    doc_set_bool(a, doc_set_map(a, op, "initiatedBy"), "automated", true);
    if (retry)
        doc_set(a, op, "retry", retry);
    else
        doc_set_int(a, doc_set_map(a, op, "retry"), "limit", 5);
    if (heals)
        doc_set_int(a, sync, "autoHealAttemptsCount", heals);
    if (app->view->policy.prune)
        doc_set_bool(a, sync, "prune", true);
    if (app->view->multi) {
        struct doc *revisions = doc_set_list(a, sync, "revisions");
        vec_each(r, &app->revisions)
            doc_push_str(a, revisions, *r);
    } else {
        doc_set_str(a, sync, "revision", app->revision);
    }
    if (doc_get(spec, sources))
        doc_set(a, sync, sources, doc_get(spec, sources));
    if (doc_len(app->view->policy.options))
        doc_set(a, sync, "syncOptions", app->view->policy.options);
    if (heals) {
        struct selection s = {a, doc_new_list(a)};
        compare_each(app->table, select_row, &s);
        doc_set(a, sync, "resources", s.resources);
    }
    doc_set(a, op, "sync", sync);
    return op;
}

/* The attempt that was made before at this revision: false when nothing may start now. */
static bool may_attempt_again(struct app *app, struct arena *a, int64_t *heals)
{
    const struct doc *state = status(app, "operationState");
    if (!doc_str_is(doc_get(state, "phase"), "Succeeded")) {
        if (!doc_str_is(doc_get(state, "phase"), "Running"))
            app_set_condition(app, "SyncError",
                              arena_printf(a, "Failed last sync attempt to [%s]: %s", revisions_text(app, a),
                                           doc_str(doc_get(state, "message"), "")));
        return false;
    }
    if (!app->view->policy.self_heal)
        return false;
    int64_t attempts = doc_int(doc_path(state, "operation", "sync", "autoHealAttemptsCount"), 0);
    int64_t wait = heal_wait_ms(app, attempts);
    if (wait > 0) {
        app_queue_after(app, wait);
        return false;
    }
    *heals = attempts + 1;
    return true;
}

void app_auto_sync(struct app *app)
{
    const struct api_sync_policy *policy = &app->view->policy;
    if (app->view->deleting || operation_running(app) || doc_get(app_object(app), "operation") || app->patching)
        return;
    if (!compare_has_targets(app->table) || !app->revision)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("autosync");
    bool out_of_sync = compare_sync_status(app->table) == COMPARE_OUT_OF_SYNC;
    if (policy->automated && windows_forbid(app, a, false, 0)) { /* an earlier SyncError stands */
        if (out_of_sync)
            windows_wait(app);
        return;
    }
    if (!policy->automated || !out_of_sync) {
        app_set_condition(app, "SyncError", NULL);
        return;
    }
    struct survey s = {0};
    compare_each(app->table, survey_row, &s);
    if (!policy->prune && s.out_of_sync == s.only_pruning)
        return;
    int64_t heals = 0;
    if (already_attempted(app) && !may_attempt_again(app, a, &heals))
        return;
    if (policy->prune && !policy->allow_empty && s.rows == s.pruning) {
        app_set_condition(app, "SyncError",
                          arena_printf(a, "Skipping sync attempt to [%s]: auto-sync will wipe out all resources",
                                       revisions_text(app, a)));
        return;
    }
    app_set_condition(app, "SyncError", NULL);
    operation_start(app, operation_of(app, a, heals), false);
    operation_step(app);
}
