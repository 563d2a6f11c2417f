/* api-server/clusters - the cluster that all of this runs in, the only one that there is yet. */
#include "api.h"

#include "doc/json.h"

#include <ctype.h>

#define IN_CLUSTER_NAME "in-cluster"

static struct doc *show_cluster(struct turn *t, const struct err *e, const struct doc *object)
{
    struct arena *a = t->a;
    const char *minor = doc_str(doc_get(object, "minor"), "");
    size_t digits = 0;
    while (isdigit((unsigned char)minor[digits])) /* some write "34+" */
        digits++;
    struct doc *item = doc_new_map(a);
    doc_set_str(a, item, "server", API_IN_CLUSTER);
    doc_set_str(a, item, "name", "in-cluster");
    struct doc *tls = doc_set_map(a, doc_set_map(a, item, "config"), "tlsClientConfig");
    doc_set_bool(a, tls, "insecure", false);
    struct doc *state = doc_new_map(a);
    doc_set_str(a, state, "status", e ? "Failed" : "Successful");
    doc_set_str(a, state, "message", e ? e->msg : "");
    doc_set_str(a, state, "attemptedAt", time_rfc3339(clock_wall_ms(loop_clock(t->api->o.loop))).text);
    const char *version =
        e ? "" : arena_printf(a, "%s.%.*s", doc_str(doc_get(object, "major"), ""), (int)digits, minor);
    doc_set(a, item, "connectionState", state);
    if (*version)
        doc_set_str(a, item, "serverVersion", version);
    struct doc *info = doc_set_map(a, item, "info");
    doc_set(a, info, "connectionState", state);
    if (*version)
        doc_set_str(a, info, "serverVersion", version);
    doc_set_int(a, info, "applicationsCount", (int64_t)map_len(t->api->apps));
    return item;
}

static void ask_version(struct turn *t, void (*done)(void *arg, struct err *e, const struct doc *object))
{
    kube_request(t->api->o.kube, &(struct kube_raw){.method = "GET", .path = "/version", .retry = true}, done,
                 t);
}

static void answer_list(struct turn *t, const struct doc *cluster)
{
    struct doc *list = doc_new_map(t->a), *items = doc_new_list(t->a);
    doc_set_map(t->a, list, "metadata");
    if (cluster)
        doc_push(t->a, items, cluster);
    doc_set(t->a, list, "items", cluster ? items : doc_new_null(t->a));
    turn_reply(t, list);
}

static void on_listed(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    const struct doc *cluster = show_cluster(t, e, object);
    err_free(e);
    answer_list(t, cluster);
}

void clusters_list(struct turn *t)
{
    const char *server = turn_query(t, "server"), *name = turn_query(t, "name");
    if ((*server && !streq(server, API_IN_CLUSTER)) || (*name && !streq(name, IN_CLUSTER_NAME)))
        answer_list(t, NULL);
    else
        ask_version(t, on_listed);
}

static void on_got(void *arg, struct err *e, const struct doc *object)
{
    struct turn *t = arg;
    const struct doc *cluster = show_cluster(t, e, object);
    err_free(e);
    turn_reply(t, cluster);
}

/* By its server, or by its name when the query says so. */
void cluster_get(struct turn *t)
{
    const char *type = turn_query(t, "id.type");
    bool by_name = streq(type, "name") || streq(type, "name_escaped");
    if (streq(t->name, by_name ? IN_CLUSTER_NAME : API_IN_CLUSTER))
        ask_version(t, on_got);
    else
        turn_fail(t, err_new(ERR_DENIED, "permission denied"));
}
