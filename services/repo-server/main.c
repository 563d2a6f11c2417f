/* repo-server - mirrors repositories, resolves revisions, renders manifests, answers questions about sources. */
#include "charts.h"
#include "plugins.h"
#include "server.h"

#include "api/object.h"
#include "base/file.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/rand.h"
#include "kube/watch.h"
#include "svc/kube.h"

#include <stdlib.h>

static struct {
    const char *ns, *data_dir;
    int64_t parallel, network, refs_ttl_ms, poll_ms, poll_jitter_ms, git_timeout_ms, mirror_bytes, mirrors, cache_bytes,
        cache_ttl_ms, worker_bytes, plugin_bytes, plugin_timeout_ms;
    const char *plugin_sockets, *plugin_files;
    bool boxed, remote_bases, submodules, stable_charts;
} o;

static const struct opt render_options[] = {
    {OPT_INT, "parallelismlimit", .env = "ARGOCD_REPO_SERVER_PARALLELISM_LIMIT", .def = "2", .integer = &o.parallel, .min = 1,
     .max = 64, .help = "renders at once"},
    {OPT_BOOL, "render-in-box", .def = "true", .flag = &o.boxed,
     .help = "render in worker processes that can only compute; false where the kernel has no seccomp"},
    {OPT_BOOL, "helm-stable-random", .def = "false", .flag = &o.stable_charts,
     .help = "random texts, keys and certificates of a chart stay the same for an application, by the installation's secret in "
             "Redis' Secret; times are the first of the month"},
    {OPT_BOOL, "kustomize-remote-bases", .def = "true", .flag = &o.remote_bases,
     .help = "fetch the repositories and files that kustomizations name, with the project's credentials"},
    {OPT_BYTES, "render-memory", .def = "2Gi", .integer = &o.worker_bytes, .help = "address space of such a worker"},
    {OPT_BYTES, "render-cache", .def = "256Mi", .integer = &o.cache_bytes, .help = "memory for results that are kept; a quarter as much again for charts"},
    {OPT_DURATION, "repo-cache-expiration", .env = "ARGOCD_REPO_CACHE_EXPIRATION", .def = "24h", .integer = &o.cache_ttl_ms,
     .min = 1000, .max = 365LL * 86400000, .help = "how long Redis keeps them"},
};
static const struct opt plugin_options[] = {
    {OPT_STRING, "plugin-sockets", .env = "ARGOCD_PLUGINSOCKFILEPATH", .def = "/home/argocd/cmp-server/plugins",
     .string = &o.plugin_sockets, .arg = "FOLDER", .help = "where sidecars of config management plugins have their sockets, NAME.sock"},
    {OPT_STRING, "plugin-files", .def = "", .string = &o.plugin_files, .arg = "FOLDER",
     .help = "ConfigManagementPlugin files (*.yaml) whose commands run here, confined to a folder with the source, and without "
             "network unless the file's annotation capstan.dev/network is \"true\""},
    {OPT_BYTES, "plugin-max-source", .def = "100Mi", .integer = &o.plugin_bytes, .help = "a larger source is given to no plugin"},
    {OPT_DURATION, "plugin-timeout", .env = "ARGOCD_EXEC_TIMEOUT", .def = "90s", .integer = &o.plugin_timeout_ms, .min = 100,
     .max = 3600000, .help = "for one command, and for one answer of a sidecar"},
};
static const struct opt git_options[] = {
    {OPT_STRING, "data-dir", .env = "CAPSTAN_REPO_SERVER_DATA", .def = "/var/lib/capstan/repo-server", .string = &o.data_dir,
     .arg = "FOLDER", .help = "where mirrors are kept; may be emptied at any time while stopped"},
    {OPT_INT, "git-connections", .def = "8", .integer = &o.network, .min = 1, .max = 64, .help = "servers asked at once"},
    {OPT_DURATION, "revision-cache-expiration", .def = "3m", .integer = &o.refs_ttl_ms,
     .help = "how long a resolved branch or tag is believed"},
    {OPT_DURATION, "poll", .env = "ARGOCD_RECONCILIATION_TIMEOUT", .def = "120s", .integer = &o.poll_ms, .min = 100,
     .max = 86400000, .help = "between polls of a repository that somebody follows"},
    {OPT_DURATION, "poll-jitter", .env = "ARGOCD_RECONCILIATION_JITTER", .def = "60s", .integer = &o.poll_jitter_ms,
     .help = "random delay added to that"},
    {OPT_DURATION, "git-timeout", .env = "ARGOCD_EXEC_TIMEOUT", .def = "90s", .integer = &o.git_timeout_ms, .min = 100,
     .max = 3600000, .help = "for one listing or fetch"},
    {OPT_BOOL, "submodules", .env = "ARGOCD_GIT_MODULES_ENABLED", .def = "true", .flag = &o.submodules,
     .help = "read what lies in submodules, with the project's credentials"},
    {OPT_BYTES, "mirror-max", .def = "4Gi", .integer = &o.mirror_bytes, .help = "a repository larger than this is refused"},
    {OPT_INT, "mirrors-max", .def = "1000", .integer = &o.mirrors, .min = 1, .max = 100000,
     .help = "mirrors kept; the least used makes room"},
};
static const struct opt settings_options[] = {
    {OPT_STRING, "namespace", .env = "ARGOCD_NAMESPACE", .def = "argocd", .string = &o.ns,
     .help = "namespace of the repository Secrets"},
};
static const struct opt_section sections[] = {
    {"Rendering", render_options, ARRAY_LEN(render_options)},
    {"Plugins", plugin_options, ARRAY_LEN(plugin_options)},
    {"Redis", svc_cache_options, SVC_CACHE_OPTIONS},
    {"Git", git_options, ARRAY_LEN(git_options)},
    {"Settings", settings_options, ARRAY_LEN(settings_options)},
};

/* --- credentials, as the cluster holds them ---------------------------------------------------------------------------- */

struct program {
    struct server server;
    struct plugins plugins;
    struct arena *arena; /* what lives as long as the process */
    struct svc_run *run;
    struct bus_server *bus_server;
    struct kube *kube;
    struct kube_watch *watches[3];
    struct map *secrets; /* name to struct frozen */
    struct frozen *known_hosts, *tls_certs;
    bool synced[3];
};

static void frozen_free(void *f)
{
    frozen_unref(f);
}

static void rebuild(struct program *p)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("settings");
    struct doc *list = doc_new_list(a);
    map_each(it, p->secrets)
        doc_push(a, list, frozen_root(it.value));
    api_repositories_unref(p->server.repositories);
    p->server.repositories = api_repositories_new(list, frozen_root(p->known_hosts), frozen_root(p->tls_certs));
}

static void synced(struct program *p, size_t i)
{
    p->synced[i] = true;
    if (p->synced[0] && p->synced[1] && p->synced[2])
        svc_ready(p->run, "credentials", true, NULL);
}

static void on_secret(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    struct program *p = arg;
    if (event == KUBE_ERROR)
        log_warn("the watch of Secrets failed and is tried again", "error", e->msg);
    else if (event == KUBE_SYNCED)
        synced(p, 0);
    else if (event == KUBE_DELETED)
        map_del(p->secrets, api_name(object));
    else
        map_set(p->secrets, api_name(object), doc_freeze(object));
    rebuild(p);
}

static void on_map(struct program *p, size_t i, struct frozen **place, enum kube_event event, const struct doc *object)
{
    if (event == KUBE_SYNCED)
        synced(p, i);
    if (event == KUBE_ERROR || event == KUBE_SYNCED)
        return;
    frozen_unref(*place);
    *place = event == KUBE_DELETED ? NULL : doc_freeze(object);
    rebuild(p);
}

static void on_known_hosts(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    (void)e;
    struct program *p = arg;
    on_map(p, 1, &p->known_hosts, event, object);
}

static void on_tls_certs(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    (void)e;
    struct program *p = arg;
    on_map(p, 2, &p->tls_certs, event, object);
}

static void watch_settings(struct program *p)
{
    const struct kube_watch_options watches[] = {
        {.resource = "secrets", .kind = "Secret", .labels = API_LABEL_SECRET_TYPE " in (repository,repo-creds)",
         .event = on_secret},
        {.resource = "configmaps", .kind = "ConfigMap", .fields = "metadata.name=argocd-ssh-known-hosts-cm",
         .event = on_known_hosts},
        {.resource = "configmaps", .kind = "ConfigMap", .fields = "metadata.name=argocd-tls-certs-cm",
         .event = on_tls_certs},
    };
    svc_ready(p->run, "credentials", false, "the repository Secrets have not been read");
    for (size_t i = 0; i < ARRAY_LEN(watches); i++) {
        struct kube_watch_options w = watches[i];
        w.group = "";
        w.version = "v1";
        w.ns = o.ns;
        w.arg = p;
        p->watches[i] = kube_watch_start(p->kube, &w);
    }
}

/* --- start and stop ---------------------------------------------------------------------------------------------------- */

static const struct bus_method methods[] = {
    {"repo.GenerateManifests", method_generate}, {"repo.CheckRenders", method_check_renders},
    {"repo.ResolveRevision", method_resolve},
    {"repo.ListRefs", method_list_refs},         {"repo.RevisionMetadata", method_revision_metadata},
    {"repo.TestRepository", method_test_repository}, {"repo.RenewInterest", method_renew_interest},
    {"repo.Announce", method_announce},
};

static struct err *find_program(struct program *p, const char *name, const char **out)
{
    TRY(proc_sibling(p->arena, name, out));
    if (!file_exists(*out))
        return err_new(ERR_NOT_FOUND, "'%s' is not there: it is installed together with this program", *out);
    return NULL;
}

static struct err *start_plugins(struct program *p)
{
    p->plugins = (struct plugins){.sockets = o.plugin_sockets,
                                  .files = o.plugin_files,
                                  .source_bytes = (size_t)o.plugin_bytes,
                                  .timeout_ms = o.plugin_timeout_ms};
    p->server.by.plugins = &p->plugins;
    return *o.plugin_files ? find_program(p, "capstan-repo-server-plugin", &p->plugins.runner) : NULL;
}

static struct err *start_box(struct program *p)
{
    if (!o.boxed)
        return NULL;
    struct box_options options = {.idle = 2 * (size_t)o.parallel, .memory = (size_t)o.worker_bytes};
    TRY(find_program(p, "capstan-repo-server-worker", &options.program));
    p->server.by.box = box_new(&options);
    return NULL;
}

static struct err *start(struct svc_run *run)
{
    struct program *p = mem_zalloc(sizeof(*p));
    struct server *s = &p->server;
    run->state = p;
    p->run = run;
    p->secrets = map_new(frozen_free);
    git_setup();
    s->loop = run->loop;
    s->bus = run->bus;
    s->random = rand_system();
    s->data_dir = o.data_dir;
    s->refs_ttl_ms = o.refs_ttl_ms;
    s->poll_ms = o.poll_ms;
    s->poll_jitter_ms = o.poll_jitter_ms;
    s->git_timeout_ms = o.git_timeout_ms;
    s->mirror_max_bytes = (size_t)o.mirror_bytes;
    s->mirrors_max = (size_t)o.mirrors;
    s->repos = map_new(repo_free);
    s->remotes = remotes_new(s);
    s->remote_bases = o.remote_bases;
    s->submodules = o.submodules;
    s->stable_charts = o.stable_charts;
    s->cache_ttl_ms = o.cache_ttl_ms;
    s->renders = renders_new((size_t)o.cache_bytes);
    s->results = metric_new(
        run->metrics, &(struct metric_desc){.type = METRIC_COUNTER,
                                            .name = "capstan_repo_results_total",
                                            .help = "Results by where they came from: a render, the memory of this process, "
                                                    "Redis, or a check that they hold still.",
                                            .labels = {"from"}});
    TRY(file_mkdirs(o.data_dir, 0700));
    p->arena = arena_new("repo-server");
    TRY(start_box(p));
    TRY(start_plugins(p));
    s->charts = charts_new((size_t)o.cache_bytes / 4, o.refs_ttl_ms);
    s->network = work_new(run->loop, &(struct work_options){.name = "git", .threads = (int)o.network, .queue = 10000});
    s->renderers = work_new(run->loop, &(struct work_options){.name = "render", .threads = (int)o.parallel, .queue = 100000,
                                                                    .state_new = generate_thread_new, .state_free = generate_thread_free});
    s->events = bus_publisher_new(run->bus);
    if (*run->options->bus_events)
        TRY(bus_publisher_bind(s->events, run->options->bus_events, NULL));
    TRY(svc_kube(run, "argocd-repo-server", 0, 0, &p->kube));
    TRY(svc_cache_open(run, p->kube, o.ns, &s->cache));
    watch_settings(p);
    p->bus_server = bus_server_new(run->bus, &(struct bus_server_options){.methods = methods,
                                                                          .methods_len = ARRAY_LEN(methods),
                                                                          .service = s,
                                                                          .credits = 256,
                                                                          .limit = 20000});
    return svc_bus_bind(run, p->bus_server);
}

/* Both refuse first: what one of them ends with may ask the other. */
static void end_work(struct server *s)
{
    remotes_stop(s->remotes);
    if (s->network)
        work_stop(s->network, NULL, NULL);
    if (s->renderers)
        work_stop(s->renderers, NULL, NULL);
    work_free(s->network);
    work_free(s->renderers);
    remotes_free(s->remotes);
    charts_free(s->charts);
    box_free(s->by.box); /* its workers do what those threads ask */
}

static void stop(struct svc_run *run)
{
    struct program *p = run->state;
    if (!p)
        return;
    struct server *s = &p->server;
    for (size_t i = 0; i < ARRAY_LEN(p->watches); i++)
        kube_watch_stop(p->watches[i]);
    s->stopping = true;
    generate_stop(s);
    end_work(s);
    svc_cache_close(s->cache);
    if (p->kube)
        kube_free(p->kube);
    bus_server_free(p->bus_server);
    map_free(s->repos);
    renders_free(s->renders);
    if (s->events)
        bus_publisher_free(s->events);
    api_repositories_unref(s->repositories);
    map_free(p->secrets);
    frozen_unref(p->known_hosts);
    frozen_unref(p->tls_certs);
    arena_free(p->arena);
    free(p);
}

int main(int argc, char **argv)
{
    static const struct svc service = {
        .name = "repo-server",
        .about = "Mirrors Git repositories, resolves revisions and renders manifests for the other services.",
        .sections = sections,
        .sections_len = ARRAY_LEN(sections),
        .start = start,
        .stop = stop,
    };
    return svc_main(&service, argc, argv);
}
