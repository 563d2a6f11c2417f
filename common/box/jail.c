/* box/jail - what a worker may still ask of the kernel: memory, time, its open channel, its end. Everything
 * else kills it.
 *
 * Under sanitizers `open` and its like fail instead, since their reports look into /proc before they are
 * written. */
#include "box/private.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(alarm),
    SCMP_SYS(setitimer),
    SCMP_SYS(getrlimit),
    SCMP_SYS(sched_getaffinity),
};
/* What a sanitizer tries as it reports. */
static const int refused_softly[] = {
    SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(stat),
    SCMP_SYS(newfstatat), SCMP_SYS(prctl),  SCMP_SYS(prlimit64), SCMP_SYS(ioctl),      SCMP_SYS(getcwd)};

static void must(int rc, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "box: %s: %s\n", what, strerror(rc < 0 ? -rc : rc));
    _exit(126);
}

static void allow_memory(scmp_filter_ctx ctx)
{
    const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    must(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_code), "seccomp: mmap");
    must(seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code), "seccomp: mprotect");
}

/* A rule for a call that this architecture lacks is none. */
static void add(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = seccomp_rule_add(ctx, action, calls[i], 0);
        if (rc != -EDOM && rc != -EFAULT && rc != -EINVAL)
            must(rc, "seccomp");
    }
}

static void no_more_files(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_NOFILE, &none);
}

void box_jail(void)
{
    no_more_files();
    prctl(PR_SET_DUMPABLE, 0);
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    must(ctx ? 0 : ENOMEM, "seccomp");
    add(ctx, SCMP_ACT_ALLOW, allowed, ARRAY_LEN(allowed));
    allow_memory(ctx);
    if (BOX_SANITIZED)
        add(ctx, SCMP_ACT_ERRNO(EACCES), refused_softly, ARRAY_LEN(refused_softly));
    must(seccomp_load(ctx), "seccomp cannot be switched on");
    seccomp_release(ctx);
}
