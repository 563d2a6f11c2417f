/* schema/default - what the API server adds to an object as it stores it.
 *
 * Constants are a table by type; what depends on another field is a function by type. Walking an object goes down its schema,
 * and every object node gets the rows of its type. A CRD's own `default`s stand in its schema's fields. The measure of this
 * file is ../shared/conformance/kubernetes/stored.jsonl.zst. */
#include "schema/schema.h"

#include "base/str.h"
#include "doc/json.h"

#include <ctype.h>
#include <pthread.h>

#define API "io.k8s.api."
#define EXTENSIONS "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."

static const struct constant {
    const char *type, *field, *json;
} constants[] = {
    {API "core.v1.PodSpec", "dnsPolicy", "\"ClusterFirst\""},
    {API "core.v1.PodSpec", "restartPolicy", "\"Always\""},
    {API "core.v1.PodSpec", "schedulerName", "\"default-scheduler\""},
    {API "core.v1.PodSpec", "securityContext", "{}"},
    {API "core.v1.PodSpec", "terminationGracePeriodSeconds", "30"},
    {API "core.v1.Container", "resources", "{}"},
    {API "core.v1.Container", "terminationMessagePath", "\"/dev/termination-log\""},
    {API "core.v1.Container", "terminationMessagePolicy", "\"File\""},
    {API "core.v1.EphemeralContainer", "resources", "{}"},
    {API "core.v1.EphemeralContainer", "terminationMessagePath", "\"/dev/termination-log\""},
    {API "core.v1.EphemeralContainer", "terminationMessagePolicy", "\"File\""},
    {API "core.v1.ContainerPort", "protocol", "\"TCP\""},
    {API "core.v1.Probe", "failureThreshold", "3"},
    {API "core.v1.Probe", "periodSeconds", "10"},
    {API "core.v1.Probe", "successThreshold", "1"},
    {API "core.v1.Probe", "timeoutSeconds", "1"},
    {API "core.v1.HTTPGetAction", "path", "\"/\""},
    {API "core.v1.HTTPGetAction", "scheme", "\"HTTP\""},
    {API "core.v1.GRPCAction", "service", "\"\""},
    {API "core.v1.ConfigMapVolumeSource", "defaultMode", "420"},
    {API "core.v1.SecretVolumeSource", "defaultMode", "420"},
    {API "core.v1.DownwardAPIVolumeSource", "defaultMode", "420"},
    {API "core.v1.ProjectedVolumeSource", "defaultMode", "420"},
    {API "core.v1.ServiceAccountTokenProjection", "expirationSeconds", "3600"},
    {API "core.v1.HostPathVolumeSource", "type", "\"\""},
    {API "core.v1.ObjectFieldSelector", "apiVersion", "\"v1\""},
    {API "core.v1.ResourceFieldSelector", "divisor", "\"0\""},
    {API "core.v1.ISCSIVolumeSource", "iscsiInterface", "\"default\""},
    {API "core.v1.RBDVolumeSource", "pool", "\"rbd\""},
    {API "core.v1.RBDVolumeSource", "user", "\"admin\""},
    {API "core.v1.RBDVolumeSource", "keyring", "\"/etc/ceph/keyring\""},
    {API "core.v1.AzureDiskVolumeSource", "cachingMode", "\"ReadWrite\""},
    {API "core.v1.AzureDiskVolumeSource", "fsType", "\"ext4\""},
    {API "core.v1.AzureDiskVolumeSource", "kind", "\"Shared\""},
    {API "core.v1.AzureDiskVolumeSource", "readOnly", "false"},
    {API "core.v1.ServiceSpec", "sessionAffinity", "\"None\""},
    {API "core.v1.ServiceSpec", "type", "\"ClusterIP\""},
    {API "core.v1.ServicePort", "protocol", "\"TCP\""},
    {API "core.v1.EndpointPort", "protocol", "\"TCP\""},
    {API "core.v1.PersistentVolumeClaimSpec", "volumeMode", "\"Filesystem\""},
    {API "core.v1.PersistentVolumeSpec", "persistentVolumeReclaimPolicy", "\"Retain\""},
    {API "core.v1.PersistentVolumeSpec", "volumeMode", "\"Filesystem\""},
    {API "core.v1.Secret", "type", "\"Opaque\""},
    {API "apps.v1.DeploymentSpec", "progressDeadlineSeconds", "600"},
    {API "apps.v1.DeploymentSpec", "replicas", "1"},
    {API "apps.v1.DeploymentSpec", "revisionHistoryLimit", "10"},
    {API "apps.v1.DeploymentSpec", "strategy", "{}"},
    {API "apps.v1.DeploymentStrategy", "type", "\"RollingUpdate\""},
    {API "apps.v1.RollingUpdateDeployment", "maxSurge", "\"25%\""},
    {API "apps.v1.RollingUpdateDeployment", "maxUnavailable", "\"25%\""},
    {API "apps.v1.StatefulSetSpec", "podManagementPolicy", "\"OrderedReady\""},
    {API "apps.v1.StatefulSetSpec", "replicas", "1"},
    {API "apps.v1.StatefulSetSpec", "revisionHistoryLimit", "10"},
    {API "apps.v1.StatefulSetSpec", "persistentVolumeClaimRetentionPolicy", "{}"},
    {API "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", "\"Retain\""},
    {API "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", "\"Retain\""},
    {API "apps.v1.RollingUpdateStatefulSetStrategy", "partition", "0"},
    {API "apps.v1.DaemonSetSpec", "revisionHistoryLimit", "10"},
    {API "apps.v1.DaemonSetSpec", "updateStrategy", "{}"},
    {API "apps.v1.DaemonSetUpdateStrategy", "type", "\"RollingUpdate\""},
    {API "apps.v1.RollingUpdateDaemonSet", "maxSurge", "0"},
    {API "apps.v1.RollingUpdateDaemonSet", "maxUnavailable", "1"},
    {API "apps.v1.ReplicaSetSpec", "replicas", "1"},
    {API "batch.v1.CronJobSpec", "concurrencyPolicy", "\"Allow\""},
    {API "batch.v1.CronJobSpec", "failedJobsHistoryLimit", "1"},
    {API "batch.v1.CronJobSpec", "successfulJobsHistoryLimit", "3"},
    {API "batch.v1.CronJobSpec", "suspend", "false"},
    {API "networking.v1.NetworkPolicyPort", "protocol", "\"TCP\""},
    {API "networking.v1.IngressClassParametersReference", "scope", "\"Cluster\""},
    {API "autoscaling.v2.HorizontalPodAutoscalerSpec", "minReplicas", "1"},
    {API "autoscaling.v1.HorizontalPodAutoscalerSpec", "minReplicas", "1"},
    {API "rbac.v1.RoleRef", "apiGroup", "\"rbac.authorization.k8s.io\""},
    {API "storage.v1.StorageClass", "reclaimPolicy", "\"Delete\""},
    {API "storage.v1.StorageClass", "volumeBindingMode", "\"Immediate\""},
    {API "storage.v1.CSIDriverSpec", "attachRequired", "true"},
    {API "storage.v1.CSIDriverSpec", "fsGroupPolicy", "\"ReadWriteOnceWithFSType\""},
    {API "storage.v1.CSIDriverSpec", "podInfoOnMount", "false"},
    {API "storage.v1.CSIDriverSpec", "requiresRepublish", "false"},
    {API "storage.v1.CSIDriverSpec", "seLinuxMount", "false"},
    {API "storage.v1.CSIDriverSpec", "storageCapacity", "false"},
    {API "storage.v1.CSIDriverSpec", "volumeLifecycleModes", "[\"Persistent\"]"},
    {API "scheduling.v1.PriorityClass", "preemptionPolicy", "\"PreemptLowerPriority\""},
    {API "admissionregistration.v1.ValidatingWebhook", "failurePolicy", "\"Fail\""},
    {API "admissionregistration.v1.ValidatingWebhook", "matchPolicy", "\"Equivalent\""},
    {API "admissionregistration.v1.ValidatingWebhook", "namespaceSelector", "{}"},
    {API "admissionregistration.v1.ValidatingWebhook", "objectSelector", "{}"},
    {API "admissionregistration.v1.ValidatingWebhook", "timeoutSeconds", "10"},
    {API "admissionregistration.v1.MutatingWebhook", "failurePolicy", "\"Fail\""},
    {API "admissionregistration.v1.MutatingWebhook", "matchPolicy", "\"Equivalent\""},
    {API "admissionregistration.v1.MutatingWebhook", "namespaceSelector", "{}"},
    {API "admissionregistration.v1.MutatingWebhook", "objectSelector", "{}"},
    {API "admissionregistration.v1.MutatingWebhook", "reinvocationPolicy", "\"Never\""},
    {API "admissionregistration.v1.MutatingWebhook", "timeoutSeconds", "10"},
    {API "admissionregistration.v1.RuleWithOperations", "scope", "\"*\""},
    {API "admissionregistration.v1.ServiceReference", "port", "443"},
    {"io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference", "port", "443"},
    {EXTENSIONS "CustomResourceDefinitionSpec", "conversion", "{\"strategy\":\"None\"}"},
    {EXTENSIONS "CustomResourceDefinitionSpec", "scope", "\"Namespaced\""},
    {EXTENSIONS "ServiceReference", "port", "443"},
};

/* --- rules that look at other fields --- */

typedef void rule_fn(struct arena *a, struct doc *obj);

static bool has(const struct doc *obj, const char *field)
{
    const struct doc *d = doc_get(obj, field);
    return d && !doc_is(d, DOC_NULL);
}

static void default_str(struct arena *a, struct doc *obj, const char *field, const char *value)
{
    if (!has(obj, field))
        doc_set_str(a, obj, field, value);
}

static void default_int(struct arena *a, struct doc *obj, const char *field, int64_t value)
{
    if (!has(obj, field))
        doc_set_int(a, obj, field, value);
}

static void default_bool(struct arena *a, struct doc *obj, const char *field, bool value)
{
    if (!has(obj, field))
        doc_set_bool(a, obj, field, value);
}

/* "latest" and no tag at all are pulled always. */
static void container(struct arena *a, struct doc *obj)
{
    const char *image = doc_str(doc_get(obj, "image"), ""), *slash = strrchr(image, '/');
    const char *name = slash ? slash + 1 : image, *tag = strchr(name, ':');
    bool latest = !strchr(name, '@') && (!tag || streq(tag, ":latest"));
    default_str(a, obj, "imagePullPolicy", latest ? "Always" : "IfNotPresent");
}

/* The deprecated name of serviceAccountName is kept equal to it. */
static void pod_spec(struct arena *a, struct doc *obj)
{
    const char *account = doc_str(doc_get(obj, "serviceAccountName"), doc_str(doc_get(obj, "serviceAccount"), ""));
    if (!*account)
        return;
    doc_set_str(a, obj, "serviceAccountName", account);
    doc_set_str(a, obj, "serviceAccount", account);
}

static void service_port(struct arena *a, struct doc *obj)
{
    const struct doc *target = doc_get(obj, "targetPort");
    bool unset = !target || doc_is(target, DOC_NULL) || (doc_is(target, DOC_INT) && !doc_int(target, 0)) ||
                 doc_str_is(target, "");
    if (unset && doc_get(obj, "port"))
        doc_set(a, obj, "targetPort", doc_get(obj, "port"));
}

static void service_spec(struct arena *a, struct doc *obj)
{
    const char *type = doc_str(doc_get(obj, "type"), "ClusterIP");
    bool balancer = streq(type, "LoadBalancer"), node_port = streq(type, "NodePort");
    if (balancer || node_port)
        default_str(a, obj, "externalTrafficPolicy", "Cluster");
    if (balancer)
        default_bool(a, obj, "allocateLoadBalancerNodePorts", true);
    if (!streq(type, "ExternalName"))
        default_str(a, obj, "internalTrafficPolicy", "Cluster");
    if (doc_str_is(doc_get(obj, "sessionAffinity"), "ClientIP")) {
        struct doc *config = doc_own_map(a, obj, "sessionAffinityConfig");
        default_int(a, doc_own_map(a, config, "clientIP"), "timeoutSeconds", 10800);
    }
}

static void rolling(struct arena *a, struct doc *obj)
{
    if (doc_str_is(doc_get(obj, "type"), "RollingUpdate") && !has(obj, "rollingUpdate"))
        doc_set_map(a, obj, "rollingUpdate");
}

/* Of a Job only: a CronJob's template waits for the Job that is made of it. */
static void job(struct arena *a, struct doc *whole)
{
    struct doc *obj = doc_own_map(a, whole, "spec");
    if (!has(obj, "completions") && !has(obj, "parallelism"))
        doc_set_int(a, obj, "completions", 1);
    default_int(a, obj, "parallelism", 1);
    default_int(a, obj, "backoffLimit", 6);
    default_str(a, obj, "completionMode", "NonIndexed");
    default_bool(a, obj, "suspend", false);
    default_bool(a, obj, "manualSelector", false);
    default_str(a, obj, "podReplacementPolicy", has(obj, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
}

static void network_policy_spec(struct arena *a, struct doc *obj)
{
    if (doc_len(doc_get(obj, "policyTypes")))
        return;
    struct doc *types = doc_set_list(a, obj, "policyTypes");
    doc_push_str(a, types, "Ingress");
    if (doc_len(doc_get(obj, "egress")))
        doc_push_str(a, types, "Egress");
}

static void subject(struct arena *a, struct doc *obj)
{
    if (!has(obj, "apiGroup") && !doc_str_is(doc_get(obj, "kind"), "ServiceAccount"))
        doc_set_str(a, obj, "apiGroup", "rbac.authorization.k8s.io");
}

static void claim(struct arena *a, struct doc *obj)
{
    default_str(a, doc_own_map(a, obj, "status"), "phase", "Pending");
}

static void claim_template(struct arena *a, struct doc *obj)
{
    default_str(a, obj, "apiVersion", "v1");
    default_str(a, obj, "kind", "PersistentVolumeClaim");
}

static void namespace(struct arena *a, struct doc *obj)
{
    const char *name = doc_str(doc_path(obj, "metadata", "name"), "");
    struct doc *labels = doc_own_map(a, doc_own_map(a, obj, "metadata"), "labels");
    default_str(a, labels, "kubernetes.io/metadata.name", name);
}

/* Claims inside a StatefulSet are whole objects; the rolling update is filled in only where no strategy is named. */
static void stateful_set_spec(struct arena *a, struct doc *obj)
{
    struct doc *strategy = doc_own_map(a, obj, "updateStrategy");
    if (!has(strategy, "type")) {
        doc_set_str(a, strategy, "type", "RollingUpdate");
        doc_own_map(a, strategy, "rollingUpdate");
    }
    const struct doc *old = doc_get(obj, "volumeClaimTemplates");
    if (!doc_len(old))
        return;
    struct doc *list = doc_new_list(a);
    doc_each(it, old)
        claim_template(a, doc_push(a, list, doc_shallow(a, it.val)));
    doc_set(a, obj, "volumeClaimTemplates", list);
}

static void hpa_v2_spec(struct arena *a, struct doc *obj)
{
    if (doc_len(doc_get(obj, "metrics")))
        return;
    struct doc *metric = doc_push(a, doc_set_list(a, obj, "metrics"), doc_new_map(a));
    doc_set_str(a, metric, "type", "Resource");
    struct doc *resource = doc_set_map(a, metric, "resource");
    doc_set_str(a, resource, "name", "cpu");
    struct doc *target = doc_set_map(a, resource, "target");
    doc_set_str(a, target, "type", "Utilization");
    doc_set_int(a, target, "averageUtilization", 80);
}

static void scaling_policy(struct arena *a, struct doc *policies, const char *type, int64_t value, int64_t period)
{
    struct doc *p = doc_push(a, policies, doc_new_map(a));
    doc_set_str(a, p, "type", type);
    doc_set_int(a, p, "value", value);
    doc_set_int(a, p, "periodSeconds", period);
}

static void hpa_behavior(struct arena *a, struct doc *obj)
{
    struct doc *up = doc_own_map(a, obj, "scaleUp");
    default_int(a, up, "stabilizationWindowSeconds", 0);
    default_str(a, up, "selectPolicy", "Max");
    if (!doc_len(doc_get(up, "policies"))) {
        struct doc *policies = doc_set_list(a, up, "policies");
        scaling_policy(a, policies, "Pods", 4, 15);
        scaling_policy(a, policies, "Percent", 100, 15);
    }
    struct doc *down = doc_own_map(a, obj, "scaleDown");
    default_str(a, down, "selectPolicy", "Max");
    if (!doc_len(doc_get(down, "policies")))
        scaling_policy(a, doc_set_list(a, down, "policies"), "Percent", 100, 15);
}

static void crd_names(struct arena *a, struct doc *obj)
{
    const char *kind = doc_str(doc_get(obj, "kind"), "");
    char *singular = arena_strdup(a, kind);
    for (char *c = singular; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    default_str(a, obj, "singular", singular);
    default_str(a, obj, "listKind", arena_printf(a, "%sList", kind));
}

/* A Pod's own containers ask for what they are limited to. */
static void requests_from_limits(struct arena *a, struct doc *spec, const char *field)
{
    const struct doc *containers = doc_get(spec, field);
    if (!doc_len(containers))
        return;
    struct doc *list = doc_new_list(a);
    doc_each(it, containers) {
        struct doc *c = doc_push(a, list, doc_shallow(a, it.val));
        const struct doc *limits = doc_path(c, "resources", "limits");
        if (!doc_len(limits))
            continue;
        struct doc *requests = doc_own_map(a, doc_own_map(a, c, "resources"), "requests");
        doc_each(l, limits)
            if (!doc_get_span(requests, l.key))
                doc_set_span(a, requests, l.key, l.val);
    }
    doc_set(a, spec, field, list);
}

static void pod(struct arena *a, struct doc *obj)
{
    struct doc *spec = doc_own_map(a, obj, "spec");
    default_bool(a, spec, "enableServiceLinks", true);
    requests_from_limits(a, spec, "containers");
    requests_from_limits(a, spec, "initContainers");
}

static const struct rule {
    const char *type;
    rule_fn *fn;
} rules[] = {
    {API "core.v1.Container", container},
    {API "core.v1.EphemeralContainer", container},
    {API "core.v1.PodSpec", pod_spec},
    {API "core.v1.Pod", pod},
    {API "core.v1.ServicePort", service_port},
    {API "core.v1.ServiceSpec", service_spec},
    {API "core.v1.PersistentVolumeClaim", claim},
    {API "core.v1.PersistentVolume", claim},
    {API "apps.v1.DeploymentStrategy", rolling},
    {API "apps.v1.DaemonSetUpdateStrategy", rolling},
    {API "apps.v1.StatefulSetSpec", stateful_set_spec},
    {API "batch.v1.Job", job},
    {API "core.v1.Namespace", namespace},
    {API "networking.v1.NetworkPolicySpec", network_policy_spec},
    {API "rbac.v1.Subject", subject},
    {API "autoscaling.v2.HorizontalPodAutoscalerSpec", hpa_v2_spec},
    {API "autoscaling.v2.HorizontalPodAutoscalerBehavior", hpa_behavior},
    {EXTENSIONS "CustomResourceDefinitionNames", crd_names},
};

/* --- the walk --- */

/* For each built-in type the first of its rows, 0xff.. = none; made once. Rows of one type stand together. */
enum { NO_ROW = UINT16_MAX };
static uint16_t *first_constant, *first_rule;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_rows(void)
{
    static uint16_t constant_rows[2048], rule_rows[2048];
    if (schema_builtin.n_types > ARRAY_LEN(constant_rows))
        panic("the built-in schema outgrew the index of defaults");
    memset(constant_rows, 0xff, sizeof(constant_rows));
    memset(rule_rows, 0xff, sizeof(rule_rows));
    for (uint32_t t = 0; t < schema_builtin.n_types; t++) {
        const char *name = schema_builtin.text + schema_builtin.types[t].name;
        if (!*name)
            continue;
        for (size_t i = ARRAY_LEN(constants); i-- > 0;)
            if (streq(constants[i].type, name))
                constant_rows[t] = (uint16_t)i;
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
            if (streq(rules[i].type, name))
                rule_rows[t] = (uint16_t)i;
    }
    first_constant = constant_rows;
    first_rule = rule_rows;
}

static void set_json(struct arena *a, struct doc *obj, const char *field, const char *json)
{
    struct doc *value = NULL;
    struct err *e = json_read(a, span_of(json), NULL, &value);
    if (e)
        panic("default of %s: %s", field, e->msg);
    doc_set(a, obj, field, value);
}

/* Rows of the node's own type; `obj` is ours to change. */
static void apply_rows(struct arena *a, struct schema_at at, struct doc *obj)
{
    const struct schema_type *t = schema_type(at);
    if (at.schema != &schema_builtin) {
        for (uint32_t i = t->fields; i < t->fields + t->n_fields; i++) {
            const struct schema_field *f = &at.schema->fields[i];
            if (f->dflt && !doc_get(obj, schema_text(at, f->name)))
                set_json(a, obj, schema_text(at, f->name), schema_text(at, f->dflt));
        }
        return;
    }
    const char *name = schema_text(at, t->name);
    for (size_t i = first_constant[at.type]; i < ARRAY_LEN(constants) && streq(constants[i].type, name); i++)
        if (!has(obj, constants[i].field))
            set_json(a, obj, constants[i].field, constants[i].json);
    if (first_rule[at.type] != NO_ROW)
        rules[first_rule[at.type]].fn(a, obj);
}

static const struct doc *walk(struct arena *a, struct schema_at at, const struct doc *d);

static const struct doc *walk_list(struct arena *a, struct schema_at elem, const struct doc *d)
{
    struct doc *copy = doc_new_list(a);
    bool changed = false;
    doc_each(it, d) {
        const struct doc *next = walk(a, elem, it.val);
        changed |= next != it.val;
        doc_push(a, copy, next);
    }
    return changed ? copy : d;
}

static bool has_rows(struct schema_at at)
{
    return at.schema != &schema_builtin || first_constant[at.type] != NO_ROW || first_rule[at.type] != NO_ROW;
}

static const struct doc *walk(struct arena *a, struct schema_at at, const struct doc *d)
{
    enum schema_kind kind = schema_kind(at);
    if (kind == SCHEMA_LIST && doc_is(d, DOC_LIST))
        return walk_list(a, schema_elem(at), d);
    if ((kind != SCHEMA_OBJECT && kind != SCHEMA_MAP) || !doc_is(d, DOC_MAP))
        return d;
    struct doc *copy = NULL;
    if (kind == SCHEMA_OBJECT && has_rows(at)) {
        copy = doc_shallow(a, d);
        apply_rows(a, at, copy);
        d = copy;
    }
    doc_each(it, d) {
        const struct doc *next = walk(a, schema_child(at, it.key), it.val);
        if (next == it.val)
            continue;
        if (!copy)
            copy = doc_shallow(a, d);
        doc_set_span(a, copy, it.key, next);
    }
    return copy ? copy : d;
}

const struct doc *schema_default(struct arena *a, struct schema_at at, const struct doc *obj)
{
    if (!at.schema)
        return obj;
    pthread_once(&once, index_rows);
    return walk(a, at, obj);
}
