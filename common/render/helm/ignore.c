/* render/helm/ignore - .helmignore: rules in order, the first that matches decides.
 *
 * A rule is a pattern of Go's filepath.Match. Negation is Helm's own: a path that does NOT match `!rule` is
 * ignored at once (specs/helm.md §4.4). */
#include "render/helm/chart.h"
#include "text/glob.h"

#include "base/str.h"

enum { RULES_MAX = 10000 };

struct rule {
    const char *pattern;
    bool negated, dirs_only, whole_path;
};
struct helm_ignore {
    struct rule *rules;
    size_t len;
};

static struct err *rule_read(struct arena *a, struct span line, struct helm_ignore *i)
{
    bool unused;
    line = span_trim(line);
    if (line.len == 0 || line.at[0] == '#')
        return NULL;
    const char *text = arena_strndup(a, line.at, line.len);
    if (strstr(text, "**"))
        return err_new(ERR_INVALID, "double-star (**) syntax is not supported");
    TRY(glob_path(text, "abc", &unused));
    struct rule r = {.negated = *text == '!'};
    text += r.negated;
    size_t n = strlen(text);
    if (n && text[n - 1] == '/') {
        r.dirs_only = true;
        text = arena_strndup(a, text, n - 1);
    }
    r.whole_path = strchr(text, '/') != NULL;
    r.pattern = text + (*text == '/');
    i->rules[i->len++] = r;
    return NULL;
}

struct err *helm_ignore_read(struct arena *a, struct span text, struct helm_ignore **out)
{
    struct helm_ignore *i = NEW(a, struct helm_ignore);
    struct span line;
    size_t lines = 2;
    for (size_t at = 0; at < text.len; at++)
        lines += text.at[at] == '\n';
    if (lines > RULES_MAX)
        return err_new(ERR_EXHAUSTED, ".helmignore has more than %d lines", RULES_MAX);
    i->rules = NEW_N(a, struct rule, lines);
    while (span_cut(&text, '\n', &line))
        TRY(rule_read(a, line, i));
    TRY(rule_read(a, span_of("templates/.?*"), i));
    *out = i;
    return NULL;
}

static bool rule_matches(const struct rule *r, const char *path)
{
    const char *slash = strrchr(path, '/');
    bool matched = false;
    err_free(glob_path(r->pattern, r->whole_path || !slash ? path : slash + 1, &matched));
    return matched;
}

bool helm_ignores(const struct helm_ignore *i, const char *path, bool is_dir)
{
    for (const struct rule *r = i->rules; r < i->rules + i->len; r++) {
        bool other_kind = r->dirs_only && !is_dir;
        if (r->negated && (other_kind || !rule_matches(r, path)))
            return true;
        if (!r->negated && !other_kind && rule_matches(r, path))
            return true;
    }
    return false;
}
