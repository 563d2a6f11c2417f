/* Health of operators' kinds, by their conditions and phases; and of all kinds by users' scripts. */
#include "doc/yaml.h"
#include "health/health.h"
#include "lib/test.h"

#define META "metadata: {name: x, generation: 2}"
#define COND(type, status, reason)                                                                           \
    "{type: " type ", status: '" status "', reason: " reason ", message: " reason "}"

static const struct {
    const char *object, *status, *message;
} rows[] = {
    /* Rollout */
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " META
     ", status: {observedGeneration: '1', phase: Healthy}}",
     "Progressing", "Waiting for rollout spec update to be observed"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " META
     ", status: {observedGeneration: '2', phase: Healthy}}",
     "Healthy", ""},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " META
     ", status: {observedGeneration: '2', phase: Paused, message: p}}",
     "Suspended", "p"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, " META
     ", status: {observedGeneration: '2', phase: Degraded, message: d}}",
     "Degraded", "d"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: x, annotations: "
     "{rollout.argoproj.io/workload-generation: '3'}}, spec: {workloadRef: {name: w}}, status: "
     "{observedGeneration: '0', "
     "workloadObservedGeneration: '2', phase: Healthy}}",
     "Progressing", "Waiting for rollout spec update to be observed for the reference workload"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, conditions: "
     "[{type: InvalidSpec, message: "
     "bad}]}}",
     "Degraded", "bad"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, conditions: "
     "[{type: Progressing, reason: "
     "RolloutAborted, message: aborted}]}}",
     "Degraded", "aborted"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, pauseConditions: "
     "[{}]}}",
     "Suspended", "Rollout is paused"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, spec: {replicas: 2}, status: {observedGeneration: "
     "6f8dc, updatedReplicas: 1}}",
     "Progressing", "Waiting for roll out to finish: More replicas need to be updated"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, updatedReplicas: "
     "1}}",
     "Progressing", "Waiting for roll out to finish: updated replicas are still becoming available"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, updatedReplicas: "
     "1, availableReplicas: 1, "
     "stableRS: a, currentPodHash: b}}",
     "Progressing", "Waiting for roll out to finish: the new version is not the stable one yet"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, status: {observedGeneration: 6f8dc, updatedReplicas: "
     "1, availableReplicas: 1}}",
     "Healthy", ""},
    /* CloudNativePG */
    {"{apiVersion: postgresql.cnpg.io/v1, kind: Database, " META "}", "Progressing",
     "Waiting for the database to be applied"},
    {"{apiVersion: postgresql.cnpg.io/v1, kind: Database, " META
     ", status: {applied: true, observedGeneration: 1}}",
     "Progressing", "Waiting for the database to be applied"},
    {"{apiVersion: postgresql.cnpg.io/v1, kind: Database, " META
     ", status: {applied: true, observedGeneration: 2}}",
     "Healthy", ""},
    {"{apiVersion: postgresql.cnpg.io/v1, kind: Database, " META
     ", status: {applied: false, observedGeneration: 2, message: nope}}",
     "Degraded", "nope"},
    /* by conditions */
    {"{apiVersion: cert-manager.io/v1, kind: Certificate, " META "}", "Progressing",
     "Waiting for its status"},
    {"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {conditions: [" COND("Ready", "False",
                                                                                       "DoesNotExist") "]}}",
     "Progressing", "DoesNotExist"},
    {"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {conditions: [" COND("Ready", "False",
                                                                                       "Expired") "]}}",
     "Degraded", "Expired"},
    {"{apiVersion: cert-manager.io/v1, kind: Certificate, status: {conditions: [" COND("Ready", "True",
                                                                                       "Ready") "]}}",
     "Healthy", "Ready"},
    {"{apiVersion: cert-manager.io/v1, kind: Challenge}", "", ""},
    {"{apiVersion: external-secrets.io/v1, kind: ExternalSecret, status: {conditions: [" COND(
         "Ready", "False", "SecretSyncedError") "]}}",
     "Degraded", "SecretSyncedError"},
    {"{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, spec: {suspend: true}}", "Suspended",
     "Reconciliation is suspended"},
    {"{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, " META
     ", status: {observedGeneration: 1, conditions: [" COND("Ready", "True", "ok") "]}}",
     "Progressing", "Waiting for the newest specification to be observed"},
    {"{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, status: {conditions: [" COND(
         "Ready", "Unknown", "Progressing") "]}}",
     "Progressing", "Progressing"},
    {"{apiVersion: serving.knative.dev/v1, kind: Service, status: {conditions: [" COND("Ready", "True",
                                                                                       "ok") "]}}",
     "Healthy", "ok"},
    {"{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, status: {conditions: [" COND("Ready", "False",
                                                                                      "broken") "]}}",
     "Degraded", "broken"},
    {"{apiVersion: s3.aws.crossplane.io/v1, kind: Bucket, status: {conditions: [" COND(
         "Synced", "True", "s") ", " COND("Ready", "False", "Creating") "]}}",
     "Progressing", "Creating"},
    {"{apiVersion: s3.aws.crossplane.io/v1, kind: Bucket, status: {conditions: [" COND(
         "Synced", "False", "ReconcileError") "]}}",
     "Degraded", "ReconcileError"},
    {"{apiVersion: aws.crossplane.io/v1, kind: ProviderConfig}", "Healthy", ""},
    {"{apiVersion: pkg.crossplane.io/v1, kind: Provider, status: {conditions: [" COND(
         "Installed", "True", "i") ", " COND("Healthy", "True", "h") "]}}",
     "Healthy", "h"},
    {"{apiVersion: example.com/v1, kind: Certificate}", "", ""},
};

static const struct doc *read(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

TEST(operators_kinds_are_judged)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct health h = health_of(a, read(a, rows[i].object));
        CHECKF(streq(health_name(h.status), rows[i].status) && streq(h.message, rows[i].message),
               "%s: %s '%s'", rows[i].object, health_name(h.status), h.message);
    }
}

struct script {
    bool known;
    struct health_said said;
    int asked;
};

static bool ask(void *arg, const struct api_health_script *script, const struct doc *live, struct arena *a,
                struct health_said *out)
{
    struct script *s = arg;
    (void)live, (void)a;
    CHECK_STR(script->text, "lua");
    s->asked++;
    *out = s->said;
    return s->known;
}

TEST(users_scripts_come_before_rules_and_behind_deletion)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct api_customize customize;
    struct script s = {true, {health_from_script("Degraded", "by script"), ""}, 0};
    api_customize_parse(a, read(a, "data: {resource.customizations.health.apps_Deployment: lua}"),
                        &customize);
    const struct health_scripts scripts = {&customize, ask, &s};
    const struct doc *deployment = read(a, "{apiVersion: apps/v1, kind: Deployment, spec: {paused: true}}");
    const struct doc *leaving =
        read(a, "{apiVersion: apps/v1, kind: Deployment, metadata: {deletionTimestamp: t, finalizers: [f]}}");
    struct health h = {HEALTH_MISSING, "before"};
    CHECK(health_judge(a, &scripts, deployment, &h));
    CHECK_STR(h.message, "by script");
    CHECK(health_judge(a, &scripts, leaving, &h));
    CHECK_STR(h.message, "Pending deletion. Finalizers: f");
    s.said.deletion_message = "draining";
    CHECK(health_judge(a, &scripts, leaving, &h));
    CHECK_STR(health_name(h.status), "Progressing");
    CHECK_STR(h.message, "draining");
    s.known = false;
    CHECK(!health_judge(a, &scripts, deployment, &h));
    CHECK_STR(h.message, "draining"); /* untouched */
    CHECK_INT(s.asked, 4);
    CHECK(health_judge(a, &scripts, read(a, "{apiVersion: v1, kind: Pod}"), &h));
    CHECK(health_judge(a, NULL, deployment, &h));
    CHECK_STR(h.message, "Deployment is paused");
    CHECK_INT(s.asked, 4);
}

TEST(what_a_script_may_say)
{
    static const struct {
        const char *said;
        enum health_status status;
    } words[] = {{"Healthy", HEALTH_HEALTHY}, {"Missing", HEALTH_MISSING}, {"Unknown", HEALTH_UNKNOWN},
                 {"", HEALTH_NONE},           {"healthy", HEALTH_UNKNOWN}, {"none", HEALTH_UNKNOWN}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        CHECK_INT(health_from_script(words[i].said, "m").status, words[i].status);
}

TEST_MAIN
