/* admit - what the registry of a kind adds that no schema tells: first statuses, addresses, ports, selectors
 * of Jobs. */
#include "crypto/text.h"
#include "sandbox.h"

static bool is(const struct request *r, const char *group, const char *kind)
{
    return streq(r->res->kind, kind) && streq(r->res->group, group);
}

/* --- as it is decoded
 * ------------------------------------------------------------------------------------------------ */

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
    if (is(r, "batch", "Job") && !doc_path(obj, "metadata", "labels") && labels)
        return doc_with(r->a, obj, labels, "metadata", "labels");
    const char *name = *r->name ? r->name : meta_text(obj, "name");
    if (is(r, "", "Namespace"))
        return doc_with(r->a, obj, doc_new_str(r->a, name), "metadata", "labels",
                        "kubernetes.io/metadata.name");
    return obj;
}

/* --- Services
 * -------------------------------------------------------------------------------------------------------- */

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

/* --- Jobs
 * ------------------------------------------------------------------------------------------------------------
 */

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
    return doc_with(r->a, obj, labels, "spec", "template", "metadata", "labels");
}

/* --- first statuses
 * -------------------------------------------------------------------------------------------------- */

static const struct doc *load_balancer(struct arena *a)
{
    struct doc *d = doc_new_map(a);
    doc_set_map(a, d, "loadBalancer");
    return d;
}

static const struct doc *phase(struct arena *a, const char *text)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "phase", text);
    return d;
}

static const struct doc *first_status(struct request *r)
{
    static const char *const empty[] = {"CronJob", "DaemonSet", "Deployment", "Job"};
    if (is(r, "", "Service") || is(r, "networking.k8s.io", "Ingress"))
        return load_balancer(r->a);
    if (is(r, "", "Namespace"))
        return phase(r->a, "Active");
    if (is(r, "", "Pod") || is(r, "", "PersistentVolumeClaim") || is(r, "", "PersistentVolume"))
        return phase(r->a, "Pending");
    if (str_in(r->res->kind, empty, ARRAY_LEN(empty)) && kinds_version(r->res, "v1"))
        return doc_new_map(r->a);
    return NULL;
}

/* A StatefulSet or ReplicaSet that nothing looks at yet has no replicas, and says so. */
static const struct doc *no_replicas(struct request *r)
{
    struct doc *d = doc_new_map(r->a);
    doc_set_int(r->a, d, "replicas", 0);
    if (is(r, "apps", "StatefulSet"))
        doc_set_int(r->a, d, "availableReplicas", 0);
    return d;
}

static const struct doc *prepare_created(struct request *r, const struct doc *obj)
{
    if (r->res->versions[0].at.schema != &schema_builtin)
        return obj;
    const struct doc *status = first_status(r);
    if (is(r, "apps", "ReplicaSet") || is(r, "apps", "StatefulSet"))
        status = no_replicas(r);
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
