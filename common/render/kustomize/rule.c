/* render/kustomize/rule - the merge keys of Kubernetes v1.21.2 as static tables, and those of an OpenAPI
 * file.
 *
 * The built-in tables are the whole of the 243 definitions and 164 kinds with equal types written once and
 * all left out below which no list merges. Kinds of lists (PodList) are left out as well: they are taken
 * apart when they are read. */
#include "render/kustomize/rule.h"

#include "base/map.h"
#include "base/str.h"

#define KEYS(...)                                                                                            \
    .merges = true, .keys = (const char *const[]){__VA_ARGS__},                                              \
    .keys_len = ARRAY_LEN(((const char *const[]){__VA_ARGS__}))
#define FIELDS(...)                                                                                          \
    .fields = (const struct kustomize_rule_field[]){__VA_ARGS__},                                            \
    .fields_len = ARRAY_LEN(((const struct kustomize_rule_field[]){__VA_ARGS__}))
typedef const struct kustomize_rule rule;

static rule values = {.merges = true}; /* finalizers and their kin: a set of texts */
static rule by_name = {KEYS("name")}, by_type = {KEYS("type")}, by_ip = {KEYS("ip")}, by_uid = {KEYS("uid")};
static rule by_mount_path = {KEYS("mountPath")}, by_device_path = {KEYS("devicePath")};
static rule container_ports = {KEYS("containerPort", "protocol")};
static rule service_ports = {KEYS("port", "protocol")};
static rule spread_constraints = {KEYS("topologyKey", "whenUnsatisfiable")};

static rule metadata = {FIELDS({"finalizers", &values}, {"ownerReferences", &by_uid})};
static rule object = {FIELDS({"metadata", &metadata})};
static rule status = {FIELDS({"conditions", &by_type})};
static rule object_with_status = {FIELDS({"metadata", &metadata}, {"status", &status})};

static rule container = {FIELDS({"env", &by_name}, {"ports", &container_ports},
                                {"volumeDevices", &by_device_path}, {"volumeMounts", &by_mount_path})};
static rule containers = {KEYS("name"), .items = &container};
static rule ephemeral_container = {
    FIELDS({"env", &by_name}, {"volumeDevices", &by_device_path}, {"volumeMounts", &by_mount_path})};
static rule ephemeral_containers = {KEYS("name"), .items = &ephemeral_container};
static rule ephemeral_volume = {FIELDS({"volumeClaimTemplate", &object})};
static rule volume = {FIELDS({"ephemeral", &ephemeral_volume})};
static rule volumes = {KEYS("name"), .items = &volume};
static rule pod_spec = {FIELDS({"containers", &containers}, {"initContainers", &containers},
                               {"ephemeralContainers", &ephemeral_containers}, {"volumes", &volumes},
                               {"imagePullSecrets", &by_name}, {"hostAliases", &by_ip},
                               {"topologySpreadConstraints", &spread_constraints})};
static rule pod_status = {FIELDS({"conditions", &by_type}, {"podIPs", &by_ip})};
static rule pod = {FIELDS({"metadata", &metadata}, {"spec", &pod_spec}, {"status", &pod_status})};
static rule pod_template_spec = {FIELDS({"metadata", &metadata}, {"spec", &pod_spec})};
static rule pod_template = {FIELDS({"metadata", &metadata}, {"template", &pod_template_spec})};

static rule workload_spec = {FIELDS({"template", &pod_template_spec})};
static rule workload = {FIELDS({"metadata", &metadata}, {"spec", &workload_spec}, {"status", &status})};
static rule claims = {.items = &object_with_status};
static rule stateful_set_spec = {FIELDS({"template", &pod_template_spec}, {"volumeClaimTemplates", &claims})};
static rule stateful_set = {
    FIELDS({"metadata", &metadata}, {"spec", &stateful_set_spec}, {"status", &status})};
static rule job_template = {FIELDS({"metadata", &metadata}, {"spec", &workload_spec})};
static rule cron_job_spec = {FIELDS({"jobTemplate", &job_template})};
static rule cron_job = {FIELDS({"metadata", &metadata}, {"spec", &cron_job_spec})};

static rule service_spec = {FIELDS({"ports", &service_ports})};
static rule service = {FIELDS({"metadata", &metadata}, {"spec", &service_spec}, {"status", &status})};
static rule service_account = {FIELDS({"metadata", &metadata}, {"secrets", &by_name})};
static rule component_status = {FIELDS({"metadata", &metadata}, {"conditions", &by_type})};
static rule node_spec = {FIELDS({"podCIDRs", &values})};
static rule node_status = {FIELDS({"addresses", &by_type}, {"conditions", &by_type})};
static rule node = {FIELDS({"metadata", &metadata}, {"spec", &node_spec}, {"status", &node_status})};
static rule csi_node_spec = {FIELDS({"drivers", &by_name})};
static rule csi_node = {FIELDS({"metadata", &metadata}, {"spec", &csi_node_spec})};
static rule webhooks = {FIELDS({"metadata", &metadata}, {"webhooks", &by_name})};

/* Kinds of one API version that share a rule. */
struct row {
    rule *is;
    const char *api_version, *kinds;
};
static const struct row builtin_rows[] = {
    {&workload, "apps/v1", "DaemonSet Deployment ReplicaSet"},
    {&stateful_set, "apps/v1", "StatefulSet"},
    {&workload, "batch/v1", "Job"},
    {&cron_job, "batch/v1", "CronJob"},
    {&cron_job, "batch/v1beta1", "CronJob"},
    {&service, "v1", "Service"},
    {&service_account, "v1", "ServiceAccount"},
    {&pod, "v1", "Pod"},
    {&pod_template, "v1", "PodTemplate"},
    {&workload, "v1", "ReplicationController"},
    {&node, "v1", "Node"},
    {&component_status, "v1", "ComponentStatus"},
    {&object_with_status, "v1", "Namespace PersistentVolumeClaim"},
    {&object, "v1", "Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret"},
    {&webhooks, "admissionregistration.k8s.io/v1",
     "MutatingWebhookConfiguration ValidatingWebhookConfiguration"},
    {&webhooks, "admissionregistration.k8s.io/v1beta1",
     "MutatingWebhookConfiguration ValidatingWebhookConfiguration"},
    {&object, "apiextensions.k8s.io/v1", "CustomResourceDefinition"},
    {&object, "apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"},
    {&object_with_status, "apiregistration.k8s.io/v1", "APIService"},
    {&object_with_status, "apiregistration.k8s.io/v1beta1", "APIService"},
    {&object, "apps/v1", "ControllerRevision"},
    {&object, "authentication.k8s.io/v1", "TokenRequest TokenReview"},
    {&object, "authentication.k8s.io/v1beta1", "TokenReview"},
    {&object, "authorization.k8s.io/v1",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {&object, "authorization.k8s.io/v1beta1",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {&object, "autoscaling/v1", "HorizontalPodAutoscaler Scale"},
    {&object, "autoscaling/v2beta1", "HorizontalPodAutoscaler"},
    {&object, "autoscaling/v2beta2", "HorizontalPodAutoscaler"},
    {&object, "certificates.k8s.io/v1", "CertificateSigningRequest"},
    {&object, "certificates.k8s.io/v1beta1", "CertificateSigningRequest"},
    {&object, "coordination.k8s.io/v1", "Lease"},
    {&object, "coordination.k8s.io/v1beta1", "Lease"},
    {&object, "discovery.k8s.io/v1", "EndpointSlice"},
    {&object, "discovery.k8s.io/v1beta1", "EndpointSlice"},
    {&object, "events.k8s.io/v1", "Event"},
    {&object, "events.k8s.io/v1beta1", "Event"},
    {&object, "extensions/v1beta1", "Ingress"},
    {&object, "flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema PriorityLevelConfiguration"},
    {&object, "networking.k8s.io/v1", "Ingress IngressClass NetworkPolicy"},
    {&object, "networking.k8s.io/v1beta1", "Ingress IngressClass"},
    {&object, "node.k8s.io/v1", "RuntimeClass"},
    {&object, "node.k8s.io/v1beta1", "RuntimeClass"},
    {&object_with_status, "policy/v1", "PodDisruptionBudget"},
    {&object_with_status, "policy/v1beta1", "PodDisruptionBudget"},
    {&object, "policy/v1beta1", "Eviction PodSecurityPolicy"},
    {&object, "rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {&object, "rbac.authorization.k8s.io/v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {&object, "scheduling.k8s.io/v1", "PriorityClass"},
    {&object, "scheduling.k8s.io/v1beta1", "PriorityClass"},
    {&csi_node, "storage.k8s.io/v1", "CSINode"},
    {&csi_node, "storage.k8s.io/v1beta1", "CSINode"},
    {&object, "storage.k8s.io/v1", "CSIDriver StorageClass VolumeAttachment"},
    {&object, "storage.k8s.io/v1beta1", "CSIDriver CSIStorageCapacity StorageClass VolumeAttachment"},
};

/* The built-in rows, or those of a file, one a kind, with an index. */
struct kustomize_schema {
    const struct row *rows;
    size_t rows_len;
    const struct doc *index;      /* "apps/v1 Deployment" to the place of its row */
    const struct doc *namespaced; /* "apps/v1 Deployment" to a truth, of the kinds in the file's paths */
};
static const struct kustomize_schema builtin = {.rows = builtin_rows, .rows_len = ARRAY_LEN(builtin_rows)};

const struct kustomize_schema *kustomize_schema_builtin(void)
{
    return &builtin;
}

static bool row_has(const struct row *r, const char *api_version, const char *kind)
{
    if (!streq(r->api_version, api_version))
        return false;
    struct span rest = span_of(r->kinds), word;
    while (span_cut(&rest, ' ', &word))
        if (span_is(word, kind))
            return true;
    return false;
}

/* The value under a kind in an index. */
static const struct doc *index_get(const struct doc *index, const char *api_version, const char *kind)
{
    CLEANUP(str_release) struct str key = {0};
    str_printf(&key, "%s %s", api_version, kind);
    return doc_get_span(index, str_span(&key));
}

const struct kustomize_rule *kustomize_rule_of(const struct kustomize_schema *schema, const char *api_version,
                                               const char *kind)
{
    if (!schema)
        return NULL;
    if (schema->index) {
        int64_t at = doc_int(index_get(schema->index, api_version, kind), -1);
        return at < 0 ? NULL : schema->rows[at].is;
    }
    for (size_t i = 0; i < schema->rows_len; i++)
        if (row_has(&schema->rows[i], api_version, kind))
            return schema->rows[i].is;
    return NULL;
}

const struct kustomize_rule *kustomize_rule_below(const struct kustomize_rule *above, struct span field)
{
    if (!above)
        return NULL;
    for (size_t i = 0; i < above->fields_len; i++)
        if (span_is(field, above->fields[i].name))
            return above->fields[i].rule;
    return above->rest;
}

bool kustomize_schema_is_cluster_scoped(const struct kustomize_schema *schema, const char *api_version,
                                        const char *kind)
{
    return !doc_bool(index_get(schema->namespaced, api_version, kind), true);
}

/* --- an OpenAPI file --- */

enum { REFS_MAX = 32 }; /* references to references */

struct reader {
    struct arena *a;
    const struct doc *definitions;
    struct map *rules; /* of the definitions, by name */
};

/* The name in "#/definitions/NAME"; {NULL, 0} = not a reference. */
static struct span ref_of(const struct doc *d)
{
    static const char head[] = "#/definitions/";
    struct span ref = doc_span(doc_get(d, "$ref"));
    if (ref.len < sizeof(head) || memcmp(ref.at, head, sizeof(head) - 1) != 0)
        return (struct span){NULL, 0};
    return (struct span){ref.at + sizeof(head) - 1, ref.len - (sizeof(head) - 1)};
}

static void fill(struct reader *r, const struct doc *d, struct kustomize_rule *out);

static const struct kustomize_rule *rule_at(struct reader *r, const struct doc *d)
{
    struct span ref = ref_of(d);
    for (size_t hops = 0; ref.at && hops < REFS_MAX; hops++) {
        const struct doc *next = doc_get_span(r->definitions, ref);
        struct span further = ref_of(next);
        if (!further.at)
            return map_get_span(r->rules, ref);
        ref = further;
    }
    if (ref.at || !doc_is(d, DOC_MAP))
        return NULL;
    struct kustomize_rule *own = NEW(r->a, struct kustomize_rule);
    fill(r, d, own);
    return own;
}

/* "merge" or "merge,retainKeys". */
static bool says_merge(struct span strategy)
{
    struct span word;
    while (span_cut(&strategy, ',', &word))
        if (span_is(word, "merge"))
            return true;
    return false;
}

static void fill_list(struct reader *r, const struct doc *d, struct kustomize_rule *out)
{
    out->items = rule_at(r, doc_get(d, "items"));
    out->merges = says_merge(doc_span(doc_get(d, "x-kubernetes-patch-strategy")));
    const struct doc *many = doc_get(d, "x-kubernetes-list-map-keys");
    const char *one = doc_str(doc_get(d, "x-kubernetes-patch-merge-key"), NULL);
    const char **keys = NEW_N(r->a, const char *, doc_len(many) + 1);
    doc_each (it, many)
        keys[out->keys_len++] = doc_str(it.val, "");
    if (!many && one)
        keys[out->keys_len++] = one;
    out->keys = keys;
}

static void fill(struct reader *r, const struct doc *d, struct kustomize_rule *out)
{
    const struct doc *properties = doc_get(d, "properties");
    struct kustomize_rule_field *fields = NEW_N(r->a, struct kustomize_rule_field, doc_len(properties));
    doc_each (it, properties)
        fields[out->fields_len++] = (struct kustomize_rule_field){it.key.at, rule_at(r, it.val)};
    out->fields = fields;
    out->rest = rule_at(r, doc_get(d, "additionalProperties"));
    fill_list(r, d, out);
}

/* "apps/v1 Deployment" of an x-kubernetes-group-version-kind. */
static const char *index_key(struct arena *a, const struct doc *gvk)
{
    const char *group = doc_str(doc_get(gvk, "group"), "");
    return arena_printf(a, "%s%s%s %s", group, *group ? "/" : "", doc_str(doc_get(gvk, "version"), ""),
                        doc_str(doc_get(gvk, "kind"), ""));
}

static const struct doc *types_of(const struct doc *d)
{
    return doc_get(d, "x-kubernetes-group-version-kind");
}

static void read_kinds(struct reader *r, struct kustomize_schema *out)
{
    struct row *rows = NEW_N(r->a, struct row, doc_len(r->definitions));
    struct doc *index = doc_new_map(r->a);
    doc_each (it, r->definitions) {
        doc_each (type, types_of(it.val))
            doc_set_int(r->a, index, index_key(r->a, type.val), (int64_t)out->rows_len);
        rows[out->rows_len++] = (struct row){.is = map_get_span(r->rules, it.key)};
    }
    out->rows = rows;
    out->index = index;
}

/* A kind is cluster-scoped when it is read at some path and at none below a namespace. */
static void read_scopes(struct reader *r, const struct doc *paths, struct kustomize_schema *out)
{
    struct doc *namespaced = doc_new_map(r->a);
    doc_each (it, paths) {
        const struct doc *type = types_of(doc_get(it.val, "get"));
        if (!type)
            continue;
        const char *key = index_key(r->a, type);
        bool below = strstr(it.key.at, "namespaces/{namespace}") != NULL;
        doc_set_bool(r->a, namespaced, key, below || doc_bool(doc_get(namespaced, key), false));
    }
    out->namespaced = namespaced;
}

struct err *kustomize_schema_read(struct arena *a, const struct doc *swagger,
                                  const struct kustomize_schema **out)
{
    if (!doc_is(swagger, DOC_MAP))
        return err_new(ERR_INVALID, "an OpenAPI file is an object with `definitions`, not %s",
                       doc_kind_name(swagger));
    CLEANUP(map_freep) struct map *rules = map_new(NULL);
    struct reader r = {a, doc_get(swagger, "definitions"), rules};
    doc_each (it, r.definitions)
        map_set(rules, it.key.at, NEW(a, struct kustomize_rule));
    doc_each (it, r.definitions)
        fill(&r, it.val, map_get_span(rules, it.key));
    struct kustomize_schema *s = NEW(a, struct kustomize_schema);
    read_kinds(&r, s);
    read_scopes(&r, doc_get(swagger, "paths"), s);
    *out = s;
    return arena_check(a);
}
