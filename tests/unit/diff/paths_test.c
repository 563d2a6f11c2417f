/* Paths of jq are deleted as jq's del does, numbers left as they are; and what is ignored so stays as it is
 * live. */
#include "diff/diff.h"
#include "doc/json.h"
#include "lib/test.h"

static const struct doc *json(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

TEST(paths_are_deleted_from_the_object_as_it_was)
{
    static const struct {
        const char *object, *paths, *left;
    } rows[] = {
        {"{\"a\":1,\"b\":2}", "[[\"a\"]]", "{\"b\":2}"},
        {"{\"a\":9007199254740993,\"b\":1.50}", "[[\"c\"]]", "{\"a\":9007199254740993,\"b\":1.50}"},
        {"{\"l\":[1,2,3,4]}", "[[\"l\",0],[\"l\",2]]", "{\"l\":[2,4]}"},
        {"{\"l\":[1,2,3,4]}", "[[\"l\",0],[\"l\",0],[\"l\",-4]]", "{\"l\":[2,3,4]}"},
        {"{\"l\":[1,2,3,4]}", "[[\"l\",-1],[\"l\",0]]", "{\"l\":[2,3]}"},
        {"{\"l\":[1,2,3,4]}", "[[\"l\",{\"start\":1,\"end\":null}]]", "{\"l\":[1]}"},
        {"{\"l\":[1,2,3,4]}", "[[\"l\",{\"start\":-2,\"end\":-1}]]", "{\"l\":[1,2,4]}"},
        {"{\"l\":[1,2,{\"x\":1,\"y\":2}]}", "[[\"l\",{\"start\":1,\"end\":null},1,\"x\"]]",
         "{\"l\":[1,2,{\"y\":2}]}"},
        {"{\"l\":[1,2]}", "[[\"l\",{\"start\":1,\"end\":null},7]]", "{\"l\":[1,2]}"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "[[\"a\"],[\"a\",\"b\"]]", "{}"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "[[\"a\",\"b\"],[\"a\",0],[\"x\",\"y\"],[\"a\",\"b\",\"c\"]]",
         "{\"a\":{\"c\":2}}"},
        {"{\"l\":[1,2]}", "[[\"l\",1e300],[\"l\",0.5],[\"l\",null],[\"l\",9]]", "{\"l\":[1,2]}"},
        {"{\"a\":1}", "[[]]", "{\"a\":1}"},
        {"{\"a\":1}", "[]", "{\"a\":1}"},
        {"{\"a\":1}", "[\"a\",7,null]", "{\"a\":1}"},
        {"{\"l\":[{\"n\":1},{\"n\":2}]}", "[[\"l\",1,\"n\"],[\"l\",0]]", "{\"l\":[{}]}"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *object = json(a, rows[i].object);
        const struct doc *left = diff_drop_paths(a, object, json(a, rows[i].paths));
        CHECKF(streq(json_text(a, left, 0), rows[i].left), "%s: %s", rows[i].paths, json_text(a, left, 0));
        CHECK_STR(json_text(a, object, 0), rows[i].object);
    }
}

/* Stands for jq: knows the paths of a few expressions. */
static const struct doc *jq(void *arg, const char *expression, const struct doc *obj, struct arena *a)
{
    int *asked = arg;
    ++*asked;
    if (streq(expression, ".spec.replicas"))
        return json(a, "[[\"spec\",\"replicas\"]]");
    if (!streq(expression, "main's image"))
        return NULL;
    const struct doc *containers = doc_path(obj, "spec", "template", "spec", "containers");
    doc_each (it, containers)
        if (doc_str_is(doc_get(it.val, "name"), "main"))
            return json(a, arena_printf(a, "[[\"spec\",\"template\",\"spec\",\"containers\",%zu,\"image\"]]",
                                        it.index));
    return NULL;
}

#define DEPLOYMENT(replicas, containers)                                                                     \
    "{\"apiVersion\":\"apps/"                                                                                \
    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"w\"},\"spec\":{\"replicas\":" replicas            \
    ",\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}},"   \
    "\"spec\":{\"containers\":" containers "}}}}"

TEST(expressions_of_the_application_and_of_all_are_asked)
{
    static const struct {
        const char *target, *live;
        bool modified;
    } rows[] = {
        {DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\"}]"),
         DEPLOYMENT("5", "[{\"name\":\"main\",\"image\":\"b\"}]"), false},
        {DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\"}]"),
         DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\",\"tty\":true}]"), false},
        {DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\",\"tty\":true}]"),
         DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\"}]"), true},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    int asked = 0;
    const struct diff_rules rules = {
        .ignore = json(
            a, "[{\"group\":\"apps\",\"kind\":\"Deployment\",\"jqPathExpressions\":[\"main's image\"]}]"),
        .ignore_all = json(
            a, "[{\"group\":\"*\",\"kind\":\"*\",\"jqPathExpressions\":[\".spec.replicas\",\"unknown\"]}]"),
        .jq = jq,
        .jq_arg = &asked};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct diff_result r;
        CHECK_OK(diff_three_way(a, &rules, json(a, rows[i].target), json(a, rows[i].live), &r));
        CHECKF(r.modified == rows[i].modified, "row %zu", i);
    }
    CHECK(asked > 0);
    CHECK(diff_asks_jq(&rules, json(a, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\"}")));
}

TEST(what_is_ignored_stays_as_it_is_live)
{
    static const struct {
        const char *target, *live, *expected;
    } rows[] = {
        {DEPLOYMENT("1", "[{\"name\":\"main\",\"image\":\"a\"}]"),
         DEPLOYMENT("5", "[{\"name\":\"side\",\"image\":\"s\"},{\"name\":\"main\",\"image\":\"b\"}]"),
         DEPLOYMENT("5", "[{\"image\":\"b\",\"name\":\"main\"}]")},
        {"{\"apiVersion\":\"x/"
         "v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"w\"},\"spec\":{\"replicas\":1,\"y\":[1]}}",
         "{\"apiVersion\":\"x/"
         "v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"w\"},\"spec\":{\"replicas\":4,\"y\":[2],\"z\":3}}",
         "{\"apiVersion\":\"x/"
         "v1\",\"kind\":\"Foo\",\"metadata\":{\"name\":\"w\"},\"spec\":{\"replicas\":4,\"y\":[1]}}"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    int asked = 0;
    const struct diff_rules rules = {
        .ignore = json(
            a,
            "[{\"group\":\"*\",\"kind\":\"*\",\"jqPathExpressions\":[\"main's image\",\".spec.replicas\"]}]"),
        .jq = jq,
        .jq_arg = &asked};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct doc *out =
            diff_respect_ignored(a, &rules, json(a, rows[i].target), json(a, rows[i].live));
        CHECKF(doc_equal(out, json(a, rows[i].expected)), "row %zu: %s", i, json_text(a, out, 0));
    }
}

TEST_MAIN
