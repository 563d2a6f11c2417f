/* The grammar of --set and its kin (specs/helm.md §4.8), and the merging of values files. */
#include "unit/render/rig_values.h"

struct row {
    enum helm_set kind;
    const char *before, *text, *want; /* JSON, or "error: ..." */
};

static void run(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct tmpl_map *m = values_of_json(a, rows[i].before);
        struct helm_setting s = {rows[i].kind, rows[i].text};
        struct err *e = helm_values_set(a, m, &s, NULL);
        const char *got = e ? arena_printf(a, "error: %s", e->msg) : json_of_values(a, m);
        CHECKF(streq(got, rows[i].want), "%s\n  got  %s\n  want %s", rows[i].text, got, rows[i].want);
        err_free(e);
    }
}

TEST(values_have_types)
{
    static const struct row rows[] = {
        {HELM_SET, "{}", "a=1", "{\"a\":1}"},
        {HELM_SET, "{}", "a=-1,b=+5", "{\"a\":-1,\"b\":5}"},
        {HELM_SET, "{}", "a=1.5", "{\"a\":\"1.5\"}"},
        {HELM_SET, "{}", "a=1e3", "{\"a\":\"1e3\"}"},
        {HELM_SET, "{}", "a=007", "{\"a\":\"007\"}"},
        {HELM_SET, "{}", "a=0", "{\"a\":0}"},
        {HELM_SET, "{}", "a=TRUE,b=False", "{\"a\":true,\"b\":false}"},
        {HELM_SET, "{}", "a=null", "{\"a\":null}"},
        {HELM_SET, "{}", "a=", "{\"a\":\"\"}"},
        {HELM_SET, "{}", "a=,b=1", "{\"a\":\"\",\"b\":1}"},
        {HELM_SET, "{}", "a=99999999999999999999", "{\"a\":\"99999999999999999999\"}"},
        {HELM_SET_STRING, "{}", "a=1,b=true,c=null", "{\"a\":\"1\",\"b\":\"true\",\"c\":\"null\"}"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(names_nest)
{
    static const struct row rows[] = {
        {HELM_SET, "{}", "a.b.c=1", "{\"a\":{\"b\":{\"c\":1}}}"},
        {HELM_SET, "{\"a\":{\"x\":1}}", "a.b=2", "{\"a\":{\"b\":2,\"x\":1}}"},
        {HELM_SET, "{}", "a\\.b=1", "{\"a.b\":1}"},
        {HELM_SET, "{}", "a=x\\,y", "{\"a\":\"x,y\"}"},
        {HELM_SET, "{\"a\":\"text\"}", "a.b=1",
         "error: failed parsing --set data: unable to parse key: interface conversion: interface {} is "
         "string, "
         "not map[string]interface {}"},
        {HELM_SET, "{}", "a", "error: failed parsing --set data: key \"a\" has no value"},
        {HELM_SET, "{}", "a,b=1",
         "error: failed parsing --set data: key \"a\" has no value (cannot end with ,)"},
        {HELM_SET, "{}", "a.=1", "error: failed parsing --set data: key map \"a\" has no value"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(lists_grow)
{
    static const struct row rows[] = {
        {HELM_SET, "{}", "a={x,1,true}", "{\"a\":[\"x\",1,true]}"},
        {HELM_SET, "{}", "a={}", "{\"a\":[\"\"]}"},
        {HELM_SET, "{}", "a={x},b=1", "{\"a\":[\"x\"],\"b\":1}"},
        {HELM_SET, "{}", "a={x", "error: failed parsing --set data: list must terminate with '}'"},
        {HELM_SET, "{}", "a[2]=x", "{\"a\":[null,null,\"x\"]}"},
        {HELM_SET, "{}", "a[0].b=1,a[0].c=2", "{\"a\":[{\"b\":1,\"c\":2}]}"},
        {HELM_SET, "{}", "a[0][1]=x", "{\"a\":[[null,\"x\"]]}"},
        {HELM_SET, "{\"a\":[1,2]}", "a[1]=x", "{\"a\":[1,\"x\"]}"},
        {HELM_SET, "{}", "a[-1]=x", "error: failed parsing --set data: negative -1 index not allowed"},
        {HELM_SET, "{}", "a[0]x=1",
         "error: failed parsing --set data: unexpected data at end of array index: ['x']"},
        {HELM_SET, "{}", "a[65537]=x",
         "error: failed parsing --set data: index of 65537 is greater than maximum supported index of 65536"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(json_and_literals)
{
    static const struct row rows[] = {
        {HELM_SET_JSON, "{}", "a={\"x\":[1,2.5]},b=\"y\"", "{\"a\":{\"x\":[1,2.5]},\"b\":\"y\"}"},
        {HELM_SET_JSON, "{}", "a=", "{\"a\":null}"},
        {HELM_SET_JSON, "{\"a\":{\"x\":1}}", "{\"a\":{\"y\":2}}", "{\"a\":{\"x\":1,\"y\":2}}"},
        {HELM_SET_JSON, "{}", "a={", "error: failed parsing --set-json data a={"},
        {HELM_SET_LITERAL, "{}", "a.b={x},y=\\z", "{\"a\":{\"b\":\"{x},y=\\\\z\"}}"},
        {HELM_SET_LITERAL, "{}", "a[1]=x,y", "{\"a\":[null,\"x,y\"]}"},
    };
    run(rows, ARRAY_LEN(rows));
}

TEST(hostile_settings_end)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str deep = {0}, wide = {0}, lists = {0};
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    for (int i = 0; i < 40; i++)
        str_add(&deep, "a.");
    str_add(&deep, "a=1");
    for (int i = 0; i < 100; i++)
        str_printf(&wide, "k%d[65536]=x,", i);
    str_add(&lists, "a");
    for (int i = 0; i < 100000; i++)
        str_add(&lists, "[0]");
    struct err *e = helm_values_set(a, m, &(struct helm_setting){HELM_SET, str_text(&deep)}, NULL);
    CHECK(e && strstr(e->msg, "nested level of 30"));
    err_free(e);
    e = helm_values_set(a, m, &(struct helm_setting){HELM_SET, str_text(&wide)}, NULL);
    CHECK(e && e->code == ERR_EXHAUSTED);
    err_free(e);
    e = helm_values_set(a, m, &(struct helm_setting){HELM_SET, str_text(&lists)}, NULL);
    CHECK(e && e->code == ERR_EXHAUSTED);
    err_free(e);
}

TEST(files_merge_and_null_is_a_value)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct tmpl_map *m = values_of_json(a, "{\"a\":{\"x\":1,\"y\":[1]},\"b\":1}");
    helm_values_merge(m, values_of_json(a, "{\"a\":{\"x\":null,\"y\":[2]},\"b\":{\"c\":1}}"));
    CHECK_STR(json_of_values(a, m), "{\"a\":{\"x\":null,\"y\":[2]},\"b\":{\"c\":1}}");
}
TEST_MAIN
