/* cli/remote/config - three lists of maps that refer to each other by name. */
#include "services/cli/remote/config.h"

#include "base/file.h"
#include "doc/yaml.h"

#include <stdlib.h>

enum { CONFIG_BYTES = 1 << 20 };

struct err *cli_config_path(struct arena *a, const char *flag, const char **out)
{
    const char *dir = getenv("ARGOCD_CONFIG_DIR"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (*flag)
        *out = flag;
    else if (dir && *dir)
        *out = arena_printf(a, "%s/config", dir);
    else if (xdg && *xdg)
        *out = arena_printf(a, "%s/argocd/config", xdg);
    else if (home && *home)
        *out = arena_printf(a, "%s/.config/argocd/config", home);
    else
        return err_new(ERR_PRECONDITION,
                       "no place for the config file: set HOME, ARGOCD_CONFIG_DIR or --config");
    return NULL;
}

struct err *cli_config_read(struct arena *a, const char *path, struct doc **out)
{
    struct span text;
    struct err *e = file_read(a, path, CONFIG_BYTES, &text);
    if (err_eat(&e, ERR_NOT_FOUND)) {
        *out = doc_new_map(a);
        return NULL;
    }
    TRY(e);
    TRYF(yaml_read(a, text, YAML_SIGS, NULL, out), "reading '%s'", path);
    if (doc_is(*out, DOC_NULL))
        *out = doc_new_map(a);
    if (!doc_is(*out, DOC_MAP))
        return err_new(ERR_INVALID, "'%s' is a %s, not a mapping: move it away and log in again", path,
                       doc_kind_name(*out));
    return NULL;
}

struct err *cli_config_write(const char *path, const struct doc *config)
{
    CLEANUP(str_release) struct str text = {0};
    CLEANUP(str_release) struct str dir = {0};
    const char *slash = strrchr(path, '/');
    if (slash && slash != path) {
        str_add_n(&dir, path, (size_t)(slash - path));
        TRY(file_mkdirs(str_text(&dir), 0700));
    }
    yaml_write(&text, config, YAML_WRITE_SIGS);
    return file_write(path, str_span(&text), 0600);
}

static const struct doc *named(const struct doc *config, const char *list, const char *key, const char *name)
{
    doc_each (it, doc_get(config, list))
        if (doc_str_is(doc_get(it.val, key), name))
            return it.val;
    return NULL;
}

bool cli_config_context(const struct doc *config, const char *name, struct cli_entry *out)
{
    if (!*name)
        name = doc_str(doc_get(config, "current-context"), "");
    const struct doc *d = *name ? named(config, "contexts", "name", name) : NULL;
    if (!d)
        return false;
    *out = (struct cli_entry){.name = doc_str(doc_get(d, "name"), ""),
                              .server = doc_str(doc_get(d, "server"), ""),
                              .user = doc_str(doc_get(d, "user"), "")};
    const struct doc *server = named(config, "servers", "server", out->server);
    out->token = doc_str(doc_get(named(config, "users", "name", out->user), "auth-token"), "");
    out->plaintext = doc_bool(doc_get(server, "plain-text"), false);
    out->insecure = doc_bool(doc_get(server, "insecure"), false);
    return true;
}

/* The map of that name in a list, for editing; made when absent. */
static struct doc *own_named(struct arena *a, struct doc *config, const char *list, const char *key,
                             const char *name)
{
    struct doc *items = doc_own_get(a, config, span_of(list));
    if (!doc_is(items, DOC_LIST))
        items = doc_set_list(a, config, list);
    for (size_t i = 0; i < doc_len(items); i++)
        if (doc_str_is(doc_get(doc_at(items, i), key), name))
            return doc_own_at(a, items, i);
    struct doc *made = doc_push(a, items, doc_new_map(a));
    doc_set_str(a, made, key, name);
    return made;
}

void cli_config_put(struct arena *a, struct doc *config, const struct cli_entry *context)
{
    struct doc *d = own_named(a, config, "contexts", "name", context->name);
    doc_set_str(a, d, "server", context->server);
    doc_set_str(a, d, "user", context->user);
    d = own_named(a, config, "servers", "server", context->server);
    doc_set_bool(a, d, "insecure", context->insecure);
    doc_set_bool(a, d, "plain-text", context->plaintext);
    d = own_named(a, config, "users", "name", context->user);
    doc_set_str(a, d, "auth-token", context->token);
    doc_set_str(a, config, "current-context", context->name);
}

static void remove_named(struct arena *a, struct doc *config, const char *list, const char *key,
                         const char *name)
{
    struct doc *items = doc_own_get(a, config, span_of(list));
    for (size_t i = doc_len(items); i > 0; i--)
        if (doc_str_is(doc_get(doc_at(items, i - 1), key), name))
            doc_remove(a, items, i - 1);
}

bool cli_config_remove(struct arena *a, struct doc *config, const char *name)
{
    struct cli_entry gone;
    if (!*name || !cli_config_context(config, name, &gone))
        return false;
    remove_named(a, config, "contexts", "name", name);
    if (!named(config, "contexts", "user", gone.user))
        remove_named(a, config, "users", "name", gone.user);
    if (!named(config, "contexts", "server", gone.server))
        remove_named(a, config, "servers", "server", gone.server);
    if (doc_str_is(doc_get(config, "current-context"), name))
        doc_set_str(a, config, "current-context", "");
    return true;
}

bool cli_config_logout(struct arena *a, struct doc *config, const char *name)
{
    struct cli_entry context;
    if (!cli_config_context(config, name, &context))
        return false;
    doc_set_str(a, own_named(a, config, "users", "name", context.user), "auth-token", "");
    return true;
}
