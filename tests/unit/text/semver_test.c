/* Versions and constraints: semver.org's order, and Masterminds' rules for constraints. */
#include "text/semver.h"

#include "base/str.h"
#include "lib/test.h"

TEST(strict_and_loose_forms)
{
    static const struct {
        const char *text;
        bool strict, loose;
    } rows[] = {{"1.2.3", true, true},        {"1.2.3-beta.1+b01", true, true},
                {"v1.2.3", false, true},      {"1.2", false, true},
                {"1", false, true},           {"01.2.3", false, true},
                {"1.2.3-01", false, false},   {"1.2.3-", false, false},
                {"1.2.3+", false, false},     {"1.2.3.4", false, false},
                {"", false, false},           {"v", false, false},
                {"1.2.beta", false, false},   {"1.2.3 ", false, false},
                {"1.2.3-a..b", false, false}, {"1.2.3-0", true, true},
                {"1-alpha", false, true},     {"18446744073709551616.0.0", false, false},
                {"1.2.3+001", true, true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct semver v;
        struct err *strict = semver_parse_strict(span_of(rows[i].text), &v),
                   *loose = semver_parse(span_of(rows[i].text), &v);
        CHECKF(!strict == rows[i].strict && !loose == rows[i].loose, "%s", rows[i].text);
        err_free(strict);
        err_free(loose);
    }
}

TEST(precedence)
{
    static const char *const rising[] = {"0.0.1",        "1.0.0-1",       "1.0.0-2",          "1.0.0-10",
                                         "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                                         "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",       "1.0.0",
                                         "1.0.1",        "1.2.0",         "1.10.0",           "2.0.0"};
    for (size_t i = 0; i < ARRAY_LEN(rising); i++)
        for (size_t j = 0; j < ARRAY_LEN(rising); j++) {
            struct semver x, y;
            CHECK_OK(semver_parse(span_of(rising[i]), &x));
            CHECK_OK(semver_parse(span_of(rising[j]), &y));
            CHECKF(semver_compare(&x, &y) == (i > j) - (i < j), "%s and %s", rising[i], rising[j]);
        }
    struct semver x, y;
    CHECK_OK(semver_parse(span_of("1.0.0+a"), &x));
    CHECK_OK(semver_parse(span_of("1.0.0+b"), &y));
    CHECK_INT(semver_compare(&x, &y), 0);
}

TEST(constraints)
{
    static const struct {
        const char *constraint, *version;
        bool satisfied;
    } rows[] = {
        {"*", "1.2.3", true},
        {"*", "4.5.6-alpha", false},
        {"*-0", "4.5.6-alpha", true},
        {"1.2.3", "1.2.3", true},
        {"=1.2.3", "1.2.4", false},
        {"1.2", "1.2.9", true},
        {"1.2", "1.3.0", false},
        {"1.x", "1.9.0", true},
        {"1.2.x", "1.3.0", false},
        {"!=1.2.x", "1.2.3", false},
        {"!=1.2.x", "1.3.0", true},
        {"!=4.1", "5.1.0", true},
        {"!=1", "1.2.0", false},
        {">1.1", "1.1.5", false},
        {">1.1", "1.2.0", true},
        {">11", "11.1.0", false},
        {">11", "12.0.0", true},
        {">1.1.0", "1.1.1", true},
        {">=1.1", "1.1.0", true},
        {"<1.1", "1.0.9", true},
        {"<1.1", "1.1.0", false},
        {"<=1.1", "1.1.9", true},
        {"<=11", "11.9.9", true},
        {"<=11", "12.0.0", false},
        {"<=1.1", "0.9.0", true},
        {"=>1.0", "1.0.0", true},
        {"=<1.0.0", "1.0.0", true},
        {"~1.2.3", "1.2.9", true},
        {"~1.2.3", "1.3.0", false},
        {"~1", "1.9.9", true},
        {"~1", "2.0.0", false},
        {"~>1.2", "1.2.9", true},
        {"^1.2.3", "1.9.0", true},
        {"^1.2.3", "2.0.0", false},
        {"^0.2.3", "0.2.9", true},
        {"^0.2.3", "0.3.0", false},
        {"^0.0.3", "0.0.3", true},
        {"^0.0.3", "0.0.4", false},
        {"^0", "0.9.0", true},
        {"^0.0", "0.0.9", true},
        {"^1.x", "1.5.0", true},
        {"1.2 - 2.3", "2.3.9", true},
        {"1.2 - 2.3", "2.4.0", false},
        {"1.2.0 - 2.3.4", "2.3.5", false},
        {">=1.0, <2.0", "1.5.0", true},
        {">=1.0 <2.0", "2.0.0", false},
        {"<1 || >=3", "3.1.0", true},
        {"<1 || >=3", "2.0.0", false},
        {"^1.2.0-beta.0", "1.2.0-beta.2", true},
        {">=1.0.0", "1.1.0-rc1", false},
        {">=1.0.0-0", "1.1.0-rc1", true},
        {">= 1.19.0-0", "1.34.0", true},
        {"v1.2.3", "1.2.3", true},
        {">=v1.0", "1.0.0", true},
        {"~0.0.0", "5.0.0", true},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct semver_constraint *c = NULL;
        struct semver v;
        CHECK_OK(semver_constraint_parse(a, span_of(rows[i].constraint), &c));
        CHECK_OK(semver_parse(span_of(rows[i].version), &v));
        CHECKF(semver_satisfies(c, &v) == rows[i].satisfied, "%s on %s", rows[i].constraint, rows[i].version);
    }
    static const char *const bad[] = {"",     "foo",  ">",   "1.2.3.4", "||",  "1 ||",
                                      ">=1,", "1,,2", "~~1", "1.2.3-",  ">1<2"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct semver_constraint *c = NULL;
        struct err *e = semver_constraint_parse(a, span_of(bad[i]), &c);
        CHECKF(e && strstr(e->msg, "improper constraint"), "'%s' is taken", bad[i]);
        err_free(e);
    }
}

TEST_MAIN
