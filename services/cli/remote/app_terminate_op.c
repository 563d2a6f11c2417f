/* cli/remote/app_terminate_op - `app terminate-op`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include <stdio.h>

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    TRY(cli_connect(c));
    for (size_t i = 0; i < n; i++) {
        TRY(cli_request(c, "DELETE", cli_app_path(c, args[i], "/operation", ""), NULL, NULL));
        printf("Application '%s' operation terminating\n", args[i]);
    }
    return NULL;
}

const struct cli_command cli_app_terminate_op = {
    .name = "app terminate-op",
    .usage = "APPNAME...",
    .about = "Stop the operation that runs.",
    .examples = "Examples:\n  capstan app terminate-op guestbook\n",
    .args_min = 1,
    .args_max = 100,
    .run = run,
};
