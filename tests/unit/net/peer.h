/* tests/unit/net/peer.h - the other end of a socket, on the test's own loop: sends bytes, collects what
 * comes. */
#ifndef CAPSTAN_TEST_PEER_H
#define CAPSTAN_TEST_PEER_H

#include "base/loop.h"
#include "base/str.h"
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    struct loop *loop;
    int fd;
    struct loop_fd *watch;
    struct str got;
    bool closed;
    bool stop_on_close;
    const char *stop_on; /* stops the loop when this has been received */
};

static void peer_event(void *arg, int events)
{
    struct peer *p = arg;
    (void)events;
    char buf[65536];
    ssize_t n = recv(p->fd, buf, sizeof(buf), 0);
    if (n > 0)
        str_add_n(&p->got, buf, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        p->closed = true;
        loop_fd_want(p->watch, 0);
    }
    if ((p->closed && p->stop_on_close) || (p->stop_on && strstr(str_text(&p->got), p->stop_on)))
        loop_stop(p->loop);
}

UNUSED static void peer_open(struct peer *p, struct loop *l, int port)
{
    *p = (struct peer){.loop = l};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(p->fd, (struct sockaddr *)&in, sizeof(in)) == 0);
    p->watch = loop_fd_open(l, p->fd, peer_event, p);
    loop_fd_want(p->watch, LOOP_READ);
}

UNUSED static void peer_send(struct peer *p, const char *text)
{
    CHECK(send(p->fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

UNUSED static void peer_close(struct peer *p)
{
    if (p->watch) {
        loop_fd_close(p->watch);
        close(p->fd);
    }
    p->watch = NULL;
    str_release(&p->got);
}

#endif
