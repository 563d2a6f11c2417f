/* application-controller - keeps clusters equal to what Git says: watches Applications, compares, syncs, prunes, heals, judges
 * health and writes status. */
#include "interest.h"

#include "base/file.h"
#include "base/proc.h"
#include "base/rand.h"
#include "svc/kube.h"

#include <stdlib.h>

static struct {
    const char *ns;
    struct opt_list repo_server, repo_events;
    int64_t jq_ms, scripts;
    int64_t resync_ms, resync_jitter_ms, repo_timeout_ms, wave_delay_ms, heal_ms, heal_factor, heal_cap_ms, qps, burst,
        shown_ms;
    bool server_side_diff;
} o;

static const struct opt reconcile_options[] = {
    {OPT_STRING, "namespace", .env = "ARGOCD_NAMESPACE", .def = "argocd", .string = &o.ns,
     .help = "namespace of the Applications, projects and settings"},
    {OPT_DURATION, "app-resync", .env = "ARGOCD_RECONCILIATION_TIMEOUT", .def = "120s", .integer = &o.resync_ms,
     .help = "an application is compared anew at least so often; 0 = only when something happens"},
    {OPT_DURATION, "app-resync-jitter", .env = "ARGOCD_RECONCILIATION_JITTER", .def = "60s", .integer = &o.resync_jitter_ms,
     .help = "random delay added to that"},
    {OPT_BOOL, "server-side-diff-enabled", .env = "ARGOCD_APPLICATION_CONTROLLER_SERVER_SIDE_DIFF",
     .flag = &o.server_side_diff, .help = "compare by server-side apply dry runs everywhere"},
};
static const struct opt script_options[] = {
    {OPT_DURATION, "ignore-normalizer-jq-execution-timeout-seconds", .env = "ARGOCD_IGNORE_NORMALIZER_JQ_TIMEOUT", .def = "1s",
     .integer = &o.jq_ms, .min = 1, .max = 60000, .help = "for one jq expression of ignoreDifferences on one object"},
    {OPT_INT, "script-workers", .def = "2", .integer = &o.scripts, .min = 1, .max = 64,
     .help = "boxed processes that run users' Lua and jq side by side"},
};
static const struct opt sync_options[] = {
    {OPT_DURATION, "sync-wave-delay", .env = "ARGOCD_SYNC_WAVE_DELAY", .def = "2s", .integer = &o.wave_delay_ms,
     .help = "pause between sync waves"},
    {OPT_DURATION, "self-heal-backoff-timeout", .env = "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_TIMEOUT", .def = "2s",
     .integer = &o.heal_ms, .help = "wait before the second self-heal of one revision"},
    {OPT_INT, "self-heal-backoff-factor", .def = "3", .integer = &o.heal_factor, .min = 1, .max = 100,
     .help = "each further wait is that many times the last"},
    {OPT_DURATION, "self-heal-backoff-cap", .def = "300s", .integer = &o.heal_cap_ms, .help = "no wait is longer"},
};
static const struct opt peer_options[] = {
    {OPT_LIST, "repo-server", .env = "CAPSTAN_REPO_SERVER", .def = "ipc:///run/capstan/repo-server.sock",
     .list = &o.repo_server, .arg = "ADDRESS", .help = "where repo-servers listen"},
    {OPT_LIST, "repo-server-events", .env = "CAPSTAN_REPO_SERVER_EVENTS", .list = &o.repo_events, .arg = "ADDRESS",
     .help = "where they publish revisions that moved; without it they are heard at lease renewals"},
    {OPT_DURATION, "repo-server-timeout", .env = "ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER_TIMEOUT_SECONDS", .def = "60s",
     .integer = &o.repo_timeout_ms, .help = "for one answer"},
    {OPT_INT, "kube-qps", .env = "ARGOCD_K8S_CLIENT_QPS", .def = "1000", .integer = &o.qps, .min = 1, .max = 100000,
     .help = "requests a second to the API server"},
    {OPT_INT, "kube-burst", .env = "ARGOCD_K8S_CLIENT_BURST", .def = "2000", .integer = &o.burst, .min = 1, .max = 100000,
     .help = "requests at once"},
};
static const struct opt shown_options[] = {
    {OPT_DURATION, "app-state-cache-expiration", .env = "ARGOCD_APP_STATE_CACHE_EXPIRATION", .def = "1h", .integer = &o.shown_ms,
     .min = 1000, .max = 30LL * 86400000, .help = "how long Redis keeps what readers see of an application"},
};
static const struct opt_section sections[] = {
    {"Reconciliation", reconcile_options, ARRAY_LEN(reconcile_options)},
    {"Scripts", script_options, ARRAY_LEN(script_options)},
    {"Sync", sync_options, ARRAY_LEN(sync_options)},
    {"Redis", svc_cache_options, SVC_CACHE_OPTIONS},
    {"Readers", shown_options, ARRAY_LEN(shown_options)},
    {"Peers", peer_options, ARRAY_LEN(peer_options)},
};

static struct err *start_scripts(struct controller *c)
{
    const char *program;
    c->arena = arena_new("controller");
    TRY(proc_sibling(c->arena, "capstan-application-controller-worker", &program));
    if (!file_exists(program))
        return err_new(ERR_NOT_FOUND, "'%s' is not there: it is installed together with this program", program);
    c->scripts = scripts_new(c->loop, &(struct scripts_options){.program = program,
                                                                 .threads = (int)o.scripts,
                                                                 .jq_ms = o.jq_ms,
                                                                 .answered = judge_answered,
                                                                 .arg = c});
    return NULL;
}

static struct err *start(struct svc_run *run)
{
    struct controller *c = mem_zalloc(sizeof(*c));
    run->state = c;
    c->run = run;
    c->loop = run->loop;
    c->random = rand_system();
    c->ns = o.ns;
    c->resync_ms = o.resync_ms;
    c->resync_jitter_ms = o.resync_jitter_ms;
    c->repo_timeout_ms = o.repo_timeout_ms;
    c->wave_delay_ms = o.wave_delay_ms;
    c->self_heal_ms = o.heal_ms;
    c->self_heal_factor = o.heal_factor;
    c->self_heal_cap_ms = o.heal_cap_ms;
    c->server_side_diff = o.server_side_diff;
    c->shown_ms = o.shown_ms;
    TRY(svc_kube(run, "argocd-application-controller", (double)o.qps, (int)o.burst, &c->kube));
    TRY(svc_cache_open(run, c->kube, o.ns, &c->cache));
    svc_cache_on_up(c->cache, shown_connected, c);
    c->repo = bus_client_new(run->bus, NULL);
    TRY(bus_client_peers(c->repo, o.repo_server.at, o.repo_server.len));
    TRY(start_scripts(c));
    TRY(cluster_start(c));
    TRY(apps_start(c));
    TRY(serve_start(c));
    return interest_start(c, o.repo_events.at, o.repo_events.len);
}

static void stop(struct svc_run *run)
{
    struct controller *c = run->state;
    if (!c)
        return;
    interest_stop(c);
    scripts_free(c->scripts);
    if (c->apps)
        apps_stop(c);
    cluster_stop(c->cluster);
    svc_cache_close(c->cache);
    serve_stop(c);
    if (c->repo)
        bus_client_free(c->repo);
    if (c->kube)
        kube_free(c->kube);
    if (c->arena)
        arena_free(c->arena);
    free(c);
}

int main(int argc, char **argv)
{
    static const struct svc service = {
        .name = "application-controller",
        .about = "Keeps clusters equal to what Git says: watches Applications, compares them with the cluster, syncs, prunes, "
                 "heals, judges health and writes status.",
        .sections = sections,
        .sections_len = ARRAY_LEN(sections),
        .start = start,
        .stop = stop,
    };
    return svc_main(&service, argc, argv);
}
