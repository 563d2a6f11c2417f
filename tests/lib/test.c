/* tests/lib/test - runs each test in a forked child and turns its end into a line of TAP.
 *
 * The child's stdout and stderr are one pipe: what it printed stands as a comment under a failed line, so that a
 * sanitizer's report is seen where it happened. */
#include "lib/test.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_SKIP = 77, OUTPUT_MAX = 64 << 10 };

static struct test *first, **last = &first;
static char *tmpdir;

void test_register(struct test *t)
{
    *last = t;
    last = &t->next;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    fflush(NULL);
    _exit(1); /* no leak check: the failure itself is the news */
}

void test_skip(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    fflush(NULL);
    _exit(EXIT_SKIP);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_tmpdir(void)
{
    nftw(tmpdir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(tmpdir);
    tmpdir = NULL;
}

const char *test_tmpdir(void)
{
    if (tmpdir)
        return tmpdir;
    const char *base = getenv("TMPDIR");
    tmpdir = mem_printf("%s/capstan-test.XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(tmpdir))
        FAIL("%s: %s", tmpdir, strerror(errno));
    atexit(remove_tmpdir);
    return tmpdir;
}

char *test_read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        FAIL("%s: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fileno(f), &st) < 0)
        FAIL("%s: %s", path, strerror(errno));
    char *text = mem_alloc((size_t)st.st_size + 1);
    size_t n = fread(text, 1, (size_t)st.st_size, f);
    text[n] = 0;
    fclose(f);
    if (len)
        *len = n;
    return text;
}

const char *test_conformance(const char *name)
{
    static char path[4096];
    const char *shared = getenv("CAPSTAN_SHARED");
    snprintf(path, sizeof(path), "%s/conformance/%s", shared ? shared : "../shared", name);
    if (access(path, R_OK) < 0)
        test_skip("%s is absent", path);
    return path;
}

/* Reads the child's output until it has ended, keeping the first OUTPUT_MAX bytes. What the child started and left behind is
 * ended with it: it would hold the pipe open, and no test may outlive itself. */
static int drain(int fd, pid_t pid, char *out)
{
    size_t len = 0;
    char scratch[4096];
    int status = 0;
    for (bool ended = false;;) {
        struct pollfd p = {fd, POLLIN, 0};
        int ready = poll(&p, 1, ended ? 0 : 50);
        if (ready > 0) {
            bool room = len < OUTPUT_MAX;
            ssize_t n = read(fd, room ? out + len : scratch, room ? OUTPUT_MAX - len : sizeof(scratch));
            if (n > 0 && room)
                len += (size_t)n;
            if (n > 0)
                continue;
        }
        if (ended)
            break;
        if (waitpid(pid, &status, ready > 0 ? 0 : WNOHANG) == pid) {
            kill(-pid, SIGKILL);
            ended = true;
        }
    }
    out[len] = 0;
    return status;
}

static void comment(char *text)
{
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        printf("# %s\n", line);
}

static bool run_forked(const struct test *t, int number)
{
    static char output[OUTPUT_MAX + 1];
    int fds[2];
    fflush(NULL);
    if (pipe(fds) < 0)
        panic("pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        close(fds[0]);
        close(fds[1]);
        alarm((unsigned)t->seconds);
        t->run();
        exit(0); /* runs the leak check */
    }
    setpgid(pid, pid); /* whoever comes first: the group exists before it is killed */
    close(fds[1]);
    int status = drain(fds[0], pid, output);
    close(fds[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIP) {
        printf("ok %d - %s # SKIP %s\n", number, t->name, output);
        return true;
    }
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("%s %d - %s\n", ok ? "ok" : "not ok", number, t->name);
    if (!ok)
        comment(output);
    if (WIFSIGNALED(status))
        printf("# ended by signal %d%s\n", WTERMSIG(status), WTERMSIG(status) == SIGALRM ? ": took too long" : "");
    return ok;
}

static bool wanted(const struct test *t, int argc, char **argv)
{
    bool named = false;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        named = true;
        if (streq(argv[i], t->name))
            return true;
    }
    return !named;
}

int test_main(int argc, char **argv)
{
    bool list = argc > 1 && streq(argv[1], "-l"), inline_run = argc > 1 && streq(argv[1], "-n");
    int number = 0, failed = 0;
    for (const struct test *t = first; t; t = t->next) {
        if (!wanted(t, argc, argv))
            continue;
        if (list)
            printf("%s\n", t->name);
        else if (inline_run)
            t->run();
        else
            failed += !run_forked(t, ++number);
    }
    if (!list && !inline_run)
        printf("1..%d\n", number);
    return failed != 0;
}
