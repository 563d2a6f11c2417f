/* kube/lease.h - coordination.k8s.io/v1 Leases: be the one who holds a name, or one of those who are alive.
 *
 * Acquiring follows client-go's leader election: a lease is free when it has no holder, or when its record
 * has not changed for its own duration as measured by our clock, so that clocks of two machines need not
 * agree. Who cannot renew for two thirds of the duration says so (held = false) before others may take over.
 */
#ifndef CAPSTAN_KUBE_LEASE_H
#define CAPSTAN_KUBE_LEASE_H

#include "kube/client.h"

struct kube_lease;

struct kube_lease_options {
    const char *ns, *name;
    const char *identity;      /* who we are: unique, such as the pod's name and a random suffix */
    const char *label, *value; /* one label on the lease, by which kube_lease_holders finds it; NULL = none */
    int64_t duration_ms;       /* 0 = 15 s; whole seconds on the wire */
    /* Told on each change, from the loop. The callback may free the lease. */
    void (*changed)(void *arg, bool held);
    void *arg;
};

/* Tries to acquire, every third of the duration with jitter, and renews what it holds. Everything is copied.
 */
struct kube_lease *kube_lease_start(struct kube *k, const struct kube_lease_options *options) MUST_USE;
bool kube_lease_held(const struct kube_lease *l);
/* Gives a held lease up at once, so that others need not wait, then calls `released(arg)` (may be NULL);
 * `changed` is not called any more. Ends the lease. */
void kube_lease_release(struct kube_lease *l, void (*released)(void *arg), void *arg);
/* Ends it without a word: others wait for its duration. */
void kube_lease_free(struct kube_lease *l);

/* Identities that hold a live lease with label=value, sorted; the callback's only. By wall clocks, with 2 s
 * of grace. */
struct kube_holders {
    const char **at;
    size_t len;
};
typedef void kube_holders_done(void *arg, struct err *e, const struct kube_holders *holders);
struct kube_holders_query;
struct kube_holders_query *kube_lease_holders(struct kube *k, const char *ns, const char *label,
                                              const char *value, kube_holders_done *done, void *arg);
void kube_holders_cancel(struct kube_holders_query *q);
/* The live holder that a Lease object names, or NULL: for those who watch Leases. */
const char *kube_lease_holder(const struct doc *lease, int64_t wall_ms);

#endif
