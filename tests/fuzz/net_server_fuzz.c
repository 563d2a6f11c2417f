/* What a peer may send to the HTTP server, in one piece or in two; the first byte says where it is cut. */
#include "lib/fuzz.h"
#include "net/server_private.h"

#include <sys/socket.h>
#include <unistd.h>

static void on_body(struct net_req *r, struct span body)
{
    net_reply(r, 200, "text/plain", body);
}

static void on_request(struct net_req *r, void *arg)
{
    (void)arg;
    net_req_query(r, "q");
    net_req_header(r, "accept");
    if (streq(r->method, "GET")) {
        net_stream_start(r, 200, NULL);
        net_stream_write(r, span_of(r->path));
        net_stream_end(r);
    } else {
        net_body_collect(r, 100, on_body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct clock_fake clock;
    clock_fake_init(&clock, 0);
    struct loop *l = loop_new(&clock.clock);
    struct net_server *s =
        net_server_new(l, &(struct net_server_options){.on_request = on_request, .header_bytes = 4096});
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
        return 0;
    net_conn_open(s, fd[0], "fuzz", true);
    size_t cut = data[0] % size;
    data++;
    size--;
    cut = cut > size ? size : cut;
    if (send(fd[1], data, cut, MSG_NOSIGNAL) > 0)
        loop_run_once(l);
    if (send(fd[1], data + cut, size - cut, MSG_NOSIGNAL) > 0)
        loop_run_once(l);
    shutdown(fd[1], SHUT_WR);
    for (int i = 0; i < 4; i++)
        loop_run_once(l);
    net_server_free(s);
    close(fd[1]);
    loop_free(l);
    return 0;
}
