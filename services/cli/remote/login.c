/* cli/remote/login - `login`. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/config.h"

#include "crypto/text.h"
#include "doc/json.h"

#include <stdio.h>

static struct {
    const char *username, *name;
    struct secret *password;
} o;

static const struct opt rows[] = {
    {OPT_STRING, "username", .string = &o.username, .help = "asked for when not given"},
    {OPT_SECRET, "password", .secret = &o.password, .help = "asked for, without echo, when not given"},
    {OPT_STRING, "name", .string = &o.name, .help = "name of the context; default: the server"},
};

static struct err *asked_insecurely(struct cli *c, const char *why, bool *go_on)
{
    TRY(cli_confirm(c, arena_printf(c->a, "WARNING: %s. Proceed", why), go_on));
    return *go_on ? NULL : cli_usage("not logged in: the server is not trusted");
}

/* Reaches the server over TLS that is trusted, or asks before it does with less. */
static struct err *reach(struct cli *c, struct cli_entry *entry)
{
    bool go_on;
    cli_connect_to(c, entry->server, entry->plaintext, entry->insecure);
    struct err *e = cli_request(c, "GET", "/api/version", NULL, NULL);
    if (!e || entry->plaintext || entry->insecure)
        return e;
    if (e->reason && streq(e->reason, "TLSVerification")) {
        err_free(e);
        TRY(asked_insecurely(c, "server certificate cannot be verified", &go_on));
        entry->insecure = true;
        cli_connect_to(c, entry->server, false, true);
        return cli_request(c, "GET", "/api/version", NULL, NULL);
    }
    cli_connect_to(c, entry->server, true, false);
    struct err *plain = cli_request(c, "GET", "/api/version", NULL, NULL);
    if (plain) {
        err_free(plain);
        return e;
    }
    err_free(e);
    TRY(asked_insecurely(c, "server is not configured with TLS", &go_on));
    entry->plaintext = true;
    return NULL;
}

/* The subject of a JWT, or the name that was given. */
static const char *subject(struct arena *a, const char *token, const char *dflt)
{
    struct span rest = span_of(token), part = {0}, json;
    struct doc *claims = NULL;
    if (!span_cut(&rest, '.', &part) || !span_cut(&rest, '.', &part) ||
        !crypto_base64_decode_any(a, part, &json))
        return dflt;
    struct err *e = json_read(a, json, NULL, &claims);
    if (e) {
        err_free(e);
        return dflt;
    }
    return doc_str(doc_get(claims, "sub"), dflt);
}

static struct err *run(struct cli *c, const char *const *args, size_t n)
{
    (void)n;
    const char *path, *password = o.password ? secret_text(o.password) : NULL;
    struct doc *config, *answer, *body = doc_new_map(c->a);
    struct cli_entry entry = {.name = *o.name ? o.name : args[0],
                              .server = args[0],
                              .user = *o.name ? o.name : args[0],
                              .plaintext = cli_globals.plaintext,
                              .insecure = cli_globals.insecure};
    TRY(cli_config_path(c->a, cli_globals.config, &path));
    TRY(cli_config_read(c->a, path, &config));
    TRY(reach(c, &entry));
    if (!*o.username)
        TRY(cli_ask(c, "Username: ", false, &o.username));
    if (!password)
        TRY(cli_ask(c, "Password: ", true, &password));
    doc_set_str(c->a, body, "username", o.username);
    doc_set_str(c->a, body, "password", password);
    TRY(cli_request(c, "POST", "/api/v1/session", body, &answer));
    entry.token = doc_str(doc_get(answer, "token"), "");
    if (!*entry.token)
        return err_new(ERR_INTERNAL, "'%s' answered without a token", entry.server);
    cli_config_put(c->a, config, &entry);
    TRY(cli_config_write(path, config));
    printf("'%s' logged in successfully\nContext '%s' updated\n", subject(c->a, entry.token, o.username),
           entry.name);
    return NULL;
}

/* The password outlives the command's errors, so it is released here and not in run. */
static struct err *run_and_wipe(struct cli *c, const char *const *args, size_t n)
{
    struct err *e = run(c, args, n);
    secret_unref(o.password);
    return e;
}

const struct cli_command cli_login = {
    .name = "login",
    .usage = "SERVER [flags]",
    .about = "Log in to a server and make it the current context.",
    .examples = "Examples:\n  capstan login argocd.example.com\n"
                "  capstan login localhost:8080 --username admin --plaintext\n",
    .flags = rows,
    .flags_len = ARRAY_LEN(rows),
    .args_min = 1,
    .args_max = 1,
    .run = run_and_wipe,
};
