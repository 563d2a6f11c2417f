/* svc/cache.h - Redis for a service: its options, the installation's key, and one word in the log when it
 * comes or goes.
 *
 * The key that seals what lies in Redis (cache/cache.h) is 32 random bytes in the Secret `capstan-cache` of
 * the control plane's namespace; whichever service looks first makes it. It is a Secret of its own, not
 * server.secretkey of argocd-secret, so that who renders what strangers wrote cannot make tokens. It is read
 * once: a key that was changed takes a restart, and what was sealed with the old one is a miss.
 *
 * All functions are for the loop thread. */
#ifndef CAPSTAN_SVC_CACHE_H
#define CAPSTAN_SVC_CACHE_H

#include "cache/cache.h"
#include "kube/client.h"
#include "svc/svc.h"

/* A section of options: {"Redis", svc_cache_options, SVC_CACHE_OPTIONS}. */
enum { SVC_CACHE_OPTIONS = 5 };
extern const struct opt svc_cache_options[SVC_CACHE_OPTIONS];

struct svc_cache;

/* `kube` must outlive it. ERR_INVALID for an address or a credentials folder that cannot be. Without --redis
 * it is a cache that never comes. */
struct err *svc_cache_open(struct svc_run *run, struct kube *kube, const char *ns,
                           struct svc_cache **out) MUST_USE;
/* After this no callback of the cache runs. NULL is allowed. */
void svc_cache_close(struct svc_cache *s);

/* NULL while there is none to ask: no address was given, the key is not known, or the connection is down. Who
 * gets one may call it in this turn of the loop. NULL is allowed. */
struct cache *svc_cache_up(const struct svc_cache *s);
/* For sealers of worker threads; NULL as long as it is not known. Borrowed, good until svc_cache_close. */
const struct secret *svc_cache_key(const struct svc_cache *s);
/* A body came that does not open, or makes no sense: said once an hour, with how many there were. */
void svc_cache_broken(struct svc_cache *s, const char *key);
/* Runs whenever the connection comes to stand: what could not be told meanwhile can be now. One listener. */
void svc_cache_on_up(struct svc_cache *s, void (*fn)(void *arg), void *arg);

#endif
