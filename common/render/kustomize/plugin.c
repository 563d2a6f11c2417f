/* render/kustomize/plugin - generators, transformers and validators that a config names.
 *
 * A config is an object whose apiVersion is "builtin" and whose kind says what to do; all others need
 * programs that are not run here. Configs are decoded as sigs.k8s.io/yaml does it: unknown fields are left
 * out, numbers become texts. Field specs have no defaults. */
#include "render/kustomize/plugin.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/kustomize/accumulate.h"
#include "render/kustomize/generate.h"
#include "render/kustomize/select.h"

#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, NULL                                                                                     \
    }
#define SHAPE(name, go, ...)                                                                                 \
    static const struct kustomize_field name##_fields[] = {__VA_ARGS__, END};                                \
    static const struct kustomize_shape name = {KUSTOMIZE_STRUCT, go, NULL, name##_fields}
#define TEXT(name)                                                                                           \
    {                                                                                                        \
        name, "", &kustomize_text                                                                            \
    }
#define SPECS                                                                                                \
    {                                                                                                        \
        "fieldSpecs", "", &kustomize_specs_shape                                                             \
    }

struct plugin {
    const struct kustomize_at *at;
    struct kustomize_set *set;
    struct arena *a;
    const struct doc *object; /* the config as it was written */
    const struct doc *config; /* decoded */
    struct kustomize_specs specs;
};
typedef struct err *run(struct plugin *p);

static const struct doc *list_of(struct arena *a, const struct doc *entry)
{
    struct doc *list = doc_new_list(a);
    doc_push(a, list, entry);
    return list;
}

static const char *text_of(const struct plugin *p, const char *field)
{
    return doc_str(doc_get(p->config, field), "");
}

/* --- transformers --- */

SHAPE(pairs_shape, "builtins.LabelTransformerPlugin", {"labels", "", &kustomize_pairs},
      {"annotations", "", &kustomize_pairs}, SPECS);

static struct err *run_labels(struct plugin *p)
{
    return kustomize_put_pairs(p->at, p->set, &p->specs, doc_get(p->config, "labels"));
}

static struct err *run_annotations(struct plugin *p)
{
    return kustomize_put_pairs(p->at, p->set, &p->specs, doc_get(p->config, "annotations"));
}

SHAPE(affix_shape, "builtins.PrefixTransformerPlugin", TEXT("prefix"), TEXT("suffix"), SPECS);

static struct err *run_affix(struct plugin *p)
{
    if (!doc_get(p->config, "fieldSpecs"))
        return err_new(ERR_INVALID, "fieldSpecs is not expected to be nil");
    return kustomize_affix(p->at, p->set, &p->specs, text_of(p, "prefix"), text_of(p, "suffix"));
}

SHAPE(namespace_shape, "builtins.NamespaceTransformerPlugin", SPECS, {"unsetOnly", "", &kustomize_flag},
      TEXT("setRoleBindingSubjects"));

static struct err *run_namespace(struct plugin *p)
{
    struct doc *entry = doc_shallow(p->a, p->config);
    doc_set_str(p->a, entry, "namespace", doc_str(doc_path(p->object, "metadata", "namespace"), ""));
    return kustomize_namespace(p->at, p->set, &p->specs, entry);
}

SHAPE(image_shape, "builtins.ImageTagTransformerPlugin", {"imageTag", "", &kustomize_image_shape}, SPECS);

static struct err *run_image(struct plugin *p)
{
    const struct doc *image = doc_get(p->config, "imageTag");
    return kustomize_image(p->at, p->set, &p->specs, image ? image : doc_new_map(p->a));
}

SHAPE(replica_shape, "builtins.ReplicaCountTransformerPlugin", {"replica", "", &kustomize_replica_shape},
      SPECS);

static struct err *run_replica(struct plugin *p)
{
    return kustomize_replica(p->at, p->set, &p->specs, doc_get(p->config, "replica"));
}

static struct err *run_patch(struct plugin *p)
{
    return kustomize_patches(p->at, p->set, list_of(p->a, p->config));
}

SHAPE(json6902_shape, "builtins.PatchJson6902TransformerPlugin", {"target", "", &kustomize_selector_shape},
      TEXT("path"), TEXT("jsonOp"));

static struct err *run_json6902(struct plugin *p)
{
    struct doc *entry = doc_shallow(p->a, p->config);
    const struct doc *ops = doc_get(entry, "jsonOp");
    if (ops)
        doc_set(p->a, entry, "patch", ops);
    doc_del(p->a, entry, "jsonOp");
    return kustomize_patches_json6902(p->at, p->set, list_of(p->a, entry));
}

SHAPE(strategic_shape, "builtins.PatchStrategicMergeTransformerPlugin", {"paths", "", &kustomize_texts},
      TEXT("patches"));

static struct err *run_strategic(struct plugin *p)
{
    struct doc *entries = doc_new_list(p->a);
    doc_each (it, doc_get(p->config, "paths"))
        doc_push(p->a, entries, it.val);
    if (*text_of(p, "patches"))
        doc_push(p->a, entries, doc_get(p->config, "patches"));
    if (!doc_len(entries))
        return err_new(ERR_INVALID, "empty file path and empty patch content");
    return kustomize_patches_strategic(p->at, p->set, entries);
}

SHAPE(replacement_shape, "builtins.ReplacementTransformerPlugin",
      {"replacements", "", &kustomize_replacements_shape});

static struct err *run_replacements(struct plugin *p)
{
    return kustomize_replacements(p->at, p->set, doc_get(p->config, "replacements"));
}

SHAPE(nothing_shape, "builtins.HashTransformerPlugin", TEXT("kind"));

static struct err *run_hash(struct plugin *p)
{
    kustomize_hash_names(p->set);
    for (size_t i = 0; i < p->set->len; i++)
        p->set->at[i]->needs_hash = false;
    return NULL;
}

/* --- ValueAddTransformer --- */

SHAPE(value_target_shape, "builtins.target", {"selector", "", &kustomize_selector_shape}, TEXT("fieldPath"),
      {"filePathPosition", "", &kustomize_number});
static const struct kustomize_shape value_targets_shape = {KUSTOMIZE_LIST, "[]builtins.target",
                                                           &value_target_shape, NULL};
SHAPE(value_shape, "builtins.ValueAddTransformerPlugin", TEXT("value"), {"targets", "", &value_targets_shape},
      TEXT("targetFilePath"));

struct value {
    struct arena *a;
    const char *value;
    int64_t position; /* of a part of a path; 0 = the whole field */
};

static struct err *edit_value(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct value *v = arg;
    const char *old = doc_str(field, ""), *at = old;
    (void)r;
    for (int64_t i = 1; i < v->position && *at; i++) {
        at += strcspn(at, "/");
        at += *at == '/';
    }
    const char *text = v->value;
    if (v->position > 0 && !*at)
        text = *old ? arena_printf(v->a, "%s/%s", old, v->value) : v->value;
    else if (v->position > 0)
        text = arena_printf(v->a, "%.*s%s/%s", (int)(at - old), old, v->value, at);
    doc_put(field, doc_new_str(v->a, text));
    return NULL;
}

static struct err *add_value(struct plugin *p, const struct doc *target, const char *text)
{
    struct value v = {p->a, text, doc_int(doc_get(target, "filePathPosition"), 0)};
    struct kustomize_spec spec = {{"", "", ""}, doc_str(doc_get(target, "fieldPath"), ""), true};
    struct kustomize_selector selector;
    TRY(kustomize_selector_read(p->a, doc_get(target, "selector"), &selector));
    struct kustomize_found found = kustomize_select(p->a, p->set, &selector);
    for (size_t i = 0; i < found.len; i++) {
        TRY(kustomize_spec_walk(p->a, &spec, found.at[i], DOC_STR, edit_value, &v));
        kustomize_set_reread(p->set, found.at[i]);
    }
    return NULL;
}

static struct err *targets_of(struct plugin *p, const struct doc **targets)
{
    const char *path = text_of(p, "targetFilePath");
    struct span text;
    struct doc *read = NULL;
    const struct doc *file;
    *targets = doc_get(p->config, "targets");
    if (!*path)
        return NULL;
    TRY(kustomize_read(p->at, path, &text));
    TRYF(yaml_read(p->a, text, YAML_SIGS, NULL, &read), "%s", path);
    TRY(kustomize_decode(p->a, &value_shape, read, KUSTOMIZE_TEXTS | KUSTOMIZE_UNKNOWN, &file));
    struct doc *both = doc_new_list(p->a);
    doc_each (it, doc_get(p->config, "targets"))
        doc_push(p->a, both, it.val);
    doc_each (it, doc_get(file, "targets"))
        doc_push(p->a, both, it.val);
    *targets = both;
    return NULL;
}

static struct err *run_value(struct plugin *p)
{
    const char *value = text_of(p, "value"), *slash = strrchr(p->at->root->name, '/');
    const struct doc *targets;
    TRY(targets_of(p, &targets));
    if (!doc_len(targets))
        return err_new(ERR_INVALID, "must specify at least one target");
    doc_each (it, targets)
        TRY(add_value(p, it.val, *value ? value : slash ? slash + 1 : ""));
    return NULL;
}

/* --- generators --- */

static const struct doc *named(struct plugin *p)
{
    static const char *const fields[] = {"name", "namespace"};
    struct doc *entry = doc_shallow(p->a, p->config);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct doc *own = doc_path(p->object, "metadata", fields[i]);
        if (!*text_of(p, fields[i]) && doc_is(own, DOC_STR))
            doc_set(p->a, entry, fields[i], own);
    }
    return entry;
}

static struct err *generate(struct plugin *p, enum kustomize_generated kind)
{
    struct kustomize_resource *r;
    TRY(kustomize_generate(p->at, kind, named(p), NULL, &r));
    return kustomize_set_add(p->set, r);
}

static struct err *run_config_map(struct plugin *p)
{
    return generate(p, KUSTOMIZE_CONFIG_MAP);
}

static struct err *run_secret(struct plugin *p)
{
    return generate(p, KUSTOMIZE_SECRET);
}

SHAPE(service_shape, "types.Namespaced", TEXT("name"), TEXT("namespace"));
SHAPE(account_shape, "types.ServiceAccount", TEXT("name"), TEXT("projectId"));
SHAPE(iam_shape, "builtins.IAMPolicyGeneratorPlugin", TEXT("cloud"),
      {"kubernetesService", "", &service_shape}, {"serviceAccount", "", &account_shape});

static struct err *run_iam(struct plugin *p)
{
    const struct doc *service = doc_get(p->config, "kubernetesService");
    const struct doc *account = doc_get(p->config, "serviceAccount");
    struct doc *object = doc_new_map(p->a);
    if (!streq(text_of(p, "cloud"), "gke"))
        return err_new(ERR_INVALID, "cloud provider %s not supported yet", text_of(p, "cloud"));
    doc_set_str(p->a, object, "apiVersion", "v1");
    doc_set_str(p->a, object, "kind", "ServiceAccount");
    struct doc *meta = doc_set_map(p->a, object, "metadata");
    doc_set_str(p->a, meta, "name", doc_str(doc_get(service, "name"), ""));
    if (*doc_str(doc_get(service, "namespace"), ""))
        doc_set(p->a, meta, "namespace", doc_get(service, "namespace"));
    doc_set_str(p->a, doc_set_map(p->a, meta, "annotations"), "iam.gke.io/gcp-service-account",
                arena_printf(p->a, "%s@%s.iam.gserviceaccount.com", doc_str(doc_get(account, "name"), ""),
                             doc_str(doc_get(account, "projectId"), "")));
    return kustomize_set_add(p->set, kustomize_resource_new(p->a, object));
}

/* --- finding them --- */

static const struct builtin {
    const char *kind;
    const struct kustomize_shape *shape;
    run *run;
    bool generates;
} builtins[] = {
    {"AnnotationsTransformer", &pairs_shape, run_annotations, false},
    {"LabelTransformer", &pairs_shape, run_labels, false},
    {"PrefixTransformer", &affix_shape, run_affix, false},
    {"SuffixTransformer", &affix_shape, run_affix, false},
    {"PrefixSuffixTransformer", &affix_shape, run_affix, false},
    {"NamespaceTransformer", &namespace_shape, run_namespace, false},
    {"ImageTagTransformer", &image_shape, run_image, false},
    {"ReplicaCountTransformer", &replica_shape, run_replica, false},
    {"PatchTransformer", &kustomize_patch_shape, run_patch, false},
    {"PatchJson6902Transformer", &json6902_shape, run_json6902, false},
    {"PatchStrategicMergeTransformer", &strategic_shape, run_strategic, false},
    {"ReplacementTransformer", &replacement_shape, run_replacements, false},
    {"ValueAddTransformer", &value_shape, run_value, false},
    {"HashTransformer", &nothing_shape, run_hash, false},
    {"ConfigMapGenerator", &kustomize_config_map_shape, run_config_map, true},
    {"SecretGenerator", &kustomize_secret_shape, run_secret, true},
    {"IAMPolicyGenerator", &iam_shape, run_iam, true},
};

static const struct builtin *builtin_of(const char *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(builtins); i++)
        if (streq(builtins[i].kind, kind))
            return &builtins[i];
    return NULL;
}

static struct err *fails_configuration(struct arena *a, const struct kustomize_resource *config,
                                       struct err *e)
{
    return err_wrap(e, "plugin %s fails configuration", kustomize_id_text(a, &config->id));
}

struct err *kustomize_plugin_run(const struct kustomize_at *at, const struct kustomize_resource *config,
                                 bool generator, struct kustomize_set *set)
{
    struct arena *a = at->build->a;
    const struct kustomize_gvk *gvk = &config->id.gvk;
    const char *what = generator ? "generator" : "transformer";
    if (*gvk->group || !streq(gvk->version, "builtin"))
        return err_new(ERR_UNIMPLEMENTED, "external plugins disabled; unable to load external plugin '%s'",
                       gvk->kind);
    const struct builtin *b = builtin_of(gvk->kind);
    if (!b)
        return err_new(ERR_INVALID, "unable to load builtin %s", kustomize_gvk_text(a, gvk));
    struct plugin p = {.at = at, .set = set, .a = a, .object = config->object};
    struct err *e =
        kustomize_decode(a, b->shape, config->object, KUSTOMIZE_TEXTS | KUSTOMIZE_UNKNOWN, &p.config);
    if (e)
        return fails_configuration(a, config, err_wrap(e, "error unmarshaling JSON: while decoding JSON"));
    if (b->generates != generator)
        return err_new(ERR_INVALID, "plugin %s not a %s", kustomize_id_text(a, &config->id), what);
    p.specs = kustomize_specs_of(a, doc_get(p.config, "fieldSpecs"));
    return b->run(&p);
}

/* --- the three fields --- */

/* Configs are written in the field itself or lie in files and folders. */
static struct err *load_configs(const struct kustomize_target *t, const char *field,
                                struct kustomize_accumulator *out)
{
    struct arena *a = t->root->build->a;
    struct doc *paths = doc_new_list(a);
    kustomize_accumulator_init(out, a);
    doc_each (it, doc_get(t->file.fields, field)) {
        const struct doc *objects = NULL;
        struct err *e = kustomize_text_objects(&t->file.at, doc_span(it.val), field, &objects);
        bool is_path = e || !doc_len(objects);
        err_free(e);
        if (is_path)
            doc_push(a, paths, it.val);
        doc_each (object, is_path ? NULL : objects) {
            struct kustomize_resource *r = kustomize_resource_new(a, object.val);
            r->origin = kustomize_origin(t, t->file.name);
            TRY(kustomize_set_add(&out->set, r));
        }
    }
    return kustomize_accumulate_paths(t, paths, out);
}

/* The chart's fields and helmGlobals' stand side by side. */
static struct err *inflate(const struct kustomize_target *t, const struct kustomize_resource *config,
                           struct kustomize_accumulator *acc)
{
    const struct doc *chart;
    struct err *e = kustomize_decode(acc->set.a, &kustomize_chart_shape, config->object,
                                     KUSTOMIZE_TEXTS | KUSTOMIZE_UNKNOWN, &chart);
    if (e)
        return fails_configuration(acc->set.a, config, e);
    return kustomize_inflate(t, chart, config->object, acc);
}

static struct err *run_generator(const struct kustomize_target *t, const struct kustomize_resource *config,
                                 struct kustomize_accumulator *acc)
{
    struct kustomize_set made;
    kustomize_set_init(&made, acc->set.a);
    if (streq(config->id.gvk.kind, "HelmChartInflationGenerator") && streq(config->id.gvk.version, "builtin"))
        return inflate(t, config, acc);
    TRY(kustomize_plugin_run(&t->file.at, config, true, &made));
    for (size_t i = 0; i < made.len; i++) {
        made.at[i]->origin = kustomize_origin_by(acc->set.a, config->origin, config->object);
        TRYF(kustomize_set_generated(&acc->set, made.at[i]), "merging from generator '%s'", config->id.name);
    }
    return NULL;
}

struct err *kustomize_run_generators(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    struct kustomize_accumulator configs;
    TRYF(load_configs(t, "generators", &configs), "loading generator plugins");
    for (size_t i = 0; i < configs.set.len; i++) {
        struct err *e = run_generator(t, configs.set.at[i], acc);
        if (e && (e->code == ERR_UNIMPLEMENTED || starts_with(e->msg, "plugin ") ||
                  starts_with(e->msg, "unable to load")))
            e = err_wrap(e, "loading generator plugins: failed to load generator");
        TRY(e);
    }
    return NULL;
}

static void drop_empty(struct kustomize_set *set)
{
    for (size_t i = set->len; i-- > 0;)
        if (!doc_len(set->at[i]->object))
            kustomize_set_remove(set, set->at[i]);
}

struct err *kustomize_run_transformers(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    struct kustomize_accumulator configs;
    TRY(load_configs(t, "transformers", &configs));
    for (size_t i = 0; i < configs.set.len; i++) {
        const struct kustomize_resource *config = configs.set.at[i];
        TRY(kustomize_plugin_run(&t->file.at, config, false, &acc->set));
        kustomize_transformed(&acc->set, kustomize_origin_by(acc->set.a, config->origin, config->object));
        drop_empty(&acc->set);
    }
    return NULL;
}

/* --- validators --- */

static const struct doc *without_mark(struct arena *a, const struct doc *object)
{
    const struct doc *d = doc_without(a, object, "metadata", "labels", "validated-by");
    if (!doc_len(doc_path(d, "metadata", "labels")))
        d = doc_without(a, d, "metadata", "labels");
    return d;
}

static struct err *check_unchanged(struct arena *a, const struct doc *before, const struct kustomize_set *set)
{
    if (doc_len(before) != set->len)
        return err_new(ERR_INVALID, "validator shouldn't modify the resource map: lengths differ: %zu != %zu",
                       doc_len(before), set->len);
    for (size_t i = 0; i < set->len; i++) {
        const struct doc *old = without_mark(a, doc_at(before, i)),
                         *now = without_mark(a, set->at[i]->object);
        if (!doc_equal(old, now))
            return err_new(ERR_INVALID,
                           "validator shouldn't modify the resource map: nodes unequal: \n -- %s,\n -- %s\n",
                           json_text(a, old, JSON_SORTED | JSON_HTML),
                           json_text(a, now, JSON_SORTED | JSON_HTML));
    }
    return NULL;
}

struct err *kustomize_run_validators(const struct kustomize_target *t, struct kustomize_accumulator *acc)
{
    struct arena *a = acc->set.a;
    struct kustomize_accumulator configs;
    TRY(load_configs(t, "validators", &configs));
    for (size_t i = 0; i < configs.set.len; i++) {
        struct doc *before = doc_new_list(a);
        for (size_t j = 0; j < acc->set.len; j++)
            doc_push(a, before, doc_deep(a, acc->set.at[j]->object));
        TRY(kustomize_plugin_run(&t->file.at, configs.set.at[i], false, &acc->set));
        TRY(check_unchanged(a, before, &acc->set));
    }
    return NULL;
}
