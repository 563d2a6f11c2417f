/* The sandbox through our own client: what is served, stored, refused, watched and deleted. */
#include "net/client.h"
#include "rig.h"

#define CM(name, more)                                                                                       \
    "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name "\"" more "}}"
static const char CMS[] = "/api/v1/namespaces/a/configmaps";

/* --- discovery ------------------------------------------------------------------------------- */

static struct kube_discovery *found;
static void discovered(void *arg, struct err *e, struct kube_discovery *d)
{
    CHECK_OK(e);
    found = d;
    *(bool *)arg = true;
}

TEST(discovery_tells_kinds)
{
    rig_begin((struct sandbox_options){0});
    bool done = false;
    kube_discover(rig.kube, NULL, discovered, &done);
    rig_turn(&done);
    CHECK(kube_find_kind(found, "apps", NULL, "Deployment"));
    CHECK_STR(kube_find_resource(found, "cm")->kind, "ConfigMap");
    CHECK_STR(kube_server_version(found), "v1.34.4");
    kube_discovery_unref(found);
    CHECK_INT(doc_len(doc_get(get("/apis/apps/v1"), "resources")) > 5, 1);
    rig_end();
}

/* --- objects --------------------------------------------------------------------------------- */

TEST(create_sets_what_a_server_sets)
{
    rig_begin((struct sandbox_options){0});
    const struct doc *d = create(CMS, CM("x", ""));
    CHECK_STR(meta_text(d, "namespace"), "a");
    CHECK_INT(strlen(meta_text(d, "uid")), 36);
    CHECK(*meta_text(d, "creationTimestamp") && *meta_text(d, "resourceVersion"));
    ask("POST", CMS, "application/json", CM("x", ""));
    CHECK_REFUSED("AlreadyExists", "configmaps \"x\" already exists");
    ask("POST", "/api/v1/namespaces/none/configmaps", "application/json", CM("x", ""));
    CHECK_REFUSED("NotFound", "namespaces \"none\" not found");
    get("/api/v1/namespaces/a/configmaps/y");
    CHECK_REFUSED("NotFound", "configmaps \"y\" not found");
    rig_end();
}

TEST(refusals_are_worded_as_a_server_words_them)
{
    rig_begin((struct sandbox_options){0});
    ask("POST", "/api/v1/namespaces/a/services", "application/json",
        "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"bad\"},\"spec\":{\"ports\":[{"
        "\"port\":70000,\"targetPort\":80}]}}");
    CHECK_REFUSED(
        "Invalid",
        "Service \"bad\" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and "
        "65535, inclusive");
    ask("POST", CMS, "application/json", CM("Bad_Name", ""));
    CHECK_REFUSED("Invalid",
                  "metadata.name: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist");
    ask("POST", CMS, "application/json", CM("x", ",\"labels\":{\"a\":\"b c\"}"));
    CHECK_REFUSED("Invalid",
                  "metadata.labels: Invalid value: \"b c\": a valid label must be an empty string");
    ask("POST", CMS, "application/json",
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\"},\"data\":{\"a\":1}}");
    CHECK_REFUSED(
        "BadRequest",
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number "
        "into Go struct field ConfigMap.data of type string");
    ask("POST", CMS, "application/json", "{\"kind\":");
    CHECK_REFUSED("BadRequest", "error decoding the body");
    rig_end();
}

TEST(an_old_version_conflicts)
{
    rig_begin((struct sandbox_options){0});
    create(CMS, CM("x", ""));
    ask("PUT", "/api/v1/namespaces/a/configmaps/x", "application/json",
        CM("x", ",\"resourceVersion\":\"1\""));
    CHECK_REFUSED(
        "Conflict",
        "Operation cannot be fulfilled on configmaps \"x\": the object has been modified; please apply "
        "your changes to the latest version and try again");
    rig_end();
}

TEST(each_kind_of_patch_works)
{
    rig_begin((struct sandbox_options){0});
    const char *path = "/api/v1/namespaces/a/configmaps/x";
    create(CMS, CM("x", ""));
    const struct doc *d = must("PATCH", path, "application/merge-patch+json", "{\"data\":{\"a\":\"1\"}}");
    CHECK_STR(doc_str(doc_path(d, "data", "a"), ""), "1");
    d = must("PATCH", path, "application/json-patch+json",
             "[{\"op\":\"add\",\"path\":\"/data/b\",\"value\":\"2\"}]");
    CHECK_STR(doc_str(doc_path(d, "data", "b"), ""), "2");
    d = must("PATCH", path, "application/strategic-merge-patch+json", "{\"data\":{\"a\":null}}");
    CHECK_INT(doc_len(doc_get(d, "data")), 1);
    const char *version = meta_text(d, "resourceVersion");
    d = must("PATCH", path, "application/merge-patch+json", "{\"data\":{\"b\":\"2\"}}");
    CHECK_STR(meta_text(d, "resourceVersion"), version); /* nothing changed */
    d = must("PATCH", "/api/v1/namespaces/a/configmaps/new?fieldManager=me", "application/apply-patch+yaml",
             "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}, data: {k: v}}");
    CHECK_STR(doc_str(doc_get(doc_at(doc_path(d, "metadata", "managedFields"), 0), "operation"), ""),
              "Apply");
    ask("PATCH", "/api/v1/namespaces/a/configmaps/new?fieldManager=you", "application/apply-patch+yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}, data: {k: w}}");
    CHECK_REFUSED("Conflict", "Apply failed with 1 conflict: conflict with \"me\": .data.k");
    rig_end();
}

TEST(a_dry_run_stores_nothing)
{
    rig_begin((struct sandbox_options){0});
    must("POST", "/api/v1/namespaces/a/configmaps?dryRun=All", "application/json", CM("x", ""));
    get("/api/v1/namespaces/a/configmaps/x");
    CHECK_REFUSED("NotFound", "not found");
    rig_end();
}

TEST(status_is_written_apart_and_generation_counts_the_spec)
{
    rig_begin((struct sandbox_options){0});
    const struct doc *d =
        create("/apis/networking.k8s.io/v1/namespaces/a/ingresses",
               "{\"kind\":\"Ingress\",\"apiVersion\":\"networking.k8s.io/v1\",\"metadata\":{\"name\":\"i\"},"
               "\"spec\":{\"defaultBackend\":{\"service\":{\"name\":\"s\",\"port\":{\"number\":80}}}},"
               "\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"1.2.3.4\"}]}}}");
    const char *path = "/apis/networking.k8s.io/v1/namespaces/a/ingresses/i";
    CHECK(!doc_path(d, "status", "loadBalancer", "ingress"));
    const char *status = "/apis/networking.k8s.io/v1/namespaces/a/ingresses/i/status";
    d = must("PATCH", status, "application/merge-patch+json",
             "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"1.2.3.4\"}]}},\"spec\":{"
             "\"ingressClassName\":\"no\"}}");
    CHECK(doc_path(d, "status", "loadBalancer", "ingress") && !doc_path(d, "spec", "ingressClassName"));
    CHECK_INT(doc_int(doc_path(d, "metadata", "generation"), 0), 1);
    d = must("PATCH", path, "application/merge-patch+json", "{\"spec\":{\"ingressClassName\":\"sim\"}}");
    CHECK_INT(doc_int(doc_path(d, "metadata", "generation"), 0), 2);
    rig_end();
}

TEST(a_service_gets_an_address_and_a_secret_its_data)
{
    rig_begin((struct sandbox_options){0});
    const struct doc *d = create("/api/v1/namespaces/a/services",
                                 "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\"},"
                                 "\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80}]}}");
    CHECK(starts_with(doc_str(doc_path(d, "spec", "clusterIP"), ""), "10.96."));
    CHECK_INT(doc_int(doc_get(doc_at(doc_path(d, "spec", "ports"), 0), "nodePort"), 0), 30000);
    d = create("/api/v1/namespaces/a/secrets",
               "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\"},"
               "\"stringData\":{\"k\":\"v\"}}");
    CHECK_STR(doc_str(doc_path(d, "data", "k"), ""), "dg==");
    CHECK(!doc_get(d, "stringData"));
    rig_end();
}

/* --- lists and watches ----------------------------------------------------------------------- */

TEST(lists_come_in_pages_and_by_selectors)
{
    rig_begin((struct sandbox_options){0});
    create(CMS, CM("x1", ",\"labels\":{\"l\":\"1\"}"));
    create(CMS, CM("x2", ",\"labels\":{\"l\":\"2\"}"));
    create(CMS, CM("x3", ""));
    create("/api/v1/namespaces/b/configmaps", CM("y", ""));
    const struct doc *d = get("/api/v1/namespaces/a/configmaps?limit=2");
    CHECK_INT(doc_len(doc_get(d, "items")), 2);
    d = get(
        arena_printf(rig.a, "/api/v1/namespaces/a/configmaps?limit=2&continue=%s", meta_text(d, "continue")));
    CHECK_INT(doc_len(doc_get(d, "items")), 1);
    CHECK_INT(doc_len(doc_get(get("/api/v1/configmaps"), "items")), 4);
    CHECK_INT(doc_len(doc_get(get("/api/v1/configmaps?labelSelector=l"), "items")), 2);
    CHECK_INT(doc_len(doc_get(get("/api/v1/configmaps?fieldSelector=metadata.name%3Dy"), "items")), 1);
    get("/api/v1/configmaps?fieldSelector=data.x%3Dy");
    CHECK_REFUSED("BadRequest", "field label not supported: data.x");
    rig_end();
}

static struct str seen;
static void note(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    static const char *const names[] = {"added", "modified", "deleted", "synced", "error"};
    (void)e;
    str_printf(&seen, "%s %s,", names[event], meta_text(object, "name"));
    *(bool *)arg = strstr(str_text(&seen), "deleted") != NULL;
}

TEST(a_watch_tells_what_enters_changes_and_leaves_its_selection)
{
    rig_begin((struct sandbox_options){0});
    bool done = false;
    struct kube_watch_options o = {.group = "",
                                   .version = "v1",
                                   .resource = "configmaps",
                                   .kind = "ConfigMap",
                                   .ns = "a",
                                   .labels = "l",
                                   .event = note,
                                   .arg = &done};
    create(CMS, CM("x", ",\"labels\":{\"l\":\"1\"}"));
    struct kube_watch *w = kube_watch_start(rig.kube, &o);
    while (!kube_watch_synced(w))
        CHECK(loop_run_once(rig.loop));
    create(CMS, CM("other", ""));
    must("PATCH", "/api/v1/namespaces/a/configmaps/x", "application/merge-patch+json",
         "{\"data\":{\"a\":\"1\"}}");
    must("PATCH", "/api/v1/namespaces/a/configmaps/x", "application/merge-patch+json",
         "{\"metadata\":{\"labels\":{\"l\":null}}}");
    rig_turn(&done);
    CHECK_STR(str_text(&seen), "added x,synced ,modified x,deleted x,");
    kube_watch_stop(w);
    str_release(&seen);
    rig_end();
}

static void lines(void *arg, enum kube_event event, const struct doc *object, const struct err *e)
{
    size_t *n = arg;
    (void)object;
    (void)e;
    *n += event == KUBE_ADDED;
}

/* Counts lines: an object has none inside. */
struct stream {
    size_t added;
    bool ended;
};
static enum net_take count_added(void *arg, const struct net_response *head, struct span piece)
{
    struct stream *stream = arg;
    CHECK_INT(head->status, 200);
    for (size_t i = 0; i < piece.len; i++)
        stream->added += piece.at[i] == '\n';
    return NET_TAKEN;
}
static void stream_ended(void *arg, struct err *e, const struct net_response *response)
{
    (void)response;
    CHECK_OK(e);
    ((struct stream *)arg)->ended = true;
}

TEST(a_slow_watcher_of_much_is_neither_dropped_nor_skipped)
{
    rig_begin((struct sandbox_options){0});
    CLEANUP(mem_freep) char *big = mem_alloc(400001);
    memset(big, 'x', 400000);
    big[400000] = 0;
    size_t n = 0;
    struct kube_watch_options o = {.group = "",
                                   .version = "v1",
                                   .resource = "configmaps",
                                   .kind = "ConfigMap",
                                   .event = lines,
                                   .arg = &n};
    struct kube_watch *w = kube_watch_start(rig.kube, &o);
    while (!kube_watch_synced(w))
        CHECK(loop_run_once(rig.loop));
    for (int i = 0; i < 20; i++)
        create(CMS, arena_printf(rig.a,
                                 "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x%"
                                 "d\"},\"data\":{\"a\":\"%s\"}}",
                                 i, big));
    while (n < 20)
        CHECK(loop_run_once(rig.loop));
    kube_watch_stop(w);
    struct stream stream = {0};
    CLEANUP(mem_freep)
    char *url =
        mem_printf("http://127.0.0.1:%d/api/v1/configmaps?watch=true&timeoutSeconds=1", rig.sandbox->port);
    struct net_request request = {
        .url = url, .on_data = count_added, .on_done = stream_ended, .arg = &stream};
    struct net_client *client = net_client_new(rig.loop, &(struct net_client_options){0});
    net_client_start(client, &request); /* from no version: all of them first */
    rig_turn(&stream.ended);
    CHECK_INT(stream.added, 20);
    net_client_free(client);
    rig_end();
}

TEST(a_watch_from_before_the_history_is_answered_with_410)
{
    rig_begin((struct sandbox_options){.watch_history = 4});
    create(CMS, CM("x", ""));
    for (int i = 0; i < 20; i++)
        must("PATCH", "/api/v1/namespaces/a/configmaps/x", "application/merge-patch+json",
             arena_printf(rig.a, "{\"data\":{\"a\":\"%d\"}}", i));
    get("/api/v1/configmaps?watch=true&resourceVersion=1");
    CHECK_REFUSED("Expired", "too old resource version: 1");
    rig_end();
}

/* --- deletion -------------------------------------------------------------------------------- */

TEST(finalizers_hold_an_object)
{
    rig_begin((struct sandbox_options){0});
    const char *path = "/api/v1/namespaces/a/configmaps/x";
    create(CMS, CM("x", ",\"finalizers\":[\"a/b\"]"));
    CHECK(*meta_text(must("DELETE", path, NULL, NULL), "deletionTimestamp"));
    CHECK(get(path) != NULL);
    must("PATCH", path, "application/merge-patch+json", "{\"metadata\":{\"finalizers\":null}}");
    get(path);
    CHECK_REFUSED("NotFound", "not found");
    rig_end();
}

static void make_owned(const char *owner)
{
    const char *uid = meta_text(create(CMS, CM("owner", "")), "uid");
    create(CMS, arena_printf(rig.a,
                             "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"owned\","
                             "\"ownerReferences\":"
                             "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"%s\",\"uid\":\"%s\","
                             "\"blockOwnerDeletion\":true}]%s}}",
                             "owner", uid, owner));
}

TEST(what_is_owned_goes_with_its_owner_or_is_orphaned)
{
    rig_begin((struct sandbox_options){0});
    make_owned("");
    must("DELETE", "/api/v1/namespaces/a/configmaps/owner", NULL, NULL);
    CHECK_INT(doc_len(doc_get(get(CMS), "items")), 0);
    make_owned("");
    must("DELETE", "/api/v1/namespaces/a/configmaps/owner", "application/json",
         "{\"propagationPolicy\":\"Orphan\"}");
    CHECK_INT(doc_len(doc_get(get(CMS), "items")), 1);
    must("DELETE", "/api/v1/namespaces/a/configmaps/owned", NULL, NULL);
    make_owned(",\"finalizers\":[\"a/b\"]");
    must("DELETE", "/api/v1/namespaces/a/configmaps/owner", "application/json",
         "{\"propagationPolicy\":\"Foreground\"}");
    CHECK_INT(doc_len(doc_get(get(CMS), "items")), 2);
    must("PATCH", "/api/v1/namespaces/a/configmaps/owned", "application/merge-patch+json",
         "{\"metadata\":{\"finalizers\":null}}");
    CHECK_INT(doc_len(doc_get(get(CMS), "items")), 0);
    rig_end();
}

TEST(a_namespace_empties_itself)
{
    rig_begin((struct sandbox_options){0});
    create(CMS, CM("x", ""));
    create(CMS, CM("held", ",\"finalizers\":[\"a/b\"]"));
    const struct doc *d = must("DELETE", "/api/v1/namespaces/a", NULL, NULL);
    CHECK_STR(doc_str(doc_path(d, "status", "phase"), ""), "Terminating");
    ask("POST", CMS, "application/json", CM("new", ""));
    CHECK_REFUSED("Forbidden", "unable to create new content in namespace a because it is being terminated");
    must("PATCH", "/api/v1/namespaces/a/configmaps/held", "application/merge-patch+json",
         "{\"metadata\":{\"finalizers\":null}}");
    get("/api/v1/namespaces/a");
    CHECK_REFUSED("NotFound", "namespaces \"a\" not found");
    rig_end();
}

TEST(a_precondition_that_does_not_hold_conflicts)
{
    rig_begin((struct sandbox_options){0});
    create(CMS, CM("x", ""));
    ask("DELETE", "/api/v1/namespaces/a/configmaps/x", "application/json",
        "{\"preconditions\":{\"uid\":\"other\"}}");
    CHECK_REFUSED("Conflict", "Precondition failed: UID in precondition: other");
    rig_end();
}

/* --- CRDs ------------------------------------------------------------------------------------ */

TEST(a_crd_serves_its_kind_at_once_with_defaults_and_pruning)
{
    rig_begin((struct sandbox_options){0});
    create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
           "{\"kind\":\"CustomResourceDefinition\",\"apiVersion\":\"apiextensions.k8s.io/"
           "v1\",\"metadata\":{\"name\":"
           "\"ts.x.io\"},\"spec\":{\"group\":\"x.io\",\"scope\":\"Namespaced\",\"names\":{\"plural\":\"ts\","
           "\"kind\":\"T\"},"
           "\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{"
           "\"type\":"
           "\"object\",\"properties\":{\"spec\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":"
           "\"integer\",\"default\":3},"
           "\"free\":{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}}}}}}}]}}");
    const char *base = "/apis/x.io/v1/namespaces/a/ts";
    const struct doc *d =
        create(base, "{\"kind\":\"T\",\"apiVersion\":\"x.io/v1\",\"metadata\":{\"name\":\"t\"},\"spec\":{"
                     "\"gone\":1,\"free\":{\"kept\":1}}}");
    CHECK_STR(json_text(rig.a, doc_get(d, "spec"), JSON_SORTED), "{\"free\":{\"kept\":1},\"n\":3}");
    ask("POST", base, "application/json",
        "{\"kind\":\"T\",\"apiVersion\":\"x.io/v1\",\"metadata\":{\"name\":\"u\"},\"spec\":{\"n\":\"x\"}}");
    CHECK_REFUSED(
        "Invalid",
        "T.x.io \"u\" is invalid: spec.n: Invalid value: \"string\": spec.n in body must be of type integer");
    d = get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ts.x.io");
    CHECK_STR(doc_str(doc_get(doc_at(doc_path(d, "status", "conditions"), 1), "type"), ""), "Established");
    must("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ts.x.io", NULL, NULL);
    get("/apis/x.io/v1/namespaces/a/ts/t");
    CHECK_REFUSED("NotFound", "the server could not find the requested resource");
    rig_end();
}

TEST(our_own_crds_load)
{
    rig_begin((struct sandbox_options){.crds = "deploy/crds"});
    const struct doc *d = create(
        "/apis/argoproj.io/v1alpha1/namespaces/a/applications",
        "{\"kind\":\"Application\",\"apiVersion\":\"argoproj.io/v1alpha1\",\"metadata\":{\"name\":\"g\"},"
        "\"spec\":{\"destination\":{\"namespace\":\"a\"}},\"status\":{\"x\":1}}");
    CHECK_INT(doc_int(doc_path(d, "status", "x"), 0), 1); /* no status subresource */
    rig_end();
}

/* --- tokens, faults, the log ----------------------------------------------------------------- */

TEST(tokens_are_asked_for_and_name_the_user_in_the_log)
{
    static const char *tokens[] = {"secret=joe"};
    const char *log = mem_printf("%s/log", test_tmpdir());
    rig_begin((struct sandbox_options){.tokens = {tokens, 1}, .request_log = log});
    get("/api/v1/namespaces");
    CHECK_REFUSED("Unauthorized", "Unauthorized");
    kube_free(rig.kube);
    rig.kube = rig_client("secret");
    create(CMS, CM("x", ""));
    char *text = test_read_file(log, NULL);
    CHECK(strstr(text, "\"user\":\"joe\",\"verb\":\"create\",\"group\":\"\",\"resource\":\"configmaps\""));
    CHECK(strstr(text, "\"code\":201,\"body\":{\"kind\":\"ConfigMap\""));
    free(text);
    free((char *)log);
    rig_end();
}

TEST(ordered_faults_come)
{
    static const char *codes[] = {"503"};
    rig_begin((struct sandbox_options){.fail = {codes, 1}, .fail_per_mille = 1000, .latency_ms = 1});
    get("/api/v1/namespaces");
    CHECK_REFUSED("ServiceUnavailable", "a fault was ordered");
    rig_end();
}

TEST_MAIN
