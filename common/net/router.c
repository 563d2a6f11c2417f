/* net/router - a tree of segments: each node has literal children, one {name} child and one {rest...} child.
 *
 * Look-up backtracks from literal to {name} to {rest...}; its depth is that of the deepest route, so it is
 * bounded. */
#include "net/router.h"

#include "base/map.h"
#include "base/vec.h"
#include "net/url.h"

#include <stdlib.h>

struct node {
    struct map *literal;     /* segment -> struct node */
    struct node *any, *rest; /* {name}, {name...} */
    VEC(const struct net_route *) routes;
};

struct net_router {
    struct node *root;
};

static void node_free(void *arg)
{
    struct node *n = arg;
    if (!n)
        return;
    map_free(n->literal);
    node_free(n->any);
    node_free(n->rest);
    vec_release(&n->routes);
    free(n);
}

static struct node *node_new(void)
{
    struct node *n = mem_zalloc(sizeof(*n));
    n->literal = map_new(node_free);
    return n;
}

static struct node *made(struct node **n)
{
    if (!*n)
        *n = node_new();
    return *n;
}

static bool is_param(struct span s, bool *rest)
{
    if (s.len < 3 || s.at[0] != '{' || s.at[s.len - 1] != '}')
        return false;
    *rest = s.len > 5 && memcmp(s.at + s.len - 4, "...", 3) == 0;
    return true;
}

static struct node *child_for(struct node *n, struct span segment)
{
    bool rest;
    if (is_param(segment, &rest))
        return rest ? made(&n->rest) : made(&n->any);
    struct node *kid = map_get_span(n->literal, segment);
    if (kid)
        return kid;
    char *key = mem_strndup(segment.at, segment.len);
    kid = node_new();
    map_set(n->literal, key, kid);
    free(key);
    return kid;
}

struct net_router *net_router_new(const struct net_route *routes, size_t n)
{
    struct net_router *router = mem_zalloc(sizeof(*router));
    router->root = node_new();
    for (size_t i = 0; i < n; i++) {
        struct node *at = router->root;
        struct span rest = span_of(routes[i].path + 1), segment;
        while (span_cut(&rest, '/', &segment))
            at = child_for(at, segment);
        vec_push(&at->routes, &routes[i]);
    }
    return router;
}

void net_router_free(struct net_router *router)
{
    if (!router)
        return;
    node_free(router->root);
    free(router);
}

static bool method_fits(const struct net_route *route, const char *method)
{
    return !route->method || streq(route->method, method) ||
           (streq(method, "HEAD") && streq(route->method, "GET"));
}

struct search {
    const char *method;
    const struct net_route *found;
    struct str *allow;
};

static bool take(const struct node *n, struct search *s)
{
    vec_each (it, &n->routes) {
        if (method_fits(*it, s->method)) {
            s->found = *it;
            return true;
        }
        if ((*it)->method)
            str_printf(s->allow, "%s%s", s->allow->len ? ", " : "", (*it)->method);
    }
    return false;
}

/* `path` is what follows the slash; `end` = nothing follows. */
static bool search(const struct node *n, struct span path, bool end, struct search *s)
{
    if (end)
        return take(n, s);
    struct span rest = path, segment = {0};
    bool last = memchr(path.at, '/', path.len) == NULL;
    if (!span_cut(&rest, '/', &segment))
        segment = (struct span){path.at, 0};
    const struct node *kid = map_get_span(n->literal, segment);
    if (kid && search(kid, rest, last, s))
        return true;
    if (n->any && segment.len && search(n->any, rest, last, s))
        return true;
    return n->rest && take(n->rest, s);
}

/* Walks route and path side by side; false when an escape is broken. */
static bool bind(struct net_req *r, const struct net_route *route)
{
    struct span pattern = span_of(route->path + 1), path = span_of(r->path + 1), name, value;
    while (span_cut(&pattern, '/', &name)) {
        bool rest = false;
        struct span whole = path;
        if (!span_cut(&path, '/', &value))
            value = (struct span){"", 0};
        if (!is_param(name, &rest))
            continue;
        const char *text;
        if (!net_url_unescape(r->arena, rest ? whole : value, false, &text))
            return false;
        name = (struct span){name.at + 1, name.len - (rest ? 5 : 2)};
        vec_push(&r->params, (struct net_pair){arena_strndup(r->arena, name.at, name.len), text});
    }
    return true;
}

const struct net_route *net_router_find(const struct net_router *router, struct net_req *r,
                                        const char **allow)
{
    CLEANUP(str_release) struct str methods = {0};
    struct search s = {.method = r->method, .allow = &methods};
    *allow = NULL;
    if (r->path[0] == '/' && search(router->root, span_of(r->path + 1), false, &s) && bind(r, s.found))
        return s.found;
    if (!s.found && methods.len)
        *allow = arena_strndup(r->arena, methods.at, methods.len);
    return NULL;
}

void net_router_serve(const struct net_router *router, struct net_req *r, void *arg)
{
    const char *allow;
    const struct net_route *route = net_router_find(router, r, &allow);
    if (route) {
        route->handler(r, arg);
        return;
    }
    if (allow)
        net_set_header(r, "Allow", allow);
    net_reply_text(r, allow ? 405 : 404, "text/plain; charset=utf-8",
                   allow ? "method not allowed\n" : "not found\n");
}
