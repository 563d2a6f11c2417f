/* The config file: round trips, what other programs wrote, and broken files. */
#include "services/cli/remote/config.h"

#include "base/file.h"
#include "lib/test.h"

#include <sys/stat.h>

static const char *path_in(struct arena *a, const char *name)
{
    return arena_printf(a, "%s/%s", test_tmpdir(), name);
}

TEST(a_login_is_read_back_from_a_private_file)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *path = path_in(a, "new/config");
    const struct cli_entry put = {
        .name = "here", .server = "localhost:8080", .user = "here", .token = "t", .plaintext = true};
    struct cli_entry got;
    struct doc *config;
    struct stat st;
    CHECK_OK(cli_config_read(a, path, &config));
    CHECK(!cli_config_context(config, "", &got));
    cli_config_put(a, config, &put);
    CHECK_OK(cli_config_write(path, config));
    CHECK(stat(path, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_OK(cli_config_read(a, path, &config));
    CHECK(cli_config_context(config, "", &got));
    CHECK_STR(got.name, "here");
    CHECK_STR(got.server, "localhost:8080");
    CHECK_STR(got.token, "t");
    CHECK(got.plaintext);
    CHECK(!got.insecure);
}

static const char written_by_argocd[] = "contexts:\n"
                                        "- name: one\n  server: argocd.test:808\n  user: one\n"
                                        "- name: two\n  server: argocd.test:808\n  user: two\n"
                                        "current-context: two\n"
                                        "prompts-enabled: true\n"
                                        "servers:\n"
                                        "- grpc-web-root-path: x\n  server: argocd.test:808\n"
                                        "users:\n"
                                        "- auth-token: t1\n  name: one\n"
                                        "- auth-token: t2\n  name: two\n  refresh-token: r\n";

static struct doc *argocd_config(struct arena *a)
{
    const char *path = path_in(a, "argocd");
    struct doc *config;
    CHECK_OK(file_write(path, span_of(written_by_argocd), 0600));
    CHECK_OK(cli_config_read(a, path, &config));
    return config;
}

TEST(a_new_login_keeps_what_this_program_does_not_know)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *config = argocd_config(a);
    struct cli_entry got;
    CHECK(cli_config_context(config, "", &got));
    CHECK_STR(got.token, "t2");
    got.token = "t3";
    cli_config_put(a, config, &got);
    CHECK_INT(doc_len(doc_get(config, "contexts")), 2);
    CHECK(doc_bool(doc_get(config, "prompts-enabled"), false));
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(config, "servers"), 0), "grpc-web-root-path"), ""), "x");
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(config, "users"), 1), "refresh-token"), ""), "r");
    CHECK_STR(doc_str(doc_get(doc_at(doc_get(config, "users"), 1), "auth-token"), ""), "t3");
}

TEST(a_server_stays_until_its_last_context_is_deleted)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *config = argocd_config(a);
    struct cli_entry got;
    CHECK(cli_config_remove(a, config, "two"));
    CHECK(!cli_config_remove(a, config, "two"));
    CHECK_INT(doc_len(doc_get(config, "servers")), 1);
    CHECK_INT(doc_len(doc_get(config, "users")), 1);
    CHECK(!cli_config_context(config, "", &got));
    CHECK(cli_config_context(config, "one", &got));
    CHECK(cli_config_remove(a, config, "one"));
    CHECK_INT(doc_len(doc_get(config, "servers")), 0);
}

TEST(logout_forgets_one_token)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *config = argocd_config(a);
    struct cli_entry got;
    CHECK(cli_config_logout(a, config, "one"));
    CHECK(!cli_config_logout(a, config, "three"));
    CHECK(cli_config_context(config, "one", &got));
    CHECK_STR(got.token, "");
    CHECK(cli_config_context(config, "two", &got));
    CHECK_STR(got.token, "t2");
}

TEST(a_file_that_is_no_mapping_is_named)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *path = path_in(a, "broken");
    struct doc *config;
    CHECK_OK(file_write(path, span_of("- a\n"), 0600));
    CHECK_ERR(cli_config_read(a, path, &config), ERR_INVALID, "not a mapping");
    CHECK_OK(file_write(path, span_of("a: [\n"), 0600));
    CHECK_ERR(cli_config_read(a, path, &config), ERR_INVALID, path);
    CHECK_OK(file_write(path, span_of("contexts: 7\nusers: {}\n"), 0600));
    CHECK_OK(cli_config_read(a, path, &config));
    CHECK(!cli_config_remove(a, config, "x"));
}

TEST(the_place_follows_the_environment)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *path;
    unsetenv("ARGOCD_CONFIG_DIR");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", "/h", 1);
    CHECK_OK(cli_config_path(a, "", &path));
    CHECK_STR(path, "/h/.config/argocd/config");
    setenv("ARGOCD_CONFIG_DIR", "/d", 1);
    CHECK_OK(cli_config_path(a, "", &path));
    CHECK_STR(path, "/d/config");
    CHECK_OK(cli_config_path(a, "f", &path));
    CHECK_STR(path, "f");
}

TEST_MAIN
