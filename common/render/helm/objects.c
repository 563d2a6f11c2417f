/* render/helm/objects - .Capabilities, .Files and .Values: what has methods of its own. */
#include "base/str.h"
#include "crypto/text.h"
#include "doc/yaml.h"
#include "render/helm/engine.h"
#include "render/helm/values.h"
#include "text/glob.h"
#include "tmpl/tmpl.h"

#include <stdlib.h>

/* --- .Capabilities --- */

const char *const helm_default_versions[] = {
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
};
const size_t helm_default_versions_len = ARRAY_LEN(helm_default_versions);

TMPL_FN(versions_has)
{
    struct span want = tmpl_span_of(args[1]);
    bool found = false;
    for (size_t i = 0; i < tmpl_list_len(args[0]) && !found; i++)
        found = span_eq(tmpl_span_of(tmpl_list_at(args[0], i)), want);
    *out = tmpl_bool(found);
    return NULL;
}
static const struct tmpl_func versions_methods[] = {{"Has", "s", versions_has}};
static const struct tmpl_type versions_type = {.name = "common.VersionSet",
                                               .kind = TMPL_LIST,
                                               .elem = TMPL_STR,
                                               .of = &tmpl_type_strings,
                                               .methods = versions_methods,
                                               .methods_len = ARRAY_LEN(versions_methods)};

enum { KUBE_VERSION, KUBE_NORMAL, KUBE_MAJOR, KUBE_MINOR };
static const char *const kube_fields[] = {"Version", "normalizedVersion", "Major", "Minor"};

static void kube_text(struct tmpl_value v, struct str *out)
{
    str_add_span(out, tmpl_span_of(v.object->fields[KUBE_NORMAL]));
}

TMPL_FN(kube_git_version)
{
    *out = args[0].object->fields[KUBE_VERSION];
    return NULL;
}

TMPL_FN(kube_string)
{
    *out = args[0].object->fields[KUBE_NORMAL];
    return NULL;
}
static const struct tmpl_func kube_methods[] = {{"GitVersion", "", kube_git_version},
                                                {"String", "", kube_string}};
/* Without Go's private field. */
static struct doc *kube_doc(struct arena *a, struct tmpl_value v)
{
    struct doc *d = doc_new_map(a);
    for (size_t i = 0; i < ARRAY_LEN(kube_fields); i++)
        if (i != KUBE_NORMAL)
            doc_set(a, d, kube_fields[i], doc_new_str_n(a, v.object->fields[i].at, v.object->fields[i].len));
    return d;
}

static const struct tmpl_type kube_type = {.name = "common.KubeVersion",
                                           .kind = TMPL_OBJECT,
                                           .fields = kube_fields,
                                           .fields_len = ARRAY_LEN(kube_fields),
                                           .methods = kube_methods,
                                           .methods_len = ARRAY_LEN(kube_methods),
                                           .field_text = kube_text,
                                           .to_doc = kube_doc};

static const char *const helm_fields[] = {"Version", "GitCommit", "GitTreeState", "GoVersion",
                                          "KubeClientVersion"};
static const struct tmpl_type helm_type = {.name = "version.BuildInfo",
                                           .kind = TMPL_OBJECT,
                                           .fields = helm_fields,
                                           .fields_len = ARRAY_LEN(helm_fields)};

static const char *const capabilities_fields[] = {"KubeVersion", "APIVersions", "HelmVersion"};
static const struct tmpl_type capabilities_type = {.name = "*common.Capabilities",
                                                   .kind = TMPL_OBJECT,
                                                   .pointer = true,
                                                   .fields = capabilities_fields,
                                                   .fields_len = ARRAY_LEN(capabilities_fields)};

static size_t digits(const char *s)
{
    size_t n = 0;
    while (s[n] >= '0' && s[n] <= '9')
        n++;
    return n;
}

/* k8s.io/apimachinery's ParseGeneric: two or more integers with dots, whatever follows. */
struct err *helm_kube_version_parse(struct arena *a, const char *text, struct helm_kube_version *out)
{
    CLEANUP(str_release) struct str normal = {0};
    const char *p = text + (*text == 'v'), *parts[16];
    size_t lens[16], n = 0;
    for (; n < ARRAY_LEN(parts); n++) {
        size_t len = digits(p);
        if (len == 0 || (len > 1 && *p == '0') || len > 9)
            break;
        parts[n] = p;
        lens[n] = len;
        p += len;
        if (*p != '.') {
            n++;
            break;
        }
        p++;
    }
    if (n < 2)
        return err_new(ERR_INVALID, "could not parse \"%s\" as version", text);
    str_char(&normal, 'v');
    for (size_t i = 0; i < n; i++)
        str_printf(&normal, "%s%.*s", i ? "." : "", (int)lens[i], parts[i]);
    *out = (struct helm_kube_version){
        .version = *text == 'v' ? text : arena_printf(a, "v%s", text),
        .normal = arena_strdup(a, str_text(&normal)),
        .major = arena_strndup(a, parts[0], lens[0]),
        .minor = arena_strndup(a, parts[1], lens[1]),
    };
    return NULL;
}

struct tmpl_value helm_capabilities_value(struct arena *a, const struct helm_kube_version *kube,
                                          const struct helm_words *versions)
{
    struct tmpl_object *k = NEW(a, struct tmpl_object);
    struct tmpl_list *all = tmpl_list_new(a, &versions_type, versions->len);
    for (size_t i = 0; i < versions->len; i++)
        all->items[i] = tmpl_str(versions->at[i]);
    k->type = &kube_type;
    k->fields = NEW_N(a, struct tmpl_value, ARRAY_LEN(kube_fields));
    k->fields[KUBE_VERSION] = tmpl_str(kube->version);
    k->fields[KUBE_MAJOR] = tmpl_str(kube->major);
    k->fields[KUBE_MINOR] = tmpl_str(kube->minor);
    k->fields[KUBE_NORMAL] = tmpl_str(kube->normal);
    struct tmpl_value helm[] = {tmpl_str(HELM_VERSION), tmpl_str(""), tmpl_str(""), tmpl_str("go1.26"),
                                tmpl_str(HELM_KUBE_VERSION)};
    struct tmpl_value fields[] = {tmpl_object(k), tmpl_list_value(all), tmpl_struct(a, &helm_type, helm)};
    return tmpl_struct(a, &capabilities_type, fields);
}

/* --- .Files --- */

static const struct tmpl_type files_type;

TMPL_FN(files_get_bytes)
{
    struct tmpl_value v = tmpl_map_get(args[0].map, tmpl_span_of(args[1]));
    *out = v.kind == TMPL_BYTES ? v : tmpl_bytes(span_of(""));
    return NULL;
}

TMPL_FN(files_get)
{
    TRY(files_get_bytes(x, args, n, out));
    *out = tmpl_span(tmpl_span_of(*out));
    return NULL;
}

TMPL_FN(files_lines)
{
    struct tmpl_value v = tmpl_map_get(args[0].map, tmpl_span_of(args[1]));
    struct span text = tmpl_span_of(v), line;
    if (v.kind == TMPL_NONE) {
        *out = tmpl_list_value(tmpl_list_new(x->arena, &tmpl_type_strings, 0));
        return NULL;
    }
    if (!text.len)
        return err_new(ERR_INVALID, "runtime error: index out of range [-1]");
    text.len -= text.at[text.len - 1] == '\n';
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    struct tmpl_list *l = tmpl_list_new(x->arena, &tmpl_type_strings, lines);
    for (size_t i = 0; i < lines; i++) {
        const char *end = text.len ? memchr(text.at, '\n', text.len) : NULL;
        line = (struct span){text.at, end ? (size_t)(end - text.at) : text.len};
        l->items[i] = tmpl_span(line);
        text = (struct span){text.at + line.len + (end != NULL), text.len - line.len - (end != NULL)};
    }
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(files_glob)
{
    CLEANUP(glob_freep) struct glob *g = NULL;
    struct tmpl_map *found = tmpl_map_new(x->arena, &files_type);
    size_t len;
    const struct tmpl_entry *e = tmpl_map_sorted(args[0].map, &len);
    err_free(glob_compile(tmpl_span_of(args[1]), "/", &g)); /* a bad pattern matches all, as upstream's */
    TRY(tmpl_steps(x, len));
    for (size_t i = 0; i < len; i++)
        if (!g || glob_match(g, (struct span){e[i].key, e[i].key_len}))
            tmpl_map_set(found, (struct span){e[i].key, e[i].key_len}, e[i].value);
    *out = tmpl_map_value(found);
    return NULL;
}

/* The files by their last name, as YAML. */
static struct err *as_yaml(struct tmpl_exec *x, const struct tmpl_map *files, bool base64,
                           struct tmpl_value *out)
{
    struct tmpl_map *flat = tmpl_map_new(x->arena, &tmpl_type_str_map);
    struct str s = {0};
    struct doc *d;
    size_t len;
    const struct tmpl_entry *e = tmpl_map_sorted(files, &len);
    for (size_t i = 0; i < len; i++) {
        const char *slash = memrchr(e[i].key, '/', e[i].key_len);
        struct span name = {e[i].key, e[i].key_len}, content = tmpl_span_of(e[i].value);
        if (slash)
            name = (struct span){slash + 1, e[i].key_len - (size_t)(slash + 1 - e[i].key)};
        TRY(tmpl_reserve(x, content.len * 2));
        if (base64)
            content = crypto_base64_encode(x->arena, CRYPTO_BASE64_STD, content);
        tmpl_map_set(flat, name, tmpl_span(content));
    }
    TRY(tmpl_to_doc(x->arena, tmpl_map_value(flat), &d));
    yaml_write(&s, d, YAML_WRITE_SIGS);
    s.len -= s.len && s.at[s.len - 1] == '\n';
    return tmpl_give(x, &s, out);
}

TMPL_FN(files_as_config)
{
    return as_yaml(x, args[0].map, false, out);
}

TMPL_FN(files_as_secrets)
{
    return as_yaml(x, args[0].map, true, out);
}

static const struct tmpl_func files_methods[] = {
    {"AsConfig", "", files_as_config},  {"AsSecrets", "", files_as_secrets}, {"Get", "s", files_get},
    {"GetBytes", "s", files_get_bytes}, {"Glob", "s", files_glob},           {"Lines", "s", files_lines},
};
static const struct tmpl_type files_type = {.name = "engine.files",
                                            .kind = TMPL_MAP,
                                            .elem = TMPL_BYTES,
                                            .of = &tmpl_type_files,
                                            .methods = files_methods,
                                            .methods_len = ARRAY_LEN(files_methods)};

struct tmpl_value helm_files_value(struct arena *a, const struct helm_files *files)
{
    struct tmpl_map *m = tmpl_map_new(a, &files_type);
    for (size_t i = 0; i < files->len; i++)
        tmpl_map_set(m, span_of(files->at[i].name), tmpl_bytes(files->at[i].data));
    return tmpl_map_value(m);
}

/* --- .Values --- */

TMPL_FN(values_as_map)
{
    struct tmpl_map *m = args[0].map ? args[0].map : tmpl_map_new(x->arena, &tmpl_type_map);
    *out = tmpl_map_value(tmpl_map_view(x->arena, m, &tmpl_type_map));
    return NULL;
}

TMPL_FN(values_table)
{
    struct span path = tmpl_span_of(args[1]);
    struct span missing = {NULL, 0};
    struct tmpl_map *m = helm_values_table(args[0].map, path, &missing);
    if (!m)
        return err_new(ERR_INVALID, "\"%.*s\" is not a table", (int)missing.len, missing.at);
    *out = tmpl_map_value(tmpl_map_view(x->arena, m, tmpl_map_type(args[0].map)));
    return NULL;
}

TMPL_FN(values_path)
{
    struct span path = tmpl_span_of(args[1]);
    if (!path.len)
        return err_new(ERR_INVALID, "YAML path cannot be empty");
    const char *dot = memrchr(path.at, '.', path.len), *last = dot ? dot + 1 : path.at;
    if (!helm_values_at(args[0].map, path, out))
        return err_new(ERR_INVALID, "\"%.*s\" is not a value", (int)(path.at + path.len - last), last);
    return NULL;
}

TMPL_FN(values_yaml)
{
    struct doc *d;
    struct str s = {0};
    TRY(tmpl_to_doc(x->arena, args[0], &d));
    yaml_write(&s, d, YAML_WRITE_SIGS);
    return tmpl_give(x, &s, out);
}

static const struct tmpl_func values_methods[] = {
    {"AsMap", "", values_as_map},
    {"PathValue", "s", values_path},
    {"Table", "s", values_table},
    {"YAML", "", values_yaml},
};
#define VALUES_TYPE(name_)                                                                                   \
    {                                                                                                        \
        .name = name_, .kind = TMPL_MAP, .elem = TMPL_NIL, .of = &tmpl_type_map, .methods = values_methods,  \
        .methods_len = ARRAY_LEN(values_methods)                                                             \
    }
static const struct tmpl_type values_types[] = {
    [HELM_4] = VALUES_TYPE("common.Values"), [HELM_3] = VALUES_TYPE("chartutil.Values")};

struct tmpl_value helm_values_value(struct arena *a, struct tmpl_map *m, enum helm_version version)
{
    return tmpl_map_value(tmpl_map_view(a, m, &values_types[version]));
}
