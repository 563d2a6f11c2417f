/* cli/remote/account_get_user_info - `account get-user-info`. */
#include "services/cli/remote/commands.h"

static struct {
    const char *output;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "output", .letter = 'o', .string = &o.output, .arg = "json|yaml",
     .help = "how it is written"},
};

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)args, (void)n;
    CLEANUP(str_release) struct str out = {0};
    struct doc *info;
    TRY(cli_connect(c));
    TRY(cli_request(c, "GET", "/api/v1/session/userinfo", NULL, &info));
    if (!*o.output) {
        bool in = doc_bool(doc_get(info, "loggedIn"), false);
        str_printf(&out, "Logged In: %s\n", in ? "true" : "false");
        if (in) {
            str_printf(&out, "Username: %s\nIssuer: %s\nGroups: ", doc_str(doc_get(info, "username"), ""),
                       doc_str(doc_get(info, "iss"), ""));
            doc_each (it, doc_get(info, "groups"))
                str_printf(&out, "%s%s", it.index ? "," : "", doc_str(it.val, ""));
            str_char(&out, '\n');
        }
    } else if (!cli_write_document(o.output, info, &out)) {
        return cli_unknown_output(o.output);
    }
    cli_flush(&out);
    return NULL;
}

const struct cli_command cli_account_get_user_info = {
    .name = "account get-user-info",
    .usage = "[flags]",
    .about = "Show who is logged in.",
    .examples = "Examples:\n  capstan account get-user-info\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .run = run,
};
