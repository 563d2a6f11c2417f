/* base/proc - spawn, feed and drain by poll, and be sure that the group is dead before returning.
 *
 * Resource limits are set by prlimit(2) on the fresh child: posix_spawn has no attribute for them, and
 * lowering our own around the spawn would hit the other threads. The child runs without them for some
 * microseconds. */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { OUTPUT_LIMIT = 1 << 20, CHUNK = 64 * 1024, SLICE_MS = 50, GRACE_MS = 2000 };

void proc_result_release(struct proc_result *r)
{
    str_release(&r->out);
    str_release(&r->err);
}

static void set_limit(pid_t pid, int which, int64_t value)
{
    struct rlimit limit = {(rlim_t)value, (rlim_t)value};
    if (value > 0)
        prlimit(pid, (__rlimit_resource_t)which, &limit, NULL);
}

static void set_limits(pid_t pid, const struct proc_limits *l)
{
    set_limit(pid, RLIMIT_CPU, l->cpu_s);
    set_limit(pid, RLIMIT_AS, l->memory);
    set_limit(pid, RLIMIT_FSIZE, l->file_size);
    set_limit(pid, RLIMIT_NOFILE, l->open_files);
}

static void prepare_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attr);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static void prepare_files(posix_spawn_file_actions_t *acts, const int fds[3], const char *cwd)
{
    posix_spawn_file_actions_init(acts);
    for (int i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            posix_spawn_file_actions_adddup2(acts, fds[i], i);
        else
            posix_spawn_file_actions_addopen(acts, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0);
    }
    posix_spawn_file_actions_addclosefrom_np(acts, 3);
    if (cwd)
        posix_spawn_file_actions_addchdir_np(acts, cwd);
}

struct err *proc_start(const struct proc_spec *spec, const int fds[3], pid_t *pid)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t acts;
    int safe[3];
    /* A descriptor below 3 could be overwritten by an earlier dup2 of the sequence: move it up first. */
    for (int i = 0; i < 3; i++)
        safe[i] = fds[i] >= 0 && fds[i] < 3 && fds[i] != i ? fcntl(fds[i], F_DUPFD_CLOEXEC, 3) : fds[i];
    prepare_attributes(&attr);
    prepare_files(&acts, safe, spec->cwd);
    int rc = posix_spawnp(pid, spec->argv[0], &acts, &attr, (char *const *)(uintptr_t)spec->argv,
                          spec->env ? (char *const *)(uintptr_t)spec->env : environ);
    posix_spawn_file_actions_destroy(&acts);
    posix_spawnattr_destroy(&attr);
    for (int i = 0; i < 3; i++)
        if (safe[i] != fds[i])
            close(safe[i]);
    if (rc)
        return err_errno(rc, "cannot run '%s'", spec->argv[0]);
    set_limits(*pid, &spec->limits);
    return NULL;
}

void proc_kill(pid_t pid, int signum)
{
    if (kill(-pid, signum) < 0 && errno == ESRCH)
        kill(pid, signum);
}

struct err *proc_sibling(struct arena *a, const char *name, const char **out)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
    const char *slash = n > 0 && (size_t)n < sizeof(path) ? memrchr(path, '/', (size_t)n) : NULL;
    if (!slash)
        return err_errno(n < 0 ? errno : ENAMETOOLONG, "cannot tell where this program lies");
    *out = arena_printf(a, "%.*s/%s", (int)(slash - path), path, name);
    return NULL;
}

/* --- the blocking run --- */

enum { IN, OUT, ERRS };

struct run {
    const struct call *call;
    const struct proc_spec *spec;
    struct proc_result *result;
    int fd[3]; /* our ends: stdin to write, stdout and stderr to read; -1 = closed */
    struct span input;
    size_t limit;
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void feed(struct run *r)
{
    ssize_t n = r->input.len ? write(r->fd[IN], r->input.at, r->input.len) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        r->input = (struct span){r->input.at + n, r->input.len - (size_t)n};
    if (n < 0 || !r->input.len) /* all is written, or the child does not want it */
        shut(&r->fd[IN]);
}

static struct err *drain(struct run *r, int which)
{
    struct str *into = which == OUT ? &r->result->out : &r->result->err;
    char *room = str_reserve(into, CHUNK);
    ssize_t n = read(r->fd[which], room, CHUNK);
    room[MAX(n, 0)] = 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return NULL;
    if (n <= 0) {
        shut(&r->fd[which]);
        return NULL;
    }
    into->len += (size_t)n;
    if (into->len <= r->limit)
        return NULL;
    into->len = r->limit;
    into->at[into->len] = 0;
    return err_new(ERR_EXHAUSTED, "'%s' wrote more than %zu bytes", r->spec->argv[0], r->limit);
}

static struct err *pump(struct run *r)
{
    struct pollfd p[3];
    for (int i = 0; i < 3; i++)
        p[i] = (struct pollfd){r->fd[i], i == IN ? POLLOUT : POLLIN, 0};
    int64_t left = call_left_ms(r->call);
    if (poll(p, 3, (int)MIN(left, (int64_t)SLICE_MS)) < 0 && errno != EINTR)
        return err_errno(errno, "waiting for '%s'", r->spec->argv[0]);
    if (r->fd[IN] >= 0 && p[IN].revents)
        feed(r);
    for (int i = OUT; i <= ERRS; i++)
        if (r->fd[i] >= 0 && p[i].revents)
            TRY(drain(r, i));
    return call_check(r->call);
}

/* Waits up to `ms` for the end of the child. */
static bool reap(pid_t pid, int *status, int64_t ms)
{
    for (int64_t until = clock_mono_ms(&clock_system) + ms;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        if (got == pid || (got < 0 && errno == ECHILD))
            return true;
        if (clock_mono_ms(&clock_system) >= until)
            return false;
        poll(NULL, 0, 2);
    }
}

static void end_group(pid_t pid, int *status)
{
    proc_kill(pid, SIGTERM);
    if (!reap(pid, status, GRACE_MS)) {
        proc_kill(pid, SIGKILL);
        while (waitpid(pid, status, 0) < 0 && errno == EINTR)
            ;
    }
    kill(-pid, SIGKILL); /* what the leader left behind */
}

/* Both streams closed does not mean ended: wait, still within the call. */
static struct err *wait_end(struct run *r, pid_t pid)
{
    while (!reap(pid, &r->result->status, SLICE_MS))
        TRY(call_check(r->call));
    kill(-pid, SIGKILL);
    return NULL;
}

static struct err *open_pipes(struct run *r, int theirs[3])
{
    for (int i = 0; i < 3; i++) {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC) < 0)
            return err_errno(errno, "pipe");
        r->fd[i] = fds[i == IN];
        theirs[i] = fds[i != IN];
        fcntl(r->fd[i], F_SETFL, O_NONBLOCK);
    }
    return NULL;
}

static struct err *converse(struct run *r, pid_t pid)
{
    struct err *e = NULL;
    while (!e && (r->fd[OUT] >= 0 || r->fd[ERRS] >= 0))
        e = pump(r);
    if (!e)
        e = wait_end(r, pid);
    if (e)
        end_group(pid, &r->result->status);
    return err_wrap(e, "running '%s'", r->spec->argv[0]);
}

struct err *proc_run(const struct call *call, const struct proc_spec *spec, struct proc_result *out)
{
    size_t limit = spec->output_limit ? spec->output_limit : OUTPUT_LIMIT;
    *out = (struct proc_result){.out.limit = limit + CHUNK + 1, .err.limit = limit + CHUNK + 1};
    struct run r = {call, spec, out, {-1, -1, -1}, spec->input, limit};
    int theirs[3] = {-1, -1, -1};
    pid_t pid = 0;
    TRY(call_check(call));
    struct err *e = open_pipes(&r, theirs);
    if (!e)
        e = proc_start(spec, theirs, &pid);
    for (int i = 0; i < 3; i++)
        shut(&theirs[i]);
    if (!e)
        e = converse(&r, pid);
    for (int i = 0; i < 3; i++)
        shut(&r.fd[i]);
    return e;
}

/* The last line of stderr that is not blank. */
static struct span last_line(const struct str *s)
{
    struct span text = span_trim(str_span(s));
    const char *nl = text.len ? memrchr(text.at, '\n', text.len) : NULL;
    return nl ? (struct span){nl + 1, text.len - (size_t)(nl + 1 - text.at)} : text;
}

struct err *proc_check(const struct proc_spec *spec, const struct proc_result *r)
{
    if (WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
        return NULL;
    struct span line = last_line(&r->err);
    int n = (int)MIN(line.len, (size_t)500);
    const char *sep = n ? ": " : "";
    if (WIFSIGNALED(r->status))
        return err_new(ERR_UNKNOWN, "'%s' was ended by signal %d%s%.*s", spec->argv[0], WTERMSIG(r->status),
                       sep, n, n ? line.at : "");
    return err_new(ERR_UNKNOWN, "'%s' ended with status %d%s%.*s", spec->argv[0], WEXITSTATUS(r->status), sep,
                   n, n ? line.at : "");
}
