/* kube/discovery.h - what a cluster serves: kinds, resources, scope, verbs, versions.
 *
 * Read by aggregated discovery (apidiscovery.k8s.io v2, then v2beta1) in two requests, or group by group
 * where the server knows neither. A group whose server does not answer keeps what was known of it last
 * ("stale"), so a broken APIService never makes kinds disappear. A discovery is immutable and counted. */
#ifndef CAPSTAN_KUBE_DISCOVERY_H
#define CAPSTAN_KUBE_DISCOVERY_H

#include "kube/client.h"

struct kube_resource {
    const char *group, *version, *kind;
    const char *plural, *singular;
    const char *short_names; /* "deploy,dp" or "" */
    const char *verbs;       /* "create,delete,get,list,watch" */
    bool namespaced;
    bool preferred; /* the version that its group prefers for this kind */
};

struct kube_discovery;

/* Reads it anew; `last` (may be NULL) gives what cannot be read now. One discovery at a time and client is
 * enough: the caller asks again when a CustomResourceDefinition or APIService changes. The result is the
 * callee's hold. */
typedef void kube_discovered(void *arg, struct err *e, struct kube_discovery *d);
struct kube_discover;
struct kube_discover *kube_discover(struct kube *k, struct kube_discovery *last, kube_discovered *done,
                                    void *arg);
void kube_discover_cancel(struct kube_discover *d);

struct kube_discovery *kube_discovery_ref(struct kube_discovery *d);
void kube_discovery_unref(struct kube_discovery *d);

const struct kube_resource *kube_resources(const struct kube_discovery *d, size_t *n);
/* `version` NULL = the preferred one. NULL when it is not served. */
const struct kube_resource *kube_find_kind(const struct kube_discovery *d, const char *group,
                                           const char *version, const char *kind);
/* By plural, singular, or short name, letter case ignored, "deployments.apps" too; the core group wins, then
 * preferred versions. */
const struct kube_resource *kube_find_resource(const struct kube_discovery *d, const char *word);
bool kube_has_verb(const struct kube_resource *r, const char *verb);
/* "v1.34.4": gitVersion without a vendor's suffix. */
const char *kube_server_version(const struct kube_discovery *d);
/* Sorted and unique "group/version" and "group/version/Kind" (engine.md 1.4). */
const char *const *kube_api_versions(const struct kube_discovery *d, size_t *n);
/* Groups whose state is from an earlier read; NULL when all is fresh. */
const char *kube_stale_groups(const struct kube_discovery *d);
/* Of two discoveries: do they serve the same? */
bool kube_discovery_equal(const struct kube_discovery *a, const struct kube_discovery *b);

#endif
