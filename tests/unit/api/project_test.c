/* Projects and repositories: what is permitted, and whose credentials speak for a URL. */
#include "api/app.h"
#include "api/project.h"
#include "api/repository.h"
#include "doc/yaml.h"
#include "lib/test.h"

static const struct doc *yaml(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

TEST(sources_are_globs_over_normalised_urls)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *repos, *url;
        bool permitted;
    } rows[] = {
        {"['*']", "https://a/b", true},
        {"['https://host/team/*']", "https://host/team/x.git", true},
        {"['https://host/*']", "https://host/team/x", false},
        {"['git@host:team/x.git']", "ssh://git@host/team/x", true},
        {"['*', '!https://host/secret']", "https://host/secret.git", false},
        {"['*', '!https://host/secret']", "https://host/open", true},
        {"[]", "https://host/x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *p = yaml(a, arena_printf(a, "{spec: {sourceRepos: %s}}", rows[i].repos));
        CHECKF(api_project_source(a, p, rows[i].url) == rows[i].permitted, "%s and %s", rows[i].repos, rows[i].url);
    }
}

TEST(destinations_match_by_server_or_name_and_namespace)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *destinations, *ns;
        bool permitted;
    } rows[] = {
        {"[{server: '*', namespace: '*'}]", "x", true},
        {"[{name: in-cluster, namespace: team-*}]", "team-a", true},
        {"[{name: in-cluster, namespace: team-*}]", "other", false},
        {"[{server: '*', namespace: '*'}, {server: '*', namespace: '!kube-system'}]", "kube-system", false},
        {"[{server: 'https://other', namespace: '*'}]", "x", false},
        {"[]", "x", false},
    };
    struct api_cluster here = {API_IN_CLUSTER, "in-cluster"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *p = yaml(a, arena_printf(a, "{spec: {destinations: %s}}", rows[i].destinations));
        CHECKF(api_project_destination(p, &here, rows[i].ns) == rows[i].permitted, "%s and %s", rows[i].destinations,
               rows[i].ns);
    }
}

TEST(kinds_default_to_all_namespaced_and_no_cluster_scoped)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *empty = yaml(a, "{spec: {}}");
    const struct doc *rules = yaml(a, "{spec: {clusterResourceWhitelist: [{group: rbac*, kind: '*'}], "
                                      "namespaceResourceBlacklist: [{group: '', kind: Secret}]}}");
    struct api_key cm = {"", "ConfigMap", "ns", "a"}, secret = {"", "Secret", "ns", "a"};
    struct api_key role = {"rbac.authorization.k8s.io", "ClusterRole", "", "a"}, ns = {"", "Namespace", "", "a"};
    CHECK(api_project_kind(empty, &cm, true));
    CHECK(!api_project_kind(empty, &role, false));
    CHECK(api_project_kind(rules, &role, false));
    CHECK(!api_project_kind(rules, &ns, false));
    CHECK(!api_project_kind(rules, &secret, true));
}

TEST(credentials_go_to_the_longest_prefix_in_the_project)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
#define SECRET(name, type, data)                                                                             \
    "{apiVersion: v1, kind: Secret, metadata: {name: " name                                                  \
    ", labels: {argocd.argoproj.io/secret-type: " type "}}, stringData: {" data "}}"
    const struct doc *secrets =
        yaml(a, "[" SECRET("short", "repo-creds", "url: 'https://host', username: u1, password: p1") ", "
                SECRET("long", "repo-creds", "url: 'https://host/team', username: u2, password: p2") ", "
                SECRET("own", "repository", "url: 'https://host/team/own.git', username: u3, password: p3") ", "
                SECRET("scoped", "repository", "url: 'https://host/scoped', project: p, password: p4") ", "
                "{apiVersion: v1, kind: Secret, metadata: {name: other}}]");
    CLEANUP(api_repositories_unrefp) struct api_repositories *r = api_repositories_new(secrets, NULL, NULL);
    CHECK_INT(api_repositories_len(r), 4);
    static const struct {
        const char *url, *project, *password;
    } rows[] = {
        {"https://host/x", "default", "p1"},        {"https://host/team/x.git", "default", "p2"},
        {"https://HOST/team/own", "default", "p3"}, {"https://host/scoped", "p", "p4"},
        {"https://host/scoped", "other", "p1"},     {"https://elsewhere/x", "default", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_repository found = api_repository_for(r, rows[i].url, rows[i].project);
        CHECKF(streq(secret_text(found.password), rows[i].password), "%s in %s", rows[i].url, rows[i].project);
    }
    struct api_repository one = api_repository_for(r, "https://host/x", "d"), none = api_repository_for(r, "https://e/x", "d");
    CHECK(*api_repository_identity(a, &one));
    CHECK_STR(api_repository_identity(a, &none), "");
}

TEST(retries_wait_longer_up_to_their_cap)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct api_retry r = api_retry_parse(yaml(a, "{limit: 3, backoff: {duration: 2s, factor: 3, maxDuration: 10s}}"));
    CHECK_INT(api_retry_delay_ms(&r, 0), 2000);
    CHECK_INT(api_retry_delay_ms(&r, 1), 6000);
    CHECK_INT(api_retry_delay_ms(&r, 2), 10000);
    r = api_retry_parse(yaml(a, "{backoff: {duration: '7'}}"));
    CHECK_INT(api_retry_delay_ms(&r, 0), 7000);
    CHECK_INT(api_retry_delay_ms(&r, 60), 180000);
}

TEST(minimal_manifests_are_sound)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *obj = yaml(a, "{metadata: {name: a, namespace: argocd}, spec: {source: {repoURL: u, path: p}, destination: "
                                    "{server: https://kubernetes.default.svc, namespace: n}}}");
    struct api_app *app = api_app_parse(a, obj, "argocd");
    CHECK_STR(app->project, "default");
    CHECK_STR(app->instance, "a");
    CHECK_STR(api_app_source_problem(a, app), NULL);
    CHECK_STR(api_app_destination_problem(a, app), NULL);
    CHECK_STR(api_app_parse(a, obj, "elsewhere")->instance, "argocd_a");
    CHECK_STR(doc_str(doc_path(api_app_normalize(a, obj), "spec", "project"), ""), "default");
}

TEST(broken_sources_and_destinations_are_told)
{
    static const char *const single = "spec.source.repoURL and either spec.source.path or spec.source.chart are required";
    static const struct {
        const char *spec, *source, *destination;
    } cases[] = {
        {"{}", single, "Destination server missing from app spec"},
        {"{source: {path: p}, destination: {name: in-cluster}}", single, NULL},
        {"{source: {repoURL: u, ref: r}, destination: {name: in-cluster}}", single, NULL},
        {"{sources: [{repoURL: u, ref: r}], destination: {name: in-cluster}}", NULL, NULL},
        {"{sources: [{repoURL: u}], destination: {name: in-cluster}}",
         "spec.source.repoURL u and either spec.source.path, spec.source.chart, or spec.source.ref are required", NULL},
        {"{source: {repoURL: u, chart: c}, destination: {name: in-cluster}}",
         "spec.source.targetRevision is required if the manifest source is a helm chart", NULL},
        {"{source: {repoURL: u, path: p}, destination: {server: s, name: nn}}", NULL,
         "application destination can't have both name and server defined: nn s"},
        {"{source: {repoURL: u, path: p}, destination: {server: s}}", NULL,
         "error getting cluster by server \"s\": rpc error: code = NotFound desc = cluster \"s\" not found"},
        {"{source: {repoURL: u, path: p}, destination: {name: nn}}", NULL,
         "application destination 'nn' is invalid: there are no clusters with this name"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doc *obj = yaml(a, arena_printf(a, "{spec: %s}", cases[i].spec));
        struct api_app *app = api_app_parse(a, obj, "argocd");
        CHECK_STR(api_app_source_problem(a, app), cases[i].source);
        CHECK_STR(api_app_destination_problem(a, app), cases[i].destination);
    }
}

TEST(a_project_permits_sources_and_destinations)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *project = yaml(a, "{spec: {sourceRepos: ['https://git.example/*'], destinations: [{server: "
                                        "https://kubernetes.default.svc, namespace: 'team-*'}]}}");
    static const struct {
        const char *repo, *ns, *problem;
    } cases[] = {
        {"https://git.example/r", "team-a", NULL},
        {"https://other.example/r", "team-a", "application repo https://other.example/r is not permitted in project 'p'"},
        {"https://git.example/r", "x",
         "application destination server 'https://kubernetes.default.svc' and namespace 'x' do not match any of the allowed "
         "destinations in project 'p'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doc *obj = yaml(a, arena_printf(a, "%s%s%s%s%s", "{spec: {project: p, source: {repoURL: '",
                                                     cases[i].repo,
                                                     "', path: d}, destination: {server: https://kubernetes.default.svc, "
                                                     "namespace: ",
                                                     cases[i].ns, "}}}"));
        CHECK_STR(api_app_permission_problem(a, api_app_parse(a, obj, "argocd"), project), cases[i].problem);
    }
}

TEST(orphans_are_what_no_rule_passes_over)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *spec;
        struct api_key key;
        bool counts;
    } rows[] = {
        {"orphanedResources: {}", {"", "ConfigMap", "team", "stray"}, true},
        {"orphanedResources: {}", {"", "ConfigMap", "team", "kube-root-ca.crt"}, false},
        {"orphanedResources: {}", {"", "ServiceAccount", "team", "default"}, false},
        {"orphanedResources: {}", {"", "Service", "default", "kubernetes"}, false},
        {"orphanedResources: {}", {"", "Service", "team", "kubernetes"}, true},
        {"orphanedResources: {ignore: [{kind: ConfigMap, name: 'skip-*'}]}", {"", "ConfigMap", "team", "skip-me"}, false},
        {"orphanedResources: {ignore: [{kind: ConfigMap, name: 'skip-*'}]}", {"", "Secret", "team", "skip-me"}, true},
        {"orphanedResources: {ignore: [{name: x}]}", {"", "Secret", "team", "x"}, false},
        {"orphanedResources: {ignore: [{name: x}]}", {"apps", "Deployment", "team", "x"}, true}, /* no group is the core group */
        {"orphanedResources: {ignore: [{group: 'a*'}]}", {"apps", "Deployment", "team", "x"}, false},
        {"orphanedResources: {ignore: [{group: '*', kind: Deploy*}]}", {"apps", "Deployment", "team", "x"}, false},
        {"orphanedResources: {}, namespaceResourceBlacklist: [{group: '', kind: Secret}]", {"", "Secret", "team", "x"}, false},
    };
    struct api_cluster here = {API_IN_CLUSTER, "in-cluster"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *p = yaml(a, arena_printf(a, "{spec: {destinations: [{server: '*', namespace: '*'}], %s}}", rows[i].spec));
        CHECKF(api_project_counts_orphan(p, &here, &rows[i].key) == rows[i].counts, "%s: %s %s", rows[i].spec, rows[i].key.kind,
               rows[i].key.name);
    }
}

TEST(orphans_are_watched_and_told_of_as_the_project_says)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *spec;
        bool monitors, warns;
    } rows[] = {
        {"{}", false, false},
        {"{orphanedResources: {}}", true, true},
        {"{orphanedResources: {warn: true}}", true, true},
        {"{orphanedResources: {warn: false}}", true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *p = yaml(a, arena_printf(a, "{spec: %s}", rows[i].spec));
        CHECKF(api_project_monitors_orphans(p) == rows[i].monitors, "%s", rows[i].spec);
        CHECKF(api_project_warns_of_orphans(p) == rows[i].warns, "%s", rows[i].spec);
    }
}

TEST_MAIN
