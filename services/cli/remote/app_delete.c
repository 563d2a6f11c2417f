/* cli/remote/app_delete - `app delete`. */
#include "services/cli/remote/app.h"
#include "services/cli/remote/commands.h"

#include "net/url.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool cascade, yes, wait;
    const char *policy;
} o;

static const struct opt rows[] = {
    {OPT_BOOL, "cascade", .def = "true", .flag = &o.cascade, .help = "delete its resources too"},
    {OPT_STRING, "propagation-policy", .letter = 'p', .def = "foreground", .string = &o.policy,
     .arg = "foreground|background", .help = "how its resources are deleted"},
    {OPT_BOOL, "yes", .letter = 'y', .flag = &o.yes, .help = "do not ask"},
    {OPT_BOOL, "wait", .flag = &o.wait, .help = "wait until it is gone"},
};

static struct err *until_gone(struct cli *c, const char *app)
{
    for (;;) {
        struct doc *unused;
        struct err *e = cli_get_app(c, app, "", &unused);
        if (err_eat(&e, ERR_NOT_FOUND) || err_eat(&e, ERR_DENIED))
            return NULL;
        TRY(e);
        nanosleep(&(struct timespec){.tv_nsec = 500 * 1000000L}, NULL);
    }
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    TRY(cli_connect(c));
    for (size_t i = 0; i < n; i++) {
        CLEANUP(str_release) struct str query = {0};
        bool yes = o.yes || !isatty(STDIN_FILENO);
        if (!yes)
            TRY(cli_confirm(c,
                            arena_printf(c->a, "Are you sure you want to delete '%s'%s", args[i],
                                         o.cascade ? " and all its resources?" : "?"),
                            &yes));
        if (!yes) {
            printf("The command to delete '%s' was cancelled.\n", args[i]);
            continue;
        }
        net_url_query_add(&query, "cascade", o.cascade ? "true" : "false");
        if (o.cascade)
            net_url_query_add(&query, "propagationPolicy", o.policy);
        TRY(cli_request(c, "DELETE", cli_app_path(c, args[i], "", str_text(&query)), NULL, NULL));
        if (o.wait)
            TRY(until_gone(c, args[i]));
        printf("application '%s' deleted\n", args[i]);
    }
    return NULL;
}

const struct cli_command cli_app_delete = {
    .name = "app delete",
    .usage = "APPNAME... [flags]",
    .about = "Delete applications and, unless --cascade=false, their resources. Asks first on a terminal.",
    .examples =
        "Examples:\n  capstan app delete guestbook\n  capstan app delete guestbook --cascade=false --yes\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 100,
    .run = run,
};
