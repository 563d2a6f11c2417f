/* The api-server as its clients see it: over HTTP, with a Kubernetes API and peers of the test behind it. */
#include "rig.h"

#define SPEC(revision)                                                                                       \
    "\"spec\":{\"project\":\"default\",\"source\":{\"repoURL\":\"https://git.example/r\",\"path\":\"app\","  \
    "\"targetRevision\":\"" revision "\"},\"destination\":{\"server\":\"https://kubernetes.default.svc\","   \
    "\"namespace\":\"x\"}}"
#define GUESTBOOK "{\"metadata\":{\"name\":\"guestbook\",\"labels\":{\"team\":\"a\"}}," SPEC("HEAD") "}"
#define ONE "/api/v1/applications/guestbook"

static void create_guestbook(void)
{
    ask("POST", "/api/v1/applications", GUESTBOOK);
    CHECKF(rig.status == 200, "%d %s", rig.status, said(rig.answer));
    rig_until_app("guestbook", true);
}

/* --- sessions ----------------------------------------------------------------------------------------------
 */

TEST(the_right_password_gives_a_token_that_lets_in)
{
    rig_login();
    const struct doc *d = ask("GET", "/api/v1/session/userinfo", NULL);
    CHECK(doc_bool(doc_get(d, "loggedIn"), false));
    CHECK_STR(doc_str(doc_get(d, "username"), ""), "admin");
    ask("GET", "/api/v1/applications", NULL);
    CHECK_INT(rig.status, 200);
    rig_end();
}

TEST(wrong_credentials_are_refused)
{
    static const struct {
        const char *body;
        int status;
        const char *message;
    } cases[] = {
        {"{\"username\":\"admin\",\"password\":\"nope\"}", 401, "Invalid username or password"},
        {"{\"username\":\"root\",\"password\":\"secret-1\"}", 401, "Invalid username or password"},
        {"{\"username\":\"admin\",\"password\":\"\"}", 401, "no credentials supplied"},
        {"{\"username\":\"admin-admin-admin-admin-admin-admin\",\"password\":\"x\"}", 400,
         "Username is too long (32 bytes max)"},
    };
    rig_begin("secret-1");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doc *d = ask("POST", "/api/v1/session", cases[i].body);
        CHECK_INT(rig.status, cases[i].status);
        CHECK_STR(said(d), cases[i].message);
    }
    rig_end();
}

TEST(after_five_failures_even_the_right_password_waits)
{
    rig_begin("secret-1");
    for (int i = 0; i < 5; i++)
        ask("POST", "/api/v1/session", "{\"username\":\"admin\",\"password\":\"nope\"}");
    ask("POST", "/api/v1/session", "{\"username\":\"admin\",\"password\":\"secret-1\"}");
    CHECK_INT(rig.status, 401);
    rig_end();
}

TEST(without_a_session_only_the_open_doors_open)
{
    static const char *const open[] = {"/healthz", "/api/version", "/api/v1/settings",
                                       "/api/v1/session/userinfo"};
    static const char *const shut[] = {"/api/v1/applications", ONE, "/api/v1/projects", "/api/v1/clusters",
                                       "/api/v1/repositories"};
    rig_begin("secret-1");
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        ask("GET", open[i], NULL);
        CHECK_INT(rig.status, 200);
    }
    for (size_t i = 0; i < ARRAY_LEN(shut); i++) {
        const struct doc *d = ask("GET", shut[i], NULL);
        CHECK_INT(rig.status, 401);
        CHECK_INT(doc_int(doc_get(d, "code"), 0), 16);
        CHECK_STR(doc_str(doc_get(d, "error"), ""), "no session information");
    }
    /* A stream says it in its own form. */
    const struct doc *error = doc_get(ask("GET", "/api/v1/stream/applications", NULL), "error");
    CHECK_INT(rig.status, 401);
    CHECK_INT(doc_int(doc_get(error, "grpc_code"), 0), 16);
    CHECK_STR(doc_str(doc_get(error, "http_status"), ""), "Unauthorized");
    rig_end();
}

TEST(the_token_may_come_as_a_cookie)
{
    rig_login();
    rig.cookie = arena_printf(rig.a, "theme=dark; argocd.token=%s", rig.token);
    ask("GET", "/api/v1/applications", NULL);
    CHECK_INT(rig.status, 200);
    rig.cookie = "argocd.token=; other";
    ask("GET", "/api/v1/applications", NULL);
    CHECK_INT(rig.status, 401);
    rig_end();
}

TEST(a_changed_password_ends_older_sessions)
{
    rig_login();
    const struct doc *secret = doc_deep(rig.a, rig_object(SECRETS "/argocd-secret"));
    struct time_text later = time_rfc3339(clock_wall_ms(loop_clock(rig.loop)) + 60000);
    const char *mtime = crypto_base64_encode(rig.a, CRYPTO_BASE64_STD, span_of(later.text)).at;
    rig_put(SECRETS "/argocd-secret",
            doc_with(rig.a, secret, doc_new_str(rig.a, mtime), "data", "admin.passwordMtime"));
    while (api_version_of(frozen_root(rig.api->secret)) != (uint64_t)rig.version)
        CHECK(loop_run_once(rig.loop));
    CHECK_STR(said(ask("GET", "/api/v1/applications", NULL)),
              "invalid session: account password has changed since token issued");
    rig_end();
}

TEST(a_token_that_was_tampered_with_is_refused)
{
    rig_login();
    char *token = arena_strdup(rig.a, rig.token);
    static const char *const forged[] = {
        "a.b.c", "a.b", "",
        /* alg none, sub admin:login */
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJhZG1pbjpsb2dpbiJ9."};
    for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
        rig.token = forged[i];
        ask("GET", "/api/v1/applications", NULL);
        CHECK_INT(rig.status, 401);
    }
    char *payload = strchr(token, '.') + 1;
    *payload = *payload == 'e' ? 'f' : 'e';
    rig.token = token;
    CHECK_STR(said(ask("GET", "/api/v1/applications", NULL)), "invalid session: token signature is invalid");
    rig_end();
}

TEST(the_first_password_is_made_and_works)
{
    rig_begin(NULL);
    struct span password;
    const struct doc *initial = rig_object(SECRETS "/argocd-initial-admin-secret");
    CHECK(crypto_base64_decode(rig.a, CRYPTO_BASE64_STD, doc_span(doc_path(initial, "data", "password")),
                               &password));
    CHECK_INT(password.len, 16);
    ask("POST", "/api/v1/session",
        arena_printf(rig.a, "{\"username\":\"admin\",\"password\":\"%s\"}", password.at));
    CHECK_INT(rig.status, 200);
    rig_end();
}

/* --- applications ------------------------------------------------------------------------------------------
 */

TEST(an_application_is_created_listed_and_got)
{
    rig_login();
    create_guestbook();
    const struct doc *d = ask("GET", ONE, NULL);
    CHECK_STR(doc_str(doc_path(d, "spec", "source", "path"), ""), "app");
    CHECK_INT(doc_len(doc_get(ask("GET", "/api/v1/applications", NULL), "items")), 1);
    CHECK_INT(doc_len(doc_get(ask("GET", "/api/v1/applications?selector=team%3Da", NULL), "items")), 1);
    CHECK_INT(doc_len(doc_get(ask("GET", "/api/v1/applications?selector=team%3Db", NULL), "items")), 0);
    CHECK_INT(doc_len(doc_get(ask("GET", "/api/v1/applications?projects=other", NULL), "items")), 0);
    rig_end();
}

TEST(creating_again_needs_upsert_when_something_differs)
{
    rig_login();
    create_guestbook();
    const char *other = "{\"metadata\":{\"name\":\"guestbook\"}," SPEC("v2") "}";
    ask("POST", "/api/v1/applications", GUESTBOOK);
    CHECK_INT(rig.status, 200);
    const struct doc *d = ask("POST", "/api/v1/applications", other);
    CHECK_INT(rig.status, 400);
    CHECK_STR(said(d), "existing application spec is different, use upsert flag to force update");
    d = ask("POST", "/api/v1/applications?upsert=true", other);
    CHECK_INT(rig.status, 200);
    CHECK_STR(doc_str(doc_path(d, "spec", "source", "targetRevision"), ""), "v2");
    rig_end();
}

TEST(an_application_that_makes_no_sense_is_refused)
{
    static const char *const bodies[] = {
        "[]",
        "nonsense",
        "",
        "{\"metadata\":{\"name\":\"x\"}}",
        "{\"metadata\":{\"name\":\"x\",\"namespace\":\"other\"}," SPEC("HEAD") "}",
        "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"project\":\"nix\",\"source\":{\"repoURL\":\"u\",\"path\":"
        "\"p\"},"
        "\"destination\":{\"server\":\"s\"}}}",
    };
    rig_login();
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        ask("POST", "/api/v1/applications", bodies[i]);
        CHECKF(rig.status == 400 || rig.status == 403, "%s: %d", bodies[i], rig.status);
    }
    rig_end();
}

TEST(a_missing_application_is_told_to_those_only_who_know_its_project)
{
    rig_login();
    ask("GET", "/api/v1/applications/nix", NULL);
    CHECK_INT(rig.status, 403);
    ask("GET", "/api/v1/applications/nix?project=default", NULL);
    CHECK_INT(rig.status, 404);
    rig_end();
}

TEST(an_application_is_changed_in_three_ways)
{
    rig_login();
    create_guestbook();
    const struct doc *d = ask("PUT", ONE, "{\"metadata\":{\"name\":\"guestbook\"}," SPEC("v2") "}");
    CHECK_INT(rig.status, 200);
    CHECK_STR(doc_str(doc_path(d, "spec", "source", "targetRevision"), ""), "v2");
    CHECK(!api_label(d, "team"));
    d = ask("PUT", ONE "/spec",
            "{\"source\":{\"repoURL\":\"https://git.example/r\",\"path\":\"b\"},"
            "\"destination\":{\"name\":\"in-cluster\"},\"project\":\"default\"}");
    CHECK_STR(doc_str(doc_path(d, "source", "path"), ""), "b");
    d = ask(
        "PATCH", ONE,
        "{\"patchType\":\"merge\",\"patch\":\"{\\\"spec\\\":{\\\"source\\\":{\\\"path\\\":\\\"c\\\"}}}\"}");
    CHECK_STR(doc_str(doc_path(d, "spec", "source", "path"), ""), "c");
    d = ask("PATCH", ONE,
            "{\"patchType\":\"json\",\"patch\":\"[{\\\"op\\\":\\\"replace\\\",\\\"path\\\":"
            "\\\"/spec/source/path\\\",\\\"value\\\":\\\"d\\\"}]\"}");
    CHECK_STR(doc_str(doc_path(d, "spec", "source", "path"), ""), "d");
    ask("PATCH", ONE, "{\"patchType\":\"odd\",\"patch\":\"{}\"}");
    CHECK_INT(rig.status, 400);
    rig_end();
}

TEST(deleting_leaves_the_finalizer_that_was_asked_for)
{
    static const struct {
        const char *query;
        int status;
    } cases[] = {{"?cascade=false", 200},
                 {"?propagationPolicy=background", 200},
                 {"", 200},
                 {"?propagationPolicy=odd", 400},
                 {"?cascade=false&propagationPolicy=foreground", 400}};
    rig_login();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (!cache_app(rig.api, "guestbook"))
            create_guestbook();
        ask("DELETE", arena_printf(rig.a, ONE "%s", cases[i].query), NULL);
        CHECK_INT(rig.status, cases[i].status);
        CHECK((rig_object(APPS "/guestbook") == NULL) == (cases[i].status == 200));
        rig_until_app("guestbook", cases[i].status != 200);
    }
    rig_end();
}

static void on_refresh_seen(struct loop_timer *timer)
{
    const struct doc *app = rig_object(APPS "/guestbook");
    if (!api_annotation(app, API_ANNOTATION_REFRESH)) {
        loop_timer_set(rig.loop, timer, 1, on_refresh_seen);
        return;
    }
    CHECK_STR(api_annotation(app, API_ANNOTATION_REFRESH), "hard");
    rig_put(APPS "/guestbook", doc_without(rig.a, doc_deep(rig.a, app), "metadata", "annotations"));
}

TEST(a_refresh_answers_once_the_controller_has_done_it)
{
    rig_login();
    create_guestbook();
    struct loop_timer controller = {0};
    loop_timer_set(rig.loop, &controller, 1, on_refresh_seen);
    const struct doc *d = ask("GET", ONE "?refresh=hard", NULL);
    CHECK_INT(rig.status, 200);
    CHECK(!api_annotation(d, API_ANNOTATION_REFRESH));
    CHECK_STR(api_resource_version(d), api_resource_version(rig_object(APPS "/guestbook")));
    rig_end();
}

/* --- operations --------------------------------------------------------------------------------------------
 */

static const struct doc *last_event(const char *reason)
{
    const struct doc *found = NULL;
    map_each (it, rig.objects)
        if (starts_with(it.key, EVENTS) && doc_str_is(doc_get(frozen_root(it.value), "reason"), reason))
            found = frozen_root(it.value);
    return found;
}

TEST(a_sync_is_written_once)
{
    rig_login();
    create_guestbook();
    const struct doc *d =
        ask("POST", ONE "/sync", "{\"prune\":true,\"syncOptions\":{\"items\":[\"CreateNamespace=true\"]}}");
    CHECKF(rig.status == 200, "%s", said(d));
    const struct doc *op = doc_get(rig_object(APPS "/guestbook"), "operation");
    CHECK_STR(doc_str(doc_path(op, "sync", "revision"), ""), SHA);
    CHECK_STR(doc_str(doc_path(op, "initiatedBy", "username"), ""), "admin");
    CHECK(doc_bool(doc_path(op, "sync", "prune"), false));
    CHECK_STR(doc_str(doc_at(doc_path(op, "sync", "syncOptions"), 0), ""), "CreateNamespace=true");
    d = ask("POST", ONE "/sync", "{}");
    CHECK_INT(rig.status, 400);
    CHECK_INT(doc_int(doc_get(d, "code"), 0), 9);
    CHECK_STR(said(d), "another operation is already in progress");
    CHECK_STR(doc_str(doc_get(last_event("OperationStarted"), "message"), ""),
              "admin initiated sync to HEAD (" SHA ")");
    rig_end();
}

TEST(sync_windows_are_told_and_kept)
{
    static const struct {
        const char *window;
        int status;
    } rows[] = {
        {"\"kind\":\"deny\",\"schedule\":\"* * * * *\"", 403},
        {"\"kind\":\"deny\",\"schedule\":\"* * * * *\",\"manualSync\":true", 200},
        {"\"kind\":\"deny\",\"schedule\":\"soon\"", 400},
    };
    rig_login();
    create_guestbook();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char project[500];
        snprintf(project, sizeof(project),
                 "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"AppProject\",\"metadata\":{\"name\":\"default\","
                 "\"namespace\":\"argocd\"},\"spec\":{\"syncWindows\":[{%s,\"duration\":\"1h\",\"applications\":[\"*\"]}]}}",
                 rows[i].window);
        rig_put_json(PROJECTS "/default", project);
        const struct doc *d = ask("GET", "/api/v1/projects/default/syncwindows", NULL);
        CHECK_INT(doc_len(doc_get(d, "windows")), 1);
        d = ask("GET", ONE "/syncwindows", NULL);
        CHECK_INT(rig.status, rows[i].status == 400 ? 400 : 200);
        CHECK_INT(doc_bool(doc_get(d, "canSync"), false), rows[i].status == 200);
        CHECK_INT(doc_len(doc_get(d, "activeWindows")), rows[i].status != 400);
        d = ask("POST", ONE "/sync", "{}");
        CHECKF(rig.status == rows[i].status, "%s: %d %s", rows[i].window, rig.status, said(d));
        if (rows[i].status == 403)
            CHECK_STR(said(d), "cannot sync: blocked by sync window");
    }
    rig_end();
}

TEST(a_running_operation_is_terminated_and_none_is_not)
{
    rig_login();
    create_guestbook();
    ask("DELETE", ONE "/operation", NULL);
    CHECK_INT(rig.status, 400);
    rig_put_json(APPS "/guestbook",
                 "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\",\"metadata\":{"
                 "\"name\":\"guestbook\",\"namespace\":\"argocd\"}," SPEC(
                     "HEAD") ",\"operation\":{},"
                             "\"status\":{\"operationState\":{\"phase\":\"Running\"}}}");
    ask("DELETE", ONE "/operation", NULL);
    CHECK_INT(rig.status, 200);
    CHECK_STR(doc_str(doc_path(rig_object(APPS "/guestbook"), "status", "operationState", "phase"), ""),
              "Terminating");
    rig_end();
}

TEST(a_rollback_takes_what_history_says)
{
    rig_login();
    rig_put_json(
        APPS "/guestbook",
        "{\"apiVersion\":\"argoproj.io/"
        "v1alpha1\",\"kind\":\"Application\",\"metadata\":{\"name\":\"guestbook\","
        "\"namespace\":\"argocd\"}," SPEC("HEAD") ",\"status\":{\"history\":[{\"id\":3,\"revision\":\"abc\","
                                                  "\"source\":{\"repoURL\":\"u\",\"path\":\"old\"}}]}}");
    rig_until_app("guestbook", true);
    const struct doc *d = ask("POST", ONE "/rollback", "{\"id\":7}");
    CHECK_INT(rig.status, 400);
    CHECK_STR(said(d), "application argocd/guestbook does not have deployment with id 7");
    ask("POST", ONE "/rollback", "{\"id\":3}");
    CHECK_INT(rig.status, 200);
    const struct doc *sync = doc_path(rig_object(APPS "/guestbook"), "operation", "sync");
    CHECK_STR(doc_str(doc_get(sync, "revision"), ""), "abc");
    CHECK_STR(doc_str(doc_path(sync, "source", "path"), ""), "old");
    rig_end();
}

TEST(what_cannot_be_synced_is_refused_with_its_reason)
{
    static const struct {
        const char *app, *body;
        int status;
        const char *message;
    } cases[] = {
        {"\"spec\":{}", "{}", 400, "the application has no source to sync from"},
        {"\"spec\":7", "{}", 400, "the application has no source to sync from"},
        {"\"spec\":{\"source\":{\"repoURL\":\"u\",\"targetRevision\":\"main\"},\"syncPolicy\":{\"automated\":"
         "{}}}",
         "{\"revision\":\"v2\"}", 400, "Cannot sync to v2: auto-sync currently set to main"},
        {SPEC("HEAD") ",\"status\":{\"operationState\":{\"phase\":\"Running\"}}", "{}", 400,
         "another operation is already in progress"},
        {SPEC("HEAD"), "{\"manifests\":[\"{}\"]}", 501, "sync of local manifests is not supported"},
        {SPEC("HEAD"), "{\"revision\":[{}],\"strategy\":null,\"sourcePositions\":7}", 200, ""},
    };
    rig_login();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_put_json(
            APPS "/guestbook",
            arena_printf(rig.a,
                         "{\"apiVersion\":\"argoproj.io/v1alpha1\",\"kind\":\"Application\",\"metadata\":{"
                         "\"name\":\"guestbook\",\"namespace\":\"argocd\"},%s}",
                         cases[i].app));
        while (api_version_of(cache_app(rig.api, "guestbook")) != (uint64_t)rig.version)
            CHECK(loop_run_once(rig.loop));
        const struct doc *d = ask("POST", ONE "/sync", cases[i].body);
        CHECKF(rig.status == cases[i].status, "case %zu: %d %s", i, rig.status, said(d));
        CHECK_STR(said(d), cases[i].message);
    }
    rig_end();
}

/* --- views -------------------------------------------------------------------------------------------------
 */

TEST(trees_differences_and_manifests_come_over_the_bus)
{
    rig_login();
    create_guestbook();
    const struct doc *d = ask("GET", ONE "/resource-tree", NULL);
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(d, "nodes"), 0), "kind"), ""), "Pod");
    d = ask("GET", ONE "/managed-resources", NULL);
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(d, "items"), 0), "kind"), ""), "Pod");
    d = ask("GET", ONE "/manifests", NULL);
    const char *manifest = doc_str(doc_at(doc_get(d, "manifests"), 0), "");
    CHECK(strstr(manifest, "\"kind\":\"Secret\"") && strstr(manifest, "++++") &&
          !strstr(manifest, "dmFsdWU="));
    CHECK(strstr(manifest, "argocd.argoproj.io/tracking-id\":\"guestbook:/Secret:x/s\""));
    ask("GET", ONE "/events", NULL);
    CHECK_INT(rig.status, 200);
    ask("GET", ONE "/events?resourceName=p&resourceNamespace=x&resourceUID=u-p", NULL);
    CHECK_INT(rig.status, 200);
    d = ask("GET", ONE "/revisions/" SHA "/metadata", NULL);
    CHECK_STR(json_text(rig.a, d, 0),
              "{\"author\":\"Ann <ann@git.example>\",\"date\":\"2024-02-03T04:05:06Z\",\"tags\":[\"v1\"],"
              "\"message\":\"one\\n\\ntwo\"}");
    CHECK_STR(said(ask("GET", ONE "/revisions/main/metadata", NULL)), "revision main must be resolved");
    CHECK_INT(rig.status, 500);
    rig_end();
}

/* The status holds none (resourceHealthSource: appTree). */
TEST(an_application_is_read_with_the_health_of_its_resources)
{
    rig_login();
    create_guestbook();
    struct doc *status = NULL;
    CHECK_OK(json_read(rig.a,
                       span_of("{\"resourceHealthSource\":\"appTree\",\"resources\":[{\"kind\":\"Pod\",\"name\":\"p\","
                               "\"namespace\":\"x\"},{\"kind\":\"Pod\",\"name\":\"q\",\"namespace\":\"x\"},{\"kind\":"
                               "\"ConfigMap\",\"name\":\"p\",\"namespace\":\"x\"}]}"),
                       NULL, &status));
    const struct doc *app = doc_deep(rig.a, rig_object(APPS "/guestbook"));
    rig_put(APPS "/guestbook", doc_with(rig.a, app, status, "status"));
    const struct doc *resources = NULL;
    for (int i = 0; i < 100 && !doc_len(resources); i++)
        resources = doc_path(ask("GET", ONE, NULL), "status", "resources");
    CHECK_STR(doc_str(doc_path(doc_at(resources, 0), "health", "status"), ""), "Healthy");
    CHECK_STR(json_text(rig.a, doc_get(doc_at(resources, 1), "health"), 0),
              "{\"status\":\"Missing\",\"message\":\"Resource has not been created\"}");
    CHECK(!doc_get(doc_at(resources, 2), "health"));
    rig_end();
}

/* Texts and codes as recorded of Argo CD. */
TEST(what_may_not_be_written_says_why)
{
#define APP_OF(name, source, destination)                                                                    \
    "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"source\":{" source "},\"destination\":{" destination  \
    "}}}"
#define GIT(path) "\"repoURL\":\"https://git.example/r\",\"path\":\"" path "\""
#define HERE "\"server\":\"https://kubernetes.default.svc\",\"namespace\":\"x\""
    static const struct {
        const char *method, *path, *body;
        int status, code;
        const char *message;
    } cases[] = {
        {"POST", "", "{}", 500, 2,
         "error while validating and normalizing app: resource name may not be empty"},
        {"POST", "", "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"project\":\"nix\"}}", 400, 3,
         "app is not allowed in project \"nix\", or the project does not exist"},
        {"POST", "", "{\"metadata\":{\"name\":\"a\",\"namespace\":\"kube-system\"}}", 400, 3,
         "app is not allowed in project \"default\", or the project does not exist"},
        {"POST", "", APP_OF("a", GIT("app"), "\"server\":\"https://no.example\""), 400, 3,
         "application destination spec for a is invalid: error getting cluster by server "
         "\"https://no.example\": rpc error: code = NotFound desc = cluster \"https://no.example\" not "
         "found"},
        {"POST", "", APP_OF("a", "", HERE), 400, 3,
         "application spec for a is invalid: InvalidSpecError: spec.source.repoURL and either "
         "spec.source.path "
         "or spec.source.chart are required"},
        {"POST", "", APP_OF("a", GIT("gone"), HERE), 400, 3,
         "application spec for a is invalid: InvalidSpecError: Unable to generate manifests in gone: rpc "
         "error: "
         "code = Unknown desc = gone: app path does not exist"},
        {"PUT", "/guestbook", APP_OF("other", GIT("app"), HERE), 403, 7, "permission denied"},
        {"PUT", "/guestbook/spec", "{\"source\":{" GIT("gone") "},\"destination\":{" HERE "}}", 400, 3,
         "application spec for guestbook is invalid: InvalidSpecError: Unable to generate manifests in gone: "
         "rpc error: code = Unknown desc = gone: app path does not exist"},
        {"PATCH", "/guestbook", "{}", 500, 13,
         "grpc: error while marshaling: proto: required field \"patchType\" not set"},
        {"PATCH", "/guestbook", "{\"patchType\":\"merge\"}", 500, 13,
         "grpc: error while marshaling: proto: required field \"patch\" not set"},
        {"PATCH", "/guestbook",
         "{\"patchType\":\"merge\",\"patch\":\"{\\\"spec\\\":{\\\"project\\\":\\\"nix\\\"}}\"}", 400, 3,
         "app is not allowed in project \"nix\", or the project does not exist"},
        {"POST", "/guestbook/rollback", "{}", 500, 13,
         "grpc: error while marshaling: proto: required field \"id\" not set"},
        {"DELETE", "/guestbook?cascade=maybe", NULL, 400, 3,
         "strconv.ParseBool: parsing \"maybe\": invalid syntax"},
        {"GET", "/guestbook/events?resourceName=nope&resourceNamespace=x&resourceUID=u-p", NULL, 400, 3,
         "nope not found as part of application guestbook"},
        {"GET", "/guestbook?projects=a&projects=b", NULL, 400, 3,
         "multiple projects specified - the get endpoint accepts either zero or one project"},
    };
    rig_login();
    create_guestbook();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doc *d =
            ask(cases[i].method, arena_printf(rig.a, "/api/v1/applications%s", cases[i].path), cases[i].body);
        CHECK_STR(said(d), cases[i].message);
        CHECK_INT(rig.status, cases[i].status);
        CHECK_INT(doc_int(doc_get(d, "code"), 0), cases[i].code);
    }
    ask("POST", "/api/v1/applications?validate=false", APP_OF("late", GIT("gone"), HERE));
    CHECK_INT(rig.status, 200);
    rig_end();
}

TEST(of_a_list_only_the_fields_that_were_asked_for_come)
{
    static const struct {
        const char *query, *items;
    } cases[] = {
        {"fields=items.metadata.name,items.spec.project",
         "[{\"metadata\":{\"name\":\"guestbook\"},\"spec\":{\"project\":\"default\"}}]"},
        {"fields=items.nothing", "[{}]"},
        {"fields=-items.metadata,items.spec,items.status.sync",
         "[{\"status\":{\"health\":{},\"summary\":{},\"sourceHydrator\":{}}}]"},
        {"names=x&names=y", "null"},
        {"names=x&names=guestbook&fields=items.metadata.name", "[{\"metadata\":{\"name\":\"guestbook\"}}]"},
    };
    rig_login();
    create_guestbook();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct doc *d =
            ask("GET", arena_printf(rig.a, "/api/v1/applications?%s", cases[i].query), NULL);
        CHECK_STR(json_text(rig.a, doc_get(d, "items"), 0), cases[i].items);
        CHECK(doc_len(doc_path(d, "metadata", "resourceVersion")));
    }
    rig_end();
}

static enum net_take on_piece(void *arg, const struct net_response *head, struct span piece)
{
    (void)arg;
    CHECK_INT(head->status, 200);
    char *all = mem_printf("%s%.*s", rig.text ? rig.text : "", (int)piece.len, piece.at);
    free(rig.text);
    rig.text = all;
    return NET_TAKEN;
}

static void until_streamed(const char *part)
{
    while (!rig.text || !strstr(rig.text, part))
        CHECK(loop_run_once(rig.loop));
}

TEST(a_stream_begins_with_all_and_goes_on_with_changes)
{
    rig_login();
    create_guestbook();
    const struct net_pair headers[] = {{"Authorization", arena_printf(rig.a, "Bearer %s", rig.token)},
                                       {"Accept", "text/event-stream"}};
    struct net_request request = {
        .url = arena_printf(rig.a, "http://127.0.0.1:%d/api/v1/stream/applications", rig.api->port),
        .headers = headers,
        .headers_len = 2,
        .proxy = "",
        .on_data = on_piece,
        .on_done = rig_on_done};
    net_client_start(rig.net, &request);
    until_streamed("data: {\"result\":{\"type\":\"ADDED\"");
    ask("PUT", ONE, "{\"metadata\":{\"name\":\"guestbook\"}," SPEC("v2") "}");
    until_streamed("{\"result\":{\"type\":\"MODIFIED\"");
    ask("DELETE", ONE, NULL);
    until_streamed("{\"result\":{\"type\":\"DELETED\"");
    CHECK(ends_with(rig.text, " \n\n\n")); /* as upstream ends an event */
    rig_end();
}

TEST(a_stream_that_has_nothing_to_say_ends_with_its_client)
{
    rig_login();
    const struct net_pair header = {"Authorization", arena_printf(rig.a, "Bearer %s", rig.token)};
    struct net_request request = {
        .url =
            arena_printf(rig.a, "http://127.0.0.1:%d/api/v1/stream/applications?name=ghost", rig.api->port),
        .headers = &header,
        .headers_len = 1,
        .proxy = "",
        .on_done = rig_on_done};
    struct net_transfer *transfer = net_client_start(rig.net, &request);
    while (!rig.api->turns)
        CHECK(loop_run_once(rig.loop));
    net_transfer_cancel(transfer);
    while (rig.api->turns)
        CHECK(loop_run_once(rig.loop));
    rig_end();
}

static void on_drained(void *arg)
{
    *(bool *)arg = true;
}

TEST(a_server_that_drains_ends_its_streams)
{
    rig_login();
    const struct net_pair headers[] = {{"Authorization", arena_printf(rig.a, "Bearer %s", rig.token)}};
    struct net_request request = {
        .url = arena_printf(rig.a, "http://127.0.0.1:%d/api/v1/stream/applications", rig.api->port),
        .headers = headers,
        .headers_len = 1,
        .proxy = "",
        .on_done = rig_on_done};
    bool drained = false;
    rig.done = false;
    net_client_start(rig.net, &request);
    while (!rig.api->turns)
        CHECK(loop_run_once(rig.loop));
    api_drain(rig.api, on_drained, &drained);
    rig_wait(&rig.done);
    CHECK_INT(rig.status, 200);
    rig_wait(&drained);
    CHECK(!rig.api->turns);
    rig_end();
}

TEST(a_body_that_is_no_json_and_a_method_that_is_not_there_are_said)
{
    rig_login();
    const struct doc *d = ask("POST", "/api/v1/applications", "{\"metadata\":");
    CHECK_INT(rig.status, 400);
    CHECK_INT(doc_int(doc_get(d, "code"), 0), 3);
    ask("PUT", "/api/v1/projects", "{}");
    CHECK_INT(rig.status, 405);
    rig_end();
}

TEST(what_the_gateway_turns_away)
{
    static const struct {
        const char *method, *path, *type;
        int status;
    } cases[] = {
        {"GET", "/api/v9/applications", NULL, 404},
        {"GET", "/api/v1//applications", NULL, 307},
        {"POST", "/api/v1/session", "text/plain", 415},
        {"POST", "/api/v1/session", "application/json; charset=utf-8", 415},
        {"POST", "/api/v1/session", "APPLICATION/JSON", 401},
        {"DELETE", "/api/v1/session", NULL, 415},
    };
    rig_begin("secret-1");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct net_pair header = {"Content-Type", cases[i].type};
        struct net_request request = {
            .method = cases[i].method,
            .url = arena_printf(rig.a, "http://127.0.0.1:%d%s", rig.api->port, cases[i].path),
            .headers = &header,
            .headers_len = cases[i].type != NULL,
            .proxy = "",
            .on_done = rig_on_done};
        rig.done = false;
        net_client_start(rig.net, &request);
        rig_wait(&rig.done);
        CHECKF(rig.status == cases[i].status, "%s %s: %d", cases[i].method, cases[i].path, rig.status);
    }
    rig_end();
}

/* --- around applications -----------------------------------------------------------------------------------
 */

TEST(repositories_are_kept_as_secrets_and_shown_without_them)
{
    rig_login();
    const char *body = "{\"repo\":\"https://git.example/r.git\",\"username\":\"u\",\"password\":\"p\"}";
    const struct doc *d = ask("POST", "/api/v1/repositories", body);
    CHECK_INT(rig.status, 200);
    CHECK_STR(doc_str(doc_get(d, "type"), ""), "git");
    while (!map_len(rig.api->repositories))
        CHECK(loop_run_once(rig.loop));
    d = doc_at(doc_get(ask("GET", "/api/v1/repositories", NULL), "items"), 0);
    CHECK_STR(doc_str(doc_get(d, "repo"), ""), "https://git.example/r.git");
    CHECK(!doc_get(d, "password"));
    ask("POST", "/api/v1/repositories", body);
    CHECK_INT(rig.status, 200);
    CHECK_STR(said(ask("POST", "/api/v1/repositories",
                       "{\"repo\":\"https://git.example/r.git\",\"username\":\"v\"}")),
              "existing repository spec is different; use upsert flag to force update; difference in keys "
              "\"Username,Password\"");
    CHECK_INT(rig.status, 400);
    CHECK_STR(said(ask("POST", "/api/v1/repositories", "{\"repo\":\"r\",\"type\":\"svn\"}")),
              "unsupported repository type \"svn\"");
    ask("DELETE", "/api/v1/repositories/https%3A%2F%2Fgit.example%2Fr.git", NULL);
    CHECK_INT(rig.status, 200);
    ask("DELETE", "/api/v1/repositories/https%3A%2F%2Fgit.example%2Fother", NULL);
    CHECK_INT(rig.status, 403);
    rig_end();
}

static const char *state_of(const char *url)
{
    const struct doc *d = ask("GET", arena_printf(rig.a, "/api/v1/repositories/%s", url), NULL);
    return doc_str(doc_path(d, "connectionState", "status"), said(d));
}

TEST(a_repository_says_whether_it_can_be_read)
{
    rig_login();
    ask("POST", "/api/v1/repositories", "{\"repo\":\"https://git.example/r\"}");
    ask("POST", "/api/v1/repositories", "{\"repo\":\"https://silent.example/r\"}");
    while (map_len(rig.api->repositories) < 2)
        CHECK(loop_run_once(rig.loop));
    CHECK_STR(state_of("https%3A%2F%2Fgit.example%2Fr"), "Successful");
    CHECK_STR(state_of("https%3A%2F%2Fsilent.example%2Fr"), "Failed");
    CHECK_STR(state_of("https%3A%2F%2Fgit.example%2Fnone"), "permission denied");
    CHECK_STR(state_of("https%3A%2F%2Fgit.example%2Fr?appProject=zzz"),
              "repository not found for url \"https://git.example/r\" and project \"zzz\"");
    const struct doc *items = doc_get(ask("GET", "/api/v1/repositories", NULL), "items");
    CHECK_INT(doc_len(items), 2);
    CHECK_STR(doc_str(doc_path(doc_at(items, 1), "connectionState", "message"), ""),
              "Unable to connect to repository: rpc error: code = Unknown desc = error testing repository "
              "connectivity: repository not found");
    ask("PUT", "/api/v1/repositories/https%3A%2F%2Fgit.example%2Fr",
        "{\"repo\":\"https://git.example/r\",\"name\":\"named\"}");
    CHECK_INT(rig.status, 200);
    CHECK_STR(said(ask("PUT", "/api/v1/repositories/https%3A%2F%2Fgit.example%2Fnone", "{\"repo\":\"x\"}")),
              "repo 'https://git.example/none' not found");
    rig_end();
}

TEST(the_cluster_and_the_default_project_are_there)
{
    rig_login();
    const struct doc *d = doc_at(doc_get(ask("GET", "/api/v1/clusters", NULL), "items"), 0);
    CHECK_STR(doc_str(doc_get(d, "name"), ""), "in-cluster");
    CHECK_STR(doc_str(doc_get(d, "serverVersion"), ""), "1.34");
    d = ask("GET", "/api/v1/clusters?name=nix", NULL);
    CHECK(doc_is(doc_get(d, "items"), DOC_NULL));
    d = ask("GET", "/api/v1/clusters/https%3A%2F%2Fkubernetes.default.svc", NULL);
    CHECK_STR(doc_str(doc_get(d, "name"), ""), "in-cluster");
    ask("GET", "/api/v1/clusters/in-cluster?id.type=name", NULL);
    CHECK_INT(rig.status, 200);
    ask("GET", "/api/v1/clusters/in-cluster", NULL);
    CHECK_INT(rig.status, 403);
    d = ask("GET", "/api/v1/projects?fields=items.metadata.name", NULL);
    CHECK_STR(json_text(rig.a, d, 0), "{\"items\":[{\"metadata\":{\"name\":\"default\"}}]}");
    d = ask("GET", "/api/v1/projects/default", NULL);
    CHECK_INT(rig.status, 200);
    CHECK_STR(doc_str(doc_at(doc_path(d, "spec", "sourceRepos"), 0), ""), "*");
    ask("GET", "/api/v1/projects/nix", NULL);
    CHECK_INT(rig.status, 404);
    ask("GET", "/api/v1/nix", NULL);
    CHECK_INT(rig.status, 404);
    rig_end();
}

#define DEPLOYMENT "/apis/apps/v1/namespaces/x/deployments/d"
#define OF_DEPLOYMENT "?group=apps&version=v1&kind=Deployment&namespace=x&resourceName=d"
#define RUN(kind, group, name, rest)                                                                                   \
    "{\"group\":\"" group "\",\"version\":\"v1\",\"kind\":\"" kind "\",\"namespace\":\"x\",\"resourceName\":\"" name "\"" rest "}"

TEST(actions_are_listed_and_run)
{
    rig_login();
    create_guestbook();
    rig_put_json(DEPLOYMENT, "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"namespace\":\"x\"},"
                             "\"spec\":{\"replicas\":1}}");
    const struct doc *d = ask("GET", ONE "/resource/actions" OF_DEPLOYMENT, NULL);
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(d, "actions"), 0), "name"), ""), "pause");
    d = ask("GET", ONE "/resource/actions?group=&version=v1&kind=Pod&namespace=x&resourceName=p", NULL);
    CHECK_STR(json_text(rig.a, d, 0), "{}");
    ask("POST", ONE "/resource/actions" OF_DEPLOYMENT, "\"restart\"");
    CHECK_INT(rig.status, 200);
    CHECK(doc_path(rig_object(DEPLOYMENT), "spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"));
    ask("POST", ONE "/resource/actions/v2",
        RUN("Deployment", "apps", "d", ",\"action\":\"scale\",\"resourceActionParameters\":[{\"name\":\"replicas\",\"value\":\"4\"}]"));
    CHECK_INT(rig.status, 200);
    CHECK_INT(doc_int(doc_path(rig_object(DEPLOYMENT), "spec", "replicas"), 0), 4);
}

TEST(actions_that_cannot_be_are_refused_in_upstreams_words)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *message;
    } rows[] = {
        {ONE "/resource/actions/v2", RUN("Deployment", "apps", "d", ",\"action\":\"fly\""), 500,
         "error getting Lua resource action: built-in script does not exist"},
        {ONE "/resource/actions/v2", RUN("Pod", "", "p", ",\"action\":\"fly\""), 500,
         "error getting Lua resource action: built-in script does not exist"},
        {ONE "/resource/actions/v2", RUN("Deployment", "apps", "d", ",\"action\":\"scale\""), 500,
         "error executing Lua resource action: invalid number: "},
        {ONE "/resource/actions/v2", RUN("ConfigMap", "", "nope", ",\"action\":\"paint\""), 400,
         "ConfigMap  nope not found as part of application guestbook"},
        {ONE "/resource/actions/v2", RUN("Pod", "", "q", ",\"action\":\"paint\""), 400,
         "Pod  q not found as part of application guestbook"}, /* it does not exist yet */
        {ONE "/resource/actions/v2", RUN("Deployment", "apps", "d", ""), 500, "required field \"action\" not set"},
        {ONE "/resource/actions" OF_DEPLOYMENT, "{\"action\":\"restart\"}", 400,
         "json: cannot unmarshal object into Go value of type string"},
    };
    rig_login();
    create_guestbook();
    rig_put_json(DEPLOYMENT, "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"namespace\":\"x\"}}");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *d = ask("POST", rows[i].path, rows[i].body);
        CHECKF(rig.status == rows[i].status && strstr(said(d), rows[i].message), "%s: %d %s", rows[i].body, rig.status, said(d));
    }
}

TEST(a_cron_job_makes_a_job)
{
    static const char cron[] = "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"c\",\"namespace\":\"x\"},"
                               "\"spec\":{\"jobTemplate\":{\"spec\":{\"backoffLimit\":2}}}}";
    rig_login();
    create_guestbook();
    rig_put_json("/apis/batch/v1/namespaces/x/cronjobs/c", cron);
    ask("POST", ONE "/resource/actions/v2", RUN("CronJob", "batch", "c", ",\"action\":\"create-job\""));
    CHECK_INT(rig.status, 200);
    int jobs = 0;
    map_each(it, rig.objects)
        jobs += starts_with(it.key, "/apis/batch/v1/namespaces/x/jobs/c-");
    CHECK_INT(jobs, 1);
}

TEST_MAIN
