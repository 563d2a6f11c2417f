/* registry/repo - a Helm repository: its index, and archives from wherever the index says. */
#include "registry/private.h"

static struct err *unreachable(const struct registry *r, struct err *why)
{
    return err_wrap(why, "looks like \"%s\" is not a valid chart repository or cannot be reached", r->url);
}

struct err *registry_index_fetch(const struct call *call, struct registry *r,
                                 const struct registry_index *known, struct arena *a,
                                 struct registry_index *out)
{
    struct net_url u = r->parsed;
    struct net_response answer;
    *out = (struct registry_index){.etag = "", .modified = ""};
    if (r->oci)
        return err_new(ERR_INVALID, "%s is an OCI registry, which has no index", r->url);
    u.path = arena_printf(a, "%s%sindex.yaml", u.path, ends_with(u.path, "/") ? "" : "/");
    const char *shown = net_url_text(a, &u, false);
    struct registry_ask ask = {.url = shown, .max = r->access.limits.index_bytes};
    if (known) {
        ask.etag = known->etag;
        ask.modified = known->modified;
    }
    struct err *bad = registry_get(call, r, &ask, a, &answer);
    if (bad)
        return unreachable(r, bad);
    const char *etag = net_pairs_get(&answer.headers, "ETag"),
               *modified = net_pairs_get(&answer.headers, "Last-Modified");
    out->unchanged = answer.status == 304 && known;
    if (answer.status != 200 && !out->unchanged)
        return unreachable(r, registry_status_error(answer.status, "failed to fetch %s : %d %s", shown,
                                                    answer.status, net_status_text(answer.status)));
    out->text = out->unchanged ? (struct span){NULL, 0} : answer.body;
    out->etag = etag ? etag : out->unchanged ? known->etag : "";
    out->modified = modified ? modified : out->unchanged ? known->modified : "";
    return NULL;
}

struct err *registry_resolve(const struct call *call, struct registry *r, const char *chart,
                             const char *range, struct arena *a, struct registry_chart *out)
{
    struct registry_index index;
    if (r->oci)
        return registry_oci_resolve(call, r, chart, range, a, out);
    TRY(registry_index_fetch(call, r, NULL, a, &index));
    return registry_index_find(a, index.text, r->url, chart, range, out);
}

struct err *registry_list(const struct call *call, struct registry *r, const char *chart, struct arena *a,
                          struct registry_versions *out)
{
    struct registry_index index;
    if (r->oci)
        return registry_oci_list(call, r, chart, a, out);
    TRY(registry_index_fetch(call, r, NULL, a, &index));
    return registry_index_list(a, index.text, r->url, chart, out);
}

static struct err *fetch_http(const struct call *call, struct registry *r, const struct registry_chart *chart,
                              struct arena *a, struct registry_archive *out)
{
    struct net_url u;
    struct net_response answer;
    TRYF(net_url_parse(a, chart->url, &u), "chart \"%s\"", chart->name);
    struct registry_ask ask = {.url = chart->url,
                               .max = r->access.limits.archive_bytes,
                               .raw = true,
                               .foreign =
                                   !r->access.pass_credentials && !net_url_same_origin(&u, &r->parsed)};
    TRYF(registry_get(call, r, &ask, a, &answer), "chart \"%s\" version \"%s\"", chart->name, chart->version);
    if (answer.status != 200)
        return registry_status_error(answer.status, "failed to fetch %s : %d %s", net_url_text(a, &u, false),
                                     answer.status, net_status_text(answer.status));
    if (*chart->digest)
        TRY(registry_check_digest(answer.body, chart->digest, net_url_text(a, &u, false)));
    *out = (struct registry_archive){answer.body, registry_digest_of(a, answer.body), "application/gzip"};
    return NULL;
}

/* An index may name archives in a registry; ours are its credentials only when it is the same host or may
 * have all. */
static struct err *fetch_elsewhere(const struct call *call, struct registry *r,
                                   const struct registry_reference *ref, const char *url, struct arena *a,
                                   struct registry_archive *out)
{
    CLEANUP(registry_closep) struct registry *other = NULL;
    struct registry_access access = r->access;
    struct net_url there;
    TRY(net_url_parse(a, arena_printf(a, "https://%s/", ref->host), &there));
    if (!access.pass_credentials && !net_url_same_origin(&there, &r->parsed)) {
        access.username = NULL;
        access.password = access.tls_cert = access.tls_key = NULL;
    }
    TRY(registry_open(url, &access, &other));
    return registry_oci_fetch(call, other, ref, a, out);
}

struct err *registry_fetch(const struct call *call, struct registry *r, const struct registry_chart *chart,
                           struct arena *a, struct registry_archive *out)
{
    struct registry_reference ref;
    if (!starts_with(chart->url, "oci://"))
        return fetch_http(call, r, chart, a, out);
    TRY(registry_reference_parse(a, chart->url, &ref));
    if (!*ref.tag && !*ref.digest)
        return err_new(ERR_INVALID, "%s names no version", chart->url);
    if (r->oci && streq(ref.host, r->ref.host))
        return registry_oci_fetch(call, r, &ref, a, out);
    return fetch_elsewhere(call, r, &ref, chart->url, a, out);
}
