/* git/tree - a commit as a tree, read from the object database. Folders that were walked stay open, so that
 * the files of one folder cost one look-up each. */
#include "git/private.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"

#include <stdlib.h>

struct git_source {
    struct tree tree;
    git_repository *repo;
    const char *commit;
    struct map *folders; /* path to git_tree */
};

static void folder_free(void *folder)
{
    git_tree_free(folder);
}

static enum tree_kind kind_of(const git_tree_entry *e)
{
    switch (git_tree_entry_filemode(e)) {
    case GIT_FILEMODE_TREE:
        return TREE_DIR;
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
        return TREE_FILE;
    case GIT_FILEMODE_LINK:
        return TREE_LINK;
    default:
        return TREE_OTHER; /* a submodule */
    }
}

/* The folder at a path, borrowed; NULL when there is none. */
static git_tree *folder_at(struct git_source *s, const char *path)
{
    git_tree *known = map_get(s->folders, path);
    if (known)
        return known;
    const char *slash = strrchr(path, '/');
    CLEANUP(mem_freep) char *parent = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup("");
    git_tree *above = folder_at(s, parent), *found = NULL;
    const git_tree_entry *e = above ? git_tree_entry_byname(above, slash ? slash + 1 : path) : NULL;
    if (!e || kind_of(e) != TREE_DIR || git_tree_lookup(&found, s->repo, git_tree_entry_id(e)) < 0)
        return NULL;
    map_set(s->folders, path, found);
    return found;
}

/* The entry of a path below the root; NULL when absent. */
static const git_tree_entry *entry_at(struct git_source *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(mem_freep) char *parent = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup("");
    git_tree *folder = folder_at(s, parent);
    return folder ? git_tree_entry_byname(folder, slash ? slash + 1 : path) : NULL;
}

static struct err *source_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    struct git_source *s = CONTAINER(t, struct git_source, tree);
    *out = (struct tree_stat){0};
    const git_tree_entry *e = *path ? entry_at(s, path) : NULL;
    if (*path && !e)
        return NULL;
    out->kind = *path ? kind_of(e) : TREE_DIR;
    if (out->kind != TREE_DIR)
        git_oid_tostr(out->digest, sizeof(out->digest), git_tree_entry_id(e));
    return NULL;
}

static struct err *source_names(struct tree *t, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    struct git_source *s = CONTAINER(t, struct git_source, tree);
    git_tree *folder = folder_at(s, path);
    if (!folder)
        return err_new(ERR_NOT_FOUND, "%s: no such folder", path);
    CLEANUP(hash_freep) struct hash *h = hash_new();
    for (size_t i = 0; i < git_tree_entrycount(folder); i++) {
        const git_tree_entry *e = git_tree_entry_byindex(folder, i);
        enum tree_kind kind = kind_of(e);
        hash_add(h, &kind, sizeof(kind));
        hash_add_text(h, git_tree_entry_name(e));
    }
    memcpy(out, hash_sum_hex(h).text, sizeof(struct hash_hex));
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tree_entry *)a)->name, ((const struct tree_entry *)b)->name);
}

static struct err *source_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    struct git_source *s = CONTAINER(t, struct git_source, tree);
    git_tree *folder = folder_at(s, path);
    if (!folder)
        return err_new(ERR_NOT_FOUND, "%s: no such folder", path);
    out->len = git_tree_entrycount(folder);
    out->at = NEW_N(a, struct tree_entry, out->len);
    for (size_t i = 0; i < out->len; i++) {
        const git_tree_entry *e = git_tree_entry_byindex(folder, i);
        out->at[i] = (struct tree_entry){arena_strdup(a, git_tree_entry_name(e)), kind_of(e)};
    }
    qsort(out->at, out->len, sizeof(*out->at), by_name); /* Git sorts folders as if they ended in a slash */
    return NULL;
}

static void odb_release(git_odb **odb)
{
    git_odb_free(*odb);
}

static void object_release(git_odb_object **object)
{
    git_odb_object_free(*object);
}

static struct err *source_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                               struct span *out)
{
    struct git_source *s = CONTAINER(t, struct git_source, tree);
    const git_tree_entry *e = *path ? entry_at(s, path) : NULL;
    enum tree_kind kind = e ? kind_of(e) : TREE_ABSENT;
    if (kind == TREE_ABSENT)
        return err_new(ERR_NOT_FOUND, "%s: no such file or directory", path);
    if (kind != TREE_FILE && kind != TREE_LINK)
        return err_new(ERR_INVALID, "%s: not a file", path);
    CLEANUP(odb_release) git_odb *odb = NULL;
    CLEANUP(object_release) git_odb_object *object = NULL;
    size_t size = 0;
    git_object_t type;
    /* The size first: a blob past the limit is never inflated. */
    if (git_repository_odb(&odb, s->repo) < 0 ||
        git_odb_read_header(&size, &type, odb, git_tree_entry_id(e)) < 0)
        return git_error_take(NULL, "%s", path);
    if (size > limit)
        return err_reason(ERR_EXHAUSTED, "FileTooLarge", "%s: %zu bytes are more than the limit of %zu", path,
                          size, limit);
    if (git_odb_read(&object, odb, git_tree_entry_id(e)) < 0)
        return git_error_take(NULL, "%s", path);
    *out = (struct span){arena_strndup(a, git_odb_object_data(object), git_odb_object_size(object)),
                         git_odb_object_size(object)};
    return NULL;
}

static struct err *source_revision(struct tree *t, struct arena *a, const char **out)
{
    *out = arena_strdup(a, CONTAINER(t, struct git_source, tree)->commit);
    return NULL;
}

static void source_free(struct tree *t)
{
    struct git_source *s = CONTAINER(t, struct git_source, tree);
    map_free(s->folders);
    free((char *)(uintptr_t)s->commit);
    free(s);
}

struct err *git_mirror_tree(struct git_mirror *m, const char *sha, struct tree **out)
{
    static const struct tree_ops ops = {source_stat, source_names, source_list,
                                        source_read, source_free,  source_revision};
    git_object *any = NULL, *root = NULL;
    if (git_revparse_single(&any, m->repo, sha) < 0 || git_object_peel(&root, any, GIT_OBJECT_TREE) < 0) {
        git_object_free(any);
        return err_new(ERR_NOT_FOUND, "no commit %s", sha);
    }
    git_object_free(any);
    struct git_source *s = mem_zalloc(sizeof(*s));
    *s = (struct git_source){{&ops}, m->repo, mem_strdup(sha), map_new(folder_free)};
    map_set(s->folders, "", root);
    *out = &s->tree;
    return NULL;
}
