/* tmpl/sprig_regex - Go's regular expressions. Compiled patterns are kept for the run, a few dozen at a time:
 * charts match the same ones in loops. */
#include "text/regex.h"

#include "tmpl/private.h"
#include "tmpl/sprig.h"

enum { CACHE_MAX = 64 };

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

static void free_regex(void *r)
{
    regex_free(r);
}

/* The pattern, owned by the run. */
static struct err *compile(struct tmpl_exec *x, struct span pattern, const struct regex **out)
{
    struct state *s = (struct state *)x;
    CLEANUP(str_release) struct str key = {0};
    struct regex *r;
    tmpl_quote(&key, pattern);
    if (!s->regexes)
        s->regexes = map_new(free_regex);
    *out = map_get(s->regexes, str_text(&key));
    if (*out)
        return NULL;
    TRY(regex_compile(pattern, &r));
    if (map_len(s->regexes) >= CACHE_MAX)
        map_clear(s->regexes);
    map_set(s->regexes, str_text(&key), r);
    *out = r;
    return NULL;
}

/* regexp.MustCompile panics. */
static struct err *must_compile(struct tmpl_exec *x, struct span pattern, const struct regex **out)
{
    struct err *e = compile(x, pattern, out);
    if (!e)
        return NULL;
    bool backquote = !memchr(pattern.at ? pattern.at : "", '`', pattern.len);
    CLEANUP(str_release) struct str s = {0};
    if (backquote)
        str_printf(&s, "`%.*s`", (int)pattern.len, pattern.at);
    else
        tmpl_quote(&s, pattern);
    return err_wrap(e, "regexp: Compile(%s)", str_text(&s));
}

typedef struct err *compiler(struct tmpl_exec *x, struct span pattern, const struct regex **out);

/* --- matching --- */

TMPL_FN(match)
{
    const struct regex *r;
    struct err *e = compile(x, text(args[0]), &r);
    *out = tmpl_bool(!e && regex_match(r, text(args[1])));
    err_free(e);
    return NULL;
}

TMPL_FN(must_match)
{
    const struct regex *r;
    TRY(compile(x, text(args[0]), &r));
    *out = tmpl_bool(regex_match(r, text(args[1])));
    return NULL;
}

static struct err *find_first(struct tmpl_exec *x, compiler *c, const struct tmpl_value *args,
                              struct tmpl_value *out)
{
    const struct regex *r;
    struct span whole;
    TRY(c(x, text(args[0]), &r));
    *out = regex_find(r, text(args[1]), 0, &whole, 1) ? tmpl_span(whole) : tmpl_str("");
    return NULL;
}

TMPL_FN(find)
{
    return find_first(x, must_compile, args, out);
}

TMPL_FN(must_find)
{
    return find_first(x, compile, args, out);
}

/* At most `most` matches of the whole pattern, < 0 = all. */
static struct err *find_matches(struct tmpl_exec *x, const struct regex *r, struct span s, int64_t most,
                                struct tmpl_list **out)
{
    VEC(struct tmpl_value) found = {0};
    struct regex_iter *it = NEW(x->arena, struct regex_iter);
    struct err *e = NULL;
    it->regex = r;
    it->text = s;
    while ((most < 0 || (int64_t)found.len < most) && !e && regex_next(it)) {
        vec_push(&found, tmpl_span(it->groups[0]));
        e = tmpl_steps(x, 1);
    }
    if (!e)
        e = tmpl_reserve(x, found.len * sizeof(*found.at));
    *out = NULL;
    if (!e && found.len) {
        *out = tmpl_list_new(x->arena, &tmpl_type_strings, found.len);
        memcpy((*out)->items, found.at, found.len * sizeof(*found.at));
    }
    vec_release(&found);
    return e;
}

static struct err *find_all_with(struct tmpl_exec *x, compiler *c, const struct tmpl_value *args,
                                 struct tmpl_value *out)
{
    const struct regex *r;
    struct tmpl_list *l;
    TRY(c(x, text(args[0]), &r));
    TRY(find_matches(x, r, text(args[1]), args[2].i, &l));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(find_all)
{
    return find_all_with(x, must_compile, args, out);
}

TMPL_FN(must_find_all)
{
    return find_all_with(x, compile, args, out);
}

/* --- replacing --- */

typedef void replacer(const struct regex *r, struct span text, struct span with, struct str *out);

static struct err *replace_with(struct tmpl_exec *x, compiler *c, replacer *replace,
                                const struct tmpl_value *args, struct tmpl_value *out)
{
    const struct regex *r;
    struct str s = {.limit = ((struct state *)x)->limits.memory};
    TRY(c(x, text(args[0]), &r));
    replace(r, text(args[1]), text(args[2]), &s);
    return tmpl_give(x, &s, out);
}

TMPL_FN(replace_all)
{
    return replace_with(x, must_compile, regex_replace, args, out);
}

TMPL_FN(must_replace_all)
{
    return replace_with(x, compile, regex_replace, args, out);
}

TMPL_FN(replace_literal)
{
    return replace_with(x, must_compile, regex_replace_literal, args, out);
}

TMPL_FN(must_replace_literal)
{
    return replace_with(x, compile, regex_replace_literal, args, out);
}

/* --- splitting --- */

/* The pieces between matches, at most `most` of them; an empty match at the very start is none. */
static struct err *split_with(struct tmpl_exec *x, compiler *c, const struct tmpl_value *args,
                              struct tmpl_value *out)
{
    const struct regex *r;
    struct tmpl_list *matches, *l;
    struct span s = text(args[1]);
    int64_t most = args[2].i;
    TRY(c(x, text(args[0]), &r));
    *out = tmpl_list_value(NULL);
    if (most == 0)
        return NULL;
    TRY(find_matches(x, r, s, most, &matches));
    size_t n = matches && (text(args[0]).len == 0 || s.len) ? matches->len : 0;
    l = tmpl_list_new(x->arena, &tmpl_type_strings, n + 1);
    l->len = 0;
    const char *from = s.at, *stop = from;
    for (size_t i = 0; i < n && (most < 0 || (int64_t)l->len < most - 1); i++) {
        struct span match = text(matches->items[i]);
        stop = match.at;
        if (match.at + match.len != s.at)
            l->items[l->len++] = tmpl_span((struct span){from, (size_t)(stop - from)});
        from = match.at + match.len;
    }
    if (n == 0 || stop != s.at + s.len)
        l->items[l->len++] = tmpl_span((struct span){from, (size_t)(s.at + s.len - from)});
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(split)
{
    return split_with(x, must_compile, args, out);
}

TMPL_FN(must_split)
{
    return split_with(x, compile, args, out);
}

TMPL_FN(quote_meta)
{
    struct str s = {0};
    regex_quote(text(args[0]), &s);
    return tmpl_give(x, &s, out);
}

static const struct tmpl_func rows[] = {
    {"mustRegexFind", "ss", must_find},
    {"mustRegexFindAll", "ssi", must_find_all},
    {"mustRegexMatch", "ss", must_match},
    {"mustRegexReplaceAll", "sss", must_replace_all},
    {"mustRegexReplaceAllLiteral", "sss", must_replace_literal},
    {"mustRegexSplit", "ssi", must_split},
    {"regexFind", "ss", find},
    {"regexFindAll", "ssi", find_all},
    {"regexMatch", "ss", match},
    {"regexQuoteMeta", "s", quote_meta},
    {"regexReplaceAll", "sss", replace_all},
    {"regexReplaceAllLiteral", "sss", replace_literal},
    {"regexSplit", "ssi", split},
};
const struct tmpl_family tmpl_sprig_regex = {rows, ARRAY_LEN(rows)};
