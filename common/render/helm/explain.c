/* render/helm/explain - reads are noted by the map they went to: a map that was reached through .Values is
 * known by its address, with the path that led there.
 *
 * Paths are names with a separator that no name holds, so that dots in names stay what they are. */
#include "render/helm/explain.h"

#include "base/map.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/helm/helm.h"

enum { READS_MAX = 1000000, VALUE_MAX = 60 };
#define SEP '\x1f'

struct note {
    const char *file, *path;
    struct tmpl_value value;
    bool is_container; /* something below it was read as well */
};
struct helm_watch {
    struct arena *a;
    struct map *paths; /* of maps, by their address */
    struct map *seen;  /* notes by file and path */
    const char *file;
    struct note **notes;
    size_t len, cap;
    bool too_many;
};

static void free_map(void *m)
{
    map_free(m);
}

struct helm_watch *helm_watch_new(struct arena *a)
{
    struct helm_watch *w = NEW(a, struct helm_watch);
    w->a = a;
    w->file = "";
    w->paths = map_new(NULL);
    w->seen = map_new(NULL);
    arena_defer(a, free_map, w->paths);
    arena_defer(a, free_map, w->seen);
    return w;
}

static void know(struct helm_watch *w, const struct tmpl_map *m, const char *path)
{
    const char *key = arena_printf(w->a, "%p", (const void *)m);
    if (m && !map_has(w->paths, key))
        map_set(w->paths, key, (void *)path);
}

static const char *join(struct arena *a, const char *path, struct span name)
{
    return *path ? arena_printf(a, "%s%c%.*s", path, SEP, (int)name.len, name.at)
                 : arena_strndup(a, name.at, name.len);
}

static const char *chart_path(struct arena *a, const struct helm_chart *c)
{
    return c->parent ? join(a, chart_path(a, c->parent), span_of(c->meta.name)) : "";
}

void helm_watch_chart(struct helm_watch *w, const struct helm_chart *c, const struct tmpl_map *values,
                      const struct tmpl_map *view)
{
    const char *path = chart_path(w->a, c);
    know(w, values, path);
    know(w, view, path);
}

void helm_watch_file(struct helm_watch *w, const char *name)
{
    w->file = name;
}

static struct note *note_of(struct helm_watch *w, const char *path)
{
    return map_get(w->seen, arena_printf(w->a, "%s%c%c%s", w->file, SEP, SEP, path));
}

static void take_note(struct helm_watch *w, const char *path, struct tmpl_value v)
{
    if (note_of(w, path))
        return;
    if (w->len >= READS_MAX) {
        w->too_many = true;
        return;
    }
    struct note *n = NEW(w->a, struct note);
    *n = (struct note){w->file, path, v, false};
    map_set(w->seen, arena_printf(w->a, "%s%c%c%s", w->file, SEP, SEP, path), n);
    if (w->len == w->cap) {
        w->cap = MAX(w->cap * 2, (size_t)64);
        struct note **grown = arena_raw(w->a, w->cap * sizeof(*grown));
        if (w->len)
            memcpy(grown, w->notes, w->len * sizeof(*grown));
        w->notes = grown;
    }
    w->notes[w->len++] = n;
}

void helm_watch_read(struct helm_watch *w, const struct tmpl_map *m, struct span key, struct tmpl_value v)
{
    const char *above = map_get(w->paths, arena_printf(w->a, "%p", (const void *)m));
    if (!above)
        return;
    const char *path = join(w->a, above, key);
    struct note *container = *above ? note_of(w, above) : NULL;
    if (container)
        container->is_container = true;
    if (v.kind == TMPL_MAP)
        know(w, v.map, path);
    take_note(w, path, v);
}

/* --- where it came from --- */

static bool is_in_doc(const struct doc *d, const char *path, uint32_t *line)
{
    struct span rest = span_of(path), name;
    while (d && span_cut(&rest, SEP, &name))
        d = doc_get_span(d, name);
    if (d)
        *line = doc_line(d);
    return d != NULL;
}

static bool is_in_map(const struct tmpl_map *m, const char *path)
{
    struct span rest = span_of(path), name;
    struct tmpl_value v = tmpl_map_value((struct tmpl_map *)m);
    while (v.kind == TMPL_MAP && span_cut(&rest, SEP, &name))
        v = tmpl_map_get(v.map, name);
    return v.kind != TMPL_NONE && rest.len == 0;
}

struct asked {
    struct arena *a;
    const struct helm_request *rq;
    const struct helm_chart *root;
    struct map *parsed; /* documents by the address of their text */
};

/* The last of the settings that says something about the path. */
static const char *from_settings(const struct asked *q, const char *path)
{
    static const char *const flags[] = {"--set", "--set-string", "--set-file", "--set-json", "--set-literal"};
    const char *found = NULL;
    for (size_t i = 0; i < q->rq->settings_len; i++) {
        const struct helm_setting *s = &q->rq->settings[i];
        struct tmpl_map *alone = tmpl_map_new(q->a, &tmpl_type_map);
        struct err *e = helm_values_set(q->a, alone, s, &q->rq->reader);
        if (!e && is_in_map(alone, path))
            found = arena_printf(q->a, "%s %s", flags[s->kind], s->text);
        err_free(e);
    }
    return found;
}

/* The documents of a text, parsed once; none of a text that is no YAML. */
static const struct yaml_docs *docs_of(const struct asked *q, struct span text)
{
    const char *key = arena_printf(q->a, "%p", (const void *)text.at);
    struct yaml_docs *docs = map_get(q->parsed, key);
    if (docs)
        return docs;
    docs = NEW(q->a, struct yaml_docs);
    struct err *e = text.at ? yaml_read_all(q->a, text, YAML_SIGS, NULL, docs) : NULL;
    if (e)
        docs->len = 0;
    err_free(e);
    map_set(q->parsed, key, docs);
    return docs;
}

/* "NAME:LINE" when one of the text's documents has the path. */
static const char *from_text(const struct asked *q, const char *name, struct span text, const char *path)
{
    const struct yaml_docs *docs = docs_of(q, text);
    uint32_t line = 0;
    for (size_t i = docs->len; i-- > 0;)
        if (is_in_doc(docs->at[i], path, &line))
            return arena_printf(q->a, "%s:%u", name, (unsigned)line);
    return NULL;
}

/* Defaults: the root's own first, then down the charts that the path names. */
static const char *from_charts(const struct asked *q, const struct helm_chart *c, const char *folder,
                               const char *path)
{
    const char *found = from_text(q, arena_printf(q->a, "%svalues.yaml", folder), c->values_text, path);
    const char *end = strchr(path, SEP);
    for (size_t i = 0; i < c->children_len && !found && end; i++) {
        const struct helm_chart *child = c->children[i];
        if (strlen(child->meta.name) == (size_t)(end - path) && starts_with(path, child->meta.name))
            found =
                from_charts(q, child, arena_printf(q->a, "%scharts/%s/", folder, child->meta.name), end + 1);
    }
    return found;
}

static const char *from_anywhere(const struct asked *q, const char *path)
{
    const char *found = from_settings(q, path);
    for (size_t i = q->rq->files_len; i-- > 0 && !found;)
        found = from_text(q, q->rq->files[i].name, q->rq->files[i].text, path);
    if (!found)
        found = from_charts(q, q->root, "", path);
    /* A global comes down from a chart above. */
    const char *global = strstr(path, "\x1fglobal\x1f");
    return found || !global ? found : from_anywhere(q, global + 1);
}

static const char *shown(struct arena *a, const char *path)
{
    char *text = arena_strdup(a, path);
    for (char *p = text; *p; p++)
        *p = *p == SEP ? '.' : *p;
    return text;
}

static const char *short_json(struct arena *a, struct tmpl_value v)
{
    struct doc *d = NULL;
    if (v.kind == TMPL_NONE)
        return "";
    struct err *e = tmpl_to_doc(a, v, &d);
    const char *text = e ? "" : json_text(a, d, JSON_SORTED);
    err_free(e);
    return strlen(text) <= VALUE_MAX ? text : arena_printf(a, "%.*s...", VALUE_MAX - 3, text);
}

struct err *helm_explain(struct helm_watch *w, const struct helm_chart *root, const struct helm_request *rq,
                         struct helm_explained *out)
{
    CLEANUP(map_freep) struct map *known = map_new(NULL), *parsed = map_new(NULL);
    struct asked q = {w->a, rq, root, parsed};
    if (w->too_many)
        return err_new(ERR_EXHAUSTED, "templates read more than %d different values", READS_MAX);
    *out = (struct helm_explained){NEW_N(w->a, struct helm_read, w->len + 1), 0};
    for (size_t i = 0; i < w->len; i++) {
        const struct note *n = w->notes[i];
        const char *from = map_get(known, n->path);
        if (n->is_container)
            continue;
        if (!from) {
            from = from_anywhere(&q, n->path);
            from = from ? from : "nowhere";
            map_set(known, n->path, (void *)from);
        }
        out->at[out->len++] =
            (struct helm_read){n->file, shown(w->a, n->path), short_json(w->a, n->value), from};
    }
    return NULL;
}
