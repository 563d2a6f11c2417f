/* render/kustomize/reference - names in fields follow the objects that were renamed (specs/kustomize.md §9).
 *
 * Every resource's fields are walked once. What a field may mean is looked up in the set's index by kind and
 * old name, so the work grows with the fields, not with their number times that of the objects. The field
 * specs that select a type of object are found once a type. */
#include "base/map.h"
#include "render/kustomize/build.h"

/* A field and what it names. */
struct rule {
    const struct kustomize_gvk *target;
    const struct kustomize_spec *at;
};
struct rules {
    struct rule *at;
    size_t len;
};

/* Resources that began in one namespace. */
struct origin {
    const struct kustomize_resource *r;
    const struct origin *next;
};

struct walk {
    struct arena *a;
    struct kustomize_set *set;
    const struct kustomize_config *config;
    struct map *by_type;   /* struct rules of an original group, version and kind */
    struct map *by_origin; /* struct origin of an original effective namespace */
    bool kinds_changed;    /* then a name is looked up under every kind */
    const struct rule *rule;
    const struct doc *role_ref; /* of the resource; NULL unless the field is its name */
};

/* What a field says, and the resources that it may mean. */
struct question {
    const struct walk *w;
    const struct kustomize_resource *from;
    const char *old;
    struct span namespace; /* which the candidates must have had or have; {NULL, 0} = any */
    bool with_namespace;   /* the answer includes it */
    struct kustomize_found left;
};

typedef bool sieve(const struct question *q, const struct kustomize_resource *r);

static void keep(struct question *q, sieve *test)
{
    size_t kept = 0;
    for (size_t i = 0; i < q->left.len; i++)
        if (test(q, q->left.at[i]))
            q->left.at[kept++] = q->left.at[i];
    q->left.len = kept;
}

/* --- sieves --- */

static bool was_selected(const struct kustomize_resource *r, const struct kustomize_gvk *gvk)
{
    for (size_t i = 0; i < r->past_len; i++) {
        struct kustomize_id id = kustomize_id_at(r, i);
        if (kustomize_gvk_selects(gvk, &id.gvk))
            return true;
    }
    return false;
}

static bool was_target(const struct question *q, const struct kustomize_resource *r)
{
    bool named = false;
    for (size_t i = 0; !named && i < r->past_len; i++)
        named = streq(r->past[i].name, q->old);
    return named && was_selected(r, q->w->rule->target);
}

static bool is_role_meant(const struct question *q, const struct kustomize_resource *r)
{
    const struct doc *ref = q->w->role_ref;
    struct kustomize_gvk gvk = {doc_str(doc_get(ref, "apiGroup"), ""), "", doc_str(doc_get(ref, "kind"), "")};
    return !ref || was_selected(r, &gvk);
}

static bool is_cluster_scoped(const struct kustomize_resource *r)
{
    return kustomize_is_cluster_scoped(&r->id.gvk);
}

static bool same_namespace(const struct kustomize_resource *x, const struct kustomize_resource *y)
{
    return streq(kustomize_effective_namespace(&x->id), kustomize_effective_namespace(&y->id));
}

/* May `from` refer to it at all? A role binding reaches where the service accounts among its subjects are. */
static bool is_in_reach(const struct kustomize_resource *from, const struct kustomize_resource *r)
{
    if (is_cluster_scoped(from) || is_cluster_scoped(r) || same_namespace(from, r))
        return true;
    if (!streq(from->id.gvk.kind, "RoleBinding"))
        return false;
    doc_each (it, doc_get(from->object, "subjects"))
        if (doc_str_is(doc_get(it.val, "kind"), "ServiceAccount") &&
            doc_str_is(doc_get(it.val, "namespace"), r->id.namespace))
            return true;
    return false;
}

static bool is_near(const struct question *q, const struct kustomize_resource *r)
{
    return is_in_reach(q->from, r) && (is_cluster_scoped(q->from) || is_cluster_scoped(r) ||
                                       same_namespace(q->from, r) || streq(r->id.gvk.kind, "ServiceAccount"));
}

static bool had_namespace(const struct question *q, const struct kustomize_resource *r)
{
    struct kustomize_id original = kustomize_original_id(r);
    return span_is(q->namespace, kustomize_effective_namespace(&original));
}

static bool has_namespace(const struct question *q, const struct kustomize_resource *r)
{
    return span_is(q->namespace, kustomize_effective_namespace(&r->id));
}

/* Is one list of affixes the end of the other? Nothing is the end of nothing only. */
static bool same_end(const char **x, size_t nx, const char **y, size_t ny)
{
    size_t n = MIN(nx, ny);
    if (n == 0)
        return nx == ny;
    for (size_t i = 1; i <= n; i++)
        if (!streq(x[nx - i], y[ny - i]))
            return false;
    return true;
}

static bool is_akin(const struct question *q, const struct kustomize_resource *r)
{
    const struct kustomize_resource *f = q->from;
    return (!f->prefixes_len || !r->prefixes_len ||
            same_end(f->prefixes, f->prefixes_len, r->prefixes, r->prefixes_len)) &&
           (!f->suffixes_len || !r->suffixes_len ||
            same_end(f->suffixes, f->suffixes_len, r->suffixes, r->suffixes_len));
}

static bool is_sibling(const struct question *q, const struct kustomize_resource *r)
{
    const struct kustomize_resource *f = q->from;
    return same_end(f->prefixes, f->prefixes_len, r->prefixes, r->prefixes_len) &&
           same_end(f->suffixes, f->suffixes_len, r->suffixes, r->suffixes_len);
}

/* --- the answer --- */

static bool all_alike(const struct question *q)
{
    const struct kustomize_id *first = &q->left.at[0]->id;
    for (size_t i = 1; i < q->left.len; i++) {
        const struct kustomize_id *id = &q->left.at[i]->id;
        if (!streq(first->name, id->name) || (q->with_namespace && !streq(first->namespace, id->namespace)))
            return false;
    }
    return true;
}

static struct err *too_many(const struct question *q)
{
    CLEANUP(str_release) struct str ids = {0};
    for (size_t i = 0; i < q->left.len; i++)
        str_printf(&ids, "%s%s", i ? ", " : "", kustomize_id_text(q->w->a, &q->left.at[i]->id));
    return err_new(ERR_INVALID, "found multiple possible referrals: %s", str_text(&ids));
}

/* Is there anything in reach, whatever it is, that began in the namespace? Then namespaces are taken for
 * those of the beginning, else for the present ones. */
static bool began_there(const struct question *q)
{
    for (const struct origin *o = map_get_span(q->w->by_origin, q->namespace); o; o = o->next)
        if (is_in_reach(q->from, o->r))
            return true;
    return false;
}

static void gather(struct question *q)
{
    const char *kind = q->w->kinds_changed ? "" : q->w->rule->target->kind;
    struct kustomize_found all = kustomize_set_named(q->w->set, kind, q->old);
    q->left = (struct kustomize_found){NEW_N(q->w->a, struct kustomize_resource *, all.len + 1), all.len};
    if (all.len)
        memcpy(q->left.at, all.at, all.len * sizeof(*all.at));
    keep(q, was_target);
    keep(q, is_role_meant);
    keep(q, is_near);
    if (q->namespace.at && q->left.len)
        keep(q, began_there(q) ? had_namespace : has_namespace);
}

/* *out is NULL where the field names nothing that was renamed. */
static struct err *ask(struct question *q, const struct kustomize_resource **out)
{
    *out = NULL;
    gather(q);
    if (q->left.len > 1)
        keep(q, is_akin);
    if (q->left.len > 1)
        keep(q, is_sibling);
    if (!q->left.len)
        return NULL;
    if (!all_alike(q))
        return too_many(q);
    *out = q->left.at[0];
    return NULL;
}

/* --- fields --- */

static struct err *set_scalar(const struct walk *w, const struct kustomize_resource *r, struct doc *field)
{
    struct span text = kustomize_scalar(field);
    const struct kustomize_resource *to;
    struct question q = {.w = w, .from = r, .old = arena_strndup(w->a, text.at, text.len)};
    TRY(ask(&q, &to));
    if (to && !streq(to->id.name, q.old))
        doc_put(field, doc_new_str(w->a, to->id.name));
    return NULL;
}

static struct err *set_map(const struct walk *w, const struct kustomize_resource *r, struct doc *field)
{
    const struct doc *name = doc_get(field, "name"), *namespace = doc_get(field, "namespace");
    if (!name)
        return err_new(ERR_INVALID, "path config error; no 'name' field in node");
    struct span text = kustomize_scalar(name);
    const struct kustomize_resource *to;
    struct question q = {
        .w = w, .from = r, .old = arena_strndup(w->a, text.at, text.len), .with_namespace = true};
    if (namespace && !doc_is(namespace, DOC_NULL))
        q.namespace = kustomize_scalar(namespace);
    TRY(ask(&q, &to));
    if (!to)
        return NULL;
    doc_set_str(w->a, field, "name", to->id.name);
    if (*to->id.namespace)
        doc_set_str(w->a, field, "namespace", to->id.namespace);
    return NULL;
}

static struct err *set_field(void *arg, struct kustomize_resource *r, struct doc *field)
{
    const struct walk *w = arg;
    if (doc_is(field, DOC_MAP))
        return set_map(w, r, field);
    if (!doc_is(field, DOC_LIST))
        return doc_is(field, DOC_NULL) ? NULL : set_scalar(w, r, field);
    for (size_t i = 0; i < doc_len(field); i++) {
        struct doc *e = doc_own_at(w->a, field, i);
        if (doc_is(e, DOC_LIST))
            return err_new(ERR_INVALID, "a list is expected to be either a string or a map of string");
        if (!doc_is(e, DOC_NULL))
            TRY(doc_is(e, DOC_MAP) ? set_map(w, r, e) : set_scalar(w, r, e));
    }
    return NULL;
}

/* --- the walk --- */

static const struct rules *rules_of(struct walk *w, const struct kustomize_resource *r)
{
    struct kustomize_id id = kustomize_original_id(r);
    const char *type = kustomize_gvk_text(w->a, &id.gvk);
    struct rules *rules = map_get(w->by_type, type);
    if (rules)
        return rules;
    size_t most = 0;
    for (size_t i = 0; i < w->config->references_len; i++)
        most += w->config->references[i].from.len;
    rules = NEW(w->a, struct rules);
    rules->at = NEW_N(w->a, struct rule, most + 1);
    for (size_t i = 0; i < w->config->references_len; i++) {
        const struct kustomize_referrer *t = &w->config->references[i];
        for (size_t j = 0; j < t->from.len; j++)
            if (kustomize_gvk_selects(&t->from.at[j].gvk, &id.gvk))
                rules->at[rules->len++] = (struct rule){&t->target, &t->from.at[j]};
    }
    map_set(w->by_type, type, rules);
    return rules;
}

static struct err *walk_resource(struct walk *w, struct kustomize_resource *r)
{
    const struct rules *rules = rules_of(w, r);
    for (size_t i = 0; i < rules->len; i++) {
        const char *path = rules->at[i].at->path;
        /* The resource was chosen by its original type: the walk is not to look at the present one. */
        struct kustomize_spec spec = {{"", "", ""}, path, false};
        w->rule = &rules->at[i];
        w->role_ref = ends_with(path, "roleRef/name") ? doc_get(r->object, "roleRef") : NULL;
        TRYF(kustomize_spec_walk(w->a, &spec, r, DOC_NONE, set_field, w),
             "updating name reference in '%s' field of '%s'", path, kustomize_id_text(w->a, &r->id));
    }
    return NULL;
}

/* Notes where each began; false when nothing was ever renamed, so that no reference can change. */
static bool prepare(struct walk *w)
{
    bool renamed = false;
    for (size_t i = 0; i < w->set->len; i++) {
        const struct kustomize_resource *r = w->set->at[i];
        struct kustomize_id original = kustomize_original_id(r);
        const char *namespace = kustomize_effective_namespace(&original);
        struct origin *o = NEW(w->a, struct origin);
        *o = (struct origin){r, map_get(w->by_origin, namespace)};
        map_set(w->by_origin, namespace, o);
        renamed |= r->past_len > 0;
        for (size_t j = 0; j < r->past_len; j++)
            w->kinds_changed |= !streq(r->past[j].kind, r->id.gvk.kind);
    }
    return renamed;
}

struct err *kustomize_references(struct kustomize_build *b, struct kustomize_set *set,
                                 const struct kustomize_config *config)
{
    CLEANUP(map_freep) struct map *by_type = map_new(NULL);
    CLEANUP(map_freep) struct map *by_origin = map_new(NULL);
    struct walk w = {.a = b->a, .set = set, .config = config, .by_type = by_type, .by_origin = by_origin};
    if (!prepare(&w))
        return NULL;
    for (size_t i = 0; i < set->len; i++)
        TRY(walk_resource(&w, set->at[i]));
    return NULL;
}
