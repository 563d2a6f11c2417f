/* box/tree.h - a source tree that a worker sees through its process: each question goes there and is answered
 * from the real tree, so nothing is opened in the box, and a traced tree notes what was looked at. */
#ifndef CAPSTAN_BOX_TREE_H
#define CAPSTAN_BOX_TREE_H

#include "box/box.h"
#include "tree/tree.h"

/* In the worker: the tree that the host of the job has under that name, which must outlive it; it asks
 * "NAME.stat", "NAME.names", "NAME.list", "NAME.read" and "NAME.revision". Free it with tree_free. */
struct tree *box_tree(struct box_worker *w, const char *name) MUST_USE;
/* In the process: answers such a question from the tree that its name means. */
struct err *box_tree_answer(struct tree *tree, const char *what, struct span question, struct arena *a,
                            struct span *out) MUST_USE;

#endif
