/* sync/sync.h - one sync operation as a pure state machine (specs/engine.md §3.3-3.6).
 *
 * The caller pairs targets with live objects, makes a `struct sync`, and asks sync_step what to do. A step answers with a
 * phase and message for status.operationState and with commands that may run side by side; the caller runs them, reports
 * each with sync_report, tells of live objects that changed with sync_live, and steps again when all commands of the step
 * have been reported or something changed. No I/O, no thread, no sleep in here: a wave delay is a time to come back at.
 *
 * A machine can be made again after a crash from the results in status.operationState.syncResult: what had ended is not run
 * again, what was running is judged by its live object. */
#ifndef CAPSTAN_SYNC_SYNC_H
#define CAPSTAN_SYNC_SYNC_H

#include "health/health.h"

enum sync_phase { SYNC_PRESYNC, SYNC_SYNC, SYNC_POSTSYNC, SYNC_SYNCFAIL };
enum sync_code { SYNC_CODE_NONE, SYNC_SYNCED, SYNC_FAILED, SYNC_PRUNED, SYNC_PRUNE_SKIPPED };
/* Of a task (hookPhase) and of the operation. */
enum sync_state { SYNC_STATE_NONE, SYNC_RUNNING, SYNC_SUCCEEDED, SYNC_STATE_FAILED, SYNC_ERROR, SYNC_TERMINATING };

const char *sync_phase_name(enum sync_phase p);
const char *sync_code_name(enum sync_code c);
const char *sync_state_name(enum sync_state s);

/* One object as compare/ paired it. Documents are borrowed for the life of the machine, `live` until sync_live. */
struct sync_pair {
    struct api_key key;         /* of the target, else of the live object */
    const struct doc *target;   /* NULL: to be pruned */
    const struct doc *live;     /* NULL: does not exist */
    bool namespaced;
    bool modified;              /* differs: what ApplyOutOfSyncOnly asks */
    const char *problem;        /* why this object may not be synced (permission, unknown kind), or NULL */
    const char *result;         /* what its own result says of that; NULL: the same */
    bool skip_dry_run;          /* its kind is not known yet: a CRD of this sync brings it, or an option waives the check */
};

struct sync_input {
    const struct sync_pair *pairs;
    size_t n_pairs;
    const struct doc *options;  /* list of sync options, application and operation together; may be NULL */
    const char *dest_ns;
    const char *revision;
    int64_t started_ms;         /* wall clock: start of the operation */
    bool prune, dry_run, force;
    bool no_hooks;              /* syncStrategy.apply, or a selection of resources */
    bool namespace_exists;      /* the destination namespace, asked when CreateNamespace=true */
    const struct doc *namespace_metadata; /* syncPolicy.managedNamespaceMetadata, or NULL */
    const char *approved;       /* annotation deletion-approved (RFC 3339), or NULL */
    const struct doc *results;  /* syncResult.resources of an operation that goes on, or NULL */
    int64_t wave_delay_ms;
    struct health_scripts scripts; /* users' health scripts; what they point to outlives the machine */
};

enum sync_cmd_kind {
    SYNC_CMD_APPLY,           /* make the live object what the target says: sync/apply.h plans the request */
    SYNC_CMD_DELETE,          /* a prune: propagation of the operation, preconditions on uid */
    SYNC_CMD_DELETE_HOOK,     /* a hook whose policy says so */
    SYNC_CMD_RELEASE_HOOK,    /* take argocd.argoproj.io/hook-finalizer off the live hook */
};
struct sync_cmd {
    enum sync_cmd_kind kind;
    size_t task;
};

struct sync_decision {
    enum sync_state phase; /* SYNC_RUNNING until the operation has ended */
    const char *message;
    const struct sync_cmd *cmds; /* good until the next step */
    size_t n_cmds;
    int64_t again_ms; /* step again after so long even if nothing happens; 0 = only on events */
};

struct sync;
/* `input` is read only during the call, save the documents it points to. Lives in the arena. */
struct sync *sync_new(struct arena *a, const struct sync_input *input) MUST_USE;
/* `now_ms` on the monotonic clock. */
struct sync_decision sync_step(struct sync *s, int64_t now_ms);
/* The outcome of a command: `e` borrowed, NULL = done; `said` is the result's message ("configmap/a created"). `live` is the
 * object as the server answered, or NULL; borrowed until the next sync_live of that key. */
void sync_report(struct sync *s, const struct sync_cmd *cmd, const struct err *e, const char *said,
                 const struct doc *live);
/* A live object of one of the tasks changed, or is gone (NULL). True when a step is worth while. */
bool sync_live(struct sync *s, const struct api_key *key, const struct doc *live);
/* The user or a timeout ends it: running hooks are deleted, then the phase is Failed, "Operation terminated". */
void sync_terminate(struct sync *s);

/* --- what a command is about --- */
const struct doc *sync_task_target(const struct sync *s, size_t task); /* hooks bear their name and finalizer */
const struct doc *sync_task_live(const struct sync *s, size_t task);
struct api_key sync_task_key(const struct sync *s, size_t task);
bool sync_task_namespaced(const struct sync *s, size_t task);
/* status.operationState.syncResult.resources, in task order. */
const struct doc *sync_results(struct arena *a, const struct sync *s);

#endif
