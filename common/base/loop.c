/* base/loop - one turn is: due timers, posted calls, hooks, then one poll by libuv.
 *
 * libuv owns readiness, signals and wake-ups; time is ours, since libuv's timers cannot be told what time it
 * is. Its one timer here only ends a wait when the heap's first timer is due. Every callback that libuv makes
 * passes through wake(), which refreshes the cached time and counts: a fake run jumps the clock only after a
 * turn in which nothing was counted. Nothing that keeps the loop alive is left to libuv's reference counts:
 * `alive` reads our own. */
#include "base/loop.h"

#include "base/vec.h"

#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <uv.h>

struct posted {
    void (*fn)(void *);
    void *arg;
};

struct child {
    pid_t pid;
    void (*fn)(void *arg, int status);
    void *arg;
};

struct watched_signal {
    uv_signal_t uv;
    struct loop *loop;
    void (*fn)(void *arg, int signum);
    void *arg;
    int signum;
};

struct loop_fd {
    uv_poll_t uv;
    struct loop *loop;
    void (*fn)(void *arg, int events);
    void *arg;
    int events; /* what libuv was asked for */
    bool closed;
};

struct loop_hook {
    bool (*fn)(void *arg);
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_async_t bell;     /* another thread rings it */
    uv_timer_t alarm;    /* ends a wait when a timer is due */
    uv_signal_t sigchld; /* started with the first child */
    const struct clock *clock;
    int64_t now_ms;
    bool stopped;
    uint64_t wakes; /* events delivered since the start */
    uint64_t order;
    size_t watching; /* fds with something wanted */
    size_t holds;
    VEC(struct loop_timer *) timers; /* a heap by (due_ms, order) */
    VEC(struct loop_hook *) hooks;
    VEC(struct child) children;
    VEC(struct watched_signal *) signals;
    bool check_children;
    pthread_mutex_t lock; /* guards the next two */
    VEC(struct posted) posts;
    size_t posts_taken; /* of the front; cleared when all are */
};

static void must(int rc, const char *what)
{
    if (rc < 0)
        panic("%s: %s", what, uv_strerror(rc));
}

static void wake(struct loop *l)
{
    l->now_ms = clock_mono_ms(l->clock);
    l->wakes++;
}

static void on_bell(uv_async_t *bell)
{
    wake(bell->data);
}

static void on_alarm(uv_timer_t *alarm)
{
    struct loop *l = alarm->data;
    l->now_ms = clock_mono_ms(l->clock);
    uv_stop(
        &l->uv); /* libuv runs timers before it polls: due by then, it must not wait as if there were none */
}

struct loop *loop_new(const struct clock *clock)
{
    struct loop *l = mem_zalloc(sizeof(*l));
    l->clock = clock ? clock : &clock_system;
    l->now_ms = clock_mono_ms(l->clock);
    must(uv_loop_init(&l->uv), "uv_loop_init");
    must(uv_async_init(&l->uv, &l->bell, on_bell), "uv_async_init");
    must(uv_timer_init(&l->uv, &l->alarm), "uv_timer_init");
    must(uv_signal_init(&l->uv, &l->sigchld), "uv_signal_init");
    l->bell.data = l->alarm.data = l->sigchld.data = l;
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

static void free_signal(uv_handle_t *h)
{
    free(CONTAINER(h, struct watched_signal, uv));
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    if (l->watching)
        panic("loop_free: %zu file descriptors are still watched", l->watching);
    uv_close((uv_handle_t *)&l->bell, NULL);
    uv_close((uv_handle_t *)&l->alarm, NULL);
    uv_close((uv_handle_t *)&l->sigchld, NULL);
    vec_each (s, &l->signals)
        uv_close((uv_handle_t *)&(*s)->uv, free_signal);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    must(uv_loop_close(&l->uv), "loop_free: a watch was not closed");
    vec_each (t, &l->timers)
        (*t)->place = 0;
    vec_each (h, &l->hooks)
        free(*h);
    vec_release(&l->timers);
    vec_release(&l->hooks);
    vec_release(&l->children);
    vec_release(&l->signals);
    vec_release(&l->posts);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void loop_freep(struct loop **l)
{
    loop_free(*l);
    *l = NULL;
}

const struct clock *loop_clock(const struct loop *l)
{
    return l->clock;
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}

/* --- the timer heap --- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct loop *l, size_t i, struct loop_timer *t)
{
    l->timers.at[i] = t;
    t->place = i + 1;
}

static void sift_up(struct loop *l, size_t i)
{
    struct loop_timer *t = l->timers.at[i];
    for (; i > 0 && before(t, l->timers.at[(i - 1) / 2]); i = (i - 1) / 2)
        place(l, i, l->timers.at[(i - 1) / 2]);
    place(l, i, t);
}

static void sift_down(struct loop *l, size_t i)
{
    struct loop_timer *t = l->timers.at[i];
    for (;;) {
        size_t kid = 2 * i + 1;
        if (kid >= l->timers.len)
            break;
        if (kid + 1 < l->timers.len && before(l->timers.at[kid + 1], l->timers.at[kid]))
            kid++;
        if (!before(l->timers.at[kid], t))
            break;
        place(l, i, l->timers.at[kid]);
        i = kid;
    }
    place(l, i, t);
}

void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_ms, void (*fn)(struct loop_timer *))
{
    loop_timer_stop(l, t);
    int64_t now = clock_mono_ms(l->clock);
    t->fn = fn;
    t->due_ms = delay_ms > INT64_MAX - now ? INT64_MAX : now + MAX(delay_ms, (int64_t)0);
    t->order = ++l->order;
    vec_push(&l->timers, t);
    sift_up(l, l->timers.len - 1);
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
    if (!t->place)
        return;
    size_t i = t->place - 1;
    t->place = 0;
    struct loop_timer *last = vec_pop(&l->timers);
    if (last == t)
        return;
    place(l, i, last);
    sift_up(l, i);
    sift_down(l, last->place - 1);
}

/* Those due now; one that a callback sets waits for the next turn, so that fds get their turn. */
static void run_timers(struct loop *l)
{
    l->now_ms = clock_mono_ms(l->clock);
    int64_t now = l->now_ms;
    uint64_t last = l->order;
    while (l->timers.len && !l->stopped) {
        struct loop_timer *t = l->timers.at[0];
        if (t->due_ms > now || t->order > last)
            return;
        loop_timer_stop(l, t);
        l->wakes++;
        t->fn(t);
    }
}

/* --- file descriptors --- */

static void on_poll(uv_poll_t *uv, int status, int events)
{
    struct loop_fd *f = CONTAINER(uv, struct loop_fd, uv);
    wake(f->loop);
    int seen = (events & UV_READABLE ? LOOP_READ : 0) | (events & UV_WRITABLE ? LOOP_WRITE : 0);
    if (status < 0) { /* libuv has stopped it */
        loop_fd_want(f, 0);
        seen = LOOP_READ | LOOP_WRITE;
    }
    f->fn(f->arg, seen);
}

struct loop_fd *loop_fd_open(struct loop *l, int fd, void (*fn)(void *arg, int events), void *arg)
{
    struct loop_fd *f = mem_zalloc(sizeof(*f));
    f->loop = l;
    f->fn = fn;
    f->arg = arg;
    must(uv_poll_init(&l->uv, &f->uv, fd), "loop_fd_open");
    return f;
}

void loop_fd_want(struct loop_fd *f, int events)
{
    if (f->closed || events == f->events)
        return;
    f->loop->watching += (events != 0);
    f->loop->watching -= (f->events != 0);
    f->events = events;
    if (events)
        must(uv_poll_start(&f->uv,
                           (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0),
                           on_poll),
             "loop_fd_want");
    else
        uv_poll_stop(&f->uv);
}

static void free_fd(uv_handle_t *h)
{
    free(CONTAINER(h, struct loop_fd, uv));
}

void loop_fd_close(struct loop_fd *f)
{
    if (!f || f->closed)
        return;
    loop_fd_want(f, 0);
    f->closed = true;
    uv_close((uv_handle_t *)&f->uv, free_fd);
}

/* --- hooks --- */

struct loop_hook *loop_hook_open(struct loop *l, bool (*fn)(void *arg), void *arg)
{
    struct loop_hook *h = mem_zalloc(sizeof(*h));
    *h = (struct loop_hook){fn, arg};
    vec_push(&l->hooks, h);
    return h;
}

/* Closing marks; the sweep is run_hooks', so that a hook may close itself or another. */
void loop_hook_close(struct loop_hook *h)
{
    if (h)
        h->fn = NULL;
}

static bool run_hooks(struct loop *l)
{
    bool again = false;
    for (size_t i = 0; i < l->hooks.len;) {
        struct loop_hook *h = l->hooks.at[i];
        if (h->fn && h->fn(h->arg))
            again = true;
        if (h->fn) {
            i++;
            continue;
        }
        free(h);
        vec_remove(&l->hooks, i);
    }
    return again;
}

/* --- from other threads --- */

void loop_post(struct loop *l, void (*fn)(void *), void *arg)
{
    pthread_mutex_lock(&l->lock);
    vec_push(&l->posts, (struct posted){fn, arg});
    pthread_mutex_unlock(&l->lock);
    uv_async_send(&l->bell);
}

void loop_post_forget(struct loop *l, const void *arg)
{
    pthread_mutex_lock(&l->lock);
    size_t kept = l->posts_taken;
    for (size_t i = kept; i < l->posts.len; i++)
        if (l->posts.at[i].arg != arg)
            l->posts.at[kept++] = l->posts.at[i];
    l->posts.len = kept;
    pthread_mutex_unlock(&l->lock);
}

static bool take_post(struct loop *l, struct posted *out)
{
    pthread_mutex_lock(&l->lock);
    bool some = l->posts_taken < l->posts.len;
    if (some)
        *out = l->posts.at[l->posts_taken++];
    if (l->posts_taken == l->posts.len)
        l->posts_taken = l->posts.len = 0;
    pthread_mutex_unlock(&l->lock);
    return some;
}

static size_t posts_waiting(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->posts.len - l->posts_taken;
    pthread_mutex_unlock(&l->lock);
    return n;
}

/* One at a time, since each may forget others; as many as there were, so that posting in a post does not
 * starve fds. */
static void run_posts(struct loop *l)
{
    struct posted p;
    for (size_t n = posts_waiting(l); n > 0 && !l->stopped && take_post(l, &p); n--) {
        wake(l);
        p.fn(p.arg);
    }
}

void loop_hold(struct loop *l)
{
    l->holds++;
}

void loop_release(struct loop *l)
{
    if (!l->holds--)
        panic("loop_release without loop_hold");
}

/* --- signals and children --- */

static void on_signal(uv_signal_t *uv, int signum)
{
    struct watched_signal *s = CONTAINER(uv, struct watched_signal, uv);
    wake(s->loop);
    s->fn(s->arg, signum);
}

void loop_signal(struct loop *l, int signum, void (*fn)(void *arg, int signum), void *arg)
{
    vec_each (it, &l->signals)
        if ((*it)->signum == signum) {
            (*it)->fn = fn;
            (*it)->arg = arg;
            return;
        }
    struct watched_signal *s = mem_zalloc(sizeof(*s));
    s->loop = l;
    s->fn = fn;
    s->arg = arg;
    s->signum = signum;
    must(uv_signal_init(&l->uv, &s->uv), "uv_signal_init");
    must(uv_signal_start(&s->uv, on_signal, signum), "loop_signal");
    vec_push(&l->signals, s);
}

static void on_sigchld(uv_signal_t *uv, int signum)
{
    (void)signum;
    struct loop *l = uv->data;
    wake(l);
    l->check_children = true;
}

static void reap_children(struct loop *l)
{
    l->check_children = false;
    for (size_t i = 0; i < l->children.len;) {
        struct child c = l->children.at[i];
        int status = 0;
        pid_t pid = waitpid(c.pid, &status, WNOHANG);
        if (pid == 0) {
            i++;
            continue;
        }
        vec_swap_out(&l->children, i);
        wake(l);
        c.fn(c.arg, status);
        i = 0; /* the callback may have added some */
    }
}

void loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, int status), void *arg)
{
    if (!uv_is_active((uv_handle_t *)&l->sigchld))
        must(uv_signal_start(&l->sigchld, on_sigchld, SIGCHLD), "loop_child");
    vec_push(&l->children, (struct child){pid, fn, arg});
    l->check_children = true; /* it may have ended before we listened */
}

/* --- running --- */

static bool alive(struct loop *l)
{
    return l->watching || l->timers.len || l->holds || l->children.len || posts_waiting(l);
}

static void arm_alarm(struct loop *l)
{
    if (!l->timers.len) {
        uv_timer_stop(&l->alarm);
        return;
    }
    uv_update_time(&l->uv);
    int64_t left = l->timers.at[0]->due_ms - clock_mono_ms(l->clock);
    uv_timer_start(&l->alarm, on_alarm, (uint64_t)MAX(left, (int64_t)0), 0);
}

/* All but the poll; says whether a wait would be wrong. */
static bool run_ready(struct loop *l)
{
    run_timers(l);
    run_posts(l);
    if (l->check_children)
        reap_children(l);
    bool again = run_hooks(l);
    return again || l->stopped || l->check_children || posts_waiting(l) || !alive(l);
}

bool loop_run_once(struct loop *l)
{
    l->stopped = false;
    run_ready(l);
    uv_run(&l->uv, UV_RUN_NOWAIT);
    return alive(l);
}

void loop_run(struct loop *l)
{
    l->stopped = false;
    while (!l->stopped && alive(l)) {
        bool busy = run_ready(l);
        arm_alarm(l);
        uv_run(&l->uv, busy ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    }
}

/* What goes over loopback arrives at once, but not always within the system call that sent it. */
enum { FAKE_SETTLE_MS = 1 };

static bool something_is_ready(struct loop *l)
{
    struct pollfd p = {.fd = uv_backend_fd(&l->uv), .events = POLLIN};
    return poll(&p, 1, FAKE_SETTLE_MS) > 0;
}

void loop_run_fake(struct loop *l, struct clock_fake *fake)
{
    if (l->clock != &fake->clock)
        panic("loop_run_fake: the loop was made with another clock");
    l->stopped = false;
    uv_timer_stop(&l->alarm);
    while (!l->stopped && alive(l)) {
        uint64_t wakes = l->wakes;
        bool busy = run_ready(l);
        uv_run(&l->uv, UV_RUN_NOWAIT);
        if (busy || l->wakes != wakes || something_is_ready(l))
            continue;
        if (l->timers.len && !l->holds && !l->children.len)
            clock_fake_advance(fake, MAX(l->timers.at[0]->due_ms - fake->mono_ms, (int64_t)0));
        else
            uv_run(&l->uv, UV_RUN_ONCE);
    }
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
    uv_async_send(&l->bell);
}
