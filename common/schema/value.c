/* schema/value - equality and canonical form by type: one amount, instant or number has many spellings. */
#include "schema/schema.h"

#include "base/str.h"
#include "base/time.h"
#include "text/quantity.h"

/* A scalar's text, whatever kind of scalar it was written as: quantities may be numbers. */
static struct span scalar_text(const struct doc *d)
{
    return doc_is(d, DOC_STR) ? doc_span(d) : doc_literal(d);
}

static bool quantity_equal(const struct doc *x, const struct doc *y)
{
    struct quantity a, b;
    CLEANUP(err_freep) struct err *ea = quantity_parse(scalar_text(x), &a), *eb = quantity_parse(scalar_text(y), &b);
    return ea || eb ? doc_equal(x, y) : quantity_compare(&a, &b) == 0;
}

static bool time_equal(const struct doc *x, const struct doc *y)
{
    int64_t a = 0, b = 0;
    if (!time_parse_rfc3339(doc_str(x, ""), &a) || !time_parse_rfc3339(doc_str(y, ""), &b))
        return doc_equal(x, y);
    return a == b;
}

static bool absent(const struct doc *d)
{
    return doc_kind(d) == DOC_NONE || doc_kind(d) == DOC_NULL;
}

static bool list_equal(struct schema_at at, const struct doc *x, const struct doc *y)
{
    if (doc_len(x) != doc_len(y))
        return false;
    struct schema_at elem = schema_elem(at);
    doc_each(it, x)
        if (!schema_equal(elem, it.val, doc_at(y, it.index)))
            return false;
    return true;
}

static bool map_equal(struct schema_at at, const struct doc *x, const struct doc *y)
{
    doc_each(it, x)
        if (!schema_equal(schema_child(at, it.key), it.val, doc_get_span(y, it.key)))
            return false;
    doc_each(it, y)
        if (!absent(it.val) && !doc_get_span(x, it.key))
            return false;
    return true;
}

bool schema_equal(struct schema_at at, const struct doc *x, const struct doc *y)
{
    if (absent(x) || absent(y))
        return absent(x) && absent(y);
    if (doc_is(x, DOC_MAP) && doc_is(y, DOC_MAP))
        return map_equal(at, x, y);
    if (doc_is(x, DOC_LIST) && doc_is(y, DOC_LIST))
        return list_equal(at, x, y);
    switch (schema_kind(at)) {
    case SCHEMA_QUANTITY:
        return quantity_equal(x, y);
    case SCHEMA_TIME:
        return time_equal(x, y);
    default:
        return doc_equal(x, y);
    }
}

static const struct doc *canonical_quantity(struct arena *a, const struct doc *d)
{
    struct quantity q;
    CLEANUP(err_freep) struct err *e = quantity_parse(scalar_text(d), &q);
    if (e)
        return d;
    CLEANUP(str_release) struct str canonical = {0};
    quantity_text(&q, &canonical);
    return doc_str_is(d, str_text(&canonical)) ? d : doc_new_str(a, str_text(&canonical));
}

/* Go's typed structs drop zero values on the way out (omitempty), unless the field is a pointer. OpenAPI does not tell pointers,
 * so the few numbers and booleans that are plain values, and the few texts that are pointers, are named here. */
static const char *const plain_numbers[] = {"initialDelaySeconds", "timeoutSeconds",  "periodSeconds", "successThreshold",
                                            "failureThreshold",    "minReadySeconds", "hostPort",      "nodePort",
                                            "healthCheckNodePort", "priority"};
static const char *const plain_bools[] = {"hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "readOnly",
                                          "publishNotReadyAddresses", "paused", "unschedulable", "globalDefault",
                                          "insecureSkipTLSVerify", "preserveUnknownFields"};
static const char *const pointer_texts[] = {"storageClassName", "ingressClassName", "appProtocol", "type", "service",
                                            "runtimeClassName", "loadBalancerClass", "volumeName"};

static bool dropped_zero(struct schema_at at, const struct schema_field *f, const struct doc *d)
{
    const char *name = schema_text(at, f->name);
    if (doc_is(d, DOC_NULL))
        return true;
    if (f->required || at.schema != &schema_builtin)
        return false;
    switch (schema_kind((struct schema_at){at.schema, f->type})) {
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
        return doc_str_is(d, "") && !str_in(name, pointer_texts, ARRAY_LEN(pointer_texts));
    case SCHEMA_INTEGER:
        return doc_is(d, DOC_INT) && !doc_int(d, 1) && str_in(name, plain_numbers, ARRAY_LEN(plain_numbers));
    case SCHEMA_BOOL:
        return doc_is(d, DOC_BOOL) && !doc_bool(d, true) && str_in(name, plain_bools, ARRAY_LEN(plain_bools));
    case SCHEMA_LIST:
        return doc_is(d, DOC_LIST) && !doc_len(d) && !streq(name, "rules"); /* of roles: no omitempty */
    case SCHEMA_MAP:
        return doc_is(d, DOC_MAP) && !doc_len(d);
    default:
        return false;
    }
}

/* Null in a map of texts is the empty text. */
static bool null_text(struct schema_at at, const struct doc *d)
{
    enum schema_kind elem = schema_kind(at) == SCHEMA_MAP ? schema_kind(schema_child(at, span_of(""))) : SCHEMA_ANY;
    return doc_is(d, DOC_NULL) && (elem == SCHEMA_STRING || elem == SCHEMA_BYTES);
}

static const struct doc *canonical_map(struct arena *a, struct schema_at at, const struct doc *d)
{
    struct doc *copy = NULL;
    doc_each(it, d) {
        const struct schema_field *f = schema_find(at, it.key);
        bool dropped = f && dropped_zero(at, f, it.val);
        const struct doc *next = dropped ? NULL : schema_canonical(a, schema_child(at, it.key), it.val);
        if (null_text(at, it.val))
            next = doc_new_str(a, "");
        if (next == it.val)
            continue;
        copy = copy ? copy : doc_shallow(a, d);
        if (dropped)
            doc_del_span(a, copy, it.key);
        else
            doc_set_span(a, copy, it.key, next);
    }
    return copy ? copy : d;
}

static const struct doc *canonical_list(struct arena *a, struct schema_at at, const struct doc *d)
{
    struct schema_at elem = schema_elem(at);
    bool changed = false;
    struct doc *copy = doc_new_list(a);
    doc_each(it, d) {
        const struct doc *next = schema_canonical(a, elem, it.val);
        changed |= next != it.val;
        doc_push(a, copy, next);
    }
    return changed ? copy : d;
}

const struct doc *schema_canonical(struct arena *a, struct schema_at at, const struct doc *d)
{
    switch (schema_kind(at)) {
    case SCHEMA_OBJECT:
    case SCHEMA_MAP:
        return doc_is(d, DOC_MAP) ? canonical_map(a, at, d) : d;
    case SCHEMA_LIST:
        return doc_is(d, DOC_LIST) ? canonical_list(a, at, d) : d;
    case SCHEMA_QUANTITY:
        return canonical_quantity(a, d);
    default:
        return d;
    }
}
