/* svc/probe - the small HTTP server of every service, and the measure of how late its loop runs.
 *
 * It lives on the loop itself, so that a /healthz that is answered proves the loop. */
#include "svc/private.h"

#include "base/log.h"
#include "net/server.h"

#include <stdio.h>
#include <stdlib.h>

enum { LAG_PERIOD_MS = 1000, CONNECTIONS = 64 };

struct svc_probe {
    struct svc_run *run;
    const struct map *conditions;
    struct net_server *server;
    struct loop_timer timer;
    struct metric *lag;
    int64_t due_ms;
};

static void on_lag_timer(struct loop_timer *t)
{
    struct svc_probe *p = CONTAINER(t, struct svc_probe, timer);
    int64_t now = loop_now_ms(p->run->loop);
    metric_observe(p->lag, (double)MAX(now - p->due_ms, (int64_t)0) / 1000);
    p->due_ms = now + LAG_PERIOD_MS;
    loop_timer_set(p->run->loop, t, LAG_PERIOD_MS, on_lag_timer);
}

static void reply_ready(const struct svc_probe *p, struct net_req *r)
{
    CLEANUP(str_release) struct str text = {0};
    map_each (it, p->conditions)
        if (*(const char *)it.value)
            str_printf(&text, "%s: %s\n", it.key, (const char *)it.value);
    bool ready = text.len == 0;
    net_reply(r, ready ? 200 : 503, "text/plain; charset=utf-8", ready ? span_of("ok\n") : str_span(&text));
}

static void reply_metrics(const struct svc_probe *p, struct net_req *r)
{
    CLEANUP(str_release) struct str text = {0};
    metric_print(p->run->metrics, &text);
    net_reply(r, 200, "text/plain; version=0.0.4; charset=utf-8", str_span(&text));
}

static void on_request(struct net_req *r, void *arg)
{
    const struct svc_probe *p = arg;
    if (!streq(r->method, "GET") && !streq(r->method, "HEAD"))
        net_reply_text(r, 405, "text/plain", "only GET\n");
    else if (streq(r->path, "/healthz"))
        net_reply_text(r, 200, "text/plain", "ok\n");
    else if (streq(r->path, "/readyz"))
        reply_ready(p, r);
    else if (streq(r->path, "/metrics"))
        reply_metrics(p, r);
    else
        net_reply_text(r, 404, "text/plain", "here are /healthz, /readyz and /metrics\n");
}

struct err *svc_probe_open(struct svc_run *run, const struct map *conditions, const char *address,
                           struct svc_probe **out)
{
    struct svc_probe *p = mem_zalloc(sizeof(*p));
    *p = (struct svc_probe){.run = run, .conditions = conditions};
    p->lag = metric_new(run->metrics, &(struct metric_desc){.type = METRIC_HISTOGRAM,
                                                            .name = "capstan_loop_lag_seconds",
                                                            .help = "How late the event loop ran its timers.",
                                                            .buckets = {.001, .005, .01, .05, .1, .5, 1, 5}});
    p->server = net_server_new(
        run->loop,
        &(struct net_server_options){.connections = CONNECTIONS, .on_request = on_request, .arg = p});
    p->due_ms = loop_now_ms(run->loop) + LAG_PERIOD_MS;
    loop_timer_set(run->loop, &p->timer, LAG_PERIOD_MS, on_lag_timer);
    *out = p;
    int port = 0;
    TRY(net_server_listen(p->server, address, &port));
    char text[16];
    snprintf(text, sizeof(text), "%d", port);
    log_info("probes and metrics", "address", address, "port", text);
    return NULL;
}

void svc_probe_close(struct svc_probe *p)
{
    if (!p)
        return;
    loop_timer_stop(p->run->loop, &p->timer);
    net_server_free(p->server);
    free(p);
}
