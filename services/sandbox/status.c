/* status - refusals as the API words them: a Status object whose code follows from its reason. */
#include "sandbox.h"

static const struct {
    const char *reason;
    int code;
} codes[] = {
    {"BadRequest", 400},
    {"Unauthorized", 401},
    {"Forbidden", 403},
    {"NotFound", 404},
    {"Conflict", 409},
    {"AlreadyExists", 409},
    {"Gone", 410},
    {"Expired", 410},
    {"Invalid", 422},
    {"TooManyRequests", 429},
    {"Timeout", 504},
    {"ServiceUnavailable", 503},
    {"MethodNotAllowed", 405},
    {"UnsupportedMediaType", 415},
    {"RequestEntityTooLarge", 413},
};

int status_code(const struct err *e)
{
    for (size_t i = 0; e->reason && i < ARRAY_LEN(codes); i++)
        if (streq(e->reason, codes[i].reason))
            return codes[i].code;
    return e->code == ERR_INVALID ? 400 : 500;
}

const char *status_qualified(struct arena *a, const struct resource *res)
{
    return *res->group ? arena_printf(a, "%s.%s", res->plural, res->group) : res->plural;
}

const char *status_kind(struct arena *a, const struct resource *res)
{
    return *res->group ? arena_printf(a, "%s.%s", res->kind, res->group) : res->kind;
}

const struct doc *status_of(struct arena *a, const struct err *e, const struct request *r)
{
    int code = status_code(e);
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "Status");
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_map(a, d, "metadata");
    doc_set_str(a, d, "status", "Failure");
    doc_set_str(a, d, "message", e->msg);
    doc_set_str(a, d, "reason", e->reason ? e->reason : code == 400 ? "BadRequest" : "InternalError");
    if (r && r->res) {
        struct doc *details = doc_set_map(a, d, "details");
        const char *name = *r->name ? r->name : meta_text(r->body, "name");
        if (*name)
            doc_set_str(a, details, "name", name);
        if (*r->res->group)
            doc_set_str(a, details, "group", r->res->group);
        doc_set_str(a, details, "kind", code == 422 ? r->res->kind : r->res->plural);
        if (r->causes)
            doc_set(a, details, "causes", r->causes);
    }
    doc_set_int(a, d, "code", code);
    return d;
}
