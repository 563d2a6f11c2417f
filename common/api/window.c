/* api/window - a window is open while its schedule has fired within the last `duration`. Upstream asks that
 * with the schedule read as UTC and the present moved by the zone's offset of now; so does this, and both
 * change over to daylight saving alike. */
#include "api/window.h"

#include "base/duration.h"
#include "text/cron.h"
#include "text/glob.h"

static bool any_fits(const struct doc *globs, const char *text)
{
    doc_each (it, globs)
        if (glob_matches(doc_str(it.val, ""), text, ""))
            return true;
    return false;
}

/* Lists that say nothing are no conditions; of the others one must fit, or all with andOperator. */
static bool concerns(const struct doc *window, const struct api_window_subject *app)
{
    const struct doc *names = doc_get(window, "applications"), *clusters = doc_get(window, "clusters");
    const struct doc *namespaces = doc_get(window, "namespaces");
    bool by_name = any_fits(names, app->name), by_ns = any_fits(namespaces, app->ns);
    bool by_cluster = (*app->cluster.server && any_fits(clusters, app->cluster.server)) ||
                      (*app->cluster.name && any_fits(clusters, app->cluster.name));
    if (!doc_bool(doc_get(window, "andOperator"), false))
        return by_name || by_ns || by_cluster;
    bool chooses = doc_len(names) || doc_len(clusters) || doc_len(namespaces);
    return chooses && (by_name || !doc_len(names)) && (by_ns || !doc_len(namespaces)) &&
           (by_cluster || !doc_len(clusters));
}

const struct doc *api_windows_of(struct arena *a, const struct doc *project,
                                 const struct api_window_subject *app)
{
    struct doc *out = NULL;
    doc_each (it, doc_path(project, "spec", "syncWindows")) {
        if (!concerns(it.val, app))
            continue;
        if (!out)
            out = doc_new_list(a);
        doc_push(a, out, it.val);
    }
    return out;
}

const struct doc *api_windows_of_app(struct arena *a, const struct doc *project, const struct api_app *app)
{
    bool here = streq(app->dest.server, API_IN_CLUSTER) || streq(app->dest.name, "in-cluster");
    struct api_window_subject subject = {
        .name = app->name,
        .ns = app->dest.ns,
        .cluster = {.server = here ? API_IN_CLUSTER : app->dest.server,
                    .name = here ? "in-cluster" : app->dest.name},
    };
    return api_windows_of(a, project, &subject);
}

struct err *api_window_active(const struct doc *window, const struct api_when *when, bool *out)
{
    const char *schedule = doc_str(doc_get(window, "schedule"), ""),
               *length = doc_str(doc_get(window, "duration"), "");
    struct cron cron;
    int64_t duration_ms, offset_s = 0, next_s;
    *out = false;
    TRY(cron_parse(schedule, &cron));
    if (!duration_parse_ms(span_of(length), &duration_ms))
        return err_new(ERR_INVALID, "cannot parse duration '%s' of the sync window '%s': \"1h30m\" is one",
                       length, schedule);
    if (!when->zone_offset_s(doc_str(doc_get(window, "timeZone"), ""), when->now_ms / 1000, &offset_s))
        offset_s = 0;
    int64_t now_ms = when->now_ms + offset_s * 1000, since_ms = now_ms - duration_ms;
    *out = !cron_next_s(&cron, since_ms / 1000, &next_s) || next_s * 1000 < now_ms;
    return NULL;
}

/* What the windows say together at one moment. */
struct tally {
    size_t denies, allows, closed_allows;          /* active denies, active and inactive allows */
    size_t denies_but_manual, closed_but_manual;   /* of them, those that let a manual sync through */
    size_t denies_but_overrun, closed_but_overrun; /* and those that let a running one end */
};

static struct err *count(const struct doc *windows, const struct api_when *when, struct tally *t)
{
    *t = (struct tally){0};
    doc_each (it, windows) {
        bool active, manual = doc_bool(doc_get(it.val, "manualSync"), false);
        bool overrun = doc_bool(doc_get(it.val, "syncOverrun"), false);
        TRY(api_window_active(it.val, when, &active));
        if (doc_str_is(doc_get(it.val, "kind"), "deny")) {
            t->denies += active;
            t->denies_but_manual += active && manual;
            t->denies_but_overrun += active && overrun;
        } else if (active) {
            t->allows++;
        } else {
            t->closed_allows++;
            t->closed_but_manual += manual;
            t->closed_but_overrun += overrun;
        }
    }
    return NULL;
}

static bool permits(const struct tally *t, bool manual)
{
    if (t->denies)
        return manual && t->denies_but_manual == t->denies;
    if (t->allows || !t->closed_allows)
        return true;
    return manual && t->closed_but_manual == t->closed_allows;
}

struct err *api_windows_permit(const struct doc *windows, const struct api_when *when,
                               const struct api_sync_attempt *attempt, bool *out)
{
    struct tally now, then;
    *out = false;
    TRY(count(windows, when, &now));
    *out = permits(&now, attempt->manual);
    bool may_overrun =
        now.denies ? now.denies_but_overrun == now.denies : now.closed_but_overrun == now.closed_allows;
    if (*out || !attempt->started_ms || !may_overrun)
        return NULL;
    struct api_when start = {attempt->started_ms, when->zone_offset_s};
    TRY(count(windows, &start, &then));
    *out = permits(&then, attempt->manual);
    return NULL;
}
