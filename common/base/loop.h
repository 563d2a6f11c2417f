/* base/loop.h - the one event loop of a process, over libuv: timers, file descriptors, signals, children,
 * wake-ups.
 *
 * The loop thread owns all mutable state of its process. Every function here is called on that thread, except
 * loop_post, which any thread may call. A callback spends at most 5 ms; what takes longer goes to base/work.
 * Timers are a heap of our own over an injected clock: loop_run_fake runs due timers and ready events without
 * waiting, jumping the fake clock to the next timer, so a test of long back-offs takes no time. */
#ifndef CAPSTAN_BASE_LOOP_H
#define CAPSTAN_BASE_LOOP_H

#include "base/err.h"
#include "base/time.h"

struct loop;

/* `clock` NULL = the system's. */
struct loop *loop_new(const struct clock *clock) MUST_USE;
/* All watches must have been closed; timers may be pending and are dropped. */
void loop_free(struct loop *l);
void loop_freep(struct loop **l);
/* Until loop_stop, or until nothing is left to wait for. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Handles what is ready without waiting; false when nothing is left to wait for. */
bool loop_run_once(struct loop *l);
/* For tests: as loop_run on a loop made with `fake`, but whenever nothing is ready the clock jumps to the
 * next timer. Waits for real only while a hold or a child is pending, or when no timer is set. */
void loop_run_fake(struct loop *l, struct clock_fake *fake);
const struct clock *loop_clock(const struct loop *l);
int64_t loop_now_ms(const struct loop *l); /* monotonic, cached per turn */

/* --- timers: embedded in the owner's struct, zero-initialised, never allocated here --- */
struct loop_timer {
    void (*fn)(struct loop_timer *);
    int64_t due_ms;
    uint64_t order; /* of setting: timers due at the same time run in the order in which they were set */
    size_t place;   /* 1-based in the heap, 0 = not set */
};
/* Sets or moves it: `fn(t)` runs once, after `delay_ms`. CONTAINER(t, struct owner, timer) finds the owner.
 */
void loop_timer_set(struct loop *l, struct loop_timer *t, int64_t delay_ms, void (*fn)(struct loop_timer *));
void loop_timer_stop(struct loop *l, struct loop_timer *t);
static inline bool loop_timer_active(const struct loop_timer *t)
{
    return t->place != 0;
}

/* --- file descriptors --- */
enum { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_fd;
/* `fn(arg, events)`; an error or hang-up is reported as readable and writable. The fd stays the caller's. */
struct loop_fd *loop_fd_open(struct loop *l, int fd, void (*fn)(void *arg, int events), void *arg) MUST_USE;
/* LOOP_READ | LOOP_WRITE, or 0 to pause. */
void loop_fd_want(struct loop_fd *f, int events);
/* After this the callback never runs again; call it before closing the fd. NULL is allowed. */
void loop_fd_close(struct loop_fd *f);

/* --- hooks for libraries whose readiness is edge-triggered (ZeroMQ): runs before each wait; says whether to
 * run again at once --- */
struct loop_hook;
struct loop_hook *loop_hook_open(struct loop *l, bool (*fn)(void *arg), void *arg) MUST_USE;
void loop_hook_close(struct loop_hook *h);

/* --- from other threads --- */
/* Queues `fn(arg)` for the loop thread and wakes it; order is kept per posting thread. */
void loop_post(struct loop *l, void (*fn)(void *), void *arg);
/* Forgets what was posted with that `arg` and has not run: before the owner of `arg` goes away. Loop thread
 * only. */
void loop_post_forget(struct loop *l, const void *arg);
/* While held, loop_run does not end for want of work (a worker will post). Calls nest. */
void loop_hold(struct loop *l);
void loop_release(struct loop *l);

/* --- signals and children --- */
/* `fn(arg, signum)` on the loop thread; until the loop is freed. Replaces an earlier one for that signal. */
void loop_signal(struct loop *l, int signum, void (*fn)(void *arg, int signum), void *arg);
/* `fn(arg, status)` with waitpid's status when that child ends. */
void loop_child(struct loop *l, pid_t pid, void (*fn)(void *arg, int status), void *arg);

#endif
