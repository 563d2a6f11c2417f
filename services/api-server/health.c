/* api-server/health - the health of an application's resources is not in its status (resourceHealthSource:
 * appTree); whoever reads the application gets it from the controller's tree.
 *
 * A controller that does not answer soon costs the health, not the answer. */
#include "api.h"

#include "doc/json.h"

enum { TREE_WAIT_MS = 3000 };

struct infer {
    struct turn *turn;
    const struct doc *app; /* in the turn's arena */
    struct call call;
};

static bool is_node_of(const struct doc *node, const struct doc *resource)
{
    static const char *const keys[] = {"group", "kind", "namespace", "name"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!streq(doc_str(doc_get(node, keys[i]), ""), doc_str(doc_get(resource, keys[i]), "")))
            return false;
    return true;
}

/* A node that is nowhere yet is missing. */
static const struct doc *health_of(struct arena *a, const struct doc *node)
{
    bool nowhere = !doc_get(node, "uid") && !doc_get(node, "resourceVersion") && !doc_get(node, "createdAt");
    if (!nowhere)
        return doc_get(node, "health");
    struct doc *missing = doc_new_map(a);
    doc_set_str(a, missing, "status", "Missing");
    doc_set_str(a, missing, "message", "Resource has not been created");
    return missing;
}

static const struct doc *with_health(struct arena *a, const struct doc *app, const struct doc *tree)
{
    struct doc *resources = doc_new_list(a);
    doc_each (r, doc_path(app, "status", "resources")) {
        const struct doc *health = NULL;
        doc_each (node, doc_get(tree, "nodes"))
            if (is_node_of(node.val, r.val))
                health = health_of(a, node.val);
        doc_push(a, resources, health ? doc_with(a, r.val, health, "health") : r.val);
    }
    return doc_with(a, app, resources, "status", "resources");
}

static void on_tree(void *arg, struct err *e, const Capstan__Controller__GetTreeReply *reply)
{
    struct infer *i = arg;
    struct turn *t = i->turn;
    struct doc *tree = NULL;
    if (!e)
        e = json_read(t->a, wire_span(reply->tree), NULL, &tree);
    turn_reply_app(t, e ? i->app : with_health(t->a, i->app, tree));
    err_free(e);
}

void turn_reply_app_with_health(struct turn *t, const struct doc *app)
{
    if (!doc_len(doc_path(app, "status", "resources")) ||
        !doc_str_is(doc_path(app, "status", "resourceHealthSource"), "appTree")) {
        turn_reply_app(t, app);
        return;
    }
    struct infer *i = NEW(t->a, struct infer);
    i->turn = t;
    i->app = doc_deep(t->a, app); /* the cache's may go meanwhile */
    call_child(&i->call, &t->call, TREE_WAIT_MS);
    Capstan__Controller__App which = CAPSTAN__CONTROLLER__APP__INIT;
    which.namespace_ = wire_text(t->api->o.ns);
    which.name = wire_text(t->name);
    Capstan__Controller__GetTreeRequest rq = CAPSTAN__CONTROLLER__GET_TREE_REQUEST__INIT;
    rq.has_version = true;
    rq.version = 1;
    rq.app = &which;
    client_controller_get_tree(t->api->o.controller, &i->call, &rq, on_tree, i);
}
