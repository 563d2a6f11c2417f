/* repo-server/plugins - which plugins there are, which one is meant, and what it is told. */
#include "plugins.h"

#include "base/file.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/yaml.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20, PLUGINS_MAX = 1000 };

/* --- which there are --- */

struct list {
    VEC(struct plugin) of;
};

static void list_release(struct list *l)
{
    vec_release(&l->of);
}

static int by_name(const struct dirent **x, const struct dirent **y)
{
    return strcmp((*x)->d_name, (*y)->d_name);
}

/* Names in a folder that end so, sorted; the folder need not be there. */
static struct err *names_in(const char *folder, const char *suffix, struct arena *a, const char ***out)
{
    struct dirent **found = NULL;
    int n = *folder ? scandir(folder, &found, NULL, by_name) : 0;
    if (n < 0 && errno != ENOENT)
        return err_errno(errno, "plugins: %s", folder);
    *out = NEW_N(a, const char *, (size_t)MAX(n, 0) + 1);
    size_t kept = 0;
    for (int i = 0; i < n; i++) {
        if (ends_with(found[i]->d_name, suffix) && kept < PLUGINS_MAX)
            (*out)[kept++] = arena_strdup(a, found[i]->d_name);
        free(found[i]);
    }
    free(found);
    return NULL;
}

static const char *without(struct arena *a, const char *name, const char *suffix)
{
    return arena_strndup(a, name, strlen(name) - strlen(suffix));
}

static struct err *add_file(const char *folder, const char *name, struct arena *a, struct list *out)
{
    struct span text;
    struct doc *d = NULL;
    TRY(file_read(a, arena_printf(a, "%s/%s", folder, name), FILE_MAX, &text));
    TRY(yaml_read(a, text, YAML_SIGS, NULL, &d));
    const char *said = doc_str(doc_path(d, "metadata", "name"), "");
    const char *version = doc_str(doc_path(d, "spec", "version"), "");
    if (!doc_str_is(doc_get(d, "kind"), "ConfigManagementPlugin") || !*said)
        return err_new(ERR_INVALID, "it is no ConfigManagementPlugin with a name");
    vec_push(&out->of,
             (struct plugin){
                 .name = *version ? arena_printf(a, "%s-%s", said, version) : said,
                 .config = doc_get(d, "spec"),
                 .network = doc_str_is(doc_path(d, "metadata", "annotations", "capstan.dev/network"), "true"),
             });
    return NULL;
}

static struct err *list_plugins(const struct plugins *p, struct arena *a, struct list *out)
{
    const char **names;
    TRY(names_in(p->sockets, ".sock", a, &names));
    for (; *names; names++)
        vec_push(&out->of, (struct plugin){.name = without(a, *names, ".sock"),
                                           .socket = arena_printf(a, "%s/%s", p->sockets, *names)});
    TRY(names_in(p->files, ".yaml", a, &names));
    for (; *names; names++)
        TRYF(add_file(p->files, *names, a, out), "plugin file %s", *names);
    return NULL;
}

/* --- what it is told --- */

static void add_env(struct arena *a, struct doc *env, const char *prefix, const char *name, const char *value)
{
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, prefix);
    for (const char *p = name; *p; p++)
        str_char(&s, isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_');
    doc_set_str(a, env, str_text(&s), value);
}

/* PARAM_NAME of a text, PARAM_NAME_KEY of a map, PARAM_NAME_0 of a list. */
static void add_parameter(struct arena *a, struct doc *env, const struct doc *parameter)
{
    const char *name = doc_str(doc_get(parameter, "name"), "");
    const struct doc *text = doc_get(parameter, "string");
    if (doc_is(text, DOC_STR))
        add_env(a, env, "PARAM_", name, doc_str(text, ""));
    doc_each (it, doc_get(parameter, "map"))
        add_env(a, env, "PARAM_", arena_printf(a, "%s_%s", name, it.key.at), doc_str(it.val, ""));
    doc_each (it, doc_get(parameter, "array"))
        add_env(a, env, "PARAM_", arena_printf(a, "%s_%zu", name, it.index), doc_str(it.val, ""));
}

static const char *joined(struct arena *a, const char *const *words, size_t n)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < n; i++)
        str_printf(&s, "%s%s", i ? "," : "", words[i]);
    return arena_strdup(a, str_text(&s));
}

static struct err *environment(const struct render_request *rq, struct arena *a, struct doc **out)
{
    static const char *const revisions[] = {"ARGOCD_APP_REVISION", "ARGOCD_APP_REVISION_SHORT",
                                            "ARGOCD_APP_REVISION_SHORT_8"};
    const struct doc *plugin = doc_get(rq->source, "plugin"), *parameters = doc_get(plugin, "parameters");
    struct doc *env = rq->env ? doc_shallow(a, rq->env) : doc_new_map(a);
    const char *value;
    for (size_t i = 0; i < ARRAY_LEN(revisions) && rq->env; i++) {
        TRY(render_env_put(rq, a, arena_printf(a, "$%s", revisions[i]), &value));
        doc_set_str(a, env, revisions[i], value);
    }
    doc_set_str(a, env, "KUBE_VERSION", rq->kube_version ? rq->kube_version : "");
    doc_set_str(a, env, "KUBE_API_VERSIONS", joined(a, rq->api_versions, rq->api_versions_len));
    doc_each (it, doc_get(plugin, "env")) {
        TRY(render_env_put(rq, a, doc_str(doc_get(it.val, "value"), ""), &value));
        doc_set_str(a, env, arena_printf(a, "ARGOCD_ENV_%s", doc_str(doc_get(it.val, "name"), "")), value);
    }
    if (parameters)
        doc_set_str(a, env, "ARGOCD_APP_PARAMETERS", json_text(a, parameters, 0));
    doc_each (it, parameters)
        add_parameter(a, env, it.val);
    *out = env;
    return NULL;
}

/* --- which one is meant --- */

static struct err *match(struct plugin_job *j, const struct plugin *p, bool named, bool *out)
{
    struct err *e = (p->socket ? sidecar_match : plugin_run_match)(j, p, named, out);
    return err_wrap(e, "plugin %s", p->name);
}

/* NULL and *out NULL: none takes it. */
static struct err *choose(struct plugin_job *j, const struct list *list, const char *name,
                          const struct plugin **out)
{
    bool named = *name != '\0', takes = false;
    *out = NULL;
    vec_each (p, &list->of) {
        if (named && !streq(p->name, name))
            continue;
        TRY(match(j, p, named, &takes));
        if (takes) {
            *out = p;
            return NULL;
        }
        if (named)
            break;
    }
    return NULL;
}

/* --- the render --- */

static struct err *take_manifests(struct arena *a, const struct plugin *p, const struct doc *texts,
                                  struct render_content *out)
{
    struct render_result result = {.manifests = doc_new_list(a), .warnings = doc_new_list(a)};
    doc_each (it, texts)
        TRY(render_text(a, arena_printf(a, "plugin %s's output", p->name), doc_span(it.val), &result));
    *out = (struct render_content){"Plugin", span_of(json_text(a, result.manifests, 0)),
                                   span_of(json_text(a, result.warnings, 0))};
    return NULL;
}

static struct err *with_plugin(struct plugin_job *j, const struct plugin *p, struct render_content *out)
{
    struct doc *texts = NULL;
    TRYF((p->socket ? sidecar_generate : plugin_run_generate)(j, p, &texts), "plugin %s", p->name);
    return take_manifests(j->a, p, texts, out);
}

static struct err *try_plugins(struct plugin_job *j, const struct list *list, const struct render_request *rq,
                               bool stated, struct render_content *out)
{
    struct doc *env;
    const struct plugin *p;
    const char *name = doc_str(doc_path(rq->source, "plugin", "name"), "");
    TRY(environment(rq, j->a, &env));
    j->env = env;
    TRY(choose(j, list, name, &p));
    if (!p && *name)
        return err_reason(ERR_NOT_FOUND, "PluginNotFound",
                          "couldn't find cmp-server plugin with name \"%s\" supporting the given repository",
                          name);
    if (!p && stated)
        return err_reason(ERR_NOT_FOUND, "PluginNotFound",
                          "could not find plugin supporting the given repository");
    return p ? with_plugin(j, p, out) : NULL;
}

struct err *plugins_render(const struct plugins *p, const struct call *call, struct tree *tree,
                           const struct render_request *rq, struct arena *a, struct render_content *out)
{
    CLEANUP(list_release) struct list list = {0};
    struct render_request own;
    const char *type;
    *out = (struct render_content){0};
    if (rq->archive)
        return NULL;
    TRY(render_effective(tree, rq, a, &own));
    TRY(render_stated_type(own.source, a, &type));
    if (type && !streq(type, "Plugin"))
        return NULL;
    TRY(list_plugins(p, a, &list));
    if (!type && !list.of.len)
        return NULL;
    struct plugin_job j = {
        .plugins = p, .call = call, .tree = tree, .app_name = rq->app_name, .path = own.path, .a = a};
    struct err *e = try_plugins(&j, &list, &own, type != NULL, out);
    plugin_run_end(&j);
    return e;
}
