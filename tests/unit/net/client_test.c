/* The HTTP client against our own server: plain, TLS, redirects and credentials, limits, time-outs, streams,
 * workers. */
#include "base/str.h"
#include "base/work.h"
#include "lib/test.h"
#include "net/client.h"
#include "net/server.h"

struct fixture {
    struct clock_fake clock;
    struct loop *loop;
    struct net_server *server, *other;
    struct net_client *client;
    struct net_tls *tls;
    char *cert;
    char url[64], other_url[64];
    struct net_req *held;
};
static struct fixture f;

/* What a finished request came to. */
struct outcome {
    int done, status;
    struct err *err;
    struct str body;
    char url[128];
    struct net_transfer *transfer;
    int pauses;
};

static void on_done(void *arg, struct err *e, const struct net_response *r)
{
    struct outcome *o = arg;
    o->done++;
    o->err = e;
    if (r) {
        o->status = r->status;
        str_add_span(&o->body, r->body);
        snprintf(o->url, sizeof(o->url), "%s", r->url);
    }
    loop_stop(f.loop);
}

static void release(struct outcome *o)
{
    err_freep(&o->err);
    str_release(&o->body);
}

static void say(struct net_req *r, const char *text)
{
    net_reply_text(r, 200, "text/plain", text);
}

static void echo(struct net_req *r, struct span body)
{
    net_set_header(r, "X-Type",
                   net_req_header(r, "content-type") ? net_req_header(r, "content-type") : "none");
    net_reply(r, 201, "text/plain", body);
}

static const char *or_none(const char *text)
{
    return text ? text : "none";
}

static void on_request(struct net_req *r, void *arg)
{
    (void)arg;
    if (streq(r->path, "/hello"))
        say(r, "hello");
    else if (streq(r->path, "/echo"))
        net_body_collect(r, 10 << 20, echo);
    else if (streq(r->path, "/who"))
        say(r,
            arena_printf(r->arena, "%s %s %s %s", r->method, or_none(net_req_header(r, "authorization")),
                         or_none(net_req_header(r, "private-token")), or_none(net_req_header(r, "accept"))));
    else if (streq(r->path, "/moved") || streq(r->path, "/away")) {
        net_set_header(r, "Location",
                       r->path[1] == 'm' ? "/who" : arena_printf(r->arena, "%s/who", f.other_url));
        net_reply_text(r, streq(r->method, "POST") ? 303 : 302, NULL, "this is not what you asked for");
    } else if (streq(r->path, "/loop")) {
        net_set_header(r, "Location", "/loop");
        net_reply_text(r, 302, NULL, "");
    } else if (streq(r->path, "/big")) {
        char *big = mem_zalloc(3 << 20);
        net_reply(r, 200, NULL, (struct span){big, 3 << 20});
        free(big);
    } else if (streq(r->path, "/cut")) {
        net_stream_start(r, 200, NULL);
        net_stream_write(r, span_of("half"));
        net_abort(r);
    } else { /* /hold: the test answers, or nobody does */
        f.held = r;
        if (streq(r->path, "/trickle")) {
            net_stream_start(r, 200, NULL);
            net_stream_write(r, span_of("first"));
        }
    }
}

static void begin_on(const struct clock *clock)
{
    f.loop = loop_new(clock);
    static const char *const names[] = {"localhost", "127.0.0.1"};
    CLEANUP(secret_unrefp) struct secret *key = NULL;
    CHECK_OK(net_tls_self_signed(names, 2, clock_wall_ms(&clock_system), 30, &f.cert, &key));
    CHECK_OK(net_tls_server(span_of(f.cert), key, &f.tls));
    struct net_server_options o = {.on_request = on_request, .tls = f.tls};
    f.server = net_server_new(f.loop, &o);
    f.other = net_server_new(f.loop, &o);
    int port;
    CHECK_OK(net_server_listen(f.server, "127.0.0.1:0", &port));
    snprintf(f.url, sizeof(f.url), "http://127.0.0.1:%d", port);
    CHECK_OK(net_server_listen(f.other, "127.0.0.1:0", &port));
    snprintf(f.other_url, sizeof(f.other_url), "http://127.0.0.1:%d", port);
    f.client = net_client_new(f.loop, &(struct net_client_options){.user_agent = "test"});
}

static void begin(void)
{
    f = (struct fixture){0};
    clock_fake_init(&f.clock, 0);
    begin_on(&f.clock.clock);
}

static void end(void)
{
    net_client_free(f.client);
    net_server_free(f.server);
    net_server_free(f.other);
    if (f.held)
        net_stream_end(f.held);
    net_tls_unref(f.tls);
    loop_free(f.loop);
    free(f.cert);
}

static void run(void)
{
    loop_run_fake(f.loop, &f.clock);
}

static const char *url_of(const char *path)
{
    static char text[128];
    snprintf(text, sizeof(text), "%s%s", f.url, path);
    return text;
}

static struct outcome get(struct net_request request, const char *path)
{
    static struct outcome o;
    o = (struct outcome){0};
    request.url = url_of(path);
    request.on_done = on_done;
    request.arg = &o;
    o.transfer = net_client_start(f.client, &request);
    while (!o.done)
        run();
    CHECK_INT(o.done, 1);
    return o;
}

TEST(get_and_post_and_head)
{
    begin();
    struct outcome o = get((struct net_request){0}, "/hello");
    CHECK_INT(o.status, 200);
    CHECK_STR(str_text(&o.body), "hello");
    release(&o);
    o = get((struct net_request){.method = "POST", .body = span_of("{\"a\":1}")}, "/echo");
    CHECK_INT(o.status, 201);
    CHECK_STR(str_text(&o.body), "{\"a\":1}");
    release(&o);
    o = get((struct net_request){.method = "PATCH"}, "/echo");
    CHECK_INT(o.status, 201);
    release(&o);
    o = get((struct net_request){.method = "HEAD"}, "/hello");
    CHECK_INT(o.status, 200);
    CHECK_STR(str_text(&o.body), "");
    release(&o);
    CHECK_INT(net_server_connections(f.server), 1); /* kept and used again */
    end();
}

TEST(a_large_body_goes_up_whole)
{
    begin();
    char *big = mem_zalloc((5 << 20) + 1);
    memset(big, 'x', 5 << 20);
    struct outcome o = get((struct net_request){.method = "PUT", .body = span_of(big)}, "/echo");
    CHECK_INT(o.status, 201);
    CHECK_INT(o.body.len, 5 << 20);
    release(&o);
    free(big);
    end();
}

TEST(tls_is_verified_against_the_given_ca_and_name)
{
    begin();
    int port = 0;
    CHECK_OK(net_server_listen(f.server, "127.0.0.1:0", &port));
    snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%d", port);
    struct net_creds creds = {0};
    struct outcome o = get((struct net_request){.creds = &creds}, "/hello");
    CHECK(o.err && o.err->reason && streq(o.err->reason, "TLSVerification"));
    release(&o);
    creds.ca = span_of(f.cert);
    o = get((struct net_request){.creds = &creds}, "/hello");
    CHECK_INT(o.status, 200);
    release(&o);
    creds.server_name = "localhost";
    o = get((struct net_request){.creds = &creds}, "/hello");
    CHECK_INT(o.status, 200);
    release(&o);
    creds.server_name = "elsewhere";
    o = get((struct net_request){.creds = &creds}, "/hello");
    CHECK(o.err && o.err->code == ERR_UNAVAILABLE);
    release(&o);
    creds.insecure = true;
    o = get((struct net_request){.creds = &creds}, "/hello");
    CHECK_INT(o.status, 200);
    release(&o);
    end();
}

TEST(credentials_stay_with_their_origin)
{
    static const struct net_pair headers[] = {{"PRIVATE-TOKEN", "p"}, {"Accept", "a/b"}};
    CLEANUP(secret_unrefp) struct secret *token = secret_new("t0ken", 5);
    struct net_creds creds = {.token = token};
    struct net_request request = {.creds = &creds, .headers = headers, .headers_len = 2, .redirects = 5};
    begin();
    struct outcome o = get(request, "/moved");
    CHECK_STR(str_text(&o.body), "GET Bearer t0ken p a/b");
    CHECK(ends_with(o.url, "/who"));
    release(&o);
    o = get(request, "/away");
    CHECK_STR(str_text(&o.body), "GET none none a/b");
    release(&o);
    request.method = "POST";
    request.body = span_of("x");
    o = get(request, "/moved");
    CHECK_STR(str_text(&o.body), "GET Bearer t0ken p a/b");
    release(&o);
    request.redirects = 0;
    o = get(request, "/moved");
    CHECK_INT(o.status, 303);
    release(&o);
    request = (struct net_request){.redirects = 3};
    o = get(request, "/loop");
    CHECK_INT(o.status, 302);
    release(&o);
    creds = (struct net_creds){.user = "u", .password = token};
    o = get((struct net_request){.creds = &creds}, "/who");
    CHECK_STR(str_text(&o.body), "GET Basic dTp0MGtlbg== none */*");
    release(&o);
    end();
}

TEST(bad_requests_are_told_and_not_sent)
{
    begin();
    static const struct net_pair evil[] = {{"X", "a\r\nY: b"}};
    struct outcome o = get((struct net_request){.headers = evil, .headers_len = 1}, "/hello");
    CHECK(o.err && o.err->code == ERR_INVALID);
    release(&o);
    snprintf(f.url, sizeof(f.url), "ftp://h");
    o = get((struct net_request){0}, "/");
    CHECK(o.err && o.err->code == ERR_INVALID);
    release(&o);
    snprintf(f.url, sizeof(f.url), "http://user:secret@127.0.0.1:1");
    o = get((struct net_request){0}, "/x?token=secret");
    CHECK(o.err && o.err->code == ERR_UNAVAILABLE && !strstr(o.err->msg, "secret"));
    CHECK(strstr(o.err->msg, "GET http://user@127.0.0.1:1/x"));
    release(&o);
    end();
}

TEST(a_response_has_limits_in_size_and_time)
{
    begin();
    struct outcome o = get((struct net_request){.max_body = 1 << 20}, "/big");
    CHECK(o.err && o.err->code == ERR_EXHAUSTED && streq(o.err->reason, "ResponseTooLarge"));
    release(&o);
    o = get((struct net_request){.timeout_ms = 20000}, "/hold");
    CHECK(o.err && o.err->code == ERR_DEADLINE);
    CHECK_INT(f.clock.mono_ms, 21000);
    release(&o);
    net_stream_end(f.held);
    f.held = NULL;
    o = get((struct net_request){.idle_ms = 50000}, "/trickle");
    CHECK(o.err && o.err->code == ERR_DEADLINE && o.status == 200);
    CHECK_INT(f.clock.mono_ms, 71000);
    CHECK_STR(str_text(&o.body), "first");
    release(&o);
    end();
}

TEST(a_response_that_breaks_off_is_an_error)
{
    begin();
    struct outcome o = get((struct net_request){0}, "/cut");
    CHECK(o.err && o.err->code == ERR_UNAVAILABLE);
    CHECK_STR(str_text(&o.body), "half");
    release(&o);
    end();
}

static enum net_take take(void *arg, const struct net_response *head, struct span piece)
{
    struct outcome *o = arg;
    CHECK_INT(head->status, 200);
    if (o->pauses < 3 && o->body.len > (size_t)o->pauses * 1000000) {
        o->pauses++;
        net_transfer_resume(o->transfer);
        return NET_PAUSE;
    }
    str_add_span(&o->body, piece);
    return NET_TAKEN;
}

TEST(a_paused_piece_comes_again)
{
    begin();
    struct outcome o = {0};
    o.transfer = net_client_start(
        f.client,
        &(struct net_request){.url = url_of("/big"), .on_data = take, .on_done = on_done, .arg = &o});
    while (!o.done)
        run();
    CHECK(!o.err);
    CHECK_INT(o.pauses, 3);
    CHECK_INT(o.body.len, 3 << 20);
    release(&o);
    end();
}

static enum net_take cancel_in_data(void *arg, const struct net_response *head, struct span piece)
{
    (void)head, (void)piece;
    struct outcome *o = arg;
    net_transfer_cancel(o->transfer);
    loop_stop(f.loop);
    return NET_TAKEN;
}

TEST(cancel_is_final_wherever_it_comes_from)
{
    begin();
    struct outcome o = {0};
    struct net_request request = {
        .url = url_of("/big"), .on_data = cancel_in_data, .on_done = on_done, .arg = &o};
    o.transfer = net_client_start(f.client, &request);
    run();
    request.url = url_of("/hold");
    o.transfer = net_client_start(f.client, &request);
    net_transfer_cancel(o.transfer);
    o.transfer = net_client_start(f.client, &request);
    while (!f.held)
        loop_run_once(f.loop);
    net_transfer_cancel(o.transfer);
    o.transfer = net_client_start(f.client, &request); /* freed with the client */
    end();
    CHECK_INT(o.done, 0);
    release(&o);
}

/* --- on a worker --- */

struct job {
    struct work_job job;
    struct call call;
    void (*body)(struct job *j, struct net_session *s);
    char url[64];
};

static void run_job(struct work_job *job, void *state)
{
    struct job *j = CONTAINER(job, struct job, job);
    j->body(j, state);
}

static void job_done(struct work_job *job)
{
    (void)job;
    loop_stop(f.loop);
}

static void *new_session(void *arg)
{
    (void)arg;
    return net_session_new("worker");
}

static void free_session(void *state)
{
    net_session_free(state);
}

static void on_worker(void (*body)(struct job *j, struct net_session *s))
{
    f = (struct fixture){0};
    begin_on(&clock_system);
    struct work *w = work_new(f.loop, &(struct work_options){"net", 1, 4, new_session, free_session, NULL});
    struct job j = {.job = {.run = run_job, .done = job_done}, .body = body};
    snprintf(j.url, sizeof(j.url), "%s", f.url);
    call_init(&j.call);
    CHECK_OK(work_submit(w, &j.job));
    loop_run(f.loop);
    work_free(w);
    end();
}

static const char *job_url(struct arena *a, struct job *j, const char *path)
{
    return arena_printf(a, "%s%s", j->url, path);
}

static void fetch_some(struct job *j, struct net_session *s)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct net_response r;
    CHECK_OK(
        net_fetch(s, &j->call, &(struct net_request){.url = job_url(a, j, "/moved"), .redirects = 1}, a, &r));
    CHECK_STR(r.body.at, "GET none none */*");
    CHECK(ends_with(r.url, "/who"));
    CHECK_STR(net_pairs_get(&r.headers, "content-type"), "text/plain");
    CHECK_ERR(
        net_fetch(s, &j->call, &(struct net_request){.url = job_url(a, j, "/big"), .max_body = 1000}, a, &r),
        ERR_EXHAUSTED, "longer than 1000 bytes");
    struct call soon;
    call_child(&soon, &j->call, 50);
    CHECK_ERR(net_fetch(s, &soon, &(struct net_request){.url = job_url(a, j, "/hold")}, a, &r), ERR_DEADLINE,
              "deadline exceeded");
    call_cancel(&j->call);
    CHECK_ERR(net_fetch(s, &j->call, &(struct net_request){.url = job_url(a, j, "/hello")}, a, &r),
              ERR_CANCELLED, "");
}

TEST(a_worker_fetches_with_deadline_and_cancel)
{
    on_worker(fetch_some);
}

static void stream_some(struct job *j, struct net_session *s)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(net_stream_closep) struct net_stream *st = NULL;
    CHECK_OK(net_stream_open(
        s, &j->call, &(struct net_request){.method = "POST", .url = job_url(a, j, "/echo")}, true, &st));
    char *piece = mem_zalloc(100000);
    for (int i = 0; i < 50; i++) {
        memset(piece, 'a' + i % 26, 100000);
        CHECK_OK(net_stream_put(st, (struct span){piece, 100000}));
    }
    const struct net_response *head;
    CHECK_OK(net_stream_head(st, &head));
    CHECK_INT(head->status, 201);
    size_t total = 0, n;
    do {
        CHECK_OK(net_stream_read(st, piece, 70000, &n));
        for (size_t k = 0; k < n; k += 999)
            CHECK_INT(piece[k], 'a' + (int)((total + k) / 100000 % 26));
        total += n;
    } while (n);
    CHECK_INT(total, 5000000);
    free(piece);
    net_stream_closep(&st);
    CHECK_OK(net_stream_open(s, &j->call, &(struct net_request){.url = job_url(a, j, "/cut")}, false, &st));
    CHECK_OK(net_stream_head(st, &head));
    char buf[64];
    struct err *e = NULL;
    while (!(e = net_stream_read(st, buf, sizeof(buf), &n)) && n) {
    }
    CHECK_ERR(e, ERR_UNAVAILABLE, "");
}

TEST(a_worker_streams_both_ways)
{
    on_worker(stream_some);
}

TEST_MAIN
