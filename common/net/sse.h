/* net/sse.h - server-sent events (the WHATWG's text/event-stream) over a request. */
#ifndef CAPSTAN_NET_SSE_H
#define CAPSTAN_NET_SSE_H

#include "net/server.h"

/* 200, no caching, no buffering by proxies. */
void net_sse_start(struct net_req *r);
/* One event; each line of `data` becomes a data: line. `event` and `id` may be NULL. As net_stream_write. */
bool net_sse_send(struct net_req *r, const char *event, const char *id, struct span data);
/* A comment that keeps intermediaries from closing an idle stream. */
bool net_sse_ping(struct net_req *r);

#endif
