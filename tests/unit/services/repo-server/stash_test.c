/* What lies in Redis: made, read, and anything else but that refused. */
#include "services/repo-server/stash.h"

#include "lib/test.h"

#include <unistd.h>

static void put(const char *path, const char *text)
{
    CLEANUP(mem_freep) char *whole = mem_printf("%s/%s", test_tmpdir(), path);
    FILE *f = fopen(whole, "w");
    CHECK(f);
    fputs(text, f);
    fclose(f);
}

/* An entry that looked at one file, as it is. */
static struct render_entry *entry(struct tree *tree, const char *path, const char *manifests)
{
    struct trace *trace = trace_new();
    CLEANUP(tree_freep) struct tree *traced = tree_traced(tree, trace);
    struct tree_stat st;
    CHECK_OK(tree_stat(traced, path, &st));
    return render_entry_new(
        trace, &(struct render_content){"Helm", span_of(manifests), span_of("[\"mind\"]")}, NULL);
}

TEST(a_result_comes_back_as_it_was)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    struct render_entry *e = entry(tree, "a", "[{\"kind\":\"X\"}]");
    struct render_entry *back = stash_entry(stash_result(a, e), e->digest, trace_new());
    CHECK(back != NULL);
    CHECK_STR(back->digest, e->digest);
    CHECK_STR(back->content.source_type, "Helm");
    CHECK(span_eq(back->content.manifests, e->content.manifests));
    CHECK_STR(back->content.warnings.at, "[\"mind\"]");
    struct render_entry *other = entry(tree, "a", "[{\"kind\":\"Y\"}]");
    CHECK(!streq(other->digest, e->digest));
    render_entry_unref(other);
    render_entry_unref(back);
    render_entry_unref(e);
}

TEST(the_first_trace_that_holds_names_its_result)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    struct span body = {0};
    char *digests[7];
    for (int i = 0; i < 7; i++) { /* each saw another content of the file */
        CLEANUP(mem_freep) char *text = mem_printf("%d", i);
        put("a", text);
        struct render_entry *e = entry(tree, "a", text);
        digests[i] = mem_strdup(e->digest);
        body = stash_traces(a, e, body);
        CHECK(body.at != NULL);
        render_entry_unref(e);
    }
    for (int i = 0; i < 7; i++) {
        CLEANUP(mem_freep) char *text = mem_printf("%d", i);
        struct stash_found found;
        put("a", text);
        CHECK_OK(stash_reuse(a, body, tree, &found));
        CHECKF((found.trace != NULL) == (i >= 7 - RENDER_CANDIDATES), "the %dth of 7", i);
        CHECK(!found.trace || streq(found.digest, digests[i]));
        trace_free(found.trace);
        free(digests[i]);
    }
}

TEST(the_same_trace_is_kept_once)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    struct render_entry *old = entry(tree, "a", "[1]"), *e = entry(tree, "a", "[2]");
    struct span one = stash_traces(a, e, (struct span){0}),
                two = stash_traces(a, e, stash_traces(a, old, (struct span){0}));
    CHECK(span_eq(one, two));
    render_entry_unref(old);
    render_entry_unref(e);
}

TEST(what_is_no_body_is_a_miss)
{
    static const char *const nonsense[] = {"", "x", "\x08\x01", "\x12\x03\x0a\x01x",
                                           "\xff\xff\xff\xff\xff\xff"};
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
        struct stash_found found;
        CLEANUP(err_freep) struct err *e = stash_reuse(a, span_of(nonsense[i]), tree, &found);
        CHECK(!e || streq(e->reason, "Broken"));
        CHECK(found.trace == NULL);
        CHECK(stash_entry(span_of(nonsense[i]), "digest", trace_new()) == NULL);
        struct render_entry *made = entry(tree, "a", "[1]"); /* what cannot be read is left behind */
        CHECK(stash_traces(a, made, span_of(nonsense[i])).at != NULL);
        render_entry_unref(made);
    }
}

TEST(a_render_key_finds_its_result_in_the_table)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(tree_freep) struct tree *tree = NULL;
    CHECK_OK(tree_local(test_tmpdir(), &tree));
    struct renders *table = renders_new(1 << 20);
    struct render_entry *e = entry(tree, "a", "[1]");
    renders_put(table, "scope-params", e);
    struct render_entry *found = renders_find(table, render_key(a, "scope-params", e));
    CHECK(found == e);
    render_entry_unref(found);
    CHECK(renders_find(table, "scope-params/other") == NULL);
    CHECK(renders_find(table, "scope-params") == NULL);
    CHECK(renders_find(table, render_key(a, "other-params", e)) == NULL);
    render_entry_unref(e);
    renders_free(table);
}

TEST(all_parameters_count)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    char *versions[] = {"apps/v1", "batch/v1"}, *other_versions[] = {"apps/v1batch/v1", ""};
    Capstan__Repo__GenerateManifestsRequest q = CAPSTAN__REPO__GENERATE_MANIFESTS_REQUEST__INIT, all[9];
    q.path = "p", q.app_name = "n", q.namespace_ = "s", q.project = "j", q.kube_version = "1";
    q.api_versions = versions, q.n_api_versions = 2;
    q.source = (ProtobufCBinaryData){2, (uint8_t *)"{}"};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        all[i] = q;
    all[0].path = "p2", all[1].app_name = "n2", all[2].namespace_ = "s2", all[3].project = "j2";
    all[4].kube_version = "2", all[5].n_api_versions = 1, all[6].api_versions = other_versions;
    all[7].source = (ProtobufCBinaryData){3, (uint8_t *)"{ }"}, all[8].sources = q.source;
    const char *first = render_params(a, "scope", &q, "");
    CHECK_STR(render_params(a, "scope", &q, ""), first);
    CHECK(!streq(render_params(a, "other", &q, ""), first));
    CHECK(!streq(render_params(a, "scope", &q, "values 1"), first));
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        CHECKF(!streq(render_params(a, "scope", &all[i], ""), first), "parameter %zu", i);
}

TEST_MAIN
