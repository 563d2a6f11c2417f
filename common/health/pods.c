/* health/pods - Pod and what runs to an end: Job, CronJob, Workflow. */
#include "health/rules.h"

#include "base/time.h"

#include <inttypes.h>

static const struct doc *status(const struct doc *live, const char *field)
{
    return doc_path(live, "status", field);
}

static bool alarming(const char *reason)
{
    return starts_with(reason, "Err") || ends_with(reason, "Error") || ends_with(reason, "BackOff");
}

/* Messages of containers that wait for a bad reason, joined; NULL when none does. */
static const char *waiting_trouble(struct arena *a, const struct doc *live)
{
    CLEANUP(str_release) struct str s = {0};
    bool any = false;
    doc_each(it, status(live, "containerStatuses")) {
        const struct doc *waiting = doc_path(it.val, "state", "waiting");
        if (!alarming(doc_str(doc_get(waiting, "reason"), "")))
            continue;
        str_printf(&s, "%s%s", any ? ", " : "", doc_str(doc_get(waiting, "message"), ""));
        any = true;
    }
    return any ? arena_strdup(a, str_text(&s)) : NULL;
}

static const char *container_failure(struct arena *a, const struct doc *container)
{
    const struct doc *end = doc_path(container, "state", "terminated");
    const char *message = doc_str(doc_get(end, "message"), "");
    if (*message)
        return message;
    if (doc_str_is(doc_get(end, "reason"), "OOMKilled"))
        return "OOMKilled";
    int64_t code = doc_int(doc_get(end, "exitCode"), 0);
    if (!code)
        return NULL;
    return arena_printf(a, "container \"%s\" failed with exit code %" PRId64, doc_str(doc_get(container, "name"), ""),
                        code);
}

static struct health pod_failed(struct arena *a, const struct doc *live)
{
    const char *message = doc_str(status(live, "message"), "");
    if (*message)
        return health_say(HEALTH_DEGRADED, message);
    const char *const lists[] = {"initContainerStatuses", "containerStatuses"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        doc_each(it, status(live, lists[i])) {
            const char *failure = container_failure(a, it.val);
            if (failure)
                return health_say(HEALTH_DEGRADED, failure);
        }
    return health_say(HEALTH_DEGRADED, "");
}

static struct health pod_running(const struct doc *live)
{
    const char *message = doc_str(status(live, "message"), "");
    if (!doc_str_is(doc_path(live, "spec", "restartPolicy"), "Always"))
        return health_say(HEALTH_PROGRESSING, message);
    if (health_condition_is(health_condition(live, "Ready"), "True"))
        return health_say(HEALTH_HEALTHY, message);
    doc_each(it, status(live, "containerStatuses"))
        if (doc_path(it.val, "lastState", "terminated"))
            return health_say(HEALTH_DEGRADED, message);
    return health_say(HEALTH_PROGRESSING, message);
}

struct health health_pod(struct arena *a, const struct doc *live)
{
    if (doc_str_is(doc_path(live, "spec", "restartPolicy"), "Always")) {
        const char *trouble = waiting_trouble(a, live);
        if (trouble)
            return health_say(HEALTH_DEGRADED, trouble);
    }
    const char *phase = doc_str(status(live, "phase"), ""), *message = doc_str(status(live, "message"), "");
    if (streq(phase, "Pending"))
        return health_say(HEALTH_PROGRESSING, message);
    if (streq(phase, "Succeeded"))
        return health_say(HEALTH_HEALTHY, message);
    if (streq(phase, "Failed"))
        return pod_failed(a, live);
    if (streq(phase, "Running"))
        return pod_running(live);
    return health_say(HEALTH_UNKNOWN, message);
}

struct health health_job(struct arena *a, const struct doc *live)
{
    (void)a;
    const struct doc *failed = health_condition(live, "Failed"), *complete = health_condition(live, "Complete");
    const struct doc *suspended = health_condition(live, "Suspended");
    if (failed)
        return health_say(HEALTH_DEGRADED, doc_str(doc_get(failed, "message"), ""));
    if (health_condition_is(suspended, "True"))
        return health_say(HEALTH_SUSPENDED, doc_str(doc_get(suspended, "message"), ""));
    if (complete || suspended)
        return health_say(HEALTH_HEALTHY, doc_str(doc_get(complete, "message"), ""));
    return health_say(HEALTH_PROGRESSING, ""); /* a hook that runs keeps the words of its apply */
}

struct health health_cronjob(struct arena *a, const struct doc *live)
{
    (void)a;
    if (doc_bool(doc_path(live, "spec", "suspend"), false))
        return health_say(HEALTH_HEALTHY, "CronJob is Suspended");
    if (!doc_get(live, "status"))
        return health_say(HEALTH_PROGRESSING, "Waiting for CronJob");
    const char *scheduled = doc_str(status(live, "lastScheduleTime"), NULL);
    const char *succeeded = doc_str(status(live, "lastSuccessfulTime"), NULL);
    if (!scheduled)
        return health_say(HEALTH_HEALTHY, "CronJob has not been scheduled yet");
    if (doc_len(status(live, "active")))
        return health_say(HEALTH_HEALTHY, "The job is still running");
    if (!succeeded)
        return health_say(HEALTH_HEALTHY, "CronJob has been scheduled but has not completed yet");
    int64_t at_scheduled = 0, at_succeeded = 0;
    if (time_parse_rfc3339(scheduled, &at_scheduled) && time_parse_rfc3339(succeeded, &at_succeeded) &&
        at_succeeded < at_scheduled)
        return health_say(HEALTH_DEGRADED, "CronJob has not completed its last execution successfully");
    return health_say(HEALTH_HEALTHY, "CronJob has completed its last execution successfully");
}

struct health health_workflow(struct arena *a, const struct doc *live)
{
    (void)a;
    static const struct {
        const char *phase;
        enum health_status status;
    } phases[] = {
        {"", HEALTH_PROGRESSING},      {"Pending", HEALTH_PROGRESSING}, {"Running", HEALTH_PROGRESSING},
        {"Succeeded", HEALTH_HEALTHY}, {"Failed", HEALTH_DEGRADED},     {"Error", HEALTH_DEGRADED},
    };
    const char *phase = doc_str(status(live, "phase"), ""), *message = doc_str(status(live, "message"), "");
    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        if (streq(phase, phases[i].phase))
            return health_say(phases[i].status, message);
    return health_say(HEALTH_UNKNOWN, message);
}
