/* capstan-sandbox - see sandbox.h. */
#include "sandbox.h"

#include <signal.h>

static struct sandbox_options o;

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
    {OPT_LIST, "namespaces", .list = &o.namespaces, .arg = "NAMES", .help = "create these namespaces too"},
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
    return run();
}
