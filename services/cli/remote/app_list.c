/* cli/remote/app_list - `app list`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "net/url.h"

static struct {
    const char *output, *selector, *repo;
    struct opt_list projects;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|name|json|yaml",
     .help = "how the list is written"},
    {OPT_STRING, "selector", .letter = 'l', .string = &o.selector,
     .help = "label selector: team=one,env!=prod"},
    {OPT_LIST, "project", .letter = 'p', .list = &o.projects, .help = "only applications of that project"},
    {OPT_STRING, "repo", .letter = 'r', .string = &o.repo, .arg = "URL",
     .help = "only applications of that repository"},
};

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)args, (void)n;
    CLEANUP(str_release) struct str out = {0};
    CLEANUP(str_release) struct str query = {0};
    struct doc *answer;
    for (size_t i = 0; i < o.projects.len; i++)
        net_url_query_add(&query, "projects", o.projects.at[i]);
    net_url_query_add(&query, "selector", *o.selector ? o.selector : NULL);
    net_url_query_add(&query, "repo", *o.repo ? o.repo : NULL);
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", arena_printf(c->a, "/api/v1/applications%s", str_text(&query)), NULL, &answer));
    const struct doc *items = doc_get(answer, "items");
    if (!doc_is(items, DOC_LIST))
        items = doc_new_list(c->a); /* a Go server writes an empty list as null */
    if (streq(o.output, "name"))
        doc_each (it, items)
            str_printf(&out, "%s\n", cli_print_qualified_name(c->a, it.val));
    else if (streq(o.output, "wide") || !*o.output)
        cli_print_app_list(c->a, items, &out);
    else if (!cli_write_document(o.output, items, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_list = {
    .name = "app list",
    .usage = "[flags]",
    .about = "List applications.",
    .examples = "Examples:\n  capstan app list\n  capstan app list -l team=one -o name\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .run = run,
};
