/* cli/remote/app_resources - `app resources`: the managed and, asked for, the orphaned ones. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "text/table.h"

static struct {
    bool orphaned;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "orphaned", .flag = &o.orphaned,
     .help = "only resources of the namespace that no application manages"},
};

static void add(struct table *t, const struct doc *node, const char *orphaned)
{
    static const char *const keys[] = {"group", "kind", "namespace", "name"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        table_cell(t, doc_str(doc_get(node, keys[i]), ""), NULL);
    table_cell(t, orphaned, NULL);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    CLEANUP(table_freep) struct table *t = table_new(5, 2);
    static const char *const head[] = {"GROUP", "KIND", "NAMESPACE", "NAME", "ORPHANED"};
    struct doc *tree;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", cli_app_path(c, args[0], "/resource-tree", ""), NULL, &tree));
    table_row(t, head, ARRAY_LEN(head));
    if (!o.orphaned)
        doc_each (it, doc_get(tree, "nodes"))
            if (!doc_len(doc_get(it.val, "parentRefs")))
                add(t, it.val, "No");
    doc_each (it, doc_get(tree, "orphanedNodes"))
        if (!doc_len(doc_get(it.val, "parentRefs")))
            add(t, it.val, "Yes");
    table_write(t, false, &out);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_resources = {
    .name = "app resources",
    .usage = "APPNAME [flags]",
    .about = "List the resources of an application.",
    .examples =
        "Examples:\n  capstan app resources guestbook\n  capstan app resources guestbook --orphaned\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
