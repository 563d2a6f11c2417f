/* notify/notify.h - who is to be told what about an Application: pure functions from documents to deliveries
 * as data (specs/engine.md §8).
 *
 * A trigger is a condition over an Application; a subscription (an annotation of the Application or of its
 * project) names triggers, a service and recipients. What has been told stands in the annotation
 * notified.notifications.argoproj.io, in Argo CD's own keys, so that either side takes over from the other
 * without telling anything twice: `[<once>:]<trigger>:[0].<base64url(SHA-1(when))>:<service>:<recipient>` to
 * unix seconds.
 *
 * Three kinds of triggers differ in when the same thing counts as told:
 *   - once per value (created: name, deployed: revision): the key with that value in front is there;
 *   - once per moment (sync succeeded, sync failed: finishedAt; health degraded: lastTransitionTime): a mark
 *     of that moment or a later one is there. The mark is the moment itself, hence an operation whose
 *     predecessor's end was never seen is told, and clocks of two machines need not agree;
 *   - once per phase (status unknown): the key is there; it goes when the condition no longer holds.
 *
 * All texts that come out are borrowed from the arena or the documents passed in. */
#ifndef CAPSTAN_NOTIFY_NOTIFY_H
#define CAPSTAN_NOTIFY_NOTIFY_H

#include "base/str.h"
#include "doc/doc.h"
#include "net/http.h"

#define NOTIFY_ANNOTATION "notified.notifications.argoproj.io"
/* Marks kept at most, beside those that still hold something back. */
enum { NOTIFY_MARKS_MAX = 100, NOTIFY_DESTINATIONS_MAX = 500 };

/* Remarks for people: what in a configuration or subscription has no effect, and why. */
struct notify_remarks {
    const char **at;
    size_t len, cap;
};

/* --- configuration: argocd-notifications-cm and argocd-notifications-secret --- */
enum notify_kind { NOTIFY_WEBHOOK, NOTIFY_SLACK, NOTIFY_SLACK_HOOK /* an incoming webhook: one channel */ };

struct notify_service {
    const char
        *name; /* what subscriptions say: of service.<kind>.<name> the name, of service.slack "slack" */
    enum notify_kind kind;
    const char *url;
    struct net_pair *headers; /* of a webhook, as configured */
    size_t headers_len;
    const char *user, *password;  /* basic authentication; NULL = none */
    const char *token;            /* of Slack */
    const char *username, *icon;  /* of Slack; NULL = the bot's own */
    bool insecure;                /* insecureSkipVerify */
    int tries;                    /* in all; 0 = the sender's default */
    int64_t wait_ms, wait_max_ms; /* between them; 0 = the sender's default */
};

struct notify_config;

/* Either document may be NULL (absent). Never fails: what cannot be used is left out and stands in the
 * remarks, never with the text of a secret. Holds what it needs; free it with notify_config_free. */
struct notify_config *notify_config_new(const struct doc *config_map, const struct doc *secret) MUST_USE;
void notify_config_free(struct notify_config *c);
const struct notify_service *notify_config_service(const struct notify_config *c, const char *name);
const struct notify_remarks *notify_config_remarks(const struct notify_config *c);
/* Triggers of `subscribe.<service>` without a trigger: a list of strings, or NULL. */
const struct doc *notify_config_default_triggers(const struct notify_config *c, const char *service);

/* --- evaluation --- */
struct notify_done {
    const char *mark;
    int64_t unix_s;
};

struct notify_input {
    const struct doc *app, *project; /* `project` may be NULL */
    const struct notify_config *config;
    const struct notify_done *done; /* told, but perhaps not yet in the annotation */
    size_t done_len;
    int64_t now_ms; /* wall clock */
};

struct notify_delivery {
    const char *trigger, *service, *recipient;
    struct notify_done done; /* what to remember once it is told */
    /* Equal whenever the same thing is told to the same recipient again: 32 hex digits of trigger, UID of the
     * Application, value or moment, service and recipient. */
    const char *key;
    const char *message;    /* for people */
    const struct doc *body; /* for machines: the fixed JSON that webhooks get */
};

struct notify_plan {
    struct notify_delivery *due;
    size_t due_len;
    bool changed;      /* the annotation is to be written */
    const char *marks; /* its new value; NULL = it is to be removed */
    struct notify_remarks remarks;
};

/* Nothing is due while the status does not yet show the end of the last operation. */
void notify_plan(struct arena *a, const struct notify_input *in, struct notify_plan *out);

/* --- sending --- */
struct notify_request {
    const char *url, *body;
    struct net_pair *headers; /* Content-Type and Idempotency-Key among them */
    size_t headers_len;
};

/* What is told, as texts: a delivery's key, recipient, message, and body as JSON text. */
struct notify_news {
    const char *key, *recipient, *message, *body;
};

void notify_request(struct arena *a, const struct notify_service *s, const struct notify_news *news,
                    struct notify_request *out);

enum notify_verdict { NOTIFY_TOLD, NOTIFY_AGAIN, NOTIFY_REFUSED };
/* What a response means; for the last two *why says what was wrong. */
enum notify_verdict notify_verdict(struct arena *a, const struct notify_service *s, int status,
                                   struct span body, const char **why);

void notify_remark(struct arena *a, struct notify_remarks *r, const char *fmt, ...) PRINTF(3, 4);

#endif
