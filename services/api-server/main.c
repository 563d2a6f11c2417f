/* api-server - the REST interface: sessions, Applications, projects, repositories. See api.h. */
#include "api.h"

#include "base/log.h"
#include "svc/cache.h"
#include "svc/kube.h"

#include <stdlib.h>

static struct {
    const char *ns, *listen, *cert, *key;
    bool insecure;
    struct opt_list repo_server, controller;
    int64_t peer_timeout_ms;
} o;

enum { CERTIFICATE_DAYS = 365, LOGIN_DELAY_MS = 500 };

static const struct opt serving_options[] = {
    {OPT_STRING, "listen", .env = "CAPSTAN_SERVER_LISTEN", .def = "127.0.0.1:8080", .string = &o.listen,
     .arg = "ADDRESS", .help = "where to serve; \":8080\" is all addresses"},
    {OPT_BOOL, "insecure", .env = "ARGOCD_SERVER_INSECURE", .flag = &o.insecure, .help = "serve plain http"},
    {OPT_STRING, "tls-cert", .string = &o.cert, .arg = "FILE",
     .help = "certificate chain in PEM; without it the server makes a certificate of its own"},
    {OPT_STRING, "tls-key", .string = &o.key, .arg = "FILE", .help = "its key"},
    {OPT_STRING, "namespace", .env = "ARGOCD_NAMESPACE", .def = "argocd", .string = &o.ns,
     .help = "namespace of the Applications, projects and settings"},
};
static const struct opt peer_options[] = {
    {OPT_LIST, "repo-server", .env = "CAPSTAN_REPO_SERVER", .def = "ipc:///run/capstan/repo-server.sock",
     .list = &o.repo_server, .arg = "ADDRESS", .help = "where repo-servers listen"},
    {OPT_LIST, "controller", .env = "CAPSTAN_CONTROLLER",
     .def = "ipc:///run/capstan/application-controller.sock", .list = &o.controller, .arg = "ADDRESS",
     .help = "where the application-controller listens"},
    {OPT_DURATION, "peer-timeout", .env = "ARGOCD_SERVER_REPO_SERVER_TIMEOUT_SECONDS", .def = "60s",
     .integer = &o.peer_timeout_ms, .min = 100, .max = 3600000,
     .help = "for the answers that a request waits for"},
};
static const struct opt_section sections[] = {
    {"Serving", serving_options, ARRAY_LEN(serving_options)},
    {"Redis", svc_cache_options, SVC_CACHE_OPTIONS},
    {"Peers", peer_options, ARRAY_LEN(peer_options)},
};

struct program {
    struct svc_run *run;
    struct api *api;
    struct kube *kube;
    struct bus_client *repo, *controller;
    struct svc_cache *cache;
    struct net_tls *tls;
};

static struct err *self_signed(struct program *p)
{
    struct arena *a = p->run->arena;
    const char *names[] = {"localhost",
                           "127.0.0.1",
                           "argocd-server",
                           arena_printf(a, "argocd-server.%s", o.ns),
                           arena_printf(a, "argocd-server.%s.svc", o.ns),
                           arena_printf(a, "argocd-server.%s.svc.cluster.local", o.ns)};
    CLEANUP(mem_freep) char *cert = NULL;
    CLEANUP(secret_unrefp) struct secret *key = NULL;
    int64_t now = clock_wall_ms(loop_clock(p->run->loop));
    TRY(net_tls_self_signed(names, ARRAY_LEN(names), now, CERTIFICATE_DAYS, &cert, &key));
    return net_tls_server(span_of(cert), key, &p->tls);
}

static struct err *make_tls(struct program *p)
{
    if (o.insecure)
        return NULL;
    if (!*o.cert != !*o.key)
        return err_new(ERR_INVALID, "--tls-cert and --tls-key go together");
    if (*o.cert)
        return net_tls_server_files(o.cert, o.key, &p->tls);
    return self_signed(p);
}

static void on_ready(void *arg, const char *why)
{
    svc_ready(arg, "cluster", why == NULL, why);
}

static struct err *start(struct svc_run *run)
{
    struct program *p = mem_zalloc(sizeof(*p));
    run->state = p;
    p->run = run;
    TRY(make_tls(p));
    TRY(svc_kube(run, "argocd-server", 0, 0, &p->kube));
    TRY(svc_cache_open(run, p->kube, o.ns, &p->cache));
    p->repo = bus_client_new(run->bus, NULL);
    p->controller = bus_client_new(run->bus, NULL);
    TRY(bus_client_peers(p->repo, o.repo_server.at, o.repo_server.len));
    TRY(bus_client_peers(p->controller, o.controller.at, o.controller.len));
    struct api_options options = {.loop = run->loop,
                                  .kube = p->kube,
                                  .repo = p->repo,
                                  .controller = p->controller,
                                  .cache = p->cache,
                                  .ns = o.ns,
                                  .listen = o.listen,
                                  .tls = p->tls,
                                  .login_delay_ms = LOGIN_DELAY_MS,
                                  .peer_timeout_ms = o.peer_timeout_ms,
                                  .ready = on_ready,
                                  .arg = run};
    TRYF(api_start(&options, &p->api), "--listen %s", o.listen);
    log_info("serving", "address", o.listen, "scheme", p->tls ? "https" : "http");
    return NULL;
}

static void drain(struct svc_run *run)
{
    struct program *p = run->state;
    api_drain(p->api, svc_drained, run);
}

static void stop(struct svc_run *run)
{
    struct program *p = run->state;
    if (!p)
        return;
    api_halt(p->api);
    svc_cache_close(p->cache);
    if (p->kube)
        kube_free(p->kube);
    if (p->repo)
        bus_client_free(p->repo);
    if (p->controller)
        bus_client_free(p->controller);
    api_free(p->api);
    net_tls_unref(p->tls);
    free(p);
}

int main(int argc, char **argv)
{
    static const struct svc service = {
        .name = "api-server",
        .about = "Serves Argo CD's REST interface: sessions, Applications and what they consist of, "
                 "projects, repositories.",
        .sections = sections,
        .sections_len = ARRAY_LEN(sections),
        .start = start,
        .drain = drain,
        .stop = stop,
    };
    return svc_main(&service, argc, argv);
}
