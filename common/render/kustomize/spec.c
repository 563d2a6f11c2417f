/* render/kustomize/spec - walking a field spec, and reading and merging configurations.
 *
 * A path is cut while it is walked, so that nothing is allocated for it. A place is made own (copied one
 * level) only on the way to a field that is there or will be made: most specs find nothing in most objects.
 */
#include "render/kustomize/spec.h"

#include "render/kustomize/kustomize.h"

/* --- the path --- */

struct walk {
    struct arena *a;
    const struct kustomize_spec *spec;
    struct kustomize_resource *r;
    enum doc_kind make;
    kustomize_edit *edit;
    void *arg;
};

struct segment {
    struct span name;
    const char *rest; /* behind the slash; NULL after the last one */
    bool list;        /* "[]" stood behind it */
};

static struct span unescape(struct arena *a, struct span s)
{
    char *out = arena_raw(a, s.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] != '\\' || i + 1 == s.len || s.at[i + 1] != '/')
            out[n++] = s.at[i];
    out[n] = '\0';
    return (struct span){out, n};
}

static struct segment segment_first(struct arena *a, const char *path)
{
    bool escaped = false;
    const char *end = path;
    for (; *end && *end != '/'; end++)
        if (*end == '\\' && end[1] == '/') {
            escaped = true;
            end++;
        }
    struct segment s = {.name = {path, (size_t)(end - path)}, .rest = *end ? end + 1 : NULL};
    s.list = s.name.len >= 2 && memcmp(end - 2, "[]", 2) == 0;
    s.name.len -= s.list ? 2 : 0;
    if (escaped)
        s.name = unescape(a, s.name);
    return s;
}

static struct err *walk_at(const struct walk *w, struct doc *at, const char *path);

/* Would the walk come to a field, an error or a null that changes? Without an edit. */
static bool leads(const struct walk *w, const struct doc *at, const char *path)
{
    if (!path)
        return true;
    if (doc_is(at, DOC_LIST)) {
        doc_each (it, at)
            if (leads(w, it.val, path))
                return true;
        return false;
    }
    if (!doc_is(at, DOC_MAP))
        return !doc_is(at, DOC_NULL);
    struct segment s = segment_first(w->a, path);
    const struct doc *next = doc_get_span(at, s.name);
    if (!next)
        return !s.name.len || (w->spec->create && w->make != DOC_NONE && !s.list);
    if (doc_is(next, DOC_NULL) && (s.list || w->spec->create))
        return true;
    return leads(w, next, s.rest);
}

static struct doc *made(struct arena *a, enum doc_kind kind)
{
    if (kind == DOC_MAP)
        return doc_new_map(a);
    if (kind == DOC_LIST)
        return doc_new_list(a);
    return kind == DOC_INT ? doc_new_int(a, 0) : doc_new_str(a, "");
}

static struct err *walk_map(const struct walk *w, struct doc *map, const char *path)
{
    struct segment s = segment_first(w->a, path);
    bool create = w->spec->create && w->make != DOC_NONE && !s.list;
    enum doc_kind kind = s.list ? DOC_LIST : !create ? DOC_NONE : s.rest ? DOC_MAP : w->make;
    if (!s.name.len)
        return err_new(ERR_INVALID, "cannot set or create an empty field name");
    struct doc *next = doc_own_get(w->a, map, s.name);
    if (!next && !create)
        return NULL;
    if (!next)
        next = doc_set_span(w->a, map, s.name, made(w->a, kind));
    if (doc_is(next, DOC_NULL) && (kind == DOC_MAP || kind == DOC_LIST))
        doc_put(next, made(w->a, kind));
    return walk_at(w, next, s.rest);
}

static const char *path_words(struct arena *a, const char *path)
{
    const char *text = "";
    while (path) {
        struct segment s = segment_first(a, path);
        text = arena_printf(a, "%s%s%.*s%s", text, *text ? " " : "", (int)s.name.len, s.name.at,
                            s.list ? "[]" : "");
        path = s.rest;
    }
    return text;
}

static struct err *walk_list(const struct walk *w, struct doc *list, const char *path)
{
    for (size_t i = 0; i < doc_len(list); i++)
        if (leads(w, doc_at(list, i), path))
            TRYF(walk_at(w, doc_own_at(w->a, list, i), path), "visit traversal on path: [%s]",
                 path_words(w->a, path));
    return NULL;
}

static struct err *walk_at(const struct walk *w, struct doc *at, const char *path)
{
    if (!path)
        return w->edit(w->arg, w->r, at);
    switch (doc_kind(at)) {
    case DOC_NULL:
        return NULL;
    case DOC_LIST:
        return walk_list(w, at, path);
    case DOC_MAP:
        return walk_map(w, at, path);
    default:
        return err_new(ERR_INVALID, "expected sequence or mapping node");
    }
}

bool kustomize_spec_selects(const struct kustomize_spec *spec, const struct kustomize_resource *r)
{
    return kustomize_gvk_selects(&spec->gvk, &r->id.gvk);
}

static bool is_too_deep(const char *path)
{
    size_t parts = 1;
    for (const char *p = path; (p = strchr(p, '/')); p++)
        parts++;
    return parts > KUSTOMIZE_PATH_MAX;
}

struct err *kustomize_spec_walk(struct arena *a, const struct kustomize_spec *spec,
                                struct kustomize_resource *r, enum doc_kind make, kustomize_edit *edit,
                                void *arg)
{
    struct walk w = {a, spec, r, make, edit, arg};
    const char *path = spec->path + (*spec->path == '/');
    if (!kustomize_spec_selects(spec, r))
        return NULL;
    if (is_too_deep(path))
        return err_new(ERR_EXHAUSTED, "field spec '%.60s...' has more than %d parts", path,
                       KUSTOMIZE_PATH_MAX);
    if (!leads(&w, r->object, path))
        return NULL;
    TRYF(walk_at(&w, r->object, path), "considering field '%s' of object %s", spec->path,
         kustomize_id_text(a, &r->id));
    return NULL;
}

/* --- reading --- */

static const struct kustomize_field spec_fields[] = {
    {"group", "Gvk.", &kustomize_text}, {"version", "Gvk.", &kustomize_text},
    {"kind", "Gvk.", &kustomize_text},  {"path", "", &kustomize_text},
    {"create", "", &kustomize_flag},    {NULL, NULL, NULL},
};
static const struct kustomize_shape spec_shape = {KUSTOMIZE_STRUCT, "types.FieldSpec", NULL, spec_fields};
const struct kustomize_shape kustomize_specs_shape = {KUSTOMIZE_LIST, "types.FsSlice", &spec_shape, NULL};

static const struct kustomize_field referrer_fields[] = {
    {"group", "Gvk.", &kustomize_text},
    {"version", "Gvk.", &kustomize_text},
    {"kind", "Gvk.", &kustomize_text},
    {"fieldSpecs", "", &kustomize_specs_shape},
    {NULL, NULL, NULL},
};
static const struct kustomize_shape referrer_shape = {KUSTOMIZE_STRUCT, "builtinconfig.NameBackReferences",
                                                      NULL, referrer_fields};
static const struct kustomize_shape referrers_shape = {KUSTOMIZE_LIST, "builtinconfig.nbrSlice",
                                                       &referrer_shape, NULL};

static const struct kustomize_field config_fields[] = {
    {"namePrefix", "", &kustomize_specs_shape},
    {"nameSuffix", "", &kustomize_specs_shape},
    {"namespace", "", &kustomize_specs_shape},
    {"labels", "", &kustomize_specs_shape},
    {"templateLabels", "", &kustomize_specs_shape},
    {"volumeClaimTemplateLabels", "", &kustomize_specs_shape},
    {"commonLabels", "", &kustomize_specs_shape},
    {"commonAnnotations", "", &kustomize_specs_shape},
    {"nameReference", "", &referrers_shape},
    {"varReference", "", &kustomize_specs_shape},
    {"images", "", &kustomize_specs_shape},
    {"replicas", "", &kustomize_specs_shape},
    {NULL, NULL, NULL},
};
static const struct kustomize_shape config_shape = {KUSTOMIZE_STRUCT, "builtinconfig.TransformerConfig", NULL,
                                                    config_fields};

static struct kustomize_gvk gvk_of(const struct doc *d)
{
    return (struct kustomize_gvk){doc_str(doc_get(d, "group"), ""), doc_str(doc_get(d, "version"), ""),
                                  doc_str(doc_get(d, "kind"), "")};
}

struct kustomize_specs kustomize_specs_of(struct arena *a, const struct doc *list)
{
    struct kustomize_spec *at = NEW_N(a, struct kustomize_spec, doc_len(list) + 1);
    doc_each (it, list)
        at[it.index] = (struct kustomize_spec){gvk_of(it.val), doc_str(doc_get(it.val, "path"), ""),
                                               doc_bool(doc_get(it.val, "create"), false)};
    return (struct kustomize_specs){at, doc_len(list)};
}

/* --- merging --- */

/* Does `x` stand for what `more` would add? A general one adds nothing to one that is particular. */
static bool covers(const struct kustomize_spec *x, const struct kustomize_spec *more)
{
    return streq(x->path, more->path) && kustomize_gvk_selects(&more->gvk, &x->gvk);
}

static struct err *add_spec(struct kustomize_spec *at, size_t *n, const struct kustomize_spec *more)
{
    size_t i = 0;
    while (i < *n && !covers(&at[i], more))
        i++;
    if (i < *n && at[i].create != more->create)
        return err_new(ERR_INVALID, "conflicting fieldspecs");
    if (i == *n)
        at[(*n)++] = *more;
    return NULL;
}

static size_t empty_parts(const struct kustomize_gvk *gvk)
{
    return (size_t) !*gvk->group + (size_t) !*gvk->version + (size_t) !*gvk->kind;
}

/* The original keeps its lists sorted so that particular specs come before general ones. */
struct err *kustomize_specs_merge(struct arena *a, const struct kustomize_specs *x,
                                  const struct kustomize_specs *y, struct kustomize_specs *out)
{
    struct kustomize_spec *at = NEW_N(a, struct kustomize_spec, x->len + y->len + 1);
    size_t n = x->len;
    if (n)
        memcpy(at, x->at, n * sizeof(*at));
    for (size_t empty = 0; empty <= 3; empty++)
        for (size_t i = 0; i < y->len; i++)
            if (empty_parts(&y->at[i].gvk) == empty)
                TRY(add_spec(at, &n, &y->at[i]));
    *out = (struct kustomize_specs){at, n};
    return NULL;
}

/* References of one target, those with the same one joined. */
static struct err *add_referrer(struct arena *a, struct kustomize_referrer *at, size_t *n,
                                const struct kustomize_referrer *more)
{
    for (size_t i = 0; i < *n; i++)
        if (kustomize_gvk_equal(&at[i].target, &more->target))
            return kustomize_specs_merge(a, &at[i].from, &more->from, &at[i].from);
    at[(*n)++] = *more;
    return NULL;
}

static struct err *merge_references(struct arena *a, const struct kustomize_config *x,
                                    const struct kustomize_config *y, struct kustomize_config *out)
{
    size_t n = 0;
    struct kustomize_referrer *at =
        NEW_N(a, struct kustomize_referrer, x->references_len + y->references_len + 1);
    for (size_t i = 0; i < x->references_len; i++)
        TRY(add_referrer(a, at, &n, &x->references[i]));
    for (size_t i = 0; i < y->references_len; i++)
        TRY(add_referrer(a, at, &n, &y->references[i]));
    out->references = at;
    out->references_len = n;
    return NULL;
}

/* The lists of a configuration by name, in the order in which the original merges them. */
static const struct {
    const char *name, *field;
    size_t offset;
} config_lists[] = {
    {"NamePrefix", "namePrefix", offsetof(struct kustomize_config, name_prefix)},
    {"NameSuffix", "nameSuffix", offsetof(struct kustomize_config, name_suffix)},
    {"NameSpace", "namespace", offsetof(struct kustomize_config, namespace)},
    {"CommonAnnotations", "commonAnnotations", offsetof(struct kustomize_config, common_annotations)},
    {"CommonLabels", "commonLabels", offsetof(struct kustomize_config, common_labels)},
    {"Labels", "labels", offsetof(struct kustomize_config, labels)},
    {"TemplateLabels", "templateLabels", offsetof(struct kustomize_config, template_labels)},
    {"VarReference", "varReference", offsetof(struct kustomize_config, var_reference)},
    {"Images", "images", offsetof(struct kustomize_config, images)},
    {"Replicas", "replicas", offsetof(struct kustomize_config, replicas)},
};

static struct kustomize_specs *list_of(struct kustomize_config *c, size_t i)
{
    return (struct kustomize_specs *)(void *)((char *)c + config_lists[i].offset);
}

static const struct kustomize_specs *list_in(const struct kustomize_config *c, size_t i)
{
    return (const struct kustomize_specs *)(const void *)((const char *)c + config_lists[i].offset);
}

struct err *kustomize_config_merge(struct arena *a, const struct kustomize_config *x,
                                   const struct kustomize_config *y, const struct kustomize_config **out)
{
    static const struct kustomize_config none;
    *out = x ? x : y;
    if (x == y || !y || (!x && y == kustomize_config_default()))
        return NULL;
    x = x ? x : &none;
    struct kustomize_config *c = NEW(a, struct kustomize_config);
    for (size_t i = 0; i < ARRAY_LEN(config_lists); i++)
        TRYF(kustomize_specs_merge(a, list_in(x, i), list_in(y, i), list_of(c, i)),
             "failed to merge %s fieldSpec", config_lists[i].name);
    TRYF(merge_references(a, x, y, c), "failed to merge NameReference fieldSpec");
    *out = c;
    return NULL;
}

struct err *kustomize_config_read(struct arena *a, const struct doc *file,
                                  const struct kustomize_config **out)
{
    struct kustomize_config *c = NEW(a, struct kustomize_config), no_references = {0};
    const struct doc *d;
    *out = c;
    TRYF(kustomize_decode(a, &config_shape, file, KUSTOMIZE_TEXTS, &d),
         "error unmarshaling JSON: while decoding JSON");
    for (size_t i = 0; i < ARRAY_LEN(config_lists); i++)
        *list_of(c, i) = kustomize_specs_of(a, doc_get(d, config_lists[i].field));
    /* Releases after 5.8.1 take these out of the two lists that they are in here. */
    struct kustomize_specs claims = kustomize_specs_of(a, doc_get(d, "volumeClaimTemplateLabels"));
    TRY(kustomize_specs_merge(a, &c->common_labels, &claims, &c->common_labels));
    TRY(kustomize_specs_merge(a, &c->template_labels, &claims, &c->template_labels));
    const struct doc *references = doc_get(d, "nameReference");
    struct kustomize_referrer *at = NEW_N(a, struct kustomize_referrer, doc_len(references) + 1);
    doc_each (it, references)
        at[it.index] =
            (struct kustomize_referrer){gvk_of(it.val), kustomize_specs_of(a, doc_get(it.val, "fieldSpecs"))};
    c->references = at;
    c->references_len = doc_len(references);
    return merge_references(a, c, &no_references, c);
}
