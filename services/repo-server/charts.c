/* repo-server/charts - two tables behind one lock: indexes by repository; archives by repository, chart and
 * version, or by repository and digest.
 *
 * Nothing is fetched with the lock held: two threads that miss at once both fetch, and the later answer
 * stays. */
#include "charts.h"

#include "base/map.h"
#include "base/str.h"
#include "registry/registry.h"

#include <pthread.h>
#include <stdlib.h>

/* Never changed but for `refs` and `fetched_ms`, which the lock guards: readers hold it instead of copying
 * tens of megabytes. */
struct index {
    char *text, *etag, *modified;
    size_t len;
    unsigned refs;      /* of the table and of readers */
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

/* With the lock held, but at the end. */
static void index_unref(void *arg)
{
    struct index *i = arg;
    if (!i || --i->refs)
        return;
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
    c->indexes = map_new(index_unref);
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

/* What is known, held, and whether it is young enough. */
static struct index *hold_index(struct ask *q, bool *young)
{
    struct charts *c = q->charts;
    pthread_mutex_lock(&c->lock);
    struct index *i = map_get(c->indexes, q->key);
    *young = i && !q->want->fresh && clock_mono_ms(q->call->clock) - i->fetched_ms < c->ttl_ms;
    if (i)
        i->refs++;
    pthread_mutex_unlock(&c->lock);
    return i;
}

static void release_index(struct ask *q, struct index *i)
{
    pthread_mutex_lock(&q->charts->lock);
    index_unref(i);
    pthread_mutex_unlock(&q->charts->lock);
}

/* The new one, held for the table and for the caller. */
static struct index *keep_index(struct ask *q, const struct registry_index *got)
{
    struct charts *c = q->charts;
    struct index *i = mem_zalloc(sizeof(*i));
    i->text = mem_strndup(got->text.at, got->text.len);
    i->len = got->text.len;
    i->etag = mem_strdup(got->etag);
    i->modified = mem_strdup(got->modified);
    i->refs = 2;
    i->fetched_ms = clock_mono_ms(q->call->clock);
    pthread_mutex_lock(&c->lock);
    map_set(c->indexes, q->key, i);
    pthread_mutex_unlock(&c->lock);
    return i;
}

/* Asks the server, offering what is known. *i is replaced by what it says. */
static struct err *refresh_index(struct ask *q, struct index **i)
{
    struct registry_index known = {.etag = "", .modified = ""}, got;
    struct index *old = *i;
    if (old)
        known = (struct registry_index){
            .text = {old->text, old->len}, .etag = old->etag, .modified = old->modified};
    TRY(registry_index_fetch(q->call, q->registry, old ? &known : NULL, q->a, &got));
    if (got.unchanged) {
        pthread_mutex_lock(&q->charts->lock);
        old->fetched_ms = clock_mono_ms(q->call->clock);
        pthread_mutex_unlock(&q->charts->lock);
    } else {
        *i = keep_index(q, &got);
        release_index(q, old);
    }
    return NULL;
}

static struct err *find_in_index(struct ask *q, struct registry_chart *out)
{
    const struct charts_want *w = q->want;
    bool young;
    struct index *i = hold_index(q, &young);
    struct err *e = young ? NULL : refresh_index(q, &i);
    if (!e)
        e = registry_index_find(q->a, (struct span){i->text, i->len}, w->url, w->chart, w->range, out);
    release_index(q, i);
    return e;
}

static struct err *resolve(struct ask *q, struct registry_chart *out)
{
    const struct charts_want *w = q->want;
    if (registry_is_oci(q->registry))
        return registry_resolve(q->call, q->registry, w->chart, w->range, q->a, out);
    return find_in_index(q, out);
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

/* --- artifacts ---------------------------------------------------------------------------------------------
 */

static struct err *fetch_layer(struct ask *q, struct charts_artifact *out)
{
    static const char chart[] = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    struct registry_manifest manifest;
    struct registry_descriptor layer;
    struct registry_archive got;
    const char *plain_key = arena_printf(q->a, "%s %s", q->key, out->digest);
    const char *chart_key = arena_printf(q->a, "%s chart", plain_key);
    out->is_chart = known_archive(q, chart_key, &out->layer);
    if (out->is_chart || known_archive(q, plain_key, &out->layer))
        return NULL;
    TRY(registry_manifest_fetch(q->call, q->registry, out->digest, q->a, &manifest));
    TRY(registry_artifact_layer(&manifest, NULL, 0, &layer));
    TRY(registry_blob_fetch(q->call, q->registry, &layer, q->a, &got));
    out->is_chart = streq(layer.media_type, chart);
    out->layer = got.bytes;
    keep_archive(q, out->is_chart ? chart_key : plain_key, got.bytes);
    return NULL;
}

static struct err *artifact(struct charts *c, const struct call *call, const struct charts_want *want,
                            struct arena *a, bool with_layer, struct charts_artifact *out)
{
    CLEANUP(registry_closep) struct registry *registry = NULL;
    struct ask q = {.charts = c, .call = call, .want = want, .a = a};
    struct err *e = open_registry(&q);
    registry = q.registry;
    TRY(e);
    TRY(registry_artifact_resolve(call, registry, want->range, a, &out->digest));
    return with_layer ? fetch_layer(&q, out) : NULL;
}

struct err *charts_artifact_resolve(struct charts *c, const struct call *call, const struct charts_want *want,
                                    struct arena *a, const char **digest)
{
    struct charts_artifact out = {0};
    TRY(artifact(c, call, want, a, false, &out));
    *digest = out.digest;
    return NULL;
}

struct err *charts_artifact_fetch(struct charts *c, const struct call *call, const struct charts_want *want,
                                  struct arena *a, struct charts_artifact *out)
{
    return artifact(c, call, want, a, true, out);
}

struct err *charts_test(struct charts *c, const struct call *call, const struct charts_want *want,
                        struct arena *a)
{
    CLEANUP(registry_closep) struct registry *registry = NULL;
    struct ask q = {.charts = c, .call = call, .want = want, .a = a};
    struct err *e = open_registry(&q);
    registry = q.registry;
    TRY(e);
    if (!registry_is_oci(registry)) {
        struct registry_index index;
        return registry_index_fetch(call, registry, NULL, a, &index);
    }
    struct registry_versions tags;
    return registry_tags(call, registry, a, &tags);
}
