/* Any text, compiled and run with all functions and small limits, ends: with a text, or with an error that
 * says so in Go's form. */
#include "doc/json.h"
#include "lib/fuzz.h"
#include "tmpl/sprig.h"

TMPL_FN(tpl)
{
    struct tmpl *t;
    TRY(tmpl_compile(x->env->host, span_of("gotpl"), tmpl_span_of(args[0]), &t));
    struct tmpl_set *child = tmpl_set_new(x->set);
    tmpl_set_add(child, t);
    tmpl_unref(t);
    struct err *e = tmpl_capture(x, child, span_of("gotpl"), args[1], out);
    tmpl_set_free(child);
    return e;
}

static const struct tmpl_func rows[] = {{"tpl", "sa", tpl}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tmpl_funcs *funcs;
    static const char json[] =
        "{\"a\":{\"b\":[1,\"x\",null,{\"c\":true}]},\"s\":\"text\",\"n\":80,\"z\":null,\"e\":{}}";
    if (!funcs) {
        funcs = tmpl_funcs_new();
        tmpl_sprig_add(funcs);
        tmpl_funcs_add(funcs, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
        tmpl_funcs_add(funcs, rows, ARRAY_LEN(rows));
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(tmpl_set_freep) struct tmpl_set *set = tmpl_set_new(NULL);
    CLEANUP(tmpl_unrefp) struct tmpl *t = NULL;
    CLEANUP(str_release) struct str out = {0};
    struct doc *d;
    CLEANUP(err_freep)
    struct err *e = tmpl_compile(funcs, span_of("f"), (struct span){(const char *)data, size}, &t);
    if (!e) {
        tmpl_set_add(set, t);
        struct tmpl_env env = {
            .arena = a,
            .set = set,
            .host = funcs,
            .limits = {.steps = 20000, .stack = 1 << 20, .output = 1 << 20, .memory = 4 << 20},
        };
        err_freep(&e);
        e = json_read(a, span_of(json), NULL, &d);
        if (!e)
            e = tmpl_run(&env, span_of("f"), tmpl_from_doc(a, d, TMPL_NUMBERS_FLOAT), &out);
    }
    if (e && strncmp(e->msg, "template: ", 10) != 0)
        panic("an error that is not Go's: %s", e->msg);
    return 0;
}
