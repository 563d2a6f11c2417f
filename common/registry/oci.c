/* registry/oci - the distribution API: tags, manifests and blobs, each bounded and checked (OCI
 * distribution 1.1).
 *
 * A registry is not trusted: what it says that a digest is, is hashed; where it says that the next page is,
 * must be itself; how much there is, is counted. */
#include "base/vec.h"
#include "doc/json.h"
#include "registry/private.h"
#include "text/semver.h"

#include <stdlib.h>
#include <strings.h>

#define HELM_CONFIG "application/vnd.cncf.helm.config.v1+json"
#define HELM_CHART "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#define HELM_CHART_OLD "application/tar+gzip"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"

enum { LAYERS_MAX = 10, PAGES_MAX = 1000, TAGS_PAGE_MAX = 16 << 20, MANIFEST_DEPTH = 40, INDEX_HOPS = 3 };

static const char *scope_of(struct arena *a, const char *repository)
{
    return arena_printf(a, "repository:%s:pull", repository);
}

static const char *api_url(struct registry *r, struct arena *a, const char *repository, const char *what)
{
    struct net_url u = r->parsed;
    u.path = arena_printf(a, "/v2/%s/%s", repository, what);
    return net_url_text(a, &u, false);
}

/* --- tags --- */

/* The target of a Link header with rel="next": NULL when there is none. */
static const char *next_link(struct arena *a, const struct net_response *answer)
{
    const char *link = net_pairs_get(&answer->headers, "Link");
    const char *open = link ? strchr(link, '<') : NULL, *close = open ? strchr(open, '>') : NULL;
    if (!close || !strstr(close, "next"))
        return NULL;
    return arena_strndup(a, open + 1, (size_t)(close - open - 1));
}

struct tags {
    const char **at;
    size_t len, cap;
};

static struct err *add_page(struct registry *r, struct arena *a, struct span body, struct tags *out)
{
    struct doc *d = NULL;
    struct limits limits = {.bytes = TAGS_PAGE_MAX, .depth = MANIFEST_DEPTH};
    TRYF(json_read(a, body, &limits, &d), "the list of tags");
    doc_each (it, doc_get(d, "tags")) {
        if (out->len == r->access.limits.tags)
            return err_reason(ERR_EXHAUSTED, "TooManyTags", "the repository has more than %zu tags",
                              r->access.limits.tags);
        if (doc_is(it.val, DOC_STR))
            vec_push(out, doc_str(it.val, ""));
    }
    return NULL;
}

static struct err *read_tags(const struct call *call, struct registry *r, const char *repository,
                             struct arena *a, struct tags *out)
{
    struct net_url at;
    const char *url = api_url(r, a, repository, "tags/list"), *link;
    for (size_t page = 0; url; page++) {
        struct net_response answer;
        struct registry_ask ask = {.url = url, .scope = scope_of(a, repository), .max = TAGS_PAGE_MAX};
        if (page == PAGES_MAX)
            return err_reason(ERR_EXHAUSTED, "TooManyTags", "the list of tags has more than %d pages",
                              PAGES_MAX);
        TRY(registry_get_oci(call, r, &ask, a, &answer));
        TRYF(add_page(r, a, answer.body, out), "GET \"%s\"", url);
        link = next_link(a, &answer);
        TRY(net_url_parse(a, url, &at));
        if (link) {
            struct net_url base = at;
            TRYF(net_url_resolve(a, &base, link, &at), "GET \"%s\": the next page", url);
            if (!net_url_same_origin(&at, &r->parsed))
                return err_new(ERR_DENIED, "GET \"%s\": the next page is on another server, %s", url,
                               net_url_text(a, &at, false));
        }
        url = link ? net_url_text(a, &at, false) : NULL;
    }
    return NULL;
}

static struct err *list_tags(const struct call *call, struct registry *r, const char *repository,
                             struct arena *a, struct registry_versions *out)
{
    struct tags tags = {0};
    struct err *bad = read_tags(call, r, repository, a, &tags);
    out->at = NEW_N(a, const char *, tags.len + 1);
    out->len = tags.len;
    if (tags.len)
        memcpy(out->at, tags.at, tags.len * sizeof(*out->at));
    vec_release(&tags);
    return bad;
}

struct err *registry_tags(const struct call *call, struct registry *r, struct arena *a,
                          struct registry_versions *out)
{
    return list_tags(call, r, r->ref.repository, a, out);
}

static const char *with_plus(struct arena *a, const char *tag)
{
    char *s = arena_strdup(a, tag);
    for (char *p = s; *p; p++)
        *p = *p == '_' ? '+' : *p;
    return s;
}

/* Those tags that are versions, newest first; `strict`: in the exact form only, as Helm wants charts. */
static void versions_of(struct arena *a, const struct registry_versions *tags, bool strict,
                        struct registry_versions *out)
{
    const char **found = NEW_N(a, const char *, tags->len + 1);
    size_t n = 0, *order = NEW_N(a, size_t, tags->len + 1);
    for (size_t i = 0; i < tags->len; i++) {
        struct semver v;
        const char *text = with_plus(a, tags->at[i]);
        struct err *bad = strict ? semver_parse_strict(span_of(text), &v) : semver_parse(span_of(text), &v);
        if (!bad)
            found[n++] = text;
        err_free(bad);
    }
    registry_sort(a, found, n, order);
    out->at = NEW_N(a, const char *, n + 1);
    out->len = n;
    for (size_t i = 0; i < n; i++)
        out->at[i] = found[order[i]];
}

/* --- manifests --- */

static const char *bare_type(struct arena *a, const char *type)
{
    struct span s = span_trim((struct span){type, strcspn(type, ";")});
    return arena_strndup(a, s.at, s.len);
}

static bool is_index(const char *media_type)
{
    return streq(media_type, OCI_INDEX) || streq(media_type, DOCKER_INDEX);
}

static struct err *read_descriptor(const struct doc *d, struct registry_descriptor *out)
{
    *out = (struct registry_descriptor){doc_str(doc_get(d, "mediaType"), ""),
                                        doc_str(doc_get(d, "digest"), ""), doc_int(doc_get(d, "size"), -1)};
    if (!registry_is_digest(out->digest))
        return err_new(ERR_INVALID, "the manifest names \"%.200s\", which is no digest", out->digest);
    if (out->size < 0)
        return err_new(ERR_INVALID, "the manifest does not say the size of %s", out->digest);
    return NULL;
}

static struct err *read_document(struct arena *a, struct span text, struct doc **out)
{
    struct limits limits = {.depth = MANIFEST_DEPTH};
    TRYF(json_read(a, text, &limits, out), "the manifest");
    if (!doc_is(*out, DOC_MAP))
        return err_new(ERR_INVALID, "the manifest is no JSON object");
    return NULL;
}

struct err *registry_manifest_parse(struct arena *a, struct span text, const char *content_type,
                                    struct registry_manifest *out)
{
    struct doc *d;
    TRY(read_document(a, text, &d));
    const char *inside = doc_str(doc_get(d, "mediaType"), "");
    const struct doc *layers = doc_get(d, "layers");
    *out = (struct registry_manifest){.digest = registry_digest_of(a, text),
                                      .media_type = bare_type(a, *inside ? inside : content_type),
                                      .artifact_type = doc_str(doc_get(d, "artifactType"), ""),
                                      .doc = d};
    if (is_index(out->media_type) || doc_is(doc_get(d, "manifests"), DOC_LIST) || !doc_is(layers, DOC_LIST))
        return err_new(ERR_INVALID, "the manifest is no image manifest but \"%.200s\"", out->media_type);
    TRY(read_descriptor(doc_get(d, "config"), &out->config));
    out->layers = NEW_N(a, struct registry_descriptor, doc_len(layers) + 1);
    doc_each (it, layers)
        TRY(read_descriptor(it.val, &out->layers[out->layers_len++]));
    return NULL;
}

/* The first image of an index that is no attestation about another. */
static struct err *first_of_index(const struct doc *d, const char **digest)
{
    doc_each (it, doc_get(d, "manifests")) {
        struct registry_descriptor x;
        const struct doc *kind = doc_path(it.val, "annotations", "vnd.docker.reference.type");
        if (doc_str_is(kind, "attestation-manifest") ||
            doc_str_is(doc_path(it.val, "platform", "os"), "unknown"))
            continue;
        TRY(read_descriptor(it.val, &x));
        *digest = x.digest;
        return NULL;
    }
    return err_new(ERR_INVALID, "the image index names no image");
}

struct raw {
    struct span text;
    const char *type;
};

static struct err *get_manifest(const struct call *call, struct registry *r,
                                const struct registry_reference *ref, struct arena *a, struct raw *out)
{
    const char *want = *ref->digest ? ref->digest : ref->tag;
    struct net_response answer;
    struct registry_ask ask = {.url = api_url(r, a, ref->repository, arena_printf(a, "manifests/%s", want)),
                               .accept = OCI_MANIFEST ", " OCI_INDEX ", " DOCKER_MANIFEST ", " DOCKER_INDEX,
                               .scope = scope_of(a, ref->repository),
                               .max = r->access.limits.manifest_bytes};
    struct err *bad = registry_get_oci(call, r, &ask, a, &answer);
    if (err_code_of(bad) == ERR_NOT_FOUND) {
        err_free(bad);
        return err_new(ERR_NOT_FOUND, "%s/%s%c%s: not found", ref->host, ref->repository,
                       *ref->digest ? '@' : ':', want);
    }
    TRY(bad);
    const char *said = net_pairs_get(&answer.headers, "Docker-Content-Digest");
    const char *digest = *ref->digest ? ref->digest : said && registry_is_digest(said) ? said : NULL;
    if (digest)
        TRY(registry_check_digest(answer.body, digest, ask.url));
    const char *type = net_pairs_get(&answer.headers, "Content-Type");
    *out = (struct raw){answer.body, bare_type(a, type ? type : "")};
    return NULL;
}

static struct err *fetch_manifest(const struct call *call, struct registry *r, struct registry_reference ref,
                                  struct arena *a, struct registry_manifest *out)
{
    for (int hops = 0; hops < INDEX_HOPS; hops++) {
        struct raw raw;
        struct doc *d;
        TRY(get_manifest(call, r, &ref, a, &raw));
        TRYF(read_document(a, raw.text, &d), "%s/%s", ref.host, ref.repository);
        const char *inside = doc_str(doc_get(d, "mediaType"), "");
        if (!is_index(*inside ? inside : raw.type)) {
            TRYF(registry_manifest_parse(a, raw.text, raw.type, out), "%s/%s", ref.host, ref.repository);
            out->digest = *ref.digest ? ref.digest : out->digest;
            return NULL;
        }
        TRYF(first_of_index(d, &ref.digest), "%s/%s", ref.host, ref.repository);
    }
    return err_new(ERR_INVALID, "%s/%s: an image index names another, and so on", ref.host, ref.repository);
}

static struct err *reference_in(struct registry *r, struct arena *a, const char *text,
                                struct registry_reference *out)
{
    const char *full = arena_printf(a, "%s/%s%c%s", r->ref.host, r->ref.repository,
                                    registry_is_digest(text) ? '@' : ':', text);
    return registry_reference_parse(a, full, out);
}

struct err *registry_manifest_fetch(const struct call *call, struct registry *r, const char *reference,
                                    struct arena *a, struct registry_manifest *out)
{
    struct registry_reference ref;
    TRY(reference_in(r, a, reference, &ref));
    return fetch_manifest(call, r, ref, a, out);
}

struct err *registry_artifact_layer(const struct registry_manifest *m, const char *const *allowed, size_t n,
                                    struct registry_descriptor *out)
{
    static const char *const usual[] = {"application/vnd.oci.image.layer.v1.tar",
                                        "application/vnd.oci.image.layer.v1.tar+gzip", HELM_CHART};
    size_t content = 0;
    if (m->layers_len > LAYERS_MAX)
        return err_new(ERR_INVALID, "expected no more than %d oci layers, got %zu", LAYERS_MAX,
                       m->layers_len);
    for (size_t i = 0; i < m->layers_len; i++) {
        const struct registry_descriptor *l = &m->layers[i];
        if (!ends_with(l->media_type, "tar+gzip") && !ends_with(l->media_type, "tar"))
            continue; /* provenance, signatures */
        if (!str_in(l->media_type, allowed ? allowed : usual, allowed ? n : ARRAY_LEN(usual)))
            return err_new(ERR_INVALID,
                           "oci layer media type %.200s is not in the list of allowed media types",
                           l->media_type);
        *out = *l;
        content++;
    }
    return content == 1 ? NULL
                        : err_new(ERR_INVALID, "expected only a single oci content layer, got %zu", content);
}

/* --- blobs --- */

static struct err *fetch_blob(const struct call *call, struct registry *r, const char *repository,
                              const struct registry_descriptor *what, struct arena *a,
                              struct registry_archive *out)
{
    struct net_response answer;
    size_t max = r->access.limits.archive_bytes;
    if ((uint64_t)what->size > max)
        return err_reason(ERR_EXHAUSTED, "ResponseTooLarge", "%s is %lld bytes, more than %zu", what->digest,
                          (long long)what->size, max);
    struct registry_ask ask = {.url = api_url(r, a, repository, arena_printf(a, "blobs/%s", what->digest)),
                               .scope = scope_of(a, repository),
                               .max = MAX((size_t)what->size, (size_t)1),
                               .raw = true};
    TRY(registry_get_oci(call, r, &ask, a, &answer));
    TRY(registry_check_digest(answer.body, what->digest, ask.url));
    *out = (struct registry_archive){answer.body, what->digest, what->media_type};
    return NULL;
}

struct err *registry_blob_fetch(const struct call *call, struct registry *r,
                                const struct registry_descriptor *what, struct arena *a,
                                struct registry_archive *out)
{
    return fetch_blob(call, r, r->ref.repository, what, a, out);
}

/* --- revisions of artifacts --- */

static struct err *newest_tag(const struct call *call, struct registry *r, const char *range, struct arena *a,
                              const char **tag)
{
    struct registry_versions tags, versions;
    size_t at;
    TRYF(registry_tags(call, r, a, &tags), "error fetching tags: failed to get tags");
    versions_of(a, &tags, false, &versions);
    TRYF(registry_pick(a, &versions, range, &at), "no version for constraints");
    if (at == versions.len)
        return err_new(ERR_NOT_FOUND,
                       "no version for constraints: version matching constraint not found in %zu tags",
                       versions.len);
    *tag = versions.at[at];
    return NULL;
}

static bool is_constraint(struct arena *a, const char *revision)
{
    struct semver_constraint *c;
    struct semver v;
    struct err *plain = semver_parse(span_of(revision), &v), *bad = NULL;
    if (plain)
        bad = semver_constraint_parse(a, span_of(revision), &c);
    bool is = plain && !bad;
    err_free(plain);
    err_free(bad);
    return is;
}

struct err *registry_artifact_resolve(const struct call *call, struct registry *r, const char *revision,
                                      struct arena *a, const char **digest)
{
    struct registry_reference ref;
    struct raw raw;
    const char *tag = revision;
    if (registry_is_digest(revision)) {
        *digest = arena_strdup(a, revision);
        return NULL;
    }
    if (!*revision || is_constraint(a, revision))
        TRY(newest_tag(call, r, revision, a, &tag));
    TRYF(reference_in(r, a, tag, &ref), "cannot get digest for revision %s", tag);
    TRYF(get_manifest(call, r, &ref, a, &raw), "cannot get digest for revision %s", tag);
    *digest = registry_digest_of(a, raw.text);
    return NULL;
}

/* --- charts --- */

static const char *chart_repository(struct registry *r, struct arena *a, const char *chart)
{
    return *chart ? arena_printf(a, "%s/%s", r->ref.repository, chart) : r->ref.repository;
}

struct err *registry_oci_list(const struct call *call, struct registry *r, const char *chart, struct arena *a,
                              struct registry_versions *out)
{
    struct registry_versions tags;
    struct registry_reference ref;
    const char *repository = chart_repository(r, a, chart);
    TRY(registry_reference_parse(a, arena_printf(a, "%s/%s", r->ref.host, repository), &ref));
    TRY(list_tags(call, r, ref.repository, a, &tags));
    versions_of(a, &tags, true, out);
    return NULL;
}

static struct err *choose(const struct call *call, struct registry *r, const char *chart, const char *range,
                          struct arena *a, const char **version)
{
    struct registry_versions versions;
    struct semver exact;
    size_t at;
    struct err *bad = semver_parse_strict(span_of(range), &exact);
    *version = range;
    if (!bad || registry_is_digest(range)) {
        err_free(bad);
        return NULL;
    }
    err_free(bad);
    TRY(registry_oci_list(call, r, chart, a, &versions));
    TRY(registry_pick(a, &versions, range, &at));
    if (at == versions.len)
        return err_new(ERR_NOT_FOUND, "%s/%s: could not locate a version matching provided version string %s",
                       r->ref.host, chart_repository(r, a, chart), range);
    *version = versions.at[at];
    return NULL;
}

struct err *registry_oci_resolve(const struct call *call, struct registry *r, const char *chart,
                                 const char *range, struct arena *a, struct registry_chart *out)
{
    const char *version, *repository = chart_repository(r, a, chart), *slash = strrchr(repository, '/');
    struct registry_reference ref;
    TRY(choose(call, r, chart, range, a, &version));
    const char *url = arena_printf(a, "oci://%s/%s%c%s", r->ref.host, repository,
                                   registry_is_digest(version) ? '@' : ':', version);
    TRY(registry_reference_parse(a, url, &ref));
    *out = (struct registry_chart){.name = slash ? slash + 1 : repository,
                                   .version = arena_strdup(a, version),
                                   .url = url,
                                   .digest = ""};
    return NULL;
}

struct err *registry_oci_fetch(const struct call *call, struct registry *r,
                               const struct registry_reference *ref, struct arena *a,
                               struct registry_archive *out)
{
    struct registry_manifest m;
    const struct registry_descriptor *chart = NULL;
    TRY(fetch_manifest(call, r, *ref, a, &m));
    if (!streq(m.config.media_type, HELM_CONFIG))
        return err_new(ERR_INVALID, "%s/%s: could not load config with mediatype " HELM_CONFIG, ref->host,
                       ref->repository);
    for (size_t i = 0; i < m.layers_len && !chart; i++)
        if (streq(m.layers[i].media_type, HELM_CHART) || streq(m.layers[i].media_type, HELM_CHART_OLD))
            chart = &m.layers[i];
    if (!chart)
        return err_new(ERR_INVALID, "%s/%s: manifest does not contain a layer with mediatype " HELM_CHART,
                       ref->host, ref->repository);
    return fetch_blob(call, r, ref->repository, chart, a, out);
}
