/* A real docker-registry with basic authentication: charts and artifacts that were pushed come back. */
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "crypto/password.h"
#include "lib/test.h"
#include "registry/registry.h"
#include "tree/archive.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct live {
    struct arena *arena;
    struct call call;
    struct secret *password;
    pid_t pid;
    int port;
};

static int free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(!bind(fd, (struct sockaddr *)&in, sizeof(in)) && !getsockname(fd, (struct sockaddr *)&in, &len));
    close(fd);
    return ntohs(in.sin_port);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f);
    fputs(text, f);
    fclose(f);
}

static bool answers(int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool yes = connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0;
    close(fd);
    return yes;
}

static void configure(struct live *l)
{
    CLEANUP(mem_freep) char *hash = NULL;
    const char *dir = test_tmpdir();
    CHECK_OK(crypto_password_hash(l->password, 4, &hash));
    put(arena_printf(l->arena, "%s/htpasswd", dir), arena_printf(l->arena, "user:%s\n", hash));
    put(arena_printf(l->arena, "%s/config.yml", dir),
        arena_printf(l->arena,
                     "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/data}}\n"
                     "http: {addr: '127.0.0.1:%d'}\nauth: {htpasswd: {realm: test, path: %s/htpasswd}}\n",
                     dir, l->port, dir));
}

static void set_up(struct live *l)
{
    if (access("/usr/bin/docker-registry", X_OK) != 0)
        test_skip("docker-registry is not installed");
    *l = (struct live){.arena = arena_new("test"), .password = secret_new("pass", 4), .port = free_port()};
    struct call root;
    call_init(&root);
    call_child(&l->call, &root, 40000);
    l->call.parent = NULL;
    configure(l);
    const char *const argv[] = {"docker-registry", "serve",
                                arena_printf(l->arena, "%s/config.yml", test_tmpdir()), NULL};
    struct proc_spec spec = {.argv = argv};
    CHECK_OK(proc_start(&spec, (const int[]){-1, -1, -1}, &l->pid));
    while (!answers(l->port)) {
        CHECK_OK(call_check(&l->call));
        CHECKF(waitpid(l->pid, NULL, WNOHANG) == 0, "docker-registry ended at once");
        poll(NULL, 0, 20);
    }
}

static void tear_down(struct live *l)
{
    proc_kill(l->pid, SIGKILL);
    waitpid(l->pid, NULL, 0);
    secret_unref(l->password);
    arena_free(l->arena);
}

/* The digest of what was pushed. */
static const char *push(struct live *l, const char *repository, const char *tag, const char *kind,
                        const char *version)
{
    struct proc_result r = {0};
    const char *slash = strrchr(repository, '/');
    const char *const argv[] = {"python3",
                                "tests/unit/registry/push.py",
                                arena_printf(l->arena, "127.0.0.1:%d", l->port),
                                "user:pass",
                                repository,
                                tag,
                                kind,
                                slash + 1,
                                version,
                                NULL};
    struct proc_spec spec = {.argv = argv};
    CHECK_OK(proc_run(&l->call, &spec, &r));
    CHECK_OK(proc_check(&spec, &r));
    const char *digest = arena_strndup(l->arena, str_text(&r.out), strcspn(str_text(&r.out), "\n"));
    proc_result_release(&r);
    return digest;
}

static struct registry *open_at(struct live *l, const char *path, const struct secret *password)
{
    struct registry *r;
    struct registry_access access = {
        .username = "user", .password = password, .proxy = "", .plain_http = true};
    CHECK_OK(registry_open(arena_printf(l->arena, "oci://127.0.0.1:%d/%s", l->port, path), &access, &r));
    return r;
}

TEST(live_charts)
{
    struct live l;
    struct registry_chart c;
    struct registry_archive archive;
    CLEANUP(tree_freep) struct tree *t = NULL;
    struct span text;
    set_up(&l);
    push(&l, "charts/shop", "1.0.0", "chart", "1.0.0");
    push(&l, "charts/shop", "1.2.0_b7", "chart", "1.2.0+b7");
    push(&l, "charts/shop", "2.0.0-rc.1", "chart", "2.0.0-rc.1");
    CLEANUP(registry_closep) struct registry *r = open_at(&l, "charts", l.password);
    CHECK_OK(registry_resolve(&l.call, r, "shop", "^1.0.0", l.arena, &c));
    CHECK_STR(c.version, "1.2.0+b7");
    CHECK_OK(registry_fetch(&l.call, r, &c, l.arena, &archive));
    CHECK_OK(tree_archive(archive.bytes, NULL, true, &t));
    CHECK_OK(tree_read(t, "Chart.yaml", 1000, l.arena, &text));
    CHECK(strstr(text.at, "1.2.0+b7"));
    CHECK_OK(registry_resolve(&l.call, r, "shop", "1.0.0", l.arena, &c));
    CHECK_OK(registry_fetch(&l.call, r, &c, l.arena, &archive));
    CHECK_OK(registry_resolve(&l.call, r, "shop", "3.0.0", l.arena, &c));
    CHECK_ERR(registry_fetch(&l.call, r, &c, l.arena, &archive), ERR_NOT_FOUND,
              "charts/shop:3.0.0: not found");
    CHECK_ERR(registry_resolve(&l.call, r, "nosuch", "*", l.arena, &c), ERR_NOT_FOUND,
              "name unknown: repository name not known");
    tear_down(&l);
}

TEST(live_artifacts)
{
    struct live l;
    struct registry_manifest m;
    struct registry_descriptor layer;
    struct registry_archive archive;
    struct registry_versions tags;
    const char *digest;
    CLEANUP(tree_freep) struct tree *t = NULL;
    struct span text;
    set_up(&l);
    push(&l, "apps/web", "0.9.0", "artifact", "0.9.0");
    const char *pushed = push(&l, "apps/web", "1.0.0", "index", "1.0.0");
    CLEANUP(registry_closep) struct registry *r = open_at(&l, "apps/web", l.password);
    CHECK_OK(registry_tags(&l.call, r, l.arena, &tags));
    CHECK_INT(tags.len, 3);
    CHECK_OK(registry_artifact_resolve(&l.call, r, ">0.9.0", l.arena, &digest));
    CHECK_STR(digest, pushed);
    CHECK_OK(registry_manifest_fetch(&l.call, r, digest, l.arena, &m));
    CHECK_OK(registry_artifact_layer(&m, NULL, 0, &layer));
    CHECK_OK(registry_blob_fetch(&l.call, r, &layer, l.arena, &archive));
    CHECK_OK(tree_archive(archive.bytes, NULL, false, &t));
    CHECK_OK(tree_read(t, "cm.yaml", 1000, l.arena, &text));
    CHECK_STR(text.at, "kind: ConfigMap # 1.0.0\n");
    tear_down(&l);
}

TEST(live_strangers_stay_out)
{
    struct live l;
    struct registry_versions tags;
    set_up(&l);
    push(&l, "apps/web", "0.9.0", "artifact", "0.9.0");
    struct secret *wrong = secret_new("guess", 5);
    CLEANUP(registry_closep) struct registry *r = open_at(&l, "apps/web", wrong);
    CHECK_ERR(registry_tags(&l.call, r, l.arena, &tags), ERR_UNAUTHENTICATED,
              "status code 401: unauthorized");
    secret_unref(wrong);
    tear_down(&l);
}

TEST_MAIN
