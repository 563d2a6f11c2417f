/* render/kustomize/resource - ids, their history, and the set with its index.
 *
 * The index maps kind and name to the resources that bear them or bore them. Invariant: a resource stands in
 * the list of a kind and name exactly once if, and only if, one of its ids has them; so nothing is filtered
 * when it is looked up. `place` grows along the set but has gaps: taking one out moves nothing else's. */
#include "render/kustomize/resource.h"

#include "base/hash.h"
#include "doc/yaml.h"

#include <stdlib.h>

/* --- ids --- */

/* Kinds that Kubernetes 1.21.2 has outside of namespaces; all else is taken for namespaced, CRDs included. */
static const struct kustomize_gvk cluster_scoped[] = {
    {"", "v1", "ComponentStatus"},
    {"", "v1", "Namespace"},
    {"", "v1", "Node"},
    {"", "v1", "NodeProxyOptions"},
    {"", "v1", "PersistentVolume"},
    {"admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "v1beta1", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "v1beta1", "ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition"},
    {"apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition"},
    {"apiregistration.k8s.io", "v1", "APIService"},
    {"apiregistration.k8s.io", "v1beta1", "APIService"},
    {"certificates.k8s.io", "v1", "CertificateSigningRequest"},
    {"certificates.k8s.io", "v1beta1", "CertificateSigningRequest"},
    {"flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema"},
    {"flowcontrol.apiserver.k8s.io", "v1beta1", "PriorityLevelConfiguration"},
    {"networking.k8s.io", "v1", "IngressClass"},
    {"networking.k8s.io", "v1beta1", "IngressClass"},
    {"node.k8s.io", "v1", "RuntimeClass"},
    {"node.k8s.io", "v1beta1", "RuntimeClass"},
    {"policy", "v1beta1", "PodSecurityPolicy"},
    {"rbac.authorization.k8s.io", "v1", "ClusterRole"},
    {"rbac.authorization.k8s.io", "v1", "ClusterRoleBinding"},
    {"rbac.authorization.k8s.io", "v1beta1", "ClusterRole"},
    {"rbac.authorization.k8s.io", "v1beta1", "ClusterRoleBinding"},
    {"scheduling.k8s.io", "v1", "PriorityClass"},
    {"scheduling.k8s.io", "v1beta1", "PriorityClass"},
    {"storage.k8s.io", "v1", "CSIDriver"},
    {"storage.k8s.io", "v1", "CSINode"},
    {"storage.k8s.io", "v1", "StorageClass"},
    {"storage.k8s.io", "v1", "VolumeAttachment"},
    {"storage.k8s.io", "v1beta1", "CSIDriver"},
    {"storage.k8s.io", "v1beta1", "CSINode"},
    {"storage.k8s.io", "v1beta1", "StorageClass"},
    {"storage.k8s.io", "v1beta1", "VolumeAttachment"},
};

static int gvk_order(const void *x, const void *y)
{
    const struct kustomize_gvk *a = x, *b = y;
    int by = strcmp(a->group, b->group);
    by = by ? by : strcmp(a->version, b->version);
    return by ? by : strcmp(a->kind, b->kind);
}

bool kustomize_is_cluster_scoped(const struct kustomize_gvk *gvk)
{
    return bsearch(gvk, cluster_scoped, ARRAY_LEN(cluster_scoped), sizeof(*gvk), gvk_order) != NULL;
}

static bool is_default_namespace(const char *namespace)
{
    return !*namespace || streq(namespace, "default");
}

const char *kustomize_effective_namespace(const struct kustomize_id *id)
{
    if (kustomize_is_cluster_scoped(&id->gvk))
        return "_non_namespaceable_";
    return is_default_namespace(id->namespace) ? "default" : id->namespace;
}

bool kustomize_gvk_equal(const struct kustomize_gvk *x, const struct kustomize_gvk *y)
{
    return streq(x->kind, y->kind) && streq(x->version, y->version) && streq(x->group, y->group);
}

bool kustomize_id_equal(const struct kustomize_id *x, const struct kustomize_id *y)
{
    if (!streq(x->name, y->name) || !kustomize_gvk_equal(&x->gvk, &y->gvk))
        return false;
    return streq(x->namespace, y->namespace) ||
           streq(kustomize_effective_namespace(x), kustomize_effective_namespace(y));
}

static bool is_any_or(const char *pattern, const char *text)
{
    return !*pattern || streq(pattern, text);
}

bool kustomize_gvk_selects(const struct kustomize_gvk *pattern, const struct kustomize_gvk *gvk)
{
    return is_any_or(pattern->kind, gvk->kind) && is_any_or(pattern->version, gvk->version) &&
           is_any_or(pattern->group, gvk->group);
}

static const char *or_word(const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

const char *kustomize_gvk_text(struct arena *a, const struct kustomize_gvk *gvk)
{
    return arena_printf(a, "%s.%s.%s", or_word(gvk->kind, "[noKind]"), or_word(gvk->version, "[noVer]"),
                        or_word(gvk->group, "[noGrp]"));
}

const char *kustomize_id_text(struct arena *a, const struct kustomize_id *id)
{
    return arena_printf(a, "%s/%s.%s", kustomize_gvk_text(a, &id->gvk), or_word(id->name, "[noName]"),
                        or_word(id->namespace, "[noNs]"));
}

struct span kustomize_scalar(const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_STR:
        return doc_span(d);
    case DOC_INT:
    case DOC_FLOAT:
        return doc_literal(d);
    case DOC_BOOL:
        return span_of(doc_bool(d, false) ? "true" : "false");
    default:
        return span_of("");
    }
}

static const char *node_kind(enum doc_kind kind)
{
    return kind == DOC_MAP ? "MappingNode" : kind == DOC_LIST ? "SequenceNode" : "ScalarNode";
}

struct err *kustomize_wrong_kind(struct arena *a, enum doc_kind want, const struct doc *got)
{
    return err_new(ERR_INVALID, "wrong node kind: expected %s but got %s: node contents:\n%s",
                   node_kind(want), node_kind(doc_kind(got)), yaml_text(a, got, YAML_WRITE_SIGS));
}

/* A name may be written without quotes and so be read as a number or a bool. */
static const char *scalar_text(struct arena *a, const struct doc *d)
{
    struct span text = kustomize_scalar(d);
    return doc_is(d, DOC_STR) ? text.at : arena_strndup(a, text.at, text.len);
}

struct kustomize_id kustomize_id_of(struct arena *a, const struct doc *object)
{
    const char *api_version = scalar_text(a, doc_get(object, "apiVersion"));
    const char *slash = strchr(api_version, '/');
    const struct doc *meta = doc_get(object, "metadata");
    return (struct kustomize_id){
        .gvk = {.group = slash ? arena_strndup(a, api_version, (size_t)(slash - api_version)) : "",
                .version = slash ? slash + 1 : api_version,
                .kind = scalar_text(a, doc_get(object, "kind"))},
        .name = scalar_text(a, doc_get(meta, "name")),
        .namespace = scalar_text(a, doc_get(meta, "namespace")),
    };
}

struct kustomize_id kustomize_id_at(const struct kustomize_resource *r, size_t i)
{
    if (i >= r->past_len)
        return r->id;
    const struct kustomize_past *p = &r->past[i];
    return (struct kustomize_id){{r->id.gvk.group, r->id.gvk.version, p->kind}, p->name, p->namespace};
}

struct kustomize_id kustomize_original_id(const struct kustomize_resource *r)
{
    return kustomize_id_at(r, 0);
}

bool kustomize_has_id(const struct kustomize_resource *r, const struct kustomize_id *id)
{
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id own = kustomize_id_at(r, i);
        if (kustomize_id_equal(&own, id))
            return true;
    }
    return false;
}

/* --- resources --- */

struct kustomize_resource *kustomize_resource_new(struct arena *a, const struct doc *object)
{
    struct kustomize_resource *r = NEW(a, struct kustomize_resource);
    r->object = doc_shallow(a, object);
    r->id = kustomize_id_of(a, object);
    r->file = "";
    r->line = doc_line(object);
    return r;
}

/* --- the index --- */

/* A list that one resource is in, which is nearly every list, lies in the slot itself. */
struct slot {
    uint64_t hash;
    const char *kind, *name; /* kind NULL = free */
    struct kustomize_resource *one;
    struct kustomize_resource **at;
    size_t len, cap;
    bool unsorted; /* `place` does not grow along the list */
};
struct kustomize_index {
    struct slot *slots;
    size_t used, cap; /* a power of two */
};

static uint64_t slot_hash(const char *kind, const char *name)
{
    return hash64(kind, strlen(kind)) * 31 + hash64(name, strlen(name));
}

static struct slot *slot_of(const struct kustomize_index *x, uint64_t hash, const char *kind,
                            const char *name)
{
    size_t i = hash & (x->cap - 1);
    for (; x->slots[i].kind; i = (i + 1) & (x->cap - 1)) {
        const struct slot *s = &x->slots[i];
        if (s->hash == hash && streq(s->name, name) && streq(s->kind, kind))
            break;
    }
    return &x->slots[i];
}

static void index_grow(struct arena *a, struct kustomize_index *x)
{
    struct kustomize_index next = {.cap = MAX(x->cap * 2, (size_t)64), .used = x->used};
    next.slots = NEW_N(a, struct slot, next.cap);
    for (size_t i = 0; i < x->cap; i++) {
        const struct slot *s = &x->slots[i];
        if (s->kind)
            *slot_of(&next, s->hash, s->kind, s->name) = *s;
    }
    *x = next;
}

static struct kustomize_resource **slot_list(struct slot *s)
{
    return s->at ? s->at : &s->one;
}

static void index_add(struct kustomize_set *set, struct kustomize_resource *r, const char *kind,
                      const char *name)
{
    struct kustomize_index *x = set->index;
    if (x->used * 2 >= x->cap)
        index_grow(set->a, x);
    uint64_t hash = slot_hash(kind, name);
    struct slot *s = slot_of(x, hash, kind, name);
    if (!s->kind) {
        *s = (struct slot){.hash = hash, .kind = kind, .name = name};
        x->used++;
    }
    if (s->len && s->len >= MAX(s->cap, (size_t)1)) {
        size_t cap = MAX(s->cap * 2, (size_t)4);
        struct kustomize_resource **at = NEW_N(set->a, struct kustomize_resource *, cap);
        memcpy(at, slot_list(s), s->len * sizeof(*at));
        s->at = at;
        s->cap = cap;
    }
    struct kustomize_resource **list = slot_list(s);
    s->unsorted |= s->len && list[s->len - 1]->place > r->place;
    list[s->len++] = r;
}

static void index_del(struct kustomize_set *set, const struct kustomize_resource *r, const char *kind,
                      const char *name)
{
    struct slot *s = slot_of(set->index, slot_hash(kind, name), kind, name);
    struct kustomize_resource **list = slot_list(s);
    size_t i = 0;
    while (i < s->len && list[i] != r)
        i++;
    if (i == s->len)
        panic("resource %s/%s is not in its set's index", kind, name);
    memmove(&list[i], &list[i + 1], (s->len - i - 1) * sizeof(*list));
    s->len--;
}

/* Has an id before number i the same kind and name as id number i? */
static bool is_seen(const struct kustomize_resource *r, size_t i)
{
    struct kustomize_id id = kustomize_id_at(r, i);
    for (size_t j = 0; j < i; j++)
        if (streq(r->past[j].name, id.name) && streq(r->past[j].kind, id.gvk.kind))
            return true;
    return false;
}

static void index_all(struct kustomize_set *set, struct kustomize_resource *r, bool add)
{
    for (size_t i = 0; i <= r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (is_seen(r, i))
            continue;
        if (add)
            index_add(set, r, id.gvk.kind, id.name);
        else
            index_del(set, r, id.gvk.kind, id.name);
    }
}

/* The current id becomes `id`; earlier ones keep their places in the index. */
static void set_id(struct kustomize_set *set, struct kustomize_resource *r, const struct kustomize_id *id)
{
    bool same = streq(r->id.name, id->name) && streq(r->id.gvk.kind, id->gvk.kind);
    if (!same && !is_seen(r, r->past_len))
        index_del(set, r, r->id.gvk.kind, r->id.name);
    r->id = *id;
    if (!same && !is_seen(r, r->past_len))
        index_add(set, r, id->gvk.kind, id->name);
}

/* --- the set --- */

void kustomize_set_init(struct kustomize_set *set, struct arena *a)
{
    *set = (struct kustomize_set){.a = a, .index = NEW(a, struct kustomize_index)};
    index_grow(a, set->index);
}

static void set_push(struct kustomize_set *set, struct kustomize_resource *r)
{
    if (set->len == set->cap) {
        size_t cap = MAX(set->cap * 2, (size_t)16);
        struct kustomize_resource **at = NEW_N(set->a, struct kustomize_resource *, cap);
        if (set->len)
            memcpy(at, set->at, set->len * sizeof(*at));
        set->at = at;
        set->cap = cap;
    }
    r->place = set->len ? set->at[set->len - 1]->place + 1 : 0;
    set->at[set->len++] = r;
    index_all(set, r, true);
}

static struct err *taken(struct kustomize_set *set, const struct kustomize_id *id)
{
    return err_new(ERR_INVALID, "may not add resource with an already registered id: %s",
                   kustomize_id_text(set->a, id));
}

struct err *kustomize_set_add(struct kustomize_set *set, struct kustomize_resource *r)
{
    if (kustomize_set_current(set, &r->id).len)
        return taken(set, &r->id);
    set_push(set, r);
    return NULL;
}

static size_t position(const struct kustomize_set *set, const struct kustomize_resource *r)
{
    size_t low = 0, high = set->len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (set->at[mid]->place < r->place)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == set->len || set->at[low] != r)
        panic("resource %s is not in the set", r->id.name);
    return low;
}

void kustomize_set_remove(struct kustomize_set *set, struct kustomize_resource *r)
{
    size_t i = position(set, r);
    index_all(set, r, false);
    memmove(&set->at[i], &set->at[i + 1], (set->len - i - 1) * sizeof(*set->at));
    set->len--;
}

void kustomize_set_replace(struct kustomize_set *set, struct kustomize_resource *old,
                           struct kustomize_resource *now)
{
    size_t i = position(set, old);
    index_all(set, old, false);
    now->place = old->place;
    set->at[i] = now;
    index_all(set, now, true);
}

/* The first resource whose id one before it has: renaming may bring that about. NULL = none. */
static const struct kustomize_resource *first_double(struct kustomize_set *set)
{
    for (size_t i = 0; i < set->len; i++) {
        const struct kustomize_resource *r = set->at[i];
        struct kustomize_found all = kustomize_set_named(set, r->id.gvk.kind, r->id.name);
        for (size_t j = 0; j < all.len && all.at[j] != r; j++)
            if (kustomize_id_equal(&all.at[j]->id, &r->id))
                return r;
    }
    return NULL;
}

struct err *kustomize_set_absorb(struct kustomize_set *set, struct kustomize_set *from)
{
    if (!set->len && set->a == from->a) {
        const struct kustomize_resource *twice = first_double(from);
        if (twice)
            return taken(set, &twice->id);
        *set = *from;
        kustomize_set_init(from, from->a);
        return NULL;
    }
    for (size_t i = 0; i < from->len; i++)
        TRY(kustomize_set_add(set, from->at[i]));
    kustomize_set_init(from, from->a);
    return NULL;
}

void kustomize_remember(struct kustomize_set *set, struct kustomize_resource *r)
{
    const struct kustomize_past now = {r->id.gvk.kind, r->id.name, r->id.namespace};
    const struct kustomize_past *last = r->past_len ? &r->past[r->past_len - 1] : NULL;
    if (last && streq(last->kind, now.kind) && streq(last->name, now.name) &&
        streq(last->namespace, now.namespace))
        return;
    if (r->past_len == r->past_cap) {
        size_t cap = MAX(r->past_cap * 2, (size_t)2);
        struct kustomize_past *past = NEW_N(set->a, struct kustomize_past, cap);
        if (r->past_len)
            memcpy(past, r->past, r->past_len * sizeof(*past));
        r->past = past;
        r->past_cap = cap;
    }
    r->past[r->past_len++] = now;
}

void kustomize_set_name(struct kustomize_set *set, struct kustomize_resource *r, const char *name)
{
    struct kustomize_id id = r->id;
    id.name = arena_strdup(set->a, name);
    doc_set_str(set->a, doc_own_map(set->a, r->object, "metadata"), "name", name);
    set_id(set, r, &id);
}

void kustomize_set_namespace(struct kustomize_set *set, struct kustomize_resource *r, const char *namespace)
{
    r->id.namespace = arena_strdup(set->a, namespace);
    doc_set_str(set->a, doc_own_map(set->a, r->object, "metadata"), "namespace", namespace);
}

void kustomize_set_reread(struct kustomize_set *set, struct kustomize_resource *r)
{
    struct kustomize_id id = kustomize_id_of(set->a, r->object);
    set_id(set, r, &id);
}

/* --- looking up --- */

static int by_place(const void *x, const void *y)
{
    const struct kustomize_resource *const *a = x, *const *b = y;
    return ((*a)->place > (*b)->place) - ((*a)->place < (*b)->place);
}

static struct kustomize_found walk_name(struct kustomize_set *set, const char *name)
{
    struct kustomize_found out = {NEW_N(set->a, struct kustomize_resource *, set->len + 1), 0};
    for (size_t i = 0; i < set->len; i++) {
        struct kustomize_resource *r = set->at[i];
        bool has = streq(r->id.name, name);
        for (size_t j = 0; j < r->past_len && !has; j++)
            has = streq(r->past[j].name, name);
        if (has)
            out.at[out.len++] = r;
    }
    return out;
}

struct kustomize_found kustomize_set_named(struct kustomize_set *set, const char *kind, const char *name)
{
    if (!*kind)
        return walk_name(set, name);
    struct slot *s = slot_of(set->index, slot_hash(kind, name), kind, name);
    struct kustomize_resource **list = slot_list(s);
    if (s->unsorted && s->len > 1)
        qsort(list, s->len, sizeof(struct kustomize_resource *), by_place);
    s->unsorted = false;
    return (struct kustomize_found){list, s->len};
}

typedef bool resource_test(const struct kustomize_resource *r, const struct kustomize_id *id);

static struct kustomize_found filter(struct kustomize_set *set, const struct kustomize_id *id,
                                     resource_test *test)
{
    struct kustomize_found all = kustomize_set_named(set, id->gvk.kind, id->name), out = {0};
    for (size_t i = 0; i < all.len; i++) {
        if (!test(all.at[i], id))
            continue;
        if (!out.at)
            out.at = NEW_N(set->a, struct kustomize_resource *, all.len - i);
        out.at[out.len++] = all.at[i];
    }
    return out;
}

static bool is_current(const struct kustomize_resource *r, const struct kustomize_id *id)
{
    return kustomize_id_equal(&r->id, id);
}

struct kustomize_found kustomize_set_with_id(struct kustomize_set *set, const struct kustomize_id *id)
{
    return filter(set, id, kustomize_has_id);
}

struct kustomize_found kustomize_set_current(struct kustomize_set *set, const struct kustomize_id *id)
{
    return filter(set, id, is_current);
}
