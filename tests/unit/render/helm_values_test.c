/* Coalescing (specs/helm.md §4.7) and dependencies (§4.6), seen by a template that prints all values. */
#include "unit/render/rig.h"

#define PARENT "apiVersion: v2\nname: p\nversion: 1.0.0\n"
#define CHILD "apiVersion: v2\nname: sub\nversion: 0.1.0\n"
#define ALL "{{ toJson .Values }}"

static const char *line_of(struct arena *a, const char *text, const char *source)
{
    const char *at = strstr(text, arena_printf(a, "# Source: %s\n", source));
    if (!at)
        return strncmp(text, "error", 5) == 0 ? text : "absent";
    at = strchr(at, '\n') + 1;
    return arena_strndup(a, at, strcspn(at, "\n"));
}

struct row {
    const char *defaults, *sub_defaults, *user; /* YAML */
    const char *parent, *sub;                   /* what each prints */
};

static void run(const char *chart, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct rig_file files[] = {{"Chart.yaml", chart, NULL},
                                   {"values.yaml", rows[i].defaults, NULL},
                                   {"templates/t.yaml", ALL, NULL},
                                   {"charts/sub/Chart.yaml", CHILD, NULL},
                                   {"charts/sub/values.yaml", rows[i].sub_defaults, NULL},
                                   {"charts/sub/templates/t.yaml", ALL, NULL},
                                   {NULL, NULL, NULL}};
        struct helm_values_file file = {"values.yaml", span_of(rows[i].user)};
        struct helm_request rq = {.release = "r", .files = &file, .files_len = 1};
        const char *text = rig_render(a, files, "", &rq);
        CHECK_STR(line_of(a, text, "p/templates/t.yaml"), rows[i].parent);
        CHECK_STR(line_of(a, text, "p/charts/sub/templates/t.yaml"), rows[i].sub);
    }
}

TEST(defaults_under_what_the_user_gave)
{
    static const struct row rows[] = {
        {"a: 1\nb: {x: 1, w: 2}\n", "k: v\n", "b: {w: 3}\n",
         "{\"a\":1,\"b\":{\"w\":3,\"x\":1},\"sub\":{\"global\":{},\"k\":\"v\"}}",
         "{\"global\":{},\"k\":\"v\"}"},
        /* null takes a default away; a null that names no default stays */
        {"a: 1\nb: {x: 1}\n", "", "a: null\nb: {x: null, z: null}\nc: null\n",
         "{\"b\":{\"z\":null},\"c\":null,\"sub\":{\"global\":{}}}", "{\"global\":{}}"},
        /* defaults that are null are no keys */
        {"a: null\nb: {x: null, w: 1}\n", "k: null\n", "", "{\"b\":{\"w\":1},\"sub\":{\"global\":{}}}",
         "{\"global\":{}}"},
        /* lists are replaced */
        {"a: [1, 2]\n", "", "a: [3]\n", "{\"a\":[3],\"sub\":{\"global\":{}}}", "{\"global\":{}}"},
        /* a scalar over a table, and a table over a scalar: the user's stays */
        {"a: {x: 1}\nb: 1\n", "", "a: 2\nb: {w: 1}\n", "{\"a\":2,\"b\":{\"w\":1},\"sub\":{\"global\":{}}}",
         "{\"global\":{}}"},
        /* all numbers are floats, and words are booleans */
        {"a: 1000000\nb: yes\nc: 0755\n", "", "",
         "{\"a\":1000000,\"b\":true,\"c\":493,\"sub\":{\"global\":{}}}", "{\"global\":{}}"},
    };
    run(PARENT, rows, ARRAY_LEN(rows));
}

TEST(children_and_globals)
{
    static const struct row rows[] = {
        /* the parent's defaults for the child beat the child's own; the user's beat both */
        {"sub: {k: parent, m: 1}\n", "k: own\nm: 0\nz: 0\n", "sub: {m: 2}\n",
         "{\"sub\":{\"global\":{},\"k\":\"parent\",\"m\":2,\"z\":0}}",
         "{\"global\":{},\"k\":\"parent\",\"m\":2,\"z\":0}"},
        /* a parent nulls a child's default only where the user gives something for the child too */
        {"sub: {k: null}\n", "k: own\nz: 1\n", "sub: {}\n", "{\"sub\":{\"global\":{},\"z\":1}}",
         "{\"global\":{},\"z\":1}"},
        {"sub: {k: null}\n", "k: own\n", "", "{\"sub\":{\"global\":{},\"k\":\"own\"}}",
         "{\"global\":{},\"k\":\"own\"}"},
        {"", "k: own\n", "sub: {k: null}\n", "{\"sub\":{\"global\":{}}}", "{\"global\":{}}"},
        {"global: {g: 1, t: {a: 1}}\n", "global: {g: 2, t: {a: 2, b: 2}, own: 1}\n", "",
         "{\"global\":{\"g\":1,\"t\":{\"a\":1}},\"sub\":{\"global\":{\"g\":1,\"own\":1,\"t\":{\"a\":1,\"b\":"
         "2}}}}",
         "{\"global\":{\"g\":1,\"own\":1,\"t\":{\"a\":1,\"b\":2}}}"},
        {"sub: text\n", "", "", "error: type mismatch on sub: %!t(string=text)",
         "error: type mismatch on sub: %!t(string=text)"},
    };
    run(PARENT, rows, ARRAY_LEN(rows));
}

TEST(conditions_and_tags)
{
#define DEP(more) PARENT "dependencies:\n- name: sub\n  version: ^0.1.0\n" more
    static const struct row on[] = {
        {"", "k: 1\n", "", "{\"sub\":{\"global\":{},\"k\":1}}", "{\"global\":{},\"k\":1}"}};
    static const struct row off[] = {
        {"sub: {enabled: false}\n", "k: 1\n", "", "{\"sub\":{\"enabled\":false}}", "absent"},
        {"sub: {enabled: true}\n", "k: 1\n", "sub: {enabled: false}\n", "{\"sub\":{\"enabled\":false}}",
         "absent"},
    };
    static const struct row tags[] = {
        {"tags: {front: false}\n", "k: 1\n", "", "{\"tags\":{\"front\":false}}", "absent"},
        {"tags: {front: false, back: true}\n", "k: 1\n", "",
         "{\"sub\":{\"global\":{},\"k\":1},\"tags\":{\"back\":true,\"front\":false}}",
         "{\"global\":{},\"k\":1}"},
    };
    static const struct row both[] = {
        {"tags: {front: false}\nsub: {enabled: true}\n", "k: 1\n", "",
         "{\"sub\":{\"enabled\":true,\"global\":{},\"k\":1},\"tags\":{\"front\":false}}",
         "{\"enabled\":true,\"global\":{},\"k\":1}"},
        {"sub: {enabled: 5}\n", "k: 1\n", "", "{\"sub\":{\"enabled\":5,\"global\":{},\"k\":1}}",
         "{\"enabled\":5,\"global\":{},\"k\":1}"},
    };
    run(DEP(""), on, ARRAY_LEN(on));
    run(DEP("  condition: no.such,sub.enabled\n"), off, ARRAY_LEN(off));
    run(DEP("  tags: [front, back]\n"), tags, ARRAY_LEN(tags));
    run(DEP("  condition: sub.enabled\n  tags: [front]\n"), both, ARRAY_LEN(both));
}

TEST(aliases)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml",
         PARENT "dependencies:\n- {name: sub, version: 0.1.0, alias: one}\n- {name: sub, version: 0.1.0, "
                "alias: two}\n",
         NULL},
        {"values.yaml", "one: {k: 1}\ntwo: {k: 2}\n", NULL},
        {"charts/sub/Chart.yaml", CHILD, NULL},
        {"charts/sub/templates/t.yaml", "{{ .Chart.Name }}: {{ .Values.k }}", NULL},
        {NULL, NULL, NULL}};
    const char *text = rig_render(a, files, "", &(struct helm_request){.release = "r"});
    CHECK_STR(line_of(a, text, "p/charts/one/templates/t.yaml"), "one: 1");
    CHECK_STR(line_of(a, text, "p/charts/two/templates/t.yaml"), "two: 2");
}

TEST(imported_values)
{
    static const struct row exports[] = {
        {"a: own\n", "exports:\n  data: {a: sub, b: sub}\n", "",
         "{\"a\":\"own\",\"b\":\"sub\",\"sub\":{\"exports\":{\"data\":{\"a\":\"sub\",\"b\":\"sub\"}},"
         "\"global\":{}}}",
         "{\"exports\":{\"data\":{\"a\":\"sub\",\"b\":\"sub\"}},\"global\":{}}"}};
    static const struct row path[] = {
        {"", "deep: {er: {k: 1}}\n", "",
         "{\"at\":{\"here\":{\"k\":1}},\"sub\":{\"deep\":{\"er\":{\"k\":1}},\"global\":{}}}",
         "{\"deep\":{\"er\":{\"k\":1}},\"global\":{}}"}};
    run(DEP("  import-values: [data]\n"), exports, 1);
    run(DEP("  import-values: [{child: deep.er, parent: at.here}]\n"), path, 1);
}

TEST(missing_dependencies_are_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", PARENT "dependencies:\n- {name: x, version: 1.0.0}\n- {name: w, version: 1.0.0}\n",
         NULL},
        {"templates/t.yaml", ALL, NULL},
        {NULL, NULL, NULL}};
    CHECK_STR(rig_render(a, files, "", &(struct helm_request){.release = "r"}),
              "error: an error occurred while checking for chart dependencies. You may need to run 'helm "
              "dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ "
              "directory: x, w");
}

TEST(dependencies_beside_the_chart)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"p/Chart.yaml", PARENT "dependencies:\n- {name: sub, version: 0.x, repository: 'file://../sub'}\n",
         NULL},
        {"sub/Chart.yaml", CHILD, NULL},
        {"sub/templates/t.yaml", "k: 1", NULL},
        {NULL, NULL, NULL}};
    struct rig_tree t = rig_tree(files);
    struct helm_sources from = {.tree = &t.tree, .path = "p"};
    struct helm_request rq = {.release = "r", .sources = &from};
    CHECK_STR(line_of(a, rig_render(a, files, "p", &rq), "p/charts/sub/templates/t.yaml"), "k: 1");
    static const struct rig_file outside[] = {
        {"p/Chart.yaml",
         PARENT "dependencies:\n- {name: sub, version: 0.x, repository: 'file://../../sub'}\n", NULL},
        {NULL, NULL, NULL}};
    t = rig_tree(outside);
    CHECK(strstr(rig_render(a, outside, "p", &rq), "leads out of the source"));
}

TEST(requirements_of_version_one)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct rig_file files[] = {
        {"Chart.yaml", "name: p\nversion: 1.0.0\n", NULL},
        {"requirements.yaml", "dependencies:\n- {name: sub, version: 0.1.0, condition: sub.enabled}\n", NULL},
        {"values.yaml", "sub: {enabled: false}\n", NULL},
        {"templates/t.yaml", "v: {{ .Chart.APIVersion }} {{ .Files.Get \"requirements.yaml\" | len }}", NULL},
        {"charts/sub/Chart.yaml", CHILD, NULL},
        {"charts/sub/templates/t.yaml", "k: 1", NULL},
        {NULL, NULL, NULL}};
    const char *text = rig_render(a, files, "", &(struct helm_request){.release = "r"});
    CHECK_STR(line_of(a, text, "p/templates/t.yaml"), "v: v1 68");
    CHECK_STR(line_of(a, text, "p/charts/sub/templates/t.yaml"), "absent");
}
TEST_MAIN
