/* svc/kube.h - the cluster that a service lives in or was started for. */
#ifndef CAPSTAN_SVC_KUBE_H
#define CAPSTAN_SVC_KUBE_H

#include "kube/client.h"
#include "svc/svc.h"

/* A client by --kubeconfig, or by the pod's service account where there is none. `user_agent` is static;
 * `qps` and `burst` 0 = the client's own. The caller frees it with kube_free. */
struct err *svc_kube(const struct svc_run *run, const char *user_agent, double qps, int burst,
                     struct kube **out) MUST_USE;

#endif
