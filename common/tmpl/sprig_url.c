/* tmpl/sprig_url - urlParse and urlJoin, by the rules of Go's net/url.
 *
 * A URL is taken apart in Go's order: fragment, scheme, query, authority, path; what is escaped is decoded
 * where Go decodes it, and its sentences tell what is wrong. */
#include "text/unicode.h"
#include "tmpl/sprig.h"

/* Where a text stands decides what must be escaped in it. */
enum part { PART_PATH, PART_USER, PART_HOST, PART_ZONE, PART_FRAGMENT };

struct url {
    struct span scheme, opaque, user, host, path, query,
        fragment; /* user is still escaped, all else decoded */
    bool has_user;
};

/* --- escaping --- */

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool stays(char c, enum part part)
{
    if (is_letter_or_digit(c) || one_of(c, "-_.~"))
        return true;
    switch (part) {
    case PART_HOST:
    case PART_ZONE:
        return one_of(c, "!$&'()*+,;=:[]<>\"");
    case PART_PATH:
        return one_of(c, "$&+,/:;=@");
    case PART_USER:
        return one_of(c, "$&+,;=");
    default:
        return one_of(c, "$&+,/:;=?@!()*");
    }
}

static void escape(struct str *out, struct span s, enum part part)
{
    for (size_t i = 0; i < s.len; i++) {
        if (stays(s.at[i], part))
            str_char(out, s.at[i]);
        else
            str_printf(out, "%%%02X", (unsigned char)s.at[i]);
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

static struct err *bad_escape(struct span s, size_t at)
{
    CLEANUP(str_release) struct str quoted = {0};
    tmpl_quote(&quoted, (struct span){s.at + at, MIN(s.len - at, (size_t)3)});
    return err_new(ERR_INVALID, "invalid URL escape %s", str_text(&quoted));
}

/* A host may hold no escaped ASCII but in its zone. */
static struct err *unescape(struct arena *a, struct span s, enum part part, struct span *out)
{
    CLEANUP(str_release) struct str text = {0};
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '%') {
            bool host = part == PART_HOST || part == PART_ZONE;
            if (host && (unsigned char)s.at[i] < 0x80 && !stays(s.at[i], part)) {
                CLEANUP(str_release) struct str quoted = {0};
                tmpl_quote(&quoted, (struct span){s.at + i, 1});
                return err_new(ERR_INVALID, "invalid character %s in host name", str_text(&quoted));
            }
            str_char(&text, s.at[i]);
            continue;
        }
        int high = i + 2 < s.len ? hex(s.at[i + 1]) : -1, low = i + 2 < s.len ? hex(s.at[i + 2]) : -1;
        if (high < 0 || low < 0 || (part == PART_HOST && high < 8))
            return bad_escape(s, i);
        str_char(&text, (char)(high << 4 | low));
        i += 2;
    }
    *out = (struct span){arena_strndup(a, str_text(&text), text.len), text.len};
    return NULL;
}

/* --- parsing --- */

/* The text before the first `c`; *rest the text behind it, {NULL, 0} when there is none. */
static struct span cut_at(struct span s, char c, struct span *rest)
{
    const char *at = s.len ? memchr(s.at, c, s.len) : NULL;
    *rest = at ? (struct span){at + 1, (size_t)(s.at + s.len - at - 1)} : (struct span){NULL, 0};
    return at ? (struct span){s.at, (size_t)(at - s.at)} : s;
}

/* The scheme and its colon; *scheme empty when there is none. */
static struct err *take_scheme(struct span *s, struct span *scheme)
{
    *scheme = (struct span){"", 0};
    for (size_t i = 0; i < s->len; i++) {
        char c = s->at[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (letter || (i && (is_letter_or_digit(c) || one_of(c, "+-."))))
            continue;
        if (c != ':')
            return NULL;
        if (i == 0)
            return err_new(ERR_INVALID, "missing protocol scheme");
        *scheme = (struct span){s->at, i};
        *s = (struct span){s->at + i + 1, s->len - i - 1};
        return NULL;
    }
    return NULL;
}

static bool is_user(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_letter_or_digit(s.at[i]) && !one_of(s.at[i], "-._:~!$&'()*+,;=%@"))
            return false;
    return true;
}

static struct err *check_port(struct span s)
{
    for (size_t i = 1; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            s.len = 0;
    return s.len ? NULL : err_new(ERR_INVALID, "port");
}

static struct err *bad_port(struct span port)
{
    CLEANUP(str_release) struct str quoted = {0};
    tmpl_quote(&quoted, port);
    return err_new(ERR_INVALID, "invalid port %s after host", str_text(&quoted));
}

/* host, host:port, [v6], [v6%25zone]:port */
static struct err *take_host(struct arena *a, struct span s, struct span *out)
{
    const char *close = s.len ? memrchr(s.at, ']', s.len) : NULL,
               *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
    bool bracket = s.len && s.at[0] == '[';
    if (bracket && !close)
        return err_new(ERR_INVALID, "missing ']' in host");
    struct span port = {NULL, 0};
    if (bracket)
        port = (struct span){close + 1, (size_t)(s.at + s.len - close - 1)};
    else if (colon)
        port = (struct span){colon, (size_t)(s.at + s.len - colon)};
    struct err *e = port.len ? port.at[0] == ':' ? check_port(port) : err_new(ERR_INVALID, "port") : NULL;
    if (e) {
        err_free(e);
        return bad_port(port);
    }
    const char *zone = bracket ? memmem(s.at, (size_t)(close - s.at), "%25", 3) : NULL;
    if (!zone)
        return unescape(a, s, PART_HOST, out);
    struct span parts[3] = {{s.at, (size_t)(zone - s.at)},
                            {zone, (size_t)(close - zone)},
                            {close, (size_t)(s.at + s.len - close)}};
    CLEANUP(str_release) struct str whole = {0};
    for (int i = 0; i < 3; i++) {
        TRY(unescape(a, parts[i], i == 1 ? PART_ZONE : PART_HOST, &parts[i]));
        str_add_span(&whole, parts[i]);
    }
    *out = (struct span){arena_strndup(a, str_text(&whole), whole.len), whole.len};
    return NULL;
}

/* user:password as Go writes it again: decoded and escaped. */
static struct err *take_user(struct arena *a, struct span s, struct url *u)
{
    struct span password, user = cut_at(s, ':', &password);
    CLEANUP(str_release) struct str whole = {0};
    if (!is_user(s))
        return err_new(ERR_INVALID, "net/url: invalid userinfo");
    u->has_user = true;
    TRY(unescape(a, user, PART_USER, &user));
    escape(&whole, user, PART_USER);
    if (password.at) {
        TRY(unescape(a, password, PART_USER, &password));
        str_char(&whole, ':');
        escape(&whole, password, PART_USER);
    }
    u->user = (struct span){arena_strndup(a, str_text(&whole), whole.len), whole.len};
    return NULL;
}

static struct err *take_authority(struct arena *a, struct span s, struct url *u)
{
    const char *at = s.len ? memrchr(s.at, '@', s.len) : NULL;
    struct span user = {s.at, at ? (size_t)(at - s.at) : 0};
    TRY(take_host(a, at ? (struct span){at + 1, (size_t)(s.at + s.len - at - 1)} : s, &u->host));
    return at ? take_user(a, user, u) : NULL;
}

static struct span lower(struct arena *a, struct span s)
{
    char *text = arena_strndup(a, s.at, s.len);
    for (size_t i = 0; i < s.len; i++)
        text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    return (struct span){text, s.len};
}

static bool starts(struct span s, const char *with)
{
    size_t n = strlen(with);
    return s.len >= n && memcmp(s.at, with, n) == 0;
}

static struct err *parse_rest(struct arena *a, struct span s, struct url *u)
{
    struct span query, path;
    TRY(take_scheme(&s, &u->scheme));
    u->scheme = lower(a, u->scheme);
    s = cut_at(s, '?', &query);
    u->query = query;
    if (!starts(s, "/")) {
        if (u->scheme.len) {
            u->opaque = s;
            return NULL;
        }
        struct span colon, first = cut_at(s, '/', &path);
        cut_at(first, ':', &colon);
        if (colon.at)
            return err_new(ERR_INVALID, "first path segment in URL cannot contain colon");
    }
    if (starts(s, "//") && (u->scheme.len || !starts(s, "///"))) {
        struct span authority = cut_at((struct span){s.at + 2, s.len - 2}, '/', &path);
        TRY(take_authority(a, authority, u));
        s = path.at ? (struct span){path.at - 1, path.len + 1} : (struct span){"", 0};
    }
    return unescape(a, s, PART_PATH, &u->path);
}

static struct err *parse(struct arena *a, struct span text, struct url *u)
{
    struct span fragment, s = cut_at(text, '#', &fragment);
    *u = (struct url){0};
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7F)
            return err_new(ERR_INVALID, "net/url: invalid control character in URL");
    if (!span_is(s, "*"))
        TRY(parse_rest(a, s, u));
    else
        u->path = s;
    return fragment.len ? unescape(a, fragment, PART_FRAGMENT, &u->fragment) : NULL;
}

/* parse "TEXT": reason */
static struct err *in_parse(struct err *e, struct span text)
{
    CLEANUP(str_release) struct str quoted = {0};
    tmpl_quote(&quoted, text);
    return err_wrap(e, "parse %s", str_text(&quoted));
}

/* The host without port and brackets. */
static struct span hostname(struct span host)
{
    if (host.len && host.at[0] == '[') {
        const char *close = memchr(host.at, ']', host.len);
        return close ? (struct span){host.at + 1, (size_t)(close - host.at - 1)} : host;
    }
    const char *colon = host.len ? memrchr(host.at, ':', host.len) : NULL;
    return colon ? (struct span){host.at, (size_t)(colon - host.at)} : host;
}

static void put(struct tmpl_map *m, const char *key, struct span v)
{
    tmpl_map_set(m, span_of(key), tmpl_span(v.at ? v : (struct span){"", 0}));
}

TMPL_FN(url_parse)
{
    struct url u;
    struct span s = tmpl_span_of(args[0]);
    TRY(tmpl_reserve(x, s.len * 4));
    struct err *e = parse(x->arena, s, &u);
    if (e)
        return err_wrap(in_parse(e, s), "unable to parse url");
    struct tmpl_map *m = tmpl_map_new(x->arena, &tmpl_type_map);
    put(m, "scheme", u.scheme);
    put(m, "host", u.host);
    put(m, "hostname", hostname(u.host));
    put(m, "path", u.path);
    put(m, "query", u.query);
    put(m, "opaque", u.opaque);
    put(m, "fragment", u.fragment);
    put(m, "userinfo", u.user);
    *out = tmpl_map_value(m);
    return NULL;
}

/* --- joining --- */

static struct err *text_of(const struct tmpl_map *m, const char *key, struct span *out)
{
    struct tmpl_value v = tmpl_map_get(m, span_of(key));
    *out = tmpl_span_of(v);
    if (v.kind == TMPL_NONE || v.kind == TMPL_STR)
        return NULL;
    return err_new(ERR_INVALID, "unable to parse %s key, must be of type string, but %s found", key,
                   tmpl_is_nothing(v) ? "invalid" : tmpl_kind_name(v));
}

/* Does the first element of a path hold a colon, so that it would read as a scheme? */
static bool looks_like_scheme(struct span path)
{
    struct span rest;
    struct span first = cut_at(path, '/', &rest);
    return first.len && memchr(first.at, ':', first.len);
}

static void add_hierarchy(struct str *out, const struct url *u)
{
    bool authority = u->host.len || u->has_user;
    if (u->scheme.len || authority) {
        if (authority || starts(u->path, "/"))
            str_add(out, "//");
        if (u->has_user) {
            str_add_span(out, u->user);
            str_char(out, '@');
        }
        escape(out, u->host, PART_HOST);
    }
    if (u->path.len && !starts(u->path, "/") && u->host.len)
        str_char(out, '/');
    if (out->len == 0 && looks_like_scheme(u->path))
        str_add(out, "./");
    if (span_is(u->path, "*"))
        str_char(out, '*');
    else
        escape(out, u->path, PART_PATH);
}

static void add_url(struct str *out, const struct url *u)
{
    if (u->scheme.len) {
        str_add_span(out, u->scheme);
        str_char(out, ':');
    }
    if (u->opaque.len)
        str_add_span(out, u->opaque);
    else
        add_hierarchy(out, u);
    if (u->query.len) {
        str_char(out, '?');
        str_add_span(out, u->query);
    }
    if (u->fragment.len) {
        str_char(out, '#');
        escape(out, u->fragment, PART_FRAGMENT);
    }
}

TMPL_FN(url_join)
{
    struct url u = {0}, with_user;
    struct span user;
    struct str s = {0};
    const struct tmpl_map *m = args[0].map;
    TRY(text_of(m, "scheme", &u.scheme));
    TRY(text_of(m, "host", &u.host));
    TRY(text_of(m, "path", &u.path));
    TRY(text_of(m, "query", &u.query));
    TRY(text_of(m, "opaque", &u.opaque));
    TRY(text_of(m, "fragment", &u.fragment));
    TRY(text_of(m, "userinfo", &user));
    TRY(tmpl_reserve(x, (u.host.len + u.path.len + u.fragment.len + user.len) * 4));
    if (user.len) {
        struct span text = span_of(arena_printf(x->arena, "proto://%.*s@host", (int)user.len, user.at));
        struct err *e = parse(x->arena, text, &with_user);
        if (e)
            return err_wrap(in_parse(e, text), "unable to parse userinfo in dict");
        u.user = with_user.user;
        u.has_user = with_user.has_user;
    }
    add_url(&s, &u);
    return tmpl_give(x, &s, out);
}

/* Nothing is resolved while rendering; Helm's own answers so too. */
TMPL_FN(get_host_by_name)
{
    *out = tmpl_str("");
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"getHostByName", "s", get_host_by_name}, {"urlJoin", "m", url_join}, {"urlParse", "s", url_parse}};
const struct tmpl_family tmpl_sprig_url = {rows, ARRAY_LEN(rows)};
