/* Tracking: marks, reading them back, and copies that must not count (engine.md §4). */
#include "doc/yaml.h"
#include "lib/test.h"
#include "track/track.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

TEST(marks_are_written_by_method)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *service = yaml(a, "{apiVersion: v1, kind: Service, metadata: {name: svc, namespace: ns}}");
    struct track t = track_default;
    const struct doc *marked = track_mark(a, &t, service, "app", "dest");
    CHECK_STR(api_annotation(marked, API_ANNOTATION_TRACKING), "app:/Service:ns/svc");
    CHECK_STR(api_label(marked, API_LABEL_INSTANCE), NULL);
    t.method = TRACK_LABEL;
    marked = track_mark(a, &t, service, "app", "dest");
    CHECK_STR(api_annotation(marked, API_ANNOTATION_TRACKING), NULL);
    CHECK_STR(api_label(marked, API_LABEL_INSTANCE), "app");
    t.method = TRACK_ANNOTATION_LABEL;
    const char *longest = "a23456789012345678901234567890123456789012345678901234567890123-tail";
    marked = track_mark(a, &t, service, longest, "dest");
    CHECK_INT(strlen(api_label(marked, API_LABEL_INSTANCE)), 63);
    t.installation_id = "here";
    marked = track_mark(a, &t, service, "app", "dest");
    CHECK_STR(api_annotation(marked, API_ANNOTATION_INSTALLATION), "here");
}

TEST(cluster_scoped_objects_carry_the_destination_and_crds_nothing)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *role =
        yaml(a, "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader}}");
    CHECK_STR(api_annotation(track_mark(a, &track_default, role, "app", "dest"), API_ANNOTATION_TRACKING),
              "app:rbac.authorization.k8s.io/ClusterRole:dest/reader");
    const struct doc *crd =
        yaml(a, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: x}}");
    CHECK(track_mark(a, &track_default, crd, "app", "dest") == crd);
}

TEST(owners_are_read_back_for_this_installation_only)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *annotations, *installation, *owner;
    } rows[] = {
        {"{argocd.argoproj.io/tracking-id: 'app:/ConfigMap:ns/a'}", "", "app"},
        {"{argocd.argoproj.io/tracking-id: 'app:/ConfigMap:ns/a', argocd.argoproj.io/installation-id: x}", "", ""},
        {"{argocd.argoproj.io/tracking-id: 'app:/ConfigMap:ns/a', argocd.argoproj.io/installation-id: x}", "x", "app"},
        {"{argocd.argoproj.io/tracking-id: 'app:/ConfigMap:ns/a'}", "x", ""},
        {"{argocd.argoproj.io/tracking-id: nonsense}", "", ""},
        {"{argocd.argoproj.io/tracking-id: 'app:a/b/c:ns/a'}", "", ""},
        {"{}", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *live = yaml(a, arena_printf(a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: "
                                                         "ns, annotations: %s}}",
                                                      rows[i].annotations));
        struct track t = track_default;
        t.installation_id = rows[i].installation;
        struct span owner = track_owner(&t, live);
        CHECKF(span_is(owner, rows[i].owner), "row %zu gave '%.*s'", i, (int)owner.len, owner.at);
    }
}

TEST(copied_marks_fail_the_self_reference_test)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *version, *kind, *ns, *id;
        bool self;
    } rows[] = {
        {"v1", "ConfigMap", ", namespace: ns", "app:/ConfigMap:ns/a", true},
        {"v1", "ConfigMap", ", namespace: ns", "app:/ConfigMap:ns/b", false},
        {"v1", "ConfigMap", ", namespace: ns", "app:/ConfigMap:other/a", false},
        {"v1", "ConfigMap", ", namespace: ns", "app:/Secret:ns/a", false},
        {"rbac.authorization.k8s.io/v1", "ClusterRole", "", "app:rbac.authorization.k8s.io/ClusterRole:any/a", true},
        {"v1", "ConfigMap", ", namespace: ns", "unreadable", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *live = yaml(a, arena_printf(a, "{apiVersion: %s, kind: %s, metadata: {name: a%s, annotations: "
                                                         "{argocd.argoproj.io/tracking-id: '%s'}}}",
                                                      rows[i].version, rows[i].kind, rows[i].ns, rows[i].id));
        CHECKF(track_self_reference(&track_default, NULL, live) == rows[i].self, "row %zu", i);
    }
    CHECK(track_self_reference(&track_default, NULL, NULL));
}

TEST_MAIN
