/* sync/apply.h - the one request that makes a live object what a target says (specs/engine.md §3.7), as data.
 *
 * Client-side apply is the three-way merge of kubectl: the last-applied annotation, the target, the live
 * object. It is done against the caller's copy of the live object; a conflict answer means that copy was old:
 * get it anew and plan again. */
#ifndef CAPSTAN_SYNC_APPLY_H
#define CAPSTAN_SYNC_APPLY_H

#include "schema/schema.h"
#include "sync/sync.h"

enum sync_verb {
    SYNC_VERB_NONE, /* nothing differs */
    SYNC_VERB_CREATE,
    SYNC_VERB_PATCH_STRATEGIC, /* built-in kinds */
    SYNC_VERB_PATCH_MERGE,     /* all other kinds */
    SYNC_VERB_PATCH_APPLY,     /* server-side apply: force, field manager argocd-controller */
    SYNC_VERB_REPLACE,         /* PUT with the live resourceVersion */
};

struct sync_apply {
    enum sync_verb verb;
    const struct doc *body;
    const char *said; /* "configmap/a created": the result's message once the request has succeeded */
    bool strict;      /* fieldValidation=Strict, else Ignore */
    bool force;       /* on an immutable field or a conflict: delete and create again */
    bool replace;     /* by Replace=true: kubectl replace names no field manager and reconciles nothing
                         (sync/rbac.h) */
};

struct sync_ask {
    const struct doc
        *options; /* the application's list joined with the operation's; annotations of target and live win */
    bool force;
    const struct doc *target, *live; /* live NULL: it does not exist */
    const char *plural;              /* "configmaps": how warnings name the kind */
};

struct err *sync_apply_plan(struct arena *a, const struct sync_ask *ask, struct sync_apply *out) MUST_USE;
/* The target as it is stored by a client-side apply: with itself as last-applied annotation. */
const struct doc *sync_with_last_applied(struct arena *a, const struct doc *target) MUST_USE;
/* "deployment.apps/web". */
const char *sync_object_text(struct arena *a, const struct doc *obj);

/* Above this many bytes an annotation is refused by the server: such targets go by server-side apply. */
enum { SYNC_ANNOTATIONS_MAX = 256 << 10 };

#endif
