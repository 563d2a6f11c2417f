/* api-server/settings - what stands around applications: version, settings, projects, repositories, the
 * cluster. */
#include "api.h"

#include "api/project.h"
#include "crypto/text.h"
#include "doc/json.h"

#include <ctype.h>
#include <stdlib.h>

/* What clients of Argo CD compare themselves with (api.md §6.8). */
#define API_VERSION "v3.5.1+capstan"

void health_get(struct turn *t)
{
    turn_reply(t, doc_new_map(t->a));
}

void version_get(struct turn *t)
{
    struct doc *d = doc_new_map(t->a);
    doc_set_str(t->a, d, "Version", API_VERSION);
    turn_reply(t, d);
}

static const char *setting(struct turn *t, const char *key, const char *dflt)
{
    const char *value = doc_str(doc_path(frozen_root(t->api->cm), "data", key), "");
    return *value ? value : dflt;
}

static void set_some(struct turn *t, struct doc *d, const char *key, const char *value)
{
    if (*value)
        doc_set_str(t->a, d, key, value);
}

struct track settings_track(struct turn *t)
{
    return (struct track){
        .method = track_method_parse(setting(t, "application.resourceTrackingMethod", "")),
        .label = arena_strdup(t->a, setting(t, "application.instanceLabelKey", API_LABEL_INSTANCE)),
        .installation_id = arena_strdup(t->a, setting(t, "installationID", "")),
    };
}

void settings_get(struct turn *t)
{
    struct doc *d = doc_new_map(t->a);
    set_some(t, d, "url", setting(t, "url", ""));
    doc_set_str(t->a, d, "appLabelKey", setting(t, "application.instanceLabelKey", API_LABEL_INSTANCE));
    doc_set_str(t->a, d, "trackingMethod", setting(t, "application.resourceTrackingMethod", "annotation"));
    set_some(t, d, "installationID", setting(t, "installationID", ""));
    set_some(t, d, "uiCssURL", setting(t, "ui.cssurl", ""));
    if (streq(setting(t, "statusbadge.enabled", ""), "true"))
        doc_set_bool(t->a, d, "statusBadgeEnabled", true);
    if (streq(setting(t, "admin.enabled", ""), "false"))
        doc_set_bool(t->a, d, "userLoginsDisabled", true);
    struct doc *help = doc_set_map(t->a, d, "help");
    const char *chat = setting(t, "help.chatUrl", "");
    set_some(t, help, "chatUrl", chat);
    if (*chat)
        doc_set_str(t->a, help, "chatText", setting(t, "help.chatText", "Chat now!"));
    if (*t->user) {
        doc_set_str(t->a, d, "controllerNamespace", t->api->o.ns);
        doc_set_str(t->a, d, "passwordPattern", setting(t, "passwordPattern", "^.{8,32}$"));
    }
    turn_reply(t, d);
}

/* --- projects ----------------------------------------------------------------------------------------------
 */

void projects_list(struct turn *t)
{
    struct doc *list = doc_new_map(t->a),
               *items = map_len(t->api->projects) ? doc_new_list(t->a) : doc_new_null(t->a);
    const char *name = turn_query(t, "name");
    map_each (it, t->api->projects)
        if (!*name || streq(name, it.key))
            doc_push(t->a, items, frozen_root(it.value));
    doc_set_map(t->a, list, "metadata");
    doc_set(t->a, list, "items", items);
    turn_reply(t, list);
}

void project_get(struct turn *t)
{
    const struct doc *project = cache_project(t->api, t->name);
    if (project)
        turn_reply(t, project);
    else
        turn_fail(t, err_new(ERR_NOT_FOUND, "appprojects.argoproj.io \"%s\" not found", t->name));
}

/* --- repositories ------------------------------------------------------------------------------------------
 */

static const char *decoded(struct turn *t, const struct doc *secret, const char *key)
{
    struct span out = {0};
    struct span text = doc_span(doc_path(secret, "data", key));
    return text.len && crypto_base64_decode(t->a, CRYPTO_BASE64_STD, text, &out) && out.len ? out.at : "";
}

/* No secret leaves the server. */
static struct doc *repository_doc(struct turn *t, const struct doc *secret)
{
    static const char *const texts[] = {"name", "project", "username", "proxy"};
    static const struct {
        const char *key, *data;
    } flags[] = {{"insecure", "insecure"}, {"enableLfs", "enableLfs"}, {"enableOCI", "enableOCI"}};
    struct doc *d = doc_new_map(t->a);
    const char *type = decoded(t, secret, "type");
    doc_set_str(t->a, d, "repo", decoded(t, secret, "url"));
    doc_set_str(t->a, d, "type", *type ? type : "git");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        set_some(t, d, texts[i], decoded(t, secret, texts[i]));
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (streq(decoded(t, secret, flags[i].data), "true"))
            doc_set_bool(t->a, d, flags[i].key, true);
    struct doc *state = doc_set_map(t->a, d, "connectionState");
    doc_set_str(t->a, state, "status", "Unknown");
    doc_set_str(t->a, state, "message", "");
    doc_set(t->a, state, "attemptedAt", doc_new_null(t->a));
    return d;
}

static bool is_repository(const struct doc *secret)
{
    const char *type = api_label(secret, API_LABEL_SECRET_TYPE);
    return type && streq(type, "repository");
}

struct listed {
    const char *project, *url;
    const struct doc *secret;
};

static int by_project(const void *x, const void *y)
{
    const struct listed *a = x, *b = y;
    int c = strcmp(a->project, b->project);
    return c ? c : strcmp(a->url, b->url);
}

void repositories_list(struct turn *t)
{
    struct listed *all = NEW_N(t->a, struct listed, map_len(t->api->repositories) + 1);
    size_t n = 0;
    map_each (it, t->api->repositories) {
        const struct doc *s = frozen_root(it.value);
        if (is_repository(s))
            all[n++] = (struct listed){decoded(t, s, "project"), decoded(t, s, "url"), s};
    }
    qsort(all, n, sizeof(all[0]), by_project);
    struct doc *list = doc_new_map(t->a);
    doc_set_map(t->a, list, "metadata");
    struct doc *items = doc_new_list(t->a);
    for (size_t i = 0; i < n; i++)
        doc_push(t->a, items, repository_doc(t, all[i].secret));
    doc_set(t->a, list, "items", items);
    turn_reply(t, list);
}

static const struct doc *find_repository(struct turn *t, const char *url, const char *project)
{
    map_each (it, t->api->repositories) {
        const struct doc *s = frozen_root(it.value);
        if (is_repository(s) && api_repo_same(decoded(t, s, "url"), url) &&
            streq(decoded(t, s, "project"), project))
            return s;
    }
    return NULL;
}

static const char *secret_name(struct turn *t, const char *url, const char *project)
{
    uint32_t h = 2166136261u; /* FNV-1a over url and project, as upstream names them */
    const char *const parts[] = {url, project};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        for (const char *p = parts[i]; *p; p++)
            h = (h ^ (unsigned char)*p) * 16777619u;
    return arena_printf(t->a, "repo-%u", h);
}

/* Request field and Secret key, where they are of the same name. */
static const char *const repository_fields[] = {
    "type",        "name",          "project",           "username",         "password",
    "bearerToken", "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey", "proxy",
    "noProxy",     "insecure",      "enableLfs",         "enableOCI",
};

static const char *field_text(const struct doc *value)
{
    return doc_is(value, DOC_BOOL) ? (doc_bool(value, false) ? "true" : "") : doc_str(value, "");
}

static struct doc *repository_secret(struct turn *t, const char *url)
{
    struct arena *a = t->a;
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "kind", "Secret");
    struct doc *meta = doc_set_map(a, d, "metadata");
    doc_set_str(a, meta, "name", secret_name(t, url, field_text(doc_get(t->body, "project"))));
    doc_set_str(a, meta, "namespace", t->api->o.ns);
    doc_set_str(a, doc_set_map(a, meta, "labels"), API_LABEL_SECRET_TYPE, "repository");
    doc_set_str(a, doc_set_map(a, meta, "annotations"), "managed-by", "argocd.argoproj.io");
    struct doc *data = doc_set_map(a, d, "data");
    doc_set_str(a, data, "url", crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(url)).at);
    for (size_t i = 0; i < ARRAY_LEN(repository_fields); i++) {
        const char *value = field_text(doc_get(t->body, repository_fields[i]));
        if (*value)
            doc_set_str(a, data, repository_fields[i],
                        crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(value)).at);
    }
    doc_set_str(a, d, "type", "Opaque");
    return d;
}

static void on_repository_written(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    if (e && e->code == ERR_EXISTS) {
        err_free(e);
        e = err_new(ERR_ABORTED, "the repository is being created by somebody else: try again");
    }
    if (e) {
        turn_fail(t, e);
        return;
    }
    struct doc *d = doc_new_map(t->a);
    const char *type = decoded(t, object, "type");
    doc_set_str(t->a, d, "repo", decoded(t, object, "url"));
    doc_set_str(t->a, d, "type", *type ? type : "git");
    set_some(t, d, "name", decoded(t, object, "name"));
    turn_reply(t, d);
}

static struct kube_target secret_target(struct turn *t, const char *name)
{
    return (struct kube_target){
        .group = "", .version = "v1", .resource = "secrets", .ns = t->api->o.ns, .name = name};
}

void repository_create(struct turn *t)
{
    const char *url = doc_str(doc_get(t->body, "repo"), "");
    if (!*url) {
        turn_fail(t, err_new(ERR_INVALID, "the repository needs a URL: field \"repo\""));
        return;
    }
    struct doc *secret = repository_secret(t, url);
    const struct doc *old = find_repository(t, url, field_text(doc_get(t->body, "project")));
    struct kube_target target = secret_target(t, old ? arena_strdup(t->a, api_name(old)) : NULL);
    if (!old) {
        kube_create(t->api->o.kube, &target, secret, NULL, on_repository_written, t);
    } else if (doc_equal(doc_get(old, "data"), doc_get(secret, "data"))) {
        on_repository_written(t, NULL, old);
    } else if (streq(turn_query(t, "upsert"), "true")) {
        const struct doc *next = doc_with(t->a, old, doc_get(secret, "data"), "data");
        kube_update(t->api->o.kube, &target, next, NULL, on_repository_written, t);
    } else {
        turn_fail(t, err_new(ERR_INVALID,
                             "existing repository spec is different, use upsert flag to force update"));
    }
}

static void on_repository_deleted(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct turn *t = arg;
    if (e)
        turn_fail(t, e);
    else
        turn_reply(t, doc_new_map(t->a));
}

/* A Secret that somebody keeps by other means only loses its label. */
void repository_delete(struct turn *t)
{
    const struct doc *old = find_repository(t, t->name, turn_query(t, "appProject"));
    if (!old) {
        turn_fail(t, err_new(ERR_DENIED, "permission denied"));
        return;
    }
    struct kube_target target = secret_target(t, arena_strdup(t->a, api_name(old)));
    const char *manager = api_annotation(old, "managed-by");
    if (manager && streq(manager, "argocd.argoproj.io")) {
        kube_delete(t->api->o.kube, &target, &(struct kube_delete_options){0}, on_repository_deleted, t);
        return;
    }
    struct doc *patch = doc_new_map(t->a);
    struct doc *labels = doc_set_map(t->a, doc_set_map(t->a, patch, "metadata"), "labels");
    doc_set(t->a, labels, API_LABEL_SECRET_TYPE, doc_new_null(t->a));
    kube_patch(t->api->o.kube, &target, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, NULL,
               on_repository_deleted, t);
}

/* --- the cluster that all of this runs in ------------------------------------------------------------------
 */

static void on_version(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    struct arena *a = t->a;
    const char *minor = doc_str(doc_get(object, "minor"), "");
    size_t digits = 0;
    while (isdigit((unsigned char)minor[digits])) /* some write "34+" */
        digits++;
    struct doc *list = doc_new_map(a), *item = doc_new_map(a);
    doc_set_map(a, list, "metadata");
    doc_set_str(a, item, "server", API_IN_CLUSTER);
    doc_set_str(a, item, "name", "in-cluster");
    struct doc *tls = doc_set_map(a, doc_set_map(a, item, "config"), "tlsClientConfig");
    doc_set_bool(a, tls, "insecure", false);
    struct doc *state = doc_new_map(a);
    doc_set_str(a, state, "status", e ? "Failed" : "Successful");
    doc_set_str(a, state, "message", e ? e->msg : "");
    doc_set_str(a, state, "attemptedAt", time_rfc3339(clock_wall_ms(loop_clock(t->api->o.loop))).text);
    const char *version =
        e ? "" : arena_printf(a, "%s.%.*s", doc_str(doc_get(object, "major"), ""), (int)digits, minor);
    doc_set(a, item, "connectionState", state);
    set_some(t, item, "serverVersion", version);
    struct doc *info = doc_set_map(a, item, "info");
    doc_set(a, info, "connectionState", state);
    set_some(t, info, "serverVersion", version);
    doc_set_int(a, info, "applicationsCount", (int64_t)map_len(t->api->apps));
    doc_push(a, doc_set_list(a, list, "items"), item);
    err_free(e);
    turn_reply(t, list);
}

void clusters_list(struct turn *t)
{
    kube_request(t->api->o.kube, &(struct kube_raw){.method = "GET", .path = "/version", .retry = true},
                 on_version, t);
}
