/* render/kustomize/helm - helmCharts through the Helm engine. §5.4.
 *
 * The chart is looked for where the original would have put it after a pull: chartHome, or
 * chartHome/name-version for one with a repository and a version. What is not there comes through the
 * request's helm_sources, as an archive. */
#include "render/helm/helm.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "render/helm/cache.h"
#include "render/kustomize/accumulate.h"
#include "render/kustomize/generate.h"
#include "render/kustomize/merge.h"
#include "render/kustomize/object.h"
#include "tree/archive.h"

#include <stdlib.h>

struct chart {
    const struct kustomize_target *t;
    struct arena *a;
    const struct doc *entry;
    const char *home;  /* chartHome */
    struct tree *tree; /* that the chart lies in */
    const char *path;
};

static const char *text_of(const struct chart *c, const char *field)
{
    return doc_str(doc_get(c->entry, field), "");
}

static bool flag_of(const struct chart *c, const char *field)
{
    return doc_bool(doc_get(c->entry, field), false);
}

/* --- where it is --- */

static void free_tree(void *t)
{
    tree_free(t);
}

static struct err *fetch(struct chart *c)
{
    const struct helm_sources *from = c->t->root->build->rq->helm_sources;
    struct helm_dependency dep = {
        .name = text_of(c, "name"), .version = text_of(c, "version"), .repository = text_of(c, "repo")};
    struct span archive;
    if (!from || !from->ops)
        return err_new(
            ERR_NOT_FOUND,
            "chart '%s' is not in '%s' and cannot be pulled here: put it there, for instance with `helm pull "
            "--untar`",
            dep.name, c->home);
    TRYF(from->ops->fetch(from->arg, &dep, c->a, &archive), "unable to pull chart '%s'", dep.name);
    TRYF(tree_archive(archive, NULL, true, &c->tree), "chart '%s'", dep.name);
    arena_defer(c->a, free_tree, c->tree);
    c->path = "";
    return NULL;
}

static struct err *find(struct chart *c)
{
    const struct kustomize_root *root = c->t->root;
    const char *name = text_of(c, "name"), *version = text_of(c, "version"), *joined;
    const char *folder = arena_printf(c->a, "%s/%s", c->home, name);
    if (*version && *text_of(c, "repo"))
        folder = arena_printf(c->a, "%s/%s-%s/%s", c->home, name, version, name);
    struct tree_stat st = {.kind = TREE_ABSENT};
    c->tree = root->tree;
    if (tree_join(c->a, root->path, folder, &joined)) {
        struct err *e = tree_resolve(c->tree, c->a, joined, &c->path);
        if (!e)
            e = tree_stat(c->tree, c->path, &st);
        err_free(e);
    }
    return st.kind == TREE_DIR ? NULL : fetch(c);
}

/* --- values --- */

static struct err *values_file(struct chart *c, struct span *text)
{
    const char *file = text_of(c, "valuesFile");
    const char *own = *c->path ? arena_printf(c->a, "%s/values.yaml", c->path) : "values.yaml";
    if (*file)
        return kustomize_read(&c->t->file.at, file, text);
    struct err *e = tree_read(c->tree, own, KUSTOMIZE_FILE_MAX, c->a, text);
    if (err_eat(&e, ERR_NOT_FOUND))
        *text = (struct span){"", 0};
    return e;
}

/* valuesInline and the values file in one, as valuesMerge says. */
static struct err *merged_values(struct chart *c, struct span *text)
{
    const struct doc *own = doc_get(c->entry, "valuesInline"), *merged = own;
    const char *how = text_of(c, "valuesMerge");
    struct doc *file = NULL;
    TRY(values_file(c, text));
    if (*how && !streq(how, "merge") && !streq(how, "override") && !streq(how, "replace"))
        return err_new(ERR_INVALID, "valuesMerge must be one of merge, override, replace but is '%s'", how);
    if (!doc_len(own))
        return NULL;
    if (!streq(how, "replace")) {
        TRYF(yaml_read(c->a, *text, YAML_SIGS, NULL, &file), "values of chart '%s'", text_of(c, "name"));
        const struct doc *base = doc_is(file, DOC_MAP) ? file : doc_new_map(c->a);
        bool under = streq(how, "merge");
        TRY(kustomize_merge(c->a, NULL, under ? own : base, under ? base : own, KUSTOMIZE_APPEND, &merged));
    }
    *text = span_of(yaml_text(c->a, merged ? merged : doc_new_map(c->a), YAML_WRITE_SIGS));
    return NULL;
}

static struct err *take_values(struct chart *c, struct helm_request *rq)
{
    const struct doc *more = doc_get(c->entry, "additionalValuesFiles");
    struct helm_values_file *files = NEW_N(c->a, struct helm_values_file, doc_len(more) + 1);
    files[0].name = *text_of(c, "valuesFile") ? text_of(c, "valuesFile") : "values.yaml";
    TRY(merged_values(c, &files[0].text));
    doc_each (it, more) {
        struct helm_values_file *f = &files[it.index + 1];
        f->name = doc_str(it.val, "");
        TRY(kustomize_read(&c->t->file.at, f->name, &f->text));
    }
    rq->files = files;
    rq->files_len = doc_len(more) + 1;
    return NULL;
}

/* --- the render --- */

/* The chart's own, the kustomization's, or that of the nearest one above. */
static const char *namespace_of(const struct chart *c)
{
    const char *namespace = text_of(c, "namespace");
    for (const struct kustomize_target *t = c->t; t && !*namespace; t = t->parent)
    namespace = doc_str(doc_get(t->file.fields, "namespace"), "");
    return *namespace ? namespace : "default";
}

static void take_versions(const struct chart *c, struct helm_request *rq)
{
    const struct kustomize_request *from = c->t->root->build->rq;
    const struct doc *own = doc_get(c->entry, "apiVersions");
    struct helm_words *to = &rq->api_versions;
    to->at = NEW_N(c->a, const char *, doc_len(own) + from->api_versions_len + 1);
    for (size_t i = 0; i < from->api_versions_len; i++)
        to->at[to->len++] = from->api_versions[i];
    doc_each (it, own)
        to->at[to->len++] = doc_str(it.val, "");
    rq->kube_version = *text_of(c, "kubeVersion") ? text_of(c, "kubeVersion") : from->kube_version;
}

static struct err *take_names(const struct chart *c, struct helm_request *rq)
{
    const char *template = text_of(c, "nameTemplate"), *name = text_of(c, "releaseName");
    rq->release = *name ? name : "release-name";
    if (*template)
        TRY(helm_release_name(c->a, template, &rq->release));
    rq->namespace = namespace_of(c);
    return NULL;
}

static struct err *render(struct chart *c, struct span *text)
{
    const struct kustomize_build *b = c->t->root->build;
    CLEANUP(helm_cache_freep) struct helm_cache *own = b->rq->helm_cache ? NULL : helm_cache_new(0);
    CLEANUP(str_release) struct str printed = {0};
    struct helm_sources sources = {.tree = c->tree, .path = c->path};
    struct helm_request rq = {.call = b->rq->call,
                              .include_crds = flag_of(c, "includeCRDs"),
                              .skip_tests = flag_of(c, "skipTests"),
                              .no_hooks = flag_of(c, "skipHooks"),
                              .sources = &sources};
    struct helm_output out;
    if (b->rq->helm_sources) {
        sources.ops = b->rq->helm_sources->ops;
        sources.arg = b->rq->helm_sources->arg;
    }
    TRY(take_names(c, &rq));
    take_versions(c, &rq);
    TRY(take_values(c, &rq));
    TRYF(helm_render(own ? own : b->rq->helm_cache, c->tree, c->path, &rq, c->a, &out), "chart '%s'",
         text_of(c, "name"));
    helm_print(&out, &printed);
    *text = (struct span){arena_strndup(c->a, str_text(&printed), printed.len), printed.len};
    return NULL;
}

static struct err *not_enabled(struct arena *a, const struct doc *entry, const struct doc *globals)
{
    struct doc *config = doc_shallow(a, entry);
    doc_each (it, globals)
        doc_set_span(a, config, it.key, it.val);
    return err_new(
        ERR_INVALID,
        "trouble configuring builtin HelmChartInflationGenerator with config: `\n%s`: must specify "
        "--enable-helm",
        yaml_text(a, config, YAML_WRITE_SIGS));
}

struct err *kustomize_inflate(const struct kustomize_target *t, const struct doc *entry,
                              const struct doc *globals, struct kustomize_accumulator *acc)
{
    const char *home = doc_str(doc_get(globals, "chartHome"), "");
    struct chart c = {.t = t, .a = acc->set.a, .entry = entry, .home = *home ? home : "charts"};
    struct kustomize_objects objects;
    struct span text;
    if (!t->root->build->rq->enable_helm)
        return not_enabled(acc->set.a, entry, globals);
    if (!*text_of(&c, "name"))
        return err_new(ERR_INVALID, "chart name cannot be empty");
    TRY(find(&c));
    TRY(render(&c, &text));
    TRYF(kustomize_objects_read(c.a, text, text_of(&c, "name"), &objects), "chart '%s'", text_of(&c, "name"));
    doc_each (it, objects.list) {
        struct kustomize_resource *r = kustomize_resource_new(c.a, it.val);
        r->from_helm = true;
        r->origin = kustomize_origin_by(c.a, kustomize_origin(t, t->file.name),
                                        kustomize_builtin(c.a, "HelmChartInflationGenerator"));
        TRYF(kustomize_set_generated(&acc->set, r), "merging from generator '%s'", text_of(&c, "name"));
    }
    return NULL;
}
