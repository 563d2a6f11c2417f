/* base/file - files by descriptor (openat, O_NOFOLLOW), so that a tree can change under us without leading us
 * out. */
#include "base/file.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REMOVE_DEPTH = 256, CHUNK = 64 * 1024 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static struct err *read_all(int fd, const char *path, size_t limit, struct str *into)
{
    for (;;) {
        char *room = str_reserve(into, CHUNK);
        if (!room)
            return err_new(ERR_EXHAUSTED, "'%s' is larger than the limit of %zu bytes", path, limit);
        ssize_t n = read(fd, room, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "cannot read '%s'", path);
        if (n == 0)
            return NULL;
        into->len += (size_t)n;
        if (into->len > limit)
            return err_new(ERR_EXHAUSTED, "'%s' is larger than the limit of %zu bytes", path, limit);
    }
}

struct err *file_read(struct arena *a, const char *path, size_t limit, struct span *out)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno, "cannot open '%s'", path);
    CLEANUP(str_release) struct str text = {.limit = limit + CHUNK + 1};
    TRY(read_all(fd, path, limit, &text));
    *out = (struct span){arena_strndup(a, str_text(&text), text.len), text.len};
    return NULL;
}

static struct err *write_all(int fd, const char *path, struct span bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(errno, "cannot write '%s'", path);
        bytes = (struct span){bytes.at + n, bytes.len - (size_t)n};
    }
    return NULL;
}

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

static struct err *sync_parent(const char *path)
{
    CLEANUP(mem_freep) char *dir = parent_of(path);
    CLEANUP(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return err_errno(errno, "cannot sync '%s'", dir);
    return NULL;
}

static struct err *write_synced(int fd, const char *path, struct span bytes, mode_t mode)
{
    TRY(write_all(fd, path, bytes));
    if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
        return err_errno(errno, "cannot write '%s'", path);
    return NULL;
}

struct err *file_write(const char *path, struct span bytes, mode_t mode)
{
    CLEANUP(mem_freep) char *tmp = mem_printf("%s.XXXXXX", path);
    CLEANUP(close_fd) int fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno, "cannot create '%s'", tmp);
    struct err *e = write_synced(fd, path, bytes, mode);
    if (!e && rename(tmp, path) < 0)
        e = err_errno(errno, "cannot rename '%s' to '%s'", tmp, path);
    if (e) {
        unlink(tmp);
        return e;
    }
    return sync_parent(path);
}

struct err *file_mkdirs(const char *path, mode_t mode)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(path);
    for (char *p = copy + 1; *copy && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return err_errno(errno, "cannot create folder '%s'", copy);
        *p = '/';
    }
    struct stat st;
    if (mkdir(copy, mode) == 0 || (errno == EEXIST && stat(copy, &st) == 0 && S_ISDIR(st.st_mode)))
        return NULL;
    return err_errno(errno == EEXIST ? ENOTDIR : errno, "cannot create folder '%s'", path);
}

static void close_dir(DIR **d)
{
    if (*d)
        closedir(*d);
}

static struct err *remove_at(int parent, const char *name, const char *path, int depth);

static struct err *empty_folder(int fd, const char *path, int depth)
{
    CLEANUP(close_dir) DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return err_errno(errno, "cannot list '%s'", path);
    }
    for (struct dirent *d; (d = readdir(dir));)
        if (!streq(d->d_name, ".") && !streq(d->d_name, ".."))
            TRY(remove_at(dirfd(dir), d->d_name, path, depth + 1));
    return NULL;
}

static struct err *remove_at(int parent, const char *name, const char *path, int depth)
{
    if (depth > REMOVE_DEPTH)
        return err_new(ERR_EXHAUSTED, "'%s' holds more than %d nested folders", path, REMOVE_DEPTH);
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return NULL;
    if (errno != EISDIR && errno != EPERM)
        return err_errno(errno, "cannot remove '%s' in '%s'", name, path);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno, "cannot open '%s' in '%s'", name, path);
    TRY(empty_folder(fd, path, depth));
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return err_errno(errno, "cannot remove '%s' in '%s'", name, path);
    return NULL;
}

struct err *file_remove(const char *path)
{
    return remove_at(AT_FDCWD, path, path, 0);
}

struct err *file_tempdir(const char *prefix, char **out)
{
    const char *base = getenv("TMPDIR");
    char *name = mem_printf("%s/%s.XXXXXX", base && *base ? base : "/tmp", prefix);
    if (!mkdtemp(name)) {
        struct err *e = err_errno(errno, "cannot create folder '%s'", name);
        free(name);
        return e;
    }
    *out = name;
    return NULL;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* --- paths --- */

static struct err *escapes(struct span rel, const char *why)
{
    return err_reason(ERR_INVALID, "PathEscape", "path '%.*s' %s", (int)MIN(rel.len, (size_t)1024), rel.at,
                      why);
}

/* Drops the last piece of `out`; false when there is none. */
static bool climb(struct str *out)
{
    if (out->len == 0)
        return false;
    const char *slash = memrchr(out->at, '/', out->len);
    out->len = slash ? (size_t)(slash - out->at) : 0;
    out->at[out->len] = 0;
    return true;
}

struct err *file_clean(struct arena *a, struct span rel, const char **out)
{
    if (rel.len && memchr(rel.at, 0, rel.len))
        return escapes(rel, "holds a NUL");
    if (rel.len && *rel.at == '/')
        return escapes(rel, "is absolute; want one relative to its root");
    CLEANUP(str_release) struct str plain = {0};
    struct span rest = rel, piece;
    while (span_cut(&rest, '/', &piece)) {
        if (!piece.len || span_is(piece, "."))
            continue;
        if (span_is(piece, "..")) {
            if (!climb(&plain))
                return escapes(rel, "leaves its root");
            continue;
        }
        if (plain.len)
            str_char(&plain, '/');
        str_add_span(&plain, piece);
    }
    *out = plain.len ? arena_strdup(a, plain.at) : ".";
    return NULL;
}

struct err *file_join(struct arena *a, const char *root, const char *rel, const char **out)
{
    const char *clean;
    TRY(file_clean(a, span_of(rel), &clean));
    *out = streq(clean, ".") ? arena_strdup(a, root) : arena_printf(a, "%s/%s", root, clean);
    return NULL;
}
