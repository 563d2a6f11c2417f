/* tmpl/sprig_strings - texts cut, joined, split and compared. What only cuts borrows the bytes of its
 * argument. */
#include "text/unicode.h"
#include "tmpl/sprig.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

static bool starts(struct span s, struct span with)
{
    return s.len >= with.len && (with.len == 0 || memcmp(s.at, with.at, with.len) == 0);
}

static bool ends(struct span s, struct span with)
{
    return s.len >= with.len && (with.len == 0 || memcmp(s.at + s.len - with.len, with.at, with.len) == 0);
}

/* Where `part` begins, NULL when nowhere. */
static const char *find(struct span s, struct span part)
{
    if (part.len == 0)
        return s.at ? s.at : "";
    return s.len ? memmem(s.at, s.len, part.at, part.len) : NULL;
}

/* --- trimming --- */

static bool in_set(struct span set, uint32_t rune)
{
    size_t n;
    for (; set.len; set.at += n, set.len -= n)
        if (rune_decode(set, &n) == rune)
            return true;
    return false;
}

/* The last character of a text that is not empty, and its bytes. */
static uint32_t last_rune(struct span s, size_t *len)
{
    size_t back = 1;
    while (back < MIN(s.len, 4) && ((unsigned char)s.at[s.len - back] & 0xC0) == 0x80)
        back++;
    uint32_t rune = rune_decode((struct span){s.at + s.len - back, back}, len);
    if (*len == back)
        return rune;
    *len = 1;
    return RUNE_BAD;
}

/* Without the characters of the set on both ends; set NULL = white space. */
static struct span trim_set(struct span s, const struct span *set)
{
    size_t n;
    for (; s.len; s.at += n, s.len -= n) {
        uint32_t rune = rune_decode(s, &n);
        if (set ? !in_set(*set, rune) : !rune_is_space(rune))
            break;
    }
    for (; s.len; s.len -= n) {
        uint32_t rune = last_rune(s, &n);
        if (set ? !in_set(*set, rune) : !rune_is_space(rune))
            break;
    }
    return s;
}

TMPL_FN(trim)
{
    *out = tmpl_span(trim_set(text(args[0]), NULL));
    return NULL;
}

TMPL_FN(trim_all)
{
    struct span set = text(args[0]);
    *out = tmpl_span(trim_set(text(args[1]), &set));
    return NULL;
}

TMPL_FN(trim_suffix)
{
    struct span s = text(args[1]), cut = text(args[0]);
    s.len -= ends(s, cut) ? cut.len : 0;
    *out = tmpl_span(s);
    return NULL;
}

TMPL_FN(trim_prefix)
{
    struct span s = text(args[1]), cut = text(args[0]);
    size_t skip = starts(s, cut) ? cut.len : 0;
    *out = tmpl_span((struct span){s.at + skip, s.len - skip});
    return NULL;
}

/* --- case --- */

static struct err *map_runes(struct tmpl_exec *x, struct span s, uint32_t (*to)(uint32_t),
                             struct tmpl_value *out)
{
    struct str mapped = {0};
    size_t n;
    for (; s.len; s.at += n, s.len -= n)
        rune_add(&mapped, to(rune_decode(s, &n)));
    return tmpl_give(x, &mapped, out);
}

TMPL_FN(upper)
{
    return map_runes(x, text(args[0]), rune_upper, out);
}

TMPL_FN(lower)
{
    return map_runes(x, text(args[0]), rune_lower, out);
}

/* --- pieces --- */

TMPL_FN(contains)
{
    *out = tmpl_bool(find(text(args[1]), text(args[0])));
    return NULL;
}

TMPL_FN(has_prefix)
{
    *out = tmpl_bool(starts(text(args[1]), text(args[0])));
    return NULL;
}

TMPL_FN(has_suffix)
{
    *out = tmpl_bool(ends(text(args[1]), text(args[0])));
    return NULL;
}

/* Of bytes, as Go slices; Go's panics for what is out of bounds. */
TMPL_FN(substr)
{
    struct span s = text(args[2]);
    int64_t from = args[0].i, to = args[1].i, len = (int64_t)s.len;
    if (from >= 0 && (to < 0 || to > len))
        to = len;
    if (from < 0 && to < 0)
        return err_new(ERR_INVALID, "runtime error: slice bounds out of range [:%" PRId64 "]", to);
    if (to > len)
        return err_new(ERR_INVALID,
                       "runtime error: slice bounds out of range [:%" PRId64 "] with length %" PRId64, to,
                       len);
    from = MAX(from, 0);
    if (from > to)
        return err_new(ERR_INVALID, "runtime error: slice bounds out of range [%" PRId64 ":%" PRId64 "]",
                       from, to);
    *out = tmpl_span((struct span){s.at + from, (size_t)(to - from)});
    return NULL;
}

TMPL_FN(truncate_text)
{
    struct span s = text(args[1]);
    int64_t count = args[0].i, len = (int64_t)s.len;
    if (count < 0 && len + count > 0) {
        s.at += len + count;
        s.len = (size_t)-count;
    } else if (count >= 0 && count < len) {
        s.len = (size_t)count;
    }
    *out = tmpl_span(s);
    return NULL;
}

static struct err *check_count(struct tmpl_exec *x, int64_t count, size_t len)
{
    size_t all;
    if (count < 0)
        return err_new(ERR_INVALID, "strings: negative Repeat count");
    return tmpl_reserve(x, __builtin_mul_overflow((size_t)count, len, &all) ? SIZE_MAX : all);
}

TMPL_FN(repeat)
{
    struct span s = text(args[1]);
    struct str all = {0};
    TRY(check_count(x, args[0].i, s.len));
    for (int64_t i = 0; s.len && i < args[0].i; i++)
        str_add_span(&all, s);
    return tmpl_give(x, &all, out);
}

/* `old` empty stands between characters. */
TMPL_FN(replace)
{
    struct span old = text(args[0]), new = text(args[1]), s = text(args[2]);
    struct str all = {0};
    size_t len;
    while (old.len ? s.len : true) {
        const char *at = find(s, old);
        if (!at)
            break;
        str_add_n(&all, s.at, old.len ? (size_t)(at - s.at) : 0);
        str_add_span(&all, new);
        if (old.len) {
            s = (struct span){at + old.len, s.len - (size_t)(at + old.len - s.at)};
        } else if (s.len) {
            rune_decode(s, &len);
            str_add_n(&all, s.at, len);
            s = (struct span){s.at + len, s.len - len};
        } else {
            break;
        }
    }
    str_add_span(&all, s);
    return tmpl_give(x, &all, out);
}

TMPL_FN(plural)
{
    *out = args[2].i == 1 ? args[0] : args[1];
    return NULL;
}

/* --- indentation --- */

static struct err *indent_text(struct tmpl_exec *x, const char *before, int64_t width, struct span s,
                               struct tmpl_value *out)
{
    size_t lines = 1;
    for (size_t i = 0; i < s.len; i++)
        lines += s.at[i] == '\n';
    TRY(check_count(x, width, lines));
    struct str all = {0};
    str_reserve(&all, s.len + lines * (size_t)width + 1);
    str_add(&all, before);
    while (lines--) {
        const char *end = s.len ? memchr(s.at, '\n', s.len) : NULL;
        size_t len = end ? (size_t)(end + 1 - s.at) : s.len;
        str_fill(&all, ' ', (size_t)width);
        str_add_n(&all, s.at, len);
        s = (struct span){s.at + len, s.len - len};
    }
    return tmpl_give(x, &all, out);
}

TMPL_FN(indent)
{
    return indent_text(x, "", args[0].i, text(args[1]), out);
}

TMPL_FN(nindent)
{
    return indent_text(x, "\n", args[0].i, text(args[1]), out);
}

/* --- values as text --- */

TMPL_FN(quote)
{
    struct str all = {0};
    for (size_t i = 0, shown = 0; i < n; i++) {
        if (tmpl_is_nothing(args[i]))
            continue;
        str_add(&all, shown++ ? " " : "");
        tmpl_quote(&all, tmpl_strval_span(x->arena, args[i]));
    }
    return tmpl_give(x, &all, out);
}

TMPL_FN(squote)
{
    struct str all = {0};
    for (size_t i = 0, shown = 0; i < n; i++) {
        if (tmpl_is_nothing(args[i]))
            continue;
        str_add(&all, shown++ ? " '" : "'");
        tmpl_print(&all, args[i]);
        str_char(&all, '\'');
    }
    return tmpl_give(x, &all, out);
}

TMPL_FN(cat)
{
    struct str all = {0};
    for (size_t i = 0, shown = 0; i < n; i++) {
        if (tmpl_is_nothing(args[i]))
            continue;
        str_add(&all, shown++ ? " " : "");
        tmpl_print(&all, args[i]);
    }
    return tmpl_give(x, &all, out);
}

TMPL_FN(to_string)
{
    *out = tmpl_span(tmpl_strval_span(x->arena, args[0]));
    return NULL;
}

/* --- lists of strings --- */

struct tmpl_list *tmpl_strings(struct arena *a, struct tmpl_value v)
{
    size_t len = tmpl_is_list(v) ? tmpl_list_len(v) : !tmpl_is_nothing(v), at = 0;
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_strings, len);
    for (size_t i = 0; i < len; i++) {
        struct tmpl_value item = tmpl_is_list(v) ? tmpl_list_at(v, i) : v;
        if (!tmpl_is_nothing(item))
            l->items[at++] = tmpl_span(tmpl_strval_span(a, item));
    }
    l->len = at;
    return l;
}

TMPL_FN(to_strings)
{
    *out = tmpl_list_value(tmpl_strings(x->arena, args[0]));
    return NULL;
}

TMPL_FN(join)
{
    struct tmpl_list *l = tmpl_strings(x->arena, args[1]);
    struct str all = {0};
    for (size_t i = 0; i < l->len; i++) {
        str_add_span(&all, i ? text(args[0]) : (struct span){"", 0});
        str_add_span(&all, text(l->items[i]));
    }
    return tmpl_give(x, &all, out);
}

static int by_bytes(const void *x, const void *y)
{
    struct span a = text(*(const struct tmpl_value *)x), b = text(*(const struct tmpl_value *)y);
    size_t n = MIN(a.len, b.len);
    int c = n ? memcmp(a.at, b.at, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

TMPL_FN(sort_alpha)
{
    struct tmpl_list *l;
    if (tmpl_is_list(args[0])) {
        l = tmpl_strings(x->arena, args[0]);
        qsort(l->items, l->len, sizeof(*l->items), by_bytes);
    } else {
        l = tmpl_list_new(x->arena, &tmpl_type_strings, 1);
        l->items[0] = tmpl_span(tmpl_strval_span(x->arena, args[0]));
    }
    *out = tmpl_list_value(l);
    return NULL;
}

/* Pieces of a text between separators; an empty one stands between characters. At most `most`, < 0 = all, 0 =
 * none. */
static struct err *split_text(struct tmpl_exec *x, struct span sep, struct span s, int64_t most,
                              struct tmpl_list **out)
{
    size_t count = 1, limit = most < 0 ? SIZE_MAX : (size_t)most, len;
    struct span rest = s;
    if (sep.len == 0)
        count = rune_count(s);
    for (const char *at = find(rest, sep); sep.len && at; at = find(rest, sep), count++)
        rest = (struct span){at + sep.len, rest.len - (size_t)(at + sep.len - rest.at)};
    count = MIN(count, limit);
    TRY(tmpl_reserve(x, count * sizeof(struct tmpl_value)));
    struct tmpl_list *l = *out = tmpl_list_new(x->arena, &tmpl_type_strings, count);
    for (size_t i = 0; i < count; i++) {
        size_t skip = sep.len;
        const char *end = i + 1 < count && sep.len ? find(s, sep) : NULL;
        len = end ? (size_t)(end - s.at) : s.len;
        if (i + 1 < count && !sep.len)
            rune_decode(s, &len);
        l->items[i] = tmpl_span((struct span){s.at, len});
        skip = i + 1 < count ? len + skip : len;
        s = (struct span){s.at + skip, s.len - skip};
    }
    return NULL;
}

TMPL_FN(split_list)
{
    struct tmpl_list *l;
    TRY(split_text(x, text(args[0]), text(args[1]), -1, &l));
    *out = tmpl_list_value(l);
    return NULL;
}

/* The pieces as a map under _0, _1, ... */
static struct err *split_map(struct tmpl_exec *x, struct span sep, struct span s, int64_t most,
                             struct tmpl_value *out)
{
    struct tmpl_list *l;
    TRY(split_text(x, sep, s, most, &l));
    struct tmpl_map *m = tmpl_map_new(x->arena, &tmpl_type_str_map);
    for (size_t i = 0; i < l->len; i++)
        tmpl_map_set(m, span_of(arena_printf(x->arena, "_%zu", i)), l->items[i]);
    *out = tmpl_map_value(m);
    return NULL;
}

TMPL_FN(split)
{
    return split_map(x, text(args[0]), text(args[1]), -1, out);
}

TMPL_FN(splitn)
{
    return split_map(x, text(args[0]), text(args[2]), args[1].i, out);
}

static const struct tmpl_func rows[] = {
    {"cat", "a*", cat},
    {"contains", "ss", contains},
    {"hasPrefix", "ss", has_prefix},
    {"hasSuffix", "ss", has_suffix},
    {"indent", "is", indent},
    {"join", "sa", join},
    {"lower", "s", lower},
    {"nindent", "is", nindent},
    {"plural", "ssi", plural},
    {"quote", "a*", quote},
    {"repeat", "is", repeat},
    {"replace", "sss", replace},
    {"sortAlpha", "a", sort_alpha},
    {"split", "ss", split},
    {"splitList", "ss", split_list},
    {"splitn", "sis", splitn},
    {"squote", "a*", squote},
    {"substr", "iis", substr},
    {"toString", "a", to_string},
    {"toStrings", "a", to_strings},
    {"trim", "s", trim},
    {"trimAll", "ss", trim_all},
    {"trimall", "ss", trim_all},
    {"trimPrefix", "ss", trim_prefix},
    {"trimSuffix", "ss", trim_suffix},
    {"trunc", "is", truncate_text},
    {"upper", "s", upper},
};
const struct tmpl_family tmpl_sprig_strings = {rows, ARRAY_LEN(rows)};
