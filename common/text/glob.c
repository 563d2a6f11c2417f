/* text/glob - gobwas globs by translation to a regular expression. */
#include "text/glob.h"

#include "text/regex.h"

enum { BRACES_MAX = 32 };

struct glob {
    struct regex *regex;
};

static struct err *bad(struct span p, const char *what)
{
    return err_new(ERR_INVALID, "glob '%.*s': %s", (int)p.len, p.at, what);
}

static size_t char_len(struct span p, size_t i)
{
    unsigned char c = (unsigned char)p.at[i];
    return MIN(p.len - i, (size_t)(c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4));
}

static void add_literal(struct str *out, struct span p, size_t *i)
{
    size_t n = char_len(p, *i);
    regex_quote((struct span){p.at + *i, n}, out);
    *i += n;
}

/* A character of a class: everything that means something there is escaped. */
static struct err *class_char(struct str *out, struct span p, size_t *i)
{
    if (p.at[*i] == '\\' && ++*i == p.len)
        return bad(p, "ends in a backslash");
    if (strchr("[]\\^-&~", p.at[*i]) && p.at[*i])
        str_char(out, '\\');
    size_t n = char_len(p, *i);
    str_add_n(out, p.at + *i, n);
    *i += n;
    return NULL;
}

static struct err *add_class(struct str *out, struct span p, size_t *i)
{
    str_char(out, '[');
    ++*i;
    if (*i < p.len && p.at[*i] == '!') {
        str_char(out, '^');
        ++*i;
    }
    size_t first = *i;
    while (*i < p.len && (p.at[*i] != ']' || *i == first)) {
        if (p.at[*i] == '-' && *i > first && *i + 1 < p.len && p.at[*i + 1] != ']') {
            str_char(out, '-');
            ++*i;
        }
        TRY(class_char(out, p, i));
    }
    if (*i == p.len)
        return bad(p, "'[' is not closed");
    ++*i;
    str_char(out, ']');
    return NULL;
}

static void add_any(struct str *out, const char *separators)
{
    if (!*separators) {
        str_char(out, '.');
        return;
    }
    str_add(out, "[^");
    for (const char *s = separators; *s; s++)
        str_printf(out, "\\x%02x", (unsigned char)*s);
    str_char(out, ']');
}

static struct err *translate(struct span p, const char *separators, struct str *out)
{
    size_t braces = 0;
    for (size_t i = 0; i < p.len;) {
        char c = p.at[i];
        bool super = c == '*' && i + 1 < p.len && p.at[i + 1] == '*';
        if (super) {
            str_add(out, ".*");
            i += 2;
        } else if (c == '*' || c == '?') {
            add_any(out, separators);
            str_add(out, c == '*' ? "*" : "");
            i++;
        } else if (c == '[') {
            TRY(add_class(out, p, &i));
        } else if (c == '{') {
            if (++braces > BRACES_MAX)
                return bad(p, "too many braces inside each other");
            str_add(out, "(?:");
            i++;
        } else if (braces && (c == '}' || c == ',')) {
            braces -= c == '}';
            str_char(out, c == '}' ? ')' : '|');
            i++;
        } else {
            if (c == '\\' && ++i == p.len)
                return bad(p, "ends in a backslash");
            add_literal(out, p, &i);
        }
    }
    return braces ? bad(p, "'{' is not closed") : NULL;
}

struct err *glob_compile(struct span pattern, const char *separators, struct glob **out)
{
    CLEANUP(str_release) struct str re = {0};
    struct regex *regex;
    *out = NULL;
    str_add(&re, "\\A(?s:");
    TRY(translate(pattern, separators, &re));
    str_add(&re, ")\\z");
    TRYF(regex_compile(str_span(&re), &regex), "glob '%.*s'", (int)pattern.len, pattern.at);
    *out = mem_zalloc(sizeof(**out));
    (*out)->regex = regex;
    return NULL;
}

struct err *glob_doublestar(const char *pattern, struct glob **out)
{
    CLEANUP(str_release) struct str s = {0};
    while (*pattern) {
        bool any = starts_with(pattern, "**/");
        if (any)
            str_add(&s, "{**/,}");
        else
            str_char(&s, *pattern);
        pattern += any ? 3 : 1;
    }
    return glob_compile(str_span(&s), "/", out);
}

void glob_free(struct glob *g)
{
    if (g)
        regex_free(g->regex);
    mem_freep(&g);
}

void glob_freep(struct glob **g)
{
    glob_free(*g);
    *g = NULL;
}

bool glob_match(const struct glob *g, struct span text)
{
    return regex_match(g->regex, text);
}

bool glob_matches(const char *pattern, const char *text, const char *separators)
{
    CLEANUP(glob_freep) struct glob *g = NULL;
    CLEANUP(err_freep) struct err *e = glob_compile(span_of(pattern), separators, &g);
    return !e && glob_match(g, span_of(text));
}
