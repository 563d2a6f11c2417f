/* An Application's helm block (specs/engine.md §7.6). */
#include "render/render.h"
#include "unit/render/rig.h"

#define ALL                                                                                                  \
    "kind: T\nv: {{ toJson (omit .Values \"global\") | quote }}\nr: {{ .Release.Name }}.{{ "                 \
    ".Release.Namespace }}\n"

static const struct rig_file files[] = {
    {"app/Chart.yaml", CHART_YAML, NULL},
    {"app/values.yaml", "a: default\n", NULL},
    {"app/templates/t.yaml", ALL, NULL},
    {"app/crds/c.yaml", "kind: CRD\n", NULL},
    {"app/templates/list.yaml", "kind: ThingList\nitems: [{kind: One}, {kind: Two}]\n", NULL},
    {"app/prod.yaml", "a: prod\nb: prod\n", NULL},
    {"app/env/1.yaml", "e: 1\n", NULL},
    {"app/env/deep/2.yaml", "e: 2\n", NULL},
    {"shared/all.yaml", "s: 1\n", NULL},
    {"shared/out.yaml", NULL, "../../outside.yaml"},
    {NULL, NULL, NULL},
};

static const char *rendered(struct arena *a, const char *helm, struct render_request rq)
{
    struct rig_tree t = rig_tree(files);
    static const struct rig_file other[] = {{"x/v.yaml", "ref: 1\n", NULL}, {NULL, NULL, NULL}};
    struct rig_tree ref = rig_tree(other);
    struct render_ref refs[] = {{"vals", &ref.tree}};
    struct doc *source = NULL, *env = doc_new_map(a);
    struct render_result out;
    doc_set_str(a, env, "ARGOCD_APP_NAME", "guest");
    struct err *e = json_read(a, span_of(arena_printf(a, "{\"helm\":%s}", helm)), NULL, &source);
    CHECKF(!e, "%s", helm);
    rq.path = "app";
    rq.app_name = "guest";
    rq.namespace = "ns";
    rq.source = source;
    rq.env = env;
    rq.refs = refs;
    rq.refs_len = 1;
    e = render(NULL, &t.tree, &rq, a, &out);
    const char *text = e ? arena_printf(a, "error: %s", e->msg) : json_text(a, out.manifests, 0);
    err_free(e);
    return text;
}

TEST(order_of_precedence)
{
    static const struct {
        const char *helm, *want; /* the values that the template sees */
    } rows[] = {
        {"{}", "{\\\"a\\\":\\\"default\\\"}"},
        {"{\"valueFiles\":[\"prod.yaml\"]}", "{\\\"a\\\":\\\"prod\\\",\\\"b\\\":\\\"prod\\\"}"},
        {"{\"valueFiles\":[\"prod.yaml\"],\"values\":\"a: inline\"}",
         "{\\\"a\\\":\\\"inline\\\",\\\"b\\\":\\\"prod\\\"}"},
        {"{\"values\":\"a: text\",\"valuesObject\":{\"a\":\"object\"}}", "{\\\"a\\\":\\\"object\\\"}"},
        {"{\"values\":\"a: "
         "text\",\"parameters\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"1\","
         "\"forceString\":true}]}",
         "{\\\"a\\\":1,\\\"b\\\":\\\"1\\\"}"},
        {"{\"parameters\":[{\"name\":\"a\",\"value\":\"x,y\"},{\"name\":\"b\",\"value\":\"{x,y}\"},{\"name\":"
         "\"c\",\"value\":\"x\\\\,y\"}]}",
         "{\\\"a\\\":\\\"x,y\\\",\\\"b\\\":[\\\"x\\\",\\\"y\\\"],\\\"c\\\":\\\"x,y\\\"}"},
        {"{\"parameters\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"a\",\"value\":\"2\"}]}",
         "{\\\"a\\\":2}"},
        {"{\"parameters\":[{\"name\":\"a\",\"value\":\"$ARGOCD_APP_NAME-${ARGOCD_APP_NAME}$NO-$$x\"}]}",
         "{\\\"a\\\":\\\"guest-guest-$x\\\"}"},
        {"{\"fileParameters\":[{\"name\":\"a\",\"path\":\"/shared/all.yaml\"}]}",
         "{\\\"a\\\":\\\"s: 1\\\\n\\\"}"},
        {"{\"valueFiles\":[\"/shared/all.yaml\",\"$vals/x/v.yaml\"]}",
         "{\\\"a\\\":\\\"default\\\",\\\"ref\\\":1,\\\"s\\\":1}"},
        {"{\"valueFiles\":[\"gone.yaml\"],\"ignoreMissingValueFiles\":true}", "{\\\"a\\\":\\\"default\\\"}"},
        {"{\"valueFiles\":[\"env/**/*.yaml\"]}", "{\\\"a\\\":\\\"default\\\",\\\"e\\\":2}"},
        {"{\"valueFiles\":[\"env/**/*.yaml\",\"env/1.yaml\"]}", "{\\\"a\\\":\\\"default\\\",\\\"e\\\":1}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = rendered(a, rows[i].helm, (struct render_request){0});
        CHECKF(strstr(got, arena_printf(a, "\"v\":\"%s\"", rows[i].want)), "%s\n  got %s", rows[i].helm, got);
    }
}

TEST(what_is_refused)
{
    static const struct {
        const char *helm, *want;
    } rows[] = {
        {"{\"valueFiles\":[\"gone.yaml\"]}", "open gone.yaml: no such file or directory"},
        {"{\"valueFiles\":[\"../../x.yaml\"]}", "file '../../x.yaml' resolved to outside repository root"},
        {"{\"valueFiles\":[\"/shared/out.yaml\"]}",
         "file '/shared/out.yaml' resolved to outside repository root"},
        {"{\"valueFiles\":[\"/\"]}", "file '/' resolved to outside repository root"},
        {"{\"valueFiles\":[\"$none/x.yaml\"]}", "open /x.yaml: no such file or directory"},
        {"{\"valueFiles\":[\"no/*.yaml\"]}", "values file glob \"no/*.yaml\" matched no files"},
        {"{\"valueFiles\":[\"https://example.com/v.yaml?x=1\"]}",
         "value file 'https://example.com/v.yaml?x=1' is a URL, which cannot be fetched here"},
        {"{\"version\":\"v2\"}", "invalid helm version 'v2'"},
        {"{\"fileParameters\":[{\"name\":\"a\",\"path\":\"/../x\"}]}", "resolved to outside repository root"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        const char *got = rendered(a, rows[i].helm, (struct render_request){0});
        CHECKF(starts_with(got, "error: ") && strstr(got, rows[i].want), "%s\n  got %s", rows[i].helm, got);
    }
}

static struct err *no_chart(void *arg, const struct helm_dependency *dep, struct arena *a, struct span *out)
{
    (void)arg, (void)a, (void)out;
    return err_new(ERR_NOT_FOUND, "no chart %s", dep->name);
}

static struct err *fetch_values(void *arg, const char *url, struct arena *a, struct span *out)
{
    (void)a;
    if (!starts_with(url, "https://"))
        return err_new(ERR_DENIED, "the URL scheme '%.*s' is not allowed", (int)strcspn(url, ":"), url);
    *out = span_of(arg);
    return NULL;
}

TEST(value_files_by_url_are_asked_for)
{
    static const struct helm_source_ops ops = {no_chart, fetch_values};
    static char values[] = "a: fetched\n";
    const struct helm_sources from = {.ops = &ops, .arg = values};
    struct render_request rq = {.helm_sources = &from};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *got = rendered(a, "{\"valueFiles\":[\"https://example.com/v.yaml?a=[*]\"]}", rq);
    CHECKF(strstr(got, "fetched"), "%s", got);
    got = rendered(a, "{\"valueFiles\":[\"s3://x/v.yaml\"]}", rq);
    CHECKF(strstr(got, "value file 's3://x/v.yaml': the URL scheme 's3' is not allowed"), "%s", got);
}

TEST(objects_in_the_order_of_installation)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(rendered(a, "{}", (struct render_request){0}),
              "[{\"kind\":\"CRD\"},{\"kind\":\"T\",\"v\":\"{\\\"a\\\":\\\"default\\\"}\",\"r\":\"guest.ns\"},"
              "{\"kind\":\"One\"},{\"kind\":\"Two\"}]");
}
TEST_MAIN
