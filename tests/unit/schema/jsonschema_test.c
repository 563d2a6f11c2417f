/* jsonschema.jsonl holds what the library of helm 4.2.4 answers: for each schema (under each of the drafts
 * named) and value "ok", "V " and the lines of what is wrong, or "C " and why the schema does not compile.
 * Members that Go prints in the order of a hash are sorted. */
#include "schema/jsonschema.h"

#include "doc/json.h"
#include "lib/test.h"

#include <pthread.h>

static struct err *load(void *arg, struct arena *a, const char *url, const struct doc **out)
{
    int *asked = arg;
    if (asked)
        ++*asked;
    if (!starts_with(url, "urn:"))
        return err_new(ERR_INVALID, "schemas are not fetched");
    *out = doc_new_bool(a, true);
    return NULL;
}

static const char *judge(struct arena *a, const struct doc *schema, const struct doc *value)
{
    struct jsonschema *s;
    struct jsonschema_errors errors;
    struct jsonschema_options options = {.load = load};
    CLEANUP(str_release) struct str out = {0};
    CLEANUP(err_freep) struct err *e = jsonschema_compile(a, schema, &options, &s);
    if (e)
        return arena_printf(a, "C %s", e->msg);
    CHECK_OK(jsonschema_validate(s, a, value, &errors));
    if (!errors.len)
        return "ok";
    str_add(&out, "V ");
    jsonschema_errors_text(&errors, &out);
    return arena_strndup(a, str_text(&out), out.len);
}

static struct doc *json(struct arena *a, const char *text)
{
    struct doc *d;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

static const char *judge_text(struct arena *a, const char *schema, const char *value)
{
    return judge(a, json(a, schema), json(a, value));
}

static const char *draft_url(int64_t draft)
{
    switch (draft) {
    case 4:
        return "http://json-schema.org/draft-04/schema#";
    case 6:
        return "http://json-schema.org/draft-06/schema#";
    case 7:
        return "http://json-schema.org/draft-07/schema#";
    case 2019:
        return "https://json-schema.org/draft/2019-09/schema";
    default:
        return "https://json-schema.org/draft/2020-12/schema";
    }
}

static size_t check_case(struct arena *a, const struct doc *row, int64_t draft)
{
    size_t n = 0;
    struct doc *schema = doc_deep(a, doc_get(row, "schema"));
    if (draft)
        doc_set_str(a, schema, "$schema", draft_url(draft));
    doc_each (it, doc_get(row, "values")) {
        const char *got = judge(a, schema, doc_at(it.val, 0)), *want = doc_str(doc_at(it.val, 1), "");
        CHECKF(streq(got, want), "schema %s of %s\nvalue %s\ngot  %s\nwant %s", json_text(a, schema, 0),
               draft ? draft_url(draft) : "no draft", json_text(a, doc_at(it.val, 0), 0), got, want);
        n++;
    }
    return n;
}

TEST(jsonschema_answers_as_helms_library)
{
    size_t len, cases = 0;
    CLEANUP(mem_freep) char *text = test_read_file("tests/unit/schema/jsonschema.jsonl", &len);
    struct span rest = {text, len}, line;
    while (span_cut(&rest, '\n', &line)) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct doc *row;
        if (!line.len)
            continue;
        CHECK_OK(json_read(a, line, NULL, &row));
        doc_each (it, doc_get(row, "drafts"))
            cases += check_case(a, row, doc_int(it.val, 0));
    }
    CHECK(cases > 1600);
}

/* Where it differs from the library on purpose. */
TEST(jsonschema_names_items_by_their_own_index)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(judge_text(a, "{\"prefixItems\":[true],\"items\":{\"type\":\"string\"}}", "[1,2,\"a\",3]"),
              "V - at '/1': got number, want string\n- at '/3': got number, want string");
}

TEST(jsonschema_errors_carry_places_and_depth)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct jsonschema *s;
    struct jsonschema_errors errors;
    struct jsonschema_options options = {.url = "https://example.org/s.json"};
    CHECK_OK(jsonschema_compile(a, json(a, "{\"properties\":{\"a b\":{\"anyOf\":[{\"type\":\"null\"}]}}}"),
                                &options, &s));
    CHECK_OK(jsonschema_validate(s, a, json(a, "{\"a b\":1}"), &errors));
    CHECK_INT(errors.len, 2);
    CHECK_STR(errors.at[0].instance, "/a b");
    CHECK_STR(errors.at[0].keyword, "https://example.org/s.json#/properties/a%20b/anyOf");
    CHECK_INT(errors.at[0].depth, 0);
    CHECK_STR(errors.at[1].keyword, "https://example.org/s.json#/properties/a%20b/anyOf/0/type");
    CHECK_STR(errors.at[1].message, "got number, want null");
    CHECK_INT(errors.at[1].depth, 1);
}

TEST(jsonschema_fetches_nothing_by_itself)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct jsonschema *s;
    int asked = 0;
    struct doc *remote = json(a, "{\"properties\":{\"a\":{\"$ref\":\"https://example.org/c.json#/x\"}}}");
    CHECK_ERR(jsonschema_compile(a, remote, NULL, &s), ERR_INVALID,
              "failing loading \"https://example.org/c.json\": schemas are not fetched");
    struct jsonschema_options options = {.load = load, .arg = &asked};
    CHECK_OK(jsonschema_compile(a, json(a, "{\"allOf\":[{\"$ref\":\"urn:a\"},{\"$ref\":\"urn:a\"}]}"),
                                &options, &s));
    CHECK_INT(asked, 1);
}

/* A list of `depth` lists. */
static const char *nested(struct arena *a, size_t depth)
{
    CLEANUP(str_release) struct str s = {0};
    str_fill(&s, '[', depth);
    str_fill(&s, ']', depth);
    return arena_strndup(a, str_text(&s), s.len);
}

TEST(jsonschema_deep_values_end_in_an_error)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct jsonschema *s;
    struct jsonschema_errors errors;
    CHECK_OK(jsonschema_compile(a, json(a, "{\"items\":{\"$ref\":\"#\"}}"), NULL, &s));
    CHECK_OK(jsonschema_validate(s, a, json(a, nested(a, 400)), &errors));
    CHECK_ERR(jsonschema_validate(s, a, json(a, nested(a, 900)), &errors), ERR_EXHAUSTED, "nested steps");
}

TEST(jsonschema_exponential_schemas_end_in_an_error)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str text = {0};
    struct jsonschema *s;
    struct jsonschema_errors errors;
    str_add(&text, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 60; i++)
        str_printf(&text, "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i,
                   i + 1, i + 1);
    str_add(&text, "\"d60\":{\"type\":\"string\"}}}");
    CHECK_OK(jsonschema_compile(a, json(a, str_text(&text)), NULL, &s));
    CHECK_ERR(jsonschema_validate(s, a, json(a, "\"x\""), &errors), ERR_EXHAUSTED, "too much work");
    CHECK_ERR(jsonschema_validate(s, a, json(a, "1"), &errors), ERR_EXHAUSTED, "too much work");
}

TEST(jsonschema_large_schemas_are_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str text = {0};
    struct jsonschema *s;
    str_add(&text, "{\"allOf\":[true");
    for (int i = 0; i < 100000; i++)
        str_add(&text, ",true");
    str_add(&text, "]}");
    CHECK_ERR(jsonschema_compile(a, json(a, str_text(&text)), NULL, &s), ERR_EXHAUSTED,
              "more than 100000 subschemas");
}

static void *validate_often(void *arg)
{
    for (int i = 0; i < 50; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct jsonschema_errors errors;
        CHECK_OK(jsonschema_validate(arg, a, json(a, "{\"a\":[1,\"x\"]}"), &errors));
        CHECK_INT(errors.len, 1);
    }
    return NULL;
}

TEST(jsonschema_serves_many_threads)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct jsonschema *s;
    pthread_t threads[4];
    CHECK_OK(jsonschema_compile(a, json(a, "{\"properties\":{\"a\":{\"items\":{\"pattern\":\"^y\"}}}}"), NULL,
                                &s));
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK(!pthread_create(&threads[i], NULL, validate_often, s));
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
}

TEST_MAIN
