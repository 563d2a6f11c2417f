/* api-server/actions - actions on live objects of an application (specs/engine.md §5.5, api.md): which there
 * are, and one run.
 *
 * The object must be in the application's tree, and is read from the cluster at that moment; what the action
 * writes goes there one request after the other. Only built-in actions: those of argocd-cm in Lua are not run
 * here. */
#include "api.h"

#include "action/action.h"
#include "api/project.h"
#include "doc/json.h"

struct acting {
    struct turn *turn;
    const struct doc *app; /* a copy */
    const struct doc *ask; /* {group, version, kind, namespace, resourceName}, of the query or the body */
    const char *action;    /* NULL = which are there? */
    const struct doc *params;
    struct kube_target target;
    struct action_change changes[ACTION_CHANGES];
    size_t n, at;
    void (*live)(struct acting *c, const struct doc *object);
};

static const char *asked(const struct acting *c, const char *field)
{
    return doc_str(doc_get(c->ask, field), "");
}

static struct acting *acting_of(struct turn *t)
{
    return t->state;
}

/* --- the object ------------------------------------------------------------------------------------------
 */

static bool in_tree(const struct acting *c, const struct doc *tree)
{
    static const char *const pairs[][2] = {
        {"group", "group"}, {"kind", "kind"}, {"namespace", "namespace"}, {"name", "resourceName"}};
    doc_each (node, doc_get(tree, "nodes")) {
        bool same = true;
        for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
            same &= streq(doc_str(doc_get(node.val, pairs[i][0]), ""), asked(c, pairs[i][1]));
        if (same && *doc_str(doc_get(node.val, "uid"), ""))
            return true;
    }
    return false;
}

static void on_live(void *arg, struct err *e, const struct doc *object)
{
    struct acting *c = arg;
    if (e)
        turn_fail(c->turn, e);
    else
        c->live(c, object);
}

static void take_tree(struct turn *t, struct err *e, struct span json)
{
    struct acting *c = acting_of(t);
    struct doc *tree = NULL;
    if (!e)
        e = json_read(t->a, json, NULL, &tree);
    if (!e && !in_tree(c, tree))
        e = err_new(ERR_INVALID, "%s %s %s not found as part of application %s", asked(c, "kind"),
                    asked(c, "group"), asked(c, "resourceName"), t->name);
    const char *resource = action_resource(asked(c, "group"), asked(c, "kind"));
    c->target = (struct kube_target){.group = asked(c, "group"),
                                     .version = asked(c, "version"),
                                     .resource = resource,
                                     .ns = asked(c, "namespace"),
                                     .name = asked(c, "resourceName")};
    if (e)
        turn_fail(t, e);
    else if (resource)
        kube_get(t->api->o.kube, &c->target, on_live, c);
    else
        c->live(c, NULL);
}

/* Of a query: the same fields as a body has. */
static const struct doc *from_query(struct turn *t)
{
    static const char *const fields[] = {"group", "version", "kind", "namespace", "resourceName"};
    struct doc *d = doc_new_map(t->a);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        doc_set_str(t->a, d, fields[i], turn_query(t, fields[i]));
    return d;
}

static void begin(struct turn *t, const struct acting *what)
{
    static const char *const required[] = {"resourceName", "version", "kind"};
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    struct acting *c = NEW(t->a, struct acting);
    *c = *what;
    c->turn = t;
    c->app = doc_deep(t->a, app);
    t->state = c;
    for (size_t i = 0; i < ARRAY_LEN(required); i++)
        if (!*asked(c, required[i])) {
            turn_fail(t, turn_missing(required[i]));
            return;
        }
    shown_tree(t, take_tree);
}

/* --- which are there ---------------------------------------------------------------------------------------
 */

static void list_actions(struct acting *c, const struct doc *object)
{
    struct turn *t = c->turn;
    const struct doc *list = action_list(t->a, object);
    struct doc *reply = doc_new_map(t->a);
    if (doc_len(list))
        doc_set(t->a, reply, "actions", list);
    turn_reply(t, reply);
}

void app_actions(struct turn *t)
{
    begin(t, &(struct acting){.ask = from_query(t), .live = list_actions});
}

/* --- one run
 * ------------------------------------------------------------------------------------------------- */

static void write_next(struct acting *c);

static void on_written(void *arg, struct err *e, const struct doc *object)
{
    struct acting *c = arg;
    (void)object;
    if (e) {
        turn_fail(c->turn, e);
        return;
    }
    c->at++;
    write_next(c);
}

static void write_next(struct acting *c)
{
    struct turn *t = c->turn;
    struct kube *kube = t->api->o.kube;
    if (c->at == c->n) {
        audit(t, c->app, "ResourceActionRan", "ran action %s on resource %s/%s/%s", c->action,
              asked(c, "group"), asked(c, "kind"), asked(c, "resourceName"));
        turn_reply(t, doc_new_map(t->a));
        return;
    }
    const struct action_change *change = &c->changes[c->at];
    struct kube_target target = c->target;
    if (change->kind == ACTION_CREATE) {
        struct api_key key = api_key_of(t->a, change->body);
        struct api_gv gv = api_gv_of(change->body);
        target = (struct kube_target){.group = key.group,
                                      .version = arena_strndup(t->a, gv.version.at, gv.version.len),
                                      .resource = action_resource(key.group, key.kind),
                                      .ns = key.ns};
        kube_create(kube, &target, change->body, NULL, on_written, c);
        return;
    }
    if (change->kind == ACTION_PATCH_STATUS)
        target.subresource = "status";
    kube_patch(kube, &target, (struct kube_patch_body){KUBE_MERGE_PATCH, change->body}, NULL, on_written, c);
}

/* What an action makes must be of a kind that the application's project lets in. */
static struct err *check_project(const struct acting *c)
{
    struct turn *t = c->turn;
    const struct doc *project = cache_project(t->api, app_project(c->app));
    for (size_t i = 0; i < c->n; i++) {
        struct api_key key = api_key_of(t->a, c->changes[i].body);
        if (c->changes[i].kind != ACTION_CREATE || (project && api_project_kind(project, &key, true)))
            continue;
        return err_new(ERR_DENIED, "application is not permitted to manage %s/%s/%s in namespace %s",
                       key.group, key.kind, key.name, key.ns);
    }
    return NULL;
}

static void run_action(struct acting *c, const struct doc *object)
{
    struct turn *t = c->turn;
    const struct action_input in = {.live = object ? doc_deep(t->a, object) : NULL,
                                    .name = c->action,
                                    .params = c->params,
                                    .now_ms = clock_wall_ms(loop_clock(t->api->o.loop))};
    struct err *e = action_run(t->a, &in, c->changes, &c->n);
    if (!e)
        e = check_project(c);
    if (e)
        turn_fail(t, e);
    else
        write_next(c);
}

void app_action_run(struct turn *t)
{
    const char *action = doc_str(t->body, NULL);
    if (!action) {
        turn_fail(t, err_new(ERR_INVALID, "json: cannot unmarshal %s into Go value of type string",
                             doc_kind_name(t->body)));
        return;
    }
    begin(t, &(struct acting){.ask = from_query(t), .action = action, .live = run_action});
}

void app_action_run_v2(struct turn *t)
{
    const char *action = doc_str(doc_get(t->body, "action"), "");
    if (!*action) {
        turn_fail(t, turn_missing("action"));
        return;
    }
    begin(t, &(struct acting){.ask = t->body,
                              .action = action,
                              .params = doc_get(t->body, "resourceActionParameters"),
                              .live = run_action});
}
