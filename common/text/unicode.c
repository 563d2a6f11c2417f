/* text/unicode - ASCII is answered here, the rest by libutf8proc's tables. */
#include "text/unicode.h"

#include <utf8proc.h>

/* The bytes of the valid character that starts with `first`, 0 when none does. */
static size_t rune_bytes(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

uint32_t rune_decode(struct span text, size_t *len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text.at;
    size_t n = rune_bytes(p[0]);
    *len = 1;
    if (n == 1)
        return p[0];
    if (!n || n > text.len)
        return RUNE_BAD;
    uint32_t rune = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return RUNE_BAD;
        rune = rune << 6 | (p[i] & 0x3Fu);
    }
    if (rune < least[n] || rune > RUNE_MAX || (rune >= 0xD800 && rune < 0xE000))
        return RUNE_BAD;
    *len = n;
    return rune;
}

void rune_add(struct str *out, uint32_t rune)
{
    unsigned char bytes[4];
    if (rune > RUNE_MAX || (rune >= 0xD800 && rune < 0xE000))
        rune = RUNE_BAD;
    str_add_n(out, (const char *)bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)rune, bytes));
}

size_t rune_count(struct span text)
{
    size_t count = 0, n;
    for (; text.len; text.at += n, text.len -= n, count++)
        rune_decode(text, &n);
    return count;
}

bool rune_valid(struct span text)
{
    size_t n;
    for (; text.len; text.at += n, text.len -= n)
        if (rune_decode(text, &n) == RUNE_BAD && n == 1)
            return false;
    return true;
}

static utf8proc_category_t category(uint32_t rune)
{
    return utf8proc_category((utf8proc_int32_t)rune);
}

bool rune_is_letter(uint32_t rune)
{
    if (rune < 0x80)
        return (rune | 0x20) >= 'a' && (rune | 0x20) <= 'z';
    utf8proc_category_t c = category(rune);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool rune_is_digit(uint32_t rune)
{
    return rune < 0x80 ? rune >= '0' && rune <= '9' : category(rune) == UTF8PROC_CATEGORY_ND;
}

bool rune_is_upper(uint32_t rune)
{
    return category(rune) == UTF8PROC_CATEGORY_LU;
}

bool rune_is_lower(uint32_t rune)
{
    return category(rune) == UTF8PROC_CATEGORY_LL;
}

bool rune_is_title(uint32_t rune)
{
    return category(rune) == UTF8PROC_CATEGORY_LT;
}

bool rune_is_space(uint32_t rune)
{
    if (rune < 0x80)
        return rune == ' ' || (rune >= '\t' && rune <= '\r');
    utf8proc_category_t c = category(rune);
    return rune == 0x85 || (c >= UTF8PROC_CATEGORY_ZS && c <= UTF8PROC_CATEGORY_ZP);
}

bool rune_is_punct(uint32_t rune)
{
    utf8proc_category_t c = category(rune);
    return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
}

bool rune_is_print(uint32_t rune)
{
    if (rune < 0x80)
        return rune >= ' ' && rune < 0x7F;
    utf8proc_category_t c = category(rune);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_SO;
}

/* libutf8proc gives the sharp s its capital, Go does not. */
enum { SHARP_S = 0xDF };

uint32_t rune_upper(uint32_t rune)
{
    if (rune == SHARP_S)
        return rune;
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)rune);
}

uint32_t rune_lower(uint32_t rune)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)rune);
}

uint32_t rune_title(uint32_t rune)
{
    if (rune == SHARP_S)
        return rune;
    return (uint32_t)utf8proc_totitle((utf8proc_int32_t)rune);
}
