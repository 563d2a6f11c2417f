/* api-server/audit - Kubernetes events about what people did, sent and forgotten: one that is lost is no
 * harm. */
#include "api.h"

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

/* Out of a list, an object does not say what it is. */
static const struct doc *typed(struct arena *a, const struct doc *app)
{
    const struct doc *kind = doc_with(a, app, doc_new_str(a, "Application"), "kind");
    return doc_with(a, kind, doc_new_str(a, "argoproj.io/v1alpha1"), "apiVersion");
}

void audit(struct turn *t, const struct doc *app, const char *reason, const char *fmt, ...)
{
    struct api *api = t->api;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(t->a, fmt, ap);
    va_end(ap);
    const struct api_event event = {.type = "Normal",
                                    .reason = reason,
                                    .message = arena_printf(t->a, "%s %s", t->user, text),
                                    .component = "argocd-server",
                                    .user = t->user,
                                    .now_ms = clock_wall_ms(loop_clock(api->o.loop)),
                                    .serial = api->event_serial++};
    const struct kube_target target = {
        .group = "", .version = "v1", .resource = "events", .ns = api_namespace(app)};
    kube_create(api->o.kube, &target, api_event_about(t->a, typed(t->a, app), &event), NULL, on_created,
                NULL);
    log_info("audit", "user", t->user, "application", api_name(app), "reason", reason, "what", text);
}
