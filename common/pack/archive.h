/* pack/archive.h - reading tar (plain, gzip, zstd) and zip from memory, as hostile input.
 *
 * Links, devices, absolute paths and paths that climb are refused, with the entry's name in the error: a
 * chart or an OCI layer has no honest use for them. */
#ifndef CAPSTAN_PACK_ARCHIVE_H
#define CAPSTAN_PACK_ARCHIVE_H

#include "base/arena.h"

struct pack_archive_limits {
    size_t entries;     /* files and folders */
    size_t entry_bytes; /* of one file */
    size_t total_bytes; /* of all files */
    size_t ratio;       /* all files against the archive, once they pass 1 MiB; 0 = not checked */
};

/* 10,000 entries, 64 MiB a file, 256 MiB in all, 1:200. */
extern const struct pack_archive_limits pack_archive_defaults;

/* Calls `entry(arg, path, content, mode)` for each regular file in order; path is clean and relative
 * (file_clean), content is borrowed for the call. An error of the callback ends the reading and is returned
 * as it is. ERR_DATA_LOSS for what is no archive or damaged, ERR_EXHAUSTED for a limit, ERR_INVALID for a
 * refused entry. */
struct err *pack_archive_read(struct span bytes, const struct pack_archive_limits *limits,
                              struct err *(*entry)(void *arg, const char *path, struct span content,
                                                   mode_t mode),
                              void *arg) MUST_USE;

#endif
