/* cli/remote/app_diff - `app diff`: what a sync would change, resource by resource. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

static struct {
    bool exit_code, refresh, hard_refresh;
    const char *revision;
    struct cli_local local;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "exit-code", .def = "true", .flag = &o.exit_code,
     .help = "exit with 1 where there is a difference"},
    {OPT_BOOL, "refresh", .flag = &o.refresh, .help = "compare with the repository before the answer"},
    {OPT_BOOL, "hard-refresh", .flag = &o.hard_refresh, .help = "the same, rendering the manifests anew"},
    {OPT_STRING, "revision", .string = &o.revision, .help = "compare with that revision instead"},
    CLI_LOCAL_ROWS(o.local),
};

static struct err *compare(struct cli *c, const char *name, const struct doc *app, const struct doc *items,
                           struct str *out)
{
    struct doc *targets;
    if (!*o.local.path && !*o.revision)
        return cli_diff_managed(c->a, items, out);
    if (*o.local.path)
        TRY(cli_local_targets(c, app, &o.local, &targets));
    else
        TRY(cli_revision_targets(c, name, o.revision, &targets));
    return cli_diff_targets(c->a, app, items, targets, out);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *app, *answer;
    if (*o.local.path && *o.revision)
        return cli_usage("--local and --revision exclude each other");
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], o.hard_refresh ? "hard" : o.refresh ? "normal" : "", &app));
    TRY(cli_request(c, "GET", cli_app_path(c, args[0], "/managed-resources", ""), NULL, &answer));
    struct err *e = compare(c, args[0], app, doc_get(answer, "items"), &out);
    if (e) {
        e->reason = CLI_DIFF;
        return e;
    }
    c->rc = out.len && o.exit_code ? 1 : 0;
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_app_diff = {
    .name = "app diff",
    .usage = "APPNAME [flags]",
    .about = "Show what a sync would change: of the repository, of another revision of it, or of a folder of "
             "this machine. Exits with 1 where there is a difference, 2 where it cannot be computed.",
    .examples =
        "Examples:\n  capstan app diff guestbook\n  capstan app diff guestbook --refresh --exit-code=false\n"
        "  capstan app diff guestbook --local ./guestbook\n  capstan app diff guestbook --revision v1.1.0\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
