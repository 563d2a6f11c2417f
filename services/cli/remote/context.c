/* cli/remote/context - `context`: lists contexts, switches between them, deletes one. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/config.h"

#include "text/table.h"

#include <stdio.h>

static struct {
    bool delete;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "delete", .flag = &o.delete, .help = "delete the context instead of switching to it"},
};

static void list(const struct doc *config, struct str *out)
{
    CLEANUP(table_freep) struct table *t = table_new(3, 2);
    const char *current = doc_str(doc_get(config, "current-context"), "");
    static const char *const head[] = {"CURRENT", "NAME", "SERVER"};
    table_row(t, head, ARRAY_LEN(head));
    doc_each (it, doc_get(config, "contexts")) {
        const char *name = doc_str(doc_get(it.val, "name"), "");
        table_cell(t, streq(name, current) ? "*" : "", NULL);
        table_cell(t, name, NULL);
        table_cell(t, doc_str(doc_get(it.val, "server"), ""), NULL);
    }
    table_write(t, false, out);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    CLEANUP(str_release) struct str out = {0};
    const char *path;
    struct doc *config;
    struct cli_entry entry;
    TRY(cli_config_path(c->a, cli_globals.config, &path));
    TRY(cli_config_read(c->a, path, &config));
    if (!n && o.delete)
        return cli_usage("name the context to delete: 'capstan context' lists them");
    if (!n) {
        list(config, &out);
        cli_flush(&out);
        return NULL;
    }
    if (!*args[0] || !cli_config_context(config, args[0], &entry))
        return cli_usage("Context '%s' undefined", args[0]);
    if (o.delete)
        cli_config_remove(c->a, config, args[0]);
    else
        doc_set_str(c->a, config, "current-context", args[0]);
    TRY(cli_config_write(path, config));
    printf("%s '%s'%s\n", o.delete ? "Context" : "Switched to context", args[0], o.delete ? " deleted" : "");
    return NULL;
}

const struct cli_command cli_context = {
    .name = "context",
    .usage = "[NAME] [flags]",
    .about = "Show the contexts, or switch to one.",
    .examples = "Examples:\n  capstan context\n  capstan context prod.example.com\n"
                "  capstan context old.example.com --delete\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_max = 1,
    .run = run,
};
