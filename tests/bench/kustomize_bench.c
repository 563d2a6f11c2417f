/* An overlay with prefix, namespace, labels and images over 100, 300, 1,000 and 2,000 objects: in a process
 * that has read the files before, reading, building and printing must grow with the objects and no faster. */
#include "base/str.h"
#include "lib/bench.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/kustomize.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_MS = 50 };
static const double GROWTH = 1.5; /* of the time for one object, from 100 to 2,000 */

static const char overlay[] = "resources: [r.yaml]\nnamePrefix: p-\nnamespace: shop\n"
                              "labels: [{pairs: {team: x, tier: web}, includeSelectors: true}]\n"
                              "images: [{name: nginx, newTag: '2'}, {name: redis, newName: cache}]\n";

/* A folder with two files. */
struct folder {
    struct tree tree;
    struct span resources;
    struct kustomize_cache *cache;
};

static struct span text_of(struct folder *f, const char *path)
{
    return streq(path, "r.yaml")               ? f->resources
           : streq(path, "kustomization.yaml") ? span_of(overlay)
                                               : (struct span){0};
}

static struct err *folder_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    struct folder *f = CONTAINER(t, struct folder, tree);
    *out = (struct tree_stat){.kind = !*path ? TREE_DIR : text_of(f, path).at ? TREE_FILE : TREE_ABSENT};
    if (out->kind == TREE_FILE)
        snprintf(out->digest, sizeof(out->digest), "%.32s-%zu", path, text_of(f, path).len);
    return NULL;
}

static struct err *folder_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                               struct span *out)
{
    (void)limit;
    (void)a;
    *out = text_of(CONTAINER(t, struct folder, tree), path);
    return NULL;
}

static const struct tree_ops ops = {.stat = folder_stat, .read = folder_read};

static void add_object(struct str *s, int i)
{
    static const char *const images[] = {"nginx:1", "redis:7", "example.com/app:v3"};
    if (i % 3 == 0)
        str_printf(s, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c%d\ndata:\n  key: value %d\n", i,
                   i);
    else if (i % 3 == 1)
        str_printf(s,
                   "apiVersion: v1\nkind: Service\nmetadata:\n  name: s%d\nspec:\n  selector:\n    app: "
                   "a%d\n  ports:\n"
                   "  - port: 80\n",
                   i, i);
    else
        str_printf(s,
                   "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d%d\nspec:\n  selector:\n    "
                   "matchLabels:\n"
                   "      app: a%d\n  template:\n    metadata:\n      labels:\n        app: a%d\n    spec:\n "
                   "     containers:\n"
                   "      - name: main\n        image: %s\n        envFrom:\n        - configMapRef:\n       "
                   "     name: c%d\n",
                   i, i, i, images[i % 9 / 3], i - 2);
    str_add(s, "---\n");
}

static double build(void *arg)
{
    struct folder *f = arg;
    CLEANUP(arena_freep) struct arena *a = arena_new("build");
    CLEANUP(str_release) struct str text = {0};
    struct kustomize_request rq = {.tree = &f->tree, .path = "", .cache = f->cache};
    struct kustomize_output out;
    int64_t start = bench_now_ns();
    struct err *e = kustomize_build(&rq, a, &out);
    if (e) {
        fprintf(stderr, "kustomize_bench: %s\n", e->msg);
        exit(1);
    }
    kustomize_print(&out, &text);
    return (double)(bench_now_ns() - start) / 1e6;
}

static double measure(int objects)
{
    CLEANUP(str_release) struct str resources = {0};
    CLEANUP(kustomize_cache_freep) struct kustomize_cache *cache = kustomize_cache_new(0);
    struct folder f = {.tree = {&ops}, .cache = cache};
    for (int i = 0; i < objects; i++)
        add_object(&resources, i);
    f.resources = str_span(&resources);
    return bench_median(build, &f);
}

int main(void)
{
    static const int sizes[] = {100, 300, 1000, 2000};
    double ms[ARRAY_LEN(sizes)];
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char what[64];
        ms[i] = measure(sizes[i]);
        snprintf(what, sizeof(what), "overlay over %d objects", sizes[i]);
        bench_figure(what, ms[i], "ms");
    }
    bool ok = bench_ratio("overlay over 2,000 objects / 50 ms", ms[3] / MOST_MS, true, 1);
    ok &= bench_ratio("time of an object among 2,000 / among 100", ms[3] / 20 / ms[0], true, GROWTH);
    return ok ? 0 : 1;
}
