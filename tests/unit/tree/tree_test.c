/* Trees: paths, links, and traces that hold exactly as long as nothing that was looked at changes. */
#include "lib/test.h"
#include "tree/trace.h"

#include <sys/stat.h>
#include <unistd.h>

static char *at(const char *path)
{
    return mem_printf("%s/%s", test_tmpdir(), path);
}

static void put(const char *path, const char *text)
{
    CLEANUP(mem_freep) char *whole = at(path);
    FILE *f = fopen(whole, "w");
    CHECK(f);
    fputs(text, f);
    fclose(f);
}

static void folder(const char *path)
{
    CLEANUP(mem_freep) char *whole = at(path);
    CHECK_INT(mkdir(whole, 0755), 0);
}

static void link_to(const char *path, const char *target)
{
    CLEANUP(mem_freep) char *whole = at(path);
    CHECK_INT(symlink(target, whole), 0);
}

static struct tree *sample(void)
{
    folder("app");
    folder("app/sub");
    put("app/a.yaml", "a: 1\n");
    put("app/sub/b.yaml", "b: 2\n");
    put("shared.yaml", "s: 3\n");
    link_to("app/shared", "../shared.yaml");
    link_to("app/out", "../../etc/passwd");
    link_to("app/absolute", "/etc/passwd");
    link_to("app/loop", "loop");
    link_to("app/dangling", "nosuch");
    struct tree *t = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &t));
    return t;
}

TEST(join_cleans_and_refuses_to_leave)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *base, *path, *want; /* NULL = refused */
    } rows[] = {
        {"app", "x.yaml", "app/x.yaml"}, {"", ".", ""},          {"a/b", "../c", "a/c"}, {"a", "../../c", NULL},
        {"a", "/etc", NULL},             {"a//b/", "./c", "a/b/c"}, {"a", "..", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = NULL;
        CHECK_INT(tree_join(a, rows[i].base, rows[i].path, &got), rows[i].want != NULL);
        CHECK_STR(got, rows[i].want);
    }
}

TEST(links_are_followed_inside_the_root_only)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *real = NULL;
    CHECK_OK(tree_resolve(t, a, "app/shared", &real));
    CHECK_STR(real, "shared.yaml");
    CHECK_ERR(tree_resolve(t, a, "app/out", &real), ERR_DENIED, "illegal filepath in symlink at \"app/out\"");
    CHECK_ERR(tree_resolve(t, a, "app/absolute", &real), ERR_DENIED, "app/absolute");
    CHECK_ERR(tree_resolve(t, a, "app/loop", &real), ERR_INVALID, "too many levels");
    CHECK_ERR(tree_resolve(t, a, "app/dangling", &real), ERR_NOT_FOUND, "no such file");
}

TEST(list_is_sorted_and_read_is_limited)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct tree_list list;
    CHECK_OK(tree_list(t, "app", a, &list));
    CHECK_INT(list.len, 7);
    CHECK_STR(list.at[0].name, "a.yaml");
    CHECK_INT(list.at[6].kind, TREE_DIR);
    struct span bytes;
    CHECK_OK(tree_read(t, "app/a.yaml", 100, a, &bytes));
    CHECK_STR(bytes.at, "a: 1\n");
    CHECK_ERR(tree_read(t, "app/a.yaml", 3, a, &bytes), ERR_EXHAUSTED, "app/a.yaml: 5 bytes");
    CHECK_ERR(tree_read(t, "app/none", 3, a, &bytes), ERR_NOT_FOUND, "app/none");
    CHECK_ERR(tree_list(t, "app/a.yaml", a, &list), ERR_NOT_FOUND, "a.yaml");
}

/* Looks as a renderer does: lists app, reads a.yaml, misses extra.yaml. */
static struct trace *look(struct tree *inner)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *t = tree_traced(inner, trace);
    struct tree_list list;
    struct span bytes;
    struct tree_stat st;
    CHECK_OK(tree_list(t, "app", a, &list));
    CHECK_OK(tree_read(t, "app/a.yaml", 100, a, &bytes));
    CHECK_OK(tree_stat(t, "app/extra.yaml", &st));
    CHECK_INT(st.kind, TREE_ABSENT);
    return trace;
}

static const char *first_change(const struct trace *trace, struct tree *t, struct arena *a)
{
    bool holds = false;
    const char *differs = "";
    CHECK_OK(trace_replay(trace, t, a, &holds, &differs));
    return holds ? "" : differs;
}

TEST(a_trace_holds_until_something_looked_at_changes)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(trace_freep) struct trace *trace = look(t);
    CHECK_INT(trace_len(trace), 3);
    CHECK_STR(first_change(trace, t, a), "");
    put("shared.yaml", "s: 4\n");
    put("app/sub/b.yaml", "b: 5\n");
    CHECK_STR(first_change(trace, t, a), "");
    put("app/a.yaml", "a: 2\n");
    CHECK_STR(first_change(trace, t, a), "app/a.yaml");
    put("app/a.yaml", "a: 1\n");
    CHECK_STR(first_change(trace, t, a), "");
    put("app/new.yaml", "");
    CHECK_STR(first_change(trace, t, a), "app");
}

TEST(a_trace_that_asked_for_the_revision_is_of_that_revision_only)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str text = {0};
    CLEANUP(trace_freep) struct trace *trace = trace_new(), *read = NULL;
    CLEANUP(tree_freep) struct tree *first = tree_one("f", span_of("x"), "1111");
    CLEANUP(tree_freep) struct tree *second = tree_one("f", span_of("x"), "2222");
    CLEANUP(tree_freep) struct tree *traced = tree_traced(first, trace);
    struct span bytes;
    const char *revision;
    CHECK_OK(tree_read(traced, "f", 10, a, &bytes));
    bool holds = false;
    CHECK_OK(trace_replay(trace, second, a, &holds, NULL));
    CHECK(holds);
    CHECK_OK(tree_revision(traced, a, &revision));
    CHECK_STR(revision, "1111");
    trace_write(trace, &text);
    CHECK_OK(trace_read(str_span(&text), &read));
    const struct trace *both[] = {trace, read};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        const char *differs = "none";
        CHECK_OK(trace_replay(both[i], first, a, &holds, &differs));
        CHECK(holds);
        CHECK_OK(trace_replay(both[i], second, a, &holds, &differs));
        CHECK(!holds);
        CHECK_STR(differs, "");
    }
}

TEST(a_path_with_a_line_end_is_never_written)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(trace_freep) struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *traced = tree_traced(t, trace);
    struct tree_stat st;
    CHECK_OK(tree_stat(traced, "app/a\nA - app/b.yaml", &st));
    CHECK(!trace_writable(trace));
}

/* What leads to a file counts as a folder, not by what else lies in it. */
TEST(a_new_neighbour_of_a_folder_that_was_passed_through_changes_nothing)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(trace_freep) struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *traced = tree_traced(t, trace);
    const char *real = NULL;
    struct tree_list list;
    CHECK_OK(tree_resolve(traced, a, "app/sub", &real));
    CHECK_OK(tree_list(traced, real, a, &list));
    put("app/neighbour.yaml", "");
    CHECK_STR(first_change(trace, t, a), "");
    put("app/sub/new.yaml", "");
    CHECK_STR(first_change(trace, t, a), "app/sub");
}

TEST(a_trace_survives_being_written)
{
    CLEANUP(tree_freep) struct tree *t = sample();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(trace_freep) struct trace *trace = look(t), *again = NULL;
    CLEANUP(str_release) struct str text = {0};
    trace_write(trace, &text);
    CHECK(trace_writable(trace));
    CHECK_OK(trace_read(str_span(&text), &again));
    CHECK_INT(trace_len(again), 3);
    CHECK_STR(first_change(again, t, a), "");
    put("app/extra.yaml", "x");
    CHECK_STR(first_change(again, t, a), "app");
    trace_free(again);
    again = NULL;
    CHECK_ERR(trace_read(span_of("F abc a\nX abc b\n"), &again), ERR_INVALID, "trace line 2: not an input");
    CHECK_ERR(trace_read(span_of("F"), &again), ERR_INVALID, "line 1");
}

TEST_MAIN
