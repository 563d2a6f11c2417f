/* net/fetch - the blocking client: a private multi handle, driven only while somebody waits.
 *
 * The multi form is used for one transfer too, since it lets us come up for air: to look at the call, and to
 * hand over pieces. Received bytes wait in `in`; above IN_LIMIT curl is paused, so a slow reader slows the
 * peer. */
#include "net/easy.h"

#include <stdlib.h>

enum { LOOK_MS = 100, IN_LIMIT = 1 << 20, OUT_LIMIT = 1 << 20 };

struct net_session {
    CURLM *multi;
    const char *user_agent;
};

struct net_stream {
    struct net_easy easy;
    struct net_session *session;
    const struct call *call;
    struct str in, out;
    size_t in_read, out_sent;
    bool in_paused, out_paused, out_ended;
    bool added, done;
    CURLcode code;
};

struct net_session *net_session_new(const char *user_agent)
{
    struct net_session *s = mem_zalloc(sizeof(*s));
    s->multi = net_multi_new(8, 4);
    s->user_agent = user_agent;
    return s;
}

void net_session_free(struct net_session *s)
{
    if (!s)
        return;
    curl_multi_cleanup(s->multi);
    free(s);
}

static size_t take(struct net_easy *e, struct span piece)
{
    struct net_stream *s = CONTAINER(e, struct net_stream, easy);
    if (s->in.len - s->in_read > IN_LIMIT) {
        s->in_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (s->in_read == s->in.len) {
        str_clear(&s->in);
        s->in_read = 0;
    }
    str_add_span(&s->in, piece);
    return piece.len;
}

static size_t give(char *buf, size_t size, size_t n, void *arg)
{
    struct net_stream *s = arg;
    size_t len = MIN(size * n, s->out.len - s->out_sent);
    if (len) {
        memcpy(buf, s->out.at + s->out_sent, len);
        s->out_sent += len;
        return len;
    }
    if (s->out_ended)
        return 0;
    s->out_paused = true;
    return CURL_READFUNC_PAUSE;
}

static void see_finished(struct net_stream *s)
{
    int left;
    CURLMsg *m;
    while ((m = curl_multi_info_read(s->session->multi, &left)) != NULL) {
        if (m->msg != CURLMSG_DONE || m->easy_handle != s->easy.curl)
            continue;
        s->code = m->data.result;
        curl_multi_remove_handle(s->session->multi, s->easy.curl);
        s->added = false;
        if (s->code == CURLE_OK && net_easy_redirect(&s->easy)) {
            s->added = true;
            curl_multi_add_handle(s->session->multi, s->easy.curl);
        } else {
            s->done = true;
        }
        return;
    }
}

static bool unpause(struct net_stream *s)
{
    bool read = s->in_paused && s->in.len - s->in_read <= IN_LIMIT / 2;
    bool send = s->out_paused && (s->out.len > s->out_sent || s->out_ended);
    if (!read && !send)
        return false;
    s->in_paused = s->in_paused && !read;
    s->out_paused = s->out_paused && !send;
    curl_easy_pause(s->easy.curl, (s->in_paused ? CURLPAUSE_RECV : 0) | (s->out_paused ? CURLPAUSE_SEND : 0));
    return true;
}

/* Runs the transfer for one step. Fails only when the call is over: how a transfer ended is asked for by who
 * reads it. */
static struct err *step(struct net_stream *s)
{
    struct err *over = call_check(s->call);
    if (over)
        return err_wrap(over, "%s %s", s->easy.request.method, s->easy.response.url);
    int running;
    unpause(s);
    curl_multi_perform(s->session->multi, &running);
    see_finished(s);
    return NULL;
}

static void wait_network(struct net_stream *s)
{
    int64_t ms = MIN(call_left_ms(s->call), (int64_t)LOOK_MS);
    curl_multi_poll(s->session->multi, NULL, 0, (int)ms, NULL);
}

struct err *net_stream_open(struct net_session *session, const struct call *call,
                            const struct net_request *request, bool upload, struct net_stream **out)
{
    *out = NULL;
    struct net_stream *s = mem_zalloc(sizeof(*s));
    s->session = session;
    s->call = call;
    s->easy.take = take;
    s->easy.upload = upload;
    struct err *bad = net_easy_open(&s->easy, request, session->user_agent);
    if (bad) {
        free(s);
        return bad;
    }
    if (request->timeout_ms)
        curl_easy_setopt(s->easy.curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (request->idle_ms) {
        curl_easy_setopt(s->easy.curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(s->easy.curl, CURLOPT_LOW_SPEED_TIME,
                         (long)MAX(request->idle_ms / 1000, (int64_t)1));
    }
    curl_easy_setopt(s->easy.curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(s->easy.curl, CURLOPT_READDATA, s);
    curl_multi_add_handle(session->multi, s->easy.curl);
    s->added = true;
    *out = s;
    return NULL;
}

struct err *net_stream_put(struct net_stream *s, struct span piece)
{
    if (s->out_sent == s->out.len) {
        str_clear(&s->out);
        s->out_sent = 0;
    }
    str_add_span(&s->out, piece);
    for (;;) {
        TRY(step(s));
        if (s->done)
            return net_easy_result(&s->easy, s->code); /* a server may answer without reading all */
        if (s->out.len - s->out_sent <= OUT_LIMIT)
            return NULL;
        wait_network(s);
    }
}

struct err *net_stream_head(struct net_stream *s, const struct net_response **out)
{
    s->out_ended = true;
    for (;;) {
        TRY(step(s));
        bool redirect = s->easy.location && s->easy.redirects < s->easy.request.redirects &&
                        s->easy.response.status / 100 == 3;
        if (s->done || (s->easy.head_complete && !redirect))
            break;
        wait_network(s);
    }
    *out = &s->easy.response;
    return s->easy.head_complete ? NULL : net_easy_result(&s->easy, s->code);
}

struct err *net_stream_read(struct net_stream *s, char *buf, size_t size, size_t *n)
{
    s->out_ended = true;
    while (s->in_read == s->in.len && !s->done) {
        TRY(step(s));
        if (s->in_read == s->in.len && !s->done)
            wait_network(s);
    }
    *n = MIN(size, s->in.len - s->in_read);
    if (!*n) /* what came before a failure was read first */
        return net_easy_result(&s->easy, s->code);
    memcpy(buf, s->in.at + s->in_read, *n);
    s->in_read += *n;
    return NULL;
}

void net_stream_close(struct net_stream *s)
{
    if (!s)
        return;
    if (s->added)
        curl_multi_remove_handle(s->session->multi, s->easy.curl);
    net_easy_close(&s->easy);
    str_release(&s->in);
    str_release(&s->out);
    free(s);
}

void net_stream_closep(struct net_stream **s)
{
    net_stream_close(*s);
    *s = NULL;
}

static void copy_response(struct arena *a, const struct net_easy *e, struct net_response *out)
{
    *out = (struct net_response){.status = e->response.status, .url = arena_strdup(a, e->response.url)};
    out->headers.at = NEW_N(a, struct net_pair, e->response.headers.len + 1);
    out->headers.len = e->response.headers.len;
    for (size_t i = 0; i < out->headers.len; i++)
        out->headers.at[i] = (struct net_pair){arena_strdup(a, e->response.headers.at[i].name),
                                               arena_strdup(a, e->response.headers.at[i].value)};
    out->body = (struct span){arena_strndup(a, str_text(&e->body), e->body.len), e->body.len};
}

struct err *net_fetch(struct net_session *session, const struct call *call, const struct net_request *request,
                      struct arena *a, struct net_response *out)
{
    CLEANUP(net_stream_closep) struct net_stream *s = NULL;
    TRY(net_stream_open(session, call, request, false, &s));
    s->easy.take = net_easy_collect;
    for (;;) {
        TRY(step(s));
        if (s->done)
            break;
        wait_network(s);
    }
    TRY(net_easy_result(&s->easy, s->code));
    copy_response(a, &s->easy, out);
    return NULL;
}
