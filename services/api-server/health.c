/* api-server/health - the health of an application's resources is not in its status (resourceHealthSource:
 * appTree); whoever reads the application gets it from the controller's tree.
 *
 * A controller that does not answer soon costs the health, not the answer. */
#include "api.h"

#include "doc/json.h"

enum { TREE_WAIT_MS = 3000 };

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

static void take_tree(struct turn *t, struct err *e, struct span json)
{
    const struct doc *app = t->state;
    struct doc *tree = NULL;
    if (!e)
        e = json_read(t->a, json, NULL, &tree);
    turn_reply_app(t, e ? app : with_health(t->a, app, tree));
    err_free(e);
}

void turn_reply_app_with_health(struct turn *t, const struct doc *app)
{
    if (!doc_len(doc_path(app, "status", "resources")) ||
        !doc_str_is(doc_path(app, "status", "resourceHealthSource"), "appTree")) {
        turn_reply_app(t, app);
        return;
    }
    t->state = doc_deep(t->a, app); /* the cache's may go meanwhile */
    t->call.deadline_ms = MIN(t->call.deadline_ms, clock_mono_ms(t->call.clock) + TREE_WAIT_MS);
    shown_tree(t, take_tree);
}
