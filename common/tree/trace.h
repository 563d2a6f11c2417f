/* tree/trace.h - what a render looked at, as a list of typed inputs, and whether a new tree would show it the
 * same.
 *
 * A traced tree passes everything through and notes each path as it was: files and links with their digest,
 * folders that were listed with that of their names, folders that were only passed through, and paths that
 * were absent. A trace that holds against another root means that a render would see nothing new, so its
 * result may be used again (DESIGN §1.1). Replay touches only the paths noted, never a body. A render that
 * asked for the revision is of that revision only. */
#ifndef CAPSTAN_TREE_TRACE_H
#define CAPSTAN_TREE_TRACE_H

#include "base/str.h"
#include "tree/tree.h"

struct trace;
struct trace *trace_new(void) MUST_USE;
void trace_free(struct trace *t);
void trace_freep(struct trace **t);
size_t trace_len(const struct trace *t);

/* A tree that reads `inner` and notes into `trace`; both must outlive it. */
struct tree *tree_traced(struct tree *inner, struct trace *trace) MUST_USE;

/* Would `tree` show every noted path as it was? *holds is false at the first that differs; `differs` (may be
 * NULL) receives its path in the arena, "" where it is the revision. */
struct err *trace_replay(const struct trace *t, struct tree *tree, struct arena *a, bool *holds,
                         const char **differs) MUST_USE;

/* False when the text would not be the trace: a path has a line end in it, or more was looked at than a trace
 * takes (then it never holds). */
bool trace_writable(const struct trace *t);

/* One line an input: "F <digest> <path>"; F file, D folder, L link, A absent, O other; "-" where there is no
 * digest; and first "R <revision>" when that was asked for. */
void trace_write(const struct trace *t, struct str *out);
/* ERR_INVALID names the line; ERR_EXHAUSTED past 1,000,000 inputs. */
struct err *trace_read(struct span text, struct trace **out) MUST_USE;

#endif
