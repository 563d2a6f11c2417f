/* Boxed workers: jobs and their questions, what a worker may not do, and what becomes of one that dies, hangs
 * or rambles. This program is its own worker. */
#include "box/box.h"
#include "box/tree.h"

#include "base/file.h"
#include "base/str.h"
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the worker's side
 * ------------------------------------------------------------------------------------------------- */

static int jobs_done; /* of this worker */

static struct err *text(struct arena *a, const char *s, struct span *out)
{
    *out = span_of(arena_strdup(a, s));
    return NULL;
}

static struct err *job_count(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                             struct span *out)
{
    (void)w, (void)call, (void)job;
    return text(a, arena_printf(a, "%d", ++jobs_done), out);
}

static struct err *job_double(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                              struct span *out)
{
    (void)call;
    struct span first, second;
    TRY(box_ask(w, "more", job, a, &first));
    TRY(box_ask(w, "more", first, a, &second));
    return text(a, arena_printf(a, "%.*s", (int)second.len, second.at), out);
}

static struct err *job_fail(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                            struct span *out)
{
    (void)w, (void)call, (void)a, (void)out;
    if (span_is(job, "exhausted"))
        return err_reason(ERR_EXHAUSTED, "TooMuch", "too much");
    return err_reason(ERR_DENIED, "OutOfBounds", "no '%.*s'", (int)job.len, job.at);
}

/* Each is something that a worker must not be able to do; "done" is what the test must not see. */
static struct err *job_escape(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                              struct span *out)
{
    (void)w, (void)call;
    bool done = false;
    if (span_is(job, "open"))
        done = open("/etc/passwd", O_RDONLY) >= 0;
    else if (span_is(job, "socket"))
        done = socket(AF_INET, SOCK_STREAM, 0) >= 0;
    else if (span_is(job, "fork"))
        done = fork() >= 0;
    else if (span_is(job, "exec"))
        done = execl("/bin/true", "true", (char *)NULL) == 0;
    else if (span_is(job, "kill"))
        done = kill(getppid(), 0) == 0;
    else if (span_is(job, "code"))
        done = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    else if (span_is(job, "unlink"))
        done = unlink("/tmp/nothing-of-this-name") == 0 || errno == ENOENT;
    return text(a, done ? "done" : "refused", out);
}

static struct err *job_die(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                           struct span *out)
{
    (void)w, (void)call, (void)job, (void)a, (void)out;
    raise(SIGTERM);
    _exit(3);
}

static struct err *job_hang(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                            struct span *out)
{
    (void)w, (void)call, (void)job, (void)a, (void)out;
    for (volatile uint64_t i = 0;; i++)
        ;
}

static struct err *job_ramble(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                              struct span *out)
{
    (void)w, (void)call, (void)a, (void)out;
    ssize_t unused UNUSED = write(0, job.at, job.len);
    for (;;)
        pause();
}

static struct err *job_read(struct box_worker *w, const struct call *call, struct span job, struct arena *a,
                            struct span *out)
{
    (void)call;
    CLEANUP(tree_freep) struct tree *tree = box_tree(w, "source");
    CLEANUP(str_release) struct str said = {0};
    struct tree_list list;
    struct tree_stat st;
    const char *path = arena_strndup(a, job.at, job.len);
    TRY(tree_list(tree, path, a, &list));
    for (size_t i = 0; i < list.len; i++) {
        struct span bytes = {NULL, 0};
        const char *file = arena_printf(a, "%s%s%s", path, *path ? "/" : "", list.at[i].name);
        if (list.at[i].kind == TREE_FILE)
            TRY(tree_read(tree, file, 100, a, &bytes));
        TRY(tree_stat(tree, file, &st));
        if (st.kind == TREE_DIR)
            TRY(tree_names(tree, file, st.digest));
        str_printf(&said, "%s:%d:%.*s:%d ", list.at[i].name, (int)st.kind, (int)bytes.len, bytes.at,
                   *st.digest != 0);
    }
    return text(a, str_text(&said), out);
}

static const struct box_handler handlers[] = {
    {"count", job_count}, {"double", job_double}, {"fail", job_fail},     {"escape", job_escape},
    {"die", job_die},     {"hang", job_hang},     {"ramble", job_ramble}, {"read", job_read},
};

/* --- the process's side
 * ------------------------------------------------------------------------------------------------ */

static const char *const worker_args[] = {"--boxed", NULL};

static struct box *new_box(size_t idle)
{
    return box_new(&(struct box_options){
        .program = "/proc/self/exe", .args = worker_args, .idle = idle, .frame = 1 << 20});
}

struct bench {
    struct box *box;
    struct arena *a;
    struct call call;
};

static struct bench bench(size_t idle)
{
    struct bench b = {.box = new_box(idle), .a = arena_new("test")};
    call_init(&b.call);
    return b;
}

static void bench_release(struct bench *b)
{
    box_free(b->box);
    arena_free(b->a);
}

static struct err *run(struct bench *b, const char *method, const char *job, const struct box_host *host,
                       const char **out)
{
    struct span got = {NULL, 0};
    TRY(box_run(b->box, &b->call, &(struct box_job){method, span_of(job), host}, b->a, &got));
    *out = arena_strndup(b->a, got.at, got.len);
    return NULL;
}

static struct err *more(void *arg, const char *what, struct span question, struct arena *a, struct span *out)
{
    int *asked = arg;
    ++*asked;
    if (!streq(what, "more") || question.len > 8)
        return err_reason(ERR_RANGE, "Long", "too long");
    return text(
        a, arena_printf(a, "%.*s%.*s", (int)question.len, question.at, (int)question.len, question.at), out);
}

TEST(a_job_asks_and_answers)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    int asked = 0;
    const struct box_host host = {more, &asked};
    const char *out = NULL;
    CHECK_OK(run(&b, "double", "ab", &host, &out));
    CHECK_STR(out, "abababab");
    CHECK_INT(asked, 2);
    struct err *e = run(&b, "double", "abcdefghi", &host, &out);
    CHECK(e && e->code == ERR_RANGE);
    CHECK_STR(e->reason, "Long");
    err_free(e);
}

TEST(errors_keep_their_code_word_and_sentence)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    const char *out;
    struct err *e = run(&b, "fail", "x", NULL, &out);
    CHECK(e && e->code == ERR_DENIED);
    CHECK_STR(e->reason, "OutOfBounds");
    CHECK_STR(e->msg, "no 'x'");
    err_free(e);
    CHECK_ERR(run(&b, "nosuch", "", NULL, &out), ERR_UNIMPLEMENTED, "no job 'nosuch'");
}

TEST(a_worker_is_kept_for_its_domain_alone)
{
    CLEANUP(bench_release) struct bench b = bench(2);
    const char *out;
    b.call.domain = "one";
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "2");
    b.call.domain = "two";
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "1");
    b.call.domain = "three"; /* the third one back sends the first away */
    CHECK_OK(run(&b, "count", "", NULL, &out));
    b.call.domain = "two";
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "2");
    b.call.domain = "one";
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "1");
}

TEST(a_worker_that_hit_a_limit_is_replaced)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    const char *out;
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_ERR(run(&b, "fail", "exhausted", NULL, &out), ERR_EXHAUSTED, "too much");
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "1");
}

TEST(nothing_leaves_the_box)
{
    static const char *const ways[] = {"open", "socket", "fork", "exec", "kill", "code", "unlink"};
    CLEANUP(bench_release) struct bench b = bench(1);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        const char *out = "refused";
        CLEANUP(err_freep) struct err *e = run(&b, "escape", ways[i], NULL, &out);
        CHECKF(!e || (e->reason && streq(e->reason, "BoxDied")), "%s: %s", ways[i], e ? e->msg : "");
        CHECKF(streq(out, "refused"), "a worker could do '%s'", ways[i]);
    }
    const char *out;
    CHECK_ERR(run(&b, "escape", "socket", NULL, &out), ERR_INTERNAL, "tried what no worker may");
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "1");
}

TEST(a_worker_that_dies_is_told_and_replaced)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    const char *out;
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_ERR(run(&b, "die", "", NULL, &out), ERR_INTERNAL, "die: the worker was ended by signal 15");
    CHECK_OK(run(&b, "count", "", NULL, &out));
    CHECK_STR(out, "1");
}

TEST(a_job_without_end_is_killed_at_its_deadline)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    const char *out;
    struct call root = b.call;
    call_child(&b.call, &root, 100);
    CHECK_ERR(run(&b, "hang", "", NULL, &out), ERR_DEADLINE, "");
    b.call = root;
    CHECK_OK(run(&b, "count", "", NULL, &out));
}

static void *cancel(void *arg)
{
    call_cancel(arg);
    return NULL;
}

static struct err *cancel_then_answer(void *arg, const char *what, struct span question, struct arena *a,
                                      struct span *out)
{
    (void)what, (void)question;
    pthread_t thread;
    pthread_create(&thread, NULL, cancel, arg);
    pthread_join(thread, NULL);
    return text(a, "", out);
}

TEST(a_cancelled_job_ends)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    const struct box_host host = {cancel_then_answer, &b.call};
    const char *out;
    CHECK_ERR(run(&b, "double", "", &host, &out), ERR_CANCELLED, "");
}

TEST(nonsense_from_a_worker_is_an_error)
{
    static const char *const said[] = {"\x7f\x7f\x7f\x7f", "\x04\x01\x01\x01zzzz"};
    CLEANUP(bench_release) struct bench b = bench(1);
    const char *out;
    for (size_t i = 0; i < ARRAY_LEN(said); i++)
        CHECK_ERR(run(&b, "ramble", said[i], NULL, &out), ERR_INTERNAL, "talks nonsense");
    struct span got;
    struct span kindless = {"\2\0\0\0\x08\x01", 6};
    CHECK_ERR(box_run(b.box, &b.call, &(struct box_job){"ramble", kindless, NULL}, b.a, &got), ERR_INTERNAL,
              "without a kind");
}

TEST(a_program_that_is_not_there_is_said)
{
    struct bench b = {.box = box_new(&(struct box_options){.program = "/nowhere/worker"}),
                      .a = arena_new("test")};
    call_init(&b.call);
    const char *out;
    CHECK_ERR(run(&b, "count", "", NULL, &out), ERR_NOT_FOUND, "/nowhere/worker");
    bench_release(&b);
}

struct many {
    struct box *box;
    int failed;
};

static void *many(void *arg)
{
    struct many *m = arg;
    struct bench b = {.box = m->box, .a = arena_new("test")};
    call_init(&b.call);
    b.call.domain = "many";
    for (int i = 0; i < 10; i++) {
        const char *out = "";
        struct err *e = run(&b, "count", "", NULL, &out);
        m->failed += e != NULL || !*out;
        err_free(e);
    }
    arena_free(b.a);
    return NULL;
}

TEST(threads_share_a_box)
{
    struct box *box = new_box(2);
    struct many m[4];
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(m); i++) {
        m[i] = (struct many){.box = box};
        pthread_create(&threads[i], NULL, many, &m[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(m); i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(m[i].failed, 0);
    }
    box_free(box);
}

/* --- trees
 * -------------------------------------------------------------------------------------------------------------
 */

static struct err *from_tree(void *tree, const char *what, struct span question, struct arena *a,
                             struct span *out)
{
    return box_tree_answer(tree, what, question, a, out);
}

TEST(a_tree_is_read_through_the_process)
{
    CLEANUP(bench_release) struct bench b = bench(1);
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const char *out, *root = arena_printf(b.a, "%s/tree", test_tmpdir());
    CHECK_OK(file_mkdirs(arena_printf(b.a, "%s/d/sub", root), 0700));
    CHECK_OK(file_write(arena_printf(b.a, "%s/d/one", root), span_of("1"), 0600));
    CHECK_OK(file_write(arena_printf(b.a, "%s/d/two", root), span_of(""), 0600));
    CHECK_OK(file_write(arena_printf(b.a, "%s/d/long", root), span_of(arena_printf(b.a, "%0200d", 0)), 0600));
    CHECK_OK(tree_local(root, &tree));
    const struct box_host host = {from_tree, tree};
    CHECK_ERR(run(&b, "read", "d", &host, &out), ERR_EXHAUSTED, "");
    CHECK_OK(file_remove(arena_printf(b.a, "%s/d/long", root)));
    CHECK_OK(run(&b, "read", "d", &host, &out));
    CHECK_STR(out, arena_printf(b.a, "one:%d:1:1 sub:%d::1 two:%d::1 ", TREE_FILE, TREE_DIR, TREE_FILE));
    CHECK_OK(run(&b, "read", "", &host, &out));
    CHECK_STR(out, arena_printf(b.a, "d:%d::1 ", TREE_DIR));
    CHECK_ERR(run(&b, "read", "absent", &host, &out), ERR_NOT_FOUND, "");
}

TEST(a_path_out_of_the_box_is_checked)
{
    static const char *const paths[] = {"../etc", "/etc", "a//b", "a/../b", "./a"};
    CLEANUP(bench_release) struct bench b = bench(1);
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    const struct box_host host = {from_tree, tree};
    const char *out;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        CHECK_ERR(run(&b, "read", paths[i], &host, &out), ERR_DENIED, "is none of a tree");
}

int main(int argc, char **argv)
{
    if (argc == 2 && streq(argv[1], worker_args[0]))
        box_main(handlers, ARRAY_LEN(handlers));
    return test_main(argc, argv);
}
