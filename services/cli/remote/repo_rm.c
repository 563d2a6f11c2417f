/* cli/remote/repo_rm - `repo rm`. */
#include "services/cli/remote/commands.h"

#include "net/url.h"

#include <stdio.h>

static struct {
    const char *project;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "project", .string = &o.project, .help = "the project that the repository belongs to"},
};

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    TRY(cli_connect(c));
    for (size_t i = 0; i < n; i++) {
        CLEANUP(str_release) struct str query = {0};
        net_url_query_add(&query, "appProject", *o.project ? o.project : NULL);
        const char *path =
            arena_printf(c->a, "/api/v1/repositories/%s%s", net_url_escape(c->a, args[i]), str_text(&query));
        TRY(cli_request(c, "DELETE", path, NULL, NULL));
        printf("Repository '%s' removed\n", args[i]);
    }
    return NULL;
}

const struct cli_command cli_repo_rm = {
    .name = "repo rm",
    .usage = "REPOURL... [flags]",
    .about = "Remove repositories with their credentials.",
    .examples = "Examples:\n  capstan repo rm https://git.example.com/demo.git\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 100,
    .run = run,
};
