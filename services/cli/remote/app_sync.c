/* cli/remote/app_sync - `app sync`: asks for the operation and follows it to its end. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "api/object.h"

#include <stdio.h>

static struct {
    const char *revision;
    bool prune, dry_run, force, async, replace, server_side;
    int64_t timeout;
    struct opt_list resources, labels;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "prune", .flag = &o.prune, .help = "delete what is no longer in the repository"},
    {OPT_BOOL, "dry-run", .flag = &o.dry_run, .help = "let the cluster check everything and change nothing"},
    {OPT_BOOL, "force", .flag = &o.force, .help = "delete and create what cannot be changed in place"},
    {OPT_BOOL, "replace", .flag = &o.replace, .help = "replace instead of apply"},
    {OPT_BOOL, "server-side", .flag = &o.server_side, .help = "apply on the server's side"},
    {OPT_BOOL, "async", .flag = &o.async, .help = "do not wait for the end"},
    {OPT_STRING, "revision", .string = &o.revision,
     .help = "sync to that revision instead of the application's"},
    {OPT_INT, "timeout", .integer = &o.timeout, .max = 86400, .arg = "SECONDS",
     .help = "give up waiting; 0 = never"},
    {OPT_LIST, "resource", .list = &o.resources, .arg = "GROUP:KIND:NAME",
     .help = "sync only that resource; may be repeated"},
    {OPT_LIST, "label", .list = &o.labels, .arg = "KEY=VALUE",
     .help = "sync only resources with that label; may be repeated"},
};

static bool labelled(const struct doc *manifest, const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *eq = strchr(labels[i], '=');
        const struct doc *value = doc_get_span(doc_path(manifest, "metadata", "labels"),
                                               (struct span){labels[i], (size_t)(eq - labels[i])});
        if (doc_str_is(value, eq + 1))
            return true;
    }
    return false;
}

/* Adds to the resource filters what bears one of the labels in the repository. */
static struct err *select_by_label(struct cli *c, const char *app)
{
    struct doc *manifests;
    for (size_t i = 0; i < o.labels.len; i++)
        if (!strchr(o.labels.at[i], '='))
            return cli_usage("labels should have key=value, but instead got: %s", o.labels.at[i]);
    TRY(cli_revision_targets(c, app, o.revision, &manifests));
    printf("The name of the app is  %s\n", app);
    const char **filters = NEW_N(c->a, const char *, o.resources.len + doc_len(manifests) + 1);
    size_t n = 0;
    for (size_t i = 0; i < o.resources.len; i++)
        filters[n++] = o.resources.at[i];
    doc_each (it, manifests) {
        struct span group = api_gv_of(it.val).group;
        if (labelled(it.val, o.labels.at, o.labels.len))
            filters[n++] = arena_printf(c->a, "%.*s:%s:%s", (int)group.len, group.at, api_kind(it.val),
                                        api_name(it.val));
    }
    o.resources = (struct opt_list){filters, n};
    if (n)
        return NULL;
    const char *list = "";
    for (size_t i = 0; i < o.labels.len; i++)
        list = arena_printf(c->a, "%s%s%s", list, i ? " " : "", o.labels.at[i]);
    return cli_usage("No matching resources found for labels: [%s]", list);
}

/* The managed resources that the filters choose, as the operation names them. */
static struct err *selected(struct cli *c, const struct doc *app, struct doc *out)
{
    struct cli_resource *list = NEW_N(c->a, struct cli_resource, o.resources.len + 1);
    for (size_t i = 0; i < o.resources.len; i++)
        TRY(cli_resource_parse(c->a, o.resources.at[i], &list[i]));
    doc_each (it, doc_path(app, "status", "resources")) {
        const struct cli_state s = {.group = doc_str(doc_get(it.val, "group"), ""),
                                    .kind = doc_str(doc_get(it.val, "kind"), ""),
                                    .ns = doc_str(doc_get(it.val, "namespace"), ""),
                                    .name = doc_str(doc_get(it.val, "name"), "")};
        if (!cli_resource_selected(list, o.resources.len, &s))
            continue;
        struct doc *r = doc_push(c->a, out, doc_new_map(c->a));
        if (*s.group)
            doc_set_str(c->a, r, "group", s.group);
        doc_set_str(c->a, r, "kind", s.kind);
        doc_set_str(c->a, r, "name", s.name);
        if (*s.ns)
            doc_set_str(c->a, r, "namespace", s.ns);
    }
    if (doc_len(out))
        return NULL;
    return err_new(ERR_NOT_FOUND, "No matching app resources found for resource filter: %s",
                   o.resources.at[0]);
}

static struct err *request_body(struct cli *c, const struct doc *app, struct doc *body)
{
    struct arena *a = c->a;
    if (*o.revision)
        doc_set_str(a, body, "revision", o.revision);
    if (o.prune)
        doc_set_bool(a, body, "prune", true);
    if (o.dry_run)
        doc_set_bool(a, body, "dryRun", true);
    if (o.force)
        doc_set_bool(a, doc_own_map(a, doc_own_map(a, body, "strategy"), "hook"), "force", true);
    if (o.replace || o.server_side) {
        struct doc *items = doc_set_list(a, doc_set_map(a, body, "syncOptions"), "items");
        doc_each (it, doc_path(app, "spec", "syncPolicy", "syncOptions"))
            doc_push(a, items, it.val);
        if (o.replace)
            doc_push_str(a, items, "Replace=true");
        if (o.server_side)
            doc_push_str(a, items, "ServerSideApply=true");
    }
    return o.resources.len ? selected(c, app, doc_set_list(a, body, "resources")) : NULL;
}

static size_t need_pruning(const struct doc *app)
{
    size_t n = 0;
    doc_each (it, doc_path(app, "status", "operationState", "syncResult", "resources"))
        n += doc_str_is(doc_get(it.val, "status"), "PruneSkipped");
    return n;
}

/* A finished operation is not yet a success. */
static struct err *verdict(const struct doc *app)
{
    const char *phase = doc_str(doc_path(app, "status", "operationState", "phase"), "");
    size_t left = need_pruning(app);
    if (o.dry_run)
        return NULL;
    if (!streq(phase, "Succeeded"))
        return cli_usage("Operation has completed with phase: %s", phase);
    if (!o.resources.len && left && !doc_str_is(doc_path(app, "status", "sync", "status"), "Synced"))
        return cli_usage("%zu resources require pruning", left);
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    const struct opt_list resources = o.resources;
    TRY(cli_connect(c));
    for (size_t i = 0; i < n; i++) {
        o.resources = resources; /* labels add to them, an application at a time */
        struct doc *app, *started, *body = doc_new_map(c->a);
        if (o.labels.len)
            TRY(select_by_label(c, args[i]));
        TRY(cli_get_app(c, args[i], "", &app));
        TRY(request_body(c, app, body));
        TRY(cli_request(c, "POST", cli_app_path(c, args[i], "/sync", ""), body, &started));
        if (o.async)
            continue;
        const struct cli_wait wait = {.operation = true,
                                      .progress_head = true,
                                      .timeout_ms = o.timeout * 1000,
                                      .since = started,
                                      .resources = o.resources};
        TRY(cli_wait_app(c, args[i], &wait, &app));
        TRY(verdict(app));
    }
    return NULL;
}

const struct cli_command cli_app_sync = {
    .name = "app sync",
    .usage = "APPNAME... [flags]",
    .about = "Make the cluster what the repository says, and wait until that is done. Fails where the "
             "operation fails and "
             "where resources are left that only --prune would delete.",
    .examples =
        "Examples:\n  capstan app sync guestbook\n  capstan app sync guestbook --prune --timeout 120\n"
        "  capstan app sync guestbook --resource apps:Deployment:web\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 100,
    .run = run,
};
