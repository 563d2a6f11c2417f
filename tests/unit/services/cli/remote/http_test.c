/* Requests and their answers, against a server that gives one written answer. */
#include "services/cli/remote/cli.h"

#include "lib/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct canned {
    int listener;
    const char *status, *body;
    char request[4096]; /* the head and what came with it */
};

static void *serve(void *arg)
{
    struct canned *s = arg;
    int fd = accept(s->listener, NULL, NULL);
    size_t n = 0;
    while (n < sizeof(s->request) - 1 && !strstr(s->request, "\r\n\r\n")) {
        ssize_t got = read(fd, s->request + n, sizeof(s->request) - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", s->status,
            strlen(s->body), s->body);
    close(fd);
    return NULL;
}

/* One GET with a token, answered as told. */
static struct err *ask(struct arena *a, struct canned *s, struct doc **out)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    pthread_t thread;
    struct cli c = {.a = a};
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(s->listener, (struct sockaddr *)&address, len) == 0 && listen(s->listener, 1) == 0);
    CHECK(getsockname(s->listener, (struct sockaddr *)&address, &len) == 0);
    CHECK(pthread_create(&thread, NULL, serve, s) == 0);
    call_init(&c.call);
    c.creds.token = secret_new("the-token", 9);
    cli_connect_to(&c, arena_printf(a, "127.0.0.1:%d", ntohs(address.sin_port)), true, false);
    struct err *e = cli_get_app(&c, "web", "hard", out);
    pthread_join(thread, NULL);
    close(s->listener);
    net_session_free(c.http);
    secret_unref((struct secret *)c.creds.token);
    return e;
}

TEST(an_answer_is_read_and_the_token_is_sent)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct canned s = {.status = "200 OK", .body = "{\"kind\":\"Application\"}"};
    struct doc *app = NULL;
    CHECK_OK(ask(a, &s, &app));
    CHECK(doc_str_is(doc_get(app, "kind"), "Application"));
    CHECK(strstr(s.request, "GET /api/v1/applications/web?refresh=hard HTTP/1.1\r\n"));
    CHECK(strstr(s.request, "Bearer the-token\r\n"));
}

TEST(errors_are_worded_as_the_official_cli_words_them)
{
    static const struct {
        const char *status, *body;
        enum err_code code;
        const char *message;
    } rows[] = {
        {"403 Forbidden", "{\"error\":\"permission denied\",\"code\":7,\"message\":\"permission denied\"}",
         ERR_DENIED, "rpc error: code = PermissionDenied desc = permission denied"},
        {"400 Bad Request", "{\"code\":9,\"message\":\"busy\"}", ERR_PRECONDITION,
         "rpc error: code = FailedPrecondition desc = busy"},
        {"404 Not Found", "{}", ERR_NOT_FOUND, "the server answered 404 Not Found"},
        {"502 Bad Gateway", "<html>", ERR_UNKNOWN, "the server answered 502"},
        {"401 Unauthorized", "{\"code\":99,\"error\":\"who?\"}", ERR_UNAUTHENTICATED, "desc = who?"},
        {"302 Found", "", ERR_UNAVAILABLE, "is it the address of an Argo CD server?"},
        {"200 OK", "<html>", ERR_INVALID, "the answer of '127.0.0.1:"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct canned s = {.status = rows[i].status, .body = rows[i].body};
        struct doc *app = NULL;
        CHECK_ERR(ask(a, &s, &app), rows[i].code, rows[i].message);
    }
}

TEST_MAIN
