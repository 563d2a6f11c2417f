/* kube/config - a kubeconfig is three lists joined by names; what is found goes into one arena. */
#include "kube/config.h"

#include "base/file.h"
#include "base/str.h"
#include "crypto/text.h"
#include "doc/yaml.h"
#include "net/url.h"

#include <stdlib.h>

enum { FILE_LIMIT = 4 << 20, TOKEN_LIMIT = 1 << 16, TOKEN_MS = 60000 };

static struct kube_config *config_new(void)
{
    struct arena *a = arena_new("kube_config");
    struct kube_config *c = NEW(a, struct kube_config);
    c->arena = a;
    c->default_namespace = "default";
    return c;
}

void kube_config_free(struct kube_config *c)
{
    if (!c)
        return;
    secret_unref(c->token);
    secret_unref(c->password);
    secret_unref(c->key);
    arena_free(c->arena);
}

void kube_config_freep(struct kube_config **c)
{
    kube_config_free(*c);
    *c = NULL;
}

static struct err *set_server(struct kube_config *c, const char *server)
{
    struct net_url u;
    TRYF(net_url_parse(c->arena, server, &u), "the cluster's server");
    if (!streq(u.scheme, "https") && !streq(u.scheme, "http"))
        return err_new(ERR_INVALID, "the cluster's server '%s' is neither https nor http", server);
    char *text = arena_strdup(c->arena, server);
    for (size_t n = strlen(text); n && text[n - 1] == '/'; n--)
        text[n - 1] = '\0';
    c->server = text;
    return NULL;
}

/* --- kubeconfig --- */

struct reader {
    struct kube_config *config;
    const char *folder;
};

static const char *path_of(struct reader *r, const char *path)
{
    return *path == '/' ? path : arena_printf(r->config->arena, "%s/%s", r->folder, path);
}

static struct err *decode(struct arena *a, const char *text, struct span *out)
{
    if (!crypto_base64_decode_any(a, span_of(text), out))
        return err_new(ERR_INVALID, "not base64");
    return NULL;
}

/* NAME-data, or the file that NAME names. */
static struct err *read_material(struct reader *r, const struct doc *from, const char *name, struct span *out)
{
    struct arena *a = r->config->arena;
    const char *data = doc_str(doc_get(from, arena_printf(a, "%s-data", name)), "");
    const char *file = doc_str(doc_get(from, name), "");
    *out = (struct span){0};
    if (*data)
        TRYF(decode(a, data, out), "%s-data", name);
    else if (*file)
        TRYF(file_read(a, path_of(r, file), FILE_LIMIT, out), "%s", name);
    return NULL;
}

static struct err *read_cluster(struct reader *r, const struct doc *cluster)
{
    struct kube_config *c = r->config;
    TRY(set_server(c, doc_str(doc_get(cluster, "server"), "")));
    TRY(read_material(r, cluster, "certificate-authority", &c->creds.ca));
    c->creds.insecure = doc_bool(doc_get(cluster, "insecure-skip-tls-verify"), false);
    const char *name = doc_str(doc_get(cluster, "tls-server-name"), "");
    const char *proxy = doc_str(doc_get(cluster, "proxy-url"), "");
    if (*name)
        c->creds.server_name = arena_strdup(c->arena, name);
    if (*proxy)
        c->proxy = arena_strdup(c->arena, proxy);
    return NULL;
}

static struct err *read_token_file(struct kube_config *c)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("kube_token");
    struct span text;
    TRY(file_read(a, c->token_file, TOKEN_LIMIT, &text));
    struct span token = span_trim(text);
    if (!token.len)
        return err_new(ERR_INVALID, "%s: the token is empty", c->token_file);
    secret_unref(c->token);
    c->token = secret_new(token.at, token.len);
    c->creds.token = c->token;
    secret_wipe((void *)(uintptr_t)text.at, text.len);
    return NULL;
}

static struct err *read_user(struct reader *r, const struct doc *user)
{
    struct kube_config *c = r->config;
    if (doc_get(user, "exec") || doc_get(user, "auth-provider"))
        return err_new(ERR_UNIMPLEMENTED,
                       "credentials from a plugin (%s) are not supported: use a token or a certificate",
                       doc_get(user, "exec") ? "exec" : "auth-provider");
    TRY(read_material(r, user, "client-certificate", &c->creds.cert));
    struct span key;
    TRY(read_material(r, user, "client-key", &key));
    c->key = secret_new(key.at, key.len);
    c->creds.key = c->key;
    if (key.len)
        secret_wipe((void *)(uintptr_t)key.at, key.len);
    const char *token = doc_str(doc_get(user, "token"), ""), *file = doc_str(doc_get(user, "tokenFile"), "");
    const char *name = doc_str(doc_get(user, "username"), "");
    const char *password = doc_str(doc_get(user, "password"), "");
    if (*name) {
        c->creds.user = arena_strdup(c->arena, name);
        c->creds.password = c->password = secret_new(password, strlen(password));
    }
    if (*file) { /* client-go prefers the file */
        c->token_file = arena_strdup(c->arena, path_of(r, file));
        return read_token_file(c);
    }
    if (*token)
        c->creds.token = c->token = secret_new(token, strlen(token));
    return NULL;
}

/* The entry of that name in a list of {name, ENTRY}. */
static struct err *named(const struct doc *root, const char *list, const char *entry, const char *name,
                         const struct doc **out)
{
    doc_each (it, doc_get(root, list)) {
        if (!doc_str_is(doc_get(it.val, "name"), name))
            continue;
        *out = doc_get(it.val, entry);
        return NULL;
    }
    return err_new(ERR_NOT_FOUND, "the kubeconfig has no %s named '%s'", entry, name);
}

static struct err *read_config(struct reader *r, const struct doc *root, const char *context)
{
    const char *chosen = context ? context : doc_str(doc_get(root, "current-context"), "");
    if (!*chosen)
        return err_new(ERR_INVALID, "the kubeconfig has no current-context, and none was asked for");
    const struct doc *ctx = NULL, *cluster = NULL, *user = NULL;
    TRY(named(root, "contexts", "context", chosen, &ctx));
    TRY(named(root, "clusters", "cluster", doc_str(doc_get(ctx, "cluster"), ""), &cluster));
    const char *user_name = doc_str(doc_get(ctx, "user"), "");
    if (*user_name)
        TRY(named(root, "users", "user", user_name, &user));
    TRYF(read_cluster(r, cluster), "cluster '%s'", doc_str(doc_get(ctx, "cluster"), ""));
    TRYF(read_user(r, user), "user '%s'", user_name);
    const char *ns = doc_str(doc_get(ctx, "namespace"), "");
    if (*ns)
        r->config->default_namespace = arena_strdup(r->config->arena, ns);
    return NULL;
}

struct err *kube_config_parse(struct span yaml, const char *folder, const char *context,
                              struct kube_config **out)
{
    *out = NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("kubeconfig");
    CLEANUP(kube_config_freep) struct kube_config *c = config_new();
    struct doc *root;
    TRYF(yaml_read(a, yaml, YAML_SIGS, NULL, &root), "the kubeconfig");
    struct reader r = {c, folder};
    TRY(read_config(&r, root, context));
    *out = c;
    c = NULL;
    return NULL;
}

struct err *kube_config_read(const char *path, const char *context, struct kube_config **out)
{
    *out = NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("kubeconfig");
    struct span text;
    TRYF(file_read(a, path, FILE_LIMIT, &text), "reading the kubeconfig");
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_strndup(a, path, (size_t)(slash - path)) : ".";
    TRYF(kube_config_parse(text, folder, context, out), "%s", path);
    return NULL;
}

/* --- in a pod, and from settings --- */

struct err *kube_config_in_cluster(const char *folder, struct kube_config **out)
{
    *out = NULL;
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !*host)
        return err_new(ERR_NOT_FOUND, "not in a cluster: KUBERNETES_SERVICE_HOST is not set");
    if (!folder)
        folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    CLEANUP(kube_config_freep) struct kube_config *c = config_new();
    struct arena *a = c->arena;
    TRY(set_server(c, arena_printf(a, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host,
                                   port && *port ? port : "443")));
    TRYF(file_read(a, arena_printf(a, "%s/ca.crt", folder), FILE_LIMIT, &c->creds.ca), "the service account");
    c->token_file = arena_printf(a, "%s/token", folder);
    TRYF(read_token_file(c), "the service account");
    struct span ns;
    struct err *none = file_read(a, arena_printf(a, "%s/namespace", folder), TOKEN_LIMIT, &ns);
    if (!none) {
        ns = span_trim(ns);
        c->default_namespace = arena_strndup(a, ns.at, ns.len);
    }
    err_free(none);
    *out = c;
    c = NULL;
    return NULL;
}

static struct span copied(struct arena *a, struct span s)
{
    return (struct span){arena_strndup(a, s.at ? s.at : "", s.len), s.len};
}

struct err *kube_config_from(const char *server, const struct net_creds *creds, const char *proxy,
                             struct kube_config **out)
{
    *out = NULL;
    CLEANUP(kube_config_freep) struct kube_config *c = config_new();
    struct arena *a = c->arena;
    TRY(set_server(c, server));
    c->proxy = proxy ? arena_strdup(a, proxy) : NULL;
    c->creds = *creds;
    c->creds.ca = copied(a, creds->ca);
    c->creds.cert = copied(a, creds->cert);
    c->creds.user = creds->user ? arena_strdup(a, creds->user) : NULL;
    c->creds.server_name = creds->server_name ? arena_strdup(a, creds->server_name) : NULL;
    struct span token = secret_span(creds->token), key = secret_span(creds->key),
                pw = secret_span(creds->password);
    c->creds.token = c->token = secret_new(token.len ? token.at : NULL, token.len);
    c->creds.key = c->key = secret_new(key.len ? key.at : NULL, key.len);
    c->creds.password = c->password = secret_new(pw.len ? pw.at : NULL, pw.len);
    *out = c;
    c = NULL;
    return NULL;
}

void kube_config_refresh(struct kube_config *c, const struct clock *clock)
{
    int64_t now = clock_mono_ms(clock);
    if (!c->token_file || (c->token_read_ms && now - c->token_read_ms < TOKEN_MS))
        return;
    c->token_read_ms = now;
    err_free(read_token_file(c));
}
