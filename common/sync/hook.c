/* sync/hook - Argo CD's hook annotations, and Helm's where no valid one of Argo CD's is there. */
#include "sync/hook.h"

#include "sync/task.h"

#define HELM_HOOK "helm.sh/hook"
#define HELM_WEIGHT "helm.sh/hook-weight"

static const struct {
    const char *name;
    int bits;
} argo_types[] = {
    {"PreSync", 1 << SYNC_PRESYNC},   {"Sync", 1 << SYNC_SYNC},       {"PostSync", 1 << SYNC_POSTSYNC},
    {"SyncFail", 1 << SYNC_SYNCFAIL}, {"PreDelete", HOOK_IGNORED},    {"PostDelete", HOOK_IGNORED},
}, helm_types[] = {
    {"pre-install", 1 << SYNC_PRESYNC},   {"pre-upgrade", 1 << SYNC_PRESYNC}, {"post-install", 1 << SYNC_POSTSYNC},
    {"post-upgrade", 1 << SYNC_POSTSYNC}, {"pre-delete", HOOK_IGNORED},       {"post-delete", HOOK_IGNORED},
};

static const struct {
    const char *argo, *helm;
    int bit;
} policies[] = {
    {"HookSucceeded", "hook-succeeded", HOOK_SUCCEEDED},
    {"HookFailed", "hook-failed", HOOK_FAILED},
    {"BeforeHookCreation", "before-hook-creation", HOOK_BEFORE_CREATION},
};

static int argo_phases(const char *csv)
{
    int bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(argo_types); i++)
        if (api_csv_has(csv, argo_types[i].name))
            bits |= argo_types[i].bits;
    return bits;
}

static int helm_phases(const char *csv)
{
    int bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(helm_types); i++)
        if (api_csv_has(csv, helm_types[i].name))
            bits |= helm_types[i].bits;
    return bits;
}

int sync_hook_phases(const struct doc *obj, bool *skip)
{
    const char *argo = api_annotation(obj, API_ANNOTATION_HOOK), *helm = api_annotation(obj, HELM_HOOK);
    *skip = argo && span_is(span_trim(span_of(argo)), "Skip");
    int bits = argo ? argo_phases(argo) : 0;
    if (!bits && helm)
        bits = helm_phases(helm);
    if (bits)
        return bits;
    /* Helm's crd-install alone is a plain resource; every other hook of unknown types is ignored. */
    if (helm && !argo && span_is(span_trim(span_of(helm)), "crd-install"))
        return 0;
    return argo || helm ? HOOK_IGNORED : 0;
}

int sync_hook_delete_policy(const struct doc *obj)
{
    const char *argo = api_annotation(obj, "argocd.argoproj.io/hook-delete-policy");
    const char *helm = api_annotation(obj, "helm.sh/hook-delete-policy");
    int bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++)
        if (api_csv_has(argo, policies[i].argo) || (!argo && api_csv_has(helm, policies[i].helm)))
            bits |= policies[i].bit;
    return bits ? bits : HOOK_BEFORE_CREATION;
}

bool sync_is_hook(const struct doc *obj)
{
    bool skip = false;
    return sync_hook_phases(obj, &skip) != 0;
}

bool sync_is_skipped(const struct doc *obj)
{
    bool skip = false;
    sync_hook_phases(obj, &skip);
    return skip;
}

bool sync_is_ignored_hook(const struct doc *obj)
{
    bool skip = false;
    const char *argo = api_annotation(obj, API_ANNOTATION_HOOK), *helm = api_annotation(obj, HELM_HOOK);
    bool known = (argo && argo_phases(argo)) || (helm && helm_phases(helm));
    return sync_hook_phases(obj, &skip) == HOOK_IGNORED && !skip && !known;
}

int64_t sync_wave(const struct doc *obj)
{
    const char *const names[] = {API_ANNOTATION_SYNC_WAVE, HELM_WEIGHT};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *text = api_annotation(obj, names[i]);
        int64_t wave = 0;
        if (text && span_int(span_of(text), &wave))
            return wave;
    }
    return 0;
}
