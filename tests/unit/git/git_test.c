/* Git: revisions as people write them, and a mirror of a real repository made by git itself. */
#include "base/proc.h"
#include "git/git.h"
#include "lib/test.h"

static const struct git_ref rows[] = {
    {"HEAD", "1111111111111111111111111111111111111111", "refs/heads/main"},
    {"refs/heads/main", "1111111111111111111111111111111111111111", NULL},
    {"refs/heads/both", "2222222222222222222222222222222222222222", NULL},
    {"refs/tags/both", "3333333333333333333333333333333333333333", NULL},
    {"refs/tags/v1.0.0", "4444444444444444444444444444444444444444", NULL},
    {"refs/tags/v1.2.3", "5555555555555555555555555555555555555555", NULL},
    {"refs/tags/v2.0.0-rc.1", "6666666666666666666666666666666666666666", NULL},
};

TEST(revisions_resolve_as_upstream_does)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct git_refs refs = {(struct git_ref *)(uintptr_t)rows, ARRAY_LEN(rows)};
    static const struct {
        const char *revision;
        char digit; /* of the SHA; 0 = refused */
    } cases[] = {
        {"", '1'},        {"HEAD", '1'},   {"main", '1'},   {"both", '2'},          {"refs/tags/both", '3'},
        {"v1.0.0", '4'},  {"1.*", '5'},    {">=1 <2", '5'}, {"~1.0", '4'},          {"^2.0.0", 0},
        {">=2.0.0-0", '6'}, {"nosuch", 0}, {"v9.9.9", 0},   {"refs/heads/nosuch", 0}, {"tags/both", '3'},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *sha = "";
        CLEANUP(err_freep) struct err *e = git_resolve(&refs, cases[i].revision, a, &sha);
        CHECKF((e == NULL) == (cases[i].digit != 0), "'%s': %s", cases[i].revision, e ? e->msg : sha);
        CHECKF(!cases[i].digit || sha[0] == cases[i].digit, "'%s' gave %s", cases[i].revision, sha);
    }
    const char *sha = "";
    CHECK_OK(git_resolve(&refs, "abcdef0", a, &sha));
    CHECK_STR(sha, "abcdef0");
    CHECK_ERR(git_resolve(&refs, "nosuch", a, &sha), ERR_NOT_FOUND, "unable to resolve 'nosuch' to a commit SHA");
}

static void sh(const char *command)
{
    CLEANUP(mem_freep) char *all = mem_printf("cd %s && export GIT_CONFIG_GLOBAL=/dev/null && %s", test_tmpdir(), command);
    const char *argv[] = {"sh", "-ec", all, NULL};
    struct proc_spec spec = {.argv = argv};
    struct proc_result r = {0};
    struct call call;
    call_init(&call);
    CHECK_OK(proc_run(&call, &spec, &r));
    CHECK_OK(proc_check(&spec, &r));
    proc_result_release(&r);
}

static void make_repository(void)
{
    sh("git init -q -b main src && cd src && git config user.name Jane && git config user.email jane@example.org && "
       "mkdir -p app/sub && echo 'a: 1' > app/a.yaml && echo 'b: 2' > app/sub/b.yaml && ln -s a.yaml app/link && "
       "git add -A && git commit -q -m 'first line' && git tag -a v1.0.0 -m tag");
}

TEST(a_mirror_reads_what_git_wrote)
{
    git_setup();
    make_repository();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(mem_freep) char *url = mem_printf("file://%s/src", test_tmpdir()), *dir = mem_printf("%s/m", test_tmpdir());
    struct call call;
    call_init(&call);
    struct git_refs refs;
    CHECK_OK(git_ls_remote(&call, url, NULL, a, &refs));
    const char *sha = "", *tag = "";
    CHECK_OK(git_resolve(&refs, "main", a, &sha));
    CHECK_OK(git_resolve(&refs, "v1.0.0", a, &tag));
    CHECK_STR(tag, sha); /* annotated tags are peeled */
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CHECK_OK(git_mirror_open(dir, &m));
    CHECK(!git_mirror_has(m, sha));
    CHECK_OK(git_mirror_fetch(&call, m, url, NULL, sha, 0));
    CHECK(git_mirror_has(m, sha));
    CLEANUP(tree_freep) struct tree *t = NULL;
    CHECK_OK(git_mirror_tree(m, sha, &t));
    struct span text;
    CHECK_OK(tree_read(t, "app/sub/b.yaml", 100, a, &text));
    CHECK_STR(text.at, "b: 2\n");
    CHECK_ERR(tree_read(t, "app/sub/b.yaml", 2, a, &text), ERR_EXHAUSTED, "5 bytes are more");
    CHECK_ERR(tree_read(t, "app", 100, a, &text), ERR_INVALID, "not a file");
    struct tree_list list;
    CHECK_OK(tree_list(t, "app", a, &list));
    CHECK_INT(list.len, 3);
    CHECK_INT(list.at[1].kind, TREE_LINK);
    const char *real = "";
    CHECK_OK(tree_resolve(t, a, "app/link", &real));
    CHECK_STR(real, "app/a.yaml");
    struct git_commit_info info;
    CHECK_OK(git_mirror_commit(m, sha, a, &info));
    CHECK_STR(info.author, "Jane <jane@example.org>");
    CHECK_STR(info.tags[0], "v1.0.0");
}

TEST(what_a_server_does_not_have_is_said)
{
    git_setup();
    make_repository();
    CLEANUP(mem_freep) char *url = mem_printf("file://%s/src", test_tmpdir()), *dir = mem_printf("%s/m", test_tmpdir());
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    struct call call;
    call_init(&call);
    CHECK_OK(git_mirror_open(dir, &m));
    CHECK_ERR(git_mirror_fetch(&call, m, url, NULL, "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", 0), ERR_NOT_FOUND,
              "has no commit deadbeef");
    call_cancel(&call);
    struct err *e = git_mirror_fetch(&call, m, url, NULL, NULL, 0);
    CHECK_ERR(e, ERR_CANCELLED, "cancelled");
}

TEST_MAIN
