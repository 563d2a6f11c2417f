/* render/kustomize/kustomize - a build from its root to the objects that come out. §1, §12.
 *
 * Hashes, references and variables are resolved once, over everything; then the objects get their last form.
 */
#include "render/kustomize/kustomize.h"

#include "doc/yaml.h"
#include "render/kustomize/accumulate.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/generate.h"
#include "render/kustomize/merge.h"
#include "render/kustomize/order.h"
#include "render/kustomize/override.h"

#define VERSION "v5.8.1"

struct last {
    struct kustomize_build *b;
    const struct doc *fields; /* of the root's file */
    bool managed_by;
};

/* --- what is left out --- */

static bool is_local_config(const struct kustomize_resource *r)
{
    const struct doc *mark =
        doc_path(r->object, "metadata", "annotations", "config.kubernetes.io/local-config");
    return mark && !doc_str_is(mark, "false") && !(doc_is(mark, DOC_BOOL) && !doc_bool(mark, true));
}

/* --- the last form of an object --- */

static struct doc *as_text(struct arena *a, const struct doc *d)
{
    if (doc_is(d, DOC_BOOL))
        return doc_new_str(a, doc_bool(d, false) ? "true" : "false");
    if (doc_is(d, DOC_INT) || doc_is(d, DOC_FLOAT))
        return doc_new_str_n(a, doc_literal(d).at, doc_literal(d).len);
    return doc_new_str(a, "");
}

/* The original rewrites annotations through a map of texts. */
static void rewrite_annotations(struct arena *a, struct doc *meta)
{
    const struct doc *old = doc_get(meta, "annotations");
    if (!old)
        return;
    if (!doc_is(old, DOC_MAP) || !doc_len(old)) {
        doc_del(a, meta, "annotations");
        return;
    }
    bool all_texts = true;
    doc_each (it, old)
        all_texts &= doc_is(it.val, DOC_STR);
    if (all_texts)
        return;
    struct doc *now = doc_new_map(a);
    doc_each (it, old)
        doc_set_span(a, now, it.key, doc_is(it.val, DOC_STR) ? it.val : as_text(a, it.val));
    doc_set(a, meta, "annotations", now);
}

static const char *refused_control(struct span text)
{
    return text.len && memchr(text.at, 0x7f, text.len) ? "yaml: control characters are not allowed" : NULL;
}

/* What the original's writer refuses: keys that are no texts, and U+007F. */
static const char *unwritable(const struct doc *d)
{
    enum doc_kind kind = doc_kind(d);
    if (kind == DOC_STR)
        return refused_control(doc_span(d));
    if (kind != DOC_MAP && kind != DOC_LIST)
        return NULL;
    if (kind == DOC_MAP && doc_has_other_keys(d))
        return "json: unsupported type: map[interface {}]interface {}";
    doc_each (it, d) {
        const char *why = refused_control(it.key);
        if (!why)
            why = unwritable(it.val);
        if (why)
            return why;
    }
    return NULL;
}

static const struct doc *finish(const struct last *l, struct kustomize_resource *r)
{
    struct arena *a = l->b->a;
    struct doc *meta = doc_own_map(a, r->object, "metadata");
    if (l->b->origins && r->origin)
        doc_set_str(a, doc_own_map(a, meta, "annotations"), "config.kubernetes.io/origin",
                    kustomize_origin_text(a, r->origin));
    if (l->b->transformations && r->transformations)
        doc_set_str(a, doc_own_map(a, meta, "annotations"), "alpha.config.kubernetes.io/transformations",
                    kustomize_transformations_text(a, r->transformations));
    if (l->managed_by)
        doc_set_str(a, doc_own_map(a, meta, "labels"), "app.kubernetes.io/managed-by", "kustomize-" VERSION);
    rewrite_annotations(a, meta);
    return r->object;
}

static bool is_legacy(const struct last *l)
{
    const struct doc *options = doc_get(l->fields, "sortOptions");
    return options ? doc_str_is(doc_get(options, "order"), "legacy") : !l->b->rq->fifo;
}

static struct err *output(const struct last *l, struct kustomize_set *set, struct doc *objects)
{
    struct arena *a = l->b->a;
    struct kustomize_resource **in_order = set->at;
    if (is_legacy(l))
        in_order = kustomize_order_legacy(a, set, doc_path(l->fields, "sortOptions", "legacySortOptions"));
    for (size_t i = 0; i < set->len; i++) {
        const char *why = is_local_config(in_order[i]) ? NULL : unwritable(in_order[i]->object);
        if (why)
            return err_new(ERR_INVALID, "%s: %s", kustomize_id_text(a, &in_order[i]->id), why);
        if (!is_local_config(in_order[i]))
            doc_push(a, objects, finish(l, in_order[i]));
    }
    return NULL;
}

/* --- the build --- */

static void read_metadata(struct last *l)
{
    doc_each (it, doc_get(l->fields, "buildMetadata")) {
        l->b->origins |= doc_str_is(it.val, "originAnnotations");
        l->b->transformations |= doc_str_is(it.val, "transformerAnnotations");
        l->managed_by |= doc_str_is(it.val, "managedByLabel");
    }
}

static struct err *build(struct kustomize_build *b, struct kustomize_output *out)
{
    struct kustomize_root *root;
    struct kustomize_target t;
    struct kustomize_accumulator acc;
    struct last l = {.b = b, .managed_by = b->rq->managed_by};
    TRY(kustomize_root_open(b, b->rq->path, &root));
    b->first = root;
    TRY(kustomize_target_open(root, NULL, &t));
    TRY(kustomize_override(b, &t.file));
    l.fields = t.file.fields;
    read_metadata(&l);
    TRY(kustomize_order_check(doc_get(l.fields, "sortOptions")));
    kustomize_accumulator_init(&acc, b->a);
    TRY(kustomize_accumulate(&t, &acc));
    kustomize_hash_names(&acc.set);
    TRY(kustomize_references(b, &acc.set, acc.config));
    TRY(kustomize_vars_resolve(b, &acc.set, acc.config, &acc.vars));
    out->objects = doc_new_list(b->a);
    return output(&l, &acc.set, out->objects);
}

struct err *kustomize_build(const struct kustomize_request *rq, struct arena *a, struct kustomize_output *out)
{
    CLEANUP(kustomize_cache_freep) struct kustomize_cache *own = rq->cache ? NULL : kustomize_cache_new(0);
    struct kustomize_build b = {.rq = rq,
                                .a = a,
                                .schema = kustomize_schema_builtin(),
                                .cache = own ? own : rq->cache,
                                .warnings = doc_new_list(a)};
    *out = (struct kustomize_output){.warnings = b.warnings};
    return build(&b, out);
}

void kustomize_print(const struct kustomize_output *o, struct str *text)
{
    doc_each (it, o->objects) {
        str_add(text, it.index ? "---\n" : "");
        yaml_write(text, it.val, YAML_WRITE_SIGS);
    }
}
