/* Real kubectl against the sandbox as a process would be used: TLS, a kubeconfig, discovery, validation.
 * Skipped where there is no kubectl ($KUBECTL, $KUBEBUILDER_ASSETS/kubectl or the PATH). */
#include "base/file.h"
#include "lib/test.h"
#include "rig.h"

#include <sys/wait.h>
#include <unistd.h>

static bool stopped;
static void ended(void *arg, int status)
{
    *(int *)arg = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    stopped = true;
}

static const char *find_kubectl(void)
{
    static char path[512];
    const char *given = getenv("KUBECTL"), *assets = getenv("KUBEBUILDER_ASSETS");
    if (given)
        return given;
    snprintf(path, sizeof(path), "%s/kubectl", assets ? assets : "/usr/bin");
    if (access(path, X_OK))
        test_skip("no kubectl: set KUBECTL or KUBEBUILDER_ASSETS");
    return path;
}

static const char *config;

/* Runs kubectl on the sandbox while that serves; its output is in the file `out` of the test's folder. */
static const char *kubectl(const char *args, int want)
{
    CLEANUP(mem_freep)
    char *command =
        mem_printf("%s --kubeconfig %s --cache-dir %s/cache --request-timeout 20s %s >%s/out 2>&1",
                   find_kubectl(), config, test_tmpdir(), args, test_tmpdir());
    pid_t pid = fork();
    if (!pid) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int rc = -1;
    stopped = false;
    loop_child(rig.loop, pid, ended, &rc);
    rig_turn(&stopped);
    CLEANUP(mem_freep) char *out = mem_printf("%s/out", test_tmpdir());
    CLEANUP(mem_freep) char *read = test_read_file(out, NULL);
    const char *text = arena_strdup(rig.a, read);
    CHECKF(rc == want, "kubectl %s: exit %d, want %d: %s", args, rc, want, text);
    return text;
}

static const char manifests[] =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\nspec:\n  replicas: 2\n"
    "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n"
    "    spec: {containers: [{name: c, image: 'i:1'}]}\n"
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, namespace: a}\ndata: {x: z}\n";

static void with_file(const char *name, const char *text, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", test_tmpdir(), name);
    CHECK_OK(file_write(path, span_of(text), 0600));
}

TEST(kubectl_gets_applies_waits_and_deletes)
{
    find_kubectl();
    CLEANUP(mem_freep) char *kubeconfig = mem_printf("%s/kubeconfig", test_tmpdir());
    config = kubeconfig;
    static const char *spaces[] = {"a"};
    struct sandbox_options o = {
        .listen = "127.0.0.1:0", .write_kubeconfig = kubeconfig, .simulate = true, .namespaces = {spaces, 1}};
    rig = (struct rig){.loop = loop_new(NULL), .a = arena_new("test")};
    CHECK_OK(sandbox_start(rig.loop, &o, &rig.sandbox));
    char file[600], bad[600];
    with_file("all.yaml", manifests, file, sizeof(file));
    with_file("bad.yaml",
              "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad, namespace: a}\ndato: {x: z}\n", bad,
              sizeof(bad));
    CHECK(strstr(kubectl(arena_printf(rig.a, "apply -f %s", file), 0), "deployment.apps/web created"));
    CHECK(strstr(kubectl(arena_printf(rig.a, "apply -f %s", file), 0), "deployment.apps/web unchanged"));
    CHECK(strstr(kubectl(arena_printf(rig.a, "apply --server-side -f %s", file), 0), "serverside-applied"));
    CHECK(strstr(kubectl(arena_printf(rig.a, "apply -f %s", bad), 1), "unknown field \"dato\""));
    kubectl("wait -n a deploy/web --for=condition=Available --timeout=20s", 0);
    CHECK(strstr(kubectl("get cm -n a", 0), "cm "));
    CHECK(strstr(kubectl("get ns -o name", 0), "namespace/kube-system"));
    kubectl("scale -n a deploy/web --replicas=1", 0);
    CHECK(strstr(kubectl(arena_printf(rig.a, "delete -f %s", file), 0), "deployment.apps \"web\" deleted"));
    CHECK(strstr(kubectl("get deploy -n a", 0), "No resources found"));
    kubectl("delete ns a --timeout=20s", 0);
    rig_end();
}

TEST_MAIN
