/* YAML in: both dialects against the recorded rows, anchors, merges, limits, messages. */
#include "doc/yaml.h"

#include "doc/json.h"
#include "lib/test.h"

static const char *as_json(struct arena *a, const char *text, enum yaml_dialect dialect)
{
    struct doc *d = NULL;
    CLEANUP(err_freep) struct err *e = yaml_read(a, span_of(text), dialect, NULL, &d);
    return e ? arena_printf(a, "ERR %s", e->msg) : json_text(a, d, JSON_HTML);
}

/* Go's %q of a row: between the quotes, escapes resolved. *rest moves behind the closing quote. */
static char *unquote(struct arena *a, char **rest)
{
    char *end = *rest + 1;
    while (*end != '"')
        end += 1 + (*end == '\\');
    struct doc *d = NULL;
    CHECK_OK(json_read(a, (struct span){*rest, (size_t)(end + 1 - *rest)}, NULL, &d));
    *rest = end + 1;
    return arena_strdup(a, doc_str(d, ""));
}

/* "int 31" and its like of the yaml.v3 column, as the JSON that we make of it. */
static const char *v3_want(struct arena *a, char *cell)
{
    char *at = strchr(cell, ' ');
    if (starts_with(cell, "ERR "))
        return arena_printf(a, "ERR %s", cell + 4);
    if (starts_with(at + 1, "ERR "))
        return arena_printf(a, "ERR yaml: %s", at + 5);
    return at + 1;
}

TEST(scalars_read_as_recorded)
{
    char *path = mem_printf("%s/scalars.txt", test_conformance("yaml"));
    char *text = test_read_file(path, NULL), *save = NULL;
    int rows = 0;
    for (char *line = strtok_r(text, "\n", &save); line && !starts_with(line, "-- keys");
         line = strtok_r(NULL, "\n", &save)) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        if (!starts_with(line, "| \""))
            continue;
        char *at = line + 2;
        const char *source = arena_printf(a, "a: %s\n", unquote(a, &at));
        char *v3 = at + 3, *v2 = strstr(v3, " | "), *sigs;
        *v2 = 0;
        sigs = strstr(v2 + 3, " | ") + 3;
        sigs[strlen(sigs) - 2] = 0;
        const char *want = starts_with(sigs, "ERR ")
                               ? arena_printf(a, "ERR error converting YAML to JSON: yaml: %s", sigs + 4)
                               : sigs;
        CHECK_STR(as_json(a, source, YAML_SIGS), want);
        const char *want3 = v3_want(a, v3);
        want3 = starts_with(want3, "ERR") ? want3 : arena_printf(a, "{\"a\":%s}", want3);
        CHECK_STR(as_json(a, source, YAML_V3), want3);
        rows++;
    }
    CHECK_INT(rows, 76);
    free(text);
    free(path);
}

/* "map[1:a]" as the JSON that we make of it. A time prints as Go's Time.String. */
static const char *v3_map(struct arena *a, const char *cell)
{
    if (strstr(cell, "+0000 UTC"))
        return "{\"2001-12-14T00:00:00Z\":\"x\"}";
    const char *colon = strchr(cell, ':');
    const char *key =
        starts_with(cell, "map[<nil>") ? "null" : arena_strndup(a, cell + 4, (size_t)(colon - cell - 4));
    return arena_printf(a, "{\"%s\":\"%.*s\"}", key, (int)strcspn(colon + 1, "]"), colon + 1);
}

TEST(keys_read_as_recorded)
{
    char *path = mem_printf("%s/scalars.txt", test_conformance("yaml"));
    char *text = test_read_file(path, NULL), *save = NULL, *keys = strstr(text, "-- keys\n") + 8;
    int rows = 0;
    *strstr(keys, "-- emit") = 0;
    for (char *line = strtok_r(keys, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        if (line[0] != '"')
            continue;
        char *at = line;
        const char *source = unquote(a, &at);
        char *sigs = at + 6, *err = strstr(sigs, " err="), *v3 = strstr(err, " v3=");
        *err = *v3 = 0;
        const char *want = *sigs ? sigs : arena_printf(a, "ERR error converting YAML to JSON: %s", err + 5);
        CHECK_STR(as_json(a, source, YAML_SIGS), want);
        if (starts_with(v3 + 4, "<nil>"))
            CHECK_STR(as_json(a, source, YAML_V3),
                      "ERR yaml: unmarshal errors:\n  line 2: mapping key \"a\" already defined at line 1");
        else
            CHECK_STR(as_json(a, source, YAML_V3), v3_map(a, v3 + 4));
        rows++;
    }
    CHECK_INT(rows, 8);
    free(text);
    free(path);
}

TEST(documents_of_a_stream)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct yaml_docs docs;
    CHECK_OK(yaml_read_all(a, span_of("a: 1\n---\n---\n- x\n...\n"), YAML_SIGS, NULL, &docs));
    CHECK_INT(docs.len, 3);
    CHECK_STR(json_text(a, docs.at[0], 0), "{\"a\":1}");
    CHECK_INT(doc_kind(docs.at[1]), DOC_NULL);
    CHECK_STR(json_text(a, docs.at[2], 0), "[\"x\"]");
    CHECK_OK(yaml_read_all(a, span_of("# nothing\n"), YAML_SIGS, NULL, &docs));
    CHECK_INT(docs.len, 0);
    CHECK_STR(as_json(a, "", YAML_SIGS), "null");
    CHECK_STR(as_json(a, "a: 1\n---\n}", YAML_SIGS), "{\"a\":1}");
}

TEST(anchors_aliases_and_merges)
{
    static const struct {
        const char *text, *sigs, *v3;
    } rows[] = {
        {"a: &x {k: 1}\nb: *x\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}", NULL},
        {"a: &x yes\n*x : b\n", "{\"a\":true,\"true\":\"b\"}", "{\"a\":\"yes\",\"yes\":\"b\"}"},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}", NULL},
        {"b: &b {x: 1, z: 2}\nm: {<<: *b, x: 3}\n", "{\"b\":{\"x\":1,\"z\":2},\"m\":{\"x\":3,\"z\":2}}",
         NULL},
        {"b: &b {x: 1, z: 2}\nm: {x: 3, <<: *b}\n", "{\"b\":{\"x\":1,\"z\":2},\"m\":{\"x\":1,\"z\":2}}",
         "{\"b\":{\"x\":1,\"z\":2},\"m\":{\"x\":3,\"z\":2}}"},
        {"m:\n  <<: [{a: 1}, {a: 2, b: 3}]\n", "{\"m\":{\"a\":1,\"b\":3}}", NULL},
        {"m:\n  \"<<\": 1\n", "{\"m\":{\"\\u003c\\u003c\":1}}", NULL},
        {"m:\n  <<: 1\n",
         "ERR error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value",
         "ERR yaml: map merge requires map or sequence of maps as the value"},
        {"a: *x\n", "ERR error converting YAML to JSON: yaml: unknown anchor 'x' referenced",
         "ERR yaml: unknown anchor 'x' referenced"},
        {"a: &x [*x]\n", "ERR error converting YAML to JSON: yaml: anchor 'x' value contains itself",
         "ERR yaml: anchor 'x' value contains itself"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *v3 = as_json(a, rows[i].text, YAML_V3), *want3 = rows[i].v3 ? rows[i].v3 : rows[i].sigs;
        CHECK_STR(as_json(a, rows[i].text, YAML_SIGS), rows[i].sigs);
        struct doc *x = NULL, *y = NULL;
        if (starts_with(want3, "ERR")) {
            CHECK_STR(v3, want3);
            continue;
        }
        CHECK_OK(json_read(a, span_of(v3), NULL, &x));
        CHECK_OK(json_read(a, span_of(want3), NULL, &y));
        CHECKF(doc_equal(x, y), "%s gives %s, want %s", rows[i].text, v3, want3);
    }
}

TEST(binary_that_is_no_text_becomes_replacement_characters)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(as_json(a, "!!binary aGrV", YAML_SIGS), "\"hj\xef\xbf\xbd\"");
    CHECK_STR(as_json(a, "!!binary aGr", YAML_V3), "ERR yaml: !!binary value contains invalid base64 data");
}

TEST(float_keys_are_float32)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(as_json(a, "{8.8e85: a, -1e300: b, 1234567.5: c, 0.1: d}", YAML_SIGS),
              "{\".inf\":\"a\",\"-.inf\":\"b\",\"1.2345675e+06\":\"c\",\"0.1\":\"d\"}");
}

TEST(an_alias_is_a_copy)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of("a: &x {k: 1}\nb: *x\n"), YAML_SIGS, NULL, &d));
    doc_set_int(a, doc_own_map(a, d, "b"), "k", 2);
    CHECK_STR(json_text(a, d, 0), "{\"a\":{\"k\":1},\"b\":{\"k\":2}}");
}

TEST(bombs_and_towers_are_ordinary_errors)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str s = {0};
    struct doc *d = NULL;
    str_add(&s, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++)
        str_printf(&s, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1);
    CHECK_ERR(yaml_read(a, str_span(&s), YAML_SIGS, NULL, &d), ERR_EXHAUSTED,
              "yaml: document contains excessive aliasing");
    str_clear(&s);
    str_fill(&s, '[', 100000);
    CHECK_ERR(yaml_read(a, str_span(&s), YAML_SIGS, NULL, &d), ERR_INVALID, "exceeded max depth of 1000");
    str_clear(&s);
    str_add(&s, "a0: &a0 [x]\n");
    for (int i = 1; i < 1100; i++)
        str_printf(&s, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    CHECK_ERR(yaml_read(a, str_span(&s), YAML_SIGS, NULL, &d), ERR_INVALID, "max depth through an alias");
    struct limits few = {.values = 4};
    CHECK_ERR(yaml_read(a, span_of("[1,2,3,4]"), YAML_V3, &few, &d), ERR_EXHAUSTED, "more than 4 values");
}

TEST(errors_read_as_go_yaml_says_them)
{
    static const char *const rows[][3] = {
        {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b\n data: [\n",
         "yaml: line 3: did not find expected ',' or '}'", NULL},
        {"a: b\nc: d: e\n", "yaml: line 2: mapping values are not allowed in this context", NULL},
        {"a: b: c\n", "yaml: mapping values are not allowed in this context", NULL},
        {"a: 1\n\tb: 2\n", "yaml: line 2: found a tab character that violates indentation", NULL},
        {"a: 1\n  b: 2\n", "yaml: line 2: mapping values are not allowed in this context", NULL},
        {"a:\n- b\n c\n d: 1", "yaml: line 4: mapping values are not allowed in this context", NULL},
        {"? [a]\n: b\n", "yaml: line 1: invalid map key", NULL},
        {"a: \xff\n", "yaml: invalid leading UTF-8 octet", NULL},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(as_json(a, rows[i][0], YAML_SIGS),
                  arena_printf(a, "ERR error converting YAML to JSON: %s", rows[i][1]));
    CHECK_STR(as_json(a, "a: 1\nb: 2\na: 3\n", YAML_V3),
              "ERR yaml: unmarshal errors:\n  line 3: mapping key \"a\" already defined at line 1");
    CHECK_STR(as_json(a, "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\ni: 9\nb:\n  x: 1\n", YAML_V3),
              "ERR yaml: unmarshal errors:\n  line 10: mapping key \"b\" already defined at line 2");
}

TEST(nodes_know_their_line)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of("# head\na: 1\nb:\n- x\n-\n  y: z\n"), YAML_SIGS, NULL, &d));
    CHECK_INT(doc_line(doc_get(d, "a")), 2);
    CHECK_INT(doc_line(doc_at(doc_get(d, "b"), 1)), 6);
}

TEST(a_blank_null_is_told_from_a_written_one)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = NULL;
    CHECK_OK(yaml_read(a, span_of("a:\nb: null\nc: ~\nd: ''\ne: {f: }\n"), YAML_V3, NULL, &d));
    CHECK(doc_is_blank(doc_get(d, "a")) && doc_is_blank(doc_path(d, "e", "f")));
    CHECK(!doc_is_blank(doc_get(d, "b")) && !doc_is_blank(doc_get(d, "c")) && !doc_is_blank(doc_get(d, "d")));
    CHECK(!doc_is_blank(doc_get(d, "z")) && doc_is_blank(doc_get(doc_deep(a, d), "a")));
}

TEST(awkward_strings_are_written_as_recorded)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *dir = arena_strdup(a, test_conformance("yaml"));
    size_t len = 0;
    char *input = test_read_file(arena_printf(a, "%s/emit-input.json", dir), &len);
    char *want = test_read_file(arena_printf(a, "%s/emit-sigs.yaml", dir), NULL), *save_got = NULL,
         *save_want = NULL;
    struct doc *d = NULL;
    CHECK_OK(json_read(a, (struct span){input, len}, NULL, &d));
    char *text = yaml_text(a, d, YAML_WRITE_SIGS), *got = arena_strdup(a, text),
         *whole = arena_strdup(a, want);
    char *w = strtok_r(want, "\n", &save_want), *g = strtok_r(got, "\n", &save_got);
    for (; w && g; w = strtok_r(NULL, "\n", &save_want), g = strtok_r(NULL, "\n", &save_got))
        CHECK_STR(g, w);
    CHECK_STR(text, whole);
    free(input);
    free(want);
}

TEST(documents_are_written_as_sigs_does)
{
    static const char *const rows[][2] = {
        {"{\"b\":{\"x\":[1,{\"a\":1,\"b\":[1]}]},\"a\":[]}",
         "a: []\nb:\n  x:\n  - 1\n  - a: 1\n    b:\n    - 1\n"},
        {"[[1,[2]],{}]", "- - 1\n  - - 2\n- {}\n"},
        {"\"x\"", "x\n"},
        {"null", "null\n"},
        {"{\"a10\":1,\"a2\":2,\"A\":3,\"1\":4,\"_\":5}", "_: 5\n\"1\": 4\nA: 3\na2: 2\na10: 1\n"},
        {"{\"f\":1e21,\"g\":3.0,\"h\":1.5,\"i\":18446744073709551615,\"j\":100000000000000000000}",
         "f: 1e+21\ng: 3\nh: 1.5\ni: 18446744073709551615\nj: 1e+20\n"},
        {"{\"a\":\"x\\ny\\n\",\"b\":1}", "a: |\n  x\n  y\nb: 1\n"},
        {"[\"x\\ny\",2]", "- |-\n  x\n  y\n- 2\n"},
        {"{\"y\":true,\"a b\":\"it's\",\"c\":\"'it\"}", "a b: it's\nc: '''it'\n\"y\": true\n"},
        {"{\"a\":\"tab\\there\\nx\"}", "a: \"tab\\there\\nx\"\n"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *d = NULL, *back = NULL;
        CHECK_OK(json_read(a, span_of(rows[i][0]), NULL, &d));
        char *text = yaml_text(a, d, YAML_WRITE_SIGS);
        CHECK_STR(text, rows[i][1]);
        CHECK_OK(yaml_read(a, span_of(text), YAML_SIGS, NULL, &back));
        CHECKF(doc_equal(d, back), "%s does not read back", text);
    }
}

/* Texts are looked at in blocks: a sign counts wherever it stands in one, and in the rest behind the last. */
TEST(a_sign_is_seen_at_every_place_of_a_long_text)
{
    static const struct {
        const char *sign;
        char quote; /* that the text then begins with */
    } rows[] = {{": ", '\''}, {" #", '\''}, {":x", 'a'},       {"x#", 'a'},       {"'x", 'a'},
                {"\n", '|'},  {"\t", '"'},  {"\xc2\xa0", 'a'}, {"\xc2\x9f", '"'}, {"\x7f", '"'}};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t at = 1; at < 50; at++) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            char *text = arena_printf(a, "%.*s%s%.*sz", (int)at,
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", rows[i].sign,
                                      (int)(50 - at), "bb bbb bbbb bbb bbbb bb bbbbb bbb bbbb bbbbbbb bbb");
            struct doc *d = doc_new_map(a), *back = NULL;
            doc_set_str(a, d, "k", text);
            char *written = yaml_text(a, d, YAML_WRITE_SIGS);
            CHECKF(written[3] == rows[i].quote, "%s begins with %c", written, rows[i].quote);
            CHECK_OK(yaml_read(a, span_of(written), YAML_SIGS, NULL, &back));
            CHECKF(doc_equal(d, back), "%s does not read back", written);
        }
    }
}

TEST_MAIN
