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
    {"argoproj.io", "Rollout", NULL, health_rollout},
    {"postgresql.cnpg.io", "Database", NULL, health_cnpg_database},
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

static bool is_terminating(const struct doc *live)
{
    return api_deleting(live) && !api_has_finalizer(live, API_FINALIZER_HOOK);
}

struct health health_of(struct arena *a, const struct doc *live)
{
    if (is_terminating(live))
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
    struct health h;
    return health_by_conditions(live, &h) ? h : health_say(HEALTH_NONE, "");
}

/* --- users' scripts --- */

struct health health_from_script(const char *status, const char *message)
{
    enum health_status known = health_parse(status);
    if (!*status)
        return health_say(HEALTH_NONE, "");
    if (known == HEALTH_NONE)
        return health_say(HEALTH_UNKNOWN, "Lua returned an invalid health status");
    return health_say(known, message);
}

struct health health_script_failed(struct arena *a, const struct api_health_script *script, const struct doc *live,
                                   const struct err *e)
{
    struct health h = health_say(HEALTH_UNKNOWN, arena_strdup(a, e->msg));
    h.problem = arena_printf(a,
                             "error setting app health: failed to get resource health for \"%s\" with name \"%s\" in "
                             "namespace \"%s\": %s (script '%s' in argocd-cm)",
                             api_kind(live), api_name(live), api_namespace(live), e->msg, script->key);
    return h;
}

static const struct api_health_script *script_for(const struct health_scripts *s, const struct doc *live)
{
    if (!s || !s->ask || !s->customize || !s->customize->health_len)
        return NULL;
    struct span group = api_gv_of(live).group;
    CLEANUP(mem_freep) char *own = mem_strndup(group.at ? group.at : "", group.len);
    return api_customize_health(s->customize, own, api_kind(live));
}

bool health_judge(struct arena *a, const struct health_scripts *scripts, const struct doc *live, struct health *out)
{
    const struct api_health_script *script = script_for(scripts, live);
    struct health_said said = {.deletion_message = ""};
    if (!script) {
        *out = health_of(a, live);
        return true;
    }
    if (!scripts->ask(scripts->arg, script, live, a, &said))
        return false;
    *out = said.health;
    if (is_terminating(live))
        *out = *said.deletion_message ? health_say(HEALTH_PROGRESSING, said.deletion_message) : terminating(a, live);
    return true;
}
