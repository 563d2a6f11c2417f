/* cli/remote/repo_list - `repo list`. */
#include "services/cli/remote/commands.h"

#include "text/table.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .def = "wide", .string = &o.output, .arg = "wide|url|json|yaml",
     .help = "how the list is written"},
};

static const char *truth(const struct doc *repo, const char *key)
{
    return doc_bool(doc_get(repo, key), false) ? "true" : "false";
}

static const char *credentials(const struct doc *repo)
{
    if (doc_bool(doc_get(repo, "inheritedCreds"), false))
        return "inherited";
    static const char *const keys[] = {"username", "password", "sshPrivateKey", "tlsClientCertKey",
                                       "bearerToken"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (*doc_str(doc_get(repo, keys[i]), ""))
            return "true";
    return "false";
}

static void write_table(const struct doc *repos, struct str *out)
{
    static const char *const head[] = {"TYPE", "NAME",  "REPO",   "INSECURE", "OCI",
                                       "LFS",  "CREDS", "STATUS", "MESSAGE",  "PROJECT"};
    CLEANUP(table_freep) struct table *t = table_new(ARRAY_LEN(head), 2);
    table_row(t, head, ARRAY_LEN(head));
    doc_each (it, repos) {
        const struct doc *state = doc_get(it.val, "connectionState");
        const char *const cells[] = {doc_str(doc_get(it.val, "type"), "git"),
                                     doc_str(doc_get(it.val, "name"), ""),
                                     doc_str(doc_get(it.val, "repo"), ""),
                                     truth(it.val, "insecure"),
                                     truth(it.val, "enableOCI"),
                                     truth(it.val, "enableLfs"),
                                     credentials(it.val),
                                     doc_str(doc_get(state, "status"), ""),
                                     doc_str(doc_get(state, "message"), ""),
                                     doc_str(doc_get(it.val, "project"), "")};
        table_row(t, cells, ARRAY_LEN(cells));
    }
    table_write(t, false, out);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)args, (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *answer;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", "/api/v1/repositories", NULL, &answer));
    const struct doc *items = doc_get(answer, "items");
    if (!doc_is(items, DOC_LIST))
        items = doc_new_list(c->a);
    if (streq(o.output, "wide"))
        write_table(items, &out);
    else if (streq(o.output, "url"))
        doc_each (it, items)
            str_printf(&out, "%s\n", doc_str(doc_get(it.val, "repo"), ""));
    else if (!cli_write_document(o.output, items, &out))
        return cli_unknown_output(o.output);
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_repo_list = {
    .name = "repo list",
    .usage = "[flags]",
    .about = "List the repositories that are configured.",
    .examples = "Examples:\n  capstan repo list\n  capstan repo list -o url\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .run = run,
};
