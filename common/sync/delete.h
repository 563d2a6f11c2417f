/* sync/delete.h - the hooks of an application's deletion: PreDelete before its resources go, PostDelete after
 * (specs/engine.md §3.11). Pure: the caller does what is to be done and asks again when something has
 * changed. */
#ifndef CAPSTAN_SYNC_DELETE_H
#define CAPSTAN_SYNC_DELETE_H

#include "api/object.h"
#include "health/health.h"

enum sync_delete_phase { SYNC_PRE_DELETE = 1, SYNC_POST_DELETE = 2 };
/* A set of phases; 0 for what is no such hook. Helm's pre-delete and post-delete count where no annotation of
 * Argo CD's does. */
int sync_delete_phases(const struct doc *obj);

enum sync_delete_todo { SYNC_DELETE_NOTHING, SYNC_DELETE_CREATE, SYNC_DELETE_REMOVE };
struct sync_delete_hook {
    const struct doc *target; /* borrowed */
    bool live;
    enum health_status health; /* of the live one; HEALTH_NONE counts as healthy */
    enum sync_delete_todo todo;
};

enum sync_delete_state { SYNC_DELETE_WAITS, SYNC_DELETE_DONE, SYNC_DELETE_FAILED };
/* Running them: the missing ones are created, all at once; done when each is there and healthy. One that is
 * Degraded fails them all, and the degraded are to be removed, so that a later try begins anew. */
enum sync_delete_state sync_delete_run(struct sync_delete_hook *hooks, size_t n);
/* After all else has gone: what their delete policies ask for is removed, HookFailed when one of them is
 * Degraded, HookSucceeded when none is. Done when nothing of that is left. */
enum sync_delete_state sync_delete_clean(struct sync_delete_hook *hooks, size_t n);

#endif
