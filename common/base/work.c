/* base/work - a mutex, two lists, N threads.
 *
 * `todo` and `finished` are guarded by the lock, everything else is the loop thread's. A worker posts one
 * delivery when it puts the first job on `finished`, so a burst of jobs costs one wake-up. */
#include "base/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { MAX_THREADS = 64 };

struct list {
    struct work_job *first, **last;
    size_t len;
};

struct work {
    struct loop *loop;
    struct work_options options;
    size_t pending; /* submitted, done() not yet called */
    bool refusing;
    void (*drained)(void *arg);
    void *drained_arg;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct list todo, finished;
    bool ending;
    int threads;
    pthread_t thread[MAX_THREADS];
};

static void list_init(struct list *l)
{
    *l = (struct list){.last = &l->first};
}

static void list_add(struct list *l, struct work_job *job)
{
    job->next = NULL;
    *l->last = job;
    l->last = &job->next;
    l->len++;
}

static struct work_job *list_take(struct list *l)
{
    struct work_job *job = l->first;
    if (!job)
        return NULL;
    l->first = job->next;
    if (!l->first)
        l->last = &l->first;
    l->len--;
    return job;
}

static bool call_over(const struct call *c)
{
    return c && (call_cancelled(c) || call_left_ms(c) == 0);
}

/* The list is taken whole: a done() that submits again must not keep the loop here. */
static void deliver(void *arg)
{
    struct work *w = arg;
    pthread_mutex_lock(&w->lock);
    struct work_job *job = w->finished.first;
    list_init(&w->finished);
    pthread_mutex_unlock(&w->lock);
    while (job) {
        struct work_job *next = job->next;
        w->pending--;
        loop_release(w->loop);
        job->done(job);
        job = next;
    }
    if (w->pending || !w->drained)
        return;
    void (*drained)(void *) = w->drained;
    w->drained = NULL;
    drained(w->drained_arg);
}

static void finish(struct work *w, struct work_job *job)
{
    pthread_mutex_lock(&w->lock);
    bool first = w->finished.len == 0;
    list_add(&w->finished, job);
    if (first)
        loop_post(w->loop, deliver, w);
    pthread_mutex_unlock(&w->lock);
}

static struct work_job *next_job(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->todo.first && !w->ending)
        pthread_cond_wait(&w->more, &w->lock);
    struct work_job *job = list_take(&w->todo);
    pthread_mutex_unlock(&w->lock);
    return job;
}

static void *work_thread(void *arg)
{
    struct work *w = arg;
    pthread_setname_np(pthread_self(), w->options.name);
    void *state = w->options.state_new ? w->options.state_new(w->options.arg) : NULL;
    struct work_job *job;
    while ((job = next_job(w)) != NULL) {
        job->skipped = call_over(job->call);
        if (!job->skipped)
            job->run(job, state);
        finish(w, job);
    }
    if (w->options.state_free)
        w->options.state_free(state);
    return NULL;
}

/* Signals belong to the loop thread: a new thread inherits the mask. */
static void start_threads(struct work *w)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    for (int i = 0; i < w->threads; i++) {
        int rc = pthread_create(&w->thread[i], NULL, work_thread, w);
        if (rc)
            panic("work_new: cannot start a thread: %s", strerror(rc));
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct work *work_new(struct loop *l, const struct work_options *options)
{
    struct work *w = mem_zalloc(sizeof(*w));
    w->loop = l;
    w->options = *options;
    w->threads = MIN(MAX(options->threads, 1), (int)MAX_THREADS);
    list_init(&w->todo);
    list_init(&w->finished);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, NULL);
    start_threads(w);
    return w;
}

struct err *work_submit(struct work *w, struct work_job *job)
{
    if (w->refusing)
        return err_new(ERR_UNAVAILABLE, "%s: shutting down", w->options.name);
    pthread_mutex_lock(&w->lock);
    bool full = w->todo.len >= w->options.queue;
    if (!full) {
        list_add(&w->todo, job);
        pthread_cond_signal(&w->more);
    }
    pthread_mutex_unlock(&w->lock);
    if (full)
        return err_reason(ERR_EXHAUSTED, "WorkQueueFull", "%s: %zu jobs are waiting already, try again later",
                          w->options.name, w->options.queue);
    w->pending++;
    loop_hold(w->loop);
    return NULL;
}

size_t work_pending(const struct work *w)
{
    return w->pending;
}

void work_stop(struct work *w, void (*drained)(void *arg), void *arg)
{
    w->refusing = true;
    w->drained = drained;
    w->drained_arg = arg;
    if (!w->pending)
        loop_post(w->loop, deliver, w);
}

void work_free(struct work *w)
{
    if (!w)
        return;
    w->refusing = true;
    w->drained = NULL;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_broadcast(&w->more);
    pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < w->threads; i++)
        pthread_join(w->thread[i], NULL);
    deliver(w);
    loop_post_forget(w->loop, w);
    pthread_cond_destroy(&w->more);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
