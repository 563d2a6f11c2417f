/* application-controller/events - Kubernetes events about an Application, sent and forgotten: one that is lost is no harm. */
#include "controller.h"

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

void event_record(struct app *app, const char *type, const char *reason, const char *fmt, ...)
{
    struct controller *c = app->controller;
    CLEANUP(arena_freep) struct arena *a = arena_new("event");
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vprintf(a, fmt, ap);
    va_end(ap);
    int64_t now = clock_wall_ms(loop_clock(c->loop));
    const char *when = arena_strdup(a, time_rfc3339(now).text);
    struct doc *event = doc_new_map(a);
    doc_set_str(a, event, "apiVersion", "v1");
    doc_set_str(a, event, "kind", "Event");
    struct doc *meta = doc_set_map(a, event, "metadata");
    doc_set_str(a, meta, "name", arena_printf(a, "%s.%" PRIx64 ".%zx", app->view->name, (uint64_t)now, c->event_serial++));
    doc_set_str(a, meta, "namespace", app->view->ns);
    struct doc *object = doc_set_map(a, event, "involvedObject");
    doc_set_str(a, object, "apiVersion", "argoproj.io/v1alpha1");
    doc_set_str(a, object, "kind", "Application");
    doc_set_str(a, object, "name", app->view->name);
    doc_set_str(a, object, "namespace", app->view->ns);
    doc_set_str(a, object, "resourceVersion", api_resource_version(app_object(app)));
    doc_set_str(a, object, "uid", app->view->uid);
    doc_set_str(a, event, "reason", reason);
    doc_set_str(a, event, "message", message);
    doc_set_str(a, event, "type", type);
    doc_set_int(a, event, "count", 1);
    doc_set_str(a, event, "firstTimestamp", when);
    doc_set_str(a, event, "lastTimestamp", when);
    doc_set_str(a, doc_set_map(a, event, "source"), "component", "argocd-application-controller");
    struct kube_target t = {.group = "", .version = "v1", .resource = "events", .ns = app->view->ns};
    kube_create(c->kube, &t, event, NULL, on_created, NULL);
}
