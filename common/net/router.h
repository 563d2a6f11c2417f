/* net/router.h - which handler a method and a path belong to.
 *
 * A table of routes, matched segment by segment: "/api/v1/applications/{name}" binds one decoded segment (an
 * escaped slash stays in it), a last "{path...}" binds the rest of the path, decoded. A literal segment wins
 * over {name}, {name} over {path...}, in whatever order the table has them. GET routes answer HEAD too. */
#ifndef CAPSTAN_NET_ROUTER_H
#define CAPSTAN_NET_ROUTER_H

#include "net/server.h"

struct net_route {
    const char *method; /* NULL = any */
    const char *path;
    void (*handler)(struct net_req *r, void *arg);
};

struct net_router;

/* The table is borrowed for the router's life. */
struct net_router *net_router_new(const struct net_route *routes, size_t n) MUST_USE;
void net_router_free(struct net_router *router);
/* Fills r->params and returns the route; NULL when none fits, and then *allow (in r's arena) names the
 * methods that the path does have, as an Allow header wants them, or NULL when the path itself is unknown. */
const struct net_route *net_router_find(const struct net_router *router, struct net_req *r,
                                        const char **allow);
/* Finds and calls; answers 404 and 405 itself. */
void net_router_serve(const struct net_router *router, struct net_req *r, void *arg);

#endif
