/* api-server/apps - Applications: read from the cache, written to Kubernetes. */
#include "filter.h"
#include "validate.h"

#include "doc/json.h"
#include "doc/patch.h"

enum { REFRESH_WAIT_MS = 60 * 1000 };

void apps_list(struct turn *t)
{
    struct filter f;
    struct err *e = filter_parse(t, &f);
    if (e) {
        turn_fail(t, e);
        return;
    }
    size_t n;
    uint64_t version = 0;
    const struct doc **apps = filter_matching(t, &f, &n);
    struct doc *list = doc_new_map(t->a), *items = n ? doc_new_list(t->a) : doc_new_null(t->a);
    for (size_t i = 0; i < n; i++)
        doc_push(t->a, items, show_app(t->a, apps[i]));
    map_each (it, t->api->apps)
        version = MAX(version, api_version_of(frozen_root(it.value)));
    doc_set_str(t->a, doc_set_map(t->a, list, "metadata"), "resourceVersion",
                arena_printf(t->a, "%llu", (unsigned long long)version));
    doc_set(t->a, list, "items", items);
    const struct doc *shown = show_only(t->a, list, show_fields(t));
    turn_reply(t, doc_with(t->a, shown, doc_get(list, "metadata"), "metadata")); /* a watch goes on there */
}

/* --- one application ---------------------------------------------------------------------------------------
 */

static void on_refresh_late(struct loop_timer *timer)
{
    turn_fail(CONTAINER(timer, struct turn, timer),
              err_new(ERR_DEADLINE, "application refresh deadline exceeded"));
}

/* The turn waits no longer for the application itself. */
static void reply_refreshed(struct turn *t, const struct doc *app)
{
    t->on_app = NULL;
    loop_timer_stop(t->api->o.loop, &t->timer);
    turn_reply_app_with_health(t, app);
}

/* t->state: the version that the annotation was written with. */
static void on_refreshed(struct turn *t, enum kube_event event, const struct doc *app)
{
    const uint64_t *asked = t->state;
    if (event == KUBE_ERROR)
        turn_fail(t, err_new(ERR_UNAVAILABLE, "the server is ending"));
    else if (!streq(api_name(app), t->name))
        return;
    else if (event == KUBE_DELETED)
        turn_fail(t, err_new(ERR_NOT_FOUND, "applications.argoproj.io \"%s\" not found", t->name));
    else if (api_version_of(app) > *asked && !api_annotation(app, API_ANNOTATION_REFRESH))
        reply_refreshed(t, app);
}

static void on_refresh_asked(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    if (e) {
        turn_fail(t, e);
        return;
    }
    uint64_t *asked = NEW(t->a, uint64_t);
    *asked = api_version_of(object);
    t->state = asked;
    const struct doc *seen = cache_app(t->api, t->name); /* the watch may have been quicker than the answer */
    if (seen && api_version_of(seen) > *asked && !api_annotation(seen, API_ANNOTATION_REFRESH)) {
        reply_refreshed(t, seen);
        return;
    }
    t->on_app = on_refreshed;
    loop_timer_set(t->api->o.loop, &t->timer, REFRESH_WAIT_MS, on_refresh_late);
}

void app_get(struct turn *t)
{
    const char *refresh = turn_query(t, "refresh");
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    if (!*refresh) {
        turn_reply_app_with_health(t, app);
        return;
    }
    const char *level = streq(refresh, "hard") ? "hard" : "normal";
    struct doc *patch = doc_new_map(t->a);
    struct doc *meta = doc_set_map(t->a, patch, "metadata");
    doc_set_str(t->a, doc_set_map(t->a, meta, "annotations"), API_ANNOTATION_REFRESH, level);
    struct kube_target target = app_target(t->api, t->name);
    kube_patch(t->api->o.kube, &target, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL,
               on_refresh_asked, t);
}

/* --- create and change -------------------------------------------------------------------------------------
 */

/* What people may write of an application: `to` with spec, labels, annotations and finalizers of `from`. */
static const struct doc *overlay(struct arena *a, const struct doc *to, const struct doc *from)
{
    static const char *const keys[] = {"labels", "annotations", "finalizers"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        to = doc_vwith(a, to, doc_path(from, "metadata", keys[i]),
                       (const char *const[]){"metadata", keys[i], NULL});
    return doc_with(a, to, doc_get(from, "spec"), "spec");
}

static struct err *change_whole(struct turn *t, const struct doc *live, const struct doc **next)
{
    *next = api_app_normalize(t->a, overlay(t->a, live, t->state));
    return validate_spec(t, *next);
}

static void audit_updated(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceUpdated", "updated application");
    turn_reply_app(t, app);
}

static void update_now(struct turn *t)
{
    app_edit(t, change_whole, audit_updated);
}

static void on_existing(void *arg, struct err *e, const struct doc *live)
{
    struct turn *t = arg;
    if (e) {
        turn_fail(t, e);
        return;
    }
    if (doc_equal(api_app_normalize(t->a, overlay(t->a, live, t->state)), live))
        turn_reply_app(t, live);
    else if (turn_flag(t, "upsert", false))
        update_now(t);
    else
        turn_fail(t, err_new(ERR_INVALID,
                             "existing application spec is different, use upsert flag to force update"));
}

static void on_created(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    struct kube_target target = app_target(t->api, t->name);
    if (e && e->code == ERR_EXISTS) {
        err_free(e);
        kube_get(t->api->o.kube, &target, on_existing, t);
    } else if (e) {
        turn_fail(t, err_wrap(e, "error creating application"));
    } else {
        audit(t, object, "ResourceCreated", "created application");
        turn_reply_app(t, object);
    }
}

/* The body as an Application of this server's namespace. */
static struct err *body_app(struct turn *t, const struct doc **out)
{
    const struct doc *body = t->body;
    const char *name = api_name(body), *ns = api_namespace(body);
    if (!doc_is(body, DOC_MAP))
        return err_new(ERR_INVALID, "error creating application: application is nil in request");
    if (!*name)
        return err_new(ERR_UNKNOWN,
                       "error while validating and normalizing app: resource name may not be empty");
    if (*t->name && !streq(t->name, name)) /* it is no business of the path's application */
        return err_new(ERR_DENIED, "permission denied");
    if (*ns && !streq(ns, t->api->o.ns))
        return err_new(ERR_INVALID, "app is not allowed in project \"%s\", or the project does not exist",
                       app_project(body));
    struct doc *app = doc_shallow(t->a, api_with_namespace(t->a, body, t->api->o.ns));
    doc_set_str(t->a, app, "apiVersion", "argoproj.io/v1alpha1");
    doc_set_str(t->a, app, "kind", "Application");
    doc_del(t->a, app, "operation");
    t->name = name;
    *out = api_app_normalize(t->a, app);
    return NULL;
}

static void create_now(struct turn *t)
{
    struct kube_target target = app_target(t->api, NULL);
    kube_create(t->api->o.kube, &target, t->state, NULL, on_created, t);
}

void app_create(struct turn *t)
{
    const struct doc *app = NULL;
    struct err *e = body_app(t, &app);
    if (e) {
        turn_fail(t, e);
        return;
    }
    t->state = (void *)app;
    validate(t, app, create_now);
}

void app_update(struct turn *t)
{
    const struct doc *app = NULL;
    if (!turn_app(t))
        return;
    struct err *e = body_app(t, &app);
    if (e) {
        turn_fail(t, e);
        return;
    }
    t->state = (void *)app;
    validate(t, app, update_now);
}

static struct err *change_spec(struct turn *t, const struct doc *live, const struct doc **next)
{
    *next = api_app_normalize(t->a, doc_with(t->a, live, t->body, "spec"));
    return validate_spec(t, *next);
}

static void answer_spec(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceUpdated", "updated application spec");
    turn_reply(t, doc_get(app, "spec"));
}

static void update_spec_now(struct turn *t)
{
    app_edit(t, change_spec, answer_spec);
}

void app_update_spec(struct turn *t)
{
    const struct doc *app = turn_app(t), *next = NULL;
    if (!app)
        return;
    struct err *e = doc_is(t->body, DOC_MAP)
                        ? change_spec(t, app, &next)
                        : err_new(ERR_INVALID, "error updating application spec: spec is nil in request");
    if (e)
        turn_fail(t, e);
    else
        validate(t, next, update_spec_now);
}

static struct err *apply_patch(struct turn *t, const struct doc *live, const struct doc **out)
{
    bool json = doc_str_is(doc_get(t->body, "patchType"), "json");
    struct doc *patch = NULL;
    TRYF(json_read(t->a, doc_span(doc_get(t->body, "patch")), NULL, &patch), "%s",
         json ? "error decoding json patch" : "error calculating merge patch");
    if (json)
        TRYF(patch_json(t->a, live, patch, out), "error applying patch");
    else
        *out = patch_merge(t->a, live, patch);
    return NULL;
}

static struct err *change_patched(struct turn *t, const struct doc *live, const struct doc **next)
{
    static const char *const needed[] = {"patchType", "patch"};
    const char *type = doc_str(doc_get(t->body, "patchType"), "");
    const struct doc *patched = NULL;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!doc_is(doc_get(t->body, needed[i]), DOC_STR))
            return turn_missing(needed[i]);
    if (!streq(type, "json") && !streq(type, "merge"))
        return err_new(ERR_INVALID, "Patch type '%s' is not supported", type);
    struct err *e = apply_patch(t, live, &patched);
    if (e) {
        e->code = ERR_UNKNOWN; /* upstream tells it so */
        return e;
    }
    *next = api_app_normalize(t->a, overlay(t->a, live, patched));
    return validate_spec(t, *next);
}

static void patch_now(struct turn *t)
{
    app_edit(t, change_patched, audit_updated);
}

void app_patch(struct turn *t)
{
    const struct doc *app = turn_app(t), *next = NULL;
    if (!app)
        return;
    struct err *e = change_patched(t, app, &next);
    if (e)
        turn_fail(t, e);
    else
        validate(t, next, patch_now);
}

/* --- delete ------------------------------------------------------------------------------------------------
 */

static void delete_now(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceDeleted", "deleted application");
    struct kube_target target = app_target(t->api, t->name);
    kube_delete(t->api->o.kube, &target,
                &(struct kube_delete_options){.uid = arena_strdup(t->a, api_uid(app))}, turn_deleted, t);
}

static bool is_propagation(const char *finalizer)
{
    return streq(finalizer, API_FINALIZER_RESOURCES) || starts_with(finalizer, API_FINALIZER_RESOURCES "/");
}

/* t->state: the finalizer that the deletion shall leave, NULL = none of ours. */
static struct err *change_finalizers(struct turn *t, const struct doc *live, const struct doc **next)
{
    *next = live;
    if (api_deleting(live))
        return NULL;
    struct doc *list = doc_new_list(t->a);
    doc_each (it, doc_path(live, "metadata", "finalizers"))
        if (!is_propagation(doc_str(it.val, "")))
            doc_push(t->a, list, it.val);
    if (t->state)
        doc_push_str(t->a, list, t->state);
    if (!doc_equal(list, doc_path(live, "metadata", "finalizers")) &&
        (doc_len(list) || doc_path(live, "metadata", "finalizers")))
        *next = doc_with(t->a, live, list, "metadata", "finalizers");
    return NULL;
}

void app_delete(struct turn *t)
{
    const char *policy = turn_query(t, "propagationPolicy");
    bool cascade = turn_flag(t, "cascade", true);
    if (!turn_app(t))
        return;
    if (!cascade && *policy) {
        turn_fail(t, err_new(ERR_INVALID, "cannot set propagation policy when cascading is disabled"));
        return;
    }
    if (*policy && !streq(policy, "foreground") && !streq(policy, "background")) {
        turn_fail(t, err_new(ERR_INVALID, "invalid propagation policy: %s", policy));
        return;
    }
    if (cascade)
        t->state = arena_printf(t->a, "%s%s%s", API_FINALIZER_RESOURCES, *policy ? "/" : "", policy);
    app_edit(t, change_finalizers, delete_now);
}
