/* discovery - what is served, aggregated (apidiscovery.k8s.io/v2) or group by group as older clients ask.
 *
 * Made from the resources on each question: a CRD shows at once. */
#include "base/str.h"
#include "doc/json.h"
#include "sandbox.h"

#include <strings.h>

static void add_verbs(struct arena *a, struct doc *list, unsigned flags)
{
    static const char *const all[] = {"create", "delete", "deletecollection", "get",
                                      "list",   "patch",  "update",           "watch"};
    for (size_t i = 0; i < ((flags & RES_CREATE_ONLY) ? 1 : ARRAY_LEN(all)); i++)
        doc_push_str(a, list, all[i]);
}

static void add_sub_verbs(struct arena *a, struct doc *list)
{
    static const char *const verbs[] = {"get", "patch", "update"};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        doc_push_str(a, list, verbs[i]);
}

static void add_words(struct arena *a, struct doc *map, const char *key, const char *words)
{
    if (!*words)
        return;
    struct doc *list = doc_set_list(a, map, key);
    struct span rest = span_of(words), word;
    while (span_cut(&rest, ',', &word))
        doc_push(a, list, doc_new_str_n(a, word.at, word.len));
}

static void add_kind(struct arena *a, struct doc *map, const char *key, const char *group,
                     const char *version, const char *kind)
{
    struct doc *k = doc_set_map(a, map, key);
    doc_set_str(a, k, "group", group);
    doc_set_str(a, k, "version", version);
    doc_set_str(a, k, "kind", kind);
}

/* --- aggregated ------------------------------------------------------------------------------ */

static void add_aggregated_sub(struct arena *a, struct doc *subs, const struct resource *res,
                               const char *version, const char *name)
{
    bool scale = streq(name, "scale");
    struct doc *sub = doc_push(a, subs, doc_new_map(a));
    doc_set_str(a, sub, "subresource", name);
    add_kind(a, sub, "responseKind", scale ? "autoscaling" : res->group, scale ? "v1" : version,
             scale ? "Scale" : res->kind);
    add_sub_verbs(a, doc_set_list(a, sub, "verbs"));
}

static void add_aggregated(struct arena *a, struct doc *list, const struct resource *res, const char *version)
{
    struct doc *d = doc_push(a, list, doc_new_map(a));
    doc_set_str(a, d, "resource", res->plural);
    add_kind(a, d, "responseKind", res->group, version, res->kind);
    doc_set_str(a, d, "scope", (res->flags & RES_NAMESPACED) ? "Namespaced" : "Cluster");
    doc_set_str(a, d, "singularResource", res->singular);
    add_words(a, d, "shortNames", res->short_names);
    add_words(a, d, "categories", res->categories);
    add_verbs(a, doc_set_list(a, d, "verbs"), res->flags);
    if (!(res->flags & (RES_STATUS | RES_SCALE)))
        return;
    struct doc *subs = doc_set_list(a, d, "subresources");
    if (res->flags & RES_SCALE)
        add_aggregated_sub(a, subs, res, version, "scale");
    if (res->flags & RES_STATUS)
        add_aggregated_sub(a, subs, res, version, "status");
}

/* --- by group -------------------------------------------------------------------------------- */

/* The groups in the order of their first resource, each with its versions. */
struct group {
    const char *name;
    const char *versions[16];
    size_t len;
};

static struct group *groups(struct sandbox *s, struct arena *a, size_t *n)
{
    struct group *all = NEW_N(a, struct group, s->resources.len);
    *n = 0;
    vec_each (r, &s->resources) {
        struct group *g = all;
        while (g < all + *n && !streq(g->name, (*r)->group))
            g++;
        if (g == all + *n)
            all[(*n)++].name = (*r)->group;
        for (size_t v = 0; v < (*r)->versions_len; v++)
            if (!str_in((*r)->versions[v].version, g->versions, g->len) && g->len < ARRAY_LEN(g->versions))
                g->versions[g->len++] = (*r)->versions[v].version;
    }
    return all;
}

static const struct doc *aggregated(struct sandbox *s, struct arena *a, bool core)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "APIGroupDiscoveryList");
    doc_set_str(a, d, "apiVersion", "apidiscovery.k8s.io/v2");
    doc_set_map(a, d, "metadata");
    struct doc *items = doc_set_list(a, d, "items");
    size_t n;
    struct group *all = groups(s, a, &n);
    for (size_t i = 0; i < n; i++) {
        if (!*all[i].name != core)
            continue;
        struct doc *item = doc_push(a, items, doc_new_map(a)), *meta = doc_set_map(a, item, "metadata");
        if (!core)
            doc_set_str(a, meta, "name", all[i].name);
        struct doc *versions = doc_set_list(a, item, "versions");
        for (size_t v = 0; v < all[i].len; v++) {
            struct doc *version = doc_push(a, versions, doc_new_map(a));
            doc_set_str(a, version, "version", all[i].versions[v]);
            struct doc *list = doc_set_list(a, version, "resources");
            vec_each (r, &s->resources)
                if (streq((*r)->group, all[i].name) && kinds_version(*r, all[i].versions[v]))
                    add_aggregated(a, list, *r, all[i].versions[v]);
            doc_set_str(a, version, "freshness", "Current");
        }
    }
    return d;
}

static struct doc *plain_group(struct arena *a, const struct group *g)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "name", g->name);
    struct doc *versions = doc_set_list(a, d, "versions");
    for (size_t v = 0; v <= g->len; v++) {
        struct doc *version =
            v < g->len ? doc_push(a, versions, doc_new_map(a)) : doc_set_map(a, d, "preferredVersion");
        const char *text = g->versions[v < g->len ? v : 0];
        doc_set_str(a, version, "groupVersion", arena_printf(a, "%s/%s", g->name, text));
        doc_set_str(a, version, "version", text);
    }
    return d;
}

static const struct doc *group_list(struct sandbox *s, struct arena *a)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "APIGroupList");
    doc_set_str(a, d, "apiVersion", "v1");
    struct doc *list = doc_set_list(a, d, "groups");
    size_t n;
    struct group *all = groups(s, a, &n);
    for (size_t i = 0; i < n; i++)
        if (*all[i].name)
            doc_push(a, list, plain_group(a, &all[i]));
    return d;
}

static const struct doc *one_group(struct sandbox *s, struct arena *a, const char *name)
{
    size_t n;
    struct group *all = groups(s, a, &n);
    for (size_t i = 0; i < n; i++) {
        if (!streq(all[i].name, name))
            continue;
        struct doc *d = plain_group(a, &all[i]);
        doc_set_str(a, d, "kind", "APIGroup");
        doc_set_str(a, d, "apiVersion", "v1");
        return d;
    }
    return NULL;
}

static void add_plain(struct arena *a, struct doc *list, const struct resource *res, const char *sub)
{
    struct doc *d = doc_push(a, list, doc_new_map(a));
    bool scale = sub && streq(sub, "scale");
    doc_set_str(a, d, "name", sub ? arena_printf(a, "%s/%s", res->plural, sub) : res->plural);
    doc_set_str(a, d, "singularName", sub ? "" : res->singular);
    doc_set_bool(a, d, "namespaced", res->flags & RES_NAMESPACED);
    if (scale) {
        doc_set_str(a, d, "group", "autoscaling");
        doc_set_str(a, d, "version", "v1");
    }
    doc_set_str(a, d, "kind", scale ? "Scale" : res->kind);
    struct doc *verbs = doc_set_list(a, d, "verbs");
    if (sub) {
        add_sub_verbs(a, verbs);
        return;
    }
    add_verbs(a, verbs, res->flags);
    add_words(a, d, "shortNames", res->short_names);
    add_words(a, d, "categories", res->categories);
}

static const struct doc *resource_list(struct sandbox *s, struct arena *a, const char *group,
                                       const char *version)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "APIResourceList");
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "groupVersion", *group ? arena_printf(a, "%s/%s", group, version) : version);
    struct doc *list = doc_set_list(a, d, "resources");
    vec_each (r, &s->resources) {
        if (!streq((*r)->group, group) || !kinds_version(*r, version))
            continue;
        add_plain(a, list, *r, NULL);
        if ((*r)->flags & RES_SCALE)
            add_plain(a, list, *r, "scale");
        if ((*r)->flags & RES_STATUS)
            add_plain(a, list, *r, "status");
    }
    return doc_len(list) ? d : NULL;
}

static const struct doc *core_versions(struct arena *a)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "kind", "APIVersions");
    doc_push_str(a, doc_set_list(a, d, "versions"), "v1");
    return d;
}

static const struct doc *server_version(struct arena *a, const char *version)
{
    const char *major = version + (*version == 'v'), *minor = strchr(major, '.');
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "major", arena_strndup(a, major, strcspn(major, ".")));
    doc_set_str(a, d, "minor", minor ? arena_strndup(a, minor + 1, strcspn(minor + 1, ".")) : "");
    doc_set_str(a, d, "gitVersion", version);
    doc_set_str(a, d, "gitCommit", "capstan-sandbox");
    doc_set_str(a, d, "gitTreeState", "clean");
    doc_set_str(a, d, "compiler", "c17");
    doc_set_str(a, d, "platform", "linux/amd64");
    return d;
}

static bool answer(struct net_req *r, const struct doc *d, const char *type)
{
    if (!d)
        return false;
    net_reply_text(r, 200, type, json_text(r->arena, d, 0));
    return true;
}

bool discovery_serve(struct sandbox *s, struct net_req *r)
{
    static const char *const probes[] = {"/healthz", "/readyz", "/livez"};
    static const char aggregate[] = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const char *accept = net_req_header(r, "accept"), *json = "application/json";
    size_t len = strlen(r->path);
    const char *path =
        len > 1 && r->path[len - 1] == '/' ? arena_strndup(r->arena, r->path, len - 1) : r->path;
    if (str_in(path, probes, ARRAY_LEN(probes))) {
        net_reply_text(r, 200, "text/plain", "ok");
        return true;
    }
    if (streq(path, "/version"))
        return answer(r, server_version(r->arena, s->o.kubernetes_version), json);
    bool core = streq(path, "/api");
    if (core || streq(path, "/apis")) {
        if (accept && strstr(accept, "as=APIGroupDiscoveryList") && strstr(accept, "v=v2;"))
            return answer(r, aggregated(s, r->arena, core), aggregate);
        return answer(r, core ? core_versions(r->arena) : group_list(s, r->arena), json);
    }
    if (streq(path, "/api/v1"))
        return answer(r, resource_list(s, r->arena, "", "v1"), json);
    if (!starts_with(path, "/apis/"))
        return false;
    const char *group = path + strlen("/apis/"), *slash = strchr(group, '/');
    if (!slash)
        return answer(r, one_group(s, r->arena, group), json);
    if (strchr(slash + 1, '/'))
        return false;
    return answer(
        r, resource_list(s, r->arena, arena_strndup(r->arena, group, (size_t)(slash - group)), slash + 1),
        json);
}
