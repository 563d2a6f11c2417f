/* The HTTP server against raw peers on the same loop, with a fake clock: framing, pipelining, limits, slow
 * and half-closed peers, streams. */
#include "net/server.h"
#include "net/sse.h"
#include "peer.h"

#include <sys/resource.h>

struct fixture {
    struct clock_fake clock;
    struct loop *loop;
    struct net_server *server;
    int port;
    void (*handler)(struct net_req *r);
    struct str log;
    struct net_req *held;
};
static struct fixture f;

static void on_request(struct net_req *r, void *arg)
{
    CHECK(arg == &f);
    f.handler(r);
}

static void begin(void (*handler)(struct net_req *r), struct net_server_options options)
{
    f = (struct fixture){.handler = handler};
    clock_fake_init(&f.clock, 1764000000000);
    f.loop = loop_new(&f.clock.clock);
    options.on_request = on_request;
    options.arg = &f;
    f.server = net_server_new(f.loop, &options);
    CHECK_OK(net_server_listen(f.server, "127.0.0.1:0", &f.port));
}

static void end(void)
{
    net_server_free(f.server);
    loop_free(f.loop);
    str_release(&f.log);
}

static void run(void)
{
    loop_run_fake(f.loop, &f.clock);
}

/* Sends `text`, and returns all that comes until the server closes. Freed by the caller. */
static char *exchange(const char *text)
{
    struct peer p;
    peer_open(&p, f.loop, f.port);
    p.stop_on_close = true;
    peer_send(&p, text);
    run();
    char *got = mem_strdup(str_text(&p.got));
    peer_close(&p);
    return got;
}

static void say_hello(struct net_req *r)
{
    net_set_header(r, "X-Path", r->path);
    net_set_header(r, "X-Evil", "a\r\nInjected: yes");
    net_reply_text(r, 200, "text/plain", "hello");
}

TEST(a_reply_has_length_date_and_clean_headers)
{
    begin(say_hello, (struct net_server_options){0});
    char *got = exchange("GET /a/b?c=d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK_STR(got, "HTTP/1.1 200 OK\r\nDate: Mon, 24 Nov 2025 16:00:00 GMT\r\nX-Path: /a/b\r\n"
                   "X-Evil: aInjected: yes\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
                   "Connection: close\r\n\r\nhello");
    free(got);
    got = exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(strstr(got, "Content-Length: 5") && ends_with(got, "\r\n\r\n"));
    free(got);
    got = exchange("GET http://other/p?q HTTP/1.0\r\n\r\n");
    CHECK(strstr(got, "X-Path: /p\r\n") && ends_with(got, "hello"));
    free(got);
    end();
}

static void say_path(struct net_req *r)
{
    net_reply_text(r, 200, NULL, r->path);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)) != NULL; p++)
        n++;
    return n;
}

TEST(pipelined_requests_are_answered_in_order)
{
    begin(say_path, (struct net_server_options){0});
    CLEANUP(str_release) struct str many = {0};
    for (int i = 0; i < 500; i++)
        str_printf(&many, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i);
    str_add(&many, "GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    char *got = exchange(str_text(&many));
    CHECK_INT(count_of(got, "200 OK"), 501);
    const char *at = got;
    for (int i = 0; i < 500; i++) {
        char want[32];
        snprintf(want, sizeof(want), "\r\n\r\n/%d", i);
        at = strstr(at, want);
        CHECKF(at, "no answer %d", i);
    }
    free(got);
    end();
}

static void echo_body(struct net_req *r, struct span body)
{
    net_reply(r, 200, "text/plain", body);
}

static void collect(struct net_req *r)
{
    net_body_collect(r, 20, echo_body);
}

TEST(bodies_are_collected_up_to_their_limit)
{
    static const struct {
        const char *request, *want;
    } rows[] = {
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde",
         "\r\n\r\nabcde"},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
         "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: v\r\n\r\n",
         "\r\n\r\nabcde"},
        {"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "Content-Length: 0\r\n"},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 21\r\nConnection: close\r\n\r\n123456789012345678901",
         "413 Payload Too Large"},
        {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: "
         "close\r\n\r\nok",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(collect, (struct net_server_options){0});
        char *got = exchange(rows[i].request);
        CHECKF(strstr(got, rows[i].want), "row %zu: %s", i, got);
        free(got);
        end();
    }
}

TEST(what_is_no_request_is_refused)
{
    static const struct {
        const char *request, *want;
    } rows[] = {
        {"NONSENSE\r\n\r\n", "400 Bad Request"},
        {"GET / HTTP/1.1\r\n\r\n", "one Host header"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "one Host header"},
        {"GET / HTTP/2.1\r\nHost: a\r\n\r\n", "505 "},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "405 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabcd", "400 "},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n", "400 "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(collect, (struct net_server_options){0});
        char *got = exchange(rows[i].request);
        CHECKF(strstr(got, rows[i].want), "row %zu: %s", i, got);
        CHECK(strstr(got, "Connection: close"));
        CHECK_INT(f.clock.mono_ms, 1000); /* at once, not by a time-out */
        free(got);
        end();
    }
}

TEST(oversized_headers_are_refused)
{
    begin(say_hello, (struct net_server_options){.header_bytes = 1000});
    CLEANUP(str_release) struct str big = {0};
    str_add(&big, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    str_fill(&big, 'a', 1000);
    str_add(&big, "\r\n\r\n");
    char *got = exchange(str_text(&big));
    CHECK(strstr(got, "431 Request Header Fields Too Large"));
    free(got);
    str_clear(&big);
    str_add(&big, "GET /");
    str_fill(&big, 'a', 1000);
    got = exchange(str_text(&big));
    CHECK(strstr(got, "431 "));
    free(got);
    end();
}

TEST(slow_peers_are_dropped_on_time)
{
    static const struct {
        const char *sent, *want;
        int64_t after_ms;
    } rows[] = {
        {"", "", 10000},
        {"GET / HT", "408 Request Timeout", 10000},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "408 Request Timeout", 30000},
        {"GET /x HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", 120000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(collect, (struct net_server_options){0});
        char *got = exchange(rows[i].sent);
        CHECKF(strstr(got, rows[i].want), "row %zu: %s", i, got);
        CHECK_INT(f.clock.mono_ms - 1000, rows[i].after_ms);
        free(got);
        end();
    }
}

static struct peer loris;
static struct loop_timer drip;
static int drips;
static void drip_one(struct loop_timer *t)
{
    if (loris.closed)
        return;
    drips++;
    peer_send(&loris, "X");
    loop_timer_set(f.loop, t, 900, drip_one);
}

TEST(dripping_a_header_does_not_buy_time)
{
    begin(say_hello, (struct net_server_options){0});
    peer_open(&loris, f.loop, f.port);
    loris.stop_on_close = true;
    peer_send(&loris, "GET / HTTP/1.1\r\n");
    loop_timer_set(f.loop, &drip, 900, drip_one);
    run();
    CHECK(strstr(str_text(&loris.got), "408"));
    CHECK(drips >= 10 && drips <= 13);
    loop_timer_stop(f.loop, &drip);
    peer_close(&loris);
    end();
}

static void note_closed(struct net_req *r)
{
    str_add(&f.log, "closed ");
    CHECK(net_req_closed(r));
    net_stream_end(r);
    f.held = NULL;
}

static void hold(struct net_req *r)
{
    f.held = r;
    net_req_on_closed(r, note_closed);
    loop_stop(f.loop);
}

TEST(a_half_closed_peer_gets_its_reply)
{
    begin(hold, (struct net_server_options){0});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    shutdown(p.fd, SHUT_WR);
    run();
    net_reply_text(f.held, 200, NULL, "late");
    p.stop_on_close = true;
    run();
    CHECK(ends_with(str_text(&p.got), "\r\n\r\nlate"));
    CHECK_STR(str_text(&f.log), "");
    peer_close(&p);
    end();
}

static void hold_stream(struct net_req *r)
{
    net_sse_start(r);
    net_sse_send(r, "tick", "1", span_of("a\nb"));
    hold(r);
}

TEST(a_stream_hears_that_its_peer_is_gone)
{
    begin(hold_stream, (struct net_server_options){0});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    p.stop_on = "\n\n";
    run();
    if (!strstr(str_text(&p.got), "data: b"))
        run();
    CHECK(strstr(str_text(&p.got), "event: tick\nid: 1\ndata: a\ndata: b\n\n"));
    CHECK(strstr(str_text(&p.got), "Transfer-Encoding: chunked"));
    CHECK(f.held != NULL);
    peer_close(&p);
    loop_run_once(f.loop);
    loop_run_once(f.loop);
    CHECK_STR(str_text(&f.log), "closed ");
    CHECK_INT(net_server_connections(f.server), 0);
    end();
}

TEST(a_stream_can_be_ended_and_the_connection_used_again)
{
    begin(hold_stream, (struct net_server_options){0});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    struct net_req *first = f.held;
    f.held = NULL;
    net_stream_end(first);
    CHECK(f.held != NULL); /* the next one has begun */
    p.stop_on = "0\r\n\r\nHTTP/1.1 200 OK";
    run();
    net_stream_end(f.held);
    peer_close(&p);
    end();
}

TEST(a_slow_reader_without_on_drained_is_dropped)
{
    begin(hold_stream, (struct net_server_options){.output_bytes = 100000});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    loop_fd_want(p.watch, 0); /* reads no more */
    char *piece = mem_zalloc(65536);
    int i = 0;
    for (; i < 1000 && f.held; i++)
        net_stream_write(f.held, (struct span){piece, 65536});
    CHECK(i > 1 && i < 1000);
    CHECK_STR(str_text(&f.log), "closed ");
    free(piece);
    peer_close(&p);
    end();
}

static void note_drained(struct net_req *r)
{
    (void)r;
    str_add(&f.log, "drained ");
    loop_stop(f.loop);
}

TEST(a_stream_with_on_drained_is_told_when_to_go_on)
{
    begin(hold_stream, (struct net_server_options){.output_bytes = 100000});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    net_req_on_drained(f.held, note_drained);
    loop_fd_want(p.watch, 0);
    char *piece = mem_zalloc(65536);
    while (net_stream_write(f.held, (struct span){piece, 65536})) {
    }
    CHECK(f.held);
    loop_fd_want(p.watch, LOOP_READ);
    run();
    CHECK_STR(str_text(&f.log), "drained ");
    net_stream_end(f.held);
    free(piece);
    peer_close(&p);
    end();
}

TEST(a_reader_that_takes_nothing_is_dropped_after_write_ms)
{
    begin(hold_stream, (struct net_server_options){.output_bytes = 40000000});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    loop_fd_want(p.watch, 0);
    char *piece = mem_zalloc(30000000);
    CHECK(net_stream_write(f.held, (struct span){piece, 30000000}));
    while (f.held && f.clock.mono_ms < 100000) {
        loop_run_once(f.loop);
        clock_fake_advance(&f.clock, 1000);
    }
    CHECKF(!f.held && f.clock.mono_ms >= 31000 && f.clock.mono_ms < 35000, "at %" PRId64, f.clock.mono_ms);
    free(piece);
    peer_close(&p);
    end();
}

static void stream_data(struct net_req *r, struct span piece)
{
    (void)r;
    str_add_span(&f.log, piece);
}

static void stream_end(struct net_req *r)
{
    str_add(&f.log, ".");
    net_reply_text(r, 200, NULL, "done");
}

static void stream_closed(struct net_req *r)
{
    (void)r;
    str_add(&f.log, "lost");
    loop_stop(f.loop);
}

static void stream(struct net_req *r)
{
    net_body_stream(r, stream_data, stream_end);
    net_req_on_closed(r, stream_closed);
}

TEST(a_streamed_body_arrives_whole_or_is_told_lost)
{
    begin(stream, (struct net_server_options){0});
    char *got = exchange("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabcdef");
    CHECK(ends_with(got, "done"));
    CHECK_STR(str_text(&f.log), "abcdef.");
    free(got);
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nxyz");
    loop_run_once(f.loop);
    loop_run_once(f.loop);
    peer_close(&p);
    run();
    CHECK_STR(str_text(&f.log), "abcdef.xyzlost");
    end();
}

TEST(a_thousand_event_streams_at_once)
{
    begin(hold_stream, (struct net_server_options){0});
    enum { N = 1000 };
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = MIN(files.rlim_max, (rlim_t)4096);
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * N + 50)
        test_skip("needs %d file descriptors", 2 * N + 50);
    static struct peer peers[N];
    static struct net_req *reqs[N];
    for (int i = 0; i < N; i++) {
        peer_open(&peers[i], f.loop, f.port);
        peer_send(&peers[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        run();
        reqs[i] = f.held;
    }
    CHECK_INT(net_server_connections(f.server), N);
    for (int i = 0; i < N; i++)
        CHECK(net_sse_send(reqs[i], "all", NULL, span_of("everybody")));
    for (int i = 0; i < N; i++) {
        while (!strstr(str_text(&peers[i].got), "everybody"))
            loop_run_once(f.loop);
        net_stream_end(reqs[i]);
        peer_close(&peers[i]);
    }
    end();
}

static void on_drained(void *arg)
{
    *(bool *)arg = true;
    loop_stop(f.loop);
}

TEST(drain_lets_replies_finish_and_closes_idle_connections)
{
    begin(hold, (struct net_server_options){0});
    struct peer busy, idle;
    peer_open(&busy, f.loop, f.port);
    peer_open(&idle, f.loop, f.port);
    peer_send(&busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    bool drained = false;
    net_server_drain(f.server, on_drained, &drained);
    CHECK(!drained);
    net_reply_text(f.held, 200, NULL, "last");
    run();
    CHECK(drained);
    while (!busy.closed || !idle.closed)
        loop_run_once(f.loop);
    CHECK(strstr(str_text(&busy.got), "Connection: close") && ends_with(str_text(&busy.got), "last"));
    peer_close(&busy);
    peer_close(&idle);
    end();
}

TEST(freeing_the_server_tells_held_requests)
{
    begin(hold, (struct net_server_options){0});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    run();
    net_server_free(f.server);
    f.server = NULL;
    CHECK_STR(str_text(&f.log), "closed ");
    peer_close(&p);
    end();
}

TEST(connections_over_the_limit_are_closed)
{
    begin(say_hello, (struct net_server_options){.connections = 1});
    struct peer p;
    peer_open(&p, f.loop, f.port);
    loop_run_once(f.loop);
    struct peer q;
    peer_open(&q, f.loop, f.port);
    q.stop_on_close = true;
    run();
    CHECK(q.closed && !p.closed);
    CHECK_INT(f.clock.mono_ms, 1000);
    peer_close(&p);
    peer_close(&q);
    end();
}

static void say_query(struct net_req *r)
{
    struct net_pairs all = net_req_query_all(r, "x");
    net_reply_text(r, 200, NULL,
                   arena_printf(r->arena, "%s|%s|%zu|%s", net_req_query(r, "x"), net_req_query(r, "y z"),
                                all.len, net_req_header(r, "accept")));
}

TEST(query_and_headers_are_found)
{
    begin(say_query, (struct net_server_options){0});
    char *got = exchange("GET /?x=1&y+z=%C3%A4&x=2 HTTP/1.1\r\nHost: x\r\nAccept: a\r\nACCEPT: b\r\n"
                         "Connection: close\r\n\r\n");
    CHECKF(ends_with(got, "1|\xc3\xa4|2|a, b"), "%s", got);
    free(got);
    end();
}

TEST(a_body_that_nobody_wants_does_not_spoil_the_next_request)
{
    begin(say_path, (struct net_server_options){0});
    char *got = exchange("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
                         "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(strstr(got, "\r\n\r\n/aHTTP/1.1 200 OK") && ends_with(got, "/b"));
    free(got);
    CLEANUP(str_release) struct str big = {0};
    str_add(&big, "POST /big HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n");
    str_fill(&big, 'z', 400000);
    got = exchange(str_text(&big));
    CHECK(ends_with(got, "/big"));
    CHECK_INT(f.clock.mono_ms, 1000);
    free(got);
    end();
}

TEST_MAIN
