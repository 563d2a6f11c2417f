/* net/url - one pass over the text, by the separators of RFC 3986 in the order in which they bind. */
#include "net/url.h"

#include <ctype.h>
#include <stdlib.h>

enum { URL_LIMIT = 8192 };

static const struct {
    const char *scheme;
    int port;
} default_ports[] = {{"https", 443}, {"http", 80}, {"ssh", 22}, {"git", 9418}, {"oci", 443}, {"redis", 6379}};

static struct err *invalid(const char *what)
{
    return err_reason(ERR_INVALID, "InvalidURL", "not a valid URL: %s", what);
}

static const char *lower(struct arena *a, struct span s)
{
    char *out = arena_strndup(a, s.at, s.len);
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}

static int hex(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool net_url_unescape(struct arena *a, struct span text, bool plus, const char **out)
{
    char *to = arena_raw(a, text.len + 1);
    *out = to;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '%') {
            if (i + 2 >= text.len)
                return false;
            int high = hex((unsigned char)text.at[i + 1]), low = hex((unsigned char)text.at[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (unsigned char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        *to++ = (char)c;
    }
    *to = '\0';
    return true;
}

static void escape_into(struct str *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (isalnum(*p) || strchr("-._~", *p))
            str_char(out, (char)*p);
        else
            str_printf(out, "%%%02X", *p);
    }
}

const char *net_url_escape(struct arena *a, const char *text)
{
    CLEANUP(str_release) struct str s = {0};
    escape_into(&s, text);
    return arena_strndup(a, str_text(&s), s.len);
}

void net_url_query_add(struct str *query, const char *name, const char *value)
{
    if (!value)
        return;
    str_char(query, query->len ? '&' : '?');
    escape_into(query, name);
    str_char(query, '=');
    escape_into(query, value);
}

static struct err *parse_user(struct arena *a, struct span info, struct net_url *out)
{
    const char *colon = memchr(info.at, ':', info.len);
    struct span user = {info.at, colon ? (size_t)(colon - info.at) : info.len};
    if (!net_url_unescape(a, user, false, &out->user))
        return invalid("the user name holds a broken escape");
    if (!colon)
        return NULL;
    struct span password = {colon + 1, info.len - user.len - 1};
    if (!net_url_unescape(a, password, false, &out->password))
        return invalid("the password holds a broken escape");
    return NULL;
}

static struct err *parse_port(struct span text, int *out)
{
    int64_t port = 0;
    *out = 0;
    if (text.len == 0)
        return NULL;
    if (!isdigit((unsigned char)text.at[0]) || !span_int(text, &port) || port < 1 || port > 65535)
        return invalid("the port is not a number from 1 to 65535");
    *out = (int)port;
    return NULL;
}

static struct err *check_host(struct span host, bool brackets)
{
    if (host.len == 0)
        return invalid("the host is empty");
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.at[i];
        if (!(isalnum(c) || c >= 0x80 || strchr(brackets ? ":.%" : "-._~", c)))
            return invalid("the host holds a character that no host has");
    }
    return NULL;
}

static struct err *parse_authority(struct arena *a, struct span auth, struct net_url *out)
{
    const char *at = memrchr(auth.at, '@', auth.len);
    if (at) {
        TRY(parse_user(a, (struct span){auth.at, (size_t)(at - auth.at)}, out));
        auth = (struct span){at + 1, (size_t)(auth.at + auth.len - at - 1)};
    }
    bool brackets = auth.len && auth.at[0] == '[';
    const char *end = memchr(auth.at, brackets ? ']' : ':', auth.len);
    if (brackets && !end)
        return invalid("the '[' of its host is not closed");
    struct span host = {auth.at + brackets, (end ? (size_t)(end - auth.at) : auth.len) - brackets};
    struct span rest = {end, end ? (size_t)(auth.at + auth.len - end) : 0};
    if (brackets) {
        rest.at++;
        rest.len--;
    }
    TRY(check_host(host, brackets));
    out->host = lower(a, host);
    if (!rest.len)
        return NULL;
    if (rest.at[0] != ':')
        return invalid("something stands between the host and its port");
    return parse_port((struct span){rest.at + 1, rest.len - 1}, &out->port);
}

static struct err *check_bytes(const char *text)
{
    size_t len = strlen(text);
    if (len > URL_LIMIT)
        return invalid("it is longer than 8 KiB");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return invalid("it holds a space or a control character");
    return NULL;
}

/* Path, query and fragment out of what follows the authority. */
static void parse_tail(struct arena *a, const char *tail, struct net_url *out)
{
    size_t path = strcspn(tail, "?#");
    bool http = streq(out->scheme, "http") || streq(out->scheme, "https");
    out->path = path ? arena_strndup(a, tail, path) : http ? "/" : "";
    tail += path;
    if (*tail == '?') {
        size_t n = strcspn(++tail, "#");
        out->query = arena_strndup(a, tail, n);
        tail += n;
    }
    if (*tail == '#')
        out->fragment = arena_strdup(a, tail + 1);
}

struct err *net_url_parse(struct arena *a, const char *text, struct net_url *out)
{
    *out = (struct net_url){0};
    TRY(check_bytes(text));
    size_t n = strcspn(text, ":/?#");
    if (n == 0 || strncmp(text + n, "://", 3) != 0 || !isalpha((unsigned char)text[0]))
        return invalid("it does not begin with a scheme, such as https://");
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("+-.", text[i]))
            return invalid("its scheme holds a character that no scheme has");
    out->scheme = lower(a, (struct span){text, n});
    const char *auth = text + n + 3;
    size_t len = strcspn(auth, "/?#");
    TRY(parse_authority(a, (struct span){auth, len}, out));
    parse_tail(a, auth + len, out);
    return NULL;
}

static int default_port(const char *scheme)
{
    for (size_t i = 0; i < ARRAY_LEN(default_ports); i++)
        if (streq(scheme, default_ports[i].scheme))
            return default_ports[i].port;
    return 0;
}

int net_url_port(const struct net_url *u)
{
    return u->port ? u->port : default_port(u->scheme);
}

bool net_url_same_origin(const struct net_url *a, const struct net_url *b)
{
    return streq(a->scheme, b->scheme) && streq(a->host, b->host) && net_url_port(a) == net_url_port(b);
}

const char *net_url_text(struct arena *a, const struct net_url *u, bool secrets)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "%s://", u->scheme);
    if (u->user) {
        escape_into(&s, u->user);
        if (u->password && secrets) {
            str_char(&s, ':');
            escape_into(&s, u->password);
        }
        str_char(&s, '@');
    }
    str_printf(&s, strchr(u->host, ':') ? "[%s]" : "%s", u->host);
    if (u->port && u->port != default_port(u->scheme))
        str_printf(&s, ":%d", u->port);
    str_add(&s, u->path);
    if (u->query)
        str_printf(&s, "?%s", u->query);
    if (u->fragment)
        str_printf(&s, "#%s", u->fragment);
    return arena_strndup(a, str_text(&s), s.len);
}

/* RFC 3986 5.2.4 on an absolute path. */
static const char *remove_dots(struct arena *a, const char *path)
{
    char *out = arena_strdup(a, path);
    size_t len = 0;
    for (const char *p = path; *p == '/';) {
        size_t n = strcspn(p + 1, "/") + 1; /* "/segment" */
        bool last = p[n] == '\0';
        if (n == 3 && strncmp(p, "/..", 3) == 0) {
            while (len && out[--len] != '/') {
            }
            if (last)
                out[len++] = '/';
        } else if (n == 2 && p[1] == '.') {
            if (last)
                out[len++] = '/';
        } else {
            memmove(out + len, p, n);
            len += n;
        }
        p += n;
    }
    out[len] = '\0';
    return len ? out : "/";
}

struct err *net_url_resolve(struct arena *a, const struct net_url *base, const char *ref, struct net_url *out)
{
    TRY(check_bytes(ref));
    size_t scheme = strcspn(ref, ":/?#");
    if (ref[scheme] == ':')
        return net_url_parse(a, ref, out);
    if (starts_with(ref, "//"))
        return net_url_parse(a, arena_printf(a, "%s:%s", base->scheme, ref), out);
    *out = (struct net_url){.scheme = base->scheme, .host = base->host, .port = base->port};
    out->user = base->user;
    out->password = base->password;
    if (*ref == '?' || *ref == '#' || !*ref) {
        parse_tail(a, ref, out);
        out->path = base->path;
        return NULL;
    }
    const char *slash = strrchr(base->path, '/');
    size_t folder = slash ? (size_t)(slash - base->path) + 1 : 0;
    const char *full =
        *ref == '/' ? ref : arena_printf(a, "%.*s%s", (int)folder, folder ? base->path : "/", ref);
    parse_tail(a, full, out);
    out->path = remove_dots(a, out->path);
    return NULL;
}
