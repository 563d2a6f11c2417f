/* tmpl/toml_write - values as TOML, laid out as BurntSushi/toml does.
 *
 * Of each table first what fits on a line, then its tables, both in byte order; two blanks of indentation a
 * level; an empty line before a table of the first level and before each table of an array, but at the start.
 * A nil in a map is left out. */
#include "tmpl/codec.h"

#include <inttypes.h>
#include <math.h>

enum { DEPTH_MAX = 200 };

struct writer {
    struct str *out;
    struct str path; /* "a.b" of the table that is being written */
    int depth;       /* keys in the path */
};

static struct err *write_table(struct writer *w, const struct tmpl_map *m);
static struct err *write_inline(struct writer *w, struct tmpl_value v, int depth);

static bool is_array_of_tables(struct tmpl_value v)
{
    size_t n = v.kind == TMPL_LIST ? tmpl_list_len(v) : 0;
    for (size_t i = 0; i < n; i++)
        if (tmpl_list_at(v, i).kind != TMPL_MAP)
            return false;
    return n > 0;
}

static bool is_table(struct tmpl_value v)
{
    return v.kind == TMPL_MAP || is_array_of_tables(v);
}

static char short_escape(unsigned char c)
{
    switch (c) {
    case '\b':
        return 'b';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\f':
        return 'f';
    case '\r':
        return 'r';
    case '"':
    case '\\':
        return (char)c;
    default:
        return 0;
    }
}

static void add_quoted(struct str *out, struct span s)
{
    str_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        char escape = short_escape(c);
        if (escape)
            str_printf(out, "\\%c", escape);
        else if (c < ' ' || c == 0x7F)
            str_printf(out, "\\u%04x", c);
        else
            str_char(out, (char)c);
    }
    str_char(out, '"');
}

static bool is_bare(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if ((c < '0' || c > '9') && ((c | 0x20) < 'a' || (c | 0x20) > 'z') && c != '_' && c != '-')
            return false;
    }
    return s.len > 0;
}

static void add_key(struct str *out, struct span key)
{
    if (is_bare(key))
        str_add_span(out, key);
    else
        add_quoted(out, key);
}

static void add_float(struct str *out, double f)
{
    if (isnan(f)) {
        str_add(out, "nan");
    } else if (isinf(f)) {
        str_add(out, f > 0 ? "inf" : "-inf");
    } else {
        size_t from = out->len;
        tmpl_format_float(out, f, 'g', -1);
        if (!strpbrk(out->at + from, ".e"))
            str_add(out, ".0");
    }
}

static struct err *write_list(struct writer *w, struct tmpl_value v, int depth)
{
    str_char(w->out, '[');
    for (size_t i = 0; i < tmpl_list_len(v); i++) {
        struct tmpl_value item = tmpl_list_at(v, i);
        if (tmpl_is_nothing(item))
            return err_new(ERR_INVALID, "toml: cannot encode array with nil element");
        str_add(w->out, i ? ", " : "");
        TRY(write_inline(w, item, depth + 1));
    }
    str_char(w->out, ']');
    return NULL;
}

static struct err *write_inline_map(struct writer *w, const struct tmpl_map *m, int depth)
{
    size_t n, shown = 0;
    const struct tmpl_entry *e = tmpl_map_sorted(m, &n);
    str_char(w->out, '{');
    for (int tables = 0; tables < 2; tables++) {
        for (size_t i = 0; i < n; i++) {
            if (tmpl_is_nothing(e[i].value) || is_table(e[i].value) != tables)
                continue;
            str_add(w->out, shown++ ? ", " : "");
            add_key(w->out, (struct span){e[i].key, e[i].key_len});
            str_add(w->out, " = ");
            TRY(write_inline(w, e[i].value, depth + 1));
        }
    }
    str_char(w->out, '}');
    return NULL;
}

/* A value on one line. */
static struct err *write_inline(struct writer *w, struct tmpl_value v, int depth)
{
    if (depth > DEPTH_MAX || w->out->full)
        return err_new(ERR_INVALID, "toml: the value nests more than %d deep", DEPTH_MAX);
    switch (v.kind) {
    case TMPL_STR:
        add_quoted(w->out, tmpl_span_of(v));
        return NULL;
    case TMPL_FLOAT:
        add_float(w->out, v.f);
        return NULL;
    case TMPL_BYTES:
    case TMPL_LIST:
        return write_list(w, v, depth);
    case TMPL_MAP:
        return write_inline_map(w, v.map, depth);
    case TMPL_OBJECT: {
        CLEANUP(str_release) struct str s = {0};
        tmpl_print(&s, v);
        add_quoted(w->out, str_span(&s));
        return NULL;
    }
    default:
        tmpl_print(w->out, v);
        return NULL;
    }
}

static void newline(struct writer *w)
{
    if (w->out->len)
        str_char(w->out, '\n');
}

/* The header of a table and its content; `array` for one of several. */
static struct err *write_named(struct writer *w, const struct tmpl_map *m, bool array)
{
    if (array || w->depth == 1)
        newline(w);
    str_fill(w->out, ' ', 2 * (size_t)(w->depth - 1));
    str_add(w->out, array ? "[[" : "[");
    str_add_span(w->out, str_span(&w->path));
    str_add(w->out, array ? "]]\n" : "]\n");
    return write_table(w, m);
}

static struct err *write_sub_tables(struct writer *w, struct span key, struct tmpl_value v)
{
    size_t mark = w->path.len;
    struct err *e = NULL;
    if (++w->depth > DEPTH_MAX)
        return err_new(ERR_INVALID, "toml: the value nests more than %d deep", DEPTH_MAX);
    str_add(&w->path, mark ? "." : "");
    add_key(&w->path, key);
    if (v.kind == TMPL_MAP)
        e = write_named(w, v.map, false);
    else
        for (size_t i = 0; i < tmpl_list_len(v) && !e; i++)
            e = write_named(w, tmpl_list_at(v, i).map, true);
    w->path.len = mark;
    w->depth--;
    return e;
}

static struct err *write_table(struct writer *w, const struct tmpl_map *m)
{
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(m, &n);
    for (size_t i = 0; i < n; i++) {
        if (tmpl_is_nothing(e[i].value) || is_table(e[i].value))
            continue;
        str_fill(w->out, ' ', 2 * (size_t)w->depth);
        add_key(w->out, (struct span){e[i].key, e[i].key_len});
        str_add(w->out, " = ");
        TRY(write_inline(w, e[i].value, 0));
        str_char(w->out, '\n');
    }
    for (size_t i = 0; i < n; i++)
        if (is_table(e[i].value))
            TRY(write_sub_tables(w, (struct span){e[i].key, e[i].key_len}, e[i].value));
    return NULL;
}

struct err *toml_write(struct str *out, struct tmpl_value v)
{
    struct writer w = {.out = out};
    struct err *e;
    if (v.kind == TMPL_MAP)
        e = write_table(&w, v.map);
    else if (is_array_of_tables(v))
        e = err_new(ERR_INVALID, "toml: top-level values must be Go maps or structs");
    else
        e = write_inline(&w, v, 0);
    str_release(&w.path);
    return e;
}
