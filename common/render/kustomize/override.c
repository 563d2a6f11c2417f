/* render/kustomize/override - what `kustomize edit` would have written, done to the decoded file.
 *
 * In the original's order: names, images, replica counts, labels, annotations, namespace, patches,
 * components. */
#include "render/kustomize/override.h"

#include "base/str.h"

#include <stdlib.h>

struct edit {
    struct arena *a;
    struct kustomize_build *b;
    struct kustomize_file *file;
    const struct doc *from; /* the Application's block */
    struct doc *fields;     /* of the file */
};

static void set_text(const struct edit *e, const char *field)
{
    const struct doc *text = doc_get(e->from, field);
    if (*doc_str(text, ""))
        doc_set(e->a, e->fields, field, text);
}

static struct doc *own_list(const struct edit *e, const char *field)
{
    struct doc *list = doc_own_get(e->a, e->fields, span_of(field));
    return doc_is(list, DOC_LIST) ? list : doc_set_list(e->a, e->fields, field);
}

static int by_name(const void *x, const void *y)
{
    const struct doc *const *a = x, *const *b = y;
    return strcmp(doc_str(doc_get(*a, "name"), ""), doc_str(doc_get(*b, "name"), ""));
}

/* Entries of a list field with one of that name replaced, in the order of names. */
static void put_by_name(const struct edit *e, const char *field, const struct doc *entry)
{
    const struct doc *old = doc_get(e->fields, field);
    const char *name = doc_str(doc_get(entry, "name"), "");
    const struct doc **all = NEW_N(e->a, const struct doc *, doc_len(old) + 1);
    size_t n = 0;
    doc_each (it, old)
        if (!doc_str_is(doc_get(it.val, "name"), name))
            all[n++] = it.val;
    all[n++] = entry;
    qsort(all, n, sizeof(*all), by_name);
    struct doc *now = doc_new_list(e->a);
    for (size_t i = 0; i < n; i++)
        doc_push(e->a, now, all[i]);
    doc_set(e->a, e->fields, field, now);
}

static const struct doc *find_by_name(const struct doc *list, const char *name)
{
    doc_each (it, list)
        if (doc_str_is(doc_get(it.val, "name"), name))
            return it.val;
    return NULL;
}

/* --- images --- */

/* "registry:5000/name:tag@digest" in its parts; those that are absent are "". */
struct image {
    struct span name, tag, digest;
};
static struct image split_image(const char *text)
{
    const char *slash = strchr(text, '/'), *at = strchr(text, '@');
    const char *end = at ? at : text + strlen(text);
    const char *start = slash && slash < end ? slash : text;
    const char *colon = memchr(start, ':', (size_t)(end - start));
    const char *name_end = colon ? colon : end;
    return (struct image){{text, (size_t)(name_end - text)},
                          colon ? (struct span){colon + 1, (size_t)(end - colon - 1)} : (struct span){"", 0},
                          at ? span_of(at + 1) : (struct span){"", 0}};
}

/* "*" keeps what the file says. */
static void put_part(const struct edit *e, struct doc *entry, const char *field, struct span part,
                     const struct doc *old)
{
    if (span_is(part, "*"))
        part = doc_span(doc_get(old, field));
    if (part.len)
        doc_set(e->a, entry, field, doc_new_str_n(e->a, part.at, part.len));
}

static struct err *put_image(const struct edit *e, const char *text)
{
    const char *equals = strchr(text, '=');
    struct image image = split_image(equals ? equals + 1 : text);
    struct span name = equals ? (struct span){text, (size_t)(equals - text)} : image.name;
    if (!name.len || (!equals && !image.tag.len && !image.digest.len))
        return err_new(ERR_INVALID,
                       "invalid format of image '%s', use one of <image>=<newimage>:<newtag>, "
                       "<image>=<newimage>@<digest>, <image>=<newimage>, <image>:<newtag>, <image>@<digest>",
                       text);
    struct doc *entry = doc_new_map(e->a);
    doc_set(e->a, entry, "name", doc_new_str_n(e->a, name.at, name.len));
    const struct doc *old = find_by_name(doc_get(e->fields, "images"), doc_str(doc_get(entry, "name"), ""));
    if (equals)
        put_part(e, entry, "newName", image.name, old);
    put_part(e, entry, "newTag", image.tag, old);
    put_part(e, entry, "digest", image.digest, old);
    put_by_name(e, "images", entry);
    return NULL;
}

/* --- replica counts --- */

static struct err *put_replica(const struct edit *e, const struct doc *replica)
{
    const struct doc *count = doc_get(replica, "count");
    int64_t n = doc_int(count, -1);
    if ((doc_is(count, DOC_STR) && !span_int(doc_span(count), &n)) || n < 0)
        return err_new(ERR_INVALID, "replica count of '%s' must be a number that is not negative",
                       doc_str(doc_get(replica, "name"), ""));
    struct doc *entry = doc_new_map(e->a);
    doc_set_str(e->a, entry, "name", doc_str(doc_get(replica, "name"), ""));
    doc_set_int(e->a, entry, "count", n);
    put_by_name(e, "replicas", entry);
    return NULL;
}

/* --- labels and annotations --- */

static struct err *add_pairs(const struct edit *e, struct doc *map, const char *what, bool force,
                             const struct doc *pairs)
{
    doc_each (it, pairs) {
        if (!force && doc_get_span(map, it.key))
            return err_new(ERR_INVALID, "%s %.*s already in kustomization file. Use --force to override.",
                           what, (int)it.key.len, it.key.at);
        doc_set_span(e->a, map, it.key, it.val);
    }
    return NULL;
}

/* The entry of `labels` that labels without a selector go to. */
static struct doc *labels_entry(const struct edit *e, bool templates)
{
    struct doc *list = own_list(e, "labels");
    for (size_t i = 0; i < doc_len(list); i++) {
        const struct doc *entry = doc_at(list, i);
        if (!doc_bool(doc_get(entry, "includeSelectors"), false) && !doc_len(doc_get(entry, "fields")) &&
            doc_bool(doc_get(entry, "includeTemplates"), false) == templates)
            return doc_own_at(e->a, list, i);
    }
    struct doc *entry = doc_push(e->a, list, doc_new_map(e->a));
    if (templates)
        doc_set_bool(e->a, entry, "includeTemplates", true);
    return entry;
}

static struct err *put_labels(const struct edit *e)
{
    const struct doc *pairs = doc_get(e->from, "commonLabels");
    bool force = doc_bool(doc_get(e->from, "forceCommonLabels"), false);
    bool templates = doc_bool(doc_get(e->from, "labelIncludeTemplates"), false);
    if (!doc_len(pairs))
        return NULL;
    if (!doc_bool(doc_get(e->from, "labelWithoutSelector"), false))
        return add_pairs(e, doc_own_map(e->a, e->fields, "commonLabels"), "label", force, pairs);
    return add_pairs(e, doc_own_map(e->a, labels_entry(e, templates), "pairs"), "label", force, pairs);
}

static struct err *put_annotations(const struct edit *e)
{
    const struct doc *pairs = doc_get(e->from, "commonAnnotations");
    bool force = doc_bool(doc_get(e->from, "forceCommonAnnotations"), false);
    if (!doc_len(pairs))
        return NULL;
    return add_pairs(e, doc_own_map(e->a, e->fields, "commonAnnotations"), "annotation", force, pairs);
}

/* --- patches and components --- */

static struct err *put_patch(const struct edit *e, const struct doc *patch)
{
    const struct doc *decoded;
    TRYF(kustomize_decode(e->a, &kustomize_patch_shape, patch, KUSTOMIZE_TEXTS, &decoded),
         "kustomize patches");
    doc_push(e->a, own_list(e, "patches"), decoded);
    return NULL;
}

static bool has_folder(const struct edit *e, const char *component)
{
    struct kustomize_root *root;
    struct err *bad = kustomize_root_enter(e->file->at.root, component, &root);
    err_free(bad);
    return !bad;
}

static void put_component(const struct edit *e, const struct doc *component)
{
    if (doc_bool(doc_get(e->from, "ignoreMissingComponents"), false) &&
        !has_folder(e, doc_str(component, "")))
        return;
    doc_push(e->a, own_list(e, "components"), component);
}

struct err *kustomize_override(struct kustomize_build *b, struct kustomize_file *file)
{
    struct edit e = {.a = b->a, .b = b, .file = file, .from = b->rq->overrides};
    if (!doc_len(e.from))
        return NULL;
    e.fields = doc_shallow(b->a, file->fields);
    set_text(&e, "namePrefix");
    set_text(&e, "nameSuffix");
    doc_each (it, doc_get(e.from, "images"))
        TRY(put_image(&e, doc_str(it.val, "")));
    doc_each (it, doc_get(e.from, "replicas"))
        TRY(put_replica(&e, it.val));
    TRY(put_labels(&e));
    TRY(put_annotations(&e));
    set_text(&e, "namespace");
    doc_each (it, doc_get(e.from, "patches"))
        TRY(put_patch(&e, it.val));
    doc_each (it, doc_get(e.from, "components"))
        put_component(&e, it.val);
    file->fields = e.fields;
    return NULL;
}
