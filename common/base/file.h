/* base/file.h - whole files, atomic writes, folders, and paths that cannot leave their root.
 *
 * All functions block; the loop thread uses them at start only. Errors name the path. */
#ifndef CAPSTAN_BASE_FILE_H
#define CAPSTAN_BASE_FILE_H

#include "base/arena.h"

/* The whole file in `a`, NUL behind it. More than `limit` bytes: ERR_EXHAUSTED. Pipes and /proc files work
 * too. */
struct err *file_read(struct arena *a, const char *path, size_t limit, struct span *out) MUST_USE;
/* Whole or not at all, also across a crash: temporary neighbour, fsync, rename, fsync of the folder. */
struct err *file_write(const char *path, struct span bytes, mode_t mode) MUST_USE;
/* The folder and its parents; one that is there already is no error. */
struct err *file_mkdirs(const char *path, mode_t mode) MUST_USE;
/* The file or folder with all that is in it; follows no link. Absent is no error. */
struct err *file_remove(const char *path) MUST_USE;
/* A new empty folder in $TMPDIR or /tmp, mode 0700. The caller frees the name, and removes the folder. */
struct err *file_tempdir(const char *prefix, char **out) MUST_USE;
bool file_exists(const char *path);

/* `rel` made plain: no "//", "." or trailing '/'; ".." folded; "" and "." give ".". ERR_INVALID, reason
 * "PathEscape", for an absolute path, one that climbs above its start, and one with a NUL in it. */
struct err *file_clean(struct arena *a, struct span rel, const char **out) MUST_USE;
/* root + "/" + file_clean(rel). Says nothing about links on disk. */
struct err *file_join(struct arena *a, const char *root, const char *rel, const char **out) MUST_USE;

#endif
