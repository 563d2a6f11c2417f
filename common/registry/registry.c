/* registry/registry - the handle, and asking a server with what it may know. */
#include "registry/private.h"

#include <stdarg.h>
#include <stdlib.h>

static const struct registry_limits defaults = {.index_bytes = 128U << 20,
                                                .archive_bytes = 128U << 20,
                                                .manifest_bytes = 4U << 20,
                                                .tags = 100000,
                                                .idle_ms = 30000};

static void set_limits(struct registry_limits *l)
{
    l->index_bytes = l->index_bytes ? l->index_bytes : defaults.index_bytes;
    l->archive_bytes = l->archive_bytes ? l->archive_bytes : defaults.archive_bytes;
    l->manifest_bytes = l->manifest_bytes ? l->manifest_bytes : defaults.manifest_bytes;
    l->tags = l->tags ? l->tags : defaults.tags;
    l->idle_ms = l->idle_ms ? l->idle_ms : defaults.idle_ms;
}

/* Where a reference's registry listens. */
static const char *api_host(const char *host)
{
    bool hub = streq(host, "docker.io") || streq(host, "index.docker.io");
    return hub ? "registry-1.docker.io" : host;
}

static struct err *parse(struct registry *r, const char *url)
{
    r->url = arena_strdup(r->arena, url);
    if (!r->oci) {
        TRY(net_url_parse(r->arena, url, &r->parsed));
        if (!streq(r->parsed.scheme, "http") && !streq(r->parsed.scheme, "https"))
            return err_new(ERR_INVALID, "could not find protocol handler for: %s", r->parsed.scheme);
        r->url = net_url_text(r->arena, &r->parsed, false);
        return NULL;
    }
    TRYF(registry_reference_parse(r->arena, url, &r->ref), "%s", url);
    return net_url_parse(
        r->arena,
        arena_printf(r->arena, "%s://%s/v2/", r->access.plain_http ? "http" : "https", api_host(r->ref.host)),
        &r->parsed);
}

struct err *registry_open(const char *url, const struct registry_access *access, struct registry **out)
{
    static const struct registry_access anonymous;
    struct registry *r = mem_zalloc(sizeof(*r));
    *out = NULL;
    r->arena = arena_new("registry");
    r->access = access ? *access : anonymous;
    set_limits(&r->access.limits);
    r->oci = r->access.oci || starts_with(url, "oci://");
    r->session = net_session_new("capstan");
    struct err *bad = parse(r, url);
    if (bad) {
        registry_close(r);
        return bad;
    }
    *out = r;
    return NULL;
}

void registry_close(struct registry *r)
{
    if (!r)
        return;
    net_session_free(r->session);
    secret_unref(r->token);
    free(r->token_scope);
    arena_free(r->arena);
    free(r);
}

void registry_closep(struct registry **r)
{
    registry_close(*r);
    *r = NULL;
}

bool registry_is_oci(const struct registry *r)
{
    return r->oci;
}

/* What is shown to the server: the token or the password, never both. */
static struct net_creds creds_of(const struct registry *r, const struct registry_ask *ask)
{
    const struct registry_access *x = &r->access;
    struct net_creds c = {.ca = span_of(x->ca_pem), .insecure = x->insecure};
    bool password = x->username && *x->username && x->password && secret_span(x->password).len;
    if (ask->foreign)
        return c;
    if (x->tls_cert && x->tls_key && !ask->no_certificate) {
        c.cert = secret_span(x->tls_cert);
        c.key = x->tls_key;
    }
    if (r->oci && ask->scope && r->token && streq(r->token_scope, ask->scope)) {
        c.token = r->token;
    } else if (password && (!r->oci || !ask->scope || r->basic)) {
        c.user = x->username;
        c.password = x->password;
    }
    return c;
}

struct err *registry_get(const struct call *call, struct registry *r, const struct registry_ask *ask,
                         struct arena *a, struct net_response *out)
{
    struct net_pair headers[3];
    size_t n = 0;
    struct net_creds creds = creds_of(r, ask);
    if (ask->accept)
        headers[n++] = (struct net_pair){"Accept", ask->accept};
    if (ask->etag && *ask->etag)
        headers[n++] = (struct net_pair){"If-None-Match", ask->etag};
    else if (ask->modified && *ask->modified)
        headers[n++] = (struct net_pair){"If-Modified-Since", ask->modified};
    struct net_request request = {.url = ask->url,
                                  .headers = headers,
                                  .headers_len = n,
                                  .creds = &creds,
                                  .proxy = r->access.proxy,
                                  .idle_ms = r->access.limits.idle_ms,
                                  .max_body = ask->max,
                                  .raw = ask->raw,
                                  .redirects = REGISTRY_REDIRECTS};
    return net_fetch(r->session, call, &request, a, out);
}

struct err *registry_status_error(int status, const char *fmt, ...)
{
    enum err_code code = status == 404 || status == 410 ? ERR_NOT_FOUND
                         : status == 401                ? ERR_UNAUTHENTICATED
                         : status == 403                ? ERR_DENIED
                         : status == 429                ? ERR_EXHAUSTED
                                                        : ERR_UNAVAILABLE;
    va_list ap;
    va_start(ap, fmt);
    struct str text = {0};
    str_vprintf(&text, fmt, ap);
    va_end(ap);
    struct err *e = err_new(code, "%s", str_text(&text));
    str_release(&text);
    return e;
}
