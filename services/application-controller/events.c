/* application-controller/events - Kubernetes events about an Application, sent and forgotten: one that is lost is no harm. */
#include "controller.h"

#include "api/event.h"
#include "base/log.h"

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
    struct api_event about = {
        .type = type,
        .reason = reason,
        .message = message,
        .component = "argocd-application-controller",
        .now_ms = clock_wall_ms(loop_clock(c->loop)),
        .serial = c->event_serial++,
    };
    struct kube_target t = {.group = "", .version = "v1", .resource = "events", .ns = app->view->ns};
    kube_create(c->kube, &t, api_event_about(a, app_object(app), &about), NULL, on_created, NULL);
}
