/* bus: questions and answers, between this process and children that are killed, stopped, busy or speak
 * nonsense. */
#include "base/loop.h"
#include "base/vec.h"
#include "base/proc.h"
#include "bus/bus.h"
#include "lib/test.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

/* --- a server with a few odd methods --- */

struct host {
    struct loop *loop;
    struct bus *bus;
    struct bus_server *server;
    VEC(struct bus_request *) held;
    int cancelled, calls;
    int64_t left_ms;
    char trace[40], domain[40];
    const char *tag;
};

static void echo(void *service, struct bus_request *rq)
{
    struct host *h = service;
    const struct call *call = bus_request_call(rq);
    h->calls++;
    h->left_ms = call_left_ms(call);
    snprintf(h->trace, sizeof(h->trace), "%s", call->trace);
    snprintf(h->domain, sizeof(h->domain), "%s", call->domain);
    bus_reply(rq, bus_request_body(rq));
}

static void who(void *service, struct bus_request *rq)
{
    bus_reply(rq, span_of(((struct host *)service)->tag));
}

static void fail(void *service, struct bus_request *rq)
{
    (void)service;
    struct err *e = err_reason(ERR_NOT_FOUND, "RevisionNotFound", "no revision '%.*s'",
                               (int)bus_request_body(rq).len, bus_request_body(rq).at);
    e->retry_after_ms = 1500;
    bus_fail(rq, e);
}

static void on_cancel(void *arg)
{
    ((struct host *)arg)->cancelled++;
}

static void hold(void *service, struct bus_request *rq)
{
    struct host *h = service;
    vec_push(&h->held, rq);
    bus_request_on_cancel(rq, on_cancel, h);
}

static const struct bus_method methods[] = {
    {"t.echo", echo}, {"t.who", who}, {"t.fail", fail}, {"t.hold", hold}};

static void host_open(struct host *h, struct loop *loop, const char *tag, const char *address,
                      struct bus_server_options o)
{
    *h = (struct host){.loop = loop, .tag = tag};
    h->bus = bus_new(loop, NULL, tag);
    o.methods = methods;
    o.methods_len = ARRAY_LEN(methods);
    o.service = h;
    h->server = bus_server_new(h->bus, &o);
    CHECK_OK(bus_server_bind(h->server, address, NULL));
}

static void host_close(struct host *h)
{
    bus_server_free(h->server);
    vec_each (rq, &h->held)
        bus_reply(*rq, span_of("late"));
    vec_release(&h->held);
    bus_free(h->bus);
}

/* This program again, as another process: fork() alone would copy the locks of libzmq's threads, held or not.
 */
static pid_t again(const char *as, const char *tag, const char *address)
{
    const char *const argv[] = {"/proc/self/exe", as, tag, address, NULL};
    pid_t pid = -1;
    CHECK_OK(proc_start(&(struct proc_spec){.argv = argv}, (const int[3]){-1, STDOUT_FILENO, STDERR_FILENO},
                        &pid));
    return pid;
}

/* A host in a process of its own; it ends with this one. */
static NORETURN void be_host(const char *tag, const char *address)
{
    struct host h;
    struct loop *loop = loop_new(NULL);
    host_open(&h, loop, tag, address, (struct bus_server_options){0});
    loop_run(loop);
    _exit(0);
}

static pid_t host_start(const char *tag, const char *address)
{
    return again("--host", tag, address);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    kill(pid, SIGCONT);
    waitpid(pid, NULL, 0);
}

/* --- a client that waits --- */

struct guest {
    struct loop *loop;
    struct bus *bus;
    struct bus_client *client;
    struct call call;
    int want;
};

struct got {
    struct guest *guest;
    struct err *err;
    char *text;
    size_t len;
    bool done;
};

static const char *address(const char *name)
{
    static char text[4][300];
    static int turn;
    char *t = text[turn++ % 4];
    snprintf(t, sizeof(text[0]), "ipc://%s/%s.sock", test_tmpdir(), name);
    return t;
}

static void guest_open(struct guest *g, struct loop *loop, const struct bus_client_options *o)
{
    *g = (struct guest){.loop = loop};
    g->bus = bus_new(loop, NULL, "guest");
    g->client = bus_client_new(g->bus, o);
    call_init(&g->call);
}

static void guest_peers(struct guest *g, const char *a, const char *b)
{
    const char *all[] = {a, b};
    CHECK_OK(bus_client_peers(g->client, all, (size_t)(a != NULL) + (b != NULL)));
}

static void guest_close(struct guest *g)
{
    bus_client_free(g->client);
    bus_free(g->bus);
}

static void on_done(void *arg, struct err *e, struct span body)
{
    struct got *r = arg;
    CHECK(!r->done);
    r->done = true;
    r->err = e;
    r->text = mem_strndup(body.at, body.len);
    r->len = body.len;
    if (--r->guest->want == 0)
        loop_stop(r->guest->loop);
}

static struct bus_ask *ask(struct guest *g, struct got *r, const char *method, struct span body)
{
    *r = (struct got){.guest = g};
    g->want++;
    return bus_client_ask(g->client, &g->call, &(struct bus_question){method, body, NULL}, on_done, r);
}

static void got_release(struct got *r)
{
    err_freep(&r->err);
    free(r->text);
}

/* CHECK_ERR frees what it checks. */
#define GOT_ERR(e, code, part)                                                                               \
    do {                                                                                                     \
        CHECK_ERR(e, code, part);                                                                            \
        (e) = NULL;                                                                                          \
    } while (0)

struct pause {
    struct loop_timer timer;
    struct loop *loop;
};
static void stop(struct loop_timer *t)
{
    loop_stop(CONTAINER(t, struct pause, timer)->loop);
}

/* Runs the loop for a while: only to let what must not happen have its chance. */
static void run_for(struct loop *l, int64_t ms)
{
    struct pause p = {.loop = l};
    loop_timer_set(l, &p.timer, ms, stop);
    loop_run(l);
    loop_timer_stop(l, &p.timer);
}

#define ONE_PROCESS(options)                                                                                 \
    struct loop *loop = loop_new(NULL);                                                                      \
    struct host h;                                                                                           \
    struct guest g;                                                                                          \
    struct got r UNUSED;                                                                                     \
    host_open(&h, loop, "host", address("h"), options);                                                      \
    guest_open(&g, loop, NULL);                                                                              \
    guest_peers(&g, address("h"), NULL)
#define ONE_PROCESS_END                                                                                      \
    guest_close(&g);                                                                                         \
    host_close(&h);                                                                                          \
    loop_free(loop)

TEST(an_answer_an_error_and_what_the_handler_knows)
{
    ONE_PROCESS((struct bus_server_options){0});
    struct call timed;
    g.call.trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    g.call.domain = "project-a";
    call_child(&timed, &g.call, 5000);
    r = (struct got){.guest = &g};
    g.want = 1;
    bus_client_ask(g.client, &timed, &(struct bus_question){"t.echo", span_of("hello"), NULL}, on_done, &r);
    CHECK(!r.done);
    loop_run(loop);
    CHECK_OK(r.err);
    CHECK_STR(r.text, "hello");
    CHECK_STR(h.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK_STR(h.domain, "project-a");
    CHECK(h.left_ms > 0 && h.left_ms <= 5000);
    got_release(&r);
    ask(&g, &r, "t.fail", span_of("main"));
    loop_run(loop);
    CHECK(r.err && r.err->retry_after_ms == 1500);
    CHECK_STR(r.err->reason, "RevisionNotFound");
    GOT_ERR(r.err, ERR_NOT_FOUND, "no revision 'main'");
    got_release(&r);
    ask(&g, &r, "t.none", span_of(""));
    loop_run(loop);
    GOT_ERR(r.err, ERR_UNIMPLEMENTED, "no method 't.none'");
    got_release(&r);
    CHECK_INT(bus_nonsense(h.bus), 0);
    ONE_PROCESS_END;
}

TEST(large_bodies_travel_in_chunks_both_ways)
{
    ONE_PROCESS((struct bus_server_options){.body_max = 20 << 20});
    size_t sizes[] = {0, BUS_CHUNK, BUS_CHUNK + 1, 9 * BUS_CHUNK + 5};
    char *big = mem_alloc(21 << 20);
    for (size_t i = 0; i < 21 << 20; i++)
        big[i] = (char)(i * 2654435761u >> 13);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        ask(&g, &r, "t.echo", (struct span){big, sizes[i]});
        loop_run(loop);
        CHECK_OK(r.err);
        CHECK_INT(r.len, sizes[i]);
        CHECK(memcmp(r.text, big, sizes[i]) == 0);
        got_release(&r);
    }
    ask(&g, &r, "t.echo", (struct span){big, 21 << 20});
    loop_run(loop);
    GOT_ERR(r.err, ERR_EXHAUSTED, "request body over the limit");
    got_release(&r);
    free(big);
    CHECK_INT(bus_server_open(h.server), 0);
    ONE_PROCESS_END;
}

TEST(credits_hold_back_what_is_too_much)
{
    ONE_PROCESS((struct bus_server_options){.credits = 2});
    struct got many[7];
    for (size_t i = 0; i < 7; i++)
        ask(&g, &many[i], "t.hold", span_of("x"));
    run_for(loop, 50);
    CHECK_INT(h.held.len, 2);
    CHECK_INT(bus_client_stats(g.client).waiting, 5);
    CHECK_INT(bus_client_stats(g.client).open, 2);
    for (size_t answered = 0; answered < 7; answered++) {
        while (!h.held.len)
            run_for(loop, 2);
        bus_reply(vec_pop(&h.held), span_of("y"));
    }
    loop_run(loop);
    for (size_t i = 0; i < 7; i++) {
        CHECK_OK(many[i].err);
        CHECK_STR(many[i].text, "y");
        got_release(&many[i]);
    }
    CHECK_INT(bus_client_stats(g.client).retries, 0);
    ONE_PROCESS_END;
}

TEST(a_queue_that_is_full_says_so)
{
    struct loop *loop = loop_new(NULL);
    struct guest g;
    guest_open(&g, loop, &(struct bus_client_options){.queue_max = 1});
    struct got a, b;
    ask(&g, &a, "t.echo", span_of(""));
    ask(&g, &b, "t.echo", span_of(""));
    CHECK(!b.done);
    run_for(loop, 30);
    CHECK(!a.done);
    GOT_ERR(b.err, ERR_EXHAUSTED, "1 questions wait for a server already");
    got_release(&b);
    guest_close(&g);
    CHECK(!a.done);
    loop_free(loop);
}

TEST(deadlines_end_the_wait_and_tell_the_handler)
{
    ONE_PROCESS((struct bus_server_options){0});
    struct call root = g.call;
    ask(&g, &r, "t.echo", span_of("warm"));
    loop_run(loop);
    got_release(&r);
    call_child(&g.call, &root, 60);
    ask(&g, &r, "t.hold", span_of(""));
    loop_run(loop);
    GOT_ERR(r.err, ERR_DEADLINE, "t.hold: no answer from 'ipc://");
    got_release(&r);
    run_for(loop, 20);
    CHECK_INT(h.cancelled, 1);
    CHECK(call_cancelled(bus_request_call(h.held.at[0])));
    CHECK_INT(bus_client_stats(g.client).open, 0);
    guest_peers(&g, NULL, NULL);
    call_child(&g.call, &root, 20);
    ask(&g, &r, "t.hold", span_of(""));
    loop_run(loop);
    GOT_ERR(r.err, ERR_UNAVAILABLE, "no address of a server is known");
    got_release(&r);
    guest_peers(&g, address("nobody"), NULL);
    call_child(&g.call, &root, 20);
    ask(&g, &r, "t.hold", span_of(""));
    loop_run(loop);
    GOT_ERR(r.err, ERR_UNAVAILABLE, "none of 1 servers can be reached");
    got_release(&r);
    ONE_PROCESS_END;
}

TEST(cancelling_reaches_the_handler)
{
    ONE_PROCESS((struct bus_server_options){0});
    struct got never;
    struct bus_ask *one = ask(&g, &never, "t.hold", span_of(""));
    ask(&g, &r, "t.hold", span_of(""));
    run_for(loop, 50);
    CHECK_INT(h.held.len, 2);
    bus_ask_cancel(one);
    g.want--;
    run_for(loop, 20);
    CHECK_INT(h.cancelled, 1);
    call_cancel(&g.call); /* as another thread might */
    loop_run(loop);
    GOT_ERR(r.err, ERR_CANCELLED, "t.hold: cancelled");
    got_release(&r);
    run_for(loop, 20);
    CHECK_INT(h.cancelled, 2);
    CHECK(!never.done);
    CHECK_INT(bus_server_open(h.server), 2); /* the handlers still hold them */
    bus_reply(vec_pop(&h.held), span_of("into the void"));
    bus_fail(vec_pop(&h.held), err_new(ERR_INTERNAL, "into the void"));
    CHECK_INT(bus_server_open(h.server), 0);
    ONE_PROCESS_END;
}

TEST(a_peer_killed_in_mid_request_costs_a_retry)
{
    pid_t a = host_start("a", address("a")), b = host_start("b", address("b"));
    struct loop *loop = loop_new(NULL);
    struct guest g;
    struct got held[8], r;
    guest_open(&g, loop, NULL);
    guest_peers(&g, address("a"), NULL);
    for (size_t i = 0; i < 8; i++)
        ask(&g, &held[i], "t.hold", span_of(""));
    while (bus_client_stats(g.client).open < 8)
        run_for(loop, 5);
    guest_peers(&g, address("a"), address("b"));
    while (bus_client_stats(g.client).ready < 2)
        run_for(loop, 5);
    end(a);
    while (bus_client_stats(g.client).retries < 8 || bus_client_stats(g.client).open < 8)
        run_for(loop, 5);
    ask(&g, &r, "t.who", span_of(""));
    while (!r.done)
        run_for(loop, 5);
    CHECK_STR(r.text, "b");
    got_release(&r);
    end(b); /* the second and last: each is asked again, in vain, until its deadline */
    call_cancel(&g.call);
    loop_run(loop);
    for (size_t i = 0; i < 8; i++) {
        GOT_ERR(held[i].err, ERR_CANCELLED, "cancelled");
        got_release(&held[i]);
    }
    CHECK_INT(bus_client_stats(g.client).lost_peers, 2);
    guest_close(&g);
    loop_free(loop);
}

TEST(a_peer_that_always_dies_is_asked_three_times)
{
    struct loop *loop = loop_new(NULL);
    struct guest g;
    struct got r;
    guest_open(&g, loop, NULL);
    guest_peers(&g, address("a"), NULL);
    ask(&g, &r, "t.hold", span_of(""));
    for (int i = 0; i < 3; i++) {
        pid_t pid = host_start("a", address("a"));
        while (!bus_client_stats(g.client).open)
            run_for(loop, 5);
        end(pid);
        while (bus_client_stats(g.client).open)
            run_for(loop, 5);
    }
    CHECK(r.done);
    GOT_ERR(r.err, ERR_UNAVAILABLE, "t.hold, asked 3 times: lost 'ipc://");
    got_release(&r);
    guest_close(&g);
    loop_free(loop);
}

TEST(a_stopped_peer_is_given_up_and_taken_back)
{
    pid_t a = host_start("a", address("a")), b = host_start("b", address("b"));
    struct loop *loop = loop_new(NULL);
    struct guest g;
    struct got r;
    guest_open(&g, loop, &(struct bus_client_options){.ping_ms = 30, .dead_ms = 100});
    guest_peers(&g, address("a"), NULL);
    ask(&g, &r, "t.who", span_of(""));
    loop_run(loop);
    got_release(&r);
    kill(a, SIGSTOP);
    ask(&g, &r, "t.who", span_of(""));
    guest_peers(&g, address("a"), address("b"));
    loop_run(loop);
    CHECK_OK(r.err);
    CHECK_STR(r.text, "b");
    got_release(&r);
    CHECK_INT(bus_client_stats(g.client).retries, 1);
    kill(a, SIGCONT);
    guest_peers(&g, address("a"), NULL);
    ask(&g, &r, "t.who", span_of(""));
    loop_run(loop);
    CHECK_STR(r.text, "a");
    got_release(&r);
    guest_close(&g);
    loop_free(loop);
    end(a);
    end(b);
}

static void count_up(void *arg)
{
    ++*(int *)arg;
}

TEST(a_draining_server_sends_its_clients_elsewhere)
{
    struct loop *loop = loop_new(NULL);
    struct host a, b;
    struct guest g;
    struct got held, r;
    host_open(&a, loop, "a", address("a"), (struct bus_server_options){0});
    host_open(&b, loop, "b", "tcp://127.0.0.1:*", (struct bus_server_options){0});
    char second[256];
    CHECK_OK(bus_server_bind(b.server, "tcp://127.0.0.1:*", second));
    guest_open(&g, loop, NULL);
    guest_peers(&g, address("a"), NULL);
    ask(&g, &held, "t.hold", span_of(""));
    run_for(loop, 50);
    CHECK_INT(a.held.len, 1);
    int drained = 0;
    bus_server_drain(a.server, count_up, &drained);
    guest_peers(&g, address("a"), second);
    run_for(loop, 50);
    CHECK_INT(drained, 0);
    for (int i = 0; i < 3; i++) {
        ask(&g, &r, "t.who", span_of(""));
        while (!r.done)
            run_for(loop, 5);
        CHECK_STR(r.text, "b");
        got_release(&r);
    }
    bus_reply(vec_pop(&a.held), span_of("done"));
    while (!held.done)
        run_for(loop, 5);
    run_for(loop, 5);
    CHECK_STR(held.text, "done");
    CHECK_INT(drained, 1);
    got_release(&held);
    guest_close(&g);
    host_close(&a);
    host_close(&b);
    loop_free(loop);
}

TEST(a_preference_sticks_and_spills)
{
    struct loop *loop = loop_new(NULL);
    struct host hosts[3];
    struct guest g;
    const char *at[3] = {mem_strdup(address("0")), mem_strdup(address("1")), mem_strdup(address("2"))};
    for (int i = 0; i < 3; i++)
        host_open(&hosts[i], loop, "h", at[i], (struct bus_server_options){.credits = 1});
    guest_open(&g, loop, NULL);
    CHECK_OK(bus_client_peers(g.client, at, 3));
    while (bus_client_stats(g.client).ready < 3)
        run_for(loop, 5);
    int used = 0;
    for (int key = 0; key < 20; key++) {
        char text[8];
        snprintf(text, sizeof(text), "%d", key);
        for (int i = 0; i < 3; i++) {
            struct got r = {.guest = &g};
            g.want = 1;
            bus_client_ask(g.client, &g.call, &(struct bus_question){"t.echo", span_of(""), text}, on_done,
                           &r);
            loop_run(loop);
            got_release(&r);
        }
        for (int i = 0; i < 3; i++)
            CHECK_INT(hosts[i].calls % 3, 0); /* all three times the same one */
    }
    for (int i = 0; i < 3; i++)
        used += hosts[i].calls > 0;
    CHECK_INT(used, 3);
    struct got held[3];
    for (int i = 0; i < 3; i++) {
        held[i] = (struct got){.guest = &g};
        g.want++;
        bus_client_ask(g.client, &g.call, &(struct bus_question){"t.hold", span_of(""), "repo"}, on_done,
                       &held[i]);
    }
    run_for(loop, 50);
    for (int i = 0; i < 3; i++) { /* one credit each: the preference spills over all three */
        CHECK_INT(hosts[i].held.len, 1);
        bus_reply(vec_pop(&hosts[i].held), span_of(""));
    }
    loop_run(loop);
    for (int i = 0; i < 3; i++)
        got_release(&held[i]);
    guest_close(&g);
    for (int i = 0; i < 3; i++) {
        host_close(&hosts[i]);
        free((void *)(uintptr_t)at[i]);
    }
    loop_free(loop);
}

/* --- strangers --- */

static void say(void *s, const char *bytes, size_t len)
{
    CHECK(zmq_send(s, bytes, len, 0) == (int)len);
}

TEST(forged_frames_are_counted_and_dropped)
{
    ONE_PROCESS((struct bus_server_options){0});
    void *ctx = zmq_ctx_new(), *stranger = zmq_socket(ctx, ZMQ_DEALER);
    int zero = 0;
    zmq_setsockopt(stranger, ZMQ_LINGER, &zero, sizeof(zero));
    CHECK(zmq_connect(stranger, address("h")) == 0);
    say(stranger, "nonsense", 8);
    say(stranger, "", 0);
    say(stranger, "\x08\x01\x10\x03", 4);         /* a reply to a server */
    say(stranger, "\x08\x01\x10\x02\x18\x01", 6); /* a request without a method */
    say(stranger, "\x08\x01\x10\x63\x18\x01", 6); /* an unknown kind */
    say(stranger, "\x08\x09\x10\x07", 4);         /* another version */
    CHECK(zmq_send(stranger, "a", 1, ZMQ_SNDMORE) == 1);
    say(stranger, "b", 1);
    say(stranger,
        "\x08\x01\x10\x06\x18\x07\xa2\x01\x01"
        "x",
        10); /* a chunk of nothing: late, no nonsense */
    say(stranger, "\x08\x01\x10\x02\x18\x05\x22\x06t.hold", 14);
    say(stranger, "\x08\x01\x10\x02\x18\x05\x22\x06t.hold", 14); /* the same id again */
    say(stranger,
        "\x08\x01\x10\x06\x18\x05\x98\x01\x05\xa2\x01\x01"
        "x",
        13);                                                  /* a chunk where none is due */
    say(stranger, "\x08\x01\x10\x05\x18\x05\x98\x01\x05", 9); /* a credit where none is due */
    say(stranger, "\x08\x01\x10\x02\x18\x06\x22\x06t.echo\x90\x01\x64",
        17); /* promises a body, brings nothing */
    run_for(loop, 100);
    CHECK_INT(h.held.len, 1);
    CHECK_INT(bus_nonsense(h.bus), 10);
    zmq_close(stranger);
    zmq_ctx_term(ctx);
    ask(&g, &r, "t.echo", span_of("still here"));
    loop_run(loop);
    CHECK_STR(r.text, "still here");
    got_release(&r);
    ONE_PROCESS_END;
}

TEST(another_version_is_told_so)
{
    ONE_PROCESS((struct bus_server_options){0});
    void *ctx = zmq_ctx_new(), *stranger = zmq_socket(ctx, ZMQ_DEALER);
    CHECK(zmq_connect(stranger, address("h")) == 0);
    say(stranger, "\x08\x02\x10\x02\x18\x05\x22\x06t.echo", 14);
    char answer[300] = {0};
    int n = -1;
    while (n < 0) {
        run_for(loop, 2);
        n = zmq_recv(stranger, answer, sizeof(answer) - 1, ZMQ_DONTWAIT);
    }
    CHECK(memmem(answer, (size_t)n, "BusVersion", 10) != NULL);
    zmq_close(stranger);
    zmq_ctx_term(ctx);
    ONE_PROCESS_END;
}

/* A server that answers with nonsense hurts only the questions put to it. */
TEST(a_server_that_speaks_nonsense_hurts_only_its_own_questions)
{
    struct loop *loop = loop_new(NULL);
    struct guest g;
    struct got r;
    void *ctx = zmq_ctx_new(), *router = zmq_socket(ctx, ZMQ_ROUTER);
    int zero = 0;
    zmq_setsockopt(router, ZMQ_LINGER, &zero, sizeof(zero));
    CHECK(zmq_bind(router, address("x")) == 0);
    guest_open(&g, loop, NULL);
    struct call root = g.call;
    call_child(&g.call, &root, 300);
    guest_peers(&g, address("x"), NULL);
    ask(&g, &r, "t.echo", span_of(""));
    static const struct span says[] = {
        {"nonsense", 8},
        {"\x08\x01\x10\x01\x70\x04", 6}, /* HELLO, 4 credits */
        {"\x08\x01\x10\x03\x18\x01", 6}, /* a reply to nobody */
        {"\x08\x01\x10\x02\x18\x01", 6}, /* a request to a client */
        {"\x08\x01\x10\x03\x18\x80\x80\x04\x98\x01\x05\x90\x01\x64\xa2\x01\x01"
         "x",
         18}, /* id 1<<16: the first chunk of 100 */
        {"\x08\x01\x10\x06\x18\x80\x80\x04\x98\x01\x09\xa2\x01\x01"
         "x",
         15},                                                 /* the next, at a wrong place */
        {"\x08\x01\x10\x05\x18\x80\x80\x04\x98\x01\x09", 11}, /* credit for more than was sent */
    };
    while (!r.done) {
        char id[32], text[4096];
        int n = zmq_recv(router, id, sizeof(id), ZMQ_DONTWAIT);
        if (n > 0 && zmq_recv(router, text, sizeof(text), ZMQ_DONTWAIT) >= 0)
            for (size_t i = 0; i < ARRAY_LEN(says); i++) {
                zmq_send(router, id, (size_t)n, ZMQ_SNDMORE);
                zmq_send(router, says[i].at, says[i].len, 0);
            }
        run_for(loop, 2);
    }
    GOT_ERR(r.err, ERR_DEADLINE, "no answer from");
    CHECK(bus_nonsense(g.bus) >= 4);
    got_release(&r);
    guest_close(&g);
    zmq_close(router);
    zmq_ctx_term(ctx);
    loop_free(loop);
}

/* A client in a process of its own, which waits for an answer that never comes. */
static NORETURN void be_waiting_client(const char *address)
{
    struct loop *loop = loop_new(NULL);
    struct guest g;
    struct got r;
    guest_open(&g, loop, &(struct bus_client_options){.ping_ms = 20});
    guest_peers(&g, address, NULL);
    ask(&g, &r, "t.hold", span_of(""));
    loop_run(loop);
    _exit(0);
}

TEST(a_silent_client_is_forgotten_with_its_requests)
{
    struct loop *loop = loop_new(NULL);
    struct host h;
    host_open(&h, loop, "h", address("h"), (struct bus_server_options){.silent_ms = 100});
    pid_t pid = again("--waiting-client", "", address("h"));
    while (!h.held.len)
        run_for(loop, 5);
    run_for(loop, 1500); /* longer than silent_ms: its pings keep it alive */
    CHECK_INT(h.cancelled, 0);
    end(pid);
    while (!h.cancelled)
        run_for(loop, 20);
    host_close(&h);
    loop_free(loop);
}

/* --- events --- */

struct heard {
    int n, gaps;
    char last[64];
};

static void on_event(void *arg, const struct bus_event *e)
{
    struct heard *heard = arg;
    heard->n++;
    heard->gaps += e->gap;
    snprintf(heard->last, sizeof(heard->last), "%s %.*s", e->topic, (int)e->body.len, e->body.at);
}

TEST(events_reach_whom_they_concern_and_gaps_show)
{
    struct loop *loop = loop_new(NULL);
    struct bus *b = bus_new(loop, NULL, "controller");
    struct bus_publisher *p = bus_publisher_new(b);
    struct heard heard = {0};
    const char *at = address("events");
    CHECK_OK(bus_publisher_bind(p, at, NULL));
    struct bus_subscriber *s = bus_subscriber_new(b, "app.", on_event, &heard);
    CHECK_OK(bus_subscriber_peers(s, &at, 1));
    while (!heard.n) { /* what is published before the subscription arrives is lost: they are hints */
        bus_publish(p, "app.changed", span_of("first"));
        run_for(loop, 5);
    }
    CHECK_INT(heard.gaps, 1);
    for (int i = 0; i < 3; i++) {
        bus_publish(p, "repo.changed", span_of("not mine"));
        bus_publish(p, "app.changed", span_of("mine"));
    }
    int before = heard.n;
    while (heard.n < before + 3)
        run_for(loop, 5);
    CHECK_STR(heard.last, "app.changed mine");
    CHECK_INT(heard.gaps, 1);
    CHECK_OK(bus_subscriber_peers(s, NULL, 0));
    run_for(loop, 20);
    bus_publish(p, "app.changed", span_of("missed"));
    run_for(loop, 20);
    CHECK_OK(bus_subscriber_peers(s, &at, 1));
    before = heard.n;
    while (heard.n == before) {
        bus_publish(p, "app.changed", span_of("again"));
        run_for(loop, 5);
    }
    CHECK_INT(heard.gaps, 2);
    bus_subscriber_free(s);
    bus_publisher_free(p);
    bus_free(b);
    loop_free(loop);
}
int main(int argc, char **argv)
{
    bool client = argc == 4 && streq(argv[1], "--waiting-client"),
         host = argc == 4 && streq(argv[1], "--host");
    if (client || host)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (host)
        be_host(argv[2], argv[3]);
    if (client)
        be_waiting_client(argv[3]);
    return test_main(argc, argv);
}
