/* .gitmodules and the URLs in it. */
#include "git/git.h"

#include "base/str.h"
#include "lib/test.h"

static const char *read(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    struct git_modules found;
    struct err *e = git_modules_read(a, span_of(text), &found);
    if (e)
        str_printf(&s, "error: %s", e->msg);
    for (size_t i = 0; !e && i < found.len; i++)
        str_printf(&s, "%s=%s;", found.at[i].path, found.at[i].url);
    err_free(e);
    return arena_strdup(a, str_text(&s));
}

TEST(what_git_writes_and_what_people_write_is_read)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"[submodule \"a\"]\n\tpath = a/b\n\turl = https://h/x.git\n", "a/b=https://h/x.git;"},
        {"[submodule \"a\"]\npath=a\nurl=u\n[submodule \"b\"]\n  url = v # said\n  path = b ; too\n",
         "a=u;b=v;"},
        {"[SubModule \"a\"]\r\n\tPATH = \"a b \"\r\n\tUrl = \"u#v\"\r\n", "a b =u#v;"},
        {"# c\n; d\n[core]\npath = x\nurl = y\n[submodule \"a\"]\npath = ./a/\nurl = u\\\\v\n", "a=u\\v;"},
        {"[submodule \"a\"]\npath = ../up\nurl = u\n[submodule \"b\"]\npath = /abs\nurl = u\n[submodule "
         "\"c\"]\npath = c\n",
         ""},
        {"path = before any section\n[submodule \"a\"]\npath\nurl = u\npath = a", "a=u;"},
        {"[submodule \"a\"\npath = a", "error: .gitmodules:1: a section without its end"},
        {"\n[submodule \"a\"]\npath = \"a", "error: .gitmodules:3: a quote without its end"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(read(a, rows[i].text), rows[i].want);
}

TEST(relative_urls_begin_at_the_repository_and_never_leave_its_host)
{
    static const struct {
        const char *repository, *url, *want;
    } rows[] = {
        {"https://h/a/b.git", "https://x/y", "https://x/y"},
        {"https://h/a/b.git", "../c.git", "https://h/a/c.git"},
        {"https://h/a/b.git/", "../../c", "https://h/c"},
        {"https://h/a/b", "./c.git", "https://h/a/b/c.git"},
        {"git@h:a/b.git", "../c.git", "git@h:a/c.git"},
        {"git@h:b.git", "../c.git", "git@h:c.git"},
        {"https://h/a/b.git", "../../../c", NULL},
        {"git@h:b.git", "../../c", NULL},
        {"ssh://git@h:22/a/b", "../../c/./d", "ssh://git@h:22/c/./d"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = git_module_url(a, rows[i].repository, rows[i].url);
        CHECKF(got ? rows[i].want && streq(got, rows[i].want) : !rows[i].want, "%s + %s is %s, want %s",
               rows[i].repository, rows[i].url, got ? got : "refused",
               rows[i].want ? rows[i].want : "refused");
    }
}

TEST_MAIN
