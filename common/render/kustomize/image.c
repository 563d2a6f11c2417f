/* render/kustomize/image - one entry of `images` over all objects (specs/kustomize.md §8.6).
 *
 * As in the original an entry passes twice: over every list that is named containers or initContainers,
 * wherever it lies, then over the field specs. What both reach is edited twice, which shows where a suffix is
 * added. An object is copied only along the paths to images that change. */
#include "render/kustomize/build.h"
#include "render/kustomize/select.h"
#include "text/regex.h"

struct image {
    struct arena *a;
    struct regex *match;
    const char *new_name, *new_tag, *digest, *tag_suffix;
    bool changed;
};

/* --- one image --- */

struct parts {
    struct span name, tag, digest;
};

/* A colon before the first slash belongs to the registry's port. */
static struct parts split(struct span image)
{
    const char *end = image.at + image.len, *slash = memchr(image.at, '/', image.len);
    const char *from = slash ? slash : image.at;
    const char *at = memchr(from, '@', (size_t)(end - from)),
               *colon = memchr(from, ':', (size_t)(end - from));
    if (at && colon && at < colon)
        colon = NULL;
    const char *name_end = colon ? colon : at ? at : end, *tag_end = at ? at : end;
    return (struct parts){
        .name = {image.at, (size_t)(name_end - image.at)},
        .tag = colon ? (struct span){colon + 1, (size_t)(tag_end - colon - 1)} : (struct span){"", 0},
        .digest = at ? (struct span){at + 1, (size_t)(end - at - 1)} : (struct span){"", 0},
    };
}

static void rewrite(const struct image *im, struct span old, struct str *out)
{
    struct parts p = split(old);
    bool suffix = !*im->new_tag && !*im->digest && *im->tag_suffix;
    if (*im->new_name)
        p.name = span_of(im->new_name);
    if (*im->new_tag || *im->digest) {
        p.tag = span_of(im->new_tag);
        p.digest = span_of(im->digest);
    }
    str_add_span(out, p.name);
    if (p.tag.len || suffix)
        str_printf(out, ":%.*s%s", (int)p.tag.len, p.tag.at, suffix ? im->tag_suffix : "");
    if (p.digest.len && !suffix)
        str_printf(out, "@%.*s", (int)p.digest.len, p.digest.at);
}

/* The image's new node, or the old one. */
static struct err *update(struct image *im, const struct doc *image, const struct doc **out)
{
    *out = image;
    if (!image || doc_is(image, DOC_NULL))
        return NULL;
    if (kustomize_is_container(image))
        return kustomize_wrong_kind(im->a, DOC_STR, image);
    struct span old = kustomize_scalar(image);
    if (!regex_match(im->match, old))
        return NULL;
    im->changed = true;
    CLEANUP(str_release) struct str text = {0};
    rewrite(im, old, &text);
    if (!span_eq(str_span(&text), old))
        *out = doc_new_str_n(im->a, str_text(&text), text.len);
    return NULL;
}

/* --- the scan --- */

static struct err *update_container(struct image *im, const struct doc *container, const struct doc **out)
{
    const struct doc *image = doc_get(container, "image"), *now = NULL;
    *out = container;
    if (!doc_is(container, DOC_MAP))
        return doc_is(container, DOC_NULL) ? NULL : kustomize_wrong_kind(im->a, DOC_MAP, container);
    TRY(update(im, image, &now));
    if (now != image) {
        struct doc *own = doc_shallow(im->a, container);
        doc_set(im->a, own, "image", now);
        *out = own;
    }
    return NULL;
}

typedef struct err *visit(struct image *im, const struct doc *d, const struct doc **out);

/* The list with each element as `each` returns it; itself where nothing differs. */
static struct err *visit_list(struct image *im, const struct doc *list, visit *each, const struct doc **out)
{
    struct doc *own = NULL;
    doc_each (it, list) {
        const struct doc *now = NULL;
        TRY(each(im, it.val, &now));
        if (now == it.val)
            continue;
        own = own ? own : doc_shallow(im->a, list);
        doc_put(doc_own_at(im->a, own, it.index), now);
    }
    *out = own ? own : list;
    return NULL;
}

static struct err *scan(struct image *im, const struct doc *d, const struct doc **out)
{
    struct doc *own = NULL;
    *out = d;
    if (doc_is(d, DOC_LIST))
        return visit_list(im, d, scan, out);
    if (!doc_is(d, DOC_MAP))
        return NULL;
    doc_each (it, d) {
        const struct doc *now = NULL;
        TRY(scan(im, it.val, &now));
        if (doc_is(now, DOC_LIST) && (span_is(it.key, "containers") || span_is(it.key, "initContainers")))
            TRY(visit_list(im, now, update_container, &now));
        if (now == it.val)
            continue;
        own = own ? own : doc_shallow(im->a, d);
        doc_set_span(im->a, own, it.key, now);
    }
    *out = own ? own : d;
    return NULL;
}

/* --- an entry --- */

static struct err *update_field(void *arg, struct kustomize_resource *r UNUSED, struct doc *field)
{
    struct image *im = arg;
    const struct doc *now = NULL;
    TRY(update(im, field, &now));
    if (now != field)
        doc_put(field, now);
    return NULL;
}

static bool is_denied(const struct kustomize_resource *r)
{
    return streq(r->id.gvk.kind, "CustomResourceDefinition");
}

static struct err *scan_all(struct image *im, struct kustomize_set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        struct kustomize_resource *r = set->at[i];
        const struct doc *now = r->object;
        if (!is_denied(r))
            TRY(scan(im, r->object, &now));
        if (now != r->object)
            r->object = doc_shallow(im->a, now);
    }
    return NULL;
}

static struct err *walk_specs(struct image *im, struct kustomize_set *set,
                              const struct kustomize_specs *specs)
{
    for (size_t i = 0; i < set->len; i++)
        for (size_t j = 0; j < specs->len && !is_denied(set->at[i]); j++)
            TRY(kustomize_spec_walk(im->a, &specs->at[j], set->at[i], DOC_NONE, update_field, im));
    return NULL;
}

struct err *kustomize_image(const struct kustomize_at *at, struct kustomize_set *set,
                            const struct kustomize_specs *specs, const struct doc *entry)
{
    const char *name = doc_str(doc_get(entry, "name"), "");
    struct image im = {
        .a = at->build->a,
        .new_name = doc_str(doc_get(entry, "newName"), ""),
        .new_tag = doc_str(doc_get(entry, "newTag"), ""),
        .digest = doc_str(doc_get(entry, "digest"), ""),
        .tag_suffix = doc_str(doc_get(entry, "tagSuffix"), ""),
    };
    /* The name goes into the expression as it is: a dot in it matches any character, as in the original. */
    const char *pattern = arena_printf(im.a, "^%s(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$", name);
    CLEANUP(err_freep) struct err *bad = kustomize_regex(im.a, pattern, &im.match);
    if (bad) { /* kustomize 5.8.1 panics on it, later ones match nothing */
        kustomize_warn(at, doc_line(entry), "the image '%s' matches nothing: %s", name, bad->msg);
        return NULL;
    }
    TRY(scan_all(&im, set));
    TRY(walk_specs(&im, set, specs));
    if (!im.changed)
        kustomize_warn(at, doc_line(entry), "no object has the image '%s'", name);
    return NULL;
}
