/* tests/lib/test.h - the test harness: one process a test, TAP on stdout, run by tests/run (TAP::Harness).
 *
 *     #include "base/map.h"
 *     #include "lib/test.h"
 *
 *     TEST(map_keeps_insertion_order) {
 *         ...
 *         CHECK_STR(it.key, "b");
 *     }
 *     TEST_MAIN
 *
 * A failed CHECK says what it saw and ends that test only; so do a crash, a sanitizer report, a leak and a hang (the
 * limit is 60 s, TEST_SLOW raises it). `FILE_test NAME...` runs the named tests; `-l` lists; `-n` stays in one process,
 * for a debugger. */
#ifndef CAPSTAN_TEST_H
#define CAPSTAN_TEST_H

#include "base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct test {
    const char *name;
    void (*run)(void);
    int seconds;
    struct test *next;
};

void test_register(struct test *t);
int test_main(int argc, char **argv);
NORETURN void test_fail(const char *file, int line, const char *fmt, ...) PRINTF(3, 4);
/* Ends the test as skipped, with the reason. */
NORETURN void test_skip(const char *fmt, ...) PRINTF(1, 2);
/* An empty folder of this test's own, removed when the process ends. */
const char *test_tmpdir(void);
/* The whole of a file, NUL behind it; fails the test when it cannot be read. The caller frees. */
char *test_read_file(const char *path, size_t *len);
/* ../shared/conformance/NAME of the checkout; skips the test, saying so, where the folder is absent. */
const char *test_conformance(const char *name);

#define TEST(name_) TEST_WITHIN(name_, 60)
/* For the few tests that replay thousands of cases. */
#define TEST_SLOW(name_) TEST_WITHIN(name_, 600)
#define TEST_WITHIN(name_, seconds_)                                                                         \
    static void test_##name_(void);                                                                          \
    __attribute__((constructor)) static void register_##name_(void)                                          \
    {                                                                                                        \
        static struct test t = {#name_, test_##name_, seconds_, NULL};                                       \
        test_register(&t);                                                                                   \
    }                                                                                                        \
    static void test_##name_(void)
#define TEST_MAIN                                                                                            \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        return test_main(argc, argv);                                                                        \
    }

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond)                                                                                          \
    do {                                                                                                     \
        if (!(cond))                                                                                         \
            FAIL("%s", #cond);                                                                               \
    } while (0)
#define CHECKF(cond, ...)                                                                                    \
    do {                                                                                                     \
        if (!(cond))                                                                                         \
            FAIL(__VA_ARGS__);                                                                               \
    } while (0)
#define CHECK_INT(got, want)                                                                                 \
    do {                                                                                                     \
        int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                                              \
        if (got_ != want_)                                                                                   \
            FAIL("%s is %" PRId64 ", want %" PRId64, #got, got_, want_);                                     \
    } while (0)
#define CHECK_STR(got, want)                                                                                 \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (!got_ || !want_ ? got_ != want_ : strcmp(got_, want_) != 0)                                      \
            FAIL("%s is '%s', want '%s'", #got, got_ ? got_ : "(null)", want_ ? want_ : "(null)");           \
    } while (0)
/* Success; prints the error otherwise. */
#define CHECK_OK(e)                                                                                          \
    do {                                                                                                     \
        struct err *e_ = (e);                                                                                \
        if (e_)                                                                                              \
            FAIL("%s: %s: %s", #e, err_code_name(e_->code), e_->msg);                                        \
    } while (0)
/* An error of that code whose message contains `part`. */
#define CHECK_ERR(e, code_, part)                                                                            \
    do {                                                                                                     \
        struct err *e_ = (e);                                                                                \
        if (!e_)                                                                                             \
            FAIL("%s succeeded, want %s", #e, err_code_name(code_));                                         \
        if (e_->code != (code_) || !strstr(e_->msg, part))                                                   \
            FAIL("%s: %s '%s', want %s '%s'", #e, err_code_name(e_->code), e_->msg, err_code_name(code_),    \
                 part);                                                                                      \
        err_free(e_);                                                                                        \
    } while (0)

#endif
