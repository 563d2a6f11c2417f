/* action/action - a table of kinds and actions; each action is one function that writes a patch. */
#include "action/action.h"

#include "base/str.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdlib.h>

#define RESTARTED_AT "kubectl.kubernetes.io/restartedAt"

/* One run: what it is about, and where changes go. */
struct run {
    struct arena *a;
    const struct action_input *in;
    struct action_change *out;
    size_t n;
};
typedef struct err *action_fn(struct run *r);
typedef bool action_test(const struct doc *live); /* may it be done now? */

static struct doc *change(struct run *r, int kind)
{
    struct doc *body = doc_new_map(r->a);
    r->out[r->n].kind = kind;
    r->out[r->n++].body = body;
    return body;
}

static struct doc *spec_of(struct run *r)
{
    return doc_set_map(r->a, change(r, ACTION_PATCH), "spec");
}

static struct doc *status_of(struct run *r)
{
    return doc_set_map(r->a, change(r, ACTION_PATCH_STATUS), "status");
}

static const char *now(const struct run *r)
{
    return arena_strdup(r->a, time_rfc3339(r->in->now_ms).text);
}

/* --- workloads --- */

static struct err *restart_pods(struct run *r)
{
    struct doc *meta = doc_set_map(r->a, doc_set_map(r->a, spec_of(r), "template"), "metadata");
    doc_set_str(r->a, doc_set_map(r->a, meta, "annotations"), RESTARTED_AT, now(r));
    return NULL;
}

static const char *param(const struct action_input *in, const char *name)
{
    doc_each (it, in->params)
        if (doc_str_is(doc_get(it.val, "name"), name))
            return doc_str(doc_get(it.val, "value"), "");
    return "";
}

static struct err *scale(struct run *r)
{
    const char *text = param(r->in, "replicas");
    int64_t replicas;
    if (!span_int(span_of(text), &replicas) || replicas < 0 || replicas > INT32_MAX)
        return err_new(ERR_UNKNOWN, "error executing Lua resource action: invalid number: %s", text);
    doc_set_int(r->a, spec_of(r), "replicas", replicas);
    return NULL;
}

static bool flag(const struct doc *live, const char *name)
{
    return doc_bool(doc_path(live, "spec", name), false);
}

static bool is_paused(const struct doc *live)
{
    return flag(live, "paused");
}

static bool is_not_paused(const struct doc *live)
{
    return !is_paused(live);
}

static struct err *pause_rollout(struct run *r)
{
    doc_set_bool(r->a, spec_of(r), "paused", true);
    return NULL;
}

static struct err *resume_rollout(struct run *r)
{
    doc_set_bool(r->a, spec_of(r), "paused", false);
    return NULL;
}

/* --- jobs --- */

static bool is_suspended(const struct doc *live)
{
    return flag(live, "suspend");
}

static bool ended(const struct doc *live)
{
    doc_each (it, doc_path(live, "status", "conditions"))
        if ((doc_str_is(doc_get(it.val, "type"), "Complete") ||
             doc_str_is(doc_get(it.val, "type"), "Failed")) &&
            doc_str_is(doc_get(it.val, "status"), "True"))
            return true;
    return false;
}

static bool job_runs(const struct doc *live)
{
    return !ended(live);
}

static bool can_suspend(const struct doc *live)
{
    return !is_suspended(live) && !ended(live);
}

static struct err *suspend(struct run *r)
{
    doc_set_bool(r->a, spec_of(r), "suspend", true);
    return NULL;
}

static struct err *resume_job(struct run *r)
{
    doc_set_bool(r->a, spec_of(r), "suspend", false);
    return NULL;
}

/* Its deadline passes at once: the Job controller ends its Pods and says that it failed. */
static struct err *terminate(struct run *r)
{
    doc_set_int(r->a, spec_of(r), "activeDeadlineSeconds", 1);
    return NULL;
}

static const char *job_name(struct run *r)
{
    enum { NAME_MAX_OF_JOB = 63 };
    const char *name = api_name(r->in->live);
    const char *serial = arena_printf(r->a, "-%" PRId64, r->in->now_ms / 1000);
    size_t room = NAME_MAX_OF_JOB - strlen(serial);
    return arena_printf(r->a, "%.*s%s", (int)MIN(strlen(name), room), name, serial);
}

/* As the CronJob's next turn would make it, and owned by it. */
static struct err *create_job(struct run *r)
{
    struct arena *a = r->a;
    const struct doc *live = r->in->live, *template = doc_path(live, "spec", "jobTemplate");
    struct doc *job = change(r, ACTION_CREATE);
    doc_set_str(a, job, "apiVersion", "batch/v1");
    doc_set_str(a, job, "kind", "Job");
    const struct doc *given = doc_get(template, "metadata");
    struct doc *meta =
        doc_set(a, job, "metadata", doc_is(given, DOC_MAP) ? doc_shallow(a, given) : doc_new_map(a));
    doc_set_str(a, doc_own_map(a, meta, "annotations"), "cronjob.kubernetes.io/instantiate", "manual");
    doc_set_str(a, meta, "name", job_name(r));
    doc_set_str(a, meta, "namespace", api_namespace(live));
    struct doc *owner = doc_push(a, doc_set_list(a, meta, "ownerReferences"), doc_new_map(a));
    doc_set_str(a, owner, "apiVersion", doc_str(doc_get(live, "apiVersion"), ""));
    doc_set_str(a, owner, "kind", api_kind(live));
    doc_set_str(a, owner, "name", api_name(live));
    doc_set_str(a, owner, "uid", api_uid(live));
    doc_set_bool(a, owner, "controller", true);
    doc_set_bool(a, owner, "blockOwnerDeletion", true);
    if (doc_get(template, "spec"))
        doc_set(a, job, "spec", doc_get(template, "spec"));
    return NULL;
}

/* --- Argo Rollouts --- */

static bool is_held(const struct doc *live)
{
    return is_paused(live) || doc_len(doc_path(live, "status", "pauseConditions"));
}

static bool is_aborted(const struct doc *live)
{
    return doc_bool(doc_path(live, "status", "abort"), false);
}

static bool rolls_out(const struct doc *live)
{
    const char *stable = doc_str(doc_path(live, "status", "stableRS"), "");
    return !is_aborted(live) && !streq(stable, doc_str(doc_path(live, "status", "currentPodHash"), ""));
}

static struct err *restart_rollout(struct run *r)
{
    doc_set_str(r->a, spec_of(r), "restartAt", now(r));
    return NULL;
}

static struct err *resume_held(struct run *r)
{
    doc_set_bool(r->a, spec_of(r), "paused", false);
    doc_set(r->a, status_of(r), "pauseConditions", doc_new_null(r->a));
    return NULL;
}

static struct err *abort_rollout(struct run *r)
{
    doc_set_bool(r->a, status_of(r), "abort", true);
    return NULL;
}

static struct err *retry_rollout(struct run *r)
{
    doc_set_bool(r->a, status_of(r), "abort", false);
    return NULL;
}

static struct err *promote_full(struct run *r)
{
    doc_set_bool(r->a, status_of(r), "promoteFull", true);
    return NULL;
}

static bool has_steps_left(const struct doc *live)
{
    size_t steps = doc_len(doc_path(live, "spec", "strategy", "canary", "steps"));
    return rolls_out(live) && doc_int(doc_path(live, "status", "currentStepIndex"), 0) < (int64_t)steps;
}

static struct err *skip_step(struct run *r)
{
    int64_t at = doc_int(doc_path(r->in->live, "status", "currentStepIndex"), 0);
    struct doc *status = status_of(r);
    doc_set(r->a, status, "pauseConditions", doc_new_null(r->a));
    doc_set_int(r->a, status, "currentStepIndex", at + 1);
    return NULL;
}

/* --- the table --- */

static const struct action {
    const char *group, *kind, *resource, *name;
    action_fn *fn;
    action_test *enabled; /* NULL = always */
    const char *param;    /* NULL = none */
    const char *icon;
} actions[] = {
    {"apps", "Deployment", "deployments", "pause", pause_rollout, is_not_paused, NULL, "pause-circle"},
    {"apps", "Deployment", "deployments", "restart", restart_pods, NULL, NULL, "redo"},
    {"apps", "Deployment", "deployments", "resume", resume_rollout, is_paused, NULL, "play-circle"},
    {"apps", "Deployment", "deployments", "scale", scale, NULL, "replicas", "plus-circle"},
    {"apps", "StatefulSet", "statefulsets", "restart", restart_pods, NULL, NULL, "redo"},
    {"apps", "StatefulSet", "statefulsets", "scale", scale, NULL, "replicas", "plus-circle"},
    {"apps", "DaemonSet", "daemonsets", "restart", restart_pods, NULL, NULL, "redo"},
    {"batch", "CronJob", "cronjobs", "create-job", create_job, NULL, NULL, "play"},
    {"batch", "CronJob", "cronjobs", "resume", resume_job, is_suspended, NULL, "play-circle"},
    {"batch", "CronJob", "cronjobs", "suspend", suspend, can_suspend, NULL, "pause-circle"},
    {"batch", "Job", "jobs", "resume", resume_job, is_suspended, NULL, "play-circle"},
    {"batch", "Job", "jobs", "suspend", suspend, can_suspend, NULL, "pause-circle"},
    {"batch", "Job", "jobs", "terminate", terminate, job_runs, NULL, "stop-circle"},
    {"argoproj.io", "Rollout", "rollouts", "abort", abort_rollout, rolls_out, NULL, "times-circle"},
    {"argoproj.io", "Rollout", "rollouts", "pause", pause_rollout, is_not_paused, NULL, "pause-circle"},
    {"argoproj.io", "Rollout", "rollouts", "promote-full", promote_full, rolls_out, NULL, "angle-double-up"},
    {"argoproj.io", "Rollout", "rollouts", "restart", restart_rollout, NULL, NULL, "redo"},
    {"argoproj.io", "Rollout", "rollouts", "resume", resume_held, is_held, NULL, "play-circle"},
    {"argoproj.io", "Rollout", "rollouts", "retry", retry_rollout, is_aborted, NULL, "sync-alt"},
    {"argoproj.io", "Rollout", "rollouts", "skip-current-step", skip_step, has_steps_left, NULL,
     "step-forward"},
};

const char *action_resource(const char *group, const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (streq(actions[i].group, group) && streq(actions[i].kind, kind))
            return actions[i].resource;
    return NULL;
}

const struct doc *action_list(struct arena *a, const struct doc *live)
{
    struct doc *list = doc_new_list(a);
    for (const struct action *at = actions; at < actions + ARRAY_LEN(actions); at++) {
        if (!api_is(live, at->group, at->kind))
            continue;
        struct doc *d = doc_push(a, list, doc_new_map(a));
        doc_set_str(a, d, "name", at->name);
        if (at->param)
            doc_set_str(a, doc_push(a, doc_set_list(a, d, "params"), doc_new_map(a)), "name", at->param);
        if (at->enabled && !at->enabled(live))
            doc_set_bool(a, d, "disabled", true);
        doc_set_str(a, d, "iconClass", arena_printf(a, "fa fa-fw fa-%s", at->icon));
    }
    return list;
}

struct err *action_run(struct arena *a, const struct action_input *in,
                       struct action_change out[ACTION_CHANGES], size_t *n)
{
    struct run r = {.a = a, .in = in, .out = out};
    *n = 0;
    for (const struct action *at = actions; at < actions + ARRAY_LEN(actions); at++) {
        if (!api_is(in->live, at->group, at->kind) || !streq(at->name, in->name))
            continue;
        TRY(at->fn(&r));
        *n = r.n;
        return NULL;
    }
    return err_new(ERR_UNKNOWN, "error getting Lua resource action: built-in script does not exist");
}
