/* tmpl/toml_read - TOML 1.0 into maps.
 *
 * While reading, each table and value is an `item`, which remembers how it came to be: a table may be opened
 * by one header only, may be made on the way to another one (implicit), and is closed when it was written
 * inline. At the end the items become plain values. An item is an object to the maps that hold it. */
#include "text/unicode.h"
#include "tmpl/codec.h"
#include "tmpl/private.h"

#include <inttypes.h>
#include <math.h>

enum { DEPTH_MAX = 200, KEYS_MAX = 200 };

enum item_kind { ITEM_VALUE, ITEM_TABLE, ITEM_TABLES };

struct item {
    struct tmpl_object object; /* first: what a map of items holds */
    enum item_kind kind;
    bool defined;                     /* by a header, or with a value */
    bool dotted;                      /* made by a dotted key */
    struct tmpl_value value;          /* ITEM_VALUE */
    struct tmpl_map *keys;            /* ITEM_TABLE: names to items */
    struct item *first, *last, *next; /* ITEM_TABLES: its tables */
    size_t count;
};

struct reader {
    struct arena *a;
    struct span text;
    size_t at;
    uint32_t line;
    struct span last_key; /* of the value that is being read */
    int depth;
};

static const struct tmpl_type item_type = {.name = "item", .kind = TMPL_OBJECT};
static const struct tmpl_type tables_type = {
    .name = "[]map[string]interface {}", .kind = TMPL_LIST, .elem = TMPL_MAP};

static struct item *new_item(struct reader *r, enum item_kind kind)
{
    struct item *i = NEW(r->a, struct item);
    i->object.type = &item_type;
    i->kind = kind;
    if (kind == ITEM_TABLE)
        i->keys = tmpl_map_new(r->a, &tmpl_type_map);
    return i;
}

static struct item *find(const struct item *table, struct span key)
{
    struct tmpl_value v = tmpl_map_get(table->keys, key);
    return v.kind == TMPL_OBJECT ? CONTAINER(v.object, struct item, object) : NULL;
}

/* --- errors --- */

static struct err *fail(struct reader *r, const char *fmt, ...) PRINTF(2, 3);
static struct err *fail(struct reader *r, const char *fmt, ...)
{
    va_list ap;
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "toml: line %u", r->line);
    if (r->last_key.len) {
        str_add(&s, " (last key ");
        tmpl_quote(&s, r->last_key);
        str_char(&s, ')');
    }
    str_add(&s, ": ");
    va_start(ap, fmt);
    str_vprintf(&s, fmt, ap);
    va_end(ap);
    return err_new(ERR_INVALID, "%s", str_text(&s));
}

static int here(const struct reader *r)
{
    return r->at < r->text.len ? (unsigned char)r->text.at[r->at] : -1;
}

static bool looking_at(const struct reader *r, const char *what)
{
    size_t n = strlen(what);
    return r->text.len - r->at >= n && memcmp(r->text.at + r->at, what, n) == 0;
}

/* "expected WHAT, but got 'x' instead" */
static struct err *unexpected(struct reader *r, const char *what)
{
    if (here(r) < 0)
        return fail(r, "unexpected EOF; expected %s", what);
    CLEANUP(str_release) struct str s = {0};
    size_t n;
    struct tmpl_value rune =
        tmpl_int(rune_decode((struct span){r->text.at + r->at, r->text.len - r->at}, &n));
    tmpl_sprintf(&s, span_of("%q"), &rune, 1);
    return fail(r, "expected %s, but got %s instead", what, str_text(&s));
}

static void blanks(struct reader *r)
{
    while (here(r) == ' ' || here(r) == '\t')
        r->at++;
}

static void comment(struct reader *r)
{
    if (here(r) == '#')
        while (here(r) >= 0 && here(r) != '\n')
            r->at++;
}

/* White space, comments and line ends. */
static void lines(struct reader *r)
{
    for (;;) {
        blanks(r);
        comment(r);
        if (looking_at(r, "\r\n"))
            r->at++;
        if (here(r) != '\n')
            return;
        r->at++;
        r->line++;
    }
}

/* --- strings --- */

static struct err *escape(struct reader *r, struct str *out)
{
    static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\x1b\"\\";
    int c = here(r);
    const char *simple = c > 0 ? strchr(from, c) : NULL;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t rune = 0;
    if (simple) {
        r->at++;
        str_char(out, to[simple - from]);
        return NULL;
    }
    if (!digits)
        return unexpected(r, "an escape character");
    r->at++;
    for (; digits; digits--, r->at++) {
        c = here(r);
        int d = c >= '0' && c <= '9'                     ? c - '0'
                : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                         : -1;
        if (d < 0)
            return unexpected(r, "hexadecimal digits");
        rune = rune << 4 | (uint32_t)d;
    }
    if (rune > RUNE_MAX || (rune >= 0xD800 && rune < 0xE000))
        return fail(r, "escaped character U+%04X is not a valid Unicode character", rune);
    rune_add(out, rune);
    return NULL;
}

/* A backslash at the end of a line of """...""": it and the white space behind it vanish. */
static bool line_ending_backslash(struct reader *r)
{
    size_t at = r->at + 1;
    while (at < r->text.len && (r->text.at[at] == ' ' || r->text.at[at] == '\t' || r->text.at[at] == '\r'))
        at++;
    if (at >= r->text.len || r->text.at[at] != '\n')
        return false;
    for (; at < r->text.len && strchr(" \t\r\n", r->text.at[at]) && r->text.at[at]; at++)
        r->line += r->text.at[at] == '\n';
    r->at = at;
    return true;
}

/* "...", '...', and both with three quotes over several lines. */
static struct err *string(struct reader *r, struct span *out)
{
    CLEANUP(str_release) struct str s = {0};
    char quote = r->text.at[r->at], triple[4] = {quote, quote, quote, 0};
    bool many = looking_at(r, triple), raw = quote == '\'';
    r->at += many ? 3 : 1;
    if (many && looking_at(r, "\r\n"))
        r->at++;
    if (many && here(r) == '\n') {
        r->at++;
        r->line++;
    }
    for (;;) {
        int c = here(r);
        if (c < 0)
            return fail(r, "unexpected EOF; expected '%s'", many ? triple : triple + 2);
        if (c == quote && (!many || looking_at(r, triple))) {
            r->at += many ? 3 : 1;
            while (many && here(r) == quote) { /* up to two quotes before the closing ones */
                str_char(&s, quote);
                r->at++;
            }
            break;
        }
        if (c == '\n' && !many)
            return fail(r, "strings cannot contain newlines");
        if (c == '\\' && !raw) {
            if (many && line_ending_backslash(r))
                continue;
            r->at++;
            TRY(escape(r, &s));
            continue;
        }
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return fail(r, "control characters are not allowed inside strings: '0x%02x'", c);
        r->line += c == '\n';
        str_char(&s, (char)c);
        r->at++;
    }
    *out = (struct span){arena_strndup(r->a, str_text(&s), s.len), s.len};
    return NULL;
}

/* --- keys --- */

static bool is_bare(int c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

struct path {
    struct span keys[KEYS_MAX];
    size_t len;
};

static struct err *simple_key(struct reader *r, struct span *out)
{
    if (here(r) == '"' || here(r) == '\'')
        return string(r, out);
    size_t from = r->at;
    while (is_bare(here(r)))
        r->at++;
    *out = (struct span){r->text.at + from, r->at - from};
    if (out->len)
        return NULL;
    if (here(r) == '=')
        return fail(r, "unexpected '=': key name appears blank");
    return unexpected(r, "key name");
}

static struct err *dotted_key(struct reader *r, struct path *p)
{
    for (p->len = 0;;) {
        blanks(r);
        if (p->len == KEYS_MAX)
            return fail(r, "a key has more than %d parts", KEYS_MAX);
        TRY(simple_key(r, &p->keys[p->len++]));
        blanks(r);
        if (here(r) != '.')
            return NULL;
        r->at++;
    }
}

static struct err *already(struct reader *r, const struct path *p, size_t upto)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < upto; i++) {
        str_add(&s, i ? "." : "");
        str_add_span(&s, p->keys[i]);
    }
    return fail(r, "Key '%s' has already been defined.", str_text(&s));
}

static void put(struct item *table, struct span key, struct item *i)
{
    tmpl_map_set(table->keys, key, tmpl_object(&i->object));
}

/* The table under a key, made when absent; of an array of tables its last one. NULL when the key has a value.
 */
static struct item *sub_table(struct reader *r, struct item *table, struct span key)
{
    struct item *i = find(table, key);
    if (!i) {
        i = new_item(r, ITEM_TABLE);
        put(table, key, i);
    }
    return i->kind == ITEM_VALUE ? NULL : i->kind == ITEM_TABLES ? i->last : i;
}

/* --- values --- */

static struct err *value(struct reader *r, struct item *out);
static struct tmpl_value build(struct reader *r, const struct item *i);
static struct err *key_value(struct reader *r, struct item *table);

static struct err *deeper(struct reader *r)
{
    return ++r->depth > DEPTH_MAX ? fail(r, "values nest more than %d deep", DEPTH_MAX) : NULL;
}

static struct err *array(struct reader *r, struct item *out)
{
    VEC(struct tmpl_value) items = {0};
    struct err *e = deeper(r);
    for (r->at++; !e;) {
        struct item item = {.kind = ITEM_VALUE};
        lines(r);
        if (here(r) == ']')
            break;
        e = value(r, &item);
        if (e)
            break;
        vec_push(&items, build(r, &item));
        lines(r);
        if (here(r) == ',')
            r->at++;
        else if (here(r) != ']')
            e = unexpected(r, "a comma (',') or array terminator (']')");
    }
    r->at++;
    r->depth--;
    struct tmpl_list *l = tmpl_list_new(r->a, &tmpl_type_list, items.len);
    if (items.len)
        memcpy(l->items, items.at, items.len * sizeof(*items.at));
    vec_release(&items);
    out->value = tmpl_list_value(l);
    return e;
}

static struct err *inline_table(struct reader *r, struct item *out)
{
    TRY(deeper(r));
    struct item *table = new_item(r, ITEM_TABLE);
    r->at++;
    blanks(r);
    while (here(r) != '}') {
        TRY(key_value(r, table));
        blanks(r);
        if (here(r) == '}')
            break;
        if (here(r) != ',')
            return unexpected(r, "a comma or an inline table terminator '}'");
        r->at++;
        blanks(r);
    }
    r->at++;
    r->depth--;
    out->value = build(r, table);
    return NULL;
}

static bool is_word(int c)
{
    return is_bare(c) || c == '.' || c == '+' || c == ':';
}

static bool all_digits(struct span s, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        if (i >= s.len || s.at[i] < '0' || s.at[i] > '9')
            return false;
    return true;
}

static bool is_date(struct span s)
{
    return all_digits(s, 0, 4) && s.len >= 10 && s.at[4] == '-' && all_digits(s, 5, 2) && s.at[7] == '-' &&
           all_digits(s, 8, 2);
}

static bool is_time(struct span s)
{
    return all_digits(s, 0, 2) && s.len >= 5 && s.at[2] == ':' && all_digits(s, 3, 2);
}

/* A decimal integer has no leading zero; other bases have no sign. */
static bool integer(struct span s, int64_t *out)
{
    bool sign = s.len && (s.at[0] == '+' || s.at[0] == '-');
    struct span digits = {s.at + sign, s.len - sign};
    if (!digits.len || digits.at[0] == '_' || (sign && digits.len > 1 && digits.at[0] == '0'))
        return false;
    if (digits.len > 1 && digits.at[0] == '0' && !strchr("xob", digits.at[1]))
        return false;
    return lex_int(s, out);
}

static bool number(struct span s, struct tmpl_value *out)
{
    int64_t i;
    double f;
    struct span rest = s.len && (s.at[0] == '+' || s.at[0] == '-') ? (struct span){s.at + 1, s.len - 1} : s;
    bool negative = s.len && s.at[0] == '-';
    if (span_is(rest, "inf") || span_is(rest, "nan")) {
        *out = tmpl_float(rest.at[0] == 'n' ? NAN : negative ? -INFINITY : INFINITY);
        return true;
    }
    if (integer(s, &i)) {
        *out = tmpl_int64(i);
        return true;
    }
    const char *point = rest.len ? memchr(rest.at, '.', rest.len) : NULL;
    bool fine = rest.len && rest.at[0] >= '0' && rest.at[0] <= '9' && !memchr(rest.at, 'x', rest.len) &&
                !(rest.len > 1 && rest.at[0] == '0' && rest.at[1] >= '0' && rest.at[1] <= '9');
    bool digits_behind = !point || (point + 1 < rest.at + rest.len && point[1] >= '0' && point[1] <= '9');
    if (!fine || !digits_behind || !lex_float(s, &f))
        return false;
    *out = tmpl_float(f);
    return point || memchr(rest.at, 'e', rest.len) || memchr(rest.at, 'E', rest.len);
}

/* true, numbers, dates. */
static struct err *word(struct reader *r, struct item *out)
{
    size_t from = r->at;
    while (is_word(here(r)))
        r->at++;
    struct span s = {r->text.at + from, r->at - from};
    if (is_date(s) && s.len == 10 && here(r) == ' ' && r->text.len - r->at > 5 &&
        is_time((struct span){r->text.at + r->at + 1, r->text.len - r->at - 1})) {
        for (r->at++; is_word(here(r));) /* a date and a time with a blank between */
            r->at++;
        s.len = (size_t)(r->text.at + r->at - s.at);
    }
    if (span_is(s, "true") || span_is(s, "false"))
        out->value = tmpl_bool(s.at[0] == 't');
    else if (is_date(s) || is_time(s))
        out->value = tmpl_span(s);
    else if (s.len && s.at[0] == '.')
        return fail(r, "floats must start with a digit, not '.'");
    else if (s.len == 0)
        return here(r) < 0 ? fail(r, "unexpected EOF; expected value") : unexpected(r, "value");
    else if (!number(s, &out->value))
        return fail(r, "expected value but found \"%.*s\" instead", (int)s.len, s.at);
    return NULL;
}

static struct err *value(struct reader *r, struct item *out)
{
    struct span s;
    switch (here(r)) {
    case '[':
        return array(r, out);
    case '{':
        return inline_table(r, out);
    case '"':
    case '\'':
        TRY(string(r, &s));
        out->value = tmpl_span(s);
        return NULL;
    default:
        return word(r, out);
    }
}

static struct err *key_value(struct reader *r, struct item *table)
{
    struct path *p = NEW(r->a, struct path);
    r->last_key.len = 0;
    TRY(dotted_key(r, p));
    if (here(r) != '=')
        return here(r) < 0 ? fail(r, "unexpected EOF; expected key separator '='")
                           : unexpected(r, "key separator '='");
    r->at++;
    r->last_key = p->keys[p->len - 1];
    blanks(r);
    for (size_t i = 0; i + 1 < p->len; i++) {
        bool fresh = !find(table, p->keys[i]);
        table = sub_table(r, table, p->keys[i]);
        if (!table || (table->defined && !table->dotted))
            return already(r, p, i + 1);
        table->dotted = table->dotted || fresh;
        table->defined = true;
    }
    struct item *i = new_item(r, ITEM_VALUE);
    struct span last = p->keys[p->len - 1];
    if (find(table, last))
        return already(r, p, p->len);
    struct span key = r->last_key;
    TRY(value(r, i));
    r->last_key = key;
    put(table, last, i);
    return NULL;
}

/* --- headers --- */

static struct err *open_table(struct reader *r, struct item *root, const struct path *p, struct item **out)
{
    struct item *table = root;
    for (size_t i = 0; i < p->len; i++) {
        table = sub_table(r, table, p->keys[i]);
        if (!table || (table->dotted && i + 1 < p->len))
            return already(r, p, i + 1);
    }
    if (table->defined)
        return already(r, p, p->len);
    table->defined = true;
    *out = table;
    return NULL;
}

static struct err *open_tables(struct reader *r, struct item *root, const struct path *p, struct item **out)
{
    struct item *table = root;
    for (size_t i = 0; i + 1 < p->len; i++) {
        table = sub_table(r, table, p->keys[i]);
        if (!table)
            return already(r, p, i + 1);
    }
    struct span last = p->keys[p->len - 1];
    struct item *tables = find(table, last);
    if (tables && tables->kind != ITEM_TABLES)
        return already(r, p, p->len);
    if (!tables) {
        tables = new_item(r, ITEM_TABLES);
        put(table, last, tables);
    }
    *out = new_item(r, ITEM_TABLE);
    (*out)->defined = true;
    if (tables->last)
        tables->last->next = *out;
    else
        tables->first = *out;
    tables->last = *out;
    tables->count++;
    return NULL;
}

static struct err *header(struct reader *r, struct item *root, struct item **table)
{
    bool many = looking_at(r, "[[");
    struct path *p = NEW(r->a, struct path);
    r->last_key.len = 0;
    r->at += many ? 2 : 1;
    TRY(dotted_key(r, p));
    if (here(r) != ']') {
        r->line += here(r) == '\n';
        return unexpected(r, "'.' or ']' to end table name");
    }
    if (many && !looking_at(r, "]]"))
        return unexpected(r, "end of table array name delimiter ']'");
    r->at += many ? 2 : 1;
    return many ? open_tables(r, root, p, table) : open_table(r, root, p, table);
}

/* --- the whole --- */

static struct tmpl_value build(struct reader *r, const struct item *i)
{
    if (i->kind == ITEM_VALUE)
        return i->value;
    if (i->kind == ITEM_TABLES) {
        struct tmpl_list *l = tmpl_list_new(r->a, &tables_type, i->count);
        size_t at = 0;
        for (const struct item *t = i->first; t; t = t->next)
            l->items[at++] = build(r, t);
        return tmpl_list_value(l);
    }
    struct tmpl_map *m = tmpl_map_new(r->a, &tmpl_type_map);
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(i->keys, &n);
    for (size_t k = 0; k < n; k++)
        tmpl_map_set(m, (struct span){e[k].key, e[k].key_len},
                     build(r, CONTAINER(e[k].value.object, struct item, object)));
    return tmpl_map_value(m);
}

struct err *toml_read(struct arena *a, struct span text, struct tmpl_map **out)
{
    struct reader r = {.a = a, .text = text, .line = 1};
    struct item *root = new_item(&r, ITEM_TABLE), *table = root;
    root->defined = true;
    for (;;) {
        lines(&r);
        if (here(&r) < 0)
            break;
        TRY(arena_check(a));
        if (here(&r) == '[')
            TRY(header(&r, root, &table));
        else
            TRY(key_value(&r, table));
        r.last_key.len = 0;
        blanks(&r);
        comment(&r);
        if (here(&r) >= 0 && here(&r) != '\n' && !looking_at(&r, "\r\n"))
            return unexpected(&r, "a top-level item to end with a newline, comment, or EOF");
    }
    *out = build(&r, root).map;
    return NULL;
}
