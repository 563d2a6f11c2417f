/* net/conn - bytes in and out of one accepted socket, plain or TLS, and its clock.
 *
 * Every entry from outside (loop, timer, a handler that answers later) is bracketed by enter and leave.
 * Inside, functions only change state; leave acts on it once: advances the protocol, writes, re-arms the
 * watch and the timer, or frees. So no function below pulls the connection from under its caller. */
#include "net/server_private.h"

#include "net/tls_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_LIMIT = 65536, READS_A_TURN = 4, LINGER_MS = 2000 };

void net_conn_kill(struct net_conn *c)
{
    c->stage = STAGE_DEAD;
}

/* --- reading --- */

static ssize_t tls_read(struct net_conn *c, char *buf, size_t size)
{
    ERR_clear_error();
    int n = SSL_read(c->ssl, buf, (int)size);
    if (n > 0)
        return n;
    switch (SSL_get_error(c->ssl, n)) {
    case SSL_ERROR_WANT_WRITE:
        c->read_blocked = true;
        return -1;
    case SSL_ERROR_WANT_READ:
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        net_tls_error();
        net_conn_kill(c);
        return -1;
    }
}

/* Bytes, 0 at the end, -1 when there is nothing now (or the connection was killed). */
static ssize_t conn_read(struct net_conn *c, char *buf, size_t size)
{
    if (c->ssl)
        return tls_read(c, buf, size);
    ssize_t n = recv(c->fd, buf, size, 0);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        net_conn_kill(c);
    return n;
}

static bool wants_input(const struct net_conn *c)
{
    if (c->stage == STAGE_LINGER)
        return !c->eof;
    if (c->stage != STAGE_OPEN)
        return c->stage != STAGE_DEAD;
    return !c->eof && !c->closing && c->in.len < IN_LIMIT && net_h1_wants_input(c);
}

static void read_some(struct net_conn *c)
{
    char *buf = c->server->scratch;
    for (int i = 0; i < READS_A_TURN && wants_input(c); i++) {
        ssize_t n = conn_read(c, buf, sizeof(c->server->scratch));
        if (n < 0)
            return;
        if (n == 0) {
            c->eof = true;
            if (c->stage == STAGE_LINGER)
                net_conn_kill(c);
            else
                net_h1_eof(c);
            return;
        }
        if (c->stage == STAGE_OPEN)
            net_h1_feed(c, buf, (size_t)n);
    }
}

static void sniff(struct net_conn *c)
{
    unsigned char first;
    ssize_t n = recv(c->fd, &first, 1, MSG_PEEK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        net_conn_kill(c);
        return;
    }
    bool tls = first == 0x16; /* a handshake record; no HTTP method begins so */
    struct net_server_options *o = &c->server->options;
    if (tls ? !o->tls : o->tls_only && !c->unix_socket) {
        net_conn_kill(c);
        return;
    }
    if (tls)
        c->ssl = net_tls_accept(o->tls, c->fd);
    c->stage = tls ? STAGE_HANDSHAKE : STAGE_OPEN;
}

static void handshake(struct net_conn *c)
{
    ERR_clear_error();
    c->read_blocked = false;
    int rc = SSL_do_handshake(c->ssl);
    if (rc == 1) {
        c->stage = STAGE_OPEN;
        return;
    }
    int why = SSL_get_error(c->ssl, rc);
    if (why == SSL_ERROR_WANT_WRITE)
        c->read_blocked = true;
    else if (why != SSL_ERROR_WANT_READ) {
        net_tls_error();
        net_conn_kill(c);
    }
}

/* --- writing --- */

void net_conn_send(struct net_conn *c, const char *bytes, size_t len)
{
    if (c->stage == STAGE_DEAD || c->stage == STAGE_LINGER)
        return;
    str_add_n(&c->out, bytes, len);
    if (c->out.full) /* what is cut short must not look whole */
        net_conn_kill(c);
}

/* Bytes taken, 0 when the socket is full (or the connection was killed). */
static size_t conn_write(struct net_conn *c, const char *bytes, size_t len)
{
    if (!c->ssl) {
        ssize_t n = send(c->fd, bytes, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            net_conn_kill(c);
        return n > 0 ? (size_t)n : 0;
    }
    ERR_clear_error();
    int n = SSL_write(c->ssl, bytes, (int)MIN(len, (size_t)1 << 30));
    if (n > 0)
        return (size_t)n;
    int why = SSL_get_error(c->ssl, n);
    if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ) {
        net_tls_error();
        net_conn_kill(c);
    }
    return 0;
}

void net_conn_flush(struct net_conn *c)
{
    while (c->stage == STAGE_OPEN && net_conn_unsent(c)) {
        size_t n = conn_write(c, c->out.at + c->out_sent, net_conn_unsent(c));
        if (!n)
            break;
        c->out_sent += n;
        c->progress = true;
    }
    if (net_conn_unsent(c) == 0) {
        str_release(&c->out);
        c->out_sent = 0;
    } else if (c->out_sent > IN_LIMIT && c->out_sent > c->out.len / 2) {
        memmove(c->out.at, c->out.at + c->out_sent, net_conn_unsent(c));
        c->out.len -= c->out_sent;
        c->out_sent = 0;
    }
}

/* Closing with unread input makes the kernel send a reset that can overtake our last words: so first say that
 * we are done, then read to the end for a moment. */
static void linger(struct net_conn *c)
{
    c->stage = STAGE_LINGER;
    if (c->ssl)
        SSL_shutdown(c->ssl);
    ERR_clear_error();
    if (c->eof || shutdown(c->fd, SHUT_WR) != 0)
        net_conn_kill(c);
}

/* --- the clock --- */

static void on_timer(struct loop_timer *t)
{
    struct net_conn *c = CONTAINER(t, struct net_conn, timer);
    enum wait was = c->waiting;
    c->waiting = WAIT_NONE;
    net_conn_enter(c);
    if (c->stage == STAGE_OPEN && (was == WAIT_HEADER || was == WAIT_BODY))
        net_h1_timeout(c);
    else
        net_conn_kill(c);
    net_conn_leave(c);
}

static enum wait waiting_for(const struct net_conn *c)
{
    if (c->stage == STAGE_LINGER)
        return WAIT_LINGER;
    if (c->stage != STAGE_OPEN)
        return WAIT_HEADER;
    return net_conn_unsent(c) ? WAIT_WRITE : net_h1_waiting(c);
}

static void arm_timer(struct net_conn *c)
{
    const struct net_server_options *o = &c->server->options;
    enum wait wait = waiting_for(c);
    bool restart = wait != c->waiting || (c->progress && (wait == WAIT_WRITE || wait == WAIT_BODY));
    c->progress = false;
    if (!restart)
        return;
    c->waiting = wait;
    const int64_t ms[] = {
        [WAIT_HEADER] = o->header_ms, [WAIT_BODY] = o->body_ms,  [WAIT_IDLE] = o->idle_ms,
        [WAIT_WRITE] = o->write_ms,   [WAIT_LINGER] = LINGER_MS,
    };
    if (wait == WAIT_NONE)
        loop_timer_stop(c->server->loop, &c->timer);
    else
        loop_timer_set(c->server->loop, &c->timer, ms[wait], on_timer);
}

/* --- life --- */

static void conn_free(struct net_conn *c)
{
    net_h1_closed(c);
    loop_timer_stop(c->server->loop, &c->timer);
    loop_fd_close(c->watch);
    if (c->ssl)
        SSL_free(c->ssl);
    close(c->fd);
    str_release(&c->out);
    str_release(&c->in);
    str_release(&c->name);
    str_release(&c->value);
    str_release(&c->target);
    struct net_server *s = c->server;
    net_server_forget(s, c);
    free(c);
}

void net_conn_enter(struct net_conn *c)
{
    c->busy++;
}

void net_conn_leave(struct net_conn *c)
{
    if (c->busy > 1) {
        c->busy--;
        return;
    }
    bool told; /* a stream that was told has written more, which may go out at once, and then nobody else
                  would tell */
    do {
        if (c->stage == STAGE_OPEN)
            net_h1_advance(c);
        net_conn_flush(c);
        told = c->stage == STAGE_OPEN && c->req && net_req_was_sent(c->req);
    } while (c->stage == STAGE_OPEN && (told || net_h1_finished(c)));
    net_conn_flush(c);
    if (c->stage == STAGE_OPEN && c->closing && !net_conn_unsent(c))
        linger(c);
    c->busy--;
    if (c->stage == STAGE_DEAD) {
        c->busy = 1; /* what conn_free tells handlers must not come back here */
        conn_free(c);
        return;
    }
    arm_timer(c);
    bool write = net_conn_unsent(c) || c->read_blocked;
    loop_fd_want(c->watch, (wants_input(c) ? LOOP_READ : 0) | (write ? LOOP_WRITE : 0));
}

static void on_event(void *arg, int events)
{
    struct net_conn *c = arg;
    net_conn_enter(c);
    if (c->stage == STAGE_SNIFF)
        sniff(c);
    if (c->stage == STAGE_HANDSHAKE)
        handshake(c);
    if (events & LOOP_WRITE)
        net_conn_flush(c);
    if ((c->stage == STAGE_OPEN || c->stage == STAGE_LINGER) && (events & LOOP_READ || c->read_blocked)) {
        c->read_blocked = false;
        read_some(c);
    }
    net_conn_leave(c);
}

void net_conn_open(struct net_server *s, int fd, const char *peer, bool unix_socket)
{
    struct net_conn *c = mem_zalloc(sizeof(*c));
    c->server = s;
    c->fd = fd;
    c->unix_socket = unix_socket;
    strncpy(c->peer, peer, sizeof(c->peer) - 1);
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    s->conns_len++;
    net_h1_open(c);
    c->watch = loop_fd_open(s->loop, fd, on_event, c);
    net_conn_enter(c);
    net_conn_leave(c);
}
