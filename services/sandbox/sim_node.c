/* sim_node - what a kubelet, a volume provisioner and a cloud would report: Pods by the tag of their image,
 * claims bound, addresses given; and the two judges without workloads, autoscalers and budgets. */
#include "base/hash.h"
#include "services/sandbox/sim.h"

#include <stdlib.h>

enum fate { FATE_READY, FATE_SUCCEEDS, FATE_FAILS, FATE_SLOW, FATE_CRASHES, FATE_PULL, FATE_HANGS };

static const char *tag_of(const char *image)
{
    const char *slash = strrchr(image, '/'), *colon = strrchr(slash ? slash : image, ':');
    return colon ? colon + 1 : "";
}

static bool of_job(const struct doc *pod)
{
    return doc_str_is(doc_get(doc_at(doc_path(pod, "metadata", "ownerReferences"), 0), "kind"), "Job");
}

/* The first container with a telling tag decides. */
static enum fate fate_of(const struct doc *pod, int64_t *after_ms)
{
    static const struct {
        const char *tag;
        enum fate fate;
    } tags[] = {{"fail", FATE_FAILS},
                {"slow", FATE_SLOW},
                {"crash", FATE_CRASHES},
                {"pull", FATE_PULL},
                {"hang", FATE_HANGS}};
    *after_ms = 1000;
    doc_each (it, doc_path(pod, "spec", "containers")) {
        const char *tag = tag_of(doc_str(doc_get(it.val, "image"), ""));
        int64_t seconds;
        for (size_t i = 0; i < ARRAY_LEN(tags); i++)
            if (streq(tag, tags[i].tag))
                return tags[i].fate;
        if (*tag == 't' && span_int(span_of(tag + 1), &seconds) && seconds >= 0 && seconds < 86400)
            *after_ms = seconds * 1000;
    }
    return of_job(pod) ? FATE_SUCCEEDS : FATE_READY;
}

static void waiting(struct look *k, struct doc *state, const char *reason, const char *message)
{
    struct doc *w = doc_set_map(k->a, state, "waiting");
    doc_set_str(k->a, w, "reason", reason);
    doc_set_str(k->a, w, "message", message);
}

static void terminated(struct look *k, struct doc *state, bool failed)
{
    struct doc *t = doc_set_map(k->a, state, "terminated");
    doc_set_int(k->a, t, "exitCode", failed);
    doc_set_str(k->a, t, "reason", failed ? "Error" : "Completed");
    doc_set_str(k->a, t, "startedAt", doc_str(doc_path(k->obj, "metadata", "creationTimestamp"), ""));
    doc_set_str(k->a, t, "finishedAt", doc_str(doc_path(k->obj, "metadata", "creationTimestamp"), ""));
}

static void container(struct look *k, struct doc *list, const struct doc *c, enum fate fate, bool over)
{
    struct doc *d = doc_push(k->a, list, doc_new_map(k->a)), *state = doc_set_map(k->a, d, "state");
    const char *name = doc_str(doc_get(c, "name"), ""), *image = doc_str(doc_get(c, "image"), "");
    if (fate == FATE_CRASHES)
        waiting(k, state, "CrashLoopBackOff",
                arena_printf(k->a, "back-off 10s restarting failed container=%s", name));
    else if (fate == FATE_PULL)
        waiting(k, state, "ImagePullBackOff", arena_printf(k->a, "Back-off pulling image \"%s\"", image));
    else if (over)
        terminated(k, state, fate == FATE_FAILS);
    else
        doc_set_str(k->a, doc_set_map(k->a, state, "running"), "startedAt",
                    doc_str(doc_path(k->obj, "metadata", "creationTimestamp"), ""));
    bool ready = !over && (fate == FATE_READY || fate == FATE_SUCCEEDS || fate == FATE_HANGS);
    doc_set_str(k->a, d, "name", name);
    doc_set_str(k->a, d, "image", image);
    doc_set_str(k->a, d, "imageID", "");
    doc_set_bool(k->a, d, "ready", ready);
    doc_set_bool(k->a, d, "started", fate != FATE_CRASHES && fate != FATE_PULL && !over);
    doc_set_int(k->a, d, "restartCount", fate == FATE_CRASHES ? 3 : 0);
}

static const char *phase_of(enum fate fate, bool over)
{
    if (over)
        return fate == FATE_FAILS ? "Failed" : "Succeeded";
    return fate == FATE_PULL ? "Pending" : "Running";
}

/* Has a Pod that ends run for long enough? If not, there will be another look when it has. */
static bool is_over(struct look *k, enum fate fate, int64_t after_ms)
{
    int64_t since;
    if (fate == FATE_FAILS)
        return true;
    if (fate != FATE_SUCCEEDS ||
        !time_parse_rfc3339(doc_str(doc_path(k->obj, "status", "startTime"), ""), &since))
        return false;
    int64_t left = since + after_ms - sim_now_ms(k);
    if (left > 0)
        sim_again(k, left);
    return left <= 0;
}

void sim_look_pod(struct look *k)
{
    const struct doc *phase = doc_path(k->obj, "status", "phase");
    if (doc_str_is(phase, "Succeeded") || doc_str_is(phase, "Failed"))
        return;
    int64_t after_ms;
    enum fate fate = fate_of(k->obj, &after_ms);
    bool over = is_over(k, fate, after_ms);
    bool ready = !over && (fate == FATE_READY || fate == FATE_SUCCEEDS || fate == FATE_HANGS);
    struct doc *status = doc_new_map(k->a);
    const char *now = arena_strdup(k->a, time_rfc3339(sim_now_ms(k)).text);
    uint64_t h = hash64(k->uid, strlen(k->uid));
    const char *ip = arena_printf(k->a, "10.244.%u.%u", (unsigned)(h >> 8 & 255), (unsigned)(h & 255));
    doc_set_str(k->a, status, "phase", phase_of(fate, over));
    doc_set_str(k->a, status, "startTime", doc_str(doc_path(k->obj, "status", "startTime"), now));
    doc_set_str(k->a, status, "podIP", ip);
    doc_set_str(k->a, status, "hostIP", "127.0.0.1");
    struct doc *conditions = doc_set_list(k->a, status, "conditions");
    const char *why = ready ? "" : over ? "PodCompleted" : "ContainersNotReady";
    sim_condition(k, conditions, "PodScheduled", true, "", "");
    sim_condition(k, conditions, "Initialized", true, "", "");
    sim_condition(k, conditions, "ContainersReady", ready, why, "");
    sim_condition(k, conditions, "Ready", ready, why, "");
    struct doc *containers = doc_set_list(k->a, status, "containerStatuses");
    doc_each (it, doc_path(k->obj, "spec", "containers"))
        container(k, containers, it.val, fate, over);
    sim_status(k, status);
}

/* --- claims and addresses -------------------------------------------------------------------- */

void sim_look_claim(struct look *k)
{
    if (!sim_claims(k))
        return;
    struct doc *status = doc_new_map(k->a);
    doc_set_str(k->a, status, "phase", "Bound");
    if (doc_path(k->obj, "spec", "accessModes"))
        doc_set(k->a, status, "accessModes", doc_path(k->obj, "spec", "accessModes"));
    if (doc_path(k->obj, "spec", "resources", "requests"))
        doc_set(k->a, status, "capacity", doc_path(k->obj, "spec", "resources", "requests"));
    sim_status(k, status);
}

static void give_address(struct look *k)
{
    if (doc_len(doc_path(k->obj, "status", "loadBalancer", "ingress")))
        return;
    uint64_t h = hash64(k->uid, strlen(k->uid));
    struct doc *status = doc_new_map(k->a);
    struct doc *list = doc_set_list(k->a, doc_set_map(k->a, status, "loadBalancer"), "ingress");
    /* TEST-NET-3 of RFC 5737: an address of nobody. */
    doc_set_str(k->a, doc_push(k->a, list, doc_new_map(k->a)), "ip",
                arena_printf(k->a, "203.0.113.%u", (unsigned)(h % 254 + 1)));
    sim_status(k, status);
}

void sim_look_service(struct look *k)
{
    if (doc_str_is(doc_path(k->obj, "spec", "type"), "LoadBalancer") && sim_load_balancers(k))
        give_address(k);
}

void sim_look_ingress(struct look *k)
{
    if (doc_str_is(doc_path(k->obj, "spec", "ingressClassName"), "sim"))
        give_address(k);
}

/* --- autoscalers and budgets ----------------------------------------------------------------- */

void sim_look_autoscaler(struct look *k)
{
    int64_t replicas = doc_int(doc_path(k->obj, "spec", "minReplicas"), 1);
    struct doc *status = doc_new_map(k->a), *conditions = doc_set_list(k->a, status, "conditions");
    doc_set_int(k->a, status, "currentReplicas", replicas);
    doc_set_int(k->a, status, "desiredReplicas", replicas);
    sim_condition(k, conditions, "AbleToScale", true, "ReadyForNewScale",
                  "recommended size matches current size");
    sim_condition(k, conditions, "ScalingActive", true, "ValidMetricFound",
                  "the HPA was able to calculate a replica count");
    sim_condition(k, conditions, "ScalingLimited", false, "DesiredWithinRange",
                  "the desired count is within the acceptable range");
    sim_status(k, status);
}

static int64_t amount(const struct doc *value, int64_t of)
{
    if (doc_is(value, DOC_INT))
        return doc_int(value, 0);
    return (of * atoll(doc_str(value, "0")) + 99) / 100;
}

static bool selected(const struct doc *budget, const struct doc *pod)
{
    doc_each (it, doc_path(budget, "spec", "selector", "matchLabels"))
        if (!span_eq(doc_span(it.val), doc_span(doc_get_span(doc_path(pod, "metadata", "labels"), it.key))))
            return false;
    return true;
}

void sim_look_budget(struct look *k)
{
    struct sim_children pods = sim_namespace(k, SIM_POD);
    int64_t expected = 0, healthy = 0;
    for (size_t i = 0; i < pods.len; i++)
        if (selected(k->obj, pods.at[i])) {
            expected++;
            healthy += sim_pod_ready(pods.at[i]);
        }
    const struct doc *most = doc_path(k->obj, "spec", "maxUnavailable"),
                     *least = doc_path(k->obj, "spec", "minAvailable");
    int64_t desired = most ? MAX(expected - amount(most, expected), 0) : amount(least, expected);
    int64_t allowed = expected ? MAX(healthy - desired, 0) : 0;
    struct doc *status = doc_new_map(k->a);
    doc_set_int(k->a, status, "currentHealthy", healthy);
    doc_set_int(k->a, status, "desiredHealthy", desired);
    doc_set_int(k->a, status, "disruptionsAllowed", allowed);
    doc_set_int(k->a, status, "expectedPods", expected);
    doc_set_int(k->a, status, "observedGeneration", doc_int(doc_path(k->obj, "metadata", "generation"), 1));
    sim_condition(k, doc_set_list(k->a, status, "conditions"), "DisruptionAllowed", allowed > 0,
                  allowed > 0 ? "SufficientPods" : "InsufficientPods", "");
    sim_status(k, status);
}
