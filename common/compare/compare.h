/* compare/compare.h - an application as a table of resources: target, live, difference, health (specs/engine.md §1.7).
 *
 * A row is keyed by group, kind, namespace and name. Setting the targets pairs all rows; a watch event touches one row and the
 * counters above it, so that what an event costs does not grow with the application. The table owns frozen documents and
 * lives on the loop thread; it does no I/O: a row that wants a server-side dry run says so. */
#ifndef CAPSTAN_COMPARE_COMPARE_H
#define CAPSTAN_COMPARE_COMPARE_H

#include "api/project.h"
#include "diff/diff.h"
#include "health/health.h"
#include "sync/sync.h"
#include "track/track.h"

enum compare_status { COMPARE_NONE, COMPARE_SYNCED, COMPARE_OUT_OF_SYNC, COMPARE_UNKNOWN };
/* "", "Synced", "OutOfSync", "Unknown" */
const char *compare_status_name(enum compare_status s);

enum compare_scope { COMPARE_SCOPE_UNKNOWN, COMPARE_CLUSTER, COMPARE_NAMESPACED };

/* What the table asks of its owner. `scope` is discovery's answer; `arg` comes along. */
struct compare_ops {
    enum compare_scope (*scope)(void *arg, const struct api_key *key);
    void *arg;
    /* Scripts run elsewhere. Each answers at once when it knows, else (jq: pending, health: false) the owner learns it later
     * and calls compare_answered with that row. What is returned lives in the arena. NULL = there are none. */
    struct diff_jq (*jq)(void *arg, const char *row, const char *expression, const struct doc *obj, struct arena *a);
    bool (*health)(void *arg, const char *row, const struct api_health_script *script, const struct doc *live, struct arena *a,
                   struct health_said *out);
};

/* Everything outside the objects that decides a verdict. Borrowed: it must outlive the table or be replaced by
 * compare_configure. */
struct compare_config {
    struct diff_rules rules;        /* jq is the table's own */
    const struct api_customize *customize; /* users' health scripts; NULL = none */
    uint64_t customize_serial;      /* another number, other scripts */
    struct track track;
    const char *instance, *dest_ns;
    const struct doc *project;      /* AppProject; NULL permits everything */
    struct api_cluster cluster;
    bool server_side_diff;          /* for all rows; ServerSideApply of a target asks for it alone */
    bool server_side_diff_off;      /* compare-options ServerSideDiff=false wins */
};

struct compare_row {
    struct api_key key;             /* owned by the row */
    const char *id;                 /* its key in the table */
    char *version;
    struct frozen *target, *live;
    bool namespaced;
    bool hook, skipped;             /* a hook, of whatever type; `hook: Skip` */
    bool self, permitted;
    bool shared;                    /* live bears the mark of another application */
    bool modified, wants_server;    /* wants_server: modified is not known until compare_server_answer */
    bool requires_pruning, counts;  /* counts: decides the application's status */
    enum compare_status status;
    struct health health;           /* message owned by the row */
    bool health_counts;
    int64_t wave;
    char *problem;                  /* a comparison that failed, or NULL */
    char *health_problem;           /* a health script that failed, or NULL */
    char *ignore_problem;           /* a jq expression that was stopped, or NULL */
    bool asks_diff, asks_health;    /* scripts are to answer; until then the last verdict stands */
    struct frozen *server_answer;   /* kept while asks_diff waits with it */
    struct compare_tally {          /* its share of the table's counters, private */
        bool in, counts, plain, plain_live, wants_server, problem, asks;
        enum health_status health;
    } tally;
};

struct compare;
struct compare *compare_new(const struct compare_ops *ops) MUST_USE;
void compare_free(struct compare *c);
/* The rules, anew: rows are judged again where they say something else than before. The old ones must still be alive. */
void compare_configure(struct compare *c, const struct compare_config *config);

/* A manifest list from repo-server: objects in render order. Namespaces are filled in or dropped, marks set; of duplicates the
 * last one stays. Rows without target and live object go. `problems` receives conditions of type RepeatedResourceWarning and
 * the like as {type, message} maps. */
void compare_set_targets(struct compare *c, const struct doc *manifests, struct arena *a, struct doc *problems);
/* Targets could not be had: every status is Unknown until they can. */
void compare_lose_targets(struct compare *c);
bool compare_has_targets(const struct compare *c);

/* Does the table want this live object: is it marked as ours, or named by a target? */
bool compare_wants(const struct compare *c, const struct doc *live);
bool compare_names(const struct compare *c, const struct api_key *key);
/* A live object appeared or changed (takes a reference), or is gone (NULL). True when something that the status shows changed. */
bool compare_set_live(struct compare *c, const struct api_key *key, struct frozen *live);
/* The answer to a row's server-side dry run, or why there is none; dropped when live has changed since. */
bool compare_server_answer(struct compare *c, const struct api_key *key, const char *resource_version,
                           const struct doc *answer, const struct err *e);

/* A script that the row asked has answered. True when something that the status shows changed. */
bool compare_answered(struct compare *c, const char *row);

/* --- what it comes to, each in O(1) --- */
enum compare_status compare_sync_status(const struct compare *c);
enum health_status compare_health(const struct compare *c);
size_t compare_len(const struct compare *c);
bool compare_waits_for_server(const struct compare *c); /* some rows want dry runs */
bool compare_waits_for_scripts(const struct compare *c);
/* Counts changes of rows: equal numbers mean an equal status. */
uint64_t compare_generation(const struct compare *c);

/* --- what is shown --- */
/* status.resources, sorted. */
const struct doc *compare_resources(struct arena *a, const struct compare *c);
/* Rows by key; order is that of status.resources. */
void compare_each(const struct compare *c, void (*fn)(void *arg, const struct compare_row *row), void *arg);
const struct compare_row *compare_find(const struct compare *c, const struct api_key *key);
/* Pairs for a sync, in the arena; documents borrowed from the rows, which must outlive them. */
struct sync_pair *compare_pairs(struct arena *a, const struct compare *c, size_t *n);
/* Conditions that the rows cause (SharedResourceWarning, ComparisonError of a row, InvalidSpecError of a missing namespace), pushed
 * as {type, message} maps. */
void compare_conditions(struct arena *a, const struct compare *c, struct doc *out);
/* Up to three resources that have the application's health: "apps/Deployment:ns/name, ..."; "" when it is Healthy. */
const char *compare_health_causes(struct arena *a, const struct compare *c);

#endif
