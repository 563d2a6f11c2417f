/* application-controller/judge - what users' scripts say, for whoever judges here: an application's table row by row, a running
 * operation, an object of the tree. Who asked too early is found again by name when the answer comes. */
#include "controller.h"

static const struct doc *ask_jq(struct app *app, const char *row, const char *expression, const struct doc *obj,
                                struct arena *a, bool *pending, const char **problem)
{
    const struct scripts_asker asker = {app->key, row};
    return scripts_jq(app->controller->scripts, app->view->project, &asker, expression, obj, a, pending, problem);
}

static bool ask_health(const struct controller *c, const char *app, const char *row, const struct api_health_script *script,
                       const struct doc *live, struct arena *a, struct health_said *out)
{
    const struct scripts_asker asker = {app, row};
    return scripts_health(c->scripts, &asker, script, live, a, out);
}

/* --- tables --- */

static enum compare_scope scope(void *arg, const struct api_key *key)
{
    const struct app *app = arg;
    return cluster_scope(app->controller->cluster, key);
}

static const struct doc *table_jq(void *arg, const char *row, const char *expression, const struct doc *obj, struct arena *a,
                                  bool *pending, const char **problem)
{
    return ask_jq(arg, row, expression, obj, a, pending, problem);
}

static bool table_health(void *arg, const char *row, const struct api_health_script *script, const struct doc *live,
                         struct arena *a, struct health_said *out)
{
    const struct app *app = arg;
    return ask_health(app->controller, app->key, row, script, live, a, out);
}

struct compare_ops judge_ops(struct app *app)
{
    return (struct compare_ops){.scope = scope, .jq = table_jq, .health = table_health, .arg = app};
}

/* --- outside of a table --- */

const struct doc *judge_jq(void *arg, const char *expression, const struct doc *obj, struct arena *a)
{
    struct judge_asking *asking = arg;
    const char *problem; /* is told by the row that asks the same */
    return ask_jq(asking->app, "", expression, obj, a, &asking->pending, &problem);
}

static bool operation_health(void *arg, const struct api_health_script *script, const struct doc *live, struct arena *a,
                             struct health_said *out)
{
    const struct app *app = arg;
    return ask_health(app->controller, app->key, "", script, live, a, out);
}

struct health_scripts judge_operation(struct app *app)
{
    return (struct health_scripts){&app->controller->settings.customize, operation_health, app};
}

static bool object_health(void *arg, const struct api_health_script *script, const struct doc *live, struct arena *a,
                          struct health_said *out)
{
    const struct object *o = arg;
    return ask_health(cluster_controller(o->cluster), "", o->id, script, live, a, out);
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
