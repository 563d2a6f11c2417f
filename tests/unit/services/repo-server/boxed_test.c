/* A render in the box is the render outside of it: result, trace and error. What is hostile ends in an error,
 * and the next render is right. */
#include "services/repo-server/renders.h"

#include "base/file.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "lib/test.h"

#include <stdlib.h>

static struct call call;

static struct box *the_box(struct arena *a)
{
    const char *bin = getenv("CAPSTAN_BIN");
    call_init(&call);
    call.domain = "default";
    const char *program = arena_printf(a, "%s/capstan-repo-server-worker", bin ? bin : "build/debug/bin");
    char *real = realpath(program, NULL);
    CHECKF(real != NULL, "%s is not there", program);
    program = arena_strdup(a, real);
    free(real);
    return box_new(&(struct box_options){.program = program, .idle = 1});
}

static void put(struct arena *a, const char *name, const char *text)
{
    const char *path = arena_printf(a, "%s/src/app/%s", test_tmpdir(), name);
    CHECK_OK(file_mkdirs(arena_printf(a, "%s/src/app", test_tmpdir()), 0700));
    CHECK_OK(file_write(path, span_of(text), 0600));
}

static struct err *make(struct arena *a, struct box *box, struct render_entry **out)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const struct render_request rq = {.path = "app", .app_name = "x"};
    TRY(tree_local(arena_printf(a, "%s/src", test_tmpdir()), &tree));
    return render_entry_make(&call, &(struct render_by){.box = box}, tree, &rq, out);
}

static const char *trace_text(struct arena *a, const struct render_entry *e)
{
    CLEANUP(str_release) struct str s = {0};
    trace_write(e->trace, &s);
    return arena_strdup(a, str_text(&s));
}

TEST(the_box_gives_what_a_render_here_gives)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct render_entry *here, *boxed;
    put(a, "a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"\\u0001\\u00fc\"}\n");
    put(a, "b.json", "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"b\"}}");
    CHECK_OK(make(a, NULL, &here));
    CHECK_OK(make(a, box, &boxed));
    CHECK_STR(boxed->content.manifests.at, here->content.manifests.at);
    CHECK_STR(boxed->content.source_type, "Directory");
    CHECK_STR(boxed->digest, here->digest);
    CHECK_STR(trace_text(a, boxed), trace_text(a, here));
    render_entry_unref(here);
    render_entry_unref(boxed);
    box_free(box);
}

TEST(errors_come_out_as_they_are)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct render_entry *out;
    put(a, "bad.yaml", "apiVersion: v1\nkind: [\nmetadata: {}\n");
    struct err *here = make(a, NULL, &out), *boxed = make(a, box, &out);
    CHECK(here && boxed);
    CHECK_INT(boxed->code, here->code);
    CHECK_STR(boxed->msg, here->msg);
    err_free(here);
    err_free(boxed);
    box_free(box);
}

/* Nine levels of nine aliases each. */
static const char *alias_bomb(struct arena *a)
{
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++)
        str_printf(&s, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
                   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    return arena_strdup(a, str_text(&s));
}

TEST(after_a_bomb_the_next_render_is_right)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct render_entry *out;
    put(a, "a.yaml", alias_bomb(a));
    CHECK_ERR(make(a, box, &out), ERR_PRECONDITION, "a.yaml");
    CLEANUP(str_release) struct str deep = {0};
    str_add(&deep, "apiVersion: v1\nkind: x\nmetadata: ");
    str_fill(&deep, '[', 100000);
    put(a, "a.yaml", str_text(&deep));
    CHECK_ERR(make(a, box, &out), ERR_PRECONDITION, "a.yaml");
    put(a, "a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    CHECK_OK(make(a, box, &out));
    CHECK_STR(out->content.manifests.at,
              "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}]");
    render_entry_unref(out);
    box_free(box);
}

static void put_chart(struct arena *a, const char *template)
{
    CHECK_OK(file_mkdirs(arena_printf(a, "%s/src/app/templates", test_tmpdir()), 0700));
    put(a, "Chart.yaml", "apiVersion: v2\nname: hostile\nversion: 0.1.0\n");
    put(a, "templates/a.yaml", template);
}

TEST(after_a_hostile_chart_the_next_render_is_right)
{
    static const struct {
        const char *template, *said;
    } hostile[] = {
        {"{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
         "rendering template has a nested reference name"},
        {"{{ tpl \"{{ tpl .Template.Name . }}\" . }}{{ range until 1000000000 }}x{{ end }}", "a.yaml"},
        {"a: {{ repeat 1000000000 \"xxxxxxxxxx\" }}", "a.yaml"},
        {"{{ $x := dict }}{{ range until 30 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}a: {{ $x | toYaml | "
         "quote }}",
         "a.yaml"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct call root = call;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct render_entry *out;
        call_child(&call, &root, 30000);
        put_chart(a, hostile[i].template);
        CLEANUP(err_freep) struct err *e = make(a, box, &out);
        CHECKF(e && strstr(e->msg, hostile[i].said), "%s: %s", hostile[i].template, e ? e->msg : "rendered");
        put_chart(a, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n");
        CHECK_OK(make(a, box, &out));
        CHECK_STR(out->content.manifests.at,
                  "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"}}]");
        render_entry_unref(out);
    }
    box_free(box);
}

TEST(a_result_that_names_the_revision_is_of_that_revision_only)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct doc *source = NULL;
    struct render_entry *out, *again;
    struct span archive;
    put_chart(a,
              "kind: Thing\napiVersion: v1\nmetadata: {name: x, labels: {at: {{ .Values.at | quote }}}}\n");
    CHECK_INT(system(arena_printf(a, "tar -czf %s/c.tgz -C %s/src app", test_tmpdir(), test_tmpdir())), 0);
    CHECK_OK(file_read(a, arena_printf(a, "%s/c.tgz", test_tmpdir()), 1 << 20, &archive));
    CLEANUP(tree_freep) struct tree *first = tree_one("c.tgz", archive, "1.2.3456789");
    CLEANUP(tree_freep) struct tree *second = tree_one("c.tgz", archive, "1.2.4");
    const char *helm = "{helm: {parameters: [{name: at, value: $ARGOCD_APP_REVISION_SHORT}]}}";
    CHECK_OK(yaml_read(a, span_of(helm), YAML_SIGS, NULL, &source));
    const struct render_request rq = {
        .path = ".", .app_name = "x", .archive = "c.tgz", .archive_in_folder = true, .source = source, .env = doc_new_map(a)};
    CHECK_OK(render_entry_make(&call, &(struct render_by){.box = box}, first, &rq, &out));
    CHECK_STR(out->content.manifests.at, "[{\"kind\":\"Thing\",\"apiVersion\":\"v1\",\"metadata\":"
                                         "{\"name\":\"x\",\"labels\":{\"at\":\"1.2.345\"}}}]");
    CHECK_OK(render_entry_reuse(&out, 1, first, &again));
    CHECK(again == out);
    render_entry_unref(again);
    CHECK_OK(render_entry_reuse(&out, 1, second, &again));
    CHECK(!again);
    render_entry_unref(out);
    box_free(box);
}

TEST(after_hostile_jsonnet_the_next_render_is_right)
{
    static const struct {
        const char *program, *said;
    } hostile[] = {
        {"local f(n) = f(n + 1) tailstrict; f(0)", ""}, /* never ends: the deadline ends it */
        {"local f(n) = [f(n + 1)]; f(0)", "max stack frames exceeded"},
        {"import '../../../x'", "leaves the repository"},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box *box = the_box(a);
    struct call root = call;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct render_entry *out;
        call_child(&call, &root, *hostile[i].said ? 30000 : 300);
        put(a, "a.jsonnet", hostile[i].program);
        CLEANUP(err_freep) struct err *e = make(a, box, &out);
        CHECKF(e && strstr(e->msg, hostile[i].said), "%s: %s", hostile[i].program, e ? e->msg : "rendered");
        CHECK(*hostile[i].said || e->code == ERR_DEADLINE);
        call_child(&call, &root, 30000);
        put(a, "a.jsonnet", "{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: std.trim(' x ') } }");
        CHECK_OK(make(a, box, &out));
        CHECK_STR(out->content.manifests.at,
                  "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"}}]");
        render_entry_unref(out);
    }
    box_free(box);
}

TEST_MAIN
