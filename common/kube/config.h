/* kube/config.h - how to reach one cluster: a kubeconfig file, the service account of a pod, or given
 * settings.
 *
 * Of a kubeconfig (client-go's v1 Config) are read: the context's cluster (server,
 * certificate-authority[-data], insecure-skip-tls-verify, tls-server-name, proxy-url), user (token,
 * tokenFile, client-certificate[-data], client-key[-data], username, password) and namespace; paths are
 * relative to the file. Users with exec or auth-provider plugins are refused by name. A token file is read
 * again every minute, as it is rotated. */
#ifndef CAPSTAN_KUBE_CONFIG_H
#define CAPSTAN_KUBE_CONFIG_H

#include "base/arena.h"
#include "base/time.h"
#include "net/tls.h"

struct kube_config {
    struct arena *arena;
    const char *server;            /* "https://10.0.0.1:6443", no slash at the end */
    const char *proxy;             /* NULL = as the environment says */
    const char *default_namespace; /* "default" when the context names none */
    struct net_creds creds;
    struct secret *token, *password, *key; /* what creds points to */
    const char *token_file;                /* NULL = the token does not change */
    int64_t token_read_ms;                 /* monotonic */
};

/* A kubeconfig file; `context` NULL = its current one. Blocks on the files. */
struct err *kube_config_read(const char *path, const char *context, struct kube_config **out) MUST_USE;
/* The same from memory; relative paths start at `folder`. */
struct err *kube_config_parse(struct span yaml, const char *folder, const char *context,
                              struct kube_config **out) MUST_USE;
/* The pod's own service account; `folder` NULL = /var/run/secrets/kubernetes.io/serviceaccount. ERR_NOT_FOUND
 * outside of a cluster (KUBERNETES_SERVICE_HOST is not set). */
struct err *kube_config_in_cluster(const char *folder, struct kube_config **out) MUST_USE;
/* Plain settings, as Argo CD's cluster Secrets hold them: everything is copied. */
struct err *kube_config_from(const char *server, const struct net_creds *creds, const char *proxy,
                             struct kube_config **out) MUST_USE;
/* Reads the token file again if a minute has passed; keeps the old token when it cannot be read. */
void kube_config_refresh(struct kube_config *c, const struct clock *clock);
void kube_config_free(struct kube_config *c);
void kube_config_freep(struct kube_config **c);

#endif
