/* The simulated controllers and kubelet, over the sandbox that they give life to. */
#include "rig.h"

static void begin(void)
{
    rig_begin((struct sandbox_options){.simulate = true, .simulate_lb = true, .simulate_claims = true, .simulate_node = true});
}

/* Runs until the value at the path of the object is that text (or number). */
static const struct doc *until(const char *path, const char *const *keys, const char *want)
{
    for (;;) {
        const struct doc *d = get(path), *v = doc_vpath(d, keys);
        const char *text =
            doc_is(v, DOC_INT) ? arena_printf(rig.a, "%d", (int)doc_int(v, 0)) : doc_str(v, "");
        if (streq(text, want))
            return d;
        CHECK(loop_run_once(rig.loop));
    }
}
#define UNTIL(path, want, ...) until((path), (const char *const[]){__VA_ARGS__, NULL}, (want))

static const char *condition(const struct doc *d, const char *type, const char *key)
{
    doc_each (it, doc_path(d, "status", "conditions"))
        if (doc_str_is(doc_get(it.val, "type"), type))
            return doc_str(doc_get(it.val, key), "");
    return "";
}

static const struct doc *until_condition(const char *path, const char *type, const char *reason)
{
    for (;;) {
        const struct doc *d = get(path);
        if (streq(condition(d, type, "reason"), reason))
            return d;
        CHECK(loop_run_once(rig.loop));
    }
}

static const char *workload(const char *kind, const char *image, const char *more)
{
    return arena_printf(
        rig.a,
        "{\"kind\":\"%s\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"w\"},\"spec\":{\"selector\":"
        "{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":"
        "{\"containers\":[{\"name\":\"c\",\"image\":\"%s\"}]}}%s}}",
        kind, image, more);
}

#define APPS "/apis/apps/v1/namespaces/a/"

TEST(a_deployment_becomes_available_and_rolls_on)
{
    begin();
    create(APPS "deployments", workload("Deployment", "i:1", ",\"replicas\":2"));
    const struct doc *d = until_condition(APPS "deployments/w", "Progressing", "NewReplicaSetAvailable");
    CHECK_INT(doc_int(doc_path(d, "status", "availableReplicas"), 0), 2);
    CHECK_STR(condition(d, "Available", "status"), "True");
    must("PATCH", APPS "deployments/w", "application/strategic-merge-patch+json",
         "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:2\"}]}}}}");
    UNTIL(APPS "deployments/w", "2", "metadata", "annotations", "deployment.kubernetes.io/revision");
    until_condition(APPS "deployments/w", "Progressing", "NewReplicaSetAvailable");
    CHECK_INT(doc_len(doc_get(get("/api/v1/namespaces/a/pods"), "items")), 2);
    must("DELETE", APPS "deployments/w", NULL, NULL);
    CHECK_INT(doc_len(doc_get(get("/api/v1/namespaces/a/pods"), "items")), 0);
    rig_end();
}

TEST(a_crashing_deployment_passes_its_deadline)
{
    begin();
    create(APPS "deployments", workload("Deployment", "i:crash", ",\"progressDeadlineSeconds\":1"));
    const struct doc *d = until_condition(APPS "deployments/w", "Progressing", "ProgressDeadlineExceeded");
    CHECK_STR(condition(d, "Available", "status"), "False");
    d = doc_at(doc_get(get("/api/v1/namespaces/a/pods"), "items"), 0);
    const struct doc *c = doc_at(doc_path(d, "status", "containerStatuses"), 0);
    CHECK_STR(doc_str(doc_path(c, "state", "waiting", "reason"), ""), "CrashLoopBackOff");
    rig_end();
}

TEST(a_stateful_set_gets_its_claims_and_a_daemon_set_its_pod)
{
    begin();
    create(APPS "statefulsets",
           workload(
               "StatefulSet", "i:1",
               ",\"replicas\":2,\"serviceName\":\"w\",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":"
               "\"v\"},\"spec\":"
               "{\"accessModes\":[\"ReadWriteOnce\"],\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}]"));
    UNTIL(APPS "statefulsets/w", "2", "status", "readyReplicas");
    UNTIL("/api/v1/namespaces/a/persistentvolumeclaims/v-w-1", "Bound", "status", "phase");
    must("DELETE", APPS "statefulsets/w", NULL, NULL);
    create(APPS "daemonsets", workload("DaemonSet", "i:1", ""));
    UNTIL(APPS "daemonsets/w", "1", "status", "numberAvailable");
    rig_end();
}

TEST(without_a_node_a_daemon_set_wants_no_pod)
{
    rig_begin((struct sandbox_options){.simulate = true});
    create(APPS "daemonsets", workload("DaemonSet", "i:1", ""));
    UNTIL(APPS "daemonsets/w", "1", "status", "observedGeneration");
    CHECK_INT(doc_int(doc_path(get(APPS "daemonsets/w"), "status", "desiredNumberScheduled"), -1), 0);
    CHECK_INT(doc_len(doc_get(get("/api/v1/namespaces/a/pods"), "items")), 0);
    rig_end();
}

static const char *job(const char *name, const char *image)
{
    return arena_printf(
        rig.a,
        "{\"kind\":\"Job\",\"apiVersion\":\"batch/"
        "v1\",\"metadata\":{\"name\":\"%s\"},\"spec\":{\"backoffLimit\":"
        "0,\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"c\",\"image\":"
        "\"%s\"}]}}}}",
        name, image);
}

TEST(jobs_succeed_or_fail)
{
    begin();
    create("/apis/batch/v1/namespaces/a/jobs", job("good", "i:t0"));
    create("/apis/batch/v1/namespaces/a/jobs", job("bad", "i:fail"));
    until_condition("/apis/batch/v1/namespaces/a/jobs/good", "Complete", "CompletionsReached");
    until_condition("/apis/batch/v1/namespaces/a/jobs/bad", "Failed", "BackoffLimitExceeded");
    rig_end();
}

TEST(addresses_are_given)
{
    begin();
    create("/api/v1/namespaces/a/services",
           "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\"},"
           "\"spec\":{\"type\":\"LoadBalancer\",\"ports\":[{\"port\":80}]}}");
    create("/apis/networking.k8s.io/v1/namespaces/a/ingresses",
           "{\"kind\":\"Ingress\",\"apiVersion\":\"networking.k8s.io/"
           "v1\",\"metadata\":{\"name\":\"i\"},\"spec\":"
           "{\"ingressClassName\":\"sim\",\"defaultBackend\":{\"service\":{\"name\":\"s\",\"port\":{"
           "\"number\":80}}}}}");
    static const char *const paths[] = {"/api/v1/namespaces/a/services/s",
                                        "/apis/networking.k8s.io/v1/namespaces/a/ingresses/i"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        while (!doc_path(doc_at(doc_path(get(paths[i]), "status", "loadBalancer", "ingress"), 0), "ip"))
            CHECK(loop_run_once(rig.loop));
    rig_end();
}

TEST(autoscalers_and_budgets_are_judged)
{
    begin();
    create("/apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers",
           "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/"
           "v2\",\"metadata\":{\"name\":\"h\"},\"spec\":"
           "{\"maxReplicas\":3,\"scaleTargetRef\":{\"kind\":\"Deployment\",\"name\":\"w\",\"apiVersion\":"
           "\"apps/v1\"}}}");
    create("/apis/policy/v1/namespaces/a/poddisruptionbudgets",
           "{\"kind\":\"PodDisruptionBudget\",\"apiVersion\":\"policy/"
           "v1\",\"metadata\":{\"name\":\"b\"},\"spec\":"
           "{\"minAvailable\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}");
    create(APPS "deployments", workload("Deployment", "i:1", ",\"replicas\":2"));
    until_condition("/apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers/h", "AbleToScale",
                    "ReadyForNewScale");
    UNTIL("/apis/policy/v1/namespaces/a/poddisruptionbudgets/b", "1", "status", "disruptionsAllowed");
    rig_end();
}

TEST_MAIN
