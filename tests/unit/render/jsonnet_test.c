/* Jsonnet as go-jsonnet 0.22 evaluates it (the expected texts are its), imports inside a tree, and bad input.
 */
#include "render/jsonnet.h"
#include "render/render.h"
#include "unit/render/rig.h"

#include "doc/yaml.h"

static const char *evaluated(struct arena *a, const struct rig_file *files, struct render_jsonnet rq)
{
    struct rig_tree t = rig_tree(files);
    struct doc *out = NULL;
    rq.tree = &t.tree;
    struct err *e = render_jsonnet(&rq, a, &out);
    const char *text = e ? arena_printf(a, "error: %s", e->msg) : json_text(a, out, 0);
    err_free(e);
    return text;
}

static const char *value_of(struct arena *a, const char *program)
{
    const struct rig_file files[] = {{"app/a.jsonnet", program, NULL}, {NULL, NULL, NULL}};
    return evaluated(a, files, (struct render_jsonnet){.path = "app/a.jsonnet"});
}

TEST(the_standard_library_is_that_of_go_jsonnet)
{
    static const struct {
        const char *program, *want;
    } rows[] = {
        {"std.objectRemoveKey({a:1,b::2,c:3}, 'a')", "{\"c\":3}"},
        {"std.objectRemoveKey({a:1,b::2,c:3}, 'a').b", "2"},
        {"[std.round(x) for x in [-1.5, 2.5, 0.4]]", "[-2,3,0]"},
        {"[std.sha1('é'), std.sha512('a')[0:8], std.sha3('a')[0:8], std.md5('a')]",
         "[\"bf15be717ac1b080b4f1c456692825891ff5073d\",\"1f40fc92\",\"697f2d85\","
         "\"0cc175b9c0f1b6a831c399e269772661\"]"},
        {"std.sha256('')", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""},
        {"[std.all([true, true]), std.all([]), std.any([false]), std.any([true, false])]",
         "[true,true,false,true]"},
        {"[std.sum([1, 2.5]), std.sum([]), std.avg([1, 2])]", "[3.5,0,1.5]"},
        {"[std.minArray([3, 1, 2]), std.maxArray([3, 1], keyF=function(x) -x), std.maxArray([], onEmpty=0)]",
         "[1,1,0]"},
        {"[std.remove([1, 2, 1], 1), std.remove([1], 5), std.removeAt([1, 2, 3], 1)]", "[[2,1],[1],[1,3]]"},
        {"[std.contains([1, 2], 2), std.contains([], 1)]", "[true,false]"},
        {"[std.flattenDeepArray([1, [2, [3, []]]]), std.flattenDeepArray(1)]", "[[1,2,3],[1]]"},
        {"[std.objectKeysValues({b:1,a::2}), std.objectKeysValuesAll({b:1,a::2})]",
         "[[{\"key\":\"b\",\"value\":1}],[{\"key\":\"a\",\"value\":2},{\"key\":\"b\",\"value\":1}]]"},
        {"[std.isEmpty(''), std.isEmpty('a')]", "[true,false]"},
        {"[std.trim(' \\t\\u00a0x y\\n'), std.equalsIgnoreCase('Ä', 'ä'), std.equalsIgnoreCase('a', 'b')]",
         "[\"x y\",true,false]"},
        {"[std.splitLimitR('a,b,c', ',', 1), std.splitLimitR('a,b,c', ',', -1), "
         "std.splitLimitR('aabaac', 'ab', 1)]",
         "[[\"a,b\",\"c\"],[\"a\",\"b\",\"c\"],[\"a\",\"aac\"]]"},
        {"[std.split('a::b::c', '::'), std.splitLimit('a::b::c', '::', 1), std.splitLimitR('aaa', 'aa', -1)]",
         "[[\"a\",\"b\",\"c\"],[\"a\",\"b::c\"],[\"a\",\"\"]]"},
        {"[std.split('', ','), std.splitLimit('a,b', ',', 0)]", "[[\"\"],[\"a,b\"]]"},
        {"std.split('a', '')", "std.split second parameter must have length 1 or greater, got 0"},
        {"std.splitLimit('abc', 'b', -2)", "third parameter should be -1 or non-negative, got -2"},
        {"std.escapeStringXML('<a b=\"c\">\\'&')", "\"&lt;a b=&quot;c&quot;&gt;&apos;&amp;\""},
        {"[std.xor(true, false), std.xnor(true, false)]", "[true,false]"},
        {"[[std.isInteger(x), std.isDecimal(x), std.isEven(x), std.isOdd(x)] for x in [2, -3, 1.4, 2.6]]",
         "[[true,false,true,false],[true,false,false,true],[false,true,false,true],[false,true,true,false]]"},
        {"[std.log2(8), std.log10(100), std.hypot(3, 4), std.atan2(0, 1), std.pi]",
         "[3,2,5,0,3.141592653589793]"},
        {"[std.deg2rad(180), std.rad2deg(std.pi)]", "[3.141592653589793,180]"},
        {"[std.isNull(null), std.isNull(1), std.id('x')]", "[true,false,\"x\"]"},
        {"[std.parseYaml('a: yes'), std.parseYaml(''), std.parseYaml('---\\na: 1'), "
         "std.parseYaml('a: 1\\n---\\n- 2')]",
         "[{\"a\":true},null,[{\"a\":1}],[{\"a\":1},[2]]]"},
        {"{a: 0.1, b: 1/3, c: 1e-7}", "{\"a\":0.1,\"b\":0.3333333333333333,\"c\":1e-7}"},
        {"'%05.1f %s' % [1.25, {a: 1}]", "\"001.3 {\\\"a\\\": 1}\""},
        {"std.thisFile", "\"app/a.jsonnet\""},
        {"std.avg([])", "RUNTIME ERROR: Cannot calculate average of an empty array."},
        {"std.minArray([])", "RUNTIME ERROR: Expected at least one element in array. Got none"},
        {"std.xor(1, 2)", "RUNTIME ERROR: Unexpected type number, expected boolean"},
        {"std.isInteger('a')", "RUNTIME ERROR: Unexpected type string, expected number"},
        {"std.isEmpty([])", "RUNTIME ERROR: Unexpected type array, expected string"},
        {"std.contains('abc', 'a')", "RUNTIME ERROR: Unexpected type string, expected array"},
        {"std.parseYaml('a: [')", "line 1"},
        {"std.log2(0)", "not a number"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = value_of(a, rows[i].program);
        bool fails = starts_with(got, "error: ");
        CHECKF(fails ? strstr(got, rows[i].want) != NULL : streq(got, rows[i].want),
               "%s\n  got  %s\n  want %s", rows[i].program, got, rows[i].want);
    }
}

TEST(bad_programs_end_in_an_error_with_file_and_line)
{
    static const struct {
        const char *program, *want;
    } rows[] = {
        {"{\n  a: error 'boo' }", "app/a.jsonnet:2:6-17"},
        {"\n\n1 +", "app/a.jsonnet:3"},
        {"local f(x) = f(x + 1) + 1; f(0)", "max stack frames exceeded"},
        {"{assert self.x > 1 : 'x is small', x: 1}", "x is small"},
        {"import 'none.libsonnet'", "no match locally or in the Jsonnet library paths"},
        {"import '../../etc/passwd'", "leaves the repository"},
        {"importstr '/etc/passwd'", "not from the root"},
        {"import 'a.jsonnet'", "error: "},
        {"", "error: "},
        {"'unterminated", "error: "},
        {"||| no line", "error: "},
        {"/* never closed", "error: "},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *got = value_of(a, rows[i].program);
        CHECKF(starts_with(got, "error: ") && strstr(got, rows[i].want), "%s\n  got %s", rows[i].program,
               got);
    }
    CLEANUP(str_release) struct str deep = {0};
    str_fill(&deep, '\n', 3);
    str_fill(&deep, '[', 400000);
    CHECK_STR(value_of(a, str_text(&deep)), "error: app/a.jsonnet:4: brackets are nested deeper than 1000");
}

TEST(imports_are_found_beside_the_file_and_then_in_the_libraries_last_first)
{
    static const struct rig_file files[] = {
        {"app/a.jsonnet",
         "local text = importstr 'lib/one.libsonnet';\n"
         "{ one: import 'lib/one.libsonnet', text: text, both: import 'both.libsonnet', v: importstr "
         "'v.json',\n"
         "  // importstr 'x'\n"
         "  s: \"importstr 'x'\", b: |||\n    importstr 'x'\n  |||, q: @'it''s importstr \"x\"' }",
         NULL},
        {"app/lib/one.libsonnet", "{ beside: std.id(import 'two.libsonnet') }", NULL},
        {"app/lib/two.libsonnet", "std.trim(' 2 ')", NULL},
        {"first/both.libsonnet", "'first'", NULL},
        {"second/both.libsonnet", "'second'", NULL},
        {"second/v.json", "[1]", NULL},
        {NULL, NULL, NULL},
    };
    static const char *const libs[] = {"first", "second"};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        evaluated(a, files, (struct render_jsonnet){.path = "app/a.jsonnet", .libs = libs, .libs_len = 2}),
        "{\"b\":\"importstr 'x'\\n\",\"both\":\"second\",\"one\":{\"beside\":\"2\"},\"q\":\"it's importstr "
        "\\\"x\\\"\",\"s\":\"importstr 'x'\",\"text\":\"{ beside: std.id(import 'two.libsonnet') }\","
        "\"v\":\"[1]\"}");
}

static const char *rendered(struct arena *a, const struct rig_file *files, const char *directory)
{
    struct rig_tree t = rig_tree(files);
    struct render_result out;
    struct doc *source = NULL, *env = doc_new_map(a);
    doc_set_str(a, env, "ARGOCD_APP_NAME", "guest");
    CHECK_OK(yaml_read(a, span_of(arena_printf(a, "{directory: %s}", directory)), YAML_SIGS, NULL, &source));
    const struct render_request rq = {.path = "app", .app_name = "guest", .source = source, .env = env};
    struct call call;
    call_init(&call);
    struct err *e = render(&call, &t.tree, &rq, a, &out);
    const char *text = e ? arena_printf(a, "error: %s", e->msg) : json_text(a, out.manifests, 0);
    err_free(e);
    return text;
}

TEST(a_directory_gives_variables_arguments_and_libraries)
{
    static const struct rig_file files[] = {
        {"app/a.jsonnet",
         "function(who, number) [{ kind: 'A', who: who, n: number, ext: std.extVar('e'), lib: import 'l.libsonnet' },\n"
         "  { kind: 'List', items: [{ kind: 'B' }] }]",
         NULL},
        {"libs/l.libsonnet", "1", NULL},
        {"libs/out", NULL, "../../x"},
        {NULL, NULL, NULL},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        rendered(
            a, files,
            "{jsonnet: {tlas: [{name: who, value: $ARGOCD_APP_NAME}, {name: number, value: 1 + 1, code: true}], "
            "extVars: [{name: e, value: '{a: 1}', code: true}], libs: [libs, gone]}}"),
        "[{\"ext\":{\"a\":1},\"kind\":\"A\",\"lib\":1,\"n\":2,\"who\":\"guest\"},{\"kind\":\"B\"}]");
    CHECK(strstr(rendered(a, files, "{jsonnet: {libs: [libs/out]}}"), "resolved to outside repository root"));
    CHECK(strstr(rendered(a, files, "{jsonnet: {libs: [../x]}}"), "resolved to outside repository root"));
    static const struct rig_file scalar[] = {{"app/a.jsonnet", "[{kind: 'A'}, 1]", NULL}, {NULL, NULL, NULL}};
    CHECK_STR(rendered(a, scalar, "{}"),
              "error: app/a.jsonnet: element 1 of the result is no object but number");
}

TEST_MAIN
