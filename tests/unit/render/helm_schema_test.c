/* values.schema.json: which charts are checked against what, and how Helm says what is wrong. */
#include "unit/render/rig.h"

static const char *render(struct arena *a, const struct rig_file *files, bool skip,
                          const struct doc **warnings)
{
    struct rig_tree t = {.tree = {&rig_ops}, .files = files};
    struct call call;
    struct helm_cache *cache = helm_cache_new(0);
    struct helm_output out;
    call_init(&call);
    struct helm_request rq = {.call = &call, .skip_schema = skip};
    struct err *bad = helm_render(cache, &t.tree, "", &rq, a, &out);
    const char *said = bad ? arena_strdup(a, bad->msg) : "ok";
    *warnings = out.warnings;
    err_free(bad);
    helm_cache_free(cache);
    return said;
}

#define CHART "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
#define SUB "apiVersion: v2\nname: sub\nversion: 1.0.0\n"
#define WRONG "values don't meet the specifications of the schema(s) in the following chart(s):\n"

TEST(schemas_of_chart_and_children_are_checked)
{
    static const struct rig_file files[] = {
        {.path = "Chart.yaml", .text = CHART},
        {.path = "values.yaml", .text = "replicas: many\nsub: {port: 70000}\n"},
        {.path = "values.schema.json",
         .text = "{\"properties\":{\"replicas\":{\"type\":\"integer\"},\"sub\":{\"properties\":{\"global\":{"
                 "\"type\":\"object\"}}}}}"},
        {.path = "charts/sub/Chart.yaml", .text = SUB},
        {.path = "charts/sub/values.schema.json",
         .text = "{\"$schema\":\"http://json-schema.org/draft-07/"
                 "schema#\",\"properties\":{\"port\":{\"maximum\":65535},\"host\":{}},"
                 "\"required\":[\"host\"]}"},
        {0},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *warnings;
    CHECK_STR(render(a, files, false, &warnings), WRONG
              "shop:\n- at '/replicas': got string, want integer\nsub:\n- at '': missing property 'host'\n"
              "- at '/port': maximum: got 70,000, want 65,535\n");
    CHECK_STR(render(a, files, true, &warnings), "ok");
}

TEST(schemas_that_cannot_be_used_are_said)
{
    static const struct {
        const char *schema, *say;
    } rows[] = {
        {"{\"type\":\"objekt\"}", "shop:\n\"file:///values.schema.json#\" is not valid against metaschema: "},
        {"{\"$ref\":\"https://example.org/x.json\"}",
         "shop:\nfailing loading \"https://example.org/x.json\": schemas are not fetched from the network"},
        {"{\"$ref\":\"x.json\"}", "shop:\nfailing loading \"file:///x.json\": a schema is read from its own "
                                  "chart's values.schema.json only"},
        {"{\"$ref\":\"#/definitions/x\"}",
         "shop:\njson-pointer in \"file:///values.schema.json#/definitions/x\" not found"},
        {"{", "shop:\nline 1, column 2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const struct doc *warnings;
        struct rig_file files[] = {{.path = "Chart.yaml", .text = CHART},
                                   {.path = "values.schema.json", .text = rows[i].schema},
                                   {0}};
        const char *got = render(a, files, false, &warnings),
                   *want = arena_printf(a, WRONG "%s", rows[i].say);
        CHECKF(starts_with(got, want), "got %s\nwant %s", got, want);
    }
}

TEST(references_by_urn_are_open_and_said)
{
    static const struct rig_file files[] = {
        {.path = "Chart.yaml", .text = CHART},
        {.path = "values.schema.json", .text = "{\"properties\":{\"a\":{\"$ref\":\"urn:example:a\"}}}"},
        {0},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *warnings;
    CHECK_STR(render(a, files, false, &warnings), "ok");
    CHECK_STR(doc_str(doc_at(warnings, 0), ""),
              "unresolved URN reference ignored; using permissive schema urn=urn:example:a");
}

TEST_MAIN
