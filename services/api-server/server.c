/* api-server/server - the table of endpoints, and a request's way through it: route, session, body, handler,
 * end.
 *
 * Every open turn stands in api->turns, so that a server that ends can end them too. */
#include "api.h"

#include "base/log.h"
#include "doc/json.h"

#include <stdlib.h>

enum { BODY_MAX = 4 << 20, STREAM_MAX = 16 << 20 };

enum { OPEN = 1, BODY = 2, STREAM = 4 }; /* needs no session; has a body; answers with a stream */

struct endpoint {
    const char *method, *path;
    api_handler *handler;
    int flags;
};

#define APP "/api/v1/applications/{name}"
static const struct endpoint endpoints[] = {
    {"GET", "/healthz", health_get, OPEN},
    {"GET", "/api/version", version_get, OPEN},
    {"POST", "/api/v1/session", session_create, OPEN | BODY},
    {"DELETE", "/api/v1/session", session_delete, OPEN},
    {"GET", "/api/v1/session/userinfo", session_userinfo, OPEN},
    {"GET", "/api/v1/settings", settings_get, OPEN},
    {"GET", "/api/v1/applications", apps_list, 0},
    {"POST", "/api/v1/applications", app_create, BODY},
    {"GET", APP, app_get, 0},
    {"PUT", APP, app_update, BODY},
    {"PATCH", APP, app_patch, BODY},
    {"DELETE", APP, app_delete, 0},
    {"PUT", APP "/spec", app_update_spec, BODY},
    {"POST", APP "/sync", app_sync, BODY},
    {"DELETE", APP "/operation", app_terminate, 0},
    {"POST", APP "/rollback", app_rollback, BODY},
    {"GET", APP "/resource-tree", app_tree, 0},
    {"GET", APP "/managed-resources", app_managed, 0},
    {"GET", APP "/manifests", app_manifests, 0},
    {"GET", APP "/events", app_events, 0},
    {"GET", APP "/resource/actions", app_actions, 0},
    {"POST", APP "/resource/actions", app_action_run, BODY},
    {"POST", APP "/resource/actions/v2", app_action_run_v2, BODY},
    {"GET", APP "/syncwindows", app_windows, 0},
    {"GET", APP "/revisions/{revision}/metadata", app_revision_metadata, 0},
    {"GET", "/api/v1/stream/applications", apps_stream, STREAM},
    {"GET", "/api/v1/projects", projects_list, 0},
    {"GET", "/api/v1/projects/{name}", project_get, 0},
    {"GET", "/api/v1/projects/{name}/syncwindows", project_windows, 0},
    {"GET", "/api/v1/repositories", repositories_list, 0},
    {"POST", "/api/v1/repositories", repository_create, BODY},
    {"GET", "/api/v1/repositories/{name}", repository_get, 0},
    {"PUT", "/api/v1/repositories/{name}", repository_update, BODY},
    {"DELETE", "/api/v1/repositories/{name}", repository_delete, 0},
    {"GET", "/api/v1/clusters", clusters_list, 0},
    {"GET", "/api/v1/clusters/{name}", cluster_get, 0},
};

/* --- ends --------------------------------------------------------------------------------------------------
 */

int api_http_status(enum err_code code)
{
    static const int status[] = {200, 408, 500, 400, 504, 404, 409, 403, 429,
                                 400, 409, 400, 501, 500, 503, 500, 401};
    return (size_t)code < ARRAY_LEN(status) ? status[code] : 500;
}

bool api_wants_sse(struct net_req *r)
{
    const char *accept = net_req_header(r, "accept");
    return accept && strstr(accept, "text/event-stream");
}

static void refuse(struct net_req *r, const struct err *e)
{
    struct doc *d = doc_new_map(r->arena);
    doc_set_str(r->arena, d, "error", e->msg);
    doc_set_int(r->arena, d, "code", (int64_t)e->code);
    doc_set_str(r->arena, d, "message", e->msg);
    net_reply_text(r, api_http_status(e->code), "application/json", json_text(r->arena, d, JSON_HTML));
}

/* Of an endpoint that streams, whether something was streamed or not. */
static void refuse_stream(struct net_req *r, const struct err *e)
{
    int status = api_http_status(e->code);
    struct doc *d = doc_new_map(r->arena), *error = doc_set_map(r->arena, d, "error");
    doc_set_int(r->arena, error, "grpc_code", (int64_t)e->code);
    doc_set_int(r->arena, error, "http_code", status);
    doc_set_str(r->arena, error, "message", e->msg);
    doc_set_str(r->arena, error, "http_status", net_status_text(status));
    const char *json = json_text(r->arena, d, JSON_HTML);
    if (!api_wants_sse(r)) {
        net_reply_text(r, status, "application/json", json);
        return;
    }
    net_set_header(r, "X-Content-Type-Options", "nosniff");
    net_reply_text(r, status, "text/event-stream", arena_printf(r->arena, "data: %s \n\n", json));
}

/* The turn is over for everybody but net: no timer, no event, no call reaches it any more. */
static struct net_req *detach(struct turn *t)
{
    struct api *api = t->api;
    loop_timer_stop(api->o.loop, &t->timer);
    if (t->prev)
        t->prev->next = t->next;
    else
        api->turns = t->next;
    if (t->next)
        t->next->prev = t->prev;
    return t->r;
}

void turn_reply_text(struct turn *t, const char *json)
{
    net_reply_text(detach(t), 200, "application/json", json);
}

void turn_reply(struct turn *t, const struct doc *d)
{
    turn_reply_text(t, json_text(t->a, d, JSON_HTML));
}

void turn_deleted(void *turn, struct err *e, const struct doc *object)
{
    struct turn *t = turn;
    (void)object;
    if (e)
        turn_fail(t, e);
    else
        turn_reply(t, doc_new_map(t->a));
}

void turn_fail(struct turn *t, struct err *e)
{
    struct net_req *r = detach(t);
    if (e->code == ERR_INTERNAL)
        log_warn("a request failed", "path", r->path, "error", e->msg);
    if (t->stream)
        refuse_stream(r, e);
    else
        refuse(r, e);
    err_free(e);
}

struct err *turn_missing(const char *field)
{
    return err_new(ERR_INTERNAL, "grpc: error while marshaling: proto: required field \"%s\" not set", field);
}

void turn_end_stream(struct turn *t)
{
    net_stream_end(detach(t));
}

const char *turn_query(struct turn *t, const char *name)
{
    const char *value = net_req_query(t->r, name);
    return value ? value : "";
}

/* As Go's strconv.ParseBool reads it. */
static bool parse_flag(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"}, *const no[] = {
                                                                                  "0",     "f",     "F",
                                                                                  "FALSE", "false", "False"};
    *out = str_in(text, yes, ARRAY_LEN(yes));
    return *out || str_in(text, no, ARRAY_LEN(no));
}

bool turn_flag(struct turn *t, const char *name, bool dflt)
{
    bool value = dflt;
    const char *text = turn_query(t, name);
    return *text && parse_flag(text, &value) ? value : dflt;
}

static struct err *check_flags(struct turn *t)
{
    static const char *const flags[] = {"cascade", "forceRefresh", "noCache", "upsert", "validate"};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        const char *text = turn_query(t, flags[i]);
        bool value;
        if (*text && !parse_flag(text, &value))
            return err_new(ERR_INVALID, "strconv.ParseBool: parsing \"%s\": invalid syntax", text);
    }
    return NULL;
}

/* --- the way in --------------------------------------------------------------------------------------------
 */

struct entry {
    struct api *api;
    const struct endpoint *endpoint;
    const char *user;
};

static struct err *parse_body(struct turn *t, struct span body)
{
    struct doc *d = NULL;
    if (!span_trim(body).len)
        return NULL;
    TRYF(json_read(t->a, body, NULL, &d), "the body is no JSON");
    t->body = d;
    return NULL;
}

static void begin(struct net_req *r, struct span body)
{
    struct entry *entry = r->user;
    struct turn *t = NEW(r->arena, struct turn);
    t->api = entry->api;
    t->r = r;
    t->a = r->arena;
    t->user = entry->user;
    t->stream = entry->endpoint->flags & STREAM;
    const char *name = net_req_param(r, "name");
    t->name = name ? name : "";
    t->next = t->api->turns;
    if (t->next)
        t->next->prev = t;
    t->api->turns = t;
    r->user = t;
    struct call root;
    call_init(&root);
    root.clock = loop_clock(t->api->o.loop);
    call_child(&t->call, &root, t->api->o.peer_timeout_ms);
    t->call.parent = NULL;
    struct err *e = parse_body(t, body);
    if (e)
        e->code = ERR_INVALID; /* however much of it was wrong */
    if (!e)
        e = check_flags(t);
    if (e)
        turn_fail(t, e);
    else
        entry->endpoint->handler(t);
}

static void on_request(struct net_req *r, void *arg)
{
    struct api *api = arg;
    const char *allow = NULL;
    if (door_refuses(r))
        return;
    const struct net_route *route = net_router_find(api->router, r, &allow);
    if (!route) {
        door_refuse(r, allow ? 405 : 404, allow ? "Method Not Allowed\n" : "Not Found\n");
        return;
    }
    struct entry *entry = NEW(r->arena, struct entry);
    *entry = (struct entry){api, &endpoints[route - api->routes], ""};
    CLEANUP(err_freep) struct err *e = session_user(api, r, &entry->user);
    if (e && !(entry->endpoint->flags & OPEN)) {
        if (entry->endpoint->flags & STREAM)
            refuse_stream(r, e);
        else
            refuse(r, e);
        return;
    }
    r->user = entry;
    if (entry->endpoint->flags & BODY)
        net_body_collect(r, BODY_MAX, begin);
    else
        begin(r, (struct span){0});
}

/* --- start and stop ----------------------------------------------------------------------------------------
 */

struct err *api_start(const struct api_options *o, struct api **out)
{
    struct api *api = mem_zalloc(sizeof(*api));
    *out = api;
    api->o = *o;
    api->routes = mem_zalloc(sizeof(endpoints) / sizeof(endpoints[0]) * sizeof(api->routes[0]));
    for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
        api->routes[i] = (struct net_route){.method = endpoints[i].method, .path = endpoints[i].path};
    api->router = net_router_new(api->routes, ARRAY_LEN(endpoints));
    api->session = session_new(api);
    cache_start(api);
    api->server = net_server_new(o->loop, &(struct net_server_options){.tls = o->tls,
                                                                       .tls_only = o->tls != NULL,
                                                                       .output_bytes = STREAM_MAX,
                                                                       .on_request = on_request,
                                                                       .arg = api});
    return net_server_listen(api->server, o->listen, &api->port);
}

void api_drain(struct api *api, void (*done)(void *arg), void *arg)
{
    for (struct turn *t = api->turns, *next; t; t = next) {
        next = t->next;
        if (t->on_app == NULL)
            continue;
        t->on_app(t, KUBE_ERROR, NULL);
    }
    net_server_drain(api->server, done, arg);
}

void api_halt(struct api *api)
{
    if (!api)
        return;
    session_halt(api->session);
    cache_halt(api);
}

void api_free(struct api *api)
{
    if (!api)
        return;
    session_free(api->session);
    if (api->server)
        net_server_free(api->server);
    while (api->turns)
        net_abort(detach(api->turns));
    net_router_free(api->router);
    free(api->routes);
    cache_stop(api);
    free(api);
}
