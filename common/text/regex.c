/* text/regex (C half) - Go's syntax on the way in, Go's iteration and templates on the way out. */
#include "text/regex.h"

#include "text/regex_syntax.h"

#include <ctype.h>

static bool at(struct span p, size_t i, const char *text)
{
    size_t n = strlen(text);
    return p.len - i >= n && memcmp(p.at + i, text, n) == 0;
}

/* Where a class that opens at i ends: behind its bracket. */
static size_t class_end(struct span p, size_t i)
{
    i++;
    i += i < p.len && p.at[i] == '^';
    i += i < p.len && p.at[i] == ']';
    while (i < p.len && p.at[i] != ']') {
        if (at(p, i, "[:")) {
            const char *close = memmem(p.at + i, p.len - i, ":]", 2);
            i = close ? (size_t)(close - p.at) + 2 : i + 2;
        } else {
            i += p.at[i] == '\\' && i + 1 < p.len && p.at[i + 1] != 'C' ? 2 : 1;
        }
    }
    return MIN(i + 1, p.len);
}

static size_t quote_end(struct span p, size_t i)
{
    const char *close = memmem(p.at + i, p.len - i, "\\E", 2);
    return close ? (size_t)(close - p.at) + 2 : p.len;
}

struct err *regex_rewrite(struct span p, struct str *out)
{
    if (p.len > REGEX_MAX)
        return err_new(ERR_INVALID, "error parsing regexp: expression too large: %zu bytes, at most %d",
                       p.len, REGEX_MAX);
    for (size_t i = 0; i < p.len;) {
        size_t to = i + 1;
        if (at(p, i, "\\Q"))
            to = quote_end(p, i);
        else if (p.at[i] == '\\')
            to = MIN(i + 2, p.len);
        else if (p.at[i] == '[')
            to = class_end(p, i);
        if (at(p, i, "\\C"))
            return err_new(ERR_INVALID, "error parsing regexp: invalid escape sequence: `\\C`");
        if (at(p, i, "(?<") && i + 3 < p.len && p.at[i + 3] != '=' && p.at[i + 3] != '!') {
            str_add(out, "(?P<");
            i += 3;
            continue;
        }
        str_add_n(out, p.at + i, to - i);
        i = to;
    }
    return NULL;
}

bool regex_match(const struct regex *r, struct span text)
{
    return regex_find(r, text, 0, NULL, 0);
}

static size_t utf8_step(struct span text, size_t i)
{
    unsigned char c = i < text.len ? (unsigned char)text.at[i] : 0;
    return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

bool regex_next(struct regex_iter *it)
{
    while (regex_find(it->regex, it->text, it->next, it->groups, REGEX_GROUPS_MAX)) {
        struct span m = it->groups[0];
        size_t end = (size_t)(m.at - it->text.at) + m.len;
        bool counts = m.len || m.at != it->last_end;
        it->next = m.len ? end : end + utf8_step(it->text, end);
        it->last_end = m.at + m.len;
        if (counts)
            return true;
    }
    it->next = it->text.len + 1;
    return false;
}

/* The group that "$name", "${name}" or a number stands for; *end moves behind it. False when it is no
 * reference. */
static bool reference(struct span t, size_t *i, struct span *name)
{
    size_t from = *i + 1;
    bool brace = from < t.len && t.at[from] == '{';
    from += brace;
    size_t to = from;
    while (to < t.len && (isalnum((unsigned char)t.at[to]) || t.at[to] == '_'))
        to++;
    if (to == from || (brace && (to == t.len || t.at[to] != '}')))
        return false;
    *name = (struct span){t.at + from, to - from};
    *i = to + brace;
    return true;
}

static void add_group(const struct regex_iter *it, struct span name, struct str *out)
{
    int64_t number;
    size_t n = regex_groups(it->regex);
    if (span_int(name, &number)) {
        if (number >= 0 && (uint64_t)number <= n && number < REGEX_GROUPS_MAX)
            str_add_span(out, it->groups[number]);
        return;
    }
    for (size_t i = 1; i <= n && i < REGEX_GROUPS_MAX; i++)
        if (span_is(name, regex_group_name(it->regex, i)) && it->groups[i].at) {
            str_add_span(out, it->groups[i]);
            return;
        }
}

static void expand(const struct regex_iter *it, struct span t, struct str *out)
{
    for (size_t i = 0; i < t.len;) {
        struct span name;
        if (t.at[i] != '$')
            str_char(out, t.at[i++]);
        else if (i + 1 < t.len && t.at[i + 1] == '$')
            str_char(out, '$'), i += 2;
        else if (reference(t, &i, &name))
            add_group(it, name, out);
        else
            str_char(out, t.at[i++]);
    }
}

static void replace(const struct regex *r, struct span text, struct span with, bool literal, struct str *out)
{
    const char *from = text.at;
    struct regex_iter it = {.regex = r, .text = text};
    while (regex_next(&it)) {
        str_add_n(out, from, (size_t)(it.groups[0].at - from));
        if (literal)
            str_add_span(out, with);
        else
            expand(&it, with, out);
        from = it.groups[0].at + it.groups[0].len;
    }
    str_add_n(out, from, (size_t)(text.at + text.len - from));
}

void regex_replace(const struct regex *r, struct span text, struct span with, struct str *out)
{
    replace(r, text.at ? text : span_of(""), with, false, out);
}

void regex_replace_literal(const struct regex *r, struct span text, struct span with, struct str *out)
{
    replace(r, text.at ? text : span_of(""), with, true, out);
}

void regex_quote(struct span text, struct str *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] && strchr("\\.+*?()|[]{}^$", text.at[i]))
            str_char(out, '\\');
        str_char(out, text.at[i]);
    }
}
