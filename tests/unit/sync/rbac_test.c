/* Reconciling Roles and bindings: what is missing, what is written and what is said, in kubectl's words. */
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"
#include "sync/rbac.h"

static const struct doc *object(struct arena *a, const char *yaml)
{
    struct doc *d = NULL;
    if (yaml)
        CHECK_OK(yaml_read(a, span_of(yaml), YAML_SIGS, NULL, &d));
    return d;
}

#define ROLE(rules)                                                                                          \
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: ns}, rules: "     \
    "[" rules "]}"
#define RULE(groups, resources, verbs)                                                                       \
    "{apiGroups: [" groups "], resources: [" resources "], verbs: [" verbs "]}"
#define BINDING(role, subjects)                                                                              \
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: ns}, "     \
    "roleRef: {apiGroup: "                                                                                   \
    "rbac.authorization.k8s.io, kind: Role, name: " role "}, subjects: [" subjects "]}"
#define ACCOUNT(name) "{kind: ServiceAccount, name: " name ", namespace: ns}"
#define R "role.rbac.authorization.k8s.io/r reconciled"
#define B "rolebinding.rbac.authorization.k8s.io/b reconciled"

TEST(what_is_missing_is_said_and_added)
{
    static const struct {
        const char *target, *live;
        enum sync_reconcile what;
        const char *said;
    } rows[] = {
        {ROLE(RULE("''", "configmaps", "get")), NULL, SYNC_RECONCILE_CREATE,
         R ". reconciliation required create\n\tmissing rules added:\n\t\t{Verbs:[get] APIGroups:[] "
           "Resources:[configmaps] "
           "ResourceNames:[] NonResourceURLs:[]}"},
        {ROLE(RULE("''", "pods", "get, list")), ROLE(RULE("''", "pods, secrets", "list, get")),
         SYNC_RECONCILE_NONE, R},
        {ROLE(RULE("apps", "deployments", "get")), ROLE(RULE("'*'", "'*'", "'*'")), SYNC_RECONCILE_NONE, R},
        {ROLE(RULE("''", "pods/log", "get")), ROLE(RULE("''", "'*/log'", "get")), SYNC_RECONCILE_NONE, R},
        {ROLE(RULE("''", "pods", "get, watch")), ROLE(RULE("''", "pods", "get")), SYNC_RECONCILE_UPDATE,
         R ". reconciliation required update\n\tmissing rules added:\n\t\t{Verbs:[watch] APIGroups:[] "
           "Resources:[pods] "
           "ResourceNames:[] NonResourceURLs:[]}"},
        {BINDING("r", ACCOUNT("one")), NULL, SYNC_RECONCILE_CREATE,
         B ". reconciliation required create\n\tmissing subjects added:\n\t\t{Kind:ServiceAccount APIGroup: "
           "Name:one "
           "Namespace:ns}"},
        {BINDING("r", ACCOUNT("one")), BINDING("r", ACCOUNT("two") ", " ACCOUNT("one")), SYNC_RECONCILE_NONE,
         B},
        {BINDING("r", ACCOUNT("one")), BINDING("r", ACCOUNT("two")), SYNC_RECONCILE_UPDATE,
         B ". reconciliation required update\n\tmissing subjects added:\n\t\t{Kind:ServiceAccount APIGroup: "
           "Name:one "
           "Namespace:ns}"},
        {BINDING("r", ACCOUNT("one")), BINDING("s", ACCOUNT("one")), SYNC_RECONCILE_RECREATE,
         B ". reconciliation required recreate"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct sync_rbac out;
        sync_rbac_plan(a, object(a, rows[i].target), object(a, rows[i].live), &out);
        CHECK_INT(out.what, rows[i].what);
        CHECK_STR(out.said, rows[i].said);
    }
}

TEST(a_name_is_not_covered_by_another_name)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct sync_rbac out;
    const char *target = ROLE("{apiGroups: [''], resources: [secrets], resourceNames: [a, b], verbs: [get]}");
    const char *live = ROLE("{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]}");
    sync_rbac_plan(a, object(a, target), object(a, live), &out);
    CHECK_INT(out.what, SYNC_RECONCILE_UPDATE);
    CHECK_STR(
        json_text(a, doc_at(doc_get(out.body, "rules"), 1), 0),
        "{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"secrets\"],\"resourceNames\":[\"b\"]}");
}

TEST(missing_annotations_are_added_and_others_kept)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct sync_rbac out;
    const char *kind = "apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole";
    const struct doc *target =
        object(a, arena_printf(a, "{%s, metadata: {name: c, annotations: {x: new, n1: z}}}", kind));
    const struct doc *live =
        object(a, arena_printf(a, "{%s, metadata: {name: c, annotations: {x: old, k: v}}}", kind));
    sync_rbac_plan(a, target, live, &out);
    CHECK_INT(out.what, SYNC_RECONCILE_UPDATE);
    CHECK_STR(json_text(a, doc_path(out.body, "metadata", "annotations"), 0),
              "{\"x\":\"old\",\"k\":\"v\",\"n1\":\"z\"}");
}

TEST_MAIN
