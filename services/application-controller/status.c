/* application-controller/status - what the table and the operation come to, written as one merge patch, and only when it differs.
 *
 * reconciledAt and a newer revision alone are never worth a write, save where somebody waits for it: with the refresh annotation, and with the end of an
 * operation. A patch goes out alone; what changes meanwhile is written by the next one. */
#include "controller.h"

#include "base/log.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "operation.h"

#include <stdlib.h>

static const struct doc *old_status(const struct app *app)
{
    return doc_get(app_object(app), "status");
}

static const char *now_text(struct app *app, struct arena *a)
{
    return arena_strdup(a, time_rfc3339(clock_wall_ms(loop_clock(app->controller->loop))).text);
}

void app_set_condition(struct app *app, const char *type, const char *message)
{
    char **place = streq(type, "SyncError") ? &app->sync_error : &app->deletion_error;
    if (*place && message && streq(*place, message))
        return;
    free(*place);
    *place = message ? mem_strdup(message) : NULL;
}

/* --- parts ------------------------------------------------------------------------------------------------------------- */

static void push_condition(struct arena *a, struct doc *list, const char *type, const char *message)
{
    struct doc *c = doc_push(a, list, doc_new_map(a));
    doc_set_str(a, c, "type", type);
    doc_set_str(a, c, "message", message);
}

/* A condition that stood before with the same words keeps its time. */
static const char *transition_time(struct app *app, struct arena *a, const struct doc *condition)
{
    doc_each(it, doc_get(old_status(app), "conditions"))
        if (doc_equal(doc_get(it.val, "type"), doc_get(condition, "type")) &&
            doc_equal(doc_get(it.val, "message"), doc_get(condition, "message")))
            return doc_str(doc_get(it.val, "lastTransitionTime"), "");
    return now_text(app, a);
}

static const struct doc *conditions(struct app *app, struct arena *a, const char *problem)
{
    struct doc *list = doc_new_list(a), *out = doc_new_list(a);
    if (problem)
        push_condition(a, list, "InvalidSpecError", problem);
    else if (app->target_error)
        push_condition(a, list, "ComparisonError",
                       arena_printf(a, "Failed to load target state: %s", app->target_error->msg));
    else
        compare_conditions(a, app->table, list);
    if (!problem && !app->target_error)
        doc_each(it, app->repeated)
            doc_push(a, list, it.val);
    const char *orphans = problem ? NULL : orphans_warning(app, a);
    if (orphans)
        push_condition(a, list, "OrphanedResourceWarning", orphans);
    if (app->sync_error)
        push_condition(a, list, "SyncError", app->sync_error);
    if (app->deletion_error)
        push_condition(a, list, "DeletionError", app->deletion_error);
    doc_each(it, list) {
        struct doc *c = doc_push(a, out, doc_new_map(a));
        doc_set_str(a, c, "lastTransitionTime", transition_time(app, a, it.val));
        doc_set(a, c, "message", doc_get(it.val, "message"));
        doc_set(a, c, "type", doc_get(it.val, "type"));
    }
    return doc_len(out) ? out : NULL;
}

static void set_health(struct app *app, struct arena *a, struct doc *status, const char *health)
{
    const struct doc *old = doc_get(old_status(app), "health");
    bool same = doc_str_is(doc_get(old, "status"), health);
    struct doc *h = doc_new_map(a);
    doc_set_str(a, h, "lastTransitionTime", same ? doc_str(doc_get(old, "lastTransitionTime"), "") : now_text(app, a));
    doc_set_str(a, h, "status", health);
    doc_set(a, status, "health", h);
}

static void set_sync(struct app *app, struct arena *a, struct doc *status, const char *verdict)
{
    struct doc *sync = doc_new_map(a);
    const struct doc *old = doc_get(old_status(app), "sync");
    doc_set_str(a, sync, "status", verdict);
    if (app->compared_to)
        doc_set(a, sync, "comparedTo", frozen_root(app->compared_to));
    if (app->view->multi) {
        struct doc *revisions = doc_set_list(a, sync, "revisions");
        vec_each(r, &app->revisions)
            doc_push_str(a, revisions, *r);
    } else if (app->revision && *app->revision) {
        doc_set_str(a, sync, "revision", app->revision);
    } else if (doc_get(old, "revision")) {
        doc_set(a, sync, "revision", doc_get(old, "revision"));
    }
    doc_set(a, status, "sync", sync);
}

static void set_or_drop(struct arena *a, struct doc *status, const char *key, const struct doc *value)
{
    if (value && doc_len(value))
        doc_set(a, status, key, value);
    else
        doc_del(a, status, key);
}

struct images {
    struct cluster *cluster;
    struct map *seen;
};

enum { TREE_DEPTH_MAX = 10 };

/* Those of Pods only, as upstream's tree has them: a workload that wants no Pod has no image. */
static void collect_below(struct images *i, const struct object *o, int depth)
{
    doc_each(it, doc_get(frozen_root(o->extra), "images"))
        map_set(i->seen, doc_str(it.val, ""), NULL);
    for (const struct object *c = cluster_children(i->cluster, o); c && depth < TREE_DEPTH_MAX; c = c->sibling)
        collect_below(i, c, depth + 1);
}

static void collect_row(void *arg, const struct compare_row *row)
{
    struct images *i = arg;
    const struct object *o = row->live ? cluster_find(i->cluster, row->id) : NULL;
    if (o)
        collect_below(i, o, 0);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct doc *images_of(struct app *app, struct arena *a)
{
    CLEANUP(map_freep) struct map *seen = map_new(NULL);
    struct images i = {app->controller->cluster, seen};
    compare_each(app->table, collect_row, &i);
    const char **texts = NEW_N(a, const char *, map_len(seen) + 1);
    size_t n = 0;
    map_each(it, seen)
        texts[n++] = it.key;
    qsort(texts, n, sizeof(*texts), by_text);
    struct doc *list = doc_new_list(a);
    for (size_t k = 0; k < n; k++)
        doc_push_str(a, list, texts[k]);
    return list;
}

static void set_summary(struct app *app, struct arena *a, struct doc *status)
{
    const struct doc *images = images_of(app, a);
    struct doc *summary = doc_new_map(a);
    if (doc_len(images))
        doc_set(a, summary, "images", images);
    doc_set(a, status, "summary", summary);
}

/* What is not known yet stays as it was. */
static void set_source_types(struct app *app, struct arena *a, struct doc *status)
{
    if (!app->source_types.len)
        return;
    doc_del(a, status, "sourceType");
    doc_del(a, status, "sourceTypes");
    if (app->view->multi) {
        struct doc *types = doc_set_list(a, status, "sourceTypes");
        vec_each(t, &app->source_types)
            doc_push_str(a, types, *t);
    } else if (*app->source_types.at[0]) {
        doc_set_str(a, status, "sourceType", app->source_types.at[0]);
    }
}

static struct doc *new_status(struct app *app, struct arena *a, const char *problem)
{
    struct doc *s = old_status(app) ? doc_shallow(a, old_status(app)) : doc_new_map(a);
    bool invalid = problem != NULL;
    const char *health = invalid ? "Unknown" : health_name(compare_health(app->table));
    set_or_drop(a, s, "conditions", conditions(app, a, problem));
    doc_set_str(a, s, "controllerNamespace", app->controller->ns);
    set_health(app, a, s, health);
    doc_set_str(a, s, "resourceHealthSource", "appTree");
    set_sync(app, a, s, invalid ? "Unknown" : compare_status_name(compare_sync_status(app->table)));
    if (compare_has_targets(app->table) && !invalid)
        set_or_drop(a, s, "resources", compare_resources(a, app->table));
    set_source_types(app, a, s);
    set_summary(app, a, s);
    operation_into_status(app, a, s);
    return s;
}

/* --- the write --------------------------------------------------------------------------------------------------------- */

struct write {
    struct controller *controller;
    struct app *app;
    char *key;
    bool ends_operation;
    char *sync_before, *health_before; /* as they stood when the patch was made: a watch may tell of it first */
};

static const char *status_text(const struct doc *status, const char *part)
{
    return doc_str(doc_path(status, part, "status"), "");
}

static void record_changes(struct app *app, const struct write *w)
{
    const char *sync_after = status_text(old_status(app), "sync"), *health_after = status_text(old_status(app), "health");
    if (!streq(w->sync_before, sync_after))
        event_record(app, "Normal", "ResourceUpdated", "Updated sync status: %s -> %s", w->sync_before, sync_after);
    if (streq(w->health_before, health_after))
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("event");
    const char *causes = compare_health_causes(a, app->table);
    event_record(app, "Normal", "ResourceUpdated", "Updated health status: %s -> %s%s%s%s", w->health_before, health_after,
                 *causes ? " (Caused by " : "", causes, *causes ? ")" : "");
}

static void on_written(void *arg, struct err *e, const struct doc *object)
{
    struct write *w = arg;
    struct app *app = map_get(w->controller->apps, w->key) == w->app ? w->app : NULL;
    if (app) {
        app->patching = false;
        if (e && e->code != ERR_NOT_FOUND) {
            log_warn("status was not written and is tried again", "app", app->key, "error", e->msg);
            app_queue_after(app, e->retry_after_ms ? e->retry_after_ms : 1000);
        } else if (!e) {
            app_set_object(app, object);
            record_changes(app, w);
            if (w->ends_operation)
                operation_written(app);
            if (app->dirty || w->ends_operation)
                app_queue(app, REFRESH_NONE);
        }
        app->dirty = false;
    }
    err_free(e);
    free(w->key);
    free(w->sync_before);
    free(w->health_before);
    free(w);
}

/* Without what alone is not worth a write: that nothing was found to have changed, at which time and at which newer commit
 * (DESIGN §5: a commit costs writes for the applications that it touches). */
static const struct doc *noteworthy(struct arena *a, const struct doc *status)
{
    status = doc_without(a, status, "reconciledAt");
    status = doc_without(a, status, "sync", "revision");
    return doc_without(a, status, "sync", "revisions");
}

void app_write_status(struct app *app)
{
    struct controller *c = app->controller;
    if (app->patching) {
        app->dirty = true;
        return;
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("status");
    const char *problem = app_spec_problem(app, a);
    if (!problem && !compare_has_targets(app->table) && !app->target_error)
        return; /* nothing is known yet */
    struct doc *next = new_status(app, a, problem);
    const struct doc *before = old_status(app) ? old_status(app) : doc_new_map(a);
    bool refresh = api_app_refresh(app_object(app)) != API_REFRESH_NONE, ended = operation_ended(app);
    const struct doc *finalizers = problem ? NULL : deletion_finalizers(app, a);
    if (!refresh && !ended && !finalizers && doc_equal(noteworthy(a, before), noteworthy(a, next)))
        return;
    doc_set_str(a, next, "reconciledAt", now_text(app, a));
    struct doc *patch = doc_new_map(a), *meta = doc_set_map(a, patch, "metadata");
    doc_set(a, patch, "status", patch_merge_create(a, before, next));
    if (refresh)
        doc_set(a, doc_set_map(a, meta, "annotations"), API_ANNOTATION_REFRESH, doc_new_null(a));
    if (finalizers) { /* a list is written whole: only over the one that was looked at */
        doc_set(a, meta, "finalizers", doc_len(finalizers) ? finalizers : doc_new_null(a));
        doc_set_str(a, meta, "resourceVersion", api_resource_version(app_object(app)));
    }
    if (!doc_len(meta))
        doc_del(a, patch, "metadata");
    operation_into_patch(app, a, patch);
    struct write *w = mem_zalloc(sizeof(*w));
    *w = (struct write){c, app, mem_strdup(app->key), ended, mem_strdup(status_text(before, "sync")),
                        mem_strdup(status_text(before, "health"))};
    app->patching = true;
    struct kube_target t = {.group = "argoproj.io", .version = "v1alpha1", .resource = "applications", .ns = app->view->ns,
                            .name = app->view->name};
    kube_patch(c->kube, &t, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL, on_written, w);
}
