/* svc/kube - from the common options to a client of the cluster. */
#include "svc/kube.h"

struct err *svc_kube(const struct svc_run *run, const char *user_agent, double qps, int burst,
                     struct kube **out)
{
    struct kube_options o = {.user_agent = user_agent, .qps = qps, .burst = burst};
    const char *path = run->options->kubeconfig;
    if (*path)
        TRYF(kube_config_read(path, NULL, &o.config), "kubeconfig %s", path);
    else
        TRYF(kube_config_in_cluster(NULL, &o.config), "no --kubeconfig and not inside a cluster");
    *out = kube_new(run->loop, &o);
    return NULL;
}
