/* doc/pointer - RFC 6901: a text cut at its slashes. */
#include "doc/pointer.h"

#include "base/str.h"

static struct err *unescape(struct arena *a, struct span token, struct span *out)
{
    *out = token;
    if (!token.len || !memchr(token.at, '~', token.len))
        return NULL;
    char *to = arena_raw(a, token.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < token.len; i++) {
        char c = token.at[i];
        if (c == '~') {
            if (++i == token.len || (token.at[i] != '0' && token.at[i] != '1'))
                return err_new(ERR_INVALID, "JSON pointer: '~' must be followed by 0 or 1 in '%.*s'",
                               (int)token.len, token.at);
            c = token.at[i] == '0' ? '~' : '/';
        }
        to[n++] = c;
    }
    to[n] = 0;
    *out = (struct span){to, n};
    return NULL;
}

struct err *pointer_parse(struct arena *a, struct span text, struct pointer *out)
{
    *out = (struct pointer){0};
    if (!text.len)
        return NULL;
    if (text.at[0] != '/')
        return err_new(ERR_INVALID, "JSON pointer '%.*s' must be empty or start with '/'", (int)text.len,
                       text.at);
    size_t slashes = 0;
    for (size_t i = 0; i < text.len; i++)
        slashes += text.at[i] == '/';
    out->at = NEW_N(a, struct span, slashes);
    struct span rest = {text.at + 1, text.len - 1}, token;
    while (out->len < slashes && span_cut(&rest, '/', &token))
        TRY(unescape(a, token, &out->at[out->len++]));
    return NULL;
}

bool pointer_index(struct span token, size_t len, size_t *out)
{
    int64_t v;
    if (!token.len || token.at[0] < '0' || token.at[0] > '9' || (token.at[0] == '0' && token.len > 1))
        return false;
    if (!span_int(token, &v) || (uint64_t)v >= len)
        return false;
    *out = (size_t)v;
    return true;
}

const struct doc *pointer_get(const struct doc *d, const struct pointer *p)
{
    for (size_t i = 0; d && i < p->len; i++) {
        size_t index;
        if (doc_is(d, DOC_LIST))
            d = pointer_index(p->at[i], doc_len(d), &index) ? doc_at(d, index) : NULL;
        else
            d = doc_get_span(d, p->at[i]);
    }
    return d;
}
