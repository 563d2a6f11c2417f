/* kube/private.h - what watches use of the client: its connections and its credentials. */
#ifndef CAPSTAN_KUBE_PRIVATE_H
#define CAPSTAN_KUBE_PRIVATE_H

#include "kube/client.h"
#include "net/client.h"

struct kube {
    struct loop *loop;
    struct kube_options options;
    struct kube_config *config;
    struct net_client *net;   /* requests and watches */
    struct net_client *lists; /* big responses, which a slow reader may hold up */
    struct kube_call *first, *last;
    int in_flight;
    double tokens;
    int64_t tokens_ms;
    struct loop_timer pump;
};

/* A request with this cluster's address and credentials; strings in `a`. */
void kube_prepare(struct kube *k, struct arena *a, const char *path, struct net_request *out);
/* Parses a body: *out in `a`. Text that is not JSON becomes a string. */
struct err *kube_parse_body(struct arena *a, struct span body, struct doc **out) MUST_USE;

#define KUBE_BIG_BODY ((size_t)2 << 20)

#endif
