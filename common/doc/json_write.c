/* doc/json_write - JSON as Go's encoding/json writes it. */
#include "doc/json.h"
#include "doc/node.h"

#include <stdlib.h>

struct writer {
    struct str *out;
    int flags;
    size_t depth;
};

/* 1 = must be looked at: control characters, '"', '\\', and with JSON_HTML also <, >, & and the lead byte of
 * U+2028/9. */
static bool plain(unsigned char c, int flags)
{
    if (c < 0x20 || c == '"' || c == '\\')
        return false;
    return !(flags & JSON_HTML) || (c != '<' && c != '>' && c != '&' && c != 0xe2);
}

static void escape(struct str *out, unsigned char c)
{
    static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (const char *s = shorts; *s; s += 2)
        if ((unsigned char)s[0] == c) {
            str_char(out, '\\');
            str_char(out, s[1]);
            return;
        }
    str_printf(out, "\\u%04x", c);
}

void json_write_string(struct str *out, struct span s, int flags)
{
    str_char(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (LIKELY(plain(c, flags)))
            continue;
        bool separator = c == 0xe2 && i + 2 < s.len && s.at[i + 1] == '\x80' &&
                         ((unsigned char)s.at[i + 2] & 0xfe) == 0xa8;
        if (c == 0xe2 && !separator)
            continue;
        str_add_n(out, s.at + from, i - from);
        if (separator) {
            str_printf(out, "\\u202%d", 8 + ((unsigned char)s.at[i + 2] & 1));
            i += 2;
        } else {
            escape(out, c);
        }
        from = i + 1;
    }
    str_add_n(out, s.at + from, s.len - from);
    str_char(out, '"');
}

static void newline(const struct writer *w)
{
    if (!(w->flags & JSON_INDENT))
        return;
    str_char(w->out, '\n');
    str_fill(w->out, ' ', 2 * w->depth);
}

static void write_value(struct writer *w, const struct doc *d);

static void write_list(struct writer *w, const struct doc *d)
{
    str_char(w->out, '[');
    w->depth++;
    for (size_t i = 0; i < d->len; i++) {
        if (i)
            str_char(w->out, ',');
        newline(w);
        write_value(w, &d->items[i]);
    }
    w->depth--;
    if (d->len)
        newline(w);
    str_char(w->out, ']');
}

static void write_entry(struct writer *w, const struct entry *e, bool first)
{
    if (!first)
        str_char(w->out, ',');
    newline(w);
    json_write_string(w->out, (struct span){e->key->text, e->key->len}, w->flags);
    str_add(w->out, w->flags & JSON_INDENT ? ": " : ":");
    write_value(w, &e->val);
}

static int entry_by_key(const void *x, const void *y)
{
    const struct key *a = (*(const struct entry *const *)x)->key, *b = (*(const struct entry *const *)y)->key;
    int order = memcmp(a->text, b->text, MIN(a->len, b->len));
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

const struct entry **entries_sorted(const struct doc *map)
{
    const struct entry **order = mem_alloc((map->len + 1) * sizeof(*order));
    bool sorted = true;
    for (size_t i = 0; i < map->len; i++) {
        order[i] = &map->entries[i];
        sorted = sorted && (!i || entry_by_key(&order[i - 1], &order[i]) < 0);
    }
    if (!sorted)
        qsort(order, map->len, sizeof(*order), entry_by_key);
    return order;
}

static void write_map(struct writer *w, const struct doc *d)
{
    CLEANUP(mem_freep)
    const struct entry **order = w->flags & JSON_SORTED && d->len > 1 ? entries_sorted(d) : NULL;
    str_char(w->out, '{');
    w->depth++;
    for (size_t i = 0; i < d->len; i++)
        write_entry(w, order ? order[i] : &d->entries[i], i == 0);
    w->depth--;
    if (d->len)
        newline(w);
    str_char(w->out, '}');
}

static void write_value(struct writer *w, const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_BOOL:
        str_add(w->out, d->truth ? "true" : "false");
        break;
    case DOC_INT:
    case DOC_FLOAT:
        str_add_span(w->out, number_text(d));
        break;
    case DOC_STR:
        json_write_string(w->out, (struct span){d->text, d->len}, w->flags);
        break;
    case DOC_LIST:
        write_list(w, d);
        break;
    case DOC_MAP:
        write_map(w, d);
        break;
    default:
        str_add(w->out, "null");
    }
}

void json_write(struct str *out, const struct doc *d, int flags)
{
    write_value(&(struct writer){out, flags, 0}, d);
}

char *json_text(struct arena *a, const struct doc *d, int flags)
{
    CLEANUP(str_release) struct str s = {0};
    json_write(&s, d, flags);
    return arena_strndup(a, str_text(&s), s.len);
}
