/* Rows of template, what it prints and the error that ends it, as Go's text/template answered them. */
#ifndef CAPSTAN_TESTS_TMPL_ROWS_H
#define CAPSTAN_TESTS_TMPL_ROWS_H

#include "doc/json.h"
#include "lib/test.h"
#include "tmpl/sprig.h"

struct row {
    const char *text, *want, *error; /* error "" = none; a NUL in `want` cannot be told */
};

/* Runs a text under the name "t" with the data; the error's message or "". */
static UNUSED char *rows_run(struct tmpl_env *env, const struct tmpl_funcs *funcs, const char *text,
                             struct tmpl_value dot, struct str *out)
{
    struct tmpl *t = NULL;
    struct tmpl_set *set = tmpl_set_new(NULL);
    struct err *e = tmpl_compile(funcs, span_of("t"), span_of(text), &t);
    if (!e) {
        tmpl_set_add(set, t);
        env->set = set;
        e = tmpl_run(env, span_of("t"), dot, out);
    }
    char *message = mem_strdup(e ? e->msg : "");
    err_free(e);
    tmpl_unref(t);
    tmpl_set_free(set);
    return message;
}

static UNUSED void rows_check(const struct tmpl_funcs *funcs, const struct row *rows, size_t n,
                              const char *json, enum tmpl_missing missing)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("rows");
        CLEANUP(str_release) struct str out = {0};
        struct doc *d = NULL;
        CHECK_OK(json_read(a, span_of(json), NULL, &d));
        struct tmpl_env env = {.arena = a, .missing = missing};
        CLEANUP(mem_freep)
        char *error = rows_run(&env, funcs, rows[i].text, tmpl_from_doc(a, d, TMPL_NUMBERS_FLOAT), &out);
        CHECKF(streq(error, rows[i].error) && streq(str_text(&out), rows[i].want),
               "%s\n#   prints '%s' and says '%s',\n#   want   '%s' and        '%s'", rows[i].text,
               str_text(&out), error, rows[i].want, rows[i].error);
    }
}

#endif
