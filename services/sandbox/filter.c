/* filter - which objects a list or watch is about: namespace, labels, and the few fields that the API can
 * select by. */
#include "sandbox.h"
#include "text/selector.h"

struct term {
    const char *keys[6]; /* the path, ended by NULL */
    struct span value;
    bool differs;
};

struct filter {
    struct selector labels;
    struct term terms[8];
    size_t terms_len;
};

static const char *const fields[] = {
    "metadata.name",
    "metadata.namespace",
    "status.phase",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "type",
    "reason",
    "reportingComponent",
    "source",
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.fieldPath",
    "involvedObject.resourceVersion",
    "status.successful",
};

static struct err *parse_term(struct request *r, struct span text, struct term *t)
{
    const char *eq = memchr(text.at, '=', text.len);
    if (!eq || eq == text.at)
        return err_reason(ERR_INVALID, "BadRequest", "invalid selector: '%.*s'; can't understand '%.*s'",
                          (int)text.len, text.at, (int)text.len, text.at);
    t->differs = eq[-1] == '!';
    const char *key = arena_strndup(r->a, text.at, (size_t)(eq - text.at) - t->differs);
    const char *value = eq + (eq + 1 < text.at + text.len && eq[1] == '=' ? 2 : 1);
    t->value = (struct span){value, (size_t)(text.at + text.len - value)};
    if (!str_in(key, fields, ARRAY_LEN(fields)))
        return err_reason(
            ERR_INVALID, "BadRequest",
            "Unable to find \"%s/%s, Resource=%s\" that match label selector \"\", field selector "
            "\"%s\": field label not supported: %s",
            r->res->group, r->served->version, r->res->plural, arena_strndup(r->a, text.at, text.len), key);
    struct span rest = span_of(key), piece;
    for (size_t n = 0; n < ARRAY_LEN(t->keys) - 1 && span_cut(&rest, '.', &piece); n++)
        t->keys[n] = arena_strndup(r->a, piece.at, piece.len);
    return NULL;
}

struct err *filter_parse(struct request *r, struct filter **out)
{
    struct filter *f = NEW(r->a, struct filter);
    const char *labels = net_req_query(r->http, "labelSelector"),
               *terms = net_req_query(r->http, "fieldSelector");
    if (labels && *labels) {
        struct err *e = selector_parse(r->a, span_of(labels), &f->labels);
        if (e) {
            struct err *bad =
                err_reason(ERR_INVALID, "BadRequest", "unable to parse requirement: %s", e->msg);
            err_free(e);
            return bad;
        }
    }
    struct span rest = span_of(terms ? terms : ""), piece;
    while (rest.len && span_cut(&rest, ',', &piece)) {
        if (f->terms_len == ARRAY_LEN(f->terms))
            return err_reason(ERR_INVALID, "BadRequest", "a field selector has at most %zu terms here",
                              f->terms_len);
        TRY(parse_term(r, piece, &f->terms[f->terms_len++]));
    }
    if (*r->name) { /* a watch of one object */
        if (f->terms_len == ARRAY_LEN(f->terms))
            return err_reason(ERR_INVALID, "BadRequest", "a field selector has at most %zu terms here",
                              f->terms_len);
        f->terms[f->terms_len++] = (struct term){{"metadata", "name"}, span_of(r->name), false};
    }
    *out = f;
    return NULL;
}

static bool label_of(const void *labels, struct span key, struct span *value)
{
    const struct doc *d = doc_get_span(labels, key);
    *value = doc_span(d);
    return d != NULL;
}

bool filter_is_empty(const struct filter *f)
{
    return !f->labels.len && !f->terms_len;
}

bool filter_matches(const struct filter *f, const struct doc *obj)
{
    if (f->labels.len && !selector_matches(&f->labels, label_of, doc_path(obj, "metadata", "labels")))
        return false;
    for (size_t i = 0; i < f->terms_len; i++)
        if (span_eq(doc_span(doc_vpath(obj, f->terms[i].keys)), f->terms[i].value) == f->terms[i].differs)
            return false;
    return true;
}

bool filter_keeps_key(const struct request *r, const struct object *o)
{
    size_t len = strlen(r->ns);
    return !len || (strncmp(o->key, r->ns, len) == 0 && o->key[len] == '/');
}
