/* cache/link - the one connection: resolved, connected, greeted (AUTH, SELECT, PING), lost, and made anew.
 *
 * Invariant: the socket exists in the states CONNECTING, GREETING and UP only, and answers come in the order
 * of commands. */
#include "cache/private.h"

#include "base/backoff.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OUT_KEPT = 1 << 20, READ_PIECE = 64 * 1024, READS_A_TURN = 16, REPLY_MAX = SEALED_MAX + READ_PIECE };

static void try_next_address(struct cache *c);

/* --- answers, as hiredis reads them --- */

static struct reply *reply_new(int type, const char *bytes, size_t len)
{
    struct reply *r = mem_alloc(sizeof(*r) + len + 1);
    r->type = type;
    r->len = len;
    if (len)
        memcpy(r->at, bytes, len);
    r->at[len] = '\0';
    return r;
}

static void *create_string(const redisReadTask *task, char *bytes, size_t len)
{
    return reply_new(task->type, bytes, len);
}

static void *create_array(const redisReadTask *task, int elements)
{
    (void)task, (void)elements;
    return NULL; /* hiredis gives the connection up */
}

static void *create_integer(const redisReadTask *task, long long value)
{
    (void)value;
    return reply_new(task->type, NULL, 0);
}

static void *create_nil(const redisReadTask *task)
{
    (void)task; /* its type is that of what is absent */
    return reply_new(REDIS_REPLY_NIL, NULL, 0);
}

static redisReplyObjectFunctions reply_functions = {create_string, create_array, create_integer, create_nil,
                                                    free};

/* --- the end of a connection --- */

static void disconnect(struct link *k)
{
    loop_fd_close(k->watch);
    k->watch = NULL;
    if (k->fd >= 0)
        close(k->fd);
    k->fd = -1;
    if (k->reader)
        redisReaderFree(k->reader);
    k->reader = NULL;
    if (k->out.at)
        secret_wipe(k->out.at, k->out.len);
    str_release(&k->out);
    k->sent = 0;
}

static void link_begin(struct cache *c);

static void on_backoff(struct loop_timer *t)
{
    link_begin(CONTAINER(t, struct cache, link.timer));
}

void link_fail(struct cache *c, struct err *e)
{
    static const struct backoff backoff = {.base_ms = 250, .cap_ms = 10000, .factor = 2, .jitter = 0.2};
    struct link *k = &c->link;
    disconnect(k);
    k->state = LINK_OFF;
    err_free(k->why);
    k->why = e;
    loop_timer_set(c->loop, &k->timer, backoff_ms(&backoff, ++k->failures, c->o.random), on_backoff);
    CLEANUP(err_freep) struct err *why = err_copy(e);
    calls_fail(c, why);
    if (c->o.changed)
        c->o.changed(c->o.arg, false, why);
}

static void on_limit(struct loop_timer *t)
{
    struct cache *c = CONTAINER(t, struct cache, link.timer);
    link_fail(c, err_new(ERR_UNAVAILABLE, "Redis at %s: no connection within %lld ms", c->address,
                         (long long)c->o.connect_ms));
}

/* --- bytes out and in --- */

/* False when the connection is gone. */
static bool flush(struct cache *c)
{
    struct link *k = &c->link;
    while (k->sent < k->out.len) {
        ssize_t n = send(k->fd, k->out.at + k->sent, k->out.len - k->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0) {
            link_fail(c, err_errno(errno, "writing to Redis at %s", c->address));
            return false;
        }
        k->sent += (size_t)n;
    }
    if (k->sent == k->out.len && k->sent) {
        if (k->state == LINK_GREETING)
            secret_wipe(k->out.at, k->out.len);
        if (k->out.cap > OUT_KEPT)
            str_release(&k->out);
        else
            str_clear(&k->out);
        k->sent = 0;
    }
    loop_fd_want(k->watch, LOOP_READ | (k->out.len ? LOOP_WRITE : 0));
    return true;
}

void link_send(struct cache *c, const char *bytes, size_t len)
{
    struct link *k = &c->link;
    if (k->sent > k->out.len / 2 && k->sent > READ_PIECE) {
        memmove(k->out.at, k->out.at + k->sent, k->out.len - k->sent);
        k->out.len -= k->sent;
        k->sent = 0;
    }
    str_add_n(&k->out, bytes, len);
    /* Written on the loop's next turn: many commands of one turn go out together, and no callback runs in
     * here. */
    loop_fd_want(k->watch, LOOP_READ | LOOP_WRITE);
}

static void greeted(struct cache *c, struct reply *reply)
{
    struct link *k = &c->link;
    if (reply->type == REDIS_REPLY_ERROR) {
        link_fail(c, calls_refusal(c, reply));
    } else if (--k->greetings == 0) {
        loop_timer_stop(c->loop, &k->timer);
        k->state = LINK_UP;
        k->failures = 0;
        calls_flush(c);
        if (c->o.changed)
            c->o.changed(c->o.arg, true, NULL);
    }
}

/* Hands out the answers that are whole; false when the connection is gone. */
static bool take_replies(struct cache *c)
{
    struct link *k = &c->link;
    for (;;) {
        void *got = NULL;
        if (redisReaderGetReply(k->reader, &got) != REDIS_OK || k->reader->len - k->reader->pos > REPLY_MAX) {
            free(got);
            link_fail(
                c, err_new(ERR_UNAVAILABLE, "what listens at %s does not answer as Redis does", c->address));
            return false;
        }
        struct reply *reply = got;
        if (!reply)
            return true;
        bool ok = true;
        if (k->state == LINK_GREETING)
            greeted(c, reply);
        else
            ok = calls_answer(c, reply);
        free(reply);
        if (!ok)
            link_fail(c, err_new(ERR_UNAVAILABLE, "Redis at %s answered what nobody had asked", c->address));
        if (k->fd < 0)
            return false;
    }
}

static void read_some(struct cache *c)
{
    struct link *k = &c->link;
    char piece[READ_PIECE];
    for (int i = 0; i < READS_A_TURN; i++) {
        ssize_t n = recv(k->fd, piece, sizeof(piece), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            link_fail(c, n < 0 ? err_errno(errno, "reading from Redis at %s", c->address)
                               : err_new(ERR_UNAVAILABLE, "Redis at %s closed the connection", c->address));
            return;
        }
        redisReaderFeed(k->reader, piece, (size_t)n);
        if (!take_replies(c) || n < (ssize_t)sizeof(piece))
            return;
    }
}

/* --- the beginning of a connection --- */

static void say(struct cache *c, int argc, const char **argv)
{
    char *command = NULL;
    int len = redisFormatCommandArgv(&command, argc, argv, NULL);
    if (len < 0)
        panic("a greeting of %d words", argc);
    str_add_n(&c->link.out, command, (size_t)len);
    secret_wipe(command, (size_t)len);
    redisFreeCommand(command);
    c->link.greetings++;
}

static void greet(struct cache *c)
{
    struct link *k = &c->link;
    k->state = LINK_GREETING;
    k->greetings = 0;
    k->reader = redisReaderCreateWithFunctions(&reply_functions);
    if (!k->reader)
        panic("out of memory");
    const char *password = secret_text(c->o.password);
    if (c->o.password && *c->user)
        say(c, 3, (const char *[]){"AUTH", c->user, password});
    else if (c->o.password)
        say(c, 2, (const char *[]){"AUTH", password});
    if (c->o.db) {
        char db[16];
        snprintf(db, sizeof(db), "%d", c->o.db);
        say(c, 2, (const char *[]){"SELECT", db});
    }
    say(c, 1, (const char *[]){"PING"});
    flush(c);
}

static void on_socket(void *arg, int events)
{
    struct cache *c = arg;
    struct link *k = &c->link;
    if (k->state == LINK_CONNECTING) {
        int problem = 0;
        socklen_t len = sizeof(problem);
        if (getsockopt(k->fd, SOL_SOCKET, SO_ERROR, &problem, &len) < 0)
            problem = errno;
        if (problem) {
            errno = problem;
            try_next_address(c);
        } else {
            greet(c);
        }
        return;
    }
    if ((events & LOOP_WRITE) && !flush(c))
        return;
    if (events & LOOP_READ)
        read_some(c);
}

/* After a failed try errno says why. */
static void try_next_address(struct cache *c)
{
    struct link *k = &c->link;
    int problem = errno;
    disconnect(k);
    while (k->next_address < k->addresses_len) {
        const struct address *to = &k->addresses[k->next_address++];
        k->fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (k->fd >= 0 &&
            (connect(k->fd, (const struct sockaddr *)&to->at, to->len) == 0 || errno == EINPROGRESS)) {
            int on = 1;
            if (to->at.ss_family != AF_UNIX) {
                setsockopt(k->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
                setsockopt(k->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
            }
            k->state = LINK_CONNECTING;
            k->watch = loop_fd_open(c->loop, k->fd, on_socket, c);
            loop_fd_want(k->watch, LOOP_WRITE);
            return;
        }
        problem = errno;
        disconnect(k);
    }
    struct err *e = err_errno(problem, "connecting to Redis at %s", c->address);
    e->code = ERR_UNAVAILABLE;
    link_fail(c, e);
}

static int look_up(const struct link *k, int flags, struct address *out, int *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV}, *found = NULL;
    int n = 0;
    *error = getaddrinfo(k->host, k->port, &hints, &found);
    if (*error)
        return 0;
    for (const struct addrinfo *i = found; i && n < 8; i = i->ai_next) {
        memcpy(&out[n].at, i->ai_addr, i->ai_addrlen);
        out[n++].len = i->ai_addrlen;
    }
    freeaddrinfo(found);
    return n;
}

static void resolve(struct work_job *job, void *state)
{
    (void)state;
    struct link *k = CONTAINER(job, struct link, job);
    k->found_len = look_up(k, AI_ADDRCONFIG, k->found, &k->resolve_error);
}

static void on_resolved(struct work_job *job)
{
    struct cache *c = CONTAINER(job, struct cache, link.job);
    struct link *k = &c->link;
    k->job_busy = false;
    if (k->state != LINK_RESOLVING)
        return; /* the try was given up meanwhile */
    if (!k->found_len) {
        link_fail(c, err_new(ERR_UNAVAILABLE, "the host of Redis at %s cannot be resolved: %s", c->address,
                             gai_strerror(k->resolve_error)));
        return;
    }
    memcpy(k->addresses, k->found, sizeof(k->found));
    k->addresses_len = (size_t)k->found_len;
    try_next_address(c);
}

static void begin_resolving(struct cache *c)
{
    struct link *k = &c->link;
    k->state = LINK_RESOLVING;
    if (k->job_busy)
        return; /* the last try's goes on, and serves this one */
    if (!k->resolver)
        k->resolver =
            work_new(c->loop, &(struct work_options){.name = "redis-dns", .threads = 1, .queue = 1});
    k->job = (struct work_job){.run = resolve, .done = on_resolved};
    k->job_busy = true;
    struct err *e = work_submit(k->resolver, &k->job);
    if (e) {
        k->job_busy = false;
        link_fail(c, e);
    }
}

static void link_begin(struct cache *c)
{
    struct link *k = &c->link;
    int error;
    loop_timer_set(c->loop, &k->timer, c->o.connect_ms, on_limit);
    k->next_address = 0;
    if (k->path) {
        struct sockaddr_un *un = (struct sockaddr_un *)&k->addresses[0].at;
        *un = (struct sockaddr_un){.sun_family = AF_UNIX};
        memcpy(un->sun_path, k->path, strlen(k->path) + 1);
        k->addresses[0].len = sizeof(*un);
        k->addresses_len = 1;
    } else {
        k->addresses_len = (size_t)look_up(k, AI_NUMERICHOST, k->addresses, &error);
    }
    if (k->addresses_len)
        try_next_address(c);
    else
        begin_resolving(c);
}

static struct err *parse_address(struct link *k, const char *at)
{
    const char *colon = strrchr(at, ':');
    if (starts_with(at, "unix:")) {
        k->path = mem_strdup(at + 5);
        if (!*k->path || strlen(k->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
            return err_new(ERR_INVALID, "'%s': the path of a unix socket has 1 to 107 bytes", at);
        return NULL;
    }
    int64_t port = 0;
    if (!colon || colon == at || !span_int(span_of(colon + 1), &port) || port < 1 || port > 65535)
        return err_new(ERR_INVALID, "'%s' is no address of Redis: want HOST:PORT or unix:/path", at);
    bool bracket = *at == '[' && colon[-1] == ']';
    k->host = mem_strndup(at + bracket, (size_t)(colon - at) - 2 * bracket);
    k->port = mem_strdup(colon + 1);
    return NULL;
}

static void forget_address(struct link *k)
{
    free(k->host);
    free(k->port);
    free(k->path);
}

struct err *cache_address_check(const char *address)
{
    struct link k = {0};
    struct err *e = parse_address(&k, address);
    forget_address(&k);
    return e;
}

struct err *link_open(struct cache *c)
{
    struct link *k = &c->link;
    k->fd = -1;
    TRY(parse_address(k, c->address));
    k->state = LINK_CONNECTING; /* calls wait for the first try */
    loop_timer_set(c->loop, &k->timer, 0, on_backoff);
    return NULL;
}

void link_close(struct cache *c)
{
    struct link *k = &c->link;
    loop_timer_stop(c->loop, &k->timer);
    disconnect(k);
    k->state = LINK_OFF;
    if (k->resolver)
        work_free(k->resolver);
    forget_address(k);
    err_free(k->why);
}
