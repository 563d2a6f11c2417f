/* The Kubernetes client against a scripted server: verbs, errors, retries, budget; kubeconfig; discovery. */
#include "base/file.h"
#include "doc/json.h"
#include "kube/discovery.h"
#include "rig.h"

static void on_done(void *arg, struct err *e, const struct doc *object)
{
    (void)arg;
    err_freep(&rig.err);
    rig.err = e;
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    snprintf(rig.object, sizeof(rig.object), "%s", object ? json_text(a, object, 0) : "");
    rig.done++;
    loop_stop(rig.loop);
}

static const struct kube_target deploy = {"apps", "v1", "deployments", "ns1", "web", NULL};

static void begin(struct answer *script, size_t n)
{
    rig_begin(script, n, (struct kube_options){0});
}

TEST(verbs_make_the_requests_that_the_api_knows)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *obj = doc_new_map(a);
    doc_set_str(a, obj, "kind", "Deployment");
    struct answer script[] = {
        {"GET", "*", 200, "{\"a\":1}"}, {"GET", "*", 200, "{}"},   {"POST", "*", 201, "{}"},
        {"PUT", "*", 200, "{}"},        {"PATCH", "*", 200, "{}"}, {"DELETE", "*", 200, "{}"},
        {"PATCH", "*", 200, "{}"},
    };
    begin(script, ARRAY_LEN(script));
    kube_get(rig.kube, &deploy, on_done, NULL);
    rig_run();
    CHECK_STR(rig.object, "{\"a\":1}");
    struct kube_target all = {"", "v1", "pods", NULL, NULL, NULL};
    kube_list(rig.kube, &all,
              &(struct kube_list_options){.labels = "a in (b,c)", .limit = 500, .next = "x=="}, on_done,
              NULL);
    rig_run();
    struct kube_write_options w = {.field_manager = "capstan", .validation = "Strict", .dry_run = true};
    kube_create(rig.kube, &deploy, obj, &w, on_done, NULL);
    rig_run();
    CHECK_STR(str_text(&rig.last_body), "{\"kind\":\"Deployment\"}");
    kube_update(rig.kube, &deploy, obj, NULL, on_done, NULL);
    rig_run();
    kube_patch(rig.kube, &deploy, (struct kube_patch_body){KUBE_APPLY, obj},
               &(struct kube_write_options){.field_manager = "m", .force = true}, on_done, NULL);
    rig_run();
    kube_delete(
        rig.kube, &deploy,
        &(struct kube_delete_options){.uid = "u", .resource_version = "7", .propagation = "Foreground"},
        on_done, NULL);
    rig_run();
    CHECK_STR(str_text(&rig.last_body),
              "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":"
              "\"u\",\"resourceVersion\":\"7\"},\"propagationPolicy\":\"Foreground\"}");
    struct kube_target status = deploy;
    status.subresource = "status";
    kube_patch(rig.kube, &status, (struct kube_patch_body){KUBE_MERGE_PATCH, obj}, NULL, on_done, NULL);
    rig_run();
    CHECK_STR(
        str_text(&rig.log),
        "GET /apis/apps/v1/namespaces/ns1/deployments/web\n"
        "GET /api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&limit=500&continue=x%3D%3D\n"
        "POST "
        "/apis/apps/v1/namespaces/ns1/deployments?fieldManager=capstan&fieldValidation=Strict&dryRun=All\n"
        "PUT /apis/apps/v1/namespaces/ns1/deployments/web\n"
        "PATCH /apis/apps/v1/namespaces/ns1/deployments/web?fieldManager=m&force=true\n"
        "DELETE /apis/apps/v1/namespaces/ns1/deployments/web\n"
        "PATCH /apis/apps/v1/namespaces/ns1/deployments/web/status\n");
    rig_end();
}

TEST(a_status_becomes_an_error_with_its_reason)
{
    static const struct {
        int status;
        const char *body;
        enum err_code code;
        const char *reason;
    } rows[] = {
        {404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"m\"}", ERR_NOT_FOUND, "NotFound"},
        {409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\"}", ERR_EXISTS, "AlreadyExists"},
        {409, "{\"kind\":\"Status\",\"reason\":\"Conflict\"}", ERR_ABORTED, "Conflict"},
        {422, "{\"kind\":\"Status\",\"reason\":\"Invalid\"}", ERR_INVALID, "Invalid"},
        {403, "{\"kind\":\"Status\",\"reason\":\"Forbidden\"}", ERR_DENIED, "Forbidden"},
        {401, "Unauthorized", ERR_UNAUTHENTICATED, "Unauthorized"},
        {410, "{\"kind\":\"Status\",\"reason\":\"Expired\"}", ERR_RANGE, "Expired"},
        {410, "{\"kind\":\"Status\",\"reason\":\"Gone\"}", ERR_RANGE, "Gone"},
        {404, "<html>", ERR_NOT_FOUND, "NotFound"},
        {418, "{broken", ERR_INVALID, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct answer script[] = {{"GET", "*", rows[i].status, rows[i].body}};
        begin(script, 1);
        kube_get(rig.kube, &deploy, on_done, NULL);
        rig_run();
        CHECK(rig.err);
        CHECK_INT(rig.err->code, rows[i].code);
        CHECK_STR(rig.err->reason, rows[i].reason);
        rig_end();
    }
}

TEST(what_may_be_done_twice_is_tried_again)
{
    struct answer script[] = {
        {"GET", "*", 500, "oops"},
        {"GET", "*", 0, NULL},
        {"GET", "*", 429, "{}", "Retry-After", "30"},
        {"GET", "*", 200, "{\"ok\":true}"},
    };
    begin(script, ARRAY_LEN(script));
    kube_get(rig.kube, &deploy, on_done, NULL);
    rig_run();
    CHECK(!rig.err);
    CHECK_STR(rig.object, "{\"ok\":true}");
    CHECK(rig_elapsed_ms() >= 30000 && rig_elapsed_ms() < 40000);
    rig_end();
}

TEST(a_create_is_not_sent_twice_unless_nothing_was_done)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct answer script[] = {{"POST", "*", 503, "{}"}, {"POST", "*", 429, "{}"}, {"POST", "*", 201, "{}"}};
    begin(script, ARRAY_LEN(script));
    kube_create(rig.kube, &deploy, doc_new_map(a), NULL, on_done, NULL);
    rig_run();
    CHECK(rig.err && rig.err->code == ERR_UNAVAILABLE);
    kube_create(rig.kube, &deploy, doc_new_map(a), NULL, on_done, NULL);
    rig_run();
    CHECK(!rig.err);
    rig_end();
}

TEST(a_server_that_says_nothing_is_given_up)
{
    struct answer script[] = {{"GET", "*", -1, NULL}};
    begin(script, 1);
    kube_get(rig.kube, &deploy, on_done, NULL);
    rig_run();
    CHECK(rig.err && rig.err->code == ERR_DEADLINE);
    CHECK_INT(rig_elapsed_ms(), 60000);
    rig_end();
}

static int budget_done;
static void on_budget(void *arg, struct err *e, const struct doc *object)
{
    (void)arg, (void)object;
    CHECK_OK(e);
    if (++budget_done == 30)
        loop_stop(rig.loop);
}

TEST(requests_keep_to_the_budget)
{
    static struct answer script[30];
    for (int i = 0; i < 30; i++)
        script[i] = (struct answer){"GET", "*", 200, "{}"};
    rig_begin(script, 30, (struct kube_options){.qps = 10, .burst = 10, .in_flight = 3});
    for (int i = 0; i < 30; i++)
        kube_get(rig.kube, &deploy, on_budget, NULL);
    rig_run();
    CHECK(rig_elapsed_ms() >= 1900 && rig_elapsed_ms() < 2500);
    rig_end();
}

static void never(void *arg, struct err *e, const struct doc *object)
{
    (void)arg, (void)e, (void)object;
    FAIL("a cancelled call was told");
}

TEST(cancel_works_in_every_state)
{
    struct answer script[] = {{"GET", "*", -1, NULL}};
    begin(script, 1);
    kube_cancel(kube_get(rig.kube, &deploy, never, NULL));
    struct kube_call *c = kube_get(rig.kube, &deploy, never, NULL);
    while (!rig.held)
        loop_run_once(rig.loop);
    kube_cancel(c);
    struct kube_raw bad = {.path = "/a b"};
    c = kube_request(rig.kube, &bad, never, NULL);
    loop_run_once(rig.loop);
    kube_cancel(c);
    loop_run_once(rig.loop);
    kube_get(rig.kube, &deploy, never, NULL); /* freed with the client */
    rig_end();
}

static void on_items(void *arg, struct err *e, const struct doc *object)
{
    (void)arg;
    CHECK_OK(e);
    rig.done = (int)doc_len(doc_get(object, "items"));
    loop_stop(rig.loop);
}

TEST(big_bodies_are_parsed_on_a_worker)
{
    struct str big = {0};
    str_add(&big, "{\"items\":[");
    for (int i = 0; i < 40000; i++)
        str_printf(&big, "%s{\"metadata\":{\"name\":\"object-%d\",\"namespace\":\"some-namespace\"}}",
                   i ? "," : "", i);
    str_add(&big, "],\"n\":1}");
    CHECK(big.len > 2 << 20);
    struct answer script[] = {{"GET", "*", 200, big.at}, {"GET", "*", 200, big.at}};
    rig_begin(script, 2, (struct kube_options){0});
    struct work *w = work_new(rig.loop, &(struct work_options){.name = "parse", .threads = 1, .queue = 4});
    rig_use_work(w);
    kube_list(rig.kube, &deploy, NULL, on_items, NULL);
    rig_run();
    CHECK_INT(rig.done, 40000);
    struct kube_call *c = kube_list(rig.kube, &deploy, NULL, never, NULL);
    while (!work_pending(w))
        loop_run_once(rig.loop);
    kube_cancel(c); /* while the worker has it */
    work_free(w);
    rig_end();
    str_release(&big);
}

/* --- kubeconfig --- */

static const char kubeconfig[] =
    "apiVersion: v1\nkind: Config\ncurrent-context: a\n"
    "contexts:\n- name: a\n  context: {cluster: c, user: u, namespace: ns}\n"
    "- name: plugin\n  context: {cluster: c, user: p}\n"
    "- name: file\n  context: {cluster: c, user: f}\n"
    "- name: lost\n  context: {cluster: none, user: f}\n"
    "clusters:\n- name: c\n  cluster:\n    server: https://h:6443/\n"
    "    certificate-authority-data: Y2E=\n    tls-server-name: other\n"
    "    proxy-url: http://proxy:1\n"
    "users:\n- name: u\n  user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}\n"
    "- name: p\n  user: {exec: {command: aws}}\n- name: f\n  user: {tokenFile: token}\n";

TEST(a_kubeconfig_is_read_by_context)
{
    CLEANUP(kube_config_freep) struct kube_config *c = NULL;
    CHECK_OK(kube_config_parse(span_of(kubeconfig), "/x", NULL, &c));
    CHECK_STR(c->server, "https://h:6443");
    CHECK(span_is(c->creds.ca, "ca") && span_is(c->creds.cert, "cert"));
    CHECK_STR(secret_text(c->creds.key), "key");
    CHECK_STR(c->creds.server_name, "other");
    CHECK_STR(c->proxy, "http://proxy:1");
    CHECK_STR(c->default_namespace, "ns");
    struct kube_config *bad;
    CHECK_ERR(kube_config_parse(span_of(kubeconfig), "/x", "plugin", &bad), ERR_UNIMPLEMENTED,
              "plugin (exec)");
    CHECK_ERR(kube_config_parse(span_of(kubeconfig), "/x", "nope", &bad), ERR_NOT_FOUND,
              "no context named 'nope'");
    CHECK_ERR(kube_config_parse(span_of(kubeconfig), "/x", "lost", &bad), ERR_NOT_FOUND,
              "no cluster named 'none'");
    CHECK_ERR(kube_config_parse(span_of("a: [b"), "/x", NULL, &bad), ERR_INVALID, "kubeconfig");
    CHECK_ERR(kube_config_parse(span_of("{}"), "/x", NULL, &bad), ERR_INVALID, "current-context");
}

TEST(a_token_file_is_read_again_after_a_minute)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *folder = test_tmpdir(), *path = arena_printf(a, "%s/token", folder);
    CHECK_OK(file_write(path, span_of("one\n"), 0600));
    CLEANUP(kube_config_freep) struct kube_config *c = NULL;
    CHECK_OK(kube_config_parse(span_of(kubeconfig), folder, "file", &c));
    CHECK_STR(secret_text(c->creds.token), "one");
    struct clock_fake clock;
    clock_fake_init(&clock, 0);
    kube_config_refresh(c, &clock.clock);
    CHECK_OK(file_write(path, span_of("two"), 0600));
    clock_fake_advance(&clock, 59999);
    kube_config_refresh(c, &clock.clock);
    CHECK_STR(secret_text(c->creds.token), "one");
    clock_fake_advance(&clock, 1);
    kube_config_refresh(c, &clock.clock);
    CHECK_STR(secret_text(c->creds.token), "two");
    CHECK_OK(file_remove(path));
    clock_fake_advance(&clock, 60000);
    kube_config_refresh(c, &clock.clock);
    CHECK_STR(secret_text(c->creds.token), "two");
}

/* --- discovery --- */

static struct kube_discovery *found;
static void on_discovered(void *arg, struct err *e, struct kube_discovery *d)
{
    (void)arg;
    rig.err = e;
    found = d;
    loop_stop(rig.loop);
}

#define CORE                                                                                                 \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},\"versions\":[{\"version\":\"v1\","     \
    "\"resources\":["                                                                                        \
    "{\"resource\":\"pods\",\"responseKind\":{\"kind\":\"Pod\"},\"scope\":\"Namespaced\","                   \
    "\"singularResource\":\"pod\","                                                                          \
    "\"shortNames\":[\"po\"],\"verbs\":[\"get\",\"list\",\"watch\"]}]}]}]}"
#define GROUP(freshness, resources)                                                                          \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"x.io\"},\"versions\":["        \
    "{\"version\":\"v2\",\"freshness\":\"" freshness "\",\"resources\":[" resources "]},"                    \
    "{\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[" THING "]}]}]}"
#define THING                                                                                                \
    "{\"resource\":\"things\",\"responseKind\":{\"kind\":\"Thing\"},\"scope\":\"Cluster\",\"verbs\":["       \
    "\"get\"]}"

TEST(discovery_maps_kinds_and_keeps_what_went_stale)
{
    struct answer script[] = {
        {"GET", "/version", 200, "{\"gitVersion\":\"v1.34.4+k3s1\"}"},
        {"GET", "/api", 200, CORE},
        {"GET", "/apis", 200, GROUP("Current", THING)},
        {"GET", "/version", 200, "{\"gitVersion\":\"v1.34.4+k3s1\"}"},
        {"GET", "/api", 200, CORE},
        {"GET", "/apis", 200, GROUP("Stale", "")},
    };
    begin(script, ARRAY_LEN(script));
    kube_discover(rig.kube, NULL, on_discovered, NULL);
    rig_run();
    struct kube_discovery *d = found;
    CHECK_STR(kube_server_version(d), "v1.34.4");
    const struct kube_resource *pod = kube_find_kind(d, "", NULL, "Pod");
    CHECK(pod && pod->namespaced && streq(pod->plural, "pods") && kube_has_verb(pod, "watch"));
    CHECK(kube_find_resource(d, "PO") == pod);
    CHECK_STR(kube_find_kind(d, "x.io", NULL, "Thing")->version, "v2");
    CHECK_STR(kube_find_kind(d, "x.io", "v1", "Thing")->version, "v1");
    CHECK_STR(kube_find_resource(d, "things.x.io")->version, "v2");
    CHECK(!kube_find_kind(d, "", NULL, "Thing") && !kube_find_resource(d, "nothing"));
    size_t n;
    const char *const *v = kube_api_versions(d, &n);
    static const char *const want[] = {"v1",      "v1/Pod",       "x.io/v1", "x.io/v1/Thing",
                                       "x.io/v2", "x.io/v2/Thing"};
    CHECK_INT(n, ARRAY_LEN(want));
    for (size_t i = 0; i < n; i++)
        CHECK_STR(v[i], want[i]);
    CHECK(!kube_stale_groups(d));
    kube_discover(rig.kube, d, on_discovered, NULL);
    rig_run();
    CHECK(kube_discovery_equal(found, d));
    CHECK_STR(kube_stale_groups(found), "x.io/v2");
    kube_discovery_unref(d);
    kube_discovery_unref(found);
    rig_end();
}

TEST(discovery_falls_back_group_by_group)
{
    struct answer script[] = {
        {"GET", "/version", 200, "{\"gitVersion\":\"v1.20.0\"}"},
        {"GET", "/api", 200, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"},
        {"GET", "/apis", 200,
         "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"x.io\",\"versions\":[{\"version\":\"v2\"},{"
         "\"version\":\"v1\"}],"
         "\"preferredVersion\":{\"version\":\"v1\"}}]}"},
        {"GET", "/api/v1", 200,
         "{\"resources\":[{\"name\":\"pods\",\"kind\":\"Pod\",\"namespaced\":true,\"verbs\":[\"get\"]},"
         "{\"name\":\"pods/log\",\"kind\":\"Pod\"}]}"},
        {"GET", "/apis/x.io/v1", 200,
         "{\"resources\":[{\"name\":\"things\",\"kind\":\"Thing\",\"verbs\":[\"get\"]}]}"},
    };
    begin(script, ARRAY_LEN(script));
    kube_discover(rig.kube, NULL, on_discovered, NULL);
    rig_run();
    size_t n;
    kube_resources(found, &n);
    CHECK_INT(n, 2);
    CHECK_STR(kube_find_kind(found, "x.io", NULL, "Thing")->version, "v1");
    CHECK_STR(kube_stale_groups(found), "x.io/v2"); /* a 404 */
    kube_discovery_unref(found);
    rig_end();
}

TEST(discovery_fails_whole_when_the_groups_cannot_be_read)
{
    struct answer script[] = {{"GET", "/version", 401, "{}"}};
    begin(script, 1);
    found = NULL;
    kube_discover(rig.kube, NULL, on_discovered, NULL);
    rig_run();
    CHECK(rig.err && rig.err->code == ERR_UNAUTHENTICATED && !found);
    struct kube_discover *x = kube_discover(rig.kube, NULL, on_discovered, NULL);
    kube_discover_cancel(x);
    rig_end();
}

TEST_MAIN
