/* The document core: build, read, edit without touching the original, compare, freeze. */
#include "doc/doc.h"

#include "doc/json.h"
#include "lib/test.h"

#include <pthread.h>

static struct doc *parse(struct arena *a, const char *text)
{
    struct doc *d = NULL;
    CHECK_OK(json_read(a, span_of(text), NULL, &d));
    return d;
}

TEST(getters_accept_nothing_and_chain)
{
    CHECK_INT(doc_kind(NULL), DOC_NONE);
    CHECK_STR(doc_str(doc_path(NULL, "a", "b"), "dflt"), "dflt");
    CHECK_INT(doc_len(NULL), 0);
    CHECK_INT(doc_int(doc_at(NULL, 3), 7), 7);
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *d = parse(a, "{\"metadata\":{\"name\":\"x\",\"n\":[1,2.5,true,null,1e3]}}");
    CHECK_STR(doc_str(doc_path(d, "metadata", "name"), ""), "x");
    const struct doc *n = doc_path(d, "metadata", "n");
    CHECK_INT(doc_len(n), 5);
    CHECK_INT(doc_int(doc_at(n, 0), 0), 1);
    CHECK_INT(doc_int(doc_at(n, 1), -1), -1);
    CHECK(doc_float(doc_at(n, 1), 0) == 2.5);
    CHECK(doc_bool(doc_at(n, 2), false));
    CHECK_INT(doc_kind(doc_at(n, 3)), DOC_NULL);
    CHECK_INT(doc_int(doc_at(n, 4), 0), 1000);
    CHECK(span_is(doc_literal(doc_at(n, 4)), "1e3"));
    CHECK_STR(doc_kind_name(n), "array");
}

TEST(maps_keep_order_and_find_keys_at_every_size)
{
    for (int size = 0; size < 300; size += 1 + size / 8) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct doc *map = doc_new_map(a);
        for (int i = 0; i < size; i++)
            doc_set_int(a, map, arena_printf(a, "k%d", i), i);
        for (int i = 0; i < size; i += 2)
            doc_set_int(a, map, arena_printf(a, "k%d", i), -i);
        CHECK_INT(doc_len(map), size);
        int at = 0;
        doc_each (it, map) {
            CHECK_STR(it.key.at, arena_printf(a, "k%d", at));
            CHECK_INT(doc_int(it.val, 1), at % 2 ? at : -at);
            at++;
        }
        CHECK(!doc_get(map, "absent"));
        for (int i = 0; i < size; i += 3)
            CHECK(doc_del(a, map, arena_printf(a, "k%d", i)));
        CHECK(!doc_del(a, map, "absent"));
        for (int i = 0; i < size; i++)
            CHECK((doc_get(map, arena_printf(a, "k%d", i)) != NULL) == (i % 3 != 0));
    }
}

TEST(an_edit_through_a_copy_never_shows_in_the_original)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *text = "{\"a\":{\"b\":{\"c\":1},\"l\":[{\"x\":1},2]},\"z\":0}";
    struct doc *original = parse(a, text);
    struct doc *copy = doc_shallow(a, original);
    struct doc *b = doc_own_map(a, doc_own_map(a, copy, "a"), "b");
    doc_set_int(a, b, "c", 2);
    struct doc *l = doc_own_get(a, doc_own_map(a, copy, "a"), span_of("l"));
    doc_set_int(a, doc_own_at(a, l, 0), "x", 9);
    doc_remove(a, l, 1);
    doc_del(a, copy, "z");
    CHECK_STR(json_text(a, original, 0), text);
    CHECK_STR(json_text(a, copy, 0), "{\"a\":{\"b\":{\"c\":2},\"l\":[{\"x\":9}]}}");

    const struct doc *with = doc_with(a, original, doc_new_str(a, "v"), "a", "new", "deep");
    CHECK_STR(json_text(a, original, 0), text);
    CHECK_STR(doc_str(doc_path(with, "a", "new", "deep"), ""), "v");
    CHECK(doc_path(with, "a", "b", "c"));
    const struct doc *without = doc_without(a, original, "a", "b");
    CHECK(!doc_path(without, "a", "b") && doc_path(original, "a", "b"));
    CHECK(doc_without(a, original, "a", "nope") == original);
}

TEST(setting_a_value_of_the_map_itself_is_safe)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *map = parse(a, "{\"a\":{\"x\":1}}");
    for (int i = 0; i < 40; i++)
        doc_set(a, map, arena_printf(a, "k%d", i), doc_get(map, "a"));
    doc_set_int(a, doc_own_map(a, map, "k7"), "x", 2);
    CHECK_INT(doc_int(doc_path(map, "a", "x"), 0), 1);
    CHECK_INT(doc_int(doc_path(map, "k8", "x"), 0), 1);
    CHECK_INT(doc_int(doc_path(map, "k7", "x"), 0), 2);
}

TEST(equality_is_by_value_and_digests_agree)
{
    static const struct {
        const char *x, *y;
        bool equal;
    } rows[] = {
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"[1,2]", "[2,1]", false},
        {"1", "1.0", true},
        {"1", "\"1\"", false},
        {"1e3", "1000", true},
        {"0", "-0", true},
        {"9007199254740993", "9007199254740992", false},
        {"null", "false", false},
        {"{\"a\":null}", "{}", false},
        {"\"1000m\"", "\"1\"", false},
        {"{\"a\":{\"b\":[1,{\"c\":2}]}}", "{\"a\":{\"b\":[1.0,{\"c\":2}]}}", true},
        {"{\"a\":1}", "{\"b\":1}", false},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct doc *x = parse(a, rows[i].x), *y = parse(a, rows[i].y);
        CHECKF(doc_equal(x, y) == rows[i].equal, "%s and %s", rows[i].x, rows[i].y);
        CHECKF(!rows[i].equal || doc_hash(x) == doc_hash(y), "digests of %s and %s", rows[i].x, rows[i].y);
    }
    CHECK(!doc_equal(NULL, parse(a, "null")));
    CHECK(doc_hash(parse(a, "[[1],2]")) != doc_hash(parse(a, "[1,[2]]")));
}

TEST(floats_are_written_as_go_does)
{
    static const struct {
        double v;
        const char *text;
    } rows[] = {{1.5, "1.5"},
                {100, "100"},
                {0.000001, "0.000001"},
                {1e-7, "1e-7"},
                {1.25e-10, "1.25e-10"},
                {1e20, "100000000000000000000"},
                {18446744073709551616.0, "18446744073709552000"},
                {1e21, "1e+21"},
                {-3.25e30, "-3.25e+30"},
                {0.1, "0.1"},
                {1.2345678901234567, "1.2345678901234567"},
                {5e-324, "5e-324"}};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(json_text(a, doc_new_float(a, rows[i].v), 0), rows[i].text);
    CHECK_INT(doc_kind(doc_new_float(a, 1.0 / 0.0)), DOC_NULL);
    CHECK_STR(json_text(a, doc_new_int(a, INT64_MIN), 0), "-9223372036854775808");
    CHECK_INT(doc_int(doc_new_int(a, INT64_MIN), 0), INT64_MIN);
}

TEST(a_frozen_document_outlives_its_arena)
{
    struct arena *a = arena_new("test");
    struct str long_key = {0};
    str_fill(&long_key, 'k', 500);
    struct doc *d = parse(a, "{\"a\":[1,\"two\",{\"x\":3.141592653589793238}],\"s\":\"nul\\u0000in\"}");
    for (int i = 0; i < 20; i++)
        doc_set_int(a, d, arena_printf(a, "n%d", i), i);
    doc_set_str(a, d, str_text(&long_key), "v");
    char *text = mem_strdup(json_text(a, d, 0));
    uint64_t hash = doc_hash(d);
    struct frozen *f = doc_freeze(d);
    arena_free(a);

    a = arena_new("test");
    const struct doc *root = frozen_root(f);
    CHECK_STR(json_text(a, root, 0), text);
    CHECK(doc_hash(root) == hash);
    CHECK_INT(doc_span(doc_get(root, "s")).len, 6);
    CHECK_STR(doc_str(doc_get(root, long_key.at), ""), "v");
    CHECK_INT(doc_int(doc_get(root, "n17"), 0), 17);
    CHECK(frozen_size(f) > 32 * 23);
    struct doc *edit = doc_shallow(a, root);
    doc_set_int(a, edit, "n17", 18);
    CHECK_INT(doc_int(doc_get(root, "n17"), 0), 17);
    CHECK(frozen_ref(f) == f);
    frozen_unref(f);
    frozen_unrefp(&f);
    CHECK(!f && !frozen_root(f));
    arena_free(a);
    free(text);
    str_release(&long_key);
}

static void *use_frozen(void *arg)
{
    struct frozen *f = arg;
    CLEANUP(arena_freep) struct arena *a = arena_new("thread");
    struct doc *map = doc_new_map(a);
    for (int i = 0; i < 2000; i++)
        doc_set_int(a, map, arena_printf(a, "shared-key-%d", i), i);
    for (int i = 0; i < 2000; i++)
        if (doc_int(doc_get(map, arena_printf(a, "shared-key-%d", i)), -1) != i)
            return NULL;
    bool ok = doc_equal(frozen_root(f), frozen_root(f)) && doc_get(frozen_root(f), "a");
    frozen_unref(f);
    return ok ? arg : NULL;
}

TEST(threads_share_keys_and_frozen_documents)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct frozen *f = doc_freeze(parse(a, "{\"a\":[1,2,3]}"));
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK_INT(pthread_create(&threads[i], NULL, use_frozen, frozen_ref(f)), 0);
    frozen_unref(f);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        CHECK(result);
    }
}

TEST(the_key_table_is_capped_and_documents_do_not_notice)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *map = doc_new_map(a);
    for (int i = 0; i < 70000; i++)
        doc_set_int(a, map, arena_printf(a, "hostile-%d", i), i);
    CHECK_INT(doc_len(map), 70000);
    struct doc *small = parse(a, "{\"hostile-69999\":1,\"hostile-69999\":2,\"b\":3}");
    CHECK_INT(doc_len(small), 2);
    CHECK_INT(doc_int(doc_get(small, "hostile-69999"), 0), 2);
    struct frozen *f = doc_freeze(map);
    for (int i = 0; i < 70000; i += 777)
        CHECK_INT(doc_int(doc_get(frozen_root(f), arena_printf(a, "hostile-%d", i)), -1), i);
    frozen_unref(f);
    CHECK(doc_equal(doc_deep(a, map), map));
}

TEST_MAIN
