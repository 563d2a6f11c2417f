/* JSON in and out: grammar, limits, messages, Go's spelling. */
#include "doc/json.h"

#include "lib/test.h"

static struct err *read_text(struct arena *a, const char *text, struct doc **out)
{
    return json_read(a, span_of(text), NULL, out);
}

TEST(what_is_read_is_written_again)
{
    static const char *const same[] = {"null",
                                       "true",
                                       "0",
                                       "-1",
                                       "1.50",
                                       "1e3",
                                       "-0",
                                       "123456789012345678901234567890",
                                       "\"\"",
                                       "\"a\"",
                                       "[]",
                                       "{}",
                                       "[1,[2,[]],{}]",
                                       "{\"b\":1,\"a\":{\"c\":[true,false,null]}}",
                                       "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\"",
                                       "\"caf\xc3\xa9 \xf0\x9f\x8e\x89\"",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "-9223372036854775808"};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct doc *d = NULL;
        CHECK_OK(read_text(a, same[i], &d));
        CHECK_STR(json_text(a, d, 0), same[i]);
    }
    struct doc *d = NULL;
    CHECK_OK(read_text(a, "9223372036854775807", &d));
    CHECK_INT(doc_kind(d), DOC_INT);
    CHECK_OK(read_text(a, "9223372036854775808", &d));
    CHECK_INT(doc_kind(d), DOC_FLOAT);
}

TEST(escapes_are_resolved)
{
    static const char *const rows[][2] = {{"\"\\u0041\\u00e9\\u263a\"", "A\xc3\xa9\xe2\x98\xba"},
                                          {"\"\\ud83c\\udf89\"", "\xf0\x9f\x8e\x89"},
                                          {"\"\\ud83cx\"", "\xef\xbf\xbdx"},
                                          {"\"\\ud83c\\u0041\"", "\xef\xbf\xbd"
                                                                 "A"},
                                          {"\"\\udf89\"", "\xef\xbf\xbd"},
                                          {"\"a\\/b\"", "a/b"}};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *d = NULL;
        CHECK_OK(read_text(a, rows[i][0], &d));
        CHECK_STR(doc_str(d, NULL), rows[i][1]);
    }
}

TEST(errors_name_line_and_column)
{
    static const char *const rows[][2] = {
        {"", "line 1, column 1: unexpected end of JSON input"},
        {"{\n  \"a\": x\n}", "line 2, column 8: invalid character looking for beginning of value"},
        {"[1,]", "line 1, column 4: invalid character looking for"},
        {"[1 2]", "line 1, column 4: invalid character after array element"},
        {"{\"a\" 1}", "line 1, column 6: invalid character after object key"},
        {"{\"a\":1,}", "line 1, column 8: invalid character looking for beginning of object key"},
        {"{a:1}", "looking for beginning of object key"},
        {"01", "line 1, column 2: invalid character after top-level value"},
        {"1.", "unexpected end"},
        {"1.x", "after decimal point"},
        {"-", "unexpected end"},
        {"-x", "numeric literal"},
        {"+1", "looking for beginning of value"},
        {"1e", "unexpected end"},
        {"1ex", "exponent"},
        {".5", "looking for beginning of value"},
        {"NaN", "looking for beginning of value"},
        {"tru", "looking for beginning of value"},
        {"\"a", "unexpected end"},
        {"\"a\\", "unexpected end"},
        {"\"\\x\"", "line 1, column 3: invalid escape"},
        {"\"\\u12g4\"", "invalid \\u escape"},
        {"\"a\tb\"", "control character"},
        {"\"\xff\"", "invalid UTF-8"},
        {"\"\xc0\xaf\"", "invalid UTF-8"},
        {"\"\xed\xa0\x80\"", "invalid UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "invalid UTF-8"},
        {"\"\xe2\x98\"", "invalid UTF-8"},
        {"[1}", "after array element"},
        {"{\"a\":1]", "after object key:value"},
        {"[", "unexpected end"},
        {"{", "unexpected end"},
        {"{\"a\"", "unexpected end"},
        {"{\"a\":", "unexpected end"},
        {"1 2", "after top-level value"},
        {"\xef\xbb\xbf{}", "looking for beginning of value"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *d = NULL;
        struct err *e = read_text(a, rows[i][0], &d);
        CHECKF(e && strstr(e->msg, rows[i][1]), "%s: %s", rows[i][0], e ? e->msg : "read");
        err_free(e);
    }
}

TEST(what_is_absent_reads_as_empty)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CLEANUP(err_freep) struct err *e = json_read(a, (struct span){0}, NULL, &d);
    CHECK(e && e->code == ERR_INVALID);
}

TEST(a_hundred_thousand_brackets_are_an_ordinary_error)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str s = {0};
    struct doc *d = NULL;
    str_fill(&s, '[', 100000);
    CHECK_ERR(json_read(a, str_span(&s), NULL, &d), ERR_INVALID,
              "line 1, column 1001: nested deeper than 1000 levels");
    str_clear(&s);
    str_fill(&s, '[', 1000);
    str_fill(&s, ']', 1000);
    CHECK_OK(json_read(a, str_span(&s), NULL, &d));
    CHECK_INT(strlen(json_text(a, d, 0)), 2000);
}

TEST(limits_of_bytes_values_and_memory)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    struct limits few = {.values = 3}, small = {.bytes = 4};
    CHECK_OK(json_read(a, span_of("[1,2]"), &few, &d));
    CHECK_ERR(json_read(a, span_of("[1,2,3]"), &few, &d), ERR_EXHAUSTED, "more than 3 values");
    CHECK_ERR(json_read(a, span_of("[1,2]"), &small, &d), ERR_EXHAUSTED, "at most 4");
    arena_budget(a, arena_used(a) + 100);
    CHECK_ERR(
        json_read(
            a,
            span_of(
                "[[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"],"
                "1]"),
            NULL, &d),
        ERR_EXHAUSTED, "bytes of memory");
}

TEST(the_last_of_duplicate_keys_wins)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(read_text(a, "{\"a\":1,\"b\":2,\"a\":3}", &d));
    CHECK_STR(json_text(a, d, 0), "{\"a\":3,\"b\":2}");
    CHECK_OK(read_text(a,
                       "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"a\":10,"
                       "\"i\":11,\"j\":12}",
                       &d));
    CHECK_STR(json_text(a, d, 0),
              "{\"a\":10,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":11,\"j\":12}");
    CHECK_INT(doc_int(doc_get(d, "j"), 0), 12);
    doc_set_int(a, d, "k", 13);
    CHECK_INT(doc_int(doc_get(d, "k"), 0), 13);
    CHECK_INT(doc_int(doc_get(d, "i"), 0), 11);
}

TEST(flags_sort_escape_and_indent)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(read_text(a, "{\"b\":[1,{}],\"a\":\"<&>\\u2028\",\"aa\":[],\"A\":{\"z\":0,\"y\":1}}", &d));
    CHECK_STR(json_text(a, d, JSON_SORTED),
              "{\"A\":{\"y\":1,\"z\":0},\"a\":\"<&>\xe2\x80\xa8\",\"aa\":[],\"b\":[1,{}]}");
    CHECK_STR(json_text(a, doc_get(d, "a"), JSON_HTML), "\"\\u003c\\u0026\\u003e\\u2028\"");
    CHECK_STR(json_text(a, d, JSON_INDENT | JSON_SORTED),
              "{\n  \"A\": {\n    \"y\": 1,\n    \"z\": 0\n  },\n  \"a\": \"<&>\xe2\x80\xa8\",\n  \"aa\": "
              "[],\n  \"b\": [\n    1,\n    {}\n  ]\n}");
}

TEST(nodes_know_their_line)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(read_text(a, "{\n \"a\":\n  1,\n \"b\": [\n  2]}", &d));
    CHECK_INT(doc_line(d), 1);
    CHECK_INT(doc_line(doc_get(d, "a")), 3);
    CHECK_INT(doc_line(doc_at(doc_get(d, "b"), 0)), 5);
}

TEST(a_stream_is_read_value_by_value)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct span rest = span_of(" {\"a\":1}\n[2] 3 ");
    struct doc *d = NULL;
    static const char *const want[] = {"{\"a\":1}", "[2]", "3"};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_OK(json_read_next(a, &rest, NULL, &d));
        CHECK_STR(json_text(a, d, 0), want[i]);
    }
    CHECK_OK(json_read_next(a, &rest, NULL, &d));
    CHECK(!d);
}

TEST(strings_may_hold_nul)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(read_text(a, "{\"a\\u0000b\":\"x\\u0000y\"}", &d));
    CHECK_STR(json_text(a, d, 0), "{\"a\\u0000b\":\"x\\u0000y\"}");
    CHECK_INT(doc_span(doc_get_span(d, (struct span){"a\0b", 3})).len, 3);
}

TEST_MAIN
