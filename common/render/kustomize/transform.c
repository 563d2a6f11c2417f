/* render/kustomize/transform - prefixes, suffixes, namespaces, labels, annotations and replica counts.
 *
 * Each is a walk over the set along field specs. What belongs to an id (name, namespace) is written through
 * the set, so that the index keeps up. */
#include "base/str.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/kustomize/build.h"

static const char *node_kind(const struct doc *d)
{
    return doc_is(d, DOC_MAP) ? "MappingNode" : doc_is(d, DOC_LIST) ? "SequenceNode" : "ScalarNode";
}

static struct err *wrong_kind(struct arena *a, const char *want, const struct doc *d)
{
    return err_new(ERR_INVALID, "wrong node kind: expected %s but got %s: node contents:\n%s", want,
                   node_kind(d), yaml_text(a, d, YAML_WRITE_SIGS));
}

/* What a scalar is as text. */
static struct span scalar_text(const struct doc *d)
{
    if (doc_is(d, DOC_NULL))
        return span_of("null");
    if (doc_is(d, DOC_BOOL))
        return span_of(doc_bool(d, false) ? "true" : "false");
    return doc_is(d, DOC_STR) ? doc_span(d) : doc_literal(d);
}

/* --- prefixes and suffixes: §8.1 --- */

struct affix {
    struct arena *a;
    const char *prefix, *suffix;
};

static struct err *edit_affix(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct affix *x = arg;
    (void)r;
    if (doc_is(field, DOC_MAP) || doc_is(field, DOC_LIST))
        return wrong_kind(x->a, "ScalarNode", field);
    struct span text = scalar_text(field);
    doc_put(field,
            doc_new_str(x->a, arena_printf(x->a, "%s%.*s%s", x->prefix, (int)text.len, text.at, x->suffix)));
    return NULL;
}

static const char **append_text(struct arena *a, const char **list, size_t *len, const char *text)
{
    const char **more = NEW_N(a, const char *, *len + 1);
    if (*len)
        memcpy(more, list, *len * sizeof(*more));
    more[(*len)++] = text;
    return more;
}

/* CRDs, namespaces and APIServices keep their names, whatever they have become since. */
static bool keeps_name(const struct kustomize_resource *r)
{
    struct kustomize_id id = kustomize_original_id(r);
    return streq(id.gvk.kind, "CustomResourceDefinition") || streq(id.gvk.kind, "Namespace") ||
           (streq(id.gvk.kind, "APIService") && streq(id.gvk.group, "apiregistration.k8s.io"));
}

static void affix_name(const struct affix *x, struct kustomize_set *set, struct kustomize_resource *r)
{
    if (*x->prefix)
        r->prefixes = append_text(x->a, r->prefixes, &r->prefixes_len, x->prefix);
    if (*x->suffix)
        r->suffixes = append_text(x->a, r->suffixes, &r->suffixes_len, x->suffix);
    if (!*x->prefix && !*x->suffix)
        return;
    kustomize_remember(set, r);
    kustomize_set_name(set, r, arena_printf(x->a, "%s%s%s", x->prefix, r->id.name, x->suffix));
}

struct err *kustomize_affix(const struct kustomize_at *at, struct kustomize_set *set,
                            const struct kustomize_specs *specs, const char *prefix, const char *suffix)
{
    struct affix x = {at->build->a, prefix, suffix};
    for (size_t i = 0; i < set->len; i++) {
        struct kustomize_resource *r = set->at[i];
        if (keeps_name(r))
            continue;
        for (size_t j = 0; j < specs->len; j++) {
            const struct kustomize_spec *spec = &specs->at[j];
            if (!streq(spec->path, "metadata/name")) {
                TRY(kustomize_spec_walk(x.a, spec, r, DOC_STR, edit_affix, &x));
                kustomize_set_reread(set, r);
            } else if (kustomize_spec_selects(spec, r) && doc_path(r->object, "metadata", "name")) {
                affix_name(&x, set, r);
            }
        }
    }
    return NULL;
}

/* --- labels and annotations: §8.3, §8.4 --- */

struct pairs {
    struct arena *a;
    const struct doc *pairs;
};

static struct err *edit_pairs(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct pairs *x = arg;
    (void)r;
    if (doc_is(field, DOC_NULL))
        return NULL;
    if (!doc_is(field, DOC_MAP))
        return wrong_kind(x->a, "MappingNode", field);
    doc_each (it, x->pairs)
        doc_set_span(x->a, field, it.key, it.val);
    return NULL;
}

struct err *kustomize_put_pairs(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct kustomize_specs *specs, const struct doc *pairs)
{
    struct pairs x = {at->build->a, pairs};
    for (size_t i = 0; i < set->len && doc_len(pairs); i++)
        for (size_t j = 0; j < specs->len; j++)
            TRY(kustomize_spec_walk(x.a, &specs->at[j], set->at[i], DOC_MAP, edit_pairs, &x));
    return NULL;
}

/* --- replica counts: §8.5 --- */

struct count {
    struct arena *a;
    const struct doc *count;
};

static struct err *edit_count(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct count *x = arg;
    (void)r;
    if (doc_is(field, DOC_MAP) || doc_is(field, DOC_LIST))
        return wrong_kind(x->a, "ScalarNode", field);
    doc_put(field, x->count);
    return NULL;
}

static bool has_name_and_kind(const struct kustomize_resource *r, const char *name,
                              const struct kustomize_gvk *pattern)
{
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (streq(id.name, name) && kustomize_gvk_selects(pattern, &id.gvk))
            return true;
    }
    return false;
}

static const char *patterns_text(struct arena *a, const struct kustomize_specs *specs)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < specs->len; i++)
        str_printf(&s, "%s%s", i ? " " : "", kustomize_gvk_text(a, &specs->at[i].gvk));
    return arena_strdup(a, str_text(&s));
}

struct err *kustomize_replica(const struct kustomize_at *at, struct kustomize_set *set,
                              const struct kustomize_specs *specs, const struct doc *entry)
{
    const char *name = doc_str(doc_get(entry, "name"), "");
    const struct doc *count = doc_get(entry, "count");
    struct count x = {at->build->a, count ? count : doc_new_int(at->build->a, 0)};
    bool any = false;
    for (size_t i = 0; i < specs->len; i++) {
        const struct kustomize_spec *spec = &specs->at[i];
        struct kustomize_found found = kustomize_set_named(set, spec->gvk.kind, name);
        for (size_t j = 0; j < found.len; j++)
            if (has_name_and_kind(found.at[j], name, &spec->gvk)) {
                any = true;
                TRY(kustomize_spec_walk(x.a, spec, found.at[j], DOC_INT, edit_count, &x));
            }
    }
    if (!any)
        return err_new(ERR_INVALID,
                       "resource with name %s does not match a config with the following GVK [%s]", name,
                       patterns_text(x.a, specs));
    return NULL;
}

/* --- namespaces: §8.2 --- */

enum subjects { SUBJECTS_DEFAULT, SUBJECTS_ALL, SUBJECTS_NONE };
struct space {
    struct arena *a;
    struct kustomize_set *set;
    const struct kustomize_specs *specs;
    const char *namespace;
    bool unset_only;
    enum subjects subjects;
};

static bool is_set(const struct doc *d)
{
    return d && !doc_is(d, DOC_NULL) && !(doc_is(d, DOC_STR) && !doc_len(d));
}

static struct err *edit_namespace(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct space *x = arg;
    (void)r;
    if (doc_is(field, DOC_MAP) || doc_is(field, DOC_LIST))
        return wrong_kind(x->a, "ScalarNode", field);
    if (!x->unset_only || !is_set(field))
        doc_put(field, doc_new_str(x->a, x->namespace));
    return NULL;
}

static void set_subjects(const struct space *x, struct kustomize_resource *r)
{
    bool binds = streq(r->id.gvk.kind, "RoleBinding") || streq(r->id.gvk.kind, "ClusterRoleBinding");
    if (!binds || x->subjects == SUBJECTS_NONE || !doc_is(doc_get(r->object, "subjects"), DOC_LIST))
        return;
    struct doc *subjects = doc_own_get(x->a, r->object, span_of("subjects"));
    for (size_t i = 0; i < doc_len(subjects); i++) {
        const struct doc *s = doc_at(subjects, i);
        bool wanted = x->subjects == SUBJECTS_ALL ? doc_str_is(doc_get(s, "kind"), "ServiceAccount")
                                                  : doc_str_is(doc_get(s, "name"), "default");
        if (wanted && (!x->unset_only || !is_set(doc_get(s, "namespace"))))
            doc_set_str(x->a, doc_own_at(x->a, subjects, i), "namespace", x->namespace);
    }
}

/* Places that have their own rules here, or none. */
static bool is_special(const char *path)
{
    return streq(path, "metadata/namespace") || streq(path, "subjects/namespace");
}

static struct err *set_by_specs(const struct space *x, struct kustomize_resource *r)
{
    bool is_namespace = streq(r->id.gvk.kind, "Namespace");
    for (size_t i = 0; i < x->specs->len; i++) {
        const struct kustomize_spec *spec = &x->specs->at[i];
        bool names = streq(spec->path, "metadata/name");
        if (is_special(spec->path) || (names && is_namespace && *r->id.gvk.group))
            continue;
        TRYF(kustomize_spec_walk(x->a, spec, r, DOC_STR, edit_namespace, (void *)(uintptr_t)x),
             "namespace field specs must target scalar nodes");
        if (names)
            kustomize_set_reread(x->set, r);
    }
    return NULL;
}

static const char *conflict_text(struct arena *a, const struct kustomize_found *found)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < found->len; i++) {
        str_add(&s, i ? " " : "");
        json_write(&s, found->at[i]->object, JSON_SORTED | JSON_HTML);
    }
    return arena_strdup(a, str_text(&s));
}

static struct err *set_namespace(const struct space *x, struct kustomize_resource *r)
{
    kustomize_remember(x->set, r);
    bool wanted = !x->unset_only || !*r->id.namespace;
    if (wanted && !kustomize_is_cluster_scoped(&r->id.gvk))
        kustomize_set_namespace(x->set, r, x->namespace);
    set_subjects(x, r);
    TRY(set_by_specs(x, r));
    struct kustomize_found same = kustomize_set_current(x->set, &r->id);
    if (same.len != 1)
        return err_new(ERR_INVALID, "namespace transformation produces ID conflict: [%s]",
                       conflict_text(x->a, &same));
    return NULL;
}

struct err *kustomize_namespace(const struct kustomize_at *at, struct kustomize_set *set,
                                const struct kustomize_specs *specs, const struct doc *entry)
{
    const char *mode = doc_str(doc_get(entry, "setRoleBindingSubjects"), "");
    struct space x = {.a = at->build->a,
                      .set = set,
                      .specs = specs,
                      .namespace = doc_str(doc_get(entry, "namespace"), ""),
                      .unset_only = doc_bool(doc_get(entry, "unsetOnly"), false)};
    if (streq(mode, "allServiceAccounts"))
        x.subjects = SUBJECTS_ALL;
    else if (streq(mode, "none"))
        x.subjects = SUBJECTS_NONE;
    else if (*mode && !streq(mode, "defaultOnly"))
        return err_new(
            ERR_INVALID,
            "invalid value \"%s\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or "
            "\"allServiceAccounts\"",
            mode);
    for (size_t i = 0; i < set->len && *x.namespace; i++)
        if (!set->at[i]->from_helm)
            TRY(set_namespace(&x, set->at[i]));
    return NULL;
}
