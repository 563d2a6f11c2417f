/* The bus beside bare ZeroMQ: 1 KB over ipc, one at a time and 64 deep, between two processes.
 *
 * The bare side is a DEALER and a ROUTER in blocking calls: two processes, no loop, no envelope, no deadline.
 */
#include "base/call.h"
#include "base/file.h"
#include "bus/bus.h"
#include "lib/bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

enum { SIZE = 1024, ONE_BY_ONE = 3000, DEEP = 20000, WIDTH = 64 };

static char folder[256], body[SIZE];

static const char *address(const char *name)
{
    static char text[300];
    snprintf(text, sizeof(text), "ipc://%s/%s", folder, name);
    return text;
}

/* --- bare --- */

static void bare_server(void)
{
    void *ctx = zmq_ctx_new(), *s = zmq_socket(ctx, ZMQ_ROUTER);
    if (zmq_bind(s, address("bare")) < 0)
        _exit(1);
    for (;;) {
        zmq_msg_t id, m;
        zmq_msg_init(&id);
        zmq_msg_init(&m);
        zmq_msg_recv(&id, s, 0);
        zmq_msg_recv(&m, s, 0);
        zmq_msg_send(&id, s, ZMQ_SNDMORE);
        zmq_msg_send(&m, s, 0);
    }
}

static void *bare_socket;

static void bare_receive(void)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    zmq_msg_recv(&m, bare_socket, 0);
    zmq_msg_close(&m);
}

static double bare_round(void *arg)
{
    int total = *(int *)arg, width = total == DEEP ? WIDTH : 1, sent = 0;
    int64_t start = bench_now_ns();
    for (int got = 0; got < total; got++) {
        for (; sent < total && sent - got < width; sent++)
            zmq_send(bare_socket, body, SIZE, 0);
        bare_receive();
    }
    return (double)(bench_now_ns() - start) / total / 1000;
}

/* --- ours --- */

static void echo(void *service, struct bus_request *rq)
{
    (void)service;
    bus_reply(rq, bus_request_body(rq));
}

static void our_server(void)
{
    static const struct bus_method methods[] = {{"bench.echo", echo}};
    struct loop *loop = loop_new(NULL);
    struct bus *b = bus_new(loop, NULL, "server");
    struct bus_server *s = bus_server_new(
        b, &(struct bus_server_options){.methods = methods, .methods_len = 1, .credits = WIDTH});
    struct err *e = bus_server_bind(s, address("ours"), NULL);
    if (e) {
        fprintf(stderr, "%s\n", e->msg);
        _exit(1);
    }
    loop_run(loop);
    _exit(0);
}

static struct {
    struct loop *loop;
    struct bus_client *client;
    struct call call;
    int total, sent, got;
} our;

static void on_done(void *arg, struct err *e, struct span answer);

static void ask_one(void)
{
    our.sent++;
    bus_client_ask(our.client, &our.call, &(struct bus_question){"bench.echo", {body, SIZE}, NULL}, on_done,
                   NULL);
}

static void on_done(void *arg, struct err *e, struct span answer)
{
    (void)arg;
    if (e || answer.len != SIZE) {
        fprintf(stderr, "bus_bench: %s\n", e ? e->msg : "short answer");
        exit(1);
    }
    our.got++;
    if (our.sent < our.total)
        ask_one();
    else if (our.got == our.total)
        loop_stop(our.loop);
}

static double our_round(void *arg)
{
    our.total = *(int *)arg;
    our.sent = our.got = 0;
    int64_t start = bench_now_ns();
    for (int i = 0; i < (our.total == DEEP ? WIDTH : 1); i++)
        ask_one();
    loop_run(our.loop);
    return (double)(bench_now_ns() - start) / our.total / 1000;
}

static pid_t spawn(void (*fn)(void))
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    fn();
    _exit(0);
}

int main(void)
{
    snprintf(folder, sizeof(folder), "%s", "/tmp/bus-bench.XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    pid_t bare = spawn(bare_server), ours = spawn(our_server);
    void *ctx = zmq_ctx_new();
    bare_socket = zmq_socket(ctx, ZMQ_DEALER);
    zmq_connect(bare_socket, address("bare"));
    our.loop = loop_new(NULL);
    struct bus *b = bus_new(our.loop, NULL, "client");
    our.client = bus_client_new(b, NULL);
    call_init(&our.call);
    const char *at = address("ours");
    err_free(bus_client_peers(our.client, &at, 1));
    int one = ONE_BY_ONE, deep = DEEP;
    double rtt[2], through[2];
    bench_pair(our_round, &one, bare_round, &one, rtt);
    bench_pair(our_round, &deep, bare_round, &deep, through);
    bench_figure("bus, 1 KB over ipc, round trip", rtt[0], "us");
    bench_figure("bare DEALER/ROUTER, round trip", rtt[1], "us");
    bench_figure("bus, 1 KB over ipc, 64 deep", 1e6 / through[0], "requests/s");
    bench_figure("bare DEALER/ROUTER, 64 deep", 1e6 / through[1], "requests/s");
    bool ok = bench_ratio("bus / bare, round trip", rtt[0] / rtt[1], true, 1.5);
    ok &= bench_ratio("bus / bare, throughput 64 deep", through[1] / through[0], false, 0.6);
    bus_client_free(our.client);
    bus_free(b);
    loop_free(our.loop);
    kill(bare, SIGKILL);
    kill(ours, SIGKILL);
    waitpid(bare, NULL, 0);
    waitpid(ours, NULL, 0);
    int zero = 0;
    zmq_setsockopt(bare_socket, ZMQ_LINGER, &zero, sizeof(zero));
    zmq_close(bare_socket);
    zmq_ctx_term(ctx);
    err_free(file_remove(folder));
    return !ok;
}
