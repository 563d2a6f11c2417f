/* `app diff` and `--local`: a folder of this machine against what runs. */
#include "services/cli/remote/app.h"

#include "base/file.h"
#include "doc/json.h"
#include "lib/test.h"

static struct doc *read(struct arena *a, const char *json)
{
    struct doc *d;
    CHECK_OK(json_read(a, span_of(json), NULL, &d));
    return d;
}

#define APP                                                                                                  \
    "{\"metadata\":{\"name\":\"shop\",\"namespace\":\"argocd\"},\"spec\":{\"destination\":{\"namespace\":"   \
    "\"n\"},"                                                                                                \
    "\"source\":{\"repoURL\":\"r\",\"path\":\"p\"},\"ignoreDifferences\":[{\"kind\":\"ConfigMap\",\"name\":" \
    "\"b\","                                                                                                 \
    "\"jsonPointers\":[\"/data/x\"]}]}}"
#define CM(name, value)                                                                                      \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" name                           \
    "\",\"namespace\":\"n\"},\"data\":{\"x\":\"" value "\"}}"
/* An item of managed-resources that runs as `object` says. */
static void item(struct arena *a, struct doc *items, const char *kind, const char *ns, const char *name,
                 const char *object)
{
    struct doc *i = doc_push(a, items, doc_new_map(a));
    doc_set_str(a, i, "kind", kind);
    doc_set_str(a, i, "namespace", ns);
    doc_set_str(a, i, "name", name);
    doc_set_str(a, i, "liveState", object);
}

static const char *diff_of(struct arena *a, const struct doc *items, const char *targets)
{
    CLEANUP(str_release) struct str out = {0};
    CHECK_OK(cli_diff_targets(a, read(a, APP), items, read(a, targets), &out));
    return arena_strdup(a, str_text(&out));
}

TEST(other_targets_show_what_they_would_change)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *items = doc_new_list(a);
    item(a, items, "ConfigMap", "n", "a", CM("a", "one"));
    /* the namespace is the destination's where the target has none */
    CHECK_STR(
        diff_of(a, items,
                "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{"
                "\"x\":\"two\"}}]"),
        "\n===== /ConfigMap n/a ======\n3c3\n<   x: one\n---\n>   x: two\n");
    CHECK_STR(diff_of(a, items, "[" CM("a", "one") "]"), "");
}

TEST(what_is_only_on_one_side_is_shown_whole)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *items = doc_new_list(a);
    item(a, items, "ConfigMap", "n", "a", CM("a", "one"));
    const char *text = diff_of(a, items, "[" CM("c", "new") "]");
    CHECK(strstr(text, "===== /ConfigMap n/a ======\n1,7d0\n< apiVersion: v1\n"));
    CHECK(strstr(text, "===== /ConfigMap n/c ======\n0a1,7\n> apiVersion: v1\n"));
}

TEST(ignored_fields_secrets_and_hooks_are_no_difference)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *items = doc_new_list(a);
    item(a, items, "ConfigMap", "n", "b", CM("b", "one"));
    item(a, items, "Secret", "n", "s",
         "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"},"
         "\"data\":{"
         "\"k\":\"++++\"}}");
    CHECK_STR(
        diff_of(
            a, items,
            "[" CM("b",
                   "two") ",{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
                          "\"data\":{\"k\":\"eA==\"}},{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
                          "\"name\":\"h\",\"annotations\":{\"argocd.argoproj.io/hook\":\"Sync\"}}}]"),
        "");
}

TEST(a_kind_without_namespaces_is_matched_whatever_its_target_says)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *items = doc_new_list(a);
    const char *live = "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"z\"}}";
    item(a, items, "Namespace", "", "z", live);
    CHECK_STR(
        diff_of(a, items,
                "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"z\",\"namespace\":"
                "\"q\"}}]"),
        "");
}

TEST(a_state_that_is_no_json_is_said)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    struct doc *items = doc_new_list(a);
    item(a, items, "ConfigMap", "n", "a", "{");
    CHECK_ERR(cli_diff_managed(a, items, &out), ERR_INVALID, "liveState of the server's answer");
}

/* --- the folder
 * --------------------------------------------------------------------------------------------- */

static const char *folder(struct arena *a)
{
    const char *dir = arena_printf(a, "%s/repo/deploy", test_tmpdir());
    CHECK_OK(file_mkdirs(dir, 0700));
    CHECK_OK(file_write(arena_printf(a, "%s/a.yaml", dir),
                        span_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"), 0600));
    return dir;
}

TEST(a_folder_is_rendered_as_repo_server_would_and_marked)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct call call;
    call_init(&call);
    const struct cli_local local = {.path = folder(a), .root = "/"};
    struct doc *out;
    CHECK_OK(cli_local_render(a, &call, read(a, APP), read(a, "{}"), &local, &out));
    CHECK_INT(doc_len(out), 1);
    CHECK_STR(
        doc_str(doc_path(doc_at(out, 0), "metadata", "annotations", "argocd.argoproj.io/tracking-id"), ""),
        "shop:/ConfigMap:n/a");
    CHECK_OK(cli_local_render(a, &call, read(a, APP),
                              read(a, "{\"trackingMethod\":\"label\",\"appLabelKey\":\"own\"}"), &local,
                              &out));
    CHECK_STR(doc_str(doc_path(doc_at(out, 0), "metadata", "labels", "own"), ""), "shop");
}

TEST(a_folder_that_cannot_be_is_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct call call;
    call_init(&call);
    const char *dir = folder(a);
    struct doc *out;
    struct cli_local local = {.path = "/nowhere", .root = "/"};
    CHECK_ERR(cli_local_render(a, &call, read(a, APP), NULL, &local, &out), ERR_NOT_FOUND,
              "--local '/nowhere'");
    local = (struct cli_local){.path = dir, .root = "/usr"};
    CHECK_ERR(cli_local_render(a, &call, read(a, APP), NULL, &local, &out), ERR_INVALID,
              "is not below --local-repo-root");
    local = (struct cli_local){.path = dir, .root = arena_printf(a, "%s/repo", test_tmpdir())};
    CHECK_OK(cli_local_render(a, &call, read(a, APP), NULL, &local, &out));
    CHECK_ERR(
        cli_local_render(a, &call,
                         read(a, "{\"metadata\":{\"name\":\"m\"},\"spec\":{\"sources\":[{\"path\":\"x\"},{"
                                 "\"path\":\"y\"}]}}"),
                         NULL, &local, &out),
        ERR_INVALID, "2 sources");
    CHECK_OK(file_write(arena_printf(a, "%s/bad.yaml", dir),
                        span_of("apiVersion: v1\nkind: [\nmetadata: {}\n"), 0600));
    CHECK_ERR(cli_local_render(a, &call, read(a, APP), NULL, &local, &out), ERR_PRECONDITION, "bad.yaml");
}

TEST_MAIN
