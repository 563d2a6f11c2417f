/* sim - the caches, the queue and the requests of the simulated controllers; see sim.h. */
#include "services/sandbox/sim.h"

#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"

const struct sim_row sim_rows[SIM_KINDS] = {
    [SIM_DEPLOYMENT] = {"apps", "v1", "deployments", "Deployment", true, sim_look_deployment},
    [SIM_REPLICA_SET] = {"apps", "v1", "replicasets", "ReplicaSet", true, sim_look_replica_set},
    [SIM_STATEFUL_SET] = {"apps", "v1", "statefulsets", "StatefulSet", true, sim_look_stateful_set},
    [SIM_DAEMON_SET] = {"apps", "v1", "daemonsets", "DaemonSet", true, sim_look_daemon_set},
    [SIM_JOB] = {"batch", "v1", "jobs", "Job", true, sim_look_job},
    [SIM_POD] = {"", "v1", "pods", "Pod", false, sim_look_pod},
    [SIM_CLAIM] = {"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", false, sim_look_claim},
    [SIM_SERVICE] = {"", "v1", "services", "Service", false, sim_look_service},
    [SIM_INGRESS] = {"networking.k8s.io", "v1", "ingresses", "Ingress", false, sim_look_ingress},
    [SIM_AUTOSCALER] = {"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", false,
                        sim_look_autoscaler},
    [SIM_BUDGET] = {"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true, sim_look_budget},
};

struct kind_state {
    struct sim *sim;
    enum sim_kind kind;
    struct kube_watch *watch;
    struct map *objects;  /* "ns/name" to frozen */
    struct map *children; /* uid of an owner to a map of keys */
};

struct sim {
    struct loop *loop;
    struct kube *kube;
    struct sim_options o;
    struct queue *queue;
    struct loop_timer turn;
    struct kind_state kinds[SIM_KINDS];
    VEC(struct sent *) sent;
};

static void run(struct loop_timer *t);

/* --- the queue: keys are "KIND|ns/name" ------------------------------------------------------ */

static void wake(struct sim *s)
{
    int64_t wait = queue_wait_ms(s->queue);
    if (wait != INT64_MAX)
        loop_timer_set(s->loop, &s->turn, wait, run);
}

static void add(struct sim *s, enum sim_kind kind, const char *key, int64_t delay_ms)
{
    if (!sim_rows[kind].look || (sim_rows[kind].controller && !s->o.controllers))
        return;
    CLEANUP(mem_freep) char *text = mem_printf("%d|%s", (int)kind, key);
    if (delay_ms)
        queue_add_after(s->queue, "", text, delay_ms);
    else
        queue_add(s->queue, "", text);
    wake(s);
}

static void look_at(struct sim *s, const char *text)
{
    enum sim_kind kind = (enum sim_kind)atoi(text);
    const struct doc *obj = frozen_root(map_get(s->kinds[kind].objects, strchr(text, '|') + 1));
    const struct doc *meta = doc_get(obj, "metadata");
    if (!obj || doc_get(meta, "deletionTimestamp"))
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("sim");
    struct look k = {s,
                     a,
                     kind,
                     obj,
                     doc_str(doc_get(meta, "namespace"), ""),
                     doc_str(doc_get(meta, "name"), ""),
                     doc_str(doc_get(meta, "uid"), "")};
    sim_rows[kind].look(&k);
}

enum { LOOKS_A_TURN = 32 };

static void run(struct loop_timer *t)
{
    struct sim *s = CONTAINER(t, struct sim, turn);
    const char *text;
    for (int i = 0; i < LOOKS_A_TURN && (text = queue_take(s->queue)); i++) {
        look_at(s, text);
        queue_done(s->queue, text);
    }
    wake(s);
}

/* --- the caches ------------------------------------------------------------------------------ */

static void free_frozen(void *f)
{
    frozen_unref(f);
}

static void free_map(void *m)
{
    map_free(m);
}

static const struct doc *controller_of(const struct doc *obj)
{
    doc_each (it, doc_path(obj, "metadata", "ownerReferences"))
        if (doc_bool(doc_get(it.val, "controller"), false))
            return it.val;
    return NULL;
}

static void link_child(struct kind_state *ks, const char *key, const struct doc *obj, bool there)
{
    const char *uid = doc_str(doc_get(controller_of(obj), "uid"), "");
    struct map *keys = *uid ? map_get(ks->children, uid) : NULL;
    if (there && *uid && !keys)
        map_set(ks->children, uid, keys = map_new(NULL));
    if (there && keys)
        map_set(keys, key, ks);
    else if (keys && map_del(keys, key) && !map_len(keys))
        map_del(ks->children, uid);
}

/* A change of an object is news for its controller too, and a Pod's for the budgets of its namespace. */
static void tell_others(struct sim *s, enum sim_kind kind, const struct doc *obj)
{
    const struct doc *ref = controller_of(obj);
    const char *owner = doc_str(doc_get(ref, "kind"), ""),
               *ns = doc_str(doc_path(obj, "metadata", "namespace"), "");
    for (int i = 0; ref && i < SIM_KINDS; i++)
        if (streq(sim_rows[i].kind, owner)) {
            CLEANUP(mem_freep) char *key = mem_printf("%s/%s", ns, doc_str(doc_get(ref, "name"), ""));
            add(s, (enum sim_kind)i, key, 0);
        }
    if (kind != SIM_POD)
        return;
    map_each (it, s->kinds[SIM_BUDGET].objects)
        if (starts_with(it.key, ns) && it.key[strlen(ns)] == '/')
            add(s, SIM_BUDGET, it.key, 0);
}

static void on_event(void *arg, enum kube_event event, const struct doc *obj, const struct err *e)
{
    struct kind_state *ks = arg;
    (void)e; /* the watch goes on by itself */
    if (!obj)
        return;
    CLEANUP(mem_freep)
    char *key = mem_printf("%s/%s", doc_str(doc_path(obj, "metadata", "namespace"), ""),
                           doc_str(doc_path(obj, "metadata", "name"), ""));
    struct frozen *before = frozen_ref(map_get(ks->objects, key));
    if (before)
        link_child(ks, key, frozen_root(before), false);
    if (event == KUBE_DELETED) {
        map_del(ks->objects, key);
    } else {
        map_set(ks->objects, key, doc_freeze(obj));
        link_child(ks, key, obj, true);
        add(ks->sim, ks->kind, key, 0);
    }
    tell_others(ks->sim, ks->kind, before && event == KUBE_DELETED ? frozen_root(before) : obj);
    frozen_unref(before);
}

static int by_name(const void *x, const void *y)
{
    return strcmp(doc_str(doc_path(*(const struct doc *const *)x, "metadata", "name"), ""),
                  doc_str(doc_path(*(const struct doc *const *)y, "metadata", "name"), ""));
}

struct sim_children sim_children(struct look *k, enum sim_kind kind, const char *uid)
{
    struct kind_state *ks = &k->sim->kinds[kind];
    struct map *keys = map_get(ks->children, uid);
    struct sim_children out = {NULL, 0};
    if (!keys)
        return out;
    out.at = NEW_N(k->a, const struct doc *, map_len(keys));
    map_each (it, keys)
        out.at[out.len++] = frozen_root(map_get(ks->objects, it.key));
    qsort(out.at, out.len, sizeof(*out.at), by_name);
    return out;
}

struct sim_children sim_namespace(struct look *k, enum sim_kind kind)
{
    const struct map *objects = k->sim->kinds[kind].objects;
    struct sim_children out = {NEW_N(k->a, const struct doc *, map_len(objects) + 1), 0};
    size_t len = strlen(k->ns);
    map_each (it, objects)
        if (strncmp(it.key, k->ns, len) == 0 && it.key[len] == '/')
            out.at[out.len++] = frozen_root(it.value);
    return out;
}

const struct doc *sim_cached(struct look *k, enum sim_kind kind, const char *name)
{
    return frozen_root(map_get(k->sim->kinds[kind].objects, arena_printf(k->a, "%s/%s", k->ns, name)));
}

/* --- requests -------------------------------------------------------------------------------- */

struct sent {
    struct sim *sim;
    struct kube_call *call;
    enum sim_kind kind;
    char *key;
};

static void forget(struct sent *m)
{
    for (size_t i = 0; i < m->sim->sent.len; i++)
        if (m->sim->sent.at[i] == m) {
            vec_swap_out(&m->sim->sent, i);
            break;
        }
    free(m->key);
    free(m);
}

static void answered(void *arg, struct err *e, const struct doc *object)
{
    struct sent *m = arg;
    (void)object;
    if (e && e->code != ERR_EXISTS && e->code != ERR_NOT_FOUND)
        add(m->sim, m->kind, m->key, 1000);
    err_free(e);
    forget(m);
}

static struct sent *message(struct look *k)
{
    struct sent *m = mem_zalloc(sizeof(*m));
    *m = (struct sent){k->sim, NULL, k->kind, mem_printf("%s/%s", k->ns, k->name)};
    vec_push(&k->sim->sent, m);
    return m;
}

static struct kube_target target(struct look *k, enum sim_kind kind, const char *name)
{
    const struct sim_row *row = &sim_rows[kind];
    return (struct kube_target){row->group, row->version, row->resource, k->ns, name, NULL};
}

static const struct kube_write_options writing = {.field_manager = "kube-controller-manager"};

void sim_create(struct look *k, enum sim_kind kind, const struct doc *obj)
{
    struct kube_target t = target(k, kind, NULL);
    struct sent *m = message(k);
    m->call = kube_create(k->sim->kube, &t, obj, &writing, answered, m);
}

void sim_delete(struct look *k, enum sim_kind kind, const char *name)
{
    struct kube_target t = target(k, kind, name);
    struct sent *m = message(k);
    m->call = kube_delete(k->sim->kube, &t, &(struct kube_delete_options){.grace_s = -1}, answered, m);
}

static void send_patch(struct look *k, const struct kube_target *t, const struct doc *patch)
{
    struct sent *m = message(k);
    m->call =
        kube_patch(k->sim->kube, t, (struct kube_patch_body){KUBE_MERGE_PATCH, patch}, &writing, answered, m);
}

void sim_patch(struct look *k, enum sim_kind kind, const char *name, const struct doc *patch)
{
    struct kube_target t = target(k, kind, name);
    send_patch(k, &t, patch);
}

void sim_status(struct look *k, const struct doc *status)
{
    bool same = true;
    doc_each (it, status)
        same &= doc_is(it.val, DOC_NULL) ? !doc_get_span(doc_get(k->obj, "status"), it.key)
                                         : doc_equal(it.val, doc_get_span(doc_get(k->obj, "status"), it.key));
    if (same)
        return;
    struct doc *patch = doc_new_map(k->a);
    doc_set(k->a, patch, "status", status);
    struct kube_target t = target(k, k->kind, k->name);
    t.subresource = "status";
    send_patch(k, &t, patch);
}

void sim_again(struct look *k, int64_t delay_ms)
{
    add(k->sim, k->kind, arena_printf(k->a, "%s/%s", k->ns, k->name), MAX(delay_ms, 1));
}

int64_t sim_now_ms(const struct look *k)
{
    return clock_wall_ms(loop_clock(k->sim->loop));
}

bool sim_load_balancers(const struct look *k)
{
    return k->sim->o.load_balancers;
}

bool sim_claims(const struct look *k)
{
    return k->sim->o.claims;
}

bool sim_node(const struct look *k)
{
    return k->sim->o.node;
}

/* --- building -------------------------------------------------------------------------------- */

struct doc *sim_owned(struct look *k, enum sim_kind kind, const char *name, const struct doc *labels)
{
    const struct sim_row *row = &sim_rows[kind], *own = &sim_rows[k->kind];
    struct doc *d = doc_new_map(k->a);
    doc_set_str(k->a, d, "kind", row->kind);
    doc_set_str(k->a, d, "apiVersion",
                *row->group ? arena_printf(k->a, "%s/%s", row->group, row->version) : row->version);
    struct doc *meta = doc_set_map(k->a, d, "metadata");
    doc_set_str(k->a, meta, "name", name);
    doc_set_str(k->a, meta, "namespace", k->ns);
    if (labels)
        doc_set(k->a, meta, "labels", labels);
    struct doc *ref = doc_push(k->a, doc_set_list(k->a, meta, "ownerReferences"), doc_new_map(k->a));
    doc_set_str(k->a, ref, "apiVersion", arena_printf(k->a, "%s/%s", own->group, own->version));
    doc_set_str(k->a, ref, "kind", own->kind);
    doc_set_str(k->a, ref, "name", k->name);
    doc_set_str(k->a, ref, "uid", k->uid);
    doc_set_bool(k->a, ref, "controller", true);
    doc_set_bool(k->a, ref, "blockOwnerDeletion", true);
    return d;
}

const struct doc *sim_condition_of(const struct doc *obj, const char *type)
{
    doc_each (it, doc_path(obj, "status", "conditions"))
        if (doc_str_is(doc_get(it.val, "type"), type))
            return it.val;
    return NULL;
}

void sim_condition(struct look *k, struct doc *conditions, const char *type, bool status, const char *reason,
                   const char *message)
{
    const struct doc *old = sim_condition_of(k->obj, type);
    const char *value = status ? "True" : "False", *now = time_rfc3339(sim_now_ms(k)).text;
    bool stays = doc_str_is(doc_get(old, "status"), value),
         same = stays && doc_str_is(doc_get(old, "reason"), reason);
    struct doc *c = doc_push(k->a, conditions, doc_new_map(k->a));
    doc_set_str(k->a, c, "type", type);
    doc_set_str(k->a, c, "status", value);
    if (k->kind == SIM_DEPLOYMENT)
        doc_set_str(k->a, c, "lastUpdateTime", same ? doc_str(doc_get(old, "lastUpdateTime"), now) : now);
    doc_set_str(k->a, c, "lastTransitionTime",
                stays ? doc_str(doc_get(old, "lastTransitionTime"), now) : now);
    if (*reason)
        doc_set_str(k->a, c, "reason", reason);
    if (*message)
        doc_set_str(k->a, c, "message", message);
}

bool sim_pod_ready(const struct doc *pod)
{
    return doc_str_is(doc_get(sim_condition_of(pod, "Ready"), "status"), "True") &&
           !doc_path(pod, "metadata", "deletionTimestamp");
}

const char *sim_hash(struct look *k, const struct doc *d)
{
    return arena_printf(k->a, "%010llx", (unsigned long long)(doc_hash(d) & 0xffffffffffULL));
}

/* --- starting and ending --------------------------------------------------------------------- */

struct sim *sim_start(struct loop *l, struct kube *k, const struct sim_options *o)
{
    static const struct backoff pace = {.base_ms = 200, .cap_ms = 10000, .factor = 2};
    struct sim *s = mem_zalloc(sizeof(*s));
    s->loop = l;
    s->kube = k;
    s->o = *o;
    s->queue = queue_new(loop_clock(l), rand_system(), &pace);
    for (int i = 0; i < SIM_KINDS; i++) {
        struct kind_state *ks = &s->kinds[i];
        const struct sim_row *row = &sim_rows[i];
        *ks = (struct kind_state){s, (enum sim_kind)i, NULL, map_new(free_frozen), map_new(free_map)};
        struct kube_watch_options w = {.group = row->group,
                                       .version = row->version,
                                       .resource = row->resource,
                                       .kind = row->kind,
                                       .event = on_event,
                                       .arg = ks};
        if (o->controllers || !row->controller)
            ks->watch = kube_watch_start(k, &w);
    }
    return s;
}

void sim_free(struct sim *s)
{
    if (!s)
        return;
    loop_timer_stop(s->loop, &s->turn);
    for (int i = 0; i < SIM_KINDS; i++) {
        kube_watch_stop(s->kinds[i].watch);
        map_free(s->kinds[i].objects);
        map_free(s->kinds[i].children);
    }
    while (s->sent.len) {
        kube_cancel(s->sent.at[0]->call);
        forget(s->sent.at[0]);
    }
    vec_release(&s->sent);
    queue_free(s->queue);
    kube_free(s->kube);
    free(s);
}
