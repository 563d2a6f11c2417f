/* URLs and routes: tables of texts. */
#include "lib/test.h"
#include "net/router.h"
#include "net/server_private.h"
#include "net/url.h"

TEST(urls_are_parsed_and_written_in_one_spelling)
{
    static const struct {
        const char *text, *whole, *bare;
    } rows[] = {
        {"HTTPS://Example.COM", "https://example.com/", NULL},
        {"https://example.com:443/a/b?c=d#e", "https://example.com/a/b?c=d#e", NULL},
        {"http://u:p%40w@h:8080/x", "http://u:p%40w@h:8080/x", "http://u@h:8080/x"},
        {"ssh://git@[::1]:2222/r.git", "ssh://git@[::1]:2222/r.git", NULL},
        {"oci://ghcr.io/a/b", "oci://ghcr.io/a/b", NULL},
        {"http://h?q", "http://h/?q", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct net_url u;
        CHECK_OK(net_url_parse(a, rows[i].text, &u));
        CHECK_STR(net_url_text(a, &u, true), rows[i].whole);
        CHECK_STR(net_url_text(a, &u, false), rows[i].bare ? rows[i].bare : rows[i].whole);
    }
}

TEST(what_is_no_url_is_refused_without_repeating_secrets)
{
    static const char *const rows[] = {
        "",
        "example.com",
        "://x",
        "http://",
        "http:///p",
        "http://h:0/",
        "http://h:65536/",
        "http://h:x/",
        "http://a b/",
        "http://h/\n",
        "http://[::1/",
        "http://[::1]x/",
        "http://u:s3cret%zz@h/",
        "1http://h/",
        "http://h<>/",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct net_url u;
        struct err *e = net_url_parse(a, rows[i], &u);
        CHECKF(e && e->code == ERR_INVALID, "'%s' passed", rows[i]);
        CHECK(!strstr(e->msg, "s3cret"));
        err_free(e);
    }
}

TEST(references_are_resolved_as_rfc_3986_shows)
{
    static const struct {
        const char *ref, *want;
    } rows[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {"", "http://a/b/c/d;p"},
        {".", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../../g", "http://a/g"},
        {"g/./h/../i", "http://a/b/c/g/i"},
        {"https://x/y", "https://x/y"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct net_url base, u;
        CHECK_OK(net_url_parse(a, "http://a/b/c/d;p?q", &base));
        CHECK_OK(net_url_resolve(a, &base, rows[i].ref, &u));
        CHECK_STR(net_url_text(a, &u, true), rows[i].want);
    }
}

TEST(escapes_go_both_ways)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CHECK_STR(net_url_escape(a, "a/b c~\xc3\xa4+"), "a%2Fb%20c~%C3%A4%2B");
    const char *text;
    CHECK(net_url_unescape(a, span_of("a%2fb+c"), true, &text));
    CHECK_STR(text, "a/b c");
    CHECK(!net_url_unescape(a, span_of("%4"), false, &text));
    CHECK(!net_url_unescape(a, span_of("%00"), false, &text));
    CLEANUP(str_release) struct str q = {0};
    net_url_query_add(&q, "a", "1&2");
    net_url_query_add(&q, "none", NULL);
    net_url_query_add(&q, "b", "");
    CHECK_STR(str_text(&q), "?a=1%262&b=");
}

static const struct net_route routes[] = {
    {"GET", "/api/v1/applications", NULL},
    {"POST", "/api/v1/applications", NULL},
    {"GET", "/api/v1/applications/{name}", NULL},
    {"GET", "/api/v1/applications/{name}/pods/{pod}/logs", NULL},
    {"GET", "/api/v1/applications/special", NULL},
    {"GET", "/assets/{file...}", NULL},
    {NULL, "/api/webhook", NULL},
    {"GET", "/", NULL},
};

TEST(routes_are_found)
{
    static const struct {
        const char *method, *path, *found, *param, *allow;
    } rows[] = {
        {"GET", "/", "/", NULL, NULL},
        {"HEAD", "/api/v1/applications", "/api/v1/applications", NULL, NULL},
        {"DELETE", "/api/v1/applications", NULL, NULL, "GET, POST"},
        {"GET", "/api/v1/applications/a%2Fb", "/api/v1/applications/{name}", "a/b", NULL},
        {"GET", "/api/v1/applications/special", "/api/v1/applications/special", NULL, NULL},
        {"GET", "/api/v1/applications/special/pods/p/logs", "/api/v1/applications/{name}/pods/{pod}/logs",
         "special", NULL},
        {"GET", "/api/v1/applications/", NULL, NULL, NULL},
        {"GET", "/api/v1/applications/a/pods", NULL, NULL, NULL},
        {"GET", "/assets/a/b.js", "/assets/{file...}", "a/b.js", NULL},
        {"PUT", "/api/webhook", "/api/webhook", NULL, NULL},
        {"GET", "/api", NULL, NULL, NULL},
        {"GET", "*", NULL, NULL, NULL},
    };
    struct net_router *router = net_router_new(routes, ARRAY_LEN(routes));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct net_req *r = net_req_new(NULL, NULL, 0);
        r->method = rows[i].method;
        r->path = rows[i].path;
        const char *allow;
        const struct net_route *found = net_router_find(router, r, &allow);
        CHECK_STR(found ? found->path : NULL, rows[i].found);
        CHECK_STR(allow, rows[i].allow);
        CHECK_STR(r->params.len ? r->params.at[0].value : NULL, rows[i].param);
        net_req_free(r);
    }
    net_router_free(router);
}

TEST_MAIN
