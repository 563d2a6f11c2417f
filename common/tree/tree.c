/* tree/tree - paths inside a tree, and following links without leaving it. */
#include "tree/tree.h"

#include "base/str.h"

enum { LINKS_MAX = 10, LINK_TARGET_MAX = 4096 };

struct err *tree_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    return t->ops->stat(t, path, out);
}

struct err *tree_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    return t->ops->names(t, path, out);
}

struct err *tree_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    return t->ops->list(t, path, a, out);
}

struct err *tree_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    return t->ops->read(t, path, limit, a, out);
}

struct err *tree_revision(struct tree *t, struct arena *a, const char **out)
{
    *out = "";
    return t->ops->revision ? t->ops->revision(t, a, out) : NULL;
}

void tree_free(struct tree *t)
{
    if (t)
        t->ops->free(t);
}

void tree_freep(struct tree **t)
{
    tree_free(*t);
    *t = NULL;
}

/* --- decorators --- */

static struct tree *inner(struct tree *t)
{
    return CONTAINER(t, struct tree_over, tree)->inner;
}

struct err *tree_over_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    return tree_stat(inner(t), path, out);
}

struct err *tree_over_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    return tree_names(inner(t), path, out);
}

struct err *tree_over_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    return tree_list(inner(t), path, a, out);
}

struct err *tree_over_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    return tree_read(inner(t), path, limit, a, out);
}

struct err *tree_over_revision(struct tree *t, struct arena *a, const char **out)
{
    return tree_revision(inner(t), a, out);
}

/* --- paths --- */

/* Takes the last component off. False when there is none. */
static bool pop(struct str *s)
{
    if (!s->len)
        return false;
    while (s->len && s->at[s->len - 1] != '/')
        s->len--;
    s->len -= s->len != 0;
    s->at[s->len] = 0;
    return true;
}

static bool add_components(struct str *s, struct span path)
{
    struct span part;
    while (span_cut(&path, '/', &part)) {
        if (!part.len || span_is(part, "."))
            continue;
        if (span_is(part, "..")) {
            if (!pop(s))
                return false;
            continue;
        }
        if (s->len)
            str_char(s, '/');
        str_add_span(s, part);
    }
    return true;
}

bool tree_join(struct arena *a, const char *base, const char *path, const char **out)
{
    CLEANUP(str_release) struct str s = {0};
    if (*path == '/' || !add_components(&s, span_of(base)) || !add_components(&s, span_of(path)))
        return false;
    *out = arena_strdup(a, str_text(&s));
    return true;
}

static struct err *out_of_bounds(const char *path)
{
    return err_reason(ERR_DENIED, "OutOfBounds", "illegal filepath in symlink at \"%s\"", path);
}

struct err *tree_resolve(struct tree *t, struct arena *a, const char *path, const char **out)
{
    CLEANUP(str_release) struct str real = {0};
    struct span rest = span_of(path), part;
    int links = 0;
    while (span_cut(&rest, '/', &part)) {
        if (!part.len)
            continue;
        CLEANUP(mem_freep) char *parent = mem_strdup(str_text(&real));
        if (!add_components(&real, part))
            return out_of_bounds(path);
        struct tree_stat st;
        TRY(tree_stat(t, str_text(&real), &st));
        if (st.kind == TREE_ABSENT)
            return err_new(ERR_NOT_FOUND, "%s: no such file or directory", path);
        if (st.kind != TREE_LINK)
            continue;
        if (++links > LINKS_MAX)
            return err_new(ERR_INVALID, "%s: too many levels of symbolic links", path);
        struct span target;
        TRY(tree_read(t, str_text(&real), LINK_TARGET_MAX, a, &target));
        const char *joined = NULL;
        if (!tree_join(a, parent, target.at, &joined))
            return out_of_bounds(path);
        /* Start again from the root with the target and what was left. */
        const char *again = rest.at ? arena_printf(a, "%s/%.*s", joined, (int)rest.len, rest.at) : joined;
        rest = span_of(again);
        str_clear(&real);
    }
    *out = arena_strdup(a, str_text(&real));
    return NULL;
}
