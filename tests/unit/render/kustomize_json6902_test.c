/* JSON patches with the quirks of the original's library: specs/kustomize.md §6.2. The rows are what
 * kustomize 5.8.1 answered. */
#include "render/kustomize/json6902.h"

#include "doc/json.h"
#include "doc/yaml.h"
#include "lib/test.h"

static const char before[] = "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{}}";

static const char *patched(struct arena *a, const char *json, const char *operations)
{
    struct doc *d = NULL;
    const struct doc *ops = NULL, *out = NULL;
    CHECK_OK(json_read(a, span_of(json), NULL, &d));
    CHECK_OK(kustomize_json6902_read(a, span_of(operations), &ops));
    uint64_t hash = doc_hash(d);
    struct err *e = kustomize_json6902(a, d, ops, &out);
    CHECK(doc_hash(d) == hash);
    const char *text = e ? arena_printf(a, "error: %s", e->msg) : json_text(a, out, JSON_SORTED);
    err_free(e);
    return text;
}

static const struct {
    const char *op, *want; /* want: of the field "data" */
} operation_rows[] = {
    {"{\"op\": \"replace\", \"path\": \"/data/zz\", \"value\": 1}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{},\"zz\":1}"},
    {"{\"op\": \"add\", \"path\": \"/data/zz/x\", \"value\": 1}",
     "error: add operation does not apply: doc is missing path: \"/data/zz/x\": missing value"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/-1\", \"value\": 9}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3,9],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/-2\", \"value\": 9}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,9,3],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/-9\", \"value\": 9}",
     "error: error in add for path: '/data/b/l/-9': Unable to access invalid index: -9: invalid index "
     "referenced"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/4\", \"value\": 9}",
     "error: error in add for path: '/data/b/l/4': Unable to access invalid index: 4: invalid index "
     "referenced"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/x\", \"value\": 9}",
     "error: error in add for path: '/data/b/l/x': value was not a proper array index: 'x': "
     "strconv.Atoi: parsing \"x\": invalid syntax"},
    {"{\"op\": \"remove\", \"path\": \"/data/b/l/-1\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"remove\", \"path\": \"/data/b/l/3\"}",
     "error: error in remove for path: '/data/b/l/3': Unable to access invalid index: 3: invalid index "
     "referenced"},
    {"{\"op\": \"remove\", \"path\": \"/data/b/l/-4\"}",
     "error: error in remove for path: '/data/b/l/-4': Unable to access invalid index: -4: invalid index "
     "referenced"},
    {"{\"op\": \"remove\", \"path\": \"/data/b/l/-\"}",
     "error: error in remove for path: '/data/b/l/-': strconv.Atoi: parsing \"-\": invalid syntax"},
    {"{\"op\": \"remove\", \"path\": \"/data/zz\"}",
     "error: error in remove for path: '/data/zz': Unable to remove nonexistent key: zz: missing value"},
    {"{\"op\": \"remove\", \"path\": \"/data/zz/y\"}",
     "error: remove operation does not apply: doc is missing path: \"/data/zz/y\": missing value"},
    {"{\"op\": \"replace\", \"path\": \"/data/b/l/3\", \"value\": 1}",
     "error: replace operation does not apply: doc is missing key: /data/b/l/3: missing value"},
    {"{\"op\": \"replace\", \"path\": \"/data/b/l/-1\", \"value\": 7}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,7],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"replace\", \"path\": \"/data/b/l/-\", \"value\": 7}",
     "error: replace operation does not apply: doc is missing key: /data/b/l/-: missing value"},
    {"{\"op\": \"replace\", \"path\": \"/data/zz/z\", \"value\": 7}",
     "error: replace operation does not apply: doc is missing path: /data/zz/z: missing value"},
    {"{\"op\": \"test\", \"path\": \"/data/b/n\", \"value\": null}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"test\", \"path\": \"/data/zz\", \"value\": null}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"test\", \"path\": \"/data/zz\", \"value\": 5}",
     "error: testing value /data/zz failed: test failed"},
    {"{\"op\": \"test\", \"path\": \"/data/b/f\", \"value\": 1}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"test\", \"path\": \"/data/e\", \"value\": \"x\"}",
     "error: testing value /data/e failed: test failed"},
    {"{\"op\": \"test\", \"path\": \"/data/b/l/9\", \"value\": \"x\"}",
     "error: error in test for path: '/data/b/l/9': Unable to access invalid index: 9: invalid index "
     "referenced"},
    {"{\"op\": \"test\", \"path\": \"/data/zz/y\", \"value\": \"x\"}",
     "error: test operation does not apply: is missing path: /data/zz/y: missing value"},
    {"{\"op\": \"move\", \"from\": \"/data/e\", \"path\": \"/data/g\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"g\":\"\",\"m\":{}}"},
    {"{\"op\": \"move\", \"from\": \"/data/zz\", \"path\": \"/data/g\"}",
     "error: error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value"},
    {"{\"op\": \"copy\", \"from\": \"/data/b/l\", \"path\": \"/data/g\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"g\":[1,2,3],\"m\":{}}"},
    {"{\"op\": \"copy\", \"from\": \"/data/zz\", \"path\": \"/data/g\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"g\":null,\"m\":{}}"},
    {"{\"op\": \"copy\", \"from\": \"/data/zz/y\", \"path\": \"/data/g\"}",
     "error: copy operation does not apply: doc is missing from path: /data/zz/y: missing value"},
    {"{\"op\": \"move\", \"from\": \"/data/b\", \"path\": \"/data/b/x\"}",
     "error: move operation does not apply: doc is missing destination path: /data/b/x: missing value"},
    {"{\"op\": \"foo\", \"path\": \"/data/zz\"}", "error: Unexpected kind: foo"},
    {"{\"op\": \"add\", \"path\": \"/data/zz\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{},\"zz\":null}"},
    {"{\"op\": \"add\", \"path\": \"\", \"value\": {\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", "
     "\"metadata\": {\"name\": \"x\"}}}",
     "error: add operation does not apply: doc is missing path: \"\": missing value"},
    {"{\"op\": \"remove\", \"path\": \"\"}",
     "error: remove operation does not apply: doc is missing path: \"\": missing value"},
    {"{\"op\": \"test\", \"path\": \"\", \"value\": {\"a\": 1}}",
     "error: testing value  failed: test failed"},
    {"{\"op\": \"add\", \"path\": \"/data/e/x\", \"value\": 1}",
     "error: add operation does not apply: doc is missing path: \"/data/e/x\": missing value"},
    {"{\"path\": \"/data/e\", \"value\": 1}", "error: Unexpected kind: unknown"},
    {"{\"op\": \"add\", \"value\": 1}", "error: add operation failed to decode path: missing value"},
    {"{\"op\": \"remove\", \"path\": \"/data/b/l/01\"}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,3],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"add\", \"path\": \"/data/m/~01~1\", \"value\": 1}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3],\"n\":null},\"e\":\"\",\"m\":{\"~1/\":1}}"},
    {"{\"op\": \"copy\", \"path\": \"/data/q\"}",
     "error: copy operation failed to decode from: operation, missing from field: missing value"},
    {"{\"op\": \"test\", \"path\": \"/data/m\"}", "error: testing value /data/m failed: test failed"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/-\", \"value\": 9007199254740993}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3,9007199254740992],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"add\", \"path\": \"/data/b/l/-\", \"value\": true}",
     "{\"b\":{\"big\":5,\"f\":1,\"l\":[1,2,3,true],\"n\":null},\"e\":\"\",\"m\":{}}"},
    {"{\"op\": \"Add\", \"path\": \"/data/o\", \"value\": null, \"extra\": 1}",
     "error: Unexpected kind: Add"},
};

TEST(operations)
{
    for (size_t i = 0; i < ARRAY_LEN(operation_rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = patched(a, arena_printf(a, "{\"data\":%s}", before),
                                  arena_printf(a, "[%s]", operation_rows[i].op));
        const char *want = operation_rows[i].want[0] == 'e'
                               ? operation_rows[i].want
                               : arena_printf(a, "{\"data\":%s}", operation_rows[i].want);
        CHECKF(streq(got, want), "%s\n  got  %s\n  want %s", operation_rows[i].op, got, want);
    }
}

TEST(paths_at_the_top)
{
    static const struct {
        const char *json, *ops, *want;
    } rows[] = {
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"x/b\",\"value\":2}]", "{\"a\":1,\"b\":2}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"b\",\"value\":2}]",
         "error: add operation does not apply: doc is missing path: \"b\": missing value"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/\",\"value\":2}]", "{\"\":2,\"a\":1}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":{\"b\":1}}]", "{\"b\":1}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":1}]",
         "error: replace operation value must be object or array"},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1}}]", "{\"a\":1}"},
        {"{\"a\":{\"b\":[{\"c\":1}]}}", "[{\"op\":\"remove\",\"path\":\"/a/b/-1/c\"}]",
         "{\"a\":{\"b\":[{}]}}"},
        {"{\"a\":1}",
         "[{\"op\":\"add\",\"path\":\"/l\",\"value\":[]},{\"op\":\"add\",\"path\":\"/l/"
         "99999999999999999999\"}]",
         "error: error in add for path: '/l/99999999999999999999': value was not a proper array index: "
         "'99999999999999999999': strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
        {"{\"a\":[1]}", "[{\"op\":\"move\",\"from\":\"/a/3\",\"path\":\"/b\"}]",
         "error: error in move for path: '3': Unable to access invalid index: 3: invalid index referenced"},
        {"{\"a\":[1,2]}", "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/a/-\"}]", "{\"a\":[2,1]}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = patched(a, rows[i].json, rows[i].ops);
        CHECKF(streq(got, rows[i].want), "%s\n  got  %s\n  want %s", rows[i].ops, got, rows[i].want);
    }
}

TEST(numbers_pass_through_a_float)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(
        patched(a, "{\"a\":[9007199254740993,{\"b\":18446744073709551615}],\"c\":9007199254740991,\"d\":1.5}",
                "[]"),
        "{\"a\":[9007199254740992,{\"b\":18446744073709552000}],\"c\":9007199254740991,\"d\":1.5}");
}

TEST(texts_that_are_no_patch)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *ops = NULL;
    CHECK_OK(kustomize_json6902_read(a, span_of("- {op: add, path: /a, value: yes}"), &ops));
    CHECK(doc_bool(doc_get(doc_at(ops, 0), "value"), false));
    CHECK_ERR(kustomize_json6902_read(a, span_of("[{op: add}]"), &ops), ERR_INVALID,
              "decoding \"[{op: add}]\": ");
    CHECK_ERR(kustomize_json6902_read(a, span_of("a: b"), &ops), ERR_INVALID,
              "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    CHECK_ERR(kustomize_json6902_read(a, span_of("- a"), &ops), ERR_INVALID,
              "json: cannot unmarshal string into Go value of type jsonpatch.Operation");
}

/* Each copy doubles what the next one takes. */
TEST(copies_have_a_limit)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str ops = {0};
    for (size_t i = 0; i < 40; i++)
        str_printf(&ops, "%s{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/%zu\"}", i ? "," : "[", i);
    str_char(&ops, ']');
    const struct doc *list = NULL, *out = NULL;
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of("{\"a\":{}}"), NULL, &d));
    CHECK_OK(kustomize_json6902_read(a, str_span(&ops), &list));
    CHECK_ERR(kustomize_json6902(a, d, list, &out), ERR_EXHAUSTED, "the copies are more than 1000000 values");
}

TEST_MAIN
