/* Rows whose verdict hangs on users' scripts: the last one stands until the answers are there, then all is as
 * they say. */
#include "compare/compare.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

/* Stands for the scripts: answers once it is `known`. */
struct rig {
    struct arena *a;
    struct compare *table;
    struct api_customize customize;
    bool known;
    const char *problem;
    struct health health;
    int asked;
};

static enum compare_scope scope(void *arg, const struct api_key *key)
{
    (void)arg, (void)key;
    return COMPARE_NAMESPACED;
}

static const struct doc *yaml(struct rig *r, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(r->a, span_of(text), YAML_SIGS, NULL, &d));
    return d;
}

#define ROW "/ConfigMap/ns/a"

static struct diff_jq jq(void *arg, const char *row, const char *expression, const struct doc *obj,
                         struct arena *a)
{
    struct rig *r = arg;
    (void)a;
    CHECK_STR(row, ROW);
    CHECK_STR(expression, ".data.v");
    CHECK_STR(api_kind(obj), "ConfigMap");
    r->asked++;
    if (!r->known)
        return (struct diff_jq){.pending = true};
    return (struct diff_jq){.paths = r->problem ? NULL : yaml(r, "[[data, v]]"), .problem = r->problem};
}

static bool health(void *arg, const char *row, const struct api_health_script *script, const struct doc *live,
                   struct arena *a, struct health_said *out)
{
    struct rig *r = arg;
    (void)script, (void)live, (void)a;
    CHECK_STR(row, ROW);
    *out = (struct health_said){r->health, ""};
    return r->known;
}

static void configure(struct rig *r, bool server_side)
{
    compare_configure(
        r->table,
        &(struct compare_config){.track = track_default,
                                 .instance = "app",
                                 .dest_ns = "ns",
                                 .rules.ignore = yaml(r, "[{kind: ConfigMap, jqPathExpressions: [.data.v]}]"),
                                 .customize = &r->customize,
                                 .cluster = {"https://kubernetes.default.svc", "in-cluster"},
                                 .server_side_diff = server_side});
}

static void setup(struct rig *r, bool server_side)
{
    *r = (struct rig){.a = arena_new("test"), .health = {HEALTH_DEGRADED, "bad", NULL}};
    api_customize_parse(r->a, yaml(r, "data: {resource.customizations.health.ConfigMap: lua}"),
                        &r->customize);
    r->table = compare_new(&(struct compare_ops){scope, r, jq, health});
    configure(r, server_side);
}

static void rig_release(struct rig *r)
{
    compare_free(r->table);
    arena_free(r->a);
}

#define CM(name, value) "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name "}, data: {v: " value "}}"
#define LIVE(name, value)                                                                                    \
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: " name                                               \
    ", namespace: ns, resourceVersion: '1', annotations: "                                                   \
    "{argocd.argoproj.io/tracking-id: 'app:/ConfigMap:ns/" name "'}}, data: {v: " value "}}"

static void pair(struct rig *r, const char *target, const char *live)
{
    const struct doc *d = yaml(r, live);
    struct api_key key = api_key_of(r->a, d);
    struct frozen *f = doc_freeze(d);
    compare_set_targets(r->table, yaml(r, target), r->a, doc_new_list(r->a));
    compare_set_live(r->table, &key, f);
    frozen_unref(f);
}

static const char *conditions(struct rig *r)
{
    struct doc *list = doc_new_list(r->a);
    compare_conditions(r->a, r->table, list);
    return json_text(r->a, list, JSON_SORTED);
}

TEST(a_verdict_waits_for_its_scripts)
{
    CLEANUP(rig_release) struct rig r;
    setup(&r, false);
    pair(&r, "[" CM("a", "x") "]", LIVE("a", "y"));
    CHECK(compare_waits_for_scripts(r.table));
    CHECK(!compare_answered(r.table, ROW)); /* another script of it has answered */
    CHECK(compare_waits_for_scripts(r.table));
    r.known = true;
    CHECK(compare_answered(r.table, ROW));
    CHECK(!compare_waits_for_scripts(r.table));
    CHECK_STR(compare_status_name(compare_sync_status(r.table)), "Synced");
    CHECK_STR(health_name(compare_health(r.table)), "Degraded");
    CHECK(!compare_answered(r.table, "/ConfigMap/ns/none"));

    r.known = false; /* the object changes: what was said stands */
    pair(&r, "[" CM("a", "x") "]", LIVE("a", "z"));
    CHECK(compare_waits_for_scripts(r.table));
    CHECK_STR(health_name(compare_health(r.table)), "Degraded");
    CHECK_STR(compare_status_name(compare_sync_status(r.table)), "Synced");
}

TEST(problems_of_scripts_are_conditions)
{
    CLEANUP(rig_release) struct rig r;
    setup(&r, false);
    r.known = true;
    r.problem = "stopped";
    r.health.problem = "no Lua";
    pair(&r, "[" CM("a", "x") "]", LIVE("a", "y"));
    CHECK_STR(compare_status_name(compare_sync_status(r.table)),
              "OutOfSync"); /* what could not be asked is not ignored */
    CHECK_STR(conditions(&r), "[{\"message\":\"no Lua\",\"type\":\"ComparisonError\"},"
                              "{\"message\":\"stopped\",\"type\":\"IgnoreDifferencesWarning\"}]");
    r.problem = r.health.problem = NULL;
    CHECK(compare_answered(r.table, ROW));
    CHECK_STR(conditions(&r), "[]");
}

TEST(an_answer_of_the_server_waits_with_the_row)
{
    CLEANUP(rig_release) struct rig r;
    setup(&r, true);
    pair(&r, "[" CM("a", "x") "]", LIVE("a", "y"));
    CHECK(compare_waits_for_server(r.table));
    CHECK_INT(r.asked, 0);
    struct api_key key = {"", "ConfigMap", "ns", "a"};
    CHECK(compare_server_answer(r.table, &key, "1", yaml(&r, LIVE("a", "x")), NULL));
    CHECK(!compare_waits_for_server(r.table) && compare_waits_for_scripts(r.table));
    r.known = true;
    compare_answered(r.table, ROW);
    CHECK(!compare_waits_for_server(r.table) && !compare_waits_for_scripts(r.table));
    CHECK_STR(compare_status_name(compare_sync_status(r.table)), "Synced");
}

TEST_MAIN
