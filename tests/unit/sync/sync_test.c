/* The sync machine, driven by a table instead of a cluster: which commands it gives, in which order, and how
 * it ends. */
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"
#include "sync/apply.h"
#include "sync/sync.h"

struct rig {
    struct arena *a;
    struct sync_input in;
    struct sync_pair pairs[32];
    struct sync *sync;
    struct str log; /* commands in order: "apply ConfigMap/a;" */
    int64_t now_ms;
    const char *fail_name; /* applying this one fails */
    struct sync_decision last;
};

static void rig_free(struct rig *r)
{
    str_release(&r->log);
    arena_free(r->a);
}

static const struct doc *object(struct rig *r, const char *yaml)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(r->a, span_of(yaml), YAML_SIGS, NULL, &d));
    return d;
}

static void pair(struct rig *r, const char *target, const char *live)
{
    const struct doc *t = target ? object(r, target) : NULL, *l = live ? object(r, live) : NULL;
    r->pairs[r->in.n_pairs++] = (struct sync_pair){
        .key = api_key_of(r->a, t ? t : l), .target = t, .live = l, .modified = t && !l, .namespaced = true};
}

static struct rig rig_new(void)
{
    struct rig r = {.a = arena_new("test")};
    r.in = (struct sync_input){
        .dest_ns = "ns", .revision = "0123456789abcdef", .started_ms = 1000, .wave_delay_ms = 2000};
    return r;
}

static void start(struct rig *r)
{
    r->in.pairs = r->pairs;
    r->sync = sync_new(r->a, &r->in);
}

static const char *const verbs[] = {"apply", "delete", "delete-hook", "release"};

/* Runs steps as a controller would, objects becoming what was applied, until the machine waits or ends. */
static struct sync_decision run(struct rig *r)
{
    for (int steps = 0; steps < 200; steps++) {
        struct sync_decision d = sync_step(r->sync, r->now_ms);
        r->last = d;
        if (!d.n_cmds)
            return d;
        for (size_t i = 0; i < d.n_cmds; i++) {
            struct sync_cmd c = d.cmds[i];
            struct api_key key = sync_task_key(r->sync, c.task);
            str_printf(&r->log, "%s %s/%s;", verbs[c.kind], key.kind, key.name);
            struct err *e = c.kind == SYNC_CMD_APPLY && r->fail_name && streq(r->fail_name, key.name)
                                ? err_new(ERR_INVALID, "%s is invalid", key.name)
                                : NULL;
            sync_report(r->sync, &c, e, "done",
                        c.kind == SYNC_CMD_APPLY && !e ? sync_task_target(r->sync, c.task) : NULL);
            if (c.kind == SYNC_CMD_DELETE || c.kind == SYNC_CMD_DELETE_HOOK)
                sync_live(r->sync, &key, NULL);
            err_free(e);
        }
    }
    FAIL("the machine does not come to rest: %s", str_text(&r->log));
}

#define CM(name, more) "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name ", namespace: ns" more "}}"
#define WAVE(n) ", annotations: {argocd.argoproj.io/sync-wave: '" n "'}"
#define HOOK(types) ", annotations: {argocd.argoproj.io/hook: '" types "'}"
#define JOB(name, more) "{apiVersion: batch/v1, kind: Job, metadata: {name: " name ", namespace: ns" more "}}"

TEST(kinds_are_applied_in_order_and_batches_by_kind)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: ns}}", NULL);
    pair(&r, "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: ns}}", NULL);
    pair(&r, CM("b", ""), NULL);
    pair(&r, CM("a", ""), NULL);
    pair(&r, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: x, namespace: ns}}", NULL);
    pair(&r, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: ns}}", NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_SUCCEEDED);
    CHECK_STR(d.message, "successfully synced (all tasks run)");
    CHECK_STR(str_text(&r.log),
              "apply ServiceAccount/x;apply ConfigMap/a;apply ConfigMap/b;apply Service/web;"
              "apply Deployment/web;apply Widget/w;");
}

TEST(namespaces_and_crds_come_before_what_needs_them)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: ns" WAVE("-1") "}}",
         NULL);
    pair(&r,
         "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
         "widgets.example.com},"
         " spec: {group: example.com, names: {kind: Widget}}}",
         NULL);
    pair(&r, "{apiVersion: v1, kind: Namespace, metadata: {name: ns}}", NULL);
    start(&r);
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(str_text(&r.log),
              "apply Namespace/ns;apply CustomResourceDefinition/widgets.example.com;apply Widget/w;");
}

TEST(waves_wait_for_health_and_the_delay)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r,
         "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: ns, generation: 2}, spec: "
         "{replicas: "
         "1}, status: {observedGeneration: 1}}",
         NULL);
    pair(&r, CM("later", WAVE("1")), NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_RUNNING);
    CHECK_STR(d.message, "waiting for healthy state of apps/Deployment/web");
    struct api_key key = {"apps", "Deployment", "ns", "web"};
    CHECK(sync_live(
        r.sync, &key,
        object(&r,
               "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: ns, generation: 2}, "
               "spec: {replicas: 1}, status: {observedGeneration: 2, replicas: 1, updatedReplicas: 1, "
               "availableReplicas: 1}}")));
    d = run(&r);
    CHECK_INT(d.phase, SYNC_RUNNING);
    CHECK_INT(d.again_ms, 2000);
    r.now_ms = 2000;
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(str_text(&r.log), "apply Deployment/web;apply ConfigMap/later;");
}

TEST(prune_happens_only_when_asked_and_allowed)
{
    static const struct {
        bool prune;
        const char *live, *log, *message;
    } rows[] = {
        {false, CM("x", ""), "", "ignored (requires pruning)"},
        {true, CM("x", ""), "delete ConfigMap/x;", "pruned"},
        {true, CM("x", ", annotations: {argocd.argoproj.io/sync-options: Prune=false}"), "",
         "ignored (no prune)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(rig_free) struct rig r = rig_new();
        r.in.prune = rows[i].prune;
        pair(&r, NULL, rows[i].live);
        start(&r);
        CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
        CHECK_STR(str_text(&r.log), rows[i].log);
        const struct doc *results = sync_results(r.a, r.sync);
        CHECK_STR(doc_str(doc_get(doc_at(results, 0), "message"), ""), rows[i].message);
    }
}

TEST(prunes_go_in_reversed_waves)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.in.prune = true;
    pair(&r, NULL, CM("first", WAVE("1")));
    pair(&r, NULL, CM("second", WAVE("2")));
    start(&r);
    run(&r);
    CHECK_STR(str_text(&r.log), "delete ConfigMap/second;");
    r.now_ms += 2000;
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(str_text(&r.log), "delete ConfigMap/second;delete ConfigMap/first;");
}

TEST(confirmation_is_waited_for)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.in.prune = true;
    pair(&r, NULL, CM("c", ", annotations: {argocd.argoproj.io/sync-options: Prune=confirm}"));
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_RUNNING);
    CHECK_STR(d.message, "waiting for pruning confirmation of /ConfigMap/c");
    r.in.approved = "1970-01-01T00:00:05Z";
    start(&r);
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
}

TEST(a_failing_apply_says_why_and_lets_the_rest_of_the_wave_run)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.fail_name = "bad";
    pair(&r, CM("a", ""), NULL);
    pair(&r, "{apiVersion: v1, kind: Service, metadata: {name: bad, namespace: ns}}", NULL);
    pair(&r, CM("never", WAVE("1")), NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_STATE_FAILED);
    CHECK_STR(d.message,
              "one or more synchronization tasks completed unsuccessfully, reason: bad is invalid");
    CHECK_STR(str_text(&r.log), "apply ConfigMap/a;apply Service/bad;");
}

TEST(when_all_fails_the_apply_is_named)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.fail_name = "w";
    pair(&r, CM("w", ""), NULL);
    start(&r);
    CHECK_STR(run(&r).message, "one or more objects failed to apply, reason: w is invalid");
}

TEST(invalid_tasks_stop_everything)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, CM("a", ""), NULL);
    pair(&r, CM("b", ""), NULL);
    r.pairs[0].problem = "resource :ConfigMap is not permitted in project p";
    r.pairs[1].problem = "resource :ConfigMap is not permitted in project p";
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_STR(
        d.message,
        "one or more synchronization tasks are not valid: resource :ConfigMap is not permitted in project p");
    CHECK_STR(str_text(&r.log), "");
}

TEST(hooks_run_in_their_phases_and_are_released)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, CM("a", ""), NULL);
    pair(&r, JOB("pre", HOOK("PreSync")), NULL);
    pair(&r, JOB("post", HOOK("PostSync")), NULL);
    pair(&r, JOB("skipped", HOOK("Skip")), NULL);
    pair(&r, JOB("fail", HOOK("SyncFail")), NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_STR(d.message, "waiting for completion of hook batch/Job/pre");
    struct api_key pre = {"batch", "Job", "ns", "pre"}, post = {"batch", "Job", "ns", "post"};
    const char *done =
        "{apiVersion: batch/v1, kind: Job, metadata: {name: x, namespace: ns, finalizers: "
        "[argocd.argoproj.io/hook-finalizer]}, status: {conditions: [{type: Complete, status: 'True'}]}}";
    sync_live(r.sync, &pre, object(&r, done));
    run(&r);
    r.now_ms += 2000;
    run(&r);
    r.now_ms += 2000;
    d = run(&r);
    CHECK_STR(d.message, "waiting for completion of hook batch/Job/post");
    sync_live(r.sync, &post, object(&r, done));
    r.now_ms += 2000;
    d = run(&r);
    CHECK_STR(d.message, "successfully synced (no more tasks)");
    CHECK_STR(str_text(&r.log),
              "apply Job/pre;release Job/pre;apply ConfigMap/a;apply Job/post;release Job/post;");
}

TEST(sync_fail_hooks_run_when_the_sync_fails)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.fail_name = "bad";
    pair(&r, CM("bad", ""), NULL);
    pair(&r, CM("onfail", HOOK("SyncFail")), NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_STATE_FAILED);
    CHECK_STR(str_text(&r.log), "apply ConfigMap/bad;apply ConfigMap/onfail;release ConfigMap/onfail;");
}

TEST(a_result_names_the_namespace_of_the_destination)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: c}}", NULL);
    start(&r);
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(doc_str(doc_get(doc_at(sync_results(r.a, r.sync), 0), "namespace"), ""), "ns");
}

TEST(an_operation_goes_on_from_its_results)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, CM("a", ""), CM("a", ""));
    pair(&r, CM("b", WAVE("1")), NULL);
    r.in.results =
        object(&r, "[{group: '', kind: ConfigMap, name: a, namespace: ns, syncPhase: Sync, status: Synced, "
                   "hookPhase: Succeeded, message: configmap/a created}]");
    start(&r);
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(str_text(&r.log), "apply ConfigMap/b;");
}

TEST(termination_removes_running_hooks)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    pair(&r, JOB("pre", HOOK("PreSync")), NULL);
    start(&r);
    run(&r);
    sync_terminate(r.sync);
    struct sync_decision d = run(&r);
    CHECK_INT(d.phase, SYNC_STATE_FAILED);
    CHECK_STR(d.message, "Operation terminated");
    CHECK_STR(str_text(&r.log), "apply Job/pre;release Job/pre;delete-hook Job/pre;");
}

TEST(create_namespace_is_the_first_task)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.in.options = object(&r, "[CreateNamespace=true]");
    pair(&r, CM("a", ""), NULL);
    start(&r);
    run(&r);
    r.now_ms += 2000;
    CHECK_INT(run(&r).phase, SYNC_SUCCEEDED);
    CHECK_STR(str_text(&r.log), "apply Namespace/ns;apply ConfigMap/a;");
}

TEST(a_dry_run_commands_nothing)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    r.in.dry_run = true;
    pair(&r, CM("a", ""), NULL);
    pair(&r, CM("b", WAVE("1")), NULL);
    start(&r);
    struct sync_decision d = run(&r);
    CHECK_STR(d.message, "successfully synced (no more tasks)");
    CHECK_STR(str_text(&r.log), "");
}

static const char *plan(struct rig *r, const char *options, const char *target, const char *live)
{
    static const char *const names[] = {"none", "create", "strategic", "merge", "apply", "replace"};
    struct sync_apply p;
    struct sync_ask ask = {.options = options ? object(r, options) : NULL,
                           .target = object(r, target),
                           .live = live ? object(r, live) : NULL,
                           .plural = "configmaps"};
    CHECK_OK(sync_apply_plan(r->a, &ask, &p));
    return arena_printf(r->a, "%s: %s", names[p.verb], p.said);
}

TEST(apply_plans_the_request_of_kubectl)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    const char *target = CM("a", ", annotations: {x: z}");
    const struct doc *applied = sync_with_last_applied(r.a, object(&r, target));
    CHECK_STR(api_annotation(applied, API_ANNOTATION_LAST_APPLIED),
              "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{\"x\":\"z\"},"
              "\"name\":\"a\","
              "\"namespace\":\"ns\"}}\n");
    CHECK_STR(plan(&r, NULL, target, NULL), "create: configmap/a created");
    CHECK_STR(plan(&r, NULL, target, json_text(r.a, applied, 0)), "none: configmap/a unchanged");
    CHECK_STR(plan(&r, NULL, target, CM("a", ", annotations: {" API_ANNOTATION_LAST_APPLIED ": \"{}\"}")),
              "strategic: configmap/a configured");
    CHECK_STR(plan(&r, NULL, target, CM("a", "")),
              "strategic: configmap/a configured. Warning: resource configmaps/a is missing the "
              "kubectl.kubernetes.io/last-applied-configuration annotation which is required by  apply.  "
              "apply should only be "
              "used on resources created declaratively by either  create --save-config or  apply. The "
              "missing annotation will "
              "be patched automatically.");
    CHECK_STR(
        plan(&r, NULL, "{apiVersion: e.com/v1, kind: W, metadata: {name: w}, spec: {a: 1}}",
             "{apiVersion: e.com/v1, kind: W, metadata: {name: w, annotations: {" API_ANNOTATION_LAST_APPLIED
             ": \"{}\"}}, spec: {a: 2}}"),
        "merge: w.e.com/w configured");
    CHECK_STR(plan(&r, "[ServerSideApply=true]", target, NULL), "apply: configmap/a serverside-applied");
    CHECK_STR(plan(&r, "[Replace=true]", target, CM("a", "")), "replace: configmap/a replaced");
    CHECK_STR(plan(&r, "[Replace=true]", target, NULL), "create: configmap/a created");
}

/* A map of strategy "replace" is sent always, as kubectl does. */
TEST(a_selector_of_a_budget_is_sent_though_it_is_equal)
{
    CLEANUP(rig_free) struct rig r = rig_new();
    const char *budget =
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: ns}, spec: "
        "{minAvailable: 1, selector: {matchLabels: {a: b}}}}";
    const struct doc *applied = sync_with_last_applied(r.a, object(&r, budget));
    struct sync_ask ask = {.target = object(&r, budget), .live = applied, .plural = "poddisruptionbudgets"};
    struct sync_apply p;
    CHECK_OK(sync_apply_plan(r.a, &ask, &p));
    CHECK_STR(json_text(r.a, p.body, 0), "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}");
}

TEST_MAIN
