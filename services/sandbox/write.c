/* write - create, update and patch: one pipeline from what was sent to what is stored.
 *
 * Decoded (pruned, canonical, defaulted), tracked (managedFields), prepared (what the kind's registry adds),
 * validated, and only then stored; a dry run stops there. A change that changes nothing writes nothing. */
#include "base/rand.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "sandbox.h"
#include "schema/apply.h"

/* --- common ---------------------------------------------------------------------------------- */

static const char *now_text(struct request *r)
{
    return arena_strdup(r->a, time_rfc3339(clock_wall_ms(loop_clock(r->s->loop))).text);
}

static const char *new_uid(struct arena *a)
{
    char hex[33];
    rand_hex(rand_system(), 16, hex);
    return arena_printf(a, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17, hex + 20);
}

static struct schema_manager manager_of(struct request *r)
{
    const char *group = r->res->group, *version = r->served->version;
    return (struct schema_manager){
        .name = r->manager,
        .api_version = *group ? arena_printf(r->a, "%s/%s", group, version) : version,
        .subresource = r->sub,
        .force = r->force,
        .time = now_text(r),
    };
}

static struct err *not_found(struct request *r)
{
    return err_reason(ERR_NOT_FOUND, "NotFound", "%s \"%s\" not found", status_qualified(r->a, r->res),
                      r->name);
}

static struct err *modified(struct request *r)
{
    return err_reason(ERR_ABORTED, "Conflict",
                      "Operation cannot be fulfilled on %s \"%s\": the object has been modified; please "
                      "apply your changes to "
                      "the latest version and try again",
                      status_qualified(r->a, r->res), r->name);
}

/* Stored objects say the version that they are stored at; what was sent may be of another served one. */
static const struct doc *at_stored_version(struct request *r, const struct doc *obj)
{
    const char *v = r->res->versions[0].version;
    v = *r->res->group ? arena_printf(r->a, "%s/%s", r->res->group, v) : v;
    return doc_str_is(doc_get(obj, "apiVersion"), v)
               ? obj
               : doc_with(r->a, obj, doc_new_str(r->a, v), "apiVersion");
}

static struct err *check_kind(struct request *r, const struct doc *obj)
{
    if (!doc_is(obj, DOC_MAP))
        return err_reason(ERR_INVALID, "BadRequest", "the body must be an object, not %s",
                          doc_kind_name(obj));
    struct schema_manager m = manager_of(r);
    const char *version = doc_str(doc_get(obj, "apiVersion"), m.api_version),
               *kind = doc_str(doc_get(obj, "kind"), r->res->kind);
    if (!streq(kind, r->res->kind) || !streq(version, m.api_version))
        return err_reason(ERR_INVALID, "BadRequest",
                          "%s in version \"%s\" does not match the expected %s of %s", kind, version,
                          r->res->kind, m.api_version);
    const char *ns = meta_text(obj, "namespace");
    if (*ns && (r->res->flags & RES_NAMESPACED) && !streq(ns, r->ns))
        return err_reason(
            ERR_INVALID, "BadRequest",
            "the namespace of the provided object does not match the namespace sent on the request");
    return NULL;
}

/* Typed structs drop what they do not know; the caller decides whether that is an error. */
static struct err *decode(struct request *r, const struct doc *obj, const struct doc **out)
{
    struct schema_at at = r->served->at;
    CLEANUP(str_release) struct str unknown = {0};
    TRY(validate_types(r, at, obj, r->res->kind, ""));
    obj = validate_prune(r->a, at, obj, "", &unknown);
    if (unknown.len && r->strict)
        return err_reason(ERR_INVALID, "BadRequest",
                          "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s",
                          r->res->kind, r->served->version, r->res->kind, str_text(&unknown));
    if (unknown.len && r->warn && r->http)
        net_set_header(r->http, "Warning", arena_printf(r->a, "299 - \"%s\"", str_text(&unknown)));
    obj = schema_default(r->a, at, schema_canonical(r->a, at, obj));
    struct schema_manager m = manager_of(r);
    struct doc *typed = doc_new_map(r->a);
    doc_set_str(r->a, typed, "kind", r->res->kind);
    doc_set_str(r->a, typed, "apiVersion", m.api_version);
    doc_set_map(r->a, typed, "metadata");
    doc_each (it, obj)
        doc_set_span(r->a, typed, it.key, it.val);
    doc_set_str(r->a, typed, "kind", r->res->kind);
    doc_set_str(r->a, typed, "apiVersion", m.api_version);
    *out = admit_decode(r, typed);
    return NULL;
}

static struct err *check_size(const struct doc *obj)
{
    CLEANUP(str_release) struct str s = {0};
    json_write(&s, obj, 0);
    if (s.len <= OBJECT_BYTES_MAX)
        return NULL;
    return err_reason(ERR_EXHAUSTED, "RequestEntityTooLarge", "Request entity too large: limit is %d",
                      OBJECT_BYTES_MAX);
}

static const struct doc *with_meta(struct request *r, const struct doc *obj, const char *key,
                                   const char *value)
{
    return doc_with(r->a, obj, doc_new_str(r->a, value), "metadata", key);
}

/* --- create ---------------------------------------------------------------------------------- */

static struct err *check_namespace(struct request *r)
{
    if (!(r->res->flags & RES_NAMESPACED))
        return NULL;
    struct object *ns = store_get(kinds_find(r->s, "", "namespaces"), "", r->ns);
    if (!ns)
        return err_reason(ERR_NOT_FOUND, "NotFound", "namespaces \"%s\" not found", r->ns);
    if (!*meta_text(ns->doc, "deletionTimestamp"))
        return NULL;
    return err_reason(
        ERR_DENIED, "Forbidden",
        "%s \"%s\" is forbidden: unable to create new content in namespace %s because it is being terminated",
        status_qualified(r->a, r->res), r->name, r->ns);
}

static struct err *name_of(struct request *r, const struct doc *obj)
{
    const char *name = meta_text(obj, "name"), *base = meta_text(obj, "generateName");
    if (*name && *r->name && !streq(name, r->name))
        return err_reason(ERR_INVALID, "BadRequest",
                          "the name of the object (%s) does not match the name on the URL (%s)", name,
                          r->name);
    if (!*name && *r->name)
        return NULL;
    if (!*name && *base) {
        static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
        char tail[6] = {0};
        for (int i = 0; i < 5; i++)
            tail[i] = alphabet[rand_below(rand_system(), sizeof(alphabet) - 1)];
        name = arena_printf(r->a, "%s%s", base, tail);
    }
    r->name = name;
    if (*name)
        return NULL;
    return err_reason(ERR_INVALID, "Invalid",
                      "%s \"\" is invalid: metadata.name: Required value: name or generateName is required",
                      status_kind(r->a, r->res));
}

static const struct doc *fresh_meta(struct request *r, const struct doc *obj)
{
    struct doc *meta = doc_shallow(r->a, doc_get(obj, "metadata"));
    static const char *const servers[] = {"resourceVersion", "selfLink", "deletionTimestamp",
                                          "deletionGracePeriodSeconds", "generation"};
    for (size_t i = 0; i < ARRAY_LEN(servers); i++)
        doc_del(r->a, meta, servers[i]);
    doc_set_str(r->a, meta, "name", r->name);
    if (r->res->flags & RES_NAMESPACED)
        doc_set_str(r->a, meta, "namespace", r->ns);
    else
        doc_del(r->a, meta, "namespace");
    doc_set_str(r->a, meta, "uid", new_uid(r->a));
    doc_set_str(r->a, meta, "creationTimestamp", now_text(r));
    if (r->res->flags & RES_GENERATION)
        doc_set_int(r->a, meta, "generation", 1);
    return doc_with(r->a, obj, meta, "metadata");
}

/* `obj` is tracked already when it comes out of an apply. */
static struct err *create(struct request *r, const struct doc *obj, bool tracked)
{
    TRY(name_of(r, obj));
    if (store_get(r->res, r->ns, r->name))
        return err_reason(ERR_EXISTS, "AlreadyExists", "%s \"%s\" already exists",
                          status_qualified(r->a, r->res), r->name);
    TRY(check_namespace(r));
    TRY(decode(r, obj, &obj));
    if (r->res->flags & RES_STATUS)
        obj = doc_without(r->a, obj, "status");
    obj = fresh_meta(r, obj);
    struct schema_manager m = manager_of(r);
    if (!tracked)
        obj =
            schema_track(r->a, r->served->at, &m, NULL, doc_without(r->a, obj, "metadata", "managedFields"));
    TRY(admit_prepare(r, NULL, obj, &obj));
    TRY(validate(r, NULL, obj));
    TRY(check_size(obj));
    r->code = 201;
    obj = at_stored_version(r, obj);
    if (r->dry_run) {
        r->result = read_as(r, obj);
        return NULL;
    }
    r->answer = store_put(r->s, r->res, r->a, obj);
    if (crd_is(r->res)) {
        TRY(crd_stored(r->s, r->answer));
        r->answer = store_get(r->res, r->ns, r->name);
    }
    return NULL;
}

struct err *verb_create(struct request *r)
{
    if (*r->name)
        return err_reason(ERR_UNIMPLEMENTED, "MethodNotAllowed",
                          "the server does not allow this method on the requested resource");
    TRY(check_kind(r, r->body));
    if ((r->res->flags & RES_NAMESPACED) && !*r->ns)
        return err_reason(ERR_INVALID, "BadRequest", "an empty namespace may not be set during creation");
    return create(r, r->body, false);
}

/* --- update ---------------------------------------------------------------------------------- */

/* What an update may not change, taken from what is stored. */
static const struct doc *kept_meta(struct request *r, const struct doc *before, const struct doc *next)
{
    static const char *const servers[] = {"name",       "namespace",         "uid",
                                          "generation", "creationTimestamp", "deletionTimestamp",
                                          "selfLink",   "resourceVersion",   "deletionGracePeriodSeconds"};
    const struct doc *old = doc_get(before, "metadata");
    struct doc *meta = doc_shallow(r->a, doc_get(next, "metadata"));
    for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
        const struct doc *value = doc_get(old, servers[i]);
        if (value)
            doc_set(r->a, meta, servers[i], value);
        else
            doc_del(r->a, meta, servers[i]);
    }
    return doc_with(r->a, next, meta, "metadata");
}

static const struct doc *bare(struct request *r, const struct doc *obj)
{
    obj = doc_without(r->a, obj, "metadata");
    return (r->res->flags & RES_STATUS) ? doc_without(r->a, obj, "status") : obj;
}

static bool only_times_differ(struct request *r, const struct doc *before, const struct doc *next)
{
    return doc_equal(doc_without(r->a, before, "metadata", "managedFields"),
                     doc_without(r->a, next, "metadata", "managedFields")) &&
           schema_same_fields(doc_path(before, "metadata", "managedFields"),
                              doc_path(next, "metadata", "managedFields"));
}

static struct err *check_preconditions(struct request *r, const struct object *before, const struct doc *next)
{
    const char *version = meta_text(next, "resourceVersion"), *uid = meta_text(next, "uid");
    const char *name = meta_text(next, "name");
    if (*name && !streq(name, r->name))
        return err_reason(ERR_INVALID, "BadRequest",
                          "the name of the object (%s) does not match the name on the URL (%s)", name,
                          r->name);
    if (*uid && !streq(uid, meta_text(before->doc, "uid")))
        return err_reason(ERR_ABORTED, "Conflict",
                          "Operation cannot be fulfilled on %s \"%s\": Precondition failed: UID in "
                          "precondition: %s, UID in "
                          "object meta: %s",
                          status_qualified(r->a, r->res), r->name, uid, meta_text(before->doc, "uid"));
    if (*version && !streq(version, "0") && !streq(version, meta_text(before->doc, "resourceVersion")))
        return modified(r);
    return NULL;
}

/* The half of `next` that this address writes. */
static const struct doc *written_half(struct request *r, const struct doc *before, const struct doc *next)
{
    if (streq(r->sub, "status")) {
        const struct doc *managed = doc_path(next, "metadata", "managedFields");
        const struct doc *d = doc_with(r->a, before, doc_get(next, "status"), "status");
        return managed ? doc_with(r->a, d, managed, "metadata", "managedFields") : d;
    }
    return (r->res->flags & RES_STATUS) ? doc_with(r->a, next, doc_get(before, "status"), "status") : next;
}

static struct err *store_changed(struct request *r, const struct doc *next)
{
    if (r->dry_run) {
        r->result = read_as(r, next);
        return NULL;
    }
    r->answer = store_put(r->s, r->res, r->a, next);
    if (*meta_text(next, "deletionTimestamp") && !doc_len(doc_path(next, "metadata", "finalizers")))
        object_ref(r->gone = r->answer);
    if (crd_is(r->res) && !streq(r->sub, "status")) {
        TRY(crd_stored(r->s, r->answer));
        r->answer = store_get(r->res, r->ns, r->name);
    }
    return NULL;
}

/* From the stored version to the next; `tracked` as in create. */
static struct err *update(struct request *r, struct object *before, const struct doc *next, bool tracked)
{
    TRY(check_preconditions(r, before, next));
    TRY(decode(r, next, &next));
    next = kept_meta(r, before->doc, written_half(r, before->doc, next));
    struct schema_manager m = manager_of(r);
    if (!tracked)
        next = schema_track(r->a, r->served->at, &m, before->doc, next);
    TRY(admit_prepare(r, before->doc, next, &next));
    if ((r->res->flags & RES_GENERATION) &&
        !doc_equal(bare(r, before->doc), bare(r, at_stored_version(r, next))))
        next = doc_with(r->a, next,
                        doc_new_int(r->a, doc_int(doc_path(before->doc, "metadata", "generation"), 0) + 1),
                        "metadata", "generation");
    TRY(validate(r, before->doc, next));
    TRY(check_size(next));
    next = at_stored_version(r, next);
    r->code = 200;
    if (only_times_differ(r, before->doc, next)) {
        r->answer = before;
        return NULL;
    }
    return store_changed(r, next);
}

struct err *verb_update(struct request *r)
{
    TRY(check_kind(r, r->body));
    struct object *before = store_get(r->res, r->ns, r->name);
    if (!before)
        return not_found(r);
    if (streq(r->sub, "finalize"))
        return update(r, before, with_meta(r, r->body, "name", r->name), false);
    return update(r, before, r->body, false);
}

/* --- patch ----------------------------------------------------------------------------------- */

static struct err *apply(struct request *r, struct object *before)
{
    TRY(check_kind(r, r->body));
    if (!net_req_query(r->http, "fieldManager"))
        return err_reason(ERR_INVALID, "BadRequest",
                          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is "
                          "required for apply patch");
    if (doc_path(r->body, "metadata", "managedFields") &&
        doc_len(doc_path(r->body, "metadata", "managedFields")))
        return err_reason(ERR_INVALID, "BadRequest", "metadata.managedFields must be nil");
    struct schema_manager m = manager_of(r);
    struct schema_applied done;
    const struct doc *live = before ? before->doc : NULL;
    const struct doc *config = r->body;
    if ((r->res->flags & RES_STATUS) && !*r->sub)
        config = doc_without(r->a, config, "status");
    config = doc_with(r->a, config, doc_new_str(r->a, r->name), "metadata", "name");
    struct err *e = schema_apply(r->a, r->served->at, &m, live, config, &done);
    if (e) {
        r->causes = done.causes;
        return e;
    }
    return before ? update(r, before, done.object, true) : create(r, done.object, true);
}

static struct err *patched(struct request *r, const struct doc *before, const struct doc **out)
{
    const char *type = net_req_header(r->http, "content-type");
    type = type ? type : "";
    struct err *e = NULL;
    if (starts_with(type, "application/json-patch+json")) {
        e = patch_json(r->a, before, r->body, out);
    } else if (starts_with(type, "application/merge-patch+json")) {
        *out = patch_merge(r->a, before, r->body);
    } else if (starts_with(type, "application/strategic-merge-patch+json") &&
               r->served->at.schema == &schema_builtin) {
        e = schema_strategic_apply(r->a, r->served->at, before, r->body, out);
    } else {
        return err_reason(
            ERR_INVALID, "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
    }
    if (!e)
        return NULL;
    struct err *bad = err_reason(ERR_INVALID, e->code == ERR_PRECONDITION ? "Invalid" : "BadRequest", "%s",
                                 e->code == ERR_PRECONDITION
                                     ? "the server rejected our request due to an error in our request"
                                     : e->msg);
    err_free(e);
    return bad;
}

struct err *verb_patch(struct request *r)
{
    struct object *before = store_get(r->res, r->ns, r->name);
    const char *type = net_req_header(r->http, "content-type");
    if (type && starts_with(type, "application/apply-patch+yaml"))
        return before || !*r->sub ? apply(r, before) : not_found(r);
    if (!before)
        return not_found(r);
    const struct doc *next = NULL;
    const char *version = meta_text(r->body, "resourceVersion");
    if (*version && !streq(version, meta_text(before->doc, "resourceVersion")))
        return modified(r);
    TRY(patched(r, read_version(r, before->doc), &next));
    return update(r, before, next, false);
}

/* --- the server's own writes ----------------------------------------------------------------- */

struct err *write_create_internal(struct sandbox *s, struct resource *res, const char *ns,
                                  const struct doc *obj)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    struct request r = {.s = s,
                        .a = a,
                        .res = res,
                        .served = &res->versions[0],
                        .ns = ns,
                        .name = "",
                        .sub = "",
                        .manager = "capstan-sandbox",
                        .user = "system:apiserver",
                        .verb = "create"};
    return create(&r, obj, false);
}

struct err *write_scale(struct request *r, struct object *before, const struct doc *next)
{
    return update(r, before, next, false);
}
