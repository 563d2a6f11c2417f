/* Globs: the gobwas dialect with separators, and Go's filepath.Match. */
#include "text/glob.h"

#include "lib/test.h"

TEST(gobwas_globs)
{
    static const struct {
        const char *pattern, *separators, *text;
        bool match;
    } rows[] = {
        {"*", "", "anything/at all", true},
        {"*", "/", "a/b", false},
        {"**", "/", "a/b", true},
        {"a*c", "", "abbc", true},
        {"a*c", "", "abbd", false},
        {"?at", "", "cat", true},
        {"?at", "c", "cat", false},
        {"[cb]at", "", "bat", true},
        {"[!cb]at", "", "bat", false},
        {"[a-c]at", "", "dat", false},
        {"{cat,bat,[fr]at}", "", "rat", true},
        {"{a,b{c,d}}x", "", "bdx", true},
        {"{a,b{c,d}}x", "", "bx", false},
        {"api.*.com", ".", "api.github.com", true},
        {"api.*.com", ".", "api.gi.hub.com", false},
        {"https://github.com/org/**", "/", "https://github.com/org/a/b", true},
        {"\\*", "", "*", true},
        {"\\*", "", "x", false},
        {"a.b", "", "axb", false},
        {"", "", "", true},
        {"", "", "a", false},
        {"a\nb", "", "a\nb", true},
        {"*", "", "a\nb", true},
        {"caf?", "", "caf\xc3\xa9", true},
        {"a,b}", "", "a,b}", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(glob_freep) struct glob *g = NULL;
        CHECK_OK(glob_compile(span_of(rows[i].pattern), rows[i].separators, &g));
        CHECKF(glob_match(g, span_of(rows[i].text)) == rows[i].match, "%s on %s", rows[i].pattern,
               rows[i].text);
    }
    static const char *const bad[] = {"[a", "{a", "a\\", "[b-a]", "[a\\"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct glob *g = NULL;
        struct err *e = glob_compile(span_of(bad[i]), "", &g);
        CHECKF(e && !g, "%s compiles", bad[i]);
        err_free(e);
    }
}

TEST(path_globs_of_go)
{
    static const struct {
        const char *pattern, *path;
        int match; /* -1 = bad pattern */
    } rows[] = {
        {"abc", "abc", 1},
        {"*", "abc", 1},
        {"*c", "abc", 1},
        {"a*", "a", 1},
        {"a*", "ab/c", 0},
        {"a*/b", "abc/b", 1},
        {"a*/b", "a/c/b", 0},
        {"a*b*c*d*e*/f", "axbxcxdxe/f", 1},
        {"a*b*c*d*e*/f", "axbxcxdxe/xxx/f", 0},
        {"a*b?c*x", "abxbbxdbxebxczzx", 1},
        {"ab[c]", "abc", 1},
        {"ab[b-d]", "abc", 1},
        {"ab[e-g]", "abc", 0},
        {"ab[^c]", "abc", 0},
        {"ab[^e-g]", "abc", 1},
        {"a\\*b", "a*b", 1},
        {"a\\*b", "ab", 0},
        {"a?b",
         "a\xe2\x98\xba"
         "b",
         1},
        {"a[^a]b",
         "a\xe2\x98\xba"
         "b",
         1},
        {"a???b",
         "a\xe2\x98\xba"
         "b",
         0},
        {"[a-\xce\xb6]*", "\xce\xb1", 1},
        {"a?b", "a/b", 0},
        {"a*b", "a/b", 0},
        {"[\\]a]", "]", 1},
        {"[\\-]", "-", 1},
        {"[x\\-]", "x", 1},
        {"[]a]", "]", -1},
        {"[-]", "-", -1},
        {"[x-]", "x", -1},
        {"[a-b-c]", "a", -1},
        {"[", "a", -1},
        {"[^", "a", -1},
        {"[^bc", "a", -1},
        {"a[", "a", -1},
        {"a[", "ab", -1},
        {"*x", "xxx", 1},
        {"\\", "a", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool matched = false;
        struct err *e = glob_path(rows[i].pattern, rows[i].path, &matched);
        CHECKF((e ? -1 : matched) == rows[i].match, "%s on %s", rows[i].pattern, rows[i].path);
        err_free(e);
    }
}

TEST_MAIN
