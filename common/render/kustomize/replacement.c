/* render/kustomize/replacement - a value of one object into fields of others (specs/kustomize.md §8.7).
 *
 * A target's fields are written while its path is walked. Where the path runs on behind a scalar, the
 * scalar's text is read as JSON or YAML and written back with the field inside of it changed. */
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/kustomize/build.h"
#include "render/kustomize/fieldpath.h"
#include "render/kustomize/select.h"
#include "tmpl/fmt.h"

struct options {
    const char *delimiter; /* "" = none */
    int64_t index;
    bool create;
};

struct work {
    struct arena *a;
    const struct doc *value;
    struct options options; /* the target's */
    size_t found;           /* fields */
    bool misfit;            /* the error is that the value does not go into a field that was found */
    bool changed;
};

static struct options options_of(const struct doc *d)
{
    const struct doc *o = doc_get(d, "options");
    return (struct options){doc_str(doc_get(o, "delimiter"), ""), doc_int(doc_get(o, "index"), 0),
                            doc_bool(doc_get(o, "create"), false)};
}

static struct err *not_scalar(void)
{
    return err_new(ERR_INVALID, "delimiter option can only be used with scalar nodes");
}

/* --- the source --- */

static bool selects(const struct kustomize_id *want, const struct kustomize_id *id)
{
    return (!*want->name || streq(want->name, id->name)) && kustomize_gvk_selects(&want->gvk, &id->gvk) &&
           (!*want->namespace ||
            streq(kustomize_effective_namespace(want), kustomize_effective_namespace(id)));
}

static bool any_selected(const struct kustomize_id *want, const struct kustomize_resource *r)
{
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (selects(want, &id))
            return true;
    }
    return false;
}

static struct kustomize_id id_of_selector(const struct doc *d)
{
    return (struct kustomize_id){{doc_str(doc_get(d, "group"), ""), doc_str(doc_get(d, "version"), ""),
                                  doc_str(doc_get(d, "kind"), "")},
                                 doc_str(doc_get(d, "name"), ""),
                                 doc_str(doc_get(d, "namespace"), "")};
}

/* "Pod.v1.[noGrp]/a.[noNs]:spec.x:-(1), create=false": a source as messages show it. */
static const char *source_text(struct arena *a, const struct kustomize_id *want, const struct doc *source)
{
    struct options o = options_of(source);
    const char *path = doc_str(doc_get(source, "fieldPath"), "");
    const char *text = arena_printf(a, "%s%s%s", kustomize_id_text(a, want), *path ? ":" : "", path);
    if (!*o.delimiter && !o.create)
        return text;
    return arena_printf(a, "%s:%s(%lld), create=%s", text, o.delimiter, (long long)o.index,
                        o.create ? "true" : "false");
}

static struct err *find_source(struct arena *a, struct kustomize_set *set, const struct kustomize_id *want,
                               const struct doc *source, const struct kustomize_resource **out)
{
    struct kustomize_found from = *want->gvk.kind && *want->name
                                      ? kustomize_set_named(set, want->gvk.kind, want->name)
                                      : (struct kustomize_found){set->at, set->len};
    *out = NULL;
    for (size_t i = 0; i < from.len; i++) {
        if (!any_selected(want, from.at[i]))
            continue;
        if (*out)
            return err_new(ERR_INVALID, "multiple matches for selector %s", source_text(a, want, source));
        *out = from.at[i];
    }
    return *out ? NULL : err_new(ERR_INVALID, "nothing selected by %s", source_text(a, want, source));
}

/* The piece of the source's text that its options want. */
static struct err *refine(struct arena *a, const struct options *o, const struct doc **value)
{
    if (!*o->delimiter)
        return NULL;
    if (kustomize_is_container(*value))
        return not_scalar();
    struct span whole = kustomize_scalar(*value);
    const char *rest = arena_strndup(a, whole.at, whole.len);
    for (int64_t i = 0; rest && o->index >= 0; i++) {
        const char *end = strstr(rest, o->delimiter);
        if (i == o->index) {
            *value = doc_new_str_n(a, rest, end ? (size_t)(end - rest) : strlen(rest));
            return NULL;
        }
        rest = end ? end + strlen(o->delimiter) : NULL;
    }
    return err_new(ERR_INVALID, "options.index %lld is out of bounds for value %.*s", (long long)o->index,
                   (int)whole.len, whole.at);
}

static struct err *source_value(struct arena *a, struct kustomize_set *set, const struct doc *entry,
                                const struct doc **out)
{
    const struct doc *source = doc_get(entry, "source"), *own = doc_get(entry, "sourceValue");
    if (source && own)
        return err_new(ERR_INVALID, "value and resource selectors are mutually exclusive");
    *out = own;
    if (own)
        return NULL;
    struct kustomize_id want = id_of_selector(source);
    const struct kustomize_resource *r;
    TRY(find_source(a, set, &want, source, &r));
    const char *path = doc_str(doc_get(source, "fieldPath"), "");
    path = *path ? path : "metadata.name";
    struct kustomize_fieldpath parsed;
    TRYF(kustomize_fieldpath_read(a, path, false, &parsed), "error looking up replacement source");
    TRYF(kustomize_fieldpath_get(a, &parsed, r->object, out), "error looking up replacement source");
    if (!*out || doc_is(*out, DOC_NULL) || (kustomize_is_container(*out) && !doc_len(*out)))
        return err_new(ERR_INVALID, "fieldPath `%s` is missing for replacement source %s", path,
                       kustomize_id_text(a, &want));
    struct options o = options_of(source);
    return refine(a, &o, out);
}

/* --- writing a field --- */

/* What a plain text means; a string when it is no scalar or a quoted one. */
static struct doc *resolved(struct arena *a, struct span text)
{
    struct doc *d = NULL;
    CLEANUP(err_freep) struct err *e = yaml_read(a, text, YAML_V3, NULL, &d);
    return e || kustomize_is_container(d) || doc_is(d, DOC_STR) ? doc_new_str_n(a, text.at, text.len) : d;
}

static const char *tag_of(enum doc_kind kind)
{
    return kind == DOC_NULL    ? "!!null"
           : kind == DOC_BOOL  ? "!!bool"
           : kind == DOC_INT   ? "!!int"
           : kind == DOC_FLOAT ? "!!float"
                               : "!!str";
}

/* A scalar keeps its type and takes the text. */
static struct err *set_text(struct work *w, struct doc *place, struct span text)
{
    enum doc_kind was = doc_kind(place);
    struct doc *now = was == DOC_STR ? doc_new_str_n(w->a, text.at, text.len) : resolved(w->a, text);
    bool empty_null = was == DOC_NULL && !text.len;
    if (doc_kind(now) != was && !(was == DOC_FLOAT && doc_is(now, DOC_INT)))
        return err_new(ERR_INVALID, "map[string]interface {}(nil): yaml: cannot decode %s `%.*s` as a %s",
                       tag_of(doc_kind(now)), (int)text.len, text.at, tag_of(was));
    now = empty_null ? doc_new_str(w->a, "") : now;
    w->changed |= !doc_equal(place, now);
    doc_put(place, now);
    return NULL;
}

/* The value as a piece of the field's text: before it, behind it, or in place of one of its pieces. */
static struct span spliced(struct work *w, struct span old, struct span text)
{
    const struct options *o = &w->options;
    size_t gap = strlen(o->delimiter);
    CLEANUP(str_release) struct str out = {0};
    if (o->index < 0)
        str_printf(&out, "%.*s%s", (int)text.len, text.at, o->delimiter);
    const char *rest = arena_strndup(w->a, old.at, old.len);
    int64_t i = 0;
    for (; rest; i++) {
        const char *end = strstr(rest, o->delimiter);
        if (i)
            str_add(&out, o->delimiter);
        if (i == o->index)
            str_add_span(&out, text);
        else
            str_add_n(&out, rest, end ? (size_t)(end - rest) : strlen(rest));
        rest = end ? end + gap : NULL;
    }
    if (o->index >= i)
        str_printf(&out, "%s%.*s", o->delimiter, (int)text.len, text.at);
    return (struct span){arena_strndup(w->a, str_text(&out), out.len), out.len};
}

/* `made`: the place was created and has no type yet. */
static struct err *fit(struct work *w, struct doc *place, bool made)
{
    struct span text = kustomize_scalar(w->value);
    bool splice = *w->options.delimiter != '\0';
    if (kustomize_is_container(place) && splice)
        return not_scalar();
    if (kustomize_is_container(place) || (made && kustomize_is_container(w->value))) {
        w->changed |= !doc_equal(place, w->value);
        doc_put(place, w->value);
        return NULL;
    }
    if (splice)
        text = spliced(w, made ? span_of("") : kustomize_scalar(place), text);
    if (!made)
        return set_text(w, place, text);
    w->changed = true;
    doc_put(place, resolved(w->a, text));
    return NULL;
}

static struct err *set_field(struct work *w, struct doc *place, bool made)
{
    struct err *e = fit(w, place, made);
    w->found++;
    w->misfit = e != NULL;
    return e;
}

/* --- the walk --- */

static struct err *walk(struct work *w, struct doc *at, const struct kustomize_fieldpath *p, size_t i,
                        bool made);

static bool wants_list(const struct kustomize_part *p)
{
    return p->kind != KUSTOMIZE_FIELD;
}

/* What a missing field is created as: by the part that follows it. */
static struct doc *made_for(struct work *w, const struct kustomize_fieldpath *p, size_t next)
{
    if (next == p->len)
        return doc_new_null(w->a);
    bool list = p->at[next].kind == KUSTOMIZE_INDEX || p->at[next].kind == KUSTOMIZE_ELEMENT;
    return list ? doc_new_list(w->a) : doc_new_map(w->a);
}

static struct err *walk_field(struct work *w, struct doc *map, const struct kustomize_fieldpath *p, size_t i)
{
    struct span name = span_of(p->at[i].text);
    struct doc *next = doc_own_get(w->a, map, name);
    bool made = !next;
    if (made && !w->options.create)
        return NULL;
    if (made)
        next = doc_set_span(w->a, map, name, made_for(w, p, i + 1));
    return walk(w, next, p, i + 1, made);
}

static struct err *walk_index(struct work *w, struct doc *list, const struct kustomize_fieldpath *p, size_t i)
{
    size_t index = p->at[i].index, len = doc_len(list);
    bool made = index == len && w->options.create;
    if (index >= len && !made)
        return err_new(ERR_INVALID, "index %zu specified but only %zu elements found", index, len);
    struct doc *next = made ? doc_push(w->a, list, made_for(w, p, i + 1)) : doc_own_at(w->a, list, index);
    return walk(w, next, p, i + 1, made);
}

static struct err *walk_elements(struct work *w, struct doc *list, const struct kustomize_fieldpath *p,
                                 size_t i)
{
    const struct kustomize_part *part = &p->at[i];
    bool any = part->kind == KUSTOMIZE_EVERY;
    for (size_t j = 0; j < doc_len(list); j++) {
        bool hit = part->kind == KUSTOMIZE_EVERY;
        if (!hit)
            TRY(kustomize_part_matches(w->a, part, doc_at(list, j), &hit));
        if (hit)
            TRY(walk(w, doc_own_at(w->a, list, j), p, i + 1, false));
        any |= hit;
    }
    if (any || !w->options.create)
        return NULL;
    struct doc *element = doc_new_str(w->a, part->value);
    if (*part->key) {
        struct doc *map = doc_new_map(w->a);
        doc_set(w->a, map, part->key, element);
        element = map;
    }
    return walk(w, doc_push(w->a, list, element), p, i + 1, false);
}

/* A text that holds a document. A value that does not fit into it leaves it as it was, as in the original. */
static struct err *walk_text(struct work *w, struct doc *place, const struct kustomize_fieldpath *p, size_t i)
{
    struct span text = kustomize_scalar(place), body = span_trim(text);
    struct doc *inner = NULL;
    CLEANUP(err_freep) struct err *bad = yaml_read(w->a, text, YAML_V3, NULL, &inner);
    if (bad || !kustomize_is_container(inner))
        return kustomize_wrong_kind(w->a, wants_list(&p->at[i]) ? DOC_LIST : DOC_MAP, place);
    size_t found = w->found;
    struct err *e = walk(w, inner, p, i, false);
    if (w->misfit) {
        w->misfit = false;
        err_free(e);
        return NULL;
    }
    if (e || w->found == found)
        return e;
    bool is_json = body.at[0] == '{' || body.at[0] == '[';
    bool pretty = memchr(text.at, '\n', text.len) && memmem(text.at, text.len, "  ", 2);
    const char *now = is_json ? json_text(w->a, inner, JSON_SORTED | JSON_HTML | (pretty ? JSON_INDENT : 0))
                              : yaml_text(w->a, inner, YAML_WRITE_V3);
    struct span out = span_trim(span_of(now));
    doc_put(place, doc_new_str_n(w->a, out.at, out.len));
    return NULL;
}

static struct err *walk(struct work *w, struct doc *at, const struct kustomize_fieldpath *p, size_t i,
                        bool made)
{
    if (i == p->len)
        return set_field(w, at, made);
    if (doc_is(at, DOC_NULL)) { /* has no fields; where they are to be created, none shows */
        w->found += w->options.create;
        return NULL;
    }
    if (!kustomize_is_container(at))
        return walk_text(w, at, p, i);
    enum doc_kind want = wants_list(&p->at[i]) ? DOC_LIST : DOC_MAP;
    if (!doc_is(at, want))
        return kustomize_wrong_kind(w->a, want, at);
    if (p->at[i].kind == KUSTOMIZE_FIELD)
        return walk_field(w, at, p, i);
    return p->at[i].kind == KUSTOMIZE_INDEX ? walk_index(w, at, p, i) : walk_elements(w, at, p, i);
}

/* --- targets --- */

struct target {
    struct kustomize_selector select;
    struct kustomize_selector *reject;
    size_t reject_len;
    const struct doc *paths; /* NULL = metadata.name */
};

static bool has_id(const struct kustomize_selector *s)
{
    return *s->group.text || *s->version.text || *s->kind.text || *s->name.text || *s->namespace.text;
}

/* One of its ids must answer to all of a selector's patterns; the namespace is taken as it is written. */
static bool takes_id(const struct kustomize_selector *s, const struct kustomize_resource *r)
{
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (kustomize_selector_takes_gvk(s, &id.gvk) && kustomize_pattern_matches(&s->name, id.name) &&
            kustomize_pattern_matches(&s->namespace, id.namespace))
            return true;
    }
    return false;
}

static bool is_target(const struct target *t, const struct kustomize_resource *r)
{
    if (!takes_id(&t->select, r) || !kustomize_selector_takes_marks(&t->select, r))
        return false;
    for (size_t i = 0; i < t->reject_len; i++) {
        const struct kustomize_selector *s = &t->reject[i];
        bool has_marks = s->labels.len || s->annotations.len;
        if ((has_id(s) && takes_id(s, r)) || (has_marks && kustomize_selector_takes_marks(s, r)))
            return false;
    }
    return true;
}

static struct err *read_target(struct arena *a, const struct doc *in, struct target *out)
{
    const struct doc *select = doc_get(in, "select"), *reject = doc_get(in, "reject");
    *out = (struct target){.paths = doc_get(in, "fieldPaths")};
    if (!select)
        return err_new(ERR_INVALID, "target must specify resources to select");
    TRYF(kustomize_selector_read(a, select, &out->select), "error creating target selector");
    out->reject = NEW_N(a, struct kustomize_selector, doc_len(reject) + 1);
    doc_each (it, reject)
        TRYF(kustomize_selector_read(a, it.val, &out->reject[out->reject_len++]),
             "error creating target selector");
    if (!doc_len(out->paths)) {
        struct doc *paths = doc_new_list(a);
        doc_push_str(a, paths, "metadata.name");
        out->paths = paths;
    }
    return NULL;
}

static struct err *not_found(const struct work *w, const char *path, struct err *cause)
{
    CLEANUP(str_release) struct str quoted = {0};
    fmt_quote(&quoted, span_of(path), '"', false);
    const char *create = w->options.create ? " or create" : "";
    if (cause)
        return err_wrap(cause, "unable to find%s field %s in replacement target", create, str_text(&quoted));
    return err_new(ERR_INVALID, "unable to find%s field %s in replacement target", create, str_text(&quoted));
}

/* `*parsed` is read when the first object needs it: no object, no error. */
static struct err *write_path(struct work *w, struct kustomize_resource *r, const char *path,
                              struct kustomize_fieldpath *parsed)
{
    size_t found = w->found;
    struct err *e = parsed->at ? NULL : kustomize_fieldpath_read(w->a, path, true, parsed);
    e = e ? e : walk(w, r->object, parsed, 0, false);
    if (w->misfit)
        return e;
    return e || w->found == found ? not_found(w, path, e) : NULL;
}

static bool touches_id(const struct kustomize_fieldpath *p)
{
    static const char *const fields[] = {"apiVersion", "kind", "metadata"};
    return p->len && str_in(p->at[0].text, fields, ARRAY_LEN(fields));
}

static struct err *write_target(struct work *w, struct kustomize_set *set, const struct target *t,
                                size_t *taken)
{
    struct kustomize_fieldpath *parsed = NEW_N(w->a, struct kustomize_fieldpath, doc_len(t->paths));
    for (size_t i = 0; i < set->len; i++) {
        struct kustomize_resource *r = set->at[i];
        if (!is_target(t, r))
            continue;
        ++*taken;
        doc_each (it, t->paths) {
            TRY(write_path(w, r, doc_str(it.val, ""), &parsed[it.index]));
            if (touches_id(&parsed[it.index]))
                kustomize_set_reread(set, r);
        }
    }
    return NULL;
}

/* --- entries --- */

static struct err *replace(const struct kustomize_at *at, struct kustomize_set *set, const struct doc *entry)
{
    struct work w = {.a = at->build->a};
    const struct doc *targets = doc_get(entry, "targets");
    if ((!doc_get(entry, "source") && !doc_get(entry, "sourceValue")) || !targets)
        return err_new(ERR_INVALID, "replacements must specify a source and at least one target");
    TRY(source_value(w.a, set, entry, &w.value));
    bool any = false;
    doc_each (it, targets) {
        struct target t;
        size_t taken = 0;
        w.options = options_of(it.val);
        TRY(read_target(w.a, it.val, &t));
        TRY(write_target(&w, set, &t, &taken));
        if (!taken)
            kustomize_warn(at, doc_line(it.val), "the target of the replacement selects nothing");
        any |= taken > 0;
    }
    if (any && !w.changed)
        kustomize_warn(at, doc_line(entry), "the replacement changed nothing");
    return NULL;
}

/* An entry's own replacement, or those of its file: one or a list. */
static struct err *read_entry(const struct kustomize_at *at, const struct doc *entry, struct doc *all)
{
    struct arena *a = at->build->a;
    const char *path = doc_str(doc_get(entry, "path"), "");
    struct span text;
    struct doc *file;
    if (!*path) {
        doc_push(a, all, entry);
        return NULL;
    }
    if (doc_get(entry, "source") || doc_get(entry, "sourceValue") || doc_get(entry, "targets"))
        return err_new(ERR_INVALID, "cannot specify both path and inline replacement");
    TRY(kustomize_read(at, path, &text));
    TRYF(yaml_read(a, text, YAML_SIGS, NULL, &file), "%s", path);
    if (!kustomize_is_container(file))
        return err_new(ERR_INVALID, "unsupported replacement type encountered within replacement path: %s",
                       path);
    if (doc_is(file, DOC_MAP))
        doc_push(a, all, file);
    doc_each (it, doc_is(file, DOC_LIST) ? file : NULL)
        doc_push(a, all, it.val);
    return NULL;
}

struct err *kustomize_replacements(const struct kustomize_at *at, struct kustomize_set *set,
                                   const struct doc *entries)
{
    struct doc *all = doc_new_list(at->build->a);
    doc_each (it, entries) {
        struct err *bad = read_entry(at, it.val, all);
        if (!bad)
            continue;
        struct doc *config = doc_new_map(at->build->a);
        doc_set(at->build->a, config, "Replacements", entries);
        return kustomize_trouble(at->build->a, "ReplacementTransformer", config, bad);
    }
    doc_each (it, all)
        TRY(replace(at, set, it.val));
    return NULL;
}
