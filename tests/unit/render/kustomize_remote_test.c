/* URLs of remote bases: specs/kustomize.md §3.1. What 5.8.1 hands to git. */
#include "render/kustomize/remote.h"

#include "lib/test.h"

TEST(urls_are_taken_apart)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *text, *want; /* "url ref path", with "-" for none; NULL = no URL */
    } rows[] = {
        {"https://h:1/org/repo/path/x?ref=v1", "https://h:1/org/repo v1 path/x"},
        {"http://h/org/repo.git/p//q?version=v2", "http://h/org/repo.git/p v2 q"},
        {"git::https://h/org/repo//p?ref=v1", "https://h/org/repo v1 p"},
        {"ssh://git@h:1/org/repo/p", "ssh://git@h:1/org/repo - p"},
        {"git@h:org/repo/p?ref=x", "git@h:org/repo x p"},
        {"HTTPS://h/a/b", "https://h/a/b - -"},
        {"https://u:p@h/a/b/c", "https://u:p@h/a/b - c"},
        {"https://h/proj/_git/repo/x/y", "https://h/proj/_git/repo - x/y"},
        {"file:///tmp/none//x?ref=a", "file:///tmp/none a x"},
        {"file:///tmp/none", "file:///tmp/none - -"},
        {"https://h/a.git/b", "https://h/a.git - b"},
        {"https://h/a/b/", "https://h/a/b - -"},
        {"https://h/a/b?ref=x?y", "https://h/a/b x?y -"},
        {"git@h/org/repo", "git@h/org/repo - -"},
        {"https://h/a/b//c//d", "https://h/a/b - c/d"},
        {"https://h/a/b/c.git/d", "https://h/a/b/c.git - d"},
        {"github.com/a/b/c", "https://github.com/a/b - c"},
        {"GitHub.com:a/b", "https://github.com/a/b - -"},
        {"git@github.com:a/b/c?ref=1", "git@github.com:a/b 1 c"},
        {"ssh://git@github.com/a/b", "git@github.com:a/b - -"},
        {"https://h/a", NULL},
        {"h/a/b", NULL},
        {"user@org/repo", NULL},
        {"https://h/a/b/../../..", NULL},
        {"/github.com/a/b", NULL},
        {"../base", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kustomize_repo r;
        bool is = kustomize_repo_parse(a, rows[i].text, &r);
        const char *got =
            is ? arena_printf(a, "%s %s %s", r.url, *r.ref ? r.ref : "-", *r.path ? r.path : "-") : NULL;
        CHECK_STR(got, rows[i].want);
    }
}

TEST(submodules_come_unless_the_url_says_no)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_repo r;
    CHECK(kustomize_repo_parse(a, "https://h/a/b", &r) && r.submodules);
    CHECK(kustomize_repo_parse(a, "https://h/a/b?submodules=false&ref=x", &r) && !r.submodules);
}

TEST_MAIN
