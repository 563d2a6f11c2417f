/* cli/remote/logout - `logout`: forgets the token; the context stays. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/config.h"

#include <stdio.h>

/* The server ends the session where it can be reached; the token is forgotten either way. */
static void end_session(struct cli *c, const struct cli_entry *entry)
{
    cli_connect_to(c, entry->server, cli_globals.plaintext || entry->plaintext,
                   cli_globals.insecure || entry->insecure);
    c->creds.token = secret_new(entry->token, strlen(entry->token));
    err_free(cli_request(c, "DELETE", "/api/v1/session", NULL, NULL));
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    const char *path;
    struct doc *config;
    struct cli_entry entry;
    TRY(cli_config_path(c->a, cli_globals.config, &path));
    TRY(cli_config_read(c->a, path, &config));
    if (!cli_config_context(config, args[0], &entry))
        return cli_usage("Context '%s' undefined", args[0]);
    if (*entry.token)
        end_session(c, &entry);
    cli_config_logout(c->a, config, args[0]);
    TRY(cli_config_write(path, config));
    printf("Logged out from '%s'\n", args[0]);
    return NULL;
}

const struct cli_command cli_logout = {
    .name = "logout",
    .usage = "CONTEXT",
    .about = "Log out: end the session and forget its token.",
    .examples = "Examples:\n  capstan logout localhost:8080\n",
    .args_min = 1,
    .args_max = 1,
    .run = run,
};
