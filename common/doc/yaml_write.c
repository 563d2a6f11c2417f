/* doc/yaml_write - YAML as the emitters of go-yaml write it, driven by a table of what profiles differ in.
 *
 * A scalar is analysed once (which characters, where the blanks are), then gets the first style that its
 * profile and its place allow: plain, single-quoted, double-quoted, or literal for several lines. `indent` is
 * the column of the block that is being written, -1 outside of all; columns count characters, for folding at
 * `width`. */
#include "doc/node.h"
#include "doc/yaml.h"
#include "doc/yaml_scalar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct profile {
    enum yaml_dialect dialect;
    int indent;
    int width;       /* blanks behind this column fold; 0 = never */
    bool indentless; /* a list under a key starts at the key's column */
    bool folded_nel; /* U+0085 went through a YAML reader as sigs.k8s.io/yaml does, which folds it */
};

static const struct profile profiles[] = {
    [YAML_WRITE_SIGS] =
        {.dialect = YAML_SIGS, .indent = 2, .width = 80, .indentless = true, .folded_nel = true},
    [YAML_WRITE_V3] = {.dialect = YAML_V3, .indent = 2},
};

struct writer {
    struct str *out;
    const struct profile *profile;
    int column;
};

enum style { PLAIN, SINGLE, DOUBLE, LITERAL };

enum { SIMPLE_KEY_MAX = 128, SMALL_MAP = 32 };

/* ASCII without breaks. */
static void put(struct writer *w, const char *bytes, size_t len)
{
    str_add_n(w->out, bytes, len);
    w->column += (int)len;
}

static inline void put_text(struct writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void put_line(struct writer *w, int indent)
{
    str_char(w->out, '\n');
    str_fill(w->out, ' ', indent > 0 ? (size_t)indent : 0);
    w->column = MAX(indent, 0);
}

/* --- analysis --- */
struct shape {
    bool multiline, special;
    bool plain, single, literal; /* allowed */
};

static size_t char_len(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* What go-yaml prints as it is: not tabs, controls, U+0085..9F, the byte order mark or anything beyond
 * U+FFFF. */
static bool printable(const unsigned char *p)
{
    if (p[0] < 0x80)
        return p[0] == '\n' || (p[0] >= 0x20 && p[0] < 0x7f);
    if (p[0] == 0xc2)
        return p[1] >= 0xa0;
    if (p[0] == 0xef)
        return !(p[1] == 0xbb && p[2] == 0xbf) && !(p[1] == 0xbf && p[2] >= 0xbe);
    if (p[0] == 0xe2)
        return p[1] != 0x80 || (p[2] != 0xa8 && p[2] != 0xa9);
    return p[0] < 0xf0;
}

static bool blank_or_end(struct span s, size_t i)
{
    return i >= s.len || s.at[i] == ' ' || s.at[i] == '\t' || s.at[i] == '\n' || s.at[i] == '\r' ||
           s.at[i] == 0;
}

/* Whether a text of one line would be taken for syntax when it stands plain in a block. */
static bool block_indicators(struct span s)
{
    if (s.len >= 3 && (memcmp(s.at, "---", 3) == 0 || memcmp(s.at, "...", 3) == 0))
        return true;
    if (s.at[0] && strchr("#,[]{}&*!|>'\"%@`", s.at[0]))
        return true;
    if (strchr("?:-", s.at[0]) && s.at[0] && blank_or_end(s, 1))
        return true;
    const char *end = s.at + s.len;
    for (const char *at = s.at + 1; at < end && (at = memchr(at, ':', (size_t)(end - at))); at++)
        if (blank_or_end(s, (size_t)(at + 1 - s.at)))
            return true;
    for (const char *at = s.at + 1; at < end && (at = memchr(at, '#', (size_t)(end - at))); at++)
        if (blank_or_end(s, (size_t)(at - 1 - s.at)))
            return true;
    return false;
}

/* What kinds of bytes a text holds. */
enum {
    ODD = 1,     /* controls but for line feeds, and what is beyond ASCII: to be looked at one by one */
    NEWLINE = 2, /* line feeds */
    SIGN = 4,    /* ':' or '#', which may mean something inside of a plain text */
};
typedef unsigned char block __attribute__((vector_size(16)));

static bool any(block b)
{
    uint64_t half[2];
    memcpy(half, &b, sizeof(half));
    return half[0] | half[1];
}

/* Sixteen bytes at a time: most of what is written are long descriptions that hold nothing of this. */
static int kinds_in_blocks(const char *text, size_t len)
{
    block odd = {0}, newline = {0}, sign = {0};
    for (size_t i = 0;; i = MIN(i + sizeof(block), len - sizeof(block))) {
        block b;
        memcpy(&b, text + i, sizeof(b));
        block is_newline = (block)(b == '\n');
        newline |= is_newline;
        odd |= ((block)(b < ' ') & ~is_newline) | (block)(b >= 0x7f);
        sign |= (block)(b == ':') | (block)(b == '#');
        if (i + sizeof(block) == len)
            return (any(odd) ? ODD : 0) | (any(newline) ? NEWLINE : 0) | (any(sign) ? SIGN : 0);
    }
}

static int kinds_in(struct span s)
{
    static const unsigned char kinds[256] = {
        [0 ... '\n' - 1] = ODD, ['\n'] = NEWLINE, ['\n' + 1 ... 31] = ODD,
        ['#'] = SIGN,           [':'] = SIGN,     [0x7f ... 255] = ODD,
    };
    int seen = 0;
    if (s.len >= sizeof(block))
        return kinds_in_blocks(s.at, s.len);
    for (size_t i = 0; i < s.len; i++)
        seen |= kinds[(unsigned char)s.at[i]];
    return seen;
}

static bool all_printable(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.at;
    for (size_t i = 0; i < s.len; i += char_len(p[i]))
        if (!printable(p + i))
            return false;
    return true;
}

static struct shape analyse(struct span s, int kinds)
{
    struct shape r = {.multiline = kinds & NEWLINE, .special = kinds & ODD && !all_printable(s)};
    bool space_break = false, break_space = false;
    if (!s.len)
        return (struct shape){.single = true};
    const char *end = s.at + s.len;
    for (const char *at = s.at; r.multiline && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        space_break = space_break || (at > s.at && at[-1] == ' ');
        break_space = break_space || (at + 1 < end && at[1] == ' ');
    }
    bool edge = s.at[0] == ' ' || s.at[0] == '\n' || end[-1] == ' ' || end[-1] == '\n';
    r.plain = !edge && !r.multiline && !r.special && !block_indicators(s);
    r.single = !break_space && !space_break && !r.special;
    r.literal = end[-1] != ' ' && !space_break && !r.special;
    return r;
}

/* "1:30", "190:20:30.5": numbers to base 60 of YAML 1.1, quoted for older readers. */
static bool base60(struct span s)
{
    size_t i = s.len && (s.at[0] == '-' || s.at[0] == '+'), colons = 0;
    if (i >= s.len || !isdigit((unsigned char)s.at[i]))
        return false;
    while (i < s.len && (isdigit((unsigned char)s.at[i]) || s.at[i] == '_'))
        i++;
    for (; i + 1 < s.len && s.at[i] == ':' && isdigit((unsigned char)s.at[i + 1]); colons++) {
        i++;
        i += s.at[i] <= '5' && i + 1 < s.len && isdigit((unsigned char)s.at[i + 1]) ? 2 : 1;
    }
    if (colons && i < s.len && s.at[i] == '.')
        for (i++; i < s.len && (isdigit((unsigned char)s.at[i]) || s.at[i] == '_'); i++)
            ;
    return colons && i == s.len;
}

static enum style style_of(const struct writer *w, struct span s, const struct shape *shape, bool key)
{
    if (shape->multiline)
        return shape->literal && !key ? LITERAL : DOUBLE;
    /* Both quote what a reader of YAML 1.1 takes for something else: yes, no, on, off. */
    if (yaml_resolves(YAML_SIGS, s) || base60(s) ||
        (w->profile->dialect != YAML_SIGS && yaml_resolves(w->profile->dialect, s)))
        return DOUBLE;
    if (shape->plain)
        return PLAIN;
    return shape->single ? SINGLE : DOUBLE;
}

/* --- scalars --- */
/* The blank from `from` on in whose place the line of a flow breaks, the first behind `width`; the length of
 * the text when there is none. `even`: each byte takes one column. */
static size_t fold_at(const struct writer *w, struct span s, size_t from, bool quoted, bool even)
{
    int column = w->column, width = w->profile->width;
    size_t i = from;
    if (even && column <= width) {
        i += (size_t)(width + 1 - column);
        column = width + 1;
    }
    for (; i + 1 < s.len; i++) {
        if (s.at[i] == ' ' && column > width && i && s.at[i - 1] != ' ' && s.at[i + 1] != ' ')
            return i;
        column += (((unsigned char)s.at[i] & 0xc0) != 0x80) + (quoted && s.at[i] == '\'');
    }
    return s.len;
}

/* A part of a flow: columns are characters, and quotes are doubled in quotes. */
static void put_flow(struct writer *w, struct span s, bool quoted, bool even)
{
    const char *quote;
    for (size_t i = 0; !even && i < s.len; i++)
        w->column += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    w->column += even ? (int)s.len : 0;
    while (quoted && (quote = memchr(s.at, '\'', s.len))) {
        size_t n = (size_t)(quote + 1 - s.at);
        str_add_n(w->out, s.at, n);
        put(w, "'", 1);
        s = (struct span){s.at + n, s.len - n};
    }
    str_add_n(w->out, s.at, s.len);
}

/* Plain and single-quoted texts, which have one line: blanks fold. */
static void write_flow(struct writer *w, struct span s, int indent, bool key, bool quoted, bool ascii)
{
    bool folds = !key && w->profile->width;
    for (size_t from = 0, to; from < s.len; from = to + 1) {
        to = folds ? fold_at(w, s, from, quoted, ascii && !quoted) : s.len;
        put_flow(w, (struct span){s.at + from, to - from}, quoted, ascii);
        if (to < s.len)
            put_line(w, indent);
    }
}

static uint32_t decode(const unsigned char *p)
{
    switch (char_len(*p)) {
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3:
        return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    default:
        return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
    }
}

static void write_escape(struct writer *w, uint32_t c)
{
    static const struct {
        uint32_t c;
        const char *text;
    } shorts[] = {{0, "\\0"},     {7, "\\a"},    {8, "\\b"},    {9, "\\t"},      {10, "\\n"},
                  {11, "\\v"},    {12, "\\f"},   {13, "\\r"},   {27, "\\e"},     {'"', "\\\""},
                  {'\\', "\\\\"}, {0x85, "\\N"}, {0xa0, "\\_"}, {0x2028, "\\L"}, {0x2029, "\\P"}};
    for (size_t i = 0; i < ARRAY_LEN(shorts); i++)
        if (shorts[i].c == c) {
            put_text(w, shorts[i].text);
            return;
        }
    char text[16];
    snprintf(text, sizeof(text), c < 0x100 ? "\\x%02X" : c < 0x10000 ? "\\u%04X" : "\\U%08X", c);
    put_text(w, text);
}

static bool folds_double(const struct writer *w, struct span s, size_t i, bool was_space, bool key)
{
    return !key && w->profile->width && !was_space && w->column > w->profile->width && i > 0 && i + 1 < s.len;
}

static void write_double(struct writer *w, struct span s, int indent, bool key)
{
    bool was_space = false;
    size_t from = 0; /* what is not yet written; its columns are counted */
    put_text(w, "\"");
    for (size_t i = 0, n; i < s.len; i += n) {
        const unsigned char *p = (const unsigned char *)s.at + i;
        bool space = *p == ' ', escape = !printable(p) || *p == '\n' || *p == '"' || *p == '\\';
        n = char_len(*p);
        if (escape || (space && folds_double(w, s, i, was_space, key))) {
            str_add_n(w->out, s.at + from, i - from);
            from = i + n;
            if (escape)
                write_escape(w, decode(p));
            else
                put_line(w, indent);
            if (!escape && s.at[i + 1] == ' ')
                put_text(w, "\\");
        } else {
            w->column++;
        }
        was_space = space;
    }
    str_add_n(w->out, s.at + from, s.len - from);
    put_text(w, "\"");
}

/* The indicator, an indentation hint where the text starts with a blank, and how its last breaks count. */
static void write_literal(struct writer *w, struct span s, int indent)
{
    put_text(w, "|");
    if (s.at[0] == ' ' || s.at[0] == '\n')
        str_printf(w->out, "%d", w->profile->indent);
    if (s.at[s.len - 1] != '\n')
        str_char(w->out, '-');
    else if (s.len == 1 || s.at[s.len - 2] == '\n')
        str_char(w->out, '+');
    str_char(w->out, '\n');
    for (size_t i = 0, n; i < s.len; i += n) {
        const char *newline = memchr(s.at + i, '\n', s.len - i);
        n = newline ? (size_t)(newline + 1 - s.at) - i : s.len - i;
        if (s.at[i] != '\n')
            str_fill(w->out, ' ', (size_t)indent);
        str_add_n(w->out, s.at + i, n);
    }
    w->column = s.at[s.len - 1] != '\n'; /* only whether a line is open matters behind a literal */
}

/* A reader of quoted YAML drops blanks around a U+0085, makes one a blank and n of them n-1 line feeds. */
static void fold_nel(struct str *out, struct span s)
{
    for (size_t i = 0; i < s.len;) {
        size_t n = 0, blanks = i;
        while (blanks < s.len && (s.at[blanks] == ' ' || s.at[blanks] == '\t'))
            blanks++;
        size_t at = blanks;
        while (at + 1 < s.len && s.at[at] == '\xc2' && s.at[at + 1] == '\x85') {
            n++;
            at += 2;
            while (at < s.len && (s.at[at] == ' ' || s.at[at] == '\t'))
                at++;
        }
        if (n) {
            str_fill(out, n == 1 ? ' ' : '\n', n == 1 ? 1 : n - 1);
            i = at;
        } else {
            size_t to = blanks > i ? blanks : i + 1;
            str_add_n(out, s.at + i, to - i);
            i = to;
        }
    }
}

/* The bytes that need a closer look where a text begins with them: they mean something to YAML, or may begin
 * a number or word (yaml_may_resolve), or are blank, controls or beyond ASCII. */
static const bool telling_first[256] = {
    [0 ... '#'] = true,   ['%' ... '\''] = true, ['*' ... '.'] = true, ['0' ... ':'] = true,
    ['>' ... '@'] = true, ['F'] = true,          ['N' ... 'O'] = true, ['T'] = true,
    ['Y'] = true,         ['['] = true,          [']'] = true,         ['`'] = true,
    ['f'] = true,         ['n' ... 'o'] = true,  ['t'] = true,         ['y'] = true,
    ['{' ... 255] = true,
};

/* Whether the text is certainly plain, as most are: it begins with a character that means nothing to YAML,
 * does not end in a blank, and what it holds means nothing either. */
static bool surely_plain(struct span s, int kinds)
{
    return s.len && !telling_first[(unsigned char)s.at[0]] && s.at[s.len - 1] != ' ' &&
           !(kinds & (ODD | NEWLINE)) && !(kinds & SIGN && block_indicators(s));
}

static void write_analysed(struct writer *w, struct span s, int kinds, int indent, bool key)
{
    CLEANUP(str_release) struct str folded = {0};
    if (kinds & ODD && w->profile->folded_nel && memmem(s.at, s.len, "\xc2\x85", 2)) {
        fold_nel(&folded, s);
        s = str_span(&folded);
        kinds = kinds_in(s);
    }
    struct shape shape = analyse(s, kinds);
    switch (style_of(w, s, &shape, key)) {
    case PLAIN:
        write_flow(w, s, indent, key, false, !(kinds & ODD));
        break;
    case SINGLE:
        put_text(w, "'");
        write_flow(w, s, indent, key, true, !(kinds & ODD));
        put_text(w, "'");
        break;
    case DOUBLE:
        write_double(w, s, indent, key);
        break;
    case LITERAL:
        write_literal(w, s, indent);
        break;
    }
}

static void write_string(struct writer *w, struct span s, int indent, bool key)
{
    int kinds = kinds_in(s);
    if (!surely_plain(s, kinds))
        write_analysed(w, s, kinds, indent, key);
    else if (key || !w->profile->width || w->column + (int)s.len <= w->profile->width) /* stays on its line */
        put(w, s.at, s.len);
    else
        write_flow(w, s, indent, key, false, true);
}

/* Integers as they are; everything else as go-yaml prints a float64, except what fits its uint64. */
static void write_number(struct writer *w, const struct doc *d)
{
    struct span text = number_text(d);
    CLEANUP(str_release) struct str number = {0};
    bool whole = d->kind == DOC_INT || (text.len <= 20 && strspn(text.at, "0123456789") == text.len);
    if (whole && (text.len < 20 || memcmp(text.at, "18446744073709551615", 20) <= 0)) {
        put(w, text.at, text.len);
        return;
    }
    yaml_float(doc_float(d, 0), false, &number);
    put(w, number.at, number.len);
}

/* --- blocks --- */
static void write_node(struct writer *w, const struct doc *d, int indent, bool after_key);

/* Where a block at `indent` starts its next line, unless it already stands there. */
static void start_line(struct writer *w, int indent)
{
    if (w->column == 0 && (w->out->len == 0 || w->out->at[w->out->len - 1] == '\n'))
        str_fill(w->out, ' ', (size_t)indent);
    else
        put_line(w, indent);
    w->column = indent;
}

static void write_list(struct writer *w, const struct doc *d, int indent)
{
    for (size_t i = 0; i < d->len; i++) {
        if (i)
            start_line(w, indent);
        put_text(w, "- ");
        write_node(w, &d->items[i], indent, false);
    }
}

/* go-yaml's order of keys: letters after the rest, runs of digits by their number. */
static uint32_t next_char(const unsigned char **p)
{
    uint32_t c = decode(*p);
    *p += char_len(**p);
    return c;
}

static bool is_letter(uint32_t c)
{
    return c >= 0x80 || isalpha((int)c);
}

static int compare_digits(const unsigned char *start, const unsigned char *x, const unsigned char *y)
{
    uint64_t xn = 0, yn = 0;
    const unsigned char *xe = x, *ye = y;
    if (*x == '0' || *y == '0')
        for (const unsigned char *p = x; p > start && isdigit(p[-1]); p--)
            if (p[-1] != '0') {
                xn = yn = 1;
                break;
            }
    for (; isdigit(*xe); xe++)
        xn = xn * 10 + (uint64_t)(*xe - '0');
    for (; isdigit(*ye); ye++)
        yn = yn * 10 + (uint64_t)(*ye - '0');
    if (xn != yn)
        return (int64_t)xn < (int64_t)yn ? -1 : 1;
    if (xe - x != ye - y)
        return xe - x < ye - y ? -1 : 1;
    return decode(x) < decode(y) ? -1 : 1;
}

static int natural_order(const void *a, const void *b)
{
    const struct key *xk = (*(const struct entry *const *)a)->key,
                     *yk = (*(const struct entry *const *)b)->key;
    const unsigned char *x = (const unsigned char *)xk->text, *y = (const unsigned char *)yk->text;
    const unsigned char *xend = x + xk->len, *yend = y + yk->len;
    while (x < xend && y < yend) {
        const unsigned char *xat = x, *yat = y;
        uint32_t xc = next_char(&x), yc = next_char(&y);
        if (xc == yc)
            continue;
        bool xl = is_letter(xc), yl = is_letter(yc);
        if (xl && yl)
            return xc < yc ? -1 : 1;
        if (xl || yl)
            return yl ? -1 : 1;
        return compare_digits((const unsigned char *)xk->text, xat, yat);
    }
    return (xk->len > yk->len) - (xk->len < yk->len);
}

/* The same where two letters decide, or one key begins the other: 0 when it takes more than that. */
static int letter_order(const struct key *x, const struct key *y)
{
    size_t n = MIN(x->len, y->len), i = 0;
    while (i < n && x->text[i] == y->text[i])
        i++;
    if (i == n)
        return x->len < y->len ? -1 : x->len > y->len;
    unsigned char a = (unsigned char)x->text[i], b = (unsigned char)y->text[i];
    return !isascii(a) || !isascii(b) || !isalpha(a) || !isalpha(b) ? 0 : a < b ? -1 : 1;
}

/* Sorts a small map by insertion, as long as letters decide. */
static bool sort_by_letters(const struct doc *map, const struct entry **order)
{
    for (size_t i = 0; i < map->len; i++) {
        size_t at = i;
        for (; at; at--) {
            int c = letter_order(order[at - 1]->key, map->entries[i].key);
            if (!c)
                return false;
            if (c < 0)
                break;
            order[at] = order[at - 1];
        }
        order[at] = &map->entries[i];
    }
    return true;
}

static bool simple_key(const struct key *k)
{
    return k->len <= SIMPLE_KEY_MAX && !memchr(k->text, '\n', k->len);
}

static void write_entry(struct writer *w, const struct entry *e, int indent)
{
    struct span key = {e->key->text, e->key->len};
    bool simple = simple_key(e->key);
    if (simple) {
        write_string(w, key, indent, true);
    } else {
        put_text(w, "? ");
        write_string(w, key, indent + w->profile->indent, false);
        start_line(w, indent);
    }
    put_text(w, ":");
    if (!simple && (e->val.kind == DOC_LIST || e->val.kind == DOC_MAP) && e->val.len) {
        put_text(w, " ");
        write_node(w, &e->val, indent, false);
        return;
    }
    write_node(w, &e->val, indent, true);
}

static void write_entries(struct writer *w, const struct entry *const *order, size_t n, int indent)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            start_line(w, indent);
        write_entry(w, order[i], indent);
    }
}

static void write_map(struct writer *w, const struct doc *d, int indent)
{
    const struct entry *few[SMALL_MAP];
    if (d->len <= SMALL_MAP && sort_by_letters(d, few)) {
        write_entries(w, few, d->len, indent);
        return;
    }
    CLEANUP(mem_freep) const struct entry **order = entries_sorted(d);
    qsort(order, d->len, sizeof(*order), natural_order);
    write_entries(w, order, d->len, indent);
}

static void write_block(struct writer *w, const struct doc *d, int indent, bool after_key)
{
    bool indentless = after_key && d->kind == DOC_LIST && w->profile->indentless;
    int at = indent < 0 ? 0 : indentless ? indent : indent + w->profile->indent;
    if (after_key)
        start_line(w, at);
    if (d->kind == DOC_LIST)
        write_list(w, d, at);
    else
        write_map(w, d, at);
}

/* `indent` is the enclosing block's. Behind a key a scalar needs a blank first, a block a new line. */
static void write_node(struct writer *w, const struct doc *d, int indent, bool after_key)
{
    bool container = doc_is(d, DOC_LIST) || doc_is(d, DOC_MAP);
    if (container && d->len) {
        write_block(w, d, indent, after_key);
        return;
    }
    if (after_key)
        put_text(w, " ");
    switch (doc_kind(d)) {
    case DOC_LIST:
        put_text(w, "[]");
        break;
    case DOC_MAP:
        put_text(w, "{}");
        break;
    case DOC_BOOL:
        put_text(w, d->truth ? "true" : "false");
        break;
    case DOC_INT:
    case DOC_FLOAT:
        write_number(w, d);
        break;
    case DOC_STR:
        write_string(w, (struct span){d->text, d->len}, MAX(indent, 0) + w->profile->indent, false);
        break;
    default:
        put_text(w, "null");
    }
}

void yaml_write(struct str *out, const struct doc *d, enum yaml_profile profile)
{
    struct writer w = {out, &profiles[profile], 0};
    size_t before = out->len;
    write_node(&w, d, -1, false);
    if (out->len == before || out->at[out->len - 1] != '\n')
        str_char(out, '\n');
}

char *yaml_text(struct arena *a, const struct doc *d, enum yaml_profile profile)
{
    CLEANUP(str_release) struct str s = {0};
    yaml_write(&s, d, profile);
    return arena_strndup(a, str_text(&s), s.len);
}
