/* tree/walk - depth first, one file in memory at a time. */
#include "tree/walk.h"

#include "base/str.h"

enum { DEPTH_MAX = 128 };

struct walk {
    const struct call *call;
    struct tree *tree;
    const struct tree_walk_limits *limits;
    tree_walk_fn *fn;
    void *arg;
    size_t entries, bytes;
};

static struct err *too_much(const struct walk *w, const char *path)
{
    return err_reason(
        ERR_EXHAUSTED, "TreeTooLarge",
        "the source is too large: %s and what came before it are more than %zu entries or %zu bytes", path,
        w->limits->entries, w->limits->bytes);
}

static struct err *visit_file(struct walk *w, const char *path, enum tree_kind kind)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("walk");
    struct span content = {0};
    if (!w->limits->bytes)
        return w->fn(w->arg, path, kind, content);
    struct err *e = tree_read(w->tree, path, w->limits->bytes - w->bytes, a, &content);
    if (err_eat(&e, ERR_EXHAUSTED))
        return too_much(w, path);
    TRY(e);
    w->bytes += content.len;
    return w->fn(w->arg, path, kind, content);
}

static struct err *walk_folder(struct walk *w, const char *path, int depth)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("walk");
    struct tree_list list;
    if (depth > DEPTH_MAX)
        return err_new(ERR_EXHAUSTED, "%s: folders are nested deeper than %d", path, DEPTH_MAX);
    TRY(call_check(w->call));
    TRY(tree_list(w->tree, path, a, &list));
    for (size_t i = 0; i < list.len; i++) {
        const char *below = arena_printf(a, "%s%s%s", path, *path ? "/" : "", list.at[i].name);
        if (++w->entries > w->limits->entries)
            return too_much(w, below);
        if (list.at[i].kind == TREE_DIR)
            TRY(walk_folder(w, below, depth + 1));
        else if (list.at[i].kind == TREE_FILE || list.at[i].kind == TREE_LINK)
            TRY(visit_file(w, below, list.at[i].kind));
    }
    return NULL;
}

struct err *tree_walk(const struct call *call, struct tree *t, const struct tree_walk_limits *limits,
                      tree_walk_fn *fn, void *arg)
{
    struct walk w = {.call = call, .tree = t, .limits = limits, .fn = fn, .arg = arg};
    return walk_folder(&w, "", 0);
}
