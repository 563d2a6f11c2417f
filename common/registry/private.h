/* registry/private.h - the handle, and the one way to ask a server. */
#ifndef CAPSTAN_REGISTRY_PRIVATE_H
#define CAPSTAN_REGISTRY_PRIVATE_H

#include "doc/doc.h"
#include "net/client.h"
#include "net/url.h"
#include "registry/registry.h"

enum { REGISTRY_REDIRECTS = 10 };

struct registry {
    struct arena *arena;
    struct registry_access access;
    struct net_session *session;
    const char *url; /* as it was given, for messages */
    struct net_url parsed;
    bool oci;
    struct registry_reference ref; /* of an OCI URL */
    struct secret *token;          /* for `token_scope` */
    char *token_scope;
    bool basic; /* the registry asked for basic authentication */
};

struct registry_ask {
    const char *url;
    const char *accept;          /* NULL = anything */
    const char *scope;           /* OCI: what a token is asked for */
    size_t max;                  /* bytes of the answer */
    const char *etag, *modified; /* offered; "" or NULL = none */
    bool foreign;                /* another origin than the repository's: no credentials */
    bool no_certificate;         /* the password only */
    bool raw;                    /* an archive: its bytes as they are, whatever the server calls them */
};
/* Any status is an answer. */
struct err *registry_get(const struct call *call, struct registry *r, const struct registry_ask *ask,
                         struct arena *a, struct net_response *out) MUST_USE;
/* The same of an OCI registry: gets a token when it wants one; every status but 200 is an error. */
struct err *registry_get_oci(const struct call *call, struct registry *r, const struct registry_ask *ask,
                             struct arena *a, struct net_response *out) MUST_USE;
/* What a status that is no success comes to. */
struct err *registry_status_error(int status, const char *fmt, ...) PRINTF(2, 3) MUST_USE;

/* Checks bytes against "sha256:..." or "sha512:...". */
struct err *registry_check_digest(struct span bytes, const char *digest, const char *what) MUST_USE;
const char *registry_digest_of(struct arena *a, struct span bytes);

/* The first of versions, newest first, that is `range` or satisfies it; their number when none does.
 * ERR_INVALID for a range that is none. */
struct err *registry_pick(struct arena *a, const struct registry_versions *versions, const char *range,
                          size_t *out) MUST_USE;
/* Newest first; those that are no version at the end. order[i] = the place before. */
void registry_sort(struct arena *a, const char *const *versions, size_t n, size_t *order);

/* A chart of an OCI registry. */
struct err *registry_oci_resolve(const struct call *call, struct registry *r, const char *chart,
                                 const char *range, struct arena *a, struct registry_chart *out) MUST_USE;
struct err *registry_oci_list(const struct call *call, struct registry *r, const char *chart, struct arena *a,
                              struct registry_versions *out) MUST_USE;
struct err *registry_oci_fetch(const struct call *call, struct registry *r,
                               const struct registry_reference *ref, struct arena *a,
                               struct registry_archive *out) MUST_USE;

#endif
