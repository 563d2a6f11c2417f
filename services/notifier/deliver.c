/* notifier/deliver - deliveries on their way: sent in turn by service, again after a back-off, given up in
 * the open. */
#include "services/notifier/notifier.h"

#include "api/event.h"
#include "api/object.h"
#include "base/log.h"
#include "doc/json.h"
#include "net/url.h"

#include <stdlib.h>

enum {
    ANSWER_MAX = 64 * 1024,
    RETRY_AFTER_MAX_MS = 5 * 60 * 1000, /* what a receiver may ask for */
};

struct delivery {
    struct notifier *notifier;
    const char *key; /* the map's */
    char *app_key, *uid;
    char *trigger, *service, *recipient, *message, *body;
    char *mark;
    int64_t mark_s;
    struct net_transfer *transfer;
    int failures;
};

static void delivery_free(void *arg)
{
    struct delivery *d = arg;
    net_transfer_cancel(d->transfer);
    free(d->app_key);
    free(d->uid);
    free(d->trigger);
    free(d->service);
    free(d->recipient);
    free(d->message);
    free(d->body);
    free(d->mark);
    free(d);
}

static void pump(struct notifier *n);

void deliver(struct app *app, const struct notify_delivery *due)
{
    struct notifier *n = app->notifier;
    if (map_has(n->deliveries, due->key))
        return;
    struct delivery *d = mem_zalloc(sizeof(*d));
    CLEANUP(str_release) struct str body = {0};
    json_write(&body, due->body, 0);
    d->notifier = n;
    d->app_key = mem_strdup(app->key);
    d->uid = mem_strdup(api_uid(app_object(app)));
    d->trigger = mem_strdup(due->trigger);
    d->service = mem_strdup(due->service);
    d->recipient = mem_strdup(due->recipient);
    d->message = mem_strdup(due->message);
    d->body = mem_strdup(str_text(&body));
    d->mark = mem_strdup(due->done.mark);
    d->mark_s = due->done.unix_s;
    d->key = map_set(n->deliveries, due->key, d);
    queue_add(n->outbox, d->service, d->key);
    pump(n);
}

/* --- the end of a delivery --- */

/* The application that it is about, unless that is gone or made anew. */
static struct app *app_of(const struct delivery *d)
{
    struct app *app = map_get(d->notifier->apps, d->app_key);
    return app && streq(api_uid(app_object(app)), d->uid) ? app : NULL;
}

static void finish(struct delivery *d, bool told)
{
    struct notifier *n = d->notifier;
    struct app *app = app_of(d);
    metric_add(n->count_deliveries, 1, d->trigger, d->service, told ? "true" : "false");
    CLEANUP(mem_freep) char *mark = mem_strdup(d->mark), *key = mem_strdup(d->key);
    int64_t mark_s = d->mark_s;
    queue_drop(n->outbox, key);
    map_del(n->deliveries, key);
    if (app)
        app_told(app, mark, mark_s);
}

static void on_recorded(void *arg, struct err *e, const struct doc *object)
{
    (void)arg, (void)object;
    if (e)
        log_debug("an event was not recorded", "error", e->msg);
    err_free(e);
}

static void record(struct delivery *d, const char *why)
{
    struct notifier *n = d->notifier;
    struct app *app = app_of(d);
    if (!app)
        return;
    CLEANUP(arena_freep) struct arena *a = arena_new("event");
    struct api_event e = {.type = "Warning",
                          .reason = "NotificationFailed",
                          .message = arena_printf(a, "%s was not delivered by %s%s%s: %s", d->trigger,
                                                  d->service, *d->recipient ? " to " : "", d->recipient, why),
                          .component = "argocd-notifications-controller",
                          .now_ms = clock_wall_ms(loop_clock(n->loop)),
                          .serial = n->event_serial++};
    struct kube_target t = {
        .group = "", .version = "v1", .resource = "events", .ns = api_namespace(app_object(app))};
    kube_create(n->kube, &t, api_event_about(a, app_object(app), &e), NULL, on_recorded, NULL);
}

/* Marked as if it were told: what is refused today would be refused for ever. */
static void give_up(struct delivery *d, const char *why)
{
    log_error("a notification was given up", "app", d->app_key, "trigger", d->trigger, "service", d->service,
              "recipient", d->recipient, "key", d->key, "error", why);
    record(d, why);
    finish(d, false);
}

static void told(struct delivery *d)
{
    log_info("notified", "app", d->app_key, "trigger", d->trigger, "service", d->service, "recipient",
             d->recipient, "key", d->key);
    finish(d, true);
}

static void again(struct delivery *d, const struct notify_service *s, int64_t asked_ms, const char *why)
{
    struct notifier *n = d->notifier;
    int tries = s->tries ? s->tries : (int)n->o.tries;
    if (++d->failures >= tries) {
        CLEANUP(mem_freep) char *all = mem_printf("%s, %d times", why, d->failures);
        give_up(d, d->failures > 1 ? all : why);
        return;
    }
    struct backoff b = {.base_ms = s->wait_ms ? s->wait_ms : n->o.wait_ms,
                        .cap_ms = s->wait_max_ms ? s->wait_max_ms : n->o.wait_max_ms,
                        .factor = 2,
                        .jitter = 0.2};
    int64_t wait =
        MAX(backoff_ms(&b, d->failures, rand_system()), MIN(asked_ms, (int64_t)RETRY_AFTER_MAX_MS));
    log_warn("a notification is tried again", "app", d->app_key, "trigger", d->trigger, "service", d->service,
             "error", why);
    queue_add_after(n->outbox, d->service, d->key, wait);
}

/* --- sending --- */

/* The path of a URL may be a secret of its own (an incoming webhook's is). */
static const char *without_path(struct arena *a, const char *message, const char *url)
{
    struct net_url u;
    struct err *e = net_url_parse(a, url, &u);
    const char *at = !e && strlen(u.path) > 1 ? strstr(message, u.path) : NULL;
    err_free(e);
    if (!at)
        return message;
    return arena_printf(a, "%.*s/...%s", (int)(at - message), message, at + strlen(u.path));
}

static int64_t retry_after_ms(const struct net_response *r)
{
    const char *text = net_pairs_get(&r->headers, "Retry-After");
    int64_t seconds = 0;
    return text && span_int(span_of(text), &seconds) && seconds > 0 && seconds < 86400 ? seconds * 1000 : 0;
}

static void judge(struct delivery *d, const struct notify_service *s, const struct err *e,
                  const struct net_response *response)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("notification");
    const char *why = "";
    enum notify_verdict v;
    if (e) {
        v = e->code == ERR_INVALID ? NOTIFY_REFUSED : NOTIFY_AGAIN;
        why = without_path(a, e->msg, s->url);
    } else {
        v = notify_verdict(a, s, response->status, response->body, &why);
    }
    if (v == NOTIFY_TOLD)
        told(d);
    else if (v == NOTIFY_AGAIN)
        again(d, s, e ? 0 : retry_after_ms(response), why);
    else
        give_up(d, why);
}

static const char no_service[] = "the service is no longer configured";

static void on_done(void *arg, struct err *e, const struct net_response *response)
{
    struct delivery *d = arg;
    struct notifier *n = d->notifier;
    const struct notify_service *s = notify_config_service(n->config, d->service);
    d->transfer = NULL;
    n->sending--;
    queue_done(n->outbox, d->key);
    if (s)
        judge(d, s, e, response);
    else
        give_up(d, no_service);
    err_free(e);
    pump(n);
    notifier_check_drained(n);
}

static void send_one(struct delivery *d)
{
    static const struct net_creds unchecked = {.insecure = true};
    struct notifier *n = d->notifier;
    CLEANUP(arena_freep) struct arena *a = arena_new("notification");
    const struct notify_service *s = notify_config_service(n->config, d->service);
    if (!s) {
        queue_done(n->outbox, d->key);
        give_up(d, no_service);
        return;
    }
    struct notify_request r;
    notify_request(a, s, &(struct notify_news){d->key, d->recipient, d->message, d->body}, &r);
    n->sending++;
    d->transfer = net_client_start(n->net, &(struct net_request){.method = "POST",
                                                                 .url = r.url,
                                                                 .headers = r.headers,
                                                                 .headers_len = r.headers_len,
                                                                 .body = span_of(r.body),
                                                                 .creds = s->insecure ? &unchecked : NULL,
                                                                 .timeout_ms = n->o.timeout_ms,
                                                                 .max_body = ANSWER_MAX,
                                                                 .on_done = on_done,
                                                                 .arg = d});
}

static void on_outbox(struct loop_timer *t)
{
    struct notifier *n = CONTAINER(t, struct notifier, outbox_timer);
    const char *key;
    while (!n->draining && n->sending < n->o.parallel && (key = queue_take(n->outbox)))
        send_one(map_get(n->deliveries, key));
    pump(n);
}

static void pump(struct notifier *n)
{
    int64_t wait = n->draining || n->sending >= n->o.parallel ? INT64_MAX : queue_wait_ms(n->outbox);
    if (wait == INT64_MAX)
        loop_timer_stop(n->loop, &n->outbox_timer);
    else
        loop_timer_set(n->loop, &n->outbox_timer, wait, on_outbox);
}

/* --- life --- */

void deliver_start(struct notifier *n, struct metric_set *metrics)
{
    static const struct backoff unused = {.base_ms = 1000, .cap_ms = 60000, .factor = 2};
    n->net = net_client_new(n->loop,
                            &(struct net_client_options){.user_agent = "argocd-notifications-controller"});
    n->deliveries = map_new(delivery_free);
    n->outbox = queue_new(loop_clock(n->loop), rand_system(), &unused);
    n->count_deliveries =
        metric_new(metrics, &(struct metric_desc){.type = METRIC_COUNTER,
                                                  .name = "argocd_notifications_deliveries_total",
                                                  .help = "Notifications told or given up.",
                                                  .labels = {"trigger", "service", "succeeded"}});
}

void deliver_stop(struct notifier *n)
{
    loop_timer_stop(n->loop, &n->outbox_timer);
    map_free(n->deliveries);
    queue_free(n->outbox);
    net_client_free(n->net);
}
