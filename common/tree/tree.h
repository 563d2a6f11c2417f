/* tree/tree.h - a read-only source tree: a Git commit, a chart archive, a local folder, or the traced form of
 * one.
 *
 * Renderers see sources only through this. Paths are relative to the root, "/"-separated, without "." and
 * ".." and without a slash at either end; "" is the root. Links are not followed by themselves: tree_resolve
 * does that, inside the root. A tree is used by one thread at a time. */
#ifndef CAPSTAN_TREE_TREE_H
#define CAPSTAN_TREE_TREE_H

#include "base/arena.h"
#include "base/call.h"

enum tree_kind { TREE_ABSENT, TREE_FILE, TREE_DIR, TREE_LINK, TREE_OTHER };

struct tree_entry {
    const char *name;
    enum tree_kind kind;
};
struct tree_list {
    struct tree_entry *at; /* sorted by name in byte order */
    size_t len;
};

enum { TREE_DIGEST_MAX = 64 };
struct tree_stat {
    enum tree_kind kind;
    /* Of a file or link: equal digests are equal bytes. "" for a folder (tree_names tells it) and for what is
     * absent. */
    char digest[TREE_DIGEST_MAX + 1];
};

struct tree;
struct tree_ops {
    struct err *(*stat)(struct tree *t, const char *path, struct tree_stat *out);
    struct err *(*names)(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1]);
    struct err *(*list)(struct tree *t, const char *path, struct arena *a, struct tree_list *out);
    struct err *(*read)(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out);
    void (*free)(struct tree *t);
    struct err *(*revision)(struct tree *t, struct arena *a, const char **out); /* NULL = it has none */
};
struct tree {
    const struct tree_ops *ops;
};

/* What is there. An absent path is no error: kind TREE_ABSENT. */
struct err *tree_stat(struct tree *t, const char *path, struct tree_stat *out) MUST_USE;
/* A digest of a folder's list: equal digests are equal names and kinds in it, not what lies below.
 * ERR_NOT_FOUND when there is no folder. */
struct err *tree_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1]) MUST_USE;
/* ERR_NOT_FOUND when there is no folder. */
struct err *tree_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out) MUST_USE;
/* The bytes of a file, or the target of a link, NUL behind them. ERR_EXHAUSTED past `limit` bytes,
 * ERR_NOT_FOUND when absent. */
struct err *tree_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                      struct span *out) MUST_USE;
/* The commit, chart version or digest that the tree is of; "" when it is of none. Whoever lets it into a
 * result asks for it here, so that a trace tells that the result is of this revision only. */
struct err *tree_revision(struct tree *t, struct arena *a, const char **out) MUST_USE;
void tree_free(struct tree *t);
void tree_freep(struct tree **t);

/* What a decorator of trees begins with, and its ops for all that it does not change: each asks `inner`. It frees that itself. */
struct tree_over {
    struct tree tree;
    struct tree *inner;
};
struct err *tree_over_stat(struct tree *t, const char *path, struct tree_stat *out);
struct err *tree_over_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1]);
struct err *tree_over_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out);
struct err *tree_over_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out);
struct err *tree_over_revision(struct tree *t, struct arena *a, const char **out);

/* Joins and cleans: "a/./b/../c" is "a/c". False when the path is absolute or leaves the root. */
bool tree_join(struct arena *a, const char *base, const char *path, const char **out);
/* Follows links in every component of `path`, at most 10 in all: the real path. ERR_DENIED, reason
 * "OutOfBounds", when a link is absolute or leaves the root; ERR_NOT_FOUND when it dangles; ERR_INVALID for a
 * cycle. */
struct err *tree_resolve(struct tree *t, struct arena *a, const char *path, const char **out) MUST_USE;

/* A folder on disk. Digests are XXH3-128 of the bytes. `root` is opened once; it may be renamed meanwhile. */
struct err *tree_local(const char *root, struct tree **out) MUST_USE;

/* A tree of that one file, of that revision. All three are borrowed as long as it lives. */
struct tree *tree_one(const char *name, struct span bytes, const char *revision) MUST_USE;

#endif
