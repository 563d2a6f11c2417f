/* Any bytes as the archive of a chart: loaded and rendered within small limits, or refused. */
#include "base/str.h"
#include "lib/fuzz.h"
#include "render/helm/helm.h"

struct one {
    struct tree tree;
    struct span bytes;
};

static struct err *one_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    (void)t;
    *out = (struct tree_stat){.kind = streq(path, "c.tgz") ? TREE_FILE : *path ? TREE_ABSENT : TREE_DIR};
    return NULL;
}

static struct err *one_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    (void)t;
    (void)path;
    (void)a;
    *out = (struct tree_list){NULL, 0};
    return NULL;
}

static struct err *one_read(struct tree *t, const char *path, size_t limit, struct arena *a, struct span *out)
{
    (void)path;
    (void)limit;
    (void)a;
    *out = CONTAINER(t, struct one, tree)->bytes;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tree_ops ops = {.stat = one_stat, .list = one_list, .read = one_read};
    CLEANUP(arena_freep) struct arena *a = arena_new("fuzz");
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(1 << 20);
    CLEANUP(str_release) struct str text = {0};
    struct one one = {{&ops}, {(const char *)data, size}};
    struct helm_request rq = {.release = "r", .include_crds = true, .max_memory = 64 << 20};
    struct helm_output out;
    struct err *e = helm_render(cache, &one.tree, "c.tgz", &rq, a, &out);
    if (!e)
        helm_print(&out, &text);
    err_free(e);
    return 0;
}
