/* box/tree.h - a source tree that a worker sees through its process: each question goes there and is answered
 * from the real tree, so nothing is opened in the box, and a traced tree notes what was looked at. */
#ifndef CAPSTAN_BOX_TREE_H
#define CAPSTAN_BOX_TREE_H

#include "box/box.h"
#include "tree/tree.h"

/* In the worker: the tree that the host of the job has. Free it with tree_free. */
struct tree *box_tree(struct box_worker *w) MUST_USE;
/* In the process: answers a question that begins with "tree.". */
struct err *box_tree_answer(struct tree *tree, const char *what, struct span question, struct arena *a,
                            struct span *out) MUST_USE;

#endif
