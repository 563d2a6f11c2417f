/* net/client - curl_multi_socket_action under our loop.
 *
 * curl forbids calls on a multi handle from its own callbacks, so while `inside` is not zero, starts and
 * cancels are only noted; leave() does them. curl's timer is a timerfd and not the loop's clock: curl keeps
 * real time, and a test that jumps its fake clock would otherwise have curl asked about a future that has not
 * come. Our own time-outs are the loop's. */
#include "net/easy.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    SOON_MS = 250
}; /* the longest that curl waits for an IPv6 connection before it tries IPv4 too is 200 */

struct net_transfer {
    struct net_easy easy;
    struct net_client *client;
    struct loop_timer total, idle, resume;
    bool added, cancelled;
    struct err *impossible; /* the request cannot be made: told from the loop */
    struct net_transfer *prev, *next;
};

struct net_client {
    struct loop *loop;
    CURLM *multi;
    const char *user_agent;
    int timer_fd;
    struct loop_fd *timer;
    struct net_transfer *transfers;
    int inside;
    bool to_start, to_cancel, soon;
};

static void finish(struct net_transfer *t, struct err *e);
static void run_curl(struct net_client *c, curl_socket_t fd, int events);

/* --- curl's wishes --- */

struct watch {
    struct net_client *client;
    struct loop_fd *fd;
    curl_socket_t socket;
};

static void on_fd(void *arg, int events)
{
    struct watch *w = arg;
    run_curl(w->client, w->socket,
             (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    (void)easy;
    struct net_client *c = arg;
    struct watch *w = socket_arg;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            loop_fd_close(w->fd);
        free(w);
        return 0;
    }
    if (!w) {
        w = mem_zalloc(sizeof(*w));
        *w = (struct watch){c, NULL, fd};
        w->fd = loop_fd_open(c->loop, fd, on_fd, w);
        curl_multi_assign(c->multi, fd, w);
    }
    loop_fd_want(w->fd, (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0));
    return 0;
}

/* Curl is about to act: a fake clock must not jump over it. */
static void set_soon(struct net_client *c, bool soon)
{
    if (soon && !c->soon)
        loop_hold(c->loop);
    else if (!soon && c->soon)
        loop_release(c->loop);
    c->soon = soon;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    struct net_client *c = arg;
    set_soon(c, ms >= 0 && ms <= SOON_MS);
    struct itimerspec when = {0};
    if (ms >= 0)
        when.it_value = (struct timespec){ms / 1000, ms % 1000 * 1000000 + (ms == 0)};
    timerfd_settime(c->timer_fd, 0, &when, NULL);
    loop_fd_want(c->timer, ms >= 0 ? LOOP_READ : 0);
    return 0;
}

static void on_timer_fd(void *arg, int events)
{
    (void)events;
    struct net_client *c = arg;
    uint64_t n;
    if (read(c->timer_fd, &n, sizeof(n)) != sizeof(n))
        return;
    loop_fd_want(c->timer, 0);
    set_soon(c, false);
    run_curl(c, CURL_SOCKET_TIMEOUT, 0);
}

/* --- in and out of curl --- */

static void unlink_transfer(struct net_transfer *t)
{
    if (t->prev)
        t->prev->next = t->next;
    else
        t->client->transfers = t->next;
    if (t->next)
        t->next->prev = t->prev;
}

static void destroy(struct net_transfer *t)
{
    struct net_client *c = t->client;
    loop_timer_stop(c->loop, &t->total);
    loop_timer_stop(c->loop, &t->idle);
    loop_timer_stop(c->loop, &t->resume);
    if (t->added)
        curl_multi_remove_handle(c->multi, t->easy.curl);
    net_easy_close(&t->easy);
    err_free(t->impossible);
    free(t);
}

static void add_new(struct net_client *c)
{
    c->to_start = false;
    for (struct net_transfer *t = c->transfers; t; t = t->next) {
        if (t->added || t->cancelled || t->impossible)
            continue;
        t->added = true;
        curl_multi_add_handle(c->multi, t->easy.curl);
    }
}

static void remove_cancelled(struct net_client *c)
{
    c->to_cancel = false;
    for (struct net_transfer *t = c->transfers, *next; t; t = next) {
        next = t->next;
        if (!t->cancelled)
            continue;
        unlink_transfer(t);
        destroy(t);
    }
}

static void leave(struct net_client *c)
{
    if (--c->inside)
        return;
    c->inside++; /* adding a handle makes curl call on_timer */
    if (c->to_cancel)
        remove_cancelled(c);
    if (c->to_start)
        add_new(c);
    c->inside--;
}

/* One finished transfer; handlers run outside of curl. */
static bool next_finished(struct net_client *c, struct net_transfer **out, CURLcode *code)
{
    int left;
    CURLMsg *m;
    while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct net_easy *e = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&e);
        *code = m->data.result;
        *out = CONTAINER(e, struct net_transfer, easy);
        return true;
    }
    return false;
}

static void run_curl(struct net_client *c, curl_socket_t fd, int events)
{
    int running;
    c->inside++;
    curl_multi_socket_action(c->multi, fd, events, &running);
    struct net_transfer *t;
    CURLcode code;
    while (next_finished(c, &t, &code)) {
        if (t->cancelled)
            continue;
        curl_multi_remove_handle(c->multi, t->easy.curl);
        t->added = false;
        if (code == CURLE_OK && net_easy_redirect(&t->easy)) {
            c->to_start = true;
            continue;
        }
        finish(t, net_easy_result(&t->easy, code));
    }
    leave(c);
}

/* --- transfers --- */

/* Off the list first, so that on_done may start others, or free what owned this. */
static void finish(struct net_transfer *t, struct err *e)
{
    struct net_response *r = &t->easy.response;
    r->body = (struct span){str_text(&t->easy.body), t->easy.body.len};
    unlink_transfer(t);
    struct net_client *c = t->client;
    loop_timer_stop(c->loop, &t->total);
    loop_timer_stop(c->loop, &t->idle);
    c->inside++;
    t->easy.request.on_done(t->easy.request.arg, e, t->easy.head_complete ? r : NULL);
    destroy(t);
    leave(c);
}

static void on_total(struct loop_timer *timer)
{
    struct net_transfer *t = CONTAINER(timer, struct net_transfer, total);
    t->easy.refused =
        err_new(ERR_DEADLINE, "no whole answer within %lld ms", (long long)t->easy.request.timeout_ms);
    finish(t, net_easy_result(&t->easy, CURLE_OK));
}

static void on_idle(struct loop_timer *timer)
{
    struct net_transfer *t = CONTAINER(timer, struct net_transfer, idle);
    t->easy.refused = err_new(ERR_DEADLINE, "nothing came for %lld ms", (long long)t->easy.request.idle_ms);
    finish(t, net_easy_result(&t->easy, CURLE_OK));
}

static void touch(struct net_transfer *t)
{
    if (t->easy.request.idle_ms)
        loop_timer_set(t->client->loop, &t->idle, t->easy.request.idle_ms, on_idle);
}

static void headed(struct net_easy *e)
{
    struct net_transfer *t = CONTAINER(e, struct net_transfer, easy);
    touch(t);
    if (e->request.on_head && !t->cancelled)
        e->request.on_head(e->request.arg, &e->response);
}

static size_t take(struct net_easy *e, struct span piece)
{
    struct net_transfer *t = CONTAINER(e, struct net_transfer, easy);
    struct net_request *r = &e->request;
    touch(t);
    if (t->cancelled)
        return 0;
    if (!r->on_data)
        return net_easy_collect(e, piece);
    if (r->on_data(r->arg, &e->response, piece) == NET_PAUSE) {
        loop_timer_stop(t->client->loop, &t->idle); /* it is we who are slow */
        return CURL_WRITEFUNC_PAUSE;
    }
    return t->cancelled ? 0 : piece.len;
}

static void on_impossible(struct loop_timer *timer)
{
    struct net_transfer *t = CONTAINER(timer, struct net_transfer, resume);
    struct err *e = t->impossible;
    t->impossible = NULL;
    finish(t, e);
}

struct net_transfer *net_client_start(struct net_client *c, const struct net_request *request)
{
    struct net_transfer *t = mem_zalloc(sizeof(*t));
    t->client = c;
    t->easy.take = take;
    t->easy.headed = headed;
    t->impossible = net_easy_open(&t->easy, request, c->user_agent);
    t->next = c->transfers;
    if (t->next)
        t->next->prev = t;
    c->transfers = t;
    if (t->impossible) {
        t->easy.request.on_done = request->on_done;
        t->easy.request.arg = request->arg;
        loop_timer_set(c->loop, &t->resume, 0, on_impossible);
        return t;
    }
    if (request->timeout_ms)
        loop_timer_set(c->loop, &t->total, request->timeout_ms, on_total);
    touch(t);
    c->to_start = true;
    c->inside++;
    leave(c);
    return t;
}

void net_transfer_cancel(struct net_transfer *t)
{
    if (!t || t->cancelled)
        return;
    struct net_client *c = t->client;
    t->cancelled = c->to_cancel = true;
    loop_timer_stop(c->loop, &t->total);
    loop_timer_stop(c->loop, &t->idle);
    loop_timer_stop(c->loop, &t->resume);
    c->inside++;
    leave(c);
}

static void on_resume(struct loop_timer *timer)
{
    struct net_transfer *t = CONTAINER(timer, struct net_transfer, resume);
    struct net_client *c = t->client;
    touch(t);
    c->inside++;
    curl_easy_pause(t->easy.curl, CURLPAUSE_CONT);
    leave(c);
}

void net_transfer_resume(struct net_transfer *t)
{
    if (!t->cancelled && !t->impossible)
        loop_timer_set(t->client->loop, &t->resume, 0, on_resume);
}

/* --- the client --- */

struct net_client *net_client_new(struct loop *l, const struct net_client_options *options)
{
    struct net_client *c = mem_zalloc(sizeof(*c));
    c->loop = l;
    c->user_agent = options->user_agent;
    c->multi = net_multi_new(options->connections ? options->connections : 256,
                             options->host_connections ? options->host_connections : 8);
    c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (c->timer_fd < 0)
        panic("timerfd_create failed");
    c->timer = loop_fd_open(l, c->timer_fd, on_timer_fd, c);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return c;
}

void net_client_free(struct net_client *c)
{
    if (!c)
        return;
    if (c->inside)
        panic("net_client_free from one of its own callbacks");
    for (struct net_transfer *t = c->transfers; t; t = t->next)
        t->cancelled = true;
    remove_cancelled(c);
    curl_multi_cleanup(c->multi);
    set_soon(c, false);
    loop_fd_close(c->timer);
    close(c->timer_fd);
    free(c);
}
