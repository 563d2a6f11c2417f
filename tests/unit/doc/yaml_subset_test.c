/* What the scanner of YAML's common subset takes and where it gives up; that it equals libyaml is held over
 * many more texts by tests/fuzz/yaml_subset_fuzz.c. */
#include "doc/json.h"
#include "doc/yaml_compose.h"
#include "lib/test.h"

/* The documents as JSON, one a line with its line; NULL when the scanner gives up. */
static const char *read_both(struct arena *a, const char *text, bool all)
{
    CLEANUP(compose_release)
    struct composer ours = {.arena = a, .limits = limits_default},
                    theirs = {.arena = a, .limits = limits_default};
    struct yaml_docs x, y;
    CLEANUP(str_release) struct str s = {0}, reference = {0};
    bool taken = yaml_subset_read(&ours, span_of(text), all, &x);
    struct err *e = yaml_events_read(&theirs, span_of(text), all, &y);
    for (size_t i = 0; taken && i < x.len; i++)
        str_printf(&s, "%u %s\n", doc_line(x.at[i]), json_text(a, x.at[i], 0));
    for (size_t i = 0; !e && i < y.len; i++)
        str_printf(&reference, "%u %s\n", doc_line(y.at[i]), json_text(a, y.at[i], 0));
    if (taken) {
        CHECK_OK(e);
        CHECK_STR(str_text(&s), str_text(&reference));
    }
    err_free(e);
    compose_release(&theirs);
    str_release(&reference);
    return taken ? arena_strdup(a, str_text(&s)) : NULL;
}

TEST(what_manifests_hold_is_taken)
{
    static const char *const rows[] = {
        "a: 1\nb:\n  c: x y\n  d: [1, 'x', {y: \"z\"}, ]\ne: {}\n",
        "a:\n- b: 1\n  c:\n  - d\n-\n- - e\n  - f\ng:\n  - h\n",
        "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n\n    z\n  w\nc: |+\n  x\n\n\nd: |2\n   x\n",
        "a: plain text\n  goes on\n\n  and on # until here\nb: it's a:b #c\n",
        "a: \"x\\n\\u00e9\\\n   y  \n\n  z\"\nb: 'it''s\n  folded'\n\"c d\": e\n'f': g\n",
        "# head\n---\n# nothing\n---\na: b # c\n---\n- x\n",
        "{\"a\": [1, 2,\n {\"b\": null}], c: d}\n",
        "a: :x\nb: ?y\nc: -z\nd: --- x\ne: \xc3\xa9\n\xc3\xa9: f",
        "yes: on\n1: 0x1f\n~x: 1_000\nt: 2001-12-14\n",
        "top level\n  text\n",
        "",
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (int all = 0; all < 2; all++)
            CHECKF(read_both(a, rows[i], all), "gave up: %s", rows[i]);
}

TEST(what_is_odd_or_wrong_is_left_to_libyaml)
{
    static const char *const rows[] = {
        "a: &x 1\n",     "a: *x\n",     "a: !!str 1\n",      "? a\n: b\n",     "%YAML 1.1\n---\na\n",
        "a:\n\tb: 1\n",  "a: b\r\n",    "a: \"x\n--- y\"\n", "a: b: c\n",      "a: 1\n b: 2\n",
        "a: [1\n",       "a: 'x\n",     "a: \"\\q\"\n",      "a: \"\\ud83d\"", "a: \xff\n",
        "a: \xc2\x85\n", "a: \x7f\n",   "\xef\xbb\xbf- 1\n", "a: - b\n",       "- a\nb: c\n",
        "a: {b, c}\n",   "a: [b: c]\n", "[a]: b\n",          "a\n...\n",       "a: x\n  y: z\n",
        "a: |\n\tx\n",   "a: `x\n",     "a: @x\n",           "a: 1\n- b\n",    "--- a\n",
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECKF(!read_both(a, rows[i], true), "taken: %s", rows[i]);
}

TEST(limits_are_libyamls_to_name)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d;
    CHECK_ERR(yaml_read(a, span_of("a:\n- 1\n- 2\n"), YAML_V3, &(struct limits){.values = 4}, &d),
              ERR_EXHAUSTED, "more than 4 values");
    CHECK_ERR(yaml_read(a, span_of("a:\n- b:\n    c: 1\n"), YAML_V3, &(struct limits){.depth = 2}, &d),
              ERR_INVALID, "exceeded max depth of 2");
    CHECK_ERR(yaml_read(a, span_of("a: 1\n"), YAML_V3, &(struct limits){.bytes = 4}, &d), ERR_EXHAUSTED,
              "5 bytes of YAML");
}

TEST_MAIN
