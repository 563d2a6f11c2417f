/* application-controller/windows - sync windows, asked before an automated sync starts and at each step of an
 * operation (specs/engine.md §1.3, 3.2, 3.10). */
#include "controller.h"

#include "api/window.h"
#include "base/zone.h"

const char *windows_forbid(const struct app *app, struct arena *a, bool manual, int64_t started_ms)
{
    const struct doc *windows = api_windows_of_app(a, frozen_root(app->project), app->view);
    struct api_when when = {clock_wall_ms(loop_clock(app->controller->loop)), zone_offset_s};
    struct api_sync_attempt attempt = {manual, started_ms};
    bool may = false;
    CLEANUP(err_freep) struct err *e = api_windows_permit(windows, &when, &attempt, &may);
    if (e)
        return arena_printf(a, "Sync operation blocked by sync window: %s", e->msg);
    return may ? NULL : "Sync operation blocked by sync window";
}

/* Schedules fire at full minutes, and a window is open only once that moment has passed. */
void windows_wait(struct app *app)
{
    enum { MINUTE_MS = 60 * 1000, PAST_MS = 500 };
    int64_t now_ms = clock_wall_ms(loop_clock(app->controller->loop));
    app_queue_after(app, MINUTE_MS - now_ms % MINUTE_MS + PAST_MS);
}
