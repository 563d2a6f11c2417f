/* render/kustomize/patch - patchesStrategicMerge, patches and patchesJson6902 (specs/kustomize.md §6).
 *
 * As in the original all entries of a field are read before the first is applied, so a bad one is found
 * before anything changes. Whoever an entry means is found through the set's index. */
#include "doc/yaml.h"
#include "render/kustomize/build.h"
#include "render/kustomize/json6902.h"
#include "render/kustomize/merge.h"
#include "render/kustomize/select.h"
#include "tmpl/fmt.h"

/* An entry that was read: it has objects to merge, or operations. */
struct entry {
    const struct doc *in;
    const char *source; /* for messages */
    const struct doc *objects, *ops;
    bool has_target, name_change, kind_change;
    struct kustomize_selector target;
};

struct step {
    const struct kustomize_at *at;
    struct kustomize_set *set;
    struct arena *a;
    const char *builtin; /* the name of the original's transformer, for messages */
};

static struct step step_of(const struct kustomize_at *at, struct kustomize_set *set, const char *builtin)
{
    return (struct step){at, set, at->build->a, builtin};
}

struct err *kustomize_trouble(struct arena *a, const char *builtin, const struct doc *config, struct err *e)
{
    return err_wrap(e, "trouble configuring builtin %s with config: `\n%s`", builtin,
                    yaml_text(a, config, YAML_WRITE_SIGS));
}

static const char *quoted_source(struct arena *a, const char *kind, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "[%s: ", kind);
    fmt_quote(&s, span_of(text), '"', false);
    str_char(&s, ']');
    return arena_strndup(a, s.at, s.len);
}

/* --- strategic merge --- */

/* A patch with a target has its labels and annotations turned into texts, nulls too. */
static const struct doc *with_texts(struct arena *a, const struct doc *patch, const char *field)
{
    const struct doc *marks = doc_path(patch, "metadata", field);
    if (!doc_is(marks, DOC_MAP))
        return patch;
    if (!doc_len(marks))
        return doc_without(a, patch, "metadata", field);
    struct doc *texts = doc_new_map(a);
    doc_each (it, marks) {
        bool null = doc_is(it.val, DOC_NULL) && !doc_is_blank(it.val);
        struct span text = null ? span_of("null") : kustomize_scalar(it.val);
        doc_set_span(a, texts, it.key, doc_new_str_n(a, text.at, text.len));
    }
    return doc_with(a, patch, texts, "metadata", field);
}

/* What a patch may not change gets its old value back; "" = it was not there. */
static void restore(struct arena *a, struct doc *in, const char *field, const char *was)
{
    const struct doc *now = doc_get(in, field);
    if (*was && (!now || !span_is(kustomize_scalar(now), was)))
        doc_set_str(a, in, field, was);
    else if (!*was && now)
        doc_del(a, in, field);
}

/* `*changed` is set where it changes something. */
static struct err *apply_object(const struct step *s, struct kustomize_resource *r, const struct entry *e,
                                const struct doc *patch, bool *changed)
{
    const struct doc *now = NULL, *before = r->object;
    if (e->name_change || e->kind_change)
        kustomize_remember(s->set, r);
    if (doc_str_is(doc_get(patch, "$patch"), "replace"))
        return NULL; /* at the root it does nothing, as in the original */
    TRY(kustomize_merge(s->a, s->at->build->schema, r->object, patch, KUSTOMIZE_PREPEND, &now));
    if (!now) {
        *changed = true;
        kustomize_set_remove(s->set, r);
        return NULL;
    }
    if (now == r->object)
        return NULL;
    r->object = doc_shallow(s->a, now);
    if (!e->kind_change)
        restore(s->a, r->object, "kind", r->id.gvk.kind);
    struct doc *meta = doc_own_map(s->a, r->object, "metadata");
    if (!e->name_change)
        restore(s->a, meta, "name", r->id.name);
    restore(s->a, meta, "namespace", r->id.namespace);
    if (e->name_change || e->kind_change)
        kustomize_set_reread(s->set, r);
    *changed |= !doc_equal(before, r->object);
    return NULL;
}

static struct err *unique_target(const struct step *s, const struct doc *patch,
                                 struct kustomize_resource **out)
{
    struct kustomize_id id = kustomize_id_of(s->a, patch);
    struct kustomize_found found = kustomize_set_with_id(s->set, &id);
    const char *text = kustomize_id_text(s->a, &id);
    if (found.len != 1)
        return err_new(ERR_INVALID, "%s matches for Id %s; failed to find unique target for patch %s",
                       found.len ? "multiple" : "no", text, text);
    *out = found.at[0];
    return NULL;
}

static void warn_unchanged(const struct step *s, const struct doc *where)
{
    kustomize_warn(s->at, doc_line(where), "the patch changed nothing");
}

static struct err *apply_to_selected(const struct step *s, const struct entry *e,
                                     const struct kustomize_found *selected)
{
    const struct doc *patch =
        with_texts(s->a, with_texts(s->a, doc_at(e->objects, 0), "labels"), "annotations");
    bool changed = false;
    for (size_t i = 0; i < selected->len; i++) {
        struct kustomize_resource *r = selected->at[i];
        const struct doc *own = patch, *api_version = doc_get(r->object, "apiVersion");
        own = doc_equal(doc_get(own, "apiVersion"), api_version)
                  ? own
                  : doc_with(s->a, own, api_version, "apiVersion");
        TRY(apply_object(s, r, e, own, &changed));
    }
    if (selected->len && !changed)
        warn_unchanged(s, e->in);
    return NULL;
}

static struct err *apply_to_own_targets(const struct step *s, const struct entry *e)
{
    bool changed = false;
    doc_each (it, e->objects) {
        struct kustomize_resource *r = NULL;
        struct kustomize_id id = kustomize_id_of(s->a, it.val);
        TRYF(unique_target(s, it.val, &r), "no resource matches strategic merge patch \"%s\"",
             kustomize_id_text(s->a, &id));
        TRY(apply_object(s, r, e, it.val, &changed));
    }
    if (doc_len(e->objects) && !changed)
        warn_unchanged(s, e->in);
    return NULL;
}

/* --- JSON patches --- */

static struct err *check_identity(const struct kustomize_resource *r)
{
    const struct kustomize_gvk *gvk = &r->id.gvk;
    bool nameless = !*r->id.name && !ends_with(gvk->kind, "List");
    if (*gvk->kind && !nameless)
        return NULL;
    return err_new(ERR_INVALID, "missing %s in object {{%s%s%s %s} {{%s %s} map[] map[]}}",
                   *gvk->kind ? "metadata.name" : "kind", gvk->group, *gvk->group ? "/" : "", gvk->version,
                   gvk->kind, r->id.name, r->id.namespace);
}

/* The original keeps what an object was called in annotations of its own while it works, so patches find
 * annotations in every object with a past and in generated ones. */
static const struct doc *with_annotations(struct arena *a, const struct kustomize_resource *r)
{
    bool noted = r->past_len || r->needs_hash || r->behavior != KUSTOMIZE_UNSPECIFIED;
    if (!noted || doc_len(doc_path(r->object, "metadata", "annotations")))
        return r->object;
    return doc_with(a, r->object, doc_new_map(a), "metadata", "annotations");
}

static const struct doc *without_empty_annotations(struct arena *a, const struct doc *object)
{
    const struct doc *annotations = doc_path(object, "metadata", "annotations");
    bool empty = doc_is(annotations, DOC_MAP) && !doc_len(annotations);
    return empty ? doc_without(a, object, "metadata", "annotations") : object;
}

static struct err *apply_operations(const struct step *s, const struct entry *e,
                                    const struct kustomize_found *selected, bool remember)
{
    bool changed = false;
    for (size_t i = 0; i < selected->len; i++) {
        struct kustomize_resource *r = selected->at[i];
        const struct doc *now = NULL;
        if (remember)
            kustomize_remember(s->set, r);
        TRY(kustomize_json6902(s->a, with_annotations(s->a, r), e->ops, &now));
        now = without_empty_annotations(s->a, now);
        changed |= !doc_equal(r->object, now);
        r->object = doc_shallow(s->a, now);
        kustomize_set_reread(s->set, r);
        TRY(check_identity(r));
    }
    if (selected->len && !changed)
        warn_unchanged(s, e->in);
    return NULL;
}

/* --- entries --- */

static struct kustomize_found select_targets(const struct step *s, const struct entry *e)
{
    struct kustomize_found found = kustomize_select(s->a, s->set, &e->target);
    if (!found.len)
        kustomize_warn(s->at, doc_line(e->in), "the target of the patch selects nothing");
    return found;
}

static struct err *apply_entry(const struct step *s, const struct entry *e)
{
    if (e->ops && !e->has_target)
        return err_new(ERR_INVALID, "must specify a target for JSON patch %s", e->source);
    if (e->objects && !doc_len(e->objects))
        return NULL;
    if (!e->has_target)
        return apply_to_own_targets(s, e);
    if (doc_len(e->objects) > 1)
        return err_new(ERR_INVALID,
                       "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set "
                       "`patches.target` field: %s",
                       e->source);
    struct kustomize_found selected = select_targets(s, e);
    return e->ops ? apply_operations(s, e, &selected, true) : apply_to_selected(s, e, &selected);
}

static struct err *entry_text(const struct step *s, struct entry *e, struct span *text)
{
    const char *path = doc_str(doc_get(e->in, "path"), "");
    *text = span_trim(doc_span(doc_get(e->in, "patch")));
    if (!*path && !text->len)
        return err_new(ERR_INVALID, "must specify one of patch and path in\n%s",
                       yaml_text(s->a, e->in, YAML_WRITE_SIGS));
    if (*path && text->len)
        return err_new(ERR_INVALID, "patch and path can't be set at the same time\n%s",
                       yaml_text(s->a, e->in, YAML_WRITE_SIGS));
    if (!*path) {
        e->source = quoted_source(s->a, "patch", arena_strndup(s->a, text->at, text->len));
        return NULL;
    }
    e->source = quoted_source(s->a, "path", path);
    TRYF(kustomize_read(s->at, path, text), "failed to get the patch file from path(%s)", path);
    return NULL;
}

/* What a text is, is found by reading it both ways. */
static struct err *classify(const struct step *s, struct entry *e, struct span text)
{
    CLEANUP(err_freep) struct err *no_objects = kustomize_text_objects(s->at, text, e->source, &e->objects);
    CLEANUP(err_freep)
    struct err *no_ops =
        text.len ? kustomize_json6902_read(s->a, text, &e->ops) : err_new(ERR_INVALID, "no operations");
    if (no_objects && no_ops)
        return err_new(ERR_INVALID, "unable to parse SM or JSON patch from %s", e->source);
    if (!no_objects && !no_ops && doc_len(e->objects) && doc_len(e->ops))
        return err_new(ERR_INVALID, "illegally qualifies as both an SM and JSON patch: %s", e->source);
    if (no_objects)
        e->objects = NULL;
    else
        e->ops = NULL;
    return NULL;
}

static struct err *read_entry(const struct step *s, struct entry *e)
{
    struct span text;
    const struct doc *options = doc_get(e->in, "options");
    e->has_target = doc_get(e->in, "target") != NULL;
    e->name_change = doc_bool(doc_get(options, "allowNameChange"), false);
    e->kind_change = doc_bool(doc_get(options, "allowKindChange"), false);
    TRY(entry_text(s, e, &text));
    return classify(s, e, text);
}

struct err *kustomize_patches(const struct kustomize_at *at, struct kustomize_set *set,
                              const struct doc *entries)
{
    struct step s = step_of(at, set, "PatchTransformer");
    struct entry *read = NEW_N(s.a, struct entry, doc_len(entries) + 1);
    doc_each (it, entries) {
        struct entry *e = &read[it.index];
        e->in = it.val;
        struct err *bad = read_entry(&s, e);
        if (bad)
            return kustomize_trouble(s.a, s.builtin, it.val, bad);
    }
    for (size_t i = 0; i < doc_len(entries); i++) {
        TRY(kustomize_selector_read(s.a, doc_get(read[i].in, "target"), &read[i].target));
        TRY(apply_entry(&s, &read[i]));
    }
    return NULL;
}

/* --- the older fields --- */

static struct doc *config_of(const struct step *s, const char *field, const struct doc *val)
{
    struct doc *config = doc_new_map(s->a);
    doc_set(s->a, config, field, val);
    return config;
}

/* An entry is tried as the patch itself first, then as a file's name. */
static struct err *read_strategic(const struct step *s, const struct doc *entry, const struct doc **objects)
{
    struct span text = doc_span(entry);
    CLEANUP(err_freep) struct err *is_path = kustomize_text_objects(s->at, text, "patch", objects);
    if (!is_path)
        return NULL;
    const char *path = doc_str(entry, "");
    TRY(kustomize_read(s->at, path, &text));
    return kustomize_text_objects(s->at, text, path, objects);
}

struct err *kustomize_patches_strategic(const struct kustomize_at *at, struct kustomize_set *set,
                                        const struct doc *entries)
{
    struct step s = step_of(at, set, "PatchStrategicMergeTransformer");
    const struct doc **objects = NEW_N(s.a, const struct doc *, doc_len(entries) + 1);
    doc_each (it, entries) {
        struct doc *paths = doc_new_list(s.a);
        doc_push(s.a, paths, it.val);
        struct err *bad = read_strategic(&s, it.val, &objects[it.index]);
        if (!bad && !doc_len(objects[it.index]))
            bad = err_new(ERR_INVALID, "patch appears to be empty; files=[%s], Patch=", doc_str(it.val, ""));
        if (bad)
            return kustomize_trouble(s.a, s.builtin, config_of(&s, "paths", paths), bad);
    }
    doc_each (it, entries) {
        bool changed = false;
        struct entry e = {.in = it.val};
        doc_each (patch, objects[it.index]) {
            struct kustomize_resource *r = NULL;
            TRY(unique_target(&s, patch.val, &r));
            TRY(apply_object(&s, r, &e, patch.val, &changed));
        }
        if (!changed)
            warn_unchanged(&s, it.val);
    }
    return NULL;
}

static struct err *read_json6902(const struct step *s, struct entry *e)
{
    const struct doc *target = doc_get(e->in, "target");
    const char *path = doc_str(doc_get(e->in, "path"), "");
    struct span text = doc_span(doc_get(e->in, "patch"));
    if (!*doc_str(doc_get(target, "name"), ""))
        return err_new(ERR_INVALID, "must specify the target name");
    if (!*path && !text.len)
        return err_new(ERR_INVALID, "empty file path and empty jsonOp");
    if (*path && text.len)
        return err_new(ERR_INVALID, "must specify a file path or jsonOp, not both");
    if (*path)
        TRY(kustomize_read(s->at, path, &text));
    return kustomize_json6902_read(s->a, text, &e->ops);
}

struct err *kustomize_patches_json6902(const struct kustomize_at *at, struct kustomize_set *set,
                                       const struct doc *entries)
{
    struct step s = step_of(at, set, "PatchJson6902Transformer");
    struct entry *read = NEW_N(s.a, struct entry, doc_len(entries) + 1);
    doc_each (it, entries) {
        struct entry *e = &read[it.index];
        e->in = it.val;
        struct err *bad = read_json6902(&s, e);
        if (!bad)
            continue;
        struct doc *config = doc_new_map(s.a);
        doc_each (field, it.val)
            doc_set(s.a, config, span_is(field.key, "patch") ? "jsonOp" : field.key.at, field.val);
        return kustomize_trouble(s.a, s.builtin, config, bad);
    }
    for (size_t i = 0; i < doc_len(entries); i++) {
        TRY(kustomize_selector_read(s.a, doc_get(read[i].in, "target"), &read[i].target));
        struct kustomize_found selected = select_targets(&s, &read[i]);
        TRY(apply_operations(&s, &read[i], &selected, false));
    }
    return NULL;
}
