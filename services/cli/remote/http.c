/* cli/remote/http - requests of the REST API, and its error answers as the official CLI words them. */
#include "services/cli/remote/cli.h"
#include "services/cli/remote/config.h"

#include "doc/json.h"
#include "net/url.h"

enum { REQUEST_MS = 120 * 1000 };

void cli_connect_to(struct cli *c, const char *server, bool plaintext, bool insecure)
{
    c->server = server;
    c->base = arena_printf(c->a, "%s://%s", plaintext ? "http" : "https", server);
    c->creds.insecure = insecure;
}

struct err *cli_connect(struct cli *c)
{
    const struct cli_globals *g = &cli_globals;
    const char *path;
    struct doc *config;
    struct cli_entry context = {.server = "", .token = ""};
    TRY(cli_config_path(c->a, g->config, &path));
    TRY(cli_config_read(c->a, path, &config));
    bool found = cli_config_context(config, g->context, &context);
    if (*g->context && !found)
        return cli_usage("Context '%s' undefined", g->context);
    if (*g->server && !streq(g->server, context.server))
        context = (struct cli_entry){.server = g->server, .token = ""};
    if (!*context.server)
        return cli_usage("Argo CD server address unspecified");
    cli_connect_to(c, context.server, g->plaintext || context.plaintext, g->insecure || context.insecure);
    if (g->token)
        c->creds.token = g->token;
    else if (*context.token)
        c->creds.token = secret_new(context.token, strlen(context.token));
    return NULL;
}

static enum err_code code_of(const struct doc *answer, int status)
{
    static const struct {
        int status;
        enum err_code code;
    } rows[] = {{400, ERR_INVALID},       {401, ERR_UNAUTHENTICATED}, {403, ERR_DENIED},
                {404, ERR_NOT_FOUND},     {409, ERR_EXISTS},          {429, ERR_EXHAUSTED},
                {501, ERR_UNIMPLEMENTED}, {503, ERR_UNAVAILABLE},     {504, ERR_DEADLINE}};
    int64_t code = doc_int(doc_get(answer, "code"), 0);
    if (code > ERR_OK && code <= ERR_UNAUTHENTICATED)
        return (enum err_code)code;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].status == status)
            return rows[i].code;
    return ERR_UNKNOWN;
}

static struct err *answer_error(struct cli *c, const struct net_response *r)
{
    struct doc *answer = NULL;
    struct err *e = json_read(c->a, r->body, NULL, &answer);
    if (e) { /* a proxy's page, most often: its status says more than its text */
        err_free(e);
        answer = NULL;
    }
    enum err_code code = code_of(answer, r->status);
    const char *message = doc_str(doc_get(answer, "message"), doc_str(doc_get(answer, "error"), ""));
    if (!*message)
        message = arena_printf(c->a, "the server answered %d %s", r->status, net_status_text(r->status));
    return err_new(code, "rpc error: code = %s desc = %s", err_code_name(code), message);
}

struct err *cli_request(struct cli *c, const char *method, const char *path, const struct doc *body,
                        struct doc **out)
{
    static const struct net_pair headers[] = {{"Content-Type", "application/json"}};
    struct net_response response;
    struct net_request request = {.method = method,
                                  .url = arena_printf(c->a, "%s%s", c->base, path),
                                  .headers = headers,
                                  .headers_len = ARRAY_LEN(headers),
                                  .creds = &c->creds,
                                  .timeout_ms = REQUEST_MS};
    if (body)
        request.body = span_of(json_text(c->a, body, 0));
    if (!c->http)
        c->http = net_session_new("capstan/" CLI_VERSION);
    TRY(net_fetch(c->http, &c->call, &request, c->a, &response));
    if (response.status >= 400)
        return answer_error(c, &response);
    if (response.status >= 300)
        return err_new(ERR_UNAVAILABLE,
                       "'%s' answered with a redirect (%d): is it the address of an Argo CD server?",
                       c->server, response.status);
    if (out)
        TRYF(json_read(c->a, response.body, NULL, out), "the answer of '%s' to %s %s", c->server, method,
             path);
    return NULL;
}

const char *cli_app_path(struct cli *c, const char *app, const char *tail, const char *query)
{
    CLEANUP(str_release) struct str q = {0};
    const char *slash = strchr(app, '/');
    if (slash) {
        net_url_query_add(&q, "appNamespace", arena_strndup(c->a, app, (size_t)(slash - app)));
        app = slash + 1;
    }
    if (query && *query) {
        str_char(&q, q.len ? '&' : '?');
        str_add(&q, query + 1);
    }
    return arena_printf(c->a, "/api/v1/applications/%s%s%s", net_url_escape(c->a, app), tail, str_text(&q));
}

struct err *cli_get_app(struct cli *c, const char *app, const char *refresh, struct doc **out)
{
    CLEANUP(str_release) struct str q = {0};
    if (*refresh)
        net_url_query_add(&q, "refresh", refresh);
    return cli_request(c, "GET", cli_app_path(c, app, "", str_text(&q)), NULL, out);
}
