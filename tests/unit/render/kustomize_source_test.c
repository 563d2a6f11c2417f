/* An Application's kustomize block: specs/engine.md §7.5, §7.7. */
#include "render/render.h"

#include "unit/render/rig.h"

static const struct rig_file files[] = {
    {"app/kustomization.yaml", "resources: [../r.yaml]\n", NULL},
    {"r.yaml",
     "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: 'nginx:1'}]}\n",
     NULL},
    {NULL, NULL, NULL}};

/* The manifests as JSON, or "error: MESSAGE". */
static const char *rendered(struct arena *a, const char *source, const char *options)
{
    struct rig_tree t = rig_tree(files);
    struct doc *block, *env;
    struct render_result out;
    CHECK_OK(json_read(a, span_of(source), NULL, &block));
    CHECK_OK(json_read(a, span_of("{\"ARGOCD_APP_NAME\":\"shop\"}"), NULL, &env));
    const struct render_request rq = {
        .path = "app", .app_name = "shop", .source = block, .env = env, .kustomize_options = options};
    struct err *e = render(NULL, &t.tree, &rq, a, &out);
    const char *text = e ? arena_printf(a, "error: %s", e->msg) : json_text(a, out.manifests, JSON_SORTED);
    err_free(e);
    return text;
}

TEST(a_kustomize_block_is_built_with_the_installations_options)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *source, *options, *want;
    } rows[] = {
        {"{}", "",
         "error: `kustomize build <path to cached source>/app` failed exit status 1: Error: accumulating "
         "resources: accumulation err='accumulating "
         "resources from '../r.yaml': security; file '<path to cached source>/r.yaml' is not in or below "
         "'<path to cached source>/app'"},
        {"{}", "--load-restrictor LoadRestrictionsNone", "\"name\":\"web\""},
        {"{}", "--nope", "error: kustomize.buildOptions: unknown flag: --nope"},
        {"{\"kustomize\":{\"namePrefix\":\"p-\",\"images\":[\"nginx:$ARGOCD_APP_NAME\"]}}",
         "--load-restrictor=LoadRestrictionsNone", "\"image\":\"nginx:shop\""},
        {"{\"kustomize\":{\"commonLabels\":{\"a\":\"${ARGOCD_APP_NAME}-x\"},\"commonAnnotations\":{\"b\":\"$"
         "X\"}}}",
         "--load-restrictor=LoadRestrictionsNone",
         "\"annotations\":{\"b\":\"$X\"},\"labels\":{\"a\":\"shop-x\"}"},
        {"{\"kustomize\":{\"commonAnnotations\":{\"b\":\"$ARGOCD_APP_NAME\"},\"commonAnnotationsEnvsubst\":"
         "true}}",
         "--load-restrictor=LoadRestrictionsNone", "\"annotations\":{\"b\":\"shop\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *text = rendered(a, rows[i].source, rows[i].options);
        CHECKF(strstr(text, rows[i].want), "%s: %s", rows[i].source, text);
    }
}

TEST_MAIN
