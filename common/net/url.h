/* net/url.h - URLs (RFC 3986) with an authority: parse, escape, build. Everything made lives in the arena
 * passed. */
#ifndef CAPSTAN_NET_URL_H
#define CAPSTAN_NET_URL_H

#include "base/str.h"

struct net_url {
    const char *scheme;   /* lower case */
    const char *user;     /* decoded; NULL = none given */
    const char *password; /* decoded; NULL = none given */
    const char *host;     /* lower case, an IPv6 address without brackets */
    int port;             /* 0 = none given */
    const char *path;     /* as written, at least "/" for http and https */
    const char *query;    /* as written, without '?'; NULL = none */
    const char *fragment; /* as written, without '#'; NULL = none */
};

/* Any scheme://authority/path. ERR_INVALID, reason "InvalidURL", never repeating a password. At most 8 KiB.
 */
struct err *net_url_parse(struct arena *a, const char *text, struct net_url *out) MUST_USE;
/* The same URL in one spelling: lower-case scheme and host, no default port, user as given. With `secrets`
 * false the password is left out: for messages and keys. */
const char *net_url_text(struct arena *a, const struct net_url *u, bool secrets) MUST_USE;
/* 443 for https, 80 for http, 22 for ssh and so on where none was given; 0 = not known. */
int net_url_port(const struct net_url *u);
/* Same scheme, host and port: what credentials may be sent to. */
bool net_url_same_origin(const struct net_url *a, const struct net_url *b);
/* What a Location header means seen from `base`: absolute, //host, /path, path and ?query forms; dots are
 * removed. */
struct err *net_url_resolve(struct arena *a, const struct net_url *base, const char *ref,
                            struct net_url *out) MUST_USE;

/* Percent-encodes all but unreserved characters (so '/' too): one segment, or a query's name or value. */
const char *net_url_escape(struct arena *a, const char *text) MUST_USE;
/* Undoes %XX, with `plus` also '+' for a space. False for a broken escape or a NUL. */
bool net_url_unescape(struct arena *a, struct span text, bool plus, const char **out);

/* "?a=1&b=x%20y" built piece by piece: starts with '?', then '&'. NULL values are left out. */
void net_url_query_add(struct str *query, const char *name, const char *value);

#endif
