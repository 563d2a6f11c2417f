/* cli/remote/local - targets from a folder of this machine, rendered by the code that repo-server uses. */
#include "services/cli/remote/app.h"

#include "api/app.h"
#include "render/render.h"
#include "track/track.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct err *real(struct arena *a, const char *flag, const char *path, const char **out)
{
    char found[PATH_MAX];
    if (!realpath(path, found))
        return err_errno(errno, "--%s '%s'", flag, path);
    *out = arena_strdup(a, found);
    return NULL;
}

/* The folder's path seen from the root of its repository. */
static struct err *below(struct arena *a, const char *root, const char *path, const char **out)
{
    size_t n = strlen(root);
    if (streq(root, "/"))
        n = 0;
    if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return err_new(ERR_INVALID, "--local '%s' is not below --local-repo-root '%s'", path, root);
    *out = path[n] ? arena_strdup(a, path + n + 1) : "";
    return NULL;
}

static struct err *the_source(const struct api_app *app, const struct api_source **out)
{
    if (app->n_sources != 1)
        return err_new(
            ERR_INVALID,
            "application '%s' has %zu sources: --local takes the place of one that is the only one",
            app->name, app->n_sources);
    *out = &app->sources[0];
    return NULL;
}

static struct track track_of(const struct doc *settings)
{
    return (struct track){.method = track_method_parse(doc_str(doc_get(settings, "trackingMethod"), "")),
                          .label = doc_str(doc_get(settings, "appLabelKey"), API_LABEL_INSTANCE),
                          .installation_id = doc_str(doc_get(settings, "installationID"), "")};
}

struct err *cli_local_render(struct arena *a, const struct call *call, const struct doc *app,
                             const struct doc *settings, const struct cli_local *local, struct doc **out)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const struct api_app *v =
        api_app_parse(a, app, doc_str(doc_get(settings, "controllerNamespace"), api_namespace(app)));
    const struct track track = track_of(settings);
    const struct api_source *source = NULL;
    const char *root = NULL, *folder = NULL, *path = NULL;
    struct render_result result = {0};
    TRY(the_source(v, &source));
    TRY(real(a, "local-repo-root", local->root, &root));
    TRY(real(a, "local", local->path, &folder));
    TRY(below(a, root, folder, &path));
    TRY(tree_local(root, &tree));
    const struct render_request rq = {.path = path, .app_name = v->instance, .source = source->doc};
    TRYF(render(call, tree, &rq, a, &result), "rendering '%s'", folder);
    *out = doc_new_list(a);
    doc_each (it, result.manifests)
        doc_push(a, *out, track_mark(a, &track, it.val, v->instance, v->dest.ns));
    return NULL;
}

struct err *cli_local_targets(struct cli *c, const struct doc *app, const struct cli_local *local,
                              struct doc **out)
{
    struct doc *settings;
    TRY(cli_request(c, "GET", "/api/v1/settings", NULL, &settings));
    return cli_local_render(c->a, &c->call, app, settings, local, out);
}
