/* openapi - just enough of /openapi/v3 for kubectl: that PATCH takes fieldValidation, so that it leaves
 * checking to us.
 *
 * Types are not told here; /openapi/v2 is not served, and kubectl then falls back on the types that it has
 * built in. */
#include "doc/json.h"
#include "sandbox.h"

static const char *group_path(struct arena *a, const struct resource *res, const char *version)
{
    return *res->group ? arena_printf(a, "apis/%s/%s", res->group, version)
                       : arena_printf(a, "api/%s", version);
}

static const struct doc *paths(struct sandbox *s, struct arena *a)
{
    struct doc *d = doc_new_map(a), *all = doc_set_map(a, d, "paths");
    vec_each (r, &s->resources)
        for (size_t v = 0; v < (*r)->versions_len; v++) {
            const char *path = group_path(a, *r, (*r)->versions[v].version);
            if (!doc_get(all, path))
                doc_set_str(a, doc_set_map(a, all, path), "serverRelativeURL",
                            arena_printf(a, "/openapi/v3/%s", path));
        }
    return d;
}

static void add_operation(struct arena *a, struct doc *all, const struct resource *res, const char *version)
{
    const char *ns = (res->flags & RES_NAMESPACED) ? "namespaces/{namespace}/" : "";
    const char *path = arena_printf(a, "/%s/%s%s/{name}", group_path(a, res, version), ns, res->plural);
    struct doc *patch = doc_set_map(a, doc_set_map(a, all, path), "patch");
    struct doc *parameters = doc_set_list(a, patch, "parameters");
    static const char *const names[] = {"dryRun", "fieldManager", "fieldValidation", "force"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct doc *p = doc_push(a, parameters, doc_new_map(a));
        doc_set_str(a, p, "name", names[i]);
        doc_set_str(a, p, "in", "query");
    }
    struct doc *gvk = doc_set_map(a, patch, "x-kubernetes-group-version-kind");
    doc_set_str(a, gvk, "group", res->group);
    doc_set_str(a, gvk, "version", version);
    doc_set_str(a, gvk, "kind", res->kind);
}

static const struct doc *group_version(struct sandbox *s, struct arena *a, const char *asked)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "openapi", "3.0.0");
    struct doc *info = doc_set_map(a, d, "info");
    doc_set_str(a, info, "title", "capstan-sandbox");
    doc_set_str(a, info, "version", s->o.kubernetes_version);
    struct doc *all = doc_set_map(a, d, "paths");
    vec_each (r, &s->resources)
        for (size_t v = 0; v < (*r)->versions_len; v++)
            if (streq(group_path(a, *r, (*r)->versions[v].version), asked))
                add_operation(a, all, *r, (*r)->versions[v].version);
    return doc_len(all) ? d : NULL;
}

bool openapi_serve(struct sandbox *s, struct net_req *r)
{
    static const char prefix[] = "/openapi/v3";
    if (!starts_with(r->path, prefix))
        return false;
    const char *rest = r->path + strlen(prefix);
    const struct doc *d = *rest == '/' ? group_version(s, r->arena, rest + 1) : paths(s, r->arena);
    if (!d)
        return false;
    net_reply_text(r, 200, "application/json", json_text(r->arena, d, 0));
    return true;
}
