/* application-controller/execute - a command of the sync machine as requests to the cluster.
 *
 * A conflict means that our copy of the live object was old: it is read and the request planned anew, a few
 * times. With force, an immutable field or a conflict ends in delete and create. A CRD is done when the
 * server has established it. */
#include "controller.h"

#include "doc/json.h"
#include "sync/apply.h"
#include "sync/rbac.h"

#include <stdlib.h>

enum { ATTEMPTS_MAX = 5, ESTABLISH_POLL_MS = 100, ESTABLISH_TRIES = 30 };

struct execution {
    struct controller *controller;
    struct app *app;
    char *app_key;
    struct sync_cmd cmd;
    execution_done *done;
    struct arena *arena;
    struct frozen *target, *live, *options;
    struct kube_target at; /* texts in the arena */
    bool force;
    int attempts, polls;
    bool rediscovered; /* after a CRD */
    bool reconciled;   /* Roles and bindings: the step before the apply is done */
    struct sync_rbac rbac;
    struct sync_apply plan;
    struct loop_timer timer;
};

/* The application may have gone meanwhile: then nobody is told. */
static void finish(struct execution *x, const struct err *e, const char *said, struct frozen *live)
{
    struct app *app = map_get(x->controller->apps, x->app_key) == x->app ? x->app : NULL;
    if (app && app->operation)
        x->done(app, &x->cmd, e, said, live);
    frozen_unref(x->target);
    frozen_unref(x->live);
    frozen_unref(x->options);
    loop_timer_stop(x->controller->loop, &x->timer);
    free(x->app_key);
    arena_free(x->arena);
    free(x);
}

static void plan(struct execution *x);
static void release_hook(struct execution *x);

/* --- apply
 * -------------------------------------------------------------------------------------------------------------
 */

static void on_reread(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    if (e && e->code != ERR_NOT_FOUND) {
        finish(x, e, NULL, NULL);
        err_free(e);
        return;
    }
    frozen_unref(x->live);
    x->live = e ? NULL : doc_freeze(object);
    err_free(e);
    if (x->cmd.kind == SYNC_CMD_RELEASE_HOOK)
        release_hook(x);
    else
        plan(x);
}

static void reread(struct execution *x)
{
    kube_get(x->controller->kube, &x->at, on_reread, x);
}

static void on_poll(struct loop_timer *t);

static bool established(const struct doc *crd)
{
    doc_each (it, doc_path(crd, "status", "conditions"))
        if (doc_str_is(doc_get(it.val, "type"), "Established"))
            return doc_str_is(doc_get(it.val, "status"), "True");
    return false;
}

/* Can objects of the CRD's kind be sent? Its sync may hold some in the next breath. */
static bool served(struct execution *x, const struct doc *crd)
{
    const struct doc *spec = doc_get(crd, "spec");
    return !cluster_discovering(x->controller->cluster) &&
           cluster_resource(x->controller->cluster, doc_str(doc_get(spec, "group"), ""), NULL,
                            doc_str(doc_path(spec, "names", "kind"), "")) != NULL;
}

/* A CRD is waited for until the server has established it and our discovery knows it. */
static bool crd_waits(struct execution *x, const struct doc *crd)
{
    bool ready = established(crd);
    if (ready && !x->rediscovered) {
        x->rediscovered = true;
        cluster_rediscover(x->controller->cluster);
    }
    if ((ready && served(x, crd)) || x->polls++ >= ESTABLISH_TRIES)
        return false;
    loop_timer_set(x->controller->loop, &x->timer, ESTABLISH_POLL_MS, on_poll);
    return true;
}

static void succeed(struct execution *x, const struct doc *object)
{
    cluster_saw(x->controller->cluster, object);
    if (api_is(object, "apiextensions.k8s.io", "CustomResourceDefinition") && crd_waits(x, object))
        return;
    struct frozen *live = doc_freeze(object);
    const char *before = x->reconciled ? x->rbac.said : "";
    finish(x, NULL, arena_printf(x->arena, "%s%s", before, x->plan.said), live);
    frozen_unref(live);
}

static void on_polled(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    if (e)
        finish(x, e, NULL, NULL);
    else
        succeed(x, object);
    err_free(e);
}

static void on_poll(struct loop_timer *t)
{
    struct execution *x = CONTAINER(t, struct execution, timer);
    kube_get(x->controller->kube, &x->at, on_polled, x);
}

static void on_force_deleted(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    (void)object;
    if (e && e->code != ERR_NOT_FOUND) {
        finish(x, e, NULL, NULL);
        err_free(e);
        return;
    }
    err_free(e);
    reread(x); /* until it is gone, then it is created */
}

static bool is_immutable(const struct err *e)
{
    return e->code == ERR_INVALID || (e->reason && streq(e->reason, "Invalid"));
}

static void on_applied(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    if (!e) {
        succeed(x, object);
        return;
    }
    bool stale =
        e->code == ERR_ABORTED || e->code == ERR_EXISTS || (e->reason && streq(e->reason, "Conflict"));
    if (x->plan.force && x->live && (stale || is_immutable(e)) && x->attempts < ATTEMPTS_MAX) {
        struct kube_delete_options o = {.propagation = "Background"};
        kube_delete(x->controller->kube, &x->at, &o, on_force_deleted, x);
    } else if (stale && x->attempts < ATTEMPTS_MAX) {
        reread(x);
    } else {
        finish(x, e, NULL, NULL);
    }
    err_free(e);
}

static void send(struct execution *x)
{
    struct kube *k = x->controller->kube;
    struct kube_write_options o = {.field_manager = x->plan.replace ? NULL : DIFF_MANAGER,
                                   .validation = x->plan.strict ? NULL : "Ignore"};
    switch (x->plan.verb) {
    case SYNC_VERB_NONE:
        succeed(x, frozen_root(x->live));
        break;
    case SYNC_VERB_CREATE:
        kube_create(k, &x->at, x->plan.body, &o, on_applied, x);
        break;
    case SYNC_VERB_PATCH_STRATEGIC:
        kube_patch(k, &x->at, (struct kube_patch_body){KUBE_STRATEGIC_PATCH, x->plan.body}, &o, on_applied,
                   x);
        break;
    case SYNC_VERB_PATCH_MERGE:
        kube_patch(k, &x->at, (struct kube_patch_body){KUBE_MERGE_PATCH, x->plan.body}, &o, on_applied, x);
        break;
    case SYNC_VERB_PATCH_APPLY:
        o.force = true;
        kube_patch(k, &x->at, (struct kube_patch_body){KUBE_APPLY, x->plan.body}, &o, on_applied, x);
        break;
    case SYNC_VERB_REPLACE:
        kube_update(k, &x->at, x->plan.body, &o, on_applied, x);
        break;
    }
}

/* --- Roles and bindings before their apply
 * ------------------------------------------------------------------------------ */

static void on_reconciled(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    if (!e) {
        frozen_unref(x->live);
        x->live = doc_freeze(object);
        x->reconciled = true;
        plan(x);
    } else if ((e->code == ERR_EXISTS || e->code == ERR_ABORTED) && x->attempts < ATTEMPTS_MAX) {
        reread(x);
    } else {
        CLEANUP(err_freep) struct err *told = err_wrap(err_copy(e), "error running rbacReconcile");
        finish(x, told, NULL, NULL);
    }
    err_free(e);
}

static void on_unbound(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    (void)object;
    if (e && e->code != ERR_NOT_FOUND)
        finish(x, e, NULL, NULL);
    else
        kube_create(x->controller->kube, &x->at, x->rbac.body, NULL, on_reconciled, x);
    err_free(e);
}

static void reconcile(struct execution *x)
{
    struct kube *k = x->controller->kube;
    sync_rbac_plan(x->arena, frozen_root(x->target), frozen_root(x->live), &x->rbac);
    switch (x->rbac.what) {
    case SYNC_RECONCILE_NONE:
        x->reconciled = true;
        plan(x);
        break;
    case SYNC_RECONCILE_CREATE:
        kube_create(k, &x->at, x->rbac.body, NULL, on_reconciled, x);
        break;
    case SYNC_RECONCILE_UPDATE:
        kube_update(k, &x->at, x->rbac.body, NULL, on_reconciled, x);
        break;
    case SYNC_RECONCILE_RECREATE:
        kube_delete(k, &x->at, &(struct kube_delete_options){.propagation = "Background"}, on_unbound, x);
        break;
    }
}

static void plan(struct execution *x)
{
    struct sync_ask ask = {frozen_root(x->options), x->force, frozen_root(x->target), frozen_root(x->live),
                           x->at.resource};
    x->attempts++;
    CLEANUP(err_freep) struct err *e = sync_apply_plan(x->arena, &ask, &x->plan);
    if (e)
        finish(x, e, NULL, NULL);
    else if (sync_rbac_is(ask.target) && !x->plan.replace && !x->reconciled)
        reconcile(x);
    else
        send(x);
}

/* --- delete, release
 * --------------------------------------------------------------------------------------------------- */

static void on_deleted(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    struct frozen *live = !e && api_deleting(object) ? doc_freeze(object) : NULL;
    finish(x, e, "pruned", live);
    frozen_unref(live);
    err_free(e);
}

static const char *propagation(const struct doc *options)
{
    if (api_options_have(options, "PrunePropagationPolicy=background"))
        return "Background";
    return api_options_have(options, "PrunePropagationPolicy=orphan") ? "Orphan" : "Foreground";
}

static void delete_it(struct execution *x)
{
    const struct doc *live = frozen_root(x->live);
    struct kube_delete_options o = {.uid = *api_uid(live) ? api_uid(live) : NULL,
                                    .propagation = propagation(frozen_root(x->options))};
    kube_delete(x->controller->kube, &x->at, &o, on_deleted, x);
}

static void on_released(void *arg, struct err *e, const struct doc *object)
{
    struct execution *x = arg;
    if (e && e->code == ERR_ABORTED && x->attempts < ATTEMPTS_MAX) {
        reread(x);
    } else {
        if (!e)
            cluster_saw(x->controller->cluster, object);
        finish(x, e, NULL, NULL);
    }
    err_free(e);
}

/* By an update, as upstream does it. */
static void release_hook(struct execution *x)
{
    struct arena *a = x->arena;
    if (!x->live || !api_has_finalizer(frozen_root(x->live), API_FINALIZER_HOOK)) {
        finish(x, NULL, NULL, NULL);
        return;
    }
    x->attempts++;
    struct doc *kept = doc_new_list(a);
    doc_each (it, doc_path(frozen_root(x->live), "metadata", "finalizers"))
        if (!doc_str_is(it.val, API_FINALIZER_HOOK))
            doc_push(a, kept, it.val);
    const struct doc *next =
        doc_with(a, frozen_root(x->live), doc_len(kept) ? kept : NULL, "metadata", "finalizers");
    kube_update(x->controller->kube, &x->at, next, NULL, on_released, x);
}

/* --- the start
 * ---------------------------------------------------------------------------------------------------------
 */

/* A kind that is not served: what kubectl says of it. */
static void unmapped(struct execution *x, const struct api_key *key)
{
    const struct doc *target = frozen_root(x->target);
    CLEANUP(err_freep)
    struct err *e = err_new(
        ERR_NOT_FOUND,
        "resource mapping not found for name: \"%s\" namespace: \"%s\": no matches for kind \"%s\" in "
        "version \"%s\"\nensure CRDs are installed first",
        key->name, key->ns, key->kind, doc_str(doc_get(target, "apiVersion"), ""));
    finish(x, e, NULL, NULL);
}

void execute(struct app *app, const struct sync *sync, const struct sync_cmd *cmd, const struct doc *options,
             bool force, execution_done *done)
{
    struct controller *c = app->controller;
    struct api_key key = sync_task_key(sync, cmd->task);
    const struct doc *target = sync_task_target(sync, cmd->task), *live = sync_task_live(sync, cmd->task);
    struct execution *x = mem_zalloc(sizeof(*x));
    x->controller = c;
    x->app = app;
    x->app_key = mem_strdup(app->key);
    x->cmd = *cmd;
    x->done = done;
    x->arena = arena_new("execute");
    x->force = force;
    x->target = target ? doc_freeze(target) : NULL;
    x->live = live ? doc_freeze(live) : NULL;
    x->options = options ? doc_freeze(options) : NULL;
    struct span version = api_gv_of(target ? target : live).version;
    const char *wanted = arena_strndup(x->arena, version.at, version.len);
    const struct kube_resource *r = cluster_resource(c->cluster, key.group, wanted, key.kind);
    if (!r)
        r = target ? NULL : cluster_resource(c->cluster, key.group, NULL, key.kind);
    if (!r) {
        unmapped(x, &key);
        return;
    }
    x->at = (struct kube_target){
        .group = arena_strdup(x->arena, r->group),
        .version = arena_strdup(x->arena, r->version),
        .resource = arena_strdup(x->arena, r->plural),
        .ns = arena_strdup(x->arena, r->namespaced ? key.ns : ""),
        .name = arena_strdup(x->arena, key.name),
    };
    if (cmd->kind == SYNC_CMD_APPLY)
        plan(x);
    else if (cmd->kind == SYNC_CMD_RELEASE_HOOK)
        release_hook(x);
    else
        delete_it(x);
}
