/* Differences: what counts as one, by the rules of engine.md §2. */
#include "diff/diff.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

#define DEPLOYMENT(spec) "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, spec: {" spec "}}"
#define POD(more) "template: {spec: {containers: [{name: c, image: 'x:1'" more "}]}}"
#define DEFAULTED                                                                                            \
    "progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10, strategy: {type: RollingUpdate, "  \
    "rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}, template: {spec: {containers: [{name: c, image: " \
    "'x:1', imagePullPolicy: IfNotPresent, resources: {}, terminationMessagePath: /dev/termination-log, "     \
    "terminationMessagePolicy: File}], dnsPolicy: ClusterFirst, restartPolicy: Always, schedulerName: "       \
    "default-scheduler, securityContext: {}, terminationGracePeriodSeconds: 30}}"

TEST(three_way_sees_what_matters)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *what, *target, *live;
        bool modified;
    } rows[] = {
        {"defaults of the server", DEPLOYMENT(POD("")), DEPLOYMENT(DEFAULTED), false},
        {"an image", DEPLOYMENT("template: {spec: {containers: [{name: c, image: 'x:2'}]}}"), DEPLOYMENT(DEFAULTED), true},
        {"replicas of somebody else", DEPLOYMENT(POD("")), DEPLOYMENT("replicas: 3, " POD("")), false},
        {"replicas of ours", DEPLOYMENT("replicas: 2, " POD("")), DEPLOYMENT("replicas: 3, " POD("")), true},
        {"spellings of a quantity", DEPLOYMENT(POD(", resources: {limits: {cpu: 1000m}}")),
         DEPLOYMENT(POD(", resources: {limits: {cpu: '1'}}")), false},
        {"an empty value", DEPLOYMENT(POD(", env: [{name: A, value: ''}]")), DEPLOYMENT(POD(", env: [{name: A}]")), false},
        {"a sidecar that was injected", DEPLOYMENT(POD("")),
         DEPLOYMENT("template: {spec: {containers: [{name: c, image: 'x:1'}, {name: proxy, image: p}]}}"), false},
        {"stringData", "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: b}}",
         "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: ns}, type: Opaque, data: {a: Yg==}}", false},
        {"status", DEPLOYMENT(POD("")),
         "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, spec: {" POD("") "}, status: {x: 1}}",
         false},
        {"fields of a custom resource that we do not set", "{apiVersion: e/v1, kind: W, metadata: {name: w}, spec: {a: 1}}",
         "{apiVersion: e/v1, kind: W, metadata: {name: w}, spec: {a: 1, b: 2}}", false},
        {"lists of a custom resource", "{apiVersion: e/v1, kind: W, metadata: {name: w}, spec: {a: [1]}}",
         "{apiVersion: e/v1, kind: W, metadata: {name: w}, spec: {a: [1, 2]}}", true},
    };
    struct diff_rules rules = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct diff_result r;
        CHECK_OK(diff_three_way(a, &rules, yaml(a, rows[i].target), yaml(a, rows[i].live), &r));
        CHECKF(r.modified == rows[i].modified, "%s:\n%s\n%s", rows[i].what, json_text(a, r.predicted, JSON_SORTED),
               json_text(a, r.live, JSON_SORTED));
    }
}

TEST(what_was_applied_and_left_git_is_a_difference)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *applied = yaml(a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns}, data: {a: x, b: z}}");
    const struct doc *live = api_with_annotation(a, applied, API_ANNOTATION_LAST_APPLIED, json_text(a, applied, 0));
    struct diff_rules rules = {0};
    struct diff_result r;
    const struct doc *target = yaml(a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: x}}");
    CHECK_OK(diff_three_way(a, &rules, target, live, &r));
    CHECK(r.modified);
    CHECK(!doc_path(r.predicted, "data", "b"));
}

TEST(one_side_alone)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *d = yaml(a, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}");
    struct diff_rules rules = {0};
    struct diff_result r;
    CHECK_OK(diff_three_way(a, &rules, d, NULL, &r));
    CHECK(r.modified && !r.live);
    CHECK_OK(diff_three_way(a, &rules, NULL, d, &r));
    CHECK(!r.modified && !r.predicted);
}

TEST(ignored_fields_are_no_difference_and_can_be_respected)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct diff_rules rules = {.ignore = yaml(a, "[{group: apps, kind: Deployment, jsonPointers: [/spec/replicas, /spec/none]}]")};
    const struct doc *target = yaml(a, DEPLOYMENT("replicas: 1, " POD(""))), *live = yaml(a, DEPLOYMENT("replicas: 5, " POD("")));
    struct diff_result r;
    CHECK_OK(diff_three_way(a, &rules, target, live, &r));
    CHECK(!r.modified);
    CHECK_INT(doc_int(doc_path(diff_respect_ignored(a, &rules, target, live), "spec", "replicas"), 0), 5);
    CHECK(!diff_rule_matches(yaml(a, "{group: '', kind: Deployment}"), target));
    CHECK(diff_rule_matches(yaml(a, "{group: '*', kind: Dep*}"), target));
    CHECK(!diff_rule_matches(yaml(a, "{group: apps, kind: Deployment, name: other}"), target));
}

TEST(secrets_are_masked_alike_where_they_are_alike)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *target = yaml(a, "{apiVersion: v1, kind: Secret, data: {same: YQ==, other: YQ==, gone: YQ==}}");
    const struct doc *live = yaml(a, "{apiVersion: v1, kind: Secret, data: {same: YQ==, other: Yg==}}");
    diff_mask_secrets(a, &target, &live);
    CHECK_STR(json_text(a, doc_get(target, "data"), JSON_SORTED),
              "{\"gone\":\"++++++++\",\"other\":\"++++++++\",\"same\":\"++++++++\"}");
    CHECK_STR(json_text(a, doc_get(live, "data"), JSON_SORTED), "{\"other\":\"++++++++++++\",\"same\":\"++++++++\"}");
    const struct doc *cm = yaml(a, "{apiVersion: v1, kind: ConfigMap, data: {a: b}}"), *same = cm;
    diff_mask_secrets(a, &cm, &live);
    CHECK(cm == same);
}

TEST_MAIN
