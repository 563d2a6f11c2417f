/* 2,000 manifests read and parsed from a bare repository, beside bare libgit2 blob reads with the same
 * parser; and what it costs to see that a commit touched nothing that a render looked at. */
#include "base/file.h"
#include "base/proc.h"
#include "doc/yaml.h"
#include "git/git.h"
#include "lib/bench.h"
#include "render/render.h"
#include "tree/trace.h"

#include <git2.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES = 2000, FOLDERS = 100 };

static char *folder;
static const char *sha;
static struct trace *trace; /* of one folder of the hundred */

static void must(struct err *e)
{
    if (!e)
        return;
    fprintf(stderr, "git_bench: %s\n", e->msg);
    exit(1);
}

static const char *manifest(struct arena *a, int i)
{
    return arena_printf(
        a,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-%d\n  labels: {app: web, team: "
        "t%d}\nspec:\n"
        "  replicas: 3\n  selector:\n    matchLabels: {app: web-%d}\n  template:\n    metadata:\n      "
        "labels: {app: web-%d}\n"
        "    spec:\n      containers:\n      - name: web\n        image: registry.example.com/web:1.%d\n     "
        "   ports:\n"
        "        - containerPort: 8080\n        resources:\n          requests: {cpu: 100m, memory: 128Mi}\n"
        "          limits: {memory: 256Mi}\n        readinessProbe:\n          httpGet: {path: /healthz, "
        "port: 8080}\n",
        i, i % 7, i, i, i);
}

/* One commit by git fast-import. */
static void make_repository(struct arena *a)
{
    CLEANUP(str_release) struct str in = {0};
    struct call call;
    struct proc_result r;
    str_add(&in, "commit refs/heads/main\ncommitter b <b@example.org> 1700000000 +0000\ndata 1\nx\n");
    for (int i = 0; i < FILES; i++) {
        const char *text = manifest(a, i);
        str_printf(&in, "M 644 inline apps/%03d/%04d.yaml\ndata %zu\n%s\n", i % FOLDERS, i, strlen(text),
                   text);
    }
    call_init(&call);
    const char *const init[] = {"git", "init", "-q", "--bare", folder, NULL};
    const char *const import[] = {"git", "-C", folder, "fast-import", "--quiet", NULL};
    const char *const head[] = {"git", "-C", folder, "rev-parse", "main", NULL};
    must(proc_run(&call, &(struct proc_spec){.argv = init}, &r));
    proc_result_release(&r);
    must(proc_run(&call, &(struct proc_spec){.argv = import, .input = str_span(&in)}, &r));
    must(proc_check(&(struct proc_spec){.argv = import}, &r));
    proc_result_release(&r);
    must(proc_run(&call, &(struct proc_spec){.argv = head}, &r));
    struct span line = span_trim(str_span(&r.out));
    sha = arena_strndup(a, line.at, line.len);
    proc_result_release(&r);
}

static struct err *render_folder(struct arena *a, struct tree *tree, const char *path, size_t *n)
{
    struct call call;
    call_init(&call);
    struct doc *source = doc_new_map(a);
    doc_set_bool(a, doc_set_map(a, source, "directory"), "recurse", true);
    const struct render_request rq = {.path = path, .app_name = "bench", .source = source};
    struct render_result result;
    TRY(render(&call, tree, &rq, a, &result));
    *n = doc_len(result.manifests);
    return NULL;
}

static double ours(void *arg)
{
    (void)arg;
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CLEANUP(tree_freep) struct tree *tree = NULL;
    size_t n = 0;
    int64_t start = bench_now_ns();
    must(git_mirror_open(folder, &m));
    must(git_mirror_tree(m, sha, &tree));
    must(render_folder(a, tree, "apps", &n));
    if (n != FILES)
        must(err_new(ERR_INTERNAL, "%zu manifests", n));
    return (double)(bench_now_ns() - start) / 1e6;
}

struct bare {
    git_repository *repo;
    struct arena *a;
    size_t n;
};

static int read_blob(const char *root, const git_tree_entry *entry, void *arg)
{
    struct bare *b = arg;
    git_blob *blob;
    struct doc *d;
    (void)root;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
        return 0;
    if (git_blob_lookup(&blob, b->repo, git_tree_entry_id(entry)))
        return -1;
    struct span text = {git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)};
    must(yaml_read(b->a, text, YAML_SIGS, NULL, &d));
    git_blob_free(blob);
    b->n++;
    return 0;
}

static double bare(void *arg)
{
    (void)arg;
    CLEANUP(arena_freep) struct arena *a = arena_new("bare");
    struct bare b = {.a = a};
    git_object *commit = NULL;
    git_tree *tree = NULL;
    int64_t start = bench_now_ns();
    if (git_repository_open_bare(&b.repo, folder) || git_revparse_single(&commit, b.repo, sha) ||
        git_commit_tree(&tree, (git_commit *)commit) ||
        git_tree_walk(tree, GIT_TREEWALK_PRE, read_blob, &b) || b.n != FILES)
        must(err_new(ERR_INTERNAL, "libgit2 does not read the repository"));
    git_tree_free(tree);
    git_object_free(commit);
    git_repository_free(b.repo);
    return (double)(bench_now_ns() - start) / 1e6;
}

static void record_trace(struct arena *a)
{
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CLEANUP(tree_freep) struct tree *tree = NULL;
    size_t n = 0;
    trace = trace_new();
    must(git_mirror_open(folder, &m));
    must(git_mirror_tree(m, sha, &tree));
    CLEANUP(tree_freep) struct tree *traced = tree_traced(tree, trace);
    must(render_folder(a, traced, "apps/042", &n));
}

static double replay(void *arg)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("replay");
    CLEANUP(git_mirror_closep) struct git_mirror *m = NULL;
    CLEANUP(tree_freep) struct tree *tree = NULL;
    bool holds = false;
    (void)arg;
    int64_t start = bench_now_ns();
    must(git_mirror_open(folder, &m));
    must(git_mirror_tree(m, sha, &tree));
    must(trace_replay(trace, tree, a, &holds, NULL));
    if (!holds)
        must(err_new(ERR_INTERNAL, "the trace does not hold on its own tree"));
    return (double)(bench_now_ns() - start) / 1e6;
}

int main(void)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("bench");
    double ms[2];
    git_setup();
    must(file_tempdir("git-bench", &folder));
    make_repository(a);
    bench_pair(ours, NULL, bare, NULL, ms);
    record_trace(a);
    double check = bench_median(replay, NULL);
    bench_figure("2,000 manifests out of a bare repository", ms[0], "ms");
    bench_figure("bare libgit2 blob reads and the same parser", ms[1], "ms");
    bench_figure("a render of 20 files whose inputs did not change", check, "ms");
    bool ok = bench_ratio("manifests / bare reads and parse", ms[0] / ms[1], true, 1.3);
    ok &= bench_ratio("unchanged inputs, ms", check, true, 1);
    trace_free(trace);
    err_free(file_remove(folder));
    free(folder);
    return !ok;
}
