/* net/easy - a net_request becomes a curl handle, hop by hop.
 *
 * Redirects are followed here and not by curl: only we know which headers are credentials, and the body of a
 * redirect must not reach a handler. Each hop is set up anew from the request, with or without credentials by
 * its origin. */
#include "net/easy.h"

#include "base/vec.h"

#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    BODY_LIMIT = 64 << 20,
    HEADERS_LIMIT = 1 << 18,
    CONNECT_MS = 10000,
    USER_TIMEOUT_MS = 30000,
    STREAMS = 250,
    BUFFER = 256 << 10,
};

static void curl_start(void)
{
    signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        panic("curl_global_init failed");
}

CURLM *net_multi_new(int connections, int host_connections)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, curl_start);
    CURLM *m = curl_multi_init();
    if (!m)
        panic("curl_multi_init failed");
    curl_multi_setopt(m, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(m, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS);
    curl_multi_setopt(m, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
    curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS, (long)host_connections);
    return m;
}

/* --- the response --- */

static bool is_redirect(const struct net_easy *e)
{
    int s = e->response.status;
    return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && e->location &&
           e->redirects < e->request.redirects;
}

static void add_header(struct net_easy *e, struct span line)
{
    const char *colon = memchr(line.at, ':', line.len);
    if (!colon)
        return;
    size_t name = (size_t)(colon - line.at);
    struct span value = span_trim((struct span){colon + 1, line.len - name - 1});
    struct net_pair pair = {arena_strndup(e->arena, line.at, name),
                            arena_strndup(e->arena, value.at, value.len)};
    vec_push(&e->response.headers, pair);
    if (strcasecmp(pair.name, "location") == 0)
        e->location = pair.value;
}

static size_t on_header(char *at, size_t size, size_t n, void *arg)
{
    struct net_easy *e = arg;
    struct span line = span_trim((struct span){at, size * n});
    if (line.len > 5 &&
        memcmp(line.at, "HTTP/", 5) == 0) { /* a new response: after 1xx, or a proxy's CONNECT */
        e->response.headers.len = 0;
        e->location = NULL;
        e->head_complete = false;
    } else if (line.len) {
        add_header(e, line);
    } else {
        long status = 0;
        curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, &status);
        e->response.status = (int)status;
        e->head_complete = status >= 200;
        if (e->head_complete && e->headed && !is_redirect(e))
            e->headed(e);
    }
    if (arena_used(e->arena) > HEADERS_LIMIT + e->request.body.len) {
        e->refused = err_reason(ERR_EXHAUSTED, "ResponseTooLarge", "the response's headers are too long");
        return 0;
    }
    return size * n;
}

size_t net_easy_collect(struct net_easy *e, struct span piece)
{
    size_t limit = e->request.max_body ? e->request.max_body : BODY_LIMIT;
    if (piece.len > limit - e->body.len) {
        e->refused =
            err_reason(ERR_EXHAUSTED, "ResponseTooLarge", "the response is longer than %zu bytes", limit);
        return 0;
    }
    str_add_span(&e->body, piece);
    return piece.len;
}

static size_t on_write(char *at, size_t size, size_t n, void *arg)
{
    struct net_easy *e = arg;
    if (is_redirect(e))
        return size * n;
    return e->take(e, (struct span){at, size * n});
}

/* --- the request --- */

static bool may_cross_origins(const char *name)
{
    return strncasecmp(name, "Accept", 6) == 0 || strcasecmp(name, "Content-Type") == 0 ||
           strcasecmp(name, "User-Agent") == 0 || strcasecmp(name, "Git-Protocol") == 0;
}

static void header(struct net_easy *e, const char *name, const char *value)
{
    CLEANUP(str_release) struct str line = {0};
    str_printf(&line, *value ? "%s: %s" : "%s;", name, value);
    e->headers = curl_slist_append(e->headers, str_text(&line));
    if (!e->headers)
        panic("curl_slist_append: out of memory");
    secret_wipe(line.at, line.len);
}

static void free_headers(struct net_easy *e)
{
    for (struct curl_slist *l = e->headers; l; l = l->next)
        secret_wipe(l->data, strlen(l->data));
    curl_slist_free_all(e->headers);
    curl_slist_free_all(e->connect_to);
    e->headers = e->connect_to = NULL;
}

static void set_blob(CURL *c, CURLoption option, struct span bytes)
{
    struct curl_blob blob = {(void *)(uintptr_t)bytes.at, bytes.len, CURL_BLOB_COPY};
    curl_easy_setopt(c, option, bytes.len ? &blob : NULL);
}

static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    (void)arg, (void)purpose;
    unsigned ms = USER_TIMEOUT_MS; /* what was sent and is not acknowledged: the peer is gone */
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
    return CURL_SOCKOPT_OK;
}

static void set_transport(struct net_easy *e, const char *user_agent)
{
    CURL *c = e->curl;
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, e->why);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
                     (long)(e->request.http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, e->request.unix_socket);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, e->request.raw ? NULL : "");
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(e->request.connect_ms ? e->request.connect_ms : CONNECT_MS));
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, e);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, e);
    curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(c, CURLOPT_PRIVATE, e);
    curl_easy_setopt(c, CURLOPT_USERAGENT, user_agent ? user_agent : "capstan");
    if (e->request.proxy)
        curl_easy_setopt(c, CURLOPT_PROXY, e->request.proxy);
}

/* What is sent to, and asked of, this hop. */
static void set_credentials(struct net_easy *e, bool trusted)
{
    static const struct net_creds nothing;
    const struct net_creds *creds = e->request.creds ? e->request.creds : &nothing;
    CURL *c = e->curl;
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, creds->insecure ? 0L : 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, creds->insecure ? 0L : 2L);
    set_blob(c, CURLOPT_CAINFO_BLOB, creds->ca);
    bool certificate = trusted && creds->cert.len;
    set_blob(c, CURLOPT_SSLCERT_BLOB, certificate ? creds->cert : (struct span){0});
    set_blob(c, CURLOPT_SSLKEY_BLOB, certificate ? secret_span(creds->key) : (struct span){0});
    bool password = trusted && creds->user;
    curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(c, CURLOPT_USERNAME, password ? creds->user : NULL);
    curl_easy_setopt(c, CURLOPT_PASSWORD, password ? secret_text(creds->password) : NULL);
    if (!trusted || !creds->token)
        return;
    CLEANUP(str_release) struct str bearer = {0};
    str_printf(&bearer, "Bearer %s", secret_text(creds->token));
    header(e, "Authorization", str_text(&bearer));
    secret_wipe(bearer.at, bearer.len);
}

/* curl checks the certificate against the URL's host, so another name becomes the host, and the address where
 * to connect. */
static struct net_url with_server_name(struct net_easy *e, bool trusted)
{
    struct net_url u = e->url;
    const char *name = e->request.creds ? e->request.creds->server_name : NULL;
    if (!name || !trusted || !streq(u.scheme, "https"))
        return u;
    const char *host = strchr(u.host, ':') ? arena_printf(e->arena, "[%s]", u.host) : u.host;
    e->connect_to = curl_slist_append(NULL, arena_printf(e->arena, "::%s:%d", host, net_url_port(&u)));
    curl_easy_setopt(e->curl, CURLOPT_CONNECT_TO, e->connect_to);
    u.host = name;
    return u;
}

static void set_body(struct net_easy *e)
{
    CURL *c = e->curl;
    const char *method = e->request.method;
    bool body = e->request.body.len || e->upload || streq(method, "POST") || streq(method, "PUT") ||
                streq(method, "PATCH");
    if (e->upload) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        header(e, "Transfer-Encoding", "chunked");
    } else if (body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)e->request.body.len);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, e->request.body.len ? e->request.body.at : "");
    } else {
        curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(c, CURLOPT_NOBODY, streq(method, "HEAD") ? 1L : 0L);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, streq(method, "HEAD") ? NULL : method);
    if (body) {
        e->headers = curl_slist_append(e->headers, "Expect:");
        bool typed = false;
        for (size_t i = 0; i < e->request.headers_len; i++)
            typed = typed || strcasecmp(e->request.headers[i].name, "content-type") == 0;
        if (!typed) /* or curl would call it a form */
            e->headers = curl_slist_append(e->headers, "Content-Type:");
    }
}

static void set_hop(struct net_easy *e)
{
    free_headers(e);
    curl_easy_setopt(e->curl, CURLOPT_CONNECT_TO, NULL);
    bool trusted = net_url_same_origin(&e->url, &e->origin);
    struct net_url u = with_server_name(e, trusted);
    u.user = u.password = u.fragment = NULL;
    curl_easy_setopt(e->curl, CURLOPT_URL, net_url_text(e->arena, &u, false));
    /* Only TLS may end in HTTP/2. Without it curl would let a request wait behind a watch that says nothing. */
    curl_easy_setopt(e->curl, CURLOPT_PIPEWAIT, streq(u.scheme, "https") ? 1L : 0L);
    set_credentials(e, trusted);
    set_body(e);
    for (size_t i = 0; i < e->request.headers_len; i++)
        if (trusted || may_cross_origins(e->request.headers[i].name))
            header(e, e->request.headers[i].name, e->request.headers[i].value);
    curl_easy_setopt(e->curl, CURLOPT_HTTPHEADER, e->headers);
    e->response.url = net_url_text(e->arena, &e->url, false);
    e->response.status = 0;
    e->response.headers.len = 0;
    e->location = NULL;
    e->head_complete = false;
    e->why[0] = '\0';
}

static void copy_request(struct net_easy *e, const struct net_request *from)
{
    struct arena *a = e->arena;
    e->request = *from;
    e->request.method = arena_strdup(a, from->method ? from->method : "GET");
    e->request.url = arena_strdup(a, from->url);
    if (from->proxy)
        e->request.proxy = arena_strdup(a, from->proxy);
    if (from->body.len)
        e->request.body.at = arena_dup(a, from->body.at, from->body.len);
    struct net_pair *pairs = NEW_N(a, struct net_pair, from->headers_len + 1);
    for (size_t i = 0; i < from->headers_len; i++)
        pairs[i] = (struct net_pair){arena_strdup(a, from->headers[i].name),
                                     arena_strdup(a, from->headers[i].value)};
    e->request.headers = pairs;
}

static struct err *check_texts(const struct net_request *r)
{
    for (const char *p = r->method ? r->method : ""; *p; p++)
        if (!isupper((unsigned char)*p))
            return err_new(ERR_INVALID, "'%s' is no HTTP method", r->method);
    for (size_t i = 0; i < r->headers_len; i++)
        if (strpbrk(r->headers[i].name, "\r\n: ") || strpbrk(r->headers[i].value, "\r\n"))
            return err_new(ERR_INVALID, "the header '%s' holds a line end", r->headers[i].name);
    return NULL;
}

struct err *net_easy_open(struct net_easy *e, const struct net_request *request, const char *user_agent)
{
    TRY(check_texts(request));
    e->arena = arena_new("net_request");
    struct err *bad = net_url_parse(e->arena, request->url, &e->url);
    if (!bad && !streq(e->url.scheme, "http") && !streq(e->url.scheme, "https"))
        bad = err_reason(ERR_INVALID, "InvalidURL", "'%s' is not http or https", e->url.scheme);
    if (bad) {
        arena_freep(&e->arena);
        return bad;
    }
    copy_request(e, request);
    e->origin = e->url;
    if (!e->take)
        e->take = net_easy_collect;
    e->curl = curl_easy_init();
    if (!e->curl)
        panic("curl_easy_init failed");
    set_transport(e, user_agent);
    set_hop(e);
    return NULL;
}

void net_easy_close(struct net_easy *e)
{
    if (!e->curl)
        return;
    curl_easy_cleanup(e->curl);
    e->curl = NULL;
    free_headers(e);
    err_freep(&e->refused);
    vec_release(&e->response.headers);
    str_release(&e->body);
    arena_freep(&e->arena);
}

bool net_easy_redirect(struct net_easy *e)
{
    if (!is_redirect(e))
        return false;
    struct net_url next;
    struct err *bad = net_url_resolve(e->arena, &e->url, e->location, &next);
    if (!bad && !streq(next.scheme, "https") && !(streq(next.scheme, "http") && streq(e->url.scheme, "http")))
        bad = err_reason(ERR_DENIED, "InsecureRedirect", "the server redirects from %s to %s", e->url.scheme,
                         next.scheme);
    int status = e->response.status;
    bool get = status == 303 || (status < 303 && streq(e->request.method, "POST"));
    if (!bad && e->upload && !get)
        bad = err_new(ERR_UNAVAILABLE, "the server redirects a request whose body was streamed");
    if (bad) {
        e->refused = bad;
        return false;
    }
    e->redirects++;
    e->url = next;
    if (get && !streq(e->request.method, "HEAD")) {
        e->request.method = "GET";
        e->request.body = (struct span){0};
        e->upload = false;
    }
    set_hop(e);
    return true;
}

static struct err *curl_error(struct net_easy *e, CURLcode code)
{
    const char *why = e->why[0] ? e->why : curl_easy_strerror(code);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return err_new(ERR_DEADLINE, "%s", why);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return err_new(ERR_INVALID, "%s", why);
    case CURLE_PEER_FAILED_VERIFICATION:
        return err_reason(ERR_UNAVAILABLE, "TLSVerification", "%s", why);
    case CURLE_COULDNT_CONNECT:
        return err_reason(ERR_UNAVAILABLE, "ConnectionRefused", "%s", why);
    default:
        return err_new(ERR_UNAVAILABLE, "%s", why);
    }
}

struct err *net_easy_result(struct net_easy *e, CURLcode code)
{
    if (code == CURLE_OK && !e->refused)
        return NULL;
    struct err *bad = e->refused ? e->refused : curl_error(e, code);
    e->refused = NULL;
    struct net_url u = e->url;
    u.query = u.fragment = NULL;
    return err_wrap(bad, "%s %s", e->request.method, net_url_text(e->arena, &u, false));
}
