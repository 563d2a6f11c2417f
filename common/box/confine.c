/* box/confine - Landlock for files, signals and abstract sockets, seccomp for what makes sockets or looks
 * into other processes. */
#include "box/confine.h"

#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of landlock(7): older kernel headers lack the later ones. */
enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_ALL_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,    /* ABI 2 */
    FS_TRUNCATE = 1 << 14, /* ABI 3 */
    FS_MAKE_DEVICES = 1 << 6 | 1 << 11,
    SCOPE_ALL = 3, /* ABI 6: abstract unix sockets, signals */
    RULE_PATH_BENEATH = 1,
    CREATE_VERSION = 1,
};
struct ruleset {
    uint64_t fs, net, scoped;
};
struct __attribute__((packed)) beneath {
    uint64_t allowed;
    int32_t fd;
};

static struct err *allow(int rules, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) /* what is not there needs no rule */
        return errno == ENOENT ? NULL : err_errno(errno, "%s", path);
    const struct beneath rule = {access, fd};
    long rc = syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0);
    int why = errno;
    close(fd);
    return rc == 0 ? NULL : err_errno(why, "Landlock: %s", path);
}

static struct err *allow_all(int rules, const struct box_confine *what, uint64_t handled)
{
    static const char *const system[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt"};
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"};
    const uint64_t look = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR;
    for (size_t i = 0; i < ARRAY_LEN(system); i++)
        TRY(allow(rules, system[i], look));
    for (size_t i = 0; i < ARRAY_LEN(devices); i++)
        TRY(allow(rules, devices[i], FS_READ_FILE | FS_WRITE_FILE));
    return allow(rules, what->folder, handled & ~(uint64_t)FS_MAKE_DEVICES);
}

static struct err *bind_files(const struct box_confine *what)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    if (abi < 1)
        return err_new(ERR_UNAVAILABLE, "this kernel has no Landlock, or it is switched off");
    const struct ruleset r = {.fs = FS_ALL_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0),
                              .scoped = abi >= 6 ? SCOPE_ALL : 0};
    size_t size = abi >= 6 ? sizeof(r) : sizeof(r.fs);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (rules < 0)
        return err_errno(errno, "Landlock");
    struct err *e = allow_all(rules, what, r.fs);
    if (!e && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        e = err_errno(errno, "Landlock");
    close(rules);
    return e;
}

static int refuse(scmp_filter_ctx ctx, int call)
{
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), call, 0);
    return rc == -EDOM ? 0 : rc; /* this architecture has no such call */
}

static int refuse_sockets(scmp_filter_ctx ctx, bool network)
{
    if (!network)
        return refuse(ctx, SCMP_SYS(socket));
    int rc = 0; /* a socket of another process's folder, or of the kernel's */
    for (int family = 0; family < AF_MAX && !rc; family++)
        if (family != AF_INET && family != AF_INET6)
            rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family));
    return rc;
}

static struct err *bind_calls(const struct box_confine *what)
{
    static const int refused[] = {SCMP_SYS(ptrace),
                                  SCMP_SYS(process_vm_readv),
                                  SCMP_SYS(process_vm_writev),
                                  SCMP_SYS(pidfd_getfd),
                                  SCMP_SYS(bpf),
                                  SCMP_SYS(perf_event_open),
                                  SCMP_SYS(keyctl),
                                  SCMP_SYS(add_key),
                                  SCMP_SYS(request_key),
                                  SCMP_SYS(mount),
                                  SCMP_SYS(unshare),
                                  SCMP_SYS(setns),
                                  SCMP_SYS(userfaultfd),
                                  SCMP_SYS(io_uring_setup)};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int rc = ctx ? refuse_sockets(ctx, what->network) : -ENOMEM;
    for (size_t i = 0; i < ARRAY_LEN(refused) && !rc; i++)
        rc = refuse(ctx, refused[i]);
    if (!rc)
        rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc ? err_errno(-rc, "seccomp") : NULL;
}

struct err *box_confine(const struct box_confine *what)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_errno(errno, "no_new_privs");
    TRY(bind_files(what));
    return bind_calls(what);
}
