/* net/h1 - HTTP/1.1 on one connection: http_parser's callbacks in, response bytes out.
 *
 * One request at a time: the parser is paused when a message is complete and goes on when its response is, so
 * pipelined requests wait in `in`, in order. A request is done when both its message and its response are;
 * `finish` is called from net_h1_advance only, never from inside the parser. */
#include "net/server_private.h"

#include "base/vec.h"

#include <ctype.h>
#include <stdlib.h>
#include <time.h>

enum { BODY_PROGRESS = 65536, DISCARD_LIMIT = 262144 };

static const struct net_protocol h1;

/* --- refusing --- */

/* A last word to a peer that we stop listening to. */
static void refuse(struct net_conn *c, int status, const char *text)
{
    struct str s = {0};
    str_printf(&s,
               "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
               "Connection: close\r\n\r\n%s\n",
               status, net_status_text(status), strlen(text) + 1, text);
    net_conn_send(c, s.at, s.len);
    str_release(&s);
    c->closing = true;
}

/* The message will never be whole. */
static void give_up(struct net_conn *c, int status, const char *text)
{
    if (c->closing)
        return;
    if (!c->req || c->in_headers || net_req_awaits_body(c->req))
        refuse(c, status, text);
    else
        net_conn_kill(c);
}

/* --- the parser's callbacks: zero goes on --- */

static struct net_conn *conn_of(http_parser *p)
{
    return p->data;
}

static int on_begin(http_parser *p)
{
    struct net_conn *c = conn_of(p);
    c->in_headers = true;
    c->header_bytes = 0;
    c->in_value = false;
    str_clear(&c->target);
    str_clear(&c->name);
    str_clear(&c->value);
    c->req = net_req_new(&h1, c, c->server->options.output_bytes);
    return 0;
}

static int count_header(struct net_conn *c, size_t len)
{
    c->header_bytes += len;
    if (c->header_bytes <= c->server->options.header_bytes)
        return 0;
    if (c->in_headers)
        refuse(c, 431, "the request line and headers are too long");
    return -1;
}

static int on_url(http_parser *p, const char *at, size_t len)
{
    struct net_conn *c = conn_of(p);
    str_add_n(&c->target, at, len);
    return count_header(c, len);
}

static void push_header(struct net_conn *c)
{
    if (!c->in_value)
        return;
    struct arena *a = c->req->arena;
    char *name = arena_strndup(a, str_text(&c->name), c->name.len);
    for (char *s = name; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s += 'a' - 'A';
    struct span value = span_trim(str_span(&c->value));
    vec_push(&c->req->headers,
             (struct net_pair){name, arena_strndup(a, value.at ? value.at : "", value.len)});
    str_clear(&c->name);
    str_clear(&c->value);
    c->in_value = false;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
    struct net_conn *c = conn_of(p);
    if (c->in_headers) { /* trailers are counted and dropped */
        push_header(c);
        str_add_n(&c->name, at, len);
    }
    return count_header(c, len + 4); /* ": " and the line's end */
}

static int on_value(http_parser *p, const char *at, size_t len)
{
    struct net_conn *c = conn_of(p);
    if (c->in_headers) {
        str_add_n(&c->value, at, len);
        c->in_value = true;
    }
    return count_header(c, len);
}

/* "/path?query", also in the form "http://host/path?query" that proxies send. */
static void set_target(struct net_req *r, const char *target)
{
    const char *scheme = strstr(target, "://");
    if (*target != '/' && scheme) {
        target = scheme + 3 + strcspn(scheme + 3, "/?");
        if (*target != '/')
            target = arena_printf(r->arena, "/%s", target);
    }
    size_t path = strcspn(target, "?#");
    r->path = arena_strndup(r->arena, target, path);
    if (target[path] == '?')
        r->query = arena_strndup(r->arena, target + path + 1, strcspn(target + path + 1, "#"));
}

/* http_parser lets spaces pass here, which others read differently: a way to smuggle. */
static bool is_token(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
            return false;
    return *name != '\0';
}

static int check_request(struct net_conn *c, http_parser *p)
{
    size_t hosts = 0;
    bool tokens = true;
    vec_each (h, &c->req->headers) {
        hosts += streq(h->name, "host");
        tokens = tokens && is_token(h->name);
    }
    if (p->http_major != 1)
        refuse(c, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    else if (p->method == HTTP_CONNECT)
        refuse(c, 405, "this is no proxy");
    else if (!tokens)
        refuse(c, 400, "a header's name is not a token");
    else if (hosts > 1 || (hosts == 0 && p->http_minor > 0))
        refuse(c, 400, "there must be one Host header");
    else
        return 0;
    return -1;
}

static int on_headers_complete(http_parser *p)
{
    struct net_conn *c = conn_of(p);
    struct net_req *r = c->req;
    push_header(c);
    p->upgrade = 0; /* an offer that we do not take; the request is an ordinary one */
    r->method = arena_strdup(r->arena, http_method_str((enum http_method)p->method));
    set_target(r, str_text(&c->target));
    r->peer = arena_strdup(r->arena, c->peer);
    r->tls = c->ssl != NULL;
    if (check_request(c, p))
        return -1;
    c->in_headers = false;
    c->keep_alive = http_should_keep_alive(p) && !c->server->draining;
    const char *expect = net_req_header(r, "expect");
    c->expects_continue = expect && strcasecmp(expect, "100-continue") == 0 && p->http_minor > 0;
    c->served = true;
    c->server->options.on_request(r, c->server->options.arg);
    return 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
    struct net_conn *c = conn_of(p);
    c->expects_continue = false;
    c->body_since_progress += len;
    if (c->body_since_progress >= BODY_PROGRESS) {
        c->body_since_progress = 0;
        c->progress = true;
    }
    if (c->req->p->ended || c->req->p->body_mode == BODY_IGNORED) {
        c->discarded += len;
        if (c->discarded > DISCARD_LIMIT) { /* it is cheaper to close after the response */
            c->body_paused = true;
            c->keep_alive = false;
        }
    } else {
        net_req_got_body(c->req, (struct span){at, len});
    }
    if (c->body_paused)
        http_parser_pause(p, 1);
    return 0;
}

static int on_complete(http_parser *p)
{
    struct net_conn *c = conn_of(p);
    c->message_complete = true;
    http_parser_pause(p, 1);
    net_req_got_end(c->req);
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_begin,
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

/* --- feeding it --- */

static bool may_parse(const struct net_conn *c)
{
    return c->stage == STAGE_OPEN && !c->closing && !c->message_complete && !c->body_paused &&
           net_conn_unsent(c) <= c->server->options.output_bytes;
}

/* Bytes consumed. */
static size_t parse(struct net_conn *c, const char *bytes, size_t len)
{
    if (HTTP_PARSER_ERRNO(&c->parser) == HPE_PAUSED)
        http_parser_pause(&c->parser, 0);
    size_t n = http_parser_execute(&c->parser, &settings, bytes, len);
    enum http_errno why = HTTP_PARSER_ERRNO(&c->parser);
    if (why == HPE_OK || why == HPE_PAUSED)
        return n;
    if (why == HPE_HEADER_OVERFLOW)
        give_up(c, 431, "the request line and headers are too long");
    else
        give_up(c, 400, http_errno_description(why));
    return len;
}

void net_h1_open(struct net_conn *c)
{
    http_parser_init(&c->parser, HTTP_REQUEST);
    c->parser.data = c;
}

void net_h1_feed(struct net_conn *c, const char *bytes, size_t len)
{
    size_t used = 0;
    while (c->in.len == 0 && used < len && may_parse(c))
        used += parse(c, bytes + used, len - used);
    if (used < len && !c->closing)
        str_add_n(&c->in, bytes + used, len - used);
}

static void parse_buffered(struct net_conn *c)
{
    size_t used = 0;
    while (used < c->in.len && may_parse(c))
        used += parse(c, c->in.at + used, c->in.len - used);
    if (used == c->in.len) {
        str_release(&c->in);
        return;
    }
    memmove(c->in.at, c->in.at + used, c->in.len - used);
    c->in.len -= used;
}

bool net_h1_finished(const struct net_conn *c)
{
    return c->req && c->response_done && c->message_complete && !c->closing;
}

static void finish(struct net_conn *c)
{
    net_req_free(c->req);
    c->req = NULL;
    c->response_done = c->message_complete = c->body_paused = c->expects_continue = false;
    c->discarded = c->body_since_progress = 0;
    if (!c->keep_alive || c->server->draining)
        c->closing = true;
}

void net_h1_advance(struct net_conn *c)
{
    do {
        if (net_h1_finished(c))
            finish(c);
        if (c->in.len && may_parse(c))
            parse_buffered(c);
    } while (c->stage == STAGE_OPEN && net_h1_finished(c));
    /* A body that nobody wants, or that the peer holds back until asked, is not worth waiting for. */
    if (c->req && c->response_done && !c->message_complete && (c->body_paused || c->expects_continue))
        c->closing = true;
    if (c->eof && !c->req && !c->in.len)
        c->closing = true;
}

void net_h1_eof(struct net_conn *c)
{
    c->keep_alive = false;
    if (!c->req)
        return;
    bool waits_in_buffer = c->in.len > 0;
    bool stream = c->req->p->started && !c->req->p->ended;
    if (stream || (!c->message_complete && !waits_in_buffer))
        net_conn_kill(c);
}

void net_h1_timeout(struct net_conn *c)
{
    if (c->req)
        give_up(c, 408, "the request took too long to arrive");
    else
        net_conn_kill(c);
}

void net_h1_closed(struct net_conn *c)
{
    struct net_req *r = c->req;
    c->req = NULL;
    if (!r)
        return;
    if (!c->in_headers) {
        net_req_lost(r);
        return;
    }
    net_req_free(r); /* no handler has seen it */
}

bool net_h1_wants_input(const struct net_conn *c)
{
    /* While a response is made, the end of input tells that the peer is gone. */
    return !c->body_paused;
}

enum wait net_h1_waiting(const struct net_conn *c)
{
    if (!c->req)
        return c->served ? WAIT_IDLE : WAIT_HEADER;
    if (c->in_headers)
        return WAIT_HEADER;
    return c->message_complete || c->body_paused ? WAIT_NONE : WAIT_BODY;
}

/* --- the response --- */

static void add_date(struct str *s, int64_t wall_ms)
{
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    char text[64];
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    str_printf(s, "Date: %s\r\n", text);
}

static void add_framing(struct str *s, struct net_conn *c, struct net_req *r, int status,
                        const struct span *whole)
{
    struct net_req_private *p = r->p;
    bool old = c->parser.http_minor == 0;
    bool empty = status < 200 || status == 204 || status == 304;
    p->no_body = empty || streq(r->method, "HEAD");
    p->chunked = !whole && !p->no_body && !old;
    if (!whole && old && !p->no_body)
        c->keep_alive = false; /* the end of the connection ends the body */
    if (whole && !empty)
        str_printf(s, "Content-Length: %zu\r\n", whole->len);
    if (p->chunked)
        str_add(s, "Transfer-Encoding: chunked\r\n");
    if (c->server->draining || (c->expects_continue && !c->message_complete))
        c->keep_alive = false;
    if (!c->keep_alive)
        str_add(s, "Connection: close\r\n");
    else if (old)
        str_add(s, "Connection: keep-alive\r\n");
    str_add(s, "\r\n");
}

static void h1_start(struct net_req *r, int status, const struct span *whole)
{
    struct net_conn *c = r->p->stream;
    net_conn_enter(c);
    struct str s = {0};
    str_printf(&s, "HTTP/1.1 %d %s\r\n", status, net_status_text(status));
    add_date(&s, clock_wall_ms(loop_clock(c->server->loop)));
    vec_each (h, &r->p->out_headers)
        str_printf(&s, "%s: %s\r\n", h->name, h->value);
    add_framing(&s, c, r, status, whole);
    net_conn_send(c, s.at, s.len);
    str_release(&s);
    if (whole && !r->p->no_body)
        net_conn_send(c, whole->at, whole->len);
    if (!whole && c->eof)
        net_conn_kill(c);
    net_conn_leave(c);
}

static void h1_write(struct net_req *r, struct span piece)
{
    struct net_conn *c = r->p->stream;
    if (!piece.len || r->p->no_body)
        return;
    net_conn_enter(c);
    char size[24];
    int n = snprintf(size, sizeof(size), "%zx\r\n", piece.len);
    if (r->p->chunked)
        net_conn_send(c, size, (size_t)n);
    net_conn_send(c, piece.at, piece.len);
    if (r->p->chunked)
        net_conn_send(c, "\r\n", 2);
    net_conn_leave(c);
}

static void h1_end(struct net_req *r)
{
    struct net_conn *c = r->p->stream;
    net_conn_enter(c);
    if (!r->p->started) /* a handler that has nothing to say */
        refuse(c, 500, "no answer");
    else if (r->p->chunked)
        net_conn_send(c, "0\r\n\r\n", 5);
    c->response_done = true;
    net_conn_leave(c);
}

static void h1_abort(struct net_req *r)
{
    struct net_conn *c = r->p->stream;
    net_conn_enter(c);
    net_conn_flush(c);
    net_conn_kill(c);
    net_conn_leave(c);
}

static size_t h1_unsent(const struct net_req *r)
{
    return net_conn_unsent(r->p->stream);
}

static void h1_want_body(struct net_req *r)
{
    struct net_conn *c = r->p->stream;
    if (!c->expects_continue)
        return;
    c->expects_continue = false;
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    net_conn_send(c, go_on, sizeof(go_on) - 1);
}

/* Takes effect at the next turn, so that it never ends the request under its caller. */
static void h1_pause(struct net_req *r, bool pause)
{
    struct net_conn *c = r->p->stream;
    c->body_paused = pause;
    if (!pause && !c->busy)
        loop_fd_want(c->watch, LOOP_READ | LOOP_WRITE);
}

static const struct net_protocol h1 = {
    .start = h1_start,
    .write = h1_write,
    .end = h1_end,
    .abort = h1_abort,
    .unsent = h1_unsent,
    .want_body = h1_want_body,
    .pause = h1_pause,
};
