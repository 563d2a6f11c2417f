/* Flags that describe an application, resource filters, exit codes and diff's normal form. */
#include "services/cli/remote/app.h"

#include "doc/json.h"
#include "lib/test.h"

static struct doc *read(struct arena *a, const char *json)
{
    struct doc *d;
    CHECK_OK(json_read(a, span_of(json), NULL, &d));
    return d;
}

static struct cli_spec_flags none(void)
{
    return (struct cli_spec_flags){.repo = "",
                                   .path = "",
                                   .revision = "",
                                   .dest_server = "",
                                   .dest_name = "",
                                   .dest_namespace = "",
                                   .project = "",
                                   .sync_policy = "",
                                   .chart = "",
                                   .release_name = "",
                                   .auto_prune = "",
                                   .self_heal = "",
                                   .recurse = ""};
}

TEST(flags_make_a_spec)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *options[] = {"CreateNamespace=true"};
    struct doc *spec = doc_new_map(a);
    struct cli_spec_flags f = none();
    size_t changed = 0;
    f.repo = "r", f.path = "p", f.dest_server = "s", f.dest_namespace = "n", f.sync_policy = "automated";
    f.auto_prune = "true", f.recurse = "true";
    f.sync_options = (struct opt_list){options, 1};
    CHECK_OK(cli_spec_apply(a, &f, spec, &changed));
    CHECK_INT(changed, 8);
    CHECK(doc_equal(
        spec, read(a, "{\"source\":{\"repoURL\":\"r\",\"path\":\"p\",\"directory\":{\"recurse\":true}},"
                      "\"destination\":{\"server\":\"s\",\"namespace\":\"n\"},\"syncPolicy\":{\"automated\":"
                      "{\"prune\":true},\"syncOptions\":[\"CreateNamespace=true\"]}}")));
}

TEST(a_sync_option_replaces_its_namesake_and_a_bang_removes_it)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *set[] = {"Validate=true", "!Prune=false"};
    struct doc *spec = read(a, "{\"syncPolicy\":{\"syncOptions\":[\"Validate=false\",\"Prune=false\"]}}");
    struct cli_spec_flags f = none();
    size_t changed = 0;
    f.sync_options = (struct opt_list){set, 2};
    CHECK_OK(cli_spec_apply(a, &f, spec, &changed));
    CHECK(doc_equal(doc_path(spec, "syncPolicy", "syncOptions"), read(a, "[\"Validate=true\"]")));
    set[0] = "Validate";
    CHECK_ERR(cli_spec_apply(a, &f, spec, &changed), ERR_INVALID, "want NAME=VALUE");
}

TEST(flags_that_cannot_be_are_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    size_t changed = 0;
    struct cli_spec_flags f = none();
    f.sync_policy = "zzz";
    CHECK_ERR(cli_spec_apply(a, &f, doc_new_map(a), &changed), ERR_INVALID, "Invalid sync-policy: zzz");
    f = none();
    f.self_heal = "true";
    CHECK_ERR(cli_spec_apply(a, &f, doc_new_map(a), &changed), ERR_INVALID, "Cannot set --self-heal");
    f = none();
    f.path = "p";
    CHECK_ERR(cli_spec_apply(a, &f, read(a, "{\"sources\":[{},{}]}"), &changed), ERR_INVALID,
              "several sources");
    CHECK_INT(changed, 0);
}

TEST(resource_filters)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct cli_resource r;
    const struct cli_state web = {.group = "apps", .kind = "Deployment", .ns = "n", .name = "web"};
    const struct {
        const char *filter;
        bool selected;
    } rows[] = {{"apps:Deployment:web", true},
                {"apps:Deployment:n/web", true},
                {"apps:Deployment:m/web", false},
                {":Deployment:web", false},
                {"*:*:*", true},
                {"!apps:Deployment:web", false},
                {"!apps:Deployment:db", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_OK(cli_resource_parse(a, rows[i].filter, &r));
        CHECKF(cli_resource_selected(&r, 1, &web) == rows[i].selected, "%s", rows[i].filter);
    }
    CHECK(cli_resource_selected(NULL, 0, &web));
    CHECK_ERR(cli_resource_parse(a, "nope", &r), ERR_INVALID,
              "resource should have GROUP:KIND:NAME, but instead got: nope");
    CHECK_ERR(cli_resource_parse(a, "", &r), ERR_INVALID, "GROUP:KIND:NAME");
    CHECK_ERR(cli_resource_parse(a, "a:b:c:d", &r), ERR_INVALID, "GROUP:KIND:NAME");
}

TEST(older_states_are_known_by_their_version)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct doc *nine = read(a, "{\"metadata\":{\"resourceVersion\":\"9\"}}");
    const struct doc *ten = read(a, "{\"metadata\":{\"resourceVersion\":\"10\"}}");
    const struct doc *odd = read(a, "{\"metadata\":{\"resourceVersion\":\"x\"}}");
    CHECK(cli_app_older(nine, ten));
    CHECK(!cli_app_older(ten, nine));
    CHECK(!cli_app_older(ten, ten));
    CHECK(!cli_app_older(nine, odd));
    CHECK(!cli_app_older(nine, NULL));
}

TEST(exit_codes)
{
    struct err *e = cli_usage("x");
    CHECK_INT(cli_exit_code(e), 1);
    e->reason = CLI_DIFF;
    CHECK_INT(cli_exit_code(e), 2);
    e->reason = NULL;
    CHECK_INT(cli_exit_code(e), 20);
    CHECK_INT(cli_exit_code(NULL), 0);
    err_free(e);
}

TEST(normal_diffs)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const struct {
        const char *old_text, *new_text, *want;
    } rows[] = {{"", "a\nb\n", "0a1,2\n> a\n> b\n"},
                {"a\nb\nc\n", "a\nx\nc\n", "2c2\n< b\n---\n> x\n"},
                {"a\nb\nc\n", "a\n", "2,3d1\n< b\n< c\n"},
                {"a\n", "a\n", ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(str_release) struct str out = {0};
        cli_diff_normal(a, span_of(rows[i].old_text), span_of(rows[i].new_text), &out);
        CHECK_STR(str_text(&out), rows[i].want);
    }
}

TEST_MAIN
