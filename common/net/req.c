/* net/req - the request as handlers see it, over whichever protocol brought it.
 *
 * Ending is the one delicate thing: `ended` is set first, and only then the protocol is told, which frees the
 * request at a moment of its choosing (net_req_free) or at once when the peer is gone. */
#include "net/server_private.h"

#include "base/vec.h"
#include "net/url.h"

#include <stdlib.h>

struct net_req *net_req_new(const struct net_protocol *protocol, void *stream, size_t output_limit)
{
    struct arena *a = arena_new("net_req");
    struct net_req *r = NEW(a, struct net_req);
    r->arena = a;
    r->p = NEW(a, struct net_req_private);
    r->p->protocol = protocol;
    r->p->stream = stream;
    r->p->output_limit = output_limit;
    r->method = r->path = r->query = r->peer = "";
    return r;
}

void net_req_free(struct net_req *r)
{
    if (!r)
        return;
    str_release(&r->p->body);
    vec_release(&r->headers);
    vec_release(&r->params);
    vec_release(&r->p->out_headers);
    arena_free(r->arena);
}

/* --- what the peer sent --- */

const char *net_req_header(struct net_req *r, const char *name)
{
    const char *found = NULL;
    vec_each (h, &r->headers) {
        if (!streq(h->name, name))
            continue;
        found = found ? arena_printf(r->arena, "%s, %s", found, h->value) : h->value;
    }
    return found;
}

static bool query_value(struct net_req *r, struct span pair, const char *name, const char **value)
{
    const char *eq = memchr(pair.at, '=', pair.len);
    struct span key = {pair.at, eq ? (size_t)(eq - pair.at) : pair.len};
    const char *text;
    if (!net_url_unescape(r->arena, key, true, &text) || !streq(text, name))
        return false;
    struct span raw = {eq ? eq + 1 : "", eq ? pair.len - key.len - 1 : 0};
    return net_url_unescape(r->arena, raw, true, value);
}

const char *net_req_query(struct net_req *r, const char *name)
{
    struct span rest = span_of(r->query), pair;
    const char *value;
    while (span_cut(&rest, '&', &pair))
        if (query_value(r, pair, name, &value))
            return value;
    return NULL;
}

struct net_pairs net_req_query_all(struct net_req *r, const char *name)
{
    struct net_pairs found = {0};
    struct span rest = span_of(r->query), pair;
    const char *value;
    while (span_cut(&rest, '&', &pair)) {
        if (!query_value(r, pair, name, &value))
            continue;
        struct net_pair *grown = NEW_N(r->arena, struct net_pair, found.len + 1);
        if (found.len)
            memcpy(grown, found.at, found.len * sizeof(*grown));
        grown[found.len++] = (struct net_pair){name, value};
        found.at = grown;
    }
    return found;
}

const char *net_req_param(const struct net_req *r, const char *name)
{
    vec_each (p, &r->params)
        if (streq(p->name, name))
            return p->value;
    return NULL;
}

void net_body_collect(struct net_req *r, size_t limit, void (*done)(struct net_req *r, struct span body))
{
    r->p->body_mode = BODY_COLLECTED;
    r->p->body_limit = limit;
    r->p->on_body = done;
    if (r->p->protocol)
        r->p->protocol->want_body(r);
}

void net_body_stream(struct net_req *r, void (*data)(struct net_req *r, struct span piece),
                     void (*end)(struct net_req *r))
{
    r->p->body_mode = BODY_STREAMED;
    r->p->on_data = data;
    r->p->on_end = end;
    if (r->p->protocol)
        r->p->protocol->want_body(r);
}

void net_body_pause(struct net_req *r, bool pause)
{
    if (r->p->protocol)
        r->p->protocol->pause(r, pause);
}

static void too_large(struct net_req *r)
{
    r->p->body_mode = BODY_IGNORED;
    net_reply_text(r, 413, "text/plain; charset=utf-8",
                   arena_printf(r->arena, "the body is longer than %zu bytes\n", r->p->body_limit));
}

void net_req_got_body(struct net_req *r, struct span piece)
{
    struct net_req_private *p = r->p;
    if (p->ended || p->body_mode == BODY_IGNORED)
        return;
    if (p->body_mode == BODY_STREAMED)
        p->on_data(r, piece);
    else if (piece.len > p->body_limit - p->body.len)
        too_large(r);
    else
        str_add_span(&p->body, piece);
}

void net_req_got_end(struct net_req *r)
{
    struct net_req_private *p = r->p;
    p->body_ended = true;
    if (p->ended || p->body_mode == BODY_IGNORED)
        return;
    if (p->body_mode == BODY_STREAMED)
        p->on_end(r);
    else
        p->on_body(r, (struct span){str_text(&p->body), p->body.len});
}

bool net_req_was_sent(struct net_req *r)
{
    struct net_req_private *p = r->p;
    if (!p->slow || p->ended || !p->protocol || p->protocol->unsent(r) > p->output_limit / 2)
        return false;
    p->slow = false;
    if (p->on_drained)
        p->on_drained(r);
    return true;
}

bool net_req_awaits_body(const struct net_req *r)
{
    return !r->p->ended && !r->p->started && r->p->body_mode != BODY_IGNORED && !r->p->body_ended;
}

void net_req_lost(struct net_req *r)
{
    struct net_req_private *p = r->p;
    p->protocol = NULL;
    p->stream = NULL;
    bool ours = p->ended || net_req_awaits_body(r);
    void (*closed)(struct net_req *) = p->on_closed;
    p->on_closed = NULL;
    if (ours)
        p->ended = true; /* so that ending it in `closed` is harmless */
    if (closed)
        closed(r);
    if (ours)
        net_req_free(r);
}

/* --- what we answer --- */

static bool is_server_header(const char *name)
{
    static const char *const own[] = {"content-length", "transfer-encoding", "connection", "date"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    return false;
}

/* A header made of input must not be able to end itself and begin another. */
static const char *clean(struct arena *a, const char *value)
{
    char *out = arena_strdup(a, value), *to = out;
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p >= ' ' && *p != 0x7f)
            *to++ = *p;
    *to = '\0';
    return out;
}

void net_set_header(struct net_req *r, const char *name, const char *value)
{
    if (is_server_header(name))
        panic("net_set_header: '%s' is the server's", name);
    vec_push(&r->p->out_headers, (struct net_pair){clean(r->arena, name), clean(r->arena, value)});
}

static void start(struct net_req *r, int status, const char *type, const struct span *whole)
{
    if (r->p->started)
        panic("the response to %s %s was begun twice", r->method, r->path);
    r->p->started = true;
    if (type)
        net_set_header(r, "Content-Type", type);
    if (r->p->protocol)
        r->p->protocol->start(r, status, whole);
}

static void end(struct net_req *r, bool broken)
{
    if (r->p->ended)
        return;
    r->p->ended = true;
    r->p->on_closed = NULL;
    if (!r->p->protocol)
        net_req_free(r);
    else if (broken)
        r->p->protocol->abort(r);
    else
        r->p->protocol->end(r);
}

void net_reply(struct net_req *r, int status, const char *type, struct span body)
{
    if (r->p->ended)
        return;
    start(r, status, type, &body);
    end(r, false);
}

void net_reply_text(struct net_req *r, int status, const char *type, const char *body)
{
    net_reply(r, status, type, span_of(body));
}

void net_stream_start(struct net_req *r, int status, const char *type)
{
    if (!r->p->ended)
        start(r, status, type, NULL);
}

bool net_stream_write(struct net_req *r, struct span piece)
{
    struct net_req_private *p = r->p;
    if (p->ended || !p->protocol)
        return false;
    p->protocol->write(r, piece);
    size_t unsent = p->protocol ? p->protocol->unsent(r) : 0;
    if (unsent <= p->output_limit)
        return p->protocol != NULL;
    p->slow = true;
    if (!p->on_drained || unsent / 4 > p->output_limit)
        p->protocol->abort(r);
    return false;
}

void net_stream_end(struct net_req *r)
{
    end(r, false);
}

void net_abort(struct net_req *r)
{
    end(r, true);
}

bool net_req_closed(const struct net_req *r)
{
    return !r->p->protocol;
}

void net_req_on_closed(struct net_req *r, void (*closed)(struct net_req *r))
{
    r->p->on_closed = closed;
}

void net_req_on_drained(struct net_req *r, void (*drained)(struct net_req *r))
{
    r->p->on_drained = drained;
}
