/* render/jsonnet_scan - a Jsonnet text cut into what matters here: brackets, words, and strings and comments
 * to be passed over. What is cut wrongly since it is no Jsonnet is refused by libjsonnet afterwards. */
#include "render/jsonnet.h"

#include <ctype.h>

struct scan {
    const char *at, *end;
    struct str *out;
    const char *name;
    uint32_t line;
    int depth;
    bool behind_importstr;
};

/* Copies up to `to`. */
static void pass(struct scan *s, const char *to)
{
    for (const char *p = s->at; (p = memchr(p, '\n', (size_t)(to - p))); p++)
        s->line++;
    str_add_n(s->out, s->at, (size_t)(to - s->at));
    s->at = to;
}

static bool looks_at(const struct scan *s, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

/* Behind the text that closes what begins here; the end of the file when nothing does. */
static const char *behind(const struct scan *s, size_t open, const char *close)
{
    const char *from = s->at + open;
    const char *p = from < s->end ? memmem(from, (size_t)(s->end - from), close, strlen(close)) : NULL;
    return p ? p + strlen(close) : s->end;
}

/* Behind a quoted string. In a verbatim one (@'') a quote is doubled, in others a backslash stands before it.
 */
static const char *behind_quoted(const struct scan *s, const char *open, bool verbatim)
{
    const char *p = open + 1;
    while (p < s->end && (*p != *open || (verbatim && p + 1 < s->end && p[1] == *open)))
        p += *p == (verbatim ? *open : '\\') && p + 1 < s->end ? 2 : 1;
    return p < s->end ? p + 1 : s->end;
}

/* ||| and a line end, lines, and a line of white space and |||. */
static const char *behind_block(const struct scan *s)
{
    const char *p = s->at + 3;
    while ((p = memchr(p, '\n', (size_t)(s->end - p)))) {
        p++;
        while (p < s->end && (*p == ' ' || *p == '\t'))
            p++;
        if (s->end - p >= 3 && memcmp(p, "|||", 3) == 0)
            return p + 3;
    }
    return s->end;
}

static void pass_quoted(struct scan *s, bool verbatim)
{
    const char *open = s->at + verbatim, *close = behind_quoted(s, open, verbatim);
    if (s->behind_importstr) {
        pass(s, open + 1);
        str_add(s->out, RENDER_JSONNET_TEXT);
    }
    pass(s, close);
}

static struct err *pass_bracket(struct scan *s)
{
    s->depth += strchr("[{(", *s->at) ? 1 : -1;
    if (s->depth > RENDER_JSONNET_NESTING_MAX)
        return err_new(ERR_EXHAUSTED, "%s:%u: brackets are nested deeper than %d", s->name, (unsigned)s->line,
                       RENDER_JSONNET_NESTING_MAX);
    pass(s, s->at + 1);
    return NULL;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void pass_word(struct scan *s)
{
    const char *p = s->at;
    while (p < s->end && in_word(*p))
        p++;
    s->behind_importstr = span_is((struct span){s->at, (size_t)(p - s->at)}, "importstr");
    pass(s, p);
}

static struct err *pass_token(struct scan *s)
{
    char c = *s->at;
    if (looks_at(s, "//") || c == '#') {
        pass(s, behind(s, 1, "\n"));
        return NULL;
    }
    if (looks_at(s, "/*")) {
        pass(s, behind(s, 2, "*/"));
        return NULL;
    }
    if (isspace((unsigned char)c)) {
        pass(s, s->at + 1);
        return NULL;
    }
    if (in_word(c)) {
        pass_word(s);
        return NULL;
    }
    bool verbatim = looks_at(s, "@'") || looks_at(s, "@\"");
    struct err *e = NULL;
    if (c == '\'' || c == '"' || verbatim)
        pass_quoted(s, verbatim);
    else if (looks_at(s, "|||"))
        pass(s, behind_block(s));
    else if (strchr("[]{}()", c))
        e = pass_bracket(s);
    else
        pass(s, s->at + 1);
    s->behind_importstr = false;
    return e;
}

struct err *render_jsonnet_scan(const char *name, struct span text, struct str *out)
{
    struct scan s = {.at = text.at, .end = text.at + text.len, .out = out, .name = name, .line = 1};
    while (s.at < s.end)
        TRY(pass_token(&s));
    return NULL;
}
