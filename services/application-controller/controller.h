/* application-controller/controller.h - the state of the process: applications, the cluster that they go to, and who asks whom.
 *
 * Everything belongs to the loop thread. An application is a `struct app`; what is to be done about it stands in one queue, keyed
 * by application, fair between projects. */
#ifndef CAPSTAN_APPLICATION_CONTROLLER_H
#define CAPSTAN_APPLICATION_CONTROLLER_H

#include "api/app.h"
#include "base/map.h"
#include "base/queue.h"
#include "base/vec.h"
#include "client/repo.h"
#include "compare/compare.h"
#include "kube/watch.h"
#include "scripts.h"
#include "svc/cache.h"

struct settings {
    struct frozen *cm;     /* argocd-cm, or NULL */
    struct track track;    /* texts borrow from cm */
    struct arena *arena;   /* of customize */
    struct api_customize customize; /* tables and operations point here */
    uint64_t customize_serial; /* another number, other customizations */
};

struct renewal;
struct follow;

struct controller {
    struct svc_run *run;
    struct loop *loop;
    struct kube *kube;
    const char *ns;        /* the control-plane namespace */
    struct map *apps;      /* "ns/name" to struct app */
    struct map *instances; /* instance name to struct app */
    struct map *projects;  /* name to struct frozen */
    struct settings settings;
    struct kube_watch *watch_apps, *watch_projects, *watch_cm;
    bool apps_synced, projects_synced, cm_synced;
    struct cluster *cluster;
    struct scripts *scripts;
    struct arena *arena; /* of what lives as long as the process */
    struct queue *queue;
    struct loop_timer queue_timer;
    struct bus_client *repo;
    struct bus_subscriber *revisions;
    struct bus_server *server;
    struct svc_cache *cache; /* where api-servers read what readers see */
    bool was_connected;      /* to Redis, in this life */
    int64_t shown_ms;        /* how long Redis keeps it */
    struct loop_timer interest_timer;
    struct map *orphanages;   /* namespace to struct orphanage (orphans.c) */
    struct renewal *renewals; /* of leases, under way */
    struct follow *follows;   /* questions about a commit, under way */
    uint64_t event_serial;
    int64_t resync_ms, resync_jitter_ms, repo_timeout_ms, wave_delay_ms;
    int64_t self_heal_ms, self_heal_factor, self_heal_cap_ms;
    bool server_side_diff;
    struct rand *random;
};

/* Comparison levels (specs/engine.md §1.2). */
enum refresh_level { REFRESH_NONE, REFRESH_TREE, REFRESH_RECENT, REFRESH_LATEST, REFRESH_FORCE };

/* What readers see of an application; a set. */
enum shown { SHOWN_TREE = 1, SHOWN_MANAGED = 2, SHOWN_ALL = 3 };

struct manifests;
struct object;
struct operation;
struct deletion;

struct app {
    struct controller *controller;
    const char *key;       /* "ns/name", the map's */
    struct frozen *object; /* as last seen or written */
    struct arena *arena;   /* of `view` */
    struct api_app *view;
    char *instance;
    struct compare *table;
    struct frozen *project;
    VEC(char *) named;     /* ids of targets registered with the cluster */
    /* the manifests that the table holds */
    VEC(char *) source_types; /* of each source, "" where it only lends */
    char *revision, *render_key;
    VEC(char *) revisions; /* of a multi-source application */
    struct frozen *compared_to; /* {source(s), destination, ignoreDifferences} of the last comparison */
    struct err *target_error;
    struct doc *repeated;  /* conditions of the last render, in repeated_arena */
    struct arena *repeated_arena;
    enum refresh_level wanted, wanted_after; /* asked for from outside; while an operation runs, for after it */
    bool hard;
    bool refreshed;        /* the refresh annotation that is there has been served; the next status write takes it off */
    struct manifests *asking;
    const struct follow *following; /* the question whether a commit touches it */
    char *told;          /* lines "URL COMMIT": refs that moved, for which its manifests were asked for (follow.c) */
    int64_t told_ms;     /* monotonic */
    int64_t expires_ms;    /* monotonic: soft expiry */
    /* writing */
    bool patching, dirty;
    char *sync_error, *deletion_error; /* messages of conditions that stand until they are cleared */
    uint64_t dry_runs;     /* in flight */
    struct operation *operation;
    struct deletion *deletion;
    int64_t heal_wait_until_ms;
    bool gone;
    char *orphans_ns; /* where it looks for orphans; NULL = nowhere */
    uint64_t orphans_known;
    size_t orphans_count; /* as of orphans_known */
    unsigned shown; /* enum shown: what may lie in Redis */
    bool stale;     /* it is not true any more, and could not be taken out yet */
};

/* --- apps.c --- */
struct err *apps_start(struct controller *c) MUST_USE;
void apps_stop(struct controller *c);
struct app *app_of_instance(struct controller *c, struct span instance);
/* Puts the application in the queue; `level` is remembered until the next reconcile takes it. */
void app_queue(struct app *app, enum refresh_level level);
void app_queue_after(struct app *app, int64_t delay_ms);
/* The object as a watch or a write showed it; older ones are passed over. */
void app_set_object(struct app *app, const struct doc *object);
const struct doc *app_object(const struct app *app);
bool apps_ready(const struct controller *c);

/* --- settings.c --- */
void settings_set(struct controller *c, const struct doc *config_map);

/* --- reconcile.c: one turn of an application --- */
void app_reconcile(struct app *app);
/* Judges the table's rules anew from spec, project and settings. */
void app_configure(struct app *app);
/* What differs without being a difference, now. jq is asked through `asking`, which is told whether an answer is still to come;
 * then the application is queued again when it has. NULL where nobody asks. */
struct judge_asking {
    struct app *app;
    bool pending;
};
struct diff_rules app_diff_rules(struct app *app, struct judge_asking *asking);
/* Why the application may not be compared at all; NULL when it may. In the arena. */
const char *app_spec_problem(struct app *app, struct arena *a);

/* --- manifests.c: targets from repo-server --- */
/* Asks for all sources; the answer goes into the table, then the application is queued again. */
void manifests_ask(struct app *app, enum refresh_level level);
void manifests_cancel(struct app *app);

/* --- status.c --- */
/* Writes what differs; does nothing while a write is under way (it is repeated after). */
void app_write_status(struct app *app);
/* A condition that holds until it is cleared: SyncError, DeletionError. NULL clears. */
void app_set_condition(struct app *app, const char *type, const char *message);

/* --- events.c --- */
void event_record(struct app *app, const char *type, const char *reason, const char *fmt, ...) PRINTF(4, 5);

/* --- windows.c --- */
/* May the application be synced now, as its project's windows have it? `started_ms` (wall clock) is of an operation that runs, 0 =
 * it would begin. NULL when it may; else why not, in the arena. */
const char *windows_forbid(const struct app *app, struct arena *a, bool manual, int64_t started_ms);
/* Queues the application for when windows may have opened. */
void windows_wait(struct app *app);

/* --- autosync.c --- */
void app_auto_sync(struct app *app);

/* --- operation.c --- */
/* Starts `operation` (a document in the form of Application.operation); from status when `resume`. */
void operation_start(struct app *app, const struct doc *operation, bool resume);
void operation_step(struct app *app);
void operation_targets_ready(struct app *app);
void operation_live(struct app *app, const struct api_key *key, const struct doc *live);
/* The revisions that the running operation is pinned to, as a list; NULL when it is not. Borrowed. */
const struct doc *operation_revisions(const struct app *app);
void operation_free(struct app *app);
/* status.operationState as it stands; NULL when no operation runs here. */
const struct doc *operation_state(struct app *app, struct arena *a);
bool operation_running(const struct app *app);

/* --- execute.c: commands of a sync as requests --- */
typedef void execution_done(struct app *app, const struct sync_cmd *cmd, const struct err *e, const char *said,
                            struct frozen *live);
void execute(struct app *app, const struct sync *sync, const struct sync_cmd *cmd, const struct doc *options, bool force,
             execution_done *done);

/* --- deletion.c --- */
void deletion_step(struct app *app);
void deletion_free(struct app *app);
/* metadata.finalizers with those that hooks of its deletion ask for, and without those that none asks for any more; NULL when that
 * is what the application has. In the arena. */
const struct doc *deletion_finalizers(struct app *app, struct arena *a);

/* --- judge.c: users' scripts for tables, operations and the cluster's objects --- */
/* What the table of an application asks. */
struct compare_ops judge_ops(struct app *app);
/* Health scripts as an operation of the application asks them, and as an object of the cluster does. */
struct health_scripts judge_operation(struct app *app);
struct health_scripts judge_object(struct object *o);
/* The jq expressions of an application, outside of its table. The argument is a struct judge_asking. */
const struct doc *judge_jq(void *asking, const char *expression, const struct doc *obj, struct arena *a);
/* scripts_options.answered; the argument is the controller. */
void judge_answered(void *controller, const char *app, const char *row);

/* --- cluster.c: the cluster's objects --- */
struct cluster;
struct object {
    struct cluster *cluster;
    struct api_key key;       /* owned */
    const char *id;
    char *uid, *version;
    char *owner_uid, *owner_id; /* the controlling or first owner; NULL = none */
    struct frozen *body;      /* kept for tracked and named objects and for CRDs */
    struct app *app;          /* tracked to */
    struct health health;     /* message owned */
    char *created, *resource_version;
    struct frozen *extra;     /* of what is shown in the tree: images, info, networking */
    struct object *sibling; /* next of the same owner */
};
struct err *cluster_start(struct controller *c) MUST_USE;
void cluster_stop(struct cluster *k);
bool cluster_ready(const struct cluster *k);
struct controller *cluster_controller(const struct cluster *k);
enum compare_scope cluster_scope(void *cluster, const struct api_key *key);
const struct kube_resource *cluster_resource(struct cluster *k, const char *group, const char *version, const char *kind);
const char *cluster_version(const struct cluster *k);
const char *const *cluster_api_versions(const struct cluster *k, size_t *n);
/* Names an object that a target wants, and takes that back. */
void cluster_name(struct cluster *k, struct app *app, const char *id);
void cluster_unname(struct cluster *k, struct app *app, const char *id);
const struct object *cluster_find(struct cluster *k, const char *id);
/* The health script of that object has answered. */
void cluster_judge(struct cluster *k, const char *id);
/* Other health scripts: every object whose body is kept is judged anew. */
void cluster_judge_all(struct cluster *k);
/* The object as a write answered it, before the watch tells. */
void cluster_saw(struct cluster *k, const struct doc *object);
void cluster_saw_deleted(struct cluster *k, const struct api_key *key);
/* A new application takes the objects that were seen before it; one that goes lets go of its own. */
void cluster_claim(struct cluster *k, struct app *app);
void cluster_forget_app(struct cluster *k, const struct app *app);
/* All objects tracked to the application, and those that its targets name: into the table. */
void cluster_fill(struct cluster *k, struct app *app);
const struct object *cluster_children(struct cluster *k, const struct object *of);
/* Reads discovery, the first time as settings are known, and again when a CRD was applied; until it is there, cluster_discovering. */
void cluster_rediscover(struct cluster *k);
bool cluster_discovering(const struct cluster *k);

/* All objects of a namespace ("" = cluster-scoped). */
void cluster_each_in(struct cluster *k, const char *ns, void (*fn)(void *arg, const struct object *o), void *arg);
/* Does a target of some application want it? */
bool cluster_named(struct cluster *k, const char *id);

/* --- orphans.c: what nobody holds in the namespaces of monitoring projects --- */
void orphans_start(struct controller *c);
void orphans_stop(struct controller *c); /* after the applications are gone */
/* As its project and destination have it now. */
void orphans_configure(struct app *app);
void orphans_leave(struct app *app);
/* The object is new, or has another owner or application. */
void orphans_changed(struct controller *c, const struct object *o);
void orphans_gone(struct controller *c, const struct object *o);
/* Targets began or ceased to name it; the application whose they are takes its turn anyway. */
void orphans_renamed(struct controller *c, const struct object *o);
/* By group, kind and name; in the arena. */
const struct object **orphans_of(struct app *app, struct arena *a, size_t *n);
/* The message of OrphanedResourceWarning; NULL when there is nothing to warn of. */
const char *orphans_warning(struct app *app, struct arena *a);

/* --- shown.c: what readers see, in Redis --- */
/* An answer that was just given. */
void shown_keep(struct app *app, enum shown what, struct span json);
/* Something of it is about to change, or has: targets, live objects or what they own, rules of comparison. */
void shown_stale(struct app *app);
/* Redis is there (again). */
void shown_connected(void *controller);

/* --- serve.c: questions of the api-server --- */
struct err *serve_start(struct controller *c) MUST_USE;
void serve_stop(struct controller *c);

#endif
