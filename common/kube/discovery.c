/* kube/discovery - reads into a builder, then seals it: sorts, indexes, lists versions.
 *
 * The steps are a queue of paths; each response may add more (the fallback asks group by group). A path that
 * fails takes its group-version's resources from the discovery before, or none. Only when the list of groups
 * itself cannot be read does the whole fail. */
#include "kube/discovery.h"

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdlib.h>

#define AGGREGATED                                                                                           \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                  \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

enum { MAX_RESOURCES = 50000, MAX_STEPS = 2000 };

struct kube_discovery {
    int holds;
    struct arena *arena;
    VEC(struct kube_resource) resources;
    VEC(const char *) versions;
    struct map *by_kind; /* "group/version/Kind" and "group//Kind" -> resource */
    const char *server_version;
    struct str stale;
};

/* One group-version to read in the fallback; NULL group-version: one of the three first requests. */
struct step {
    const char *path, *group, *version;
    bool preferred;
};

struct kube_discover {
    struct kube *kube;
    struct kube_call *call;
    struct kube_discovery *last, *next;
    VEC(struct step) steps;
    size_t at;
    kube_discovered *done;
    void *arg;
};

/* --- building --- */

static struct kube_discovery *discovery_new(void)
{
    struct kube_discovery *d = mem_zalloc(sizeof(*d));
    d->holds = 1;
    d->arena = arena_new("kube_discovery");
    d->by_kind = map_new(NULL);
    d->server_version = "";
    return d;
}

struct kube_discovery *kube_discovery_ref(struct kube_discovery *d)
{
    if (d)
        d->holds++;
    return d;
}

void kube_discovery_unref(struct kube_discovery *d)
{
    if (!d || --d->holds)
        return;
    vec_release(&d->resources);
    vec_release(&d->versions);
    map_free(d->by_kind);
    str_release(&d->stale);
    arena_free(d->arena);
    free(d);
}

static const char *keep(struct kube_discovery *d, const char *text)
{
    return arena_strdup(d->arena, text);
}

static const char *joined(struct kube_discovery *d, const struct doc *list)
{
    CLEANUP(str_release) struct str s = {0};
    doc_each (it, list)
        str_printf(&s, "%s%s", s.len ? "," : "", doc_str(it.val, ""));
    return arena_strndup(d->arena, str_text(&s), s.len);
}

static void add(struct kube_discovery *d, struct kube_resource r)
{
    bool subresource = strchr(r.plural, '/') != NULL;
    if (!subresource && *r.kind && *r.plural && d->resources.len < MAX_RESOURCES)
        vec_push(&d->resources, r);
}

static void add_stale(struct kube_discovery *d, const char *group, const char *version)
{
    str_printf(&d->stale, "%s%s/%s", d->stale.len ? ", " : "", group, version);
}

/* What was known of a group-version that does not answer. */
static void add_known(struct kube_discover *x, const char *group, const char *version)
{
    add_stale(x->next, group, version);
    if (!x->last)
        return;
    vec_each (r, &x->last->resources) {
        if (!streq(r->group, group) || !streq(r->version, version))
            continue;
        struct kube_resource copy = *r;
        copy.group = keep(x->next, r->group);
        copy.version = keep(x->next, r->version);
        copy.kind = keep(x->next, r->kind);
        copy.plural = keep(x->next, r->plural);
        copy.singular = keep(x->next, r->singular);
        copy.short_names = keep(x->next, r->short_names);
        copy.verbs = keep(x->next, r->verbs);
        add(x->next, copy);
    }
}

/* --- reading: aggregated --- */

static void add_aggregated_version(struct kube_discover *x, const char *group, const struct doc *v,
                                   bool preferred)
{
    struct kube_discovery *d = x->next;
    const char *version = keep(d, doc_str(doc_get(v, "version"), ""));
    if (doc_str_is(doc_get(v, "freshness"), "Stale")) {
        add_known(x, group, version);
        return;
    }
    doc_each (it, doc_get(v, "resources")) {
        const struct doc *kind = doc_get(it.val, "responseKind");
        add(d, (struct kube_resource){
                   .group = group,
                   .version = version,
                   .kind = keep(d, doc_str(doc_get(kind, "kind"), "")),
                   .plural = keep(d, doc_str(doc_get(it.val, "resource"), "")),
                   .singular = keep(d, doc_str(doc_get(it.val, "singularResource"), "")),
                   .short_names = joined(d, doc_get(it.val, "shortNames")),
                   .verbs = joined(d, doc_get(it.val, "verbs")),
                   .namespaced = doc_str_is(doc_get(it.val, "scope"), "Namespaced"),
                   .preferred = preferred,
               });
    }
}

static void read_aggregated(struct kube_discover *x, const struct doc *body)
{
    doc_each (group, doc_get(body, "items")) {
        const char *name = keep(x->next, doc_str(doc_path(group.val, "metadata", "name"), ""));
        doc_each (version, doc_get(group.val, "versions"))
            add_aggregated_version(x, name, version.val, version.index == 0);
    }
}

/* --- reading: group by group --- */

static void add_step(struct kube_discover *x, const char *group, const char *version, bool preferred)
{
    struct arena *a = x->next->arena;
    const char *path =
        *group ? arena_printf(a, "/apis/%s/%s", group, version) : arena_printf(a, "/api/%s", version);
    if (x->steps.len < MAX_STEPS)
        vec_push(&x->steps, (struct step){path, keep(x->next, group), keep(x->next, version), preferred});
}

static void read_groups(struct kube_discover *x, const struct doc *body)
{
    doc_each (version, doc_get(body, "versions")) /* of /api */
        add_step(x, "", doc_str(version.val, ""), version.index == 0);
    doc_each (group, doc_get(body, "groups")) {
        const char *name = doc_str(doc_get(group.val, "name"), "");
        const char *preferred = doc_str(doc_path(group.val, "preferredVersion", "version"), "");
        doc_each (v, doc_get(group.val, "versions")) {
            const char *version = doc_str(doc_get(v.val, "version"), "");
            add_step(x, name, version, streq(version, preferred));
        }
    }
}

static void read_resources(struct kube_discover *x, const struct step *step, const struct doc *body)
{
    struct kube_discovery *d = x->next;
    doc_each (it, doc_get(body, "resources")) {
        add(d, (struct kube_resource){
                   .group = step->group,
                   .version = step->version,
                   .kind = keep(d, doc_str(doc_get(it.val, "kind"), "")),
                   .plural = keep(d, doc_str(doc_get(it.val, "name"), "")),
                   .singular = keep(d, doc_str(doc_get(it.val, "singularName"), "")),
                   .short_names = joined(d, doc_get(it.val, "shortNames")),
                   .verbs = joined(d, doc_get(it.val, "verbs")),
                   .namespaced = doc_bool(doc_get(it.val, "namespaced"), false),
                   .preferred = step->preferred,
               });
    }
}

/* "v1.34.4+k3s1" -> "v1.34.4". */
static const char *normal_version(struct kube_discovery *d, const char *text)
{
    size_t n = *text == 'v';
    n += strspn(text + n, "0123456789.");
    while (n && text[n - 1] == '.')
        n--;
    return arena_printf(d->arena, "%s%.*s", *text == 'v' ? "" : "v", (int)n, text);
}

/* --- sealing --- */

static int by_name(const void *a, const void *b)
{
    const struct kube_resource *x = a, *y = b;
    int c = strcmp(x->group, y->group);
    if (!c)
        c = strcmp(x->kind, y->kind);
    if (!c)
        c = (int)y->preferred - (int)x->preferred;
    if (!c)
        c = strcmp(x->version, y->version);
    return c ? c : strcmp(x->plural, y->plural);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void index_kind(struct kube_discovery *d, struct kube_resource *r)
{
    CLEANUP(str_release) struct str key = {0};
    str_printf(&key, "%s/%s/%s", r->group, r->version, r->kind);
    if (!map_has(d->by_kind, str_text(&key)))
        map_set(d->by_kind, str_text(&key), r);
    str_clear(&key);
    str_printf(&key, "%s//%s", r->group, r->kind);
    if (!map_has(d->by_kind, str_text(&key))) /* sorted: the preferred version comes first */
        map_set(d->by_kind, str_text(&key), r);
}

static void list_versions(struct kube_discovery *d)
{
    vec_each (r, &d->resources) {
        const char *gv = *r->group ? arena_printf(d->arena, "%s/%s", r->group, r->version) : r->version;
        vec_push(&d->versions, gv);
        vec_push(&d->versions, arena_printf(d->arena, "%s/%s", gv, r->kind));
    }
    if (!d->versions.len)
        return;
    qsort(d->versions.at, d->versions.len, sizeof(char *), by_text);
    size_t kept = 1;
    for (size_t i = 1; i < d->versions.len; i++)
        if (!streq(d->versions.at[i], d->versions.at[kept - 1]))
            d->versions.at[kept++] = d->versions.at[i];
    d->versions.len = kept;
}

static void seal(struct kube_discovery *d)
{
    if (d->resources.len)
        qsort(d->resources.at, d->resources.len, sizeof(struct kube_resource), by_name);
    vec_each (r, &d->resources)
        index_kind(d, r);
    list_versions(d);
}

/* --- the steps --- */

static void next_step(struct kube_discover *x);

static void discover_free(struct kube_discover *x)
{
    kube_discovery_unref(x->last);
    kube_discovery_unref(x->next);
    vec_release(&x->steps);
    free(x);
}

void kube_discover_cancel(struct kube_discover *x)
{
    if (!x)
        return;
    kube_cancel(x->call);
    discover_free(x);
}

static void finish(struct kube_discover *x, struct err *e)
{
    struct kube_discovery *d = NULL;
    if (!e) {
        seal(x->next);
        d = kube_discovery_ref(x->next);
    }
    x->done(x->arg, e, d);
    discover_free(x);
}

static void on_step(void *arg, struct err *e, const struct doc *body)
{
    struct kube_discover *x = arg;
    struct step step = x->steps.at[x->at++];
    x->call = NULL;
    if (e && !step.group) {
        finish(x, err_wrap(e, "reading what the cluster serves"));
        return;
    }
    if (e) {
        add_known(x, step.group, step.version);
        err_free(e);
    } else if (step.group) {
        read_resources(x, &step, body);
    } else if (streq(step.path, "/version")) {
        x->next->server_version = normal_version(x->next, doc_str(doc_get(body, "gitVersion"), ""));
    } else if (doc_str_is(doc_get(body, "kind"), "APIGroupDiscoveryList")) {
        read_aggregated(x, body);
    } else {
        read_groups(x, body);
    }
    next_step(x);
}

static void next_step(struct kube_discover *x)
{
    if (x->at == x->steps.len) {
        finish(x, NULL);
        return;
    }
    struct kube_raw raw = {.path = x->steps.at[x->at].path, .accept = AGGREGATED, .retry = true};
    x->call = kube_request(x->kube, &raw, on_step, x);
}

struct kube_discover *kube_discover(struct kube *k, struct kube_discovery *last, kube_discovered *done,
                                    void *arg)
{
    struct kube_discover *x = mem_zalloc(sizeof(*x));
    x->kube = k;
    x->last = kube_discovery_ref(last);
    x->next = discovery_new();
    x->done = done;
    x->arg = arg;
    vec_push(&x->steps, (struct step){.path = "/version"});
    vec_push(&x->steps, (struct step){.path = "/api"});
    vec_push(&x->steps, (struct step){.path = "/apis"});
    next_step(x);
    return x;
}

/* --- asking --- */

const struct kube_resource *kube_resources(const struct kube_discovery *d, size_t *n)
{
    *n = d->resources.len;
    return d->resources.at;
}

const struct kube_resource *kube_find_kind(const struct kube_discovery *d, const char *group,
                                           const char *version, const char *kind)
{
    CLEANUP(str_release) struct str key = {0};
    str_printf(&key, "%s/%s/%s", group, version ? version : "", kind);
    return map_get(d->by_kind, str_text(&key));
}

static bool in_list(const char *list, struct span word)
{
    struct span rest = span_of(list), item;
    while (span_cut(&rest, ',', &item))
        if (item.len == word.len && strncasecmp(item.at, word.at, word.len) == 0)
            return true;
    return false;
}

/* How well a resource fits a word; 0 = not at all. */
static int fit(const struct kube_resource *r, struct span word, const char *group)
{
    if (group && strcasecmp(group, r->group) != 0)
        return 0;
    int how = in_list(r->plural, word) || in_list(r->singular, word) || in_list(r->kind, word) ? 4 : 0;
    if (!how && in_list(r->short_names, word))
        how = 4;
    return how ? how + 2 * (*r->group == '\0') + r->preferred : 0;
}

const struct kube_resource *kube_find_resource(const struct kube_discovery *d, const char *word)
{
    const char *dot = strchr(word, '.');
    struct span name = {word, dot ? (size_t)(dot - word) : strlen(word)};
    const struct kube_resource *best = NULL;
    int best_fit = 0;
    vec_each (r, &d->resources) {
        int f = fit(r, name, dot ? dot + 1 : NULL);
        if (f > best_fit) {
            best = r;
            best_fit = f;
        }
    }
    return best;
}

bool kube_has_verb(const struct kube_resource *r, const char *verb)
{
    return in_list(r->verbs, span_of(verb));
}

const char *kube_server_version(const struct kube_discovery *d)
{
    return d->server_version;
}

const char *const *kube_api_versions(const struct kube_discovery *d, size_t *n)
{
    *n = d->versions.len;
    return d->versions.at;
}

const char *kube_stale_groups(const struct kube_discovery *d)
{
    return d->stale.len ? str_text(&d->stale) : NULL;
}

static bool same_resource(const struct kube_resource *a, const struct kube_resource *b)
{
    return streq(a->group, b->group) && streq(a->version, b->version) && streq(a->kind, b->kind) &&
           streq(a->plural, b->plural) && streq(a->verbs, b->verbs) &&
           streq(a->short_names, b->short_names) && a->namespaced == b->namespaced &&
           a->preferred == b->preferred;
}

bool kube_discovery_equal(const struct kube_discovery *a, const struct kube_discovery *b)
{
    if (a->resources.len != b->resources.len || !streq(a->server_version, b->server_version))
        return false;
    for (size_t i = 0; i < a->resources.len; i++)
        if (!same_resource(&a->resources.at[i], &b->resources.at[i]))
            return false;
    return true;
}
