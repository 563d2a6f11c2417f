/* render/helm/load - from a folder or an archive to a chart.
 *
 * Both forms become one list of files with names relative to the chart; what a name means is decided in one
 * place, file_take. Subcharts are such lists again. */
#include "render/helm/chart.h"

#include "base/str.h"
#include "pack/archive.h"

#include <stdlib.h>

void helm_files_push(struct arena *a, struct helm_files *f, struct helm_file file)
{
    if (f->len == f->cap) {
        f->cap = MAX(f->cap * 2, (size_t)16);
        struct helm_file *grown = arena_raw(a, f->cap * sizeof(*grown));
        if (f->len)
            memcpy(grown, f->at, f->len * sizeof(*grown));
        f->at = grown;
    }
    f->at[f->len++] = file;
}

static struct span without_bom(struct span text)
{
    if (text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
        return (struct span){text.at + 3, text.len - 3};
    return text;
}

/* Counts what was read against the limits of all charts together. */
static struct err *account(struct helm_loader *l, size_t bytes)
{
    l->bytes += bytes;
    if (l->bytes > HELM_CHART_MAX)
        return err_new(ERR_EXHAUSTED, "chart is larger than the maximum size %d", HELM_CHART_MAX);
    if (++l->files > HELM_FILES_MAX)
        return err_new(ERR_EXHAUSTED, "chart has more than %d files", HELM_FILES_MAX);
    return l->call ? call_check(l->call) : NULL;
}

/* --- what a file of a chart is --- */

struct part {
    const char *name; /* of the folder or archive under charts/ */
    struct helm_files files;
};
struct parts {
    struct part *at;
    size_t len, cap;
};

static struct part *part_of(struct arena *a, struct parts *p, struct span name)
{
    for (size_t i = p->len; i-- > 0;)
        if (span_is(name, p->at[i].name))
            return &p->at[i];
    if (p->len == p->cap) {
        p->cap = MAX(p->cap * 2, (size_t)8);
        struct part *grown = arena_raw(a, p->cap * sizeof(*grown));
        if (p->len)
            memcpy(grown, p->at, p->len * sizeof(*grown));
        p->at = grown;
    }
    p->at[p->len] = (struct part){.name = arena_strndup(a, name.at, name.len)};
    return &p->at[p->len++];
}

static void part_take(struct arena *a, struct parts *p, const struct helm_file *f)
{
    const char *rest = f->name + strlen("charts/"), *slash = strchr(rest, '/');
    struct span name = {rest, slash ? (size_t)(slash - rest) : strlen(rest)};
    if (name.len && name.at[0] != '_' && name.at[0] != '.')
        helm_files_push(a, &part_of(a, p, name)->files, (struct helm_file){rest, f->data});
}

static struct err *requirements_take(struct helm_loader *l, struct helm_chart *c, const struct helm_file *f)
{
    bool v1 = streq(c->meta.api_version, "v1");
    if (!v1)
        helm_log(l->arena, l->warnings, "INFO",
                 "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend "
                 "migrating dependencies to Chart.yaml.",
                 NULL);
    TRYF(helm_metadata_read(l->arena, f->data, true, &c->meta), "cannot load requirements.yaml");
    if (v1)
        helm_files_push(l->arena, &c->files, *f);
    return NULL;
}

static struct err *file_take(struct helm_loader *l, struct helm_chart *c, const struct helm_file *f,
                             struct parts *parts)
{
    const char *name = f->name;
    if (streq(name, "Chart.yaml") || streq(name, "Chart.lock"))
        return NULL;
    if (streq(name, "values.yaml")) {
        c->values_text = f->data;
        TRYF(helm_cache_values(l->cache, l->arena, l->version, f->data, &c->values),
             "cannot load values.yaml");
    } else if (streq(name, "values.schema.json")) {
        c->schema = f->data;
    } else if (streq(name, "requirements.yaml")) {
        return requirements_take(l, c, f);
    } else if (streq(name, "requirements.lock")) {
        if (streq(c->meta.api_version, "v1"))
            helm_files_push(l->arena, &c->files, *f);
    } else if (starts_with(name, "templates/")) {
        helm_files_push(l->arena, &c->templates, *f);
    } else if (starts_with(name, "charts/") && !ends_with(name, ".prov")) {
        part_take(l->arena, parts, f);
    } else {
        helm_files_push(l->arena, &c->files, *f);
    }
    return NULL;
}

/* --- subcharts --- */

static int by_part(const void *x, const void *y)
{
    return strcmp(((const struct part *)x)->name, ((const struct part *)y)->name);
}

static struct err *part_load(struct helm_loader *l, struct part *p, struct helm_chart **out)
{
    if (ends_with(p->name, ".tgz")) {
        if (!streq(p->files.at[0].name, p->name))
            return err_new(ERR_INVALID, "expected %s, got %s", p->name, p->files.at[0].name);
        return helm_load_archive(l, p->files.at[0].data, out);
    }
    struct helm_files inner = {0};
    size_t skip = strlen(p->name) + 1;
    for (size_t i = 0; i < p->files.len; i++)
        if (strchr(p->files.at[i].name, '/'))
            helm_files_push(l->arena, &inner,
                            (struct helm_file){p->files.at[i].name + skip, p->files.at[i].data});
    return helm_load_files(l, inner, out);
}

static struct err *children_load(struct helm_loader *l, struct helm_chart *c, struct parts *parts)
{
    if (parts->len)
        qsort(parts->at, parts->len, sizeof(*parts->at), by_part);
    c->children = NEW_N(l->arena, struct helm_chart *, parts->len + 1);
    for (size_t i = 0; i < parts->len; i++) {
        struct helm_chart *child = NULL;
        TRYF(part_load(l, &parts->at[i], &child), "error unpacking subchart %s in %s", parts->at[i].name,
             c->meta.name);
        child->parent = c;
        c->children[c->children_len++] = child;
    }
    return NULL;
}

struct err *helm_load_files(struct helm_loader *l, struct helm_files files, struct helm_chart **out)
{
    struct helm_chart *c = NEW(l->arena, struct helm_chart);
    struct parts parts = {0};
    bool found = false;
    c->values = tmpl_map_new(l->arena, &tmpl_type_map);
    if (++l->nesting > HELM_NESTING)
        return err_new(ERR_EXHAUSTED, "charts are nested more than %d deep", HELM_NESTING);
    for (size_t i = 0; i < files.len; i++) {
        if (!streq(files.at[i].name, "Chart.yaml"))
            continue;
        found = true;
        TRYF(helm_metadata_read(l->arena, files.at[i].data, false, &c->meta), "cannot load Chart.yaml");
    }
    if (!found)
        return err_new(ERR_INVALID, "Chart.yaml file is missing");
    if (!*c->meta.api_version)
        c->meta.api_version = "v1";
    for (size_t i = 0; i < files.len; i++)
        TRY(file_take(l, c, &files.at[i], &parts));
    TRY(helm_metadata_check(l->arena, &c->meta));
    TRY(children_load(l, c, &parts));
    l->nesting--;
    *out = c;
    return NULL;
}

/* --- folders --- */

struct walk {
    struct helm_loader *l;
    struct tree *tree;
    const struct helm_ignore *ignore;
    struct helm_files files;
};

static struct err *walk_file(struct walk *w, const char *real, const char *name)
{
    struct span text;
    struct err *e = tree_read(w->tree, real, HELM_FILE_MAX, w->l->arena, &text);
    if (err_eat(&e, ERR_EXHAUSTED))
        return err_new(ERR_EXHAUSTED, "chart file \"%s\" is larger than the maximum file size %d", name,
                       HELM_FILE_MAX);
    TRYF(e, "error reading %s", name);
    TRY(account(w->l, text.len));
    helm_files_push(w->l->arena, &w->files, (struct helm_file){name, without_bom(text)});
    return NULL;
}

/* Where a link leads, and what is there. */
static struct err *follow(struct walk *w, const char **real, const char *name, enum tree_kind *kind)
{
    struct tree_stat st;
    TRYF(tree_resolve(w->tree, w->l->arena, *real, real), "error evaluating symlink %s", name);
    TRY(tree_stat(w->tree, *real, &st));
    *kind = st.kind;
    return NULL;
}

static struct err *walk_folder(struct walk *w, const char *real, const char *name, int depth);

static struct err *walk_entry(struct walk *w, const char *real, const char *name, enum tree_kind kind,
                              int depth)
{
    if (kind == TREE_LINK)
        TRY(follow(w, &real, name, &kind));
    if (helm_ignores(w->ignore, name, kind == TREE_DIR))
        return NULL;
    if (kind == TREE_DIR)
        return walk_folder(w, real, name, depth + 1);
    if (kind != TREE_FILE)
        return err_new(ERR_INVALID, "cannot load irregular file %s as it has file mode type bits set", name);
    return walk_file(w, real, name);
}

static struct err *walk_folder(struct walk *w, const char *real, const char *name, int depth)
{
    struct arena *a = w->l->arena;
    struct tree_list list;
    if (depth > HELM_NESTING * 4)
        return err_new(ERR_EXHAUSTED, "%s: folders are nested too deeply", name);
    TRY(tree_list(w->tree, real, a, &list));
    for (size_t i = 0; i < list.len; i++) {
        const char *entry = list.at[i].name;
        TRY(walk_entry(w, *real ? arena_printf(a, "%s/%s", real, entry) : entry,
                       *name ? arena_printf(a, "%s/%s", name, entry) : entry, list.at[i].kind, depth));
    }
    return NULL;
}

struct err *helm_load_folder(struct helm_loader *l, struct tree *tree, const char *path,
                             struct helm_chart **out)
{
    struct walk w = {.l = l, .tree = tree};
    const char *rules = *path ? arena_printf(l->arena, "%s/.helmignore", path) : ".helmignore";
    struct span text = {NULL, 0};
    struct tree_stat st;
    struct helm_ignore *ignore;
    TRY(tree_stat(tree, rules, &st));
    if (st.kind == TREE_FILE)
        TRY(tree_read(tree, rules, HELM_FILE_MAX, l->arena, &text));
    TRY(helm_ignore_read(l->arena, without_bom(text), &ignore));
    w.ignore = ignore;
    TRY(walk_folder(&w, path, "", 0));
    return helm_load_files(l, w.files, out);
}

/* --- archives --- */

struct unpack {
    struct helm_loader *l;
    struct helm_files files;
};

static struct err *unpack_entry(void *arg, const char *path, struct span content, mode_t mode UNUSED)
{
    struct unpack *u = arg;
    struct arena *a = u->l->arena;
    const char *slash = strchr(path, '/');
    if (streq(path, "Chart.yaml"))
        return err_new(ERR_INVALID, "chart yaml not in base directory");
    if (!slash)
        return err_new(ERR_INVALID, "chart illegally contains content outside the base directory: \"%s\"",
                       path);
    TRY(account(u->l, content.len));
    content = without_bom(content);
    struct span own = {arena_strndup(a, content.at, content.len), content.len};
    helm_files_push(a, &u->files, (struct helm_file){arena_strdup(a, slash + 1), own});
    return NULL;
}

struct err *helm_load_archive(struct helm_loader *l, struct span bytes, struct helm_chart **out)
{
    struct unpack u = {.l = l};
    struct pack_archive_limits limits = pack_archive_defaults;
    limits.entries = HELM_FILES_MAX;
    limits.entry_bytes = HELM_FILE_MAX;
    limits.total_bytes = HELM_CHART_MAX;
    TRY(pack_archive_read(bytes, &limits, unpack_entry, &u));
    if (u.files.len == 0)
        return err_new(ERR_INVALID, "no files in chart archive");
    return helm_load_files(l, u.files, out);
}

struct err *helm_load(struct helm_loader *l, struct tree *tree, const char *path, struct helm_chart **out)
{
    struct tree_stat st;
    struct span bytes;
    const char *real;
    TRY(tree_resolve(tree, l->arena, path, &real));
    TRY(tree_stat(tree, real, &st));
    if (st.kind == TREE_DIR)
        return helm_load_folder(l, tree, real, out);
    if (st.kind != TREE_FILE)
        return err_new(ERR_NOT_FOUND, "path \"%s\" not found", path);
    TRY(tree_read(tree, real, HELM_CHART_MAX, l->arena, &bytes));
    if (bytes.len < 2 || (unsigned char)bytes.at[0] != 0x1f || (unsigned char)bytes.at[1] != 0x8b)
        return err_new(ERR_INVALID, "file '%s' does not appear to be a gzipped archive", path);
    return helm_load_archive(l, bytes, out);
}

const char *helm_chart_path(struct arena *a, const struct helm_chart *c)
{
    if (!c->parent)
        return c->meta.name;
    return arena_printf(a, "%s/charts/%s", helm_chart_path(a, c->parent), c->meta.name);
}

bool helm_is_library(const struct helm_chart *c)
{
    return streq(c->meta.type, "library");
}
