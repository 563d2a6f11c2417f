/* cache/private.h - what calls (cache.c) and the connection (link.c) share. */
#ifndef CAPSTAN_CACHE_PRIVATE_H
#define CAPSTAN_CACHE_PRIVATE_H

#include "base/str.h"
#include "base/work.h"
#include "cache/cache.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A body that does not shrink is a little longer when it is sealed. */
enum { SEALED_MAX = CACHE_BODY_MAX + (1 << 20) };

struct redisReader;

/* One answer. Arrays never come, since nothing is asked that gives one. */
struct reply {
    int type; /* REDIS_REPLY_* */
    size_t len;
    char at[]; /* NUL behind it */
};

enum op { OP_GET, OP_GET_SEALED, OP_SET, OP_DEL, OP_PUBLISH };

struct call_list {
    struct cache_call *first, *last;
};

struct cache_call {
    struct cache *cache;
    struct call_list *in;
    struct cache_call *prev, *next;
    enum op op;
    char *key;
    char *command; /* hiredis'; NULL once it is in the output */
    size_t command_len;
    struct err *doom; /* what it will end with */
    struct loop_timer timer;
    cache_done *done; /* NULL = nobody waits */
    void *arg;
};

enum link_state { LINK_OFF, LINK_RESOLVING, LINK_CONNECTING, LINK_GREETING, LINK_UP };

struct address {
    struct sockaddr_storage at;
    socklen_t len;
};

struct link {
    enum link_state state;
    char *host, *port; /* or `path` */
    char *path;
    struct address addresses[8];
    size_t addresses_len, next_address;
    int fd;
    struct loop_fd *watch;
    struct redisReader *reader;
    struct str out;
    size_t sent;   /* of `out` */
    int greetings; /* answers that the greeting still waits for */
    int failures;
    struct err *why;         /* the last failure */
    struct loop_timer timer; /* the try's limit, or the back-off */
    struct work *resolver;   /* a thread for getaddrinfo, made when there is a name to resolve */
    struct work_job job;
    bool job_busy;
    struct address found[8]; /* of the job, and how many; -1 = `resolve_error` */
    int found_len, resolve_error;
};

struct cache {
    struct loop *loop;
    struct cache_options o;
    char *address, *user;
    struct cache_sealer *sealer;
    struct link link;
    struct call_list waiting, sent, doomed;
    size_t calls;
    struct cache_stats stats;
};

/* --- link.c --- */
struct err *link_open(struct cache *c) MUST_USE;
void link_close(struct cache *c);
/* Appends to the output of a link that is up, and writes what the socket takes. */
void link_send(struct cache *c, const char *bytes, size_t len);
/* Closes the connection and everything on it, with back-off. Takes `e`. */
void link_fail(struct cache *c, struct err *e);

/* --- cache.c --- */
void calls_flush(struct cache *c);                       /* the link is up: sends what waits */
void calls_fail(struct cache *c, const struct err *e);   /* it is not: ends all calls */
bool calls_answer(struct cache *c, struct reply *reply); /* false: nobody has asked */
/* An error reply as an error. */
struct err *calls_refusal(const struct cache *c, const struct reply *reply) MUST_USE;

#endif
