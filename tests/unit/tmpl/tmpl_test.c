/* The library's own promises: sets and overriding, functions of a host, objects with methods, limits,
 * sharing. */
#include "tmpl/tmpl.h"

#include "doc/json.h"
#include "lib/test.h"
#include "tmpl/sprig.h"

#include <pthread.h>

struct fixture {
    struct arena *a;
    struct tmpl_funcs *funcs;
    struct tmpl_set *set;
    struct tmpl_env env;
    struct str out;
};

TMPL_FN(include)
{
    return tmpl_capture(x, x->set, tmpl_span_of(args[0]), args[1], out);
}

/* Helm's tpl in short: a child set for one text. */
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

static const struct tmpl_func host_rows[] = {{"include", "sa", include}, {"tpl", "sa", tpl}};

static struct fixture fixture_new(void)
{
    struct fixture f = {.a = arena_new("test"), .funcs = tmpl_funcs_new(), .set = tmpl_set_new(NULL)};
    tmpl_sprig_add(f.funcs);
    tmpl_funcs_add(f.funcs, host_rows, ARRAY_LEN(host_rows));
    f.env = (struct tmpl_env){.arena = f.a, .set = f.set, .host = f.funcs};
    return f;
}

static void fixture_release(struct fixture *f)
{
    tmpl_set_free(f->set);
    tmpl_funcs_free(f->funcs);
    str_release(&f->out);
    arena_free(f->a);
}

static void add(struct fixture *f, const char *name, const char *text)
{
    struct tmpl *t;
    CHECK_OK(tmpl_compile(f->funcs, span_of(name), span_of(text), &t));
    tmpl_set_add(f->set, t);
    tmpl_unref(t);
}

static struct err *run(struct fixture *f, const char *name, struct tmpl_value dot)
{
    str_clear(&f->out);
    return tmpl_run(&f->env, span_of(name), dot, &f->out);
}

TEST(a_later_body_replaces_unless_it_is_empty)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    add(&f, "a", "{{define \"x\"}}first{{end}}");
    add(&f, "b", "{{define \"x\"}}second{{end}}");
    add(&f, "c", "{{define \"x\"}} {{/* nothing */}}\n{{end}}");
    add(&f, "main", "{{template \"x\"}}");
    CHECK_OK(run(&f, "main", tmpl_nil()));
    CHECK_STR(str_text(&f.out), "second");
    CHECK(tmpl_set_has(f.set, span_of("c")));
    CHECK_ERR(run(&f, "none", tmpl_nil()), ERR_INVALID,
              "template: no template \"none\" associated with template \"gotpl\"");
}

TEST(a_child_set_sees_its_parent_and_hides_what_it_defines)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    add(&f, "a", "{{define \"x\"}}parent{{end}}{{define \"call\"}}{{include \"x\" .}}{{end}}");
    add(&f, "main", "{{tpl `{{define \"x\"}}child{{end}}{{include \"call\" .}}` .}} {{include \"call\" .}}");
    CHECK_OK(run(&f, "main", tmpl_nil()));
    CHECK_STR(str_text(&f.out), "child parent");
}

TEST(an_error_names_every_body_on_the_way)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    add(&f, "lib", "{{define \"inner\"}}\n{{ .a.b }}{{end}}");
    add(&f, "main", "x\n{{ include \"inner\" . | upper }}");
    struct tmpl_map *m = tmpl_map_new(f.a, &tmpl_type_map);
    f.env.missing = TMPL_MISSING_ZERO;
    CHECK_ERR(
        run(&f, "main", tmpl_map_value(m)), ERR_INVALID,
        "template: main:2:3: executing \"main\" at <include \"inner\" .>: error calling include: template: "
        "lib:2:5: executing \"inner\" at <.a.b>: nil pointer evaluating interface {}.b");
    add(&f, "unknown", "{{include \"nope\" .}}");
    CHECK_ERR(run(&f, "unknown", tmpl_nil()), ERR_INVALID,
              "error calling include: template: no template \"nope\"");
}

/* --- objects --- */

static void version_text(struct tmpl_value v, struct str *out)
{
    str_add(out, "v");
    tmpl_print(out, v.object->fields[0]);
}

TMPL_FN(version_has)
{
    *out = tmpl_bool(span_eq(tmpl_span_of(args[0].object->fields[0]), tmpl_span_of(args[1])));
    return NULL;
}

static const struct tmpl_func version_methods[] = {{"Has", "s", version_has}};
static const char *const version_fields[] = {"Number", "Extra"};
static const struct tmpl_type version_type = {.name = "*test.Version",
                                              .kind = TMPL_OBJECT,
                                              .pointer = true,
                                              .methods = version_methods,
                                              .methods_len = 1,
                                              .fields = version_fields,
                                              .fields_len = 2,
                                              .text = version_text};
static const struct tmpl_type pair_type = {
    .name = "*test.Pair", .kind = TMPL_OBJECT, .pointer = true, .fields = version_fields, .fields_len = 2};
static const struct tmpl_type values_type = {
    .name = "common.Values", .kind = TMPL_MAP, .elem = TMPL_NIL, .of = &tmpl_type_map};

TEST(objects_have_fields_methods_and_text)
{
    static const struct {
        const char *text, *want, *error;
    } rows[] = {
        {"{{.v}} {{.v.Number}} {{.v.Has \"1.2\"}} {{.v.Extra}} {{kindOf .v}} {{typeOf .v}}",
         "v1.2 1.2 true 7 ptr *test.Version", ""},
        {"{{.p}} {{print .p}} {{printf \"%+v\" .p}}", "{1.2 7} &{1.2 7} &{Number:1.2 Extra:7}", ""},
        {"{{printf \"%s|%v|%q\" .v .v .v}} {{toString .v}} {{quote .v}}", "v1.2|v1.2|\"v1.2\" v1.2 \"v1.2\"",
         ""},
        {"{{.v.Nope}}", "", "at <.v.Nope>: can't evaluate field Nope in type *test.Version"},
        {"{{.v.Number 1}}", "", "Number has arguments but cannot be invoked as function"},
        {"{{.v.Has}}", "", "wrong number of args for Has: want 1 got 0"},
        {"{{.v.Has 5}}", "", "at <5>: expected string; found 5"},
        {"{{toJson .p}} {{eq .v .v}} {{empty .v}}", "{\"Number\":\"1.2\",\"Extra\":7} true false", ""},
        {"{{typeOf .n}} {{kindIs \"map\" .n}} {{hasKey .n \"k\"}} {{.n.k}}", "common.Values true true 1", ""},
        {"{{dig \"k\" \"d\" .n}}", "",
         "interface conversion: interface {} is common.Values, not map[string]interface {}"},
        {"{{set .v \"a\" 1}}", "",
         "wrong type for value; expected map[string]interface {}; got *test.Version"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(fixture_release) struct fixture f = fixture_new();
        struct tmpl_value fields[] = {tmpl_str("1.2"), tmpl_int(7)};
        struct tmpl_map *m = tmpl_map_new(f.a, &tmpl_type_map), *named = tmpl_map_new(f.a, &values_type);
        tmpl_map_set(named, span_of("k"), tmpl_int(1));
        tmpl_map_set(m, span_of("v"), tmpl_struct(f.a, &version_type, fields));
        tmpl_map_set(m, span_of("p"), tmpl_struct(f.a, &pair_type, fields));
        tmpl_map_set(m, span_of("n"), tmpl_map_value(named));
        add(&f, "main", rows[i].text);
        CLEANUP(err_freep) struct err *e = run(&f, "main", tmpl_map_value(m));
        CHECKF(e ? *rows[i].error && strstr(e->msg, rows[i].error) : streq(str_text(&f.out), rows[i].want),
               "%s gives '%s' %s", rows[i].text, str_text(&f.out), e ? e->msg : "");
    }
}

/* --- limits --- */

TEST(hostile_templates_end_in_an_error)
{
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"{{define \"r\"}}{{template \"r\" .}}{{end}}{{template \"r\" .}}", "nests too deeply"},
        {"{{define \"r\"}}{{include \"r\" .}}{{end}}{{include \"r\" .}}", "nests too deeply"},
        {"{{define \"r\"}}{{tpl `{{include \"r\" .}}` .}}{{end}}{{include \"r\" .}}", "nests too deeply"},
        {"{{range 1000000000}}{{end}}", "took more than"},
        {"{{range until 1000000000}}{{end}}", "memory"},
        {"{{repeat 1000000000 `x`}}", "memory"},
        {"{{repeat 9223372036854775807 `xx`}}", "memory"},
        {"{{indent 9223372036854775807 `xx`}}", "memory"},
        {"{{range 1000}}{{printf `%1000000d` 1}}{{end}}", "more than"},
        {"{{$x := `aaaaaaaaaaaaaaaa`}}{{range 100}}{{$x = print $x $x}}{{end}}", "memory"},
        {"{{$l := list 1}}{{range 100}}{{$l = concat $l $l}}{{end}}", "memory"},
        {"{{range 2000000}}{{$x := printf `%d` .}}{{end}}", "took more than"},
        {"{{$d := dict}}{{range 100000}}{{$_ := set $d (printf `%d` .) .}}{{end}}{{range 100000}}{{keys "
         "$d}}{{end}}",
         "more than"},
        {"{{range 1000}}{{range 1000}}{{seq 0 100000 | len}}{{end}}{{end}}", "more than"},
        {"{{$a := list}}{{range 100}}{{$a = list $a $a}}{{end}}{{toJson $a}}", "memory"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(fixture_release) struct fixture f = fixture_new();
        f.env.limits =
            (struct tmpl_limits){.steps = 300000, .stack = 1 << 20, .output = 4 << 20, .memory = 8 << 20};
        add(&f, "main", rows[i].text);
        struct err *e = run(&f, "main", tmpl_nil());
        CHECKF(e && e->code == ERR_EXHAUSTED && strstr(e->msg, rows[i].part), "%s: %s %s", rows[i].text,
               e ? err_code_name(e->code) : "succeeded", e ? e->msg : "");
        err_free(e);
    }
}

TEST(maps_that_hold_themselves_end)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"{{$d := dict}}{{$_ := set $d `k` $d}}{{$d}}", "map[k:map[...]]"},
        {"{{$d := dict}}{{$_ := set $d `k` (list $d)}}{{toJson $d}}|", "|"},
        {"{{$d := dict}}{{$e := dict `k` $d}}{{$_ := set $d `k` $e}}{{deepEqual $d $e}}", "true"},
        {"{{$d := dict}}{{$_ := set $d `k` $d}}{{$x := merge (dict `k` (dict)) $d}}{{len $x}}", "1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(fixture_release) struct fixture f = fixture_new();
        add(&f, "main", rows[i].text);
        CHECK_OK(run(&f, "main", tmpl_nil()));
        CHECK_STR(str_text(&f.out), rows[i].want);
    }
}

TEST(appends_share_memory_and_nothing_else)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    f.env.limits.memory = 16 << 20;
    add(&f, "main",
        "{{$a := list 1}}{{$b := append $a 2}}{{$c := append $b 3}}{{$d := append $b 4}}{{$e := append $a 5}}"
        "{{$a}}{{$b}}{{$c}}{{$d}}{{$e}}{{append (rest $c) 6}}{{append (slice $c 0 2) 7}}{{$c}}"
        "{{$l := list}}{{range 20000}}{{$l = append $l .}}{{end}} {{len $l}} {{last $l}}");
    CHECK_OK(run(&f, "main", tmpl_nil()));
    CHECK_STR(str_text(&f.out), "[1][1 2][1 2 3][1 2 4][1 5][2 3 6][1 2 7][1 2 3] 20000 19999");
}

TEST(values_without_bottom_end)
{
    static const struct {
        const char *use, *want; /* want NULL: an error about depth */
    } rows[] = {
        {"{{toString $a | len}}", "2005"},
        {"{{toJson $a}}", NULL},
        {"{{toYaml $a}}", NULL},
        {"{{deepCopy $a}}", NULL},
        {"{{deepEqual $a $b}}", "false"},
        {"{{quote $a | len}}", "2007"},
        {"{{uniq (list $a $b) | len}}", "2"},
        {"{{toToml (dict `a` $a)}}", "toml: the value nests"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(fixture_release) struct fixture f = fixture_new();
        CLEANUP(mem_freep)
        char *text = mem_printf(
            "{{$a := list}}{{$b := list}}{{range 100000}}{{$a = list $a}}{{$b = list $b}}{{end}}%s",
            rows[i].use);
        tmpl_funcs_add(f.funcs, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
        add(&f, "main", text);
        CLEANUP(err_freep) struct err *e = run(&f, "main", tmpl_nil());
        CHECKF(rows[i].want ? !e && strstr(str_text(&f.out), rows[i].want) : e && strstr(e->msg, "deep"),
               "%s: '%.60s' %s", rows[i].use, str_text(&f.out), e ? e->msg : "");
    }
}

TEST(a_call_that_ends_stops_the_run)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    struct call call;
    call_init(&call);
    call_cancel(&call);
    f.env.call = &call;
    add(&f, "main", "{{range 1000000}}{{range 1000000}}{{end}}{{end}}");
    CHECK_ERR(run(&f, "main", tmpl_nil()), ERR_CANCELLED, "template: main:1:");
}

TEST(the_next_run_is_right_after_a_limit)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    f.env.limits.steps = 2000;
    add(&f, "bad", "abc{{range 100000}}{{.}}{{end}}");
    add(&f, "good", "{{range 3}}{{.}}{{end}}");
    CHECK_ERR(run(&f, "bad", tmpl_nil()), ERR_EXHAUSTED, "took more than");
    CHECK_OK(run(&f, "good", tmpl_nil()));
    CHECK_STR(str_text(&f.out), "012");
}

/* --- values and documents --- */

TEST(a_document_is_taken_over_as_it_is_touched)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    struct doc *d;
    CHECK_OK(json_read(f.a, span_of("{\"b\":{\"x\":1},\"a\":[1,{\"y\":null}],\"n\":12}"), NULL, &d));
    struct tmpl_value v = tmpl_from_doc(f.a, d, TMPL_NUMBERS_INT64);
    add(&f, "main",
        "{{.}} {{kindOf .n}} {{$b := .b}}{{$_ := set .b \"x\" 2}}{{$b.x}}{{.b.x}} {{range $k, $v := "
        ".}}{{$k}}{{end}}");
    CHECK_OK(run(&f, "main", v));
    CHECK_STR(str_text(&f.out), "map[a:[1 map[y:<nil>]] b:map[x:1] n:12] int64 22 abn");
    struct doc *back;
    CHECK_OK(tmpl_to_doc(f.a, v, &back));
    CHECK_STR(json_text(f.a, back, 0), "{\"a\":[1,{\"y\":null}],\"b\":{\"x\":2},\"n\":12}");
    CHECK_STR(json_text(f.a, d, 0), "{\"b\":{\"x\":1},\"a\":[1,{\"y\":null}],\"n\":12}");
}

TEST(a_big_map_finds_sets_deletes_and_sorts)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct tmpl_map *m = tmpl_map_new(a, &tmpl_type_map);
    size_t n;
    for (int round = 0; round < 3; round++) {
        for (int i = 999; i >= 0; i--)
            tmpl_map_set(m, span_of(arena_printf(a, "k%03d", i)), tmpl_int(i));
        CHECK_INT(tmpl_map_len(m), 1000);
        for (int i = 0; i < 1000; i += 2)
            CHECK(tmpl_map_del(m, span_of(arena_printf(a, "k%03d", i))));
        CHECK(!tmpl_map_del(m, span_of("k000")));
        const struct tmpl_entry *e = tmpl_map_sorted(m, &n);
        CHECK_INT(n, 500);
        for (size_t i = 0; i < n; i++) {
            CHECK_INT(e[i].value.i, 2 * (int64_t)i + 1);
            CHECK_INT(tmpl_map_get(m, (struct span){e[i].key, e[i].key_len}).i, e[i].value.i);
        }
        CHECK_INT(tmpl_map_get(m, span_of("k500")).kind, TMPL_NONE);
    }
    for (int i = 1; i < 1000; i += 2)
        tmpl_map_del(m, span_of(arena_printf(a, "k%03d", i)));
    CHECK_INT(tmpl_map_len(m), 0);
    tmpl_map_set(m, span_of("a"), tmpl_int(1));
    CHECK_INT(tmpl_map_get(m, span_of("a")).i, 1);
}

TEST(a_text_without_actions_needs_no_run)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    static const struct {
        const char *text, *plain;
    } rows[] = {{"a: b\n", "a: b\n"},
                {"", ""},
                {"{{/* c */}}x", "x"},
                {"a{{.}}", NULL},
                {"{{define \"x\"}}{{end}}a", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(tmpl_unrefp) struct tmpl *t = NULL;
        struct span text;
        CHECK_OK(tmpl_compile(f.funcs, span_of("t"), span_of(rows[i].text), &t));
        CHECK(tmpl_is_plain(t, &text) == (rows[i].plain != NULL));
        CHECK(!rows[i].plain || span_is(text, rows[i].plain));
        CHECK(tmpl_size(t) > 0);
    }
}

static void *run_many(void *arg)
{
    const struct fixture *f = arg;
    for (int i = 0; i < 50; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        CLEANUP(str_release) struct str out = {0};
        struct tmpl_env env = f->env;
        env.arena = a;
        CHECK_OK(tmpl_run(&env, span_of("main"), tmpl_str("x"), &out));
        CHECK_STR(str_text(&out), "xX true 1 [a b]");
    }
    return NULL;
}

TEST(many_threads_run_one_compiled_set)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    pthread_t threads[4];
    add(&f, "lib", "{{define \"up\"}}{{upper .}}{{end}}");
    add(&f, "main",
        "{{.}}{{include \"up\" .}} {{regexMatch `^x$` .}} {{$d := dict `k` 1}}{{$d.k}} {{splitList `,` "
        "`a,b`}}");
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, run_many, &f) == 0);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++)
        pthread_join(threads[i], NULL);
}

TEST(functions_are_replaced_and_removed)
{
    CLEANUP(fixture_release) struct fixture f = fixture_new();
    struct tmpl *t;
    CHECK(tmpl_funcs_get(f.funcs, span_of("upper")));
    tmpl_funcs_del(f.funcs, "upper");
    CHECK(!tmpl_funcs_get(f.funcs, span_of("upper")));
    CHECK_ERR(tmpl_compile(f.funcs, span_of("t"), span_of("{{upper `a`}}"), &t), ERR_INVALID,
              "template: t:1: function \"upper\" not defined");
}

TEST_MAIN
