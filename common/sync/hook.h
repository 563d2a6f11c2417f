/* sync/hook.h - what makes an object a hook (specs/engine.md §3.4), for those outside sync/ who must leave hooks aside. */
#ifndef CAPSTAN_SYNC_HOOK_H
#define CAPSTAN_SYNC_HOOK_H

#include "api/object.h"

/* Is the object a hook of whatever type, Helm's included, or marked to be skipped? */
bool sync_is_hook(const struct doc *obj);
/* A hook whose types are all unknown: as if the object were not there. */
bool sync_is_ignored_hook(const struct doc *obj);
/* `hook: Skip` alone: listed, never applied, no status, no health. */
bool sync_is_skipped(const struct doc *obj);
/* Names the wave of an object: argocd.argoproj.io/sync-wave, else helm.sh/hook-weight, else 0. */
int64_t sync_wave(const struct doc *obj);

#endif
