/* render/kustomize/accumulate - one kustomization: resources, generators, components, transformers, in that
 * order.
 *
 * A base gets an accumulator of its own, which then joins its parent's; a component works on its parent's
 * directly. Names are not changed in references before the end of the whole build. */
#include "render/kustomize/accumulate.h"

#include "doc/yaml.h"
#include "render/kustomize/generate.h"
#include "render/kustomize/merge.h"

void kustomize_accumulator_init(struct kustomize_accumulator *acc, struct arena *a)
{
    *acc = (struct kustomize_accumulator){0};
    kustomize_set_init(&acc->set, a);
}

/* --- openapi: §7.2 --- */

static struct err *load_schema(const struct kustomize_target *t, const char *path,
                               const struct kustomize_schema **out)
{
    struct arena *a = t->root->build->a;
    struct span text;
    struct doc *swagger = NULL;
    struct err *e = kustomize_read(&t->file.at, path, &text);
    if (err_eat(&e, ERR_NOT_FOUND))
        return err_new(ERR_NOT_FOUND, "'%s' doesn't exist", kustomize_root_name(t->root, path));
    TRY(e);
    TRYF(yaml_read(a, text, YAML_SIGS, NULL, &swagger), "unable to parse open API definition from '%s'",
         path);
    TRYF(kustomize_schema_read(a, swagger, out), "unable to parse open API definition from '%s'", path);
    return NULL;
}

static struct err *choose_schema(const struct kustomize_target *t)
{
    struct kustomize_build *b = t->root->build;
    const struct doc *openapi = doc_get(t->file.fields, "openapi");
    const char *path = doc_str(doc_get(openapi, "path"), ""),
               *version = doc_str(doc_get(openapi, "version"), "");
    if (b->schema_set || (!*path && !*version))
        return NULL;
    if (*path)
        TRY(load_schema(t, path, &b->schema));
    if (*path && *version)
        return err_new(ERR_INVALID, "builtin version and custom schema provided, cannot use both");
    if (*version && !streq(version, "v1.21.2"))
        return err_new(ERR_INVALID, "the specified OpenAPI version is not built in");
    b->schema_set = true;
    return NULL;
}

struct err *kustomize_target_open(struct kustomize_root *root, const struct kustomize_target *parent,
                                  struct kustomize_target *out)
{
    *out = (struct kustomize_target){.root = root, .parent = parent};
    if (++root->build->targets > KUSTOMIZE_TARGETS_MAX)
        return err_new(ERR_EXHAUSTED, "more than %d kustomizations in one build", KUSTOMIZE_TARGETS_MAX);
    TRY(kustomize_file_read(root, &out->file));
    return choose_schema(out);
}

/* --- resources --- */

static struct err *accumulate_file(const struct kustomize_target *t, const char *path,
                                   struct kustomize_accumulator *acc)
{
    struct kustomize_objects objects;
    TRYF(kustomize_root_objects(t->root, path, &objects), "accumulating resources from '%s'", path);
    t->root->build->objects += doc_len(objects.list);
    if (t->root->build->objects > KUSTOMIZE_OBJECTS_MAX)
        return err_new(ERR_EXHAUSTED, "more than %d objects in one build", KUSTOMIZE_OBJECTS_MAX);
    doc_each (it, objects.list) {
        struct kustomize_resource *r = kustomize_resource_new(acc->set.a, it.val);
        r->file = path;
        r->line = (uint32_t)doc_int(doc_at(objects.lines, it.index), 0);
        r->origin = kustomize_origin(t, path);
        TRYF(kustomize_set_add(&acc->set, r), "merging resources from '%s'", path);
    }
    return NULL;
}

static struct err *merge(struct kustomize_accumulator *into, struct kustomize_accumulator *from)
{
    struct arena *a = into->set.a;
    TRY(kustomize_set_absorb(&into->set, &from->set));
    TRY(kustomize_config_merge(a, into->config, from->config, &into->config));
    return kustomize_vars_absorb(a, &into->vars, &from->vars);
}

static struct err *accumulate_folder(const struct kustomize_target *parent, struct kustomize_root *root,
                                     bool component, struct kustomize_accumulator *acc)
{
    struct kustomize_target t;
    struct kustomize_accumulator own;
    TRYF(kustomize_target_open(root, parent, &t), "couldn't make target for path '%s'", root->name);
    if (component && !t.file.is_component)
        return err_new(ERR_INVALID, "expected kind 'Component' for path '%s' but got 'Kustomization'",
                       root->name);
    if (!component && t.file.is_component)
        return err_new(ERR_INVALID, "expected kind != 'Component' for path '%s'", root->name);
    if (component) {
        TRYF(kustomize_accumulate(&t, acc), "recursed accumulation of path '%s'", root->name);
        /* What comes out joins an empty accumulator in the original. */
        return kustomize_config_merge(acc->set.a, NULL, acc->config, &acc->config);
    }
    kustomize_accumulator_init(&own, acc->set.a);
    TRYF(kustomize_accumulate(&t, &own), "recursed accumulation of path '%s'", root->name);
    TRYF(merge(acc, &own), "recursed merging from path '%s'", root->name);
    return NULL;
}

/* The file attempt failed: a folder or a remote base then. */
static struct err *accumulate_base(const struct kustomize_target *t, const char *path, struct err *not_file,
                                   struct kustomize_accumulator *acc)
{
    struct kustomize_root *root;
    struct err *e = kustomize_root_enter(t->root, path, &root);
    if (!e)
        e = accumulate_folder(t, root, false, acc);
    e = err_wrap(e, "accumulation err='%s'", not_file->msg);
    err_free(not_file);
    return e;
}

struct err *kustomize_accumulate_paths(const struct kustomize_target *t, const struct doc *paths,
                                       struct kustomize_accumulator *acc)
{
    doc_each (it, paths) {
        const char *path = doc_str(it.val, "");
        if (t->root->build->rq->call)
            TRY(call_check(t->root->build->rq->call));
        struct err *e = accumulate_file(t, path, acc);
        bool final = kustomize_failed_for(e, kustomize_http_failed) ||
                     kustomize_failed_for(e, kustomize_malformed) || err_code_of(e) == ERR_EXHAUSTED;
        if (e && !final)
            e = accumulate_base(t, path, e, acc);
        TRY(e);
    }
    return NULL;
}

static struct err *accumulate_components(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    doc_each (it, doc_get(t->file.fields, "components")) {
        struct kustomize_root *root;
        struct err *e = kustomize_root_enter(t->root, doc_str(it.val, ""), &root);
        const char *step = e ? "loader.New" : "accumulateDirectory:";
        if (!e)
            e = accumulate_folder(t, root, true, acc);
        if (e) {
            struct err *said =
                err_reason(e->code, e->reason, "accumulating components: %s \"%s\"", step, e->msg);
            err_free(e);
            return said;
        }
    }
    return NULL;
}

/* --- the configuration --- */

static struct err *merge_config_file(const struct kustomize_target *t, const char *path,
                                     const struct kustomize_config **own)
{
    struct arena *a = t->root->build->a;
    struct span text;
    struct doc *file = NULL;
    const struct kustomize_config *more;
    TRY(kustomize_read(&t->file.at, path, &text));
    TRYF(yaml_read(a, text, YAML_SIGS, NULL, &file), "%s", path);
    TRY(kustomize_config_read(a, file, &more));
    return kustomize_config_merge(a, *own, more, own);
}

/* The file's own come before the defaults, so that they take their place. */
static struct err *merge_configs(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    struct arena *a = acc->set.a;
    const struct kustomize_config *own = NULL, *crds = NULL;
    doc_each (it, doc_get(t->file.fields, "configurations"))
        TRY(merge_config_file(t, doc_str(it.val, ""), &own));
    TRY(kustomize_config_merge(a, own, kustomize_config_default(), &own));
    TRY(kustomize_config_merge(a, acc->config, own, &acc->config));
    TRY(kustomize_crds_read(&t->file.at, doc_get(t->file.fields, "crds"), &crds));
    return kustomize_config_merge(a, acc->config, crds, &acc->config);
}

/* --- generators --- */

static struct err *generate(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                            enum kustomize_generated kind, const char *field)
{
    const struct doc *options = doc_get(t->file.fields, "generatorOptions");
    const char *by = kind == KUSTOMIZE_SECRET ? "SecretGenerator" : "ConfigMapGenerator";
    doc_each (it, doc_get(t->file.fields, field)) {
        struct kustomize_resource *r;
        TRY(kustomize_generate(&t->file.at, kind, it.val, options, &r));
        r->origin = kustomize_origin_by(acc->set.a, kustomize_origin(t, t->file.name),
                                        kustomize_builtin(acc->set.a, by));
        TRYF(kustomize_set_generated(&acc->set, r), "merging from generator '%s'",
             doc_str(doc_get(it.val, "name"), ""));
    }
    return NULL;
}

static struct err *run_generators(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    TRY(generate(t, acc, KUSTOMIZE_CONFIG_MAP, "configMapGenerator"));
    TRY(generate(t, acc, KUSTOMIZE_SECRET, "secretGenerator"));
    doc_each (it, doc_get(t->file.fields, "helmCharts"))
        TRY(kustomize_inflate(t, it.val, doc_get(t->file.fields, "helmGlobals"), acc));
    return kustomize_run_generators(t, acc);
}

/* --- transformers of the file's own fields --- */

typedef struct err *step(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                         const struct doc *entry);

static struct err *step_strategic(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                  const struct doc *entry)
{
    return kustomize_patches_strategic(&t->file.at, &acc->set, entry);
}

static struct err *step_patches(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                const struct doc *entry)
{
    return kustomize_patches(&t->file.at, &acc->set, entry);
}

static struct err *step_json6902(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                 const struct doc *entry)
{
    return kustomize_patches_json6902(&t->file.at, &acc->set, entry);
}

static struct err *step_namespace(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                  const struct doc *entry)
{
    struct doc *own = doc_new_map(acc->set.a);
    doc_set(acc->set.a, own, "namespace", entry);
    return kustomize_namespace(&t->file.at, &acc->set, &acc->config->namespace, own);
}

static struct err *step_prefix(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                               const struct doc *entry)
{
    return kustomize_affix(&t->file.at, &acc->set, &acc->config->name_prefix, doc_str(entry, ""), "");
}

static struct err *step_suffix(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                               const struct doc *entry)
{
    return kustomize_affix(&t->file.at, &acc->set, &acc->config->name_suffix, "", doc_str(entry, ""));
}

static struct err *step_labels(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                               const struct doc *entry)
{
    static const struct kustomize_spec metadata = {{"", "", ""}, "metadata/labels", true};
    static const struct kustomize_specs plain = {&metadata, 1};
    struct arena *a = acc->set.a;
    const struct kustomize_config *c = acc->config;
    bool templates = doc_bool(doc_get(entry, "includeTemplates"), false);
    struct kustomize_specs specs = kustomize_specs_of(a, doc_get(entry, "fields"));
    TRYF(kustomize_specs_merge(a, &specs, &c->labels, &specs), "failed to merge labels");
    if (doc_bool(doc_get(entry, "includeSelectors"), false)) {
        TRYF(kustomize_specs_merge(a, &specs, &c->common_labels, &specs), "failed to merge labels");
    } else {
        if (templates)
            TRYF(kustomize_specs_merge(a, &specs, &c->template_labels, &specs), "failed to merge labels");
        TRYF(kustomize_specs_merge(a, &specs, &plain, &specs), "failed to merge labels");
    }
    return kustomize_put_pairs(&t->file.at, &acc->set, &specs, doc_get(entry, "pairs"));
}

static struct err *step_common_labels(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                      const struct doc *entry)
{
    struct kustomize_specs specs;
    TRYF(kustomize_specs_merge(acc->set.a, &acc->config->labels, &acc->config->common_labels, &specs),
         "failed to merge labels");
    return kustomize_put_pairs(&t->file.at, &acc->set, &specs, entry);
}

static struct err *step_annotations(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                    const struct doc *entry)
{
    return kustomize_put_pairs(&t->file.at, &acc->set, &acc->config->common_annotations, entry);
}

static struct err *step_replica(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                const struct doc *entry)
{
    return kustomize_replica(&t->file.at, &acc->set, &acc->config->replicas, entry);
}

static struct err *step_image(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                              const struct doc *entry)
{
    return kustomize_image(&t->file.at, &acc->set, &acc->config->images, entry);
}

static struct err *step_replacements(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                                     const struct doc *entry)
{
    return kustomize_replacements(&t->file.at, &acc->set, entry);
}

/* In this order, whatever the file's is. */
static const struct {
    const char *field, *kind;
    step *run;
    enum { WHOLE, EACH, WATCHED } entries; /* for every one of the list; or only where changes are told */
} steps[] = {
    {"patchesStrategicMerge", "PatchStrategicMergeTransformer", step_strategic, WHOLE},
    {"patches", "PatchTransformer", step_patches, WATCHED},
    {"namespace", "NamespaceTransformer", step_namespace, WHOLE},
    {"namePrefix", "PrefixTransformer", step_prefix, WHOLE},
    {"nameSuffix", "SuffixTransformer", step_suffix, WHOLE},
    {"labels", "LabelTransformer", step_labels, EACH},
    {"commonLabels", "LabelTransformer", step_common_labels, WHOLE},
    {"commonAnnotations", "AnnotationsTransformer", step_annotations, WHOLE},
    {"patchesJson6902", "PatchJson6902Transformer", step_json6902, WATCHED},
    {"replicas", "ReplicaCountTransformer", step_replica, EACH},
    {"images", "ImageTagTransformer", step_image, EACH},
    {"replacements", "ReplacementTransformer", step_replacements, WHOLE},
};

static void say_transformed(const struct kustomize_target *t, struct kustomize_accumulator *acc,
                            const char *kind)
{
    kustomize_transformed(&acc->set, kustomize_origin_by(acc->set.a, kustomize_origin(t, t->file.name),
                                                         kustomize_builtin(acc->set.a, kind)));
}

static struct err *run_step(const struct kustomize_target *t, struct kustomize_accumulator *acc, size_t i,
                            const struct doc *entry)
{
    TRY(steps[i].run(t, acc, entry));
    say_transformed(t, acc, steps[i].kind);
    return NULL;
}

static bool is_given(const struct doc *d)
{
    return d && (!doc_is(d, DOC_STR) || doc_len(d));
}

static const struct doc *list_of_one(struct arena *a, const struct doc *entry)
{
    struct doc *list = doc_new_list(a);
    doc_push(a, list, entry);
    return list;
}

static struct err *run_steps(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    bool watched = t->root->build->transformations;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const struct doc *field = doc_get(t->file.fields, steps[i].field);
        bool whole = steps[i].entries == WHOLE || (steps[i].entries == WATCHED && !watched);
        if (whole && is_given(field))
            TRY(run_step(t, acc, i, field));
        doc_each (it, whole ? NULL : field)
            TRY(run_step(t, acc, i, steps[i].entries == EACH ? it.val : list_of_one(acc->set.a, it.val)));
        /* The original runs the transformer of commonLabels wherever there are labels. */
        if (steps[i].run == step_common_labels && !field && doc_get(t->file.fields, "labels"))
            say_transformed(t, acc, steps[i].kind);
    }
    return NULL;
}

/* --- all of it --- */

struct err *kustomize_accumulate(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    TRYF(kustomize_accumulate_paths(t, doc_get(t->file.fields, "resources"), acc), "accumulating resources");
    TRY(merge_configs(t, acc));
    TRY(run_generators(t, acc));
    TRY(accumulate_components(t, acc));
    TRY(run_steps(t, acc));
    TRY(kustomize_run_transformers(t, acc));
    TRY(kustomize_run_validators(t, acc));
    return kustomize_vars_bind(&t->file.at, &acc->set, doc_get(t->file.fields, "vars"), &acc->vars);
}
