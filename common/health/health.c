/* health/health - the table of kinds, and what holds for all of them. */
#include "health/health.h"

#include "health/rules.h"

static const char *const names[] = {
    [HEALTH_NONE] = "",
    [HEALTH_HEALTHY] = "Healthy",
    [HEALTH_SUSPENDED] = "Suspended",
    [HEALTH_PROGRESSING] = "Progressing",
    [HEALTH_MISSING] = "Missing",
    [HEALTH_DEGRADED] = "Degraded",
    [HEALTH_UNKNOWN] = "Unknown",
};

/* A row whose kind fits but not its version answers Unknown, as upstream does. */
static const struct rule {
    const char *group, *kind;
    const char *versions; /* comma-separated, NULL = any */
    health_rule *fn;
} rules[] = {
    {"apps", "Deployment", "v1", health_deployment},
    {"apps", "StatefulSet", "v1", health_statefulset},
    {"apps", "DaemonSet", "v1", health_daemonset},
    {"apps", "ReplicaSet", "v1", health_replicaset},
    {"", "Pod", NULL, health_pod},
    {"", "Service", NULL, health_service},
    {"", "PersistentVolumeClaim", NULL, health_pvc},
    {"batch", "Job", NULL, health_job},
    {"batch", "CronJob", NULL, health_cronjob},
    {"networking.k8s.io", "Ingress", NULL, health_ingress},
    {"extensions", "Ingress", NULL, health_ingress},
    {"autoscaling", "HorizontalPodAutoscaler", "v1,v2", health_hpa},
    {"policy", "PodDisruptionBudget", NULL, health_pdb},
    {"apiextensions.k8s.io", "CustomResourceDefinition", NULL, health_crd},
    {"apiregistration.k8s.io", "APIService", "v1,v1beta1", health_apiservice},
    {"argoproj.io", "Workflow", NULL, health_workflow},
    {"argoproj.io", "ApplicationSet", NULL, health_applicationset},
};

const char *health_name(enum health_status s)
{
    return names[s];
}

enum health_status health_parse(const char *word)
{
    for (size_t i = HEALTH_HEALTHY; i < ARRAY_LEN(names); i++)
        if (streq(word, names[i]))
            return (enum health_status)i;
    return HEALTH_NONE;
}

const struct doc *health_condition(const struct doc *live, const char *type)
{
    doc_each(it, doc_path(live, "status", "conditions"))
        if (doc_str_is(doc_get(it.val, "type"), type))
            return it.val;
    return NULL;
}

/* "Pending deletion", naming what holds the object back (3.6). */
static struct health terminating(struct arena *a, const struct doc *live)
{
    const struct doc *finalizers = doc_path(live, "metadata", "finalizers");
    if (!doc_len(finalizers))
        return health_say(HEALTH_PROGRESSING, "Pending deletion");
    CLEANUP(str_release) struct str s = {0};
    doc_each(it, finalizers)
        str_printf(&s, "%s%s", it.index ? ", " : "", doc_str(it.val, ""));
    return health_say(HEALTH_PROGRESSING, arena_printf(a, "Pending deletion. Finalizers: %s", str_text(&s)));
}

struct health health_of(struct arena *a, const struct doc *live)
{
    if (api_deleting(live) && !api_has_finalizer(live, API_FINALIZER_HOOK))
        return terminating(a, live);
    struct api_gv gv = api_gv_of(live);
    const char *kind = api_kind(live);
    for (const struct rule *r = rules; r < rules + ARRAY_LEN(rules); r++) {
        if (!streq(r->kind, kind) || !span_is(gv.group, r->group))
            continue;
        if (!r->versions || api_csv_has(r->versions, arena_strndup(a, gv.version.at, gv.version.len)))
            return r->fn(a, live);
        return health_say(HEALTH_UNKNOWN,
                          arena_printf(a, "unsupported %s GVK: %s, Kind=%s", kind,
                                       doc_str(doc_get(live, "apiVersion"), ""), kind));
    }
    return health_say(HEALTH_NONE, "");
}
