/* sync/task.h - the tasks of a sync: one object in one phase. Inside sync/ only. */
#ifndef CAPSTAN_SYNC_TASK_H
#define CAPSTAN_SYNC_TASK_H

#include "health/health.h"
#include "sync/sync.h"

enum { HOOK_SUCCEEDED = 1, HOOK_FAILED = 2, HOOK_BEFORE_CREATION = 4 }; /* delete policies */

struct sync_task {
    enum sync_phase phase;
    int64_t wave;
    struct api_key key;
    const char *version;
    const struct doc *target, *live;
    const char *hook_type; /* "PreSync"...; NULL for a plain resource */
    int delete_policy;
    bool namespaced, modified, prune, skip_dry_run;
    bool confirm;          /* pruning wants confirmation */
    const char *problem, *result;
    const char *result_ns; /* what the result names: upstream gives each target without a namespace the destination's */
    /* the result so far */
    enum sync_code code;
    enum sync_state state;
    const char *message;
    bool released, deleted; /* the hook's finalizer is off; its deletion was asked for */
};

struct sync {
    struct arena *arena;
    struct sync_input in;
    struct sync_task *tasks;
    size_t n_tasks;
    bool multi_step; /* more than one phase and wave */
    /* where the machine stands */
    enum sync_stage { STAGE_START, STAGE_PASS, STAGE_PRUNE, STAGE_REPLACE_HOOKS, STAGE_APPLY, STAGE_ENDED } stage;
    size_t group_from, group_to, cursor; /* the phase and wave in work */
    bool group_pending;
    size_t waiting; /* commands not reported yet */
    int64_t resume_ms;
    bool rest;                 /* the pass came to a reason to wait for the outside */
    bool terminating, failing; /* failing: SyncFail hooks are running */
    const char *failure;       /* what the operation will say when they have ended */
    struct sync_cmd *cmds;
    struct sync_decision verdict; /* once ended */
};

/* plan.c: tasks from the input, sorted into the order in which they run. */
void sync_plan(struct sync *s);
/* hook.c: the phases in which an object is a hook; 0 when it is a plain resource. Bits are 1 << enum sync_phase. */
enum { HOOK_IGNORED = 1 << 8 }; /* a hook of unknown types or of the deletion flow: not part of a sync */
int sync_hook_phases(const struct doc *obj, bool *skip);
int sync_hook_delete_policy(const struct doc *obj);

static inline bool task_completed(const struct sync_task *t)
{
    return t->state == SYNC_SUCCEEDED || t->state == SYNC_STATE_FAILED || t->state == SYNC_ERROR;
}
static inline bool task_running(const struct sync_task *t)
{
    return t->state == SYNC_RUNNING;
}
static inline bool task_failed(const struct sync_task *t)
{
    return t->state == SYNC_STATE_FAILED || t->state == SYNC_ERROR;
}

#endif
