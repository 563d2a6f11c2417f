/* api-server/apps - Applications: read from the cache, written to Kubernetes, streamed as they change. */
#include "api.h"

#include "api/project.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "text/selector.h"

#include <stdlib.h>

enum { REFRESH_WAIT_MS = 60 * 1000 };

/* --- which applications a query means ----------------------------------------------------------------------
 */

struct filter {
    struct selector selector;
    struct net_pairs projects;
    const char *name, *ns, *repo;
    uint64_t after; /* only versions beyond it */
};

static struct err *filter_parse(struct turn *t, struct filter *out)
{
    *out = (struct filter){
        .name = turn_query(t, "name"), .ns = turn_query(t, "appNamespace"), .repo = turn_query(t, "repo")};
    out->projects = net_req_query_all(t->r, "projects");
    if (!out->projects.len)
        out->projects = net_req_query_all(t->r, "project");
    out->after = strtoull(turn_query(t, "resourceVersion"), NULL, 10);
    TRYF(selector_parse(t->a, span_of(turn_query(t, "selector")), &out->selector),
         "error parsing the selector");
    return NULL;
}

static bool label_of(const void *labels, struct span key, struct span *value)
{
    const struct doc *d = doc_get_span(labels, key);
    *value = doc_span(d);
    return d != NULL;
}

static bool has_repo(const struct doc *app, const char *repo)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("filter"); /* a stream asks often */
    struct api_app *view = api_app_parse(a, app, "");
    for (size_t i = 0; i < view->n_sources; i++)
        if (api_repo_same(view->sources[i].repo_url, repo))
            return true;
    return false;
}

static bool passes(const struct filter *f, const struct doc *app)
{
    if (*f->name && !streq(f->name, api_name(app)))
        return false;
    if (*f->ns && !streq(f->ns, api_namespace(app)))
        return false;
    bool in_project = !f->projects.len;
    for (size_t i = 0; i < f->projects.len; i++)
        in_project |= streq(f->projects.at[i].value, doc_str(doc_path(app, "spec", "project"), "default"));
    if (!in_project || (*f->repo && !has_repo(app, f->repo)))
        return false;
    return selector_matches(&f->selector, label_of, doc_path(app, "metadata", "labels"));
}

static int by_name(const void *x, const void *y)
{
    return strcmp(api_name(*(const struct doc *const *)x), api_name(*(const struct doc *const *)y));
}

/* Those of the cache that pass, sorted by name. */
static const struct doc **matching(struct turn *t, const struct filter *f, size_t *n)
{
    const struct doc **at = NEW_N(t->a, const struct doc *, map_len(t->api->apps) + 1);
    *n = 0;
    map_each (it, t->api->apps)
        if (passes(f, frozen_root(it.value)))
            at[(*n)++] = frozen_root(it.value);
    qsort(at, *n, sizeof(at[0]), by_name);
    return at;
}

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
    const struct doc **apps = matching(t, &f, &n);
    struct doc *list = doc_new_map(t->a), *items = n ? doc_new_list(t->a) : doc_new_null(t->a);
    for (size_t i = 0; i < n; i++)
        doc_push(t->a, items, apps[i]);
    map_each (it, t->api->apps)
        version = MAX(version, api_version_of(frozen_root(it.value)));
    doc_set_str(t->a, doc_set_map(t->a, list, "metadata"), "resourceVersion",
                arena_printf(t->a, "%llu", (unsigned long long)version));
    doc_set(t->a, list, "items", items);
    turn_reply(t, list);
}

/* --- one application ---------------------------------------------------------------------------------------
 */

static void on_refresh_late(struct loop_timer *timer)
{
    turn_fail(CONTAINER(timer, struct turn, timer),
              err_new(ERR_DEADLINE, "application refresh deadline exceeded"));
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
        turn_reply(t, app);
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
        turn_reply(t, seen);
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
        turn_reply(t, app);
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

static struct err *check_spec(struct turn *t, const struct doc *app)
{
    const struct api_app *view = api_app_parse(t->a, app, t->api->o.ns);
    const char *problem = api_app_spec_problem(t->a, view);
    if (problem)
        return err_new(ERR_INVALID, "application spec for %s is invalid: InvalidSpecError: %s", view->name,
                       problem);
    if (!cache_project(t->api, view->project))
        return err_new(ERR_INVALID,
                       "application spec for %s is invalid: InvalidSpecError: application references project "
                       "%s which does "
                       "not exist",
                       view->name, view->project);
    return NULL;
}

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
    return check_spec(t, *next);
}

static void audit_updated(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceUpdated", "updated application");
    turn_reply(t, app);
}

static void on_existing(void *arg, struct err *e, const struct doc *live)
{
    struct turn *t = arg;
    if (e) {
        turn_fail(t, e);
        return;
    }
    if (doc_equal(api_app_normalize(t->a, overlay(t->a, live, t->state)), live))
        turn_reply(t, live);
    else if (streq(turn_query(t, "upsert"), "true"))
        app_edit(t, change_whole, audit_updated);
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
        turn_fail(t, e);
    } else {
        audit(t, object, "ResourceCreated", "created application");
        turn_reply(t, object);
    }
}

/* The body as an Application of this server's namespace. */
static struct err *body_app(struct turn *t, const struct doc **out)
{
    const struct doc *body = t->body;
    const char *name = api_name(body), *ns = api_namespace(body);
    if (!doc_is(body, DOC_MAP) || !*name)
        return err_new(ERR_INVALID, "error creating application: application is nil in request");
    if (*ns && !streq(ns, t->api->o.ns))
        return err_new(ERR_DENIED, "namespace '%s' is not permitted", ns);
    if (*t->name && !streq(t->name, name))
        return err_new(ERR_INVALID, "the application in the body is named %s, the one in the path %s", name,
                       t->name);
    struct doc *app = doc_shallow(t->a, api_with_namespace(t->a, body, t->api->o.ns));
    doc_set_str(t->a, app, "apiVersion", "argoproj.io/v1alpha1");
    doc_set_str(t->a, app, "kind", "Application");
    doc_del(t->a, app, "operation");
    t->name = name;
    *out = api_app_normalize(t->a, app);
    return check_spec(t, *out);
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
    struct kube_target target = app_target(t->api, NULL);
    kube_create(t->api->o.kube, &target, app, NULL, on_created, t);
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
    app_edit(t, change_whole, audit_updated);
}

static struct err *change_spec(struct turn *t, const struct doc *live, const struct doc **next)
{
    *next = api_app_normalize(t->a, doc_with(t->a, live, t->body, "spec"));
    return check_spec(t, *next);
}

static void answer_spec(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceUpdated", "updated application spec");
    turn_reply(t, doc_get(app, "spec"));
}

void app_update_spec(struct turn *t)
{
    if (!turn_app(t))
        return;
    if (!doc_is(t->body, DOC_MAP))
        turn_fail(t, err_new(ERR_INVALID, "error updating application spec: spec is nil in request"));
    else
        app_edit(t, change_spec, answer_spec);
}

static struct err *change_patched(struct turn *t, const struct doc *live, const struct doc **next)
{
    const char *type = doc_str(doc_get(t->body, "patchType"), "");
    struct doc *patch = NULL;
    const struct doc *patched = NULL;
    TRYF(json_read(t->a, doc_span(doc_get(t->body, "patch")), NULL, &patch), "error decoding the patch");
    if (streq(type, "json") || !*type)
        TRYF(patch_json(t->a, live, patch, &patched), "error applying patch");
    else if (streq(type, "merge"))
        patched = patch_merge(t->a, live, patch);
    else
        return err_new(ERR_INVALID, "Patch type '%s' is not supported", type);
    *next = api_app_normalize(t->a, overlay(t->a, live, patched));
    return check_spec(t, *next);
}

void app_patch(struct turn *t)
{
    if (turn_app(t))
        app_edit(t, change_patched, audit_updated);
}

/* --- delete ------------------------------------------------------------------------------------------------
 */

static void on_deleted(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct turn *t = arg;
    if (e)
        turn_fail(t, e);
    else
        turn_reply(t, doc_new_map(t->a));
}

static void delete_now(struct turn *t, const struct doc *app)
{
    audit(t, app, "ResourceDeleted", "deleted application");
    struct kube_target target = app_target(t->api, t->name);
    kube_delete(t->api->o.kube, &target,
                &(struct kube_delete_options){.uid = arena_strdup(t->a, api_uid(app))}, on_deleted, t);
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
    bool cascade = !streq(turn_query(t, "cascade"), "false");
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

/* --- the stream --------------------------------------------------------------------------------------------
 */

struct stream {
    struct filter filter;
    bool sse;
    bool sending, closed; /* a write may find that the peer is gone */
};

/* False when the turn is over. */
static bool send_event(struct turn *t, const char *type, const struct doc *app)
{
    struct stream *s = t->state;
    CLEANUP(arena_freep) struct arena *a = arena_new("stream");
    struct doc *event = doc_new_map(a), *result = doc_set_map(a, event, "result");
    doc_set_str(a, result, "type", type);
    doc_set(a, result, "application", app);
    const char *json = json_text(a, event, JSON_HTML);
    const char *line = s->sse ? arena_printf(a, "data: %s\n\n", json) : arena_printf(a, "%s\n", json);
    /* Who is so slow that the server's bound is passed is cut off by it, comes again and begins with all of
     * them; leaving events out instead would leave it wrong. */
    s->sending = true;
    (void)net_stream_write(t->r, span_of(line));
    s->sending = false;
    if (s->closed)
        turn_end_stream(t);
    return !s->closed;
}

static void on_stream_app(struct turn *t, enum kube_event event, const struct doc *app)
{
    const struct stream *s = t->state;
    static const char *const types[] = {
        [KUBE_ADDED] = "ADDED", [KUBE_MODIFIED] = "MODIFIED", [KUBE_DELETED] = "DELETED"};
    if (event == KUBE_ERROR)
        turn_end_stream(t);
    else if (passes(&s->filter, app) && (event == KUBE_DELETED || api_version_of(app) > s->filter.after))
        (void)send_event(t, types[event], app);
}

static void on_stream_drained(struct net_req *r)
{
    (void)r; /* that there is such a function lets the stream fill beyond its mark (net/server.h) */
}

static void on_stream_closed(struct net_req *r)
{
    struct turn *t = r->user;
    struct stream *s = t->state;
    s->closed = true;
    if (!s->sending)
        turn_end_stream(t);
}

void apps_stream(struct turn *t)
{
    struct stream *s = NEW(t->a, struct stream);
    const char *accept = net_req_header(t->r, "accept");
    struct err *e = filter_parse(t, &s->filter);
    if (e) {
        turn_fail(t, e);
        return;
    }
    s->sse = accept && strstr(accept, "text/event-stream");
    t->state = s;
    t->on_app = on_stream_app;
    net_req_on_drained(t->r, on_stream_drained);
    net_req_on_closed(t->r, on_stream_closed);
    net_set_header(t->r, "Cache-Control", "no-cache");
    net_stream_start(t->r, 200, s->sse ? "text/event-stream" : "application/json");
    if (s->filter.after && !*s->filter.name)
        return;
    size_t n;
    const struct doc **apps = matching(t, &s->filter, &n);
    for (size_t i = 0; i < n; i++)
        if (!send_event(t, "ADDED", apps[i]))
            return;
}
