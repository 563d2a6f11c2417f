/* api-server/edit - read, change, write: a merge patch that holds only for the version that was read, and a
 * new reading when somebody else was quicker. */
#include "api.h"

#include "doc/patch.h"

enum { TRIES_MAX = 10 };

struct edit {
    edit_change *change;
    edit_done *done;
    int tries;
};

/* A turn has one edit at a time; the handler's own state is t->state. */
struct edit_call {
    struct turn *turn;
    struct edit edit;
};

static void read_live(struct edit_call *c);

struct kube_target app_target(const struct api *api, const char *name)
{
    return (struct kube_target){.group = "argoproj.io",
                                .version = "v1alpha1",
                                .resource = "applications",
                                .ns = api->o.ns,
                                .name = name};
}

static void finish(struct edit_call *c, const struct doc *app)
{
    if (c->edit.done)
        c->edit.done(c->turn, app);
    else
        turn_reply_app(c->turn, app);
}

static void on_patched(void *arg, struct err *e, const struct doc *object)
{
    struct edit_call *c = arg;
    if (!e) {
        cache_saw_app(c->turn->api, object);
        finish(c, object);
    } else if (e->code == ERR_ABORTED && ++c->edit.tries < TRIES_MAX) {
        err_free(e);
        read_live(c);
    } else if (e->code == ERR_ABORTED) {
        err_free(e);
        turn_fail(c->turn, err_new(ERR_INTERNAL, "Failed to update application. Too many conflicts"));
    } else {
        turn_fail(c->turn, e);
    }
}

static void on_live(void *arg, struct err *e, const struct doc *object)
{
    struct edit_call *c = arg;
    struct turn *t = c->turn;
    const struct doc *next = NULL;
    if (!e)
        e = c->edit.change(t, object, &next);
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct doc *patch = next == object ? NULL : patch_merge_create(t->a, object, next);
    if (!doc_len(patch)) {
        finish(c, object);
        return;
    }
    doc_set_str(t->a, doc_own_map(t->a, patch, "metadata"), "resourceVersion", api_resource_version(object));
    struct kube_target target = app_target(t->api, api_name(object));
    kube_patch(t->api->o.kube, &target, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL, on_patched,
               c);
}

static void read_live(struct edit_call *c)
{
    struct kube_target target = app_target(c->turn->api, c->turn->name);
    kube_get(c->turn->api->o.kube, &target, on_live, c);
}

void app_edit(struct turn *t, edit_change *change, edit_done *done)
{
    struct edit_call *c = NEW(t->a, struct edit_call);
    *c = (struct edit_call){t, {change, done, 0}};
    read_live(c);
}
