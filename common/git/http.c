/* git/http - the smart protocol over http and https through our own HTTP client.
 *
 * libgit2's own transport cannot do TLS 1.3-only servers or client certificates and hangs on silent ones
 * (specs/libraries.md §7). Two requests a fetch: GET info/refs, then POST git-upload-pack. A redirect of the first one
 * moves the base for the second; credentials stay with the origin that they were given for (net/client.h). */
#include "git/transport.h"

#include "base/str.h"
#include "net/client.h"

#include <git2/sys/transport.h>
#include <stdlib.h>

enum { CONNECT_MS = 10000, IDLE_MS = 30000, REQUEST_MAX = 64 << 20, REDIRECTS = 5 };

struct http_transport {
    git_smart_subtransport parent;
    struct git_session *session;
    struct net_session *net;
    char *base; /* URL without a slash at its end; moves with a redirect */
};

struct http_stream {
    git_smart_subtransport_stream parent;
    struct http_transport *transport;
    struct net_stream *net;
    struct str body;
    bool post;
};

static struct err *status_error(const char *url, int status)
{
    switch (status) {
    case 200:
        return NULL;
    case 401:
        return err_reason(ERR_UNAUTHENTICATED, "AuthenticationRequired",
                          "authentication required: %s (add a repository Secret with credentials)", url);
    case 403:
        return err_reason(ERR_DENIED, "AuthorizationFailed", "authorization failed: %s", url);
    case 404:
        return err_reason(ERR_NOT_FOUND, "RepositoryNotFound", "repository not found: %s", url);
    default:
        return err_new(status >= 500 || status == 429 ? ERR_UNAVAILABLE : ERR_UNKNOWN, "%s answered HTTP %d", url,
                       status);
    }
}

struct net_creds git_creds(const struct git_access *access)
{
    struct net_creds c = {0};
    if (!access)
        return c;
    c.insecure = access->insecure;
    c.ca = span_of(access->ca_pem);
    c.cert = access->tls_cert ? secret_span(access->tls_cert) : (struct span){0};
    c.key = access->tls_key;
    if (access->password) {
        c.user = access->username && *access->username ? access->username : "git";
        c.password = access->password;
    }
    return c;
}

/* Where the server said that the repository is: what stands before /info/refs in the last URL. */
static void follow(struct http_transport *t, const char *url)
{
    const char *end = url ? strstr(url, "/info/refs") : NULL;
    if (!end)
        return;
    free(t->base);
    t->base = mem_strndup(url, (size_t)(end - url));
}

static struct err *open_stream(struct http_stream *s)
{
    struct http_transport *t = s->transport;
    static const struct net_pair get_headers[] = {{"Accept", "*/*"}};
    static const struct net_pair post_headers[] = {{"Content-Type", "application/x-git-upload-pack-request"},
                                                   {"Accept", "application/x-git-upload-pack-result"}};
    CLEANUP(mem_freep) char *url =
        mem_printf("%s%s", t->base, s->post ? "/git-upload-pack" : "/info/refs?service=git-upload-pack");
    struct net_creds creds = git_creds(t->session->access);
    struct net_request rq = {
        .method = s->post ? "POST" : "GET",
        .url = url,
        .headers = s->post ? post_headers : get_headers,
        .headers_len = s->post ? ARRAY_LEN(post_headers) : ARRAY_LEN(get_headers),
        .body = str_span(&s->body),
        .creds = &creds,
        .proxy = t->session->access ? t->session->access->proxy : NULL,
        .connect_ms = CONNECT_MS,
        .idle_ms = IDLE_MS,
        .redirects = s->post ? 0 : REDIRECTS,
    };
    if (s->body.full)
        return err_new(ERR_EXHAUSTED, "%s: the list of commits to ask for is too long", t->base);
    const struct net_response *head = NULL;
    TRY(net_stream_open(t->net, t->session->call, &rq, false, &s->net));
    TRY(net_stream_head(s->net, &head));
    TRY(status_error(t->base, head->status));
    if (!s->post)
        follow(t, head->url);
    return NULL;
}

static int stream_read(git_smart_subtransport_stream *stream, char *buffer, size_t size, size_t *got)
{
    struct http_stream *s = (struct http_stream *)stream;
    struct err *e = s->net ? NULL : open_stream(s);
    if (!e)
        e = net_stream_read(s->net, buffer, size, got);
    return e ? git_session_fail(s->transport->session, e) : 0;
}

static int stream_write(git_smart_subtransport_stream *stream, const char *buffer, size_t len)
{
    struct http_stream *s = (struct http_stream *)stream;
    str_add_n(&s->body, buffer, len);
    return 0;
}

static void stream_free(git_smart_subtransport_stream *stream)
{
    struct http_stream *s = (struct http_stream *)stream;
    net_stream_close(s->net);
    str_release(&s->body);
    free(s);
}

static int action(git_smart_subtransport_stream **out, git_smart_subtransport *transport, const char *url,
                  git_smart_service_t service)
{
    struct http_transport *t = (struct http_transport *)transport;
    if (service != GIT_SERVICE_UPLOADPACK_LS && service != GIT_SERVICE_UPLOADPACK)
        return git_session_fail(t->session, err_new(ERR_UNIMPLEMENTED, "only fetching is done here"));
    if (!t->base) {
        size_t n = strlen(url);
        while (n && url[n - 1] == '/')
            n--;
        t->base = mem_strndup(url, n);
    }
    struct http_stream *s = mem_zalloc(sizeof(*s));
    s->parent = (git_smart_subtransport_stream){transport, stream_read, stream_write, stream_free};
    s->transport = t;
    s->post = service == GIT_SERVICE_UPLOADPACK;
    s->body.limit = REQUEST_MAX;
    *out = &s->parent;
    return 0;
}

static int transport_close(git_smart_subtransport *transport)
{
    (void)transport;
    return 0;
}

static void transport_free(git_smart_subtransport *transport)
{
    struct http_transport *t = (struct http_transport *)transport;
    net_session_free(t->net);
    free(t->base);
    free(t);
}

int git_http_subtransport(git_smart_subtransport **out, git_transport *owner, void *session)
{
    (void)owner;
    struct http_transport *t = mem_zalloc(sizeof(*t));
    t->parent = (git_smart_subtransport){action, transport_close, transport_free};
    t->session = session;
    t->net = net_session_new("git/2.0 (capstan)");
    *out = &t->parent;
    return 0;
}
