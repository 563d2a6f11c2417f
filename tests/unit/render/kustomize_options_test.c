/* The flags of kustomize build. */
#include "render/kustomize/options.h"

#include "lib/test.h"

TEST(build_options_are_read_as_a_command_line)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct kustomize_options o;
    CHECK_OK(
        kustomize_options_text(a,
                               " --enable-helm --load-restrictor LoadRestrictionsNone --reorder=none  "
                               "--helm-command 'my helm' --helm-api-versions a/v1 --helm-api-versions=b/v1 "
                               "--enable-managedby-label=false -o out --enable-alpha-plugins dir",
                               &o));
    CHECK(o.enable_helm && o.load_any && o.fifo && !o.managed_by);
    CHECK_STR(o.output, "out");
    CHECK_INT(o.api_versions.len, 2);
    CHECK_STR(o.api_versions.at[1], "b/v1");
    CHECK_INT(o.paths.len, 1);
    CHECK_STR(o.paths.at[0], "dir");
    CHECK_OK(kustomize_options_text(a, "", &o));
    CHECK(!o.enable_helm && !o.load_any && !o.fifo && !o.paths.len);
}

TEST(bad_options_are_refused)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    static const struct {
        const char *text, *error;
        enum err_code code;
    } rows[] = {
        {"--reorder foo", "illegal flag value --reorder foo; legal values: [legacy none]", ERR_INVALID},
        {"--load-restrictor x", "illegal flag value --load-restrictor x", ERR_INVALID},
        {"--nope", "unknown flag: --nope", ERR_INVALID},
        {"--output", "flag needs an argument: --output", ERR_INVALID},
        {"--enable-exec", "--enable-exec lets a kustomization run programs", ERR_UNIMPLEMENTED},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct kustomize_options o;
        CHECK_ERR(kustomize_options_text(a, rows[i].text, &o), rows[i].code, rows[i].error);
    }
}

TEST_MAIN
