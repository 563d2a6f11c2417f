/* The loop: timers on a fake clock, file descriptors, posts from threads, signals, children, hooks. */
#include "base/loop.h"
#include "base/str.h"
#include "base/vec.h"
#include "lib/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    struct clock_fake clock;
    struct loop *loop;
    struct str seen;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    clock_fake_init(&f->clock, 0);
    f->loop = loop_new(&f->clock.clock);
}

static void end(struct fixture *f)
{
    loop_free(f->loop);
    str_release(&f->seen);
}

struct alarm {
    struct loop_timer timer;
    struct fixture *f;
    const char *name;
    int64_t again_ms;
    int times;
};

static void ring(struct loop_timer *t)
{
    struct alarm *a = CONTAINER(t, struct alarm, timer);
    str_printf(&a->f->seen, "%s@%" PRId64 " ", a->name, a->f->clock.mono_ms - 1000);
    if (--a->times > 0)
        loop_timer_set(a->f->loop, t, a->again_ms, ring);
}

TEST(timers_run_in_order_of_time_and_setting_without_waiting)
{
    struct fixture f;
    begin(&f);
    struct alarm a = {.f = &f, .name = "a"}, b = {.f = &f, .name = "b"}, c = {.f = &f, .name = "c"};
    struct alarm d = {.f = &f, .name = "d", .again_ms = 86400000, .times = 3};
    loop_timer_set(f.loop, &a.timer, 180000, ring);
    loop_timer_set(f.loop, &b.timer, 50, ring);
    loop_timer_set(f.loop, &c.timer, 50, ring);
    loop_timer_set(f.loop, &d.timer, 0, ring);
    loop_run_fake(f.loop, &f.clock);
    CHECK_STR(str_text(&f.seen), "d@0 b@50 c@50 a@180000 d@86400000 d@172800000 ");
    CHECK(!loop_timer_active(&a.timer));
    end(&f);
}

TEST(a_timer_can_be_moved_and_stopped)
{
    struct fixture f;
    begin(&f);
    struct alarm a = {.f = &f, .name = "a"}, b = {.f = &f, .name = "b"};
    loop_timer_set(f.loop, &a.timer, 10, ring);
    loop_timer_set(f.loop, &b.timer, 20, ring);
    loop_timer_set(f.loop, &a.timer, 30, ring);
    loop_timer_stop(f.loop, &b.timer);
    loop_timer_stop(f.loop, &b.timer);
    CHECK(loop_timer_active(&a.timer) && !loop_timer_active(&b.timer));
    loop_run_fake(f.loop, &f.clock);
    CHECK_STR(str_text(&f.seen), "a@30 ");
    end(&f);
}

static void check_order(struct loop_timer *t)
{
    struct alarm *a = CONTAINER(t, struct alarm, timer);
    CHECK_INT(a->f->clock.mono_ms, t->due_ms);
    a->times++;
}

TEST(the_heap_holds_thousands_with_random_stops)
{
    struct fixture f;
    begin(&f);
    enum { N = 5000 };
    static struct alarm a[N];
    uint64_t seed = 7;
    for (int i = 0; i < N; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        a[i].f = &f;
        loop_timer_set(f.loop, &a[i].timer, (int64_t)(seed >> 40) % 1000, check_order);
    }
    for (int i = 0; i < N; i += 3)
        loop_timer_stop(f.loop, &a[i].timer);
    while (loop_run_once(f.loop))
        clock_fake_advance(&f.clock, 1);
    for (int i = 0; i < N; i++)
        CHECK_INT(a[i].times, i % 3 ? 1 : 0);
    end(&f);
}

static void stop_at_once(struct loop_timer *t)
{
    struct alarm *a = CONTAINER(t, struct alarm, timer);
    a->times++;
    loop_timer_set(a->f->loop, t, 0, stop_at_once);
    if (a->times == 100)
        loop_stop(a->f->loop);
}

TEST(a_timer_that_sets_itself_to_zero_does_not_starve_the_loop)
{
    struct fixture f;
    begin(&f);
    struct alarm a = {.f = &f};
    loop_timer_set(f.loop, &a.timer, 0, stop_at_once);
    loop_run_fake(f.loop, &f.clock);
    CHECK_INT(a.times, 100);
    end(&f);
}

struct pipe_end {
    struct loop_fd *watch;
    int fd, reads, writes;
};

static void on_fd(void *arg, int events)
{
    struct pipe_end *p = arg;
    p->writes += (events & LOOP_WRITE) != 0;
    if (!(events & LOOP_READ))
        return;
    char byte;
    ssize_t n = read(p->fd, &byte, 1);
    p->reads += n == 1;
    if (n == 0) {
        loop_fd_close(p->watch);
        p->watch = NULL;
    }
}

TEST(a_file_descriptor_reports_what_is_wanted_until_closed)
{
    struct fixture f;
    begin(&f);
    int fd[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
    struct pipe_end p = {.fd = fd[0]};
    p.watch = loop_fd_open(f.loop, fd[0], on_fd, &p);
    CHECK(!loop_run_once(f.loop)); /* nothing wanted: nothing to wait for */
    loop_fd_want(p.watch, LOOP_READ);
    CHECK(write(fd[1], "xy", 2) == 2);
    loop_run_once(f.loop);
    loop_run_once(f.loop);
    CHECK_INT(p.reads, 2);
    CHECK_INT(p.writes, 0);
    loop_fd_want(p.watch, 0);
    CHECK(write(fd[1], "z", 1) == 1);
    loop_run_once(f.loop);
    CHECK_INT(p.reads, 2);
    loop_fd_want(p.watch, LOOP_READ | LOOP_WRITE);
    loop_run_once(f.loop);
    CHECK_INT(p.reads, 3);
    CHECK_INT(p.writes, 1);
    close(fd[1]);
    loop_run_fake(f.loop, &f.clock);
    CHECK(p.watch == NULL);
    close(fd[0]);
    end(&f);
}

struct poster {
    struct loop *loop;
    int got, last[4];
};
static struct poster poster;
struct note {
    int thread, i;
};

static void on_note(void *arg)
{
    struct note *n = arg;
    CHECK_INT(n->i, poster.last[n->thread]++);
    free(n);
    if (++poster.got == 4000)
        loop_release(poster.loop);
}

static void *post_many(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        struct note *n = mem_zalloc(sizeof(*n));
        *n = (struct note){(int)(intptr_t)arg, i};
        loop_post(poster.loop, on_note, n);
    }
    return NULL;
}

TEST(posts_from_threads_arrive_in_each_threads_order)
{
    poster.loop = loop_new(NULL);
    loop_hold(poster.loop);
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, post_many, (void *)(intptr_t)i) == 0);
    loop_run(poster.loop);
    CHECK_INT(poster.got, 4000);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    loop_free(poster.loop);
}

static void bump(void *arg)
{
    ++*(int *)arg;
}

TEST(a_forgotten_post_does_not_run)
{
    struct loop *l = loop_new(NULL);
    int a = 0, b = 0;
    loop_post(l, bump, &a);
    loop_post(l, bump, &b);
    loop_post(l, bump, &a);
    loop_post_forget(l, &a);
    loop_run(l);
    CHECK_INT(a, 0);
    CHECK_INT(b, 1);
    loop_free(l);
}

static void on_usr1(void *arg, int signum)
{
    CHECK_INT(signum, SIGUSR1);
    loop_stop(arg);
}

static void on_status(void *arg, int status)
{
    *(int *)arg = WEXITSTATUS(status);
}

TEST(signals_and_children_are_reported)
{
    struct loop *l = loop_new(NULL);
    int first = -1, second = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0); /* ended before we ask */
    loop_child(l, pid, on_status, &first);
    pid = fork();
    if (pid == 0) {
        usleep(1000);
        _exit(9);
    }
    loop_child(l, pid, on_status, &second);
    loop_run(l);
    CHECK_INT(first, 7);
    CHECK_INT(second, 9);
    loop_signal(l, SIGUSR1, on_usr1, l);
    loop_hold(l);
    kill(getpid(), SIGUSR1);
    loop_run(l);
    loop_release(l);
    loop_free(l);
}

static struct {
    struct loop_hook *hook;
    int runs;
} hooked;

static bool on_hook(void *arg)
{
    if (++hooked.runs == 3)
        loop_hook_close(hooked.hook);
    if (hooked.runs == 3)
        loop_release(arg);
    return true;
}

TEST(a_hook_that_asks_for_more_is_not_made_to_wait)
{
    struct loop *l = loop_new(NULL);
    loop_hold(l);
    hooked.hook = loop_hook_open(l, on_hook, l);
    loop_run(l);
    CHECK_INT(hooked.runs, 3);
    loop_free(l);
}

static void stop_loop(struct loop_timer *t)
{
    struct alarm *a = CONTAINER(t, struct alarm, timer);
    a->times = 1;
}

TEST(real_time_passes_on_the_system_clock)
{
    struct loop *l = loop_new(NULL);
    struct alarm a = {0};
    int64_t from = loop_now_ms(l);
    loop_timer_set(l, &a.timer, 5, stop_loop);
    loop_run(l);
    CHECK_INT(a.times, 1);
    CHECK(loop_now_ms(l) - from >= 5);
    loop_free(l);
}

/* A hook runs after the due timers: one that it sets for now must end the wait that follows. */
struct late {
    struct loop_timer timer;
    struct loop *loop;
    bool set;
};

static void late_stop(struct loop_timer *t)
{
    loop_stop(CONTAINER(t, struct late, timer)->loop);
}

static bool set_late(void *arg)
{
    struct late *late = arg;
    if (!late->set)
        loop_timer_set(late->loop, &late->timer, 0, late_stop);
    late->set = true;
    return false;
}

TEST(a_timer_due_by_the_time_of_the_wait_ends_it)
{
    struct late late = {.loop = loop_new(NULL)};
    loop_hold(late.loop);
    struct loop_hook *hook = loop_hook_open(late.loop, set_late, &late);
    loop_run(late.loop);
    CHECK(late.set);
    loop_hook_close(hook);
    loop_free(late.loop);
}

TEST_MAIN
