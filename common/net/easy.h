/* net/easy.h - one request as a curl handle: what the loop's client and the blocking one share. */
#ifndef CAPSTAN_NET_EASY_H
#define CAPSTAN_NET_EASY_H

#include "base/str.h"
#include "net/client.h"
#include "net/url.h"

#include <curl/curl.h>

struct net_easy {
    CURL *curl;
    struct arena *arena;
    struct net_request request; /* its texts are in the arena */
    struct net_url url;         /* of the hop under way */
    struct net_url origin;      /* of the first */
    const char *location;       /* of the response under way */
    struct curl_slist *headers, *connect_to;
    struct net_response response;
    struct str body;
    int redirects;
    bool head_complete;
    bool upload;         /* the body comes from the read function */
    struct err *refused; /* why we broke it off ourselves */
    char why[CURL_ERROR_SIZE];
    void (*headed)(struct net_easy *e); /* may be NULL */
    /* Takes a piece of a response that is no redirect; returns what a curl write function returns. */
    size_t (*take)(struct net_easy *e, struct span piece);
};

/* Ready to be added to a multi handle. On an error nothing is held. */
struct err *net_easy_open(struct net_easy *e, const struct net_request *request,
                          const char *user_agent) MUST_USE;
void net_easy_close(struct net_easy *e);
/* After the transfer ended well: true when it was a redirect to follow, and `e` is ready to be added again.
 */
bool net_easy_redirect(struct net_easy *e);
/* What a finished transfer came to; takes e->refused. */
struct err *net_easy_result(struct net_easy *e, CURLcode code) MUST_USE;
/* A piece into e->body, up to max_body. */
size_t net_easy_collect(struct net_easy *e, struct span piece);
CURLM *net_multi_new(int connections, int host_connections) MUST_USE;

#endif
