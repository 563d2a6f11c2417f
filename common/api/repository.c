/* api/repository - Secrets into repositories. Invariant: everything in a set lives in its arena and in counted secrets, and never
 * changes after api_repositories_new. */
#include "api/repository.h"

#include "api/project.h"
#include "crypto/digest.h"
#include "crypto/text.h"

#include <stdatomic.h>
#include <stdlib.h>

struct api_repositories {
    atomic_int refs;
    struct arena *arena;
    struct api_repository *at;
    size_t len;
    const char *known_hosts;
    const struct doc *tls_certs; /* host to PEM */
};

/* A value of a Secret: base64 in data, or plain in stringData. {NULL, 0} when absent. */
static struct span value(struct arena *a, const struct doc *secret, const char *key)
{
    struct span out = {NULL, 0}, text = doc_span(doc_path(secret, "stringData", key));
    if (text.at)
        return text;
    text = doc_span(doc_path(secret, "data", key));
    return text.at && crypto_base64_decode_any(a, text, &out) ? out : (struct span){NULL, 0};
}

static const char *text_value(struct arena *a, const struct doc *secret, const char *key)
{
    struct span v = value(a, secret, key);
    return v.at ? arena_strndup(a, v.at, v.len) : "";
}

/* Empty values are as good as absent. */
static struct secret *secret_value(struct arena *a, const struct doc *secret, const char *key)
{
    struct span v = value(a, secret, key);
    return v.len ? secret_new(v.at, v.len) : NULL;
}

static struct api_repository parse(struct arena *a, const struct doc *s)
{
    struct api_repository r = {
        .secret = arena_strdup(a, api_name(s)),
        .url = text_value(a, s, "url"),
        .type = text_value(a, s, "type"),
        .name = text_value(a, s, "name"),
        .project = text_value(a, s, "project"),
        .username = text_value(a, s, "username"),
        .proxy = text_value(a, s, "proxy"),
        .insecure = streq(text_value(a, s, "insecure"), "true") ||
                    streq(text_value(a, s, "insecureIgnoreHostKey"), "true"),
        .lfs = streq(text_value(a, s, "enableLfs"), "true"),
        .oci = streq(text_value(a, s, "enableOCI"), "true"),
        .plain_http = streq(text_value(a, s, "insecureOCIForceHttp"), "true"),
        .password = secret_value(a, s, "password"),
        .ssh_key = secret_value(a, s, "sshPrivateKey"),
        .tls_cert = secret_value(a, s, "tlsClientCertData"),
        .tls_key = secret_value(a, s, "tlsClientCertKey"),
    };
    const char *type = api_label(s, API_LABEL_SECRET_TYPE);
    r.creds = type && streq(type, "repo-creds");
    if (!r.password)
        r.password = secret_value(a, s, "bearerToken");
    return r;
}

static bool is_repository(const struct doc *s)
{
    const char *type = api_label(s, API_LABEL_SECRET_TYPE);
    return type && (streq(type, "repository") || streq(type, "repo-creds"));
}

struct api_repositories *api_repositories_new(const struct doc *secrets, const struct doc *known_hosts,
                                              const struct doc *tls_certs)
{
    struct api_repositories *r = mem_zalloc(sizeof(*r));
    atomic_init(&r->refs, 1);
    r->arena = arena_new("repositories");
    r->at = NEW_N(r->arena, struct api_repository, doc_len(secrets));
    doc_each(it, secrets)
        if (is_repository(it.val))
            r->at[r->len++] = parse(r->arena, it.val);
    const char *hosts = doc_str(doc_path(known_hosts, "data", "ssh_known_hosts"), NULL);
    r->known_hosts = hosts ? arena_strdup(r->arena, hosts) : NULL;
    r->tls_certs = tls_certs ? doc_deep(r->arena, doc_get(tls_certs, "data")) : NULL;
    return r;
}

struct api_repositories *api_repositories_ref(struct api_repositories *r)
{
    if (r)
        atomic_fetch_add(&r->refs, 1);
    return r;
}

void api_repositories_unref(struct api_repositories *r)
{
    if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    for (size_t i = 0; i < r->len; i++) {
        secret_unref(r->at[i].password);
        secret_unref(r->at[i].ssh_key);
        secret_unref(r->at[i].tls_cert);
        secret_unref(r->at[i].tls_key);
    }
    arena_free(r->arena);
    free(r);
}

void api_repositories_unrefp(struct api_repositories **r)
{
    api_repositories_unref(*r);
    *r = NULL;
}

size_t api_repositories_len(const struct api_repositories *r)
{
    return r ? r->len : 0;
}

const struct api_repository *api_repositories_at(const struct api_repositories *r, size_t i)
{
    return &r->at[i];
}

static bool in_project(const struct api_repository *r, const char *project)
{
    return !*r->project || streq(r->project, project);
}

static bool has_credentials(const struct api_repository *r)
{
    return r->password || r->ssh_key || r->tls_cert || *r->username;
}

static const struct api_repository *own_secret(const struct api_repositories *r, const char *normalized,
                                               const char *project)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("repo-url");
    const struct api_repository *best = NULL;
    for (size_t i = 0; i < r->len; i++) {
        const struct api_repository *x = &r->at[i];
        if (x->creds || !in_project(x, project) || !streq(api_repo_normalize(a, x->url), normalized))
            continue;
        if (!best || (!*best->project && *x->project))
            best = x;
    }
    return best;
}

/* The template whose prefix is the longest; of equal ones the project's own. */
static const struct api_repository *template_for(const struct api_repositories *r, const char *normalized,
                                                 const char *project)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("repo-url");
    const struct api_repository *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < r->len; i++) {
        const struct api_repository *x = &r->at[i];
        const char *prefix = x->creds ? api_repo_normalize(a, x->url) : "";
        size_t len = strlen(prefix);
        if (!len || !in_project(x, project) || !starts_with(normalized, prefix) || len < best_len ||
            (len == best_len && best && *best->project))
            continue;
        best = x;
        best_len = len;
    }
    return best;
}

struct api_repository api_repository_for(const struct api_repositories *r, const char *url, const char *project)
{
    struct api_repository found = {.secret = "", .type = "git", .name = "", .project = "", .username = "", .proxy = ""};
    if (r) {
        CLEANUP(arena_freep) struct arena *a = arena_new("repo-url");
        const char *normalized = api_repo_normalize(a, url);
        const struct api_repository *own = own_secret(r, normalized, project);
        if (own)
            found = *own;
        const struct api_repository *t = own && has_credentials(own) ? NULL : template_for(r, normalized, project);
        if (t) {
            found.username = t->username;
            found.password = t->password;
            found.ssh_key = t->ssh_key;
            found.tls_cert = t->tls_cert;
            found.tls_key = t->tls_key;
            found.insecure |= t->insecure;
            found.oci |= t->oci;
            found.plain_http |= t->plain_http;
            if (!*found.proxy)
                found.proxy = t->proxy;
        }
    }
    found.url = url;
    return found;
}

const char *api_repositories_known_hosts(const struct api_repositories *r)
{
    return r ? r->known_hosts : NULL;
}

const char *api_repositories_ca(const struct api_repositories *r, const char *url)
{
    const char *host = strstr(url, "://");
    if (!r || !host)
        return NULL;
    host += 3;
    const char *at = strchr(host, '@'), *slash = strchr(host, '/');
    if (at && (!slash || at < slash))
        host = at + 1;
    size_t len = strcspn(host, ":/");
    return doc_str(doc_get_span(r->tls_certs, (struct span){host, len}), NULL);
}

const char *api_repository_identity(struct arena *a, const struct api_repository *r)
{
    const struct secret *parts[] = {r->password, r->ssh_key, r->tls_cert, r->tls_key};
    if (!has_credentials(r))
        return "";
    CLEANUP(crypto_stream_freep) struct crypto_stream *s = crypto_stream_new(CRYPTO_SHA256);
    crypto_stream_add_text(s, r->username);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        crypto_stream_add_text(s, parts[i] ? secret_text(parts[i]) : NULL);
    struct crypto_digest sum;
    crypto_stream_sum(s, &sum);
    return arena_strdup(a, sum.hex);
}

bool api_url_is_oci(const char *url)
{
    return starts_with(url, "oci://");
}
