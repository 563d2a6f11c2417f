/* special - addresses that are no plain objects: the scale of a workload, and reviews that are answered and
 * forgotten. */
#include "sandbox.h"

/* --- scale ----------------------------------------------------------------------------------- */

static void add_selector(struct arena *a, struct doc *status, const struct doc *match)
{
    CLEANUP(str_release) struct str s = {0};
    doc_each (it, match)
        str_printf(&s, "%s%.*s=%s", it.index ? "," : "", (int)it.key.len, it.key.at, doc_str(it.val, ""));
    doc_set_str(a, status, "selector", str_text(&s));
}

static const struct doc *scale_of(struct request *r, const struct doc *obj)
{
    struct doc *d = doc_new_map(r->a);
    doc_set_str(r->a, d, "kind", "Scale");
    doc_set_str(r->a, d, "apiVersion", "autoscaling/v1");
    struct doc *meta = doc_set_map(r->a, d, "metadata");
    static const char *const keys[] = {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (doc_path(obj, "metadata", keys[i]))
            doc_set(r->a, meta, keys[i], doc_path(obj, "metadata", keys[i]));
    doc_set_int(r->a, doc_set_map(r->a, d, "spec"), "replicas",
                doc_int(doc_path(obj, "spec", "replicas"), 0));
    struct doc *status = doc_set_map(r->a, d, "status");
    doc_set_int(r->a, status, "replicas", doc_int(doc_path(obj, "status", "replicas"), 0));
    add_selector(r->a, status, doc_path(obj, "spec", "selector", "matchLabels"));
    return d;
}

struct err *verb_scale(struct request *r)
{
    struct object *o = store_get(r->res, r->ns, r->name);
    if (!o)
        return err_reason(ERR_NOT_FOUND, "NotFound", "%s \"%s\" not found", status_qualified(r->a, r->res),
                          r->name);
    if (!streq(r->verb, "get")) {
        const struct doc *replicas = doc_path(r->body, "spec", "replicas");
        if (!doc_is(replicas, DOC_INT))
            return err_reason(ERR_INVALID, "BadRequest", "spec.replicas of a Scale must be a number");
        TRY(write_scale(r, o, doc_with(r->a, o->doc, replicas, "spec", "replicas")));
        o = r->answer ? r->answer : o;
        r->answer = NULL;
    }
    r->result = scale_of(r, o->doc);
    r->code = 200;
    return NULL;
}

/* --- reviews: everybody who is let in may do everything -------------------------------------- */

struct err *verb_review(struct request *r)
{
    struct doc *d = doc_shallow(r->a, r->body), *status = doc_set_map(r->a, d, "status");
    const char *kind = r->res->kind;
    if (streq(kind, "SelfSubjectReview") || streq(kind, "TokenReview")) {
        struct doc *user = streq(kind, "TokenReview") ? doc_set_map(r->a, status, "user")
                                                      : doc_set_map(r->a, status, "userInfo");
        const char *token = doc_str(doc_path(r->body, "spec", "token"), NULL);
        const char *name =
            streq(kind, "TokenReview") ? (token ? map_get(r->s->tokens, token) : NULL) : r->user;
        if (streq(kind, "TokenReview"))
            doc_set_bool(r->a, status, "authenticated", name != NULL);
        if (name)
            doc_set_str(r->a, user, "username", name);
    } else if (streq(kind, "SelfSubjectRulesReview")) {
        struct doc *rule = doc_push(r->a, doc_set_list(r->a, status, "resourceRules"), doc_new_map(r->a));
        static const char *const keys[] = {"verbs", "apiGroups", "resources"};
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
            doc_push_str(r->a, doc_set_list(r->a, rule, keys[i]), "*");
        doc_set_list(r->a, status, "nonResourceRules");
        doc_set_bool(r->a, status, "incomplete", false);
    } else {
        doc_set_bool(r->a, status, "allowed", true);
    }
    r->result = d;
    r->code = 201;
    return NULL;
}
