/* notifier - tells people and machines what happens to Applications: by webhook and by Slack. */
#include "services/notifier/notifier.h"

#include "svc/kube.h"
#include "svc/svc.h"

#include <stdlib.h>

static struct notifier_options o;

static const struct opt settings_options[] = {
    {OPT_STRING, "namespace", .env = "ARGOCD_NAMESPACE", .def = "argocd", .string = &o.ns,
     .help = "namespace of the Applications, projects and settings"},
};
static const struct opt delivery_options[] = {
    {OPT_INT, "tries", .def = "8", .integer = &o.tries, .min = 1, .max = 1000,
     .help = "of one notification, before it is given up; retryMax of a webhook goes before it"},
    {OPT_DURATION, "retry-wait", .def = "1s", .integer = &o.wait_ms, .min = 1, .max = 3600000,
     .help = "before the second try; doubled each time"},
    {OPT_DURATION, "retry-wait-max", .def = "60s", .integer = &o.wait_max_ms, .min = 1, .max = 3600000,
     .help = "no wait is longer"},
    {OPT_DURATION, "delivery-timeout", .def = "30s", .integer = &o.timeout_ms, .min = 1, .max = 3600000,
     .help = "of one try"},
    {OPT_INT, "processors-count", .env = "ARGOCD_NOTIFICATIONS_CONTROLLER_PROCESSORS_COUNT", .def = "32",
     .integer = &o.parallel, .min = 1, .max = 1000, .help = "notifications sent at once"},
};
static const struct opt_section sections[] = {
    {"Settings", settings_options, ARRAY_LEN(settings_options)},
    {"Delivery", delivery_options, ARRAY_LEN(delivery_options)},
};

struct program {
    struct kube *kube;
    struct notifier *notifier;
};

static void on_synced(void *arg)
{
    svc_ready(arg, "applications", true, NULL);
}

static struct err *start(struct svc_run *run)
{
    struct program *p = mem_zalloc(sizeof(*p));
    run->state = p;
    TRY(svc_kube(run, "argocd-notifications-controller", 0, 0, &p->kube));
    svc_ready(run, "applications", false, "Applications and settings have not been read");
    o.synced = on_synced;
    o.arg = run;
    p->notifier = notifier_new(p->kube, run->metrics, &o);
    return NULL;
}

static void drain(struct svc_run *run)
{
    struct program *p = run->state;
    notifier_drain(p->notifier, svc_drained, run);
}

static void stop(struct svc_run *run)
{
    struct program *p = run->state;
    if (!p)
        return;
    notifier_free(p->notifier);
    if (p->kube)
        kube_free(p->kube);
    free(p);
}

int main(int argc, char **argv)
{
    static const struct svc service = {
        .name = "notifier",
        .about = "Tells people and machines what happens to Applications: watches them, evaluates the "
                 "built-in triggers, and "
                 "posts to webhooks and to Slack.",
        .sections = sections,
        .sections_len = ARRAY_LEN(sections),
        .start = start,
        .drain = drain,
        .stop = stop,
    };
    return svc_main(&service, argc, argv);
}
