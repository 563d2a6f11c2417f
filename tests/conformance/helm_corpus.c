/* Renders the recorded charts in one process and compares as data (tests/conformance/helm runs this).
 *   usage: helm_corpus FOLDER INDEX OPEN [PATTERN...]
 * FOLDER holds dev/ and the expected files, INDEX is corpus.jsonl, OPEN names what is known to differ and
 * why. VERBOSE=1 prints every case and the slowest; TAP=1 prints TAP; REPEAT=N renders each N times and
 * counts the last.
 * TIMES=1 prints what each took; MEMORY=1 prints `memory USED READ NAME`: the bytes that a render took with a
 * cache of its own (arena, cache and output) and those of the chart and values that it read. */
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/pointer.h"
#include "doc/yaml.h"
#include "render/helm/helm.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const int64_t NOW_MS = 1764000000000, LATER_MS = 1764100000000;
enum { FILE_MAX = 256 << 20, NOTES_MAX = 3, SLOWEST = 20 };

enum result { EQUAL, OPEN, DIFFERS };

struct masked {
    int64_t doc;
    const char *pointer;
};
/* One case while it is judged. */
struct judged {
    struct arena *a;
    const struct doc *row;
    const char *name;
    struct str notes;
    int differences;
    VEC(struct masked) masks;
    int64_t document;
    bool learning; /* what differs becomes a mask */
};
struct timing {
    char *name;
    double ms;
};
struct suite {
    const char *folder, *open;
    struct helm_cache *cache;
    size_t count[3], n;
    VEC(struct timing) times;
    bool tap, verbose;
    int repeat;
};

/* --- comparing --- */

static bool is_masked(const struct judged *j, const char *pointer)
{
    for (size_t i = 0; i < j->masks.len; i++) {
        const struct masked *m = &j->masks.at[i];
        size_t n = strlen(m->pointer);
        if (m->doc == j->document && strncmp(m->pointer, pointer, n) == 0 &&
            (!pointer[n] || pointer[n] == '/'))
            return true;
    }
    return false;
}

static void differ(struct judged *j, const char *pointer, const struct doc *want, const struct doc *got)
{
    if (is_masked(j, pointer))
        return;
    if (j->learning) {
        vec_push(&j->masks, (struct masked){j->document, pointer});
        return;
    }
    if (j->differences++ >= NOTES_MAX)
        return;
    const char *w = want ? json_text(j->a, want, JSON_SORTED) : "nothing";
    const char *g = got ? json_text(j->a, got, JSON_SORTED) : "nothing";
    str_printf(&j->notes, "document %lld %s\n  expected %.300s\n  got      %.300s\n", (long long)j->document,
               pointer, w, g);
}

static const char *below(struct judged *j, const char *pointer, struct span key)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "%s/", pointer);
    for (size_t i = 0; i < key.len; i++)
        str_add(&s, key.at[i] == '~' ? "~0" : key.at[i] == '/' ? "~1" : (char[]){key.at[i], 0});
    return arena_strdup(j->a, str_text(&s));
}

static void compare(struct judged *j, const char *pointer, const struct doc *want, const struct doc *got)
{
    if (doc_equal(want, got))
        return;
    if (doc_is(want, DOC_MAP) && doc_is(got, DOC_MAP)) {
        doc_each (it, want)
            compare(j, below(j, pointer, it.key), it.val, doc_get_span(got, it.key));
        doc_each (it, got) {
            if (!doc_get_span(want, it.key))
                differ(j, below(j, pointer, it.key), NULL, it.val);
        }
    } else if (doc_is(want, DOC_LIST) && doc_is(got, DOC_LIST) && doc_len(want) == doc_len(got)) {
        for (size_t i = 0; i < doc_len(want); i++)
            compare(j, arena_printf(j->a, "%s/%zu", pointer, i), doc_at(want, i), doc_at(got, i));
    } else {
        differ(j, pointer, want, got);
    }
}

static size_t drop_nulls(struct yaml_docs *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->len; i++)
        if (!doc_is(d->at[i], DOC_NULL))
            d->at[n++] = d->at[i];
    return d->len = n;
}

static void note_error(struct judged *j, const char *what, struct err *e)
{
    j->differences++;
    str_printf(&j->notes, "%s %s\n", what, e ? e->msg : "success");
    err_free(e);
}

static void compare_streams(struct judged *j, struct span want, struct span got)
{
    struct yaml_docs w, g;
    bool any_count = false;
    struct err *e = yaml_read_all(j->a, want, YAML_SIGS, NULL, &w);
    if (e)
        return note_error(j, "the expected file:", e);
    e = yaml_read_all(j->a, got, YAML_SIGS, NULL, &g);
    if (e)
        return note_error(j, "our output:", e);
    for (size_t i = 0; i < j->masks.len; i++)
        any_count |= j->masks.at[i].doc < 0;
    if (drop_nulls(&w) != drop_nulls(&g) && !any_count) {
        j->differences++;
        str_printf(&j->notes, "%zu documents, not %zu\n", g.len, w.len);
    }
    for (size_t i = 0; i < MIN(w.len, g.len) && !any_count; i++) {
        j->document = (int64_t)i;
        compare(j, "", w.at[i], g.at[i]);
    }
}

/* The cause in the recorded stderr: behind "Error: ", without the hint. */
static struct span cause_of(const char *recorded)
{
    const char *at = strstr(recorded, "Error: ");
    at = at ? at + strlen("Error: ") : recorded;
    const char *end = strstr(at, "\n\nUse --debug");
    return span_trim((struct span){at, end ? (size_t)(end - at) : strlen(at)});
}

static void compare_errors(struct judged *j, struct err *e)
{
    struct span want = cause_of(doc_str(doc_get(j->row, "error"), ""));
    const char *cut = want.len ? memmem(want.at, want.len, "HTTP request failed", 19) : NULL;
    if (cut)
        want.len = (size_t)(cut - want.at);
    struct span got = span_trim(span_of(e ? e->msg : "success"));
    if (e && got.len >= want.len && memcmp(got.at, want.at, want.len) == 0) {
        err_free(e);
        return;
    }
    str_printf(&j->notes, "expected error %.*s\n", (int)want.len, want.at);
    note_error(j, "got           ", e);
}

/* --- rendering --- */

/* A tree that counts what is read from it. */
struct counted {
    struct tree tree, *inner;
    size_t bytes;
};

static struct err *counted_stat(struct tree *t, const char *path, struct tree_stat *out)
{
    return tree_stat(CONTAINER(t, struct counted, tree)->inner, path, out);
}

static struct err *counted_list(struct tree *t, const char *path, struct arena *a, struct tree_list *out)
{
    return tree_list(CONTAINER(t, struct counted, tree)->inner, path, a, out);
}

static struct err *counted_read(struct tree *t, const char *path, size_t limit, struct arena *a,
                                struct span *out)
{
    struct counted *c = CONTAINER(t, struct counted, tree);
    TRY(tree_read(c->inner, path, limit, a, out));
    c->bytes += out->len;
    return NULL;
}

static const struct tree_ops counted_ops = {.stat = counted_stat, .list = counted_list, .read = counted_read};

/* `read` gets the bytes of the input, NULL = nobody asks. */
static struct err *render_case(struct suite *s, struct arena *a, const struct doc *row, int64_t wall_ms,
                               struct str *text, size_t *read)
{
    struct clock_fake clock;
    const char *chart = doc_str(doc_get(row, "chart"), ""), *values = doc_str(doc_get(row, "values"), NULL);
    const char *root = arena_printf(a, "%s/dev/%s", s->folder, chart);
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct counted counted = {.tree = {.ops = &counted_ops}};
    struct helm_values_file file = {.name = values};
    struct helm_request rq = {.release = "capstan",
                              .namespace = "shop",
                              .kube_version = "1.34.0",
                              .include_crds = true,
                              .clock = &clock.clock,
                              .files = &file,
                              .files_len = values != NULL};
    struct helm_output out;
    clock_fake_init(&clock, wall_ms);
    TRY(tree_local(root, &tree));
    if (values)
        TRY(file_read(a, arena_printf(a, "%s/%s", root, values), FILE_MAX, &file.text));
    counted.inner = tree;
    TRY(helm_render(s->cache, read ? &counted.tree : tree, "", &rq, a, &out));
    helm_print(&out, text);
    if (read)
        *read = counted.bytes + file.text.len;
    return NULL;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a render takes that finds nothing in a cache. */
static void print_memory(struct suite *s, const struct judged *j)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("case");
    CLEANUP(str_release) struct str text = {0};
    struct helm_cache *shared = s->cache, *own = helm_cache_new(1 << 30);
    size_t read = 0;
    s->cache = own;
    struct err *e = render_case(s, a, j->row, NOW_MS, &text, &read);
    if (!e)
        printf("memory %zu %zu %s\n", arena_used(a) + helm_cache_used(own) + text.len, read, j->name);
    err_free(e);
    s->cache = shared;
    arena_freep(&a);
    helm_cache_free(own);
}

/* Again without the places that depend on the time, which the recording could not know: two renders a day
 * apart tell them. */
static void compare_later(struct suite *s, struct judged *j, struct span want, struct span got)
{
    CLEANUP(str_release) struct str later = {0};
    size_t masks = j->masks.len;
    struct err *e = render_case(s, j->a, j->row, LATER_MS, &later, NULL);
    if (e) {
        err_free(e);
        return;
    }
    j->learning = true;
    compare_streams(j, got, str_span(&later));
    j->learning = false;
    if (j->masks.len == masks)
        return;
    str_clear(&j->notes);
    j->differences = 0;
    compare_streams(j, want, got);
}

static void judge(struct suite *s, struct judged *j)
{
    CLEANUP(str_release) struct str text = {0};
    struct err *e = NULL;
    int64_t start = 0;
    for (int i = 0; i < s->repeat; i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("case");
        str_clear(&text);
        err_free(e);
        start = now_ns();
        e = render_case(s, a, j->row, NOW_MS, &text, NULL);
    }
    vec_push(&s->times, (struct timing){mem_strdup(j->name), (double)(now_ns() - start) / 1e6});
    if (doc_int(doc_get(j->row, "rc"), 0))
        return compare_errors(j, e);
    if (e)
        return note_error(j, "error:", e);
    if (doc_bool(doc_get(j->row, "unreadable"), false))
        return;
    struct span want;
    const char *file = doc_str(doc_get(j->row, "file"), "");
    e = file_read(j->a, arena_printf(j->a, "%s/%s", s->folder, file), FILE_MAX, &want);
    if (e)
        return note_error(j, "expected:", e);
    doc_each (it, doc_get(j->row, "mask"))
        vec_push(&j->masks, (struct masked){doc_int(doc_at(it.val, 0), -1), doc_str(doc_at(it.val, 1), "")});
    compare_streams(j, want, str_span(&text));
    if (j->differences)
        compare_later(s, j, want, str_span(&text));
}

/* --- the suite --- */

/* The reason a case is listed for, a line `NAME: reason`; NULL when it is not. */
static const char *reason_of(struct suite *s, struct arena *a, const char *name)
{
    const char *at = s->open;
    size_t n = strlen(name);
    for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, name, n) == 0 && strncmp(at + n, ": ", 2) == 0)
            return arena_strndup(a, at + n + 2, strcspn(at + n + 2, "\n"));
    return NULL;
}

static void say(struct suite *s, struct judged *j)
{
    const char *reason = reason_of(s, j->a, j->name);
    enum result r = !j->differences ? EQUAL : reason ? OPEN : DIFFERS;
    static const char *const words[] = {"ok", "open", "differs"};
    s->count[r]++;
    s->n++;
    if (s->tap)
        printf("%s %zu - %s%s%s\n", r == DIFFERS ? "not ok" : "ok", s->n, j->name,
               r == OPEN ? " # SKIP open: " : "", r == OPEN ? reason : "");
    else if (r != EQUAL || s->verbose)
        printf("%-8s %s%s%s\n", words[r], j->name, r == OPEN ? "   " : "", r == OPEN ? reason : "");
    if (r == EQUAL && reason)
        printf("%s    listed as open, but equal: %s\n", s->tap ? "#" : "", j->name);
    struct span rest = str_span(&j->notes), line;
    while (r == DIFFERS && span_cut(&rest, '\n', &line))
        printf("%s    %.*s\n", s->tap ? "#" : "", (int)line.len, line.at);
    fflush(stdout);
}

static void run_row(struct suite *s, const struct doc *row, struct arena *a, char **patterns)
{
    const char *chart = doc_str(doc_get(row, "chart"), ""), *values = doc_str(doc_get(row, "values"), NULL);
    struct judged j = {.a = a, .row = row};
    bool wanted = !*patterns;
    j.name = values ? arena_printf(a, "%s %s", chart, values) : chart;
    for (; *patterns; patterns++)
        wanted |= strstr(j.name, *patterns) != NULL;
    if (!wanted)
        return;
    if (getenv("MEMORY"))
        print_memory(s, &j);
    judge(s, &j);
    say(s, &j);
    str_release(&j.notes);
    vec_release(&j.masks);
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
    printf("%s%.0f ms in all, median %.2f ms\n", s->tap ? "# " : "", all, s->times.at[s->times.len / 2].ms);
    for (size_t i = 0; getenv("TIMES") && i < s->times.len; i++)
        printf("time %.3f ms %s\n", s->times.at[i].ms, s->times.at[i].name);
    for (size_t i = 0; s->verbose && i < MIN(s->times.len, (size_t)SLOWEST); i++)
        printf("# %8.2f ms %s\n", s->times.at[i].ms, s->times.at[i].name);
    vec_each (t, &s->times)
        free(t->name);
    vec_release(&s->times);
}

static struct err *run_suite(struct suite *s, const char *index, char **patterns)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("index");
    struct span rest;
    TRY(file_read(a, index, FILE_MAX, &rest));
    for (;;) {
        CLEANUP(arena_freep) struct arena *own = arena_new("row");
        struct doc *row;
        TRYF(json_read_next(own, &rest, NULL, &row), "%s", index);
        if (!row)
            return NULL;
        run_row(s, row, own, patterns);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: helm_corpus FOLDER INDEX OPEN [PATTERN...]\n", stderr);
        return 2;
    }
    CLEANUP(arena_freep) struct arena *a = arena_new("open");
    CLEANUP(helm_cache_freep) struct helm_cache *cache = helm_cache_new(0);
    struct span open = {"", 0};
    struct suite s = {.folder = argv[1],
                      .cache = cache,
                      .tap = getenv("TAP"),
                      .verbose = getenv("VERBOSE"),
                      .repeat = getenv("REPEAT") ? atoi(getenv("REPEAT")) : 1};
    struct err *e = file_read(a, argv[3], FILE_MAX, &open);
    s.open = open.at;
    if (!e)
        e = run_suite(&s, argv[2], argv + 4);
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
