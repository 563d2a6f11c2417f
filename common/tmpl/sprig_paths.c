/* tmpl/sprig_paths - slash-separated paths, as Go's path package has them; the os functions are the same on
 * Linux. */
#include "tmpl/sprig.h"

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

/* Where the last slash is, or SIZE_MAX. */
static size_t last_slash(struct span s)
{
    const char *at = s.len ? memrchr(s.at, '/', s.len) : NULL;
    return at ? (size_t)(at - s.at) : SIZE_MAX;
}

TMPL_FN(base)
{
    struct span s = text(args[0]);
    bool rooted = s.len > 0;
    while (s.len && s.at[s.len - 1] == '/')
        s.len--;
    if (s.len == 0) {
        *out = tmpl_str(rooted ? "/" : ".");
        return NULL;
    }
    size_t from = last_slash(s) + 1;
    *out = tmpl_span((struct span){s.at + from, s.len - from});
    return NULL;
}

/* Drops the last element that was kept; the slash before it too. */
static void go_up(struct str *s, size_t floor)
{
    while (s->len > floor && s->at[s->len - 1] != '/')
        s->len--;
    if (s->len > floor)
        s->len--;
}

/* path.Clean: no empty or dot elements, and .. only at the start of a path that is not rooted. */
static void add_clean(struct str *out, struct span s)
{
    bool rooted = s.len && s.at[0] == '/';
    struct span rest = s, part;
    size_t floor = rooted; /* what go_up may not pass: the root, or leading .. */
    str_add(out, rooted ? "/" : "");
    while (span_cut(&rest, '/', &part)) {
        if (part.len == 0 || span_is(part, "."))
            continue;
        bool up = span_is(part, "..");
        if (up && out->len > floor) {
            go_up(out, floor);
            continue;
        }
        if (up && rooted)
            continue;
        if (out->len > (size_t)rooted)
            str_char(out, '/');
        str_add_span(out, part);
        if (up)
            floor = out->len;
    }
    if (out->len == 0)
        str_char(out, '.');
}

TMPL_FN(clean)
{
    struct str s = {0};
    add_clean(&s, text(args[0]));
    return tmpl_give(x, &s, out);
}

TMPL_FN(dir)
{
    struct str s = {0};
    struct span path = text(args[0]);
    path.len = last_slash(path) + 1;
    add_clean(&s, path);
    return tmpl_give(x, &s, out);
}

TMPL_FN(ext)
{
    struct span s = text(args[0]);
    size_t from = last_slash(s) + 1;
    const char *dot = s.len > from ? memrchr(s.at + from, '.', s.len - from) : NULL;
    *out = dot ? tmpl_span((struct span){dot, (size_t)(s.at + s.len - dot)}) : tmpl_str("");
    return NULL;
}

TMPL_FN(is_abs)
{
    struct span s = text(args[0]);
    *out = tmpl_bool(s.len && s.at[0] == '/');
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"base", "s", base},    {"clean", "s", clean},    {"dir", "s", dir},       {"ext", "s", ext},
    {"isAbs", "s", is_abs}, {"osBase", "s", base},    {"osClean", "s", clean}, {"osDir", "s", dir},
    {"osExt", "s", ext},    {"osIsAbs", "s", is_abs},
};
const struct tmpl_family tmpl_sprig_paths = {rows, ARRAY_LEN(rows)};
