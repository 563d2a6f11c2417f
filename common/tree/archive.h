/* tree/archive.h - a chart's .tgz or a layer's tar as a tree, held in memory. */
#ifndef CAPSTAN_TREE_ARCHIVE_H
#define CAPSTAN_TREE_ARCHIVE_H

#include "pack/archive.h"
#include "tree/tree.h"

/* Reads tar (plain, gzip, zstd) and zip within the limits (NULL = pack_archive_defaults); links, devices and
 * paths that climb are refused. The tree owns a copy of all files. Digests are XXH3-128 of the bytes, as
 * those of tree_local.
 *
 * `strip`: the archive is one folder, as a chart's is, and the tree is what lies in it: ERR_INVALID when a
 * file lies beside or there is a second folder. A path that is a file once and a folder later is ERR_INVALID;
 * of two files with one path the later counts. */
struct err *tree_archive(struct span bytes, const struct pack_archive_limits *limits, bool strip,
                         struct tree **out) MUST_USE;

#endif
