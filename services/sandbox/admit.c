/* admit - what the registry of a kind adds that no schema tells: first statuses, addresses, ports, selectors
 * of Jobs. */
#include "crypto/text.h"
#include "doc/json.h"
#include "sandbox.h"

static bool is(const struct request *r, const char *group, const char *kind)
{
    return streq(r->res->kind, kind) && streq(r->res->group, group);
}

/* --- as it is decoded ------------------------------------------------------------------------ */

static const struct doc *join_string_data(struct request *r, const struct doc *obj)
{
    const struct doc *texts = doc_get(obj, "stringData");
    if (!texts)
        return obj;
    struct doc *d = doc_shallow(r->a, doc_without(r->a, obj, "stringData")),
               *data = doc_own_map(r->a, d, "data");
    doc_each (it, texts) {
        struct span coded = crypto_base64_encode(r->a, CRYPTO_BASE64_STD, doc_span(it.val));
        doc_set_span(r->a, data, it.key, doc_new_str_n(r->a, coded.at, coded.len));
    }
    return d;
}

static const char template_generation[] = "deprecated.daemonset.template.generation";

const struct doc *admit_decode(struct request *r, const struct doc *obj)
{
    if (is(r, "", "Secret"))
        return join_string_data(r, obj);
    if (is(r, "apps", "DaemonSet") && !doc_path(obj, "metadata", "annotations", template_generation))
        return doc_with(r->a, obj, doc_new_str(r->a, "1"), "metadata", "annotations", template_generation);
    const struct doc *labels = doc_path(obj, "spec", "template", "metadata", "labels");
    if (is(r, "batch", "Job") && !doc_len(doc_path(obj, "metadata", "labels"))) {
        r->shared_labels = true;
        return labels ? doc_with(r->a, obj, labels, "metadata", "labels") : obj;
    }
    const char *name = *r->name ? r->name : meta_text(obj, "name");
    if (is(r, "", "Namespace"))
        return doc_with(r->a, obj, doc_new_str(r->a, name), "metadata", "labels",
                        "kubernetes.io/metadata.name");
    return obj;
}

/* --- Services -------------------------------------------------------------------------------- */

static const char *next_ip(struct request *r)
{
    uint32_t n = ++r->s->next_ip;
    return arena_printf(r->a, "10.96.%u.%u", (n >> 8) & 255, n & 255);
}

static const struct doc *texts(struct request *r, const char *one)
{
    struct doc *list = doc_new_list(r->a);
    doc_push_str(r->a, list, one);
    return list;
}

static bool port_taken(const struct sandbox *s, int64_t port)
{
    vec_each (o, &kinds_find((struct sandbox *)s, "", "services")->objects)
        doc_each (it, doc_path((*o)->doc, "spec", "ports"))
            if (doc_int(doc_get(it.val, "nodePort"), 0) == port)
                return true;
    return false;
}

static const struct doc *with_node_ports(struct request *r, const struct doc *before, const struct doc *ports)
{
    struct doc *list = doc_new_list(r->a);
    int64_t free_port = 30000;
    doc_each (it, ports) {
        struct doc *port = doc_push(r->a, list, it.val);
        if (doc_int(doc_get(it.val, "nodePort"), 0))
            continue;
        int64_t kept = doc_int(doc_get(doc_at(doc_path(before, "spec", "ports"), it.index), "nodePort"), 0);
        while (!kept && port_taken(r->s, free_port))
            free_port++;
        doc_set_int(r->a, port, "nodePort", kept ? kept : free_port++);
    }
    return list;
}

static const struct doc *prepare_service(struct request *r, const struct doc *before, const struct doc *obj)
{
    struct doc *d = doc_shallow(r->a, obj), *spec = doc_own_map(r->a, d, "spec");
    const char *type = doc_str(doc_get(spec, "type"), "ClusterIP");
    if (streq(type, "ExternalName"))
        return obj;
    static const char *const kept[] = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"};
    for (size_t i = 0; before && i < ARRAY_LEN(kept); i++)
        if (!doc_get(spec, kept[i]) && doc_path(before, "spec", kept[i]))
            doc_set(r->a, spec, kept[i], doc_path(before, "spec", kept[i]));
    if (!doc_get(spec, "clusterIP"))
        doc_set_str(r->a, spec, "clusterIP", r->dry_run ? "10.96.255.254" : next_ip(r));
    if (!doc_get(spec, "clusterIPs"))
        doc_set(r->a, spec, "clusterIPs", texts(r, doc_str(doc_get(spec, "clusterIP"), "None")));
    if (!doc_get(spec, "ipFamilies"))
        doc_set(r->a, spec, "ipFamilies", texts(r, "IPv4"));
    if (!doc_get(spec, "ipFamilyPolicy"))
        doc_set_str(r->a, spec, "ipFamilyPolicy", "SingleStack");
    if (streq(type, "NodePort") || streq(type, "LoadBalancer"))
        doc_set(r->a, spec, "ports", with_node_ports(r, before, doc_get(spec, "ports")));
    return d;
}

/* --- Jobs ------------------------------------------------------------------------------------ */

static const struct doc *prepare_job(struct request *r, const struct doc *obj)
{
    if (doc_bool(doc_path(obj, "spec", "manualSelector"), false))
        return obj;
    const struct doc *uid = doc_path(obj, "metadata", "uid"), *name = doc_path(obj, "metadata", "name");
    struct doc *match = doc_new_map(r->a);
    doc_set(r->a, match, "batch.kubernetes.io/controller-uid", uid);
    obj = doc_with(r->a, obj, match, "spec", "selector", "matchLabels");
    struct doc *labels = doc_new_map(r->a);
    doc_each (it, doc_path(obj, "spec", "template", "metadata", "labels"))
        doc_set_span(r->a, labels, it.key, it.val);
    doc_set(r->a, labels, "batch.kubernetes.io/controller-uid", uid);
    doc_set(r->a, labels, "batch.kubernetes.io/job-name", name);
    doc_set(r->a, labels, "controller-uid", uid);
    doc_set(r->a, labels, "job-name", name);
    if (r->shared_labels)
        obj = doc_with(r->a, obj, labels, "metadata", "labels");
    return doc_with(r->a, obj, labels, "spec", "template", "metadata", "labels");
}

/* --- first statuses -------------------------------------------------------------------------- */

/* As the zero structs of Go's types read. */
static const struct {
    const char *kind, *status;
} first_statuses[] = {
    {"Service", "{\"loadBalancer\":{}}"},
    {"Ingress", "{\"loadBalancer\":{}}"},
    {"Namespace", "{\"phase\":\"Active\"}"},
    {"Pod", "{\"phase\":\"Pending\"}"},
    {"PersistentVolumeClaim", "{\"phase\":\"Pending\"}"},
    {"PersistentVolume", "{\"phase\":\"Pending\"}"},
    {"CronJob", "{}"},
    {"Deployment", "{}"},
    {"Job", "{}"},
    {"ReplicaSet", "{\"replicas\":0}"},
    {"StatefulSet", "{\"replicas\":0,\"availableReplicas\":0}"},
    {"DaemonSet", "{\"currentNumberScheduled\":0,\"numberMisscheduled\":0,\"desiredNumberScheduled\":0,"
                  "\"numberReady\":0}"},
    {"PodDisruptionBudget",
     "{\"disruptionsAllowed\":0,\"currentHealthy\":0,\"desiredHealthy\":0,\"expectedPods\":0}"},
    {"HorizontalPodAutoscaler", "{\"desiredReplicas\":0,\"currentMetrics\":null}"},
};

static const struct doc *first_status(struct request *r)
{
    for (size_t i = 0; i < ARRAY_LEN(first_statuses); i++) {
        if (!streq(r->res->kind, first_statuses[i].kind))
            continue;
        struct doc *d = NULL;
        struct err *e = json_read(r->a, span_of(first_statuses[i].status), NULL, &d);
        if (e)
            panic("the first status of %s: %s", r->res->kind, e->msg);
        return d;
    }
    return NULL;
}

static const struct doc *crd_first_status(struct request *r, const struct doc *obj)
{
    struct doc *d = doc_new_map(r->a);
    doc_set(r->a, d, "conditions", doc_new_null(r->a));
    struct doc *names = doc_set_map(r->a, d, "acceptedNames"),
               *stored = doc_set_list(r->a, d, "storedVersions");
    doc_set_str(r->a, names, "plural", "");
    doc_set_str(r->a, names, "kind", "");
    doc_each (it, doc_path(obj, "spec", "versions"))
        if (doc_bool(doc_get(it.val, "storage"), false))
            doc_push(r->a, stored, doc_get(it.val, "name"));
    return d;
}

static const struct doc *prepare_created(struct request *r, const struct doc *obj)
{
    if (r->res->versions[0].at.schema != &schema_builtin)
        return obj;
    const struct doc *status = crd_is(r->res) ? crd_first_status(r, obj) : first_status(r);
    if (status)
        obj = doc_with(r->a, obj, status, "status");
    if (is(r, "", "Namespace")) {
        struct doc *list = doc_new_list(r->a);
        doc_push_str(r->a, list, "kubernetes");
        obj = doc_with(r->a, obj, list, "spec", "finalizers");
    }
    if (is(r, "batch", "Job"))
        obj = prepare_job(r, obj);
    return obj;
}

/* Jobs keep the selector and labels that were made for them; Namespaces their finalizer while they live. */
static const struct doc *prepare_updated(struct request *r, const struct doc *before, const struct doc *obj)
{
    if (is(r, "batch", "Job") && !doc_path(obj, "spec", "selector"))
        obj = doc_with(r->a, obj, doc_path(before, "spec", "selector"), "spec", "selector");
    if (is(r, "", "Namespace") && !streq(r->sub, "finalize"))
        obj = doc_with(r->a, obj, doc_path(before, "spec", "finalizers"), "spec", "finalizers");
    return obj;
}

struct err *admit_prepare(struct request *r, const struct doc *before, const struct doc *next,
                          const struct doc **out)
{
    if (streq(r->sub, "status")) {
        *out = next;
        return NULL;
    }
    next = before ? prepare_updated(r, before, next) : prepare_created(r, next);
    if (is(r, "", "Service"))
        next = prepare_service(r, before, next);
    *out = next;
    return NULL;
}
