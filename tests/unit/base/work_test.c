/* Worker threads: states per thread, a bounded queue, skipped calls, drain and free. */
#include "base/work.h"
#include "lib/test.h"

#include <pthread.h>

struct sum {
    struct work_job job;
    int n, result, finished;
};

static atomic_int states;

static void *state_new(void *arg)
{
    atomic_fetch_add(&states, 1);
    int *factor = mem_alloc(sizeof(int));
    *factor = *(int *)arg;
    return factor;
}

static void state_free(void *state)
{
    atomic_fetch_sub(&states, 1);
    free(state);
}

static void run_sum(struct work_job *job, void *state)
{
    struct sum *s = CONTAINER(job, struct sum, job);
    s->result = s->n * *(int *)state;
}

static void sum_done(struct work_job *job)
{
    CONTAINER(job, struct sum, job)->finished++;
}

static struct work *pool(struct loop *l, int threads, size_t queue)
{
    static int factor = 3;
    return work_new(l, &(struct work_options){"test", threads, queue, state_new, state_free, &factor});
}

TEST(jobs_run_on_threads_and_are_done_on_the_loop)
{
    struct loop *l = loop_new(NULL);
    struct work *w = pool(l, 4, 1000);
    static struct sum sums[1000];
    for (int i = 0; i < 1000; i++) {
        sums[i] = (struct sum){.job = {.run = run_sum, .done = sum_done}, .n = i};
        CHECK_OK(work_submit(w, &sums[i].job));
    }
    loop_run(l);
    for (int i = 0; i < 1000; i++) {
        CHECK_INT(sums[i].result, 3 * i);
        CHECK_INT(sums[i].finished, 1);
    }
    CHECK_INT(work_pending(w), 0);
    work_free(w);
    CHECK_INT(atomic_load(&states), 0);
    loop_free(l);
}

/* A gate that keeps a worker busy until the test opens it. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static void run_wait(struct work_job *job, void *state)
{
    (void)state;
    pthread_mutex_lock(&gate);
    CONTAINER(job, struct sum, job)->result = 1;
    pthread_mutex_unlock(&gate);
}

static struct sum waiting(void)
{
    return (struct sum){.job = {.run = run_wait, .done = sum_done}};
}

static struct err *submit_until_full(struct work *w, struct sum *sums, size_t n, size_t *took)
{
    for (*took = 0; *took < n; ++*took) {
        sums[*took] = waiting();
        TRY(work_submit(w, &sums[*took].job));
    }
    return NULL;
}

TEST(a_full_queue_refuses)
{
    struct loop *l = loop_new(NULL);
    struct work *w = pool(l, 1, 2);
    struct sum sums[8];
    size_t took;
    pthread_mutex_lock(&gate);
    CHECK_ERR(submit_until_full(w, sums, 8, &took), ERR_EXHAUSTED, "jobs are waiting already");
    CHECK(took == 2 || took == 3); /* two wait; the third is with the worker, if it was quick */
    pthread_mutex_unlock(&gate);
    loop_run(l);
    for (size_t i = 0; i < took; i++)
        CHECK_INT(sums[i].finished, 1);
    work_free(w);
    loop_free(l);
}

TEST(a_job_whose_call_is_over_is_skipped)
{
    struct loop *l = loop_new(NULL);
    struct work *w = pool(l, 1, 8);
    struct call root, child;
    call_init(&root);
    call_child(&child, &root, 0);
    struct sum busy = waiting(), late = waiting();
    late.job.call = &child;
    pthread_mutex_lock(&gate);
    CHECK_OK(work_submit(w, &busy.job));
    CHECK_OK(work_submit(w, &late.job));
    call_cancel(&root);
    pthread_mutex_unlock(&gate);
    loop_run(l);
    CHECK(!busy.job.skipped && busy.result == 1);
    CHECK(late.job.skipped && late.result == 0 && late.finished == 1);
    work_free(w);
    loop_free(l);
}

static void on_drained(void *arg)
{
    *(bool *)arg = true;
}

TEST(stop_drains_and_refuses)
{
    struct loop *l = loop_new(NULL);
    struct work *w = pool(l, 2, 8);
    struct sum sums[4];
    size_t took;
    CHECK_OK(submit_until_full(w, sums, 4, &took));
    bool drained = false;
    work_stop(w, on_drained, &drained);
    struct sum more = waiting();
    CHECK_ERR(work_submit(w, &more.job), ERR_UNAVAILABLE, "shutting down");
    loop_run(l);
    CHECK(drained);
    work_free(w);

    w = pool(l, 2, 8); /* with nothing to drain */
    drained = false;
    work_stop(w, on_drained, &drained);
    loop_run(l);
    CHECK(drained);
    work_free(w);
    loop_free(l);
}

TEST(free_finishes_what_was_submitted)
{
    struct loop *l = loop_new(NULL);
    struct work *w = pool(l, 2, 64);
    struct sum sums[50];
    size_t took;
    CHECK_OK(submit_until_full(w, sums, 50, &took));
    work_free(w);
    for (int i = 0; i < 50; i++)
        CHECK(sums[i].result == 1 && sums[i].finished == 1);
    loop_run(l);
    loop_free(l);
}

static int again;
static struct work *again_pool;
static void resubmit(struct work_job *job)
{
    if (++again < 100)
        CHECK_OK(work_submit(again_pool, job));
}

TEST(done_may_submit_the_job_again)
{
    struct loop *l = loop_new(NULL);
    again_pool = pool(l, 2, 4);
    struct sum s = {.job = {.run = run_sum, .done = resubmit}};
    CHECK_OK(work_submit(again_pool, &s.job));
    loop_run(l);
    CHECK_INT(again, 100);
    work_free(again_pool);
    loop_free(l);
}

TEST_MAIN
