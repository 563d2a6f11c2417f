/* api/repository.h - repositories and their credentials as Argo CD keeps them: Secrets labelled argocd.argoproj.io/secret-type
 * "repository" or "repo-creds" (specs/engine.md §7, features.md). No I/O: the caller hands in the Secrets that it watches. */
#ifndef CAPSTAN_API_REPOSITORY_H
#define CAPSTAN_API_REPOSITORY_H

#include "api/object.h"
#include "base/secret.h"

#define API_LABEL_SECRET_TYPE "argocd.argoproj.io/secret-type"

/* One Secret. Texts are "" where the Secret says nothing. */
struct api_repository {
    const char *secret;   /* name of the Secret */
    const char *url, *type, *name, *project, *username, *proxy;
    bool creds;           /* a repo-creds template: url is a prefix */
    bool insecure, lfs;
    bool oci;             /* enableOCI: an OCI registry although the URL does not say so */
    bool plain_http;      /* insecureOCIForceHttp */
    struct secret *password, *ssh_key, *tls_cert, *tls_key;
};

/* Is what lies there an artifact of an OCI registry: "oci://..."? */
bool api_url_is_oci(const char *url);

/* All of them; made anew when a Secret changes, shared by reference count between threads. */
struct api_repositories;
/* `secrets`: a list of Secret objects (others are passed over), `known_hosts` and `tls_certs`: the ConfigMaps
 * argocd-ssh-known-hosts-cm and argocd-tls-certs-cm, or NULL. */
struct api_repositories *api_repositories_new(const struct doc *secrets, const struct doc *known_hosts,
                                              const struct doc *tls_certs) MUST_USE;
struct api_repositories *api_repositories_ref(struct api_repositories *r);
void api_repositories_unref(struct api_repositories *r);
void api_repositories_unrefp(struct api_repositories **r);
size_t api_repositories_len(const struct api_repositories *r);
const struct api_repository *api_repositories_at(const struct api_repositories *r, size_t i);

/* The repository of a URL as the project may use it: its own Secret (the project's before one without a project), its credentials
 * completed from the repo-creds template with the longest matching prefix. Zeroed texts and NULL secrets where nothing is
 * known: an anonymous repository. Borrowed from `r`. */
struct api_repository api_repository_for(const struct api_repositories *r, const char *url, const char *project);
/* Lines of ssh_known_hosts; NULL = none configured. */
const char *api_repositories_known_hosts(const struct api_repositories *r);
/* PEM of the extra authorities for a server's host; NULL = none. */
const char *api_repositories_ca(const struct api_repositories *r, const char *url);
/* A digest of who may read what with these credentials: a mirror or a cached render made with one is only given to the same. "" for
 * an anonymous repository. */
const char *api_repository_identity(struct arena *a, const struct api_repository *r);

#endif
