/* repo-server/charts - two tables behind one lock: indexes by repository, archives by repository, chart and
 * version.
 *
 * Nothing is fetched with the lock held: two threads that miss at once both fetch, and the later answer
 * stays. */
#include "charts.h"

#include "base/map.h"
#include "base/str.h"
#include "registry/registry.h"

#include <pthread.h>
#include <stdlib.h>

struct index {
    char *text, *etag, *modified;
    size_t len;
    int64_t fetched_ms; /* monotonic */
};

struct kept {
    char *bytes;
    size_t len;
    uint64_t used;
};

struct charts {
    pthread_mutex_t lock;
    struct map *indexes, *archives;
    size_t bytes, max_bytes;
    uint64_t turn;
    int64_t ttl_ms;
};

static void index_free(void *arg)
{
    struct index *i = arg;
    free(i->text);
    free(i->etag);
    free(i->modified);
    free(i);
}

static void kept_free(void *arg)
{
    struct kept *k = arg;
    free(k->bytes);
    free(k);
}

struct charts *charts_new(size_t max_bytes, int64_t ttl_ms)
{
    struct charts *c = mem_zalloc(sizeof(*c));
    pthread_mutex_init(&c->lock, NULL);
    c->indexes = map_new(index_free);
    c->archives = map_new(kept_free);
    c->max_bytes = max_bytes;
    c->ttl_ms = ttl_ms;
    return c;
}

void charts_free(struct charts *c)
{
    if (!c)
        return;
    map_free(c->indexes);
    map_free(c->archives);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* --- one question
 * ------------------------------------------------------------------------------------------------------ */

struct ask {
    struct charts *charts;
    const struct call *call;
    const struct charts_want *want;
    struct arena *a;
    struct registry *registry;
    const char *key; /* of the repository, and of whose credentials read it */
};

/* Secrets name an OCI registry without a scheme (enableOCI), dependencies with it. */
static struct api_repository credentials(struct ask *q)
{
    const struct charts_want *w = q->want;
    struct api_repository r = api_repository_for(w->repositories, w->url, w->project);
    if (*api_repository_identity(q->a, &r) || !starts_with(w->url, "oci://"))
        return r;
    return api_repository_for(w->repositories, w->url + strlen("oci://"), w->project);
}

static struct err *open_registry(struct ask *q)
{
    const struct charts_want *w = q->want;
    struct api_repository r = credentials(q);
    const struct registry_access access = {
        .username = *r.username ? r.username : NULL,
        .password = r.password,
        .ca_pem = api_repositories_ca(w->repositories, w->url),
        .tls_cert = r.tls_cert,
        .tls_key = r.tls_key,
        .proxy = *r.proxy ? r.proxy : NULL,
        .insecure = r.insecure,
        .plain_http = r.plain_http,
        .pass_credentials = w->pass_credentials,
        .oci = r.oci || !strstr(w->url, "://"),
    };
    q->key = arena_printf(q->a, "%s %s", api_repository_identity(q->a, &r), w->url);
    return registry_open(w->url, &access, &q->registry);
}

/* --- the index of a Helm repository
 * ------------------------------------------------------------------------------------ */

/* A copy of what is known, and whether it is young enough. */
static bool known_index(struct ask *q, struct registry_index *out)
{
    struct charts *c = q->charts;
    pthread_mutex_lock(&c->lock);
    const struct index *i = map_get(c->indexes, q->key);
    bool young = false;
    *out = (struct registry_index){.etag = "", .modified = ""};
    if (i) {
        out->text = (struct span){arena_strndup(q->a, i->text, i->len), i->len};
        out->etag = arena_strdup(q->a, i->etag);
        out->modified = arena_strdup(q->a, i->modified);
        young = !q->want->fresh && clock_mono_ms(q->call->clock) - i->fetched_ms < c->ttl_ms;
    }
    pthread_mutex_unlock(&c->lock);
    return young;
}

static void keep_index(struct ask *q, const struct registry_index *got)
{
    struct charts *c = q->charts;
    struct index *i = mem_zalloc(sizeof(*i));
    i->text = mem_strndup(got->text.at, got->text.len);
    i->len = got->text.len;
    i->etag = mem_strdup(got->etag);
    i->modified = mem_strdup(got->modified);
    i->fetched_ms = clock_mono_ms(q->call->clock);
    pthread_mutex_lock(&c->lock);
    map_set(c->indexes, q->key, i);
    pthread_mutex_unlock(&c->lock);
}

static struct err *the_index(struct ask *q, struct span *text)
{
    struct registry_index known, got;
    if (!known_index(q, &known)) {
        TRY(registry_index_fetch(q->call, q->registry, known.text.at ? &known : NULL, q->a, &got));
        if (got.unchanged)
            got.text = known.text;
        keep_index(q, &got);
        known = got;
    }
    *text = known.text;
    return NULL;
}

static struct err *resolve(struct ask *q, struct registry_chart *out)
{
    const struct charts_want *w = q->want;
    struct span index;
    if (registry_is_oci(q->registry))
        return registry_resolve(q->call, q->registry, w->chart, w->range, q->a, out);
    TRY(the_index(q, &index));
    return registry_index_find(q->a, index, w->url, w->chart, w->range, out);
}

/* --- archives
 * ----------------------------------------------------------------------------------------------------------
 */

static bool known_archive(struct ask *q, const char *key, struct span *out)
{
    struct charts *c = q->charts;
    pthread_mutex_lock(&c->lock);
    struct kept *k = map_get(c->archives, key);
    if (k) {
        k->used = ++c->turn;
        *out = (struct span){arena_strndup(q->a, k->bytes, k->len), k->len};
    }
    pthread_mutex_unlock(&c->lock);
    return k != NULL;
}

static void make_room(struct charts *c)
{
    while (c->bytes > c->max_bytes) {
        const char *oldest = NULL;
        uint64_t used = UINT64_MAX;
        size_t len = 0;
        map_each (it, c->archives) {
            const struct kept *k = it.value;
            if (k->used < used) {
                oldest = it.key;
                used = k->used;
                len = k->len;
            }
        }
        if (!oldest)
            return;
        c->bytes -= len;
        map_del(c->archives, oldest);
    }
}

static void keep_archive(struct ask *q, const char *key, struct span bytes)
{
    struct charts *c = q->charts;
    pthread_mutex_lock(&c->lock);
    if (!map_has(c->archives, key)) {
        struct kept *k = mem_zalloc(sizeof(*k));
        k->bytes = mem_strndup(bytes.at, bytes.len);
        k->len = bytes.len;
        k->used = ++c->turn;
        map_set(c->archives, key, k);
        c->bytes += bytes.len;
        make_room(c);
    }
    pthread_mutex_unlock(&c->lock);
}

static struct err *fetch(struct ask *q, const struct registry_chart *chart, struct span *out)
{
    struct registry_archive got;
    const char *key = arena_printf(q->a, "%s %s %s %s", q->key, chart->name, chart->version, chart->digest);
    if (known_archive(q, key, out))
        return NULL;
    TRY(registry_fetch(q->call, q->registry, chart, q->a, &got));
    keep_archive(q, key, got.bytes);
    *out = got.bytes;
    return NULL;
}

struct err *charts_fetch(struct charts *c, const struct call *call, const struct charts_want *want,
                         struct arena *a, const char **version, struct span *archive)
{
    CLEANUP(registry_closep) struct registry *registry = NULL;
    struct ask q = {.charts = c, .call = call, .want = want, .a = a};
    struct registry_chart chart;
    struct err *e = open_registry(&q);
    registry = q.registry;
    TRY(e);
    TRY(resolve(&q, &chart));
    *version = chart.version;
    return archive ? fetch(&q, &chart, archive) : NULL;
}

struct err *charts_resolve(struct charts *c, const struct call *call, const struct charts_want *want,
                           struct arena *a, const char **version)
{
    return charts_fetch(c, call, want, a, version, NULL);
}
