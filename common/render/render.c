/* render/render - which renderer a source wants, and what holds for all of them. */
#include "render/render.h"

#include "base/str.h"
#include "doc/patch.h"
#include "doc/yaml.h"
#include "tree/archive.h"

enum { OVERRIDE_MAX = 1 << 20, ARCHIVE_MAX = 128 << 20 };

static const struct {
    const char *block, *type;
} blocks[] = {{"kustomize", "Kustomize"}, {"helm", "Helm"}, {"directory", "Directory"}, {"plugin", "Plugin"}};

struct err *render_stated_type(const struct doc *source, struct arena *a, const char **type)
{
    CLEANUP(str_release) struct str named = {0};
    *type = NULL;
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (doc_is(doc_get(source, blocks[i].block), DOC_MAP)) {
            str_printf(&named, "%s%s", n++ ? "," : "", blocks[i].type);
            *type = blocks[i].type;
        }
    if (n > 1)
        return err_new(ERR_INVALID, "multiple application sources defined: %s",
                       arena_strdup(a, str_text(&named)));
    return NULL;
}

struct err *render_detect(struct tree *tree, const char *path, const struct doc *source, struct arena *a,
                          const char **type)
{
    static const char *const kustomizations[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};
    TRY(render_stated_type(source, a, type));
    if (*type)
        return NULL;
    *type = "Directory";
    struct tree_list list;
    TRY(tree_list(tree, path, a, &list));
    for (size_t i = 0; i < list.len; i++) {
        if (list.at[i].kind == TREE_DIR)
            continue;
        if (ends_with(list.at[i].name, "Chart.yaml"))
            *type = "Helm";
        else if (str_in(list.at[i].name, kustomizations, ARRAY_LEN(kustomizations)))
            *type = "Kustomize";
    }
    return NULL;
}

/* .argocd-source.yaml and .argocd-source-<app>.yaml patch the source block; where it points stays. */
static struct err *merge_override(struct tree *tree, struct arena *a, const char *path,
                                  const struct doc **source)
{
    static const char *const fixed[] = {"chart", "path", "repoURL", "targetRevision"};
    struct tree_stat st;
    TRY(tree_stat(tree, path, &st));
    if (st.kind != TREE_FILE)
        return NULL;
    struct span text;
    TRY(tree_read(tree, path, OVERRIDE_MAX, a, &text));
    struct doc *patch = NULL;
    TRYF(yaml_read(a, text, YAML_SIGS, NULL, &patch), "error unmarshalling %s", path);
    const struct doc *before = *source;
    if (doc_is(patch, DOC_MAP))
        *source = patch_merge(a, before, patch);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        *source = doc_with(a, *source, doc_get(before, fixed[i]), fixed[i]);
    return NULL;
}

static struct err *check_path(struct tree *tree, struct arena *a, const char *path, const char **clean)
{
    if (*path == '/')
        return err_new(ERR_UNKNOWN, "%s: app path is absolute", path);
    if (!tree_join(a, "", path, clean))
        return err_new(ERR_UNKNOWN, "%s: app path outside root", path);
    const char *real = NULL;
    struct err *e = tree_resolve(tree, a, *clean, &real);
    if (err_eat(&e, ERR_NOT_FOUND))
        return err_new(ERR_UNKNOWN, "%s: app path does not exist", path);
    TRY(e);
    struct tree_stat st;
    TRY(tree_stat(tree, real, &st));
    if (st.kind != TREE_DIR)
        return err_new(ERR_UNKNOWN, "%s: app path is not a directory", path);
    *clean = real;
    return NULL;
}

static struct err *render_archive(const struct call *call, struct tree *tree, const struct render_request *rq,
                                  struct arena *a, struct render_result *out)
{
    CLEANUP(tree_freep) struct tree *chart = NULL;
    CLEANUP(arena_freep) struct arena *bytes = arena_new("archive");
    struct render_request own = *rq;
    struct span archive;
    own.archive = NULL;
    own.revision_of = tree;
    TRY(tree_read(tree, rq->archive, ARCHIVE_MAX, bytes, &archive));
    TRYF(tree_archive(archive, NULL, rq->archive_in_folder, &chart), "%s", rq->archive);
    return render(call, chart, &own, a, out);
}

struct err *render_effective(struct tree *tree, const struct render_request *rq, struct arena *a,
                             struct render_request *out)
{
    *out = *rq;
    TRY(check_path(tree, a, rq->path, &out->path));
    out->source = rq->source ? rq->source : doc_new_map(a);
    out->revision_of = rq->revision_of ? rq->revision_of : tree;
    const char *slash = *out->path ? "/" : "";
    TRY(merge_override(tree, a, arena_printf(a, "%s%s.argocd-source.yaml", out->path, slash), &out->source));
    return merge_override(tree, a, arena_printf(a, "%s%s.argocd-source-%s.yaml", out->path, slash, rq->app_name),
                          &out->source);
}

struct err *render(const struct call *call, struct tree *tree, const struct render_request *rq,
                   struct arena *a, struct render_result *out)
{
    struct render_request own;
    if (rq->archive)
        return render_archive(call, tree, rq, a, out);
    TRY(render_effective(tree, rq, a, &own));
    *out = (struct render_result){.manifests = doc_new_list(a), .warnings = doc_new_list(a)};
    TRY(render_detect(tree, own.path, own.source, a, &out->source_type));
    if (str_in(out->source_type, rq->disabled_types, rq->disabled_types_len))
        out->source_type = "Directory";
    if (streq(out->source_type, "Directory"))
        return render_directory(call, tree, &own, a, out);
    if (streq(out->source_type, "Helm"))
        return render_helm(call, tree, &own, a, out);
    if (streq(out->source_type, "Kustomize"))
        return render_kustomize(call, tree, &own, a, out);
    return err_reason(ERR_UNIMPLEMENTED, "SourceTypeNotSupported",
                      "%s: this version renders plain directories, Helm charts and kustomizations only, not %s sources",
                      rq->path, out->source_type);
}
