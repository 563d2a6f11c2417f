/* render/helm/ignore - .helmignore: rules in order, the first that matches decides.
 *
 * A rule is a pattern of Go's filepath.Match. Negation is Helm's own: a path that does NOT match `!rule` is
 * ignored at once (specs/helm.md §4.4). */
#include "render/helm/chart.h"
#include "text/glob.h"

#include "base/str.h"

enum { RULES_MAX = 10000 };
#define SIGNS "*?[\\"

struct rule {
    const char *pattern;
    bool negated, dirs_only, whole_path;
    size_t len, fixed; /* of the pattern, and of what stands in it before the first sign */
    bool is_suffix;    /* a star and then no further sign */
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
    r.len = strlen(r.pattern);
    r.fixed = strcspn(r.pattern, SIGNS);
    r.is_suffix = !r.whole_path && r.pattern[0] == '*' && !r.pattern[1 + strcspn(r.pattern + 1, SIGNS)];
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

/* Most rules are a name or a star and an ending: only what begins as the rule does is matched sign by sign.
 */
static bool rule_matches(const struct rule *r, struct span path, struct span base)
{
    struct span name = r->whole_path ? path : base;
    bool matched = false;
    if (name.len < r->fixed || memcmp(name.at, r->pattern, r->fixed) != 0)
        return false;
    if (r->fixed == r->len)
        return name.len == r->len;
    if (r->is_suffix)
        return name.len + 1 >= r->len &&
               memcmp(name.at + name.len + 1 - r->len, r->pattern + 1, r->len - 1) == 0;
    err_free(glob_path(r->pattern, name.at, &matched));
    return matched;
}

bool helm_ignores(const struct helm_ignore *i, const char *path, bool is_dir)
{
    const char *slash = strrchr(path, '/');
    struct span whole = span_of(path), base = slash ? span_of(slash + 1) : whole;
    for (const struct rule *r = i->rules; r < i->rules + i->len; r++) {
        bool other_kind = r->dirs_only && !is_dir;
        if (r->negated && (other_kind || !rule_matches(r, whole, base)))
            return true;
        if (!r->negated && !other_kind && rule_matches(r, whole, base))
            return true;
    }
    return false;
}
