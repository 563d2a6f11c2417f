/* cli/remote/spec - the flags that describe an application, for create and set alike. */
#include "services/cli/remote/app.h"

struct cli_spec_flags cli_spec_flags;

const struct opt cli_spec_rows[CLI_SPEC_ROWS] = {
    {OPT_STRING, "repo", .string = &cli_spec_flags.repo, .arg = "URL",
     .help = "Git repository or chart repository"},
    {OPT_STRING, "path", .string = &cli_spec_flags.path, .arg = "FOLDER", .help = "folder of the manifests"},
    {OPT_STRING, "revision", .string = &cli_spec_flags.revision,
     .help = "branch, tag, commit or chart version"},
    {OPT_STRING, "helm-chart", .string = &cli_spec_flags.chart, .arg = "NAME",
     .help = "chart of a chart repository"},
    {OPT_STRING, "release-name", .string = &cli_spec_flags.release_name, .help = "Helm release name"},
    {OPT_LIST, "values", .list = &cli_spec_flags.values, .arg = "FILE",
     .help = "Helm values file in the repository"},
    {OPT_STRING, "dest-server", .string = &cli_spec_flags.dest_server, .arg = "URL",
     .help = "cluster, by URL"},
    {OPT_STRING, "dest-name", .string = &cli_spec_flags.dest_name, .arg = "NAME", .help = "cluster, by name"},
    {OPT_STRING, "dest-namespace", .string = &cli_spec_flags.dest_namespace,
     .help = "namespace in the cluster"},
    {OPT_STRING, "project", .string = &cli_spec_flags.project, .help = "project of the application"},
    {OPT_STRING, "sync-policy", .string = &cli_spec_flags.sync_policy, .arg = "none|automated",
     .help = "whether a new commit is synced at once"},
    {OPT_STRING, "auto-prune", .string = &cli_spec_flags.auto_prune, .arg = CLI_TRISTATE,
     .help = "automated sync deletes what left the repository"},
    {OPT_STRING, "self-heal", .string = &cli_spec_flags.self_heal, .arg = CLI_TRISTATE,
     .help = "automated sync undoes changes made in the cluster"},
    {OPT_LIST, "sync-option", .list = &cli_spec_flags.sync_options, .arg = "NAME=VALUE",
     .help = "sync option such as CreateNamespace=true; a leading ! removes it"},
    {OPT_STRING, "directory-recurse", .string = &cli_spec_flags.recurse, .arg = CLI_TRISTATE,
     .help = "read subfolders of the path too"},
};

static struct err *truth(const char *flag, const char *value, bool *out)
{
    *out = streq(value, "true");
    return *out || streq(value, "false") ? NULL : cli_usage("--%s is '%s': want true or false", flag, value);
}

static void put(struct arena *a, struct doc *map, const char *key, const char *value, size_t *changed)
{
    if (!*value)
        return;
    doc_set_str(a, map, key, value);
    ++*changed;
}

static struct err *apply_source(struct arena *a, const struct cli_spec_flags *f, struct doc *spec,
                                size_t *changed)
{
    struct doc *source = doc_own_map(a, spec, "source");
    put(a, source, "repoURL", f->repo, changed);
    put(a, source, "path", f->path, changed);
    put(a, source, "targetRevision", f->revision, changed);
    put(a, source, "chart", f->chart, changed);
    if (*f->release_name)
        put(a, doc_own_map(a, source, "helm"), "releaseName", f->release_name, changed);
    if (f->values.len) {
        struct doc *list = doc_set_list(a, doc_own_map(a, source, "helm"), "valueFiles");
        for (size_t i = 0; i < f->values.len; i++)
            doc_push_str(a, list, f->values.at[i]);
        ++*changed;
    }
    if (*f->recurse) {
        bool recurse;
        TRY(truth("directory-recurse", f->recurse, &recurse));
        doc_set_bool(a, doc_own_map(a, source, "directory"), "recurse", recurse);
        ++*changed;
    }
    return NULL;
}

static struct err *apply_policy(struct arena *a, const struct cli_spec_flags *f, struct doc *spec,
                                size_t *changed)
{
    if (*f->sync_policy) {
        struct doc *policy = doc_own_map(a, spec, "syncPolicy");
        if (streq(f->sync_policy, "none") || streq(f->sync_policy, "manual"))
            doc_del(a, policy, "automated");
        else if (streq(f->sync_policy, "automated") || streq(f->sync_policy, "auto"))
            doc_own_map(a, policy, "automated");
        else
            return cli_usage("Invalid sync-policy: %s", f->sync_policy);
        ++*changed;
    }
    const struct {
        const char *flag, *value, *key;
    } rows[] = {{"auto-prune", f->auto_prune, "prune"}, {"self-heal", f->self_heal, "selfHeal"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!*rows[i].value)
            continue;
        if (!doc_is(doc_path(spec, "syncPolicy", "automated"), DOC_MAP))
            return cli_usage("Cannot set --%s: application not configured with automatic sync", rows[i].flag);
        bool value;
        TRY(truth(rows[i].flag, rows[i].value, &value));
        doc_set_bool(a, doc_own_map(a, doc_own_map(a, spec, "syncPolicy"), "automated"), rows[i].key, value);
        ++*changed;
    }
    return NULL;
}

/* An option replaces the one of the same name; "!Name=value" only removes that one. */
static struct err *apply_option(struct arena *a, struct doc *spec, const char *option)
{
    bool removes = *option == '!';
    option += removes;
    const char *equals = strchr(option, '=');
    if (!equals)
        return cli_usage("invalid sync option '%s': want NAME=VALUE, such as CreateNamespace=true", option);
    struct doc *policy = doc_own_map(a, spec, "syncPolicy");
    struct doc *list = doc_own_get(a, policy, span_of("syncOptions"));
    if (!doc_is(list, DOC_LIST))
        list = doc_set_list(a, policy, "syncOptions");
    for (size_t i = doc_len(list); i > 0; i--) {
        const char *old = doc_str(doc_at(list, i - 1), "");
        if (removes ? streq(old, option) : strncmp(old, option, (size_t)(equals - option) + 1) == 0)
            doc_remove(a, list, i - 1);
    }
    if (!removes)
        doc_push_str(a, list, option);
    return NULL;
}

struct err *cli_spec_apply(struct arena *a, const struct cli_spec_flags *f, struct doc *spec, size_t *changed)
{
    size_t from_source = 0;
    if (doc_len(doc_get(spec, "sources"))) {
        struct doc *unused = doc_new_map(a);
        TRY(apply_source(a, f, unused, &from_source));
        if (from_source)
            return cli_usage("the application has several sources: change them with -f FILE --upsert");
    } else {
        TRY(apply_source(a, f, spec, changed));
    }
    struct doc *dest = doc_own_map(a, spec, "destination");
    put(a, dest, "server", f->dest_server, changed);
    put(a, dest, "name", f->dest_name, changed);
    put(a, dest, "namespace", f->dest_namespace, changed);
    if (*f->dest_server && !*f->dest_name)
        doc_del(a, dest, "name");
    if (*f->dest_name && !*f->dest_server)
        doc_del(a, dest, "server");
    put(a, spec, "project", f->project, changed);
    TRY(apply_policy(a, f, spec, changed));
    for (size_t i = 0; i < f->sync_options.len; i++, ++*changed)
        TRY(apply_option(a, spec, f->sync_options.at[i]));
    return NULL;
}
