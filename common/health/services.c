/* health/services - what routes, stores, scales and extends: Service, Ingress, claims, autoscaler, budget, CRD, APIService. */
#include "health/rules.h"

#include "doc/json.h"

struct health health_service(struct arena *a, const struct doc *live)
{
    (void)a;
    if (doc_str_is(doc_path(live, "spec", "type"), "LoadBalancer") &&
        !doc_len(doc_path(live, "status", "loadBalancer", "ingress")))
        return health_say(HEALTH_PROGRESSING, "");
    return health_say(HEALTH_HEALTHY, "");
}

struct health health_ingress(struct arena *a, const struct doc *live)
{
    (void)a;
    bool has_address = doc_len(doc_path(live, "status", "loadBalancer", "ingress")) != 0;
    return health_say(has_address ? HEALTH_HEALTHY : HEALTH_PROGRESSING, "");
}

struct health health_pvc(struct arena *a, const struct doc *live)
{
    (void)a;
    const char *phase = doc_str(doc_path(live, "status", "phase"), "");
    if (streq(phase, "Lost"))
        return health_say(HEALTH_DEGRADED, "");
    if (streq(phase, "Pending"))
        return health_say(HEALTH_PROGRESSING, "");
    return health_say(streq(phase, "Bound") ? HEALTH_HEALTHY : HEALTH_UNKNOWN, "");
}

static bool hpa_degraded(const struct doc *condition)
{
    static const char *const scale[] = {"FailedGetScale", "FailedUpdateScale"};
    static const char *const metrics[] = {"FailedGetResourceMetric",     "FailedGetObjectMetric",
                                          "FailedGetPodsMetric",         "FailedGetExternalMetric",
                                          "FailedComputeMetricsReplicas", "InvalidSelector"};
    const char *type = doc_str(doc_get(condition, "type"), ""), *reason = doc_str(doc_get(condition, "reason"), "");
    if (streq(type, "AbleToScale"))
        return str_in(reason, scale, ARRAY_LEN(scale));
    return streq(type, "ScalingActive") && str_in(reason, metrics, ARRAY_LEN(metrics));
}

static bool hpa_healthy(const struct doc *condition)
{
    const char *type = doc_str(doc_get(condition, "type"), "");
    return (streq(type, "AbleToScale") || streq(type, "ScalingLimited")) && health_condition_is(condition, "True");
}

/* v1 keeps its conditions as JSON in an annotation. */
static const struct doc *hpa_conditions(struct arena *a, const struct doc *live)
{
    const struct doc *conditions = doc_path(live, "status", "conditions");
    const char *text = api_annotation(live, "autoscaling.alpha.kubernetes.io/conditions");
    if (!span_is(api_gv_of(live).version, "v1") || !text)
        return conditions;
    struct doc *parsed = NULL;
    struct err *e = json_read(a, span_of(text), NULL, &parsed);
    err_free(e);
    return e ? NULL : parsed;
}

struct health health_hpa(struct arena *a, const struct doc *live)
{
    const struct doc *conditions = hpa_conditions(a, live);
    doc_each(it, conditions)
        if (hpa_degraded(it.val))
            return health_say(HEALTH_DEGRADED, doc_str(doc_get(it.val, "message"), ""));
    doc_each(it, conditions)
        if (hpa_healthy(it.val))
            return health_say(HEALTH_HEALTHY, doc_str(doc_get(it.val, "message"), ""));
    return health_say(HEALTH_PROGRESSING, "Waiting to Autoscale");
}

struct health health_pdb(struct arena *a, const struct doc *live)
{
    const struct doc *conditions = doc_path(live, "status", "conditions");
    doc_each(it, conditions) {
        const char *reason = doc_str(doc_get(it.val, "reason"), "");
        if (health_condition_is(it.val, "False") && !streq(reason, "InsufficientPods"))
            return health_say(HEALTH_DEGRADED, arena_printf(a, "PodDisruptionBudget has %s", reason));
    }
    if (doc_len(conditions))
        return health_say(HEALTH_HEALTHY, "PodDisruptionBudget has SufficientPods");
    return health_say(HEALTH_PROGRESSING, "Waiting for status");
}

struct health health_crd(struct arena *a, const struct doc *live)
{
    (void)a;
    if (!doc_len(doc_path(live, "status", "conditions")))
        return health_say(HEALTH_PROGRESSING, "Status conditions not found");
    if (health_condition_is(health_condition(live, "Terminating"), "True"))
        return health_say(HEALTH_PROGRESSING, "CRD is terminating");
    const struct doc *names = health_condition(live, "NamesAccepted");
    const struct doc *structural = health_condition(live, "NonStructuralSchema");
    const struct doc *established = health_condition(live, "Established");
    if (health_condition_is(names, "False"))
        return health_say(HEALTH_DEGRADED, "CRD names have not been accepted");
    if (health_condition_is(structural, "True"))
        return health_say(HEALTH_DEGRADED, "Schema violations found");
    if (health_condition_is(established, "False") && doc_str_is(doc_get(established, "reason"), "Installing"))
        return health_say(HEALTH_PROGRESSING, "CRD is being installed");
    if (!health_condition_is(established, "True"))
        return health_say(HEALTH_DEGRADED, "CRD is not established");
    return health_say(HEALTH_HEALTHY, "CRD is healthy");
}

struct health health_apiservice(struct arena *a, const struct doc *live)
{
    const struct doc *available = health_condition(live, "Available");
    if (!available)
        return health_say(HEALTH_PROGRESSING, "Waiting to be processed");
    const char *said = arena_printf(a, "%s: %s", doc_str(doc_get(available, "reason"), ""),
                                    doc_str(doc_get(available, "message"), ""));
    return health_say(health_condition_is(available, "True") ? HEALTH_HEALTHY : HEALTH_PROGRESSING, said);
}

struct health health_applicationset(struct arena *a, const struct doc *live)
{
    (void)a;
    static const struct {
        const char *type, *status;
        enum health_status health;
    } order[] = {
        {"ErrorOccurred", "True", HEALTH_DEGRADED},
        {"ResourcesUpToDate", "False", HEALTH_DEGRADED},
        {"RolloutProgressing", "True", HEALTH_PROGRESSING},
        {"ResourcesUpToDate", "True", HEALTH_HEALTHY},
    };
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        const struct doc *condition = health_condition(live, order[i].type);
        if (health_condition_is(condition, order[i].status))
            return health_say(order[i].health, doc_str(doc_get(condition, "message"), ""));
    }
    return health_say(HEALTH_PROGRESSING, "Waiting for the status to be reported");
}
