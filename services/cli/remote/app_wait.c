/* cli/remote/app_wait - `app wait`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

static struct {
    bool sync, health, operation;
    int64_t timeout;
    struct opt_list resources;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "sync", .flag = &o.sync, .help = "wait until it is Synced"},
    {OPT_BOOL, "health", .flag = &o.health, .help = "wait until it is Healthy"},
    {OPT_BOOL, "operation", .flag = &o.operation, .help = "wait until no operation runs"},
    {OPT_INT, "timeout", .integer = &o.timeout, .max = 86400, .arg = "SECONDS",
     .help = "give up waiting; 0 = never"},
    {OPT_LIST, "resource", .list = &o.resources, .arg = "GROUP:KIND:NAME", .help = "show only that resource"},
};

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    bool all = !o.sync && !o.health && !o.operation;
    const struct cli_wait wait = {.sync = all || o.sync,
                                  .health = all || o.health,
                                  .operation = all || o.operation,
                                  .timeout_ms = o.timeout * 1000,
                                  .resources = o.resources};
    struct doc *app;
    TRY(cli_connect(c));
    for (size_t i = 0; i < n; i++)
        TRY(cli_wait_app(c, args[i], &wait, &app));
    return NULL;
}

const struct cli_command cli_app_wait = {
    .name = "app wait",
    .usage = "APPNAME... [flags]",
    .about = "Wait until an application is synced and healthy and no operation runs, or for those of the "
             "three that are named.",
    .examples =
        "Examples:\n  capstan app wait guestbook --timeout 300\n  capstan app wait guestbook --health\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 100,
    .run = run,
};
