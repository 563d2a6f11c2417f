/* delete - deletion, finalizers, what is owned by what is gone, and namespaces that empty themselves.
 *
 * An object leaves the store in one place, `removed`, which then looks at what that means for others:
 * dependents go too (or lose that owner), an owner that waits for its dependents may go, a namespace or CRD
 * that waits to be empty may go. */
#include "sandbox.h"

static const char FOREGROUND[] = "foregroundDeletion", ORPHAN[] = "orphan";

/* --- looking around -------------------------------------------------------------------------- */

static const struct doc *owner_ref(const struct doc *obj, const char *uid)
{
    doc_each (it, doc_path(obj, "metadata", "ownerReferences"))
        if (doc_str_is(doc_get(it.val, "uid"), uid))
            return it.val;
    return NULL;
}

struct found {
    struct resource *res;
    struct object *o; /* a hold */
};
struct founds {
    struct found *at;
    size_t len, cap;
};

static void release(struct founds *f)
{
    vec_each (x, f)
        object_unref(x->o);
    vec_release(f);
}

static void find_dependents(struct sandbox *s, const char *uid, struct founds *out)
{
    if (!map_has(s->dependents, uid))
        return;
    vec_each (r, &s->resources)
        vec_each (o, &(*r)->objects)
            if (owner_ref((*o)->doc, uid))
                vec_push(out, (struct found){*r, object_ref(*o)});
}

static void find_in_namespace(struct sandbox *s, const char *ns, struct founds *out)
{
    size_t len = strlen(ns);
    vec_each (r, &s->resources) {
        if (!((*r)->flags & RES_NAMESPACED))
            continue;
        CLEANUP(mem_freep) char *prefix = mem_printf("%s/", ns);
        for (size_t i = store_seek(*r, prefix); i < (*r)->objects.len; i++) {
            struct object *o = (*r)->objects.at[i];
            if (strncmp(o->key, ns, len) != 0 || o->key[len] != '/')
                break;
            vec_push(out, (struct found){*r, object_ref(o)});
        }
    }
}

static bool has_finalizer(const struct doc *obj, const char *name)
{
    doc_each (it, doc_path(obj, "metadata", "finalizers"))
        if (doc_str_is(it.val, name))
            return true;
    return false;
}

static const struct doc *without_finalizer(struct arena *a, const struct doc *obj, const char *name)
{
    struct doc *left = doc_new_list(a);
    doc_each (it, doc_path(obj, "metadata", "finalizers"))
        if (!doc_str_is(it.val, name))
            doc_push(a, left, it.val);
    return doc_with(a, obj, doc_len(left) ? left : NULL, "metadata", "finalizers");
}

static const struct doc *with_finalizer(struct arena *a, const struct doc *obj, const char *name)
{
    if (has_finalizer(obj, name))
        return obj;
    struct doc *list = doc_new_list(a);
    doc_each (it, doc_path(obj, "metadata", "finalizers"))
        doc_push(a, list, it.val);
    doc_push_str(a, list, name);
    return doc_with(a, obj, list, "metadata", "finalizers");
}

static bool is_namespace(const struct resource *res)
{
    return streq(res->plural, "namespaces") && !*res->group;
}

static bool waits(const struct doc *obj)
{
    return *meta_text(obj, "deletionTimestamp");
}

/* --- leaving --------------------------------------------------------------------------------- */

/* The dependent goes, unless another owner is left. */
static void release_dependent(struct sandbox *s, struct found *f, const char *uid)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    struct doc *left = doc_new_list(a);
    doc_each (it, doc_path(f->o->doc, "metadata", "ownerReferences"))
        if (!doc_str_is(doc_get(it.val, "uid"), uid))
            doc_push(a, left, it.val);
    if (!doc_len(left))
        delete_in_background(s, f->res, f->o);
    else
        store_put(s, f->res, a, doc_with(a, f->o->doc, left, "metadata", "ownerReferences"));
}

static void orphan_dependents(struct sandbox *s, const char *uid)
{
    struct founds f = {0};
    find_dependents(s, uid, &f);
    vec_each (x, &f) {
        CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
        struct doc *left = doc_new_list(a);
        doc_each (it, doc_path(x->o->doc, "metadata", "ownerReferences"))
            if (!doc_str_is(doc_get(it.val, "uid"), uid))
                doc_push(a, left, it.val);
        store_put(s, x->res, a,
                  doc_with(a, x->o->doc, doc_len(left) ? left : NULL, "metadata", "ownerReferences"));
    }
    release(&f);
}

/* An owner in foreground deletion goes once no dependent blocks it. */
static void look_at_owner(struct sandbox *s, struct resource *res, struct object *owner)
{
    if (!waits(owner->doc) || !has_finalizer(owner->doc, FOREGROUND))
        return;
    struct founds f = {0};
    bool blocked = false;
    find_dependents(s, meta_text(owner->doc, "uid"), &f);
    vec_each (x, &f)
        blocked |= doc_bool(doc_get(owner_ref(x->o->doc, meta_text(owner->doc, "uid")), "blockOwnerDeletion"),
                            false);
    release(&f);
    if (blocked)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    delete_finish(s, res, store_put(s, res, a, without_finalizer(a, owner->doc, FOREGROUND)));
}

static void look_at_owners(struct sandbox *s, const struct doc *gone)
{
    doc_each (it, doc_path(gone, "metadata", "ownerReferences")) {
        const char *version = doc_str(doc_get(it.val, "apiVersion"), ""), *slash = strchr(version, '/');
        CLEANUP(mem_freep) char *group = mem_strndup(version, slash ? (size_t)(slash - version) : 0);
        struct resource *res = kinds_by_kind(s, group, doc_str(doc_get(it.val, "kind"), ""));
        if (!res)
            continue;
        const char *ns = (res->flags & RES_NAMESPACED) ? meta_text(gone, "namespace") : "";
        struct object *owner = store_get(res, ns, doc_str(doc_get(it.val, "name"), ""));
        if (owner && doc_str_is(doc_get(it.val, "uid"), meta_text(owner->doc, "uid")))
            look_at_owner(s, res, owner);
    }
}

static void look_at_namespace(struct sandbox *s, const char *name)
{
    struct resource *res = kinds_find(s, "", "namespaces");
    struct object *ns = *name ? store_get(res, "", name) : NULL;
    if (ns && waits(ns->doc))
        delete_finish(s, res, ns);
}

static void look_at_crd(struct sandbox *s, struct resource *res)
{
    CLEANUP(mem_freep) char *name = mem_printf("%s.%s", res->plural, res->group);
    struct resource *crds = kinds_find(s, "apiextensions.k8s.io", "customresourcedefinitions");
    struct object *crd = store_get(crds, "", name);
    if (crd && waits(crd->doc))
        delete_finish(s, crds, crd);
}

/* Holds `o` while others look at what it was. */
static void removed(struct sandbox *s, struct resource *res, struct object *o)
{
    object_ref(o);
    store_remove(s, res, o);
    struct founds f = {0};
    find_dependents(s, meta_text(o->doc, "uid"), &f);
    vec_each (x, &f)
        release_dependent(s, x, meta_text(o->doc, "uid"));
    release(&f);
    look_at_owners(s, o->doc);
    look_at_namespace(s, meta_text(o->doc, "namespace"));
    if (crd_is(res))
        crd_removed(s, o->doc);
    else
        look_at_crd(s, res);
    object_unref(o);
}

/* Is there still something inside of a namespace or CRD that waits? */
static bool is_empty(struct sandbox *s, struct resource *res, const struct object *o)
{
    if (crd_is(res)) {
        struct resource *kind = kinds_find(s, doc_str(doc_path(o->doc, "spec", "group"), ""),
                                           doc_str(doc_path(o->doc, "spec", "names", "plural"), ""));
        return !kind || !kind->objects.len;
    }
    if (!is_namespace(res))
        return true;
    struct founds f = {0};
    find_in_namespace(s, meta_text(o->doc, "name"), &f);
    bool empty = !f.len;
    release(&f);
    return empty;
}

bool delete_finish(struct sandbox *s, struct resource *res, struct object *o)
{
    if (!waits(o->doc) || doc_len(doc_path(o->doc, "metadata", "finalizers")) || !is_empty(s, res, o))
        return false;
    removed(s, res, o);
    return true;
}

/* --- going ----------------------------------------------------------------------------------- */

static struct object *mark(struct sandbox *s, struct resource *res, struct object *o, const char *finalizer)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    const struct doc *d = o->doc;
    if (finalizer)
        d = with_finalizer(a, d, finalizer);
    if (!waits(d)) {
        struct time_text now = time_rfc3339(clock_wall_ms(loop_clock(s->loop)));
        d = doc_with(a, d, doc_new_str(a, now.text), "metadata", "deletionTimestamp");
        d = doc_with(a, d, doc_new_int(a, 0), "metadata", "deletionGracePeriodSeconds");
        if (res->flags & RES_GENERATION)
            d = doc_with(a, d, doc_new_int(a, doc_int(doc_path(d, "metadata", "generation"), 0) + 1),
                         "metadata", "generation");
        if (is_namespace(res))
            d = doc_with(a, d, doc_new_str(a, "Terminating"), "status", "phase");
    }
    return doc_equal(d, o->doc) ? o : store_put(s, res, a, d);
}

static void empty_namespace(struct sandbox *s, const char *name)
{
    struct founds f = {0};
    find_in_namespace(s, name, &f);
    vec_each (x, &f)
        delete_in_background(s, x->res, x->o);
    release(&f);
}

static void empty_crd(struct sandbox *s, const struct doc *crd)
{
    struct resource *res = kinds_find(s, doc_str(doc_path(crd, "spec", "group"), ""),
                                      doc_str(doc_path(crd, "spec", "names", "plural"), ""));
    struct founds f = {0};
    if (res)
        vec_each (o, &res->objects)
            vec_push(&f, (struct found){res, object_ref(*o)});
    vec_each (x, &f)
        delete_in_background(s, x->res, x->o);
    release(&f);
}

/* The object as it waits now, or NULL when it is gone. The key finds it again: emptying may have changed it.
 */
static struct object *begin(struct sandbox *s, struct resource *res, struct object *o, const char *finalizer)
{
    bool container = is_namespace(res) || crd_is(res);
    if (!container && !finalizer && !doc_len(doc_path(o->doc, "metadata", "finalizers"))) {
        removed(s, res, o);
        return NULL;
    }
    o = object_ref(mark(s, res, o, finalizer));
    if (is_namespace(res))
        empty_namespace(s, meta_text(o->doc, "name"));
    else if (crd_is(res))
        empty_crd(s, o->doc);
    struct object *now = store_get(res, meta_text(o->doc, "namespace"), meta_text(o->doc, "name"));
    object_unref(o);
    return now && delete_finish(s, res, now) ? NULL : now;
}

void delete_in_background(struct sandbox *s, struct resource *res, struct object *o)
{
    struct object *now = store_get(res, meta_text(o->doc, "namespace"), meta_text(o->doc, "name"));
    if (now && streq(meta_text(now->doc, "uid"), meta_text(o->doc, "uid")) && !waits(now->doc))
        begin(s, res, now, NULL);
}

/* Dependents go first, each with its own dependents. */
static struct object *begin_foreground(struct sandbox *s, struct resource *res, struct object *o)
{
    struct founds f = {0};
    find_dependents(s, meta_text(o->doc, "uid"), &f);
    struct object *now = object_ref(begin(s, res, o, FOREGROUND));
    vec_each (x, &f) {
        struct object *dependent =
            store_get(x->res, meta_text(x->o->doc, "namespace"), meta_text(x->o->doc, "name"));
        if (dependent && !waits(dependent->doc) &&
            doc_len(doc_path(dependent->doc, "metadata", "ownerReferences")) == 1)
            begin_foreground(s, x->res, dependent);
    }
    release(&f);
    struct object *left = store_get(res, meta_text(now->doc, "namespace"), meta_text(now->doc, "name"));
    if (left && streq(meta_text(left->doc, "uid"), meta_text(now->doc, "uid")))
        look_at_owner(s, res, left);
    left = store_get(res, meta_text(now->doc, "namespace"), meta_text(now->doc, "name"));
    object_unref(now);
    return left;
}

/* --- the verbs ------------------------------------------------------------------------------- */

static struct err *check_preconditions(struct request *r, const struct object *o)
{
    const char *uid = doc_str(doc_path(r->body, "preconditions", "uid"), "");
    const char *version = doc_str(doc_path(r->body, "preconditions", "resourceVersion"), "");
    bool other_uid = *uid && !streq(uid, meta_text(o->doc, "uid"));
    if (!other_uid && (!*version || streq(version, meta_text(o->doc, "resourceVersion"))))
        return NULL;
    const char *what = other_uid ? "UID" : "ResourceVersion";
    return err_reason(ERR_ABORTED, "Conflict",
                      "Operation cannot be fulfilled on %s \"%s\": Precondition failed: %s in precondition: "
                      "%s, %s in object "
                      "meta: %s",
                      status_qualified(r->a, r->res), r->name, what, other_uid ? uid : version, what,
                      meta_text(o->doc, other_uid ? "uid" : "resourceVersion"));
}

static struct err *policy_of(struct request *r, const char **out)
{
    static const char *const known[] = {"", "Foreground", "Background", "Orphan"};
    const char *asked = net_req_query(r->http, "propagationPolicy");
    *out = doc_str(doc_get(r->body, "propagationPolicy"), asked ? asked : "");
    if (doc_bool(doc_get(r->body, "orphanDependents"), false))
        *out = "Orphan";
    if (str_in(*out, known, ARRAY_LEN(known)))
        return NULL;
    return err_reason(
        ERR_INVALID, "Invalid",
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"%s\": supported "
        "values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
        *out);
}

static const struct doc *success(struct request *r, const struct doc *gone)
{
    struct doc *d = doc_new_map(r->a);
    doc_set_str(r->a, d, "kind", "Status");
    doc_set_str(r->a, d, "apiVersion", "v1");
    doc_set_map(r->a, d, "metadata");
    doc_set_str(r->a, d, "status", "Success");
    struct doc *details = doc_set_map(r->a, d, "details");
    doc_set_str(r->a, details, "name", meta_text(gone, "name"));
    if (*r->res->group)
        doc_set_str(r->a, details, "group", r->res->group);
    doc_set_str(r->a, details, "kind", r->res->plural);
    doc_set_str(r->a, details, "uid", meta_text(gone, "uid"));
    return d;
}

/* The object that waits now, NULL when it is gone. */
static struct object *delete_by(struct request *r, struct object *o, const char *policy)
{
    if (streq(policy, "Foreground") || has_finalizer(o->doc, FOREGROUND))
        return begin_foreground(r->s, r->res, o);
    if (streq(policy, "Orphan") || has_finalizer(o->doc, ORPHAN))
        orphan_dependents(r->s, meta_text(o->doc, "uid"));
    if (has_finalizer(o->doc, ORPHAN)) {
        CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
        o = store_put(r->s, r->res, a, without_finalizer(a, o->doc, ORPHAN));
    }
    return begin(r->s, r->res, o, NULL);
}

struct err *verb_delete(struct request *r)
{
    const char *policy, *dry = doc_str(doc_at(doc_get(r->body, "dryRun"), 0), "");
    r->dry_run |= streq(dry, "All");
    TRY(policy_of(r, &policy));
    struct object *o = store_get(r->res, r->ns, r->name);
    if (!o)
        return err_reason(ERR_NOT_FOUND, "NotFound", "%s \"%s\" not found", status_qualified(r->a, r->res),
                          r->name);
    TRY(check_preconditions(r, o));
    r->code = 200;
    if (is_namespace(r->res) && (streq(r->name, "default") || streq(r->name, "kube-system")))
        return err_reason(ERR_DENIED, "Forbidden",
                          "namespaces \"%s\" is forbidden: this namespace may not be deleted", r->name);
    object_ref(o);
    if (!r->dry_run)
        r->answer = delete_by(r, o, policy);
    if (!r->answer)
        r->result = success(r, o->doc);
    object_unref(o);
    return NULL;
}

struct err *verb_delete_collection(struct request *r)
{
    struct filter *f = NULL;
    const char *policy;
    TRY(filter_parse(r, &f));
    TRY(policy_of(r, &policy));
    struct founds all = {0};
    vec_each (o, &r->res->objects)
        if (filter_keeps_key(r, *o) && filter_matches(f, (*o)->doc))
            vec_push(&all, (struct found){r->res, object_ref(*o)});
    vec_each (x, &all)
        if (!r->dry_run &&
            store_get(r->res, meta_text(x->o->doc, "namespace"), meta_text(x->o->doc, "name")) == x->o)
            delete_by(r, x->o, policy);
    release(&all);
    struct doc *d = doc_new_map(r->a);
    doc_set_str(r->a, d, "kind", "Status");
    doc_set_str(r->a, d, "apiVersion", "v1");
    doc_set_map(r->a, d, "metadata");
    doc_set_str(r->a, d, "status", "Success");
    r->result = d;
    r->code = 200;
    return NULL;
}
