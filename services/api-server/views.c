/* api-server/views - what an application consists of: trees and differences from the controller, manifests
 * from repo-server, events from Kubernetes. */
#include "api.h"

#include "diff/diff.h"
#include "doc/json.h"

/* --- the controller's -------------------------------------------------------------------------------------
 */

static Capstan__Controller__App app_message(struct turn *t)
{
    Capstan__Controller__App app = CAPSTAN__CONTROLLER__APP__INIT;
    app.namespace_ = wire_text(t->api->o.ns);
    app.name = wire_text(t->name);
    return app;
}

static const char *bytes_text(struct arena *a, ProtobufCBinaryData b)
{
    return b.len ? arena_strndup(a, (const char *)b.data, b.len) : "null";
}

static void on_tree(void *arg, struct err *e, const Capstan__Controller__GetTreeReply *reply)
{
    struct turn *t = arg;
    if (e)
        turn_fail(t, e);
    else
        turn_reply_text(t, bytes_text(t->a, reply->tree));
}

void app_tree(struct turn *t)
{
    if (!turn_app(t))
        return;
    Capstan__Controller__App app = app_message(t);
    Capstan__Controller__GetTreeRequest rq = CAPSTAN__CONTROLLER__GET_TREE_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.app = &app;
    client_controller_get_tree(t->api->o.controller, &t->call, &rq, on_tree, t);
}

static void on_managed(void *arg, struct err *e, const Capstan__Controller__GetManagedResourcesReply *reply)
{
    struct turn *t = arg;
    if (e)
        turn_fail(t, e);
    else
        turn_reply_text(t, arena_printf(t->a, "{\"items\":%s}", bytes_text(t->a, reply->resources)));
}

void app_managed(struct turn *t)
{
    if (!turn_app(t))
        return;
    Capstan__Controller__App app = app_message(t);
    Capstan__Controller__GetManagedResourcesRequest rq =
        CAPSTAN__CONTROLLER__GET_MANAGED_RESOURCES_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.app = &app;
    rq.group = wire_text(turn_query(t, "group"));
    rq.kind = wire_text(turn_query(t, "kind"));
    rq.namespace_ = wire_text(turn_query(t, "namespace"));
    rq.name = wire_text(turn_query(t, "name"));
    client_controller_get_managed_resources(t->api->o.controller, &t->call, &rq, on_managed, t);
}

/* --- manifests ---------------------------------------------------------------------------------------------
 */

struct render {
    struct api_app *app; /* of a copy in the arena */
    struct doc *manifests;
    const char *revision, *source_type;
    size_t at;
};

static void render_next(struct turn *t);

static struct err *take_manifests(struct turn *t, struct span json)
{
    struct render *m = t->state;
    struct doc *list = NULL;
    TRYF(json_read(t->a, json.len ? json : span_of("[]"), NULL, &list), "the answer of repo-server");
    doc_each (it, list) {
        const struct doc *object = it.val, *live = NULL;
        diff_mask_secrets(t->a, &object, &live);
        doc_push_str(t->a, m->manifests, json_text(t->a, object, JSON_HTML));
    }
    return NULL;
}

static void on_rendered(void *arg, struct err *e, const Capstan__Repo__GenerateManifestsReply *reply)
{
    struct turn *t = arg;
    struct render *m = t->state;
    if (!e)
        e = take_manifests(t, wire_span(reply->manifests));
    if (e) {
        turn_fail(t, e);
        return;
    }
    if (!m->revision) {
        m->revision = arena_strdup(t->a, reply->revision ? reply->revision : "");
        m->source_type = arena_strdup(t->a, reply->source_type ? reply->source_type : "");
    }
    m->at++;
    render_next(t);
}

static void render_done(struct turn *t)
{
    const struct render *m = t->state;
    struct doc *d = doc_new_map(t->a);
    doc_set(t->a, d, "manifests", m->manifests);
    doc_set_str(t->a, d, "namespace", m->app->dest.ns);
    doc_set_str(t->a, d, "server", m->app->dest.server);
    doc_set_str(t->a, d, "revision", m->revision ? m->revision : "");
    doc_set_str(t->a, d, "sourceType", m->source_type ? m->source_type : "");
    turn_reply(t, d);
}

static void render_next(struct turn *t)
{
    struct render *m = t->state;
    const struct api_app *v = m->app;
    while (m->at < v->n_sources && api_source_only_lends(&v->sources[m->at]))
        m->at++;
    if (m->at == v->n_sources) {
        render_done(t);
        return;
    }
    const struct api_source *s = &v->sources[m->at];
    const char *revision = v->multi ? "" : turn_query(t, "revision");
    Capstan__Repo__GenerateManifestsRequest rq = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT;
    rq.has_version = rq.has_source = true;
    rq.version = 1;
    rq.repo_url = wire_text(s->repo_url);
    rq.revision = wire_text(*revision ? revision : s->target_revision);
    rq.path = wire_text(*s->path ? s->path : ".");
    rq.app_name = wire_text(v->instance);
    rq.namespace_ = wire_text(v->dest.ns);
    rq.project = wire_text(v->project);
    rq.source = wire_bytes(span_of(json_text(t->a, s->doc, JSON_SORTED)));
    client_repo_generate_manifests(t->api->o.repo, &t->call, &rq, on_rendered, t);
}

void app_manifests(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    struct render *m = NEW(t->a, struct render);
    t->state = m;
    m->app = api_app_parse(t->a, doc_deep(t->a, app), t->api->o.ns);
    m->manifests = doc_new_list(t->a);
    render_next(t);
}

/* --- events ------------------------------------------------------------------------------------------------
 */

static void on_events(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    if (e)
        turn_fail(t, e);
    else
        turn_reply(t, object);
}

void app_events(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    if (*turn_query(t, "resourceUID") || *turn_query(t, "resourceName")) {
        turn_fail(t, err_new(ERR_UNIMPLEMENTED, "events of single resources are not supported"));
        return;
    }
    struct kube_target target = {.group = "", .version = "v1", .resource = "events", .ns = t->api->o.ns};
    const char *fields =
        arena_printf(t->a, "involvedObject.name=%s,involvedObject.uid=%s,involvedObject.namespace=%s",
                     t->name, api_uid(app), t->api->o.ns);
    kube_list(t->api->o.kube, &target, &(struct kube_list_options){.fields = fields}, on_events, t);
}
