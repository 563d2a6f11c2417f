/* server - starting and ending: the listener, its certificate, tokens, the first namespaces, and a
 * kubeconfig. */
#include "base/file.h"
#include "base/rand.h"
#include "crypto/text.h"
#include "doc/yaml.h"
#include "sandbox.h"

#include <errno.h>

static struct err *read_tokens(struct sandbox *s)
{
    for (size_t i = 0; i < s->o.tokens.len; i++) {
        const char *row = s->o.tokens.at[i], *eq = strchr(row, '=');
        if (!eq || eq == row || !eq[1])
            return err_new(ERR_INVALID, "--token wants TOKEN=NAME");
        CLEANUP(mem_freep) char *token = mem_strndup(row, (size_t)(eq - row));
        map_set(s->tokens, token, mem_strdup(eq + 1));
    }
    return NULL;
}

static struct err *make_tls(struct sandbox *s, struct net_tls **out)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1", "kubernetes.default.svc"};
    struct secret *key = NULL;
    TRY(net_tls_self_signed(names, ARRAY_LEN(names), clock_wall_ms(loop_clock(s->loop)), 365, &s->cert_pem,
                            &key));
    struct err *e = net_tls_server(span_of(s->cert_pem), key, out);
    secret_unref(key);
    return e;
}

static struct err *listen_on(struct sandbox *s)
{
    struct net_tls *tls = NULL;
    if (!s->o.plain_http)
        TRY(make_tls(s, &tls));
    struct net_server_options o = {.tls = tls, .tls_only = tls != NULL, .on_request = http_request, .arg = s};
    s->server = net_server_new(s->loop, &o);
    net_tls_unref(tls);
    return net_server_listen(s->server, s->o.listen, &s->port);
}

static struct err *make_namespace(struct sandbox *s, const char *name)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    struct doc *d = doc_new_map(a);
    doc_set_str(a, doc_set_map(a, d, "metadata"), "name", name);
    struct err *e = write_create_internal(s, kinds_find(s, "", "namespaces"), "", d);
    err_eat(&e, ERR_EXISTS);
    return e;
}

static struct err *make_first_objects(struct sandbox *s)
{
    static const char *const always[] = {"default", "kube-system", "kube-public", "kube-node-lease"};
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        TRY(make_namespace(s, always[i]));
    for (size_t i = 0; i < s->o.namespaces.len; i++)
        TRYF(make_namespace(s, s->o.namespaces.at[i]), "--namespaces");
    return *s->o.crds ? crd_load_folder(s, s->o.crds) : NULL;
}

static const char *server_url(struct arena *a, const struct sandbox *s)
{
    return arena_printf(a, "%s://127.0.0.1:%d", s->o.plain_http ? "http" : "https", s->port);
}

const char *sandbox_kubeconfig(struct arena *a, const struct sandbox *s)
{
    struct doc *d = doc_new_map(a);
    doc_set_str(a, d, "apiVersion", "v1");
    doc_set_str(a, d, "kind", "Config");
    doc_set_str(a, d, "current-context", "sandbox");
    struct doc *cluster = doc_push(a, doc_set_list(a, d, "clusters"), doc_new_map(a));
    doc_set_str(a, cluster, "name", "sandbox");
    struct doc *c = doc_set_map(a, cluster, "cluster");
    doc_set_str(a, c, "server", server_url(a, s));
    if (s->cert_pem)
        doc_set_str(a, c, "certificate-authority-data",
                    crypto_base64_encode(a, CRYPTO_BASE64_STD, span_of(s->cert_pem)).at);
    struct doc *context = doc_push(a, doc_set_list(a, d, "contexts"), doc_new_map(a));
    doc_set_str(a, context, "name", "sandbox");
    struct doc *x = doc_set_map(a, context, "context");
    doc_set_str(a, x, "cluster", "sandbox");
    doc_set_str(a, x, "user", "sandbox");
    struct doc *user = doc_push(a, doc_set_list(a, d, "users"), doc_new_map(a));
    doc_set_str(a, user, "name", "sandbox");
    struct doc *u = doc_set_map(a, user, "user");
    /* kubectl asks for a user name where there is no credential at all. */
    const char *row = s->o.tokens.len ? s->o.tokens.at[0] : "sandbox";
    doc_set_str(a, u, "token", arena_strndup(a, row, strcspn(row, "=")));
    return yaml_text(a, d, YAML_WRITE_SIGS);
}

/* The simulated controllers are clients like others, with a token and a name of their own. */
static struct err *start_sim(struct sandbox *s)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    char token[33];
    rand_hex(rand_system(), 16, token);
    map_set(s->tokens, token, mem_strdup("system:sandbox-controllers"));
    CLEANUP(secret_unrefp) struct secret *secret = secret_new(token, strlen(token));
    struct net_creds creds = {.token = secret, .ca = span_of(s->cert_pem)};
    struct kube_options o = {.user_agent = "capstan-sandbox-sim", .qps = 10000, .burst = 10000};
    TRY(kube_config_from(server_url(a, s), &creds, "", &o.config));
    struct sim_options so = {.controllers = true, .load_balancers = s->o.simulate_lb,
                             .claims = s->o.simulate_claims,
                             .node = s->o.simulate_node};
    s->sim = sim_start(s->loop, kube_new(s->loop, &o), &so);
    return NULL;
}

static void drop_watches(struct loop_timer *t)
{
    struct sandbox *s = CONTAINER(t, struct sandbox, drop);
    watch_drop_all(s);
    loop_timer_set(s->loop, t, s->o.drop_watches_ms, drop_watches);
}

static struct err *start(struct sandbox *s)
{
    TRY(read_tokens(s));
    if (*s->o.request_log && !(s->log = fopen(s->o.request_log, "ae")))
        return err_errno(errno, "opening the file '%s' of --request-log", s->o.request_log);
    kinds_load(s);
    TRY(make_first_objects(s));
    TRY(listen_on(s));
    if (s->o.drop_watches_ms)
        loop_timer_set(s->loop, &s->drop, s->o.drop_watches_ms, drop_watches);
    if (s->o.simulate)
        TRY(start_sim(s));
    if (!*s->o.write_kubeconfig)
        return NULL;
    CLEANUP(arena_freep) struct arena *a = arena_new("sandbox");
    return file_write(s->o.write_kubeconfig, span_of(sandbox_kubeconfig(a, s)), 0600);
}

struct err *sandbox_start(struct loop *l, const struct sandbox_options *o, struct sandbox **out)
{
    struct sandbox *s = mem_zalloc(sizeof(*s));
    s->loop = l;
    s->o = *o;
    if (!o->kubernetes_version)
        s->o.kubernetes_version = SANDBOX_VERSION;
    const char **texts[] = {&s->o.listen, &s->o.write_kubeconfig, &s->o.request_log, &s->o.crds};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = *texts[i] ? *texts[i] : "";
    s->o.watch_history = o->watch_history > 0 ? o->watch_history : 10000;
    s->tokens = map_new(free);
    s->dependents = map_new(NULL);
    struct err *e = start(s);
    if (e)
        sandbox_free(s);
    else
        *out = s;
    return e;
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    sim_free(s->sim);
    loop_timer_stop(s->loop, &s->flush);
    loop_timer_stop(s->loop, &s->drop);
    while (s->waiting.len) {
        struct request *r = vec_pop(&s->waiting);
        loop_timer_stop(s->loop, &r->delay);
        net_abort(r->http);
    }
    while (s->resources.len)
        kinds_drop(s, s->resources.at[s->resources.len - 1]);
    vec_release(&s->resources);
    vec_release(&s->waiting);
    if (s->server)
        net_server_free(s->server);
    loop_timer_stop(s->loop, &s->flush);
    map_free(s->tokens);
    map_free(s->dependents);
    free(s->cert_pem);
    if (s->log)
        fclose(s->log);
    free(s);
}
