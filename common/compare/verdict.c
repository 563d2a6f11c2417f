/* compare/verdict - one row: what differs, what it shows, what it adds to the counters (engine.md §1.7, 5.1). */
#include "compare/table.h"

#include "sync/hook.h"

#include <stdlib.h>

/* Takes back what count() added, whatever the row has become since. */
void compare_uncount(struct compare *c, struct compare_row *row)
{
    const struct compare_tally *t = &row->tally;
    if (!t->in)
        return;
    c->n_out_of_sync -= t->counts;
    c->n_plain -= t->plain;
    c->n_plain_live -= t->plain_live;
    c->n_wants_server -= t->wants_server;
    c->n_problems -= t->problem;
    c->n_asks -= t->asks;
    c->n_health[t->health]--;
    row->tally = (struct compare_tally){0};
}

static void count(struct compare *c, struct compare_row *row)
{
    struct compare_tally *t = &row->tally;
    *t = (struct compare_tally){
        .in = true,
        .counts = row->counts,
        .plain = !row->hook,
        .plain_live = !row->hook && row->live,
        .wants_server = row->wants_server,
        .problem = row->problem != NULL,
        .asks = row->asks_diff || row->asks_health,
        .health = row->health_counts ? row->health.status : HEALTH_NONE,
    };
    c->n_out_of_sync += t->counts;
    c->n_plain += t->plain;
    c->n_plain_live += t->plain_live;
    c->n_wants_server += t->wants_server;
    c->n_problems += t->problem;
    c->n_asks += t->asks;
    c->n_health[t->health]++;
}

/* --- what scripts say --- */

struct asking {
    struct compare *c;
    struct compare_row *row;
    bool pending;
    const char *problem;
};

static const struct doc *ask_jq(void *arg, const char *expression, const struct doc *obj, struct arena *a)
{
    struct asking *ask = arg;
    const struct compare_ops *ops = &ask->c->ops;
    const struct diff_jq said = ops->jq(ops->arg, ask->row->id, expression, obj, a);
    ask->pending |= said.pending;
    if (said.problem)
        ask->problem = said.problem;
    return said.paths;
}

static bool ask_health(void *arg, const struct api_health_script *script, const struct doc *live, struct arena *a,
                       struct health_said *out)
{
    struct asking *ask = arg;
    const struct compare_ops *ops = &ask->c->ops;
    return ops->health(ops->arg, ask->row->id, script, live, a, out);
}

static void replace(char **place, const char *text)
{
    free(*place);
    *place = text ? mem_strdup(text) : NULL;
}

/* --- the verdict --- */

/* By the server's answer, or where there is none by the three-way merge. While a script is to answer, `modified` stays as it
 * was. */
static void compare_sides(struct compare *c, struct compare_row *row, const struct doc *answer)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("diff");
    const struct doc *target = frozen_root(row->target), *live = frozen_root(row->live);
    struct asking ask = {c, row, false, NULL};
    struct diff_rules rules = c->config.rules;
    struct diff_result r = {0};
    rules.jq = c->ops.jq ? ask_jq : NULL;
    rules.jq_arg = &ask;
    CLEANUP(err_freep)
    struct err *e = answer ? diff_server_side(a, &rules, answer, live, false, &r)
                           : diff_three_way(a, &rules, target, live, &r);
    row->asks_diff = ask.pending;
    if (ask.pending)
        return;
    row->modified = r.modified;
    replace(&row->problem, e ? e->msg : NULL);
    replace(&row->ignore_problem, ask.problem);
}

static void judge_difference(struct compare *c, struct compare_row *row, const struct doc *target,
                             const struct doc *live)
{
    const struct compare_config *g = &c->config;
    row->asks_diff = false;
    frozen_unref(row->server_answer);
    row->server_answer = NULL;
    row->wants_server = target && live && !row->hook && row->self && g->server_side_diff && !g->server_side_diff_off;
    if (row->wants_server)
        return; /* `modified` stays as it was until the server has answered */
    replace(&row->ignore_problem, NULL);
    if (row->hook || !row->self)
        row->modified = false;
    else if (!target || !live)
        row->modified = target && !live; /* no script need be asked for that */
    else
        compare_sides(c, row, NULL);
}

static void judge_status(struct compare_row *row, const struct doc *target, const struct doc *live)
{
    row->counts = false;
    row->requires_pruning = !target && live && row->self;
    if (row->hook || row->skipped || !row->self) {
        row->status = COMPARE_NONE;
        /* A hook that exists is listed as one to prune: hooks are no targets. */
        row->requires_pruning |= row->hook && live && row->self;
        return;
    }
    if (row->modified || !target || !live) {
        row->status = COMPARE_OUT_OF_SYNC;
        row->counts = target || !api_compare_option(live, "IgnoreExtraneous");
    } else {
        row->status = COMPARE_SYNCED;
    }
    if (!row->permitted || row->problem)
        row->status = COMPARE_UNKNOWN;
}

static bool health_counts(const struct compare *c, const struct compare_row *row, const struct doc *live)
{
    if (!live || row->hook || row->skipped || row->health.status == HEALTH_NONE)
        return false;
    const char *ignored = api_annotation(live, API_ANNOTATION_IGNORE_HEALTH);
    if (ignored && streq(ignored, "true"))
        return false;
    /* The application itself may be among its resources. */
    return !(api_is(live, "argoproj.io", "Application") && streq(api_name(live), c->config.instance));
}

static void judge_health(struct compare *c, struct compare_row *row, const struct doc *live)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("health");
    struct health h = {HEALTH_MISSING, "", NULL};
    struct asking ask = {c, row, false, NULL};
    const struct health_scripts scripts = {c->config.customize, c->ops.health ? ask_health : NULL, &ask};
    row->asks_health = live && !health_judge(a, &scripts, live, &h);
    if (!row->asks_health) {
        free((char *)row->health.message);
        row->health = (struct health){h.status, mem_strdup(h.message), NULL};
        replace(&row->health_problem, h.problem);
    }
    row->health_counts = health_counts(c, row, live);
}

static bool permitted(const struct compare *c, const struct compare_row *row)
{
    return !c->config.project || api_project_live(c->config.project, &c->config.cluster, &row->key, row->namespaced);
}

/* What a reader can see of a row, digested. */
static uint64_t shown(const struct compare_row *row)
{
    uint64_t bits = (uint64_t)row->status | (uint64_t)row->health.status << 4 | (uint64_t)row->hook << 8 |
                    (uint64_t)row->requires_pruning << 9 | (uint64_t)row->counts << 10 |
                    (uint64_t)row->health_counts << 11 | (uint64_t)(row->live != NULL) << 12 |
                    (uint64_t)(row->target != NULL) << 13 | (uint64_t)row->shared << 14 |
                    (uint64_t)(row->problem != NULL) << 15 | (uint64_t)row->wants_server << 16 |
                    (uint64_t)(row->asks_diff || row->asks_health) << 17 | (uint64_t)(row->health_problem != NULL) << 18 |
                    (uint64_t)(row->ignore_problem != NULL) << 19;
    return bits ^ (uint64_t)row->wave << 24;
}

bool compare_judge(struct compare *c, struct compare_row *row)
{
    uint64_t before = row->version[0] ? shown(row) : UINT64_MAX;
    compare_uncount(c, row);
    const struct doc *target = frozen_root(row->target), *live = frozen_root(row->live), *any = target ? target : live;
    replace(&row->problem, NULL);
    free(row->version);
    struct span version = api_gv_of(any).version;
    row->version = version.len ? mem_strndup(version.at, version.len) : mem_strdup("?");
    row->wave = any ? sync_wave(any) : 0;
    row->skipped = any && sync_is_skipped(any);
    row->hook = any && sync_is_hook(any);
    row->self = track_self_reference(&c->config.track, target, live);
    row->permitted = permitted(c, row);
    struct span owner = live ? track_owner(&c->config.track, live) : (struct span){0};
    row->shared = target && owner.len && !span_is(owner, c->config.instance);
    judge_difference(c, row, target, live);
    judge_status(row, target, live);
    judge_health(c, row, live);
    count(c, row);
    bool changed = shown(row) != before;
    c->generation += changed;
    return changed;
}

void compare_settle(struct compare *c, struct compare_row *row, struct frozen *answer, const struct err *e)
{
    compare_uncount(c, row);
    row->wants_server = false;
    if (e) {
        row->modified = false;
        replace(&row->problem, e->msg);
    } else {
        compare_sides(c, row, frozen_root(answer));
        struct frozen *old = row->server_answer;
        row->server_answer = row->asks_diff ? frozen_ref(answer) : NULL;
        frozen_unref(old);
    }
    judge_status(row, frozen_root(row->target), frozen_root(row->live));
    count(c, row);
    c->generation++;
}

bool compare_judge_answered(struct compare *c, struct compare_row *row)
{
    uint64_t before = shown(row);
    bool waits = row->asks_diff;
    CLEANUP(frozen_unrefp) struct frozen *answer = waits ? frozen_ref(row->server_answer) : NULL;
    if (answer)
        compare_settle(c, row, answer, NULL);
    compare_uncount(c, row);
    if (waits && !answer)
        compare_sides(c, row, NULL);
    else if (!waits && row->ignore_problem) /* the script has rested and can be asked again */
        judge_difference(c, row, frozen_root(row->target), frozen_root(row->live));
    judge_status(row, frozen_root(row->target), frozen_root(row->live));
    judge_health(c, row, frozen_root(row->live));
    count(c, row);
    bool changed = shown(row) != before;
    c->generation += changed;
    return changed;
}
