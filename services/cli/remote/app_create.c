/* cli/remote/app_create - `app create`: from a file, from flags, or from a file that flags complete. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "base/file.h"
#include "doc/yaml.h"
#include "net/url.h"

#include <stdio.h>

enum { FILE_BYTES = 16 << 20 };

static struct {
    const char *file, *name;
    bool upsert, no_validate;
    struct opt_list labels;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "file", .letter = 'f', .string = &o.file, .arg = "FILE",
     .help = "an Application as YAML or JSON; - is stdin"},
    {OPT_STRING, "name", .string = &o.name, .help = "the application's name, instead of the argument"},
    {OPT_BOOL, "upsert", .flag = &o.upsert, .help = "replace an application that differs"},
    {OPT_BOOL, "no-validate", .flag = &o.no_validate,
     .help = "do not check repository, path and destination"},
    {OPT_LIST, "label", .letter = 'l', .list = &o.labels, .arg = "NAME=VALUE",
     .help = "label of the application"},
};

static struct err *from_file(struct cli *c, struct doc **out)
{
    struct span text;
    const char *path = streq(o.file, "-") ? "/dev/stdin" : o.file;
    TRY(file_read(c->a, path, FILE_BYTES, &text));
    TRYF(yaml_read(c->a, text, YAML_SIGS, NULL, out), "reading '%s'", o.file);
    if (!doc_is(*out, DOC_MAP) || !doc_str_is(doc_get(*out, "kind"), "Application"))
        return cli_usage("'%s' does not hold an Application", o.file);
    return NULL;
}

static struct err *set_name(struct cli *c, struct doc *app, const char *given)
{
    struct doc *meta = doc_own_map(c->a, app, "metadata");
    const char *name = *o.name ? o.name : given, *written = doc_str(doc_get(meta, "name"), "");
    if (*name && *written && !streq(name, written))
        return cli_usage("--name argument '%s' does not match app name %s", name, written);
    if (!*name && !*written)
        return cli_usage("name the application: capstan app create NAME --repo URL --path FOLDER");
    if (*name)
        doc_set_str(c->a, meta, "name", name);
    for (size_t i = 0; i < o.labels.len; i++) {
        const char *equals = strchr(o.labels.at[i], '=');
        if (!equals)
            return cli_usage("cannot parse label '%s': want NAME=VALUE", o.labels.at[i]);
        const char *key = arena_strndup(c->a, o.labels.at[i], (size_t)(equals - o.labels.at[i]));
        doc_set_str(c->a, doc_own_map(c->a, meta, "labels"), key, equals + 1);
    }
    return NULL;
}

/* The application as it was before; NULL for none. */
static struct err *before(struct cli *c, const char *name, struct doc **old)
{
    struct err *e = cli_get_app(c, name, "", old);
    if (err_eat(&e, ERR_NOT_FOUND) ||
        err_eat(&e, ERR_DENIED)) /* a missing one is denied, so that names stay secret */
        *old = NULL;
    return e;
}

static const char *outcome(const struct doc *old, const struct doc *made)
{
    static const char *const keys[] = {"labels", "annotations", "finalizers"};
    bool same = doc_equal(doc_get(old, "spec"), doc_get(made, "spec"));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        same &= doc_equal(doc_path(old, "metadata", keys[i]), doc_path(made, "metadata", keys[i]));
    return !old ? "created" : same ? "unchanged" : "updated";
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    CLEANUP(str_release) struct str query = {0};
    struct doc *app = doc_new_map(c->a), *made = NULL, *old;
    size_t changed = 0;
    if (*o.file)
        TRY(from_file(c, &app));
    TRY(set_name(c, app, n ? args[0] : ""));
    TRY(cli_spec_apply(c->a, &cli_spec_flags, doc_own_map(c->a, app, "spec"), &changed));
    const char *name = doc_str(doc_path(app, "metadata", "name"), "");
    TRY(cli_connect(c));
    TRY(before(c, name, &old));
    if (o.upsert)
        net_url_query_add(&query, "upsert", "true");
    net_url_query_add(&query, "validate", o.no_validate ? "false" : "true");
    const char *path = arena_printf(c->a, "/api/v1/applications%s", str_text(&query));
    TRY(cli_request(c, "POST", path, app, &made));
    printf("application '%s' %s\n", doc_str(doc_path(made, "metadata", "name"), name), outcome(old, made));
    return NULL;
}

const struct cli_command cli_app_create = {
    .name = "app create",
    .usage = "[APPNAME] [flags]",
    .about = "Create an application.",
    .examples = "Examples:\n  capstan app create guestbook --repo https://git.example.com/demo.git --path "
                "guestbook \\\n"
                "      --dest-server https://kubernetes.default.svc --dest-namespace default\n"
                "  capstan app create -f app.yaml --upsert\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .spec_flags = cli_spec_rows,
    .spec_len = CLI_SPEC_ROWS,
    .args_max = 1,
    .run = run,
};
