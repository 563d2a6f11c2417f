/* file, proc: the outside world, with limits. */
#include "base/file.h"
#include "base/proc.h"
#include "lib/test.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(paths_are_cleaned_and_cannot_escape)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"a/b", "a/b"},  {"", "."},       {".", "."},     {"a//b/./c/", "a/b/c"}, {"a/../b", "b"},
        {"a/b/..", "a"}, {"./a/..", "."}, {"/etc", NULL}, {"..", NULL},           {"a/../../b", NULL},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *out = NULL;
        CLEANUP(err_freep) struct err *e = file_clean(a, span_of(rows[i].in), &out);
        CHECK_STR(e ? NULL : out, rows[i].want);
        if (e)
            CHECK_STR(e->reason, "PathEscape");
    }
    const char *out = NULL;
    CHECK_ERR(file_clean(a, (struct span){"a\0b", 3}, &out), ERR_INVALID, "NUL");
    CHECK_OK(file_join(a, "/root", "x/../y", &out));
    CHECK_STR(out, "/root/y");
}

TEST(writes_are_whole_and_reads_limited)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *path = arena_printf(a, "%s/a/b/c", test_tmpdir());
    CHECK_OK(file_mkdirs(arena_printf(a, "%s/a/b", test_tmpdir()), 0755));
    CHECK_OK(file_mkdirs(arena_printf(a, "%s/a/b", test_tmpdir()), 0755));
    CHECK_OK(file_write(path, span_of("hello"), 0600));
    CHECK_OK(file_write(path, span_of("world!"), 0600));
    struct span text;
    CHECK_OK(file_read(a, path, 6, &text));
    CHECK(span_is(text, "world!"));
    CHECK_ERR(file_read(a, path, 5, &text), ERR_EXHAUSTED, "larger than the limit of 5 bytes");
    CHECK_ERR(file_read(a, "/nowhere/x", 5, &text), ERR_NOT_FOUND, "'/nowhere/x'");
    CHECK_ERR(file_mkdirs(arena_printf(a, "%s/d", path), 0755), ERR_NOT_FOUND, "cannot create folder");
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
}

TEST(removing_a_tree_follows_no_link)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *keep = arena_printf(a, "%s/keep", test_tmpdir()),
               *gone = arena_printf(a, "%s/gone", test_tmpdir());
    CHECK_OK(file_mkdirs(keep, 0755));
    CHECK_OK(file_write(arena_printf(a, "%s/x", keep), span_of("1"), 0644));
    CHECK_OK(file_mkdirs(arena_printf(a, "%s/sub/deep", gone), 0755));
    CHECK(symlink(keep, arena_printf(a, "%s/sub/link", gone)) == 0);
    CHECK_OK(file_remove(gone));
    CHECK_OK(file_remove(gone));
    CHECK(!file_exists(gone));
    CHECK(file_exists(arena_printf(a, "%s/x", keep)));
    char *tmp = NULL;
    CHECK_OK(file_tempdir("capstan", &tmp));
    CHECK_OK(file_remove(tmp));
    free(tmp);
}

TEST(proc_feeds_and_captures)
{
    struct call call;
    call_init(&call);
    const char *argv[] = {"sh", "-c", "cat; echo $X >&2; pwd >&2; exit 3", NULL},
               *env[] = {"X=y", "PATH=/usr/bin:/bin", NULL};
    char *big = mem_zalloc(300001);
    memset(big, 'z', 300000);
    struct proc_spec spec = {.argv = argv, .env = env, .cwd = "/", .input = {big, 300000}};
    struct proc_result r;
    CHECK_OK(proc_run(&call, &spec, &r));
    CHECK_INT(r.out.len, 300000);
    CHECK_STR(str_text(&r.err), "y\n/\n");
    CHECK_ERR(proc_check(&spec, &r), ERR_UNKNOWN, "'sh' ended with status 3: /");
    proc_result_release(&r);
    free(big);
}

TEST(proc_ends_with_its_call_and_takes_its_children_along)
{
    struct call root, call;
    call_init(&root);
    call_child(&call, &root, 100);
    const char *argv[] = {"sh", "-c", "sleep 60 & echo $!; wait", NULL};
    struct proc_spec spec = {.argv = argv};
    struct proc_result r;
    CHECK_ERR(proc_run(&call, &spec, &r), ERR_DEADLINE, "running 'sh'");
    pid_t grandchild = (pid_t)atoi(str_text(&r.out));
    CHECK(grandchild > 1);
    char *stat = mem_printf("/proc/%d/stat", (int)grandchild);
    bool dead = false; /* dead may still mean a zombie that nobody reaped yet */
    for (int i = 0; i < 1000 && !dead; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct span text;
        CLEANUP(err_freep) struct err *e = file_read(a, stat, 4096, &text);
        dead = e || strstr(text.at, ") Z") || strstr(text.at, ") X");
        usleep(1000);
    }
    CHECK(dead);
    free(stat);
    proc_result_release(&r);
}

TEST(proc_limits_output_and_says_what_is_missing)
{
    struct call call;
    call_init(&call);
    const char *yes[] = {"yes", NULL}, *none[] = {"no-such-program", NULL};
    struct proc_spec spec = {.argv = yes, .output_limit = 1000};
    struct proc_result r;
    CHECK_ERR(proc_run(&call, &spec, &r), ERR_EXHAUSTED, "wrote more than 1000 bytes");
    CHECK_INT(r.out.len, 1000);
    proc_result_release(&r);
    spec.argv = none;
    CHECK_ERR(proc_run(&call, &spec, &r), ERR_NOT_FOUND, "cannot run 'no-such-program'");
    proc_result_release(&r);
    const char *cpu[] = {"sh", "-c", "while :; do :; done", NULL};
    spec = (struct proc_spec){.argv = cpu, .limits.cpu_s = 1};
    CHECK_OK(proc_run(&call, &spec, &r));
    CHECK_ERR(proc_check(&spec, &r), ERR_UNKNOWN, "ended by signal 9");
    proc_result_release(&r);
    call_cancel(&call);
    CHECK_ERR(proc_run(&call, &spec, &r), ERR_CANCELLED, "cancelled");
}
TEST_MAIN
