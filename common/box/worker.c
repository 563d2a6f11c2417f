/* box/worker - the worker's main: jobs in, results out, one at a time. Its arena is emptied between them. */
#include "box/private.h"

#include "base/time.h"
#include "wire/wire.h"

#include <signal.h>
#include <unistd.h>

struct box_worker {
    const struct call *call; /* of the job at hand */
};

/* Whoever asked is gone: nobody is left to tell. */
static NORETURN void end(struct err *e)
{
    err_free(e);
    _exit(0);
}

struct err *box_ask(struct box_worker *w, const char *what, struct span question, struct arena *a,
                    struct span *answer)
{
    box_frame q = CAPSTAN__BOX__BOX_FRAME__INIT, *f;
    TRY(call_check(w->call));
    q.kind = CAPSTAN__BOX__BOX_FRAME__KIND__QUESTION;
    q.what = wire_text(what);
    q.has_body = true;
    q.body = wire_bytes(question);
    struct err *e = box_send(BOX_CHANNEL_FD, NULL, &q);
    if (!e)
        e = box_receive(BOX_CHANNEL_FD, NULL, BOX_FRAME_LIMIT, a, &f);
    if (e)
        end(e);
    TRY(box_frame_error(f));
    *answer = wire_span(f->body);
    return NULL;
}

static struct err *do_job(const struct box_handler *handlers, size_t n, const box_frame *job, struct arena *a,
                          struct span *out)
{
    struct call root, call;
    call_init(&root);
    call_child(&call, &root, job->has_timeout_ms ? job->timeout_ms : 0);
    struct box_worker w = {.call = &call};
    for (size_t i = 0; i < n; i++)
        if (job->what && streq(handlers[i].method, job->what))
            return handlers[i].run(&w, &call, wire_span(job->body), a, out);
    return err_new(ERR_UNIMPLEMENTED, "no job '%s' is known in the box", job->what ? job->what : "");
}

/* A job that its process no longer waits for, since that was killed, must not run for ever: the alarm ends
 * it. */
static void guard(const box_frame *job)
{
    enum { GRACE_S = 5 };
    int64_t s = job->has_timeout_ms ? job->timeout_ms / 1000 + GRACE_S : 0;
    alarm((unsigned)MIN(s, (int64_t)86400));
}

static void serve(const struct box_handler *handlers, size_t n, struct arena *a)
{
    box_frame result = CAPSTAN__BOX__BOX_FRAME__INIT, *job;
    struct span out = {NULL, 0};
    struct err *e = box_receive(BOX_CHANNEL_FD, NULL, BOX_FRAME_LIMIT, a, &job);
    if (e)
        end(e);
    guard(job);
    CLEANUP(err_freep) struct err *failure = do_job(handlers, n, job, a, &out);
    alarm(0);
    result.kind = CAPSTAN__BOX__BOX_FRAME__KIND__RESULT;
    box_frame_result(&result, failure, out);
    e = box_send(BOX_CHANNEL_FD, NULL, &result);
    if (e)
        end(e);
}

NORETURN void box_main(const struct box_handler *handlers, size_t n)
{
    struct arena *a = arena_new("box");
    signal(SIGPIPE, SIG_IGN);
    box_jail();
    for (;;) {
        serve(handlers, n, a);
        arena_reset(a);
    }
}
