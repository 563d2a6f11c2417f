/* Helm repositories: which version is meant, where its archive is, who gets the password, and what is
 * refused. */
#include "crypto/digest.h"
#include "registry/registry.h"
#include "script.h"

static const char index_text[] = "apiVersion: v1\n"
                                 "entries:\n"
                                 "  other:\n"
                                 "  - name: other\n"
                                 "    version: 9.0.0\n"
                                 "    urls: [other-9.0.0.tgz]\n"
                                 "  shop:\n"
                                 "  - name: shop\n"
                                 "    version: 1.2.0\n"
                                 "    description: |\n"
                                 "      text\n"
                                 "\n"
                                 "      # more\n"
                                 "    urls:\n"
                                 "    - charts/shop-1.2.0.tgz\n"
                                 "  - name: shop\n"
                                 "    version: v1.10.0\n"
                                 "    deprecated: true\n"
                                 "    urls: [\"https://elsewhere.example/shop.tgz\"]\n"
                                 "  - name: shop\n"
                                 "    version: 2.0.0-rc.1\n"
                                 "    urls: [/abs/shop-rc.tgz]\n"
                                 "  - name: shop\n"
                                 "    version: nonsense\n"
                                 "    urls: [x.tgz]\n"
                                 "  - version: 7.0.0\n"
                                 "    urls: [x.tgz]\n"
                                 "  - name: shop\n"
                                 "    version: 1.0.0+build.1\n"
                                 "    urls: []\n"
                                 "generated: \"2026-01-01T00:00:00Z\"\n";

#define BASE "https://charts.example/stable?token=x"

TEST(index_finds_the_version_that_is_meant)
{
    static const struct {
        const char *range, *version, *url;
    } rows[] = {
        {"", "v1.10.0", "https://elsewhere.example/shop.tgz"},
        {"1.2.0", "1.2.0", "https://charts.example/stable/charts/shop-1.2.0.tgz?token=x"},
        {"v1.2.0", "1.2.0", "https://charts.example/stable/charts/shop-1.2.0.tgz?token=x"},
        {"1.10.0", "v1.10.0", "https://elsewhere.example/shop.tgz"},
        {"^1.0", "v1.10.0", "https://elsewhere.example/shop.tgz"},
        {"~1.2", "1.2.0", "https://charts.example/stable/charts/shop-1.2.0.tgz?token=x"},
        {"1.x", "v1.10.0", "https://elsewhere.example/shop.tgz"},
        {"<1.10.0", "1.2.0", "https://charts.example/stable/charts/shop-1.2.0.tgz?token=x"},
        {">0.0.0-0", "2.0.0-rc.1", "https://charts.example/abs/shop-rc.tgz?token=x"},
        {"2.0.0-rc.1", "2.0.0-rc.1", "https://charts.example/abs/shop-rc.tgz?token=x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct registry_chart c;
        CHECK_OK(registry_index_find(a, span_of(index_text), BASE, "shop", rows[i].range, &c));
        CHECK_STR(c.version, rows[i].version);
        CHECK_STR(c.url, rows[i].url);
        CHECK_INT(c.deprecated, streq(rows[i].version, "v1.10.0"));
    }
}

TEST(index_says_what_it_lacks)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct registry_chart c;
    CHECK_ERR(registry_index_find(a, span_of(index_text), BASE, "shop", "3.x", &c), ERR_NOT_FOUND,
              "chart \"shop\" version \"3.x\" not found in " BASE " repository");
    CHECK_ERR(registry_index_find(a, span_of(index_text), BASE, "nosuch", "", &c), ERR_NOT_FOUND,
              "chart \"nosuch\" not found in " BASE " repository");
    CHECK_ERR(registry_index_find(a, span_of(index_text), BASE, "shop", "1.0.0+build.1", &c), ERR_NOT_FOUND,
              "has no downloadable URLs");
    CHECK_ERR(registry_index_find(a, span_of(index_text), BASE, "shop", "not a range", &c), ERR_INVALID,
              "improper constraint");
    CHECK_ERR(registry_index_find(a, span_of(""), BASE, "shop", "", &c), ERR_INVALID,
              "empty index.yaml file");
    CHECK_ERR(registry_index_find(a, span_of("entries: {}\n"), BASE, "shop", "", &c), ERR_INVALID,
              "no API version specified");
    CHECK_ERR(registry_index_find(a, span_of("<html>\n <p>: x: y"), BASE, "shop", "", &c), ERR_INVALID,
              "error loading the index");
}

/* Whatever the form, the answer is the same: JSON, flow style, keys that look odd, anchors between charts. */
TEST(index_is_read_in_any_form)
{
    static const char *const forms[] = {
        "{\"apiVersion\":\"v1\",\"entries\":{\"shop\":[{\"name\":\"shop\",\"version\":\"1.0.0\",\"urls\":["
        "\"a.tgz\"]}]}}",
        "apiVersion: v1\nentries: {shop: [{name: shop, version: 1.0.0, urls: [a.tgz]}]}\n",
        "entries:\n    'shop':\n        - {name: shop, version: 1.0.0, urls: [a.tgz]}\napiVersion: v1\n",
        "apiVersion: v1\r\nentries:\r\n  shop:\r\n  - name: shop\r\n    version: 1.0.0\r\n    urls: "
        "[a.tgz]\r\n",
        "apiVersion: v1\nentries:\n  a:\n  - &x {name: shop, version: 1.0.0, urls: [a.tgz]}\n  shop:\n  - "
        "*x\n",
        "apiVersion: v1\nentries:\n  # shop:\n  shop-more:\n  - {name: shop-more, version: 2.0.0}\n  shop: "
        "[{name: shop, version: "
        "1.0.0, urls: [a.tgz]}]\n",
        "apiVersion: v1\nentries:\n  a:\n  - name: a\n    description: |\n      shop:\n      - x\n    "
        "version: 1.0.0\n  shop:\n\n  - "
        "name: shop\n    version: 1.0.0\n    urls:\n    - a.tgz",
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct registry_chart c;
        CHECK_OK(registry_index_find(a, span_of(forms[i]), "http://x", "shop", "1.0.0", &c));
        CHECK_STR(c.url, "http://x/a.tgz");
    }
}

TEST(index_lists_versions_newest_first)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct registry_versions v;
    CHECK_OK(registry_index_list(a, span_of(index_text), BASE, "shop", &v));
    CHECK_INT(v.len, 4);
    CHECK_STR(v.at[0], "2.0.0-rc.1");
    CHECK_STR(v.at[1], "v1.10.0");
    CHECK_STR(v.at[3], "1.0.0+build.1");
}

TEST(large_indexes_cost_a_scan)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str s = {0};
    struct registry_chart c;
    str_add(&s, "apiVersion: v1\nentries:\n");
    for (int i = 0; i < 300000; i++)
        str_printf(&s,
                   "  chart-%d:\n  - name: chart-%d\n    version: 1.0.%d\n    description: words and words "
                   "and words\n"
                   "    urls:\n    - https://example.org/charts/chart-%d.tgz\n",
                   i, i, i, i);
    CHECK(s.len > 35u << 20);
    CHECK_OK(registry_index_find(a, str_span(&s), "http://x", "chart-299999", "", &c));
    CHECK_STR(c.version, "1.0.299999");
    CHECK(arena_used(a) < 1u << 20);
}

/* --- over HTTP --- */

struct fixture {
    struct script script;
    struct arena *arena;
    struct registry *registry;
    struct secret *password;
    struct call call;
    char url[64];
};

static void set_up(struct fixture *f, const struct row *rows, size_t n, struct registry_access access)
{
    script_start(&f->script, rows, n);
    f->arena = arena_new("test");
    f->password = secret_new("pass", 4);
    call_init(&f->call);
    snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%d/repo", f->script.port);
    access.proxy = "";
    if (access.username)
        access.password = f->password;
    CHECK_OK(registry_open(f->url, &access, &f->registry));
}

static void tear_down(struct fixture *f)
{
    script_release(&f->script);
    registry_close(f->registry);
    secret_unref(f->password);
    arena_free(f->arena);
}

#define BASIC "Basic dXNlcjpwYXNz"
#define INDEX(url, digest)                                                                                   \
    "apiVersion: v1\nentries:\n  shop:\n  - name: shop\n    version: 1.0.0\n    urls: [\"" url               \
    "\"]\n    digest: \"" digest "\"\n"

static const char *archive_sha(struct arena *a)
{
    struct crypto_digest d;
    crypto_digest(CRYPTO_SHA256, span_of("archive"), &d);
    return arena_strdup(a, d.hex);
}

TEST(charts_are_fetched_with_the_password)
{
    static const struct row rows[] = {
        {.path = "/repo/index.yaml", .with = BASIC, .status = 200, .body = INDEX("charts/shop.tgz", "")},
        {.path = "/repo/charts/shop.tgz", .with = BASIC, .status = 200, .body = "archive"},
        {.path = "/", .status = 401, .headers = "WWW-Authenticate: Basic realm=x\r\n"},
    };
    struct fixture f;
    struct registry_chart c;
    struct registry_archive archive;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){.username = "user"});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "", f.arena, &c));
    CHECK_STR(c.version, "1.0.0");
    CHECK_OK(registry_fetch(&f.call, f.registry, &c, f.arena, &archive));
    CHECK(span_is(archive.bytes, "archive"));
    CHECK_STR(archive.digest, arena_printf(f.arena, "sha256:%s", archive_sha(f.arena)));
    script_stop(&f.script);
    tear_down(&f);
}

TEST(a_refused_password_is_said)
{
    static const struct row rows[] = {{.path = "/", .status = 401}};
    struct fixture f;
    struct registry_chart c;
    set_up(&f, rows, 1, (struct registry_access){0});
    CHECK_ERR(registry_resolve(&f.call, f.registry, "shop", "", f.arena, &c), ERR_UNAUTHENTICATED,
              "is not a valid chart repository or cannot be reached: failed to fetch http://127.0.0.1:");
    script_stop(&f.script);
    CHECK(!strstr(str_text(&f.script.log), "Authorization"));
    tear_down(&f);
}

/* The archive lies on another port: another origin. */
static void fetch_elsewhere(bool pass, bool redirected, const char *expect)
{
    static const struct row there[] = {{.path = "/x.tgz", .status = 200, .body = "archive"}};
    struct script other;
    struct fixture f;
    struct registry_chart c;
    struct registry_archive archive;
    script_start(&other, there, 1);
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *away = arena_printf(a, "http://127.0.0.1:%d/x.tgz", other.port);
    struct row rows[] = {
        {.path = "/repo/index.yaml",
         .status = 200,
         .body = arena_printf(
             a, "apiVersion: v1\nentries:\n  shop:\n  - name: shop\n    version: 1.0.0\n    urls: [\"%s\"]\n",
             redirected ? "x.tgz" : away)},
        {.path = "/repo/x.tgz", .status = 302, .headers = arena_printf(a, "Location: %s\r\n", away)},
    };
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){.username = "user", .pass_credentials = pass});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "1.0.0", f.arena, &c));
    CHECK_OK(registry_fetch(&f.call, f.registry, &c, f.arena, &archive));
    script_stop(&other);
    script_stop(&f.script);
    CHECK(strstr(str_text(&f.script.log), BASIC));
    CHECKF(!strstr(str_text(&other.log), "Authorization") == !*expect, "asked with: %s",
           str_text(&other.log));
    script_release(&other);
    tear_down(&f);
}

TEST(other_hosts_get_no_password)
{
    fetch_elsewhere(false, false, "");
}

TEST(other_hosts_get_it_with_pass_credentials)
{
    fetch_elsewhere(true, false, BASIC);
}

TEST(redirects_get_no_password_ever)
{
    fetch_elsewhere(true, true, "");
}

TEST(digests_of_the_index_are_checked)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (int wrong = 0; wrong < 2; wrong++) {
        const char *sha = archive_sha(a);
        struct row rows[] = {
            {.path = "/repo/index.yaml",
             .status = 200,
             .body = arena_printf(a,
                                  "apiVersion: v1\nentries:\n  shop:\n  - name: shop\n    version: 1.0.0\n   "
                                  " urls: [a.tgz]\n    "
                                  "digest: %.63s%c\n",
                                  sha, wrong ? (sha[63] == '0' ? '1' : '0') : sha[63])},
            {.path = "/repo/a.tgz", .status = 200, .body = "archive"},
        };
        struct fixture f;
        struct registry_chart c;
        struct registry_archive archive;
        set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
        CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "", f.arena, &c));
        if (wrong)
            CHECK_ERR(registry_fetch(&f.call, f.registry, &c, f.arena, &archive), ERR_DATA_LOSS,
                      "/repo/a.tgz: the digest is sha256:");
        else
            CHECK_OK(registry_fetch(&f.call, f.registry, &c, f.arena, &archive));
        script_stop(&f.script);
        tear_down(&f);
    }
}

TEST(an_unchanged_index_is_not_sent_again)
{
    static const struct row rows[] = {
        {.path = "/repo/index.yaml",
         .with = "If-None-Match: \"e1\"",
         .status = 304,
         .headers = "ETag: \"e1\"\r\n"},
        {.path = "/repo/index.yaml", .with = "If-Modified-Since: then", .status = 304},
        {.path = "/repo/index.yaml",
         .status = 200,
         .headers = "ETag: \"e1\"\r\nLast-Modified: then\r\n",
         .body = index_text},
    };
    struct fixture f;
    struct registry_index first, again;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
    CHECK_OK(registry_index_fetch(&f.call, f.registry, NULL, f.arena, &first));
    CHECK_STR(first.etag, "\"e1\"");
    CHECK(span_is(first.text, index_text) && !first.unchanged);
    CHECK_OK(registry_index_fetch(&f.call, f.registry, &first, f.arena, &again));
    CHECK(again.unchanged && !again.text.len);
    CHECK_STR(again.etag, "\"e1\"");
    first.etag = "";
    CHECK_OK(registry_index_fetch(&f.call, f.registry, &first, f.arena, &again));
    CHECK(again.unchanged);
    CHECK_STR(again.modified, "then");
    script_stop(&f.script);
    tear_down(&f);
}

TEST(what_is_too_large_or_endless_or_silent_ends)
{
    static const struct row rows[] = {
        {.path = "/repo/index.yaml", .with = "capstan", .status = 200, .body = index_text},
        {.path = "/loop", .status = 302, .headers = "Location: /loop\r\n"},
        {.path = "/silent", .silent = true},
    };
    struct fixture f;
    struct registry_chart c = {.name = "x", .version = "1", .digest = ""};
    struct registry_archive archive;
    set_up(&f, rows, ARRAY_LEN(rows),
           (struct registry_access){.limits = {.index_bytes = 100, .archive_bytes = 100}});
    CHECK_ERR(registry_resolve(&f.call, f.registry, "shop", "", f.arena, &c), ERR_EXHAUSTED,
              "longer than 100 bytes");
    c = (struct registry_chart){.name = "x", .version = "1", .digest = ""};
    c.url = arena_printf(f.arena, "http://127.0.0.1:%d/repo/index.yaml", f.script.port);
    CHECK_ERR(registry_fetch(&f.call, f.registry, &c, f.arena, &archive), ERR_EXHAUSTED,
              "longer than 100 bytes");
    c.url = arena_printf(f.arena, "http://127.0.0.1:%d/loop", f.script.port);
    CHECK_ERR(registry_fetch(&f.call, f.registry, &c, f.arena, &archive), ERR_UNAVAILABLE, "failed to fetch");
    struct call soon;
    call_child(&soon, &f.call, 200);
    c.url = arena_printf(f.arena, "http://127.0.0.1:%d/silent", f.script.port);
    CHECK_ERR(registry_fetch(&soon, f.registry, &c, f.arena, &archive), ERR_DEADLINE, "");
    script_stop(&f.script);
    CHECK(f.script.requests <= 3 + 11);
    tear_down(&f);
}

TEST(archives_are_not_unpacked_on_the_way)
{
    static const char gzip[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x04\0\x43\xbe\xb7\xe8\x01\0\0\0"; /* "a" */
    static const struct row rows[] = {{.path = "/repo/a.tgz",
                                       .status = 200,
                                       .headers = "Content-Encoding: gzip\r\n",
                                       .body = gzip,
                                       .len = sizeof(gzip) - 1}};
    struct fixture f;
    struct registry_archive archive;
    set_up(&f, rows, 1, (struct registry_access){0});
    struct registry_chart c = {
        .name = "x", .version = "1", .digest = "", .url = arena_printf(f.arena, "%s/a.tgz", f.url)};
    CHECK_OK(registry_fetch(&f.call, f.registry, &c, f.arena, &archive));
    CHECK_INT(archive.bytes.len, sizeof(gzip) - 1);
    script_stop(&f.script);
    tear_down(&f);
}

TEST(urls_that_are_no_repository_are_refused)
{
    struct registry *r;
    CHECK_ERR(registry_open("ftp://x/y", NULL, &r), ERR_INVALID, "could not find protocol handler for: ftp");
    CHECK_ERR(registry_open("nonsense", NULL, &r), ERR_INVALID, "");
    CHECK_ERR(registry_open("oci://host", NULL, &r), ERR_INVALID, "missing registry or repository");
}

TEST_MAIN
