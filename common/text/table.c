/* text/table - cells in one row-major array; widths are taken when a cell arrives. */
#include "text/table.h"

#include "base/vec.h"

#include <utf8proc.h>

struct cell {
    char *text;
    const char *colour;
    size_t width;
};

struct table {
    size_t columns, padding;
    size_t *widest;
    bool *right;
    VEC(struct cell) cells;
};

struct table *table_new(size_t columns, size_t padding)
{
    struct table *t = mem_zalloc(sizeof(*t));
    t->columns = MAX(columns, (size_t)1);
    t->padding = padding;
    t->widest = mem_zalloc(t->columns * sizeof(*t->widest));
    t->right = mem_zalloc(t->columns * sizeof(*t->right));
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    vec_each (c, &t->cells)
        free(c->text);
    vec_release(&t->cells);
    free(t->widest);
    free(t->right);
    free(t);
}

void table_freep(struct table **t)
{
    table_free(*t);
    *t = NULL;
}

/* Bytes of a colour code at i, or 0. */
static size_t colour_len(struct span s, size_t i)
{
    if (s.len - i < 3 || s.at[i] != '\x1b' || s.at[i + 1] != '[')
        return 0;
    for (size_t j = i + 2; j < s.len; j++)
        if (s.at[j] == 'm')
            return j + 1 - i;
    return 0;
}

size_t table_width(struct span text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len;) {
        size_t skipped = colour_len(text, i);
        utf8proc_int32_t c = 0;
        if (skipped) {
            i += skipped;
            continue;
        }
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)text.at + i, (utf8proc_ssize_t)(text.len - i), &c);
        width += n > 0 ? (size_t)MAX(utf8proc_charwidth(c), 0) : 1;
        i += n > 0 ? (size_t)n : 1;
    }
    return width;
}

void table_cell(struct table *t, const char *text, const char *colour)
{
    size_t column = t->cells.len % t->columns, width = table_width(span_of(text));
    vec_push(&t->cells, (struct cell){mem_strdup(text), colour, width});
    t->widest[column] = MAX(t->widest[column], width);
}

void table_row(struct table *t, const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        table_cell(t, cells[i], NULL);
}

void table_right(struct table *t, size_t column)
{
    if (column < t->columns)
        t->right[column] = true;
}

static void write_cell(const struct cell *c, bool coloured, struct str *out)
{
    bool paint = coloured && c->colour;
    if (paint)
        str_printf(out, "\x1b[%sm", c->colour);
    str_add(out, c->text);
    if (paint)
        str_add(out, "\x1b[0m");
}

void table_write(const struct table *t, bool coloured, struct str *out)
{
    for (size_t i = 0; i < t->cells.len; i++) {
        const struct cell *c = &t->cells.at[i];
        size_t column = i % t->columns, gap = t->widest[column] - c->width;
        bool last = column + 1 == t->columns || i + 1 == t->cells.len;
        if (t->right[column])
            str_fill(out, ' ', gap);
        write_cell(c, coloured, out);
        if (last)
            str_char(out, '\n');
        else
            str_fill(out, ' ', (t->right[column] ? 0 : gap) + t->padding);
    }
}
