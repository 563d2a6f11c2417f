/* render/kustomize/object - splitting a text and checking what is in it.
 *
 * The text is cut at separators before anything is parsed, as the original does: so a line number in an error
 * counts from the last separator, and what follows "..." in a piece is not looked at. Lists are expanded to
 * the end, lists in lists too. */
#include "render/kustomize/object.h"

#include "base/str.h"
#include "base/vec.h"
#include "doc/yaml.h"
#include "render/kustomize/kustomize.h"

#include <stdlib.h>

const char kustomize_malformed[] = "MalformedYAML";

struct found {
    const struct doc *object;
    uint32_t line;
};
struct reader {
    struct arena *a;
    const char *name;
    VEC(struct found) found;
};

/* --- messages --- */

static int by_text(const void *x, const void *y)
{
    const char *const *a = x, *const *b = y;
    return strcmp(*a, *b);
}

static const char *scalar(const struct doc *d)
{
    if (doc_is(d, DOC_BOOL))
        return doc_bool(d, false) ? "true" : "false";
    return doc_is(d, DOC_STR) ? doc_str(d, "") : doc_literal(d).len ? doc_literal(d).at : "";
}

static const char *go_map(struct arena *a, const struct doc *map)
{
    CLEANUP(str_release) struct str s = {0};
    size_t n = doc_is(map, DOC_MAP) ? doc_len(map) : 0, i = 0;
    const char **pairs = NEW_N(a, const char *, n + 1);
    doc_each (it, n ? map : NULL)
        pairs[i++] = arena_printf(a, "%.*s:%s", (int)it.key.len, it.key.at, scalar(it.val));
    if (n)
        qsort(pairs, n, sizeof(*pairs), by_text);
    for (i = 0; i < n; i++)
        str_printf(&s, "%s%s", i ? " " : "", pairs[i]);
    return arena_printf(a, "map[%s]", str_text(&s));
}

static struct err *lacks(struct arena *a, const char *what, const struct doc *d)
{
    const struct doc *meta = doc_get(d, "metadata");
    return err_new(ERR_INVALID, "missing %s in object {{%s %s} {{%s %s} %s %s}}", what,
                   scalar(doc_get(d, "apiVersion")), scalar(doc_get(d, "kind")),
                   scalar(doc_get(meta, "name")), scalar(doc_get(meta, "namespace")),
                   go_map(a, doc_get(meta, "labels")), go_map(a, doc_get(meta, "annotations")));
}

/* --- one object --- */

static bool is_list_kind(const char *kind)
{
    return ends_with(kind, "List");
}

static struct err *check(struct arena *a, const struct doc *d)
{
    if (!doc_is(d, DOC_MAP) || (!doc_get(d, "apiVersion") && !doc_get(d, "kind") && !doc_get(d, "metadata")))
        return err_new(ERR_INVALID, "missing Resource metadata");
    const char *kind = scalar(doc_get(d, "kind"));
    if (!*kind)
        return lacks(a, "kind", d);
    if (!*scalar(doc_path(d, "metadata", "name")) && !is_list_kind(kind))
        return lacks(a, "metadata.name", d);
    return NULL;
}

/* *expanded: it was a list, and what is in it was appended. */
static struct err *expand(struct reader *r, size_t i, bool *expanded)
{
    struct found f = r->found.at[i];
    const char *kind = scalar(doc_get(f.object, "kind"));
    const struct doc *items = doc_get(f.object, "items");
    *expanded = is_list_kind(kind) && items;
    if (!*expanded || doc_is(items, DOC_NULL))
        return NULL;
    if (!doc_is(items, DOC_LIST))
        return err_new(ERR_INVALID, "expected array in %s/items, but found %s", kind,
                       doc_is(items, DOC_MAP) ? "map[string]interface {}" : doc_kind_name(items));
    if (r->found.len + doc_len(items) > KUSTOMIZE_OBJECTS_MAX)
        return err_new(ERR_EXHAUSTED, "%s: more than %d objects", r->name, KUSTOMIZE_OBJECTS_MAX);
    doc_each (it, items)
        vec_push(&r->found, (struct found){it.val, f.line + doc_line(it.val) - doc_line(f.object)});
    return NULL;
}

static struct err *finish(struct reader *r, struct kustomize_objects *out)
{
    struct doc *list = doc_new_list(r->a), *lines = doc_new_list(r->a);
    for (size_t i = 0; i < r->found.len; i++) {
        bool expanded;
        TRY(expand(r, i, &expanded));
        if (expanded)
            continue;
        TRY(check(r->a, r->found.at[i].object));
        doc_push(r->a, list, r->found.at[i].object);
        doc_push(r->a, lines, doc_new_int(r->a, r->found.at[i].line));
    }
    *out = (struct kustomize_objects){list, lines};
    return NULL;
}

/* --- folded blocks --- */

static bool is_blank(const char *p, const char *end)
{
    return p < end && (*p == ' ' || *p == '\t');
}

/* The writer of yaml.v3 makes none of a folded block of such a text. */
static bool is_quoted(struct span v)
{
    return !v.len || v.at[v.len - 1] == ' ' || memmem(v.at, v.len, " \n", 2);
}

/* `breaks` line ends that were written between two lines, as a reader folds them. */
static void add_breaks(struct str *out, size_t breaks, bool kept)
{
    if (!kept && breaks == 1)
        str_char(out, ' ');
    else
        str_fill(out, '\n', kept ? breaks : breaks - 1);
}

/* What is left of a folded block that yaml.v3 writes, as the original does on the way out, and reads again.
 * Its writer adds a line end behind a line that begins with no blank, which is right before another such
 * line, and one too many before a line with blanks; and it adds none at all when the text begins with a
 * blank. */
static void refold(struct str *out, struct span v)
{
    const char *p = v.at, *end = v.at + v.len;
    while (p < end && *p == '\n')
        p++;
    str_add_n(out, v.at, (size_t)(p - v.at));
    bool adds = p < end && !is_blank(p, end);
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p)), *next;
        bool blank = is_blank(p, end);
        stop = stop ? stop : end;
        for (next = stop; next < end && *next == '\n';)
            next++;
        size_t breaks = (size_t)(next - stop), written = breaks + (adds && !blank);
        str_add_n(out, p, (size_t)(stop - p));
        if (next == end)
            str_fill(out, '\n', breaks > 1 ? written : breaks);
        else
            add_breaks(out, written, blank || is_blank(next, end));
        p = next;
    }
}

static void refold_all(struct arena *a, struct doc *d)
{
    if (doc_is_folded(d) && !is_quoted(doc_span(d))) {
        CLEANUP(str_release) struct str s = {0};
        refold(&s, doc_span(d));
        doc_put(d, doc_new_str_n(a, str_text(&s), s.len));
    }
    for (size_t i = 0; doc_is(d, DOC_LIST) && i < doc_len(d); i++)
        refold_all(a, doc_own_at(a, d, i));
    if (doc_is(d, DOC_MAP))
        doc_each (it, d)
            if (!doc_is(it.val, DOC_NULL))
                refold_all(a, doc_own_get(a, d, it.key));
}

static bool has_folded(const struct doc *d)
{
    if (doc_is(d, DOC_STR))
        return doc_is_folded(d);
    doc_each (it, d)
        if (has_folded(it.val))
            return true;
    return false;
}

/* Annotations are written anew, and so not as folded blocks. */
static void refold_object(struct arena *a, struct doc *object)
{
    const struct doc *annotations = doc_path(object, "metadata", "annotations");
    struct doc *kept = annotations ? doc_shallow(a, annotations) : NULL;
    refold_all(a, object);
    if (kept)
        doc_set(a, doc_own_map(a, object, "metadata"), "annotations", kept);
}

/* --- the text --- */

static struct err *malformed(const char *name, struct err *e)
{
    struct err *said = err_reason(ERR_INVALID, kustomize_malformed, "MalformedYAMLError: %s%s in File: %s",
                                  starts_with(e->msg, "yaml: ") ? "" : "yaml: ", e->msg, name);
    err_free(e);
    return said;
}

static struct err *read_piece(struct reader *r, struct span piece, uint32_t line)
{
    struct doc *d = NULL;
    struct err *e = yaml_read(r->a, piece, YAML_V3, NULL, &d);
    if (e && e->code == ERR_EXHAUSTED)
        return err_wrap(e, "%s", r->name);
    if (e)
        return malformed(r->name, e);
    if (doc_is(d, DOC_NULL) || (doc_is(d, DOC_MAP) && !doc_len(d)))
        return NULL;
    if (r->found.len >= KUSTOMIZE_OBJECTS_MAX)
        return err_new(ERR_EXHAUSTED, "%s: more than %d objects", r->name, KUSTOMIZE_OBJECTS_MAX);
    if (has_folded(d))
        refold_object(r->a, d);
    vec_push(&r->found, (struct found){d, line + doc_line(d)});
    return NULL;
}

static struct span without_carriage_returns(struct arena *a, struct span text)
{
    if (!text.len || !memchr(text.at, '\r', text.len))
        return text;
    char *out = arena_raw(a, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '\r' || i + 1 == text.len || text.at[i + 1] != '\n')
            out[n++] = text.at[i];
    out[n] = '\0';
    return (struct span){out, n};
}

static uint32_t count_lines(struct span s)
{
    uint32_t n = 0;
    for (const char *p = s.at, *end = s.at + s.len; p && p < end && (p = memchr(p, '\n', (size_t)(end - p)));
         p++)
        n++;
    return n;
}

/* The next line "---..." that has a line end on both sides; its text in *line. False when there is none. */
static bool next_separator(struct span text, struct span *line)
{
    const char *end = text.at + text.len;
    for (const char *p = text.at; p && (p = memchr(p, '\n', (size_t)(end - p))); p++) {
        if (end - p < 4 || memcmp(p, "\n---", 4) != 0)
            continue;
        const char *stop = memchr(p + 4, '\n', (size_t)(end - p - 4));
        if (!stop)
            return false;
        *line = (struct span){p + 1, (size_t)(stop - p - 1)};
        return true;
    }
    return false;
}

static struct err *read_text(struct reader *r, struct span text)
{
    struct span line;
    uint32_t before = 0;
    while (text.len && next_separator(text, &line)) {
        struct span rest = span_trim((struct span){line.at + 3, line.len - 3});
        struct span piece = {text.at, (size_t)(line.at - text.at)};
        if (rest.len && rest.at[0] != '#')
            return err_new(ERR_INVALID, "invalid document separator: %.*s", (int)line.len, line.at);
        TRY(read_piece(r, piece, before));
        before += count_lines(piece) + 1;
        text = (struct span){line.at + line.len + 1, (size_t)(text.at + text.len - line.at - line.len - 1)};
    }
    return read_piece(r, text, before);
}

struct err *kustomize_objects_read(struct arena *a, struct span text, const char *name,
                                   struct kustomize_objects *out)
{
    struct reader r = {.a = a, .name = name};
    struct err *e = read_text(&r, without_carriage_returns(a, text));
    if (!e)
        e = finish(&r, out);
    vec_release(&r.found);
    return e;
}
