/* kinds - the table of what is served: Kubernetes 1.34's own kinds here, those of CRDs beside them. */
#include "sandbox.h"

#include <ctype.h>

enum { N = RES_NAMESPACED, S = RES_STATUS, C = RES_SCALE, G = RES_GENERATION, X = RES_CREATE_ONLY };

static const struct {
    const char *group, *version, *plural, *kind, *short_names, *categories;
    unsigned flags;
} rows[] = {
    {"", "v1", "configmaps", "ConfigMap", "cm", "", N},
    {"", "v1", "endpoints", "Endpoints", "ep", "", N},
    {"", "v1", "events", "Event", "ev", "", N},
    {"", "v1", "limitranges", "LimitRange", "limits", "", N},
    {"", "v1", "namespaces", "Namespace", "ns", "", S},
    {"", "v1", "nodes", "Node", "no", "", S},
    {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", "", N | S},
    {"", "v1", "persistentvolumes", "PersistentVolume", "pv", "", S},
    {"", "v1", "pods", "Pod", "po", "all", N | S | G},
    {"", "v1", "podtemplates", "PodTemplate", "", "", N | G},
    {"", "v1", "replicationcontrollers", "ReplicationController", "rc", "all", N | S | C | G},
    {"", "v1", "resourcequotas", "ResourceQuota", "quota", "", N | S},
    {"", "v1", "secrets", "Secret", "", "", N},
    {"", "v1", "serviceaccounts", "ServiceAccount", "sa", "", N},
    {"", "v1", "services", "Service", "svc", "all", N | S},
    {"apiregistration.k8s.io", "v1", "apiservices", "APIService", "", "api-extensions", S},
    {"apps", "v1", "controllerrevisions", "ControllerRevision", "", "", N},
    {"apps", "v1", "daemonsets", "DaemonSet", "ds", "all", N | S | G},
    {"apps", "v1", "deployments", "Deployment", "deploy", "all", N | S | C | G},
    {"apps", "v1", "replicasets", "ReplicaSet", "rs", "all", N | S | C | G},
    {"apps", "v1", "statefulsets", "StatefulSet", "sts", "all", N | S | C | G},
    {"authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "", "", X},
    {"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", "", "", X},
    {"authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", "", "", N | X},
    {"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "", "", X},
    {"authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", "", "", X},
    {"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", "", "", X},
    {"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", "all", N | S},
    {"batch", "v1", "cronjobs", "CronJob", "cj", "all", N | S | G},
    {"batch", "v1", "jobs", "Job", "", "all", N | S | G},
    {"certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", "csr", "", S},
    {"networking.k8s.io", "v1", "ingressclasses", "IngressClass", "", "", G},
    {"networking.k8s.io", "v1", "ingresses", "Ingress", "ing", "", N | S | G},
    {"networking.k8s.io", "v1", "ipaddresses", "IPAddress", "ip", "", G},
    {"networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol", "", N | G},
    {"networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", "", "", S | G},
    {"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", "", N | S | G},
    {"rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "", "", 0},
    {"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "", "", 0},
    {"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "", "", N},
    {"rbac.authorization.k8s.io", "v1", "roles", "Role", "", "", N},
    {"storage.k8s.io", "v1", "csidrivers", "CSIDriver", "", "", 0},
    {"storage.k8s.io", "v1", "csinodes", "CSINode", "", "", 0},
    {"storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", "", "", N},
    {"storage.k8s.io", "v1", "storageclasses", "StorageClass", "sc", "", 0},
    {"storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", "", "", S},
    {"storage.k8s.io", "v1", "volumeattributesclasses", "VolumeAttributesClass", "vac", "", 0},
    {"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration",
     "", "api-extensions", G},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", "",
     "api-extensions", S | G},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
     "ValidatingAdmissionPolicyBinding", "", "api-extensions", G},
    {"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
     "ValidatingWebhookConfiguration", "", "api-extensions", G},
    {"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "crd,crds",
     "api-extensions", S | G},
    {"scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc", "", G},
    {"coordination.k8s.io", "v1", "leases", "Lease", "", "", N},
    {"node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", "", "", 0},
    {"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "", "", N | G},
    {"flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", "", "", S | G},
    {"flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", "",
     "", S | G},
};

static char *lower(const char *text)
{
    char *copy = mem_strdup(text);
    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

void kinds_load(struct sandbox *s)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct resource *res = mem_zalloc(sizeof(*res));
        res->arena = arena_new("sandbox-kind");
        CLEANUP(mem_freep) char *singular = lower(rows[i].kind);
        res->group = rows[i].group;
        res->plural = rows[i].plural;
        res->singular = arena_strdup(res->arena, singular);
        res->kind = rows[i].kind;
        res->short_names = rows[i].short_names;
        res->categories = rows[i].categories;
        res->flags = rows[i].flags;
        res->versions = NEW(res->arena, struct served);
        res->versions_len = 1;
        res->versions[0].version = rows[i].version;
        res->versions[0].at = schema_kind_at(span_of(rows[i].group), span_of(rows[i].version), rows[i].kind);
        vec_push(&s->resources, res);
    }
}

struct resource *kinds_find(struct sandbox *s, const char *group, const char *plural)
{
    vec_each (r, &s->resources)
        if (streq((*r)->plural, plural) && streq((*r)->group, group))
            return *r;
    return NULL;
}

struct resource *kinds_by_kind(struct sandbox *s, const char *group, const char *kind)
{
    vec_each (r, &s->resources)
        if (streq((*r)->kind, kind) && streq((*r)->group, group))
            return *r;
    return NULL;
}

const struct served *kinds_version(const struct resource *res, const char *version)
{
    for (size_t i = 0; i < res->versions_len; i++)
        if (streq(res->versions[i].version, version))
            return &res->versions[i];
    return NULL;
}

void kinds_drop(struct sandbox *s, struct resource *res)
{
    watch_drop(res);
    vec_each (o, &res->objects)
        object_unref(*o);
    vec_each (e, &res->history) {
        object_unref(e->now);
        object_unref(e->before);
    }
    vec_release(&res->objects);
    vec_release(&res->history);
    vec_release(&res->watchers);
    arena_free(res->arena);
    for (size_t i = 0; i < s->resources.len; i++)
        if (s->resources.at[i] == res) {
            vec_remove(&s->resources, i);
            break;
        }
    free(res);
}
