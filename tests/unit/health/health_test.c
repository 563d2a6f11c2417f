/* Health: one row a rule of engine.md §5.3 and changes-3.6.md. */
#include "doc/yaml.h"
#include "health/health.h"
#include "lib/test.h"

#define META "metadata: {name: x, generation: 2}"

static const struct {
    const char *object, *status, *message;
} rows[] = {
    {"{apiVersion: v1, kind: ConfigMap}", "", ""},
    {"{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: t}}", "Progressing", "Pending deletion"},
    {"{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: t, finalizers: [a/b, c]}}", "Progressing",
     "Pending deletion. Finalizers: a/b, c"},
    {"{apiVersion: apps/v1beta1, kind: Deployment}", "Unknown", "unsupported Deployment GVK: apps/v1beta1, Kind=Deployment"},
    /* Deployment */
    {"{apiVersion: apps/v1, kind: Deployment, " META ", spec: {paused: true}}", "Suspended", "Deployment is paused"},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", status: {observedGeneration: 1}}", "Progressing",
     "Waiting for rollout to finish: observed deployment generation less than desired generation"},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", status: {observedGeneration: 2, conditions: [{type: Progressing, "
     "reason: ProgressDeadlineExceeded}]}}",
     "Degraded", "Deployment \"x\" exceeded its progress deadline"},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", spec: {replicas: 3}, status: {observedGeneration: 2, "
     "updatedReplicas: 1}}",
     "Progressing", "Waiting for rollout to finish: 1 out of 3 new replicas have been updated..."},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", spec: {replicas: 1}, status: {observedGeneration: 2, "
     "updatedReplicas: 1, replicas: 2}}",
     "Progressing", "Waiting for rollout to finish: 1 old replicas are pending termination..."},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", spec: {replicas: 2}, status: {observedGeneration: 2, "
     "updatedReplicas: 2, replicas: 2, availableReplicas: 1}}",
     "Progressing", "Waiting for rollout to finish: 1 of 2 updated replicas are available..."},
    {"{apiVersion: apps/v1, kind: Deployment, " META ", spec: {replicas: 1}, status: {observedGeneration: 2, "
     "updatedReplicas: 1, replicas: 1, availableReplicas: 1}}",
     "Healthy", ""},
    /* StatefulSet */
    {"{apiVersion: apps/v1, kind: StatefulSet, " META "}", "Progressing",
     "Waiting for statefulset spec update to be observed..."},
    {"{apiVersion: apps/v1, kind: StatefulSet, " META ", spec: {replicas: 3}, status: {observedGeneration: 2, readyReplicas: "
     "1}}",
     "Progressing", "Waiting for 2 pods to be ready..."},
    {"{apiVersion: apps/v1, kind: StatefulSet, " META ", spec: {replicas: 1, updateStrategy: {type: RollingUpdate, "
     "rollingUpdate: {partition: 0}}}, status: {observedGeneration: 2, readyReplicas: 1, updatedReplicas: 1}}",
     "Healthy", "partitioned roll out complete: 1 new pods have been updated..."},
    {"{apiVersion: apps/v1, kind: StatefulSet, " META ", spec: {updateStrategy: {type: OnDelete}}, status: "
     "{observedGeneration: 2, readyReplicas: 1}}",
     "Healthy", "statefulset has 1 ready pods"},
    {"{apiVersion: apps/v1, kind: StatefulSet, " META ", status: {observedGeneration: 2, updateRevision: b, currentRevision: "
     "a, updatedReplicas: 1}}",
     "Progressing", "waiting for statefulset rolling update to complete 1 pods at revision b..."},
    /* DaemonSet, ReplicaSet */
    {"{apiVersion: apps/v1, kind: DaemonSet, " META ", status: {observedGeneration: 2, desiredNumberScheduled: 2, "
     "updatedNumberScheduled: 1}}",
     "Progressing", "Waiting for daemon set \"x\" rollout to finish: 1 out of 2 new pods have been updated..."},
    {"{apiVersion: apps/v1, kind: DaemonSet, " META ", status: {observedGeneration: 2}}", "Healthy", ""},
    {"{apiVersion: apps/v1, kind: ReplicaSet, " META ", status: {observedGeneration: 2, conditions: [{type: ReplicaFailure, "
     "status: 'True', message: quota}]}}",
     "Degraded", "quota"},
    /* Pod */
    {"{apiVersion: v1, kind: Pod, spec: {restartPolicy: Always}, status: {phase: Running, containerStatuses: [{state: "
     "{waiting: {reason: CrashLoopBackOff, message: again}}}]}}",
     "Degraded", "again"},
    {"{apiVersion: v1, kind: Pod, status: {phase: Pending}}", "Progressing", ""},
    {"{apiVersion: v1, kind: Pod, status: {phase: Succeeded}}", "Healthy", ""},
    {"{apiVersion: v1, kind: Pod, status: {phase: Failed, containerStatuses: [{name: c, state: {terminated: {exitCode: "
     "3}}}]}}",
     "Degraded", "container \"c\" failed with exit code 3"},
    {"{apiVersion: v1, kind: Pod, status: {phase: Failed, initContainerStatuses: [{state: {terminated: {reason: OOMKilled, "
     "exitCode: 137}}}]}}",
     "Degraded", "OOMKilled"},
    {"{apiVersion: v1, kind: Pod, spec: {restartPolicy: Always}, status: {phase: Running, conditions: [{type: Ready, status: "
     "'True'}]}}",
     "Healthy", ""},
    {"{apiVersion: v1, kind: Pod, spec: {restartPolicy: Never}, status: {phase: Running}}", "Progressing", ""},
    {"{apiVersion: v1, kind: Pod, status: {phase: Lost}}", "Unknown", ""},
    /* Job, CronJob */
    {"{apiVersion: batch/v1, kind: Job}", "Progressing", NULL},
    {"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Failed, message: broken}]}}", "Degraded", "broken"},
    {"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Suspended, status: 'True'}]}}", "Suspended", ""},
    {"{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Suspended, status: 'False'}]}}", "Healthy", ""},
    {"{apiVersion: batch/v1, kind: CronJob, spec: {suspend: true}}", "Healthy", "CronJob is Suspended"},
    {"{apiVersion: batch/v1, kind: CronJob}", "Progressing", "Waiting for CronJob"},
    {"{apiVersion: batch/v1, kind: CronJob, status: {lastScheduleTime: '2026-01-02T00:00:00Z', lastSuccessfulTime: "
     "'2026-01-01T00:00:00Z'}}",
     "Degraded", NULL},
    {"{apiVersion: batch/v1, kind: CronJob, status: {lastScheduleTime: '2026-01-01T00:00:00Z', lastSuccessfulTime: "
     "'2026-01-02T00:00:00Z'}}",
     "Healthy", NULL},
    /* the rest */
    {"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Lost}}", "Degraded", ""},
    {"{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Bound}}", "Healthy", ""},
    {"{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}}", "Progressing", ""},
    {"{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", "Healthy", ""},
    {"{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}", "Healthy", ""},
    {"{apiVersion: networking.k8s.io/v1, kind: Ingress}", "Progressing", ""},
    {"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: AbleToScale, status: 'True', "
     "reason: Ready, message: m}, {type: ScalingActive, reason: FailedGetResourceMetric, message: no metrics}]}}",
     "Degraded", "no metrics"},
    {"{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: AbleToScale, status: 'True', "
     "message: m}]}}",
     "Healthy", "m"},
    {"{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {annotations: "
     "{autoscaling.alpha.kubernetes.io/conditions: '[{\"type\":\"AbleToScale\",\"status\":\"True\",\"message\":\"m\"}]'}}}",
     "Healthy", "m"},
    {"{apiVersion: autoscaling/v2beta2, kind: HorizontalPodAutoscaler}", "Unknown", NULL},
    {"{apiVersion: policy/v1, kind: PodDisruptionBudget, status: {conditions: [{type: x, status: 'False', reason: "
     "SyncFailed}]}}",
     "Degraded", "PodDisruptionBudget has SyncFailed"},
    {"{apiVersion: policy/v1, kind: PodDisruptionBudget, status: {conditions: [{type: x, status: 'False', reason: "
     "InsufficientPods}]}}",
     "Healthy", NULL},
    {"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: Established, status: "
     "'True'}, {type: NamesAccepted, status: 'True'}]}}",
     "Healthy", "CRD is healthy"},
    {"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: NamesAccepted, "
     "status: 'False'}]}}",
     "Degraded", NULL},
    {"{apiVersion: apiregistration.k8s.io/v1, kind: APIService, status: {conditions: [{type: Available, status: 'False', "
     "reason: R, message: m}]}}",
     "Progressing", "R: m"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Workflow, status: {phase: Error, message: m}}", "Degraded", "m"},
    {"{apiVersion: argoproj.io/v1alpha1, kind: Application}", "", ""},
};

TEST(every_rule_of_the_specification)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *d = NULL;
        CHECK_OK(yaml_read(a, span_of(rows[i].object), YAML_SIGS, NULL, &d));
        struct health h = health_of(a, d);
        CHECKF(streq(health_name(h.status), rows[i].status), "%s: %s '%s'", rows[i].object, health_name(h.status), h.message);
        CHECKF(!rows[i].message || streq(h.message, rows[i].message), "%s: '%s'", rows[i].object, h.message);
    }
}

TEST_MAIN
