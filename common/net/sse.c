/* net/sse - lines in, "data:" lines out. */
#include "net/sse.h"

#include "base/str.h"

void net_sse_start(struct net_req *r)
{
    net_set_header(r, "Cache-Control", "no-cache");
    net_set_header(r, "X-Accel-Buffering", "no");
    net_set_header(r, "X-Content-Type-Options", "nosniff");
    net_stream_start(r, 200, "text/event-stream");
}

static void field(struct str *s, const char *name, struct span value)
{
    str_printf(s, "%s: ", name);
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] != '\r' && value.at[i] != '\n')
            str_char(s, value.at[i]);
    str_char(s, '\n');
}

bool net_sse_send(struct net_req *r, const char *event, const char *id, struct span data)
{
    CLEANUP(str_release) struct str s = {0};
    if (event)
        field(&s, "event", span_of(event));
    if (id)
        field(&s, "id", span_of(id));
    struct span line;
    while (span_cut(&data, '\n', &line))
        field(&s, "data", line);
    str_char(&s, '\n');
    return net_stream_write(r, str_span(&s));
}

bool net_sse_ping(struct net_req *r)
{
    return net_stream_write(r, span_of(":\n\n"));
}
