/* Label selectors: grammar, validity, matching. */
#include "text/selector.h"

#include "base/str.h"
#include "lib/test.h"

/* Labels as "a=b,c=d". */
static bool label(const void *arg, struct span key, struct span *value)
{
    struct span rest = span_of(arg), pair, name;
    while (span_cut(&rest, ',', &pair))
        if (span_cut(&pair, '=', &name) && span_eq(name, key)) {
            *value = pair;
            return true;
        }
    return false;
}

TEST(selectors_match_labels)
{
    static const struct {
        const char *selector, *labels;
        bool match;
    } rows[] = {
        {"", "a=b", true},
        {"a=b", "a=b", true},
        {"a==b", "a=c", false},
        {"a!=b", "a=c", true},
        {"a!=b", "", true},
        {"a", "a=", true},
        {"a", "b=1", false},
        {"!a", "b=1", true},
        {"!a", "a=1", false},
        {"a in (x,y)", "a=y", true},
        {"a in (x, y)", "", false},
        {"a notin (x)", "", true},
        {"a notin (x)", "a=x", false},
        {"a=b,c=d", "a=b,c=d", true},
        {"a=b,c=d", "a=b", false},
        {"a>3", "a=4", true},
        {"a<3", "a=4", false},
        {"a>3", "a=x", false},
        {"a=", "a=", true},
        {"a in (,x)", "a=", true},
        {"app.kubernetes.io/name = web , tier in (front)", "app.kubernetes.io/name=web,tier=front", true},
        {"in in (in)", "in=in", true},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct selector s;
        CHECK_OK(selector_parse(a, span_of(rows[i].selector), &s));
        CHECKF(selector_matches(&s, label, rows[i].labels) == rows[i].match, "'%s' on '%s'", rows[i].selector,
               rows[i].labels);
    }
    static const char *const bad[] = {",",    "a,",  "a=b,,c", "=b",    "a in", "a in x", "a in (x",
                                      "a b",  "!",   "!a=b",   "a=b=c", "a>x",  "-a",     "a/b/c",
                                      "A_/x", "a=-", "a=b c",  "(a)",   ".x/a", "a>"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct selector s;
        struct err *e = selector_parse(a, span_of(bad[i]), &s);
        CHECKF(e, "'%s' is taken", bad[i]);
        err_free(e);
    }
}

TEST_MAIN
