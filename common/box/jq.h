/* box/jq.h - path expressions of jq 1.6, for the inside of a worker (specs/libraries.md §6).
 *
 * Nothing stops an expression once it runs, and libjq ends the process where memory runs out: a worker is the
 * only place for it, and the process that waits kills that at the deadline. Results of an expression are
 * never used, only the paths that it names, so that numbers keep their digits. */
#ifndef CAPSTAN_BOX_JQ_H
#define CAPSTAN_BOX_JQ_H

#include "base/arena.h"

/* Compiled expressions, the last few: compiling one takes 20 ms, running it microseconds. One thread. */
struct box_jq;
struct box_jq *box_jq_new(void) MUST_USE;
void box_jq_free(struct box_jq *q);

enum { BOX_JQ_PATHS = 2000 };

/* What path(EXPRESSION) gives for the object (JSON): a JSON list of paths, each a list of keys, indices
 * (negative ones count from the end) and {"start","end"} slices. ERR_INVALID for what is no expression;
 * ERR_PRECONDITION where it fails on this object, as `.a[]` does on null; ERR_RANGE for more than
 * BOX_JQ_PATHS paths. */
struct err *box_jq_paths(struct box_jq *q, const char *expression, struct span object, struct arena *a,
                         struct span *out) MUST_USE;

#endif
