/* sync/rbac.h - what `kubectl auth reconcile` does before an apply of Roles and their bindings
 * (specs/engine.md §3.7), as data.
 *
 * Such an object is first brought to grant what the target grants: created as it is, or completed by the
 * rules, subjects, labels and annotations that it lacks; what it has beyond stays. A binding to another role
 * is deleted and made anew. The apply that follows works on the outcome. */
#ifndef CAPSTAN_SYNC_RBAC_H
#define CAPSTAN_SYNC_RBAC_H

#include "schema/schema.h"

enum sync_reconcile {
    SYNC_RECONCILE_NONE,
    SYNC_RECONCILE_CREATE,
    SYNC_RECONCILE_UPDATE,
    SYNC_RECONCILE_RECREATE
};

struct sync_rbac {
    enum sync_reconcile what;
    const struct doc *body; /* of the create or the update */
    const char *said; /* "role.rbac.authorization.k8s.io/a reconciled", and what was missing; goes before the
                         apply's words */
};

/* Is it an object of rbac.authorization.k8s.io/v1? */
bool sync_rbac_is(const struct doc *target);
/* `live` NULL: it does not exist. Texts and bodies live in `a`. */
void sync_rbac_plan(struct arena *a, const struct doc *target, const struct doc *live, struct sync_rbac *out);

#endif
