/* registry/auth - how an OCI registry lets somebody in: it refuses first, and says in WWW-Authenticate where
 * a token comes from (the distribution project's token flow) or that a password will do.
 *
 * Invariant: the password is only sent to the registry itself or, for a token, to the realm that the registry
 * named over a connection that we trust; a realm without TLS is refused when the registry has it. */
#include "base/vec.h"
#include "doc/json.h"
#include "registry/private.h"

#include <stdlib.h>
#include <strings.h>

enum { TOKEN_ANSWER_MAX = 1 << 20, TOKEN_MAX = 64 << 10, ERROR_TEXT = 500 };

/* --- the challenge --- */

static bool token_char(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static const char *skip(const char *p, const char *what)
{
    return p + strspn(p, what);
}

/* A quoted string or a token behind "="; NULL when it is broken. */
static const char *read_value(struct arena *a, const char *p, const char **out)
{
    if (*p != '"') {
        size_t len = 0;
        while (token_char(p[len]) || (p[len] && strchr("/:?=@", p[len])))
            len++;
        *out = arena_strndup(a, p, len);
        return len ? p + len : NULL;
    }
    char *to = arena_raw(a, strlen(p) + 1);
    *out = to;
    for (p++; *p && *p != '"'; p++) {
        if (*p == '\\' && p[1])
            p++;
        *to++ = *p;
    }
    *to = '\0';
    return *p ? p + 1 : NULL;
}

static void keep(struct registry_challenge *c, struct span name, const char *value)
{
    if (name.len == 5 && strncasecmp(name.at, "realm", 5) == 0)
        c->realm = value;
    else if (name.len == 7 && strncasecmp(name.at, "service", 7) == 0)
        c->service = value;
    else if (name.len == 5 && strncasecmp(name.at, "scope", 5) == 0)
        c->scope = value;
}

void registry_challenge_read(struct arena *a, const char *header, struct registry_challenge *out)
{
    bool bearer = false;
    for (const char *p = skip(header, " \t,"); p && *p; p = p ? skip(p, " \t,") : NULL) {
        struct span word = {p, 0};
        while (token_char(p[word.len]))
            word.len++;
        if (!word.len)
            return;
        p = skip(p + word.len, " \t");
        if (*p == '=' && p[1] != '=') {
            const char *value;
            p = read_value(a, skip(p + 1, " \t"), &value);
            if (p && bearer)
                keep(out, word, value);
            continue;
        }
        if (*p == '=') { /* the end of a token68, which is no name */
            p = skip(p, "=");
            continue;
        }
        bearer = word.len == 6 && strncasecmp(word.at, "Bearer", 6) == 0 && !out->bearer;
        out->basic |= word.len == 5 && strncasecmp(word.at, "Basic", 5) == 0;
        out->bearer |= bearer;
        if (bearer)
            out->realm = out->service = out->scope = "";
    }
}

/* --- the token --- */

static bool is_token(const char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
            return false;
    return len > 0 && len <= TOKEN_MAX;
}

static struct err *read_token(struct registry *r, const struct net_response *answer, const char *scope,
                              struct arena *a)
{
    struct doc *d = NULL;
    struct limits limits = {.bytes = TOKEN_ANSWER_MAX, .depth = 20};
    struct err *bad = json_read(a, answer->body, &limits, &d);
    if (bad)
        return err_wrap(bad, "the token server's answer is no JSON");
    const char *token = doc_str(doc_get(d, "token"), "");
    token = *token ? token : doc_str(doc_get(d, "access_token"), "");
    if (!is_token(token))
        return err_new(ERR_UNAUTHENTICATED, "the token server's answer holds no usable token");
    secret_unref(r->token);
    free(r->token_scope);
    r->token = secret_new(token, strlen(token));
    r->token_scope = mem_strdup(scope);
    return NULL;
}

static struct err *fetch_token(const struct call *call, struct registry *r,
                               const struct registry_challenge *c, const char *scope, struct arena *a)
{
    CLEANUP(str_release) struct str query = {0};
    struct net_url realm;
    struct net_response answer;
    TRYF(net_url_parse(a, c->realm, &realm), "the registry names a token server");
    if (!streq(realm.scheme, "https") && streq(r->parsed.scheme, "https"))
        return err_reason(ERR_DENIED, "InsecureTokenServer",
                          "the registry names a token server without TLS, %s",
                          net_url_text(a, &realm, false));
    if (realm.query)
        str_printf(&query, "?%s", realm.query);
    net_url_query_add(&query, "service", *c->service ? c->service : NULL);
    net_url_query_add(&query, "scope", *c->scope ? c->scope : scope);
    realm.query = str_text(&query) + (query.len ? 1 : 0);
    realm.user = realm.password = realm.fragment = NULL;
    struct registry_ask ask = {.url = net_url_text(a, &realm, false),
                               .max = TOKEN_ANSWER_MAX,
                               .no_certificate = !net_url_same_origin(&realm, &r->parsed)};
    TRYF(registry_get(call, r, &ask, a, &answer), "asking for a token");
    if (answer.status != 200) {
        realm.query = NULL;
        return registry_status_error(answer.status, "the token server %s answered %d %s",
                                     net_url_text(a, &realm, false), answer.status,
                                     net_status_text(answer.status));
    }
    return read_token(r, &answer, scope, a);
}

/* --- asking --- */

/* What the registry itself says of a failure: "name unknown: repository name not known to registry". */
static const char *failure_text(struct arena *a, const struct net_response *answer)
{
    CLEANUP(str_release) struct str s = {.limit = ERROR_TEXT};
    struct doc *d = NULL;
    struct limits limits = {.bytes = TOKEN_ANSWER_MAX, .depth = 20};
    struct err *bad = json_read(a, answer->body, &limits, &d);
    const struct doc *first = bad ? NULL : doc_at(doc_get(d, "errors"), 0);
    err_free(bad);
    for (const char *p = doc_str(doc_get(first, "code"), ""); *p; p++)
        str_char(&s, *p == '_' ? ' ' : *p >= 'A' && *p <= 'Z' ? (char)(*p | 32) : *p);
    if (s.len && *doc_str(doc_get(first, "message"), ""))
        str_printf(&s, ": %s", doc_str(doc_get(first, "message"), ""));
    return s.len ? arena_strdup(a, str_text(&s)) : net_status_text(answer->status);
}

static struct err *let_in(const struct call *call, struct registry *r, const struct registry_ask *ask,
                          const struct net_response *answer, struct arena *a)
{
    struct registry_challenge c = {.realm = "", .service = "", .scope = ""};
    for (size_t i = 0; i < answer->headers.len; i++)
        if (strcasecmp(answer->headers.at[i].name, "www-authenticate") == 0)
            registry_challenge_read(a, answer->headers.at[i].value, &c);
    if (c.bearer)
        return fetch_token(call, r, &c, ask->scope, a);
    if (c.basic && r->access.username && !r->basic) {
        r->basic = true;
        return NULL;
    }
    return err_new(ERR_UNAUTHENTICATED, "%s",
                   c.basic && !r->access.username ? "basic credential not found" : failure_text(a, answer));
}

struct err *registry_get_oci(const struct call *call, struct registry *r, const struct registry_ask *ask,
                             struct arena *a, struct net_response *out)
{
    for (int tries = 0;; tries++) {
        TRY(registry_get(call, r, ask, a, out));
        if (out->status == 200)
            return NULL;
        if (out->status != 401 || ask->foreign || tries)
            break;
        TRYF(let_in(call, r, ask, out, a), "GET \"%s\"", ask->url);
    }
    return registry_status_error(out->status, "GET \"%s\": response status code %d: %s", ask->url,
                                 out->status, failure_text(a, out));
}
