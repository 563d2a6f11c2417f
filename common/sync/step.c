/* sync/step - the machine (specs/engine.md §3.5, 3.6).
 *
 * Each step is a pass over the tasks: judge what runs, then stop at the first reason to wait, to fail or to
 * act. A phase and wave is worked in three stages - prune, remove old hooks, apply in batches of one kind -
 * each of which hands out commands and waits for their reports. Invariant: while `waiting` > 0 no stage moves
 * on. */
#include "sync/task.h"

#include "api/app.h"
#include "base/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const phase_names[] = {"PreSync", "Sync", "PostSync", "SyncFail"};
static const char *const code_names[] = {"", "Synced", "SyncFailed", "Pruned", "PruneSkipped"};
static const char *const state_names[] = {"", "Running", "Succeeded", "Failed", "Error", "Terminating"};

const char *sync_phase_name(enum sync_phase p)
{
    return phase_names[p];
}

const char *sync_code_name(enum sync_code c)
{
    return code_names[c];
}

const char *sync_state_name(enum sync_state s)
{
    return state_names[s];
}

struct sync *sync_new(struct arena *a, const struct sync_input *input)
{
    struct sync *s = NEW(a, struct sync);
    s->arena = a;
    s->in = *input;
    s->in.dest_ns = arena_strdup(a, input->dest_ns);
    s->in.revision = arena_strdup(a, input->revision);
    s->in.approved = input->approved ? arena_strdup(a, input->approved) : NULL;
    sync_plan(s);
    return s;
}

/* Who has nothing to say leaves the words that stand. */
static void set_result(struct sync_task *t, enum sync_code code, enum sync_state state, const char *message)
{
    t->code = code;
    t->state = state;
    if (*message)
        t->message = message;
}

static struct sync_decision running(const char *message)
{
    return (struct sync_decision){.phase = SYNC_RUNNING, .message = message};
}

static struct sync_decision with_cmds(struct sync *s, size_t n, const char *message)
{
    s->waiting = n;
    struct sync_decision d = running(message);
    d.cmds = s->cmds;
    d.n_cmds = n;
    return d;
}

/* --- messages
 * ----------------------------------------------------------------------------------------------------------
 */

typedef bool task_test(const struct sync *s, const struct sync_task *t);

/* "waiting for completion of hook batch/Job/x and 2 more hooks" over the tasks that pass the test. */
static const char *waiting_for(struct sync *s, task_test *test, bool deletion)
{
    const struct sync_task *first = NULL;
    size_t n = 0;
    bool all_hooks = true;
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sync_task *t = &s->tasks[i];
        if (!test(s, t))
            continue;
        first = first ? first : t;
        all_hooks &= t->hook_type != NULL;
        n++;
    }
    if (!first)
        return "";
    const char *what = deletion ? (first->hook_type ? "deletion of hook" : "deletion of")
                                : (first->hook_type ? "completion of hook" : "healthy state of");
    const char *head = arena_printf(s->arena, "waiting for %s %s/%s/%s", what, first->key.group,
                                    first->key.kind, first->key.name);
    if (n == 1)
        return head;
    return arena_printf(s->arena, "%s and %zu more %s", head, n - 1, all_hooks ? "hooks" : "resources");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "message, reason: m1,m2" over the messages of the tasks that pass the test. */
static const char *with_reasons(struct sync *s, const char *message, task_test *test)
{
    CLEANUP(str_release) struct str text = {0};
    str_add(&text, message);
    bool any = false;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (test(s, &s->tasks[i]) && *s->tasks[i].message) {
            str_printf(&text, "%s%s", any ? "," : ", reason: ", s->tasks[i].message);
            any = true;
        }
    return arena_strdup(s->arena, str_text(&text));
}

static bool is_sync_failed(const struct sync *s, const struct sync_task *t)
{
    (void)s;
    return t->code == SYNC_FAILED && t->phase != SYNC_SYNCFAIL;
}

static bool is_failed_syncfail_hook(const struct sync *s, const struct sync_task *t)
{
    (void)s;
    return t->phase == SYNC_SYNCFAIL && task_failed(t) && t->code == SYNC_FAILED; /* it could not even be applied */
}

/* --- ends
 * --------------------------------------------------------------------------------------------------------------
 */

/* Commands that delete the completed hooks whose policy says so, those of one phase and wave at a time. Hooks of the failure itself
 * stay. */
static size_t delete_hooks(struct sync *s, int policy)
{
    size_t n = 0;
    const struct sync_task *first = NULL;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!t->hook_type || !t->live || t->deleted || !task_completed(t) || !(t->delete_policy & policy) ||
            t->phase == SYNC_SYNCFAIL)
            continue;
        if (first && (t->phase != first->phase || t->wave != first->wave))
            break;
        first = t;
        t->deleted = true;
        s->cmds[n++] = (struct sync_cmd){SYNC_CMD_DELETE_HOOK, i};
    }
    return n;
}

/* The verdict, once the hooks that go with a success have gone. */
static struct sync_decision ended(struct sync *s)
{
    bool tidies = s->verdict.phase == SYNC_SUCCEEDED && !s->in.dry_run;
    size_t n = tidies ? delete_hooks(s, HOOK_SUCCEEDED) : 0;
    return n ? with_cmds(s, n, s->verdict.message) : s->verdict;
}

static struct sync_decision end(struct sync *s, enum sync_state phase, const char *message)
{
    s->verdict = (struct sync_decision){.phase = phase, .message = message};
    s->stage = STAGE_ENDED;
    return ended(s);
}

static struct sync_decision apply_batch(struct sync *s);

/* The operation fails: hooks that go with a failure are deleted, SyncFail hooks run, then it says `message`.
 */
static struct sync_decision fail(struct sync *s, const char *message)
{
    if (!s->failing) {
        s->failing = true;
        s->failure = message;
    }
    size_t n = delete_hooks(s, HOOK_FAILED);
    if (n)
        return with_cmds(s, n, s->failure);
    bool any_running = false;
    size_t from = s->n_tasks;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (t->phase != SYNC_SYNCFAIL)
            continue;
        any_running |= task_running(t);
        if (t->state == SYNC_STATE_NONE)
            from = MIN(from, i);
    }
    if (from < s->n_tasks) {
        s->group_from = s->cursor = from;
        s->group_to = s->n_tasks; /* SyncFail is the last phase */
        s->stage = STAGE_REPLACE_HOOKS;
        s->group_pending = false;
        return running(s->failure);
    }
    if (any_running)
        return running(s->failure);
    const char *hooks = with_reasons(s, "one or more SyncFail hooks failed", is_failed_syncfail_hook);
    bool hooks_failed = false;
    for (size_t i = 0; i < s->n_tasks; i++)
        hooks_failed |= is_failed_syncfail_hook(s, &s->tasks[i]);
    return end(s, SYNC_STATE_FAILED,
               hooks_failed ? arena_printf(s->arena, "%s\n%s", s->failure, hooks) : s->failure);
}

/* --- the start: is every task valid?
 * ----------------------------------------------------------------------------------- */

static struct sync_decision invalid(struct sync *s)
{
    const char **problems = NEW_N(s->arena, const char *, s->n_tasks);
    size_t n = 0;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (s->tasks[i].problem) {
            struct sync_task *t = &s->tasks[i];
            problems[n++] = t->problem;
            set_result(t, SYNC_FAILED, SYNC_STATE_NONE, t->result ? t->result : t->problem);
        }
    qsort(problems, n, sizeof(*problems), by_text);
    CLEANUP(str_release) struct str text = {0};
    str_add(&text, "one or more synchronization tasks are not valid");
    for (size_t i = 0; i < n; i++)
        if (!i || !streq(problems[i], problems[i - 1]))
            str_printf(&text, "%s%s", i ? "; " : ": ", problems[i]);
    return end(s, SYNC_STATE_FAILED, arena_strdup(s->arena, str_text(&text)));
}

/* kubectl's words, without the name of a file that it would have read. The plural is guessed as kubectl's own
 * tables do. */
static const char *nameless(struct arena *a, const struct sync_task *t)
{
    char *plural = arena_printf(a, "%ss", t->key.kind);
    for (char *c = plural; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return arena_printf(
        a,
        "error when retrieving current configuration of:\nResource: \"%s/%s, Resource=%s\", "
        "GroupVersionKind: \"%s/%s, Kind=%s\"\nName: \"\", Namespace: \"%s\"\nfrom server: resource name may "
        "not be empty",
        t->key.group, t->version, plural, t->key.group, t->version, t->key.kind, t->key.ns);
}

/* The client-side dry run: what kubectl would refuse before it asks the server. */
static bool dry_run_refuses(struct sync *s)
{
    bool refused = false;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (t->prune || t->skip_dry_run || *t->key.name || *api_generate_name(t->target))
            continue;
        set_result(t, SYNC_FAILED, SYNC_STATE_FAILED, nameless(s->arena, t));
        refused = true;
    }
    return refused;
}

static struct sync_decision start(struct sync *s)
{
    for (size_t i = 0; i < s->n_tasks; i++)
        if (s->tasks[i].problem)
            return invalid(s);
    if (!doc_len(s->in.results) && dry_run_refuses(s))
        return end(s, SYNC_STATE_FAILED, "one or more objects failed to apply (dry run)");
    s->stage = STAGE_PASS;
    return running("");
}

/* --- the pass
 * ----------------------------------------------------------------------------------------------------------
 */

static void judge_hook(struct sync *s, struct sync_task *t, struct health h)
{
    switch (h.status) {
    case HEALTH_NONE:
        set_result(t, SYNC_SYNCED, SYNC_SUCCEEDED, arena_printf(s->arena, "%s created", t->key.name));
        break;
    case HEALTH_UNKNOWN:
    case HEALTH_DEGRADED:
        set_result(t, SYNC_SYNCED, SYNC_STATE_FAILED, arena_strdup(s->arena, h.message));
        break;
    case HEALTH_PROGRESSING:
    case HEALTH_SUSPENDED:
        set_result(t, SYNC_SYNCED, SYNC_RUNNING, arena_strdup(s->arena, h.message));
        break;
    case HEALTH_HEALTHY:
    case HEALTH_MISSING:
        set_result(t, SYNC_SYNCED, SYNC_SUCCEEDED, arena_strdup(s->arena, h.message));
        break;
    }
}

static void judge(struct sync *s)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!task_running(t) || !t->live)
            continue;
        struct health h;
        if (!health_judge(s->arena, &s->in.scripts, t->live, &h))
            continue; /* it runs until its script has said something */
        if (t->hook_type)
            judge_hook(s, t, h);
        else if (h.status == HEALTH_NONE || h.status == HEALTH_HEALTHY)
            t->state = SYNC_SUCCEEDED;
        else if (h.status == HEALTH_DEGRADED)
            set_result(t, t->code, SYNC_STATE_FAILED, arena_strdup(s->arena, h.message));
    }
}

static bool gates(const struct sync *s, const struct sync_task *t)
{
    return task_running(t) && (t->hook_type || s->multi_step);
}

static bool being_pruned(const struct sync *s, const struct sync_task *t)
{
    (void)s;
    return t->code == SYNC_PRUNED && t->live && api_deleting(t->live);
}

static bool any(const struct sync *s, task_test *test)
{
    for (size_t i = 0; i < s->n_tasks; i++)
        if (test(s, &s->tasks[i]))
            return true;
    return false;
}

static void mark_missing(struct sync *s)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (gates(s, t) && !t->live)
            set_result(t, SYNC_FAILED, SYNC_ERROR,
                       arena_printf(s->arena, "Resource %s/%s/%s is missing, it might have been deleted",
                                    t->key.group, t->key.kind, t->key.name));
    }
}

static size_t release_hooks(struct sync *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!t->hook_type || t->released || !task_completed(t) || !t->live ||
            !api_has_finalizer(t->live, API_FINALIZER_HOOK))
            continue;
        t->released = true;
        s->cmds[n++] = (struct sync_cmd){SYNC_CMD_RELEASE_HOOK, i};
    }
    return n;
}

static bool is_failed(const struct sync *s, const struct sync_task *t)
{
    (void)s;
    return t->phase != SYNC_SYNCFAIL && task_failed(t);
}

/* Still to be done; with ApplyOutOfSyncOnly what does not differ is passed over. */
static bool to_do(const struct sync *s, const struct sync_task *t)
{
    if (t->phase == SYNC_SYNCFAIL || t->state != SYNC_STATE_NONE)
        return false;
    bool unmodified = !t->modified && t->target && t->live && !t->hook_type;
    return !(unmodified && api_options_have(s->in.options, "ApplyOutOfSyncOnly=true"));
}

static struct sync_decision next_group(struct sync *s)
{
    size_t from = 0;
    while (from < s->n_tasks && !to_do(s, &s->tasks[from]))
        from++;
    if (from == s->n_tasks)
        return end(s, SYNC_SUCCEEDED, "successfully synced (no more tasks)");
    size_t to = from;
    while (to < s->n_tasks && s->tasks[to].phase == s->tasks[from].phase &&
           s->tasks[to].wave == s->tasks[from].wave)
        to++;
    s->group_from = s->cursor = from;
    s->group_to = to;
    s->group_pending = false;
    s->stage = STAGE_PRUNE;
    return running("");
}

static struct sync_decision pass(struct sync *s, int64_t now_ms)
{
    judge(s);
    if (s->failing) {
        size_t released = release_hooks(s);
        return released ? with_cmds(s, released, s->failure) : fail(s, s->failure);
    }
    mark_missing(s);
    if (any(s, gates))
        return running(waiting_for(s, gates, false));
    if (any(s, being_pruned))
        return running(waiting_for(s, being_pruned, true));
    size_t n = release_hooks(s);
    if (n)
        return with_cmds(s, n, "");
    if (any(s, is_failed))
        return fail(
            s, with_reasons(s, "one or more synchronization tasks completed unsuccessfully", is_sync_failed));
    if (now_ms < s->resume_ms) {
        struct sync_decision d = running(s->verdict.message);
        d.again_ms = s->resume_ms - now_ms;
        return d;
    }
    return next_group(s);
}

/* --- the stages of a group
 * --------------------------------------------------------------------------------------------- */

static bool confirmed(const struct sync *s)
{
    int64_t at = 0;
    return s->in.approved && time_parse_rfc3339(s->in.approved, &at) && at >= s->in.started_ms / 1000 * 1000;
}

/* "Prune=false" of the live object wins over the application's. */
static bool prune_option(const struct sync *s, const struct sync_task *t, const char *name)
{
    if (api_sync_option(t->live, name))
        return true;
    bool object_says = api_sync_option(t->live, "Prune=false") || api_sync_option(t->live, "Prune=confirm") ||
                       api_sync_option(t->live, "Prune=true");
    return !object_says && api_options_have(s->in.options, name);
}

static bool in_group(const struct sync *s, const struct sync_task *t)
{
    size_t i = (size_t)(t - s->tasks);
    return i >= s->group_from && i < s->group_to;
}

static bool wants_confirmation(const struct sync *s, const struct sync_task *t)
{
    return in_group(s, t) && t->prune && t->state == SYNC_STATE_NONE && s->in.prune && t->live &&
           prune_option(s, t, "Prune=confirm");
}

static struct sync_decision prune_stage(struct sync *s)
{
    if (!s->in.dry_run && any(s, wants_confirmation) && !confirmed(s)) {
        s->stage = STAGE_PASS;
        s->rest = true;
        for (size_t i = s->group_from; i < s->group_to; i++) {
            const struct sync_task *t = &s->tasks[i];
            if (wants_confirmation(s, t))
                return running(arena_printf(s->arena, "waiting for pruning confirmation of %s/%s/%s",
                                            t->key.group, t->key.kind, t->key.name));
        }
    }
    size_t n = 0;
    for (size_t i = s->group_from; i < s->group_to; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!t->prune || t->state != SYNC_STATE_NONE)
            continue;
        if (!s->in.prune)
            set_result(t, SYNC_PRUNE_SKIPPED, SYNC_SUCCEEDED, "ignored (requires pruning)");
        else if (t->live && prune_option(s, t, "Prune=false"))
            set_result(t, SYNC_PRUNE_SKIPPED, SYNC_SUCCEEDED, "ignored (no prune)");
        else if (s->in.dry_run)
            set_result(t, SYNC_PRUNED, SYNC_SUCCEEDED, "pruned (dry run)");
        else if (!t->live || api_deleting(t->live))
            set_result(t, SYNC_PRUNED, SYNC_SUCCEEDED, "pruned");
        else
            s->cmds[n++] = (struct sync_cmd){SYNC_CMD_DELETE, i};
    }
    s->stage = STAGE_REPLACE_HOOKS;
    return n ? with_cmds(s, n, "") : running("");
}

static bool old_hook(const struct sync *s, const struct sync_task *t)
{
    return in_group(s, t) && t->hook_type && t->state == SYNC_STATE_NONE && t->live &&
           (t->delete_policy & HOOK_BEFORE_CREATION);
}

static struct sync_decision replace_hooks_stage(struct sync *s)
{
    if (s->in.dry_run || !any(s, old_hook)) {
        s->stage = STAGE_APPLY;
        return running("");
    }
    size_t n = 0;
    for (size_t i = s->group_from; i < s->group_to; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!old_hook(s, t) || t->deleted)
            continue;
        if (api_has_finalizer(t->live, API_FINALIZER_HOOK))
            s->cmds[n++] = (struct sync_cmd){SYNC_CMD_RELEASE_HOOK, i};
        s->cmds[n++] = (struct sync_cmd){SYNC_CMD_DELETE_HOOK, i};
        t->deleted = true;
    }
    const char *message = waiting_for(s, old_hook, true);
    return n ? with_cmds(s, n, message) : running(message); /* until sync_live says that they are gone */
}

/* A dry run says what would be done; the caller's apply plan would need the server, so it says so of the verb
 * alone. */
static void dry_run_apply(struct sync *s, struct sync_task *t)
{
    char *kind = arena_strdup(s->arena, t->key.kind);
    for (char *c = kind; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *dot = *t->key.group ? "." : "", *verb = !t->live      ? "created"
                                                        : t->modified ? "configured"
                                                                      : "unchanged";
    set_result(t, SYNC_SYNCED, SYNC_SUCCEEDED,
               arena_printf(s->arena, "%s%s%s/%s %s (dry run)", kind, dot, t->key.group, t->key.name, verb));
}

/* The next run of tasks of one kind. */
static struct sync_decision apply_batch(struct sync *s)
{
    size_t n = 0;
    const char *kind = NULL;
    for (; s->cursor < s->group_to; s->cursor++) {
        struct sync_task *t = &s->tasks[s->cursor];
        bool wanted = t->phase == SYNC_SYNCFAIL ? t->state == SYNC_STATE_NONE : to_do(s, t);
        if (!wanted || t->prune)
            continue;
        if (s->in.dry_run) {
            dry_run_apply(s, t);
            continue;
        }
        if (kind && !streq(kind, t->key.kind))
            break;
        kind = t->key.kind;
        t->deleted = false;
        s->cmds[n++] = (struct sync_cmd){SYNC_CMD_APPLY, s->cursor};
    }
    return n ? with_cmds(s, n, "") : running("");
}

static bool unfinished_in_group(const struct sync *s, const struct sync_task *t)
{
    return in_group(s, t) && !task_completed(t);
}

static struct sync_decision group_end(struct sync *s, int64_t now_ms)
{
    bool failed = false, any_running = false, remaining = false, hooks = false;
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sync_task *t = &s->tasks[i];
        failed |= is_failed(s, t);
        any_running |= task_running(t);
        remaining |= to_do(s, t);
        hooks |= in_group(s, t) && t->hook_type;
    }
    s->stage = STAGE_PASS;
    if (s->failing)
        return running(s->failure);
    if (failed && !any_running)
        return fail(s, with_reasons(s, "one or more objects failed to apply", is_sync_failed));
    if (!failed && !remaining && !hooks && !s->in.dry_run)
        return end(s, SYNC_SUCCEEDED, "successfully synced (all tasks run)");
    if (!failed && remaining && !s->in.dry_run)
        s->resume_ms = now_ms + s->in.wave_delay_ms;
    s->verdict.message = waiting_for(s, unfinished_in_group, false);
    return running(s->verdict.message);
}

static struct sync_decision apply_stage(struct sync *s, int64_t now_ms)
{
    struct sync_decision d = apply_batch(s);
    return d.n_cmds ? d : group_end(s, now_ms);
}

/* --- termination
 * ------------------------------------------------------------------------------------------------------- */

static struct sync_decision terminate(struct sync *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!t->hook_type || !t->live || !task_running(t))
            continue;
        if (api_has_finalizer(t->live, API_FINALIZER_HOOK))
            s->cmds[n++] = (struct sync_cmd){SYNC_CMD_RELEASE_HOOK, i};
        s->cmds[n++] = (struct sync_cmd){SYNC_CMD_DELETE_HOOK, i};
        set_result(t, SYNC_SYNCED, SYNC_STATE_FAILED, "Terminated");
    }
    s->stage = STAGE_ENDED;
    s->verdict = (struct sync_decision){.phase = SYNC_STATE_FAILED, .message = "Operation terminated"};
    return n ? with_cmds(s, n, "operation is terminating") : s->verdict;
}

/* --- the outside
 * ------------------------------------------------------------------------------------------------------- */

static struct sync_decision advance(struct sync *s, int64_t now_ms)
{
    switch (s->stage) {
    case STAGE_START:
        return start(s);
    case STAGE_PASS:
        return pass(s, now_ms);
    case STAGE_PRUNE:
        return prune_stage(s);
    case STAGE_REPLACE_HOOKS:
        return replace_hooks_stage(s);
    case STAGE_APPLY:
        return apply_stage(s, now_ms);
    case STAGE_ENDED:
        break;
    }
    return ended(s);
}

struct sync_decision sync_step(struct sync *s, int64_t now_ms)
{
    if (s->waiting)
        return running("");
    if (s->terminating && s->stage != STAGE_ENDED)
        return terminate(s);
    for (;;) {
        enum sync_stage before = s->stage;
        size_t cursor = s->cursor;
        s->rest = false;
        struct sync_decision d = advance(s, now_ms);
        bool moved = s->stage != before || s->cursor != cursor;
        if (d.phase != SYNC_RUNNING || d.n_cmds || d.again_ms || s->rest || !moved)
            return d;
    }
}

static void report_apply(struct sync *s, struct sync_task *t, const struct err *e, const char *said)
{
    if (e)
        set_result(t, SYNC_FAILED, SYNC_STATE_FAILED, arena_strdup(s->arena, e->msg));
    else
        set_result(t, SYNC_SYNCED, SYNC_RUNNING, arena_strdup(s->arena, said ? said : ""));
}

void sync_report(struct sync *s, const struct sync_cmd *cmd, const struct err *e, const char *said,
                 const struct doc *live)
{
    struct sync_task *t = &s->tasks[cmd->task];
    if (!s->waiting)
        panic("sync_report without a command in flight");
    s->waiting--;
    bool gone = e && e->code == ERR_NOT_FOUND;
    if (live)
        t->live = live;
    switch (cmd->kind) {
    case SYNC_CMD_APPLY:
        report_apply(s, t, e, said);
        break;
    case SYNC_CMD_DELETE:
        if (e && !gone)
            set_result(t, SYNC_FAILED, SYNC_STATE_FAILED, arena_strdup(s->arena, e->msg));
        else
            set_result(t, SYNC_PRUNED, SYNC_SUCCEEDED, "pruned");
        break;
    case SYNC_CMD_DELETE_HOOK:
        if (gone)
            t->live = NULL;
        break;
    case SYNC_CMD_RELEASE_HOOK:
        break;
    }
}

bool sync_live(struct sync *s, const struct api_key *key, const struct doc *live)
{
    bool found = false;
    for (size_t i = 0; i < s->n_tasks; i++) {
        struct sync_task *t = &s->tasks[i];
        if (!api_key_eq(&t->key, key))
            continue;
        t->live = live;
        found = true;
    }
    return found;
}

void sync_terminate(struct sync *s)
{
    s->terminating = true;
}

const struct doc *sync_task_target(const struct sync *s, size_t task)
{
    return s->tasks[task].target;
}

const struct doc *sync_task_live(const struct sync *s, size_t task)
{
    return s->tasks[task].live;
}

struct api_key sync_task_key(const struct sync *s, size_t task)
{
    return s->tasks[task].key;
}

bool sync_task_namespaced(const struct sync *s, size_t task)
{
    return s->tasks[task].namespaced;
}

static void add_images(struct arena *a, struct doc *result, const struct doc *target)
{
    struct doc *images = NULL;
    const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each (it, doc_get(api_pod_spec(target), lists[i])) {
            images = images ? images : doc_set_list(a, result, "images");
            doc_push_str(a, images, doc_str(doc_get(it.val, "image"), ""));
        }
}

const struct doc *sync_results(struct arena *a, const struct sync *s)
{
    struct doc *list = doc_new_list(a);
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sync_task *t = &s->tasks[i];
        if (t->code == SYNC_CODE_NONE)
            continue;
        struct doc *r = doc_new_map(a);
        doc_set_str(a, r, "group", t->key.group);
        if (t->state != SYNC_STATE_NONE)
            doc_set_str(a, r, "hookPhase", sync_state_name(t->state));
        if (t->hook_type)
            doc_set_str(a, r, "hookType", t->hook_type);
        if (t->target)
            add_images(a, r, t->target);
        doc_set_str(a, r, "kind", t->key.kind);
        doc_set_str(a, r, "message", t->message);
        doc_set_str(a, r, "name", t->key.name);
        doc_set_str(a, r, "namespace", t->result_ns);
        doc_set_str(a, r, "status", sync_code_name(t->code));
        doc_set_str(a, r, "syncPhase", sync_phase_name(t->phase));
        doc_set_str(a, r, "version", t->version);
        doc_push(a, list, r);
    }
    return list;
}
