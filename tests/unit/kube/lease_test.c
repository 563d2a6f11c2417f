/* Leases between two contenders, on one fake clock, against a server that keeps one Lease as Kubernetes
 * would. */
#include "doc/json.h"
#include "kube/lease.h"
#include "lib/test.h"
#include "net/server.h"

static struct {
    struct clock_fake clock;
    struct loop *loop;
    struct net_server *server;
    struct kube *kube;
    struct rand random;
    char lease[2048]; /* the object, "" = none */
    int version;
    bool down;
    struct net_req *hanging;
    struct str log;
} world;

static void not_found(struct net_req *r)
{
    net_reply_text(r, 404, "application/json", "{\"kind\":\"Status\",\"reason\":\"NotFound\"}");
}

static void store(struct net_req *r, struct span body)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct doc *lease, *old = NULL;
    CHECK_OK(json_read(a, body, NULL, &lease));
    if (*world.lease)
        CHECK_OK(json_read(a, span_of(world.lease), NULL, &old));
    const char *mine = doc_str(doc_path(lease, "metadata", "resourceVersion"), "");
    const char *theirs = doc_str(doc_path(old, "metadata", "resourceVersion"), "");
    if (streq(r->method, "POST") ? old != NULL : !streq(mine, theirs)) {
        net_reply_text(r, 409, "application/json",
                       streq(r->method, "POST") ? "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\"}"
                                                : "{\"kind\":\"Status\",\"reason\":\"Conflict\"}");
        return;
    }
    doc_set_str(a, doc_own_map(a, lease, "metadata"), "resourceVersion",
                arena_printf(a, "%d", ++world.version));
    snprintf(world.lease, sizeof(world.lease), "%s", json_text(a, lease, 0));
    net_reply_text(r, 200, "application/json", world.lease);
}

static void on_request(struct net_req *r, void *arg)
{
    (void)arg;
    if (world.down)
        net_reply_text(r, 403, "application/json", "{}");
    else if (!streq(r->method, "GET"))
        net_body_collect(r, 4096, store);
    else if (!strstr(r->path, "/leases/"))
        net_reply_text(r, 200, "application/json", arena_printf(r->arena, "{\"items\":[%s]}", world.lease));
    else if (*world.lease)
        net_reply_text(r, 200, "application/json", world.lease);
    else
        not_found(r);
}

static void begin(void)
{
    memset(&world, 0, sizeof(world));
    clock_fake_init(&world.clock, 1764000000000);
    rand_seed(&world.random, 3);
    world.loop = loop_new(&world.clock.clock);
    world.server = net_server_new(world.loop, &(struct net_server_options){.on_request = on_request});
    int port;
    CHECK_OK(net_server_listen(world.server, "127.0.0.1:0", &port));
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    struct kube_options o = {.random = &world.random, .tries = 1};
    CHECK_OK(kube_config_from(url, &(struct net_creds){0}, "", &o.config));
    world.kube = kube_new(world.loop, &o);
}

static void end(void)
{
    kube_free(world.kube);
    net_server_free(world.server);
    loop_free(world.loop);
    str_release(&world.log);
}

static void changed(void *arg, bool held)
{
    str_printf(&world.log, "%s%s ", held ? "+" : "-", (const char *)arg);
}

static struct kube_lease *contender(const char *name)
{
    return kube_lease_start(world.kube, &(struct kube_lease_options){.ns = "n",
                                                                     .name = "leader",
                                                                     .identity = name,
                                                                     .label = "app",
                                                                     .value = "x",
                                                                     .changed = changed,
                                                                     .arg = (void *)(uintptr_t)name});
}

static void stop(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(world.loop);
}

static void run_for(int64_t ms)
{
    struct loop_timer timer = {0};
    loop_timer_set(world.loop, &timer, ms, stop);
    loop_run_fake(world.loop, &world.clock);
    loop_timer_stop(world.loop, &timer);
}

TEST(the_first_holds_and_renews_and_the_second_waits)
{
    begin();
    struct kube_lease *a = contender("a");
    run_for(100);
    struct kube_lease *b = contender("b");
    run_for(600000);
    CHECK_STR(str_text(&world.log), "+a ");
    CHECK(kube_lease_held(a) && !kube_lease_held(b));
    CHECK(world.version > 80 && world.version < 160);
    kube_lease_free(a); /* without a word: it runs out */
    int64_t from = world.clock.mono_ms;
    while (!kube_lease_held(b))
        run_for(1000);
    CHECK(world.clock.mono_ms - from > 9000 && world.clock.mono_ms - from < 25000);
    CHECK(strstr(world.lease, "\"leaseTransitions\":1"));
    kube_lease_free(b);
    end();
}

static void on_released(void *arg)
{
    str_add(&world.log, arg);
}

TEST(a_released_lease_is_taken_at_the_next_try)
{
    begin();
    struct kube_lease *a = contender("a");
    run_for(100);
    struct kube_lease *b = contender("b");
    run_for(30000);
    kube_lease_release(a, on_released, "released ");
    run_for(6500);
    CHECK_STR(str_text(&world.log), "+a released +b ");
    kube_lease_release(b, NULL, NULL);
    run_for(100);
    CHECK(strstr(world.lease, "\"holderIdentity\":\"\""));
    struct kube_lease *c = contender("c");
    kube_lease_release(c, on_released, "never-held");
    run_for(100);
    CHECK(ends_with(str_text(&world.log), "never-held"));
    end();
}

TEST(who_cannot_renew_says_so_before_others_may_take_over)
{
    begin();
    struct kube_lease *a = contender("a");
    run_for(100);
    world.down = true;
    int64_t from = world.clock.mono_ms;
    while (kube_lease_held(a))
        run_for(100);
    CHECK(world.clock.mono_ms - from < 10100);
    world.down = false;
    run_for(7000);
    CHECK_STR(str_text(&world.log), "+a -a +a ");
    kube_lease_free(a);
    end();
}

TEST(another_ones_write_is_seen_as_a_conflict)
{
    begin();
    struct kube_lease *a = contender("a");
    run_for(100);
    snprintf(world.lease, sizeof(world.lease),
             "{\"metadata\":{\"resourceVersion\":\"999\"},\"spec\":{\"holderIdentity\":\"thief\","
             "\"leaseDurationSeconds\":15,\"renewTime\":\"2025-11-24T16:00:00.000000Z\"}}");
    run_for(13000);
    CHECK_STR(str_text(&world.log), "+a -a ");
    run_for(20000); /* the thief does not renew */
    CHECK_STR(str_text(&world.log), "+a -a +a ");
    kube_lease_free(a);
    end();
}

static char holders_seen[64];
static void on_holders(void *arg, struct err *e, const struct kube_holders *h)
{
    (void)arg;
    CHECK_OK(e);
    holders_seen[0] = '\0';
    for (size_t i = 0; i < h->len; i++)
        strcat(strcat(holders_seen, h->at[i]), " ");
}

TEST(live_holders_are_listed)
{
    begin();
    struct kube_lease *a = contender("a");
    run_for(100);
    kube_lease_holders(world.kube, "n", "app", "x", on_holders, NULL);
    run_for(100);
    CHECK_STR(holders_seen, "a ");
    kube_lease_free(a);
    run_for(18000);
    kube_lease_holders(world.kube, "n", "app", "x", on_holders, NULL);
    run_for(100);
    CHECK_STR(holders_seen, "");
    kube_holders_cancel(kube_lease_holders(world.kube, "n", "app", "x", on_holders, NULL));
    end();
}

TEST_MAIN
