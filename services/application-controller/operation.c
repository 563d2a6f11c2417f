/* application-controller/operation - from Application.operation to its end (specs/engine.md §3.1, 3.2).
 *
 * The machine is sync/'s; this file feeds it, paces retries and keeps what is to be written. State is written when the machine
 * has to wait and when it ends: what happens in between is repeated after a crash, and every step may be repeated. */
#include "operation.h"

#include "base/log.h"
#include "doc/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

struct operation {
    struct app *app;
    struct arena *arena;       /* of the machine; made anew with each attempt */
    struct frozen *op;         /* Application.operation */
    VEC(struct frozen *) held; /* documents that the machine borrows */
    struct sync *sync;
    struct doc *options;
    struct frozen *pins;       /* revisions, as a list; NULL until known */
    struct frozen *results;    /* of an earlier life, until the machine has them */
    bool waiting_targets, persist, ended, partial, dry_run, automated;
    size_t executing;
    int64_t started_ms, finished_ms; /* wall; finished 0 = not */
    int64_t retry_count, retry_at_ms; /* retry_at: wall, 0 = none */
    struct api_retry retry;
    enum sync_state phase;
    char *message;
    struct frozen *last_results;
    int64_t deployed_ms;
    bool record_history;
};

static int64_t wall_ms(const struct app *app)
{
    return clock_wall_ms(loop_clock(app->controller->loop));
}

static const struct doc *sync_of(const struct operation *o)
{
    return doc_get(frozen_root(o->op), "sync");
}

static void set_message(struct operation *o, const char *message)
{
    char *copy = mem_strdup(message);
    free(o->message);
    o->message = copy;
}

static void release_machine(struct operation *o)
{
    o->sync = NULL;
    vec_each(f, &o->held)
        frozen_unref(*f);
    o->held.len = 0;
    arena_reset(o->arena);
}

void operation_free(struct app *app)
{
    struct operation *o = app->operation;
    if (!o)
        return;
    app->operation = NULL;
    release_machine(o);
    vec_release(&o->held);
    arena_free(o->arena);
    frozen_unref(o->op);
    frozen_unref(o->pins);
    frozen_unref(o->results);
    frozen_unref(o->last_results);
    free(o->message);
    free(o);
}

bool operation_running(const struct app *app)
{
    return app->operation != NULL;
}

bool operation_ended(const struct app *app)
{
    return app->operation && app->operation->ended;
}

const struct doc *operation_revisions(const struct app *app)
{
    return app->operation ? frozen_root(app->operation->pins) : NULL;
}

static void join_revisions(const struct operation *o, const char *between, struct str *out)
{
    doc_each(it, frozen_root(o->pins))
        str_printf(out, "%s%s", it.index ? between : "", doc_str(it.val, ""));
}

/* --- what is written --------------------------------------------------------------------------------------------------- */

static void set_time(struct arena *a, struct doc *map, const char *key, int64_t ms)
{
    if (ms)
        doc_set_str(a, map, key, time_rfc3339(ms).text);
}

/* With several sources the fields of one are there too, empty, as upstream's structs have them. */
static void set_sources(struct operation *o, struct arena *a, struct doc *map)
{
    const struct api_app *v = o->app->view;
    const struct doc *own = doc_get(sync_of(o), v->multi ? "sources" : "source"), *pins = frozen_root(o->pins);
    const struct doc *spec = doc_path(app_object(o->app), "spec", v->multi ? "sources" : "source");
    if (v->multi && doc_len(pins))
        doc_set(a, map, "revisions", pins);
    else if (doc_len(pins))
        doc_set(a, map, "revision", doc_at(pins, 0));
    if (own || spec)
        doc_set(a, map, v->multi ? "sources" : "source", own ? own : spec);
    if (v->multi)
        doc_set_str(a, doc_set_map(a, map, "source"), "repoURL", "");
}

static const struct doc *sync_result(struct operation *o, struct arena *a)
{
    struct doc *r = doc_new_map(a);
    const struct doc *resources = o->sync ? sync_results(a, o->sync) : frozen_root(o->last_results);
    if (doc_len(resources))
        doc_set(a, r, "resources", resources);
    if (o->app->view->multi)
        doc_set_str(a, r, "revision", "");
    set_sources(o, a, r);
    return r;
}

const struct doc *operation_state(struct app *app, struct arena *a)
{
    struct operation *o = app->operation;
    if (!o)
        return NULL;
    struct doc *s = doc_new_map(a);
    set_time(a, s, "finishedAt", o->finished_ms);
    if (o->message && *o->message)
        doc_set_str(a, s, "message", o->message);
    doc_set(a, s, "operation", frozen_root(o->op));
    doc_set_str(a, s, "phase", sync_state_name(o->phase));
    if (o->retry_count)
        doc_set_int(a, s, "retryCount", o->retry_count);
    set_time(a, s, "startedAt", o->started_ms);
    doc_set(a, s, "syncResult", sync_result(o, a));
    return s;
}

static void push_history(struct operation *o, struct arena *a, struct doc *status)
{
    enum { HISTORY_LIMIT = 10 };
    const struct doc *old = doc_get(status, "history");
    size_t limit = (size_t)MAX(doc_int(doc_path(app_object(o->app), "spec", "revisionHistoryLimit"), HISTORY_LIMIT), (int64_t)0);
    size_t keep = limit ? MIN(doc_len(old), limit - 1) : 0, skip = doc_len(old) - keep;
    struct doc *list = doc_new_list(a);
    int64_t id = doc_len(old) ? doc_int(doc_get(doc_at(old, doc_len(old) - 1), "id"), -1) + 1 : 0;
    doc_each(it, old)
        if (it.index >= skip)
            doc_push(a, list, it.val);
    if (limit) {
        struct doc *h = doc_push(a, list, doc_new_map(a));
        set_time(a, h, "deployStartedAt", o->started_ms);
        set_time(a, h, "deployedAt", o->finished_ms);
        doc_set_int(a, h, "id", id);
        if (doc_get(frozen_root(o->op), "initiatedBy"))
            doc_set(a, h, "initiatedBy", doc_get(frozen_root(o->op), "initiatedBy"));
        set_sources(o, a, h);
    }
    doc_set(a, status, "history", list);
}

void operation_into_status(struct app *app, struct arena *a, struct doc *status)
{
    struct operation *o = app->operation;
    if (!o || (!o->ended && !o->persist))
        return;
    doc_set(a, status, "operationState", operation_state(app, a));
    if (o->ended && o->record_history)
        push_history(o, a, status);
}

void operation_into_patch(struct app *app, struct arena *a, struct doc *patch)
{
    struct operation *o = app->operation;
    const struct doc *there = doc_get(app_object(app), "operation");
    if (!o)
        return;
    if (o->ended && there)
        doc_set(a, patch, "operation", doc_new_null(a));
    else if (!o->ended && o->persist && !there)
        doc_set(a, patch, "operation", frozen_root(o->op));
}

/* --- the end ----------------------------------------------------------------------------------------------------------- */

void operation_written(struct app *app)
{
    struct operation *o = app->operation;
    bool automated = o->automated, dry_run = o->dry_run, failed = o->phase != SYNC_SUCCEEDED;
    CLEANUP(str_release) struct str revisions = {0};
    join_revisions(o, ",", &revisions);
    event_record(app, failed ? "Warning" : "Normal", "OperationCompleted", "%s operation to %s %s%s%s",
                 o->partial ? "Partial sync" : "Sync", str_text(&revisions), failed ? "failed" : "succeeded", failed ? ": " : "",
                 failed ? o->message : "");
    log_info("operation ended", "app", app->key, "phase", sync_state_name(o->phase), "message", o->message);
    operation_free(app);
    enum refresh_level after = dry_run ? REFRESH_NONE : automated ? REFRESH_LATEST : REFRESH_FORCE;
    app_queue(app, MAX(after, app->wanted_after));
    app->wanted_after = REFRESH_NONE;
}

/* "3:04PM": Go's time.Kitchen, in the local zone as upstream prints it. */
static const char *kitchen(struct arena *a, int64_t ms)
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    localtime_r(&s, &tm);
    int hour = tm.tm_hour % 12;
    return arena_printf(a, "%d:%02d%s", hour ? hour : 12, tm.tm_min, tm.tm_hour < 12 ? "AM" : "PM");
}

static bool may_retry(const struct operation *o)
{
    bool unlimited = o->retry.limit < 0;
    return o->phase != SYNC_SUCCEEDED && !o->dry_run && !streq(o->message, "Operation terminated") &&
           (unlimited || o->retry_count < o->retry.limit);
}

static void keep_results(struct operation *o)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("results");
    if (!o->sync)
        return;
    frozen_unref(o->last_results);
    o->last_results = doc_freeze(sync_results(a, o->sync));
}

static void finish(struct operation *o, enum sync_state phase, const char *message)
{
    struct app *app = o->app;
    CLEANUP(arena_freep) struct arena *a = arena_new("operation");
    keep_results(o);
    o->phase = phase;
    o->finished_ms = wall_ms(app);
    set_message(o, message);
    if (may_retry(o)) {
        o->retry_at_ms = o->finished_ms + api_retry_delay_ms(&o->retry, o->retry_count);
        o->retry_count++;
        o->phase = SYNC_RUNNING;
        o->persist = true;
        set_message(o, arena_printf(a, "%s. Retrying attempt #%" PRId64 " at %s.", message, o->retry_count,
                                    kitchen(a, o->retry_at_ms)));
        release_machine(o);
        app_queue_after(app, o->retry_at_ms - o->finished_ms);
        app_write_status(app);
        return;
    }
    if (o->retry_count && phase != SYNC_SUCCEEDED)
        set_message(o, arena_printf(a, "%s (retried %" PRId64 " times).", message, o->retry_count));
    o->ended = true;
    o->record_history = phase == SYNC_SUCCEEDED && !o->dry_run && !o->partial;
    app_write_status(app);
}

/* --- the machine ------------------------------------------------------------------------------------------------------- */

static void hold(struct operation *o, struct frozen *f)
{
    if (f)
        vec_push(&o->held, frozen_ref(f));
}

static void hold_row(void *arg, const struct compare_row *row)
{
    hold(arg, row->target);
    hold(arg, row->live);
}

static bool selected(const struct operation *o, const struct api_key *key)
{
    const struct doc *resources = doc_get(sync_of(o), "resources");
    if (!doc_len(resources))
        return true;
    doc_each(it, resources) {
        const char *ns = doc_str(doc_get(it.val, "namespace"), "");
        if (streq(doc_str(doc_get(it.val, "group"), ""), key->group) && doc_str_is(doc_get(it.val, "kind"), key->kind) &&
            doc_str_is(doc_get(it.val, "name"), key->name) && (!*ns || streq(ns, key->ns)))
            return true;
    }
    return false;
}

static bool crd_among(const struct sync_pair *pairs, size_t n, const struct api_key *key)
{
    for (size_t i = 0; i < n; i++) {
        const struct doc *spec = doc_get(pairs[i].target, "spec");
        if (api_is(pairs[i].target, "apiextensions.k8s.io", "CustomResourceDefinition") &&
            doc_str_is(doc_get(spec, "group"), key->group) && doc_str_is(doc_path(spec, "names", "kind"), key->kind))
            return true;
    }
    return false;
}

/* A kind that the cluster does not serve is only let through when this sync brings it, or an option says so. */
static void check_kinds(struct operation *o, struct sync_pair *pairs, size_t n)
{
    struct arena *a = o->arena;
    for (size_t i = 0; i < n; i++) {
        struct sync_pair *p = &pairs[i];
        struct api_gv gv = api_gv_of(p->target);
        const char *version = arena_strndup(a, gv.version.at, gv.version.len);
        if (!p->target || cluster_resource(o->app->controller->cluster, p->key.group, version, p->key.kind))
            continue;
        p->skip_dry_run = crd_among(pairs, n, &p->key) || api_options_have(o->options, "SkipDryRunOnMissingResource=true") ||
                          api_sync_option(p->target, "SkipDryRunOnMissingResource=true");
        if (p->skip_dry_run || p->problem)
            continue;
        p->problem = arena_printf(a, "failed to discover server resources for group version %s: the server could not find the "
                                     "requested resource",
                                  doc_str(doc_get(p->target, "apiVersion"), ""));
        p->result = arena_printf(a, "The Kubernetes API could not find %s/%s for requested resource %s/%s. Make sure the \"%s\" "
                                    "CRD is installed on the destination cluster.",
                                 p->key.group, p->key.kind, p->key.ns, p->key.name, p->key.kind);
    }
}

static void collect_options(struct operation *o)
{
    o->options = doc_new_list(o->arena);
    const struct doc *own = doc_get(sync_of(o), "syncOptions");
    doc_each(it, own ? own : o->app->view->policy.options)
        doc_push(o->arena, o->options, it.val);
}

/* Makes the machine; not yet while a script has to say what is ignored. */
static void begin(struct operation *o)
{
    struct app *app = o->app;
    CLEANUP(arena_freep) struct arena *a = arena_new("begin");
    release_machine(o);
    collect_options(o);
    const struct doc *spec = sync_of(o), *strategy = doc_get(spec, "syncStrategy");
    compare_each(app->table, hold_row, o);
    size_t n = 0, kept = 0;
    struct sync_pair *pairs = compare_pairs(o->arena, app->table, &n);
    struct judge_asking asking = {app, false};
    const struct diff_rules rules = app_diff_rules(app, &asking);
    for (size_t i = 0; i < n; i++) {
        if (!selected(o, &pairs[i].key))
            continue;
        if (pairs[i].target && api_options_have(o->options, "RespectIgnoreDifferences=true"))
            pairs[i].target = diff_respect_ignored(o->arena, &rules, pairs[i].target, pairs[i].live);
        pairs[kept++] = pairs[i];
    }
    if (asking.pending)
        return;
    check_kinds(o, pairs, kept);
    const char *ns_id = arena_printf(a, "/Namespace//%s", app->view->dest.ns);
    struct sync_input in = {
        .pairs = pairs,
        .n_pairs = kept,
        .options = o->options,
        .dest_ns = app->view->dest.ns,
        .revision = doc_str(doc_at(frozen_root(o->pins), 0), ""),
        .started_ms = o->started_ms,
        .prune = doc_bool(doc_get(spec, "prune"), false),
        .dry_run = o->dry_run,
        .force = doc_bool(doc_path(strategy, "apply", "force"), false) || doc_bool(doc_path(strategy, "hook", "force"), false),
        .no_hooks = doc_get(strategy, "apply") || o->partial,
        .namespace_exists = cluster_find(app->controller->cluster, ns_id) != NULL,
        .namespace_metadata = doc_path(app_object(app), "spec", "syncPolicy", "managedNamespaceMetadata"),
        .approved = api_annotation(app_object(app), "argocd.argoproj.io/deletion-approved"),
        .results = frozen_root(o->results),
        .wave_delay_ms = app->controller->wave_delay_ms,
        .scripts = judge_operation(app),
    };
    o->sync = sync_new(o->arena, &in);
}

void operation_live(struct app *app, const struct api_key *key, const struct doc *live)
{
    struct operation *o = app->operation;
    if (!o || !o->sync)
        return;
    const struct compare_row *row = compare_find(app->table, key);
    hold(o, live && row ? row->live : NULL);
    if (sync_live(o->sync, key, live && row ? frozen_root(row->live) : NULL))
        app_queue(app, REFRESH_NONE);
}

static void on_executed(struct app *app, const struct sync_cmd *cmd, const struct err *e, const char *said,
                        struct frozen *live)
{
    struct operation *o = app->operation;
    hold(o, live);
    sync_report(o->sync, cmd, e, said, frozen_root(live));
    if (--o->executing == 0)
        operation_step(app);
}

static bool user_terminates(const struct app *app)
{
    return doc_str_is(doc_path(app_object(app), "status", "operationState", "phase"), "Terminating");
}

/* Nothing more is sent while a window forbids it; what was sent is watched again when it lets the rest through. */
static bool held_by_window(struct operation *o)
{
    struct app *app = o->app;
    CLEANUP(arena_freep) struct arena *a = arena_new("window");
    const char *why = windows_forbid(app, a, !o->automated, o->started_ms);
    if (!why || user_terminates(app))
        return false;
    if (!o->message || !streq(o->message, why))
        set_message(o, why);
    o->persist = true;
    windows_wait(app);
    app_write_status(app);
    return true;
}

void operation_step(struct app *app)
{
    struct operation *o = app->operation;
    if (!o || o->ended || o->executing || o->waiting_targets)
        return;
    if (o->retry_at_ms) {
        if (user_terminates(app)) {
            o->retry_at_ms = 0;
            finish(o, SYNC_STATE_FAILED, "Operation terminated");
            return;
        }
        int64_t left = o->retry_at_ms - wall_ms(app);
        if (left > 0) {
            app_queue_after(app, left);
            return;
        }
        o->retry_at_ms = 0;
        o->finished_ms = 0;
        set_message(o, "");
        o->sync = NULL;
    }
    if (held_by_window(o))
        return;
    if (!o->sync)
        begin(o);
    if (!o->sync)
        return;
    if (user_terminates(app))
        sync_terminate(o->sync);
    struct sync_decision d = sync_step(o->sync, loop_now_ms(app->controller->loop));
    if (d.n_cmds) {
        CLEANUP(arena_freep) struct arena *a = arena_new("step");
        struct sync_cmd *cmds = arena_dup(a, d.cmds, d.n_cmds * sizeof(*d.cmds));
        bool force = doc_bool(doc_path(sync_of(o), "syncStrategy", "apply", "force"), false) ||
                     doc_bool(doc_path(sync_of(o), "syncStrategy", "hook", "force"), false);
        o->executing = d.n_cmds;
        for (size_t i = 0; i < d.n_cmds; i++)
            execute(app, o->sync, &cmds[i], o->options, force, on_executed);
        return;
    }
    if (d.phase != SYNC_RUNNING) {
        finish(o, d.phase, d.message);
        return;
    }
    if (!o->message || !streq(o->message, d.message))
        set_message(o, d.message);
    o->persist = true;
    if (d.again_ms)
        app_queue_after(app, d.again_ms);
    app_write_status(app);
}

/* --- the start --------------------------------------------------------------------------------------------------------- */

static struct frozen *given_revisions(struct arena *a, const struct doc *from)
{
    const struct doc *list = doc_get(from, "revisions"), *one = doc_get(from, "revision");
    if (doc_len(list))
        return doc_freeze(list);
    if (!doc_len(one))
        return NULL;
    struct doc *made = doc_new_list(a);
    doc_push(a, made, one);
    return doc_freeze(made);
}

static bool table_is_at(const struct app *app, const struct doc *pins)
{
    if (!doc_len(pins) || doc_len(pins) != app->revisions.len || !compare_has_targets(app->table))
        return false;
    for (size_t i = 0; i < app->revisions.len; i++)
        if (!doc_str_is(doc_at(pins, i), app->revisions.at[i]))
            return false;
    return true;
}

static void resume(struct operation *o, const struct doc *state)
{
    int64_t at = 0;
    if (time_parse_rfc3339(doc_str(doc_get(state, "startedAt"), ""), &at))
        o->started_ms = at;
    o->retry_count = doc_int(doc_get(state, "retryCount"), 0);
    o->persist = true;
    set_message(o, doc_str(doc_get(state, "message"), ""));
    const struct doc *results = doc_path(state, "syncResult", "resources");
    if (time_parse_rfc3339(doc_str(doc_get(state, "finishedAt"), ""), &at)) { /* it waited for a retry */
        o->finished_ms = at;
        o->retry_at_ms = at + api_retry_delay_ms(&o->retry, o->retry_count - 1);
        o->last_results = results ? doc_freeze(results) : NULL;
    } else if (results) {
        o->results = doc_freeze(results);
    }
}

static void announce_start(struct operation *o, const struct doc *op)
{
    struct app *app = o->app;
    const char *who = doc_str(doc_path(op, "initiatedBy", "username"), "");
    log_info("operation starts", "app", app->key, "initiatedBy", o->automated ? "automation" : who);
    if (!o->automated)
        return; /* the api-server told of it as the user asked */
    CLEANUP(str_release) struct str revisions = {0};
    join_revisions(o, ", ", &revisions);
    event_record(app, "Normal", "OperationStarted", "Initiated automated sync to '%s'", str_text(&revisions));
}

/* Conditions that forbid a sync, joined as upstream does. */
static const char *blocking(struct app *app, struct arena *a)
{
    const char *problem = app_spec_problem(app, a);
    if (problem)
        return arena_printf(a, "InvalidSpecError: %s", problem);
    if (app->target_error)
        return arena_printf(a, "ComparisonError: Failed to load target state: %s", app->target_error->msg);
    return NULL;
}

void operation_start(struct app *app, const struct doc *operation, bool interrupted)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("operation");
    const struct doc *state = doc_path(app_object(app), "status", "operationState");
    bool goes_on = interrupted && doc_equal(doc_get(state, "operation"), operation);
    struct operation *o = mem_zalloc(sizeof(*o));
    app->operation = o;
    o->app = app;
    o->arena = arena_new("sync");
    o->op = doc_freeze(operation);
    o->phase = SYNC_RUNNING;
    o->message = mem_strdup("");
    o->started_ms = wall_ms(app);
    o->retry = api_retry_parse(doc_get(operation, "retry"));
    o->partial = doc_len(doc_path(operation, "sync", "resources")) != 0;
    o->dry_run = doc_bool(doc_path(operation, "sync", "dryRun"), false);
    o->automated = doc_bool(doc_path(operation, "initiatedBy", "automated"), false);
    if (goes_on)
        resume(o, state);
    o->pins = given_revisions(a, goes_on ? doc_get(state, "syncResult") : doc_get(operation, "sync"));
    if (!doc_get(operation, "sync")) {
        finish(o, SYNC_ERROR, "Invalid operation request: no operation specified");
        return;
    }
    if (!goes_on)
        announce_start(o, operation);
    o->waiting_targets = !table_is_at(app, frozen_root(o->pins));
    if (app_spec_problem(app, a)) /* what the project forbids is not even fetched */
        operation_targets_ready(app);
    else if (o->waiting_targets)
        manifests_ask(app, REFRESH_FORCE);
}

void operation_targets_ready(struct app *app)
{
    struct operation *o = app->operation;
    if (!o || !o->waiting_targets)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("operation");
    o->waiting_targets = false;
    const char *why_not = blocking(app, a);
    if (why_not) {
        finish(o, SYNC_ERROR, why_not);
        return;
    }
    struct doc *pins = doc_new_list(a);
    vec_each(r, &app->revisions)
        doc_push_str(a, pins, *r);
    frozen_unref(o->pins);
    o->pins = doc_freeze(pins);
}
