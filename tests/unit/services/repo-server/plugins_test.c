/* Plugin files whose commands run here: choice, environment, confinement, and what goes wrong. Sidecars are
 * tried with the original's server in tests/e2e/plugins_e2e. */
#include "services/repo-server/plugins.h"

#include "base/file.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "lib/test.h"

#include <stdlib.h>

static struct call call;

static void put(struct arena *a, const char *path, const char *text)
{
    const char *to = arena_printf(a, "%s/%s", test_tmpdir(), path);
    CHECK_OK(file_mkdirs(arena_strndup(a, to, (size_t)(strrchr(to, '/') - to)), 0700));
    CHECK_OK(file_write(to, span_of(text), 0600));
}

static void plugin(struct arena *a, const char *name, const char *spec)
{
    put(a, arena_printf(a, "plugins/%s.yaml", name),
        arena_printf(a,
                     "apiVersion: argoproj.io/v1alpha1\nkind: ConfigManagementPlugin\nmetadata: {name: "
                     "%s}\nspec: %s\n",
                     name, spec));
}

static struct err *make(struct arena *a, const char *source, struct render_entry **out)
{
    const char *bin = getenv("CAPSTAN_BIN");
    char *runner =
        realpath(arena_printf(a, "%s/capstan-repo-server-plugin", bin ? bin : "build/debug/bin"), NULL);
    CHECK(runner != NULL);
    const struct plugins plugins = {.sockets = arena_printf(a, "%s/sockets", test_tmpdir()),
                                    .files = arena_printf(a, "%s/plugins", test_tmpdir()),
                                    .runner = arena_strdup(a, runner),
                                    .source_bytes = 1 << 20,
                                    .timeout_ms = 20000};
    free(runner);
    static const char *const versions[] = {"v1", "apps/v1"};
    CLEANUP(tree_freep) struct tree *tree = NULL;
    struct doc *block = NULL, *env = NULL;
    call_init(&call);
    CHECK_OK(yaml_read(a, span_of(source), YAML_SIGS, NULL, &block));
    CHECK_OK(yaml_read(a, span_of("ARGOCD_APP_NAME: shop"), YAML_SIGS, NULL, &env));
    const struct render_request rq = {.path = "app",
                                      .app_name = "shop",
                                      .source = block,
                                      .env = env,
                                      .kube_version = "1.34",
                                      .api_versions = versions,
                                      .api_versions_len = 2};
    TRY(tree_local(arena_printf(a, "%s/src", test_tmpdir()), &tree));
    return render_entry_make(&call, &(struct render_by){.plugins = &plugins}, tree, &rq, out);
}

static const char *made(struct arena *a, const char *source)
{
    struct render_entry *entry = NULL;
    struct err *e = make(a, source, &entry);
    const char *text = e ? arena_printf(a, "error: %s", e->msg)
                         : arena_printf(a, "%s %s", entry->content.source_type, entry->content.manifests.at);
    err_free(e);
    render_entry_unref(entry);
    return text;
}

#define OBJECT "{apiVersion: v1, kind: ConfigMap, metadata: {name: "

TEST(a_named_plugin_renders_with_its_environment)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    put(a, "src/app/name", "from-a-file");
    plugin(a, "env",
           "{init: {command: [sh, -c, 'printf %s \"$PARAM_OF_ALL_K\" > made']}, generate: {command: [sh, "
           "-c], args: ["
           "'echo \"" OBJECT
           "$(cat name)}, data: {app: $ARGOCD_APP_NAME, env: $ARGOCD_ENV_WHO, made: $(cat made), "
           "first: $PARAM_LIST_0, kube: \\\"$KUBE_VERSION $KUBE_API_VERSIONS\\\"}}\"']}}");
    CHECK_STR(
        made(a, "{plugin: {name: env, env: [{name: WHO, value: 'x-$ARGOCD_APP_NAME'}], parameters: ["
                "{name: of-all, map: {k: mapped}}, {name: list, array: [one]}]}}"),
        "Plugin "
        "[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"from-a-file\"},\"data\":"
        "{\"app\":\"shop\",\"env\":\"x-shop\",\"made\":\"mapped\",\"first\":\"one\",\"kube\":\"1.34 "
        "v1,apps/v1\"}}]");
}

TEST(a_source_of_no_type_goes_to_the_first_that_discovers_it)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    put(a, "src/app/a.yaml", OBJECT "plain}}\n");
    plugin(a, "a-never", "{generate: {command: ['false']}}");
    plugin(a, "b-file",
           "{discover: {fileName: ./sub/*.marker}, generate: {command: [echo, '" OBJECT "by-file}}']}}");
    plugin(a, "c-glob",
           "{discover: {find: {glob: '**/x.glob'}}, generate: {command: [echo, '" OBJECT "by-glob}}']}}");
    plugin(a, "d-command",
           "{discover: {find: {command: [sh, -c, 'ls | grep -s .cmd || true']}}, "
           "generate: {command: [echo, '" OBJECT "by-command}}']}}");
    CHECK(strstr(
        made(a, "{}"),
        "Directory [{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"plain\"}}]"));
    put(a, "src/app/y.cmd", "");
    CHECK(strstr(made(a, "{}"), "by-command"));
    put(a, "src/app/deep/er/x.glob", "");
    CHECK(strstr(made(a, "{}"), "by-glob"));
    put(a, "src/app/sub/x.marker", "");
    CHECK(strstr(made(a, "{}"), "by-file"));
    CHECK(strstr(made(a, "{directory: {}}"), "plain"));
    CHECK(strstr(made(a, "{plugin: {name: c-glob}}"), "by-glob"));
}

TEST(what_goes_wrong_names_the_plugin_and_the_command)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    put(a, "src/app/a.yaml", "");
    plugin(a, "fails", "{generate: {command: [sh, -c, 'echo the reason >&2; exit 3']}}");
    plugin(a, "none", "{generate: {command: [no-such-program]}}");
    plugin(a, "empty", "{generate: {}}");
    plugin(a, "declines", "{discover: {fileName: none}, generate: {command: [echo]}}");
    plugin(a, "text", "{generate: {command: [echo, 'apiVersion: v1\nkind: [\nmetadata: x']}}");
    CHECK_STR(made(a, "{plugin: {name: fails}}"),
              "error: plugin fails: generate: 'sh' ended with status 3: the reason");
    CHECK_STR(made(a, "{plugin: {name: none}}"),
              "error: plugin none: generate: 'no-such-program' ended with status 127: "
              "no-such-program: No such file or directory");
    CHECK(strstr(made(a, "{plugin: {name: empty}}"), "its file states no generate.command"));
    CHECK(strstr(made(a, "{plugin: {name: text}}"), "plugin text's output"));
    CHECK_STR(
        made(a, "{plugin: {name: declines}}"),
        "error: couldn't find cmp-server plugin with name \"declines\" supporting the given repository");
    CHECK_STR(made(a, "{plugin: {name: gone}}"),
              "error: couldn't find cmp-server plugin with name \"gone\" supporting the given repository");
    put(a, "plugins/z.yaml", "kind: Pod\n");
    CHECK(strstr(made(a, "{plugin: {name: x}}"),
                 "plugin file z.yaml: it is no ConfigManagementPlugin with a name"));
}

TEST(a_command_sees_its_folder_and_the_system_and_nothing_else)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    put(a, "src/app/a.yaml", "");
    put(a, "secret", "hidden");
    plugin(a, "spy",
           arena_printf(a,
                        "{generate: {command: [sh, -c, '{ cat %s/secret; ls /proc; ls /tmp; echo x > "
                        "%s/written; } 2>/dev/null;"
                        " cat a.yaml; echo \"$HOME\" > $TMPDIR/f; echo \"" OBJECT
                        "$(cat /etc/hostname >/dev/null && echo x)}}\"']}}",
                        test_tmpdir(), test_tmpdir()));
    CHECK_STR(made(a, "{plugin: {name: spy}}"),
              "Plugin [{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"}}]");
    CHECK(!file_exists(arena_printf(a, "%s/written", test_tmpdir())));
    plugin(a, "talks",
           "{generate: {command: [python3, -c, 'import socket; socket.socket(socket.AF_INET)']}}");
    CHECK(strstr(made(a, "{plugin: {name: talks}}"), "PermissionError"));
    plugin(a, "talks",
           "{generate: {command: [python3, -c, 'import socket; socket.socket(socket.AF_UNIX)']}}");
    put(a, "plugins/talks.yaml",
        "kind: ConfigManagementPlugin\nmetadata: {name: talks, annotations: {capstan.dev/network: 'true'}}\n"
        "spec: {generate: {command: [python3, -c, 'import socket; socket.socket(socket.AF_INET); "
        "socket.socket()\n\n"
        "try: socket.socket(socket.AF_UNIX)\n\nexcept PermissionError: print(\"" OBJECT
        "tcp-only}}\")']}}\n");
    CHECK(strstr(made(a, "{plugin: {name: talks}}"), "tcp-only"));
}

TEST(links_that_lead_out_and_sources_that_are_too_large_are_given_to_nobody)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    put(a, "src/app/a.yaml", "");
    plugin(a, "p", "{generate: {command: [echo, '" OBJECT "x}}']}}");
    CHECK_INT(system(arena_printf(a, "ln -s /etc/passwd %s/src/app/out", test_tmpdir())), 0);
    CHECK(starts_with(made(a, "{plugin: {name: p}}"), "error: "));
    CHECK_INT(system(arena_printf(a, "ln -sfn a.yaml %s/src/app/out", test_tmpdir())), 0);
    CHECK(starts_with(made(a, "{plugin: {name: p}}"), "Plugin "));
    CHECK_INT(system(arena_printf(a, "head -c 2000000 /dev/zero > %s/src/large", test_tmpdir())), 0);
    CHECK(strstr(made(a, "{plugin: {name: p}}"), "the source is too large: large"));
}

TEST_MAIN
