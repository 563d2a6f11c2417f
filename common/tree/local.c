/* tree/local - a folder on disk as a tree, through openat from its root: no component above it is ever looked at. */
#include "tree/tree.h"

#include "base/hash.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST_READ_MAX = 256 << 20 };

struct local {
    struct tree tree;
    int root;
};

static enum tree_kind kind_of(mode_t mode)
{
    return S_ISREG(mode) ? TREE_FILE : S_ISDIR(mode) ? TREE_DIR : S_ISLNK(mode) ? TREE_LINK : TREE_OTHER;
}

/* What the listing says of an entry, or its own record where that file system's listings say nothing; false
 * when it is gone by then. */
static bool entry_kind(int dir, const struct dirent *d, enum tree_kind *out)
{
    struct stat st;
    switch (d->d_type) {
    case DT_REG:
        *out = TREE_FILE;
        return true;
    case DT_DIR:
        *out = TREE_DIR;
        return true;
    case DT_LNK:
        *out = TREE_LINK;
        return true;
    default:
        if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            return false;
        *out = kind_of(st.st_mode);
        return true;
    }
}

static const char *or_dot(const char *path)
{
    return *path ? path : ".";
}

static struct err *too_large(const char *path, off_t size, size_t limit)
{
    return err_reason(ERR_EXHAUSTED, "FileTooLarge", "%s: %lld bytes are more than the limit of %zu", path,
                      (long long)size, limit);
}

/* Where a link points to. */
static struct err *read_link(const struct local *l, const char *path, size_t limit, struct arena *a,
                             struct span *out)
{
    struct stat st;
    if (fstatat(l->root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_errno(errno, "%s", path);
    if ((size_t)st.st_size > limit)
        return too_large(path, st.st_size, limit);
    char *bytes = arena_raw(a, (size_t)st.st_size + 1);
    ssize_t n = readlinkat(l->root, path, bytes, (size_t)st.st_size);
    if (n < 0)
        return err_errno(errno, "%s", path);
    bytes[n] = 0;
    *out = (struct span){bytes, (size_t)n};
    return NULL;
}

/* The path is walked once: what it leads to is looked at through the open file. */
static struct err *local_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    struct local *l = CONTAINER(t, struct local, tree);
    struct stat st;
    struct err *e = NULL;
    int fd = openat(l->root, or_dot(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ELOOP)
        return read_link(l, path, limit, a, out);
    if (fd < 0)
        return err_errno(errno, "%s", path);
    if (fstat(fd, &st) < 0)
        e = err_errno(errno, "%s", path);
    else if ((size_t)st.st_size > limit)
        e = too_large(path, st.st_size, limit);
    if (!e) {
        char *bytes = arena_raw(a, (size_t)st.st_size + 1);
        ssize_t n = 0;
        for (ssize_t got; n < st.st_size && (got = read(fd, bytes + n, (size_t)(st.st_size - n))) > 0;)
            n += got;
        bytes[n] = 0;
        *out = (struct span){bytes, (size_t)n};
    }
    close(fd);
    return e;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tree_entry *)a)->name, ((const struct tree_entry *)b)->name);
}

static struct err *local_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    struct local *l = CONTAINER(t, struct local, tree);
    int fd = openat(l->root, or_dot(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return err_errno(errno, "%s", path);
    size_t cap = 16;
    struct tree_entry *entries = NEW_N(a, struct tree_entry, cap);
    out->len = 0;
    for (struct dirent *d; (d = readdir(dir));) {
        enum tree_kind kind;
        if (streq(d->d_name, ".") || streq(d->d_name, "..") || !entry_kind(dirfd(dir), d, &kind))
            continue;
        if (out->len == cap) {
            struct tree_entry *more = NEW_N(a, struct tree_entry, cap * 2);
            memcpy(more, entries, cap * sizeof(*more));
            entries = more;
            cap *= 2;
        }
        entries[out->len++] = (struct tree_entry){arena_strdup(a, d->d_name), kind};
    }
    closedir(dir);
    qsort(entries, out->len, sizeof(*entries), by_name);
    out->at = entries;
    return NULL;
}

static struct err *local_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    struct local *l = CONTAINER(t, struct local, tree);
    struct stat st;
    *out = (struct tree_stat){0};
    if (fstatat(l->root, or_dot(path), &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || errno == ENOTDIR ? NULL : err_errno(errno, "%s", path);
    out->kind = kind_of(st.st_mode);
    if (out->kind != TREE_FILE && out->kind != TREE_LINK)
        return NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("stat");
    struct span bytes;
    TRY(local_read(t, path, DIGEST_READ_MAX, a, &bytes));
    memcpy(out->digest, hash128_hex(bytes.at, bytes.len).text, sizeof(struct hash_hex));
    return NULL;
}

static struct err *local_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    CLEANUP(arena_freep) struct arena *a = arena_new("names");
    CLEANUP(hash_freep) struct hash *h = hash_new();
    struct tree_list list;
    TRY(local_list(t, path, a, &list));
    for (size_t i = 0; i < list.len; i++) {
        hash_add(h, &list.at[i].kind, sizeof(list.at[i].kind));
        hash_add_text(h, list.at[i].name);
    }
    memcpy(out, hash_sum_hex(h).text, sizeof(struct hash_hex));
    return NULL;
}

static void local_free(struct tree *t)
{
    struct local *l = CONTAINER(t, struct local, tree);
    close(l->root);
    free(l);
}

struct err *tree_local(const char *root, struct tree **out)
{
    static const struct tree_ops ops = {local_stat, local_names, local_list, local_read, local_free};
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno, "%s", root);
    struct local *l = mem_zalloc(sizeof(*l));
    l->tree.ops = &ops;
    l->root = fd;
    *out = &l->tree;
    return NULL;
}
