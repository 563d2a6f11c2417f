/* registry/registry.h - where charts and artifacts come from: Helm repositories (index.yaml over HTTP) and
 * OCI registries (specs/helm.md §5, specs/engine.md §7).
 *
 * A `struct registry` is a handle on one repository URL: it keeps connections and tokens, and is used by one
 * thread at a time, from worker threads, since all calls wait. Each ends at the deadline or cancel of its
 * `struct call`. Nothing is written to disk: who calls caches by digest.
 *
 * Credentials go to the origin of the repository's URL and, for OCI, to the token server that it names; to
 * other hosts that an index or a redirect names only with pass_credentials (and never by redirect). All that
 * comes back is bounded, and what has a digest is checked against it: ERR_DATA_LOSS, reason "DigestMismatch".
 * Other errors: ERR_NOT_FOUND; ERR_UNAUTHENTICATED and ERR_DENIED for 401 and 403; ERR_INVALID for what is no
 * index, manifest or reference; ERR_EXHAUSTED for a limit; ERR_UNAVAILABLE and ERR_DEADLINE of the network.
 * Messages are Helm's where it has one. */
#ifndef CAPSTAN_REGISTRY_REGISTRY_H
#define CAPSTAN_REGISTRY_REGISTRY_H

#include "base/arena.h"
#include "base/call.h"
#include "base/secret.h"

/* 0 = the default. */
struct registry_limits {
    size_t index_bytes;    /* 128 MiB */
    size_t archive_bytes;  /* of a chart or layer as it is sent; 128 MiB */
    size_t manifest_bytes; /* 4 MiB */
    size_t tags;           /* 100,000 */
    int64_t idle_ms;       /* without a byte of an answer; 30 s */
};

/* How to be let in; what is not needed is NULL. Borrowed as long as the handle lives. */
struct registry_access {
    const char *username;
    const struct secret *password;
    const char *ca_pem; /* instead of the system's authorities */
    const struct secret *tls_cert, *tls_key;
    const char *proxy;     /* NULL = as the environment says */
    bool insecure;         /* certificates are not checked */
    bool plain_http;       /* an OCI registry without TLS */
    bool pass_credentials; /* to whatever host the index names, too */
    bool oci;              /* the URL is a registry's even without oci:// */
    struct registry_limits limits;
};

struct doc;
struct registry;
/* `url`: http(s)://host/path of a Helm repository, or oci://host/path. No network. */
struct err *registry_open(const char *url, const struct registry_access *access,
                          struct registry **out) MUST_USE;
void registry_close(struct registry *r);
void registry_closep(struct registry **r);
bool registry_is_oci(const struct registry *r);

/* --- charts, from either kind --- */

struct registry_chart {
    const char *name, *version;
    const char *url;    /* absolute: http(s) of the archive, or oci:// with the tag */
    const char *digest; /* "sha256:..." of the archive as the index has it; "" = not said */
    bool deprecated;
};
/* The chart that a version or range means: an exact match first, then the newest that satisfies (Masterminds'
 * rules);
 * "" = the newest stable one. An exact version of an OCI registry is taken without asking. ERR_NOT_FOUND
 * `chart "x" version "1.x" not found in URL repository`. */
struct err *registry_resolve(const struct call *call, struct registry *r, const char *chart,
                             const char *range, struct arena *a, struct registry_chart *out) MUST_USE;
/* All versions, newest first, those that are no semantic version left out. */
struct registry_versions {
    const char **at;
    size_t len;
};
struct err *registry_list(const struct call *call, struct registry *r, const char *chart, struct arena *a,
                          struct registry_versions *out) MUST_USE;

struct registry_archive {
    struct span bytes;  /* .tgz, or what the layer's media type says */
    const char *digest; /* "sha256:..." of the bytes */
    const char *media_type;
};
struct err *registry_fetch(const struct call *call, struct registry *r, const struct registry_chart *chart,
                           struct arena *a, struct registry_archive *out) MUST_USE;

/* --- the index of a Helm repository, for who caches it --- */

struct registry_index {
    struct span text;
    const char *etag, *modified; /* "" = not said */
    bool unchanged;              /* it still is what `known` was: text is empty */
};
/* `known`: an earlier answer whose etag or date is offered; NULL = none. ERR_UNAVAILABLE etc. `looks like
 * "URL" is not a valid chart repository or cannot be reached: ...`. */
struct err *registry_index_fetch(const struct call *call, struct registry *r,
                                 const struct registry_index *known, struct arena *a,
                                 struct registry_index *out) MUST_USE;
/* As registry_resolve, in an index that was fetched before. `url` is the repository's. Only the part about
 * the chart is read when the index is written as Helm writes it, so a large index costs a scan. */
struct err *registry_index_find(struct arena *a, struct span index, const char *url, const char *chart,
                                const char *range, struct registry_chart *out) MUST_USE;
struct err *registry_index_list(struct arena *a, struct span index, const char *url, const char *chart,
                                struct registry_versions *out) MUST_USE;

/* --- OCI artifacts --- */

/* registry[:port]/repository[:tag][@digest], "oci://" before it allowed; "+" in a tag becomes "_".
 * ERR_INVALID "invalid reference: ...". */
struct registry_reference {
    const char *host;       /* with the port where one is given */
    const char *repository; /* "library/nginx" */
    const char *tag;        /* "" = none */
    const char *digest;     /* "" = none */
};
struct err *registry_reference_parse(struct arena *a, const char *text,
                                     struct registry_reference *out) MUST_USE;
/* Is it "sha256:" or "sha512:" and the right number of hex digits? */
bool registry_is_digest(const char *text);

/* Every tag as the registry has it, in its order. */
struct err *registry_tags(const struct call *call, struct registry *r, struct arena *a,
                          struct registry_versions *out) MUST_USE;
/* The digest that a revision of an artifact means: a digest, a tag, or a range over tags ("_" read as "+");
 * "" = the newest stable version. */
struct err *registry_artifact_resolve(const struct call *call, struct registry *r, const char *revision,
                                      struct arena *a, const char **digest) MUST_USE;

struct registry_descriptor {
    const char *media_type, *digest;
    int64_t size;
};
struct registry_manifest {
    const char *digest, *media_type, *artifact_type;
    struct registry_descriptor config;
    struct registry_descriptor *layers;
    size_t layers_len;
    const struct doc *doc; /* all of it, for annotations */
};
/* By tag or digest. Of an image index the first image that is no attestation. */
struct err *registry_manifest_fetch(const struct call *call, struct registry *r, const char *reference,
                                    struct arena *a, struct registry_manifest *out) MUST_USE;
/* A manifest's bytes as they came from outside. `digest` NULL = what they hash to. An index is ERR_INVALID.
 */
struct err *registry_manifest_parse(struct arena *a, struct span text, const char *content_type,
                                    struct registry_manifest *out) MUST_USE;
/* The one content layer (tar, tar+gzip; Helm's chart layer too) of a manifest of at most ten. `allowed`:
 * media types, as
 * --oci-layer-media-types; NULL = OCI's two and Helm's. */
struct err *registry_artifact_layer(const struct registry_manifest *m, const char *const *allowed, size_t n,
                                    struct registry_descriptor *out) MUST_USE;
/* The bytes of a descriptor, checked. */
struct err *registry_blob_fetch(const struct call *call, struct registry *r,
                                const struct registry_descriptor *what, struct arena *a,
                                struct registry_archive *out) MUST_USE;

/* --- the challenge of a 401 (RFC 7235), for tests and fuzzing --- */
struct registry_challenge {
    bool basic, bearer;
    const char *realm, *service, *scope; /* of the bearer; "" = not said */
};
/* Adds what one WWW-Authenticate header says; unknown schemes are passed over, broken ones end the reading.
 */
void registry_challenge_read(struct arena *a, const char *header, struct registry_challenge *out);

#endif
