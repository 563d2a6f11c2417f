/* What it costs a boxed worker to ask its process. */
#include "base/call.h"
#include "box/box.h"
#include "lib/bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUESTIONS = 2000, SIZE = 1024 };

static struct err *job(struct box_worker *w, const struct call *call, struct span body, struct arena *a,
                       struct span *out)
{
    (void)call;
    for (int i = 0; i < QUESTIONS; i++)
        TRY(box_ask(w, "q", body, a, out));
    return NULL;
}

static struct err *answer(void *arg, const char *what, struct span question, struct arena *a,
                          struct span *out)
{
    static char bytes[SIZE];
    (void)arg, (void)what, (void)question, (void)a;
    *out = (struct span){bytes, SIZE};
    return NULL;
}

static double round_of_questions(void *box)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("bench");
    const struct box_host host = {.answer = answer};
    struct call call;
    struct span out;
    call_init(&call);
    int64_t start = bench_now_ns();
    struct err *e = box_run(
        box, &call, &(struct box_job){.method = "job", .body = span_of("path"), .host = &host}, a, &out);
    if (e) {
        fprintf(stderr, "box_bench: %s\n", e->msg);
        exit(1);
    }
    return (double)(bench_now_ns() - start) / 1000 / QUESTIONS;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        box_main(&(const struct box_handler){"job", job}, 1);
    static const char *const args[] = {"worker", NULL};
    struct box *box = box_new(&(struct box_options){.program = "/proc/self/exe", .args = args, .idle = 1});
    bench_figure("a question out of the box, answered with 1 KB", bench_median(round_of_questions, box),
                 "us");
    box_free(box);
    return 0;
}
