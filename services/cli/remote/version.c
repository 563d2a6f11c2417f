/* cli/remote/version - `version`: this program's and the server's. */
#include "services/cli/remote/commands.h"

#include <sys/utsname.h>

static struct {
    const char *output;
    bool brief;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .string = &o.output, .arg = "json|yaml",
     .help = "how it is written"},
    {OPT_BOOL, "short", .flag = &o.brief, .help = "only the numbers"},
};

static void client_version(struct cli *c, struct doc *out)
{
    struct utsname u;
    doc_set_str(c->a, out, "Version", CLI_VERSION);
    doc_set_str(c->a, out, "Compiler", __VERSION__);
    if (uname(&u) == 0)
        doc_set_str(c->a, out, "Platform", arena_printf(c->a, "%s/%s", u.sysname, u.machine));
}

static void write_version(const char *program, const struct doc *version, struct str *out)
{
    str_printf(out, "%s: %s\n", program, doc_str(doc_get(version, "Version"), ""));
    if (o.brief)
        return;
    doc_each (it, version)
        if (!streq(it.key.at, "Version") && doc_is(it.val, DOC_STR))
            str_printf(out, "  %s: %s\n", it.key.at, doc_str(it.val, ""));
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)args, (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *all = doc_new_map(c->a), *client = doc_new_map(c->a), *server = NULL;
    bool text = !*o.output || streq(o.output, "wide");
    if (!text && !streq(o.output, "json") && !streq(o.output, "yaml"))
        return cli_unknown_output(o.output);
    client_version(c, client);
    if (text) { /* it is known already, whatever the server says */
        write_version("capstan", client, &out);
        cli_flush(&out);
    }
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", "/api/version", NULL, &server));
    doc_set(c->a, all, "client", client);
    doc_set(c->a, all, "server", server);
    if (text)
        write_version("argocd-server", server, &out);
    else
        cli_write_document(o.output, all, &out);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_version = {
    .name = "version",
    .usage = "[flags]",
    .about = "Show the versions of this program and of the server.",
    .examples = "Examples:\n  capstan version\n  capstan version --client\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .run = run,
};
