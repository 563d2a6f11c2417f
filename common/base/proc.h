/* base/proc.h - child processes by posix_spawn: argv, environment, stdin text, captured output, limits,
 * deadline.
 *
 * A child leads a process group of its own, so that killing it takes its children along; it inherits no
 * descriptor but the three it is given. posix_spawn, not fork: forking a big process costs tens of
 * milliseconds. */
#ifndef CAPSTAN_BASE_PROC_H
#define CAPSTAN_BASE_PROC_H

#include "base/call.h"
#include "base/str.h"

struct proc_limits {    /* 0 = inherited */
    int64_t cpu_s;      /* RLIMIT_CPU */
    int64_t memory;     /* RLIMIT_AS, bytes */
    int64_t file_size;  /* RLIMIT_FSIZE, bytes */
    int64_t open_files; /* RLIMIT_NOFILE */
};

struct proc_spec {
    const char *const *argv; /* ends in NULL; argv[0] is looked up on PATH */
    const char *const *env;  /* "NAME=value", ends in NULL; NULL = this process's own */
    const char *cwd;         /* NULL = inherited */
    struct span input;       /* stdin of proc_run */
    size_t output_limit;     /* bytes of stdout, and of stderr; 0 = 1 MiB */
    struct proc_limits limits;
};

struct proc_result {
    int status; /* as waitpid gives it */
    struct str out, err;
};
void proc_result_release(struct proc_result *r);

/* Runs to the end, in a worker thread. The child's own exit status is no error here: look at it with
 * proc_check. ERR_DEADLINE or ERR_CANCELLED when `call` ends first (the group gets SIGTERM, then SIGKILL
 * after 2 s); ERR_EXHAUSTED when the output passes its limit; ERR_NOT_FOUND when there is no such program. */
struct err *proc_run(const struct call *call, const struct proc_spec *spec, struct proc_result *out) MUST_USE;
/* NULL for exit status 0; else an error with the status or signal and the last line that the child wrote to
 * stderr. */
struct err *proc_check(const struct proc_spec *spec, const struct proc_result *r) MUST_USE;

/* Starts and returns at once. `fds` become its stdin, stdout and stderr (they stay the caller's; -1 =
 * /dev/null). Watch its end with loop_child, kill with proc_kill. */
struct err *proc_start(const struct proc_spec *spec, const int fds[3], pid_t *pid) MUST_USE;
/* To the whole process group. */
void proc_kill(pid_t pid, int signum);

/* The path of a program that is installed beside this one. */
struct err *proc_sibling(struct arena *a, const char *name, const char **out) MUST_USE;

#endif
