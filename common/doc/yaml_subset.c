/* doc/yaml_subset - the YAML that manifests are written in, in one pass over the text.
 *
 * Block maps and lists, plain and quoted scalars, literal and folded blocks, flow collections, comments and
 * `---`. Whatever else stands in the text (anchors, tags, directives, tabs as indentation, carriage returns),
 * whatever is wrong and whatever is merely doubtful ends the reading with false, and libyaml reads the text
 * from its start: its answer is the right one by definition, so the invariant is to be equal to it or to give
 * up. tests/fuzz/yaml_subset_fuzz.c holds both against each other.
 *
 * Lines are taken one by one. `blocks` are the open block collections with their columns, beside the
 * composer's own stack; `due` says that the innermost of them waits for a value (the document's root, when
 * there is none). A line that is less indented than a block ends it; one that is more must bring a value that
 * is due. Comments on the rules name libyaml's functions of the same matter. */
#include "doc/yaml_compose.h"

enum {
    KEY_MAX = 1000, /* libyaml takes no key of more than 1,024 characters */
    CHUNK = 64,
    END = -1,
    REFUSED = -2,
};

struct block {
    int column;
    bool list;
    bool indentless; /* a list at the column of the map whose value it is */
};

struct scan {
    struct composer *c;
    const char *at, *end;
    const char *line_start;
    uint32_t line;     /* of `at`, from 1 */
    uint32_t due_line; /* of what made a value due */
    bool due;
    VEC(struct block) blocks;
    struct str text; /* of a scalar that is not a piece of the source */
};

/* Whether the composer takes it. Its errors are libyaml's to repeat. */
static bool fine(struct err *e)
{
    err_free(e);
    return !e;
}

/* --- characters --- */

/* Beyond ASCII libyaml refuses controls and a byte order mark inside, and breaks lines at U+0085, U+2028 and
 * U+2029. */
static bool wide_fine(const unsigned char *p, size_t n)
{
    if (n == 2)
        return p[0] != 0xc2 || p[1] >= 0xa0;
    if (n == 3 && p[0] == 0xe2 && p[1] == 0x80)
        return p[2] != 0xa8 && p[2] != 0xa9;
    if (n == 3 && p[0] == 0xef)
        return !(p[1] == 0xbb && p[2] == 0xbf) && !(p[1] == 0xbf && p[2] >= 0xbe);
    return n != 0;
}

static bool byte_fine(unsigned char c)
{
    return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\t';
}

/* Whether a chunk is plain ASCII, in a form that compilers turn into vector instructions. */
static bool chunk_plain(const unsigned char *p)
{
    unsigned char odd = 0;
    for (size_t i = 0; i < CHUNK; i++)
        odd |= (unsigned char)((p[i] > 0x7e) | ((p[i] < ' ') & (p[i] != '\n') & (p[i] != '\t')));
    return !odd;
}

static bool all_fine(struct span text)
{
    const unsigned char *p = (const unsigned char *)text.at, *end = p + text.len;
    while (p < end) {
        if (end - p >= CHUNK && chunk_plain(p)) {
            p += CHUNK;
            continue;
        }
        for (const unsigned char *stop = end - p > CHUNK ? p + CHUNK : end; p < stop;) {
            size_t n = *p < 0x80 ? byte_fine(*p) : utf8_len(p, end);
            if (!n || (n > 1 && !wide_fine(p, n)))
                return false;
            p += n;
        }
    }
    return true;
}

static bool blank_or_end(const struct scan *s, const char *p)
{
    return p >= s->end || *p == ' ' || *p == '\n' || *p == '\t';
}

/* Whether "---" or "..." stands at p as a word, which at the start of a line is a marker. */
static bool is_word3(const struct scan *s, const char *p, const char *word)
{
    return s->end - p >= 3 && memcmp(p, word, 3) == 0 && blank_or_end(s, p + 3);
}

static bool marker(const struct scan *s, const char *p)
{
    return is_word3(s, p, "---") || is_word3(s, p, "...");
}

static bool is_dash(const struct scan *s, const char *p)
{
    return *p == '-' && blank_or_end(s, p + 1);
}

/* --- lines --- */

static const char *skip_blanks(const struct scan *s, const char *p)
{
    while (p < s->end && *p == ' ')
        p++;
    return p;
}

static void next_line(struct scan *s, const char *newline)
{
    s->at = s->line_start = newline + 1;
    s->line++;
}

static const char *line_end(const struct scan *s, const char *p)
{
    const char *newline = memchr(p, '\n', (size_t)(s->end - p));
    return newline ? newline : s->end;
}

/* From behind a value to the next line: nothing but blanks and a comment may stand between. */
static bool finish_line(struct scan *s)
{
    const char *p = skip_blanks(s, s->at);
    if (p < s->end && *p == '#' && (p > s->at || (p > s->line_start && p[-1] == ' ')))
        p = line_end(s, p);
    if (p < s->end && *p != '\n')
        return false;
    if (p < s->end)
        next_line(s, p);
    else
        s->at = s->end;
    return true;
}

/* From the start of a line to the next content: its column. */
static int next_content(struct scan *s)
{
    for (;;) {
        const char *p = skip_blanks(s, s->at);
        if (p < s->end && *p == '#')
            p = line_end(s, p);
        if (p == s->end) {
            s->line += s->line_start < s->end; /* libyaml ends a last line that has no break */
            s->at = p;
            return END;
        }
        if (*p != '\n') {
            size_t column = (size_t)(p - s->at);
            s->line_start = s->at;
            s->at = p;
            return *p == '\t' || column > INT32_MAX / 2 ? REFUSED : (int)column;
        }
        next_line(s, p);
    }
}

static int innermost(const struct scan *s)
{
    return s->blocks.len ? s->blocks.at[s->blocks.len - 1].column : -1;
}

/* --- values --- */

static bool add_scalar(struct scan *s, struct span text, bool plain, uint32_t line)
{
    struct compose_scalar scalar = {.text = text, .line = line, .plain = plain};
    return fine(compose_scalar(s->c, &scalar));
}

static bool add_value(struct scan *s, struct span text, bool plain, uint32_t line)
{
    s->due = false;
    return add_scalar(s, text, plain, line);
}

static bool add_nothing(struct scan *s)
{
    return add_value(s, (struct span){"", 0}, true, s->due_line);
}

static bool open_block(struct scan *s, int column, bool list, bool indentless)
{
    vec_push(&s->blocks, (struct block){column, list, indentless});
    s->due = false;
    return fine(compose_open(s->c, list ? DOC_LIST : DOC_MAP, NULL, s->line));
}

static bool close_block(struct scan *s)
{
    if (s->due && !add_nothing(s))
        return false;
    s->blocks.len--;
    return fine(compose_close(s->c));
}

static void make_due(struct scan *s)
{
    s->due = true;
    s->due_line = s->line;
}

/* --- plain scalars (yaml_parser_scan_plain_scalar) --- */

enum { STOPS = 1, FLOW_STOPS = 2 };
static const unsigned char stops[256] = {
    ['\n'] = STOPS | FLOW_STOPS, ['\t'] = STOPS | FLOW_STOPS, [':'] = STOPS | FLOW_STOPS,
    ['#'] = STOPS | FLOW_STOPS,  [','] = FLOW_STOPS,          ['['] = FLOW_STOPS,
    [']'] = FLOW_STOPS,          ['{'] = FLOW_STOPS,          ['}'] = FLOW_STOPS,
    ['?'] = FLOW_STOPS,
};

/* Where the plain text from p on stops: at a break, at ": ", at " #", or in a flow at an indicator. A tab
 * stops it too, which nobody then takes. */
static const char *plain_stop(const struct scan *s, const char *p, unsigned char kind)
{
    const char *from = p;
    for (;; p++) {
        while (p < s->end && !(stops[(unsigned char)*p] & kind))
            p++;
        if (p == s->end)
            return p;
        if (*p == ':' ? blank_or_end(s, p + 1) : *p != '#' || (p > from && p[-1] == ' '))
            return p;
    }
}

static struct span trimmed(const char *from, const char *to)
{
    while (to > from && to[-1] == ' ')
        to--;
    return (struct span){from, (size_t)(to - from)};
}

/* The next line when it goes on with a plain scalar: *from where, *breaks how many empty lines before. False
 * when it does not; `s` then stands where the scalar's last line ended. */
static bool plain_goes_on(struct scan *s, const char **from, size_t *breaks)
{
    const char *start = s->at, *p = skip_blanks(s, start);
    uint32_t line = s->line;
    for (*breaks = 0; p < s->end && *p == '\n'; ++*breaks) {
        start = p + 1;
        line++;
        p = skip_blanks(s, start);
    }
    if (p == s->end || *p == '#' || p - start <= innermost(s) || (p == start && marker(s, p)))
        return false;
    s->line_start = start;
    s->line = line;
    *from = p;
    return true;
}

/* The lines behind the first of a plain scalar that ended with its line. */
static bool read_plain_rest(struct scan *s, struct span first, uint32_t line)
{
    const char *from;
    size_t breaks;
    if (!plain_goes_on(s, &from, &breaks))
        return add_value(s, first, true, line);
    str_clear(&s->text);
    str_add_span(&s->text, first);
    do {
        const char *stop = plain_stop(s, from, STOPS);
        bool more = stop < s->end && *stop == '\n';
        str_fill(&s->text, breaks ? '\n' : ' ', MAX(breaks, (size_t)1));
        str_add_span(&s->text, trimmed(from, stop));
        s->at = stop;
        if (!finish_line(s))
            return false;
        if (!more)
            break;
    } while (plain_goes_on(s, &from, &breaks));
    return !s->text.full && add_value(s, str_span(&s->text), true, line);
}

/* --- quoted scalars (yaml_parser_scan_flow_scalar) --- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Behind a backslash, which no break follows. */
static const char *read_escape(struct scan *s, const char *p)
{
    static const char simple[] = "0\0a\ab\bt\tn\nv\vf\fr\re\033  \"\"//\\\\";
    size_t digits = *p == 'x' ? 2 : *p == 'u' ? 4 : *p == 'U' ? 8 : 0;
    if (!digits) {
        for (size_t i = 0; i + 1 < sizeof(simple); i += 2)
            if (simple[i] == *p) {
                str_char(&s->text, simple[i + 1]);
                return p + 1;
            }
        return NULL;
    }
    uint32_t c = 0;
    if ((size_t)(s->end - p) <= digits)
        return NULL;
    for (size_t i = 1; i <= digits; i++) {
        int d = hex_digit(p[i]);
        if (d < 0 || c > 0xfffffff)
            return NULL;
        c = c << 4 | (uint32_t)d;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return NULL;
    utf8_add(&s->text, c);
    return p + 1 + digits;
}

/* Line breaks inside quotes and the blanks around them, at the first break or behind an escaped one, which
 * leaves no blank. NULL where a marker stands. */
static const char *read_breaks(struct scan *s, const char *p, bool escaped)
{
    size_t breaks = 0;
    for (; p < s->end && (*p == ' ' || *p == '\t' || *p == '\n'); p++) {
        if (*p != '\n')
            continue;
        breaks++;
        s->line++;
        s->line_start = p + 1;
        if (marker(s, p + 1))
            return NULL;
    }
    if (escaped)
        str_fill(&s->text, '\n', breaks);
    else
        str_fill(&s->text, breaks == 1 ? ' ' : '\n', MAX(breaks - 1, (size_t)1));
    return p;
}

static bool quoted_special(char c, char quote)
{
    return c == quote || c == '\n' || (c == '\\' && quote == '"');
}

/* One step at a character that is not taken as it is; NULL when it cannot be read. *closed behind the quote.
 */
static const char *read_special(struct scan *s, const char *p, char quote, bool *closed)
{
    if (*p == '\n')
        return read_breaks(s, p, false);
    if (*p == '\\') {
        if (++p == s->end)
            return NULL;
        if (*p != '\n')
            return read_escape(s, p);
        s->line++;
        s->line_start = p + 1;
        return marker(s, p + 1) ? NULL : read_breaks(s, p + 1, true);
    }
    if (p + 1 < s->end && p[1] == quote && quote == '\'') {
        str_char(&s->text, quote);
        return p + 2;
    }
    *closed = true;
    return p + 1;
}

/* What is taken as it is, without the blanks before a break. */
static void add_piece(struct scan *s, const char *from, const char *to)
{
    if (*to == '\n')
        while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
            to--;
    str_add_n(&s->text, from, (size_t)(to - from));
}

/* At the opening quote; `s` then stands behind the closing one. The text is a piece of the source or lies in
 * s->text. */
static bool read_quoted(struct scan *s, struct span *out)
{
    char quote = *s->at;
    const char *from = s->at + 1, *p = from;
    bool closed = false, own = false;
    for (;;) {
        const char *piece = p;
        while (p < s->end && !quoted_special(*p, quote))
            p++;
        if (p == s->end)
            return false;
        bool doubled = quote == '\'' && p + 1 < s->end && p[1] == quote;
        if (!own && *p == quote && !doubled) {
            *out = (struct span){from, (size_t)(p - from)};
            s->at = p + 1;
            return true;
        }
        if (!own)
            str_clear(&s->text);
        own = true;
        add_piece(s, piece, p);
        p = read_special(s, p, quote, &closed);
        if (!p || s->text.full)
            return false;
        if (closed)
            break;
    }
    *out = str_span(&s->text);
    s->at = p;
    return true;
}

/* --- literal and folded blocks (yaml_parser_scan_block_scalar) --- */

struct literal {
    bool folded;
    int chomp;  /* -1 strip, 0 clip, 1 keep */
    int column; /* of its text, 0 until it is known */
    int at;     /* the column that was reached */
    size_t breaks;
};

/* The indicators behind | or >, up to the next line. */
static bool read_literal_head(struct scan *s, struct literal *l)
{
    bool hint = false, chomp = false;
    *l = (struct literal){.folded = *s->at++ == '>'};
    for (; s->at < s->end; s->at++) {
        if (!chomp && (*s->at == '+' || *s->at == '-')) {
            l->chomp = *s->at == '+' ? 1 : -1;
            chomp = true;
        } else if (!hint && *s->at >= '1' && *s->at <= '9') {
            l->column = MAX(innermost(s), 0) + (*s->at - '0');
            hint = true;
        } else {
            break;
        }
    }
    return finish_line(s);
}

/* yaml_parser_scan_block_scalar_breaks: empty lines, and the blanks before a line. */
static bool read_literal_breaks(struct scan *s, struct literal *l)
{
    int deepest = 0;
    for (;;) {
        const char *p = s->at;
        for (l->at = 0; p < s->end && *p == ' ' && (!l->column || l->at < l->column); p++)
            l->at++;
        deepest = MAX(deepest, l->at);
        if (p < s->end && *p == '\t' && (!l->column || l->at < l->column))
            return false;
        if (p == s->end || *p != '\n')
            break;
        l->breaks++;
        next_line(s, p);
    }
    if (!l->column)
        l->column = MAX(MAX(deepest, innermost(s) + 1), 1);
    return true;
}

static bool read_literal(struct scan *s)
{
    struct literal l;
    uint32_t line = s->line;
    bool broken = false, was_blank = false; /* a break is due; the line before began with a blank */
    str_clear(&s->text);
    if (!read_literal_head(s, &l) || !read_literal_breaks(s, &l))
        return false;
    while (l.at == l.column && s->at + l.at < s->end) {
        const char *from = s->at + l.at, *to = line_end(s, from);
        bool blank = *from == ' ' || *from == '\t';
        if (l.folded && broken && !was_blank && !blank)
            str_fill(&s->text, ' ', l.breaks == 0);
        else
            str_fill(&s->text, '\n', broken);
        str_fill(&s->text, '\n', l.breaks);
        str_add_n(&s->text, from, (size_t)(to - from));
        l.breaks = 0;
        was_blank = blank;
        broken = to < s->end;
        if (broken)
            next_line(s, to);
        else
            s->at = to;
        if (!read_literal_breaks(s, &l))
            return false;
    }
    str_fill(&s->text, '\n', broken && l.chomp >= 0);
    str_fill(&s->text, '\n', l.chomp > 0 ? l.breaks : 0);
    struct compose_scalar scalar = {.text = str_span(&s->text), .line = line, .folded = l.folded};
    s->due = false;
    return !s->text.full && fine(compose_scalar(s->c, &scalar));
}

/* --- flow collections --- */

/* White space and comments between the parts of a flow. */
static bool skip_flow(struct scan *s)
{
    for (;;) {
        const char *p = skip_blanks(s, s->at);
        if (p < s->end && *p == '#' && (p == s->line_start || p[-1] == ' '))
            p = line_end(s, p);
        s->at = p;
        if (p == s->end)
            return false;
        if (*p != '\n')
            return true;
        next_line(s, p);
        if (marker(s, s->at))
            return false;
    }
}

static bool flow_plain_begins(const struct scan *s)
{
    char c = *s->at, next = s->at + 1 < s->end ? s->at[1] : ' ';
    if (c == '-')
        return (next >= '0' && next <= '9') || (next >= 'a' && next <= 'z') || next == '-';
    return !strchr("?:,[]{}#&*!|>'\"%@`\t\n", c);
}

/* A scalar of a flow, at its first character. */
static bool read_flow_text(struct scan *s, struct span *out, bool *plain)
{
    *plain = *s->at != '"' && *s->at != '\'';
    if (!*plain)
        return read_quoted(s, out);
    if (!flow_plain_begins(s))
        return false;
    const char *stop = plain_stop(s, s->at, FLOW_STOPS);
    *out = trimmed(s->at, stop);
    s->at = stop;
    if (stop == s->end || *stop == '?' || *stop == '\t')
        return false;
    /* "a:," is an error of its own, and a colon before an indicator of flows is none of a key. */
    const char *colon = memchr(out->at, ':', out->len);
    for (; colon; colon = memchr(colon + 1, ':', (size_t)(out->at + out->len - colon - 1)))
        if (strchr(",?[]{}", colon[1]))
            return false;
    return true;
}

/* A key on one line, and its colon. */
static bool read_flow_key(struct scan *s)
{
    struct span text;
    bool plain;
    uint32_t line = s->line;
    const char *from = s->at;
    if (!read_flow_text(s, &text, &plain))
        return false;
    s->at = skip_blanks(s, s->at);
    if (s->line != line || s->at == s->end || *s->at != ':' || s->at - from > KEY_MAX)
        return false;
    s->at++;
    return add_scalar(s, text, plain, line);
}

static bool open_flow(struct scan *s)
{
    enum doc_kind kind = *s->at++ == '{' ? DOC_MAP : DOC_LIST;
    return fine(compose_open(s->c, kind, NULL, s->line));
}

/* Behind a value of a flow: what closes here, and the comma before the next. *open false behind the outermost
 * end. */
static bool read_flow_ends(struct scan *s, size_t outside, bool *open)
{
    for (;;) {
        if (!skip_flow(s))
            return false;
        if (*s->at == ',') {
            s->at++;
            return true;
        }
        if (*s->at++ != (compose_in_map(s->c) ? '}' : ']') || !fine(compose_close(s->c)))
            return false;
        *open = s->c->opens.len > outside;
        if (!*open)
            return true;
    }
}

static bool read_flow(struct scan *s)
{
    size_t outside = s->c->opens.len;
    bool open = true;
    s->due = false;
    if (!open_flow(s))
        return false;
    while (open) {
        struct span text;
        bool plain;
        if (!skip_flow(s))
            return false;
        bool map = compose_in_map(s->c);
        if (*s->at == (map ? '}' : ']')) { /* an empty one, or a comma before the end */
            if (!read_flow_ends(s, outside, &open))
                return false;
            continue;
        }
        if (map && (!read_flow_key(s) || !skip_flow(s)))
            return false;
        if (*s->at == '[' || *s->at == '{') {
            if (!open_flow(s))
                return false;
            continue;
        }
        uint32_t line = s->line;
        if (!read_flow_text(s, &text, &plain) || !add_scalar(s, text, plain, line) ||
            !read_flow_ends(s, outside, &open))
            return false;
    }
    return true;
}

/* --- block collections --- */

/* Makes the innermost block the one that the line at `column` belongs to. False when none is. */
static bool settle(struct scan *s, int column)
{
    for (;;) {
        int at = innermost(s);
        if (column > at)
            return s->due;
        struct block b = s->blocks.at[s->blocks.len - 1];
        bool dash = is_dash(s, s->at);
        if (column == at && b.list == dash)
            return !s->due || add_nothing(s);
        if (column == at && dash)
            return s->due && open_block(s, column, true, true);
        if (column == at && !b.indentless)
            return false;
        if (!close_block(s))
            return false;
    }
}

enum found { NOTHING, KEY, VALUE }; /* NOTHING: cannot be read */

/* A key becomes one of the innermost map or, where a value is due, of a new one. */
static bool add_key(struct scan *s, struct span text, bool plain, int column)
{
    if (s->due && !open_block(s, column, false, false))
        return false;
    if (!add_scalar(s, text, plain, s->line))
        return false;
    s->at++;
    make_due(s);
    return true;
}

/* A quoted key or value. `column` END where no key may stand. */
static enum found read_quoted_node(struct scan *s, int column)
{
    struct span text;
    uint32_t line = s->line;
    const char *from = s->at;
    if (!read_quoted(s, &text))
        return NOTHING;
    const char *p = skip_blanks(s, s->at);
    if (p < s->end && *p == ':' && blank_or_end(s, p + 1)) {
        bool is_key = column != END && s->line == line && p - from <= KEY_MAX;
        s->at = p;
        return is_key && add_key(s, text, false, column) ? KEY : NOTHING;
    }
    return s->due && add_value(s, text, false, line) && finish_line(s) ? VALUE : NOTHING;
}

static enum found read_plain_node(struct scan *s, int column)
{
    const char *from = s->at, *stop = plain_stop(s, from, STOPS);
    uint32_t line = s->line;
    struct span text = trimmed(from, stop);
    s->at = stop;
    if (stop < s->end && *stop == ':') {
        bool is_key = column != END && stop - from <= KEY_MAX;
        return is_key && add_key(s, text, true, column) ? KEY : NOTHING;
    }
    if (!s->due || !finish_line(s))
        return NOTHING;
    if (stop < s->end && *stop == '\n')
        return read_plain_rest(s, text, line) ? VALUE : NOTHING;
    return add_value(s, text, true, line) ? VALUE : NOTHING;
}

/* A key, or a value up to its end, at `s`. */
static enum found read_node(struct scan *s, int column)
{
    switch (*s->at) {
    case '"':
    case '\'':
        return read_quoted_node(s, column);
    case '[':
    case '{':
        return s->due && read_flow(s) && finish_line(s) ? VALUE : NOTHING;
    case '|':
    case '>':
        return s->due && read_literal(s) ? VALUE : NOTHING;
    case '-':
    case '?':
    case ':':
        return blank_or_end(s, s->at + 1) ? NOTHING : read_plain_node(s, column);
    case '&':
    case '*':
    case '!':
    case '%':
    case '@':
    case '`':
    case ',':
    case ']':
    case '}':
    case '\t':
        return NOTHING;
    default:
        return read_plain_node(s, column);
    }
}

/* Whether nothing more stands on the line; it is then left. */
static bool rest_is_empty(struct scan *s)
{
    const char *p = skip_blanks(s, s->at);
    bool empty = p == s->end || *p == '\n' || (*p == '#' && p > s->at);
    if (!empty)
        s->at = p;
    return empty && finish_line(s);
}

/* A line at its content, whose block is the innermost: dashes, keys, a value. */
static bool read_line(struct scan *s, int column)
{
    while (is_dash(s, s->at)) {
        bool item = !s->due && s->blocks.len;
        if (!item && !open_block(s, column, true, false))
            return false;
        s->at++;
        make_due(s);
        if (rest_is_empty(s))
            return true;
        column = (int)(s->at - s->line_start);
    }
    enum found found = read_node(s, column);
    if (found != KEY)
        return found == VALUE;
    if (rest_is_empty(s))
        return true;
    return read_node(s, END) == VALUE;
}

/* --- documents --- */

/* From the content at `column` to the next marker or the end. */
static bool read_document(struct scan *s, int column)
{
    s->blocks.len = 0;
    s->due = true;
    while (column >= 0 && !(column == 0 && marker(s, s->at))) {
        if (!settle(s, column) || !read_line(s, column))
            return false;
        column = next_content(s);
    }
    while (s->blocks.len)
        if (!close_block(s))
            return false;
    return column != REFUSED;
}

static bool read_documents(struct scan *s, bool all, struct yaml_docs *out)
{
    VEC(struct doc *) docs = {0};
    bool marked = false, good = true; /* marked: a document was begun by --- */
    int column = next_content(s);
    while (good && (all || !docs.len)) {
        bool is_marker = column == 0 && is_word3(s, s->at, "---");
        if ((is_marker || column == END) && marked) {
            struct doc *d =
                arena_dup(s->c->arena, &(struct doc){.kind = DOC_NULL, .flags = NODE_BLANK, .line = s->line},
                          sizeof(*d));
            vec_push(&docs, d);
        }
        if (column == END)
            break;
        marked = is_marker;
        if (is_marker) {
            s->at += 3;
            good = finish_line(s);
            column = next_content(s);
            continue;
        }
        compose_start(s->c);
        good = column != REFUSED && !(column == 0 && is_word3(s, s->at, "...")) && read_document(s, column);
        vec_push(&docs, good ? compose_finish(s->c) : NULL);
        if (good) /* its last line may end the text or be a marker */
            column = s->at == s->end ? END : 0;
    }
    out->len = docs.len;
    out->at = arena_dup(s->c->arena, docs.at, docs.len * sizeof(*docs.at));
    vec_release(&docs);
    return good;
}

bool yaml_subset_read(struct composer *c, struct span text, bool all, struct yaml_docs *out)
{
    const char *from = text.len ? text.at : "";
    struct scan s = {.c = c,
                     .at = from,
                     .end = from + text.len,
                     .line_start = from,
                     .line = 1,
                     .text = {.limit = text.len + 1}};
    bool good = all_fine(text) && read_documents(&s, all, out);
    vec_release(&s.blocks);
    str_release(&s.text);
    if (!good)
        *out = (struct yaml_docs){0};
    return good;
}
