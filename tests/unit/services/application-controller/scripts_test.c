/* Scripts in the box: answers, what is remembered, and how what misbehaves ends without stopping anything
 * else. */
#include "services/application-controller/scripts.h"

#include "base/str.h"
#include "doc/json.h"
#include "lib/test.h"

#include <stdlib.h>

struct rig {
    struct arena *a;
    struct loop *loop;
    struct scripts *scripts;
    struct str told; /* "app/row " of who was told */
};

static void on_answered(void *arg, const char *app, const char *row)
{
    struct rig *r = arg;
    str_printf(&r->told, "%s/%s ", app, row);
}

static void setup(struct rig *r, int64_t jq_ms, int64_t rest_ms)
{
    const char *bin = getenv("CAPSTAN_BIN");
    *r = (struct rig){.a = arena_new("test"), .loop = loop_new(NULL)};
    const char *program =
        arena_printf(r->a, "%s/capstan-application-controller-worker", bin ? bin : "build/debug/bin");
    char *real = realpath(program, NULL);
    CHECKF(real != NULL, "%s is not there", program);
    program = arena_strdup(r->a, real);
    free(real);
    r->scripts = scripts_new(r->loop, &(struct scripts_options){.program = program,
                                                                .threads = 2,
                                                                .jq_ms = jq_ms,
                                                                .rest_ms = rest_ms,
                                                                .answered = on_answered,
                                                                .arg = r});
}

static void teardown(struct rig *r)
{
    scripts_free(r->scripts);
    loop_free(r->loop);
    str_release(&r->told);
    arena_free(r->a);
}

static const struct doc *json(struct rig *r, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(r->a, span_of(text), NULL, &d));
    return d;
}

/* Asks until it is answered; "..." paths, a problem, or "none". */
static const char *jq(struct rig *r, const char *expression, const char *object)
{
    static const struct scripts_asker asker = {"argocd/app", "row", "default"};
    for (;;) {
        const struct diff_jq said = scripts_jq(r->scripts, &asker, expression, json(r, object), r->a);
        if (!said.pending)
            return said.paths ? json_text(r->a, said.paths, 0) : said.problem ? said.problem : "none";
        loop_run_once(r->loop);
    }
}

static struct health_said health(struct rig *r, const char *text, const char *object)
{
    static const struct scripts_asker asker = {"argocd/app", "row", "default"};
    const struct api_health_script script = {"resource.customizations.health.x_Foo", "x/Foo", text, false};
    struct health_said said;
    while (!scripts_health(r->scripts, &asker, &script, json(r, object), r->a, &said))
        loop_run_once(r->loop);
    return said;
}

#define FOO                                                                                                  \
    "{\"apiVersion\":\"x/v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"n\",\"namespace\":\"s\"},\"a\":1}"
#define OTHER                                                                                                \
    "{\"apiVersion\":\"x/v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"o\",\"namespace\":\"s\"},\"a\":2}"

TEST(an_answer_is_had_once)
{
    struct rig r;
    setup(&r, 5000, 0);
    CHECK_STR(jq(&r, ".a", FOO), "[[\"a\"]]");
    CHECK_STR(str_text(&r.told), "argocd/app/row ");
    CHECK_STR(jq(&r, ".a", FOO), "[[\"a\"]]");
    CHECK_INT(scripts_runs(r.scripts), 1);
    CHECK_STR(jq(&r, ".a", OTHER), "[[\"a\"]]");
    CHECK_INT(scripts_runs(r.scripts), 2);
    struct health_said said =
        health(&r, "return {status='Degraded', message=obj.metadata.name, deletionMessage='d'}", FOO);
    CHECK_INT(said.health.status, HEALTH_DEGRADED);
    CHECK_STR(said.health.message, "n");
    CHECK_STR(said.deletion_message, "d");
    said = health(&r, "return {status='Odd'}", FOO);
    CHECK_INT(said.health.status, HEALTH_UNKNOWN);
    CHECK_STR(said.health.message, "Lua returned an invalid health status");
    said = health(&r, "return {}", FOO);
    CHECK_INT(said.health.status, HEALTH_NONE);
    teardown(&r);
}

TEST(what_fails_on_an_object_is_passed_over_and_what_is_no_expression_is_named)
{
    struct rig r;
    setup(&r, 5000, 0);
    CHECK_STR(jq(&r, ".a[]", FOO), "none");
    CHECK_STR(jq(&r, ".a[]", FOO), "none");
    CHECK_INT(scripts_runs(r.scripts), 1);
    const char *problem = jq(&r, ".a[", FOO);
    CHECKF(strstr(problem, "ignoreDifferences of Foo") && strstr(problem, "'.a['"), "%s", problem);
    struct health_said said = health(&r, "this is not lua", FOO);
    CHECK_INT(said.health.status, HEALTH_UNKNOWN);
    CHECK_STR(said.health.message, "<string>:1: '=' expected near 'is'");
    CHECKF(strstr(said.health.problem, "health for \"Foo\" with name \"n\" in namespace \"s\"") &&
               strstr(said.health.problem, "'resource.customizations.health.x_Foo' in argocd-cm"),
           "%s", said.health.problem);
    teardown(&r);
}

TEST(jq_that_never_ends_is_ended_and_stops_nothing_else)
{
    static const char *const expressions[] = {"def f: f; f", "[range(1e12)]", "..|until(false; .)"};
    struct rig r;
    setup(&r, 50, 0);
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++) {
        const char *said = jq(&r, expressions[i], FOO);
        CHECKF(strstr(said, "is passed over: "), "%s: %s", expressions[i], said);
    }
    uint64_t runs = scripts_runs(r.scripts);
    CHECK(strstr(jq(&r, expressions[0], OTHER),
                 "is passed over: ")); /* it rests: not tried on another object */
    CHECK_INT(scripts_runs(r.scripts), runs);
    CHECK_STR(jq(&r, ".a", FOO), "[[\"a\"]]");
    teardown(&r);
}

TEST(the_box_shows_nothing_of_the_machine_and_tells_the_time)
{
    static const char *const expressions[] = {"select(env.HOME == null and $ENV.PATH == null) | .a",
                                              "select((now | localtime | mktime) > 0) | .a",
                                              "select((now | strflocaltime(\"%Y\")) > \"2000\") | .a",
                                              "select(input_filename == null) | .a"};
    struct rig r;
    setup(&r, 5000, 0);
    for (size_t i = 0; i < ARRAY_LEN(expressions); i++)
        CHECK_STR(jq(&r, expressions[i], FOO), "[[\"a\"]]");
    struct health_said said = health(&r, "return {status='Healthy', message=os.date('%Y', 0) .. type(os.time())}", FOO);
    CHECK_STR(said.health.message, "1970number");
    teardown(&r);
}

TEST(lua_that_never_ends_rests_and_is_tried_again)
{
    static const char *const scripts[] = {"while true do end",
                                          "local t = {} while true do t[#t + 1] = {} end"};
    struct rig r;
    setup(&r, 5000, 100);
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct health_said said = health(&r, scripts[i], FOO);
        CHECK_INT(said.health.status, HEALTH_UNKNOWN);
        CHECKF(strstr(said.health.message, "the script "), "%s", said.health.message);
        str_clear(&r.told);
        uint64_t runs = scripts_runs(r.scripts);
        health(&r, scripts[i], FOO);
        health(&r, scripts[i], OTHER);
        CHECK_INT(scripts_runs(r.scripts), runs);
        while (!r.told.len)
            loop_run_once(r.loop);
        CHECK_STR(str_text(&r.told), "argocd/app/row ");
    }
    CHECK_INT(health(&r, "return {status='Healthy'}", FOO).health.status, HEALTH_HEALTHY);
    teardown(&r);
}

TEST(a_pattern_that_takes_for_ever_ends_with_its_worker)
{
    struct rig r;
    setup(&r, 5000, 0);
    static const struct scripts_asker asker = {"", "id", ""};
    const struct api_health_script script = {"k", "x/Foo",
                                             "return {status=('a'):rep(200):find('.-.-.-.-.-.-b')}", true};
    struct health_said said;
    while (!scripts_health(r.scripts, &asker, &script, json(&r, FOO), r.a, &said))
        loop_run_once(r.loop);
    CHECK_STR(said.health.message, "the script ran longer than 1000 ms");
    CHECK_STR(str_text(&r.told), "/id ");
    teardown(&r);
}

TEST_MAIN
