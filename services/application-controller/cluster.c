/* application-controller/cluster - every kind of the cluster followed by one watch; of each object a small record, of those that
 * matter the body (DESIGN §1.3).
 *
 * Invariant: `objects` holds what the watches have shown. Nothing is compared before every kind's first list is complete; a kind
 * that cannot be listed counts as complete with an empty list only when the server says that it is forbidden or gone. */
#include "controller.h"

#include "base/log.h"

#include <stdlib.h>

enum { DISCOVERY_RETRY_MS = 2000, OWNERS_MAX = 10 };

struct kind {
    struct cluster *cluster;
    char *id; /* "group/resource" */
    char *group, *kind_name, *version;
    bool namespaced, synced, seen;
    struct kube_watch *watch;
};

struct cluster {
    struct controller *controller;
    struct kube_discovery *discovery;
    struct kube_discover *discovering;
    bool again; /* discovery is wanted once more after the one under way */
    struct map *kinds;
    struct map *objects; /* id to struct object */
    struct map *children; /* owner's uid to the first struct object */
    struct map *unclaimed; /* id to struct object: marked for an application that is not here (yet) */
    struct map *named;   /* id to struct names */
    struct loop_timer retry;
    size_t n_synced;
};

struct names {
    VEC(struct app *) apps;
};

/* What is never followed: churn without meaning for applications (resource.exclusions as Argo CD ships them). */
static bool excluded(const struct kube_resource *r)
{
    static const struct {
        const char *group, *kind; /* NULL = every kind of the group */
    } rows[] = {
        {"", "Event"},
        {"events.k8s.io", NULL},
        {"metrics.k8s.io", NULL},
        {"coordination.k8s.io", "Lease"},
        {"", "Endpoints"},
        {"discovery.k8s.io", "EndpointSlice"},
        {"authentication.k8s.io", NULL},
        {"authorization.k8s.io", NULL},
        {"certificates.k8s.io", "CertificateSigningRequest"},
        {"cert-manager.io", "CertificateRequest"},
        {"internal.apiserver.k8s.io", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (streq(r->group, rows[i].group) && (!rows[i].kind || streq(r->kind, rows[i].kind)))
            return true;
    return !kube_has_verb(r, "list") || !kube_has_verb(r, "watch");
}

/* --- records ----------------------------------------------------------------------------------------------------------- */

static void object_free(void *arg)
{
    struct object *o = arg;
    free((char *)o->key.group);
    free((char *)o->key.kind);
    free((char *)o->key.ns);
    free((char *)o->key.name);
    free(o->uid);
    free(o->version);
    free(o->owner_uid);
    free(o->owner_id);
    free((char *)o->health.message);
    free(o->created);
    free(o->resource_version);
    frozen_unref(o->body);
    frozen_unref(o->extra);
    free(o);
}

const struct object *cluster_find(struct cluster *k, const char *id)
{
    return map_get(k->objects, id);
}

/* Children hang on the owner's uid, whether the owner was seen yet or not. */
const struct object *cluster_children(struct cluster *k, const struct object *of)
{
    return of->uid ? map_get(k->children, of->uid) : NULL;
}

static void unlink_child(struct cluster *k, struct object *o)
{
    struct object *first = o->owner_uid ? map_get(k->children, o->owner_uid) : NULL, **at = &first;
    while (*at && *at != o)
        at = &(*at)->sibling;
    if (!*at)
        return;
    *at = o->sibling;
    o->sibling = NULL;
    if (first)
        map_set(k->children, o->owner_uid, first);
    else
        map_del(k->children, o->owner_uid);
}

static void link_child(struct cluster *k, struct object *o)
{
    if (!o->owner_uid)
        return;
    o->sibling = map_get(k->children, o->owner_uid);
    map_set(k->children, o->owner_uid, o);
}

static const struct doc *owner_of(const struct doc *d)
{
    const struct doc *refs = doc_path(d, "metadata", "ownerReferences"), *first = doc_at(refs, 0);
    doc_each(it, refs)
        if (doc_bool(doc_get(it.val, "controller"), false))
            first = it.val;
    return first;
}

/* An owner is in the same namespace, or in none. The caller frees. */
static char *owner_id(struct cluster *k, const struct object *o, const struct doc *owner)
{
    if (!owner)
        return NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("owner");
    struct span group = api_gv_of(owner).group;
    struct api_key key = {arena_strndup(a, group.at ? group.at : "", group.len), doc_str(doc_get(owner, "kind"), ""), o->key.ns,
                          doc_str(doc_get(owner, "name"), "")};
    if (cluster_scope(k, &key) == COMPARE_CLUSTER)
        key.ns = "";
    return api_key_id(&key);
}

static void replace(char **place, const char *text)
{
    if (*place && text && streq(*place, text))
        return;
    free(*place);
    *place = text ? mem_strdup(text) : NULL;
}

static void add_images(struct arena *a, struct doc *extra, const struct doc *pod)
{
    struct doc *images = doc_set_list(a, extra, "images");
    const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each(it, doc_path(pod, "spec", lists[i]))
            doc_push_str(a, images, doc_str(doc_get(it.val, "image"), ""));
}

/* What the tree shows of an object besides identity and health. */
static struct frozen *digest_extra(const struct doc *d)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("extra");
    struct doc *extra = doc_new_map(a);
    if (api_is(d, "", "Pod")) {
        add_images(a, extra, d);
        doc_set_str(a, extra, "phase", doc_str(doc_path(d, "status", "phase"), ""));
    }
    if (api_is(d, "apps", "ReplicaSet")) {
        const char *revision = api_annotation(d, "deployment.kubernetes.io/revision");
        doc_set_str(a, extra, "revision", revision ? revision : "");
    }
    return doc_len(extra) ? doc_freeze(extra) : NULL;
}

static struct names *names_of(struct cluster *k, const char *id)
{
    return map_get(k->named, id);
}

/* Readers of an application see what it consists of, and all that descends from it. */
static void stale(struct cluster *k, const struct object *o)
{
    for (int depth = 0; o && depth < OWNERS_MAX; depth++) {
        struct names *names = names_of(k, o->id);
        for (size_t i = 0; names && i < names->apps.len; i++)
            shown_stale(names->apps.at[i]);
        if (o->app)
            shown_stale(o->app);
        o = o->owner_id ? map_get(k->objects, o->owner_id) : NULL;
    }
}

static void tell(struct object *o, struct app *app, struct frozen *body)
{
    if (!app || app->gone)
        return;
    bool changed = compare_set_live(app->table, &o->key, body);
    if (app->operation)
        operation_live(app, &o->key, frozen_root(body));
    if (app->deletion || changed)
        app_queue(app, REFRESH_NONE);
}

/* Tells each application that is concerned once: those that name the object, the one it was tracked to, the one it is. */
static void tell_all(struct cluster *k, struct object *o, struct app *before)
{
    struct names *names = names_of(k, o->id);
    bool before_named = false, now_named = false;
    for (size_t i = 0; names && i < names->apps.len; i++) {
        struct app *app = names->apps.at[i];
        before_named |= app == before;
        now_named |= app == o->app;
        tell(o, app, o->body);
    }
    if (before != o->app && !before_named)
        tell(o, before, NULL);
    if (!now_named)
        tell(o, o->app, o->body);
}

/* What comes, goes or changes below an application's object may change what its summary says. */
static void tell_above(struct cluster *k, const struct object *o)
{
    for (int depth = 0; o && o->owner_id && depth < OWNERS_MAX; depth++) {
        o = map_get(k->objects, o->owner_id);
        if (o && o->app) {
            app_queue(o->app, REFRESH_NONE);
            return;
        }
    }
}

/* Marks count on what nobody owns: a Deployment's annotations are copied to its ReplicaSets. */
static struct span root_owner(struct cluster *k, const struct doc *d)
{
    if (doc_len(doc_path(d, "metadata", "ownerReferences")))
        return (struct span){NULL, 0};
    return track_owner(&k->controller->settings.track, d);
}

static bool keeps_body(struct cluster *k, const struct object *o, const struct doc *d)
{
    return root_owner(k, d).len || names_of(k, o->id) || api_is(d, "apiextensions.k8s.io", "CustomResourceDefinition") ||
           api_customize_health(&k->controller->settings.customize, o->key.group, o->key.kind);
}

static struct object *object_at(struct cluster *k, const struct doc *d)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("key");
    struct api_key key = api_key_of(a, d);
    CLEANUP(mem_freep) char *id = api_key_id(&key);
    struct object *o = map_get(k->objects, id);
    if (o)
        return o;
    o = mem_zalloc(sizeof(*o));
    o->cluster = k;
    o->key = (struct api_key){mem_strdup(key.group), mem_strdup(key.kind), mem_strdup(key.ns), mem_strdup(key.name)};
    o->health.message = mem_strdup("");
    o->id = map_set(k->objects, id, o);
    return o;
}

/* Numbers of one API server's resourceVersions only grow; unlike texts are taken as they come. */
static bool older(const char *seen, const char *known)
{
    int64_t x = 0, y = 0;
    return known && span_int(span_of(seen), &x) && span_int(span_of(known), &y) && x < y;
}

/* While a script has not answered the last verdict stands. */
static void judge(struct object *o, const struct doc *d)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("health");
    const struct health_scripts scripts = judge_object(o);
    struct health h;
    if (!health_judge(a, &scripts, d, &h))
        return;
    o->health.status = h.status;
    replace((char **)&o->health.message, h.message);
}

static void upsert(struct cluster *k, const struct doc *d)
{
    struct object *o = object_at(k, d);
    const char *uid = api_uid(d);
    bool same = o->uid && streq(o->uid, uid);
    if (same && older(api_resource_version(d), o->resource_version))
        return;
    stale(k, o);
    unlink_child(k, o);
    const struct doc *owner = owner_of(d);
    bool was_owned = o->owner_uid != NULL;
    replace(&o->uid, uid);
    replace(&o->owner_uid, doc_str(doc_get(owner, "uid"), NULL));
    free(o->owner_id);
    o->owner_id = owner_id(k, o, owner);
    replace(&o->resource_version, api_resource_version(d));
    replace(&o->created, doc_str(doc_path(d, "metadata", "creationTimestamp"), ""));
    CLEANUP(arena_freep) struct arena *a = arena_new("record");
    struct span version = api_gv_of(d).version;
    replace(&o->version, arena_strndup(a, version.at, version.len));
    struct app *before = o->app;
    o->app = app_of_instance(k->controller, root_owner(k, d));
    judge(o, d);
    CLEANUP(frozen_unrefp) struct frozen *extra = o->extra;
    o->extra = digest_extra(d);
    bool changed = !same || !doc_equal(doc_get(frozen_root(extra), "images"), doc_get(frozen_root(o->extra), "images"));
    frozen_unref(o->body);
    o->body = keeps_body(k, o, d) ? doc_freeze(d) : NULL;
    bool unclaimed = !o->app && o->body && root_owner(k, d).len;
    if (unclaimed)
        map_set(k->unclaimed, o->id, o);
    else
        map_del(k->unclaimed, o->id);
    link_child(k, o);
    if (!same || o->app != before || was_owned != (o->owner_uid != NULL))
        orphans_changed(k->controller, o);
    stale(k, o);
    tell_all(k, o, before);
    if (changed)
        tell_above(k, o);
}

void cluster_saw(struct cluster *k, const struct doc *object)
{
    upsert(k, object);
}

static void removed(struct cluster *k, struct object *o)
{
    stale(k, o);
    unlink_child(k, o);
    orphans_gone(k->controller, o);
    tell_above(k, o);
    frozen_unref(o->body);
    o->body = NULL;
    struct app *before = o->app;
    o->app = NULL;
    tell_all(k, o, before);
    map_del(k->unclaimed, o->id);
    map_del(k->objects, o->id);
}

void cluster_saw_deleted(struct cluster *k, const struct api_key *key)
{
    CLEANUP(mem_freep) char *id = api_key_id(key);
    struct object *o = map_get(k->objects, id);
    if (o)
        removed(k, o);
}

/* Only what has its body kept: of others the verdict comes with their next change. */
static void judge_again(struct cluster *k, struct object *o)
{
    if (!o->body)
        return;
    judge(o, frozen_root(o->body));
    stale(k, o);
}

void cluster_judge(struct cluster *k, const char *id)
{
    struct object *o = map_get(k->objects, id);
    if (o)
        judge_again(k, o);
}

void cluster_judge_all(struct cluster *k)
{
    map_each(it, k->objects)
        judge_again(k, it.value);
}

/* --- what applications name -------------------------------------------------------------------------------------------- */

static void names_free(void *arg)
{
    struct names *n = arg;
    vec_release(&n->apps);
    free(n);
}

struct fetch {
    struct cluster *cluster;
    char *id;
};

static void on_fetched(void *arg, struct err *e, const struct doc *object)
{
    struct fetch *f = arg;
    if (!e)
        upsert(f->cluster, object);
    err_free(e); /* gone meanwhile: the watch says so */
    free(f->id);
    free(f);
}

/* An untracked object whose body nobody kept is read now that a target names it. */
static void fetch_body(struct cluster *k, struct object *o)
{
    const struct kube_resource *r = cluster_resource(k, o->key.group, NULL, o->key.kind);
    if (!r)
        return;
    struct kube_target t = {.group = r->group, .version = r->version, .resource = r->plural, .ns = o->key.ns,
                            .name = o->key.name};
    struct fetch *f = mem_zalloc(sizeof(*f));
    *f = (struct fetch){k, mem_strdup(o->id)};
    replace(&o->resource_version, NULL); /* whatever comes is newer */
    kube_get(k->controller->kube, &t, on_fetched, f);
}

void cluster_name(struct cluster *k, struct app *app, const char *id)
{
    struct names *n = names_of(k, id);
    if (!n) {
        n = mem_zalloc(sizeof(*n));
        map_set(k->named, id, n);
    }
    vec_push(&n->apps, app);
    struct object *o = map_get(k->objects, id);
    if (o)
        orphans_renamed(k->controller, o);
    if (o && !o->body)
        fetch_body(k, o);
}

void cluster_unname(struct cluster *k, struct app *app, const char *id)
{
    struct names *n = names_of(k, id);
    for (size_t i = 0; n && i < n->apps.len; i++)
        if (n->apps.at[i] == app) {
            vec_swap_out(&n->apps, i);
            break;
        }
    if (n && !n->apps.len)
        map_del(k->named, id);
    const struct object *o = map_get(k->objects, id);
    if (o)
        orphans_renamed(k->controller, o);
}

bool cluster_named(struct cluster *k, const char *id)
{
    return map_has(k->named, id);
}

void cluster_each_in(struct cluster *k, const char *ns, void (*fn)(void *arg, const struct object *o), void *arg)
{
    map_each(it, k->objects) {
        const struct object *o = it.value;
        if (streq(o->key.ns, ns))
            fn(arg, o);
    }
}

void cluster_fill(struct cluster *k, struct app *app)
{
    vec_each(id, &app->named) {
        const struct object *o = map_get(k->objects, *id);
        if (o && o->body)
            compare_set_live(app->table, &o->key, o->body);
    }
}

void cluster_claim(struct cluster *k, struct app *app)
{
    map_each(it, k->unclaimed) {
        struct object *o = it.value;
        if (!span_is(root_owner(k, frozen_root(o->body)), app->instance))
            continue;
        o->app = app;
        compare_set_live(app->table, &o->key, o->body);
        map_del(k->unclaimed, o->id);
        orphans_changed(k->controller, o);
    }
}

void cluster_forget_app(struct cluster *k, const struct app *app)
{
    map_each(it, k->objects) {
        struct object *o = it.value;
        if (o->app != app)
            continue;
        o->app = NULL;
        if (o->body)
            map_set(k->unclaimed, o->id, o);
        orphans_changed(k->controller, o);
    }
}

/* --- watches ----------------------------------------------------------------------------------------------------------- */

static void check_ready(struct cluster *k)
{
    if (!cluster_ready(k))
        return;
    svc_ready(k->controller->run, "cluster", true, NULL);
    map_each(it, k->controller->apps) {
        app_queue(it.value, REFRESH_NONE);
    }
}

static bool changes_discovery(const struct doc *object)
{
    return api_is(object, "apiextensions.k8s.io", "CustomResourceDefinition") ||
           api_is(object, "apiregistration.k8s.io", "APIService");
}

static void on_event(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct kind *kind = arg;
    struct cluster *k = kind->cluster;
    switch (event) {
    case KUBE_ADDED:
    case KUBE_MODIFIED:
        upsert(k, object);
        break;
    case KUBE_DELETED: {
        CLEANUP(arena_freep) struct arena *a = arena_new("key");
        struct api_key key = api_key_of(a, object);
        cluster_saw_deleted(k, &key);
        break;
    }
    case KUBE_SYNCED:
        if (!kind->synced) {
            kind->synced = true;
            k->n_synced++;
            check_ready(k);
        }
        return;
    case KUBE_ERROR:
        log_warn("a watch failed and is tried again", "resource", kind->id, "error", e->msg);
        /* Not allowed, or no longer served: it has nothing for us. */
        if (!kind->synced && (e->code == ERR_DENIED || e->code == ERR_NOT_FOUND)) {
            kind->synced = true;
            k->n_synced++;
            check_ready(k);
        }
        return;
    }
    if (cluster_ready(k) && changes_discovery(object))
        cluster_rediscover(k);
}

static void kind_free(void *arg)
{
    struct kind *kind = arg;
    kube_watch_stop(kind->watch);
    kind->cluster->n_synced -= kind->synced;
    free(kind->id);
    free(kind->group);
    free(kind->kind_name);
    free(kind->version);
    free(kind);
}

/* Objects of a kind that is served no longer are gone with it. */
static void forget_kind(struct cluster *k, const struct kind *kind)
{
    map_each(it, k->objects) {
        struct object *o = it.value;
        if (streq(o->key.group, kind->group) && streq(o->key.kind, kind->kind_name))
            removed(k, o);
    }
}

static void watch_kind(struct cluster *k, const struct kube_resource *r)
{
    CLEANUP(mem_freep) char *id = mem_printf("%s/%s", r->group, r->plural);
    struct kind *kind = map_get(k->kinds, id);
    if (kind && streq(kind->version, r->version)) {
        kind->seen = true;
        return;
    }
    kind = mem_zalloc(sizeof(*kind));
    *kind = (struct kind){.cluster = k, .id = mem_strdup(id), .group = mem_strdup(r->group),
                          .kind_name = mem_strdup(r->kind), .version = mem_strdup(r->version),
                          .namespaced = r->namespaced, .seen = true};
    map_set(k->kinds, id, kind);
    kind->watch = kube_watch_start(k->controller->kube, &(struct kube_watch_options){.group = r->group,
                                                                                     .version = r->version,
                                                                                     .resource = r->plural,
                                                                                     .kind = r->kind,
                                                                                     .event = on_event,
                                                                                     .arg = kind});
}

static void on_retry(struct loop_timer *t)
{
    cluster_rediscover(CONTAINER(t, struct cluster, retry));
}

static void on_discovered(void *arg, struct err *e, struct kube_discovery *d)
{
    struct cluster *k = arg;
    k->discovering = NULL;
    if (e) {
        log_warn("discovery failed and is tried again", "error", e->msg);
        err_free(e);
        loop_timer_set(k->controller->loop, &k->retry, DISCOVERY_RETRY_MS, on_retry);
        return;
    }
    kube_discovery_unref(k->discovery);
    k->discovery = d;
    map_each(it, k->kinds)
        ((struct kind *)it.value)->seen = false;
    size_t n = 0;
    const struct kube_resource *r = kube_resources(d, &n);
    for (size_t i = 0; i < n; i++)
        if (r[i].preferred && !excluded(&r[i]))
            watch_kind(k, &r[i]);
    map_each(it, k->kinds) {
        struct kind *kind = it.value;
        if (kind->seen)
            continue;
        forget_kind(k, kind);
        map_del(k->kinds, it.key);
    }
    /* Targets of kinds that are known only now have another scope. */
    map_each(it, k->controller->apps) {
        app_configure(it.value);
        shown_stale(it.value);
    }
    if (k->again) {
        k->again = false;
        cluster_rediscover(k);
    }
    check_ready(k);
}

bool cluster_discovering(const struct cluster *k)
{
    return k->discovering != NULL;
}

void cluster_rediscover(struct cluster *k)
{
    if (k->discovering) {
        k->again = true;
        return;
    }
    loop_timer_stop(k->controller->loop, &k->retry);
    k->discovering = kube_discover(k->controller->kube, k->discovery, on_discovered, k);
}

struct err *cluster_start(struct controller *c)
{
    struct cluster *k = mem_zalloc(sizeof(*k));
    k->controller = c;
    k->kinds = map_new(kind_free);
    k->objects = map_new(object_free);
    k->children = map_new(NULL);
    k->unclaimed = map_new(NULL);
    k->named = map_new(names_free);
    c->cluster = k;
    svc_ready(c->run, "cluster", false, "the first lists are not complete");
    return NULL;
}

void cluster_stop(struct cluster *k)
{
    if (!k)
        return;
    loop_timer_stop(k->controller->loop, &k->retry);
    kube_discover_cancel(k->discovering);
    map_free(k->kinds);
    map_free(k->named);
    map_free(k->unclaimed);
    map_free(k->objects);
    map_free(k->children);
    kube_discovery_unref(k->discovery);
    free(k);
}

struct controller *cluster_controller(const struct cluster *k)
{
    return k->controller;
}

bool cluster_ready(const struct cluster *k)
{
    return k && k->discovery && map_len(k->kinds) && k->n_synced == map_len(k->kinds);
}

enum compare_scope cluster_scope(void *cluster, const struct api_key *key)
{
    const struct kube_resource *r = cluster_resource(cluster, key->group, NULL, key->kind);
    return !r ? COMPARE_SCOPE_UNKNOWN : r->namespaced ? COMPARE_NAMESPACED : COMPARE_CLUSTER;
}

const struct kube_resource *cluster_resource(struct cluster *k, const char *group, const char *version, const char *kind)
{
    return k->discovery ? kube_find_kind(k->discovery, group, version, kind) : NULL;
}

const char *cluster_version(const struct cluster *k)
{
    return k->discovery ? kube_server_version(k->discovery) : "";
}

const char *const *cluster_api_versions(const struct cluster *k, size_t *n)
{
    *n = 0;
    return k->discovery ? kube_api_versions(k->discovery, n) : NULL;
}
