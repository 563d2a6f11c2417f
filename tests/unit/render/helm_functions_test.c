/* Every function that a template may call, with arguments as they are meant, empty, nil and of a wrong type:
 * what the official helm answered to each (helm_functions.jsonl, made by record_functions beside it). A
 * function that lacks one of the four is named, so a new one cannot come without its rows. */
#include "unit/render/rig.h"

static const char *const kinds[] = {"normal", "empty", "nil", "wrong"};

/* The recorded cases, one JSON object a line. */
static const struct doc *cases(struct arena *a)
{
    size_t len = 0;
    CLEANUP(mem_freep) char *text = test_read_file("tests/unit/render/helm_functions.jsonl", &len);
    struct span rest = {text, len};
    struct doc *list = doc_new_list(a), *row;
    for (;;) {
        CHECK_OK(json_read_next(a, &rest, NULL, &row));
        if (!row)
            return list;
        doc_push(a, list, row);
    }
}

TEST(each_function_has_a_case_of_each_kind)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    struct doc *seen = doc_new_map(a);
    helm_funcs_add(funcs, HELM_4);
    doc_each (it, cases(a))
        doc_set_bool(a, doc_own_map(a, seen, doc_str(doc_get(it.val, "function"), "")),
                     doc_str(doc_get(it.val, "kind"), ""), true);
    size_t at = 0, n = 0;
    for (const struct tmpl_func *f; (f = tmpl_funcs_next(funcs, &at)); n++)
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
            CHECKF(doc_path(seen, f->name, kinds[k]), "%s has no case '%s'", f->name, kinds[k]);
    CHECKF(n == doc_len(seen), "%zu functions, cases of %zu", n, doc_len(seen));
}

static void check_kind(const char *kind)
{
    CLEANUP(arena_freep) struct arena *all = arena_new("test");
    size_t n = 0;
    doc_each (it, cases(all)) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        if (!doc_str_is(doc_get(it.val, "kind"), kind))
            continue;
        const char *template = doc_str(doc_get(it.val, "template"), ""),
                   *error = doc_str(doc_get(it.val, "error"), NULL);
        const char *want = error ? arena_printf(a, "error: %s", error) : doc_str(doc_get(it.val, "want"), "");
        const char *got = rig_one(a, template, NULL);
        CHECKF(streq(got, want), "%s\n  got  %s\n  want %s", template, got, want);
        n++;
    }
    CHECK(n > 200);
}

TEST(as_they_are_meant)
{
    check_kind("normal");
}

TEST(empty)
{
    check_kind("empty");
}

TEST(nil)
{
    check_kind("nil");
}

TEST(of_a_wrong_type)
{
    check_kind("wrong");
}

TEST_MAIN
