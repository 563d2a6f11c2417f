/* cli/remote/app_get - `app get`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "api/window.h"
#include "net/url.h"

static struct {
    const char *output;
    bool refresh, hard_refresh, operation;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|json|yaml",
     .help = "how the application is written"},
    {OPT_BOOL, "refresh", .flag = &o.refresh, .help = "compare with the repository before the answer"},
    {OPT_BOOL, "hard-refresh", .flag = &o.hard_refresh, .help = "the same, rendering the manifests anew"},
    {OPT_BOOL, "show-operation", .flag = &o.operation, .help = "show the last operation too"},
};

/* The project's windows that name this application, its namespace or its cluster. */
static struct err *assigned_windows(struct cli *c, const struct doc *app, const struct doc **out)
{
    const char *name = doc_str(doc_path(app, "spec", "project"), "default");
    struct doc *project;
    *out = NULL;
    struct err *e = cli_request(c, "GET", arena_printf(c->a, "/api/v1/projects/%s", net_url_escape(c->a, name)), NULL, &project);
    if (err_eat(&e, ERR_DENIED) || err_eat(&e, ERR_NOT_FOUND))
        return NULL; /* the application may be seen, its project not */
    TRY(e);
    *out = api_windows_of_app(c->a, project, api_app_parse(c->a, app, api_namespace(app)));
    return NULL;
}

static struct err *write_wide(struct cli *c, const struct doc *app, struct str *out)
{
    struct cli_summary summary = {.app = app};
    TRY(assigned_windows(c, app, &summary.windows));
    TRY(cli_app_url(c, app, &summary.url));
    cli_print_app_summary(c->a, &summary, out);
    cli_print_app_conditions(c->a, app, out);
    if (o.operation && doc_path(app, "status", "operationState")) {
        str_char(out, '\n');
        cli_print_operation(c->a, doc_path(app, "status", "operationState"), out);
    }
    cli_print_app_resources(c->a, app, out);
    return NULL;
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *app;
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], o.hard_refresh ? "hard" : o.refresh ? "normal" : "", &app));
    if (streq(o.output, "wide") || !*o.output)
        TRY(write_wide(c, app, &out));
    else if (!cli_write_document(o.output, app, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_get = {
    .name = "app get",
    .usage = "APPNAME [flags]",
    .about = "Show one application: where it comes from, where it goes, and the state of its resources.",
    .examples =
        "Examples:\n  capstan app get guestbook\n  capstan app get guestbook --hard-refresh -o yaml\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
