/* tree/walk.h - all of a tree, file by file: for those who hand a source on as files. */
#ifndef CAPSTAN_TREE_WALK_H
#define CAPSTAN_TREE_WALK_H

#include "tree/tree.h"

struct tree_walk_limits {
    size_t entries; /* files, links and folders */
    size_t bytes;   /* of all files; 0 = they are not read, and come without content */
};
/* Called for each file and link in lexical order, folders being implied; `content` is a file's bytes or a
 * link's target and lives for the call. What is neither is passed over. */
typedef struct err *tree_walk_fn(void *arg, const char *path, enum tree_kind kind, struct span content);
/* ERR_EXHAUSTED for a limit, and errors of `fn`. */
struct err *tree_walk(const struct call *call, struct tree *t, const struct tree_walk_limits *limits,
                      tree_walk_fn *fn, void *arg) MUST_USE;

#endif
