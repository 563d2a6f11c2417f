/* OCI registries: references, the token dance, tags, manifests, layers, and registries that lie. */
#include "crypto/digest.h"
#include "doc/doc.h"
#include "registry/registry.h"
#include "script.h"

TEST(references_are_read_and_refused)
{
    static const struct {
        const char *text, *host, *repository, *tag,
            *digest; /* host NULL = refused, with `repository` in the message */
    } rows[] = {
        {"oci://ghcr.io/org/chart", "ghcr.io", "org/chart", "", ""},
        {"localhost:5000/a:1.2.3+b", "localhost:5000", "a", "1.2.3_b", ""},
        {"h/a_b/c__d/e-f--g/h.i", "h", "a_b/c__d/e-f--g/h.i", "", ""},
        {"[::1]:5000/a:x", "[::1]:5000", "a", "x", ""},
        {"h/a@sha256:0123456789012345678901234567890123456789012345678901234567890123", "h", "a", "",
         "sha256:0123456789012345678901234567890123456789012345678901234567890123"},
        {"h/a:t@sha256:0123456789012345678901234567890123456789012345678901234567890123", "h", "a", "t",
         "sha256:0123456789012345678901234567890123456789012345678901234567890123"},
        {"host", NULL, "missing registry or repository"},
        {"host/", NULL, "missing registry or repository"},
        {"/a", NULL, "missing registry or repository"},
        {"h/A", NULL, "invalid repository"},
        {"h/a//b", NULL, "invalid repository"},
        {"h/a/../b", NULL, "invalid repository"},
        {"h/a..b", NULL, "invalid repository"},
        {"h/a___b", NULL, "invalid repository"},
        {"h/-a", NULL, "invalid repository"},
        {"h/a/", NULL, "invalid repository"},
        {"h/a:-t", NULL, "invalid tag"},
        {"h/a:", NULL, "invalid tag"},
        {"h/a:t?x", NULL, "invalid tag"},
        {"h/a@sha256:12", NULL, "invalid digest"},
        {"h/a@md5:12", NULL, "invalid digest"},
        {"h o/a", NULL, "invalid registry"},
        {"u@h/a", NULL, "invalid registry"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct registry_reference r;
        if (!rows[i].host) {
            CHECK_ERR(registry_reference_parse(a, rows[i].text, &r), ERR_INVALID, rows[i].repository);
            continue;
        }
        CHECK_OK(registry_reference_parse(a, rows[i].text, &r));
        CHECK_STR(r.host, rows[i].host);
        CHECK_STR(r.repository, rows[i].repository);
        CHECK_STR(r.tag, rows[i].tag);
        CHECK_STR(r.digest, rows[i].digest);
    }
}

TEST(challenges_are_read)
{
    static const struct {
        const char *header;
        bool basic, bearer;
        const char *realm, *service, *scope;
    } rows[] = {
        {"Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:x:pull,push\"", false, true,
         "https://a/t", "s", "repository:x:pull,push"},
        {"bearer REALM=https://a/t , service = \"q\\\"q\"", false, true, "https://a/t", "q\"q", ""},
        {"Basic realm=\"x, Bearer realm=y\"", true, false, "", "", ""},
        {"Basic realm=\"x\", Bearer realm=\"https://y\"", true, true, "https://y", "", ""},
        {"Negotiate, Basic", true, false, "", "", ""},
        {"Negotiate YII==, Bearer realm=\"https://z\"", false, true, "https://z", "", ""},
        {"Bearer realm=\"unended", false, true, "", "", ""},
        {"Bearer", false, true, "", "", ""},
        {"=", false, false, "", "", ""},
        {"", false, false, "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(arena_freep) struct arena *a = arena_new("test");
        struct registry_challenge c = {.realm = "", .service = "", .scope = ""};
        registry_challenge_read(a, rows[i].header, &c);
        CHECKF(c.basic == rows[i].basic && c.bearer == rows[i].bearer, "%s", rows[i].header);
        CHECK_STR(c.realm, rows[i].realm);
        CHECK_STR(c.service, rows[i].service);
        CHECK_STR(c.scope, rows[i].scope);
    }
}

/* --- a scripted registry --- */

struct fixture {
    struct script script;
    struct arena *arena;
    struct registry *registry;
    struct secret *password;
    struct call call;
    const char *host;
};

static void set_up(struct fixture *f, const struct row *rows, size_t n, struct registry_access access)
{
    script_start(&f->script, rows, n);
    f->arena = arena_new("test");
    f->password = secret_new("pass", 4);
    call_init(&f->call);
    f->host = arena_printf(f->arena, "127.0.0.1:%d", f->script.port);
    access.proxy = "";
    access.plain_http = true;
    if (access.username)
        access.password = f->password;
    CHECK_OK(registry_open(arena_printf(f->arena, "oci://%s/org", f->host), &access, &f->registry));
}

static void tear_down(struct fixture *f)
{
    script_stop(&f->script);
    script_release(&f->script);
    registry_close(f->registry);
    secret_unref(f->password);
    arena_free(f->arena);
}

static const char *sha(struct arena *a, const char *text)
{
    struct crypto_digest d;
    crypto_digest(CRYPTO_SHA256, span_of(text), &d);
    return arena_printf(a, "sha256:%s", d.hex);
}

#define CHALLENGE "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:{PORT}/token\",service=\"reg\"\r\n"
#define TAGS                                                                                                 \
    "{\"name\":\"org/"                                                                                       \
    "shop\",\"tags\":[\"1.0.0\",\"latest\",\"2.0.0-rc.1\",\"1.10.0_b1\",\"v3.0.0\",\"1.2\"]}"

TEST(a_token_is_asked_for_and_used)
{
    static const struct row rows[] = {
        {.path = "/token?service=reg&scope=repository%3Aorg%2Fshop%3Apull",
         .with = "Basic dXNlcjpwYXNz",
         .status = 200,
         .body = "{\"token\":\"tok\"}"},
        {.path = "/v2/org/shop/tags/list", .with = "Bearer tok", .status = 200, .body = TAGS},
        {.path = "/v2/", .status = 401, .headers = CHALLENGE},
    };
    struct fixture f;
    struct registry_chart c;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){.username = "user"});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "", f.arena, &c));
    CHECK_STR(c.version, "1.10.0+b1");
    CHECK_STR(c.url, arena_printf(f.arena, "oci://%s/org/shop:1.10.0+b1", f.host));
    CHECK_INT(f.script.requests, 3);
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "^1.0.0", f.arena, &c)); /* the token is kept */
    CHECK_INT(f.script.requests, 4);
    CHECK(!strstr(strstr(str_text(&f.script.log), "GET /v2/"),
                  "GET /v2/org/shop/tags/list HTTP/1.1\r\nAuthorization: Basic"));
    tear_down(&f);
}

TEST(basic_authentication_when_asked_for)
{
    static const struct row rows[] = {
        {.path = "/v2/org/shop/tags/list", .with = "Basic dXNlcjpwYXNz", .status = 200, .body = TAGS},
        {.path = "/v2/", .status = 401, .headers = "WWW-Authenticate: Basic realm=\"x\"\r\n"},
    };
    struct fixture f;
    struct registry_chart c;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){.username = "user"});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "1.0.x", f.arena, &c));
    CHECK_STR(c.version, "1.0.0");
    tear_down(&f);
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
    CHECK_ERR(registry_resolve(&f.call, f.registry, "shop", "1.0.x", f.arena, &c), ERR_UNAUTHENTICATED,
              "basic credential not found");
    tear_down(&f);
}

/* A token server that answers with what is no token, or with none that works. */
TEST(token_servers_that_lie_end_in_an_error)
{
    static const struct {
        int status;
        const char *body, *say;
        enum err_code code;
    } rows[] = {
        {200, "<html>", "the token server's answer is no JSON", ERR_INVALID},
        {200, "{}", "holds no usable token", ERR_UNAUTHENTICATED},
        {200, "{\"token\":\"a\\r\\nX: y\"}", "holds no usable token", ERR_UNAUTHENTICATED},
        {200, "{\"token\":7}", "holds no usable token", ERR_UNAUTHENTICATED},
        {200, "{\"token\":\"useless\"}", "response status code 401: Unauthorized", ERR_UNAUTHENTICATED},
        {401, "no", "answered 401 Unauthorized", ERR_UNAUTHENTICATED},
        {500, "no", "answered 500", ERR_UNAVAILABLE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct row script[] = {{.path = "/token", .status = rows[i].status, .body = rows[i].body},
                               {.path = "/v2/", .status = 401, .headers = CHALLENGE}};
        struct fixture f;
        struct registry_chart c;
        set_up(&f, script, ARRAY_LEN(script), (struct registry_access){.username = "user"});
        CHECK_ERR(registry_resolve(&f.call, f.registry, "shop", "1.x", f.arena, &c), rows[i].code,
                  rows[i].say);
        CHECK(f.script.requests <= 3);
        tear_down(&f);
    }
}

TEST(refusals_are_the_registrys_words)
{
    static const struct row rows[] = {
        {.path = "/v2/org/shop/tags/list",
         .status = 404,
         .body = "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"repository name not known to "
                 "registry\"}]}"},
        {.path = "/v2/org/closed/tags/list", .status = 403},
        {.path = "/v2/org/broken/tags/list", .status = 200, .body = "{"},
    };
    struct fixture f;
    struct registry_chart c;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
    CHECK_ERR(registry_resolve(&f.call, f.registry, "shop", "1.x", f.arena, &c), ERR_NOT_FOUND,
              "response status code 404: name unknown: repository name not known to registry");
    CHECK_ERR(registry_resolve(&f.call, f.registry, "closed", "1.x", f.arena, &c), ERR_DENIED,
              "403: Forbidden");
    CHECK_ERR(registry_resolve(&f.call, f.registry, "broken", "1.x", f.arena, &c), ERR_INVALID,
              "the list of tags");
    CHECK_ERR(registry_resolve(&f.call, f.registry, "sh op", "1.x", f.arena, &c), ERR_INVALID,
              "invalid repository");
    tear_down(&f);
}

TEST(an_exact_version_needs_no_question)
{
    struct fixture f;
    struct registry_chart c;
    set_up(&f, NULL, 0, (struct registry_access){0});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "1.2.3+b", f.arena, &c));
    CHECK_STR(c.version, "1.2.3+b");
    CHECK_STR(c.name, "shop");
    CHECK_INT(f.script.requests, 0);
    tear_down(&f);
}

TEST(tags_come_in_pages)
{
    static const struct row rows[] = {
        {.path = "/v2/org/tags/list?last=b", .status = 200, .body = "{\"tags\":[\"3.0.0\"]}"},
        {.path = "/v2/org/tags/list",
         .status = 200,
         .headers = "Link: </v2/org/tags/list?last=b&n=2>; rel=\"next\"\r\n",
         .body = "{\"tags\":[\"1.0.0\",\"b\"]}"},
    };
    struct fixture f;
    struct registry_versions tags;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
    CHECK_OK(registry_tags(&f.call, f.registry, f.arena, &tags));
    CHECK_INT(tags.len, 3);
    CHECK_STR(tags.at[2], "3.0.0");
    tear_down(&f);
}

TEST(pages_without_end_and_elsewhere_are_refused)
{
    static const struct row endless[] = {{.path = "/v2/",
                                          .status = 200,
                                          .headers = "Link: </v2/org/tags/list>; rel=\"next\"\r\n",
                                          .body = "{\"tags\":[\"1.0.0\",\"b\"]}"}};
    static const struct row away[] = {
        {.path = "/v2/",
         .status = 200,
         .headers = "Link: <http://other.example/v2/org/tags/list>; rel=\"next\"\r\n",
         .body = "{\"tags\":[]}"}};
    struct fixture f;
    struct registry_versions tags;
    set_up(&f, endless, 1, (struct registry_access){.limits = {.tags = 20}});
    CHECK_ERR(registry_tags(&f.call, f.registry, f.arena, &tags), ERR_EXHAUSTED, "more than 20 tags");
    tear_down(&f);
    set_up(&f, away, 1, (struct registry_access){0});
    CHECK_ERR(registry_tags(&f.call, f.registry, f.arena, &tags), ERR_DENIED, "on another server");
    tear_down(&f);
}

/* --- manifests --- */

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define HELM_LAYER "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#define PROVENANCE "application/vnd.cncf.helm.chart.provenance.v1.prov"
#define HELM_CONFIG "application/vnd.cncf.helm.config.v1+json"

static const char *descriptor(struct arena *a, const char *type, const char *digest, size_t size)
{
    return arena_printf(a, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}", type, digest, size);
}

static const char *manifest(struct arena *a, const char *config_type, const char *layers)
{
    return arena_printf(
        a, "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"config\":%s,\"layers\":[%s]}",
        descriptor(a, config_type, sha(a, "{}"), 2), layers);
}

/* Fetches chart shop:1.0.0 from a registry with that manifest whose only layer gives `blob`. */
static struct err *fetch(const char *text, const char *digest_said, const char *blob_digest, const char *blob,
                         bool redirect)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct row rows[] = {
        {.path = "/v2/org/shop/manifests/1.0.0",
         .with = "Accept: application/vnd.oci.image.manifest.v1+json",
         .status = 200,
         .headers = arena_printf(a, "Content-Type: " OCI_MANIFEST "\r\n%s%s%s",
                                 digest_said ? "Docker-Content-Digest: " : "", digest_said ? digest_said : "",
                                 digest_said ? "\r\n" : ""),
         .body = text},
        {.path = arena_printf(a, "/v2/org/shop/blobs/%s", blob_digest),
         .status = redirect ? 307 : 200,
         .headers = redirect ? "Location: http://localhost:{PORT}/store\r\n" : NULL,
         .body = blob},
        {.path = "/store", .without = "Authorization", .status = 200, .body = blob},
    };
    struct fixture f;
    struct registry_chart c;
    struct registry_archive archive = {0};
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){.username = "user"});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "1.0.0", f.arena, &c));
    struct err *bad = registry_fetch(&f.call, f.registry, &c, f.arena, &archive);
    if (!bad) {
        CHECK(span_is(archive.bytes, blob));
        CHECK_STR(archive.digest, blob_digest);
        CHECK_STR(archive.media_type, HELM_LAYER);
    }
    tear_down(&f);
    return bad;
}

TEST(charts_are_fetched_and_checked)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *layer = sha(a, "chart"), *other = sha(a, "other");
    const char *layers =
        arena_printf(a, "%s,%s", descriptor(a, PROVENANCE, other, 5), descriptor(a, HELM_LAYER, layer, 5));
    const char *good = manifest(a, HELM_CONFIG, layers);
    CHECK_OK(fetch(good, NULL, layer, "chart", false));
    CHECK_OK(fetch(good, sha(a, good), layer, "chart", false));
    CHECK_OK(fetch(good, NULL, layer, "chart", true));
    CHECK_ERR(fetch(good, other, layer, "chart", false), ERR_DATA_LOSS, "the digest is sha256:");
    CHECK_ERR(fetch(good, NULL, layer, "chars", false), ERR_DATA_LOSS, "the digest is sha256:");
    CHECK_ERR(fetch(good, NULL, layer, "chart and more", false), ERR_EXHAUSTED, "longer than 5 bytes");
    CHECK_ERR(fetch(manifest(a, "application/x", layers), NULL, layer, "chart", false), ERR_INVALID,
              "could not load config with mediatype " HELM_CONFIG);
    CHECK_ERR(fetch(manifest(a, HELM_CONFIG, ""), NULL, layer, "chart", false), ERR_INVALID,
              "manifest does not contain a layer with mediatype " HELM_LAYER);
    CHECK_ERR(fetch(manifest(a, HELM_CONFIG, descriptor(a, HELM_LAYER, layer, 1ULL << 40)), NULL, layer,
                    "chart", false),
              ERR_EXHAUSTED, "more than 134217728");
    CHECK_ERR(fetch(manifest(a, HELM_CONFIG, descriptor(a, HELM_LAYER, "sha256:../../x", 4)), NULL, layer,
                    "chart", false),
              ERR_INVALID, "which is no digest");
    CHECK_ERR(fetch("[]", NULL, layer, "chart", false), ERR_INVALID, "no JSON object");
}

TEST(an_absent_chart_is_not_found)
{
    struct fixture f;
    struct registry_chart c;
    struct registry_archive archive;
    set_up(&f, NULL, 0, (struct registry_access){0});
    CHECK_OK(registry_resolve(&f.call, f.registry, "shop", "1.0.0", f.arena, &c));
    CHECK_ERR(registry_fetch(&f.call, f.registry, &c, f.arena, &archive), ERR_NOT_FOUND,
              arena_printf(f.arena, "%s/org/shop:1.0.0: not found", f.host));
    tear_down(&f);
}

TEST(an_image_index_leads_to_its_image)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *image =
        manifest(a, "application/vnd.oci.empty.v1+json",
                 descriptor(a, "application/vnd.oci.image.layer.v1.tar+gzip", sha(a, "layer"), 5));
    const char *index = arena_printf(
        a,
        "{\"mediaType\":\"application/"
        "vnd.oci.image.index.v1+json\",\"manifests\":[{\"digest\":\"%s\",\"size\":1,\"annotations\":{"
        "\"vnd.docker.reference.type\":\"attestation-manifest\"}},%s]}",
        sha(a, "x"), descriptor(a, OCI_MANIFEST, sha(a, image), strlen(image)));
    struct row rows[] = {
        {.path = "/v2/org/tags/list", .status = 200, .body = TAGS},
        {.path = "/v2/org/manifests/1.10.0_b1", .status = 200, .body = index},
        {.path = "/v2/org/manifests/loop",
         .status = 200,
         .body =
             arena_printf(a, "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[%s]}",
                          descriptor(a, OCI_MANIFEST, sha(a, index), 1))},
        {.path = arena_printf(a, "/v2/org/manifests/%s", sha(a, index)), .status = 200, .body = index},
        {.path = arena_printf(a, "/v2/org/manifests/%s", sha(a, image)), .status = 200, .body = image},
        {.path = arena_printf(a, "/v2/org/blobs/%s", sha(a, "layer")), .status = 200, .body = "layer"},
    };
    struct fixture f;
    struct registry_manifest m;
    struct registry_descriptor layer;
    struct registry_archive archive;
    const char *digest;
    set_up(&f, rows, ARRAY_LEN(rows), (struct registry_access){0});
    CHECK_OK(registry_artifact_resolve(&f.call, f.registry, ">=1.5 <2.0.0", f.arena, &digest));
    CHECK_STR(digest, sha(a, index));
    CHECK_OK(registry_manifest_fetch(&f.call, f.registry, digest, f.arena, &m));
    CHECK_STR(m.digest, sha(a, image));
    CHECK_OK(registry_artifact_layer(&m, NULL, 0, &layer));
    CHECK_OK(registry_blob_fetch(&f.call, f.registry, &layer, f.arena, &archive));
    CHECK(span_is(archive.bytes, "layer"));
    CHECK_OK(registry_manifest_fetch(&f.call, f.registry, "loop", f.arena, &m));
    CHECK_ERR(registry_artifact_resolve(&f.call, f.registry, "^9.0", f.arena, &digest), ERR_NOT_FOUND,
              "no version for constraints");
    CHECK_ERR(registry_artifact_resolve(&f.call, f.registry, "absent", f.arena, &digest), ERR_NOT_FOUND,
              "cannot get digest for revision absent");
    CHECK_OK(registry_artifact_resolve(&f.call, f.registry, sha(a, "q"), f.arena, &digest));
    CHECK_STR(digest, sha(a, "q"));
    tear_down(&f);
}

TEST(artifacts_have_one_content_layer)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    const char *digest = sha(a, "x");
    const char *tar = descriptor(a, "application/vnd.oci.image.layer.v1.tar", digest, 1);
    const char *odd = descriptor(a, "application/x-tar", digest, 1),
               *sign = descriptor(a, "application/json", digest, 1);
    static const char *const allowed[] = {"application/x-tar"};
    struct registry_descriptor out;
    struct registry_manifest m;
    const struct {
        const char *layers;
        bool own;
        const char *say; /* NULL = good */
    } rows[] = {
        {arena_printf(a, "%s,%s", sign, tar), false, NULL},
        {odd, true, NULL},
        {tar, true,
         "oci layer media type application/vnd.oci.image.layer.v1.tar is not in the list of allowed media "
         "types"},
        {arena_printf(a, "%s,%s", tar, tar), false, "expected only a single oci content layer, got 2"},
        {sign, false, "expected only a single oci content layer, got 0"},
        {arena_printf(a, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", sign, sign, sign, sign, sign, sign, sign, sign,
                      sign, sign, tar),
         false, "expected no more than 10 oci layers, got 11"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_OK(registry_manifest_parse(a, span_of(manifest(a, "application/x", rows[i].layers)),
                                         OCI_MANIFEST, &m));
        struct err *e = registry_artifact_layer(&m, rows[i].own ? allowed : NULL, rows[i].own ? 1 : 0, &out);
        if (rows[i].say)
            CHECK_ERR(e, ERR_INVALID, rows[i].say);
        else
            CHECK_OK(e);
    }
}

TEST_MAIN
