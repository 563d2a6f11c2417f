/* metric, fault. */
#include "base/fault.h"
#include "base/metric.h"
#include "lib/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(prints_prometheus_text)
{
    CLEANUP(metric_set_freep) struct metric_set *s = metric_set_new();
    struct metric *c = metric_new(s, &(struct metric_desc){.type = METRIC_COUNTER,
                                                           .name = "syncs_total",
                                                           .help = "Syncs\nby phase.",
                                                           .labels = {"name", "phase"}});
    struct metric *g =
        metric_new(s, &(struct metric_desc){.type = METRIC_GAUGE, .name = "depth", .help = "Depth."});
    struct metric *h = metric_new(s, &(struct metric_desc){.type = METRIC_HISTOGRAM,
                                                           .name = "took_seconds",
                                                           .help = "Time.",
                                                           .labels = {"m"},
                                                           .buckets = {.5, 1}});
    metric_add(c, 1, "a\"b\\", "Succeeded");
    metric_add(c, 2, "a\"b\\", "Succeeded");
    metric_put(g, 2.5);
    metric_observe(h, .5, "x");
    metric_observe(h, .75, "x");
    metric_observe(h, 9, "x");
    CLEANUP(str_release) struct str out = {0};
    metric_print(s, &out);
    CHECK_STR(str_text(&out),
              "# HELP syncs_total Syncs\\nby phase.\n# TYPE syncs_total counter\n"
              "syncs_total{name=\"a\\\"b\\\\\",phase=\"Succeeded\"} 3\n"
              "# HELP depth Depth.\n# TYPE depth gauge\ndepth 2.5\n"
              "# HELP took_seconds Time.\n# TYPE took_seconds histogram\n"
              "took_seconds_bucket{m=\"x\",le=\"0.5\"} 1\ntook_seconds_bucket{m=\"x\",le=\"1\"} 2\n"
              "took_seconds_bucket{m=\"x\",le=\"+Inf\"} 3\ntook_seconds_sum{m=\"x\"} 10.25\n"
              "took_seconds_count{m=\"x\"} 3\n");
    metric_drop(c, "a\"b\\", "Succeeded");
    CHECK_INT(metric_value(c, "a\"b\\", "Succeeded"), 0);
}

TEST(series_are_limited)
{
    CLEANUP(metric_set_freep) struct metric_set *s = metric_set_new();
    struct metric *c = metric_new(
        s, &(struct metric_desc){
               .type = METRIC_COUNTER, .name = "c", .help = "C.", .labels = {"k"}, .max_series = 2});
    metric_add(c, 1, "a");
    metric_add(c, 1, "b");
    metric_add(c, 1, "c");
    metric_add(c, 1, "a");
    CHECK_INT(metric_value(c, "a"), 2);
    CHECK_INT(metric_value(c, "c"), 0);
    CLEANUP(str_release) struct str out = {0};
    metric_process(s);
    metric_print(s, &out);
    CHECK(strstr(str_text(&out), "capstan_metric_series_dropped_total{metric=\"c\"} 1\n") != NULL);
    CHECK(strstr(str_text(&out), "\nprocess_resident_memory_bytes ") != NULL);
    CHECK(strstr(str_text(&out), "\nprocess_open_fds ") != NULL);
}

static void *count(void *arg)
{
    for (int i = 0; i < 5000; i++)
        metric_add(arg, 1, "x");
    return NULL;
}

TEST(threads_count_together)
{
    CLEANUP(metric_set_freep) struct metric_set *s = metric_set_new();
    struct metric *c = metric_new(
        s, &(struct metric_desc){.type = METRIC_COUNTER, .name = "c", .help = "C.", .labels = {"k"}});
    pthread_t t[3];
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&t[i], NULL, count, c) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    CHECK_INT(metric_value(c, "x"), 15000);
}

TEST(faults_fire_when_told)
{
    CHECK_OK(fault_point("never.armed"));
    CHECK_OK(fault_arm("a=fail@2,b=fail,c=stall:1ms"));
    CHECK_OK(fault_point("a"));
    CHECK_ERR(fault_point("a"), ERR_UNAVAILABLE, "fault 'a' fired (hit 2)");
    CHECK_OK(fault_point("a"));
    CHECK_ERR(fault_point("b"), ERR_UNAVAILABLE, "fault 'b'");
    CHECK_ERR(fault_point("b"), ERR_UNAVAILABLE, "fault 'b'");
    CHECK_OK(fault_point("c"));
    CHECK_OK(fault_arm(NULL));
    CHECK_OK(fault_point("b"));
    const char *bad[] = {"a",         "a=die", "a=fail@0",   "a=fail@x", "a=stall",
                         "a=stall:x", "=fail", "a=kill@1/0", "a=fail:3"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(fault_arm(bad[i]), ERR_INVALID, "is no fault");
    CHECK_OK(fault_arm(NULL));
}

TEST(kills_at_a_seeded_hit)
{
    bool differ = false;
    int first = 0;
    for (int seed = 0; seed < 5; seed++) {
        int fds[2];
        CHECK(pipe(fds) == 0);
        pid_t pid = fork();
        if (pid == 0) {
            CHECK_OK(fault_arm(mem_printf("x=kill@%d/10", seed)));
            for (int i = 0; i < 10; i++) {
                CHECK(write(fds[1], "x", 1) == 1);
                CHECK_OK(fault_point("x"));
            }
            _exit(1);
        }
        int status = 0;
        char hits[16];
        waitpid(pid, &status, 0);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        int n = (int)read(fds[0], hits, sizeof(hits));
        CHECK(n >= 1 && n <= 10);
        differ |= seed > 0 && n != first;
        first = n;
        close(fds[0]);
        close(fds[1]);
    }
    CHECK(differ);
}
TEST_MAIN
