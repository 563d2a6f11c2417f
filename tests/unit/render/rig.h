/* tests/unit/render/rig.h - a tree out of a table, and renders of it, for the tests of render/. */
#ifndef CAPSTAN_TEST_RENDER_RIG_H
#define CAPSTAN_TEST_RENDER_RIG_H

#include "base/str.h"
#include "doc/json.h"
#include "lib/test.h"
#include "render/helm/helm.h"
#include "tree/tree.h"

/* A file of the tree; `link` instead of text makes it a link. The table ends with a NULL path. */
struct rig_file {
    const char *path, *text, *link;
};
struct rig_tree {
    struct tree tree;
    const struct rig_file *files;
};

static const struct rig_file *rig_find(struct tree *t, const char *path)
{
    for (const struct rig_file *f = CONTAINER(t, struct rig_tree, tree)->files; f->path; f++)
        if (streq(f->path, path))
            return f;
    return NULL;
}

static struct err *rig_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    const struct rig_file *f = rig_find(t, path);
    size_t n = strlen(path);
    *out = (struct tree_stat){.kind = f ? f->link ? TREE_LINK : TREE_FILE : TREE_ABSENT};
    for (f = CONTAINER(t, struct rig_tree, tree)->files; f->path; f++)
        if (!n || (strncmp(f->path, path, n) == 0 && f->path[n] == '/'))
            out->kind = TREE_DIR;
    return NULL;
}

static int rig_by_name(const void *x, const void *y)
{
    return strcmp(((const struct tree_entry *)x)->name, ((const struct tree_entry *)y)->name);
}

static struct err *rig_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    size_t n = strlen(path), max = 0;
    const struct rig_file *files = CONTAINER(t, struct rig_tree, tree)->files;
    while (files[max].path)
        max++;
    *out = (struct tree_list){NEW_N(a, struct tree_entry, max + 1), 0};
    for (const struct rig_file *f = files; f->path; f++) {
        if (n && (strncmp(f->path, path, n) != 0 || f->path[n] != '/'))
            continue;
        const char *rest = f->path + n + (n > 0), *slash = strchr(rest, '/');
        const char *name = arena_strndup(a, rest, slash ? (size_t)(slash - rest) : strlen(rest));
        bool seen = false;
        for (size_t i = 0; i < out->len; i++)
            seen |= streq(out->at[i].name, name);
        if (!seen)
            out->at[out->len++] = (struct tree_entry){name, slash     ? TREE_DIR
                                                            : f->link ? TREE_LINK
                                                                      : TREE_FILE};
    }
    if (!out->len)
        return err_new(ERR_NOT_FOUND, "%s: no such folder", path);
    qsort(out->at, out->len, sizeof(*out->at), rig_by_name);
    return NULL;
}

static struct err *rig_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    const struct rig_file *f = rig_find(t, path);
    if (!f)
        return err_new(ERR_NOT_FOUND, "%s: no such file", path);
    *out = span_of(arena_strdup(a, f->link ? f->link : f->text));
    return out->len > limit ? err_new(ERR_EXHAUSTED, "%s is too large", path) : NULL;
}

static const struct tree_ops rig_ops = {.stat = rig_stat, .list = rig_list, .read = rig_read};

static inline struct rig_tree rig_tree(const struct rig_file *files)
{
    return (struct rig_tree){{&rig_ops}, files};
}

/* The stream of a render, or "error: MESSAGE". */
static inline const char *rig_render(struct arena *a, const struct rig_file *files, const char *path,
                                     const struct helm_request *rq)
{
    struct rig_tree t = rig_tree(files);
    struct helm_output out;
    CLEANUP(str_release) struct str text = {0};
    CLEANUP(helm_cache_freep) struct helm_cache *own = helm_cache_new(0);
    struct err *e = helm_render(own, &t.tree, path, rq, a, &out);
    if (e)
        str_printf(&text, "error: %s", e->msg);
    else
        helm_print(&out, &text);
    err_free(e);
    return arena_strdup(a, str_text(&text));
}

#define CHART_YAML "apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: 4.5\n"

/* A chart with one template, rendered with one values file; the document without its head. */
static inline const char *rig_one(struct arena *a, const char *template, const char *values)
{
    struct rig_file files[] = {
        {"Chart.yaml", CHART_YAML, NULL}, {"templates/t.yaml", template, NULL}, {NULL, NULL, NULL}};
    struct helm_values_file file = {"values.yaml", span_of(values)};
    struct helm_request rq = {
        .release = "rel", .namespace = "ns", .files = &file, .files_len = values != NULL};
    const char *text = rig_render(a, files, "", &rq), head[] = "---\n# Source: shop/templates/t.yaml\n";
    return starts_with(text, head) ? text + strlen(head) : text;
}

#endif
