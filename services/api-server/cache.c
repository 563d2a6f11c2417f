/* api-server/cache - Applications, projects, repositories and settings as the watches show them.
 *
 * A turn that waits for an application, or streams them, is told of each change after the cache has it. */
#include "api.h"

#include "base/log.h"
#include "doc/json.h"

#include <stdlib.h>

static const char *const missing[WATCHES] = {
    [WATCH_APPS] = "Applications have not been read",
    [WATCH_PROJECTS] = "AppProjects have not been read",
    [WATCH_REPOSITORIES] = "repository Secrets have not been read",
    [WATCH_SECRET] = "argocd-secret has not been read",
    [WATCH_CM] = "argocd-cm has not been read",
};

static void frozen_free(void *f)
{
    frozen_unref(f);
}

static void tell_ready(struct api *api)
{
    const char *why =
        session_ready(api) ? NULL : "argocd-secret holds no admin.password and server.secretkey yet";
    for (size_t i = 0; i < WATCHES; i++)
        if (!api->synced[i])
            why = missing[i];
    if (api->o.ready)
        api->o.ready(api->o.arg, why);
}

/* Common to all watches; true when the event is about an object. */
static bool is_object(struct api *api, enum api_watch i, enum kube_event event, const struct err *e)
{
    if (event == KUBE_ERROR)
        log_warn("a watch failed and is tried again", "missing", missing[i], "error", e->msg);
    if (event == KUBE_SYNCED) {
        api->synced[i] = true;
        if (i == WATCH_SECRET)
            session_secret_changed(api);
        tell_ready(api);
    }
    return event != KUBE_ERROR && event != KUBE_SYNCED;
}

static void keep(struct map *m, enum kube_event event, const struct doc *object)
{
    if (event == KUBE_DELETED)
        map_del(m, api_name(object));
    else
        map_set(m, api_name(object), doc_freeze(object));
}

static void keep_one(struct frozen **place, enum kube_event event, const struct doc *object)
{
    frozen_unref(*place);
    *place = event == KUBE_DELETED ? NULL : doc_freeze(object);
}

static void on_app(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct api *api = arg;
    if (!is_object(api, WATCH_APPS, event, e))
        return;
    /* A deletion after a relist carries a name only; what was known of it tells more. */
    CLEANUP(frozen_unrefp) struct frozen *known = frozen_ref(map_get(api->apps, api_name(object)));
    const struct doc *told =
        event == KUBE_DELETED && known && !doc_get(object, "spec") ? frozen_root(known) : object;
    bool old = event != KUBE_DELETED && known && streq(api_uid(object), api_uid(frozen_root(known))) &&
               api_version_of(object) < api_version_of(frozen_root(known));
    if (!old)
        keep(api->apps, event, object);
    for (struct turn *t = api->turns, *next; t; t = next) {
        next = t->next;
        if (t->on_app)
            t->on_app(t, event, told);
    }
}

/* What was just written is read back by the next request, before the watch tells of it. */
void cache_saw_app(struct api *api, const struct doc *object)
{
    if (api_is(object, "argoproj.io", "Application"))
        keep(api->apps, KUBE_MODIFIED, object);
}

static void on_default_made(void *arg, struct err *e, const struct doc *object)
{
    (void)arg, (void)object;
    if (e && e->code != ERR_EXISTS)
        log_warn("project default could not be made", "error", e->msg);
    err_free(e);
}

/* As upstream's server does at its first start: the project that applications are in when they name none. */
static void make_default_project(struct api *api)
{
    static const char json[] =
        "{\"apiVersion\":\"argoproj.io/"
        "v1alpha1\",\"kind\":\"AppProject\",\"metadata\":{\"name\":\"default\"},\"spec\":{"
        "\"clusterResourceWhitelist\":[{\"group\":\"*\",\"kind\":\"*\"}],\"destinations\":[{\"namespace\":\"*"
        "\","
        "\"server\":\"*\"}],\"sourceRepos\":[\"*\"]}}";
    CLEANUP(arena_freep) struct arena *a = arena_new("project");
    struct doc *project = NULL;
    struct err *e = json_read(a, span_of(json), NULL, &project);
    if (e)
        panic("the default project: %s", e->msg);
    const struct doc *object = api_with_namespace(a, project, api->o.ns);
    struct kube_target t = {
        .group = "argoproj.io", .version = "v1alpha1", .resource = "appprojects", .ns = api->o.ns};
    kube_create(api->o.kube, &t, object, NULL, on_default_made, NULL);
}

static void on_project(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct api *api = arg;
    if (is_object(api, WATCH_PROJECTS, event, e))
        keep(api->projects, event, object);
    else if (event == KUBE_SYNCED && !cache_project(api, "default"))
        make_default_project(api);
}

static void on_repository(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct api *api = arg;
    if (is_object(api, WATCH_REPOSITORIES, event, e))
        keep(api->repositories, event, object);
}

static void on_secret(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct api *api = arg;
    if (!is_object(api, WATCH_SECRET, event, e))
        return;
    keep_one(&api->secret, event, object);
    if (api->synced[WATCH_SECRET])
        session_secret_changed(api);
    tell_ready(api);
}

static void on_cm(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct api *api = arg;
    if (is_object(api, WATCH_CM, event, e))
        keep_one(&api->cm, event, object);
}

void cache_start(struct api *api)
{
    const char *argo = "argoproj.io", *alpha = "v1alpha1";
    const struct kube_watch_options watches[WATCHES] = {
        [WATCH_APPS] = {argo, alpha, "applications", "Application", .event = on_app},
        [WATCH_PROJECTS] = {argo, alpha, "appprojects", "AppProject", .event = on_project},
        [WATCH_REPOSITORIES] = {"", "v1", "secrets", "Secret",
                                .labels = API_LABEL_SECRET_TYPE " in (repository,repo-creds)",
                                .event = on_repository},
        [WATCH_SECRET] = {"", "v1", "secrets", "Secret", .fields = "metadata.name=argocd-secret",
                          .event = on_secret},
        [WATCH_CM] = {"", "v1", "configmaps", "ConfigMap", .fields = "metadata.name=argocd-cm",
                      .event = on_cm},
    };
    api->apps = map_new(frozen_free);
    api->projects = map_new(frozen_free);
    api->repositories = map_new(frozen_free);
    for (size_t i = 0; i < WATCHES; i++) {
        struct kube_watch_options w = watches[i];
        w.ns = api->o.ns;
        w.arg = api;
        api->watches[i] = kube_watch_start(api->o.kube, &w);
    }
    tell_ready(api);
}

void cache_halt(struct api *api)
{
    for (size_t i = 0; i < WATCHES; i++) {
        kube_watch_stop(api->watches[i]);
        api->watches[i] = NULL;
    }
}

void cache_stop(struct api *api)
{
    map_free(api->apps);
    map_free(api->projects);
    map_free(api->repositories);
    frozen_unref(api->secret);
    frozen_unref(api->cm);
}

/* --- look-ups ----------------------------------------------------------------------------------------------
 */

const struct doc *cache_app(struct api *api, const char *name)
{
    return frozen_root(map_get(api->apps, name));
}

const struct doc *cache_project(struct api *api, const char *name)
{
    return frozen_root(map_get(api->projects, name));
}

uint64_t api_version_of(const struct doc *object)
{
    return strtoull(api_resource_version(object), NULL, 10);
}

const char *app_project(const struct doc *app)
{
    const char *project = doc_str(doc_path(app, "spec", "project"), "");
    return *project ? project : "default";
}

const struct doc *turn_app(struct turn *t)
{
    const char *ns = turn_query(t, "appNamespace");
    struct net_pairs projects = net_req_query_all(t->r, "projects");
    if (!projects.len)
        projects = net_req_query_all(t->r, "project");
    if (projects.len > 1) {
        turn_fail(t,
                  err_new(ERR_INVALID, "multiple projects specified - the get endpoint accepts either zero "
                                       "or one project"));
        return NULL;
    }
    const char *project = projects.len ? projects.at[0].value : "";
    const struct doc *app = *ns && !streq(ns, t->api->o.ns) ? NULL : cache_app(t->api, t->name);
    if (app && (!*project || streq(project, app_project(app))))
        return app;
    /* Who names no project is not told which names are taken (api.md §3.7). */
    turn_fail(t, *project ? err_new(ERR_NOT_FOUND, "applications.argoproj.io \"%s\" not found", t->name)
                          : err_new(ERR_DENIED, "permission denied"));
    return NULL;
}
