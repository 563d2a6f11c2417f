/* validate - the checks that a real server makes most often, in its words; and pruning by schema.
 *
 * Failures are collected as a list of field errors; the message joins them as apimachinery's ToAggregate
 * does. */
#include "doc/json.h"
#include "sandbox.h"
#include "text/selector.h"

#include <ctype.h>

struct check {
    struct request *r;
    struct doc *causes;
};

static void fail(struct check *c, const char *path, const char *reason, const char *fmt, ...) PRINTF(4, 5);
static void fail(struct check *c, const char *path, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct doc *cause = doc_push(c->r->a, c->causes, doc_new_map(c->r->a));
    doc_set_str(c->r->a, cause, "reason", reason);
    doc_set_str(c->r->a, cause, "message", arena_vprintf(c->r->a, fmt, ap));
    doc_set_str(c->r->a, cause, "field", path);
    va_end(ap);
}

#define invalid(c, path, ...) fail((c), (path), "FieldValueInvalid", __VA_ARGS__)

static const char *at(struct check *c, const char *path, const char *more)
{
    return arena_printf(c->r->a, "%s%s%s", path, *path && *more != '[' ? "." : "", more);
}

/* --- names ----------------------------------------------------------------------------------- */

static const char LABEL_TEXT[] = "a lowercase RFC 1123 label must consist of lower case alphanumeric "
                                 "characters or '-', and must start and end with an "
                                 "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
                                 "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
static const char SUBDOMAIN_TEXT[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end "
    "with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
static const char DNS1035_TEXT[] =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end "
    "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')";

static bool lower_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *s, size_t len)
{
    if (!len || !lower_digit(s[0]) || !lower_digit(s[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!lower_digit(s[i]) && s[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(const char *s)
{
    struct span rest = span_of(s), piece;
    bool any = false;
    while (span_cut(&rest, '.', &piece)) {
        any = true;
        if (!is_label(piece.at, piece.len))
            return false;
    }
    return any && s[strlen(s) - 1] != '.';
}

static void check_name(struct check *c, const char *name)
{
    const char *group = c->r->res->group, *kind = c->r->res->kind;
    size_t len = strlen(name);
    if (streq(group, "rbac.authorization.k8s.io")) {
        if (streq(name, ".") || streq(name, "..") || strpbrk(name, "/%"))
            invalid(c, "metadata.name", "Invalid value: \"%s\": may not contain '/' or '%%'", name);
        return;
    }
    bool service = streq(kind, "Service") && !*group, label = streq(kind, "Namespace") && !*group;
    size_t max = service || label ? 63 : 253;
    if (len > max)
        invalid(c, "metadata.name", "Invalid value: \"%s\": must be no more than %zu characters", name, max);
    if (service ? !is_label(name, len) || isdigit((unsigned char)*name)
        : label ? !is_label(name, len)
                : !is_subdomain(name))
        invalid(c, "metadata.name", "Invalid value: \"%s\": %s", name,
                service ? DNS1035_TEXT
                : label ? LABEL_TEXT
                        : SUBDOMAIN_TEXT);
}

static const char KEY_TEXT[] =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
static const char VALUE_TEXT[] = "a valid label must be an empty string or consist of alphanumeric "
                                 "characters, '-', '_' or '.', and must start and end "
                                 "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
                                 "'12345', regex used for validation is "
                                 "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

static void check_labels(struct check *c, const char *path, const struct doc *labels)
{
    doc_each (it, labels) {
        if (!selector_valid_key(it.key))
            invalid(c, path, "Invalid value: \"%s\": %s", it.key.at, KEY_TEXT);
        struct span v = doc_span(it.val);
        if (v.len > 63)
            invalid(c, path, "Invalid value: \"%s\": must be no more than 63 bytes", v.at);
        else if (!selector_valid_value(v))
            invalid(c, path, "Invalid value: \"%s\": %s", v.at, VALUE_TEXT);
    }
}

static void check_annotations(struct check *c, const struct doc *annotations)
{
    size_t total = 0;
    doc_each (it, annotations) {
        total += it.key.len + doc_len(it.val);
        char *low = arena_strndup(c->r->a, it.key.at, it.key.len);
        for (char *p = low; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        if (!selector_valid_key(span_of(low)))
            invalid(c, "metadata.annotations", "Invalid value: \"%s\": %s", it.key.at, KEY_TEXT);
    }
    if (total > 256 * 1024)
        fail(c, "metadata.annotations", "FieldValueTooLong", "Too long: may not be more than %d bytes",
             256 * 1024);
}

/* --- ports and containers -------------------------------------------------------------------- */

static void check_port(struct check *c, const char *path, const struct doc *port)
{
    int64_t n = doc_int(port, 1);
    if (n < 1 || n > 65535)
        invalid(c, path, "Invalid value: %lld: must be between 1 and 65535, inclusive", (long long)n);
}

static void check_service(struct check *c, const struct doc *obj)
{
    const struct doc *ports = doc_path(obj, "spec", "ports");
    const char *type = doc_str(doc_path(obj, "spec", "type"), "");
    if (!doc_len(ports) && !streq(type, "ExternalName") &&
        !doc_str_is(doc_path(obj, "spec", "clusterIP"), "None"))
        fail(c, "spec.ports", "FieldValueRequired", "Required value");
    doc_each (it, ports) {
        const char *path = arena_printf(c->r->a, "spec.ports[%zu]", it.index);
        if (doc_len(ports) > 1 && !*doc_str(doc_get(it.val, "name"), ""))
            fail(c, at(c, path, "name"), "FieldValueRequired", "Required value");
        check_port(c, at(c, path, "port"), doc_get(it.val, "port"));
        const struct doc *target = doc_get(it.val, "targetPort");
        if (doc_is(target, DOC_INT))
            check_port(c, at(c, path, "targetPort"), target);
        int64_t node = doc_int(doc_get(it.val, "nodePort"), 0);
        if (node && (node < 30000 || node > 32767))
            invalid(c, at(c, path, "nodePort"),
                    "Invalid value: %lld: provided port is not in the valid range. The range of "
                    "valid ports is 30000-32767",
                    (long long)node);
    }
}

static void check_containers(struct check *c, const char *path, const struct doc *containers)
{
    doc_each (it, containers) {
        const char *one = arena_printf(c->r->a, "%s[%zu]", path, it.index);
        const char *name = doc_str(doc_get(it.val, "name"), "");
        if (!*name)
            fail(c, at(c, one, "name"), "FieldValueRequired", "Required value");
        else if (!is_label(name, strlen(name)))
            invalid(c, at(c, one, "name"), "Invalid value: \"%s\": %s", name, LABEL_TEXT);
        if (!*doc_str(doc_get(it.val, "image"), ""))
            fail(c, at(c, one, "image"), "FieldValueRequired", "Required value");
        doc_each (p, doc_get(it.val, "ports"))
            check_port(c, arena_printf(c->r->a, "%s.ports[%zu].containerPort", one, p.index),
                       doc_get(p.val, "containerPort"));
    }
}

static void check_pod_spec(struct check *c, const char *path, const struct doc *spec)
{
    if (!doc_len(doc_get(spec, "containers")))
        fail(c, at(c, path, "containers"), "FieldValueRequired", "Required value");
    check_containers(c, at(c, path, "containers"), doc_get(spec, "containers"));
    check_containers(c, at(c, path, "initContainers"), doc_get(spec, "initContainers"));
}

static void check_workload(struct check *c, const struct doc *obj)
{
    const struct doc *labels = doc_path(obj, "spec", "template", "metadata", "labels");
    const struct doc *match = doc_path(obj, "spec", "selector", "matchLabels");
    if (!doc_path(obj, "spec", "selector"))
        fail(c, "spec.selector", "FieldValueRequired", "Required value");
    bool fits = true;
    doc_each (it, match)
        fits &= doc_equal(it.val, doc_get_span(labels, it.key));
    if (!fits || (!labels && match))
        invalid(c, "spec.template.metadata.labels",
                "Invalid value: %s: `selector` does not match template `labels`",
                labels ? json_text(c->r->a, labels, JSON_SORTED) : "null");
    int64_t replicas = doc_int(doc_path(obj, "spec", "replicas"), 1);
    if (replicas < 0)
        invalid(c, "spec.replicas", "Invalid value: %lld: must be greater than or equal to 0",
                (long long)replicas);
    check_pod_spec(c, "spec.template.spec", doc_path(obj, "spec", "template", "spec"));
}

/* --- data ------------------------------------------------------------------------------------ */

static void check_data(struct check *c, const char *path, const struct doc *data)
{
    doc_each (it, data)
        for (size_t i = 0; i < it.key.len || !it.key.len; i++)
            if (!it.key.len || !(isalnum((unsigned char)it.key.at[i]) || strchr("-_.", it.key.at[i]))) {
                invalid(c, arena_printf(c->r->a, "%s[%s]", path, it.key.at),
                        "Invalid value: \"%s\": a valid config key must consist of alphanumeric characters, "
                        "'-', '_' or '.' (e.g. "
                        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                        "'[-._a-zA-Z0-9]+')",
                        it.key.at);
                break;
            }
}

static void check_subjects(struct check *c, const struct doc *obj, bool namespaced)
{
    doc_each (it, doc_get(obj, "subjects")) {
        const char *name = doc_str(doc_get(it.val, "name"), "");
        const char *one = arena_printf(c->r->a, "subjects[%zu]", it.index);
        if (!*name)
            fail(c, at(c, one, "name"), "FieldValueRequired", "Required value");
        if (!doc_str_is(doc_get(it.val, "kind"), "ServiceAccount"))
            continue;
        if (*name && !is_subdomain(name))
            invalid(c, at(c, one, "name"), "Invalid value: \"%s\": %s", name, SUBDOMAIN_TEXT);
        if (!namespaced && !*doc_str(doc_get(it.val, "namespace"), ""))
            fail(c, at(c, one, "namespace"), "FieldValueRequired", "Required value");
    }
}

/* --- what may not change --------------------------------------------------------------------- */

static const char STATEFUL_TEXT[] =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

static void check_immutable_field(struct check *c, const struct doc *before, const struct doc *next,
                                  const char *field)
{
    const struct doc *old = doc_path(before, "spec", field), *now = doc_path(next, "spec", field);
    if (old && !doc_equal(old, now))
        invalid(c, arena_printf(c->r->a, "spec.%s", field), "Invalid value: %s: field is immutable",
                now ? json_text(c->r->a, now, JSON_SORTED) : "null");
}

static void check_stateful(struct check *c, const struct doc *before, const struct doc *next)
{
    static const char *const fixed[] = {"serviceName", "selector", "volumeClaimTemplates",
                                        "podManagementPolicy"};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (!doc_equal(doc_path(before, "spec", fixed[i]), doc_path(next, "spec", fixed[i])) &&
            (doc_path(before, "spec", fixed[i]) || doc_path(next, "spec", fixed[i]))) {
            fail(c, "spec", "FieldValueForbidden", "Forbidden: %s", STATEFUL_TEXT);
            return;
        }
}

static void check_change(struct check *c, const struct doc *before, const struct doc *next)
{
    const char *kind = c->r->res->kind;
    if (streq(kind, "Deployment") || streq(kind, "DaemonSet") || streq(kind, "ReplicaSet"))
        check_immutable_field(c, before, next, "selector");
    if (streq(kind, "Job")) {
        check_immutable_field(c, before, next, "selector");
        check_immutable_field(c, before, next, "template");
        check_immutable_field(c, before, next, "completions");
    }
    if (streq(kind, "StatefulSet"))
        check_stateful(c, before, next);
    if (streq(kind, "Service") && !doc_str_is(doc_path(before, "spec", "type"), "ExternalName") &&
        !doc_equal(doc_path(before, "spec", "clusterIP"), doc_path(next, "spec", "clusterIP")))
        invalid(c, "spec.clusterIPs[0]", "Invalid value: [\"%s\"]: may not change once set",
                doc_str(doc_path(next, "spec", "clusterIP"), ""));
    bool sealed = doc_bool(doc_get(before, "immutable"), false);
    if (sealed && !doc_equal(doc_get(before, "data"), doc_get(next, "data")) && doc_get(before, "data"))
        fail(c, "data", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set");
}

/* --- all together ---------------------------------------------------------------------------- */

static void check_builtin(struct check *c, const struct doc *obj)
{
    static const char *const workloads[] = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"};
    const char *kind = c->r->res->kind;
    if (streq(kind, "Service"))
        check_service(c, obj);
    else if (streq(kind, "ConfigMap") || streq(kind, "Secret"))
        check_data(c, "data", doc_get(obj, "data"));
    else if (str_in(kind, workloads, ARRAY_LEN(workloads)))
        check_workload(c, obj);
    else if (streq(kind, "Job"))
        check_pod_spec(c, "spec.template.spec", doc_path(obj, "spec", "template", "spec"));
    else if (streq(kind, "Pod"))
        check_pod_spec(c, "spec", doc_get(obj, "spec"));
    else if (streq(kind, "ClusterRoleBinding") || streq(kind, "RoleBinding"))
        check_subjects(c, obj, streq(kind, "RoleBinding"));
}

static struct err *joined(struct check *c)
{
    size_t n = doc_len(c->causes);
    if (!n)
        return NULL;
    CLEANUP(str_release) struct str s = {0};
    doc_each (it, c->causes)
        str_printf(&s, "%s%s: %s",
                   it.index ? ", "
                   : n > 1  ? "["
                            : "",
                   doc_str(doc_get(it.val, "field"), ""), doc_str(doc_get(it.val, "message"), ""));
    if (n > 1)
        str_char(&s, ']');
    c->r->causes = c->causes;
    return err_reason(ERR_INVALID, "Invalid", "%s \"%s\" is invalid: %s", status_kind(c->r->a, c->r->res),
                      c->r->name, str_text(&s));
}

struct err *validate(struct request *r, const struct doc *before, const struct doc *next)
{
    if (streq(r->sub, "status"))
        return NULL;
    struct check c = {r, doc_new_list(r->a)};
    if (!before)
        check_name(&c, r->name);
    check_labels(&c, "metadata.labels", doc_path(next, "metadata", "labels"));
    check_annotations(&c, doc_path(next, "metadata", "annotations"));
    if (r->served->at.schema == &schema_builtin) {
        check_builtin(&c, next);
        if (before)
            check_change(&c, before, next);
    } else {
        crd_check(r, next, c.causes);
    }
    return joined(&c);
}
