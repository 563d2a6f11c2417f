/* repo-server/modules - a path is cut where the first submodule on its way lies; what is behind goes to that
 * one's tree. */
#include "modules.h"

#include "base/str.h"
#include "git/git.h"

#include <stdlib.h>

enum { GITMODULES_MAX = 1 << 20, NESTING_MAX = 8 };

struct module {
    const char *path, *url;
    struct tree *tree; /* NULL = not opened yet */
};
struct mounted {
    struct tree_over over;
    const struct modules *m;
    char *url;
    int depth;
    struct arena *a;
    struct module *modules; /* NULL = .gitmodules was not looked at */
    size_t modules_len;
};

bool modules_may_fetch(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "ssh://"};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (starts_with(url, schemes[i]))
            return true;
    const char *colon = strchr(url, ':'); /* user@host:path */
    return colon && !strstr(url, "://") && memchr(url, '@', (size_t)(colon - url)) &&
           !memchr(url, '/', (size_t)(colon - url));
}

static struct tree *mount(struct tree *inner, const char *url, const struct modules *m, int depth);

static struct err *read_modules(struct mounted *t)
{
    struct span text;
    struct git_modules found = {0};
    if (t->modules)
        return NULL;
    struct err *e = tree_read(t->over.inner, ".gitmodules", GITMODULES_MAX, t->a, &text);
    if (!e)
        e = git_modules_read(t->a, text, &found);
    if (!err_eat(&e, ERR_NOT_FOUND))
        TRY(e);
    t->modules = NEW_N(t->a, struct module, found.len + 1);
    for (size_t i = 0; i < found.len; i++)
        t->modules[t->modules_len++] = (struct module){.path = found.at[i].path, .url = found.at[i].url};
    return NULL;
}

static struct err *open_module(struct mounted *t, struct module *module, const char *commit)
{
    struct tree *tree;
    const char *url = git_module_url(t->a, t->url, module->url), *sha;
    if (t->depth >= NESTING_MAX)
        return err_new(ERR_EXHAUSTED, "submodules are nested deeper than %d", NESTING_MAX);
    if (!url || !modules_may_fetch(url))
        return err_reason(ERR_DENIED, "ForbiddenURL", "'%s' is no URL that a submodule is fetched from",
                          module->url);
    const struct remote_want want = {.url = url, .project = t->m->project, .revision = commit, .sha = commit};
    TRY(remotes_open(t->m->remotes, t->m->call, &want, t->a, &tree, &sha));
    module->tree = mount(tree, url, t->m, t->depth + 1);
    return NULL;
}

/* Is there a submodule on the way to `path`? *tree and *rest are where to look then. */
static struct err *look(struct mounted *t, const char *path, struct tree **tree, const char **rest)
{
    *tree = t->over.inner;
    *rest = path;
    TRY(read_modules(t));
    for (size_t i = 0; i < t->modules_len; i++) {
        struct module *module = &t->modules[i];
        size_t n = strlen(module->path);
        if (strncmp(path, module->path, n) != 0 || (path[n] && path[n] != '/'))
            continue;
        if (!module->tree) {
            struct tree_stat st;
            TRY(tree_stat(t->over.inner, module->path, &st));
            if (st.kind != TREE_OTHER) /* its line in .gitmodules outlived it */
                continue;
            TRYF(open_module(t, module, st.digest), "submodule %s", module->path);
        }
        *tree = module->tree;
        *rest = path + n + (path[n] == '/');
        return NULL;
    }
    return NULL;
}

static struct err *mounted_stat(struct tree *tree, const char *path, struct tree_stat *out)
{
    struct tree *in;
    TRY(look(CONTAINER(tree, struct mounted, over.tree), path, &in, &path));
    return tree_stat(in, path, out);
}

static struct err *mounted_names(struct tree *tree, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    struct tree *in;
    TRY(look(CONTAINER(tree, struct mounted, over.tree), path, &in, &path));
    return tree_names(in, path, out);
}

/* A submodule in the list is a folder. */
static struct err *mounted_list(struct tree *tree, const char *path, struct arena *a, struct tree_list *out)
{
    struct mounted *t = CONTAINER(tree, struct mounted, over.tree);
    struct tree *in;
    const char *rest;
    TRY(look(t, path, &in, &rest));
    TRY(tree_list(in, rest, a, out));
    for (size_t i = 0; i < out->len && in == t->over.inner; i++)
        for (size_t j = 0; j < t->modules_len && out->at[i].kind == TREE_OTHER; j++)
            if (streq(arena_printf(a, "%s%s%s", path, *path ? "/" : "", out->at[i].name), t->modules[j].path))
                out->at[i].kind = TREE_DIR;
    return NULL;
}

static struct err *mounted_read(struct tree *tree, const char *path, size_t limit, struct arena *a,
                                struct span *out)
{
    struct tree *in;
    TRY(look(CONTAINER(tree, struct mounted, over.tree), path, &in, &path));
    return tree_read(in, path, limit, a, out);
}

static void mounted_free(struct tree *tree)
{
    struct mounted *t = CONTAINER(tree, struct mounted, over.tree);
    for (size_t i = 0; i < t->modules_len; i++)
        tree_free(t->modules[i].tree);
    tree_free(t->over.inner);
    arena_free(t->a);
    free(t->url);
    free(t);
}

static struct tree *mount(struct tree *inner, const char *url, const struct modules *m, int depth)
{
    static const struct tree_ops ops = {mounted_stat, mounted_names, mounted_list,
                                        mounted_read, mounted_free,  tree_over_revision};
    struct mounted *t = mem_zalloc(sizeof(*t));
    *t = (struct mounted){
        .over = {{&ops}, inner}, .m = m, .url = mem_strdup(url), .depth = depth, .a = arena_new("modules")};
    return &t->over.tree;
}

struct tree *modules_tree(struct tree *inner, const char *url, const struct modules *m)
{
    return m->remotes ? mount(inner, url, m, 0) : inner;
}
