/* cli/remote/app_set - `app set`: changes the spec by flags. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    struct doc *app;
    size_t changed = 0;
    TRY(cli_connect(c));
    TRY(cli_get_app(c, args[0], "", &app));
    struct doc *spec = doc_own_map(c->a, app, "spec");
    TRY(cli_spec_apply(c->a, &cli_spec_flags, spec, &changed));
    if (!changed)
        return cli_usage("Please set at least one option to update");
    return cli_request(c, "PUT", cli_app_path(c, args[0], "/spec", ""), spec, NULL);
}

const struct cli_command cli_app_set = {
    .name = "app set",
    .usage = "APPNAME [flags]",
    .about = "Change an application.",
    .examples = "Examples:\n  capstan app set guestbook --revision v1.2.0\n"
                "  capstan app set guestbook --sync-policy automated --self-heal=true\n",
    .spec_flags = cli_spec_rows,
    .spec_len = CLI_SPEC_ROWS,
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
