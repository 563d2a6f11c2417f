/* api-server/views - what an application consists of: trees and differences from the controller, manifests
 * from repo-server, events from Kubernetes. */
#include "render.h"

#include "diff/diff.h"
#include "doc/json.h"
#include "track/track.h"

/* --- the controller's -------------------------------------------------------------------------------------
 */

static void answer_tree(struct turn *t, struct err *e, struct span json)
{
    if (e)
        turn_fail(t, e);
    else
        turn_reply_text(t, json.len ? arena_strndup(t->a, json.at, json.len) : "null");
}

void app_tree(struct turn *t)
{
    if (turn_app(t))
        shown_tree(t, answer_tree);
}

static void answer_managed(struct turn *t, struct err *e, struct span json)
{
    struct doc *d = doc_new_map(t->a), *items = NULL;
    if (!e && json.len)
        e = json_read(t->a, json, NULL, &items);
    if (e) {
        turn_fail(t, e);
        return;
    }
    if (doc_len(items))
        doc_set(t->a, d, "items", items);
    turn_reply(t, show_only(t->a, d, show_fields(t)));
}

void app_managed(struct turn *t)
{
    if (turn_app(t))
        shown_managed(t, answer_managed);
}

/* --- manifests ---------------------------------------------------------------------------------------------
 */

struct manifests {
    struct render render;
    struct doc *list;
    struct track track;
};

static struct err *take_manifests(struct turn *t, struct render *r, struct span json)
{
    struct manifests *m = CONTAINER(r, struct manifests, render);
    struct doc *list = NULL;
    TRYF(json_read(t->a, json.len ? json : span_of("[]"), NULL, &list), "the answer of repo-server");
    doc_each (it, list) {
        const struct doc *object = it.val, *live = NULL;
        diff_mask_secrets(t->a, &object, &live);
        object = track_mark(t->a, &m->track, object, r->app->instance, r->app->dest.ns);
        doc_push_str(t->a, m->list, json_text(t->a, object, JSON_HTML | JSON_SORTED));
    }
    return NULL;
}

static void answer_manifests(struct turn *t, struct render *r, struct err *e)
{
    if (e) {
        if (e->code == ERR_NOT_FOUND) /* upstream's repo-server gives no code for what a repository lacks */
            e->code = ERR_UNKNOWN;
        turn_fail(t, e);
        return;
    }
    struct doc *d = doc_new_map(t->a);
    doc_set(t->a, d, "manifests", CONTAINER(r, struct manifests, render)->list);
    turn_reply(t, d);
}

void app_manifests(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    struct manifests *m = NEW(t->a, struct manifests);
    m->list = doc_new_list(t->a);
    m->track = settings_track(t);
    m->render = (struct render){.app = api_app_parse(t->a, doc_deep(t->a, app), t->api->o.ns),
                                .revision = turn_query(t, "revision"),
                                .no_cache = turn_flag(t, "noCache", false),
                                .take = take_manifests,
                                .done = answer_manifests};
    render_start(t, &m->render);
}

/* --- one revision, for people
 * -------------------------------------------------------------------------------
 */

static void on_metadata(void *arg, struct err *e, const Capstan__Repo__RevisionMetadataReply *reply)
{
    struct turn *t = arg;
    if (e) {
        if (e->code == ERR_NOT_FOUND)
            e->code = ERR_UNKNOWN;
        turn_fail(t, e);
        return;
    }
    const Capstan__Repo__CommitMetadata *c = reply->commit;
    struct doc *d = doc_new_map(t->a);
    if (c && c->author && *c->author)
        doc_set_str(t->a, d, "author", c->author);
    doc_set_str(t->a, d, "date", time_rfc3339(c ? c->date_ms : 0).text);
    for (size_t i = 0; c && i < c->n_tags; i++) {
        if (!i)
            doc_set_list(t->a, d, "tags");
        doc_push_str(t->a, doc_own_get(t->a, d, span_of("tags")), c->tags[i]);
    }
    if (c && c->message)
        doc_set_str(t->a, d, "message", c->message);
    turn_reply(t, d);
}

static bool is_commit(const char *revision)
{
    size_t hex = strspn(revision, "0123456789abcdefABCDEF");
    return !revision[hex] && (hex == 40 || hex == 64);
}

/* The source that the query means: of several the one of sourceIndex (from 0), else the first. */
static const struct api_source *source_asked(struct turn *t, const struct api_app *v)
{
    int64_t i = 0;
    const char *index = turn_query(t, "sourceIndex");
    if (v->multi && *index && (!span_int(span_of(index), &i) || i < 0))
        return NULL;
    return (size_t)i < v->n_sources ? &v->sources[i] : NULL;
}

void app_revision_metadata(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    const char *revision = net_req_param(t->r, "revision");
    const struct api_app *v = api_app_parse(t->a, app, t->api->o.ns);
    const struct api_source *s = source_asked(t, v);
    if (!s || !is_commit(revision)) {
        turn_fail(t, s ? err_new(ERR_UNKNOWN, "revision %s must be resolved", revision)
                       : err_new(ERR_UNKNOWN, "source index %s not found", turn_query(t, "sourceIndex")));
        return;
    }
    Capstan__Repo__RevisionMetadataRequest rq = CAPSTAN__REPO__REVISION_METADATA_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.repo_url = wire_text(s->repo_url);
    rq.revision = wire_text(revision);
    rq.project = wire_text(v->project);
    client_repo_revision_metadata(t->api->o.repo, &t->call, &rq, on_metadata, t);
}

/* --- events ------------------------------------------------------------------------------------------------
 */

static void on_events(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct doc *d = doc_new_map(t->a), *items = doc_new_list(t->a);
    doc_each (it, doc_get(object, "items")) {
        struct doc *event = doc_push(t->a, items, doc_without(t->a, it.val, "kind"));
        (void)doc_del(t->a, event, "apiVersion");
        if (!doc_get(event, "eventTime"))
            doc_set(t->a, event, "eventTime", doc_new_null(t->a));
    }
    doc_set(t->a, d, "metadata", doc_get(object, "metadata"));
    doc_set(t->a, d, "items", doc_len(items) ? items : doc_new_null(t->a));
    turn_reply(t, d);
}

static void list_events(struct turn *t, const char *ns, const char *name, const char *uid)
{
    struct kube_target target = {.group = "", .version = "v1", .resource = "events", .ns = ns};
    const char *fields = arena_printf(
        t->a, "involvedObject.name=%s,involvedObject.uid=%s,involvedObject.namespace=%s", name, uid, ns);
    kube_list(t->api->o.kube, &target, &(struct kube_list_options){.fields = fields}, on_events, t);
}

/* Only of what the application consists of: who may see an application may not see all events of a cluster.
 */
static void take_tree(struct turn *t, struct err *e, struct span json)
{
    const char *ns = turn_query(t, "resourceNamespace"), *name = turn_query(t, "resourceName"),
               *uid = turn_query(t, "resourceUID");
    struct doc *tree = NULL;
    bool found = false;
    if (!e && json.len)
        e = json_read(t->a, json, NULL, &tree);
    if (e) {
        turn_fail(t, e);
        return;
    }
    doc_each (it, doc_get(tree, "nodes"))
        found |= doc_str_is(doc_get(it.val, "name"), name) && doc_str_is(doc_get(it.val, "uid"), uid) &&
                 streq(doc_str(doc_get(it.val, "namespace"), ""), ns);
    if (found)
        list_events(t, *ns ? ns : "default", name, uid);
    else
        turn_fail(
            t, err_new(ERR_INVALID, "%s not found as part of application %s", *name ? name : uid, t->name));
}

void app_events(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    if (*turn_query(t, "resourceUID") || *turn_query(t, "resourceName"))
        shown_tree(t, take_tree);
    else
        list_events(t, t->api->o.ns, t->name, api_uid(app));
}
