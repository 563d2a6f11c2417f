/* diff/diff.h - is the live object what the target says? (specs/engine.md §2; changes-3.6.md)
 *
 * Both sides are normalised, then compared by the three-way merge that kubectl apply would make (last-applied, target, live),
 * or with what a server-side apply answered as a dry run. Pure functions over documents. */
#ifndef CAPSTAN_DIFF_DIFF_H
#define CAPSTAN_DIFF_DIFF_H

#include "api/object.h"
#include "schema/schema.h"

/* What came of asking for the paths that an expression of jq names in an object. */
struct diff_jq {
    const struct doc *paths; /* a list of lists; NULL = none are known */
    const char *problem;     /* why the expression is passed over, for people; NULL where that goes without saying */
    bool pending;            /* the answer is still to come */
};

/* What may differ without being a difference. */
struct diff_rules {
    const struct doc *ignore;      /* spec.ignoreDifferences: list of {group, kind, name, namespace, jsonPointers,
                                    * jqPathExpressions} */
    const struct doc *ignore_all;  /* the same for all applications, from argocd-cm; after those */
    /* The paths that an expression of jq names in the object, a list of lists, in the arena or longer; NULL when that is not
     * known (yet), or the expression fails: nothing is ignored then. NULL = no expression is asked. */
    const struct doc *(*jq)(void *arg, const char *expression, const struct doc *obj, struct arena *a);
    void *jq_arg;
    bool keep_status;              /* resource.compareoptions ignoreResourceStatusField: none */
    bool ignore_aggregated_roles;
};

struct diff_result {
    bool modified;
    const struct doc *predicted;   /* normalised: what live would be after a sync; NULL when there is no target */
    const struct doc *live;        /* normalised; NULL when there is none */
};

/* Client-side comparison. Either side may be NULL: a target alone is modified, a live object alone is not. */
struct err *diff_three_way(struct arena *a, const struct diff_rules *rules, const struct doc *target,
                           const struct doc *live, struct diff_result *out) MUST_USE;
/* Comparison with the answer to a server-side apply that was a dry run (field manager argocd-controller, force). Changes that
 * webhooks made are left out unless `with_webhooks`. */
struct err *diff_server_side(struct arena *a, const struct diff_rules *rules, const struct doc *answer,
                             const struct doc *live, bool with_webhooks, struct diff_result *out) MUST_USE;

/* An object as both comparisons see it: typed canonical form, bookkeeping and ignored fields dropped, stringData merged. */
const struct doc *diff_normalize(struct arena *a, const struct diff_rules *rules, const struct doc *obj) MUST_USE;
/* The object without what the ignore rules name for it; itself when nothing is. */
const struct doc *diff_ignore(struct arena *a, const struct diff_rules *rules, const struct doc *obj) MUST_USE;
/* The object without the paths that `rules->jq` gives: lists of keys, indices (negative from the end) and {"start","end"} slices.
 * What is not there is passed over. */
const struct doc *diff_drop_paths(struct arena *a, const struct doc *obj, const struct doc *paths) MUST_USE;
/* Does a rule with a jq expression speak of the object? */
bool diff_asks_jq(const struct diff_rules *rules, const struct doc *obj);
/* RespectIgnoreDifferences=true: the target with the ignored fields as they are live (engine.md §3.9). */
const struct doc *diff_respect_ignored(struct arena *a, const struct diff_rules *rules, const struct doc *target,
                                       const struct doc *live) MUST_USE;
/* A core Secret with its values replaced: equal values by equal runs of '+', over both objects (engine.md §2.7). NULL stays
 * NULL; other kinds are returned as they are. */
void diff_mask_secrets(struct arena *a, const struct doc **target, const struct doc **live);

/* Does a rule of ignoreDifferences speak of the object? Globs on group and kind, exact name and namespace. */
bool diff_rule_matches(const struct doc *rule, const struct doc *obj);

/* The field manager of everything that Capstan writes, as upstream's. */
#define DIFF_MANAGER "argocd-controller"

#endif
