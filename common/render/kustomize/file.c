/* render/kustomize/file - the shape of a kustomization, and its deprecated forms.
 *
 * The tables are the Go types of the original: names of types and of the structs that fields are embedded
 * from show in error texts. */
#include "render/kustomize/file.h"

#include "base/str.h"
#include "doc/yaml.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/spec.h"

#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, NULL                                                                                     \
    }
#define STRUCT(name, go, ...)                                                                                \
    static const struct kustomize_field name##_fields[] = {__VA_ARGS__, END};                                \
    const struct kustomize_shape name = {KUSTOMIZE_STRUCT, go, NULL, name##_fields}
#define OWN_STRUCT(name, go, ...)                                                                            \
    static const struct kustomize_field name##_fields[] = {__VA_ARGS__, END};                                \
    static const struct kustomize_shape name = {KUSTOMIZE_STRUCT, go, NULL, name##_fields}
#define LIST(name, go, of) static const struct kustomize_shape name = {KUSTOMIZE_LIST, go, &(of), NULL}
#define TEXT(name)                                                                                           \
    {                                                                                                        \
        name, "", &kustomize_text                                                                            \
    }
#define FLAG(name)                                                                                           \
    {                                                                                                        \
        name, "", &kustomize_flag                                                                            \
    }
#define TEXTS(name)                                                                                          \
    {                                                                                                        \
        name, "", &kustomize_texts                                                                           \
    }
#define PAIRS(name)                                                                                          \
    {                                                                                                        \
        name, "", &kustomize_pairs                                                                           \
    }
#define GVK(via)                                                                                             \
    {"group", via "Gvk.", &kustomize_text}, {"version", via "Gvk.", &kustomize_text},                        \
    {                                                                                                        \
        "kind", via "Gvk.", &kustomize_text                                                                  \
    }
#define RES_ID                                                                                               \
    GVK("ResId."), {"name", "ResId.", &kustomize_text},                                                      \
    {                                                                                                        \
        "namespace", "ResId.", &kustomize_text                                                               \
    }

/* --- generators --- */

OWN_STRUCT(generator_options, "types.GeneratorOptions", PAIRS("labels"), PAIRS("annotations"),
           FLAG("disableNameSuffixHash"), FLAG("immutable"));

#define GENERATOR                                                                                            \
    {"name", "GeneratorArgs.", &kustomize_text}, {"namespace", "GeneratorArgs.", &kustomize_text},           \
        {"behavior", "GeneratorArgs.", &kustomize_text},                                                     \
        {"literals", "GeneratorArgs.KvPairSources.", &kustomize_texts},                                      \
        {"files", "GeneratorArgs.KvPairSources.", &kustomize_texts},                                         \
        {"envs", "GeneratorArgs.KvPairSources.", &kustomize_texts},                                          \
        {"env", "GeneratorArgs.KvPairSources.", &kustomize_text},                                            \
    {                                                                                                        \
        "options", "GeneratorArgs.", &generator_options                                                      \
    }

STRUCT(kustomize_config_map_shape, "types.ConfigMapArgs", GENERATOR);
STRUCT(kustomize_secret_shape, "types.SecretArgs", GENERATOR, TEXT("type"));
LIST(config_maps, "[]types.ConfigMapArgs", kustomize_config_map_shape);
LIST(secrets, "[]types.SecretArgs", kustomize_secret_shape);

static const struct kustomize_shape values_shape = {KUSTOMIZE_MAP, "map[string]interface {}", &kustomize_any,
                                                    NULL};
STRUCT(kustomize_chart_shape, "types.HelmChart", TEXT("name"), TEXT("version"), TEXT("repo"),
       TEXT("releaseName"), TEXT("namespace"), TEXT("valuesFile"), TEXTS("additionalValuesFiles"),
       {"valuesInline", "", &values_shape}, TEXT("valuesMerge"), FLAG("includeCRDs"), FLAG("skipHooks"),
       FLAG("skipTests"), TEXTS("apiVersions"), TEXT("kubeVersion"), TEXT("nameTemplate"), FLAG("debug"),
       FLAG("devel"));
LIST(charts, "[]types.HelmChart", kustomize_chart_shape);
OWN_STRUCT(helm_globals, "types.HelmGlobals", TEXT("chartHome"), TEXT("configHome"));
OWN_STRUCT(old_chart, "types.HelmChartArgs", TEXT("chartName"), TEXT("chartVersion"), TEXT("chartRepoUrl"),
           TEXT("chartHome"), TEXT("chartRepoName"), TEXT("helmBin"), TEXT("helmHome"), TEXT("values"),
           {"valuesLocal", "", &values_shape}, TEXT("valuesMerge"), TEXT("releaseName"),
           TEXT("releaseNamespace"), TEXTS("extraArgs"));
LIST(old_charts, "[]types.HelmChartArgs", old_chart);

/* --- transformers --- */

STRUCT(kustomize_selector_shape, "types.Selector", RES_ID, TEXT("annotationSelector"), TEXT("labelSelector"));
LIST(selectors, "[]*types.Selector", kustomize_selector_shape);
OWN_STRUCT(patch_args, "types.PatchArgs", FLAG("allowNameChange"), FLAG("allowKindChange"));
STRUCT(kustomize_patch_shape, "types.Patch", TEXT("path"), TEXT("patch"),
       {"target", "", &kustomize_selector_shape}, {"options", "", &patch_args});
LIST(patches, "[]types.Patch", kustomize_patch_shape);
static const struct kustomize_shape strategic = {KUSTOMIZE_TEXT, "types.PatchStrategicMerge", NULL, NULL};
LIST(strategics, "[]types.PatchStrategicMerge", strategic);

STRUCT(kustomize_image_shape, "types.Image", TEXT("name"), TEXT("newName"), TEXT("tagSuffix"), TEXT("newTag"),
       TEXT("digest"));
LIST(images, "[]types.Image", kustomize_image_shape);
static const struct kustomize_shape count = {KUSTOMIZE_INT, "int64", NULL, NULL};
STRUCT(kustomize_replica_shape, "types.Replica", TEXT("name"), {"count", "", &count});
LIST(replicas, "[]types.Replica", kustomize_replica_shape);
OWN_STRUCT(label, "types.Label", PAIRS("pairs"), FLAG("includeSelectors"), FLAG("includeTemplates"),
           {"fields", "", &kustomize_specs_shape});
LIST(labels, "[]types.Label", label);

OWN_STRUCT(field_options, "types.FieldOptions", TEXT("delimiter"), {"index", "", &kustomize_number},
           TEXT("encoding"), FLAG("create"));
OWN_STRUCT(source, "types.SourceSelector", RES_ID, TEXT("fieldPath"), {"options", "", &field_options});
OWN_STRUCT(target, "types.TargetSelector", {"select", "", &kustomize_selector_shape},
           {"reject", "", &selectors}, TEXTS("fieldPaths"), {"options", "", &field_options});
LIST(targets, "[]*types.TargetSelector", target);
OWN_STRUCT(replacement_field, "types.ReplacementField", {"source", "Replacement.", &source},
           {"sourceValue", "Replacement.", &kustomize_text}, {"targets", "Replacement.", &targets},
           TEXT("path"));
const struct kustomize_shape kustomize_replacements_shape = {KUSTOMIZE_LIST, "[]types.ReplacementField",
                                                             &replacement_field, NULL};

OWN_STRUCT(var_target, "types.Target", TEXT("apiVersion"), GVK(""), TEXT("name"), TEXT("namespace"));
OWN_STRUCT(var_field, "types.FieldSelector", TEXT("fieldPath"));
OWN_STRUCT(var, "types.Var", TEXT("name"), {"objref", "", &var_target}, {"fieldref", "", &var_field});
LIST(vars, "[]types.Var", var);

/* --- the file --- */

static const struct kustomize_shape order = {KUSTOMIZE_TEXT, "types.SortOrder", NULL, NULL};
OWN_STRUCT(legacy_sort, "types.LegacySortOptions", TEXTS("orderFirst"), TEXTS("orderLast"));
OWN_STRUCT(sort_options, "types.SortOptions", {"order", "", &order}, {"legacySortOptions", "", &legacy_sort});
OWN_STRUCT(object_meta, "types.ObjectMeta", TEXT("name"), TEXT("namespace"), PAIRS("labels"),
           PAIRS("annotations"));

OWN_STRUCT(kustomization, "types.Kustomization", {"apiVersion", "TypeMeta.", &kustomize_text},
           {"kind", "TypeMeta.", &kustomize_text}, {"metadata", "", &object_meta}, PAIRS("openapi"),
           TEXT("namePrefix"), TEXT("nameSuffix"), TEXT("namespace"), PAIRS("commonLabels"),
           {"labels", "", &labels}, PAIRS("commonAnnotations"), {"patchesStrategicMerge", "", &strategics},
           {"patchesJson6902", "", &patches}, {"patches", "", &patches}, {"images", "", &images},
           {"imageTags", "", &images}, {"replacements", "", &kustomize_replacements_shape},
           {"replicas", "", &replicas}, {"vars", "", &vars}, {"sortOptions", "", &sort_options},
           TEXTS("resources"), TEXTS("components"), TEXTS("crds"), TEXTS("bases"),
           {"configMapGenerator", "", &config_maps}, {"secretGenerator", "", &secrets},
           {"helmGlobals", "", &helm_globals}, {"helmCharts", "", &charts},
           {"helmChartInflationGenerator", "", &old_charts}, {"generatorOptions", "", &generator_options},
           TEXTS("configurations"), TEXTS("generators"), TEXTS("transformers"), TEXTS("validators"),
           TEXTS("buildMetadata"));

/* --- deprecated forms --- */

static const struct {
    const char *field, *instead;
} deprecated[] = {
    {"bases", "resources"},         {"commonLabels", "labels"},           {"imageTags", "images"},
    {"patchesJson6902", "patches"}, {"patchesStrategicMerge", "patches"}, {"vars", "replacements"},
};

static void warn_of_deprecated(const struct kustomize_file *f)
{
    for (size_t i = 0; i < ARRAY_LEN(deprecated); i++) {
        const struct doc *value = doc_get(f->fields, deprecated[i].field);
        if (value)
            kustomize_warn(&f->at, doc_line(value), "'%s' is deprecated. Please use '%s' instead.",
                           deprecated[i].field, deprecated[i].instead);
    }
}

/* Elements of one list behind those of another; the first is gone then. */
static void move_list(struct arena *a, struct doc *fields, const char *from, const char *to)
{
    const struct doc *old = doc_get(fields, from), *now = doc_get(fields, to);
    if (!old)
        return;
    struct doc *joined = doc_shallow(a, doc_is(now, DOC_LIST) ? now : doc_new_list(a));
    doc_each (it, old)
        doc_push(a, joined, it.val);
    doc_set(a, fields, to, joined);
    doc_del(a, fields, from);
}

static void move_env(struct arena *a, struct doc *fields, const char *generator)
{
    struct doc *list = doc_own_get(a, fields, span_of(generator));
    for (size_t i = 0; i < doc_len(list); i++) {
        struct doc *entry = doc_own_at(a, list, i);
        const struct doc *env = doc_get(entry, "env");
        if (!env)
            continue;
        if (*doc_str(env, "")) {
            struct doc *envs = doc_own_get(a, entry, span_of("envs"));
            doc_push(a, envs ? envs : doc_set_list(a, entry, "envs"), env);
        }
        doc_del(a, entry, "env");
    }
}

static void move_charts(struct arena *a, struct doc *fields)
{
    static const char *const names[][2] = {
        {"chartName", "name"},          {"chartVersion", "version"},       {"chartRepoUrl", "repo"},
        {"values", "valuesFile"},       {"valuesLocal", "valuesInline"},   {"valuesMerge", "valuesMerge"},
        {"releaseName", "releaseName"}, {"releaseNamespace", "namespace"},
    };
    const struct doc *old = doc_get(fields, "helmChartInflationGenerator");
    struct doc *now = doc_own_get(a, fields, span_of("helmCharts"));
    doc_each (it, old) {
        if (!now)
            now = doc_set_list(a, fields, "helmCharts");
        struct doc *chart = doc_push(a, now, doc_new_map(a));
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            if (doc_get(it.val, names[i][0]))
                doc_set(a, chart, names[i][1], doc_get(it.val, names[i][0]));
        const struct doc *home = doc_get(it.val, "chartHome");
        if (home && !doc_get(fields, "helmGlobals"))
            doc_set(a, doc_set_map(a, fields, "helmGlobals"), "chartHome", home);
        now = doc_own_get(a, fields, span_of("helmCharts"));
    }
    doc_del(a, fields, "helmChartInflationGenerator");
}

static void lift(struct arena *a, struct doc *fields)
{
    move_list(a, fields, "bases", "resources");
    move_list(a, fields, "imageTags", "images");
    move_env(a, fields, "configMapGenerator");
    move_env(a, fields, "secretGenerator");
    move_charts(a, fields);
}

/* --- checking it --- */

static bool is_empty(const struct doc *fields)
{
    doc_each (it, fields)
        if (!span_is(it.key, "apiVersion") && !span_is(it.key, "kind") &&
            !(doc_is(it.val, DOC_STR) && !doc_len(it.val)))
            return false;
    return true;
}

static struct err *check_type(const struct kustomize_root *root, const struct doc *fields, bool *is_component)
{
    const char *kind = doc_str(doc_get(fields, "kind"), "");
    const char *version = doc_str(doc_get(fields, "apiVersion"), "");
    *is_component = streq(kind, "Component");
    const char *want = *is_component ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
    const char *bad_kind = !*kind || *is_component || streq(kind, "Kustomization")
                               ? ""
                               : "\nkind should be Kustomization or Component";
    const char *bad_version = "";
    if (*version && !streq(version, want))
        bad_version = arena_printf(root->build->a, "\napiVersion for %s should be %s",
                                   *kind ? kind : "Kustomization", want);
    if (*bad_kind || *bad_version)
        return err_new(ERR_INVALID, "Failed to read kustomization file under %s:%s%s", root->name, bad_kind,
                       bad_version);
    return NULL;
}

/* The reader says more than the original does here. */
static struct err *yaml_failed(struct err *e)
{
    static const char more[] = "error converting YAML to JSON: ";
    if (!e || e->code == ERR_EXHAUSTED)
        return err_wrap(e, "invalid Kustomization");
    const char *msg = e->msg + (starts_with(e->msg, more) ? strlen(more) : 0);
    struct err *said =
        err_new(ERR_INVALID, "invalid Kustomization: %s%s", starts_with(msg, "yaml:") ? "" : "yaml: ", msg);
    err_free(e);
    return said;
}

static struct err *decode(struct arena *a, struct span text, const char *path, const struct doc **out)
{
    (void)path;
    struct doc *read = NULL;
    const struct doc *decoded;
    TRY(yaml_failed(yaml_read(a, text, YAML_SIGS, NULL, &read)));
    if (doc_is(read, DOC_NULL))
        return err_new(ERR_INVALID, "kustomization.yaml is empty");
    TRYF(kustomize_decode(a, &kustomization, read, KUSTOMIZE_STRICT, &decoded), "invalid Kustomization");
    if (is_empty(decoded))
        return err_new(ERR_INVALID, "kustomization.yaml is empty");
    *out = decoded;
    return NULL;
}

/* --- finding it --- */

/* One that is no file or may not be loaded is not there. */
static bool is_missing(const struct err *e)
{
    return e && (e->code == ERR_NOT_FOUND || e->code == ERR_PRECONDITION || e->code == ERR_DENIED);
}

static struct err *find_file(struct kustomize_root *root, const char **name, const struct doc **fields)
{
    static const char *const names[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};
    struct err *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct doc *read = NULL;
        struct err *e = kustomize_root_parsed(root, names[i], "kustomization", decode, &read);
        if (is_missing(e) || n++) {
            err_free(e);
            continue;
        }
        first = e;
        *name = names[i];
        *fields = read;
    }
    if (n == 1)
        return first;
    err_free(first);
    if (n > 1)
        return err_new(ERR_INVALID, "Found multiple kustomization files under: %s\n", root->name);
    return err_new(ERR_NOT_FOUND,
                   "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in "
                   "directory '%s'",
                   root->name);
}

struct err *kustomize_file_read(struct kustomize_root *root, struct kustomize_file *out)
{
    struct arena *a = root->build->a;
    TRY(find_file(root, &out->name, &out->fields));
    out->at = (struct kustomize_at){
        root->build, root, *root->path ? arena_printf(a, "%s/%s", root->path, out->name) : out->name};
    TRY(check_type(root, out->fields, &out->is_component));
    warn_of_deprecated(out);
    struct doc *fields = doc_shallow(a, out->fields);
    lift(a, fields);
    out->fields = fields;
    return NULL;
}
