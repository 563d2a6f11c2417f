/* api-server/door - what is turned away before it is routed, as upstream's gateway does: paths that are not
 * clean, and writes that a form of another site could have sent with somebody's cookie. */
#include "api.h"

#include "base/str.h"

#include <strings.h>

void door_refuse(struct net_req *r, int status, const char *text)
{
    net_set_header(r, "X-Content-Type-Options", "nosniff");
    net_reply_text(r, status, "text/plain; charset=utf-8", text);
}

/* Without empty, "." and ".." segments; a slash at the end stays. */
static const char *clean_path(struct arena *a, const char *path)
{
    char *out = arena_strdup(a, path);
    size_t len = 0;
    struct span rest = span_of(path + 1), segment = {0};
    while (span_cut(&rest, '/', &segment)) {
        bool up = segment.len == 2 && memcmp(segment.at, "..", 2) == 0;
        if (up)
            while (len && out[--len] != '/')
                continue;
        if (up || !segment.len || (segment.len == 1 && *segment.at == '.'))
            continue;
        out[len++] = '/';
        memmove(out + len, segment.at, segment.len);
        len += segment.len;
    }
    if (!len || ends_with(path, "/"))
        out[len++] = '/';
    out[len] = '\0';
    return out;
}

static bool redirected(struct net_req *r)
{
    if (*r->path != '/')
        return false;
    const char *clean = clean_path(r->arena, r->path);
    if (streq(clean, r->path))
        return false;
    const char *to = arena_printf(r->arena, "%s%s%s", clean, *r->query ? "?" : "", r->query);
    CLEANUP(str_release) struct str html = {0};
    str_add(&html, "<a href=\"");
    for (const char *p = to; *p; p++)
        switch (*p) {
        case '&':
            str_add(&html, "&amp;");
            break;
        case '<':
            str_add(&html, "&lt;");
            break;
        case '>':
            str_add(&html, "&gt;");
            break;
        case '"':
            str_add(&html, "&#34;");
            break;
        case '\'':
            str_add(&html, "&#39;");
            break;
        default:
            str_char(&html, *p);
        }
    str_add(&html, "\">Temporary Redirect</a>.\n\n");
    net_set_header(r, "Location", to);
    net_reply(r, 307, "text/html; charset=utf-8", str_span(&html));
    return true;
}

bool door_refuses(struct net_req *r)
{
    if (redirected(r))
        return true;
    const char *type = net_req_header(r, "content-type");
    if (streq(r->method, "GET") || !starts_with(r->path, "/api/") ||
        (type && strcasecmp(type, "application/json") == 0))
        return false;
    door_refuse(r, 415, "Invalid content type\n");
    return true;
}
