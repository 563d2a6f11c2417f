/* compare/table - rows come and go with targets and live objects.
 *
 * Invariant: a row has a target or a live object, and its share of the counters is what its fields say. */
#include "compare/table.h"

#include "sync/hook.h"

#include <stdlib.h>

static void row_free(void *arg)
{
    struct compare_row *row = arg;
    frozen_unref(row->target);
    frozen_unref(row->live);
    free((char *)row->key.group);
    free((char *)row->key.kind);
    free((char *)row->key.ns);
    free((char *)row->key.name);
    free(row->version);
    free((char *)row->health.message);
    free(row->problem);
    free(row->health_problem);
    free(row->ignore_problem);
    frozen_unref(row->server_answer);
    free(row);
}

struct compare *compare_new(const struct compare_ops *ops)
{
    struct compare *c = mem_zalloc(sizeof(*c));
    c->ops = *ops;
    c->rows = map_new(row_free);
    c->config.track = track_default;
    c->config.instance = c->config.dest_ns = c->config.cluster.server = c->config.cluster.name = "";
    return c;
}

void compare_free(struct compare *c)
{
    if (!c)
        return;
    map_free(c->rows);
    free(c);
}

static struct compare_row *row_at(struct compare *c, const struct api_key *key)
{
    CLEANUP(mem_freep) char *id = api_key_id(key);
    struct compare_row *row = map_get(c->rows, id);
    if (row)
        return row;
    row = mem_zalloc(sizeof(*row));
    row->key = (struct api_key){mem_strdup(key->group), mem_strdup(key->kind), mem_strdup(key->ns),
                                mem_strdup(key->name)};
    row->health.message = mem_strdup("");
    row->version = mem_strdup("");
    row->id = map_set(c->rows, id, row);
    return row;
}

static struct compare_row *find(const struct compare *c, const struct api_key *key)
{
    CLEANUP(mem_freep) char *id = api_key_id(key);
    return map_get(c->rows, id);
}

const struct compare_row *compare_find(const struct compare *c, const struct api_key *key)
{
    return find(c, key);
}

static void drop_if_empty(struct compare *c, struct compare_row *row)
{
    if (row->target || row->live)
        return;
    compare_uncount(c, row);
    c->generation++;
    map_del(c->rows, row->id);
}

static bool same_rules(const struct compare_config *x, const struct compare_config *y)
{
    return doc_equal(x->rules.ignore, y->rules.ignore) && x->customize_serial == y->customize_serial &&
           doc_equal(x->rules.ignore_all, y->rules.ignore_all) && x->rules.keep_status == y->rules.keep_status &&
           x->rules.ignore_aggregated_roles == y->rules.ignore_aggregated_roles && x->track.method == y->track.method &&
           streq(x->track.label, y->track.label) && streq(x->track.installation_id, y->track.installation_id) &&
           streq(x->instance, y->instance) && streq(x->dest_ns, y->dest_ns) &&
           (x->project == y->project || doc_equal(x->project, y->project)) &&
           x->server_side_diff == y->server_side_diff && x->server_side_diff_off == y->server_side_diff_off;
}

void compare_configure(struct compare *c, const struct compare_config *config)
{
    bool same = same_rules(&c->config, config);
    c->config = *config;
    if (same)
        return;
    map_each(it, c->rows)
        compare_judge(c, it.value);
}

/* --- targets ----------------------------------------------------------------------------------------------------------- */

/* A CRD among the targets tells the scope of its kind before the cluster can. */
static enum compare_scope scope_by_crd(const struct doc *manifests, const struct api_key *key)
{
    doc_each(it, manifests) {
        const struct doc *spec = doc_get(it.val, "spec");
        if (api_is(it.val, "apiextensions.k8s.io", "CustomResourceDefinition") &&
            doc_str_is(doc_get(spec, "group"), key->group) && doc_str_is(doc_path(spec, "names", "kind"), key->kind))
            return doc_str_is(doc_get(spec, "scope"), "Cluster") ? COMPARE_CLUSTER : COMPARE_NAMESPACED;
    }
    return COMPARE_SCOPE_UNKNOWN;
}

struct prepared {
    const struct doc *target;
    struct api_key key;
    bool namespaced;
};

/* Namespace filled in or dropped, marks set. An unknown kind is taken for a namespaced one. */
static struct prepared prepare(struct compare *c, struct arena *a, const struct doc *manifests, size_t i)
{
    const struct doc *target = doc_at(manifests, i);
    struct api_key key = api_key_of(a, target);
    enum compare_scope scope = c->ops.scope(c->ops.arg, &key);
    struct prepared p = {0};
    if (scope == COMPARE_SCOPE_UNKNOWN)
        scope = scope_by_crd(manifests, &key);
    p.namespaced = scope != COMPARE_CLUSTER;
    if (!p.namespaced && *key.ns)
        target = api_with_namespace(a, target, "");
    else if (p.namespaced && !*key.ns)
        target = api_with_namespace(a, target, c->config.dest_ns);
    p.target = track_mark(a, &c->config.track, target, c->config.instance, c->config.dest_ns);
    p.key = api_key_of(a, p.target);
    if (!*p.key.name && *api_generate_name(p.target))
        p.key.name = arena_printf(a, "%s%zu", api_generate_name(p.target), i);
    return p;
}

static void report_repeated(struct arena *a, struct doc *problems, const struct api_key *key, int64_t times)
{
    struct doc *condition = doc_new_map(a);
    doc_set_str(a, condition, "type", "RepeatedResourceWarning");
    doc_set_str(a, condition, "message",
                arena_printf(a, "Resource %s/%s/%s/%s appeared %d times among application resources.", key->group,
                             key->kind, key->ns, key->name, (int)times));
    doc_push(a, problems, condition);
}

static void set_target(struct compare *c, const struct prepared *p)
{
    struct compare_row *row = row_at(c, &p->key);
    row->namespaced = p->namespaced;
    if (row->target && doc_equal(frozen_root(row->target), p->target))
        return;
    frozen_unref(row->target);
    row->target = doc_freeze(p->target);
}

void compare_set_targets(struct compare *c, const struct doc *manifests, struct arena *a, struct doc *problems)
{
    CLEANUP(map_freep) struct map *times = map_new(NULL);
    c->has_targets = true;
    for (size_t i = 0; i < doc_len(manifests); i++) {
        if (sync_is_ignored_hook(doc_at(manifests, i)))
            continue;
        struct prepared p = prepare(c, a, manifests, i);
        const char *id = api_key_text(a, &p.key);
        uintptr_t n = (uintptr_t)map_get(times, id) + 1;
        map_set(times, id, (void *)n);
        set_target(c, &p);
    }
    map_each(it, c->rows) {
        struct compare_row *row = it.value;
        uintptr_t n = (uintptr_t)map_get(times, row->id);
        if (n > 1)
            report_repeated(a, problems, &row->key, (int64_t)n);
        if (!n && row->target) {
            frozen_unref(row->target);
            row->target = NULL;
        }
        compare_judge(c, row);
        drop_if_empty(c, row);
    }
    c->generation++;
}

void compare_lose_targets(struct compare *c)
{
    if (!c->has_targets)
        return;
    c->has_targets = false;
    c->generation++;
}

bool compare_has_targets(const struct compare *c)
{
    return c->has_targets;
}

/* --- live objects ------------------------------------------------------------------------------------------------------ */

bool compare_names(const struct compare *c, const struct api_key *key)
{
    const struct compare_row *row = find(c, key);
    return row && row->target;
}

bool compare_wants(const struct compare *c, const struct doc *live)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("compare");
    struct api_key key = api_key_of(a, live);
    return span_is(track_owner(&c->config.track, live), c->config.instance) || compare_names(c, &key);
}

bool compare_set_live(struct compare *c, const struct api_key *key, struct frozen *live)
{
    struct compare_row *row = live ? row_at(c, key) : find(c, key);
    if (!row)
        return false;
    if (live)
        row->namespaced = *key->ns != 0;
    frozen_ref(live);
    frozen_unref(row->live);
    row->live = live;
    bool changed = compare_judge(c, row);
    if (!row->target && !row->live) {
        drop_if_empty(c, row);
        return true;
    }
    return changed;
}

bool compare_server_answer(struct compare *c, const struct api_key *key, const char *resource_version,
                           const struct doc *answer, const struct err *e)
{
    struct compare_row *row = find(c, key);
    if (!row || !row->wants_server || !row->live ||
        !streq(api_resource_version(frozen_root(row->live)), resource_version))
        return false;
    CLEANUP(frozen_unrefp) struct frozen *kept = answer ? doc_freeze(answer) : NULL;
    CLEANUP(err_freep)
    struct err *failure = e ? err_wrap(err_copy(e), "error running server side apply in dryrun mode for resource %s/%s",
                                       row->key.kind, row->key.name)
                            : NULL;
    compare_settle(c, row, kept, failure);
    return true;
}

bool compare_answered(struct compare *c, const char *id)
{
    struct compare_row *row = map_get(c->rows, id);
    return row && compare_judge_answered(c, row);
}
