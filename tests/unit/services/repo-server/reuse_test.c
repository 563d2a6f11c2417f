/* A result that is used again equals what a fresh render gives: 10,000 random edits of a real Git repository,
 * and the counts of what one commit renders. Everything is seeded; SEED in the environment picks another
 * story. */
#include "services/repo-server/stash.h"

#include "base/rand.h"
#include "base/vec.h"
#include "doc/json.h"
#include "git/git.h"
#include "lib/test.h"

#include <stdlib.h>

/* --- a repository, made by one git fast-import --------------------------------------------------------- */

static struct {
    FILE *stream;
    int commits;
    char dir[300];
    struct git_mirror *mirror;
    VEC(char *) shas;
} g;

static void git_begin(void)
{
    snprintf(g.dir, sizeof(g.dir), "%s/repo", test_tmpdir());
    CLEANUP(mem_freep) char *stream = mem_printf("%s/stream", test_tmpdir());
    g.stream = fopen(stream, "w");
    CHECK(g.stream);
}

/* What follows, until the next, is one commit. */
static void commit(void)
{
    fprintf(g.stream, "commit refs/heads/main\nmark :%d\ncommitter t <t@example.org> %d +0000\ndata 1\nx\n",
            ++g.commits, 1700000000 + g.commits);
}

static void put(const char *path, const char *text)
{
    fprintf(g.stream, "M 100644 inline %s\ndata %zu\n%s\n", path, strlen(text), text);
}

static void put_link(const char *path, const char *target)
{
    fprintf(g.stream, "M 120000 inline %s\ndata %zu\n%s\n", path, strlen(target), target);
}

static void gone(const char *path)
{
    fprintf(g.stream, "D %s\n", path);
}

static void git_end(void)
{
    fclose(g.stream);
    CLEANUP(mem_freep)
    char *command = mem_printf(
        "git init -q --bare %s && git -C %s fast-import --quiet --export-marks=%s/marks <%s/stream", g.dir,
        g.dir, test_tmpdir(), test_tmpdir());
    CHECK_INT(system(command), 0);
    CLEANUP(mem_freep) char *marks = mem_printf("%s/marks", test_tmpdir());
    FILE *f = fopen(marks, "r");
    CHECK(f);
    for (int i = 0; i < g.commits; i++)
        vec_push(&g.shas, NULL);
    int mark;
    char sha[GIT_SHA + 1];
    while (fscanf(f, ":%d %40s\n", &mark, sha) == 2)
        g.shas.at[mark - 1] = mem_strdup(sha);
    fclose(f);
    git_setup();
    CHECK_OK(git_mirror_open(g.dir, &g.mirror));
}

static void git_free(void)
{
    git_mirror_close(g.mirror);
    vec_each (sha, &g.shas)
        free(*sha);
    vec_release(&g.shas);
}

static struct tree *tree_at(int n)
{
    struct tree *tree = NULL;
    CHECK_OK(git_mirror_tree(g.mirror, g.shas.at[n], &tree));
    return tree;
}

/* --- applications as repo-server sees them ------------------------------------------------------------- */

struct app {
    char name[16], path[32];
    const char *source; /* JSON */
    const char *kube_version;
    struct str stashed; /* its traces as Redis has them */
};

static struct call call;
static struct renders *table;

static void begin(void)
{
    call_init(&call);
    table = renders_new(256 << 20);
    git_begin();
}

static void end(struct app *apps, size_t n)
{
    for (size_t i = 0; i < n; i++)
        str_release(&apps[i].stashed);
    free(apps);
    renders_free(table);
    git_free();
}

static const char *params_of(struct arena *a, const struct app *app)
{
    Capstan__Repo__GenerateManifestsRequest q = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT;
    q.path = (char *)(uintptr_t)app->path;
    q.app_name = (char *)(uintptr_t)app->name;
    q.kube_version = (char *)(uintptr_t)app->kube_version;
    q.source = (ProtobufCBinaryData){strlen(app->source), (uint8_t *)(uintptr_t)app->source};
    return render_params(a, "scope", &q, "");
}

/* NULL when the tree, as it is, cannot be rendered. */
static struct render_entry *make(struct arena *a, const struct app *app, struct tree *tree)
{
    struct doc *source = NULL;
    CHECK_OK(json_read(a, span_of(app->source), NULL, &source));
    struct render_request rq = {.path = app->path, .app_name = app->name, .source = source};
    struct render_entry *made = NULL;
    struct err *e = render_entry_make(&call, &(struct render_by){0}, tree, &rq, &made);
    err_free(e);
    return made;
}

static struct render_entry *reuse(struct arena *a, const struct app *app, struct tree *tree)
{
    struct render_entry *candidates[RENDER_CANDIDATES], *found = NULL;
    size_t n = renders_candidates(table, params_of(a, app), candidates);
    CHECK_OK(render_entry_reuse(candidates, n, tree, &found));
    for (size_t i = 0; i < n; i++)
        render_entry_unref(candidates[i]);
    return found;
}

static void keep(struct arena *a, struct app *app, struct render_entry *made)
{
    renders_put(table, params_of(a, app), made);
    struct span body = stash_traces(a, made, str_span(&app->stashed));
    CHECK(body.at != NULL);
    struct str now = {0};
    str_add_span(&now, body);
    str_release(&app->stashed);
    app->stashed = now;
}

/* One turn of repo-server: 1 when it had to render. */
static int visit(struct app *app, struct tree *tree)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("visit");
    struct render_entry *found = reuse(a, app, tree);
    int rendered = !found;
    if (!found && (found = make(a, app, tree)))
        keep(a, app, found);
    render_entry_unref(found);
    return rendered;
}

static int visit_all(struct app *apps, size_t n, int commit_number)
{
    CLEANUP(tree_freep) struct tree *tree = tree_at(commit_number);
    int rendered = 0;
    for (size_t i = 0; i < n; i++)
        rendered += visit(&apps[i], tree);
    return rendered;
}

/* --- random edits -------------------------------------------------------------------------------------- */

enum { APPS = 12, EDITS = 10000, EDITS_A_COMMIT = 5, SHARED = 4 };

/* Files that an application's folder may hold. */
static const char *const names[] = {
    "a.yaml",     "b.yaml", "c.json",   "notes.txt", "sub/d.yaml", "sub/e.yaml", ".argocd-source.yaml",
    "thing.yaml", "zz.yml", "link.yaml"};
enum { NAMES = ARRAY_LEN(names) };

static const char *const sources[] = {
    "{}",
    "{\"directory\":{\"recurse\":true}}",
    "{\"directory\":{\"recurse\":true,\"include\":\"{a*,sub/*,link*}\"}}",
    "{\"directory\":{\"exclude\":\"b.yaml\"}}",
};

static struct {
    struct rand dice;
    bool there[APPS][NAMES];
    unsigned serial;
} story;

static size_t any(size_t n)
{
    return (size_t)rand_below(&story.dice, n);
}

static const char *path_of(struct arena *a, size_t app, size_t name)
{
    return arena_printf(a, "apps/%zu/%s", app, names[name]);
}

static const char *content(struct arena *a, const char *name)
{
    unsigned n = ++story.serial % 50; /* old contents come back */
    if (streq(name, ".argocd-source.yaml"))
        return n % 2 ? "directory: {recurse: true}\n" : "directory: {exclude: 'a*'}\n";
    if (ends_with(name, ".json"))
        return arena_printf(
            a, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"n%u\"}}", n);
    if (n == 7)
        return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [broken\n";
    return arena_printf(a, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n%u}\n", n);
}

static void write_file(struct arena *a, size_t app, size_t name)
{
    bool link = streq(names[name], "link.yaml") || rand_below(&story.dice, 20) == 0;
    const char *path = path_of(a, app, name);
    if (link)
        put_link(path, arena_printf(a, "%s../../shared/%zu.yaml", strchr(names[name], '/') ? "../" : "",
                                    any(SHARED + 1)));
    else
        put(path, content(a, names[name]));
    story.there[app][name] = true;
}

static void rename_file(struct arena *a, size_t app, size_t name)
{
    size_t to_app = rand_below(&story.dice, 3) ? app : any(APPS), to = any(NAMES);
    if (!story.there[app][name] || (to_app == app && to == name)) {
        write_file(a, app, name);
        return;
    }
    fprintf(g.stream, "R %s %s\n", path_of(a, app, name), path_of(a, to_app, to));
    story.there[app][name] = false;
    story.there[to_app][to] = true;
}

/* A file becomes a folder, or the other way round. */
static void swap_kind(struct arena *a, size_t app)
{
    const char *path = arena_printf(a, "apps/%zu/thing.yaml", app);
    gone(path);
    story.there[app][7] = rand_below(&story.dice, 2);
    if (story.there[app][7])
        put(path, content(a, "thing.yaml"));
    else
        put(arena_printf(a, "%s/inner.yaml", path), content(a, "inner.yaml"));
}

static void edit(void)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("edit");
    size_t app = any(APPS), name = any(NAMES);
    switch (any(10)) {
    case 0:
        put(arena_printf(a, "shared/%zu.yaml", any(SHARED)), content(a, "shared.yaml"));
        break;
    case 1:
        gone(path_of(a, app, name));
        story.there[app][name] = false;
        break;
    case 2:
        rename_file(a, app, name);
        break;
    case 3:
        swap_kind(a, app);
        break;
    case 4:
        put(arena_printf(a, "elsewhere/%zu", any(100)), content(a, "x.yaml"));
        break;
    default:
        write_file(a, app, name);
    }
}

static void write_story(void)
{
    const char *seed = getenv("SEED");
    CLEANUP(arena_freep) struct arena *a = arena_new("story");
    rand_seed(&story.dice, seed ? strtoull(seed, NULL, 10) : 1);
    commit();
    for (size_t i = 0; i < APPS; i++)
        write_file(a, i, 0);
    for (int i = 0; i < EDITS; i++) {
        if (i % EDITS_A_COMMIT == 0)
            commit();
        edit();
    }
}

static struct app *apps_new(size_t n)
{
    struct app *apps = mem_zalloc(n * sizeof(*apps));
    for (size_t i = 0; i < n; i++) {
        snprintf(apps[i].name, sizeof(apps[i].name), "app-%zu", i);
        snprintf(apps[i].path, sizeof(apps[i].path), "apps/%zu", i);
        apps[i].source = sources[i % ARRAY_LEN(sources)];
        apps[i].kube_version = "1.34.1";
    }
    return apps;
}

static struct {
    int commit, reused, stashed, rendered, refused;
} seen;

static void check_equal(const struct app *app, const char *how, const char *digest,
                        const struct render_entry *fresh)
{
    CHECKF(fresh, "commit %d, %s: %s is reused, and a fresh render fails", seen.commit, app->name, how);
    CHECKF(streq(digest, fresh->digest), "commit %d, %s: %s differs from a fresh render:\n%.*s", seen.commit,
           app->name, how, (int)fresh->content.manifests.len, fresh->content.manifests.at);
}

static void check_stash(struct arena *a, const struct app *app, struct tree *tree,
                        const struct render_entry *fresh)
{
    struct stash_found found = {0};
    if (!app->stashed.len)
        return;
    CHECK_OK(stash_reuse(a, str_span(&app->stashed), tree, &found));
    if (!found.trace)
        return;
    seen.stashed++;
    trace_free(found.trace);
    check_equal(app, "what Redis holds", found.digest, fresh);
}

static void check_app(struct app *app, struct tree *tree)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("check");
    struct render_entry *fresh = make(a, app, tree), *reused = reuse(a, app, tree);
    if (reused)
        check_equal(app, "what memory holds", reused->digest, fresh);
    check_stash(a, app, tree, fresh);
    seen.reused += reused != NULL;
    seen.rendered += fresh && !reused;
    seen.refused += !fresh;
    if (fresh && !reused)
        keep(a, app, fresh);
    render_entry_unref(reused);
    render_entry_unref(fresh);
}

TEST(after_10000_random_edits_every_reused_result_equals_a_fresh_render)
{
    begin();
    write_story();
    git_end();
    struct app *apps = apps_new(APPS);
    for (seen.commit = 0; seen.commit < g.commits; seen.commit++) {
        CLEANUP(tree_freep) struct tree *tree = tree_at(seen.commit);
        for (size_t i = 0; i < APPS; i++)
            check_app(&apps[i], tree);
    }
    printf("# %d commits of %d edits, %d applications: %d results reused (%d by what Redis holds), %d "
           "rendered, %d refused\n",
           g.commits - 1, EDITS_A_COMMIT, APPS, seen.reused, seen.stashed, seen.rendered, seen.refused);
    CHECK(seen.reused > APPS * g.commits / 3 && seen.rendered > g.commits / 2 && seen.refused > 100);
    CHECK(seen.stashed >= seen.reused);
    end(apps, APPS);
}

/* --- what one commit renders --------------------------------------------------------------------------- */

enum { MANY = 1000, SHARERS = 37 };

static const char *config_map(struct arena *a, const char *name)
{
    return arena_printf(a, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n", name);
}

static void write_many(struct arena *a)
{
    commit();
    put("shared/common.yaml", config_map(a, "common"));
    for (int i = 0; i < MANY; i++) {
        put(arena_printf(a, "apps/%d/cm.yaml", i), config_map(a, arena_printf(a, "cm-%d", i)));
        put(arena_printf(a, "apps/%d/README.md", i), "x");
        if (i < SHARERS)
            put_link(arena_printf(a, "apps/%d/a-common.yaml", i), "../../shared/common.yaml");
    }
}

TEST(a_commit_renders_what_it_touches_and_nothing_else)
{
    begin();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    write_many(a);
    commit(); /* one of them */
    put("apps/500/cm.yaml", config_map(a, "changed"));
    commit(); /* what 37 share */
    put("shared/common.yaml", config_map(a, "changed"));
    commit(); /* a new file that the include matches */
    put("apps/2/anew.yaml", config_map(a, "new"));
    commit(); /* back to what it was */
    gone("apps/2/anew.yaml");
    commit(); /* a deletion */
    gone("apps/800/cm.yaml");
    commit(); /* a rename */
    fprintf(g.stream, "R apps/700/cm.yaml apps/700/renamed.yaml\n");
    commit(); /* a neighbour */
    put("apps/1000/cm.yaml", config_map(a, "neighbour"));
    commit(); /* a file that is no manifest */
    put("apps/3/README.md", "y");
    git_end();
    struct app *apps = apps_new(MANY);
    static const struct {
        const char *what;
        int rendered;
    } rows[] = {{"the first", MANY}, {"one of 1,000", 1},        {"a shared file", SHARERS},
                {"a new file", 1},   {"back to what it was", 0}, {"a deletion", 1},
                {"a rename", 1},     {"a neighbour", 0},         {"no manifest", 0}};
    CHECK_INT(g.commits, ARRAY_LEN(rows));
    for (int i = 0; i < g.commits; i++) {
        int rendered = visit_all(apps, MANY, i);
        CHECKF(rendered == rows[i].rendered, "%s: %d rendered", rows[i].what, rendered);
    }
    apps[9].kube_version = "1.35.0"; /* of one application's cluster */
    CHECK_INT(visit_all(apps, MANY, g.commits - 1), 1);
    CHECK_INT(visit_all(apps, MANY, g.commits - 1), 0);
    end(apps, MANY);
}

TEST_MAIN
