/* registry/reference - names of artifacts, by the grammar of the OCI distribution specification. */
#include "registry/private.h"

#include "crypto/digest.h"

enum { REPOSITORY_MAX = 255, TAG_MAX = 128, SHA256_HEX = 64, SHA512_HEX = 128 };

static bool lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_hex(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
            return false;
    return s[len] == '\0';
}

bool registry_is_digest(const char *text)
{
    size_t len = strlen(text);
    return (starts_with(text, "sha256:") && len == 7 + SHA256_HEX && is_hex(text + 7, SHA256_HEX)) ||
           (starts_with(text, "sha512:") && len == 7 + SHA512_HEX && is_hex(text + 7, SHA512_HEX));
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool is_component(struct span s)
{
    size_t i = 0;
    while (i < s.len) {
        size_t from = i;
        while (i < s.len && lower_alnum(s.at[i]))
            i++;
        if (i == from)
            return false;
        if (i == s.len)
            return true;
        char separator = s.at[i];
        size_t run = 0;
        while (i < s.len && s.at[i] == separator) {
            i++;
            run++;
        }
        bool fits = separator == '-' || (separator == '_' && run <= 2) || (separator == '.' && run == 1);
        if (!fits || i == s.len)
            return false;
    }
    return false;
}

static bool is_repository(struct span s)
{
    struct span rest = s, piece;
    if (!s.len || s.len > REPOSITORY_MAX)
        return false;
    while (span_cut(&rest, '/', &piece))
        if (!is_component(piece))
            return false;
    return s.at[s.len - 1] != '/';
}

static bool is_tag(const char *s)
{
    size_t len = strlen(s);
    if (!len || len > TAG_MAX || *s == '.' || *s == '-')
        return false;
    for (; *s; s++)
        if (!lower_alnum(*s) && !(*s >= 'A' && *s <= 'Z') && *s != '.' && *s != '_' && *s != '-')
            return false;
    return true;
}

static bool is_host(struct span s)
{
    bool bracket = s.len && s.at[0] == '[';
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool name = lower_alnum(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
        if (!name && c != ':' && !(bracket && (c == '[' || c == ']')))
            return false;
    }
    return s.len > 0;
}

struct err *registry_reference_parse(struct arena *a, const char *text, struct registry_reference *out)
{
    const char *rest = starts_with(text, "oci://") ? text + 6 : text;
    const char *slash = strchr(rest, '/');
    *out = (struct registry_reference){.tag = "", .digest = ""};
    if (!slash || slash == rest || !slash[1])
        return err_new(ERR_INVALID, "invalid reference: missing registry or repository");
    struct span host = {rest, (size_t)(slash - rest)};
    if (!is_host(host))
        return err_new(ERR_INVALID, "invalid reference: invalid registry \"%.*s\"", (int)host.len, host.at);
    out->host = arena_strndup(a, host.at, host.len);
    char *name = arena_strdup(a, slash + 1), *at = strrchr(name, '@');
    if (at) {
        *at = '\0';
        out->digest = at + 1;
        if (!registry_is_digest(out->digest))
            return err_new(ERR_INVALID, "invalid reference: invalid digest \"%s\"", out->digest);
    }
    char *colon = strrchr(name, ':');
    if (colon && !strchr(colon, '/')) {
        *colon = '\0';
        for (char *p = colon + 1; *p; p++)
            *p = *p == '+' ? '_' : *p;
        out->tag = colon + 1;
        if (!is_tag(out->tag))
            return err_new(ERR_INVALID, "invalid reference: invalid tag \"%s\"", out->tag);
    }
    out->repository = name;
    if (!is_repository(span_of(name)))
        return err_new(ERR_INVALID, "invalid reference: invalid repository \"%s\"", name);
    return NULL;
}

const char *registry_digest_of(struct arena *a, struct span bytes)
{
    struct crypto_digest d;
    crypto_digest(CRYPTO_SHA256, bytes, &d);
    return arena_printf(a, "sha256:%s", d.hex);
}

struct err *registry_check_digest(struct span bytes, const char *digest, const char *what)
{
    struct crypto_digest d;
    crypto_digest(starts_with(digest, "sha512:") ? CRYPTO_SHA512 : CRYPTO_SHA256, bytes, &d);
    if (streq(d.hex, digest + 7))
        return NULL;
    return err_reason(ERR_DATA_LOSS, "DigestMismatch", "%s: the digest is %.7s%s, expected %s", what, digest,
                      d.hex, digest);
}
