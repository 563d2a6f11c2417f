/* application-controller/judge - what users' scripts say, for whoever judges here: an application's table row
 * by row, a running operation, an object of the tree. Who asked too early is found again by name when the
 * answer comes. */
#include "controller.h"

/* --- tables --- */

static enum compare_scope scope(void *arg, const struct api_key *key)
{
    const struct app *app = arg;
    return cluster_scope(app->controller->cluster, key);
}

static struct diff_jq table_jq(void *arg, const char *row, const char *expression, const struct doc *obj,
                               struct arena *a)
{
    const struct app *app = arg;
    const struct scripts_asker asker = {app->key, row, app->view->project};
    return scripts_jq(app->controller->scripts, &asker, expression, obj, a);
}

static bool table_health(void *arg, const char *row, const struct api_health_script *script,
                         const struct doc *live, struct arena *a, struct health_said *out)
{
    const struct app *app = arg;
    const struct scripts_asker asker = {app->key, row, ""};
    return scripts_health(app->controller->scripts, &asker, script, live, a, out);
}

struct compare_ops judge_ops(struct app *app)
{
    return (struct compare_ops){.scope = scope, .jq = table_jq, .health = table_health, .arg = app};
}

/* --- outside of a table --- */

/* A problem is told by the row that asks the same. */
const struct doc *judge_jq(void *arg, const char *expression, const struct doc *obj, struct arena *a)
{
    struct judge_asking *asking = arg;
    const struct diff_jq said = table_jq(asking->app, "", expression, obj, a);
    asking->pending |= said.pending;
    return said.paths;
}

static bool operation_health(void *arg, const struct api_health_script *script, const struct doc *live,
                             struct arena *a, struct health_said *out)
{
    return table_health(arg, "", script, live, a, out);
}

struct health_scripts judge_operation(struct app *app)
{
    return (struct health_scripts){&app->controller->settings.customize, operation_health, app};
}

static bool object_health(void *arg, const struct api_health_script *script, const struct doc *live,
                          struct arena *a, struct health_said *out)
{
    const struct object *o = arg;
    const struct scripts_asker asker = {"", o->id, ""};
    return scripts_health(cluster_controller(o->cluster)->scripts, &asker, script, live, a, out);
}

struct health_scripts judge_object(struct object *o)
{
    return (struct health_scripts){&cluster_controller(o->cluster)->settings.customize, object_health, o};
}

/* --- answers --- */

void judge_answered(void *controller, const char *key, const char *row)
{
    struct controller *c = controller;
    if (!*key) {
        cluster_judge(c->cluster, row);
        return;
    }
    struct app *app = map_get(c->apps, key);
    if (!app || app->gone)
        return;
    if (*row)
        compare_answered(app->table, row);
    shown_stale(app);
    app_queue(app, REFRESH_NONE);
}
