/* sync/delete - what is due for the hooks of a deletion, judged anew from what is there each time. */
#include "sync/delete.h"

#include "sync/task.h"

int sync_delete_phases(const struct doc *obj)
{
    static const struct {
        const char *argo, *helm;
        int bit;
    } types[] = {{"PreDelete", "pre-delete", SYNC_PRE_DELETE},
                 {"PostDelete", "post-delete", SYNC_POST_DELETE}};
    const char *argo = api_annotation(obj, API_ANNOTATION_HOOK), *helm = api_annotation(obj, "helm.sh/hook");
    int bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (argo ? api_csv_has(argo, types[i].argo) : api_csv_has(helm, types[i].helm))
            bits |= types[i].bit;
    return bits;
}

enum sync_delete_state sync_delete_run(struct sync_delete_hook *hooks, size_t n)
{
    bool failed = false, waits = false;
    for (size_t i = 0; i < n; i++) {
        hooks[i].todo = SYNC_DELETE_NOTHING;
        failed |= hooks[i].live && hooks[i].health == HEALTH_DEGRADED;
    }
    for (size_t i = 0; i < n; i++) {
        struct sync_delete_hook *h = &hooks[i];
        if (failed) {
            h->todo = h->live && h->health == HEALTH_DEGRADED ? SYNC_DELETE_REMOVE : SYNC_DELETE_NOTHING;
            continue;
        }
        if (!h->live)
            h->todo = SYNC_DELETE_CREATE;
        waits |= !h->live || (h->health != HEALTH_HEALTHY && h->health != HEALTH_NONE);
    }
    return failed ? SYNC_DELETE_FAILED : waits ? SYNC_DELETE_WAITS : SYNC_DELETE_DONE;
}

enum sync_delete_state sync_delete_clean(struct sync_delete_hook *hooks, size_t n)
{
    bool failed = false, left = false;
    for (size_t i = 0; i < n; i++)
        failed |= hooks[i].live && hooks[i].health == HEALTH_DEGRADED;
    for (size_t i = 0; i < n; i++) {
        struct sync_delete_hook *h = &hooks[i];
        bool goes = h->live && sync_hook_delete_policy(h->target) & (failed ? HOOK_FAILED : HOOK_SUCCEEDED);
        h->todo = goes ? SYNC_DELETE_REMOVE : SYNC_DELETE_NOTHING;
        left |= goes;
    }
    return left ? SYNC_DELETE_WAITS : SYNC_DELETE_DONE;
}
