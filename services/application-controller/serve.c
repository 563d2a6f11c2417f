/* application-controller/serve - what the api-server asks: the resource tree and the managed resources of an application, in the
 * shapes of the public API, secrets masked. */
#include "controller.h"

#include "doc/json.h"
#include "proto/controller.pb-c.h"
#include "wire/wire.h"

enum { NODES_MAX = 20000, DEPTH_MAX = 10 };

static struct app *find(struct controller *c, const Capstan__Controller__App *app)
{
    CLEANUP(mem_freep) char *key =
        mem_printf("%s/%s", app && app->namespace_ && *app->namespace_ ? app->namespace_ : c->ns, app && app->name ? app->name : "");
    return map_get(c->apps, key);
}

static void not_found(struct bus_request *rq)
{
    bus_fail(rq, err_reason(ERR_NOT_FOUND, "NotFound", "the controller does not know this application"));
}

/* --- tree -------------------------------------------------------------------------------------------------------------- */

struct tree {
    struct arena *a;
    struct app *app;
    struct doc *nodes;
};

static struct doc *ref_of(struct arena *a, const struct api_key *key, const char *version, const char *uid)
{
    struct doc *r = doc_new_map(a);
    if (*key->group)
        doc_set_str(a, r, "group", key->group);
    doc_set_str(a, r, "version", version);
    doc_set_str(a, r, "kind", key->kind);
    if (*key->ns)
        doc_set_str(a, r, "namespace", key->ns);
    doc_set_str(a, r, "name", key->name);
    if (uid && *uid)
        doc_set_str(a, r, "uid", uid);
    return r;
}

static void set_health(struct arena *a, struct doc *node, enum health_status status, const char *message)
{
    if (status == HEALTH_NONE)
        return;
    struct doc *h = doc_new_map(a);
    if (*message)
        doc_set_str(a, h, "message", message);
    doc_set_str(a, h, "status", health_name(status));
    doc_set(a, node, "health", h);
}

static void add_info(struct arena *a, struct doc *node, const char *name, const char *value)
{
    if (!*value)
        return;
    struct doc *info = doc_get(node, "info") ? doc_own_get(a, node, span_of("info")) : doc_set_list(a, node, "info");
    struct doc *one = doc_push(a, info, doc_new_map(a));
    doc_set_str(a, one, "name", name);
    doc_set_str(a, one, "value", value);
}

static void add_object(struct tree *t, const struct object *o, const struct doc *parent, int depth)
{
    if (doc_len(t->nodes) >= NODES_MAX || depth > DEPTH_MAX)
        return;
    struct arena *a = t->a;
    struct doc *node = ref_of(a, &o->key, o->version, o->uid), *self = doc_shallow(a, node);
    const struct doc *extra = frozen_root(o->extra);
    if (parent)
        doc_push(a, doc_set_list(a, node, "parentRefs"), parent);
    doc_set_str(a, node, "resourceVersion", o->resource_version ? o->resource_version : "");
    if (doc_len(doc_get(extra, "images")))
        doc_set(a, node, "images", doc_get(extra, "images"));
    if (doc_str(doc_get(extra, "phase"), NULL))
        add_info(a, node, "Status Reason", doc_str(doc_get(extra, "phase"), ""));
    if (doc_str(doc_get(extra, "revision"), NULL) && *doc_str(doc_get(extra, "revision"), ""))
        add_info(a, node, "Revision", arena_printf(a, "Rev:%s", doc_str(doc_get(extra, "revision"), "")));
    set_health(a, node, o->health.status, o->health.message);
    if (o->created && *o->created)
        doc_set_str(a, node, "createdAt", o->created);
    doc_push(a, t->nodes, node);
    for (const struct object *c = cluster_children(t->app->controller->cluster, o); c; c = c->sibling)
        add_object(t, c, self, depth + 1);
}

static void add_row(void *arg, const struct compare_row *row)
{
    struct tree *t = arg;
    const struct object *o = row->live ? cluster_find(t->app->controller->cluster, row->id) : NULL;
    if (o) {
        add_object(t, o, NULL, 0);
    } else if (row->target && !row->hook) {
        struct doc *node = ref_of(t->a, &row->key, row->version, NULL);
        set_health(t->a, node, HEALTH_MISSING, "");
        doc_push(t->a, t->nodes, node);
    }
}

/* What nobody holds, with what descends from it. */
static const struct doc *orphaned_nodes(struct app *app, struct arena *a)
{
    struct tree t = {a, app, doc_new_list(a)};
    size_t n = 0;
    const struct object **orphans = orphans_of(app, a, &n);
    for (size_t i = 0; i < n; i++)
        add_object(&t, orphans[i], NULL, 0);
    return t.nodes;
}

static void get_tree(void *service, struct bus_request *rq)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("tree");
    Capstan__Controller__GetTreeRequest *ask = NULL;
    struct err *e = wire_unpack(a, &capstan__controller__get_tree_request__descriptor, bus_request_body(rq), NULL, &ask);
    if (e) {
        bus_fail(rq, e);
        return;
    }
    struct app *app = find(service, ask->app);
    if (!app) {
        not_found(rq);
        return;
    }
    struct doc *tree = doc_new_map(a);
    struct tree t = {a, app, doc_new_list(a)};
    compare_each(app->table, add_row, &t);
    doc_set(a, tree, "nodes", t.nodes);
    const struct doc *orphaned = orphaned_nodes(app, a);
    if (doc_len(orphaned))
        doc_set(a, tree, "orphanedNodes", orphaned);
    Capstan__Controller__GetTreeReply reply = CAPSTAN__CONTROLLER__GET_TREE_REPLY__INIT;
    reply.has_version = reply.has_tree = true;
    reply.version = 1;
    reply.tree = wire_bytes(span_of(json_text(a, tree, 0)));
    bus_reply(rq, wire_pack(a, &reply));
    shown_keep(app, SHOWN_TREE, wire_span(reply.tree));
}

/* --- managed resources ------------------------------------------------------------------------------------------------- */

struct managed {
    struct arena *a;
    struct app *app;
    const Capstan__Controller__GetManagedResourcesRequest *ask;
    struct doc *items;
};

static bool passes(const char *filter, const char *value)
{
    return !filter || !*filter || streq(filter, value);
}

static const char *state_text(struct arena *a, const struct doc *d)
{
    return d ? json_text(a, d, JSON_SORTED) : "null";
}

static void add_managed(void *arg, const struct compare_row *row)
{
    struct managed *m = arg;
    const Capstan__Controller__GetManagedResourcesRequest *q = m->ask;
    if (!passes(q->group, row->key.group) || !passes(q->kind, row->key.kind) ||
        !passes(q->namespace_, row->key.ns) || !passes(q->name, row->key.name) || (row->hook && !row->live))
        return;
    struct arena *a = m->a;
    const struct doc *target = row->hook ? NULL : frozen_root(row->target), *live = frozen_root(row->live);
    struct judge_asking asking = {m->app, false};
    const struct diff_rules rules = app_diff_rules(m->app, &asking);
    struct diff_result r = {0};
    diff_mask_secrets(a, &target, &live);
    struct doc *item = doc_push(a, m->items, doc_new_map(a));
    err_free(diff_three_way(a, &rules, target, live, &r));
    if (*row->key.group)
        doc_set_str(a, item, "group", row->key.group);
    doc_set_str(a, item, "kind", row->key.kind);
    if (*row->key.ns)
        doc_set_str(a, item, "namespace", row->key.ns);
    doc_set_str(a, item, "name", row->key.name);
    doc_set_str(a, item, "targetState", state_text(a, target));
    doc_set_str(a, item, "liveState", state_text(a, live));
    doc_set_str(a, item, "normalizedLiveState", state_text(a, r.live));
    doc_set_str(a, item, "predictedLiveState", state_text(a, r.predicted));
    if (live)
        doc_set_str(a, item, "resourceVersion", api_resource_version(live));
    if (row->hook)
        doc_set_bool(a, item, "hook", true);
    if (row->modified || (row->target && !row->live))
        doc_set_bool(a, item, "modified", true);
}

static void get_managed(void *service, struct bus_request *rq)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("managed");
    Capstan__Controller__GetManagedResourcesRequest *ask = NULL;
    struct err *e =
        wire_unpack(a, &capstan__controller__get_managed_resources_request__descriptor, bus_request_body(rq), NULL, &ask);
    if (e) {
        bus_fail(rq, e);
        return;
    }
    struct app *app = find(service, ask->app);
    if (!app) {
        not_found(rq);
        return;
    }
    struct managed m = {a, app, ask, doc_new_list(a)};
    compare_each(app->table, add_managed, &m);
    Capstan__Controller__GetManagedResourcesReply reply = CAPSTAN__CONTROLLER__GET_MANAGED_RESOURCES_REPLY__INIT;
    reply.has_version = reply.has_resources = true;
    reply.version = 1;
    reply.resources = wire_bytes(span_of(json_text(a, m.items, 0)));
    bus_reply(rq, wire_pack(a, &reply));
    if (passes(ask->group, "") && passes(ask->kind, "") && passes(ask->namespace_, "") && passes(ask->name, ""))
        shown_keep(app, SHOWN_MANAGED, wire_span(reply.resources));
}

static const struct bus_method methods[] = {
    {"controller.GetTree", get_tree},
    {"controller.GetManagedResources", get_managed},
};

struct err *serve_start(struct controller *c)
{
    c->server = bus_server_new(c->run->bus, &(struct bus_server_options){.methods = methods,
                                                                         .methods_len = ARRAY_LEN(methods),
                                                                         .service = c});
    return svc_bus_bind(c->run, c->server);
}

void serve_stop(struct controller *c)
{
    bus_server_free(c->server);
    c->server = NULL;
}
