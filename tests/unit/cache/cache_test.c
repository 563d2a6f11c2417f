/* cache: against a real redis-server on a unix socket of this test's own: up, down, wrong, flushed, forged,
 * hung. */
#include "cache/cache.h"

#include "base/rand.h"
#include "cache/keys.h"
#include "lib/test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    struct loop *loop;
    struct cache *cache;
    struct secret *key;
    pid_t redis;
    char socket[256], address[300];
    struct err *err;
    char *body; /* NULL = a miss */
    size_t len;
    bool done, up;
    int changes;
} t;

/* --- redis-server --- */

static int dial(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", t.socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void run_redis(const char *port, const char *option, const char *value)
{
    unlink(t.socket);
    t.redis = fork();
    if (t.redis == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--unixsocket",
               t.socket, "--save", "", "--appendonly", "no", "--logfile", "/dev/null", "--dir", test_tmpdir(),
               option, value, (char *)NULL);
        _exit(127);
    }
    int fd, status;
    while ((fd = dial()) < 0) {
        CHECKF(waitpid(t.redis, &status, WNOHANG) == 0, "redis-server did not start");
        usleep(1000);
    }
    close(fd);
}

static void end_redis(void)
{
    kill(t.redis, SIGKILL);
    waitpid(t.redis, NULL, 0);
    t.redis = 0;
}

/* Sends an inline command past the cache; the first line of the answer. */
static const char *raw(const char *command)
{
    static char line[512];
    int fd = dial();
    CHECK(fd >= 0);
    CHECK(write(fd, command, strlen(command)) == (ssize_t)strlen(command) && write(fd, "\r\n", 2) == 2);
    ssize_t n = read(fd, line, sizeof(line) - 1);
    line[n > 0 ? n : 0] = '\0';
    line[strcspn(line, "\r")] = '\0';
    close(fd);
    return line;
}

/* --- the cache --- */

static void on_change(void *arg, bool up, const struct err *why)
{
    (void)arg;
    CHECK(up == (why == NULL));
    t.up = up;
    t.changes++;
}

static void begin_cache(struct cache_options o)
{
    if (!o.address)
        o.address = t.address;
    o.key = o.key ? o.key : t.key;
    o.changed = on_change;
    CHECK_OK(cache_new(t.loop, &o, &t.cache));
}

static void begin_without_redis(void)
{
    snprintf(t.socket, sizeof(t.socket), "%s/redis", test_tmpdir());
    snprintf(t.address, sizeof(t.address), "unix:%s", t.socket);
    t.loop = loop_new(NULL);
    t.key = secret_new("installation", 12);
}

static void begin(void)
{
    begin_without_redis();
    run_redis("0", "--databases", "16");
    begin_cache((struct cache_options){0});
}

static void end(void)
{
    cache_free(t.cache);
    loop_free(t.loop);
    secret_unref(t.key);
    err_freep(&t.err);
    free(t.body);
    if (t.redis)
        end_redis();
}

static void on_done(void *arg, struct err *e, struct span body)
{
    (void)arg;
    err_freep(&t.err);
    free(t.body);
    t.err = e;
    t.body = body.at ? mem_alloc(body.len + 1) : NULL;
    if (t.body)
        memcpy(t.body, body.at, body.len + 1);
    t.len = body.len;
    t.done = true;
}

static void wait_done(void)
{
    t.done = false;
    while (!t.done)
        CHECK(loop_run_once(t.loop));
}

static const char *get(const char *key)
{
    cache_get(t.cache, key, on_done, NULL);
    wait_done();
    return t.body;
}

static const char *must_get(const char *key)
{
    get(key);
    CHECKF(!t.err, "get %s: %s", key, t.err->msg);
    return t.body;
}

static void set(const char *key, const char *body)
{
    cache_set(t.cache, key, span_of(body), 60000, on_done, NULL);
    wait_done();
    CHECKF(!t.err, "set %s: %s", key, t.err->msg);
}

static void until_up(bool up)
{
    while (t.up != up)
        CHECK(loop_run_once(t.loop));
}

#define CHECK_LAST(code_, part)                                                                              \
    do {                                                                                                     \
        struct err *last_ = t.err;                                                                           \
        t.err = NULL;                                                                                        \
        CHECK_ERR(last_, code_, part);                                                                       \
    } while (0)

TEST(what_is_set_is_there_until_it_is_deleted)
{
    begin();
    CHECK(must_get("k") == NULL);
    set("k", "v");
    CHECK_STR(must_get("k"), "v");
    set("k", "");
    CHECK_STR(must_get("k"), "");
    CHECK_INT(t.len, 0);
    cache_del(t.cache, "k", on_done, NULL);
    wait_done();
    CHECK(must_get("k") == NULL);
    struct cache_stats s = cache_stats(t.cache);
    CHECK_INT(s.hits, 2);
    CHECK_INT(s.misses, 2);
    CHECK_INT(s.broken + s.failed, 0);
    end();
}

TEST(a_body_lives_as_long_as_it_was_given)
{
    begin();
    set("k", "v");
    cache_set(t.cache, "ever", span_of("v"), 0, NULL, NULL);
    CHECK_STR(must_get("ever"), "v");
    int64_t ms = atoll(raw("PTTL k") + 1);
    CHECKF(ms > 50000 && ms <= 60000, "%d", (int)ms);
    CHECK_STR(raw("PTTL ever"), ":-1");
    end();
}

TEST(a_large_body_that_does_not_shrink_comes_back_whole)
{
    begin();
    size_t len = 5 * 1000 * 1000 + 1;
    CLEANUP(mem_freep) char *body = mem_alloc(len);
    struct rand r;
    rand_seed(&r, 7);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)(1 + rand_below(&r, 255));
    cache_set(t.cache, "k", (struct span){body, len}, 0, on_done, NULL);
    wait_done();
    must_get("k");
    CHECK_INT(t.len, len);
    CHECK(memcmp(t.body, body, len) == 0);
    end();
}

TEST(many_calls_of_one_turn_are_answered_in_order)
{
    begin();
    char key[16];
    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        cache_set(t.cache, key, span_of(key), 0, NULL, NULL);
    }
    for (int i = 0; i < 499; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        cache_get(t.cache, key, NULL, NULL);
    }
    CHECK_STR(must_get("k499"), "k499");
    end();
}

TEST(nothing_can_be_read_in_redis)
{
    begin();
    set("k", "password: hunter2");
    int fd = dial();
    char answer[512];
    CHECK(write(fd, "GET k\r\n", 7) == 7);
    ssize_t n = read(fd, answer, sizeof(answer));
    close(fd);
    CHECK(n > 20);
    CHECK(memmem(answer, (size_t)n, "hunter2", 7) == NULL);
    end();
}

TEST(what_is_not_ours_is_a_miss)
{
    begin();
    set("mine", "v");
    CHECK_STR(raw("SET forged garbage"), "+OK");
    CHECK_STR(raw("COPY mine moved"), ":1");
    CHECK_STR(raw("APPEND mine x"), raw("STRLEN mine"));
    CHECK(must_get("forged") == NULL);
    CHECK(must_get("moved") == NULL);
    CHECK(must_get("mine") == NULL);
    CHECK_INT(cache_stats(t.cache).broken, 3);
    CHECK_STR(raw("LPUSH list x"), ":1");
    get("list");
    CHECK_LAST(ERR_UNKNOWN, "WRONGTYPE");
    set("other", "v");
    cache_free(t.cache);
    struct secret *key = secret_new("another", 7);
    begin_cache((struct cache_options){.key = key});
    secret_unref(key);
    CHECK(must_get("other") == NULL);
    end();
}

TEST(a_body_may_be_sealed_and_opened_elsewhere)
{
    begin();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct cache_sealer *s = cache_sealer_new(t.key);
    cache_set_sealed(t.cache, "k", cache_seal(s, a, "k", span_of("v")), 60000, NULL, NULL);
    CHECK_STR(must_get("k"), "v");
    cache_get_sealed(t.cache, "k", on_done, NULL);
    wait_done();
    struct span sealed = {t.body, t.len};
    CHECK(span_is(cache_unseal(s, a, "k", sealed), "v"));
    CHECK(cache_unseal(s, a, "other", sealed).at == NULL);
    CHECK(cache_unseal(s, a, "k", (struct span){0}).at == NULL);
    cache_get_sealed(t.cache, "none", on_done, NULL);
    wait_done();
    CHECK(!t.err && !t.body);
    cache_sealer_free(s);
    end();
}

TEST(a_flush_is_a_miss)
{
    begin();
    set("k", "v");
    CHECK_STR(raw("FLUSHALL"), "+OK");
    CHECK(must_get("k") == NULL);
    set("k", "w");
    CHECK_STR(must_get("k"), "w");
    end();
}

TEST(a_redis_that_is_down_costs_no_time_and_is_found_when_it_comes)
{
    begin_without_redis();
    begin_cache((struct cache_options){0});
    get("k");
    CHECK_LAST(ERR_UNAVAILABLE, "connecting to Redis at unix:");
    CHECK(!cache_up(t.cache));
    int64_t before = clock_mono_ms(&clock_system);
    for (int i = 0; i < 50; i++)
        get("k");
    CHECK_LAST(ERR_UNAVAILABLE, "No such file");
    CHECK(clock_mono_ms(&clock_system) - before < 2000);
    run_redis("0", "--databases", "16");
    until_up(true);
    set("k", "v");
    CHECK_STR(must_get("k"), "v");
    end();
}

TEST(a_restart_is_survived)
{
    begin();
    set("k", "v");
    end_redis();
    until_up(false);
    get("k");
    CHECK_LAST(ERR_UNAVAILABLE, "Redis at unix:");
    run_redis("0", "--databases", "16");
    until_up(true);
    CHECK(must_get("k") == NULL);
    end();
}

TEST(a_redis_that_hangs_is_given_up_in_time)
{
    begin_without_redis();
    run_redis("0", "--databases", "16");
    begin_cache((struct cache_options){.timeout_ms = 50, .connect_ms = 50});
    set("k", "v");
    kill(t.redis, SIGSTOP);
    cache_set(t.cache, "x", span_of("v"), 0, NULL, NULL);
    get("k");
    CHECK_LAST(ERR_DEADLINE, "did not answer within 50 ms");
    kill(t.redis, SIGCONT);
    until_up(true);
    CHECK_STR(must_get("k"), "v");
    end();
}

TEST(a_password_is_asked_for)
{
    static const struct {
        const char *user, *password;
        enum err_code want;
    } rows[] = {
        {NULL, "right", ERR_OK},
        {"default", "right", ERR_OK},
        {NULL, "wrong", ERR_UNAUTHENTICATED},
        {"nobody", "right", ERR_UNAUTHENTICATED},
        {NULL, NULL, ERR_UNAUTHENTICATED},
    };
    begin_without_redis();
    run_redis("0", "--requirepass", "right");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct secret *password =
            secret_new(rows[i].password, rows[i].password ? strlen(rows[i].password) : 0);
        begin_cache((struct cache_options){.user = rows[i].user, .password = password});
        secret_unref(password);
        get("k");
        CHECKF(err_code_of(t.err) == rows[i].want, "row %zu: %s", i, t.err ? t.err->msg : "no error");
        CHECK(!t.err || !strstr(t.err->msg, "right"));
        cache_free(t.cache);
    }
    t.cache = NULL;
    end();
}

TEST(a_password_for_a_redis_without_one_is_said)
{
    begin_without_redis();
    run_redis("0", "--databases", "16");
    struct secret *password = secret_new("p", 1);
    begin_cache((struct cache_options){.password = password});
    secret_unref(password);
    get("k");
    CHECK_LAST(ERR_UNAUTHENTICATED, "AUTH");
    end();
}

TEST(databases_are_apart)
{
    begin();
    set("k", "v");
    cache_free(t.cache);
    begin_cache((struct cache_options){.db = 3});
    CHECK(must_get("k") == NULL);
    cache_free(t.cache);
    begin_cache((struct cache_options){.db = 99});
    get("k");
    CHECK_LAST(ERR_UNKNOWN, "out of range");
    end();
}

/* A port that nobody listens on, as text. */
static const char *free_port(void)
{
    static char text[8];
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(fd, (struct sockaddr *)&in, len) == 0 && getsockname(fd, (struct sockaddr *)&in, &len) == 0);
    close(fd);
    snprintf(text, sizeof(text), "%d", ntohs(in.sin_port));
    return text;
}

TEST(tcp_by_number_and_by_name)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    begin_without_redis();
    const char *port = free_port();
    run_redis(port, "--databases", "16");
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        CLEANUP(mem_freep) char *address = mem_printf("%s:%s", hosts[i], port);
        begin_cache((struct cache_options){.address = address});
        set("k", "v");
        CHECK_STR(must_get("k"), "v");
        cache_free(t.cache);
    }
    begin_cache((struct cache_options){.address = "no-such-host.invalid:6379"});
    get("k");
    CHECK_LAST(ERR_UNAVAILABLE, "no-such-host.invalid:6379");
    end();
}

TEST(a_message_reaches_who_listens)
{
    begin();
    int fd = dial();
    char got[512];
    CHECK(write(fd, "SUBSCRIBE news\r\n", 16) == 16);
    CHECK(read(fd, got, sizeof(got)) > 0);
    cache_publish(t.cache, "news", span_of("hello"), on_done, NULL);
    wait_done();
    CHECK(!t.err);
    ssize_t n = read(fd, got, sizeof(got));
    CHECK(n > 0 && memmem(got, (size_t)n, "hello", 5));
    close(fd);
    end();
}

static void never(void *arg, struct err *e, struct span body)
{
    (void)arg, (void)e, (void)body;
    FAIL("a cancelled call was told");
}

TEST(a_cancelled_call_is_not_told_and_shifts_nothing)
{
    begin();
    cache_cancel(cache_get(t.cache, "early", never, NULL)); /* not sent yet */
    set("k", "v");
    cache_cancel(cache_get(t.cache, "late", never, NULL)); /* sent */
    CHECK_STR(must_get("k"), "v");
    cache_get(t.cache, "k", never, NULL); /* ends with the cache */
    end();
}

static void on_peer(void *arg, int events)
{
    (void)events;
    int *listener = arg, fd = accept4(*listener, NULL, NULL, SOCK_CLOEXEC);
    static const char nonsense[] = "*3\r\n$1\r\na\r\n";
    CHECK(fd >= 0 && write(fd, nonsense, sizeof(nonsense) - 1) > 0);
    listener[1] = fd;
}

TEST(a_peer_that_is_no_redis_is_said_to_be_none)
{
    begin_without_redis();
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", t.socket);
    int fd[2] = {socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -1}; /* the listener and its peer */
    CHECK(bind(fd[0], (struct sockaddr *)&un, sizeof(un)) == 0 && listen(fd[0], 8) == 0);
    struct loop_fd *watch = loop_fd_open(t.loop, fd[0], on_peer, fd);
    loop_fd_want(watch, LOOP_READ);
    begin_cache((struct cache_options){0});
    get("k");
    CHECK_LAST(ERR_UNAVAILABLE, "does not answer as Redis does");
    loop_fd_close(watch);
    close(fd[0]);
    close(fd[1]);
    end();
}

TEST(what_is_too_large_is_refused)
{
    begin();
    CLEANUP(mem_freep) char *body = mem_zalloc(CACHE_BODY_MAX + 1);
    cache_set(t.cache, "k", (struct span){body, CACHE_BODY_MAX + 1}, 0, on_done, NULL);
    wait_done();
    CHECK_LAST(ERR_EXHAUSTED, "more than the cache takes");
    set("k", "v");
    end();
}

TEST(addresses_are_checked)
{
    static const char *const bad[] = {
        "", "redis", ":6379", "redis:", "redis:0", "redis:70000", "redis:x", "unix:"};
    begin_without_redis();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct cache *c = NULL;
        struct err *e = cache_new(t.loop, &(struct cache_options){.address = bad[i], .key = t.key}, &c);
        CHECKF(e && e->code == ERR_INVALID, "'%s'", bad[i]);
        err_free(e);
        CHECK_ERR(cache_address_check(bad[i]), ERR_INVALID, bad[i]);
    }
    CHECK_OK(cache_address_check("[::1]:6379"));
    CHECK_OK(cache_address_check(t.address));
    end();
}

TEST(keys_are_apart)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(cache_key_render(a, "abc"), "capstan:render:1:abc");
    CHECK_STR(cache_key_traces(a, "abc"), "capstan:traces:1:abc");
    CHECK_STR(cache_key_tree(a, "argocd", "guestbook"), "capstan:tree:1:argocd/guestbook");
    CHECK_STR(cache_key_managed(a, "argocd", "guestbook"), "capstan:managed:1:argocd/guestbook");
}

TEST_MAIN
