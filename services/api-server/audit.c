/* api-server/audit - Kubernetes events about what people did, sent and forgotten: one that is lost is no
 * harm. */
#include "api.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>

static void on_created(void *arg, struct err *e, const struct doc *object)
{
    (void)arg, (void)object;
    if (e)
        log_debug("an event was not recorded", "error", e->msg);
    err_free(e);
}

static struct doc *reference(struct arena *a, struct doc *event, const struct doc *app)
{
    struct doc *object = doc_set_map(a, event, "involvedObject");
    doc_set_str(a, object, "apiVersion", "argoproj.io/v1alpha1");
    doc_set_str(a, object, "kind", "Application");
    doc_set_str(a, object, "name", api_name(app));
    doc_set_str(a, object, "namespace", api_namespace(app));
    doc_set_str(a, object, "resourceVersion", api_resource_version(app));
    doc_set_str(a, object, "uid", api_uid(app));
    return object;
}

void audit(struct turn *t, const struct doc *app, const char *reason, const char *fmt, ...)
{
    struct api *api = t->api;
    struct arena *a = t->a;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    int64_t now = clock_wall_ms(loop_clock(api->o.loop));
    struct time_text when = time_rfc3339(now);
    struct doc *event = doc_new_map(a);
    doc_set_str(a, event, "apiVersion", "v1");
    doc_set_str(a, event, "kind", "Event");
    struct doc *meta = doc_set_map(a, event, "metadata");
    doc_set_str(a, meta, "name",
                arena_printf(a, "%s.%" PRIx64 ".%zx", api_name(app), (uint64_t)now, api->event_serial++));
    doc_set_str(a, meta, "namespace", api->o.ns);
    doc_set_str(a, doc_set_map(a, meta, "annotations"), "user", t->user);
    reference(a, event, app);
    doc_set_str(a, event, "reason", reason);
    doc_set_str(a, event, "message", arena_printf(a, "%s %s", t->user, text));
    doc_set_str(a, event, "type", "Normal");
    doc_set_int(a, event, "count", 1);
    doc_set_str(a, event, "firstTimestamp", when.text);
    doc_set_str(a, event, "lastTimestamp", when.text);
    doc_set_str(a, doc_set_map(a, event, "source"), "component", "argocd-server");
    struct kube_target target = {.group = "", .version = "v1", .resource = "events", .ns = api->o.ns};
    kube_create(api->o.kube, &target, event, NULL, on_created, NULL);
    log_info("audit", "user", t->user, "application", api_name(app), "reason", reason, "what", text);
}
