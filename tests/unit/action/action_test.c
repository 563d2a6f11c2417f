/* What each built-in action writes, and when it can be done. */
#include "action/action.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

#define DEPLOYMENT "{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {replicas: 1}}"
#define PAUSED "{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {paused: true}}"
#define ROLLOUT                                                                                              \
    "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: r}, spec: {strategy: {canary: "      \
    "{steps: [{}, {}]}}}, "                                                                                  \
    "status: {stableRS: a, currentPodHash: b, currentStepIndex: 1, pauseConditions: [{}]}}"

TEST(an_action_writes_what_it_says)
{
    static const struct {
        const char *live, *action, *params, *changes;
    } rows[] = {
        {DEPLOYMENT, "restart", "[]",
         "0{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/"
         "restartedAt\":\"2025-11-25T00:00:00Z\"}}}}}"},
        {DEPLOYMENT, "scale", "[{name: replicas, value: '3'}]", "0{\"spec\":{\"replicas\":3}}"},
        {DEPLOYMENT, "pause", "[]", "0{\"spec\":{\"paused\":true}}"},
        {PAUSED, "resume", "[]", "0{\"spec\":{\"paused\":false}}"},
        {"{apiVersion: apps/v1, kind: DaemonSet}", "restart", "[]",
         "0{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/"
         "restartedAt\":\"2025-11-25T00:00:00Z\"}}}}}"},
        {"{apiVersion: batch/v1, kind: CronJob}", "suspend", "[]", "0{\"spec\":{\"suspend\":true}}"},
        {"{apiVersion: batch/v1, kind: Job}", "terminate", "[]", "0{\"spec\":{\"activeDeadlineSeconds\":1}}"},
        {"{apiVersion: batch/v1, kind: CronJob, metadata: {name: c, namespace: ns, uid: u}, spec: "
         "{jobTemplate: {metadata: {labels: {l: "
         "v}}, spec: {backoffLimit: 2}}}}",
         "create-job", "[]",
         "2{\"apiVersion\":\"batch/"
         "v1\",\"kind\":\"Job\",\"metadata\":{\"annotations\":{\"cronjob.kubernetes.io/"
         "instantiate\":\"manual\"},"
         "\"labels\":{\"l\":\"v\"},\"name\":\"c-1764028800\",\"namespace\":\"ns\",\"ownerReferences\":[{"
         "\"apiVersion\":\"batch/v1\","
         "\"blockOwnerDeletion\":true,\"controller\":true,\"kind\":\"CronJob\",\"name\":\"c\",\"uid\":\"u\"}]"
         "},\"spec\":{\"backoffLimit\":2}}"},
        {ROLLOUT, "restart", "[]", "0{\"spec\":{\"restartAt\":\"2025-11-25T00:00:00Z\"}}"},
        {ROLLOUT, "resume", "[]", "0{\"spec\":{\"paused\":false}}1{\"status\":{\"pauseConditions\":null}}"},
        {ROLLOUT, "abort", "[]", "1{\"status\":{\"abort\":true}}"},
        {ROLLOUT, "retry", "[]", "1{\"status\":{\"abort\":false}}"},
        {ROLLOUT, "promote-full", "[]", "1{\"status\":{\"promoteFull\":true}}"},
        {ROLLOUT, "skip-current-step", "[]",
         "1{\"status\":{\"currentStepIndex\":2,\"pauseConditions\":null}}"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct action_change out[ACTION_CHANGES];
        size_t n = 0;
        const struct action_input in = {yaml(a, rows[i].live), rows[i].action, yaml(a, rows[i].params),
                                        1764028800000};
        CHECK_OK(action_run(a, &in, out, &n));
        const char *text = "";
        for (size_t k = 0; k < n; k++)
            text = arena_printf(a, "%s%d%s", text, (int)out[k].kind, json_text(a, out[k].body, JSON_SORTED));
        CHECKF(streq(text, rows[i].changes), "%s: %s", rows[i].action, text);
    }
}

TEST(what_cannot_be_done_is_refused_in_upstreams_words)
{
    static const struct {
        const char *live, *action, *params, *message;
    } rows[] = {
        {DEPLOYMENT, "fly", "[]", "error getting Lua resource action: built-in script does not exist"},
        {"{apiVersion: v1, kind: Service}", "restart", "[]",
         "error getting Lua resource action: built-in script does not exist"},
        {DEPLOYMENT, "scale", "[{name: replicas, value: x}]",
         "error executing Lua resource action: invalid number: x"},
        {DEPLOYMENT, "scale", "[{name: replicas, value: '-1'}]",
         "error executing Lua resource action: invalid number: -1"},
        {DEPLOYMENT, "scale", "[]", "error executing Lua resource action: invalid number: "},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct action_change out[ACTION_CHANGES];
        size_t n = 0;
        const struct action_input in = {yaml(a, rows[i].live), rows[i].action, yaml(a, rows[i].params), 0};
        struct err *e = action_run(a, &in, out, &n);
        CHECKF(e && streq(e->msg, rows[i].message), "%s: %s", rows[i].action, e ? e->msg : "worked");
        err_free(e);
    }
}

TEST(actions_that_make_no_sense_now_are_disabled)
{
    static const struct {
        const char *live, *enabled;
    } rows[] = {
        {DEPLOYMENT, "pause restart scale "},
        {PAUSED, "restart resume scale "},
        {"{apiVersion: apps/v1, kind: StatefulSet}", "restart scale "},
        {"{apiVersion: batch/v1, kind: CronJob, spec: {suspend: true}}", "create-job resume "},
        {"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}", ""},
        {"{apiVersion: batch/v1, kind: Job}", "suspend terminate "},
        {ROLLOUT, "abort pause promote-full restart resume skip-current-step "},
        {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {abort: true}}", "pause restart retry "},
        {"{apiVersion: v1, kind: Service}", ""},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *names = "";
        doc_each (it, action_list(a, yaml(a, rows[i].live)))
            if (!doc_get(it.val, "disabled"))
                names = arena_printf(a, "%s%s ", names, doc_str(doc_get(it.val, "name"), ""));
        CHECKF(streq(names, rows[i].enabled), "%s: %s", rows[i].live, names);
    }
    CHECK_STR(json_text(a, doc_at(action_list(a, yaml(a, DEPLOYMENT)), 3), 0),
              "{\"name\":\"scale\",\"params\":[{\"name\":\"replicas\"}],\"iconClass\":\"fa fa-fw "
              "fa-plus-circle\"}");
    CHECK_STR(action_resource("apps", "Deployment"), "deployments");
    CHECK(!action_resource("", "Service"));
}

TEST_MAIN
