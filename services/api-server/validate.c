/* api-server/validate - may an Application be written as it is? First what can be said at once (project,
 * destination, permissions), then whether its manifests can be made. */
#include "validate.h"

#include "render.h"

struct err *validate_spec(struct turn *t, const struct doc *app)
{
    const struct api_app *v = api_app_parse(t->a, app, t->api->o.ns);
    const struct doc *project = cache_project(t->api, v->project);
    /* Who may not see a project is not told whether it exists. */
    if (!project || !streq(v->ns, t->api->o.ns))
        return err_new(ERR_INVALID, "app is not allowed in project \"%s\", or the project does not exist",
                       v->project);
    const char *problem = api_app_destination_problem(t->a, v);
    if (problem)
        return err_new(ERR_INVALID, "application destination spec for %s is invalid: %s", v->name, problem);
    problem = api_app_source_problem(t->a, v);
    if (!problem)
        problem = api_app_permission_problem(t->a, v, project);
    if (problem)
        return err_new(ERR_INVALID, "application spec for %s is invalid: InvalidSpecError: %s", v->name,
                       problem);
    return NULL;
}

struct validation {
    struct render render;
    validate_go *go;
};

static void on_rendered(struct turn *t, struct render *r, struct err *e)
{
    struct validation *v = CONTAINER(r, struct validation, render);
    if (!e) {
        v->go(t);
        return;
    }
    const struct api_source *s = &r->app->sources[r->at];
    /* Upstream's repo-server gives no code for what a repository lacks. */
    enum err_code code = e->code == ERR_NOT_FOUND || e->code == ERR_INVALID ? ERR_UNKNOWN : e->code;
    turn_fail(t, err_new(ERR_INVALID,
                         "application spec for %s is invalid: InvalidSpecError: Unable to generate manifests "
                         "in %s: rpc error: code = %s desc = %s",
                         r->app->name, *s->path ? s->path : s->chart, err_code_name(code), e->msg));
    err_free(e);
}

void validate(struct turn *t, const struct doc *app, validate_go *go)
{
    struct err *e = validate_spec(t, app);
    if (e) {
        turn_fail(t, e);
        return;
    }
    if (!turn_flag(t, "validate", true)) {
        go(t);
        return;
    }
    struct validation *v = NEW(t->a, struct validation);
    v->go = go;
    v->render = (struct render){
        .app = api_app_parse(t->a, doc_deep(t->a, app), t->api->o.ns), .revision = "", .done = on_rendered};
    render_start(t, &v->render);
}
