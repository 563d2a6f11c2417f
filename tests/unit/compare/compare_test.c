/* The application's table: what rows come to as targets and live objects come and go, one event at a time. */
#include "compare/compare.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static enum compare_scope scope(void *arg, const struct api_key *key)
{
    (void)arg;
    if (streq(key->kind, "ClusterRole") || streq(key->kind, "Namespace"))
        return COMPARE_CLUSTER;
    return streq(key->kind, "Unknown") ? COMPARE_SCOPE_UNKNOWN : COMPARE_NAMESPACED;
}

struct rig {
    struct arena *a;
    struct compare *table;
    struct doc *problems;
};

static struct rig rig_new(void)
{
    struct rig r = {arena_new("test"), compare_new(&(struct compare_ops){scope, NULL}), NULL};
    r.problems = doc_new_list(r.a);
    compare_configure(r.table, &(struct compare_config){.track = track_default,
                                                        .instance = "app",
                                                        .dest_ns = "ns",
                                                        .cluster = {"https://kubernetes.default.svc", "in-cluster"}});
    return r;
}

static void rig_free(struct rig *r)
{
    compare_free(r->table);
    arena_free(r->a);
}

static const struct doc *yaml(struct rig *r, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(r->a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

static void targets(struct rig *r, const char *text)
{
    compare_set_targets(r->table, yaml(r, text), r->a, r->problems);
}

/* The live object as the cluster would have it after an apply of the target. */
static void live(struct rig *r, const char *text)
{
    const struct doc *d = yaml(r, text);
    struct api_key key = api_key_of(r->a, d);
    struct frozen *f = doc_freeze(d);
    compare_set_live(r->table, &key, f);
    frozen_unref(f);
}

static void gone(struct rig *r, const char *kind, const char *name)
{
    struct api_key key = {"", kind, "ns", name};
    compare_set_live(r->table, &key, NULL);
}

#define MARK(kind, name) "annotations: {argocd.argoproj.io/tracking-id: 'app:/" kind ":ns/" name "'}"
#define CM(name, value) "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name "}, data: {v: " value "}}"
#define LIVE(name, value)                                                                                    \
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name ", namespace: ns, resourceVersion: '1', " MARK( \
        "ConfigMap", name) "}, data: {v: " value "}}"

#define CHECK_TABLE(r, sync, health_)                                                                        \
    do {                                                                                                     \
        CHECK_STR(compare_status_name(compare_sync_status((r)->table)), sync);                               \
        CHECK_STR(health_name(compare_health((r)->table)), health_);                                         \
    } while (0)

TEST(an_application_comes_up_and_drifts)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    CHECK_TABLE(&r, "Unknown", "Healthy");
    targets(&r, "[" CM("a", "x") ", " CM("b", "x") "]");
    CHECK_TABLE(&r, "OutOfSync", "Missing");
    live(&r, LIVE("a", "x"));
    CHECK_TABLE(&r, "OutOfSync", "Healthy");
    live(&r, LIVE("b", "x"));
    CHECK_TABLE(&r, "Synced", "Healthy");
    live(&r, LIVE("b", "y"));
    CHECK_TABLE(&r, "OutOfSync", "Healthy");
    gone(&r, "ConfigMap", "a");
    gone(&r, "ConfigMap", "b");
    CHECK_TABLE(&r, "OutOfSync", "Missing");
    live(&r, LIVE("a", "x"));
    live(&r, LIVE("b", "x"));
    CHECK_TABLE(&r, "Synced", "Healthy");
}

TEST(what_git_lost_is_to_be_pruned)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[" CM("a", "x") "]");
    live(&r, LIVE("a", "x"));
    live(&r, LIVE("old", "x"));
    CHECK_TABLE(&r, "OutOfSync", "Healthy");
    CHECK_STR(json_text(r.a, compare_resources(r.a, r.table), JSON_SORTED),
              "[{\"kind\":\"ConfigMap\",\"name\":\"a\",\"namespace\":\"ns\",\"status\":\"Synced\",\"version\":\"v1\"},"
              "{\"kind\":\"ConfigMap\",\"name\":\"old\",\"namespace\":\"ns\",\"requiresPruning\":true,\"status\":"
              "\"OutOfSync\",\"version\":\"v1\"}]");
    gone(&r, "ConfigMap", "old");
    CHECK_INT(compare_len(r.table), 1);
    CHECK_TABLE(&r, "Synced", "Healthy");
}

TEST(copied_marks_show_nothing_and_are_never_touched)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[]");
    live(&r, "{apiVersion: v1, kind: ConfigMap, metadata: {name: copy, namespace: ns, " MARK("ConfigMap", "other") "}}");
    CHECK_TABLE(&r, "Synced", "Healthy");
    size_t n = 9;
    CHECK(compare_pairs(r.a, r.table, &n) != NULL);
    CHECK_INT(n, 0);
}

TEST(duplicates_keep_the_last_and_say_so)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[" CM("a", "x") ", " CM("a", "y") "]");
    CHECK_INT(compare_len(r.table), 1);
    CHECK_STR(doc_str(doc_get(doc_at(r.problems, 0), "message"), ""),
              "Resource /ConfigMap/ns/a appeared 2 times among application resources.");
    live(&r, LIVE("a", "y"));
    CHECK_TABLE(&r, "Synced", "Healthy");
}

TEST(cluster_scoped_targets_lose_their_namespace)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: c, namespace: x}}]");
    struct api_key key = {"rbac.authorization.k8s.io", "ClusterRole", "", "c"};
    const struct compare_row *row = compare_find(r.table, &key);
    CHECK(row);
    CHECK_STR(api_annotation(frozen_root(row->target), API_ANNOTATION_TRACKING),
              "app:rbac.authorization.k8s.io/ClusterRole:ns/c");
}

TEST(lost_targets_make_all_unknown_and_prune_nothing)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[" CM("a", "x") "]");
    live(&r, LIVE("a", "x"));
    compare_lose_targets(r.table);
    CHECK_TABLE(&r, "Unknown", "Healthy");
    targets(&r, "[" CM("a", "x") "]");
    CHECK_TABLE(&r, "Synced", "Healthy");
}

TEST(a_server_side_row_waits_for_its_answer)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    compare_configure(r.table, &(struct compare_config){.track = track_default,
                                                        .instance = "app",
                                                        .dest_ns = "ns",
                                                        .cluster = {"https://kubernetes.default.svc", "in-cluster"},
                                                        .server_side_diff = true});
    targets(&r, "[" CM("a", "y") "]");
    live(&r, LIVE("a", "x"));
    CHECK(compare_waits_for_server(r.table));
    struct api_key key = {"", "ConfigMap", "ns", "a"};
    CHECK(!compare_server_answer(r.table, &key, "0", yaml(&r, LIVE("a", "y")), NULL));
    CHECK(compare_server_answer(r.table, &key, "1", yaml(&r, LIVE("a", "y")), NULL));
    CHECK(!compare_waits_for_server(r.table));
    CHECK_TABLE(&r, "OutOfSync", "Healthy");
}

TEST(health_is_the_worst_and_names_its_causes)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    targets(&r, "[" CM("a", "x") ", {apiVersion: v1, kind: Pod, metadata: {name: p}}]");
    live(&r, LIVE("a", "x"));
    live(&r, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, " MARK("Pod", "p") "}, status: {phase: Failed}}");
    CHECK_STR(health_name(compare_health(r.table)), "Degraded");
    CHECK_STR(compare_health_causes(r.a, r.table), "Pod:ns/p");
}

TEST_MAIN
