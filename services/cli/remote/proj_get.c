/* cli/remote/proj_get - `proj get`. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/project.h"

#include "net/url.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|json|yaml",
     .help = "how the project is written"},
};

const char *cli_project_destination(struct arena *a, const struct doc *d)
{
    const char *server = doc_str(doc_get(d, "server"), "");
    return arena_printf(a, "%s,%s", *server ? server : doc_str(doc_get(d, "name"), ""),
                        doc_str(doc_get(d, "namespace"), ""));
}

const char *cli_project_kind(struct arena *a, const struct doc *d)
{
    return arena_printf(a, "%s/%s", doc_str(doc_get(d, "group"), ""), doc_str(doc_get(d, "kind"), ""));
}

const char *cli_project_orphaned(const struct doc *spec)
{
    const struct doc *d = doc_get(spec, "orphanedResources");
    if (!doc_is(d, DOC_MAP))
        return "disabled";
    return doc_bool(doc_get(d, "warn"), false) ? "enabled (warn=true)" : "enabled (warn=false)";
}

static const char *plain(struct arena *a, const struct doc *d)
{
    return arena_strdup(a, doc_str(d, ""));
}

static const char *key_id(struct arena *a, const struct doc *d)
{
    return arena_strdup(a, doc_str(doc_get(d, "keyID"), ""));
}

/* The first of a list beside its title, the others under it. */
struct line {
    const char *title, *key;
    const char *(*word)(struct arena *, const struct doc *);
};

static void write_list(struct arena *a, const struct line *l, const struct doc *list, struct str *out)
{
    if (!doc_len(list))
        str_printf(out, "%-29s<none>\n", l->title);
    doc_each (it, list)
        str_printf(out, "%-29s%s\n", it.index ? "" : l->title, l->word(a, it.val));
}

static void write_wide(struct arena *a, const struct doc *project, struct str *out)
{
    static const struct line lines[] = {
        {"Destinations:", "destinations", cli_project_destination},
        {"Repositories:", "sourceRepos", plain},
        {"Source Namespaces:", "sourceNamespaces", plain},
        {"Allowed Cluster Resources:", "clusterResourceWhitelist", cli_project_kind},
        {"Denied Namespaced Resources:", "namespaceResourceBlacklist", cli_project_kind},
        {"Signature keys:", "signatureKeys", key_id}};
    const struct doc *spec = doc_get(project, "spec");
    str_printf(out, "%-29s%s\n", "Name:", doc_str(doc_path(project, "metadata", "name"), ""));
    str_printf(out, "%-29s%s\n", "Description:", doc_str(doc_get(spec, "description"), ""));
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        write_list(a, &lines[i], doc_get(spec, lines[i].key), out);
    str_printf(out, "%-29s%s\n", "Orphaned Resources:", cli_project_orphaned(spec));
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *project;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", arena_printf(c->a, "/api/v1/projects/%s", net_url_escape(c->a, args[0])), NULL,
                    &project));
    if (streq(o.output, "wide"))
        write_wide(c->a, project, &out);
    else if (!cli_write_document(o.output, project, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_proj_get = {
    .name = "proj get",
    .usage = "PROJECT [flags]",
    .about = "Show one project: what its applications may use and where they may go.",
    .examples = "Examples:\n  capstan proj get default\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
