/* capstan-sandbox - see sandbox.h. */
#include "sandbox.h"

#include <signal.h>

static struct sandbox_options o;

static struct {
    const char *part, *kubeconfig;
} only;
static const char *const parts[] = {"", "all", "kubelet", NULL};

static const struct opt serving[] = {
    {OPT_STRING, "listen", .env = "CAPSTAN_SANDBOX_LISTEN", .def = "127.0.0.1:6443", .string = &o.listen,
     .arg = "ADDRESS", .help = "where to serve; port 0 picks a free one"},
    {OPT_BOOL, "plain-http", .flag = &o.plain_http,
     .help = "serve http instead of https with a certificate of its own"},
    {OPT_LIST, "token", .env = "CAPSTAN_SANDBOX_TOKENS", .list = &o.tokens, .arg = "TOKEN=NAME",
     .help = "let bearers of the token in, as that user; without any, everybody is let in as 'admin'"},
    {OPT_STRING, "write-kubeconfig", .string = &o.write_kubeconfig, .arg = "FILE",
     .help = "write a kubeconfig for the first token once the server listens"},
    {OPT_STRING, "request-log", .string = &o.request_log, .arg = "FILE",
     .help = "append a JSON line for each request"},
    {OPT_STRING, "crds", .string = &o.crds, .arg = "FOLDER",
     .help = "create the CustomResourceDefinitions in its YAML files"},
    {OPT_STRING, "kubernetes-version", .def = SANDBOX_VERSION, .string = &o.kubernetes_version, .arg = "VERSION",
     .help = "the version that it says to be"},
    {OPT_LIST, "namespaces", .list = &o.namespaces, .arg = "NAMES", .help = "create these namespaces too"},
};

static const struct opt simulation[] = {
    {OPT_BOOL, "simulate", .def = "true", .flag = &o.simulate,
     .help = "run simulated controllers and a kubelet: workloads become ready, claims bound, Ingresses of "
             "class sim get "
             "addresses"},
    {OPT_BOOL, "simulate-lb", .def = "true", .flag = &o.simulate_lb,
     .help = "give Services of type LoadBalancer an address"},
    {OPT_BOOL, "simulate-claims", .def = "true", .flag = &o.simulate_claims,
     .help = "bind PersistentVolumeClaims"},
    {OPT_BOOL, "simulate-node", .def = "true", .flag = &o.simulate_node,
     .help = "have a node, so that DaemonSets have a Pod"},
    {OPT_CHOICE, "simulate-only", .def = "", .string = &only.part, .choices = parts, .arg = "PART",
     .help = "serve nothing: be that part for the cluster of --kubeconfig; kubelet leaves workloads to their "
             "controllers"},
    {OPT_STRING, "kubeconfig", .string = &only.kubeconfig, .arg = "FILE",
     .help = "the cluster for --simulate-only"},
};

static const struct opt faults[] = {
    {OPT_DURATION, "latency", .integer = &o.latency_ms, .help = "answer each request that much later"},
    {OPT_LIST, "fail", .list = &o.fail, .arg = "CODES", .help = "the codes that --fail-rate answers with"},
    {OPT_INT, "fail-rate", .integer = &o.fail_per_mille, .max = 1000,
     .help = "of a thousand requests, how many fail"},
    {OPT_DURATION, "drop-watches-every", .integer = &o.drop_watches_ms, .help = "end all watches that often"},
    {OPT_INT, "watch-history", .def = "10000", .integer = &o.watch_history, .min = 1, .max = 10000000,
     .help = "changes kept per kind; a watch from before them is answered with 410"},
};

static const struct opt_section sections[] = {
    {"Serving", serving, ARRAY_LEN(serving)},
    {"Simulation", simulation, ARRAY_LEN(simulation)},
    {"Faults", faults, ARRAY_LEN(faults)},
};

static const struct opt_page page = {
    .program = "capstan-sandbox",
    .usage = "[flags]",
    .about = "A Kubernetes API server in memory. For trial and test only: it keeps nothing, and checks "
             "nobody's rights.",
    .sections = sections,
    .len = ARRAY_LEN(sections),
};

static void stop(void *loop, int signum)
{
    (void)signum;
    loop_stop(loop);
}

static int fail(struct err *e)
{
    fprintf(stderr, "capstan-sandbox: %s\n", e->msg);
    err_free(e);
    return 1;
}

static int simulate_only(void)
{
    CLEANUP(loop_freep) struct loop *l = loop_new(NULL);
    struct kube_options ko = {.user_agent = "capstan-sandbox-sim", .qps = 500, .burst = 1000};
    struct err *e = kube_config_read(only.kubeconfig, NULL, &ko.config);
    if (e)
        return fail(e);
    struct sim_options so = {.controllers = streq(only.part, "all"),
                             .load_balancers = o.simulate_lb,
                             .claims = o.simulate_claims,
                             .node = o.simulate_node};
    struct sim *sim = sim_start(l, kube_new(l, &ko), &so);
    loop_signal(l, SIGINT, stop, l);
    loop_signal(l, SIGTERM, stop, l);
    fprintf(stderr, "capstan-sandbox: simulating %s for the cluster of %s, for trial and test only\n",
            so.controllers ? "controllers and a kubelet" : "a kubelet", only.kubeconfig);
    loop_run(l);
    sim_free(sim);
    return 0;
}

static int run(void)
{
    CLEANUP(loop_freep) struct loop *l = loop_new(NULL);
    struct sandbox *s = NULL;
    struct err *e = sandbox_start(l, &o, &s);
    if (e)
        return fail(e);
    loop_signal(l, SIGINT, stop, l);
    loop_signal(l, SIGTERM, stop, l);
    fprintf(stderr,
            "capstan-sandbox: a Kubernetes API in memory, for trial and test only, on %s://127.0.0.1:%d\n",
            o.plain_http ? "http" : "https", s->port);
    loop_run(l);
    sandbox_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("options");
    struct opt_result result;
    struct err *e = opt_parse(a, &page, argc, argv, &result);
    if (e)
        return fail(e);
    if (result.help) {
        CLEANUP(str_release) struct str text = {0};
        opt_help(&page, &text);
        fputs(str_text(&text), stdout);
        return 0;
    }
    return *only.part ? simulate_only() : run();
}
