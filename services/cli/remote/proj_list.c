/* cli/remote/proj_list - `proj list`. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/project.h"

#include "text/table.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|name|json|yaml",
     .help = "how the list is written"},
};

/* None, the only one, or how many. */
static const char *count(struct arena *a, const struct doc *list, const char *one, const char *what)
{
    size_t n = doc_len(list);
    return n == 0 ? "<none>" : n == 1 && one ? one : arena_printf(a, "%zu %s", n, what);
}

static void write_table(struct arena *a, const struct doc *projects, struct str *out)
{
    static const char *const head[] = {"NAME",
                                       "DESCRIPTION",
                                       "DESTINATIONS",
                                       "SOURCES",
                                       "CLUSTER-RESOURCE-WHITELIST",
                                       "NAMESPACE-RESOURCE-BLACKLIST",
                                       "ORPHANED-RESOURCES"};
    CLEANUP(table_freep) struct table *t = table_new(ARRAY_LEN(head), 2);
    table_row(t, head, ARRAY_LEN(head));
    doc_each (it, projects) {
        const struct doc *spec = doc_get(it.val, "spec"), *to = doc_get(spec, "destinations");
        const struct doc *from = doc_get(spec, "sourceRepos"),
                         *kinds = doc_get(spec, "clusterResourceWhitelist");
        const char *const cells[] = {doc_str(doc_path(it.val, "metadata", "name"), ""),
                                     doc_str(doc_get(spec, "description"), ""),
                                     count(a, to, cli_project_destination(a, doc_at(to, 0)), "destinations"),
                                     count(a, from, doc_str(doc_at(from, 0), ""), "repos"),
                                     count(a, kinds, cli_project_kind(a, doc_at(kinds, 0)), "resources"),
                                     count(a, doc_get(spec, "namespaceResourceBlacklist"), NULL, "resources"),
                                     cli_project_orphaned(spec)};
        table_row(t, cells, ARRAY_LEN(cells));
    }
    table_write(t, false, out);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)args, (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *answer;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", "/api/v1/projects", NULL, &answer));
    const struct doc *items = doc_get(answer, "items");
    if (!doc_is(items, DOC_LIST))
        items = doc_new_list(c->a);
    if (streq(o.output, "wide"))
        write_table(c->a, items, &out);
    else if (streq(o.output, "name"))
        doc_each (it, items)
            str_printf(&out, "%s\n", doc_str(doc_path(it.val, "metadata", "name"), ""));
    else if (!cli_write_document(o.output, items, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_proj_list = {
    .name = "proj list",
    .usage = "[flags]",
    .about = "List projects.",
    .examples = "Examples:\n  capstan proj list\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .run = run,
};
