/* health/workloads - apps/v1: rows in the order of the specification's tables (engine.md §5.3), first match wins. */
#include "health/rules.h"

#include <inttypes.h>

static int64_t status(const struct doc *live, const char *field)
{
    return doc_int(doc_path(live, "status", field), 0);
}

static const struct doc *replicas(const struct doc *live)
{
    return doc_path(live, "spec", "replicas");
}

static bool unobserved(const struct doc *live)
{
    return health_generation(live) > status(live, "observedGeneration");
}

struct health health_deployment(struct arena *a, const struct doc *live)
{
    if (doc_bool(doc_path(live, "spec", "paused"), false))
        return health_say(HEALTH_SUSPENDED, "Deployment is paused");
    if (unobserved(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed deployment generation less "
                                              "than desired generation");
    if (doc_str_is(doc_get(health_condition(live, "Progressing"), "reason"), "ProgressDeadlineExceeded"))
        return health_say(HEALTH_DEGRADED,
                          arena_printf(a, "Deployment \"%s\" exceeded its progress deadline", api_name(live)));
    int64_t want = doc_int(replicas(live), 0), updated = status(live, "updatedReplicas");
    int64_t all = status(live, "replicas"), available = status(live, "availableReplicas");
    if (replicas(live) && updated < want)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for rollout to finish: %" PRId64 " out of %" PRId64
                                       " new replicas have been updated...",
                                       updated, want));
    if (all > updated)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for rollout to finish: %" PRId64
                                       " old replicas are pending termination...",
                                       all - updated));
    if (available < updated)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for rollout to finish: %" PRId64 " of %" PRId64
                                       " updated replicas are available...",
                                       available, updated));
    return health_say(HEALTH_HEALTHY, "");
}

static struct health statefulset_rolled(struct arena *a, const struct doc *live)
{
    const char *update = doc_str(doc_path(live, "status", "updateRevision"), "");
    const char *current = doc_str(doc_path(live, "status", "currentRevision"), "");
    if (!streq(update, current))
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "waiting for statefulset rolling update to complete %" PRId64
                                       " pods at revision %s...",
                                       status(live, "updatedReplicas"), update));
    return health_say(HEALTH_HEALTHY,
                      arena_printf(a, "statefulset rolling update complete %" PRId64 " pods at revision %s...",
                                   status(live, "currentReplicas"), current));
}

struct health health_statefulset(struct arena *a, const struct doc *live)
{
    if (status(live, "observedGeneration") == 0 || unobserved(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for statefulset spec update to be observed...");
    int64_t want = doc_int(replicas(live), 0), ready = status(live, "readyReplicas");
    if (replicas(live) && ready < want)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a, "Waiting for %" PRId64 " pods to be ready...", want - ready));
    const struct doc *strategy = doc_path(live, "spec", "updateStrategy");
    const struct doc *rolling = doc_get(strategy, "rollingUpdate"), *partition = doc_get(rolling, "partition");
    bool on_delete = doc_str_is(doc_get(strategy, "type"), "OnDelete");
    int64_t updated = status(live, "updatedReplicas");
    if (doc_str_is(doc_get(strategy, "type"), "RollingUpdate") && rolling) {
        int64_t expected = want - doc_int(partition, 0);
        if (replicas(live) && partition && updated < expected)
            return health_say(HEALTH_PROGRESSING,
                              arena_printf(a,
                                           "Waiting for partitioned roll out to finish: %" PRId64 " out of %" PRId64
                                           " new pods have been updated...",
                                           updated, expected));
        return health_say(HEALTH_HEALTHY,
                          arena_printf(a, "partitioned roll out complete: %" PRId64 " new pods have been updated...",
                                       updated));
    }
    if (on_delete)
        return health_say(HEALTH_HEALTHY, arena_printf(a, "statefulset has %" PRId64 " ready pods", ready));
    return statefulset_rolled(a, live);
}

struct health health_daemonset(struct arena *a, const struct doc *live)
{
    int64_t desired = status(live, "desiredNumberScheduled");
    int64_t updated = status(live, "updatedNumberScheduled"), available = status(live, "numberAvailable");
    if (unobserved(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed daemon set generation less "
                                              "than desired generation");
    if (doc_str_is(doc_path(live, "spec", "updateStrategy", "type"), "OnDelete"))
        return health_say(HEALTH_HEALTHY, arena_printf(a,
                                                       "daemon set %" PRId64 " out of %" PRId64
                                                       " new pods have been updated",
                                                       updated, desired));
    if (updated < desired)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for daemon set \"%s\" rollout to finish: %" PRId64 " out of %" PRId64
                                       " new pods have been updated...",
                                       api_name(live), updated, desired));
    if (available < desired)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for daemon set \"%s\" rollout to finish: %" PRId64 " of %" PRId64
                                       " updated pods are available...",
                                       api_name(live), available, desired));
    return health_say(HEALTH_HEALTHY, "");
}

struct health health_replicaset(struct arena *a, const struct doc *live)
{
    if (unobserved(live))
        return health_say(HEALTH_PROGRESSING, "Waiting for rollout to finish: observed replica set generation less "
                                              "than desired generation");
    const struct doc *failure = health_condition(live, "ReplicaFailure");
    if (health_condition_is(failure, "True"))
        return health_say(HEALTH_DEGRADED, doc_str(doc_get(failure, "message"), ""));
    int64_t want = doc_int(replicas(live), 0), available = status(live, "availableReplicas");
    if (replicas(live) && available < want)
        return health_say(HEALTH_PROGRESSING,
                          arena_printf(a,
                                       "Waiting for rollout to finish: %" PRId64 " out of %" PRId64
                                       " new replicas are available...",
                                       available, want));
    return health_say(HEALTH_HEALTHY, "");
}
