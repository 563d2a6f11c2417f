/* client: a stub and a server of the bus in one process. */
#include "client/repo.h"
#include "lib/test.h"

static void list_refs(void *service, struct bus_request *rq)
{
    (void)service;
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    Capstan__Repo__ListRefsRequest *ask = NULL;
    CHECK_OK(wire_unpack(a, &capstan__repo__list_refs_request__descriptor, bus_request_body(rq), NULL, &ask));
    if (streq(ask->repo_url, "broken")) {
        bus_reply(rq, span_of("nonsense"));
        return;
    }
    if (streq(ask->repo_url, "gone")) {
        bus_fail(rq, err_reason(ERR_NOT_FOUND, "RepositoryNotFound", "no repository '%s'", ask->repo_url));
        return;
    }
    Capstan__Repo__ListRefsReply reply = CAPSTAN__REPO__LIST_REFS_REPLY__INIT;
    char *branches[] = {wire_text("main"), wire_text("release")};
    reply.branches = branches, reply.n_branches = 2;
    bus_reply(rq, wire_pack(a, &reply));
}

static struct loop *loop;
static char answer[200];

static void on_refs(void *arg, struct err *e, const Capstan__Repo__ListRefsReply *reply)
{
    CHECK(!e == (reply != NULL));
    if (e)
        snprintf(answer, sizeof(answer), "%s: %s", e->reason ? e->reason : "-", e->msg);
    else
        snprintf(answer, sizeof(answer), "%s %zu %s", (const char *)arg, reply->n_branches,
                 reply->branches[1]);
    err_free(e);
    loop_stop(loop);
}

TEST(stubs_pack_ask_and_unpack)
{
    static const struct bus_method methods[] = {{"repo.ListRefs", list_refs}};
    loop = loop_new(NULL);
    char *address = mem_printf("ipc://%s/repo", test_tmpdir());
    struct bus *b = bus_new(loop, NULL, "test");
    struct bus_server *s =
        bus_server_new(b, &(struct bus_server_options){.methods = methods, .methods_len = 1});
    CHECK_OK(bus_server_bind(s, address, NULL));
    struct bus_client *c = bus_client_new(b, NULL);
    CHECK_OK(bus_client_peers(c, (const char *const *)&address, 1));
    struct call call;
    call_init(&call);
    static const char *const rows[][2] = {
        {"https://a/b.git", "arg 2 release"},
        {"gone", "RepositoryNotFound: no repository 'gone'"},
        {"broken", "-: answer to repo.ListRefs: not a capstan.repo.ListRefsReply (8 bytes)"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Capstan__Repo__ListRefsRequest rq = CAPSTAN__REPO__LIST_REFS_REQUEST__INIT;
        rq.repo_url = wire_text(rows[i][0]);
        CHECK(client_repo_list_refs(c, &call, &rq, on_refs, wire_text("arg")) != NULL);
        loop_run(loop);
        CHECK_STR(answer, rows[i][1]);
    }
    Capstan__Repo__ListRefsRequest rq = CAPSTAN__REPO__LIST_REFS_REQUEST__INIT;
    rq.repo_url = wire_text("x");
    client_cancel(client_repo_list_refs(c, &call, &rq, on_refs, NULL));
    bus_client_free(c);
    bus_server_free(s);
    bus_free(b);
    loop_free(loop);
    free(address);
}
TEST_MAIN
