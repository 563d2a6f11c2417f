/* tmpl/sprig_encode - base64, base32 and digests. A text that does not decode gives the words of Go's error
 * as its value. */
#include "crypto/digest.h"
#include "crypto/text.h"
#include "tmpl/sprig.h"

#include <stdlib.h>

static struct span text(struct tmpl_value v)
{
    return tmpl_span_of(v);
}

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

static size_t skip_newlines(struct span s, size_t at)
{
    while (at < s.len && is_newline(s.at[at]))
        at++;
    return at;
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void add_bits(struct str *out, uint64_t bits, int digits, int width)
{
    int have = digits * width;
    for (int shift = have - 8; shift >= 0; shift -= 8)
        str_char(out, (char)(bits >> shift));
}

/* Where a text of base64 stops to be one; -1 when it is good to the end. Line ends are skipped. */
static ssize_t decode64(struct span s, struct str *out)
{
    size_t at = 0;
    while (skip_newlines(s, at) < s.len) {
        uint64_t bits = 0;
        int digits = 0;
        while (digits < 4) {
            at = skip_newlines(s, at);
            if (at == s.len)
                return (ssize_t)at - digits;
            int d = base64_digit(s.at[at]);
            if (d < 0)
                break;
            bits = bits << 6 | (unsigned)d;
            digits++;
            at++;
        }
        if (digits < 4) {
            if (s.at[at] != '=' || digits < 2)
                return (ssize_t)at;
            at++;
            if (digits == 2) {
                at = skip_newlines(s, at);
                if (at == s.len)
                    return (ssize_t)at;
                if (s.at[at] != '=')
                    return (ssize_t)at - 1;
                at++;
            }
            add_bits(out, bits, digits, 6);
            at = skip_newlines(s, at);
            return at < s.len ? (ssize_t)at : -1;
        }
        add_bits(out, bits, 4, 6);
    }
    return -1;
}

static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* The same for base32, of which line ends are gone already. */
static ssize_t decode32(struct span s, struct str *out)
{
    for (size_t at = 0; at < s.len;) {
        uint64_t bits = 0;
        int digits = 0;
        for (; digits < 8; digits++, at++) {
            if (at == s.len)
                return (ssize_t)at - digits;
            size_t left = s.len - at - 1;
            if (s.at[at] == '=' && digits >= 2 && left < 8) {
                if (left + (size_t)digits < 7)
                    return (ssize_t)s.len;
                for (size_t k = 1; k < 8 - (size_t)digits && k <= left; k++)
                    if (s.at[at + k] != '=')
                        return (ssize_t)(at + k) - 1;
                if (digits == 3 || digits == 6)
                    return (ssize_t)at;
                add_bits(out, bits, digits, 5);
                return -1;
            }
            const char *d = s.at[at] ? strchr(base32_digits, s.at[at]) : NULL;
            if (!d)
                return (ssize_t)at;
            bits = bits << 5 | (uint64_t)(d - base32_digits);
        }
        add_bits(out, bits, 8, 5);
    }
    return -1;
}

static struct err *decoded(struct tmpl_exec *x, ssize_t bad, const char *name, struct str *s,
                           struct tmpl_value *out)
{
    if (bad >= 0) {
        str_clear(s);
        str_printf(s, "illegal %s data at input byte %zd", name, bad);
    }
    return tmpl_give(x, s, out);
}

TMPL_FN(b64enc)
{
    *out = tmpl_span(crypto_base64_encode(x->arena, CRYPTO_BASE64_STD, text(args[0])));
    return NULL;
}

TMPL_FN(b64dec)
{
    struct str s = {0};
    return decoded(x, decode64(text(args[0]), &s), "base64", &s, out);
}

TMPL_FN(b32enc)
{
    struct str s = {0};
    struct span from = text(args[0]);
    for (size_t i = 0; i < from.len; i += 5) {
        uint64_t bits = 0;
        size_t have = MIN(from.len - i, 5);
        for (size_t j = 0; j < 5; j++)
            bits = bits << 8 | (j < have ? (unsigned char)from.at[i + j] : 0);
        for (size_t j = 0; j < 8; j++)
            str_char(&s, j * 5 < have * 8 ? base32_digits[bits >> (35 - 5 * j) & 31] : '=');
    }
    return tmpl_give(x, &s, out);
}

TMPL_FN(b32dec)
{
    CLEANUP(str_release) struct str plain = {0};
    struct str s = {0};
    struct span from = text(args[0]);
    for (size_t i = 0; i < from.len; i++)
        if (!is_newline(from.at[i]))
            str_char(&plain, from.at[i]);
    return decoded(x, decode32(str_span(&plain), &s), "base32", &s, out);
}

static struct err *digest(struct tmpl_exec *x, enum crypto_hash hash, struct span s, struct tmpl_value *out)
{
    struct crypto_digest d;
    crypto_digest(hash, s, &d);
    *out = tmpl_str(arena_strdup(x->arena, d.hex));
    return NULL;
}

TMPL_FN(sha1sum)
{
    return digest(x, CRYPTO_SHA1, text(args[0]), out);
}

TMPL_FN(sha256sum)
{
    return digest(x, CRYPTO_SHA256, text(args[0]), out);
}

TMPL_FN(sha512sum)
{
    return digest(x, CRYPTO_SHA512, text(args[0]), out);
}

TMPL_FN(adler32sum)
{
    uint32_t a = 1, b = 0;
    struct span s = text(args[0]);
    for (size_t i = 0; i < s.len; i++) {
        a = (a + (unsigned char)s.at[i]) % 65521;
        b = (b + a) % 65521;
    }
    *out = tmpl_str(arena_printf(x->arena, "%u", b << 16 | a));
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"adler32sum", "s", adler32sum}, {"b32dec", "s", b32dec},       {"b32enc", "s", b32enc},
    {"b64dec", "s", b64dec},         {"b64enc", "s", b64enc},       {"sha1sum", "s", sha1sum},
    {"sha256sum", "s", sha256sum},   {"sha512sum", "s", sha512sum},
};
const struct tmpl_family tmpl_sprig_encode = {rows, ARRAY_LEN(rows)};
