/* From argv to exit code, without a server. */
#include "services/cli/remote/commands.h"
#include "services/cli/remote/config.h"

#include "lib/test.h"

static int run(const char *const *words)
{
    static const struct cli_command *const commands[] = {&cli_app_list, &cli_app_get,    &cli_app_sync,
                                                         &cli_context,  &cli_app_create, &cli_repo_add,
                                                         &cli_logout};
    char *argv[16] = {"capstan"};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    return cli_main(commands, ARRAY_LEN(commands), argc, argv);
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void own_home(void)
{
    setenv("ARGOCD_CONFIG_DIR", test_tmpdir(), 1);
    unsetenv("ARGOCD_SERVER");
    unsetenv("ARGOCD_AUTH_TOKEN");
}

TEST(flag_errors_are_the_callers)
{
    own_home();
    CHECK_INT(RUN("app", "list", "--zzz"), 1);
    CHECK_INT(RUN("app", "sync", "x", "--timeout", "soon"), 1);
    CHECK_INT(RUN("app", "sync", "x", "--timeout", "-1"), 1);
    CHECK_INT(RUN("app", "get"), 1);
    CHECK_INT(RUN("app", "get", "a", "b"), 1);
    CHECK_INT(RUN("app", "zzz"), 1);
    CHECK_INT(RUN("app"), 1);
    CHECK_INT(RUN("app", "create", "x", "--self-heal", "--repo", "r"), 1);
    CHECK_INT(RUN("app", "create", "x", "--directory-recurse=maybe"), 1);
    CHECK_INT(RUN("app", "create"), 1);
    CHECK_INT(RUN("app", "list", "--help"), 0);
}

TEST(no_server_and_no_context)
{
    own_home();
    CHECK_INT(RUN("app", "list"), 1);
    CHECK_INT(RUN("app", "list", "--argocd-context", "zzz"), 1);
    CHECK_INT(RUN("context", "zzz"), 1);
    CHECK_INT(RUN("context", "--delete"), 1);
    CHECK_INT(RUN("context"), 0);
    CHECK_INT(RUN("logout", "zzz"), 1);
}

TEST(a_server_out_of_reach)
{
    own_home();
    CHECK_INT(RUN("app", "list", "--server", "127.0.0.1:1", "--plaintext"), 20);
    CHECK_INT(RUN("app", "list", "--server", "127.0.0.1:1", "--auth-token", "t"), 20);
    CHECK_INT(RUN("repo", "add", "https://x", "--type", "helm", "--password", "p", "--server", "127.0.0.1:1"),
              1);
}

TEST(a_token_stays_with_its_server)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    own_home();
    struct cli c = {.a = a};
    struct doc *config = doc_new_map(a);
    const struct cli_entry entry = {.name = "one", .server = "one:443", .user = "one", .token = "secret"};
    cli_config_put(a, config, &entry);
    CHECK_OK(cli_config_write(arena_printf(a, "%s/config", test_tmpdir()), config));
    cli_globals = (struct cli_globals){.server = "two:443", .config = "", .context = ""};
    CHECK_OK(cli_connect(&c));
    CHECK_STR(c.base, "https://two:443");
    CHECK(!c.creds.token);
    cli_globals.server = "";
    cli_globals.plaintext = true;
    CHECK_OK(cli_connect(&c));
    CHECK_STR(c.base, "http://one:443");
    CHECK_STR(secret_text(c.creds.token), "secret");
    secret_unref((struct secret *)c.creds.token);
}

TEST(names_are_escaped_in_paths)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct cli c = {.a = a};
    CHECK_STR(cli_app_path(&c, "web", "/sync", ""), "/api/v1/applications/web/sync");
    CHECK_STR(cli_app_path(&c, "web", "", "?refresh=hard"), "/api/v1/applications/web?refresh=hard");
    CHECK_STR(cli_app_path(&c, "team-a/we b", "", "?x=1"),
              "/api/v1/applications/we%20b?appNamespace=team-a&x=1");
}

TEST_MAIN
