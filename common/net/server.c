/* net/server - listening sockets and the set of connections; what a connection does is conn.c's and h1.c's.
 */
#include "net/server.h"

#include "base/vec.h"
#include "net/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, ACCEPTS_A_TURN = 64, PAUSE_MS = 100 };

struct listener {
    struct net_server *server;
    int fd;
    struct loop_fd *watch;
    struct loop_timer resume; /* after the process ran out of descriptors */
    char *unlink;             /* the path of a unix socket */
};

static void set_default(size_t *value, size_t dflt)
{
    if (!*value)
        *value = dflt;
}

static void set_default_ms(int64_t *value, int64_t dflt)
{
    if (!*value)
        *value = dflt;
}

struct net_server *net_server_new(struct loop *l, const struct net_server_options *options)
{
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes with write(2) */
    struct net_server *s = mem_zalloc(sizeof(*s));
    s->loop = l;
    s->options = *options;
    set_default(&s->options.header_bytes, 32768);
    set_default(&s->options.connections, 10000);
    set_default(&s->options.output_bytes, 1 << 20);
    set_default_ms(&s->options.header_ms, 10000);
    set_default_ms(&s->options.body_ms, 30000);
    set_default_ms(&s->options.idle_ms, 120000);
    set_default_ms(&s->options.write_ms, 30000);
    net_tls_ref(s->options.tls);
    return s;
}

void net_server_set_tls(struct net_server *s, struct net_tls *tls)
{
    net_tls_ref(tls);
    net_tls_unref(s->options.tls);
    s->options.tls = tls;
}

size_t net_server_connections(const struct net_server *s)
{
    return s->conns_len;
}

/* --- accepting --- */

static void peer_text(const struct sockaddr_storage *addr, char *out, size_t size)
{
    char ip[INET6_ADDRSTRLEN] = "";
    if (addr->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)addr;
        inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip));
        snprintf(out, size, "%s:%d", ip, ntohs(in->sin_port));
    } else if (addr->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)addr;
        inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip));
        snprintf(out, size, "[%s]:%d", ip, ntohs(in6->sin6_port));
    } else {
        snprintf(out, size, "unix");
    }
}

static void on_resume(struct loop_timer *t)
{
    loop_fd_want(CONTAINER(t, struct listener, resume)->watch, LOOP_READ);
}

static void on_accept(void *arg, int events)
{
    (void)events;
    struct listener *ln = arg;
    struct net_server *s = ln->server;
    for (int i = 0; i < ACCEPTS_A_TURN && ln->fd >= 0; i++) {
        struct sockaddr_storage addr = {0};
        socklen_t len = sizeof(addr);
        int fd = accept4(ln->fd, (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            /* The peer stays in the queue: trying again at once would spin. */
            loop_fd_want(ln->watch, 0);
            loop_timer_set(s->loop, &ln->resume, PAUSE_MS, on_resume);
            return;
        }
        if (fd < 0)
            return;
        if (s->conns_len >= s->options.connections) {
            close(fd);
            continue;
        }
        int one = 1;
        bool local = addr.ss_family == AF_UNIX;
        if (!local)
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        char peer[64];
        peer_text(&addr, peer, sizeof(peer));
        net_conn_open(s, fd, peer, local);
    }
}

static void listener_add(struct net_server *s, int fd, const char *unlink_path)
{
    struct listener *ln = mem_zalloc(sizeof(*ln));
    ln->server = s;
    ln->fd = fd;
    ln->unlink = unlink_path ? mem_strdup(unlink_path) : NULL;
    ln->watch = loop_fd_open(s->loop, fd, on_accept, ln);
    loop_fd_want(ln->watch, LOOP_READ);
    vec_push(&s->listeners, ln);
}

/* --- listening --- */

static struct err *listen_unix(struct net_server *s, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path))
        return err_new(ERR_INVALID, "the socket path '%s' is longer than %zu bytes", path,
                       sizeof(addr.sun_path) - 1);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t old = umask(0177);
    int rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&addr, sizeof(addr));
    int why = errno;
    umask(old);
    if (rc == 0 && listen(fd, BACKLOG) == 0) {
        listener_add(s, fd, path);
        return NULL;
    }
    why = rc == 0 ? errno : why;
    if (fd >= 0)
        close(fd);
    return err_errno(why, "listening on unix:%s", path);
}

static int bound_port(int fd)
{
    struct sockaddr_storage addr = {0};
    socklen_t len = sizeof(addr);
    getsockname(fd, (struct sockaddr *)&addr, &len);
    return ntohs(addr.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&addr)->sin6_port
                                            : ((struct sockaddr_in *)&addr)->sin_port);
}

static int bind_address(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1, zero = 0;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (ai->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static struct err *listen_tcp(struct net_server *s, const char *address, int *port)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("net_listen");
    const char *colon = strrchr(address, ':');
    if (!colon)
        return err_new(ERR_INVALID, "'%s' is no address to listen on: want HOST:PORT or unix:PATH", address);
    const char *host = arena_strndup(a, address, (size_t)(colon - address));
    size_t len = strlen(host);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']')
        host = arena_strndup(a, host + 1, len - 2);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int rc = getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found);
    if (rc)
        return err_new(ERR_INVALID, "cannot listen on '%s': %s", address, gai_strerror(rc));
    /* ":8080": the IPv6 socket takes IPv4 too, where there is IPv6. */
    const struct addrinfo *ai = found;
    for (const struct addrinfo *it = found; !*host && it; it = it->ai_next)
        if (it->ai_family == AF_INET6)
            ai = it;
    int fd = bind_address(ai);
    for (ai = found; fd < 0 && ai; ai = ai->ai_next)
        fd = bind_address(ai);
    int why = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return err_errno(why, "listening on %s", address);
    listener_add(s, fd, NULL);
    if (port)
        *port = bound_port(fd);
    return NULL;
}

struct err *net_server_listen(struct net_server *s, const char *address, int *port)
{
    if (starts_with(address, "unix:"))
        return listen_unix(s, address + 5);
    return listen_tcp(s, address, port);
}

/* --- the end --- */

static void stop_listening(struct net_server *s)
{
    vec_each (it, &s->listeners) {
        struct listener *ln = *it;
        loop_timer_stop(s->loop, &ln->resume);
        loop_fd_close(ln->watch);
        close(ln->fd);
        if (ln->unlink)
            unlink(ln->unlink);
        free(ln->unlink);
        free(ln);
    }
    vec_release(&s->listeners);
}

static void tell_drained(void *arg)
{
    struct net_server *s = arg;
    void (*drained)(void *) = s->drained;
    s->drained = NULL;
    if (drained)
        drained(s->drained_arg);
}

void net_server_forget(struct net_server *s, struct net_conn *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    s->conns_len--;
    if (s->draining && !s->conns && s->drained)
        loop_post(s->loop, tell_drained, s);
}

void net_server_drain(struct net_server *s, void (*done)(void *arg), void *arg)
{
    s->draining = true;
    s->drained = done;
    s->drained_arg = arg;
    stop_listening(s);
    for (struct net_conn *c = s->conns, *next; c; c = next) {
        next = c->next;
        if (c->req || c->stage != STAGE_OPEN)
            continue;
        net_conn_enter(c);
        c->closing = true;
        net_conn_leave(c);
    }
    if (!s->conns)
        loop_post(s->loop, tell_drained, s);
}

void net_server_free(struct net_server *s)
{
    if (!s)
        return;
    s->drained = NULL;
    stop_listening(s);
    while (s->conns) {
        struct net_conn *c = s->conns;
        net_conn_enter(c);
        net_conn_kill(c);
        net_conn_leave(c);
    }
    loop_post_forget(s->loop, s);
    net_tls_unref(s->options.tls);
    free(s);
}
