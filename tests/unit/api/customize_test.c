/* resource.customizations of argocd-cm: which scripts and rules are for which kinds. */
#include "api/customize.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static void parse(struct arena *a, const char *cm, struct api_customize *out)
{
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of(cm), YAML_SIGS, NULL, &d));
    api_customize_parse(a, d, out);
}

static const char *script(const struct api_customize *c, const char *group, const char *kind)
{
    const struct api_health_script *s = api_customize_health(c, group, kind);
    return s ? s->text : "none";
}

TEST(scripts_are_found_by_kind)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct api_customize c;
    parse(a,
          "data:\n"
          "  resource.customizations: |\n"
          "    apps/Deployment: {health.lua: old}\n"
          "    example.com/Legacy: {health.lua: legacy, health.lua.useOpenLibs: true}\n"
          "  resource.customizations.health.apps_Deployment: new\n"
          "  resource.customizations.health.Pod: pod\n"
          "  resource.customizations.health.*.crossplane.io_*: cross\n"
          "  resource.customizations.useOpenLibs.Pod: 'true'\n"
          "  resource.customizations.health.x.crossplane.io_Exact: exact\n"
          "  resource.customizations.actions.apps_Deployment: ignored\n"
          "  resource.customizations.health.empty.io_Foo: ''\n",
          &c);
    CHECK_STR(script(&c, "apps", "Deployment"), "new");
    CHECK_STR(script(&c, "example.com", "Legacy"), "legacy");
    CHECK(api_customize_health(&c, "example.com", "Legacy")->open_libs);
    CHECK_STR(script(&c, "", "Pod"), "pod");
    CHECK(api_customize_health(&c, "", "Pod")->open_libs);
    CHECK_STR(script(&c, "x.crossplane.io", "Exact"), "exact");
    CHECK_STR(script(&c, "y.crossplane.io", "Other"), "cross");
    CHECK_STR(api_customize_health(&c, "y.crossplane.io", "Other")->key,
              "resource.customizations.health.*.crossplane.io_*");
    CHECK_STR(script(&c, "apps", "StatefulSet"), "none");
    CHECK_STR(script(&c, "empty.io", "Foo"), "none");
    CHECK_INT(doc_len(c.problems), 0);
}

TEST(rules_are_those_of_an_application)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct api_customize c;
    parse(a,
          "data:\n"
          "  resource.customizations.ignoreDifferences.all: |\n"
          "    managedFieldsManagers: [x]\n"
          "  resource.customizations.ignoreDifferences.apps_Deployment: |\n"
          "    jqPathExpressions: ['.spec.replicas']\n"
          "  resource.customizations.ignoreDifferences.ConfigMap: |\n"
          "    jsonPointers: [/data]\n",
          &c);
    CHECK_STR(json_text(a, c.ignore, JSON_SORTED),
              "[{\"group\":\"*\",\"kind\":\"*\",\"managedFieldsManagers\":[\"x\"]},"
              "{\"group\":\"apps\",\"jqPathExpressions\":[\".spec.replicas\"],\"kind\":\"Deployment\"},"
              "{\"group\":\"\",\"jsonPointers\":[\"/data\"],\"kind\":\"ConfigMap\"}]");
}

TEST(what_cannot_be_read_is_named_and_left_out)
{
    static const struct {
        const char *key, *value;
    } rows[] = {
        {"resource.customizations", "[1"},
        {"resource.customizations", "text"},
        {"resource.customizations.ignoreDifferences.apps_Deployment", "{"},
        {"resource.customizations.health", "x"},
        {"resource.customizations.health.", "x"},
        {"resource.customizations.health.a_b_c", "x"},
        {"resource.customizations.nosuch.apps_Deployment", "x"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_customize c;
        struct doc *cm = doc_new_map(a);
        doc_set_str(a, doc_set_map(a, cm, "data"), rows[i].key, rows[i].value);
        api_customize_parse(a, cm, &c);
        CHECKF(doc_len(c.problems) == 1 && strstr(doc_str(doc_at(c.problems, 0), ""), rows[i].key), "%s",
               rows[i].key);
        CHECK_INT(c.health_len, 0);
    }
    struct api_customize c;
    api_customize_parse(a, NULL, &c);
    CHECK_INT(doc_len(c.problems) + doc_len(c.ignore) + c.health_len, 0);
}

TEST_MAIN
