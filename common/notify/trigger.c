/* notify/trigger - the built-in triggers, with the conditions of Argo CD's catalogue as one table. */
#include "notify/trigger.h"

#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/text.h"

#define STATUS(app, ...) doc_str(doc_path(app, "status", __VA_ARGS__), "")

static bool phase_is(const struct doc *app, const char *phase)
{
    return streq(STATUS(app, "operationState", "phase"), phase);
}

static bool always(const struct doc *app)
{
    (void)app;
    return true;
}

static bool deployed(const struct doc *app)
{
    return phase_is(app, "Succeeded") && streq(STATUS(app, "health", "status"), "Healthy");
}

static bool succeeded(const struct doc *app)
{
    return phase_is(app, "Succeeded");
}

static bool failed(const struct doc *app)
{
    return phase_is(app, "Error") || phase_is(app, "Failed");
}

static bool degraded(const struct doc *app)
{
    return streq(STATUS(app, "health", "status"), "Degraded");
}

static bool unknown(const struct doc *app)
{
    return streq(STATUS(app, "sync", "status"), "Unknown");
}

static const char *name_of(struct arena *a, const struct doc *app)
{
    (void)a;
    return doc_str(doc_path(app, "metadata", "name"), "");
}

const char *trigger_revision(struct arena *a, const struct doc *app)
{
    const struct doc *result = doc_path(app, "status", "operationState", "syncResult");
    const char *one = doc_str(doc_get(result, "revision"), "");
    if (*one)
        return one;
    CLEANUP(str_release) struct str all = {0};
    doc_each (it, doc_get(result, "revisions"))
        str_printf(&all, "%s%s", all.len ? "+" : "", doc_str(it.val, ""));
    return arena_strdup(a, str_text(&all));
}

static const char *created_at(struct arena *a, const struct doc *app)
{
    (void)a;
    return doc_str(doc_path(app, "metadata", "creationTimestamp"), "");
}

static const char *finished_at(struct arena *a, const struct doc *app)
{
    (void)a;
    return STATUS(app, "operationState", "finishedAt");
}

static const char *degraded_at(struct arena *a, const struct doc *app)
{
    (void)a;
    return STATUS(app, "health", "lastTransitionTime");
}

/* The first condition that is an error: why the status is not known. */
static const struct doc *error_condition(const struct doc *app)
{
    doc_each (it, doc_path(app, "status", "conditions"))
        if (ends_with(doc_str(doc_get(it.val, "type"), ""), "Error"))
            return it.val;
    return NULL;
}

static const char *unknown_at(struct arena *a, const struct doc *app)
{
    (void)a;
    const char *when = doc_str(doc_get(error_condition(app), "lastTransitionTime"), "");
    return *when ? when : STATUS(app, "reconciledAt");
}

static const char *no_detail(const struct doc *app)
{
    (void)app;
    return "";
}

static const char *operation_detail(const struct doc *app)
{
    return STATUS(app, "operationState", "message");
}

static const char *health_detail(const struct doc *app)
{
    return STATUS(app, "health", "message");
}

static const char *unknown_detail(const struct doc *app)
{
    return doc_str(doc_get(error_condition(app), "message"), "");
}

static const struct trigger triggers[] = {
    {"on-created", "true", always, name_of, created_at, false, no_detail, "Application %s was created"},
    {"on-deployed",
     "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded'] and "
     "app.status.health.status == 'Healthy'",
     deployed, trigger_revision, finished_at, false, no_detail,
     "Application %s runs a new revision and is healthy"},
    {"on-sync-succeeded",
     "app.status.operationState != nil and app.status.operationState.phase in ['Succeeded']", succeeded, NULL,
     finished_at, true, operation_detail, "Application %s was synced"},
    {"on-sync-failed",
     "app.status.operationState != nil and app.status.operationState.phase in ['Error', 'Failed']", failed,
     NULL, finished_at, true, operation_detail, "The sync of application %s failed"},
    {"on-health-degraded", "app.status.health.status == 'Degraded'", degraded, NULL, degraded_at, true,
     health_detail, "Application %s is degraded"},
    {"on-sync-status-unknown", "app.status.sync.status == 'Unknown'", unknown, NULL, unknown_at, false,
     unknown_detail, "The sync status of application %s is not known"},
};

const struct trigger *trigger_find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(triggers); i++)
        if (span_is(name, triggers[i].name))
            return &triggers[i];
    return NULL;
}

const char *trigger_tag(struct arena *a, const struct trigger *t)
{
    struct crypto_digest sha1;
    crypto_digest(CRYPTO_SHA1, span_of(t->when), &sha1);
    struct span text =
        crypto_base64_encode(a, CRYPTO_BASE64_URL, (struct span){(const char *)sha1.bytes, sha1.len});
    return arena_printf(a, "%s:[0].%s", t->name, text.at);
}

bool trigger_refreshed(const struct doc *app)
{
    int64_t finished_ms, seen_ms = INT64_MIN, observed_ms = INT64_MIN;
    if (!time_parse_rfc3339(STATUS(app, "operationState", "finishedAt"), &finished_ms))
        return true;
    if (!time_parse_rfc3339(STATUS(app, "reconciledAt"), &seen_ms))
        seen_ms = INT64_MIN;
    if (!time_parse_rfc3339(STATUS(app, "observedAt"), &observed_ms))
        observed_ms = INT64_MIN;
    return finished_ms <= MAX(seen_ms, observed_ms);
}
