/* A small Kubernetes API of the test (objects by path, merge patches, watches), peers on the bus with fixed
 * answers, and the api-server under test: all on one loop, so that whoever waits runs them all. */
#ifndef CAPSTAN_TEST_API_SERVER_RIG_H
#define CAPSTAN_TEST_API_SERVER_RIG_H

#include "base/vec.h"
#include "crypto/password.h"
#include "crypto/text.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "lib/test.h"
#include "net/client.h"
#include "services/api-server/api.h"

#define APPS "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
#define PROJECTS "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
#define SECRETS "/api/v1/namespaces/argocd/secrets"
#define EVENTS "/api/v1/namespaces/argocd/events"
#define SHA "53e28ff20cc530b9ada2173fbbd64d48338583ba"

static struct {
    struct loop *loop;
    struct arena *a;
    /* Kubernetes */
    struct net_server *server;
    struct map *objects; /* path to struct frozen */
    VEC(struct net_req *) watches;
    int64_t version;
    /* peers */
    struct bus *bus;
    struct bus_server *peer;
    /* the client */
    struct net_client *net;
    int status;
    const struct doc *answer;
    char *text; /* of a stream, so far */
    bool done;
    const char *token, *cookie;
    /* under test */
    struct kube *kube;
    struct bus_client *ask;
    struct api *api;
    bool ready;
} rig;

/* --- Kubernetes --------------------------------------------------------------------------------------------
 */

static void rig_drop(void *f)
{
    frozen_unref(f);
}

static bool rig_in(struct net_req *r, const char *path, const struct doc *object)
{
    const char *fields = net_req_query(r, "fieldSelector"), *labels = net_req_query(r, "labelSelector");
    size_t n = strlen(r->path);
    if (strncmp(path, r->path, n) != 0 || path[n] != '/')
        return false;
    if (fields && starts_with(fields, "metadata.name=") && !streq(fields + 14, api_name(object)))
        return false;
    return !labels || api_label(object, API_LABEL_SECRET_TYPE);
}

static void rig_tell(const char *path, const char *type, const struct doc *object)
{
    struct doc *event = doc_new_map(rig.a);
    doc_set_str(rig.a, event, "type", type);
    doc_set(rig.a, event, "object", object);
    const char *line = arena_printf(rig.a, "%s\n", json_text(rig.a, event, 0));
    vec_each (w, &rig.watches)
        if (rig_in(*w, path, object))
            net_stream_write(*w, span_of(line));
}

static const struct doc *rig_object(const char *path)
{
    return frozen_root(map_get(rig.objects, path));
}

static const struct doc *rig_put(const char *path, const struct doc *object)
{
    bool known = rig_object(path) != NULL;
    struct doc *d = doc_shallow(rig.a, object), *meta = doc_own_map(rig.a, d, "metadata");
    doc_set_str(rig.a, meta, "resourceVersion", arena_printf(rig.a, "%" PRId64, ++rig.version));
    if (!doc_get(meta, "uid"))
        doc_set_str(rig.a, meta, "uid", arena_printf(rig.a, "u-%" PRId64, rig.version));
    map_set(rig.objects, path, doc_freeze(d));
    rig_tell(path, known ? "MODIFIED" : "ADDED", d);
    return d;
}

UNUSED static const struct doc *rig_put_json(const char *path, const char *json)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(rig.a, span_of(json), NULL, &d));
    return rig_put(path, d);
}

static void rig_refuse(struct net_req *r, int status, const char *reason)
{
    net_reply_text(
        r, status, "application/json",
        arena_printf(r->arena,
                     "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"%s\",\"message\":\"%s "
                     "%s\",\"code\":%d}",
                     reason, r->path, reason, status));
}

static void rig_give(struct net_req *r, const struct doc *d)
{
    net_reply_text(r, 200, "application/json", json_text(r->arena, d, 0));
}

static void rig_watch_gone(struct net_req *r)
{
    size_t i = 0;
    while (rig.watches.at[i] != r)
        i++;
    vec_remove(&rig.watches, i);
    net_stream_end(r);
}

static void rig_list(struct net_req *r)
{
    struct doc *list = doc_new_map(r->arena), *items = doc_new_list(r->arena);
    if (net_req_query(r, "watch")) {
        vec_push(&rig.watches, r);
        net_req_on_closed(r, rig_watch_gone);
        net_stream_start(r, 200, "application/json");
        return;
    }
    map_each (it, rig.objects)
        if (rig_in(r, it.key, frozen_root(it.value)))
            doc_push(r->arena, items, frozen_root(it.value));
    doc_set_str(r->arena, doc_set_map(r->arena, list, "metadata"), "resourceVersion",
                arena_printf(r->arena, "%" PRId64, rig.version));
    doc_set(r->arena, list, "items", items);
    rig_give(r, list);
}

static void rig_write(struct net_req *r, struct span body)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(rig.a, body, NULL, &d));
    if (streq(r->method, "POST")) {
        const char *path = arena_printf(rig.a, "%s/%s", r->path, api_name(d));
        if (rig_object(path))
            rig_refuse(r, 409, "AlreadyExists");
        else
            rig_give(r, rig_put(path, d));
        return;
    }
    const struct doc *live = rig_object(r->path);
    const char *version = doc_str(doc_path(d, "metadata", "resourceVersion"), "");
    if (!live)
        rig_refuse(r, 404, "NotFound");
    else if (*version && !streq(version, api_resource_version(live)))
        rig_refuse(r, 409, "Conflict");
    else
        rig_give(r, rig_put(r->path,
                            streq(r->method, "PATCH") ? patch_merge(rig.a, doc_deep(rig.a, live), d) : d));
}

static void rig_request(struct net_req *r, void *arg)
{
    (void)arg;
    const struct doc *live = rig_object(r->path);
    if (streq(r->method, "POST") || streq(r->method, "PUT") || streq(r->method, "PATCH")) {
        net_body_collect(r, 1 << 20, rig_write);
    } else if (streq(r->method, "DELETE") && live) {
        rig_tell(r->path, "DELETED", live);
        map_del(rig.objects, r->path);
        net_reply_text(r, 200, "application/json", "{\"kind\":\"Status\",\"status\":\"Success\"}");
    } else if (streq(r->path, "/version")) {
        net_reply_text(r, 200, "application/json", "{\"major\":\"1\",\"minor\":\"34+\"}");
    } else if (live) {
        rig_give(r, live);
    } else if (ends_with(r->path, "s") && !starts_with(r->path, APPS "/")) {
        rig_list(r);
    } else {
        rig_refuse(r, 404, "NotFound");
    }
}

/* --- peers -------------------------------------------------------------------------------------------------
 */

static void rig_resolve(void *service, struct bus_request *rq)
{
    (void)service;
    Capstan__Repo__ResolveRevisionReply reply = CAPSTAN__REPO__RESOLVE_REVISION_REPLY__INIT;
    reply.revision = wire_text(SHA);
    reply.ambiguous_revision = wire_text("HEAD (" SHA ")");
    bus_reply(rq, wire_pack(rig.a, &reply));
}

static void rig_generate(void *service, struct bus_request *rq)
{
    (void)service;
    Capstan__Repo__GenerateManifestsRequest *ask = NULL;
    CHECK_OK(wire_unpack(rig.a, &capstan__repo__generate_manifests_request__descriptor, bus_request_body(rq),
                         NULL, &ask));
    if (streq(ask->path, "gone")) {
        bus_fail(rq, err_new(ERR_NOT_FOUND, "gone: app path does not exist"));
        return;
    }
    Capstan__Repo__GenerateManifestsReply reply = CAPSTAN__REPO__GENERATE_MANIFESTS_REPLY__INIT;
    reply.has_manifests = true;
    reply.manifests =
        wire_bytes(span_of("[{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
                           "\"data\":{\"k\":\"dmFsdWU=\"}}]"));
    reply.revision = wire_text(SHA);
    reply.source_type = wire_text("Directory");
    bus_reply(rq, wire_pack(rig.a, &reply));
}

static void rig_metadata(void *service, struct bus_request *rq)
{
    (void)service;
    char *tags[] = {wire_text("v1")};
    Capstan__Repo__CommitMetadata commit = CAPSTAN__REPO__COMMIT_METADATA__INIT;
    commit.author = wire_text("Ann <ann@git.example>");
    commit.message = wire_text("one\n\ntwo");
    commit.has_date_ms = true;
    commit.date_ms = 1706933106000;
    commit.tags = tags;
    commit.n_tags = 1;
    Capstan__Repo__RevisionMetadataReply reply = CAPSTAN__REPO__REVISION_METADATA_REPLY__INIT;
    reply.commit = &commit;
    bus_reply(rq, wire_pack(rig.a, &reply));
}

/* Repositories of that host answer nobody. */
static void rig_refs(void *service, struct bus_request *rq)
{
    (void)service;
    Capstan__Repo__ListRefsRequest *ask = NULL;
    Capstan__Repo__ListRefsReply reply = CAPSTAN__REPO__LIST_REFS_REPLY__INIT;
    CHECK_OK(
        wire_unpack(rig.a, &capstan__repo__list_refs_request__descriptor, bus_request_body(rq), NULL, &ask));
    if (starts_with(ask->repo_url, "https://silent.example/"))
        bus_fail(rq, err_new(ERR_UNKNOWN, "repository not found"));
    else
        bus_reply(rq, wire_pack(rig.a, &reply));
}

static void rig_tree(void *service, struct bus_request *rq)
{
    (void)service;
    Capstan__Controller__GetTreeReply reply = CAPSTAN__CONTROLLER__GET_TREE_REPLY__INIT;
    reply.has_tree = true;
    reply.tree = wire_bytes(
        span_of("{\"nodes\":[{\"kind\":\"Pod\",\"name\":\"p\",\"namespace\":\"x\",\"uid\":\"u-p\",\"health\":{\"status\":"
                "\"Healthy\"}},{\"kind\":\"Pod\",\"name\":\"q\",\"namespace\":\"x\"},{\"group\":\"apps\","
                "\"kind\":\"Deployment\",\"name\":\"d\",\"namespace\":\"x\",\"uid\":\"u-d\"},{\"group\":\"batch\","
                "\"kind\":\"CronJob\",\"name\":\"c\",\"namespace\":\"x\",\"uid\":\"u-c\"}]}"));
    bus_reply(rq, wire_pack(rig.a, &reply));
}

static void rig_managed(void *service, struct bus_request *rq)
{
    (void)service;
    Capstan__Controller__GetManagedResourcesReply reply =
        CAPSTAN__CONTROLLER__GET_MANAGED_RESOURCES_REPLY__INIT;
    reply.has_resources = true;
    reply.resources = wire_bytes(span_of("[{\"kind\":\"Pod\"}]"));
    bus_reply(rq, wire_pack(rig.a, &reply));
}

static const char *rig_peer(void)
{
    static const struct bus_method methods[] = {
        {"repo.ResolveRevision", rig_resolve},   {"repo.GenerateManifests", rig_generate},
        {"repo.RevisionMetadata", rig_metadata}, {"repo.ListRefs", rig_refs},
        {"controller.GetTree", rig_tree},        {"controller.GetManagedResources", rig_managed},
    };
    const char *address = arena_printf(rig.a, "ipc://%s/bus", test_tmpdir());
    rig.bus = bus_new(rig.loop, NULL, "test");
    rig.peer = bus_server_new(
        rig.bus, &(struct bus_server_options){.methods = methods, .methods_len = ARRAY_LEN(methods)});
    CHECK_OK(bus_server_bind(rig.peer, address, NULL));
    return address;
}

/* --- begin, ask, end ---------------------------------------------------------------------------------------
 */

static void rig_wait(bool *until)
{
    while (!*until)
        CHECK(loop_run_once(rig.loop));
}

static void rig_on_ready(void *arg, const char *why)
{
    (void)arg;
    rig.ready = !why;
}

static void rig_secret(const char *password)
{
    CLEANUP(secret_unrefp) struct secret *s = secret_new(password, strlen(password));
    CLEANUP(mem_freep) char *hash = NULL;
    CHECK_OK(crypto_password_hash(s, 4, &hash));
    const char *text = crypto_base64_encode(rig.a, CRYPTO_BASE64_STD, span_of(hash)).at;
    rig_put_json(
        SECRETS "/argocd-secret",
        arena_printf(rig.a,
                     "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"argocd-secret\"},"
                     "\"data\":{\"admin.password\":\"%s\",\"server.secretkey\":\"a2V5a2V5\"}}",
                     text));
}

/* `password` NULL = there is no argocd-secret. */
static void rig_begin(const char *password)
{
    rig.loop = loop_new(NULL);
    rig.a = arena_new("test");
    rig.objects = map_new(rig_drop);
    int port = 0;
    rig.server = net_server_new(rig.loop, &(struct net_server_options){.on_request = rig_request});
    CHECK_OK(net_server_listen(rig.server, "127.0.0.1:0", &port));
    if (password)
        rig_secret(password);
    struct kube_options o = {.qps = 100000, .burst = 100000, .tries = 1};
    CHECK_OK(kube_config_from(arena_printf(rig.a, "http://127.0.0.1:%d", port), &(struct net_creds){0}, "",
                              &o.config));
    rig.kube = kube_new(rig.loop, &o);
    const char *peer = rig_peer();
    rig.ask = bus_client_new(rig.bus, NULL);
    CHECK_OK(bus_client_peers(rig.ask, &peer, 1));
    struct api_options ao = {.loop = rig.loop,
                             .kube = rig.kube,
                             .repo = rig.ask,
                             .controller = rig.ask,
                             .ns = "argocd",
                             .listen = "127.0.0.1:0",
                             .peer_timeout_ms = 20000,
                             .ready = rig_on_ready};
    CHECK_OK(api_start(&ao, &rig.api));
    rig.net = net_client_new(rig.loop, &(struct net_client_options){0});
    rig_wait(&rig.ready);
}

static void rig_end(void)
{
    net_client_free(rig.net);
    api_halt(rig.api);
    kube_free(rig.kube);
    bus_client_free(rig.ask);
    api_free(rig.api);
    bus_server_free(rig.peer);
    bus_free(rig.bus);
    net_server_free(rig.server);
    while (rig.watches.len)
        rig_watch_gone(rig.watches.at[0]);
    vec_release(&rig.watches);
    map_free(rig.objects);
    free(rig.text);
    loop_free(rig.loop);
    arena_free(rig.a);
}

static void rig_on_done(void *arg, struct err *e, const struct net_response *response)
{
    (void)arg;
    CHECK_OK(e);
    struct doc *d = NULL;
    rig.status = response->status;
    err_free(json_read(rig.a, response->body, NULL, &d));
    rig.answer = d;
    rig.done = true;
}

/* METHOD path body: rig.status, and the answer; with rig.token if there is one. */
static const struct doc *ask(const char *method, const char *path, const char *body)
{
    const struct net_pair headers[] = {
        {"Content-Type", "application/json"},
        {rig.cookie ? "Cookie" : "Authorization",
         rig.cookie ? rig.cookie : arena_printf(rig.a, "Bearer %s", rig.token ? rig.token : "")},
    };
    struct net_request request = {.method = method,
                                  .url = arena_printf(rig.a, "http://127.0.0.1:%d%s", rig.api->port, path),
                                  .headers = headers,
                                  .headers_len = rig.token || rig.cookie ? 2 : 1,
                                  .body = span_of(body ? body : ""),
                                  .proxy = "",
                                  .on_done = rig_on_done};
    rig.done = false;
    net_client_start(rig.net, &request);
    rig_wait(&rig.done);
    return rig.answer;
}

UNUSED static const char *said(const struct doc *d)
{
    return doc_str(doc_get(d, "message"), "");
}

/* Begins, logs in, and waits for the default project: all that an application needs. */
UNUSED static void rig_login(void)
{
    rig_begin("secret-1");
    const struct doc *d =
        ask("POST", "/api/v1/session", "{\"username\":\"admin\",\"password\":\"secret-1\"}");
    CHECK_INT(rig.status, 200);
    rig.token = doc_str(doc_get(d, "token"), NULL);
    while (!cache_project(rig.api, "default"))
        CHECK(loop_run_once(rig.loop));
}

/* Runs the loop until the cache shows the application (or no longer does). */
UNUSED static void rig_until_app(const char *name, bool there)
{
    while ((cache_app(rig.api, name) != NULL) != there)
        CHECK(loop_run_once(rig.loop));
}

#endif
