/* tmpl/sprig_words - texts as words: case by word, camelcase and its kin, abbreviations, wrapping.
 *
 * Several of these count bytes where a reader would expect characters, as upstream does: nospace and initials
 * even read each byte as a Latin-1 character. */
#include "text/unicode.h"
#include "tmpl/sprig.h"

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

/* --- case by word --- */

static bool is_separator(uint32_t rune)
{
    if (rune == '_' || rune_is_letter(rune) || rune_is_digit(rune))
        return false;
    return rune < 0x80 || rune_is_space(rune);
}

TMPL_FN(title)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    uint32_t before = ' ';
    for (size_t len; rest.len; rest.at += len, rest.len -= len) {
        uint32_t rune = rune_decode(rest, &len);
        rune_add(&s, is_separator(before) ? rune_title(rune) : rune);
        before = rune;
    }
    return tmpl_give(x, &s, out);
}

TMPL_FN(untitle)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    bool first = true;
    for (size_t len; rest.len; rest.at += len, rest.len -= len) {
        uint32_t rune = rune_decode(rest, &len);
        rune_add(&s, first ? rune_lower(rune) : rune);
        first = rune_is_space(rune);
    }
    return tmpl_give(x, &s, out);
}

TMPL_FN(swapcase)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    bool first = true;
    for (size_t len; rest.len; rest.at += len, rest.len -= len) {
        uint32_t rune = rune_decode(rest, &len);
        if (rune_is_upper(rune) || rune_is_title(rune))
            rune_add(&s, rune_lower(rune));
        else if (rune_is_lower(rune))
            rune_add(&s, first ? rune_title(rune) : rune_upper(rune));
        else
            rune_add(&s, rune);
        first = rune_is_space(rune);
    }
    return tmpl_give(x, &s, out);
}

/* --- bytes read as Latin-1 --- */

TMPL_FN(nospace)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    for (size_t i = 0; i < rest.len; i++)
        if (!rune_is_space((unsigned char)rest.at[i]))
            rune_add(&s, (unsigned char)rest.at[i]);
    return tmpl_give(x, &s, out);
}

TMPL_FN(initials)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    bool first = true;
    for (size_t i = 0; i < rest.len; i++) {
        bool space = rune_is_space((unsigned char)rest.at[i]);
        if (first && !space)
            rune_add(&s, (unsigned char)rest.at[i]);
        first = space;
    }
    return tmpl_give(x, &s, out);
}

/* --- snake_case and kebab-case --- */

enum word_kind { WORD_END, WORD_UPPER, WORD_LOWER, WORD_NUMBER, WORD_CONNECTOR, WORD_PUNCT };

static enum word_kind kind_of(uint32_t rune)
{
    if (rune == '-' || rune == '_' || rune_is_space(rune))
        return WORD_CONNECTOR;
    if (rune_is_upper(rune))
        return WORD_UPPER;
    if (rune_is_digit(rune))
        return WORD_NUMBER;
    return rune_is_letter(rune) || rune == RUNE_BAD ? WORD_LOWER : WORD_PUNCT;
}

static enum word_kind next_kind(struct span rest, size_t *len)
{
    *len = 0;
    return rest.len ? kind_of(rune_decode(rest, len)) : WORD_END;
}

/* The first word of a text: a capital with its lower letters, a run of capitals (without the one that starts
 * such a word), of lower letters, of digits, or one other character. */
static enum word_kind first_word(struct span s, struct span *word)
{
    size_t len, after;
    enum word_kind kind = next_kind(s, &len);
    *word = (struct span){s.at, len};
    if (kind == WORD_END || kind == WORD_CONNECTOR || kind == WORD_PUNCT)
        return kind;
    size_t last = 0;
    enum word_kind next;
    for (;;) {
        next = next_kind((struct span){s.at + word->len, s.len - word->len}, &after);
        if (next != kind)
            break;
        last = word->len;
        word->len += after;
    }
    if (kind != WORD_UPPER || next != WORD_LOWER)
        return kind;
    if (last) { /* HTTPServer: the S belongs to the next word */
        word->len = last;
        return kind;
    }
    while (next == WORD_LOWER) {
        word->len += after;
        next = next_kind((struct span){s.at + word->len, s.len - word->len}, &after);
    }
    return kind;
}

/* Does a connector stand between two words? A number joins the word before it unless lower letters follow,
 * which it then leads: http_2xx, but bld4_floor. */
static bool divided(enum word_kind before, enum word_kind kind, enum word_kind next, bool in_number)
{
    bool words = before != WORD_END && before < WORD_CONNECTOR && kind < WORD_CONNECTOR;
    if (!words)
        return false;
    if (kind == WORD_NUMBER)
        return next == WORD_LOWER && !in_number;
    return before == WORD_NUMBER ? kind == WORD_UPPER : kind == WORD_UPPER || !in_number;
}

static struct err *to_case(struct tmpl_exec *x, struct span s, char connector, struct tmpl_value *out)
{
    struct str all = {0};
    struct span word, ignored;
    enum word_kind before = WORD_END;
    bool in_number = false;
    for (;;) {
        enum word_kind kind = first_word(s, &word);
        if (kind == WORD_END)
            break;
        s = (struct span){s.at + word.len, s.len - word.len};
        enum word_kind next = first_word(s, &ignored);
        if (divided(before, kind, next, in_number))
            str_char(&all, connector);
        in_number = kind == WORD_NUMBER
                        ? in_number || before >= WORD_CONNECTOR || before == WORD_END || next == WORD_LOWER
                        : in_number && kind == WORD_LOWER;
        for (size_t len; word.len; word.at += len, word.len -= len)
            rune_add(&all, rune_lower(rune_decode(word, &len)));
        if (kind == WORD_CONNECTOR)
            all.at[all.len - 1] = connector;
        before = kind;
    }
    return tmpl_give(x, &all, out);
}

TMPL_FN(snakecase)
{
    return to_case(x, text(args[0]), '_', out);
}

TMPL_FN(kebabcase)
{
    return to_case(x, text(args[0]), '-', out);
}

/* --- CamelCase --- */

static bool connects(uint32_t rune)
{
    return rune == '_' || rune == '-' || rune == ' ';
}

/* Adds a word's first letter in upper case and lowers the capitals next to it; moves *rest behind them. */
static void start_word(struct str *out, struct span *rest)
{
    size_t len;
    uint32_t rune = rune_decode(*rest, &len);
    bool upper = rune_is_upper(rune);
    rune_add(out, rune_upper(rune));
    *rest = (struct span){rest->at + len, rest->len - len};
    while (upper && rest->len) {
        rune = rune_decode(*rest, &len);
        upper = rune_is_upper(rune);
        if (!upper)
            return;
        rune_add(out, rune_lower(rune));
        *rest = (struct span){rest->at + len, rest->len - len};
    }
}

/* Connectors before the first word stay; later ones start a word and go, but where another or the end
 * follows. */
TMPL_FN(camelcase)
{
    struct str s = {0};
    struct span rest = text(args[0]);
    size_t len;
    uint32_t rune = 0;
    while (rest.len && connects(rune = rune_decode(rest, &len))) {
        rune_add(&s, rune);
        rest = (struct span){rest.at + len, rest.len - len};
    }
    if (rest.len)
        start_word(&s, &rest);
    else if (rune)
        rune_add(&s, rune); /* upstream repeats the last one */
    while (rest.len) {
        rune = rune_decode(rest, &len);
        rest = (struct span){rest.at + len, rest.len - len};
        if (connects(rune) && rest.len && !connects(rune_decode(rest, &len)))
            start_word(&s, &rest);
        else
            rune_add(&s, rune);
    }
    return tmpl_give(x, &s, out);
}

/* --- abbreviations: bytes --- */

static void abbreviate(struct str *out, struct span s, int64_t offset, int64_t width)
{
    int64_t len = (int64_t)s.len, keep = width - 3;
    if (len <= width || width < 4) {
        str_add_span(out, s);
        return;
    }
    offset = MIN(offset, len - keep);
    if (offset <= 4) {
        str_add_n(out, s.at, (size_t)keep);
        str_add(out, "...");
        return;
    }
    str_add(out, "...");
    if (offset + keep < len)
        abbreviate(out, (struct span){s.at + offset, s.len - (size_t)offset}, 0, keep);
    else
        str_add_n(out, s.at + len - keep, (size_t)keep);
}

TMPL_FN(abbrev)
{
    struct str s = {0};
    abbreviate(&s, text(args[1]), 0, args[0].i);
    return tmpl_give(x, &s, out);
}

TMPL_FN(abbrevboth)
{
    struct str s = {0};
    if (args[1].i < 4 || (args[0].i > 0 && args[1].i < 7))
        str_add_span(&s, text(args[2]));
    else
        abbreviate(&s, text(args[2]), args[0].i, args[1].i);
    return tmpl_give(x, &s, out);
}

/* --- wrapping: bytes --- */

static struct span behind(struct span s, size_t n)
{
    return (struct span){s.at + n, s.len - n};
}

/* Lines of at most `width` bytes, cut at blanks; a longer word is cut too where `cut_words`. */
static struct err *wrap_text(struct tmpl_exec *x, struct span s, int64_t wide, struct span newline,
                             bool cut_words, struct tmpl_value *out)
{
    struct str all = {0};
    size_t width = (size_t)MAX(wide, 1);
    while (s.len > width) {
        if (*s.at == ' ') {
            s = behind(s, 1);
            continue;
        }
        const char *space = memrchr(s.at, ' ', width + 1);
        if (!space && !cut_words)
            space = memchr(s.at + width, ' ', s.len - width);
        if (!space && !cut_words)
            break;
        size_t line = space ? (size_t)(space - s.at) : width;
        str_add_n(&all, s.at, line);
        str_add_span(&all, newline);
        s = behind(s, line + (space ? 1 : 0));
        if (all.full)
            break;
    }
    str_add_span(&all, s);
    return tmpl_give(x, &all, out);
}

TMPL_FN(wrap)
{
    return wrap_text(x, text(args[1]), args[0].i, span_of("\n"), false, out);
}

TMPL_FN(wrap_with)
{
    struct span newline = text(args[1]);
    return wrap_text(x, text(args[2]), args[0].i, newline.len ? newline : span_of("\n"), true, out);
}

static const struct tmpl_func rows[] = {
    {"abbrev", "is", abbrev},      {"abbrevboth", "iis", abbrevboth},
    {"camelcase", "s", camelcase}, {"initials", "s", initials},
    {"kebabcase", "s", kebabcase}, {"nospace", "s", nospace},
    {"snakecase", "s", snakecase}, {"swapcase", "s", swapcase},
    {"title", "s", title},         {"untitle", "s", untitle},
    {"wrap", "is", wrap},          {"wrapWith", "iss", wrap_with},
};
const struct tmpl_family tmpl_sprig_words = {rows, ARRAY_LEN(rows)};
