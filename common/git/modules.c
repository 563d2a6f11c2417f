/* git/modules - .gitmodules, as far as a reader needs it: sections named submodule, their path and URL. */
#include "git/git.h"

#include "base/str.h"
#include "base/vec.h"

#include <ctype.h>

struct reading {
    struct arena *a;
    VEC(struct git_module) found;
    bool inside; /* a section that names a submodule */
};

static void reading_release(struct reading *r)
{
    vec_release(&r->found);
}

/* A value up to its comment: quotes keep blanks, a backslash what follows. NULL when a quote stays open. */
static const char *value_of(struct arena *a, struct span text)
{
    CLEANUP(str_release) struct str s = {0};
    bool quoted = false;
    size_t kept = 0; /* blanks at the end go */
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"') {
            quoted = !quoted;
            kept = s.len;
            continue;
        }
        if (!quoted && (c == '#' || c == ';'))
            break;
        if (c == '\\' && ++i < text.len)
            c = text.at[i] == 'n' ? '\n' : text.at[i] == 't' ? '\t' : text.at[i];
        str_char(&s, c);
        if (quoted || !isspace((unsigned char)c))
            kept = s.len;
    }
    return quoted ? NULL : arena_strndup(a, str_text(&s), kept);
}

static bool is_name(struct span s, const char *name)
{
    return s.len == strlen(name) && strncasecmp(s.at, name, s.len) == 0;
}

/* [submodule "NAME"] */
static struct err *read_section(struct reading *r, struct span line)
{
    if (line.len < 2 || !memchr(line.at, ']', line.len))
        return err_new(ERR_INVALID, "a section without its end");
    size_t n = 1;
    while (n < line.len && isalnum((unsigned char)line.at[n]))
        n++;
    r->inside = is_name((struct span){line.at + 1, n - 1}, "submodule");
    if (!r->inside)
        return NULL;
    if (r->found.len >= GIT_MODULES_MAX)
        return err_new(ERR_EXHAUSTED, "more than %d submodules", GIT_MODULES_MAX);
    vec_push(&r->found, (struct git_module){NULL, NULL});
    return NULL;
}

static struct err *read_line(struct reading *r, struct span line)
{
    line = span_trim(line);
    if (!line.len || *line.at == '#' || *line.at == ';')
        return NULL;
    if (*line.at == '[')
        return read_section(r, line);
    struct span rest = line, name;
    if (!span_cut(&rest, '=', &name) || !r->inside)
        return NULL;
    name = span_trim(name);
    bool path = is_name(name, "path"), url = is_name(name, "url");
    if (!path && !url)
        return NULL;
    const char *value = value_of(r->a, span_trim(rest));
    if (!value)
        return err_new(ERR_INVALID, "a quote without its end");
    *(path ? &r->found.at[r->found.len - 1].path : &r->found.at[r->found.len - 1].url) = value;
    return NULL;
}

struct err *git_modules_read(struct arena *a, struct span text, struct git_modules *out)
{
    CLEANUP(reading_release) struct reading r = {.a = a};
    struct span line;
    for (size_t n = 1; span_cut(&text, '\n', &line); n++)
        TRYF(read_line(&r, line), ".gitmodules:%zu", n);
    *out = (struct git_modules){NEW_N(a, struct git_module, r.found.len + 1), 0};
    vec_each (m, &r.found) {
        const char *clean;
        if (m->path && m->url && *m->url && tree_join(a, "", m->path, &clean) && *clean)
            out->at[out->len++] = (struct git_module){clean, m->url};
    }
    return NULL;
}

const char *git_module_url(struct arena *a, const char *repository, const char *url)
{
    if (!starts_with(url, "./") && !starts_with(url, "../"))
        return url;
    size_t len = strlen(repository);
    const char *scheme = strstr(repository, "://");
    const char *host = scheme ? scheme + 3 : repository;
    size_t least = (size_t)(host - repository) + strcspn(host, scheme ? "/" : ":/"); /* the host stays */
    while (len > least && repository[len - 1] == '/')
        len--;
    for (;;) {
        if (starts_with(url, "./")) {
            url += 2;
        } else if (starts_with(url, "../")) {
            size_t before = len;
            url += 3;
            while (len > least && repository[len - 1] != '/' && repository[len - 1] != ':')
                len--;
            if (len <= least || len == before)
                return NULL;
            len -= repository[len - 1] == '/';
        } else {
            break;
        }
    }
    const char *sep = repository[len - 1] == ':' ? "" : "/";
    return arena_printf(a, "%.*s%s%s", (int)len, repository, sep, url);
}
