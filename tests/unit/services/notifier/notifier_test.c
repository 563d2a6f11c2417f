/* The notifier in this process, between a receiver that answers by script and capstan-sandbox in a process of
 * its own: what is told, how often, with which key, and what stands on the Application afterwards. */
#include "services/notifier/notifier.h"

#include "api/object.h"
#include "doc/json.h"
#include "lib/test.h"
#include "net/server.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct post {
    char *path, *key, *body, *authorization;
};

static struct {
    struct loop *loop;
    struct kube *kube;
    struct notifier *notifier;
    struct metric_set *metrics;
    struct arena *a;
    struct net_server *server;
    int port;
    const int *script; /* statuses to answer, then 200; 0 breaks the connection */
    size_t script_len;
    const char *answer;
    bool hold;            /* the next request stays without an answer ... */
    struct net_req *held; /* ... and is this one */
    VEC(struct post) posts;
    pid_t sandbox;
    struct err *err;
    const struct doc *object;
    bool done, drained;
} t;

/* --- the receiver --- */

static void on_body(struct net_req *r, struct span body)
{
    const char *key = net_req_header(r, "idempotency-key"), *auth = net_req_header(r, "authorization");
    struct post post = {mem_strdup(r->path), mem_strdup(key ? key : ""),
                        mem_strndup(body.at ? body.at : "", body.len), mem_strdup(auth ? auth : "")};
    vec_push(&t.posts, post);
    if (t.hold) {
        t.held = r;
        t.hold = false;
        return;
    }
    int status = t.posts.len <= t.script_len ? t.script[t.posts.len - 1] : 200;
    if (!status) {
        net_abort(r);
        return;
    }
    net_reply_text(r, status, "application/json", t.answer ? t.answer : "{\"ok\":true}");
}

static void on_request(struct net_req *r, void *arg)
{
    (void)arg;
    net_body_collect(r, 1 << 20, on_body);
}

/* --- the cluster --- */

static void on_answer(void *arg, struct err *e, const struct doc *object)
{
    (void)arg;
    err_freep(&t.err);
    t.err = e;
    t.object = object ? doc_deep(t.a, object) : NULL;
    t.done = true;
}

static const struct doc *ask(const char *method, const char *path, const char *type, const char *body)
{
    struct kube_raw raw = {.method = method, .path = path, .content_type = type, .body = span_of(body)};
    t.done = false;
    kube_request(t.kube, &raw, on_answer, NULL);
    while (!t.done)
        CHECK(loop_run_once(t.loop));
    return t.object;
}

static const struct doc *must(const char *method, const char *path, const char *type, const char *body)
{
    const struct doc *d = ask(method, path, type, body);
    CHECKF(d && !t.err, "%s %s: %s", method, path, t.err ? t.err->msg : "no answer");
    return d;
}

static void run_sandbox(const char *kubeconfig)
{
    const char *folder = getenv("CAPSTAN_BIN");
    char *program = mem_printf("%s/capstan-sandbox", folder ? folder : "build/debug/bin");
    char *flag = mem_printf("--write-kubeconfig=%s", kubeconfig);
    t.sandbox = fork();
    if (t.sandbox == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(program, program, "--listen=127.0.0.1:0", "--crds=deploy/crds", "--simulate=false", flag,
              (char *)NULL);
        _exit(127);
    }
    int status;
    while (access(kubeconfig, R_OK) != 0) {
        CHECKF(waitpid(t.sandbox, &status, WNOHANG) == 0, "%s did not start", program);
        usleep(1000);
    }
    free(program);
    free(flag);
}

static void begin_service(void)
{
    static const struct notifier_options o = {
        .ns = "argocd", .tries = 3, .wait_ms = 1, .wait_max_ms = 5, .timeout_ms = 10000, .parallel = 4};
    t.metrics = metric_set_new();
    t.notifier = notifier_new(t.kube, t.metrics, &o);
}

static void end_service(void)
{
    notifier_free(t.notifier);
    metric_set_free(t.metrics);
    t.notifier = NULL;
}

#define MAPS "/api/v1/namespaces/argocd/configmaps"
#define APPS "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
#define MERGE "application/merge-patch+json"

static void begin(void)
{
    CLEANUP(mem_freep) char *kubeconfig = mem_printf("%s/kubeconfig", test_tmpdir());
    run_sandbox(kubeconfig);
    t.loop = loop_new(NULL);
    t.a = arena_new("test");
    struct kube_options o = {.qps = 100000, .burst = 100000};
    CHECK_OK(kube_config_read(kubeconfig, NULL, &o.config));
    t.kube = kube_new(t.loop, &o);
    t.server = net_server_new(t.loop, &(struct net_server_options){.on_request = on_request});
    CHECK_OK(net_server_listen(t.server, "127.0.0.1:0", &t.port));
    ask("POST", "/api/v1/namespaces", NULL, "{\"metadata\":{\"name\":\"argocd\"}}");
    must("POST", "/api/v1/namespaces/argocd/secrets", NULL,
         "{\"metadata\":{\"name\":\"argocd-notifications-secret\"},\"stringData\":{\"slack-token\":\"xoxb\"}"
         "}");
    must(
        "POST", MAPS, NULL,
        arena_printf(
            t.a,
            "{\"metadata\":{\"name\":\"argocd-notifications-cm\"},\"data\":{\"service.webhook.hook\":"
            "\"url: http://127.0.0.1:%d/hook\",\"service.slack\":\"{token: $slack-token, apiURL: "
            "'http://127.0.0.1:%d/api'}\",\"service.webhook.gone\":\"{url: 'http://127.0.0.1:1/secret-path', "
            "retryMax: 0}\"}}",
            t.port, t.port));
}

static void end(void)
{
    if (t.notifier)
        end_service();
    kube_free(t.kube);
    net_server_free(t.server);
    loop_free(t.loop);
    arena_free(t.a);
    err_freep(&t.err);
    vec_each (p, &t.posts) {
        free(p->path);
        free(p->key);
        free(p->body);
        free(p->authorization);
    }
    vec_release(&t.posts);
    kill(t.sandbox, SIGKILL);
    waitpid(t.sandbox, NULL, 0);
}

static void create_app(const char *name, const char *subscriptions)
{
    must(
        "POST", APPS, NULL,
        arena_printf(
            t.a,
            "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\",\"metadata\":{\"name\":\"%s\","
            "\"annotations\":{%s}},\"spec\":{\"project\":\"default\",\"source\":{\"repoURL\":\"https://git/"
            "x\","
            "\"path\":\".\"},\"destination\":{\"server\":\"https://kubernetes.default.svc\",\"namespace\":"
            "\"default\"}}}",
            name, subscriptions));
}

static void finish_sync(const char *phase, const char *finished)
{
    must("PATCH", APPS "/x", MERGE,
         arena_printf(
             t.a,
             "{\"status\":{\"reconciledAt\":\"2025-11-25T14:00:00Z\",\"health\":{\"status\":\"Healthy\"},"
             "\"operationState\":{\"operation\":{\"sync\":{}},\"startedAt\":\"2025-11-25T13:00:00Z\","
             "\"phase\":"
             "\"%s\",\"finishedAt\":\"%s\",\"syncResult\":{\"revision\":\"abc\"}}}}",
             phase, finished));
}

#define TO(trigger, service, to) "\"notifications.argoproj.io/subscribe." trigger "." service "\":\"" to "\""

/* Runs until so many posts came, and everything is marked. */
static void until_posts(size_t n)
{
    while (t.posts.len < n)
        CHECK(loop_run_once(t.loop));
}

/* The marks of application x once there are `n`. */
static const struct doc *until_marks(size_t n)
{
    for (;;) {
        const char *text = api_annotation(must("GET", APPS "/x", NULL, ""), NOTIFY_ANNOTATION);
        struct doc *marks = NULL;
        if (text)
            CHECK_OK(json_read(t.a, span_of(text), NULL, &marks));
        if (doc_len(marks) == n)
            return marks;
        CHECK(loop_run_once(t.loop));
    }
}

TEST(what_happens_is_told_once_and_marked)
{
    begin();
    begin_service();
    create_app("x", TO("on-created", "hook", "") "," TO("on-sync-succeeded", "hook",
                                                        "") "," TO("on-deployed", "slack", "#ops"));
    until_posts(1);
    CHECK_STR(t.posts.at[0].path, "/hook");
    CHECK(strstr(t.posts.at[0].body, "\"trigger\":\"on-created\"") != NULL);
    CHECK(strstr(t.posts.at[0].body, t.posts.at[0].key) != NULL);
    until_marks(1);
    finish_sync("Succeeded", "2025-11-25T13:10:00Z");
    until_marks(3);
    CHECK_INT(t.posts.len, 3);
    struct post *slack = streq(t.posts.at[1].path, "/api/chat.postMessage") ? &t.posts.at[1] : &t.posts.at[2];
    CHECK_STR(slack->authorization, "Bearer xoxb");
    CHECK_STR(slack->body,
              "{\"channel\":\"#ops\",\"text\":\"Application x runs a new revision and is healthy\"}");
    finish_sync("Succeeded",
                "2025-11-25T13:11:00Z"); /* the same revision: synced again, not deployed again */
    until_posts(4);
    CHECK(strstr(t.posts.at[3].body, "\"time\":\"2025-11-25T13:11:00Z\"") != NULL);
    until_marks(3);
    CHECK_INT((int64_t)metric_value(t.notifier->count_deliveries, "on-sync-succeeded", "hook", "true"), 2);
    end();
}

TEST(a_death_before_the_mark_repeats_with_the_same_key)
{
    begin();
    t.hold = true;
    begin_service();
    create_app("x", TO("on-created", "hook", ""));
    until_posts(1);
    end_service(); /* the receiver has it; the answer was never read */
    net_abort(t.held);
    begin_service();
    until_posts(2);
    CHECK_STR(t.posts.at[1].key, t.posts.at[0].key);
    CHECK_STR(t.posts.at[1].body, t.posts.at[0].body);
    until_marks(1);
    end_service();
    begin_service();
    while (!kube_watch_synced(t.notifier->watches[WATCH_APPS]) || queue_ready(t.notifier->turns))
        CHECK(loop_run_once(t.loop));
    CHECK_INT(map_len(t.notifier->deliveries), 0);
    CHECK_INT(t.posts.len, 2);
    end();
}

TEST(a_receiver_that_fails_for_a_while_gets_it)
{
    static const int script[] = {503, 429};
    begin();
    t.script = script;
    t.script_len = ARRAY_LEN(script);
    begin_service();
    create_app("x", TO("on-created", "hook", ""));
    until_marks(1);
    CHECK_INT(t.posts.len, 3);
    CHECK_STR(t.posts.at[2].key, t.posts.at[0].key);
    end();
}

static const struct doc *until_event(void)
{
    for (;;) {
        const struct doc *events =
            doc_get(must("GET", "/api/v1/namespaces/argocd/events", NULL, ""), "items");
        doc_each (it, events)
            if (doc_str_is(doc_get(it.val, "reason"), "NotificationFailed"))
                return it.val;
        CHECK(loop_run_once(t.loop));
    }
}

TEST(one_that_is_refused_is_given_up_in_the_open)
{
    static const int script[] = {404};
    begin();
    t.script = script;
    t.script_len = ARRAY_LEN(script);
    begin_service();
    create_app("x", TO("on-created", "hook", "me"));
    CHECK_STR(doc_str(doc_get(until_event(), "message"), ""),
              "on-created was not delivered by hook to me: HTTP status 404 Not Found");
    until_marks(1);
    CHECK_INT(t.posts.len, 1);
    CHECK_INT((int64_t)metric_value(t.notifier->count_deliveries, "on-created", "hook", "false"), 1);
    end();
}

TEST(one_that_nobody_takes_is_given_up_without_saying_the_path)
{
    begin();
    begin_service();
    create_app("x", TO("on-created", "gone", ""));
    const char *message = doc_str(doc_get(until_event(), "message"), "");
    CHECKF(strstr(message, "on-created was not delivered by gone: "), "%s", message);
    CHECKF(!strstr(message, "secret-path"), "%s", message);
    CHECKF(!strstr(message, "times"), "%s", message);
    end();
}

TEST(slack_says_no_with_status_200)
{
    begin();
    t.answer = "{\"ok\":false,\"error\":\"channel_not_found\"}";
    begin_service();
    create_app("x", TO("on-created", "slack", "#nowhere"));
    CHECK(strstr(doc_str(doc_get(until_event(), "message"), ""), "Slack says 'channel_not_found'") != NULL);
    until_marks(1);
    end();
}

TEST(a_service_that_is_configured_later_serves_what_waits)
{
    begin();
    begin_service();
    create_app("x", TO("on-created", "later", ""));
    while (!map_len(t.notifier->said))
        CHECK(loop_run_once(t.loop));
    must("PATCH", MAPS "/argocd-notifications-cm", MERGE,
         arena_printf(t.a, "{\"data\":{\"service.webhook.later\":\"url: http://127.0.0.1:%d/later\"}}",
                      t.port));
    until_marks(1);
    CHECK_STR(t.posts.at[0].path, "/later");
    end();
}

static void on_drained(void *arg)
{
    (void)arg;
    t.drained = true;
}

TEST(a_drain_marks_what_was_told)
{
    begin();
    begin_service();
    create_app("x", TO("on-created", "hook", ""));
    while (!t.notifier->sending)
        CHECK(loop_run_once(t.loop));
    notifier_drain(t.notifier, on_drained, NULL);
    while (!t.drained)
        CHECK(loop_run_once(t.loop));
    CHECK_INT(t.posts.len, 1);
    until_marks(1);
    end();
}

TEST_MAIN
