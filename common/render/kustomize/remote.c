/* render/kustomize/remote - taking a repository's URL apart.
 *
 * "<git::><scheme><user@><host>" and then, by the first rule that fits, where the repository ends and the
 * path in it begins. Nothing is resolved here. */
#include "render/kustomize/remote.h"

#include "base/str.h"

#include <ctype.h>
#include <strings.h>

static bool starts_with_any_case(const char *s, const char *prefix)
{
    return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool kustomize_is_http(const char *text)
{
    return starts_with_any_case(text, "http://") || starts_with_any_case(text, "https://");
}

static const char *scheme_of(const char *s)
{
    static const char *const schemes[] = {"ssh://", "https://", "http://", "file://"};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (starts_with_any_case(s, schemes[i]))
            return schemes[i];
    return "";
}

/* "git@", with the sign; empty without one. */
static struct span user_of(const char *s)
{
    size_t n = 0;
    if (isalpha((unsigned char)*s))
        while (isalnum((unsigned char)s[n]) || s[n] == '-')
            n++;
    return (struct span){s, n && s[n] == '@' ? n + 1 : 0};
}

/* What stands before the path, normalised; "" when this is no URL. Moves *rest behind it. */
static const char *host_of(struct arena *a, const char **rest)
{
    const char *scheme = scheme_of(*rest), *s = *rest + strlen(scheme);
    struct span user = user_of(s);
    const char *host = s + user.len;
    if (streq(scheme, "file://")) {
        *rest = s;
        return scheme;
    }
    if (starts_with_any_case(host, "github.com/") || starts_with_any_case(host, "github.com:")) {
        *rest = host + strlen("github.com/");
        if (streq(scheme, "ssh://") || (!*scheme && user.len))
            return arena_printf(a, "%.*sgithub.com:", user.len ? (int)user.len : 4,
                                user.len ? user.at : "git@");
        return arena_printf(a, "https://%.*sgithub.com/", (int)user.len, user.at);
    }
    if (!*scheme && !user.len)
        return "";
    const char *end = host + strcspn(host, *scheme ? "/" : "/:");
    if (!*end)
        return "";
    *rest = end + 1;
    return arena_printf(a, "%s%.*s", scheme, (int)(end + 1 - s), s);
}

/* Bytes of `s` that name the repository; what follows, but for slashes, is the path in it. 0 = too short. */
static size_t repo_length(const char *s, bool is_file)
{
    const char *at = strstr(s, "_git/");
    if (at)
        return (size_t)(at - s) + 5 + strcspn(at + 5, "/");
    if ((at = strstr(s, "//")))
        return (size_t)(at - s);
    if ((at = strstr(s, ".git")))
        return (size_t)(at - s) + 4;
    if (is_file)
        return strlen(s);
    size_t org = strcspn(s, "/");
    if (!s[org] || !s[org + 1])
        return 0;
    return org + 1 + strcspn(s + org + 1, "/");
}

static void take_query(struct arena *a, const char *query, struct kustomize_repo *out)
{
    struct span rest = span_of(query), part;
    const char *version = "";
    while (span_cut(&rest, '&', &part)) {
        struct span key;
        if (!span_cut(&part, '=', &key))
            continue;
        const char *value = part.at ? arena_strndup(a, part.at, part.len) : "";
        if (span_is(key, "ref") && !*out->ref)
            out->ref = value;
        else if (span_is(key, "version") && !*version)
            version = value;
        else if (span_is(key, "submodules"))
            out->submodules =
                !str_in(value, (const char *const[]){"false", "0", "f", "F", "FALSE", "False"}, 6);
    }
    if (!*out->ref)
        out->ref = version;
}

/* "a/./b//c/../d" is "a/b/d"; false when it leaves the root. */
static bool clean_path(struct arena *a, const char *path, const char **out)
{
    CLEANUP(str_release) struct str s = {0};
    struct span rest = span_of(path), part;
    while (span_cut(&rest, '/', &part)) {
        if (!part.len || span_is(part, "."))
            continue;
        if (span_is(part, "..")) {
            if (!s.len)
                return false;
            const char *slash = strrchr(str_text(&s), '/');
            s.len = slash ? (size_t)(slash - s.at) : 0;
            s.at[s.len] = '\0';
            continue;
        }
        str_printf(&s, "%s%.*s", s.len ? "/" : "", (int)part.len, part.at);
    }
    *out = arena_strdup(a, str_text(&s));
    return true;
}

bool kustomize_repo_parse(struct arena *a, const char *text, struct kustomize_repo *out)
{
    *out = (struct kustomize_repo){.raw = text, .ref = "", .submodules = true};
    const char *query = strchr(text, '?');
    const char *rest = query ? arena_strndup(a, text, (size_t)(query - text)) : text;
    if (*rest == '/')
        return false;
    if (query)
        take_query(a, query + 1, out);
    if (starts_with_any_case(rest, "git::"))
        rest += 5;
    const char *host = host_of(a, &rest);
    size_t n = *host ? repo_length(rest, streq(host, "file://")) : 0;
    if (!n)
        return false;
    out->url = arena_printf(a, "%s%.*s", host, (int)n, rest);
    return clean_path(a, rest + n, &out->path);
}
