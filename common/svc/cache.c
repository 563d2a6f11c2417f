/* svc/cache - the key is looked up, or made, until it is there; then the cache is, and stays.
 *
 * Nothing waits for any of it: a service without Redis, or before the key is known, does its work without. */
#include "svc/cache.h"

#include "api/object.h"
#include "base/backoff.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/text.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_SECRET "capstan-cache"

enum { KEY_BYTES = 32, KEY_BYTES_MAX = 4096, CREDENTIAL_MAX = 64 * 1024, BROKEN_QUIET_MS = 3600 * 1000 };
enum { CONNECT_MS = 1000, CALL_MS = 500 }; /* a render takes no longer than that to be made again */

static struct {
    const char *address, *user, *credentials;
    struct secret *password;
    int64_t db;
} o;

const struct opt svc_cache_options[SVC_CACHE_OPTIONS] = {
    {OPT_STRING, "redis", .env = "REDIS_SERVER", .string = &o.address, .arg = "ADDRESS",
     .help = "where Redis listens, host:port or unix:/path; without it nothing outlives the process"},
    {OPT_INT, "redisdb", .env = "REDIS_DB", .def = "0", .integer = &o.db, .max = 65535,
     .help = "number of the database"},
    {OPT_STRING, "redis-username", .env = "REDIS_USERNAME", .string = &o.user, .arg = "NAME",
     .help = "user of Redis"},
    {OPT_SECRET, "redis-password", .env = "REDIS_PASSWORD", .secret = &o.password,
     .help = "its password; better by the environment or a folder than on the command line"},
    {OPT_STRING, "redis-creds-dir", .env = "REDIS_CREDS_DIR_PATH", .string = &o.credentials, .arg = "FOLDER",
     .help = "holds the password in a file auth and the user in auth_username, as a mounted Secret does"},
};

struct svc_cache {
    struct kube *kube;
    struct loop *loop;
    char *ns, *user;
    struct secret *password, *key;
    struct cache *cache;
    struct kube_call *call;
    struct loop_timer timer;
    int failures;
    bool said; /* that the connection is down, and why: */
    enum err_code why;
    void (*on_up)(void *arg);
    void *arg;
    uint64_t broken;
    int64_t broken_said_ms; /* monotonic; 0 = never */
};

/* --- the connection ------------------------------------------------------------------------------------ */

static void on_changed(void *arg, bool up, const struct err *why)
{
    struct svc_cache *s = arg;
    if (up) {
        log_info("Redis is there", "address", o.address);
        s->said = false;
        if (s->on_up)
            s->on_up(s->arg);
    } else if (!s->said || s->why != why->code) { /* once, or again when it is refused for another reason */
        log_warn("Redis is not there; work goes on without it, and it is tried again", "error", why->msg);
        s->said = true;
        s->why = why->code;
    }
}

static void connect_now(struct svc_cache *s)
{
    struct err *e = cache_new(s->loop,
                              &(struct cache_options){.address = o.address,
                                                      .user = s->user,
                                                      .password = s->password,
                                                      .db = (int)o.db,
                                                      .key = s->key,
                                                      .connect_ms = CONNECT_MS,
                                                      .timeout_ms = CALL_MS,
                                                      .changed = on_changed,
                                                      .arg = s},
                              &s->cache);
    if (e) /* the address was checked when the service started */
        panic("%s", e->msg);
}

/* --- the key ------------------------------------------------------------------------------------------- */

static void look_up(struct svc_cache *s);

static void on_timer(struct loop_timer *t)
{
    look_up(CONTAINER(t, struct svc_cache, timer));
}

static void try_later(struct svc_cache *s)
{
    static const struct backoff backoff = {.base_ms = 250, .cap_ms = 30000, .factor = 2, .jitter = 0.2};
    loop_timer_set(s->loop, &s->timer, backoff_ms(&backoff, ++s->failures, rand_system()), on_timer);
}

/* What cannot be used is said once, and looked at again: somebody may put it right. */
static void complain(struct svc_cache *s, const char *what)
{
    if (!s->failures)
        log_warn("the key of what lies in Redis is not to be had; Redis is not used until it is", "secret",
                 KEY_SECRET, "error", what);
    try_later(s);
}

static void on_created(void *arg, struct err *e, const struct doc *object)
{
    (void)object;
    struct svc_cache *s = arg;
    s->call = NULL;
    if (!e || e->code == ERR_EXISTS)
        look_up(s); /* whoever made it: all use what is there now */
    else
        complain(s, e->msg);
    err_free(e);
}

static struct kube_target key_target(const struct svc_cache *s, const char *name)
{
    return (struct kube_target){
        .group = "", .version = "v1", .resource = "secrets", .ns = s->ns, .name = name};
}

static void create(struct svc_cache *s)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("secret");
    char key[KEY_BYTES];
    crypto_random(key, sizeof(key));
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "kind", "Secret");
    struct doc *meta = doc_set_map(a, d, "metadata");
    doc_set_str(a, meta, "name", KEY_SECRET);
    doc_set_str(a, meta, "namespace", s->ns);
    doc_set_str(a, doc_set_map(a, meta, "labels"), "app.kubernetes.io/part-of", "argocd");
    doc_set_str(a, d, "type", "Opaque");
    doc_set_str(a, doc_set_map(a, d, "data"), "key",
                crypto_base64_encode(a, CRYPTO_BASE64_STD, (struct span){key, sizeof(key)}).at);
    secret_wipe(key, sizeof(key));
    struct kube_target t = key_target(s, NULL);
    s->call = kube_create(s->kube, &t, d, NULL, on_created, s);
}

static void on_key(void *arg, struct err *e, const struct doc *object)
{
    struct svc_cache *s = arg;
    s->call = NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("secret");
    struct span key = {0};
    if (e && e->code == ERR_NOT_FOUND) {
        create(s);
    } else if (e) {
        complain(s, e->msg);
    } else if (!crypto_base64_decode(a, CRYPTO_BASE64_STD, doc_span(doc_path(object, "data", "key")), &key) ||
               key.len < KEY_BYTES || key.len > KEY_BYTES_MAX) {
        complain(s, "its entry `key` is not 32 random bytes; delete the Secret and a new one is made");
    } else {
        s->key = secret_new(key.at, key.len);
        connect_now(s);
    }
    err_free(e);
}

static void look_up(struct svc_cache *s)
{
    struct kube_target t = key_target(s, KEY_SECRET);
    s->call = kube_get(s->kube, &t, on_key, s);
}

/* --- life ---------------------------------------------------------------------------------------------- */

static struct err *read_credential(struct arena *a, const char *name, const char **out)
{
    struct span text;
    const char *path = arena_printf(a, "%s/%s", o.credentials, name);
    *out = NULL;
    struct err *e = file_read(a, path, CREDENTIAL_MAX, &text);
    if (err_eat(&e, ERR_NOT_FOUND))
        return NULL;
    TRYF(e, "--redis-creds-dir");
    while (text.len && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    *out = arena_strndup(a, text.at, text.len);
    return NULL;
}

static struct err *read_credentials(struct svc_cache *s)
{
    s->password = secret_ref(o.password);
    s->user = mem_strdup(o.user);
    if (!*o.credentials)
        return NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("credentials");
    const char *password, *user;
    TRY(read_credential(a, "auth", &password));
    TRY(read_credential(a, "auth_username", &user));
    if (password) {
        secret_unref(s->password);
        s->password = secret_new(password, strlen(password));
    }
    if (user) {
        free(s->user);
        s->user = mem_strdup(user);
    }
    return NULL;
}

struct err *svc_cache_open(struct svc_run *run, struct kube *kube, const char *ns, struct svc_cache **out)
{
    struct svc_cache *s = *out = mem_zalloc(sizeof(*s));
    s->kube = kube;
    s->loop = run->loop;
    s->ns = mem_strdup(ns);
    TRY(read_credentials(s));
    if (!*o.address)
        return NULL;
    TRYF(cache_address_check(o.address), "--redis");
    look_up(s);
    return NULL;
}

void svc_cache_close(struct svc_cache *s)
{
    if (!s)
        return;
    kube_cancel(s->call);
    loop_timer_stop(s->loop, &s->timer);
    cache_free(s->cache);
    secret_unref(s->key);
    secret_unref(s->password);
    secret_unrefp(&o.password);
    free(s->user);
    free(s->ns);
    free(s);
}

struct cache *svc_cache_up(const struct svc_cache *s)
{
    return s && s->cache && cache_up(s->cache) ? s->cache : NULL;
}

const struct secret *svc_cache_key(const struct svc_cache *s)
{
    return s ? s->key : NULL;
}

void svc_cache_on_up(struct svc_cache *s, void (*fn)(void *arg), void *arg)
{
    s->on_up = fn;
    s->arg = arg;
}

void svc_cache_broken(struct svc_cache *s, const char *key)
{
    int64_t now = loop_now_ms(s->loop);
    s->broken++;
    if (s->broken_said_ms && now - s->broken_said_ms < BROKEN_QUIET_MS)
        return;
    s->broken_said_ms = MAX(now, (int64_t)1);
    char count[24];
    snprintf(count, sizeof(count), "%llu", (unsigned long long)s->broken);
    log_warn("a body in Redis does not open: sealed with another key, forged or damaged; it counts as absent",
             "key", key, "so_far", count);
}
