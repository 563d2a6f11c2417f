/* tmpl/json_error - what Go's encoding/json says about a text that it refuses.
 *
 * Our reader says where; Helm's fromJson shows Go's sentence to the chart. So a refused text is walked once
 * more, with a stack of open containers, only to find the sentence: the first byte that does not fit and what
 * stood before it. */
#include "text/unicode.h"
#include "tmpl/codec.h"

enum { DEPTH_MAX = 10000 };

struct walk {
    struct span text;
    size_t at;
    struct err *error;
};

/* "invalid character 'x' WHERE"; the end of the text is one sentence of its own, but for literals, behind
 * which Go adds a blank to finish them. */
static bool refuse(struct walk *w, const char *where, bool blank_at_end)
{
    CLEANUP(str_release) struct str s = {0};
    if (w->at >= w->text.len && !blank_at_end) {
        w->error = err_new(ERR_INVALID, "unexpected end of JSON input");
        return false;
    }
    unsigned char c = w->at < w->text.len ? (unsigned char)w->text.at[w->at] : ' ';
    if (c == '\'') {
        str_add(&s, "'\\''");
    } else if (c == '"') {
        str_add(&s, "'\"'");
    } else {
        struct tmpl_value rune = tmpl_int(c);
        tmpl_sprintf(&s, span_of("%q"), &rune, 1);
    }
    w->error = err_new(ERR_INVALID, "invalid character %s %s", str_text(&s), where);
    return false;
}

static int here(const struct walk *w)
{
    return w->at < w->text.len ? (unsigned char)w->text.at[w->at] : -1;
}

static void blanks(struct walk *w)
{
    while (w->at < w->text.len && w->text.at[w->at] && strchr(" \t\r\n", w->text.at[w->at]))
        w->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool walk_escape(struct walk *w)
{
    int c = here(w);
    if (c != 'u') {
        if (c <= 0 || !strchr("bfnrt\\/\"", c))
            return refuse(w, "in string escape code", false);
        w->at++;
        return true;
    }
    w->at++;
    for (int i = 0; i < 4; i++, w->at++) {
        c = here(w);
        if (!is_digit(c) && ((c | 0x20) < 'a' || (c | 0x20) > 'f'))
            return refuse(w, "in \\u hexadecimal character escape", false);
    }
    return true;
}

static bool walk_string(struct walk *w)
{
    for (w->at++;;) {
        int c = here(w);
        if (c >= 0)
            w->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !walk_escape(w))
            return false;
        if (c < ' ') {
            w->at -= c >= 0;
            return refuse(w, "in string literal", false);
        }
    }
}

static bool walk_digits(struct walk *w, const char *where)
{
    if (!is_digit(here(w)))
        return refuse(w, where, true);
    while (is_digit(here(w)))
        w->at++;
    return true;
}

static bool walk_number(struct walk *w)
{
    if (here(w) == '-')
        w->at++;
    if (here(w) == '0')
        w->at++;
    else if (!walk_digits(w, "in numeric literal"))
        return false;
    if (here(w) == '.') {
        w->at++;
        if (!walk_digits(w, "after decimal point in numeric literal"))
            return false;
    }
    if (here(w) == 'e' || here(w) == 'E') {
        w->at++;
        if (here(w) == '+' || here(w) == '-')
            w->at++;
        return walk_digits(w, "in exponent of numeric literal");
    }
    return true;
}

static bool walk_word(struct walk *w, const char *word)
{
    for (const char *c = word; *c; c++, w->at++) {
        if (here(w) == *c)
            continue;
        CLEANUP(str_release) struct str where = {0};
        str_printf(&where, "in literal %s (expecting '%c')", word, *c);
        return refuse(w, str_text(&where), true);
    }
    return true;
}

static bool walk_scalar(struct walk *w)
{
    int c = here(w);
    if (c == '"')
        return walk_string(w);
    if (c == '-' || is_digit(c))
        return walk_number(w);
    const char *word = c == 't' ? "true" : c == 'f' ? "false" : c == 'n' ? "null" : NULL;
    return word ? walk_word(w, word) : refuse(w, "looking for beginning of value", false);
}

/* A key and its colon. */
static bool walk_key(struct walk *w)
{
    blanks(w);
    if (here(w) != '"')
        return refuse(w, "looking for beginning of object key string", false);
    if (!walk_string(w))
        return false;
    blanks(w);
    if (here(w) != ':')
        return refuse(w, "after object key", false);
    w->at++;
    return true;
}

/* Behind a value: closes what ends here, and moves to the next value. *done when the outermost is closed. */
static bool walk_behind(struct walk *w, char *open, size_t *depth, bool *done)
{
    for (;;) {
        blanks(w);
        *done = *depth == 0;
        if (*done)
            return here(w) < 0 || refuse(w, "after top-level value", false);
        bool map = open[*depth - 1] == '{';
        int c = here(w);
        if (c == ',') {
            w->at++;
            return !map || walk_key(w);
        }
        if (c != (map ? '}' : ']'))
            return refuse(w, map ? "after object key:value pair" : "after array element", false);
        w->at++;
        --*depth;
    }
}

/* A container that opens here: true with *empty when it closes at once. */
static bool walk_open(struct walk *w, char *open, size_t *depth, bool *empty)
{
    char c = w->text.at[w->at++];
    blanks(w);
    *empty = here(w) == (c == '{' ? '}' : ']');
    if (*empty) {
        w->at++;
        return true;
    }
    open[(*depth)++] = c;
    return c == '[' || walk_key(w);
}

static void walk_all(struct walk *w, char *open)
{
    size_t depth = 0;
    for (bool done = false; !done && depth < DEPTH_MAX;) {
        bool value = true;
        blanks(w);
        if (here(w) == '{' || here(w) == '[') {
            if (!walk_open(w, open, &depth, &value))
                return;
        } else if (!walk_scalar(w)) {
            return;
        }
        if (value && !walk_behind(w, open, &depth, &done))
            return;
    }
}

struct err *json_error(struct span text)
{
    CLEANUP(mem_freep) char *open = mem_alloc(DEPTH_MAX + 1);
    struct walk w = {.text = text};
    walk_all(&w, open);
    return w.error;
}
