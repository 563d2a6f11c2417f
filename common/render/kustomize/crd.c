/* render/kustomize/crd - field specs that the extensions of OpenAPI definitions state.
 *
 * A definition is walked along its $refs from every type that has apiVersion, kind and metadata; depth is
 * bounded, since types may name themselves. */
#include "base/vec.h"
#include "doc/yaml.h"
#include "render/kustomize/build.h"

enum { CRD_DEPTH_MAX = 32, CRD_FIELDS_MAX = 100000 };

struct crds {
    struct arena *a;
    const struct doc *types;
    struct kustomize_gvk gvk; /* of the type that is walked */
    size_t fields;
    VEC(struct kustomize_spec) annotations, labels, prefixes;
    VEC(struct kustomize_referrer) references;
};

static struct kustomize_specs copy_specs(struct arena *a, const struct kustomize_spec *at, size_t len)
{
    return (struct kustomize_specs){len ? arena_dup(a, at, len * sizeof(*at)) : NULL, len};
}

static void take_reference(struct crds *c, const struct doc *property, const char *path)
{
    const char *version = doc_str(doc_get(property, "x-kubernetes-object-ref-api-version"), NULL);
    const char *kind = doc_str(doc_get(property, "x-kubernetes-object-ref-kind"), NULL);
    const char *key = doc_str(doc_get(property, "x-kubernetes-object-ref-name-key"), "name");
    if (!version || !kind)
        return;
    struct kustomize_spec spec = {c->gvk, arena_printf(c->a, "%s/%s", path, key), false};
    vec_push(&c->references, (struct kustomize_referrer){{"", version, kind}, copy_specs(c->a, &spec, 1)});
}

static struct err *walk_type(struct crds *c, const char *type, const char *path, int depth)
{
    if (depth > CRD_DEPTH_MAX)
        return err_new(ERR_EXHAUSTED, "type '%s': definitions are nested deeper than %d", type,
                       CRD_DEPTH_MAX);
    doc_each (it, doc_path(c->types, type, "Schema", "properties")) {
        const char *here = arena_printf(c->a, "%s%s%s", path, *path ? "/" : "", it.key.at);
        struct kustomize_spec spec = {c->gvk, here, false};
        if (++c->fields > CRD_FIELDS_MAX)
            return err_new(ERR_EXHAUSTED, "more than %d fields", CRD_FIELDS_MAX);
        if (doc_get(it.val, "x-kubernetes-annotation"))
            vec_push(&c->annotations, spec);
        if (doc_get(it.val, "x-kubernetes-label-selector"))
            vec_push(&c->labels, spec);
        if (doc_get(it.val, "x-kubernetes-identity"))
            vec_push(&c->prefixes, spec);
        take_reference(c, it.val, here);
        const char *ref = doc_str(doc_get(it.val, "$ref"), NULL);
        if (ref)
            TRY(walk_type(c, ref, here, depth + 1));
    }
    return NULL;
}

static bool is_object(const struct doc *type)
{
    const struct doc *properties = doc_path(type, "Schema", "properties");
    return doc_get(properties, "apiVersion") && doc_get(properties, "kind") &&
           doc_get(properties, "metadata");
}

static struct err *walk_file(struct crds *c)
{
    doc_each (it, c->types) {
        const char *dot = strrchr(it.key.at, '.');
        if (!is_object(it.val))
            continue;
        c->gvk = (struct kustomize_gvk){"", "", dot ? dot + 1 : it.key.at};
        TRY(walk_type(c, it.key.at, "", 0));
    }
    return NULL;
}

static const struct kustomize_config *config_of(const struct crds *c)
{
    struct kustomize_config *out = NEW(c->a, struct kustomize_config);
    out->common_annotations = copy_specs(c->a, c->annotations.at, c->annotations.len);
    out->common_labels = copy_specs(c->a, c->labels.at, c->labels.len);
    out->name_prefix = copy_specs(c->a, c->prefixes.at, c->prefixes.len);
    out->references_len = c->references.len;
    if (c->references.len)
        out->references = arena_dup(c->a, c->references.at, c->references.len * sizeof(*c->references.at));
    return out;
}

static struct err *read_files(const struct kustomize_at *at, const struct doc *paths, struct crds *c)
{
    doc_each (it, paths) {
        const char *path = doc_str(it.val, "");
        struct span text;
        struct doc *types = NULL;
        TRYF(kustomize_read(at, path, &text), "loading CRDs [%s]", path);
        TRYF(yaml_read(c->a, text, YAML_SIGS, NULL, &types), "loading CRDs [%s]", path);
        c->types = types;
        TRYF(walk_file(c), "loading CRDs [%s]", path);
    }
    return NULL;
}

struct err *kustomize_crds_read(const struct kustomize_at *at, const struct doc *paths,
                                const struct kustomize_config **out)
{
    struct crds c = {.a = at->build->a};
    *out = NULL;
    struct err *e = doc_len(paths) ? read_files(at, paths, &c) : NULL;
    if (!e && doc_len(paths))
        *out = config_of(&c);
    vec_release(&c.annotations);
    vec_release(&c.labels);
    vec_release(&c.prefixes);
    vec_release(&c.references);
    return e;
}
