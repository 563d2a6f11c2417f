/* cache/cache.h - Redis on the loop: sealed bodies under keys, for what can be made again.
 *
 * One connection, TCP or unix socket, commands pipelined over it. hiredis formats and parses; the socket is
 * ours and never blocks. A connection that breaks, is refused, or does not answer within a call's time is
 * closed, which fails every call on it, and is made anew after a back-off (250 ms to 10 s, with jitter).
 * Until it stands, calls of the first try wait for it; during a back-off they fail at once, so that a Redis
 * that is down costs nobody time. Nothing is sent twice.
 *
 * A body is packed by zstd, then sealed by AES-256-GCM with a key of the installation's and its own cache key
 * as associated data: a stranger in Redis can neither read a body nor put one in the place of another. What
 * does not open is a miss.
 *
 * All functions are for the loop thread. A callback comes from the loop, never from inside the call, and may
 * start and cancel calls, but not free the cache. */
#ifndef CAPSTAN_CACHE_CACHE_H
#define CAPSTAN_CACHE_CACHE_H

#include "base/arena.h"
#include "base/loop.h"
#include "base/rand.h"
#include "base/secret.h"

struct cache;
struct cache_call;

enum { CACHE_BODY_MAX = 64 << 20, CACHE_CALLS_MAX = 10000, CACHE_UNSENT_MAX = 128 << 20 };

struct cache_options {
    const char *address;     /* "redis:6379", "127.0.0.1:6379", "[::1]:6379" or "unix:/path" */
    const char *user;        /* NULL or "" = Redis' default user */
    struct secret *password; /* NULL = none; a hold is taken */
    int db;
    const struct secret *key; /* the installation's; bodies sealed with another one are misses */
    int64_t connect_ms;       /* to resolve, connect and greet; 0 = 3 s */
    int64_t timeout_ms;       /* of one call; 0 = 2 s */
    struct rand *random;      /* for jitter; NULL = the system's */
    /* Told when the connection comes to stand and when it is lost or a try fails (`why`, borrowed). May be
     * NULL. */
    void (*changed)(void *arg, bool up, const struct err *why);
    void *arg;
};

/* ERR_INVALID for an address that is none of those. */
struct err *cache_address_check(const char *address) MUST_USE;
/* The same error. Connects from the loop. */
struct err *cache_new(struct loop *l, const struct cache_options *options, struct cache **out) MUST_USE;
/* Cancels all calls. NULL is allowed. */
void cache_free(struct cache *c);
bool cache_up(const struct cache *c);

struct cache_stats {
    uint64_t hits, misses;
    uint64_t broken; /* of the misses: bodies that did not open */
    uint64_t failed; /* calls that ended in an error */
};
struct cache_stats cache_stats(const struct cache *c);

/* --- sealing --- */

/* What packs and seals; one thread at a time. The cache has its own for small bodies; a worker thread that
 * makes or takes large ones (1 MiB takes about 2 ms) has another, of the same key, and uses the _sealed forms
 * below. */
struct cache_sealer;
struct cache_sealer *cache_sealer_new(const struct secret *key) MUST_USE;
void cache_sealer_free(struct cache_sealer *s);
/* `body` is at most CACHE_BODY_MAX. */
struct span cache_seal(struct cache_sealer *s, struct arena *a, const char *key, struct span body) MUST_USE;
/* NUL behind the body; {NULL, 0} for what was not sealed with this key under that cache key, or was changed.
 */
struct span cache_unseal(struct cache_sealer *s, struct arena *a, const char *key,
                         struct span sealed) MUST_USE;

/* --- calls --- */

/* `e` is the callee's: ERR_UNAVAILABLE, ERR_DEADLINE, ERR_UNAUTHENTICATED, ERR_DENIED (NOPERM), ERR_EXHAUSTED
 * (Redis is out of memory, or a limit above), ERR_UNKNOWN for other refusals. `body` is of cache_get, lives
 * for the callback, has a NUL behind it, and is {NULL, 0} for a miss. */
typedef void cache_done(void *arg, struct err *e, struct span body);

struct cache_call *cache_get(struct cache *c, const char *key, cache_done *done, void *arg);
/* Of all that follow but cache_get_sealed `done` may be NULL: who only fills a cache need not know. `ttl_ms`
 * 0 = for ever. */
struct cache_call *cache_set(struct cache *c, const char *key, struct span body, int64_t ttl_ms,
                             cache_done *done, void *arg);
/* The same with bodies as they are in Redis: of cache_seal, for cache_unseal. A hit counts as such before it
 * is opened. */
struct cache_call *cache_get_sealed(struct cache *c, const char *key, cache_done *done, void *arg);
struct cache_call *cache_set_sealed(struct cache *c, const char *key, struct span sealed, int64_t ttl_ms,
                                    cache_done *done, void *arg);
struct cache_call *cache_del(struct cache *c, const char *key, cache_done *done, void *arg);
/* The message goes as it is: it must hold no secret. */
struct cache_call *cache_publish(struct cache *c, const char *channel, struct span message, cache_done *done,
                                 void *arg);
/* done will not be called. NULL is allowed. */
void cache_cancel(struct cache_call *call);

#endif
