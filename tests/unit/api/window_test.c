/* Sync windows: whom they concern, when they are open, and what they let through together. */
#include "api/window.h"
#include "base/time.h"
#include "doc/yaml.h"
#include "lib/test.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

/* Europe/Berlin in 2026, and nothing else. */
static bool zone(const char *name, int64_t at_s, int64_t *out)
{
    enum { BEGIN_S = 1774746000, END_S = 1792890000 };
    bool berlin = streq(name, "Europe/Berlin");
    *out = !berlin ? 0 : at_s >= BEGIN_S && at_s < END_S ? 7200 : 3600;
    return berlin || !*name;
}

static struct api_when at(const char *text)
{
    struct api_when when = {.zone_offset_s = zone};
    CHECK(time_parse_rfc3339(text, &when.now_ms));
    return when;
}

TEST(windows_choose_applications)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *window;
        bool concerns;
    } rows[] = {
        {"{applications: ['*']}", true},
        {"{applications: ['web-*']}", true},
        {"{applications: [db]}", false},
        {"{namespaces: [team-a]}", true},
        {"{clusters: [in-cluster]}", true},
        {"{clusters: ['https://*']}", true},
        {"{clusters: [prod]}", false},
        {"{applications: [db], namespaces: [team-*]}", true},
        {"{applications: [db], namespaces: [team-*], andOperator: true}", false},
        {"{applications: [web-1], namespaces: [team-*], andOperator: true}", true},
        {"{applications: [web-1], namespaces: [], clusters: [prod], andOperator: true}", false},
        {"{andOperator: true}", false},
        {"{}", false},
    };
    struct api_window_subject app = {"web-1", "team-a", {API_IN_CLUSTER, "in-cluster"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *p = yaml(a, arena_printf(a, "{spec: {syncWindows: [%s]}}", rows[i].window));
        CHECKF((doc_len(api_windows_of(a, p, &app)) == 1) == rows[i].concerns, "%s", rows[i].window);
    }
}

TEST(an_application_is_found_by_the_cluster_s_name_and_server)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *p =
        yaml(a, "{spec: {syncWindows: [{clusters: [in-cluster]}, {clusters: ['https://kubernetes.*']}]}}");
    static const char *const destinations[] = {"{server: 'https://kubernetes.default.svc'}",
                                               "{name: in-cluster}"};
    for (size_t i = 0; i < ARRAY_LEN(destinations); i++) {
        const struct doc *app =
            yaml(a, arena_printf(a, "{metadata: {name: x}, spec: {destination: %s}}", destinations[i]));
        CHECK_INT(doc_len(api_windows_of_app(a, p, api_app_parse(a, app, "argocd"))), 2);
    }
}

TEST(windows_are_open_from_each_firing_for_their_duration)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *window, *now;
        bool open;
    } rows[] = {
        {"{schedule: '0 22 * * *', duration: 4h}", "2026-11-25T21:59:59Z", false},
        {"{schedule: '0 22 * * *', duration: 4h}", "2026-11-25T22:00:00Z",
         false}, /* upstream's "before now" is strict */
        {"{schedule: '0 22 * * *', duration: 4h}", "2026-11-25T22:00:01Z", true},
        {"{schedule: '0 22 * * *', duration: 4h}", "2026-11-26T01:59:59Z", true}, /* over midnight */
        {"{schedule: '0 22 * * *', duration: 4h}", "2026-11-26T02:00:00Z", false},
        {"{schedule: '0 23 31 12 *', duration: 2h}", "2027-01-01T00:30:00Z",
         true}, /* and over the year's end */
        {"{schedule: '* * * * *', duration: 1h}", "2026-11-25T10:30:30Z", true},
        {"{schedule: '0 0 1 6 *', duration: 1h}", "2026-11-25T10:30:30Z", false},
        {"{schedule: '0 0 30 2 *', duration: 1h}", "2026-11-25T10:30:30Z",
         true}, /* never comes: open, as upstream has it */
        {"{schedule: '0 9 * * *', duration: 1h, timeZone: Europe/Berlin}", "2026-01-15T08:30:00Z", true},
        {"{schedule: '0 9 * * *', duration: 1h, timeZone: Europe/Berlin}", "2026-01-15T09:30:00Z", false},
        {"{schedule: '0 9 * * *', duration: 1h, timeZone: Europe/Berlin}", "2026-07-15T07:30:00Z", true},
        {"{schedule: '0 9 * * *', duration: 1h, timeZone: Europe/Berlin}", "2026-07-15T08:30:00Z", false},
        /* 02:30 does not exist on 29 March: the hour that is left out opens nothing new, 03:10 is within two
           hours of it */
        {"{schedule: '30 2 * * *', duration: 2h, timeZone: Europe/Berlin}", "2026-03-29T00:59:00Z", false},
        {"{schedule: '30 2 * * *', duration: 2h, timeZone: Europe/Berlin}", "2026-03-29T01:10:00Z", true},
        {"{schedule: '0 9 * * *', duration: 1h, timeZone: Mars/Base}", "2026-07-15T09:30:00Z", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool open = !rows[i].open;
        struct api_when when = at(rows[i].now);
        CHECK_OK(api_window_active(yaml(a, rows[i].window), &when, &open));
        CHECKF(open == rows[i].open, "%s at %s", rows[i].window, rows[i].now);
    }
}

/* Open and closed windows at 12:00:30. */
#define OPEN "schedule: '* * * * *', duration: 1h"
#define CLOSED "schedule: '0 0 1 6 *', duration: 1h"

TEST(windows_together)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *windows;
        bool automatic, manual;
    } rows[] = {
        {"[]", true, true},
        {"[{kind: deny, " OPEN "}]", false, false},
        {"[{kind: deny, " CLOSED "}]", true, true},
        {"[{kind: deny, manualSync: true, " OPEN "}]", false, true},
        {"[{kind: deny, manualSync: true, " OPEN "}, {kind: deny, " OPEN "}]", false, false},
        {"[{kind: allow, " OPEN "}]", true, true},
        {"[{kind: allow, " CLOSED "}]", false, false},
        {"[{kind: allow, manualSync: true, " CLOSED "}]", false, true},
        {"[{kind: allow, manualSync: true, " CLOSED "}, {kind: allow, " CLOSED "}]", false, false},
        {"[{kind: allow, " CLOSED "}, {kind: allow, " OPEN "}]", true, true},
        {"[{kind: allow, " OPEN "}, {kind: deny, " OPEN "}]", false, false}, /* deny wins */
        {"[{kind: allow, " OPEN "}, {kind: deny, manualSync: true, " OPEN "}]", false, true},
        {"[{kind: allow, " CLOSED "}, {kind: deny, " CLOSED "}]", false, false},
        {"[{kind: allow, " CLOSED "}, {kind: deny, manualSync: true, " OPEN "}]", false, true},
    };
    struct api_when when = at("2026-11-25T12:00:30Z");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *windows = yaml(a, rows[i].windows);
        bool automatic, manual;
        CHECK_OK(api_windows_permit(windows, &when, &(struct api_sync_attempt){.manual = false}, &automatic));
        CHECK_OK(api_windows_permit(windows, &when, &(struct api_sync_attempt){.manual = true}, &manual));
        CHECKF(automatic == rows[i].automatic && manual == rows[i].manual, "%s", rows[i].windows);
    }
}

TEST(what_runs_may_end_with_overrun)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    /* At 12:00:30; the deny windows opened at 12:00, the allow window closed then. */
#define DENY "kind: deny, schedule: '0 12 * * *', duration: 1h"
#define ALLOW "kind: allow, schedule: '0 11 * * *', duration: 1h"
    static const struct {
        const char *windows, *started;
        bool manual, goes_on;
    } rows[] = {
        {"[{" DENY "}]", "2026-11-25T11:59:00Z", false, false},
        {"[{" DENY ", syncOverrun: true}]", "2026-11-25T11:59:00Z", false, true},
        {"[{" DENY ", syncOverrun: true}]", "2026-11-25T12:00:20Z", false,
         false}, /* it should not have begun */
        {"[{" DENY ", syncOverrun: true}, {" DENY "}]", "2026-11-25T11:59:00Z", false, false},
        {"[{" ALLOW "}]", "2026-11-25T11:59:00Z", false, false},
        {"[{" ALLOW ", syncOverrun: true}]", "2026-11-25T11:59:00Z", false, true},
        {"[{" ALLOW ", syncOverrun: true}]", "2026-11-25T10:59:00Z", false, false},
        {"[{" ALLOW ", syncOverrun: true}, {" DENY "}]", "2026-11-25T11:59:00Z", false, false},
        {"[{" ALLOW ", syncOverrun: true}, {" DENY ", manualSync: true}]", "2026-11-25T11:59:00Z", true,
         true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_when when = at("2026-11-25T12:00:30Z"), start = at(rows[i].started);
        struct api_sync_attempt attempt = {rows[i].manual, start.now_ms};
        bool ok;
        CHECK_OK(api_windows_permit(yaml(a, rows[i].windows), &when, &attempt, &ok));
        CHECKF(ok == rows[i].goes_on, "%s from %s", rows[i].windows, rows[i].started);
    }
}

TEST(a_window_that_cannot_be_read_lets_nothing_through)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *windows, *says;
    } rows[] = {
        {"[{kind: allow, " OPEN "}, {kind: deny, schedule: 'x', duration: 1h}]", "schedule 'x'"},
        {"[{kind: allow, schedule: '* * * * *', duration: an hour}]", "cannot parse duration 'an hour'"},
        {"[{kind: allow}]", "schedule ''"},
    };
    struct api_when when = at("2026-11-25T12:00:30Z");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool ok = true;
        struct api_sync_attempt attempt = {.manual = true};
        CHECK_ERR(api_windows_permit(yaml(a, rows[i].windows), &when, &attempt, &ok), ERR_INVALID, rows[i].says);
        CHECK(!ok);
    }
}

TEST_MAIN
