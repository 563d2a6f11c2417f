/* crypto/text - base64 by one table for both alphabets, so that strict and lenient differ only in what they
 * refuse. */
#include "crypto/text.h"

static const char *const alphabets[] = {
    [CRYPTO_BASE64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [CRYPTO_BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

struct span crypto_base64_encode(struct arena *a, enum crypto_base64 form, struct span bytes)
{
    const char *alphabet = alphabets[form];
    char *text = arena_raw(a, (bytes.len + 2) / 3 * 4 + 1), *p = text;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t n = MIN(bytes.len - i, (size_t)3);
        uint32_t word = 0;
        for (size_t j = 0; j < 3; j++)
            word = word << 8 | (j < n ? (unsigned char)bytes.at[i + j] : 0);
        for (size_t j = 0; j < 4; j++) {
            if (j <= n)
                *p++ = alphabet[word >> (18 - 6 * j) & 63];
            else if (form == CRYPTO_BASE64_STD)
                *p++ = '=';
        }
    }
    *p = 0;
    return (struct span){text, (size_t)(p - text)};
}

static int digit_of(char c, bool std, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if ((std && c == '+') || (url && c == '-'))
        return 62;
    if ((std && c == '/') || (url && c == '_'))
        return 63;
    return -1;
}

struct decoder {
    char *out;
    size_t digits, pads;
    uint32_t word;
};

/* Files one digit; every fourth completes three bytes. */
static void take(struct decoder *d, int digit)
{
    d->word = d->word << 6 | (uint32_t)digit;
    if (++d->digits % 4)
        return;
    for (int shift = 16; shift >= 0; shift -= 8)
        *d->out++ = (char)(d->word >> shift);
    d->word = 0;
}

/* The bytes of an unfinished quantum; false when it holds one digit, or (strict) bits that mean nothing. */
static bool finish(struct decoder *d, bool strict)
{
    size_t rest = d->digits % 4;
    if (rest == 1)
        return false;
    if (rest == 2) {
        *d->out++ = (char)(d->word >> 4);
        return !strict || (d->word & 15) == 0;
    }
    if (rest == 3) {
        *d->out++ = (char)(d->word >> 10);
        *d->out++ = (char)(d->word >> 2);
        return !strict || (d->word & 3) == 0;
    }
    return true;
}

bool crypto_base64_decode(struct arena *a, enum crypto_base64 form, struct span text, struct span *out)
{
    bool std = form == CRYPTO_BASE64_STD;
    char *bytes = arena_raw(a, text.len / 4 * 3 + 4);
    struct decoder d = {.out = bytes};
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.at[i], std, !std);
        if (std && text.at[i] == '=' && ++d.pads)
            continue;
        if (digit < 0 || d.pads)
            return false;
        take(&d, digit);
    }
    if (std && (d.pads > 2 || (d.digits + d.pads) % 4))
        return false;
    if (!finish(&d, true))
        return false;
    *d.out = 0;
    *out = (struct span){bytes, (size_t)(d.out - bytes)};
    return true;
}

bool crypto_base64_decode_any(struct arena *a, struct span text, struct span *out)
{
    char *bytes = arena_raw(a, text.len / 4 * 3 + 4);
    struct decoder d = {.out = bytes};
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.at[i], true, true);
        if (strchr("\r\n\t ", text.at[i]) && text.at[i])
            continue;
        if (text.at[i] == '=' && ++d.pads <= 2)
            continue;
        if (digit < 0 || d.pads)
            return false;
        take(&d, digit);
    }
    if (!finish(&d, false))
        return false;
    *d.out = 0;
    *out = (struct span){bytes, (size_t)(d.out - bytes)};
    return true;
}

const char *crypto_hex_encode(struct arena *a, struct span bytes)
{
    char *text = arena_raw(a, bytes.len * 2 + 1), *p = text;
    for (size_t i = 0; i < bytes.len; i++) {
        *p++ = "0123456789abcdef"[(unsigned char)bytes.at[i] >> 4];
        *p++ = "0123456789abcdef"[bytes.at[i] & 15];
    }
    *p = 0;
    return text;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool crypto_hex_decode(struct arena *a, struct span text, struct span *out)
{
    if (text.len % 2)
        return false;
    char *bytes = arena_raw(a, text.len / 2 + 1);
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_of(text.at[i]), low = hex_of(text.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (char)(high << 4 | low);
    }
    bytes[text.len / 2] = 0;
    *out = (struct span){bytes, text.len / 2};
    return true;
}
