/* api-server/windows - sync windows: what the status panel shows of an application's, which of a project's
 * are open, and whether a person may sync (specs/api.md §2, specs/engine.md §3.10). */
#include "api.h"

#include "api/window.h"
#include "base/zone.h"

static struct api_when now(struct turn *t)
{
    return (struct api_when){clock_wall_ms(loop_clock(t->api->o.loop)), zone_offset_s};
}

static const struct doc *assigned(struct turn *t, const struct doc *app)
{
    const struct doc *project = cache_project(t->api, app_project(app));
    return api_windows_of_app(t->a, project, api_app_parse(t->a, app, t->api->o.ns));
}

static struct err *manual(struct turn *t, const struct doc *windows, bool *may)
{
    struct api_when when = now(t);
    return api_windows_permit(windows, &when, &(struct api_sync_attempt){.manual = true}, may);
}

struct err *window_permits(struct turn *t, const struct doc *app)
{
    bool may = false;
    struct err *e = manual(t, assigned(t, app), &may);
    if (e) {
        struct err *said = err_new(ERR_INVALID, "cannot sync: invalid sync window: %s", e->msg);
        err_free(e);
        return said;
    }
    return may ? NULL : err_new(ERR_DENIED, "cannot sync: blocked by sync window");
}

/* ApplicationSyncWindow: all four fields are required. */
static const struct doc *brief(struct arena *a, const struct doc *window)
{
    struct doc *out = doc_new_map(a);
    static const char *const texts[] = {"kind", "schedule", "duration"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        doc_set_str(a, out, texts[i], doc_str(doc_get(window, texts[i]), ""));
    doc_set_bool(a, out, "manualSync", doc_bool(doc_get(window, "manualSync"), false));
    return out;
}

static struct err *describe(struct turn *t, const struct doc *windows, struct doc *out)
{
    struct arena *a = t->a;
    struct api_when when = now(t);
    struct doc *active = doc_new_list(a), *all = doc_new_list(a);
    bool may;
    doc_each (it, windows) {
        bool open;
        TRY(api_window_active(it.val, &when, &open));
        const struct doc *window = brief(a, it.val);
        doc_push(a, all, window);
        if (open)
            doc_push(a, active, window);
    }
    TRY(manual(t, windows, &may));
    if (doc_len(active))
        doc_set(a, out, "activeWindows", active);
    if (doc_len(all))
        doc_set(a, out, "assignedWindows", all);
    doc_set_bool(a, out, "canSync", may);
    return NULL;
}

void app_windows(struct turn *t)
{
    const struct doc *app = turn_app(t);
    if (!app)
        return;
    struct doc *out = doc_new_map(t->a);
    struct err *e = describe(t, assigned(t, app), out);
    if (e)
        turn_fail(t, e);
    else
        turn_reply(t, out);
}

void project_windows(struct turn *t)
{
    const struct doc *project = cache_project(t->api, t->name);
    if (!project) {
        turn_fail(t, err_new(ERR_NOT_FOUND, "appprojects.argoproj.io \"%s\" not found", t->name));
        return;
    }
    struct doc *out = doc_new_map(t->a);
    const struct doc *windows = doc_path(project, "spec", "syncWindows");
    if (doc_len(windows))
        doc_set(t->a, out, "windows", windows);
    turn_reply(t, out);
}
