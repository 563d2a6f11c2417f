/* JSON pointer, JSON patch, merge patches: the cases of their RFCs and what Kubernetes adds. */
#include "doc/patch.h"

#include "doc/json.h"
#include "doc/pointer.h"
#include "lib/test.h"

static struct doc *parse(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

TEST(pointers_of_rfc_6901)
{
    static const char *const rows[][2] = {{"", NULL},
                                          {"/foo", "[\"bar\",\"baz\"]"},
                                          {"/foo/0", "\"bar\""},
                                          {"/", "0"},
                                          {"/a~1b", "1"},
                                          {"/c%d", "2"},
                                          {"/e^f", "3"},
                                          {"/g|h", "4"},
                                          {"/i\\j", "5"},
                                          {"/k\"l", "6"},
                                          {"/ ", "7"},
                                          {"/m~0n", "8"},
                                          {"/foo/2", "none"},
                                          {"/foo/00", "none"},
                                          {"/foo/-", "none"},
                                          {"/x/y", "none"},
                                          {"/foo/0/z", "none"}};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *text = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/"
                       "b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";
    struct doc *d = parse(a, text);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pointer p;
        CHECK_OK(pointer_parse(a, span_of(rows[i][0]), &p));
        const struct doc *found = pointer_get(d, &p);
        CHECK_STR(found ? json_text(a, found, 0) : "none", rows[i][1] ? rows[i][1] : text);
    }
    struct pointer p;
    CHECK_ERR(pointer_parse(a, span_of("foo"), &p), ERR_INVALID, "start with '/'");
    CHECK_ERR(pointer_parse(a, span_of("/a~2"), &p), ERR_INVALID, "followed by 0 or 1");
    CHECK_ERR(pointer_parse(a, span_of("/a~"), &p), ERR_INVALID, "followed by 0 or 1");
}

TEST(operations_of_rfc_6902)
{
    static const char *const rows[][3] = {
        {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
         "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
        {"{\"foo\":[\"a\",\"c\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"b\"}]",
         "{\"foo\":[\"a\",\"b\",\"c\"]}"},
        {"{\"foo\":[1]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[2]}]", "{\"foo\":[1,[2]]}"},
        {"{\"a\":1,\"b\":2}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{\"b\":2}"},
        {"{\"foo\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]", "{\"foo\":[1,3]}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":{\"x\":null}}]",
         "{\"a\":{\"x\":null}}"},
        {"[1,2]", "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":3}]", "[1,3]"},
        {"{\"a\":{\"b\":1},\"c\":{}}", "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c/d\"}]",
         "{\"a\":{},\"c\":{\"d\":1}}"},
        {"{\"l\":[1,2,3,4]}", "[{\"op\":\"move\",\"from\":\"/l/1\",\"path\":\"/l/3\"}]", "{\"l\":[1,3,4,2]}"},
        {"{\"a\":{\"b\":1}}",
         "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/c\"},{\"op\":\"replace\",\"path\":\"/c/"
         "b\",\"value\":2}]",
         "{\"a\":{\"b\":1},\"c\":{\"b\":2}}"},
        {"{\"a\":[1,\"x\"]}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":[1.0,\"x\"]}]",
         "{\"a\":[1,\"x\"]}"},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":null}]", "{\"a\":1}"},
        {"{\"a\":1}",
         "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]},{\"op\":\"add\",\"path\":\"/0\",\"value\":0}]",
         "[0,1]"},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", "!testing value /a failed"},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]",
         "!operation 0: remove operation does not apply: doc is missing path: \"/b\""},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]", "!missing path: \"/b\""},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b/c\",\"value\":1}]", "!missing path"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/c\",\"value\":1}]", "!missing path"},
        {"[1]", "[{\"op\":\"add\",\"path\":\"/2\",\"value\":1}]", "!missing path"},
        {"[1]", "[{\"op\":\"remove\",\"path\":\"/-\"}]", "!missing path"},
        {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
         "!inside of what is moved"},
        {"{}", "[{\"op\":\"jump\",\"path\":\"/a\"}]", "!unexpected kind: jump"},
        {"{}", "[{\"path\":\"/a\"}]", "!\"op\" must be a string"},
        {"{}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "!\"value\" is missing"},
        {"{}", "[{\"op\":\"add\",\"value\":1}]", "!\"path\" must be a string"},
        {"{}", "{}", "!a list of operations, not a object"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *d = parse(a, rows[i][0]);
        const struct doc *out = NULL;
        CLEANUP(err_freep) struct err *e = patch_json(a, d, parse(a, rows[i][1]), &out);
        if (rows[i][2][0] == '!')
            CHECKF(e && strstr(e->msg, rows[i][2] + 1), "%s: %s", rows[i][1], e ? e->msg : "applied");
        else
            CHECKF(!e && streq(json_text(a, out, 0), rows[i][2]), "%s: %s", rows[i][1],
                   e ? e->msg : json_text(a, out, 0));
        CHECK_STR(json_text(a, d, 0), rows[i][0]);
    }
}

TEST(a_patch_that_multiplies_itself_is_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *ops = doc_new_list(a);
    for (int i = 0; i < 64; i++)
        doc_push(a, ops, parse(a, "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}"));
    const struct doc *out = NULL;
    CHECK_ERR(patch_json(a, parse(a, "{\"a\":[1]}"), ops, &out), ERR_EXHAUSTED, "too large");
}

TEST(merge_patches_of_rfc_7386)
{
    static const char *const rows[][3] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
        {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
        {"{\"a\":\"foo\"}", "null", "null"},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(json_text(a, patch_merge(a, parse(a, rows[i][0]), parse(a, rows[i][1])), 0), rows[i][2]);
}

TEST(the_difference_of_two_documents)
{
    static const char *const rows[][3] = {
        {"{\"a\":1}", "{\"a\":1}", "{}"},
        {"{\"a\":1,\"b\":2}", "{\"a\":3}", "{\"a\":3,\"b\":null}"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"d\":3}}", "{\"a\":{\"d\":3,\"c\":null}}"},
        {"{\"a\":[1,2]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":\"x\"}", "{\"a\":\"x\"}"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *from = parse(a, rows[i][0]), *to = parse(a, rows[i][1]);
        struct doc *patch = patch_merge_create(a, from, to);
        CHECK_STR(json_text(a, patch, 0), rows[i][2]);
        CHECK(doc_equal(patch_merge(a, from, patch), to));
    }
}

TEST(three_way_patches_keep_what_others_wrote)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *original = parse(a, "{\"k\":{\"gone\":1,\"same\":2,\"changed\":3}}");
    struct doc *modified = parse(a, "{\"k\":{\"same\":2,\"changed\":4,\"new\":5}}");
    struct doc *current = parse(a, "{\"k\":{\"gone\":1,\"same\":9,\"changed\":3,\"theirs\":6}}");
    struct doc *patch = patch_merge_three_way(a, original, modified, current);
    CHECK_STR(json_text(a, patch, JSON_SORTED), "{\"k\":{\"changed\":4,\"gone\":null,\"new\":5,\"same\":2}}");
    CHECK_STR(json_text(a, patch_merge(a, current, patch), JSON_SORTED),
              "{\"k\":{\"changed\":4,\"new\":5,\"same\":2,\"theirs\":6}}");
    CHECK_INT(doc_len(patch_merge_three_way(a, modified, modified, modified)), 0);
}

TEST_MAIN
