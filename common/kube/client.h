/* kube/client.h - one cluster's API on the loop: requests, their errors, retries and budget.
 *
 * Every function returns at once; `done(arg, e, object)` is called once from the loop, unless the call is
 * cancelled. `e` is the callee's; `object` lives for the callback (doc_freeze or copy what is to stay), and
 * is NULL with an error. Errors carry gRPC's code and, as reason, the API's own word where it has sent one:
 * NotFound, AlreadyExists, Conflict, Invalid, Forbidden, Unauthorized, Expired, Gone, TooManyRequests, ...
 * (meta/v1 StatusReason); retry_after_ms from Retry-After. Requests wait for one budget: `qps` with bursts,
 * and `in_flight` at once. Retried with back-off, `tries` in all: 429 (nothing was done), refused
 * connections, and for reads, updates with a resourceVersion and deletes also 500, 502, 503, 504 and broken
 * connections; creates and patches are not, as the first may have been done. */
#ifndef CAPSTAN_KUBE_CLIENT_H
#define CAPSTAN_KUBE_CLIENT_H

#include "base/loop.h"
#include "base/rand.h"
#include "base/work.h"
#include "doc/doc.h"
#include "kube/config.h"

struct kube;
struct kube_call;

typedef void kube_done(void *arg, struct err *e, const struct doc *object);

struct kube_options {
    struct kube_config *config; /* taken */
    const char *user_agent;     /* static */
    double qps;                 /* 0 = 50 */
    int burst;                  /* 0 = 100 */
    int in_flight;              /* 0 = 64 */
    int tries;                  /* 0 = 4 */
    int64_t timeout_ms;         /* of one request; 0 = 60 s */
    struct work *work;          /* parses what is over 2 MiB; NULL = the loop does */
    struct rand *random;        /* for jitter; NULL = the system's */
};

struct kube *kube_new(struct loop *l, const struct kube_options *options) MUST_USE;
/* Cancels all calls. Watches and leases must have been stopped. */
void kube_free(struct kube *k);
struct loop *kube_loop(const struct kube *k);
const struct kube_config *kube_config_of(const struct kube *k);

/* What a request is about. `ns` NULL or "" = cluster-scoped, or all namespaces in a list. All is copied. */
struct kube_target {
    const char *group, *version; /* "" and "v1" for the core */
    const char *resource;        /* plural: "deployments" */
    const char *ns, *name;
    const char *subresource; /* NULL, "status", "scale", ... */
};

/* Zero is the server's default in all of these. */
struct kube_list_options {
    const char *labels, *fields; /* selectors */
    int limit;                   /* objects a page */
    const char *next;            /* metadata.continue of the page before */
    const char *resource_version;
    bool metadata_only; /* PartialObjectMetadataList */
};

struct kube_write_options {
    const char *field_manager;
    const char *validation; /* "Ignore", "Warn", "Strict" */
    bool dry_run;
    bool force; /* of KUBE_APPLY: take fields from other managers */
};

struct kube_delete_options {
    const char *uid, *resource_version; /* preconditions */
    const char *propagation;            /* "Foreground", "Background", "Orphan" */
    int64_t grace_s;                    /* < 0 = 0 at once; 0 = the object's own */
    bool dry_run;
};

enum kube_patch { KUBE_JSON_PATCH, KUBE_MERGE_PATCH, KUBE_STRATEGIC_PATCH, KUBE_APPLY };

struct kube_call *kube_get(struct kube *k, const struct kube_target *t, kube_done *done, void *arg);
/* One page: object.items, object.metadata.continue. */
struct kube_call *kube_list(struct kube *k, const struct kube_target *t, const struct kube_list_options *o,
                            kube_done *done, void *arg);
struct kube_call *kube_create(struct kube *k, const struct kube_target *t, const struct doc *object,
                              const struct kube_write_options *o, kube_done *done, void *arg);
/* `object` carries metadata.resourceVersion, or it replaces whatever is there. */
struct kube_call *kube_update(struct kube *k, const struct kube_target *t, const struct doc *object,
                              const struct kube_write_options *o, kube_done *done, void *arg);
/* One more than the six that a function should take, so kind and patch come together. */
struct kube_patch_body {
    enum kube_patch kind;
    const struct doc *patch;
};
struct kube_call *kube_patch(struct kube *k, const struct kube_target *t, struct kube_patch_body body,
                             const struct kube_write_options *o, kube_done *done, void *arg);
struct kube_call *kube_delete(struct kube *k, const struct kube_target *t,
                              const struct kube_delete_options *o, kube_done *done, void *arg);

/* Any other path of the API, "/version?timeout=5s"; a response that is not JSON arrives as a string. */
struct kube_raw {
    const char *method, *path;
    const char *accept, *content_type; /* NULL = JSON */
    struct span body;
    bool retry; /* may be sent twice */
};
struct kube_call *kube_request(struct kube *k, const struct kube_raw *raw, kube_done *done, void *arg);
/* done will not be called. NULL is allowed. */
void kube_cancel(struct kube_call *c);

/* "/apis/apps/v1/namespaces/x/deployments/y/status" in the arena. */
const char *kube_path(struct arena *a, const struct kube_target *t) MUST_USE;
/* A failed response as an error: `body` is a Status object or anything else. */
struct err *kube_status_error(int status, const struct doc *body, const char *retry_after) MUST_USE;

#endif
