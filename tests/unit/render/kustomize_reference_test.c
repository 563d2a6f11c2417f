/* Names in fields follow what was renamed: specs/kustomize.md §9. The rows are what kustomize 5.8.1 answered.
 */
#include "unit/render/kustomize_rig.h"

/* What namePrefix does, to those of a namespace; "" = to all. */
static void prefix(struct kustomize_rig *r, const char *text, const char *namespace)
{
    for (size_t i = 0; i < r->set.len; i++) {
        struct kustomize_resource *o = r->set.at[i];
        if (*namespace && !streq(o->id.namespace, namespace))
            continue;
        kustomize_remember(&r->set, o);
        kustomize_set_name(&r->set, o, arena_printf(r->a, "%s%s", text, o->id.name));
        const char **prefixes = NEW_N(r->a, const char *, o->prefixes_len + 1);
        for (size_t j = 0; j < o->prefixes_len; j++)
            prefixes[j] = o->prefixes[j];
        prefixes[o->prefixes_len++] = text;
        o->prefixes = prefixes;
    }
}

static void move_all(struct kustomize_rig *r, const char *namespace)
{
    for (size_t i = 0; i < r->set.len; i++) {
        kustomize_remember(&r->set, r->set.at[i]);
        if (!kustomize_is_cluster_scoped(&r->set.at[i]->id.gvk))
            kustomize_set_namespace(&r->set, r->set.at[i], namespace);
    }
}

static struct err *resolve(struct kustomize_rig *r)
{
    return kustomize_references(&r->build, &r->set, kustomize_config_default());
}

static const char *field(const struct kustomize_rig *r, size_t i, const char *name)
{
    return json_text(r->a, doc_get(r->set.at[i]->object, name), JSON_SORTED);
}

#define POD(ns, name)                                                                                        \
    "{apiVersion: v1, kind: Pod, metadata: {name: x" ns "}, spec: {volumes: [{configMap: {name: " name "}}]" \
    "}}"
#define VOLUMES(name) "{\"volumes\":[{\"configMap\":{\"name\":" name "}}]}"

TEST(fields_that_name_a_config_map)
{
    static const struct {
        const char *objects, *spec; /* of the second */
    } rows[] = {
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "c"), VOLUMES("\"p-c\"")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "null"), VOLUMES("null")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "p-c"), VOLUMES("\"p-c\"")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "other"),
         VOLUMES("\"other\"")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "[c, {name: c}]"),
         VOLUMES("[\"p-c\",{\"name\":\"p-c\"}]")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: '5'}}\n---\n" POD("", "5"), VOLUMES("\"p-5\"")},
        {"{apiVersion: v1, kind: Secret, metadata: {name: c}}\n---\n" POD("", "c"), VOLUMES("\"c\"")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}\n---\n" POD(", namespace: b",
                                                                                           "c"),
         VOLUMES("\"c\"")},
        {"{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: default}}\n---\n" POD("", "c"),
         VOLUMES("\"p-c\"")},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct kustomize_rig r;
        rig_begin(&r, a, rows[i].objects, NULL);
        prefix(&r, "p-", "");
        CHECK_OK(resolve(&r));
        CHECKF(streq(field(&r, 1, "spec"), rows[i].spec), "%s\n  got  %s\n  want %s", rows[i].objects,
               field(&r, 1, "spec"), rows[i].spec);
    }
}

TEST(nothing_renamed_changes_nothing)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n" POD("", "[[c]]"), NULL);
    CHECK_OK(resolve(&r));
    prefix(&r, "p-", "");
    CHECK_ERR(
        resolve(&r), ERR_INVALID,
        "updating name reference in 'spec/volumes/configMap/name' field of 'Pod.v1.[noGrp]/p-x.[noNs]': "
        "considering field 'spec/volumes/configMap/name' of object Pod.v1.[noGrp]/p-x.[noNs]: visit "
        "traversal on "
        "path: [configMap name]: a list is expected to be either a string or a map of string");
}

static const char bindings[] =
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa, namespace: x}}\n---\n"
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, roleRef: "
    "{apiGroup: "
    "rbac.authorization.k8s.io, kind: ClusterRole, name: r}, subjects: [{kind: ServiceAccount, name: sa, "
    "namespace: "
    "x}, {kind: ServiceAccount, name: sa}, {kind: ServiceAccount, name: sa, namespace: y}]}\n---\n"
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: "
    "[{resourceNames: [c, "
    "sa, q]}]}\n---\n"
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b2, namespace: z}, "
    "roleRef: "
    "{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}, subjects: [{kind: ServiceAccount, name: sa, "
    "namespace: x}, {kind: User, name: sa}]}\n---\n"
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n"
    "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: "
    "w}, "
    "webhooks: [{clientConfig: {service: {name: s, namespace: x}}}, {clientConfig: {service: {name: s}}}, "
    "{clientConfig: {service: {name: s, namespace: other}}}, {clientConfig: {url: x}}]}\n---\n"
    "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: x}}";

TEST(subjects_roles_and_services)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, bindings, NULL);
    move_all(&r, "nn");
    prefix(&r, "p-", "");
    CHECK_OK(resolve(&r));
    CHECK_STR(field(&r, 1, "subjects"),
              "[{\"kind\":\"ServiceAccount\",\"name\":\"p-sa\",\"namespace\":\"nn\"},{"
              "\"kind\":\"ServiceAccount\",\"name\":\"p-sa\",\"namespace\":\"nn\"},{\"kind\":"
              "\"ServiceAccount\",\"name\":\"sa\",\"namespace\":\"y\"}]");
    CHECK_STR(field(&r, 1, "roleRef"),
              "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"p-r\"}");
    CHECK_STR(field(&r, 2, "rules"), "[{\"resourceNames\":[\"p-c\",\"sa\",\"q\"]}]");
    CHECK_STR(field(&r, 3, "subjects"),
              "[{\"kind\":\"ServiceAccount\",\"name\":\"p-sa\",\"namespace\":\"nn\"},{"
              "\"kind\":\"User\",\"name\":\"p-sa\",\"namespace\":\"nn\"}]");
    CHECK_STR(field(&r, 3, "roleRef"),
              "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"r\"}");
    CHECK_STR(field(&r, 5, "webhooks"), "[{\"clientConfig\":{\"service\":{\"name\":\"p-s\",\"namespace\":"
                                        "\"nn\"}}},{\"clientConfig\":{\"service\":{"
                                        "\"name\":\"p-s\",\"namespace\":\"nn\"}}},{\"clientConfig\":{"
                                        "\"service\":{\"name\":\"s\",\"namespace\":"
                                        "\"other\"}}},{\"clientConfig\":{\"url\":\"x\"}}]");
}

TEST(a_subject_needs_a_name)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a,
              "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, "
              "subjects: [{kind: ServiceAccount}]}",
              NULL);
    prefix(&r, "p-", "");
    CHECK_ERR(
        resolve(&r), ERR_INVALID,
        "updating name reference in 'subjects' field of 'ClusterRoleBinding.v1.rbac.authorization.k8s.io/"
        "p-b.[noNs]': considering field 'subjects' of object ClusterRoleBinding.v1.rbac.authorization.k8s.io/"
        "p-b.[noNs]: path config error; no 'name' field in node");
}

static const char two[] =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}\n---\n"
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: b}}\n---\n"
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: "
    "[{resourceNames: [c]}]}";

TEST(more_than_one_candidate)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, two, NULL); /* of one name: the first will do */
    prefix(&r, "p-", "");
    CHECK_OK(resolve(&r));
    CHECK_STR(field(&r, 2, "rules"), "[{\"resourceNames\":[\"p-c\"]}]");
    rig_begin(&r, a, two, NULL); /* of two names, the referrer's own history fits neither: left alone */
    prefix(&r, "x-", "a");
    prefix(&r, "y-", "b");
    CHECK_OK(resolve(&r));
    CHECK_STR(field(&r, 2, "rules"), "[{\"resourceNames\":[\"c\"]}]");
    rig_begin(&r, a, two, NULL); /* and fits both */
    for (size_t i = 0; i < 2; i++) {
        kustomize_remember(&r.set, r.set.at[i]);
        kustomize_set_name(&r.set, r.set.at[i], i ? "yy" : "xx");
    }
    CHECK_ERR(resolve(&r), ERR_INVALID,
              "visit traversal on path: [resourceNames]: found multiple possible referrals: "
              "ConfigMap.v1.[noGrp]/xx.a, ConfigMap.v1.[noGrp]/yy.b");
}

TEST(the_history_of_affixes_decides)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a,
              "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}\n---\n"
              "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: b}}\n---\n" POD(
                  ", namespace: a", "c"),
              NULL);
    prefix(&r, "x-", "a");
    prefix(&r, "y-", "b");
    move_all(&r, "nn");
    prefix(&r, "all-", "");
    CHECK_OK(resolve(&r));
    CHECK_STR(field(&r, 2, "spec"), VOLUMES("\"all-x-c\""));
}

/* The look-up is by kind and name: when kinds change it must still find who had the name under another kind.
 */
TEST(a_kind_that_changed)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_rig r;
    rig_begin(&r, a, "{apiVersion: v1, kind: Old, metadata: {name: c}}\n---\n" POD("", "c"), NULL);
    struct kustomize_resource *o = r.set.at[0];
    static const char *const kinds[] = {"ConfigMap", "New"}, *const names[] = {"d", "e"};
    for (size_t i = 0; i < 2; i++) {
        kustomize_remember(&r.set, o);
        doc_set_str(a, o->object, "kind", kinds[i]);
        doc_set_str(a, doc_own_map(a, o->object, "metadata"), "name", names[i]);
        kustomize_set_reread(&r.set, o);
    }
    CHECK_OK(resolve(&r));
    CHECK_STR(field(&r, 1, "spec"), VOLUMES("\"e\""));
}

TEST_MAIN
