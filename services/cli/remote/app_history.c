/* cli/remote/app_history - `app history`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|id",
     .help = "how it is written"},
};

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *app;
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], "", &app));
    if (streq(o.output, "id"))
        doc_each (it, doc_path(app, "status", "history"))
            str_printf(&out, "%lld\n", (long long)doc_int(doc_get(it.val, "id"), 0));
    else if (streq(o.output, "wide"))
        cli_print_history(c->a, app, &out);
    else
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_history = {
    .name = "app history",
    .usage = "APPNAME [flags]",
    .about = "Show what was deployed when; the IDs are what rollback takes.",
    .examples = "Examples:\n  capstan app history guestbook\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
