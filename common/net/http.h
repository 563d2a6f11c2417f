/* net/http.h - what client and server share of HTTP. */
#ifndef CAPSTAN_NET_HTTP_H
#define CAPSTAN_NET_HTTP_H

#include "base/base.h"

struct net_pair {
    const char *name, *value;
};
struct net_pairs {
    struct net_pair *at;
    size_t len, cap;
};

/* The first value of that name, letter case ignored; NULL when absent. */
const char *net_pairs_get(const struct net_pairs *pairs, const char *name);
/* "Not Found" for 404; "Status" for those that have no name here. */
const char *net_status_text(int status);

#endif
