/* health/rules.h - the rules of health.c, one function a kind. Inside health/ only. */
#ifndef CAPSTAN_HEALTH_RULES_H
#define CAPSTAN_HEALTH_RULES_H

#include "health/health.h"

typedef struct health health_rule(struct arena *a, const struct doc *live);

health_rule health_deployment, health_statefulset, health_daemonset, health_replicaset, health_pod, health_job;
health_rule health_cronjob, health_pvc, health_service, health_ingress, health_hpa, health_pdb, health_crd;
health_rule health_apiservice, health_workflow, health_applicationset, health_rollout, health_cnpg_database;

/* Operators' kinds whose conditions tell (operators.c). False: the kind is none of them. */
bool health_by_conditions(const struct doc *live, struct health *out);

static inline struct health health_say(enum health_status status, const char *message)
{
    return (struct health){status, message};
}

static inline int64_t health_generation(const struct doc *live)
{
    return doc_int(doc_path(live, "metadata", "generation"), 0);
}

/* status.conditions[type == T]; NULL when absent. */
const struct doc *health_condition(const struct doc *live, const char *type);
static inline bool health_condition_is(const struct doc *condition, const char *status)
{
    return doc_str_is(doc_get(condition, "status"), status);
}

#endif
