/* sim_workloads - Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs as their controllers keep them.
 */
#include "base/hash.h"
#include "services/sandbox/sim.h"

static const struct doc *spec_of(const struct doc *obj, const char *key)
{
    return doc_path(obj, "spec", key);
}

static const char *name_of(const struct doc *obj)
{
    return doc_str(doc_path(obj, "metadata", "name"), "");
}

static int64_t generation(const struct doc *obj)
{
    return doc_int(doc_path(obj, "metadata", "generation"), 1);
}

static const char *label(const struct doc *obj, const char *key)
{
    return doc_str(doc_path(obj, "metadata", "labels", key), "");
}

static struct doc *labels_with(struct look *k, const struct doc *template, const char *key, const char *value)
{
    struct doc *d = doc_new_map(k->a);
    doc_each (it, doc_path(template, "metadata", "labels"))
        doc_set_span(k->a, d, it.key, it.val);
    doc_set_str(k->a, d, key, value);
    return d;
}

/* A Pod of the template, bound to the one node that there is. */
static struct doc *pod_of(struct look *k, const char *name, const struct doc *labels)
{
    const struct doc *template = spec_of(k->obj, "template"),
                     *annotations = doc_path(template, "metadata", "annotations");
    struct doc *pod = sim_owned(k, SIM_POD, name, labels);
    if (annotations)
        doc_set(k->a, doc_own_map(k->a, pod, "metadata"), "annotations", annotations);
    doc_set(k->a, pod, "spec", doc_get(template, "spec"));
    return pod;
}

static size_t count_ready(const struct sim_children *pods)
{
    size_t n = 0;
    for (size_t i = 0; i < pods->len; i++)
        n += sim_pod_ready(pods->at[i]);
    return n;
}

/* Absent where it is 0, as omitempty leaves it. */
static void set_count(struct look *k, struct doc *status, const char *key, int64_t n)
{
    doc_set(k->a, status, key, n ? doc_new_int(k->a, n) : doc_new_null(k->a));
}

/* --- ReplicaSets ----------------------------------------------------------------------------- */

static const char *pod_name(struct look *k, int64_t i)
{
    CLEANUP(mem_freep) char *text = mem_printf("%s/%lld", k->uid, (long long)i);
    return arena_printf(k->a, "%s-%05llx", k->name,
                        (unsigned long long)(hash64(text, strlen(text)) & 0xfffff));
}

/* What the template's own labels are is the ReplicaSet's business: a Deployment has put its hash there. */
void sim_look_replica_set(struct look *k)
{
    int64_t want = doc_int(spec_of(k->obj, "replicas"), 1);
    struct sim_children pods = sim_children(k, SIM_POD, k->uid);
    bool *kept = NEW_N(k->a, bool, pods.len + 1);
    for (int64_t i = 0; i < want; i++) {
        const char *name = pod_name(k, i);
        bool there = false;
        for (size_t p = 0; p < pods.len; p++)
            if (streq(name_of(pods.at[p]), name))
                there = kept[p] = true;
        if (!there)
            sim_create(k, SIM_POD,
                       pod_of(k, name, doc_path(k->obj, "spec", "template", "metadata", "labels")));
    }
    for (size_t p = 0; p < pods.len; p++)
        if (!kept[p] && !doc_path(pods.at[p], "metadata", "deletionTimestamp"))
            sim_delete(k, SIM_POD, name_of(pods.at[p]));
    struct doc *status = doc_new_map(k->a);
    int64_t ready = (int64_t)count_ready(&pods);
    doc_set_int(k->a, status, "replicas", (int64_t)pods.len);
    set_count(k, status, "fullyLabeledReplicas", (int64_t)pods.len);
    set_count(k, status, "readyReplicas", ready);
    set_count(k, status, "availableReplicas", ready);
    doc_set_int(k->a, status, "observedGeneration", generation(k->obj));
    sim_status(k, status);
}

/* --- Deployments ----------------------------------------------------------------------------- */

struct rollout {
    struct sim_children sets;
    const struct doc *current; /* the ReplicaSet of the template; NULL before it is there */
    const char *name, *hash;
    int64_t want, replicas, ready, updated, updated_ready;
};

static int64_t status_int(const struct doc *obj, const char *key)
{
    return doc_int(doc_path(obj, "status", key), 0);
}

static void survey(struct look *k, struct rollout *r)
{
    r->want = doc_int(spec_of(k->obj, "replicas"), 1);
    r->hash = sim_hash(k, spec_of(k->obj, "template"));
    r->name = arena_printf(k->a, "%s-%s", k->name, r->hash);
    r->sets = sim_children(k, SIM_REPLICA_SET, k->uid);
    for (size_t i = 0; i < r->sets.len; i++) {
        const struct doc *set = r->sets.at[i];
        r->replicas += status_int(set, "replicas");
        r->ready += status_int(set, "readyReplicas");
        if (!streq(name_of(set), r->name))
            continue;
        r->current = set;
        r->updated = status_int(set, "replicas");
        r->updated_ready = status_int(set, "readyReplicas");
    }
}

static const char REVISION[] = "deployment.kubernetes.io/revision";

static int64_t revision_of(const struct doc *obj)
{
    int64_t n = 0;
    span_int(doc_span(doc_path(obj, "metadata", "annotations", REVISION)), &n);
    return n;
}

static void make_replica_set(struct look *k, struct rollout *r)
{
    int64_t revision = 0;
    for (size_t i = 0; i < r->sets.len; i++)
        revision = MAX(revision, revision_of(r->sets.at[i]));
    const char *text = arena_printf(k->a, "%lld", (long long)revision + 1);
    struct doc *labels = labels_with(k, spec_of(k->obj, "template"), "pod-template-hash", r->hash);
    const struct doc *set = sim_owned(k, SIM_REPLICA_SET, r->name, labels);
    doc_each (it, doc_path(k->obj, "metadata", "annotations")) { /* but for what is the Deployment's own */
        const char *key = arena_strndup(k->a, it.key.at, it.key.len);
        if (!streq(key, "kubectl.kubernetes.io/last-applied-configuration"))
            set = doc_with(k->a, set, it.val, "metadata", "annotations", key);
    }
    set = doc_with(k->a, set, doc_new_str(k->a, text), "metadata", "annotations", REVISION);
    struct doc *spec = doc_new_map(k->a);
    doc_set_int(k->a, spec, "replicas", r->want);
    const struct doc *selector = doc_with(k->a, spec_of(k->obj, "selector"), doc_new_str(k->a, r->hash),
                                          "matchLabels", "pod-template-hash");
    doc_set(k->a, spec, "selector", selector);
    doc_set(k->a, spec, "template",
            doc_with(k->a, spec_of(k->obj, "template"), labels, "metadata", "labels"));
    sim_create(k, SIM_REPLICA_SET, doc_with(k->a, set, spec, "spec"));
}

static void scale(struct look *k, const struct doc *set, int64_t n)
{
    if (doc_int(spec_of(set, "replicas"), 1) == n)
        return;
    struct doc *patch = doc_new_map(k->a);
    doc_set_int(k->a, doc_set_map(k->a, patch, "spec"), "replicas", n);
    sim_patch(k, SIM_REPLICA_SET, name_of(set), patch);
}

/* Old sets go when the new one is up, or before it where the strategy says so. */
static void roll(struct look *k, struct rollout *r)
{
    bool recreate = doc_str_is(doc_path(k->obj, "spec", "strategy", "type"), "Recreate");
    int64_t old = r->replicas - r->updated;
    if (r->updated_ready >= r->want || recreate)
        for (size_t i = 0; i < r->sets.len; i++)
            if (r->sets.at[i] != r->current)
                scale(k, r->sets.at[i], 0);
    if (doc_bool(spec_of(k->obj, "paused"), false) || (recreate && old))
        return;
    if (!r->current) {
        make_replica_set(k, r);
        return;
    }
    scale(k, r->current, r->want);
    if (revision_of(k->obj) == revision_of(r->current))
        return;
    const struct doc *revision = doc_path(r->current, "metadata", "annotations", REVISION);
    sim_patch(k, SIM_DEPLOYMENT, k->name,
              doc_with(k->a, doc_new_map(k->a), revision, "metadata", "annotations", REVISION));
}

/* How long nothing has moved, by the condition's own time; a deadline that passes meanwhile brings a look of
 * its own. */
static bool too_late(struct look *k, const struct rollout *r)
{
    const struct doc *old = sim_condition_of(k->obj, "Progressing");
    int64_t deadline_ms = doc_int(spec_of(k->obj, "progressDeadlineSeconds"), 600) * 1000, since;
    bool same = strstr(doc_str(doc_get(old, "message"), ""), r->name) != NULL;
    if (same && doc_str_is(doc_get(old, "reason"), "ProgressDeadlineExceeded"))
        return true;
    bool going = same && doc_str_is(doc_get(old, "reason"), "ReplicaSetUpdated");
    if (!going || !time_parse_rfc3339(doc_str(doc_get(old, "lastUpdateTime"), ""), &since))
        since = sim_now_ms(k);
    int64_t left = since + deadline_ms - sim_now_ms(k);
    if (left > 0)
        sim_again(k, left + 10);
    return left <= 0;
}

static void progressing(struct look *k, const struct rollout *r, struct doc *conditions)
{
    if (doc_bool(spec_of(k->obj, "paused"), false)) {
        sim_condition(k, conditions, "Progressing", true, "DeploymentPaused", "Deployment is paused");
        return;
    }
    bool complete = r->current && r->updated == r->want && r->replicas == r->want && r->ready >= r->want;
    const char *how = complete         ? "has successfully progressed"
                      : too_late(k, r) ? "has timed out progressing"
                                       : "is progressing";
    const char *message = arena_printf(k->a, "ReplicaSet \"%s\" %s.", r->name, how);
    bool late = strstr(how, "timed out") != NULL;
    sim_condition(k, conditions, "Progressing", !late,
                  complete ? "NewReplicaSetAvailable"
                  : late   ? "ProgressDeadlineExceeded"
                           : "ReplicaSetUpdated",
                  message);
}

void sim_look_deployment(struct look *k)
{
    struct rollout r = {.want = 0};
    survey(k, &r);
    roll(k, &r);
    struct doc *status = doc_new_map(k->a);
    doc_set_int(k->a, status, "observedGeneration", generation(k->obj));
    set_count(k, status, "replicas", r.replicas);
    set_count(k, status, "updatedReplicas", r.updated);
    set_count(k, status, "readyReplicas", r.ready);
    set_count(k, status, "availableReplicas", r.ready);
    set_count(k, status, "unavailableReplicas", MAX(MAX(r.want, r.replicas) - r.ready, 0));
    struct doc *conditions = doc_set_list(k->a, status, "conditions");
    /* Of one replica none may be missing by the default strategy; of four, one. */
    bool available = r.ready >= r.want - r.want / 4;
    sim_condition(k, conditions, "Available", available,
                  available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                  available ? "Deployment has minimum availability."
                            : "Deployment does not have minimum availability.");
    progressing(k, &r, conditions);
    sim_status(k, status);
}

/* --- StatefulSets ---------------------------------------------------------------------------- */

static void make_claims(struct look *k, int64_t ordinal)
{
    doc_each (it, spec_of(k->obj, "volumeClaimTemplates")) {
        const char *name = arena_printf(k->a, "%s-%s-%lld", name_of(it.val), k->name, (long long)ordinal);
        if (sim_cached(k, SIM_CLAIM, name))
            continue;
        const struct doc *claim =
            sim_owned(k, SIM_CLAIM, name, doc_path(k->obj, "spec", "selector", "matchLabels"));
        claim = doc_without(k->a, claim, "metadata", "ownerReferences");
        sim_create(k, SIM_CLAIM, doc_with(k->a, claim, doc_get(it.val, "spec"), "spec"));
    }
}

/* Each claim of the set stands for the volume of its name. */
static const struct doc *with_claims(struct look *k, const struct doc *pod, int64_t ordinal)
{
    struct doc *volumes = doc_new_list(k->a);
    doc_each (it, doc_path(pod, "spec", "volumes"))
        doc_push(k->a, volumes, it.val);
    doc_each (it, spec_of(k->obj, "volumeClaimTemplates")) {
        struct doc *v = doc_push(k->a, volumes, doc_new_map(k->a));
        doc_set_str(k->a, v, "name", name_of(it.val));
        doc_set_str(k->a, doc_set_map(k->a, v, "persistentVolumeClaim"), "claimName",
                    arena_printf(k->a, "%s-%s-%lld", name_of(it.val), k->name, (long long)ordinal));
    }
    return doc_len(volumes) ? doc_with(k->a, pod, volumes, "spec", "volumes") : pod;
}

static void make_stateful_pod(struct look *k, const char *name, int64_t ordinal, const char *revision)
{
    make_claims(k, ordinal);
    struct doc *labels = labels_with(k, spec_of(k->obj, "template"), "controller-revision-hash", revision);
    doc_set_str(k->a, labels, "statefulset.kubernetes.io/pod-name", name);
    doc_set_str(k->a, labels, "apps.kubernetes.io/pod-index", arena_printf(k->a, "%lld", (long long)ordinal));
    sim_create(k, SIM_POD, with_claims(k, pod_of(k, name, labels), ordinal));
}

void sim_look_stateful_set(struct look *k)
{
    int64_t want = doc_int(spec_of(k->obj, "replicas"), 1), updated = 0;
    bool parallel = doc_str_is(spec_of(k->obj, "podManagementPolicy"), "Parallel"), waits = false;
    const char *revision = arena_printf(k->a, "%s-%s", k->name, sim_hash(k, spec_of(k->obj, "template")));
    struct sim_children pods = sim_children(k, SIM_POD, k->uid);
    for (int64_t i = 0; i < want && !waits; i++) {
        const char *name = arena_printf(k->a, "%s-%lld", k->name, (long long)i);
        const struct doc *pod = sim_cached(k, SIM_POD, name);
        if (!pod)
            make_stateful_pod(k, name, i, revision);
        waits = !parallel && (!pod || !sim_pod_ready(pod));
    }
    const char *stale = NULL;
    for (size_t i = 0; i < pods.len; i++) {
        int64_t ordinal = -1;
        span_int(span_of(name_of(pods.at[i]) + strlen(k->name) + 1), &ordinal);
        if (ordinal >= want)
            sim_delete(k, SIM_POD, name_of(pods.at[i]));
        else if (streq(label(pods.at[i], "controller-revision-hash"), revision))
            updated++;
        else
            stale = name_of(pods.at[i]);
    }
    bool manual = doc_str_is(doc_path(k->obj, "spec", "updateStrategy", "type"), "OnDelete");
    if (stale && !waits && !manual)
        sim_delete(k, SIM_POD, stale);
    int64_t ready = (int64_t)count_ready(&pods);
    bool done = updated >= want;
    struct doc *status = doc_new_map(k->a);
    doc_set_int(k->a, status, "observedGeneration", generation(k->obj));
    doc_set_int(k->a, status, "replicas", (int64_t)pods.len);
    doc_set_int(k->a, status, "availableReplicas", ready);
    doc_set_int(k->a, status, "collisionCount", 0);
    set_count(k, status, "readyReplicas", ready);
    set_count(k, status, "updatedReplicas", updated);
    set_count(k, status, "currentReplicas", done ? updated : (int64_t)pods.len - updated);
    doc_set_str(k->a, status, "updateRevision", revision);
    doc_set_str(k->a, status, "currentRevision",
                done ? revision : doc_str(doc_path(k->obj, "status", "currentRevision"), revision));
    sim_status(k, status);
}

/* --- DaemonSets ------------------------------------------------------------------------------ */

void sim_look_daemon_set(struct look *k)
{
    const char *revision = sim_hash(k, spec_of(k->obj, "template")),
               *name = arena_printf(k->a, "%s-%s", k->name, "node1");
    struct sim_children pods = sim_children(k, SIM_POD, k->uid);
    const struct doc *pod = pods.len ? pods.at[0] : NULL;
    bool wanted = sim_node(k);
    bool fresh = pod && streq(label(pod, "controller-revision-hash"), revision);
    if (!pod && wanted)
        sim_create(k, SIM_POD,
                   pod_of(k, name,
                          labels_with(k, spec_of(k->obj, "template"), "controller-revision-hash", revision)));
    else if (pod && !fresh && !doc_str_is(doc_path(k->obj, "spec", "updateStrategy", "type"), "OnDelete"))
        sim_delete(k, SIM_POD, name_of(pod));
    int64_t ready = (int64_t)count_ready(&pods);
    struct doc *status = doc_new_map(k->a);
    doc_set_int(k->a, status, "currentNumberScheduled", pod != NULL);
    doc_set_int(k->a, status, "desiredNumberScheduled", wanted);
    doc_set_int(k->a, status, "numberMisscheduled", 0);
    doc_set_int(k->a, status, "numberReady", ready);
    set_count(k, status, "numberAvailable", ready);
    set_count(k, status, "numberUnavailable", wanted - ready);
    set_count(k, status, "updatedNumberScheduled", fresh);
    doc_set_int(k->a, status, "observedGeneration", generation(k->obj));
    sim_status(k, status);
}

/* --- Jobs ------------------------------------------------------------------------------------ */

struct tally {
    int64_t active, succeeded, failed, ready;
};

static struct tally tally_of(const struct sim_children *pods)
{
    struct tally t = {0};
    for (size_t i = 0; i < pods->len; i++) {
        const struct doc *phase = doc_path(pods->at[i], "status", "phase");
        bool succeeded = doc_str_is(phase, "Succeeded"), failed = doc_str_is(phase, "Failed");
        t.succeeded += succeeded;
        t.failed += failed;
        t.active += !succeeded && !failed;
        t.ready += !succeeded && !failed && sim_pod_ready(pods->at[i]);
    }
    return t;
}

static bool job_over(const struct doc *job)
{
    return doc_str_is(doc_get(sim_condition_of(job, "Complete"), "status"), "True") ||
           doc_str_is(doc_get(sim_condition_of(job, "Failed"), "status"), "True");
}

static void job_pods(struct look *k, const struct tally *t, int64_t completions)
{
    int64_t parallelism = doc_int(spec_of(k->obj, "parallelism"), 1);
    int64_t want = MIN(parallelism, completions - t->succeeded), first = t->succeeded + t->failed + t->active;
    for (int64_t i = t->active; i < want; i++)
        sim_create(k, SIM_POD,
                   pod_of(k, pod_name(k, first + i - t->active),
                          doc_path(k->obj, "spec", "template", "metadata", "labels")));
}

void sim_look_job(struct look *k)
{
    if (job_over(k->obj))
        return;
    struct sim_children pods = sim_children(k, SIM_POD, k->uid);
    struct tally t = tally_of(&pods);
    int64_t completions = doc_int(spec_of(k->obj, "completions"), 1),
            limit = doc_int(spec_of(k->obj, "backoffLimit"), 6);
    bool failed = t.failed > limit, done = t.succeeded >= completions,
         suspended = doc_bool(spec_of(k->obj, "suspend"), false);
    if (!failed && !done && !suspended)
        job_pods(k, &t, completions);
    const char *now = arena_strdup(k->a, time_rfc3339(sim_now_ms(k)).text);
    struct doc *status = doc_new_map(k->a);
    if (!suspended)
        doc_set_str(k->a, status, "startTime", doc_str(doc_path(k->obj, "status", "startTime"), now));
    set_count(k, status, "active", t.active);
    set_count(k, status, "succeeded", t.succeeded);
    set_count(k, status, "failed", t.failed);
    doc_set_int(k->a, status, "ready", t.ready);
    struct doc *conditions = failed || done || suspended ? doc_set_list(k->a, status, "conditions") : NULL;
    if (done) {
        doc_set_str(k->a, status, "completionTime", now);
        const char *message = "Reached expected number of succeeded pods";
        sim_condition(k, conditions, "SuccessCriteriaMet", true, "CompletionsReached", message);
        sim_condition(k, conditions, "Complete", true, "CompletionsReached", message);
    } else if (failed) {
        const char *message = "Job has reached the specified backoff limit";
        sim_condition(k, conditions, "FailureTarget", true, "BackoffLimitExceeded", message);
        sim_condition(k, conditions, "Failed", true, "BackoffLimitExceeded", message);
    } else if (suspended) {
        sim_condition(k, conditions, "Suspended", true, "JobSuspended", "Job suspended");
    }
    sim_status(k, status);
}
