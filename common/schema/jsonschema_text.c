/* schema/jsonschema_text - how errors quote what they are about: as Go's fmt does. */
#include "schema/jsonschema_private.h"

#include <stdio.h>

/* The length of the UTF-8 sequence at `at` and its code point; 0 when it is none. */
static size_t decode(const char *at, size_t left, uint32_t *rune)
{
    const unsigned char *s = (const unsigned char *)at;
    size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (!len || len > left)
        return 0;
    uint32_t r = len == 1 ? s[0] : s[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        r = r << 6 | (s[i] & 0x3f);
    }
    *rune = r;
    return len;
}

/* What a terminal shows nothing for, or too much: controls, formats, separators, private use. */
static bool hidden(uint32_t r)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0, 0x1f},        {0x7f, 0xa0},     {0xad, 0xad},     {0x600, 0x605},      {0x61c, 0x61c},
        {0x6dd, 0x6dd},   {0x70f, 0x70f},   {0x1680, 0x1680}, {0x180e, 0x180e},    {0x2000, 0x200f},
        {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0xd800, 0xf8ff},    {0xfdd0, 0xfdef},
        {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (r >= ranges[i].from && r <= ranges[i].to)
            return true;
    return false;
}

static void quote_rune(struct str *out, const char *at, size_t len, uint32_t r, char mark)
{
    static const char names[] = "abtnvfr"; /* of 7 to 13 */
    if (r == '\\' || r == (uint32_t)mark)
        str_printf(out, "\\%c", (int)r);
    else if (r >= 7 && r <= 13)
        str_printf(out, "\\%c", names[r - 7]);
    else if (!hidden(r))
        str_add_n(out, at, len);
    else if (r < 0x80)
        str_printf(out, "\\x%02x", r);
    else
        str_printf(out, r < 0x10000 ? "\\u%04x" : "\\U%08x", r);
}

static void quote(struct str *out, struct span text, char mark)
{
    str_char(out, mark);
    for (size_t i = 0; i < text.len;) {
        uint32_t rune = 0;
        size_t len = decode(text.at + i, text.len - i, &rune);
        if (len)
            quote_rune(out, text.at + i, len, rune, mark);
        else
            str_printf(out, "\\x%02x", (unsigned char)text.at[i]);
        i += MAX(len, (size_t)1);
    }
    str_char(out, mark);
}

void js_quote(struct str *out, struct span text)
{
    quote(out, text, '\'');
}

void js_quote_double(struct str *out, struct span text)
{
    quote(out, text, '"');
}

void js_display(struct str *out, const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_STR:
        js_quote(out, doc_span(d));
        break;
    case DOC_BOOL:
        str_add(out, doc_bool(d, false) ? "true" : "false");
        break;
    case DOC_INT:
    case DOC_FLOAT:
        str_add_span(out, doc_literal(d));
        break;
    case DOC_NONE:
    case DOC_NULL:
        str_add(out, "<nil>");
        break;
    case DOC_LIST:
    case DOC_MAP:
        str_add(out, "value");
        break;
    }
}

const char *js_type_names(struct arena *a, unsigned types)
{
    static const char *const names[] = {"null", "boolean", "number", "integer", "string", "array", "object"};
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (types & 1U << i)
            str_printf(&s, "%s%s", s.len ? " or " : "", names[i]);
    return arena_strndup(a, str_text(&s), s.len);
}

const char *js_escape(struct arena *a, struct span token)
{
    CLEANUP(str_release) struct str s = {0};
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] == '~')
            str_add(&s, "~0");
        else if (token.at[i] == '/')
            str_add(&s, "~1");
        else
            str_char(&s, token.at[i]);
    }
    return arena_strndup(a, str_text(&s), s.len);
}
