/* cache/cache - calls: sent in order, answered in order, each with a deadline; bodies packed and sealed.
 *
 * Invariant: a call is in exactly one list: waiting (not sent), sent (an answer will come), or doomed (its
 * error will be told from the loop). A cancelled call that was sent stays, with nobody to tell. */
#include "cache/private.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

/* --- lists --- */

static void unlink_call(struct cache_call *call)
{
    struct call_list *l = call->in;
    if (call->prev)
        call->prev->next = call->next;
    else
        l->first = call->next;
    if (call->next)
        call->next->prev = call->prev;
    else
        l->last = call->prev;
    call->prev = call->next = NULL;
    call->in = NULL;
}

static void append(struct call_list *l, struct cache_call *call)
{
    if (call->in)
        unlink_call(call);
    call->in = l;
    call->prev = l->last;
    if (l->last)
        l->last->next = call;
    else
        l->first = call;
    l->last = call;
}

static void call_free(struct cache_call *call)
{
    loop_timer_stop(call->cache->loop, &call->timer);
    unlink_call(call);
    call->cache->calls--;
    redisFreeCommand(call->command);
    err_free(call->doom);
    free(call->key);
    free(call);
}

/* --- the end of a call --- */

/* Takes `e`. */
static void finish(struct cache_call *call, struct err *e, struct span body)
{
    cache_done *done = call->done;
    void *arg = call->arg;
    if (e)
        call->cache->stats.failed++;
    call_free(call);
    if (done)
        done(arg, e, body);
    else
        err_free(e);
}

static void on_doomed(struct loop_timer *t)
{
    struct cache_call *call = CONTAINER(t, struct cache_call, timer);
    struct err *e = call->doom;
    call->doom = NULL;
    finish(call, e, (struct span){0});
}

static void doom(struct cache_call *call, struct err *e)
{
    call->doom = e;
    append(&call->cache->doomed, call);
    loop_timer_set(call->cache->loop, &call->timer, 0, on_doomed);
}

void calls_fail(struct cache *c, const struct err *e)
{
    while (c->sent.first)
        doom(c->sent.first, err_copy(e));
    while (c->waiting.first)
        doom(c->waiting.first, err_copy(e));
}

static void on_deadline(struct loop_timer *t)
{
    struct cache_call *call = CONTAINER(t, struct cache_call, timer);
    struct cache *c = call->cache;
    long long ms = (long long)c->o.timeout_ms;
    if (call->in == &c->sent) /* it would hold up all that come after it */
        link_fail(c, err_new(ERR_DEADLINE, "Redis at %s did not answer within %lld ms", c->address, ms));
    else
        finish(call, err_new(ERR_DEADLINE, "no connection to Redis at %s within %lld ms", c->address, ms),
               (struct span){0});
}

/* --- answers --- */

struct err *calls_refusal(const struct cache *c, const struct reply *reply)
{
    static const struct {
        const char *word;
        enum err_code code;
    } words[] = {
        {"NOAUTH", ERR_UNAUTHENTICATED},
        {"WRONGPASS", ERR_UNAUTHENTICATED},
        {"ERR AUTH", ERR_UNAUTHENTICATED},
        {"ERR Client sent AUTH", ERR_UNAUTHENTICATED},
        {"NOPERM", ERR_DENIED},
        {"OOM", ERR_EXHAUSTED},
        {"LOADING", ERR_UNAVAILABLE},
        {"BUSY", ERR_UNAVAILABLE},
        {"READONLY", ERR_UNAVAILABLE},
        {"MASTERDOWN", ERR_UNAVAILABLE},
        {"CLUSTERDOWN", ERR_UNAVAILABLE},
        {"ERR max number of clients", ERR_UNAVAILABLE},
    };
    enum err_code code = ERR_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (starts_with(reply->at, words[i].word)) {
            code = words[i].code;
            break;
        }
    return err_new(code, "Redis at %s refuses: %.200s", c->address, reply->at);
}

static void answer_get(struct cache_call *call, const struct reply *reply)
{
    struct cache *c = call->cache;
    CLEANUP(arena_freep) struct arena *a = arena_new("cache");
    struct span body = {0};
    if (call->done && reply->type == REDIS_REPLY_STRING) {
        struct span sealed = {reply->at, reply->len};
        body = call->op == OP_GET ? cache_unseal(c->sealer, a, call->key, sealed) : sealed;
        c->stats.broken += !body.at;
    }
    if (call->done)
        *(body.at ? &c->stats.hits : &c->stats.misses) += 1;
    finish(call, NULL, body);
}

bool calls_answer(struct cache *c, struct reply *reply)
{
    struct cache_call *call = c->sent.first;
    if (!call)
        return false;
    if (reply->type == REDIS_REPLY_ERROR) {
        struct err *e = calls_refusal(c, reply);
        /* A replica that was the master once, or one that wants a log-in now: only a new connection helps. */
        bool stale = starts_with(reply->at, "READONLY") || starts_with(reply->at, "NOAUTH");
        struct err *why = stale ? err_copy(e) : NULL;
        finish(call, e, (struct span){0});
        if (stale)
            link_fail(c, why);
    } else if (call->op == OP_GET || call->op == OP_GET_SEALED) {
        answer_get(call, reply);
    } else {
        finish(call, NULL, (struct span){0});
    }
    return true;
}

/* --- the beginning of a call --- */

static void send_call(struct cache_call *call)
{
    struct cache *c = call->cache;
    append(&c->sent, call);
    link_send(c, call->command, call->command_len);
    redisFreeCommand(call->command);
    call->command = NULL;
}

void calls_flush(struct cache *c)
{
    while (c->waiting.first)
        send_call(c->waiting.first);
}

static struct cache_call *call_new(struct cache *c, enum op op, const char *key, cache_done *done, void *arg)
{
    struct cache_call *call = mem_zalloc(sizeof(*call));
    call->cache = c;
    call->op = op;
    call->key = mem_strdup(key);
    call->done = done;
    call->arg = arg;
    c->calls++;
    append(&c->waiting, call);
    return call;
}

static struct cache_call *start(struct cache_call *call, int argc, const struct span *words)
{
    struct cache *c = call->cache;
    const char *argv[8];
    size_t lengths[8];
    for (int i = 0; i < argc; i++) {
        argv[i] = words[i].at ? words[i].at : "";
        lengths[i] = words[i].len;
    }
    if (c->calls > CACHE_CALLS_MAX || c->link.out.len - c->link.sent > CACHE_UNSENT_MAX) {
        doom(call, err_new(ERR_EXHAUSTED, "too much waits for Redis at %s", c->address));
        return call;
    }
    if (c->link.state == LINK_OFF) {
        doom(call, err_copy(c->link.why));
        return call;
    }
    int len = redisFormatCommandArgv(&call->command, argc, argv, lengths);
    if (len < 0)
        panic("a command of %d words", argc);
    call->command_len = (size_t)len;
    loop_timer_set(c->loop, &call->timer, c->o.timeout_ms, on_deadline);
    if (c->link.state == LINK_UP)
        send_call(call);
    return call;
}

struct cache_call *cache_get(struct cache *c, const char *key, cache_done *done, void *arg)
{
    return start(call_new(c, OP_GET, key, done, arg), 2, (struct span[]){span_of("GET"), span_of(key)});
}

struct cache_call *cache_get_sealed(struct cache *c, const char *key, cache_done *done, void *arg)
{
    return start(call_new(c, OP_GET_SEALED, key, done, arg), 2,
                 (struct span[]){span_of("GET"), span_of(key)});
}

static struct cache_call *refuse_size(struct cache_call *call, size_t size)
{
    doom(call, err_new(ERR_EXHAUSTED, "a body of %zu bytes is more than the cache takes", size));
    return call;
}

struct cache_call *cache_set_sealed(struct cache *c, const char *key, struct span sealed, int64_t ttl_ms,
                                    cache_done *done, void *arg)
{
    struct cache_call *call = call_new(c, OP_SET, key, done, arg);
    if (sealed.len > SEALED_MAX)
        return refuse_size(call, sealed.len);
    char ttl[24];
    snprintf(ttl, sizeof(ttl), "%lld", (long long)ttl_ms);
    return start(call, ttl_ms > 0 ? 5 : 3,
                 (struct span[]){span_of("SET"), span_of(key), sealed, span_of("PX"), span_of(ttl)});
}

struct cache_call *cache_set(struct cache *c, const char *key, struct span body, int64_t ttl_ms,
                             cache_done *done, void *arg)
{
    if (body.len > CACHE_BODY_MAX)
        return refuse_size(call_new(c, OP_SET, key, done, arg), body.len);
    CLEANUP(arena_freep) struct arena *a = arena_new("cache");
    return cache_set_sealed(c, key, cache_seal(c->sealer, a, key, body), ttl_ms, done, arg);
}

struct cache_call *cache_del(struct cache *c, const char *key, cache_done *done, void *arg)
{
    return start(call_new(c, OP_DEL, key, done, arg), 2, (struct span[]){span_of("DEL"), span_of(key)});
}

struct cache_call *cache_publish(struct cache *c, const char *channel, struct span message, cache_done *done,
                                 void *arg)
{
    return start(call_new(c, OP_PUBLISH, channel, done, arg), 3,
                 (struct span[]){span_of("PUBLISH"), span_of(channel), message});
}

void cache_cancel(struct cache_call *call)
{
    if (!call)
        return;
    if (call->in == &call->cache->sent)
        call->done = NULL;
    else
        call_free(call);
}

/* --- life --- */

struct err *cache_new(struct loop *l, const struct cache_options *options, struct cache **out)
{
    struct cache *c = mem_zalloc(sizeof(*c));
    c->loop = l;
    c->o = *options;
    c->o.connect_ms = options->connect_ms ? options->connect_ms : 3000;
    c->o.timeout_ms = options->timeout_ms ? options->timeout_ms : 2000;
    c->o.random = options->random ? options->random : rand_system();
    c->o.password = secret_ref(options->password);
    c->o.key = NULL; /* only what is derived of it is kept */
    c->address = mem_strdup(options->address);
    c->user = mem_strdup(options->user ? options->user : "");
    c->sealer = cache_sealer_new(options->key);
    struct err *e = link_open(c);
    if (e)
        cache_free(c);
    else
        *out = c;
    return e;
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    link_close(c);
    struct call_list *lists[] = {&c->waiting, &c->sent, &c->doomed};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        while (lists[i]->first)
            call_free(lists[i]->first);
    secret_unref(c->o.password);
    cache_sealer_free(c->sealer);
    free(c->address);
    free(c->user);
    free(c);
}

bool cache_up(const struct cache *c)
{
    return c->link.state == LINK_UP;
}

struct cache_stats cache_stats(const struct cache *c)
{
    return c->stats;
}
