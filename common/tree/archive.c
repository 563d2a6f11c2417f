/* tree/archive - folders and files of an archive, as a map from path to node.
 *
 * An archive names its files; their folders are made on the way, so that each node but the root stands in its
 * parent's list. Lists are sorted once, when all is read. */
#include "tree/archive.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"

#include <stdlib.h>

enum { PATH_BYTES_MAX = 1024, FOLDERS_MAX = 20000 };

struct node {
    enum tree_kind kind;
    struct span bytes;
    struct tree_entry *entries;
    size_t len, cap;
};

struct archive {
    struct tree tree;
    struct arena *arena;
    struct map *nodes; /* path -> node; "" is the root */
    size_t folders;
    bool strip;
    const char *folder; /* that all lies in, once a file was seen */
};

/* --- building --- */

static void add_entry(struct archive *t, struct node *dir, const char *name, enum tree_kind kind)
{
    if (dir->len == dir->cap) {
        size_t cap = MAX(dir->cap * 2, (size_t)8);
        struct tree_entry *more = NEW_N(t->arena, struct tree_entry, cap);
        if (dir->len)
            memcpy(more, dir->entries, dir->len * sizeof(*more));
        dir->entries = more;
        dir->cap = cap;
    }
    dir->entries[dir->len++] = (struct tree_entry){name, kind};
}

static struct node *node_new(struct archive *t, const char *path, enum tree_kind kind)
{
    struct node *n = NEW(t->arena, struct node);
    n->kind = kind;
    map_set(t->nodes, path, n);
    return n;
}

/* The folder of that path, made with all above it. Walks down, so it needs no recursion. */
static struct err *folder_for(struct archive *t, const char *path, struct node **out)
{
    struct node *dir = map_get(t->nodes, "");
    for (const char *from = path, *slash; (slash = strchr(from, '/')); from = slash + 1) {
        struct span own = {path, (size_t)(slash - path)};
        struct node *next = map_get_span(t->nodes, own);
        if (next && next->kind != TREE_DIR)
            return err_new(ERR_INVALID, "%.*s: the archive has a file where a folder is", (int)own.len,
                           own.at);
        if (!next && t->folders++ == FOLDERS_MAX)
            return err_reason(ERR_EXHAUSTED, "TooManyEntries", "the archive has more than %d folders",
                              FOLDERS_MAX);
        if (!next) {
            next = node_new(t, arena_strndup(t->arena, own.at, own.len), TREE_DIR);
            add_entry(t, dir, arena_strndup(t->arena, from, (size_t)(slash - from)), TREE_DIR);
        }
        dir = next;
    }
    *out = dir;
    return NULL;
}

/* The path below the one folder that all lies in. */
static struct err *strip(struct archive *t, const char *path, const char **out)
{
    const char *slash = strchr(path, '/');
    if (!slash)
        return err_new(ERR_INVALID, "%s: the archive has files outside of its one folder", path);
    const char *folder = arena_strndup(t->arena, path, (size_t)(slash - path));
    if (t->folder && !streq(t->folder, folder))
        return err_new(ERR_INVALID, "the archive has the folders %s and %s, expected a single one", t->folder,
                       folder);
    t->folder = folder;
    *out = slash + 1;
    return NULL;
}

static struct err *add_file(void *arg, const char *path, struct span content, mode_t mode)
{
    struct archive *t = arg;
    struct node *dir = NULL, *file;
    (void)mode;
    if (strlen(path) > PATH_BYTES_MAX)
        return err_reason(ERR_EXHAUSTED, "PathTooLong", "the archive has a path of more than %d bytes",
                          PATH_BYTES_MAX);
    if (t->strip)
        TRY(strip(t, path, &path));
    TRY(folder_for(t, path, &dir));
    file = map_get(t->nodes, path);
    if (file && file->kind == TREE_DIR)
        return err_new(ERR_INVALID, "%s: the archive has a file where a folder is", path);
    if (!file) {
        const char *slash = strrchr(path, '/');
        file = node_new(t, path, TREE_FILE);
        add_entry(t, dir, arena_strdup(t->arena, slash ? slash + 1 : path), TREE_FILE);
    }
    file->bytes = (struct span){arena_strndup(t->arena, content.at, content.len), content.len};
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tree_entry *)a)->name, ((const struct tree_entry *)b)->name);
}

/* --- the tree --- */

static struct node *find(struct tree *tree, const char *path)
{
    return map_get(CONTAINER(tree, struct archive, tree)->nodes, path);
}

static struct err *folder_at(struct tree *tree, const char *path, struct node **out)
{
    *out = find(tree, path);
    return *out && (*out)->kind == TREE_DIR ? NULL
                                            : err_new(ERR_NOT_FOUND, "%s: there is no such folder", path);
}

static struct err *archive_stat(struct tree *tree, const char *path, struct tree_stat *out)
{
    const struct node *n = find(tree, path);
    *out = (struct tree_stat){.kind = n ? n->kind : TREE_ABSENT};
    if (n && n->kind == TREE_FILE)
        memcpy(out->digest, hash128_hex(n->bytes.at, n->bytes.len).text, sizeof(struct hash_hex));
    return NULL;
}

static struct err *archive_names(struct tree *tree, const char *path, char out[TREE_DIGEST_MAX + 1])
{
    CLEANUP(hash_freep) struct hash *h = hash_new();
    struct node *dir;
    TRY(folder_at(tree, path, &dir));
    for (size_t i = 0; i < dir->len; i++) {
        hash_add(h, &dir->entries[i].kind, sizeof(dir->entries[i].kind));
        hash_add_text(h, dir->entries[i].name);
    }
    memcpy(out, hash_sum_hex(h).text, sizeof(struct hash_hex));
    return NULL;
}

static struct err *archive_list(struct tree *tree, const char *path, struct arena *a, struct tree_list *out)
{
    struct node *dir;
    TRY(folder_at(tree, path, &dir));
    out->len = dir->len;
    out->at = NEW_N(a, struct tree_entry, dir->len + 1);
    for (size_t i = 0; i < dir->len; i++)
        out->at[i] = (struct tree_entry){arena_strdup(a, dir->entries[i].name), dir->entries[i].kind};
    return NULL;
}

static struct err *archive_read(struct tree *tree, const char *path, size_t limit, struct arena *a,
                                struct span *out)
{
    const struct node *n = find(tree, path);
    if (!n || n->kind != TREE_FILE)
        return err_new(ERR_NOT_FOUND, "%s: there is no such file", path);
    if (n->bytes.len > limit)
        return err_reason(ERR_EXHAUSTED, "FileTooLarge", "%s: %zu bytes are more than the limit of %zu", path,
                          n->bytes.len, limit);
    *out = (struct span){arena_strndup(a, n->bytes.at, n->bytes.len), n->bytes.len};
    return NULL;
}

static void archive_free(struct tree *tree)
{
    struct archive *t = CONTAINER(tree, struct archive, tree);
    map_free(t->nodes);
    arena_free(t->arena);
    free(t);
}

struct err *tree_archive(struct span bytes, const struct pack_archive_limits *limits, bool strip_folder,
                         struct tree **out)
{
    static const struct tree_ops ops = {archive_stat, archive_names, archive_list, archive_read,
                                        archive_free};
    struct archive *t = mem_zalloc(sizeof(*t));
    t->tree.ops = &ops;
    t->arena = arena_new("tree_archive");
    t->nodes = map_new(NULL);
    t->strip = strip_folder;
    node_new(t, "", TREE_DIR);
    struct err *bad = pack_archive_read(bytes, limits ? limits : &pack_archive_defaults, add_file, t);
    if (bad) {
        archive_free(&t->tree);
        return bad;
    }
    map_each (it, t->nodes) {
        struct node *n = it.value;
        if (n->len)
            qsort(n->entries, n->len, sizeof(*n->entries), by_name);
    }
    *out = &t->tree;
    return NULL;
}
