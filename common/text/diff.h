/* text/diff.h - line differences (Myers, linear space), and their unified form as `diff -u` prints it. */
#ifndef CAPSTAN_TEXT_DIFF_H
#define CAPSTAN_TEXT_DIFF_H

#include "base/str.h"

/* A run of lines that are equal, only old or only new. Line numbers are 0-based. */
enum diff_kind { DIFF_SAME, DIFF_OLD, DIFF_NEW };
struct diff_run {
    enum diff_kind kind;
    size_t old_line, new_line, lines;
};
struct diff {
    struct span *old_lines, *new_lines; /* without their line ends; borrowed */
    size_t old_len, new_len;
    bool old_unended, new_unended; /* the last line has no line feed */
    struct diff_run *runs;
    size_t runs_len;
};

/* In the arena, lines borrowed from the texts. Where two texts have almost nothing in common the search is
 * cut short, and the difference is right but not the shortest. */
void diff_lines(struct arena *a, struct span old_text, struct span new_text, struct diff *out);
/* "--- old", "+++ new", hunks with `context` lines; nothing when the texts are equal. */
void diff_unified(const struct diff *d, const char *old_name, const char *new_name, size_t context,
                  struct str *out);

#endif
