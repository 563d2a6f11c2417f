/* api/window.h - sync windows of an AppProject: when its applications may be synced (specs/engine.md §3.10).
 *
 * Pure over the project's document; the time and the zones come from the caller. */
#ifndef CAPSTAN_API_WINDOW_H
#define CAPSTAN_API_WINDOW_H

#include "api/app.h"
#include "api/project.h"

/* When it is asked. */
struct api_when {
    int64_t now_ms; /* wall clock */
    /* Seconds that local time in the zone is ahead of UTC at that moment; false = no such zone, which counts
     * as UTC. zone_offset_s, or a test's. */
    bool (*zone_offset_s)(const char *zone, int64_t at_s, int64_t *out);
};

/* What windows choose by; the texts of an application's destination, either of server and name may be "". */
struct api_window_subject {
    const char *name, *ns;
    struct api_cluster cluster;
};

/* Those of spec.syncWindows that concern the application, in their order; nodes of the project's document.
 * NULL for none. */
const struct doc *api_windows_of(struct arena *a, const struct doc *project,
                                 const struct api_window_subject *app);
/* The same of a parsed application; a cluster without a name is found under in-cluster. */
const struct doc *api_windows_of_app(struct arena *a, const struct doc *project, const struct api_app *app);

/* Is the window open? One whose schedule never comes again is, as upstream has it. ERR_INVALID for a schedule
 * or a duration that cannot be read. */
struct err *api_window_active(const struct doc *window, const struct api_when *when, bool *out) MUST_USE;

/* Who wants to sync. A running operation tells when it began, as syncOverrun may let it end; 0 = it has not
 * begun. */
struct api_sync_attempt {
    bool manual;
    int64_t started_ms;
};
/* Does the list (of api_windows_of) let the attempt through? A window that cannot be read lets nothing
 * through and is the error. */
struct err *api_windows_permit(const struct doc *windows, const struct api_when *when,
                               const struct api_sync_attempt *attempt, bool *out) MUST_USE;

#endif
