/* tree/one - a tree of one file: how an archive reaches those who read trees only. */
#include "tree/tree.h"

#include "base/hash.h"

#include <stdlib.h>

struct one {
    struct tree tree;
    const char *name, *revision;
    struct span bytes;
};

static void digest_of(struct span bytes, char out[TREE_DIGEST_MAX + 1])
{
    CLEANUP(hash_freep) struct hash *h = hash_new();
    hash_add(h, bytes.at, bytes.len);
    strcpy(out, hash_sum_hex(h).text);
}

static struct err *one_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    const struct one *o = CONTAINER(t, struct one, tree);
    bool file = streq(path, o->name);
    *out = (struct tree_stat){.kind = file ? TREE_FILE : *path ? TREE_ABSENT : TREE_DIR};
    if (file)
        digest_of(o->bytes, out->digest);
    return NULL;
}

static struct err *one_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    if (*path)
        return err_new(ERR_NOT_FOUND, "%s: no such folder", path);
    digest_of(span_of(CONTAINER(t, struct one, tree)->name), out);
    return NULL;
}

static struct err *one_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    if (*path)
        return err_new(ERR_NOT_FOUND, "%s: no such folder", path);
    *out = (struct tree_list){.at = NEW(a, struct tree_entry), .len = 1};
    out->at[0] = (struct tree_entry){CONTAINER(t, struct one, tree)->name, TREE_FILE};
    return NULL;
}

static struct err *one_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    const struct one *o = CONTAINER(t, struct one, tree);
    if (!streq(path, o->name))
        return err_new(ERR_NOT_FOUND, "%s: no such file", path);
    if (o->bytes.len > limit)
        return err_new(ERR_EXHAUSTED, "%s has %zu bytes, more than %zu", path, o->bytes.len, limit);
    *out = (struct span){arena_strndup(a, o->bytes.at, o->bytes.len), o->bytes.len};
    return NULL;
}

static struct err *one_revision(struct tree *t, struct arena *a, const char **out)
{
    *out = arena_strdup(a, CONTAINER(t, struct one, tree)->revision);
    return NULL;
}

static void one_free(struct tree *t)
{
    free(CONTAINER(t, struct one, tree));
}

struct tree *tree_one(const char *name, struct span bytes, const char *revision)
{
    static const struct tree_ops ops = {one_stat, one_names, one_list, one_read, one_free, one_revision};
    struct one *o = mem_zalloc(sizeof(*o));
    o->tree.ops = &ops;
    o->name = name;
    o->revision = revision;
    o->bytes = bytes;
    return &o->tree;
}
