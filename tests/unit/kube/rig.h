/* tests/unit/kube/rig.h - an API server of the test: answers from a script, keeps a log, holds watches open.
 *
 * A script is a list of answers, each used once, by path (query included, what follows a '*' is free); a
 * request without an answer is a 404. Status 0 = cut the connection, -1 = never answer. Watches (watch=true)
 * stay open: the test feeds them with rig_watch_send. */
#ifndef CAPSTAN_TEST_RIG_H
#define CAPSTAN_TEST_RIG_H

#include "base/str.h"
#include "base/vec.h"
#include "kube/client.h"
#include "lib/test.h"
#include "net/server.h"

/* Scripts leave out what they do not need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct answer {
    const char *method, *path;
    int status;
    const char *body;
    const char *header, *value; /* one more header */
    bool used;
};

struct rig {
    struct clock_fake clock;
    struct loop *loop;
    struct net_server *server;
    int port;
    struct kube *kube;
    struct rand random;
    struct answer *script;
    size_t script_len;
    struct str log;       /* "GET /path\n" each */
    struct str last_body; /* of the last request */
    struct net_req *watch, *held;
    int watches; /* opened so far */
    int done;    /* callbacks seen by rig_done */
    struct err *err;
    char object[4096]; /* what rig_done saw, as JSON */
};
static struct rig rig;

UNUSED static bool rig_matches(const char *pattern, const char *path)
{
    size_t n = strcspn(pattern, "*");
    return pattern[n] ? strncmp(pattern, path, n) == 0 : streq(pattern, path);
}

UNUSED static void rig_watch_gone(struct net_req *r)
{
    if (rig.watch == r)
        rig.watch = NULL;
    net_stream_end(r);
}

static void rig_answer(struct net_req *r, struct span body)
{
    str_clear(&rig.last_body);
    str_add_span(&rig.last_body, body);
    const char *path = *r->query ? arena_printf(r->arena, "%s?%s", r->path, r->query) : r->path;
    str_printf(&rig.log, "%s %s\n", r->method, path);
    for (size_t i = 0; i < rig.script_len; i++) {
        struct answer *a = &rig.script[i];
        if (a->used || !streq(a->method, r->method) || !rig_matches(a->path, path))
            continue;
        a->used = true;
        if (a->status == 0) {
            net_abort(r);
            return;
        }
        if (a->status < 0) {
            rig.held = r;
            return;
        }
        if (a->header)
            net_set_header(r, a->header, a->value);
        net_reply_text(r, a->status, "application/json", a->body);
        return;
    }
    const char *watch = net_req_query(r, "watch");
    if (!watch) {
        net_reply_text(r, 404, "application/json",
                       "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"no such thing\"}");
        return;
    }
    rig.watches++;
    rig.watch = r;
    net_req_on_closed(r, rig_watch_gone);
    net_stream_start(r, 200, "application/json");
    net_stream_write(r, span_of("\n"));
}

static void rig_request(struct net_req *r, void *arg)
{
    (void)arg;
    net_body_collect(r, 1 << 20, rig_answer);
}

/* A client to the rig's server. */
static void rig_connect(struct kube_options options)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", rig.port);
    CHECK_OK(kube_config_from(url, &(struct net_creds){0}, "", &options.config));
    options.random = &rig.random;
    rig.kube = kube_new(rig.loop, &options);
}

UNUSED static void rig_use_work(struct work *w)
{
    kube_free(rig.kube);
    rig_connect((struct kube_options){.work = w});
}

UNUSED static void rig_begin(struct answer *script, size_t n, struct kube_options options)
{
    rig = (struct rig){.script = script, .script_len = n};
    clock_fake_init(&rig.clock, 1764000000000);
    rand_seed(&rig.random, 1);
    rig.loop = loop_new(&rig.clock.clock);
    struct net_server_options so = {.on_request = rig_request};
    rig.server = net_server_new(rig.loop, &so);
    CHECK_OK(net_server_listen(rig.server, "127.0.0.1:0", &rig.port));
    rig_connect(options);
}

UNUSED static void rig_end(void)
{
    kube_free(rig.kube);
    if (rig.watch)
        net_abort(rig.watch);
    if (rig.held)
        net_abort(rig.held);
    net_server_free(rig.server);
    loop_free(rig.loop);
    str_release(&rig.log);
    str_release(&rig.last_body);
    err_freep(&rig.err);
}

UNUSED static void rig_run(void)
{
    loop_run_fake(rig.loop, &rig.clock);
}

UNUSED static int64_t rig_elapsed_ms(void)
{
    return rig.clock.mono_ms - 1000;
}

UNUSED static void rig_watch_send(const char *line)
{
    CHECK(rig.watch != NULL);
    net_stream_write(rig.watch, span_of(line));
    net_stream_write(rig.watch, span_of("\n"));
}

#endif
