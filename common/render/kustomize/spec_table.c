/* render/kustomize/spec_table - the configuration that every kustomization starts from (§4.1, §9).
 *
 * Most rows say the same of every kind that carries a pod: the macros below write a path once for all of
 * them. The order of rows tells nothing but which of two errors comes first. */
#include "render/kustomize/spec.h"

#define AT(group, version, kind, path)                                                                       \
    {                                                                                                        \
        {group, version, kind}, path, false                                                                  \
    }
#define MAKE(group, version, kind, path)                                                                     \
    {                                                                                                        \
        {group, version, kind}, path, true                                                                   \
    }
#define SPECS(rows)                                                                                          \
    {                                                                                                        \
        rows, ARRAY_LEN(rows)                                                                                \
    }

/* --- labels and annotations --- */

#define LABELS                                                                                               \
    MAKE("", "", "", "metadata/labels"),                                                                     \
        MAKE("", "v1", "ReplicationController", "spec/template/metadata/labels"),                            \
        MAKE("", "", "Deployment", "spec/template/metadata/labels"),                                         \
        MAKE("", "", "ReplicaSet", "spec/template/metadata/labels"),                                         \
        MAKE("", "", "DaemonSet", "spec/template/metadata/labels"),                                          \
        MAKE("apps", "", "StatefulSet", "spec/template/metadata/labels"),                                    \
        MAKE("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels"),                      \
        MAKE("batch", "", "Job", "spec/template/metadata/labels"),                                           \
        MAKE("batch", "", "CronJob", "spec/jobTemplate/metadata/labels"),                                    \
        MAKE("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels")

#define AFFINITY "spec/template/spec/affinity/"
#define PREFERRED "/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels"
#define REQUIRED "/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels"
#define SPREAD "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"
#define SCHEDULING(kind)                                                                                     \
    AT("apps", "", kind, AFFINITY "podAffinity" PREFERRED),                                                  \
        AT("apps", "", kind, AFFINITY "podAffinity" REQUIRED),                                               \
        AT("apps", "", kind, AFFINITY "podAntiAffinity" PREFERRED),                                          \
        AT("apps", "", kind, AFFINITY "podAntiAffinity" REQUIRED), AT("apps", "", kind, SPREAD)

static const struct kustomize_spec template_labels[] = {LABELS};

static const struct kustomize_spec common_labels[] = {
    MAKE("", "v1", "Service", "spec/selector"),
    MAKE("", "v1", "ReplicationController", "spec/selector"),
    MAKE("", "", "Deployment", "spec/selector/matchLabels"),
    SCHEDULING("Deployment"),
    MAKE("", "", "ReplicaSet", "spec/selector/matchLabels"),
    MAKE("", "", "DaemonSet", "spec/selector/matchLabels"),
    MAKE("apps", "", "StatefulSet", "spec/selector/matchLabels"),
    SCHEDULING("StatefulSet"),
    AT("batch", "", "Job", "spec/selector/matchLabels"),
    AT("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
    AT("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels"),
    AT("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels"),
    AT("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
    AT("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
    LABELS,
};

static const struct kustomize_spec annotations[] = {
    MAKE("", "", "", "metadata/annotations"),
    MAKE("", "v1", "ReplicationController", "spec/template/metadata/annotations"),
    MAKE("", "", "Deployment", "spec/template/metadata/annotations"),
    MAKE("", "", "ReplicaSet", "spec/template/metadata/annotations"),
    MAKE("", "", "DaemonSet", "spec/template/metadata/annotations"),
    MAKE("", "", "StatefulSet", "spec/template/metadata/annotations"),
    MAKE("batch", "", "Job", "spec/template/metadata/annotations"),
    MAKE("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations"),
    MAKE("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations"),
};

/* --- small ones --- */

static const struct kustomize_spec names[] = {AT("", "", "", "metadata/name")};
static const struct kustomize_spec namespaces[] = {
    MAKE("", "", "Namespace", "metadata/name"),
    MAKE("apiregistration.k8s.io", "", "APIService", "spec/service/namespace"),
    AT("apiextensions.k8s.io", "", "CustomResourceDefinition",
       "spec/conversion/webhook/clientConfig/service/namespace"),
};
static const struct kustomize_spec images[] = {
    MAKE("", "", "", "spec/containers[]/image"),
    MAKE("", "", "", "spec/initContainers[]/image"),
    MAKE("", "", "", "spec/volumes[]/image/reference"),
    MAKE("", "", "", "spec/template/spec/containers[]/image"),
    MAKE("", "", "", "spec/template/spec/initContainers[]/image"),
    MAKE("", "", "", "spec/template/spec/volumes[]/image/reference"),
};
static const struct kustomize_spec replicas[] = {
    MAKE("", "", "Deployment", "spec/replicas"),
    MAKE("", "", "StatefulSet", "spec/replicas"),
    MAKE("", "", "ReplicaSet", "spec/replicas"),
    MAKE("", "", "ReplicationController", "spec/replicas"),
};

/* --- vars --- */

#define VAR_CONTAINERS(kind, pod, containers)                                                                \
    AT("", "", kind, pod containers "/args"), AT("", "", kind, pod containers "/command"),                   \
        AT("", "", kind, pod containers "/env/value"),                                                       \
        AT("", "", kind, pod containers "/volumeMounts/mountPath")
/* The places of NFS servers are the original's, also where no such field is. */
#define VAR_POD(kind, pod, nfs)                                                                              \
    VAR_CONTAINERS(kind, pod, "containers"), VAR_CONTAINERS(kind, pod, "initContainers"),                    \
        AT("", "", kind, nfs "/nfs/server")
#define TEMPLATE "spec/template/spec/"

static const struct kustomize_spec var_reference[] = {
    VAR_POD("CronJob", "spec/jobTemplate/spec/template/spec/", "spec/jobTemplate/spec/template/volumes"),
    VAR_POD("DaemonSet", TEMPLATE, TEMPLATE "volumes"),
    VAR_POD("Deployment", TEMPLATE, TEMPLATE "volumes"),
    AT("", "", "Deployment", "spec/template/metadata/annotations"),
    AT("", "", "Ingress", "spec/rules/host"),
    AT("", "", "Ingress", "spec/tls/hosts"),
    AT("", "", "Ingress", "spec/tls/secretName"),
    VAR_POD("Job", TEMPLATE, TEMPLATE "volumes"),
    VAR_POD("Pod", "spec/", "spec/volumes"),
    VAR_POD("ReplicaSet", TEMPLATE, TEMPLATE "volumes"),
    AT("", "", "Service", "spec/ports/port"),
    AT("", "", "Service", "spec/ports/targetPort"),
    VAR_POD("StatefulSet", TEMPLATE, "spec/volumeClaimTemplates/spec"),
    AT("", "", "PersistentVolume", "spec/nfs/server"),
    AT("", "", "", "metadata/labels"),
    AT("", "", "", "metadata/annotations"),
};

/* --- references by name --- */

/* A path in the pods of all that carry one. */
#define IN_PODS(path)                                                                                        \
    AT("", "v1", "Pod", "spec/" path), AT("", "", "PodTemplate", "template/spec/" path),                     \
        AT("", "", "Deployment", TEMPLATE path), AT("", "", "ReplicaSet", TEMPLATE path),                    \
        AT("", "", "DaemonSet", TEMPLATE path), AT("", "", "StatefulSet", TEMPLATE path),                    \
        AT("", "", "Job", TEMPLATE path), AT("", "", "CronJob", "spec/jobTemplate/" TEMPLATE path)
/* The same where the original names other kinds. */
#define IN_SOME_PODS(path)                                                                                   \
    AT("", "", "Pod", "spec/" path), AT("", "", "StatefulSet", TEMPLATE path),                               \
        AT("", "", "Deployment", TEMPLATE path), AT("", "", "ReplicationController", TEMPLATE path),         \
        AT("", "", "CronJob", "spec/jobTemplate/" TEMPLATE path), AT("", "", "Job", TEMPLATE path),          \
        AT("", "", "DaemonSet", TEMPLATE path)
#define IN_CONTAINERS(path) IN_PODS("containers/" path), IN_PODS("initContainers/" path)
#define RBAC "rbac.authorization.k8s.io"
#define ADMISSION "admissionregistration.k8s.io"

static const struct kustomize_spec scaled[] = {
    AT("", "", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")};
static const struct kustomize_spec config_maps[] = {
    IN_PODS("volumes/configMap/name"),
    IN_PODS("volumes/projected/sources/configMap/name"),
    IN_CONTAINERS("env/valueFrom/configMapKeyRef/name"),
    IN_CONTAINERS("envFrom/configMapRef/name"),
    AT("", "", "Node", "spec/configSource/configMap"),
    AT("", "", "Role", "rules/resourceNames"),
    AT("", "", "ClusterRole", "rules/resourceNames"),
    AT("", "", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
};
static const struct kustomize_spec secrets[] = {
    IN_PODS("volumes/secret/secretName"),
    IN_PODS("volumes/projected/sources/secret/name"),
    IN_CONTAINERS("env/valueFrom/secretKeyRef/name"),
    IN_CONTAINERS("envFrom/secretRef/name"),
    IN_PODS("imagePullSecrets/name"),
    AT("", "", "Ingress", "spec/tls/secretName"),
    AT("", "", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    AT("", "", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
    AT("", "", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    AT("", "", "ServiceAccount", "imagePullSecrets/name"),
    AT("", "", "StorageClass", "parameters/secretName"),
    AT("", "", "StorageClass", "parameters/adminSecretName"),
    AT("", "", "StorageClass", "parameters/userSecretName"),
    AT("", "", "StorageClass", "parameters/secretRef"),
    AT("", "", "Role", "rules/resourceNames"),
    AT("", "", "ClusterRole", "rules/resourceNames"),
    AT("serving.knative.dev", "v1", "Service", TEMPLATE "containers/env/valueFrom/secretKeyRef/name"),
    AT("", "", "PersistentVolume", "spec/azureFile/secretName"),
};
static const struct kustomize_spec services[] = {
    AT("apps", "", "StatefulSet", "spec/serviceName"),
    AT("", "", "Ingress", "spec/rules/http/paths/backend/serviceName"),
    AT("", "", "Ingress", "spec/backend/serviceName"),
    AT("", "", "Ingress", "spec/rules/http/paths/backend/service/name"),
    AT("", "", "Ingress", "spec/defaultBackend/service/name"),
    AT("apiregistration.k8s.io", "", "APIService", "spec/service/name"),
    AT(ADMISSION, "", "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
    AT(ADMISSION, "", "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
};
static const struct kustomize_spec roles[] = {AT(RBAC, "", "RoleBinding", "roleRef/name")};
static const struct kustomize_spec cluster_roles[] = {
    AT(RBAC, "", "RoleBinding", "roleRef/name"),
    AT(RBAC, "", "ClusterRoleBinding", "roleRef/name"),
};
static const struct kustomize_spec service_accounts[] = {
    AT(RBAC, "", "RoleBinding", "subjects"),
    AT(RBAC, "", "ClusterRoleBinding", "subjects"),
    IN_SOME_PODS("serviceAccountName"),
};
static const struct kustomize_spec claims[] = {IN_SOME_PODS("volumes/persistentVolumeClaim/claimName")};
static const struct kustomize_spec volumes[] = {
    AT("", "", "PersistentVolumeClaim", "spec/volumeName"),
    AT("", "", "ClusterRole", "rules/resourceNames"),
};
static const struct kustomize_spec storage_classes[] = {
    AT("", "", "PersistentVolume", "spec/storageClassName"),
    AT("", "", "PersistentVolumeClaim", "spec/storageClassName"),
    AT("", "", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
};
static const struct kustomize_spec priority_classes[] = {IN_SOME_PODS("priorityClassName")};
static const struct kustomize_spec ingress_classes[] = {AT("", "", "Ingress", "spec/ingressClassName")};
static const struct kustomize_spec policies[] = {
    AT(ADMISSION, "", "ValidatingAdmissionPolicyBinding", "spec/policyName")};

static const struct kustomize_referrer references[] = {
    {{"", "", "Deployment"}, SPECS(scaled)},
    {{"", "", "ReplicationController"}, SPECS(scaled)},
    {{"", "", "ReplicaSet"}, SPECS(scaled)},
    {{"", "", "StatefulSet"}, SPECS(scaled)},
    {{"", "v1", "ConfigMap"}, SPECS(config_maps)},
    {{"", "v1", "Secret"}, SPECS(secrets)},
    {{"", "v1", "Service"}, SPECS(services)},
    {{RBAC, "", "Role"}, SPECS(roles)},
    {{RBAC, "", "ClusterRole"}, SPECS(cluster_roles)},
    {{"", "v1", "ServiceAccount"}, SPECS(service_accounts)},
    {{"", "v1", "PersistentVolumeClaim"}, SPECS(claims)},
    {{"", "v1", "PersistentVolume"}, SPECS(volumes)},
    {{"storage.k8s.io", "v1", "StorageClass"}, SPECS(storage_classes)},
    {{"scheduling.k8s.io", "v1", "PriorityClass"}, SPECS(priority_classes)},
    /* Never matches: the version stands in the group, as in the original. */
    {{"networking.k8s.io/v1", "v1", "IngressClass"}, SPECS(ingress_classes)},
    {{ADMISSION, "", "ValidatingAdmissionPolicy"}, SPECS(policies)},
};

const struct kustomize_config *kustomize_config_default(void)
{
    static const struct kustomize_config config = {
        .name_prefix = SPECS(names),
        .name_suffix = SPECS(names),
        .namespace = SPECS(namespaces),
        .template_labels = SPECS(template_labels),
        .common_labels = SPECS(common_labels),
        .common_annotations = SPECS(annotations),
        .var_reference = SPECS(var_reference),
        .images = SPECS(images),
        .replicas = SPECS(replicas),
        .references = references,
        .references_len = ARRAY_LEN(references),
    };
    return &config;
}
