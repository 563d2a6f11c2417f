/* box/box.h - work on hostile input, in worker processes that can do nothing but compute (DESIGN.md §1.6).
 *
 * A worker is a program that calls box_main. Once started it opens nothing: no file, no socket, no thread; a
 * seccomp filter kills it where it tries, its memory is limited. It knows its job and what its process
 * answers to its questions, both over one socket pair. A worker serves one trust domain (the call's `domain`)
 * for life, one job after the other, and is replaced after a crash, a job that was broken off, and any limit
 * that was hit. */
#ifndef CAPSTAN_BOX_BOX_H
#define CAPSTAN_BOX_BOX_H

#include "base/arena.h"
#include "base/call.h"

/* --- the process's side
 * ------------------------------------------------------------------------------------------------ */

struct box;

struct box_options {
    const char *program;     /* path of the worker program */
    const char *const *args; /* after argv[0], ends in NULL; NULL = none */
    size_t idle; /* workers kept without work, over all domains; the one that waits longest goes first */
    size_t
        memory; /* address space of a worker, bytes; 0 = no limit. Not under sanitizers, which need it all */
    size_t frame; /* bytes of one message; 0 = 64 MiB */
};

/* What a job may ask. `answer` is called on the thread of box_run, while that waits; the reply lives in `a`.
 */
struct box_host {
    struct err *(*answer)(void *arg, const char *what, struct span question, struct arena *a,
                          struct span *out);
    void *arg;
};

struct box_job {
    const char *method; /* which handler */
    struct span body;
    const struct box_host *host; /* NULL = it has nothing to ask */
};

/* Workers are started as they are needed. The options' texts are borrowed. */
struct box *box_new(const struct box_options *options) MUST_USE;
/* Ends the idle workers; no box_run may be under way. */
void box_free(struct box *b);

/* Does a job in a worker of call->domain and waits for it; safe from any thread, as many at once as call. The
 * error is the handler's own; or ERR_DEADLINE and ERR_CANCELLED of the call, which kill the worker; or
 * ERR_INTERNAL, reason "BoxDied", saying what ended it; or ERR_INTERNAL, reason "BoxSpeech", for a worker
 * that talks nonsense. ERR_NOT_FOUND when there is no such program. */
struct err *box_run(struct box *b, const struct call *call, const struct box_job *job, struct arena *a,
                    struct span *out) MUST_USE;

/* --- the worker's side
 * ------------------------------------------------------------------------------------------------- */

struct box_worker;

struct box_handler {
    const char *method;
    /* `call` has the deadline of the job; what is returned lives in `a`. Leaks live until the worker ends:
     * use the arena. */
    struct err *(*run)(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                       struct span *out);
};

/* The main of a worker: shuts itself in and serves jobs until its process is gone. Does not return. */
NORETURN void box_main(const struct box_handler *handlers, size_t n);

/* Asks the process. The answer lives in `a`; errors are the host's own. */
struct err *box_ask(struct box_worker *w, const char *what, struct span question, struct arena *a,
                    struct span *answer) MUST_USE;

#endif
