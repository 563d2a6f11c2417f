/* base/work.h - worker threads for what would hold the loop longer than 5 ms: rendering, git, big parses,
 * bcrypt.
 *
 * A pool has N threads, each with a state of its own (a git handle, a Lua state), and a bounded queue. A job
 * is embedded in its owner's struct: run() is called on a thread, done() afterwards on the loop thread,
 * always exactly once and in the order in which the jobs finished. A job gets frozen inputs and returns
 * frozen outputs; nothing else is shared. All functions are for the loop thread. */
#ifndef CAPSTAN_BASE_WORK_H
#define CAPSTAN_BASE_WORK_H

#include "base/call.h"
#include "base/loop.h"

struct work;

struct work_job {
    void (*run)(struct work_job *job, void *state); /* on a worker; `state` is that thread's */
    void (*done)(struct work_job *job);             /* on the loop thread; may submit the job again */
    const struct call *call; /* NULL, or outlives the job: one that is over before run() makes it skipped */
    bool skipped;            /* for done(): run() was not called, since the call was over */
    struct work_job *next;   /* private */
};

struct work_options {
    const char *name;                /* of the threads, <= 15 bytes */
    int threads;                     /* 1..64 */
    size_t queue;                    /* jobs that wait; more are refused */
    void *(*state_new)(void *arg);   /* on each thread as it starts; NULL = no state */
    void (*state_free)(void *state); /* on each thread as it ends */
    void *arg;
};

struct work *work_new(struct loop *l, const struct work_options *options) MUST_USE;
/* ERR_EXHAUSTED, reason "WorkQueueFull", when the queue is full; ERR_UNAVAILABLE after work_stop. Not copied:
 * the job lives until done(). While a job is under way the loop is held. */
struct err *work_submit(struct work *w, struct work_job *job) MUST_USE;
/* Jobs queued or running. */
size_t work_pending(const struct work *w);
/* Refuses new jobs; `drained(arg)` runs once the last done() has. Cancel the jobs' calls to make it quick. */
void work_stop(struct work *w, void (*drained)(void *arg), void *arg);
/* Ends the threads. Jobs still queued or running are run to their end first and their done() called from
 * here, so on a live service call it from `drained`, where it does not block. */
void work_free(struct work *w);

#endif
