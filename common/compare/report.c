/* compare/report - what the table comes to, for status and for a sync. */
#include "compare/table.h"

#include "sync/hook.h"

#include <stdlib.h>

const char *compare_status_name(enum compare_status s)
{
    static const char *const names[] = {"", "Synced", "OutOfSync", "Unknown"};
    return names[s];
}

enum compare_status compare_sync_status(const struct compare *c)
{
    if (!c->has_targets || c->n_problems)
        return COMPARE_UNKNOWN;
    return c->n_out_of_sync ? COMPARE_OUT_OF_SYNC : COMPARE_SYNCED;
}

enum health_status compare_health(const struct compare *c)
{
    for (int h = HEALTH_UNKNOWN; h > HEALTH_MISSING; h--)
        if (c->n_health[h])
            return (enum health_status)h;
    if (c->n_plain && !c->n_plain_live)
        return HEALTH_MISSING;
    for (int h = HEALTH_PROGRESSING; h > HEALTH_HEALTHY; h--)
        if (c->n_health[h])
            return (enum health_status)h;
    return HEALTH_HEALTHY;
}

size_t compare_len(const struct compare *c)
{
    return map_len(c->rows);
}

bool compare_waits_for_server(const struct compare *c)
{
    return c->n_wants_server != 0;
}

bool compare_waits_for_scripts(const struct compare *c)
{
    return c->n_asks != 0;
}

uint64_t compare_generation(const struct compare *c)
{
    return c->generation;
}

static int by_key(const void *a, const void *b)
{
    return api_key_cmp(&(*(const struct compare_row *const *)a)->key, &(*(const struct compare_row *const *)b)->key);
}

static const struct compare_row **sorted(struct arena *a, const struct compare *c)
{
    const struct compare_row **rows = NEW_N(a, const struct compare_row *, map_len(c->rows));
    size_t n = 0;
    map_each(it, c->rows)
        rows[n++] = it.value;
    qsort(rows, n, sizeof(*rows), by_key);
    return rows;
}

void compare_each(const struct compare *c, void (*fn)(void *, const struct compare_row *), void *arg)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("rows");
    const struct compare_row **rows = sorted(a, c);
    for (size_t i = 0; i < map_len(c->rows); i++)
        fn(arg, rows[i]);
}

static bool wants_confirmation(const struct compare_row *row)
{
    static const char *const options[] = {"Prune=confirm", "Delete=confirm"};
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (api_sync_option(frozen_root(row->target), options[i]) || api_sync_option(frozen_root(row->live), options[i]))
            return true;
    return false;
}

static struct doc *resource_of(struct arena *a, const struct compare_row *row)
{
    struct doc *r = doc_new_map(a);
    if (*row->key.group)
        doc_set_str(a, r, "group", row->key.group);
    if (row->hook)
        doc_set_bool(a, r, "hook", true);
    doc_set_str(a, r, "kind", row->key.kind);
    if (*row->key.name)
        doc_set_str(a, r, "name", row->key.name);
    if (*row->key.ns)
        doc_set_str(a, r, "namespace", row->key.ns);
    if (wants_confirmation(row))
        doc_set_bool(a, r, "requiresDeletionConfirmation", true);
    if (row->requires_pruning)
        doc_set_bool(a, r, "requiresPruning", true);
    if (row->status != COMPARE_NONE)
        doc_set_str(a, r, "status", compare_status_name(row->status));
    if (row->wave)
        doc_set_int(a, r, "syncWave", row->wave);
    doc_set_str(a, r, "version", row->version);
    return r;
}

const struct doc *compare_resources(struct arena *a, const struct compare *c)
{
    struct doc *list = doc_new_list(a);
    const struct compare_row **rows = sorted(a, c);
    for (size_t i = 0; i < map_len(c->rows); i++)
        if (!rows[i]->hook || rows[i]->live)
            doc_push(a, list, resource_of(a, rows[i]));
    return list;
}

/* Why the sync of a row must fail before it starts, in upstream's words. */
static const char *pair_problem(struct arena *a, const struct compare *c, const struct compare_row *row)
{
    const struct doc *project = c->config.project;
    const char *name = api_name(project);
    if (project && !api_project_kind(project, &row->key, row->namespaced))
        return arena_printf(a, "resource %s:%s is not permitted in project %s", row->key.group, row->key.kind, name);
    if (project && row->namespaced && !api_project_destination(project, &c->config.cluster, row->key.ns))
        return arena_printf(a, "namespace %s is not permitted in project '%s'", row->key.ns, name);
    return NULL;
}

struct sync_pair *compare_pairs(struct arena *a, const struct compare *c, size_t *n)
{
    const struct compare_row **rows = sorted(a, c);
    struct sync_pair *pairs = NEW_N(a, struct sync_pair, map_len(c->rows));
    *n = 0;
    for (size_t i = 0; i < map_len(c->rows); i++) {
        const struct compare_row *row = rows[i];
        /* Live hooks that Git does not have are left alone; what is not ours is never touched. */
        if (!row->self || (row->hook && !row->target))
            continue;
        pairs[(*n)++] = (struct sync_pair){
            .key = row->key,
            .target = frozen_root(row->target),
            .live = frozen_root(row->live),
            .namespaced = row->namespaced,
            .modified = row->modified || !row->live,
            .problem = pair_problem(a, c, row),
        };
    }
    return pairs;
}

static void push_condition(struct arena *a, struct doc *out, const char *type, const char *message)
{
    struct doc *condition = doc_push(a, out, doc_new_map(a));
    doc_set_str(a, condition, "type", type);
    doc_set_str(a, condition, "message", message);
}

void compare_conditions(struct arena *a, const struct compare *c, struct doc *out)
{
    const struct compare_row **rows = sorted(a, c);
    for (size_t i = 0; i < map_len(c->rows); i++) {
        const struct compare_row *row = rows[i];
        if (row->problem)
            push_condition(a, out, "ComparisonError",
                           arena_printf(a, "Failed to compare desired state to live state: %s", row->problem));
        if (row->health_problem)
            push_condition(a, out, "ComparisonError", row->health_problem);
        if (row->ignore_problem)
            push_condition(a, out, "IgnoreDifferencesWarning", row->ignore_problem);
        if (row->namespaced && !*row->key.ns)
            push_condition(a, out, "InvalidSpecError",
                           arena_printf(a, "Namespace for %s %s/%s, Kind=%s is missing.", row->key.name,
                                        row->key.group, row->version, row->key.kind));
        if (row->shared) {
            struct span owner = track_owner(&c->config.track, frozen_root(row->live));
            push_condition(a, out, "SharedResourceWarning",
                           arena_printf(a, "%s/%s is part of applications %s and %.*s", row->key.kind, row->key.name,
                                        c->config.instance, (int)owner.len, owner.at));
        }
    }
}

const char *compare_health_causes(struct arena *a, const struct compare *c)
{
    enum { CAUSES_MAX = 3 };
    enum health_status worst = compare_health(c);
    CLEANUP(str_release) struct str s = {0};
    size_t n = 0;
    const struct compare_row **rows = sorted(a, c);
    for (size_t i = 0; i < map_len(c->rows) && worst > HEALTH_HEALTHY && n < CAUSES_MAX; i++) {
        const struct compare_row *row = rows[i];
        if (!row->health_counts || row->health.status != worst)
            continue;
        str_printf(&s, "%s%s%s%s:%s%s%s", n++ ? ", " : "", row->key.group, *row->key.group ? "/" : "", row->key.kind,
                   row->key.ns, *row->key.ns ? "/" : "", row->key.name);
    }
    return arena_strdup(a, str_text(&s));
}
