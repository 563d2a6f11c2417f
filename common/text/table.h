/* text/table.h - columns of text for terminals, as Go's tabwriter aligns them.
 *
 * Cells are padded to the widest of their column plus `padding` blanks; the last cell of a row is not padded.
 * Widths count terminal columns: wide characters two, combining ones none. Colour codes (ESC [ ... m) count
 * none. */
#ifndef CAPSTAN_TEXT_TABLE_H
#define CAPSTAN_TEXT_TABLE_H

#include "base/str.h"

struct table;

/* `padding` blanks between columns (2 is kubectl's and argocd's). */
struct table *table_new(size_t columns, size_t padding) MUST_USE;
void table_free(struct table *t);
void table_freep(struct table **t);
/* The next cell, copied; rows fill from left to right. `colour` is an ANSI code such as "32", or NULL. */
void table_cell(struct table *t, const char *text, const char *colour);
/* The next `n` cells, without colours: a row or its beginning. */
void table_row(struct table *t, const char *const *cells, size_t n);
/* Right-aligns a column. */
void table_right(struct table *t, size_t column);
/* Writes all rows; colours only when `coloured`. */
void table_write(const struct table *t, bool coloured, struct str *out);
/* Terminal columns that a UTF-8 text takes. */
size_t table_width(struct span text);

#endif
