/* Builds the recorded kustomizations in one process and compares byte for byte (tests/conformance/kustomize
 * runs this).
 *   usage: kustomize_corpus DATA CORPUS OPEN [PATTERN...]
 * DATA holds krusty/, builtin/ and corpus.jsonl; CORPUS holds the unpacked input/ and expected/, "" =
 * without. OPEN names what is known to differ and why. VERBOSE=1 prints every case and the slowest; TAP=1
 * prints TAP; REPEAT=N builds each root of the corpus N times and counts the last; DIFF=FOLDER leaves there
 * what differs. */
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "render/helm/cache.h"
#include "render/kustomize/accumulate.h"
#include "render/kustomize/cache.h"
#include "render/kustomize/merge.h"
#include "render/kustomize/order.h"
#include "render/kustomize/plugin.h"
#include "text/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILE_MAX = 256 << 20, SLOWEST = 20 };
enum result { EQUAL, OPEN, DIFFERS };

struct timing {
    char *name;
    double ms;
};
struct suite {
    const char *data, *corpus, *open;
    char **patterns;
    struct tree *tree; /* of the corpus */
    struct kustomize_cache *cache;
    struct helm_cache *helm;
    size_t count[3], n;
    VEC(struct timing) times;
    bool tap, verbose;
    int repeat;
};
/* One case while it is judged. */
struct judged {
    struct suite *s;
    struct arena *a;
    const char *name;
    const char *note; /* what differs; NULL = nothing */
};

static const char *read_text(struct arena *a, const char *path)
{
    struct span text;
    struct err *e = file_read(a, path, FILE_MAX, &text);
    if (!e)
        return text.at;
    err_free(e);
    return NULL;
}

/* --- judging --- */

static const char *first_difference(struct arena *a, const char *want, const char *got)
{
    size_t line = 1, i = 0, start = 0;
    for (; want[i] && want[i] == got[i]; i++)
        if (want[i] == '\n') {
            line++;
            start = i + 1;
        }
    return arena_printf(a, "line %zu\nexpected %.*s\ngot      %.*s", line, (int)strcspn(want + start, "\n"),
                        want + start, (int)strcspn(got + start, "\n"), got + start);
}

static void leave(const struct judged *j, const char *want, const char *got)
{
    if (!getenv("DIFF"))
        return;
    const char *file = arena_printf(j->a, "%s", j->name);
    for (char *p = (char *)(uintptr_t)file; *p; p++)
        if (*p == '/' || *p == ' ')
            *p = '_';
    struct err *e = file_write(arena_printf(j->a, "%s/%s.want", getenv("DIFF"), file), span_of(want), 0644);
    err_free(e);
    e = file_write(arena_printf(j->a, "%s/%s.got", getenv("DIFF"), file), span_of(got), 0644);
    err_free(e);
}

static void expect_text(struct judged *j, const char *want, struct err *e, const struct str *got)
{
    if (e) {
        j->note = arena_printf(j->a, "error: %s", e->msg);
        err_free(e);
    } else if (!want) {
        j->note = "there is no expected file";
    } else if (!streq(want, str_text(got))) {
        j->note = first_difference(j->a, want, str_text(got));
        leave(j, want, str_text(got));
    }
}

/* "contains:x", "equals:x", "regexp:x" */
static bool holds(const char *check, const char *msg)
{
    CLEANUP(regex_freep) struct regex *r = NULL;
    if (starts_with(check, "contains:"))
        return strstr(msg, check + strlen("contains:")) != NULL;
    if (starts_with(check, "equals:"))
        return streq(msg, check + strlen("equals:"));
    struct err *e = regex_compile(span_of(check + strlen("regexp:")), &r);
    bool matches = !e && regex_match(r, span_of(msg));
    err_free(e);
    return matches;
}

static void expect_error(struct judged *j, const struct doc *checks, struct err *e)
{
    if (!e) {
        j->note = "it must fail";
        return;
    }
    doc_each (it, checks)
        if (!holds(doc_str(it.val, ""), e->msg))
            j->note = arena_printf(j->a, "expected %s\ngot      %s", doc_str(it.val, ""), e->msg);
    err_free(e);
}

/* The reason a case is listed for, a line `NAME: reason`; NULL when it is not. */
static const char *reason_of(const struct judged *j)
{
    const char *at = j->s->open;
    size_t n = strlen(j->name);
    for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, j->name, n) == 0 && strncmp(at + n, ": ", 2) == 0)
            return arena_strndup(j->a, at + n + 2, strcspn(at + n + 2, "\n"));
    return NULL;
}

static void say(const struct judged *j)
{
    static const char *const words[] = {"ok", "open", "differs"};
    struct suite *s = j->s;
    const char *reason = reason_of(j);
    enum result r = !j->note ? EQUAL : reason ? OPEN : DIFFERS;
    s->count[r]++;
    s->n++;
    if (s->tap)
        printf("%s %zu - %s%s%s\n", r == DIFFERS ? "not ok" : "ok", s->n, j->name, r == OPEN ? ", open: " : "",
               r == OPEN ? reason : "");
    else if (r != EQUAL || s->verbose)
        printf("%-8s %s%s%s\n", words[r], j->name, r == OPEN ? "   " : "", r == OPEN ? reason : "");
    if (r == EQUAL && reason)
        printf("%s    listed as open, but equal: %s\n", s->tap ? "#" : "", j->name);
    struct span rest = span_of(j->note ? j->note : ""), line;
    while (r == DIFFERS && span_cut(&rest, '\n', &line))
        printf("%s    %.*s\n", s->tap ? "#" : "", (int)MIN(line.len, (size_t)900), line.at);
    fflush(stdout);
}

static bool is_wanted(const struct suite *s, const char *name)
{
    bool wanted = !*s->patterns;
    for (char **p = s->patterns; *p; p++)
        wanted |= strstr(name, *p) != NULL;
    return wanted;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- krusty: whole builds --- */

static struct err *build_text(const struct kustomize_request *rq, struct str *text)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("build");
    struct kustomize_output out;
    TRY(kustomize_build(rq, a, &out));
    kustomize_print(&out, text);
    return NULL;
}

/* The original's tests are built without a version. */
static const char *with_version(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    static const char tests[] = "kustomize-(test)";
    for (const char *at; text && (at = strstr(text, tests)); text = at + strlen(tests)) {
        str_add_n(&s, text, (size_t)(at - text));
        str_add(&s, "kustomize-v5.8.1");
    }
    if (!text)
        return NULL;
    str_add(&s, text);
    return arena_strndup(a, str_text(&s), s.len);
}

static struct err *build_krusty(struct judged *j, const char *folder, const struct doc *row, struct str *text)
{
    const char *path = doc_str(doc_get(row, "path"), "");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct kustomize_request rq = {.path = path,
                                   .fifo = doc_str_is(doc_get(row, "reorder"), "none"),
                                   .load_any = doc_str_is(doc_get(row, "loadRestrictions"), "none"),
                                   .managed_by = doc_bool(doc_get(row, "addManagedByLabel"), false),
                                   .enable_helm = true,
                                   .helm_cache = j->s->helm,
                                   .cache = j->s->cache};
    TRY(tree_local(arena_printf(j->a, "%s/files", folder), &tree));
    rq.tree = tree;
    return build_text(&rq, text);
}

static void judge_krusty(struct judged *j, const char *folder, const struct doc *row)
{
    CLEANUP(str_release) struct str text = {0};
    struct err *e = build_krusty(j, folder, row, &text);
    if (doc_bool(doc_get(row, "expectErr"), false))
        return expect_error(j, doc_get(row, "errChecks"), e);
    expect_text(j, with_version(j->a, read_text(j->a, arena_printf(j->a, "%s/expected.yaml", folder))), e,
                &text);
}

/* --- builtin: one generator or transformer --- */

/* Without the annotations by which the original keeps ids and their history. */
static const char *without_internals(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    struct span rest = span_of(text), line;
    const char *held = "";
    while (text && span_cut(&rest, '\n', &line)) {
        bool nested = line.len > 4 && memcmp(line.at, "    ", 4) == 0;
        if (nested && memmem(line.at, line.len, "internal.config.kubernetes.io/", 30))
            continue;
        if (span_is(line, "  annotations:")) {
            held = "  annotations:\n";
            continue;
        }
        str_add(&s, nested ? held : "");
        held = "";
        str_add_span(&s, line);
        str_add(&s, rest.at ? "\n" : "");
    }
    return text ? arena_strndup(a, str_text(&s), s.len) : NULL;
}

static struct err *read_input(struct judged *j, const char *folder, struct kustomize_set *set)
{
    const char *text = read_text(j->a, arena_printf(j->a, "%s/input.yaml", folder));
    struct kustomize_objects objects = {NULL, NULL};
    if (text)
        TRY(kustomize_objects_read(j->a, span_of(text), "input.yaml", &objects));
    doc_each (it, objects.list)
        TRY(kustomize_set_add(set, kustomize_resource_new(j->a, it.val)));
    return NULL;
}

static struct err *run_builtin(struct judged *j, const char *folder, const struct doc *row, struct str *text)
{
    CLEANUP(tree_freep) struct tree *tree = NULL;
    const char *files = arena_printf(j->a, "%s/files", folder);
    struct kustomize_request rq = {.path = doc_str(doc_get(row, "root"), "")};
    struct kustomize_build b = {.rq = &rq,
                                .a = j->a,
                                .schema = kustomize_schema_builtin(),
                                .cache = j->s->cache,
                                .warnings = doc_new_list(j->a)};
    struct kustomize_at at = {.build = &b, .file = "config.yaml"};
    struct kustomize_set set;
    struct kustomize_objects config;
    struct span text_of_config;
    bool generator = doc_str_is(doc_get(row, "kind"), "generator");
    struct err *e = tree_local(files, &tree);
    if (e) {
        err_free(e);
        TRY(tree_local(folder, &tree));
    }
    rq.tree = tree;
    if (e)
        rq.path = "";
    struct err *no_root = kustomize_root_open(&b, rq.path, &at.root);
    if (no_root) { /* the root is only a name there: "/withschema" */
        err_free(no_root);
        TRY(kustomize_root_open(&b, "", &at.root));
    }
    kustomize_set_init(&set, j->a);
    TRY(read_input(j, folder, &set));
    TRY(file_read(j->a, arena_printf(j->a, "%s/config.yaml", folder), FILE_MAX, &text_of_config));
    TRY(kustomize_objects_read(j->a, text_of_config, "config.yaml", &config));
    const struct doc *object = doc_at(config.list, 0);
    if (doc_str_is(doc_get(object, "kind"), "SortOrderTransformer"))
        return kustomize_order_check(doc_get(object, "sortOptions"));
    TRY(kustomize_plugin_run(&at, kustomize_resource_new(j->a, object), generator, &set));
    struct kustomize_output out = {.objects = doc_new_list(j->a)};
    for (size_t i = 0; i < set.len; i++)
        doc_push(j->a, out.objects, set.at[i]->object);
    kustomize_print(&out, text);
    return NULL;
}

static void judge_builtin(struct judged *j, const char *folder, const struct doc *row)
{
    CLEANUP(str_release) struct str text = {0};
    struct err *e = run_builtin(j, folder, row, &text);
    if (doc_bool(doc_get(row, "expectErr"), false))
        return expect_error(j, doc_get(row, "errChecks"), e);
    expect_text(j, without_internals(j->a, read_text(j->a, arena_printf(j->a, "%s/expected.yaml", folder))),
                e, &text);
}

/* --- folders of cases --- */

typedef void judge(struct judged *j, const char *folder, const struct doc *row);

static struct err *run_case(struct suite *s, const char *kind, const char *name, judge *judge_case)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("case");
    struct judged j = {.s = s, .a = a, .name = arena_printf(a, "%s %s", kind, name)};
    const char *folder = arena_printf(a, "%s/%s/%s", s->data, kind, name);
    struct span text;
    struct doc *row;
    if (!is_wanted(s, j.name))
        return NULL;
    TRY(file_read(a, arena_printf(a, "%s/case.json", folder), FILE_MAX, &text));
    TRY(json_read(a, text, NULL, &row));
    judge_case(&j, folder, row);
    say(&j);
    return NULL;
}

static struct err *run_folder(struct suite *s, const char *kind, judge *judge_case)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("folder");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct tree_list list;
    TRY(tree_local(s->data, &tree));
    TRY(tree_list(tree, kind, a, &list));
    for (size_t i = 0; i < list.len; i++)
        TRYF(run_case(s, kind, list.at[i].name, judge_case), "%s/%s", kind, list.at[i].name);
    return NULL;
}

/* --- the corpus --- */

static struct err *build_root(struct judged *j, const struct doc *row, struct str *text)
{
    CLEANUP(str_release) struct str path = {0};
    const char *repo = doc_str(doc_get(row, "repo"), ""), *slash = strchr(repo, '/');
    str_printf(&path, "%.*s+%s/%s", (int)(slash - repo), repo, slash + 1, doc_str(doc_get(row, "path"), ""));
    struct kustomize_request rq = {
        .tree = j->s->tree, .path = str_text(&path), .cache = j->s->cache, .helm_cache = j->s->helm};
    struct err *e = NULL;
    int64_t start = 0;
    for (int i = 0; i < j->s->repeat; i++) {
        str_clear(text);
        err_free(e);
        start = now_ns();
        e = build_text(&rq, text);
    }
    vec_push(&j->s->times, (struct timing){mem_strdup(j->name), (double)(now_ns() - start) / 1e6});
    return e;
}

/* The recorded text ends after 300 bytes; what it says must be what ours begins with. */
static void expect_cause(struct judged *j, const char *recorded, struct err *e)
{
    struct span want = span_trim(span_of(recorded + (starts_with(recorded, "error: ") ? 7 : 0)));
    if (!e) {
        j->note = arena_printf(j->a, "it must fail: %.*s", (int)want.len, want.at);
    } else if (strncmp(e->msg, want.at, want.len) != 0) {
        j->note = arena_printf(j->a, "expected %.*s\ngot      %s", (int)want.len, want.at, e->msg);
    }
    err_free(e);
}

static void judge_root(struct judged *j, const struct doc *row)
{
    CLEANUP(str_release) struct str text = {0};
    struct err *e = build_root(j, row, &text);
    const char *file = doc_str(doc_get(row, "file"), "");
    if (!doc_int(doc_get(row, "rc"), 0))
        return expect_text(j, read_text(j->a, arena_printf(j->a, "%s/expected/%s", j->s->corpus, file)), e,
                           &text);
    if (!doc_bool(doc_get(row, "needs_network_or_helm"), false))
        return expect_cause(j, doc_str(doc_get(row, "err"), ""), e);
    if (!e)
        j->note = "it must fail: there is no network";
    err_free(e);
}

static struct err *run_corpus(struct suite *s)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("index");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct span rest;
    TRY(tree_local(arena_printf(a, "%s/input", s->corpus), &tree));
    s->tree = tree;
    TRY(file_read(a, arena_printf(a, "%s/corpus.jsonl", s->data), FILE_MAX, &rest));
    for (;;) {
        CLEANUP(arena_freep) struct arena *own = arena_new("row");
        struct judged j = {.s = s, .a = own};
        struct doc *row;
        TRYF(json_read_next(own, &rest, NULL, &row), "corpus.jsonl");
        if (!row)
            return NULL;
        j.name = arena_printf(own, "corpus %s/%s", doc_str(doc_get(row, "repo"), ""),
                              doc_str(doc_get(row, "path"), ""));
        if (!is_wanted(s, j.name))
            continue;
        judge_root(&j, row);
        say(&j);
    }
}

static int slower(const void *x, const void *y)
{
    double a = ((const struct timing *)x)->ms, b = ((const struct timing *)y)->ms;
    return (a < b) - (a > b);
}

static void print_times(struct suite *s)
{
    double all = 0;
    if (!s->times.len)
        return;
    qsort(s->times.at, s->times.len, sizeof(*s->times.at), slower);
    vec_each (t, &s->times)
        all += t->ms;
    printf("%s%.0f ms in all, median %.3f ms\n", s->tap ? "# " : "", all, s->times.at[s->times.len / 2].ms);
    for (size_t i = 0; s->verbose && i < MIN(s->times.len, (size_t)SLOWEST); i++)
        printf("# %8.2f ms %s\n", s->times.at[i].ms, s->times.at[i].name);
    vec_each (t, &s->times)
        free(t->name);
    vec_release(&s->times);
}

static struct err *run_all(struct suite *s)
{
    TRY(run_folder(s, "krusty", judge_krusty));
    TRY(run_folder(s, "builtin", judge_builtin));
    return *s->corpus ? run_corpus(s) : NULL;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: kustomize_corpus DATA CORPUS OPEN [PATTERN...]\n", stderr);
        return 2;
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("open");
    CLEANUP(kustomize_cache_freep) struct kustomize_cache *cache = kustomize_cache_new(0);
    CLEANUP(helm_cache_freep) struct helm_cache *helm = helm_cache_new(0);
    struct suite s = {.data = argv[1],
                      .corpus = argv[2],
                      .open = read_text(a, argv[3]),
                      .patterns = argv + 4,
                      .cache = cache,
                      .helm = helm,
                      .tap = getenv("TAP"),
                      .verbose = getenv("VERBOSE"),
                      .repeat = getenv("REPEAT") ? atoi(getenv("REPEAT")) : 1};
    struct err *e = run_all(&s);
    print_times(&s);
    if (e) {
        fprintf(stderr, "%s\n", e->msg);
        err_free(e);
        return 2;
    }
    if (s.tap)
        printf("1..%zu\n# ", s.n);
    printf("%zu equal, %zu open, %zu differ\n", s.count[EQUAL], s.count[OPEN], s.count[DIFFERS]);
    return s.count[DIFFERS] ? 1 : 0;
}
