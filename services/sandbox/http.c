/* http - from a path to a verb: who asks, for what, the faults that were ordered, the log, and the answer.
 *
 * A request that is delayed or whose body arrives is found in `waiting`, so that the server can be taken down
 * under it. */
#include "base/rand.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "net/url.h"
#include "sandbox.h"

#include <strings.h>

/* --- the log --------------------------------------------------------------------------------- */

void http_log(struct request *r)
{
    if (!r->s->log)
        return;
    struct doc *d = doc_new_map(r->a);
    doc_set_str(r->a, d, "time", time_rfc3339_micro(clock_wall_ms(loop_clock(r->s->loop))).text);
    doc_set_str(r->a, d, "user", r->user);
    doc_set_str(r->a, d, "verb", r->verb);
    if (r->res) {
        doc_set_str(r->a, d, "group", r->res->group);
        doc_set_str(r->a, d, "resource", r->res->plural);
        const char *name = *r->name ? r->name : meta_text(r->body, "name");
        if (*r->ns)
            doc_set_str(r->a, d, "namespace", r->ns);
        if (*name)
            doc_set_str(r->a, d, "name", name);
        if (*r->sub)
            doc_set_str(r->a, d, "subresource", r->sub);
    } else {
        doc_set_str(r->a, d, "path", r->http->path);
    }
    if (r->dry_run)
        doc_set_str(r->a, d, "dryRun", "All");
    if (*r->manager)
        doc_set_str(r->a, d, "fieldManager", r->manager);
    if (r->force)
        doc_set_bool(r->a, d, "force", true);
    const char *type = net_req_header(r->http, "content-type");
    if (r->body && type)
        doc_set_str(r->a, d, "contentType", type);
    doc_set_int(r->a, d, "code", r->code);
    if (r->body)
        doc_set(r->a, d, "body", r->body);
    CLEANUP(str_release) struct str line = {0};
    json_write(&line, d, 0);
    str_char(&line, '\n');
    fwrite(line.at, 1, line.len, r->s->log);
    fflush(r->s->log);
}

/* --- answers --------------------------------------------------------------------------------- */

static void refuse(struct request *r, struct err *e)
{
    r->code = status_code(e);
    if (r->code == 429 || r->code == 503)
        net_set_header(r->http, "Retry-After", "1");
    const struct doc *d = status_of(r->a, e, r);
    err_free(e);
    http_log(r);
    net_reply_text(r->http, r->code, "application/json", json_text(r->a, d, 0));
}

static void reply(struct request *r)
{
    struct object *gone = r->gone;
    struct sandbox *s = r->s;
    struct resource *res = r->res;
    bool whole = r->answer && read_form(r) == READ_WHOLE && r->served == &r->res->versions[0];
    http_log(r);
    if (whole) {
        net_reply(r->http, r->code, "application/json", object_json(r->answer));
    } else if (r->text) {
        struct str taken = *r->text;
        net_reply(r->http, r->code, "application/json", str_span(&taken));
        str_release(&taken);
    } else {
        const struct doc *d = r->answer ? read_as(r, r->answer->doc) : r->result;
        net_reply_text(r->http, r->code, "application/json", json_text(r->a, d, 0));
    }
    /* `r` is gone from here on. */
    if (gone)
        delete_finish(s, res, gone);
    object_unref(gone);
}

/* --- what is asked --------------------------------------------------------------------------- */

enum { SEGMENTS_MAX = 9 };

static size_t split(struct request *r, const char *out[SEGMENTS_MAX])
{
    struct span rest = span_of(r->http->path + 1), piece;
    size_t n = 0;
    while (span_cut(&rest, '/', &piece)) {
        if (n == SEGMENTS_MAX)
            return 0;
        char *text = arena_strndup(r->a, piece.at, piece.len);
        const char *decoded;
        out[n++] = net_url_unescape(r->a, piece, false, &decoded) ? decoded : text;
    }
    return n;
}

static struct err *no_such_path(void)
{
    return err_reason(ERR_NOT_FOUND, "NotFound", "the server could not find the requested resource");
}

/* /api/v1/... or /apis/GROUP/VERSION/... as resource, namespace, name and subresource. */
static struct err *resolve(struct request *r)
{
    const char *at[SEGMENTS_MAX];
    size_t n = split(r, at), i = 1;
    bool core = n > 2 && streq(at[0], "api");
    if (!core && !(n > 3 && streq(at[0], "apis")))
        return no_such_path();
    const char *group = core ? "" : at[i++], *version = at[i++];
    bool inside = streq(at[i], "namespaces") && n > i + 2 && !streq(at[i + 2], "status") &&
                  !streq(at[i + 2], "finalize");
    if (inside) {
        r->ns = at[i + 1];
        i += 2;
    }
    r->res = kinds_find(r->s, group, at[i++]);
    r->served = r->res ? kinds_version(r->res, version) : NULL;
    if (!r->served || n > i + 2)
        return no_such_path();
    r->name = i < n ? at[i++] : "";
    r->sub = i < n ? at[i] : "";
    bool scoped = (r->res->flags & RES_NAMESPACED);
    if ((!scoped && *r->ns) || (scoped && !*r->ns && *r->name))
        return no_such_path();
    bool known = !*r->sub || (streq(r->sub, "status") && (r->res->flags & RES_STATUS)) ||
                 (streq(r->sub, "scale") && (r->res->flags & RES_SCALE)) ||
                 (streq(r->sub, "finalize") && streq(r->res->plural, "namespaces"));
    return known ? NULL : no_such_path();
}

static bool flag(struct request *r, const char *name)
{
    const char *value = net_req_query(r->http, name);
    return value && (streq(value, "true") || streq(value, "1"));
}

static struct err *options(struct request *r)
{
    const char *dry = net_req_query(r->http, "dryRun"), *manager = net_req_query(r->http, "fieldManager");
    const char *validation = net_req_query(r->http, "fieldValidation"),
               *agent = net_req_header(r->http, "user-agent");
    if (dry && !streq(dry, "All"))
        return err_reason(ERR_INVALID, "BadRequest", "Invalid value: \"%s\": dryRun must be All", dry);
    r->dry_run = dry != NULL;
    r->force = flag(r, "force");
    r->strict = validation && streq(validation, "Strict");
    r->warn = !validation || streq(validation, "Warn");
    /* The name before the first slash of the user agent stands for a manager that was not given. */
    agent = agent ? agent : "unknown";
    r->manager = manager && *manager ? manager : arena_strndup(r->a, agent, strcspn(agent, "/"));
    return NULL;
}

static const char *verb_of(struct request *r)
{
    const char *m = r->http->method;
    if (streq(m, "GET"))
        return flag(r, "watch") ? "watch" : *r->name ? "get" : "list";
    if (streq(m, "POST"))
        return "create";
    if (streq(m, "PUT"))
        return "update";
    if (streq(m, "PATCH"))
        return "patch";
    if (streq(m, "DELETE"))
        return *r->name ? "delete" : "deletecollection";
    return "other";
}

/* --- body and dispatch ----------------------------------------------------------------------- */

static struct err *read_body(struct request *r)
{
    const char *type = net_req_header(r->http, "content-type");
    if (!r->raw.len)
        return NULL;
    if (type && strstr(type, "protobuf"))
        return err_reason(ERR_INVALID, "UnsupportedMediaType",
                          "the body of the request was in an unknown format - accepted media types include: "
                          "application/json, application/yaml");
    struct doc *d = NULL;
    struct err *e = type && strstr(type, "yaml") ? yaml_read(r->a, r->raw, YAML_SIGS, NULL, &d)
                                                 : json_read(r->a, r->raw, NULL, &d);
    if (e) {
        struct err *bad = err_reason(ERR_INVALID, "BadRequest", "error decoding the body: %s", e->msg);
        err_free(e);
        return bad;
    }
    r->body = d;
    return NULL;
}

static struct err *dispatch(struct request *r)
{
    static const struct {
        const char *verb;
        struct err *(*run)(struct request *);
    } verbs[] = {
        {"get", verb_get},
        {"list", verb_list},
        {"create", verb_create},
        {"update", verb_update},
        {"patch", verb_patch},
        {"delete", verb_delete},
        {"deletecollection", verb_delete_collection},
    };
    if (streq(r->sub, "scale"))
        return verb_scale(r);
    if (r->res->flags & RES_CREATE_ONLY)
        return streq(r->verb, "create") ? verb_review(r) : no_such_path();
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (streq(r->verb, verbs[i].verb))
            return verbs[i].run(r);
    return err_reason(ERR_UNIMPLEMENTED, "MethodNotAllowed",
                      "the server does not allow this method on the requested resource");
}

static struct err *ordered_fault(struct request *r)
{
    const struct sandbox_options *o = &r->s->o;
    if (!o->fail.len || (int64_t)rand_below(rand_system(), 1000) >= o->fail_per_mille)
        return NULL;
    const char *code = o->fail.at[rand_below(rand_system(), o->fail.len)];
    static const struct {
        const char *code, *reason;
    } rows[] = {{"401", "Unauthorized"}, {"403", "Forbidden"},       {"409", "Conflict"},
                {"410", "Gone"},         {"429", "TooManyRequests"}, {"503", "ServiceUnavailable"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (streq(code, rows[i].code))
            return err_reason(ERR_UNAVAILABLE, rows[i].reason, "a fault was ordered by --fail %s", code);
    return err_new(ERR_INTERNAL, "a fault was ordered by --fail %s", code);
}

static struct err *serve(struct request *r)
{
    TRY(resolve(r));
    TRY(options(r));
    r->verb = verb_of(r);
    TRY(read_body(r));
    TRY(ordered_fault(r));
    if (streq(r->verb, "watch"))
        return watch_begin(r);
    return dispatch(r);
}

static void run(struct request *r)
{
    struct err *e = serve(r);
    if (e)
        refuse(r, e);
    else if (!streq(r->verb, "watch"))
        reply(r);
}

static void forget(struct request *r)
{
    for (size_t i = 0; i < r->s->waiting.len; i++)
        if (r->s->waiting.at[i] == r)
            vec_swap_out(&r->s->waiting, i);
}

static void delayed(struct loop_timer *t)
{
    struct request *r = CONTAINER(t, struct request, delay);
    forget(r);
    run(r);
}

static void with_body(struct net_req *http, struct span body)
{
    struct request *r = http->user;
    r->raw = body;
    if (!r->s->o.latency_ms) {
        run(r);
        return;
    }
    vec_push(&r->s->waiting, r);
    loop_timer_set(r->s->loop, &r->delay, r->s->o.latency_ms, delayed);
}

/* The user of the token; NULL when tokens are asked for and none fits. */
static const char *user_of(struct sandbox *s, struct net_req *r)
{
    const char *authorization = net_req_header(r, "authorization");
    bool bearer = authorization && !strncasecmp(authorization, "Bearer ", 7);
    const char *user = bearer ? map_get(s->tokens, authorization + 7) : NULL;
    return user || s->o.tokens.len ? user : "admin";
}

void http_request(struct net_req *http, void *sandbox)
{
    struct sandbox *s = sandbox;
    struct request *r = NEW(http->arena, struct request);
    *r = (struct request){.s = s,
                          .http = http,
                          .a = http->arena,
                          .verb = "get",
                          .ns = "",
                          .name = "",
                          .sub = "",
                          .manager = "",
                          .user = user_of(s, http)};
    http->user = r;
    if (!r->user) {
        r->user = "system:anonymous";
        refuse(r, err_reason(ERR_UNAUTHENTICATED, "Unauthorized", "Unauthorized"));
        return;
    }
    if (streq(http->method, "GET") || streq(http->method, "HEAD")) {
        if (!discovery_serve(s, http) && !openapi_serve(s, http))
            with_body(http, (struct span){0});
        return;
    }
    net_body_collect(http, BODY_BYTES_MAX, with_body);
}
