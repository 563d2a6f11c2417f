/* schema/jsonschema_url - references between schemas (RFC 3986 §5.2): file:, http: and urn: ones alike.
 *
 * net/url.h knows URLs with an authority only and stands on this floor; here nothing is fetched, so the parts
 * are cut as text and put together again. */
#include "schema/jsonschema_private.h"

struct parts {
    struct span scheme, authority, path, query;
    bool has_authority, has_query;
};

static bool scheme_char(char c, bool first)
{
    bool alpha = (c | 32) >= 'a' && (c | 32) <= 'z';
    return alpha || (!first && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
}

static struct parts split(struct span s)
{
    struct parts p = {0};
    size_t i = 0;
    while (i < s.len && scheme_char(s.at[i], i == 0))
        i++;
    if (i && i < s.len && s.at[i] == ':') {
        p.scheme = (struct span){s.at, i};
        s = (struct span){s.at + i + 1, s.len - i - 1};
    }
    const char *mark = s.len ? memchr(s.at, '?', s.len) : NULL;
    if (mark) {
        p.has_query = true;
        p.query = (struct span){mark + 1, s.len - (size_t)(mark + 1 - s.at)};
        s.len = (size_t)(mark - s.at);
    }
    if (s.len >= 2 && s.at[0] == '/' && s.at[1] == '/') {
        p.has_authority = true;
        s = (struct span){s.at + 2, s.len - 2};
        const char *slash = s.len ? memchr(s.at, '/', s.len) : NULL;
        size_t len = slash ? (size_t)(slash - s.at) : s.len;
        p.authority = (struct span){s.at, len};
        s = (struct span){s.at + len, s.len - len};
    }
    p.path = s;
    return p;
}

/* Folds "." and ".." away; what climbs above the root stays there. */
static void remove_dots(struct span path, struct str *out)
{
    bool rooted = path.len && path.at[0] == '/';
    size_t floor = out->len;
    struct span rest = {path.at + rooted, path.len - rooted}, piece;
    if (rooted)
        str_char(out, '/');
    floor = rooted ? out->len : floor;
    while (span_cut(&rest, '/', &piece)) {
        bool last = !rest.at || piece.at + piece.len == path.at + path.len;
        bool up = span_is(piece, "..");
        if (up && out->len > floor) {
            out->len--;
            while (out->len > floor && out->at[out->len - 1] != '/')
                out->len--;
            out->at[out->len] = 0;
        }
        if (!up && !span_is(piece, ".")) {
            str_add_span(out, piece);
            if (!last)
                str_char(out, '/');
        }
    }
}

static void join_path(const struct parts *base, const struct parts *ref, struct str *out)
{
    CLEANUP(str_release) struct str merged = {0};
    if (!ref->path.len) {
        str_add_span(out, base->path);
        return;
    }
    if (ref->path.at[0] != '/') {
        size_t keep = base->path.len;
        while (keep && base->path.at[keep - 1] != '/')
            keep--;
        str_add_n(&merged, base->path.at, keep);
        if (!keep && base->has_authority)
            str_char(&merged, '/');
    }
    str_add_span(&merged, ref->path);
    remove_dots(str_span(&merged), out);
}

static void put_authority(const struct parts *p, struct str *out)
{
    if (!p->has_authority)
        return;
    str_add(out, "//");
    str_add_span(out, p->authority);
}

static void put_query(const struct parts *p, struct str *out)
{
    if (!p->has_query)
        return;
    str_char(out, '?');
    str_add_span(out, p->query);
}

static void join(struct parts base, struct parts ref, struct str *out)
{
    bool absolute = ref.scheme.len != 0;
    bool opaque = !base.has_authority && (!base.path.len || base.path.at[0] != '/');
    str_add_span(out, absolute ? ref.scheme : base.scheme);
    str_char(out, ':');
    put_authority(absolute || ref.has_authority ? &ref : &base, out);
    if (absolute && !ref.has_authority && (!ref.path.len || ref.path.at[0] != '/')) {
        str_add_span(out, ref.path); /* urn:x:y */
        put_query(&ref, out);
    } else if (absolute || ref.has_authority) {
        remove_dots(ref.path, out);
        put_query(&ref, out);
    } else if (opaque) {
        str_add_span(out, base.path);
        put_query(ref.has_query ? &ref : &base, out);
    } else {
        join_path(&base, &ref, out);
        put_query(!ref.path.len && !ref.has_query ? &base : &ref, out);
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

static bool unescape(struct span s, struct str *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '%') {
            str_char(out, s.at[i]);
            continue;
        }
        int high = i + 2 < s.len ? hex(s.at[i + 1]) : -1, low = i + 2 < s.len ? hex(s.at[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return false;
        str_char(out, (char)(high * 16 + low));
        i += 2;
    }
    return true;
}

struct err *js_url_join(struct arena *a, const char *base, const char *ref, const char **url,
                        const char **fragment)
{
    CLEANUP(str_release) struct str text = {0}, frag = {0};
    size_t cut = strcspn(ref, "#");
    if (!unescape((struct span){ref + cut + (ref[cut] == '#'), strlen(ref + cut) - (ref[cut] == '#')}, &frag))
        return err_new(ERR_INVALID, "error in parsing \"%s\": invalid URL escape", ref);
    *fragment = arena_strndup(a, str_text(&frag), frag.len);
    *url = base;
    if (!cut)
        return NULL;
    join(split(span_of(base)), split((struct span){ref, cut}), &text);
    *url = arena_strndup(a, str_text(&text), text.len);
    return NULL;
}

const char *js_url_pointer(struct arena *a, const char *ptr)
{
    CLEANUP(str_release) struct str s = {0};
    for (const unsigned char *p = (const unsigned char *)ptr; *p; p++) {
        bool alpha = (*p | 32) >= 'a' && (*p | 32) <= 'z';
        if (alpha || (*p >= '0' && *p <= '9') || strchr("/-_.~$&+=:@", *p))
            str_char(&s, (char)*p);
        else
            str_printf(&s, "%%%02X", *p);
    }
    return arena_strndup(a, str_text(&s), s.len);
}
