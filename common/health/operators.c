/* health/operators - kinds of operators that many clusters have: Argo Rollouts, CloudNativePG, and the many
 * whose status is a condition "Ready" or one like it.
 *
 * Those follow one rule, by a row each: suspended, not yet observed, then the conditions in the row's order;
 * the first that is False is trouble, or still work where its reason says so; Unknown or absent is work under
 * way. */
#include "health/rules.h"

static const struct doc *status(const struct doc *live, const char *field)
{
    return doc_path(live, "status", field);
}

/* --- Argo Rollouts --- */

/* A Rollout may take its Pods from a workload of its own generation. Both observed numbers are texts. */
static bool is_observed(const struct doc *live)
{
    const struct doc *observed = status(live, "observedGeneration");
    int64_t seen = doc_int(observed, -1);
    if (doc_is(observed, DOC_STR) && !span_int(doc_span(observed), &seen))
        return true; /* a hash, of versions before 1.0 */
    return seen >= health_generation(live);
}

static bool workload_is_observed(const struct doc *live)
{
    int64_t wanted = 0, seen = 0;
    const char *of_workload = api_annotation(live, "rollout.argoproj.io/workload-generation");
    if (!doc_path(live, "spec", "workloadRef") || !of_workload || !span_int(span_of(of_workload), &wanted))
        return true;
    return span_int(doc_span(status(live, "workloadObservedGeneration")), &seen) && seen == wanted;
}

static struct health rollout_phase(const char *phase, const char *message)
{
    static const struct {
        const char *phase;
        enum health_status status;
    } rows[] = {{"Healthy", HEALTH_HEALTHY},
                {"Progressing", HEALTH_PROGRESSING},
                {"Paused", HEALTH_SUSPENDED},
                {"Degraded", HEALTH_DEGRADED}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (streq(phase, rows[i].phase))
            return health_say(rows[i].status, message);
    return health_say(HEALTH_UNKNOWN, message);
}

/* Before 1.0, without a phase. */
static struct health old_rollout(const struct doc *live)
{
    const struct doc *invalid = health_condition(live, "InvalidSpec"),
                     *progressing = health_condition(live, "Progressing");
    const char *reason = doc_str(doc_get(progressing, "reason"), "");
    if (invalid)
        return health_say(HEALTH_DEGRADED, doc_str(doc_get(invalid, "message"), ""));
    if (streq(reason, "RolloutAborted") || streq(reason, "ProgressDeadlineExceeded"))
        return health_say(HEALTH_DEGRADED, doc_str(doc_get(progressing, "message"), ""));
    if (doc_len(status(live, "pauseConditions")) || doc_bool(doc_path(live, "spec", "paused"), false))
        return health_say(HEALTH_SUSPENDED, "Rollout is paused");
    int64_t wanted = doc_int(doc_path(live, "spec", "replicas"), 1),
            updated = doc_int(status(live, "updatedReplicas"), 0);
    if (updated < wanted)
        return health_say(HEALTH_PROGRESSING,
                          "Waiting for roll out to finish: More replicas need to be updated");
    if (doc_int(status(live, "availableReplicas"), 0) < updated)
        return health_say(HEALTH_PROGRESSING,
                          "Waiting for roll out to finish: updated replicas are still becoming available");
    const char *stable = doc_str(status(live, "stableRS"), ""),
               *current = doc_str(status(live, "currentPodHash"), "");
    if (!streq(stable, current))
        return health_say(HEALTH_PROGRESSING,
                          "Waiting for roll out to finish: the new version is not the stable one yet");
    return health_say(HEALTH_HEALTHY, "");
}

struct health health_rollout(struct arena *a, const struct doc *live)
{
    (void)a;
    if (!is_observed(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for rollout spec update to be observed");
    if (!workload_is_observed(live))
        return health_say(HEALTH_PROGRESSING,
                          "Waiting for rollout spec update to be observed for the reference workload");
    const char *phase = doc_str(status(live, "phase"), "");
    return *phase ? rollout_phase(phase, doc_str(status(live, "message"), "")) : old_rollout(live);
}

/* --- CloudNativePG --- */

struct health health_cnpg_database(struct arena *a, const struct doc *live)
{
    (void)a;
    const struct doc *applied = status(live, "applied");
    if (!applied || doc_int(status(live, "observedGeneration"), 0) < health_generation(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for the database to be applied");
    const char *message = doc_str(status(live, "message"), "");
    return health_say(doc_bool(applied, false) ? HEALTH_HEALTHY : HEALTH_DEGRADED, message);
}

/* --- by conditions --- */

/* They have no status of their own: what exists is fine. */
#define CROSSPLANE_SETTINGS                                                                                  \
    "ProviderConfig,ClusterProviderConfig,ProviderConfigUsage,ClusterProviderConfigUsage,StoreConfig,"       \
    "Composition,"                                                                                           \
    "CompositionRevision,DeploymentRuntimeConfig,ControllerConfig"

static const struct row {
    const char *group;         /* "*.x" is every group that ends in ".x" */
    const char *kinds;         /* comma-separated; "" = every kind of the group */
    const char *conditions[2]; /* all must be True; the second may be NULL */
    const char *working;       /* comma-separated reasons of a False condition that is no trouble, or NULL */
    bool suspends;             /* spec.suspend */
} rows[] = {
    {"cert-manager.io", "Certificate", {"Ready"}, "DoesNotExist,Issuing", false},
    {"cert-manager.io", "Issuer,ClusterIssuer", {"Ready"}, NULL, false},
    {"external-secrets.io",
     "ExternalSecret,ClusterExternalSecret,PushSecret,SecretStore,ClusterSecretStore",
     {"Ready"},
     NULL,
     false},
    {"*.toolkit.fluxcd.io",
     "HelmRelease,Kustomization,GitRepository,HelmRepository,HelmChart,Bucket,OCIRepository,ImageRepository,"
     "ImagePolicy,ImageUpdateAutomation,Receiver",
     {"Ready"},
     "Progressing,ProgressingWithRetry,DependencyNotReady,ArtifactFailed",
     true},
    {"keda.sh", "ScaledObject,ScaledJob", {"Ready"}, NULL, false},
    {"serving.knative.dev", "Service,Configuration,Revision,Route", {"Ready"}, NULL, false},
    {"operator.knative.dev", "KnativeServing,KnativeEventing", {"Ready"}, NULL, false},
    {"postgresql.cnpg.io", "Cluster", {"Ready"}, "ClusterIsNotReady", false},
    {"pkg.crossplane.io",
     "Provider,Configuration,Function",
     {"Installed", "Healthy"},
     "UnpackingPackage",
     false},
    {"apiextensions.crossplane.io", "CompositeResourceDefinition", {"Established"}, NULL, false},
    {"*.crossplane.io", CROSSPLANE_SETTINGS, {NULL}, NULL, false},
    {"*.upbound.io", CROSSPLANE_SETTINGS, {NULL}, NULL, false},
    {"*.crossplane.io", "", {"Synced", "Ready"}, "Creating,Deleting", false},
    {"*.upbound.io", "", {"Synced", "Ready"}, "Creating,Deleting", false},
    {"bitnami.com", "SealedSecret", {"Synced"}, NULL, false},
    {"karpenter.sh", "NodePool,NodeClaim", {"Ready"}, NULL, false},
    {"rabbitmq.com", "Binding,Exchange,Permission,Policy,Queue,Shovel,User,Vhost", {"Ready"}, NULL, false},
    {"kafka.strimzi.io",
     "Kafka,KafkaBridge,KafkaConnect,KafkaConnector,KafkaTopic,KafkaUser",
     {"Ready"},
     "Creating",
     false},
};

static bool has_word(const char *list, const char *word)
{
    return list && *word && api_csv_has(list, word);
}

static struct health judge(const struct row *row, const struct doc *live)
{
    const struct doc *observed = status(live, "observedGeneration");
    if (row->suspends && doc_bool(doc_path(live, "spec", "suspend"), false))
        return health_say(HEALTH_SUSPENDED, "Reconciliation is suspended");
    if (doc_is(observed, DOC_INT) && doc_int(observed, 0) >= 0 &&
        doc_int(observed, 0) < health_generation(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for the newest specification to be observed");
    const char *message = "";
    for (size_t i = 0; i < ARRAY_LEN(row->conditions) && row->conditions[i]; i++) {
        const struct doc *c = health_condition(live, row->conditions[i]);
        message = doc_str(doc_get(c, "message"), "");
        if (health_condition_is(c, "False"))
            return health_say(has_word(row->working, doc_str(doc_get(c, "reason"), "")) ? HEALTH_PROGRESSING
                                                                                        : HEALTH_DEGRADED,
                              message);
        if (!health_condition_is(c, "True"))
            return health_say(HEALTH_PROGRESSING, *message ? message : "Waiting for its status");
    }
    return health_say(HEALTH_HEALTHY, message);
}

bool health_by_conditions(const struct doc *live, struct health *out)
{
    struct span span = api_gv_of(live).group;
    CLEANUP(mem_freep) char *group = mem_strndup(span.at ? span.at : "", span.len);
    if (!strchr(group, '.'))
        return false;
    for (const struct row *row = rows; row < rows + ARRAY_LEN(rows); row++) {
        bool fits = strchr(row->group, '*') ? ends_with(group, row->group + 1) : streq(row->group, group);
        if (!fits || (*row->kinds && !api_csv_has(row->kinds, api_kind(live))))
            continue;
        *out = judge(row, live);
        return true;
    }
    return false;
}
