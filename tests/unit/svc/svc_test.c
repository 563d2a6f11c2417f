/* svc: a service in a process of its own, looked at through its probes and ended by signals. */
#include "lib/test.h"
#include "svc/svc.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t knob;
static const struct opt rows[] = {
    {OPT_INT, "knob", .def = "3", .integer = &knob, .min = 1, .max = 9, .help = "a knob"}};
static const struct opt_section sections[] = {{"Knobs", rows, 1}};

static struct err *start(struct svc_run *run)
{
    if (knob == 9)
        return err_new(ERR_UNAVAILABLE, "knob 9 does not start");
    svc_ready(run, "cluster", knob != 5, "no answer from the API server");
    return NULL;
}

static void drain_never(struct svc_run *run)
{
    (void)run;
}

static const struct svc plain = {
    .name = "test", .about = "A test.", .sections = sections, .sections_len = 1, .start = start};
static const struct svc stubborn = {.name = "test",
                                    .about = "A test.",
                                    .sections = sections,
                                    .sections_len = 1,
                                    .start = start,
                                    .drain = drain_never};

/* Starts it with the probes on a unix socket; `extra` is one more flag. */
static pid_t begin(const struct svc *s, const char *extra)
{
    const char *folder = test_tmpdir(); /* before the fork: both sides must mean the same one */
    pid_t pid = fork();
    if (pid)
        return pid;
    char *at = mem_printf("--metrics-address=unix:%s/probe", folder);
    char *argv[] = {mem_strdup("capstan-test"), at, mem_strdup(extra), NULL};
    int status = svc_main(s, 3, argv);
    _exit(status);
}

static int end_of(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The whole response, read to the end; waits until the service listens. The caller frees. */
static char *get(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof(at.sun_path), "%s/probe", test_tmpdir());
    int fd = -1;
    for (int i = 0; i < 5000; i++) {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
            break;
        close(fd);
        usleep(1000);
    }
    char *ask = mem_printf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path),
         *text = mem_zalloc(65536);
    CHECK(write(fd, ask, strlen(ask)) == (ssize_t)strlen(ask));
    size_t len = 0;
    for (ssize_t n; len < 65535 && (n = read(fd, text + len, 65535 - len)) > 0;)
        len += (size_t)n;
    close(fd);
    free(ask);
    return text;
}

static void check_get(const char *path, const char *status, const char *part)
{
    CLEANUP(mem_freep) char *text = get(path);
    CHECKF(strstr(text, status) && strstr(text, part), "%s gave: %s", path, text);
}

/* The same, once the service has come to it: a signal is handled at its next turn. */
static void await_get(const char *path, const char *status, const char *part)
{
    for (int i = 0; i < 5000; i++) {
        CLEANUP(mem_freep) char *text = get(path);
        if (strstr(text, status) && strstr(text, part))
            return;
    }
    FAIL("%s never gave %s and %s", path, status, part);
}

TEST(probes_answer_and_sigterm_ends_in_order)
{
    pid_t pid = begin(&plain, "--knob=4");
    check_get("/healthz", "HTTP/1.1 200", "ok");
    check_get("/readyz", "HTTP/1.1 200", "ok");
    check_get("/metrics", "HTTP/1.1 200", "process_open_fds ");
    check_get("/other", "HTTP/1.1 404", "/readyz");
    kill(pid, SIGTERM);
    CHECK_INT(end_of(pid), 0);
}

TEST(readyz_names_what_is_missing)
{
    pid_t pid = begin(&plain, "--knob=5");
    check_get("/readyz", "HTTP/1.1 503", "cluster: no answer from the API server\n");
    kill(pid, SIGINT);
    CHECK_INT(end_of(pid), 0);
}

TEST(a_second_signal_ends_at_once)
{
    pid_t pid = begin(&stubborn, "--knob=4");
    check_get("/readyz", "HTTP/1.1 200", "ok");
    kill(pid, SIGTERM);
    await_get("/readyz", "HTTP/1.1 503", "running: shutting down");
    kill(pid, SIGTERM);
    CHECK_INT(end_of(pid), 1);
}

TEST(a_drain_that_takes_too_long_is_cut)
{
    pid_t pid = begin(&stubborn, "--drain-timeout=50ms");
    check_get("/readyz", "HTTP/1.1 200", "ok");
    kill(pid, SIGTERM);
    CHECK_INT(end_of(pid), 0);
}

TEST(what_cannot_start_says_why)
{
    CHECK_INT(end_of(begin(&plain, "--knob=9")), 1);
    CHECK_INT(end_of(begin(&plain, "--knob=10")), 2);
    CHECK_INT(end_of(begin(&plain, "--knop=1")), 2);
    CHECK_INT(end_of(begin(&plain, "--metrics-address=nonsense")), 1);
    CHECK_INT(end_of(begin(&plain, "--help")), 0);
}
TEST_MAIN
