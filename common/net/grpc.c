/* net/grpc - length-prefixed messages in one POST over HTTP/2, the status in the trailers. */
#include "net/grpc.h"

#include <stdlib.h>

enum { HEAD = 5 /* a flag and four bytes of length */ };

void net_grpc_add(struct str *request, struct span message)
{
    const char head[HEAD] = {0, (char)(message.len >> 24), (char)(message.len >> 16),
                             (char)(message.len >> 8), (char)message.len};
    str_add_n(request, head, sizeof(head));
    str_add_span(request, message);
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* grpc-message comes percent-encoded. */
static const char *decoded(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text), *to = out;
    for (const char *p = text; *p; p++) {
        bool escape = *p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0;
        *to++ = escape ? (char)(hex(p[1]) * 16 + hex(p[2])) : *p;
        p += escape ? 2 : 0;
    }
    *to = '\0';
    return out;
}

static struct err *check_status(struct arena *a, const char *method, const struct net_response *r)
{
    const char *status = net_pairs_get(&r->headers, "grpc-status");
    const char *message = net_pairs_get(&r->headers, "grpc-message");
    int code = status ? atoi(status) : -1;
    if (r->status != 200 || !status || code < 0 || code > ERR_UNAUTHENTICATED)
        return err_new(ERR_INTERNAL, "%s: the answer is no gRPC: HTTP status %d, grpc-status '%s'", method,
                       r->status, status ? status : "");
    if (code == ERR_OK)
        return NULL;
    const char *said = message && *message ? decoded(a, message) : err_code_name((enum err_code)code);
    return err_new((enum err_code)code, "%s", said);
}

static struct err *take_message(const char *method, struct span body, struct span *out)
{
    const unsigned char *head = (const unsigned char *)body.at;
    size_t len =
        body.len < HEAD ? 0 : (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
    if (body.len < HEAD || head[0] || len != body.len - HEAD)
        return err_new(ERR_INTERNAL, "%s: the answer of %zu bytes is not one plain message", method,
                       body.len);
    *out = (struct span){body.at + HEAD, len};
    return NULL;
}

struct err *net_grpc_call(const struct net_grpc *to, const struct call *call, const char *method,
                          struct span request, struct arena *a, struct span *reply)
{
    static const struct net_pair headers[] = {{"Content-Type", "application/grpc"}, {"TE", "trailers"}};
    const struct net_request rq = {
        .method = "POST",
        .url = arena_printf(a, "http://localhost%s", method),
        .headers = headers,
        .headers_len = ARRAY_LEN(headers),
        .body = request,
        .proxy = "",
        .unix_socket = to->socket,
        .http2 = true,
        .raw = true,
        .max_body = to->max_reply ? to->max_reply + HEAD : 0,
    };
    struct net_response r;
    TRYF(net_fetch(to->session, call, &rq, a, &r), "%s", to->socket);
    TRY(check_status(a, method, &r));
    return take_message(method, r.body, reply);
}
