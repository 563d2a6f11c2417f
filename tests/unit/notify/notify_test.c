/* notify: what is due, what is remembered, what is sent. */
#include "notify/notify.h"

#include "api/object.h"
#include "base/vec.h"
#include "doc/json.h"
#include "lib/test.h"

#define NOW_MS 1764077000000 /* 2025-11-25T13:23:20Z */

static struct arena *a;
static struct notify_config *config;
static struct notify_plan plan;

static const struct doc *doc(const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

static void begin(const char *config_data)
{
    a = arena_new("test");
    config = notify_config_new(doc(arena_printf(a, "{\"data\":%s}", config_data)),
                               doc("{\"data\":{\"slack-token\":\"eG94Yi0xCg==\",\"hook\":\"czNjcmV0\"}}"));
}

static void begin_usual(void)
{
    begin("{\"service.webhook.hook\":\"url: http://x/h\",\"service.slack\":\"token: $slack-token\"}");
}

static void end(void)
{
    notify_config_free(config);
    arena_free(a);
}

/* An application with these annotations and this status. */
static const struct doc *app(const char *annotations, const char *status)
{
    return doc(arena_printf(a,
                            "{\"metadata\":{\"name\":\"guestbook\",\"namespace\":\"argocd\",\"uid\":\"u-1\","
                            "\"creationTimestamp\":\"2025-11-25T13:00:00Z\",\"annotations\":{%s}},"
                            "\"spec\":{\"project\":\"p\",\"source\":{\"repoURL\":\"https://git/x\"}},"
                            "\"status\":{%s}}",
                            annotations, status));
}

#define SUBSCRIBE(trigger, service, to)                                                                      \
    "\"notifications.argoproj.io/subscribe." trigger "." service "\":\"" to "\""
#define OPERATION(phase, finished, revision)                                                                 \
    "\"reconciledAt\":\"2025-11-25T14:00:00Z\",\"operationState\":{\"phase\":\"" phase                       \
    "\",\"message\":\"m\",\"finishedAt\":\"" finished "\",\"syncResult\":{\"revision\":\"" revision "\"}}"

static void evaluate_with(const struct doc *application, const struct doc *project,
                          const struct notify_done *done, size_t n)
{
    struct notify_input in = {.app = application,
                              .project = project,
                              .config = config,
                              .done = done,
                              .done_len = n,
                              .now_ms = NOW_MS};
    notify_plan(a, &in, &plan);
}

static void evaluate(const struct doc *application)
{
    evaluate_with(application, NULL, NULL, 0);
}

/* The application as it stands once everything that is due was told. */
static const struct doc *told(const struct doc *application)
{
    VEC(struct notify_done) done = {0};
    for (size_t i = 0; i < plan.due_len; i++)
        vec_push(&done, plan.due[i].done);
    evaluate_with(application, NULL, done.at, done.len);
    CHECK_INT(plan.due_len, 0);
    CHECK(plan.changed);
    vec_release(&done);
    return plan.marks ? api_with_annotation(a, application, NOTIFY_ANNOTATION, plan.marks) : application;
}

static const char *remark(const struct notify_remarks *r, const char *part)
{
    for (size_t i = 0; i < r->len; i++)
        if (strstr(r->at[i], part))
            return r->at[i];
    return NULL;
}

TEST(each_trigger_holds_when_its_condition_does)
{
    static const struct {
        const char *trigger, *status;
        bool due;
    } rows[] = {
        {"on-created", "", true},
        {"on-deployed",
         OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"}", true},
        {"on-deployed",
         OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Progressing\"}",
         false},
        {"on-deployed",
         OPERATION("Failed", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"}", false},
        {"on-sync-succeeded", OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc"), true},
        {"on-sync-succeeded", OPERATION("Failed", "2025-11-25T13:20:00Z", "abc"), false},
        {"on-sync-succeeded", "", false},
        {"on-sync-failed", OPERATION("Failed", "2025-11-25T13:20:00Z", "abc"), true},
        {"on-sync-failed", OPERATION("Error", "2025-11-25T13:20:00Z", "abc"), true},
        {"on-sync-failed", "\"operationState\":{\"phase\":\"Running\"}", false},
        {"on-health-degraded", "\"health\":{\"status\":\"Degraded\"}", true},
        {"on-health-degraded", "\"health\":{\"status\":\"Missing\"}", false},
        {"on-sync-status-unknown", "\"sync\":{\"status\":\"Unknown\"}", true},
        {"on-sync-status-unknown", "\"sync\":{\"status\":\"OutOfSync\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin_usual();
        const char *key =
            arena_printf(a, "\"notifications.argoproj.io/subscribe.%s.hook\":\"\"", rows[i].trigger);
        evaluate(app(key, rows[i].status));
        CHECKF(plan.due_len == (rows[i].due ? 1 : 0), "row %zu: %zu due", i, plan.due_len);
        CHECK(!plan.changed);
        if (plan.due_len)
            CHECK_STR(plan.due[0].trigger, rows[i].trigger);
        end();
    }
}

TEST(marks_are_in_the_form_of_argo_cd)
{
    begin_usual();
    const struct doc *d =
        app(SUBSCRIBE("on-deployed", "slack", "my-channel"),
            OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"}");
    evaluate(d);
    CHECK_INT(plan.due_len, 1);
    /* printf '%s' "<when>" | sha1sum | xxd -r -p | base64url */
    CHECK_STR(plan.due[0].done.mark, "abc:on-deployed:[0].Yv81TUs0gmPTEyk-v8Lb6ZKEo0g:slack:my-channel");
    CHECK_INT(plan.due[0].done.unix_s, NOW_MS / 1000);
    told(d);
    CHECK_STR(plan.marks,
              "{\"abc:on-deployed:[0].Yv81TUs0gmPTEyk-v8Lb6ZKEo0g:slack:my-channel\":1764077000}");
    end();
}

TEST(what_was_told_is_not_told_again_and_a_new_value_is)
{
    static const struct {
        const char *trigger, *status, *next;
    } rows[] = {
        {"on-deployed",
         OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"}",
         OPERATION("Succeeded", "2025-11-25T13:21:00Z", "def") ",\"health\":{\"status\":\"Healthy\"}"},
        {"on-sync-succeeded", OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc"),
         OPERATION("Succeeded", "2025-11-25T13:21:00Z", "abc")},
        {"on-sync-failed", OPERATION("Failed", "2025-11-25T13:20:00Z", "abc"),
         OPERATION("Error", "2025-11-25T13:20:01Z", "abc")},
        {"on-health-degraded",
         "\"health\":{\"status\":\"Degraded\",\"lastTransitionTime\":\"2025-11-25T13:20:00Z\"}",
         "\"health\":{\"status\":\"Degraded\",\"lastTransitionTime\":\"2025-11-25T13:22:00Z\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin_usual();
        const char *key =
            arena_printf(a, "\"notifications.argoproj.io/subscribe.%s.hook\":\"\"", rows[i].trigger);
        const struct doc *first = app(key, rows[i].status);
        evaluate(first);
        CHECK_INT(plan.due_len, 1);
        const char *first_key = plan.due[0].key;
        first = told(first);
        evaluate(first);
        CHECK_INT(plan.due_len, 0);
        CHECK(!plan.changed);
        const char *marks = api_annotation(first, NOTIFY_ANNOTATION);
        const struct doc *next = api_with_annotation(a, app(key, rows[i].next), NOTIFY_ANNOTATION, marks);
        evaluate(next);
        CHECKF(plan.due_len == 1, "row %zu", i);
        CHECK(!streq(plan.due[0].key, first_key));
        end();
    }
}

TEST(a_revision_that_was_told_long_ago_is_not_told_again)
{
    begin_usual();
    const char *one =
        OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"}";
    const char *two =
        OPERATION("Succeeded", "2025-11-25T13:21:00Z", "def") ",\"health\":{\"status\":\"Healthy\"}";
    const struct doc *d = app(SUBSCRIBE("on-deployed", "hook", ""), one);
    evaluate(d);
    d = told(d);
    d = api_with_annotation(a, app(SUBSCRIBE("on-deployed", "hook", ""), two), NOTIFY_ANNOTATION,
                            api_annotation(d, NOTIFY_ANNOTATION));
    evaluate(d);
    d = told(d);
    d = api_with_annotation(a, app(SUBSCRIBE("on-deployed", "hook", ""), one), NOTIFY_ANNOTATION,
                            api_annotation(d, NOTIFY_ANNOTATION));
    evaluate(d);
    CHECK_INT(plan.due_len, 0);
    end();
}

TEST(a_mark_of_argo_cd_made_after_the_moment_counts_under_any_value)
{
    static const struct {
        const char *mark;
        size_t due;
    } rows[] = {
        {"", 0},
        {"abc:", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin_usual();
        const struct doc *d = app(SUBSCRIBE("on-sync-succeeded", "hook", ""),
                                  OPERATION("Succeeded", "2025-11-25T13:20:00Z", "abc"));
        evaluate(d);
        const char *mark = plan.due[0].done.mark;
        const char *after = arena_printf(a, "{\"%s%s\":1764076815}", rows[i].mark, mark);
        const char *before = arena_printf(a, "{\"%s%s\":1764076799}", rows[i].mark, mark);
        evaluate(api_with_annotation(a, d, NOTIFY_ANNOTATION, after));
        CHECK_INT(plan.due_len, 0);
        evaluate(api_with_annotation(a, d, NOTIFY_ANNOTATION, before));
        CHECK_INT(plan.due_len, 1);
        end();
    }
}

TEST(an_unknown_status_is_told_once_until_it_is_known_again)
{
    begin_usual();
    const struct doc *d =
        app(SUBSCRIBE("on-sync-status-unknown", "hook", ""),
            "\"sync\":{\"status\":\"Unknown\"},\"conditions\":[{\"type\":\"ComparisonError\","
            "\"message\":\"no such path\",\"lastTransitionTime\":\"2025-11-25T13:20:00Z\"}]");
    evaluate(d);
    CHECK_STR(plan.due[0].message, "The sync status of application guestbook is not known: no such path");
    CHECK_STR(doc_str(doc_get(plan.due[0].body, "time"), ""), "2025-11-25T13:20:00Z");
    d = told(d);
    evaluate(d);
    CHECK_INT(plan.due_len, 0);
    d = api_with_annotation(
        a, app(SUBSCRIBE("on-sync-status-unknown", "hook", ""), "\"sync\":{\"status\":\"Synced\"}"),
        NOTIFY_ANNOTATION, api_annotation(d, NOTIFY_ANNOTATION));
    evaluate(d);
    CHECK_INT(plan.due_len, 0);
    CHECK(plan.changed);
    CHECK(plan.marks == NULL);
    end();
}

TEST(nothing_is_due_before_the_status_is_refreshed)
{
    begin_usual();
    evaluate(app(SUBSCRIBE("on-sync-succeeded", "hook", ""),
                 "\"reconciledAt\":\"2025-11-25T13:19:59Z\",\"operationState\":{\"phase\":\"Succeeded\","
                 "\"finishedAt\":\"2025-11-25T13:20:00Z\"}"));
    CHECK_INT(plan.due_len, 0);
    evaluate(app(SUBSCRIBE("on-sync-succeeded", "hook", ""),
                 "\"reconciledAt\":\"2025-11-25T13:19:59Z\",\"observedAt\":\"2025-11-25T13:20:00Z\","
                 "\"operationState\":{\"phase\":\"Succeeded\",\"finishedAt\":\"2025-11-25T13:20:00Z\"}"));
    CHECK_INT(plan.due_len, 1);
    end();
}

TEST(the_body_says_it_all)
{
    begin_usual();
    evaluate(app(SUBSCRIBE("on-sync-failed", "hook", "r"),
                 OPERATION("Failed", "2025-11-25T13:20:00Z", "abc") ",\"health\":{\"status\":\"Healthy\"},"
                                                                    "\"sync\":{\"status\":\"OutOfSync\"}"));
    const struct notify_delivery *d = &plan.due[0];
    CHECK_STR(json_text(a, d->body, 0),
              arena_printf(
                  a,
                  "{\"trigger\":\"on-sync-failed\",\"app\":{\"name\":\"guestbook\",\"namespace\":\"argocd\","
                  "\"project\":\"p\"},\"revision\":\"abc\",\"phase\":\"Failed\",\"sync\":\"OutOfSync\","
                  "\"health\":\"Healthy\",\"message\":\"The sync of application guestbook failed: m\","
                  "\"repoURL\":\"https://git/x\",\"time\":\"2025-11-25T13:20:00Z\","
                  "\"idempotencyKey\":\"%s\"}",
                  d->key));
    CHECK_INT(strlen(d->key), 32);
    end();
}

TEST(every_form_of_subscription_is_read_once)
{
    static const struct {
        const char *annotations;
        const char *to; /* "trigger service recipient" lines */
    } rows[] = {
        {SUBSCRIBE("on-created", "slack", "a; b ;;a"), "on-created slack a\non-created slack b\n"},
        {SUBSCRIBE("on-created", "hook", ""), "on-created hook \n"},
        {"\"notifications.argoproj.io/subscribe.slack\":\"c\"", "on-created slack c\n"},
        {"\"notifications.argoproj.io/subscriptions\":\"[{trigger: [on-created], destinations: [{service: "
         "slack, "
         "recipients: [x, z]}, {service: hook}]}]\"",
         "on-created slack x\non-created slack z\non-created hook \n"},
        {"\"on-created.recipients.argocd-notifications.argoproj.io\":\"slack:q,hook\"",
         "on-created slack q\non-created hook \n"},
        {"\"recipients.argocd-notifications.argoproj.io\":\"slack:q:ignored\"", "on-created slack q\n"},
        {"\"notifications.argoproj.io/subscriptions\":\"{\"", ""},
        {"\"notifications.argoproj.io/subscriptions\":\"\"", ""},
        {"\"other\":\"x\"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin("{\"service.webhook.hook\":\"url: http://x/h\",\"service.slack\":\"token: $slack-token\","
              "\"defaultTriggers\":\"[on-created]\"}");
        evaluate(app(rows[i].annotations, ""));
        CLEANUP(str_release) struct str got = {0};
        for (size_t j = 0; j < plan.due_len; j++)
            str_printf(&got, "%s %s %s\n", plan.due[j].trigger, plan.due[j].service, plan.due[j].recipient);
        CHECK_STR(str_text(&got), rows[i].to);
        end();
    }
}

TEST(a_product_of_subscriptions_ends_early)
{
    begin_usual();
    CLEANUP(str_release) struct str text = {0};
    str_add(&text, "\"notifications.argoproj.io/subscriptions\":\"[{trigger: [");
    for (int i = 0; i < 3000; i++)
        str_add(&text, "on-created,");
    str_add(&text, "on-created], destinations: [{service: hook, recipients: [");
    for (int i = 0; i < 3000; i++)
        str_printf(&text, "r%d,", i);
    str_add(&text, "r]}]}]\"");
    evaluate(app(str_text(&text), ""));
    CHECK_INT(plan.due_len, NOTIFY_DESTINATIONS_MAX);
    CHECK_INT(plan.remarks.len, 1);
    CHECK(remark(&plan.remarks, "more than 500 subscriptions"));
    end();
}

TEST(a_project_subscribes_for_its_applications)
{
    begin_usual();
    const struct doc *project =
        doc("{\"metadata\":{\"name\":\"p\",\"annotations\":{" SUBSCRIBE("on-created", "hook", "") "}}}");
    evaluate_with(app("", ""), project, NULL, 0);
    CHECK_INT(plan.due_len, 1);
    evaluate_with(app(SUBSCRIBE("on-created", "hook", ""), ""), project, NULL, 0);
    CHECK_INT(plan.due_len, 1);
    end();
}

TEST(what_has_no_effect_is_said)
{
    begin("{\"service.webhook.hook\":\"url: http://x/h\",\"service.email\":\"host: x\",\"template.a\":\"x\","
          "\"trigger.on-created\":\"x\",\"subscriptions\":\"- recipients: []\",\"service.slack\":\"token: "
          "$nope\","
          "\"service.webhook.bad\":\"url: ftp://$hook\",\"service.webhook.list\":\"[]\","
          "\"service.webhook.odd\":\"{url: 'http://x', retryWaitMin: soon}\"}");
    const struct notify_remarks *r = notify_config_remarks(config);
    CHECK(remark(r, "service.email: services of type 'email' are not served yet"));
    CHECK(remark(r, "template.a: templates are not used yet"));
    CHECK(remark(r, "trigger.on-created: own triggers are not evaluated yet"));
    CHECK(remark(r, "subscriptions: those of the ConfigMap are not served yet"));
    CHECK(remark(r, "service.slack: token is not there"));
    CHECK(remark(r, "service.webhook.bad: url is not http:// or https://"));
    CHECK(remark(r, "service.webhook.list is not a YAML object"));
    CHECK(remark(r, "service.webhook.odd: retryWaitMin is no duration"));
    CHECK(!remark(r, "s3cret"));
    CHECK(notify_config_service(config, "hook") != NULL);
    CHECK(notify_config_service(config, "bad") == NULL);
    evaluate(app(SUBSCRIBE("on-moon", "hook", "") "," SUBSCRIBE(
                     "on-created", "pager",
                     "") ","
                         "\"notifications.argoproj.io/subscribe.hook\":\"\",\"" NOTIFY_ANNOTATION "\":\"[\"",
                 ""));
    CHECK(remark(&plan.remarks, "application guestbook subscribes to 'on-moon', which is no trigger"));
    CHECK(remark(&plan.remarks, "service 'pager', which is not configured"));
    CHECK(remark(&plan.remarks, "without a trigger, and there is no defaultTriggers"));
    CHECK(remark(&plan.remarks, NOTIFY_ANNOTATION " is broken"));
    end();
}

TEST(old_marks_make_room_and_live_ones_stay)
{
    begin_usual();
    CLEANUP(str_release) struct str marks = {0};
    str_char(&marks, '{');
    for (int i = 0; i < 150; i++)
        str_printf(&marks, "%s\"r%d:on-deployed:[0].x:hook:\":%d", i ? "," : "", i, 1000 + i);
    const struct doc *d = app(SUBSCRIBE("on-created", "hook", ""), "");
    evaluate(d);
    str_printf(&marks, ",\"%s\":1}", plan.due[0].done.mark);
    evaluate(api_with_annotation(a, d, NOTIFY_ANNOTATION, str_text(&marks)));
    CHECK_INT(plan.due_len, 0);
    CHECK(plan.changed);
    const struct doc *left = doc(plan.marks);
    CHECK_INT(doc_len(left), NOTIFY_MARKS_MAX);
    CHECK(doc_get(left, "r149:on-deployed:[0].x:hook:") != NULL);
    CHECK(doc_get(left, "r50:on-deployed:[0].x:hook:") == NULL);
    end();
}

static const char *header(const struct notify_request *r, const char *name)
{
    struct net_pairs pairs = {.at = r->headers, .len = r->headers_len};
    return net_pairs_get(&pairs, name);
}

TEST(requests_carry_what_their_service_wants)
{
    begin("{\"service.webhook.hook\":\"{url: 'http://x/h', headers: [{name: X-Token, value: 'a $hook b'}], "
          "basicAuth: {username: me, password: $hook}, retryMax: 5, retryWaitMin: 2s}\","
          "\"service.slack\":\"{token: $slack-token, username: capstan, icon: ':ship:', apiURL: "
          "'http://s/api/'}\","
          "\"service.slack.room\":\"{webhookURL: 'http://s/T/$hook'}\"}");
    struct notify_request r;
    const struct notify_service *s = notify_config_service(config, "hook");
    notify_request(a, s, &(struct notify_news){"k1", "", "hello", "{}"}, &r);
    CHECK_STR(r.url, "http://x/h");
    CHECK_STR(r.body, "{}");
    CHECK_STR(header(&r, "X-Token"), "a s3cret b");
    CHECK_STR(header(&r, "Idempotency-Key"), "k1");
    CHECK_STR(header(&r, "Content-Type"), "application/json");
    CHECK_STR(header(&r, "Authorization"), "Basic bWU6czNjcmV0");
    CHECK_INT(s->tries, 6);
    CHECK_INT(s->wait_ms, 2000);
    s = notify_config_service(config, "slack");
    notify_request(a, s, &(struct notify_news){"k2", "#ops", "hello", "{}"}, &r);
    CHECK_STR(r.url, "http://s/api/chat.postMessage");
    CHECK_STR(header(&r, "Authorization"), "Bearer xoxb-1");
    CHECK_STR(r.body,
              "{\"channel\":\"#ops\",\"text\":\"hello\",\"username\":\"capstan\",\"icon_emoji\":\":ship:\"}");
    s = notify_config_service(config, "room");
    notify_request(a, s, &(struct notify_news){"k3", "", "hello", "{}"}, &r);
    CHECK_STR(r.url, "http://s/T/s3cret");
    CHECK_STR(r.body, "{\"text\":\"hello\"}");
    CHECK(header(&r, "Authorization") == NULL);
    end();
}

TEST(responses_are_told_apart)
{
    static const struct {
        const char *service;
        int status;
        const char *body;
        enum notify_verdict want;
    } rows[] = {
        {"hook", 200, "", NOTIFY_TOLD},
        {"hook", 204, "", NOTIFY_TOLD},
        {"hook", 301, "", NOTIFY_REFUSED},
        {"hook", 404, "", NOTIFY_REFUSED},
        {"hook", 408, "", NOTIFY_AGAIN},
        {"hook", 429, "", NOTIFY_AGAIN},
        {"hook", 503, "", NOTIFY_AGAIN},
        {"slack", 200, "{\"ok\":true}", NOTIFY_TOLD},
        {"slack", 200, "{\"ok\":false,\"error\":\"channel_not_found\"}", NOTIFY_REFUSED},
        {"slack", 200, "{\"ok\":false,\"error\":\"ratelimited\"}", NOTIFY_AGAIN},
        {"slack", 200, "<html>", NOTIFY_AGAIN},
        {"slack", 500, "", NOTIFY_AGAIN},
    };
    begin_usual();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *why = NULL;
        const struct notify_service *s = notify_config_service(config, rows[i].service);
        enum notify_verdict got = notify_verdict(a, s, rows[i].status, span_of(rows[i].body), &why);
        CHECKF(got == rows[i].want, "row %zu: %d", i, got);
        CHECKF((why != NULL) == (got != NOTIFY_TOLD), "row %zu says '%s'", i, why ? why : "nothing");
    }
    end();
}

TEST_MAIN
