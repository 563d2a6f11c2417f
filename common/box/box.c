/* box/box - the pool of workers, as its process sees it.
 *
 * A worker is either idle, and then in the list and nowhere else, or in the hands of one box_run. The lock
 * guards the list only; starting, talking and killing happen outside of it. */
#include "box/private.h"

#include "base/proc.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
    pid_t pid;
    int fd;
    char *domain;
    struct worker *next; /* idle ones: the one that ended last comes first */
};

struct box {
    struct box_options options;
    const char **argv, **env;
    pthread_mutex_t lock;
    struct worker *idle;
    size_t n_idle;
};

/* Nothing of this process's environment goes into the box but how sanitizers behave. */
static const char **box_env(void)
{
    static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
    const char **env = mem_zalloc((ARRAY_LEN(kept) + 1) * sizeof(*env));
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (getenv(kept[i]))
            env[n++] = mem_printf("%s=%s", kept[i], getenv(kept[i]));
    return env;
}

struct box *box_new(const struct box_options *options)
{
    struct box *b = mem_zalloc(sizeof(*b));
    size_t n = 0;
    while (options->args && options->args[n])
        n++;
    b->options = *options;
    if (!b->options.frame)
        b->options.frame = BOX_FRAME_LIMIT;
    b->argv = mem_zalloc((n + 2) * sizeof(*b->argv));
    b->argv[0] = options->program;
    for (size_t i = 0; i < n; i++)
        b->argv[i + 1] = options->args[i];
    b->env = box_env();
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

/* --- workers
 * -----------------------------------------------------------------------------------------------------------
 */

static struct err *start(struct box *b, const char *domain, struct worker **out)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return err_errno(errno, "a channel to a worker");
    struct worker *w = mem_zalloc(sizeof(*w));
    const struct proc_spec spec = {.argv = b->argv,
                                   .env = b->env,
                                   .cwd = "/",
                                   .limits.memory = BOX_SANITIZED ? 0 : (int64_t)b->options.memory};
    struct err *e = proc_start(&spec, (const int[3]){fds[1], -1, STDERR_FILENO}, &w->pid);
    close(fds[1]);
    if (e) {
        close(fds[0]);
        free(w);
        return e;
    }
    w->fd = fds[0];
    w->domain = mem_strdup(domain);
    *out = w;
    return NULL;
}

/* Kills it if it has not ended by itself; the status as waitpid gives it. */
static int end(struct worker *w, bool at_once)
{
    int status = 0;
    close(w->fd); /* an idle worker ends by itself on that */
    if (at_once)
        proc_kill(w->pid, SIGKILL);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    free(w->domain);
    free(w);
    return status;
}

static struct worker *take_idle(struct box *b, const char *domain)
{
    struct worker *found = NULL;
    pthread_mutex_lock(&b->lock);
    for (struct worker **at = &b->idle; *at; at = &(*at)->next) {
        if (!streq((*at)->domain, domain))
            continue;
        found = *at;
        *at = found->next;
        b->n_idle--;
        break;
    }
    pthread_mutex_unlock(&b->lock);
    return found;
}

static void give_back(struct box *b, struct worker *w)
{
    struct worker *over = NULL;
    pthread_mutex_lock(&b->lock);
    w->next = b->idle;
    b->idle = w;
    if (++b->n_idle > b->options.idle) {
        struct worker **last = &b->idle;
        while ((*last)->next)
            last = &(*last)->next;
        over = *last;
        *last = NULL;
        b->n_idle--;
    }
    pthread_mutex_unlock(&b->lock);
    if (over)
        end(over, true);
}

void box_free(struct box *b)
{
    if (!b)
        return;
    while (b->idle) {
        struct worker *w = b->idle;
        b->idle = w->next;
        end(w, true);
    }
    for (size_t i = 0; b->env[i]; i++)
        free((void *)(uintptr_t)b->env[i]);
    free(b->env);
    free(b->argv);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* --- a job
 * -------------------------------------------------------------------------------------------------------------
 */

struct talk {
    struct box *box;
    const struct call *call;
    const struct box_job *job;
    int fd;
    bool nonsense;
};

static struct err *answer(struct talk *t, const box_frame *q)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("box.answer");
    const struct box_host *host = t->job->host;
    box_frame f = CAPSTAN__BOX__BOX_FRAME__INIT;
    struct span out = {NULL, 0};
    CLEANUP(err_freep)
    struct err *failure = host ? host->answer(host->arg, q->what ? q->what : "", wire_span(q->body), a, &out)
                               : err_new(ERR_UNIMPLEMENTED, "this job has nothing to ask");
    f.kind = CAPSTAN__BOX__BOX_FRAME__KIND__ANSWER;
    box_frame_result(&f, failure, out);
    return box_send(t->fd, t->call, &f);
}

static void free_frame(void *arena)
{
    arena_free(arena);
}

/* Reads until the result; *result stays NULL where there is none. */
static struct err *converse(struct talk *t, struct arena *a, box_frame **result)
{
    for (;;) {
        CLEANUP(arena_freep) struct arena *scratch = arena_new("box.frame");
        box_frame *f;
        struct err *e = box_receive(t->fd, t->call, t->box->options.frame, scratch, &f);
        t->nonsense = e && e->code != ERR_UNAVAILABLE && e->code != ERR_DEADLINE && e->code != ERR_CANCELLED;
        TRY(e);
        if (f->kind == CAPSTAN__BOX__BOX_FRAME__KIND__RESULT) {
            arena_defer(a, free_frame, scratch);
            scratch = NULL;
            *result = f;
            return NULL;
        }
        t->nonsense = f->kind != CAPSTAN__BOX__BOX_FRAME__KIND__QUESTION;
        if (t->nonsense)
            return err_new(ERR_INVALID, "a message of kind %d", (int)f->kind);
        TRY(answer(t, f));
        TRY(call_check(t->call)); /* what ended meanwhile has ended, whatever the worker has ready */
    }
}

static struct err *do_job(struct talk *t, struct arena *a, box_frame **result)
{
    box_frame f = CAPSTAN__BOX__BOX_FRAME__INIT;
    int64_t left = call_left_ms(t->call);
    f.kind = CAPSTAN__BOX__BOX_FRAME__KIND__JOB;
    f.what = wire_text(t->job->method);
    f.has_body = true;
    f.body = wire_bytes(t->job->body);
    f.has_timeout_ms = left != INT64_MAX;
    f.timeout_ms = left;
    TRY(box_send(t->fd, t->call, &f));
    return converse(t, a, result);
}

static struct err *how_it_died(const char *method, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return err_reason(ERR_INTERNAL, "BoxDied",
                          "%s: the worker tried what no worker may, and was killed for it", method);
    if (WIFSIGNALED(status))
        return err_reason(ERR_INTERNAL, "BoxDied",
                          "%s: the worker was ended by signal %d (%s): out of its memory, or a bug", method,
                          WTERMSIG(status), strsignal(WTERMSIG(status)));
    return err_reason(ERR_INTERNAL, "BoxDied", "%s: the worker ended with status %d", method,
                      WEXITSTATUS(status));
}

/* The end of a worker with which nothing more can be said, and what that means for the job. */
static struct err *broken(struct talk *t, struct worker *w, struct err *e)
{
    const char *method = t->job->method;
    bool died = e->code == ERR_UNAVAILABLE;
    int status = end(w, !died);
    if (!died && !t->nonsense)
        return e;
    struct err *said =
        died ? how_it_died(method, status)
             : err_reason(ERR_INTERNAL, "BoxSpeech", "%s: the worker talks nonsense: %s", method, e->msg);
    err_free(e);
    return said;
}

/* One attempt. *stale: an idle worker was gone already, which says nothing of this job. */
static struct err *attempt(struct talk *t, struct arena *a, box_frame **result, bool *stale)
{
    struct worker *w = *stale ? NULL : take_idle(t->box, t->call->domain);
    bool idle = w != NULL;
    *stale = false;
    if (!w)
        TRY(start(t->box, t->call->domain, &w));
    t->fd = w->fd;
    struct err *e = do_job(t, a, result);
    if (e) {
        *stale = idle && e->code == ERR_UNAVAILABLE;
        return broken(t, w, e);
    }
    e = box_frame_error(*result);
    if (e && e->code == ERR_EXHAUSTED)
        end(w, true);
    else
        give_back(t->box, w);
    return e;
}

struct err *box_run(struct box *b, const struct call *call, const struct box_job *job, struct arena *a,
                    struct span *out)
{
    struct talk t = {.box = b, .call = call, .job = job};
    box_frame *result = NULL;
    bool stale = false;
    TRY(call_check(call));
    struct err *e = attempt(&t, a, &result, &stale);
    if (stale) {
        err_free(e);
        e = attempt(&t, a, &result, &stale);
    }
    TRY(e);
    *out = wire_span(result->body);
    return NULL;
}
