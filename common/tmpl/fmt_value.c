/* tmpl/fmt_value - one value under one verb: strings, bytes, lists, maps, objects and nothing.
 *
 * Lists and maps apply the verb to their elements; an element that is nil prints <nil> under every verb, a
 * nil operand only under %v. Depth is capped, since a map may hold itself, and nothing is printed into a text
 * that is full. */
#include "text/unicode.h"
#include "tmpl/fmt.h"
#include "tmpl/private.h"

#include <stdio.h>
#include <stdlib.h>

struct printed {
    const struct printed *outer;
    const struct tmpl_map *map;
};

static void print_value(struct fmt *f, struct tmpl_value v, uint32_t verb, int depth);

void fmt_pad(struct fmt *f, struct span text)
{
    size_t n = f->width > 0 ? rune_count(text) : 0;
    size_t fill = f->width > 0 && n < (size_t)f->width ? (size_t)f->width - n : 0;
    if (!f->minus)
        str_fill(f->out, f->zero ? '0' : ' ', fill);
    str_add_span(f->out, text);
    if (f->minus)
        str_fill(f->out, ' ', fill);
}

void fmt_plain(struct str *out, struct tmpl_value v)
{
    struct fmt f = {.out = out, .width = -1, .precision = -1};
    fmt_arg(&f, v, 'v');
}

/* --- strings and bytes --- */

static void add_escaped(struct str *out, uint32_t rune, char quote, bool ascii)
{
    static const char letters[] = "abtnvfr";
    if (rune == (uint32_t)quote || rune == '\\') {
        str_char(out, '\\');
        str_char(out, (char)rune);
    } else if (rune >= '\a' && rune <= '\r') {
        str_char(out, '\\');
        str_char(out, letters[rune - '\a']);
    } else if (rune < 0x80 || !ascii ? rune_is_print(rune) : false) {
        rune_add(out, rune);
    } else if (rune < ' ' || rune == 0x7F) {
        str_printf(out, "\\x%02x", rune);
    } else {
        str_printf(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
    }
}

void fmt_quote(struct str *out, struct span text, char quote, bool ascii)
{
    size_t n;
    str_char(out, quote);
    for (; text.len; text.at += n, text.len -= n) {
        uint32_t rune = rune_decode(text, &n);
        if (rune == RUNE_BAD && n == 1)
            str_printf(out, "\\x%02x", (unsigned char)*text.at);
        else
            add_escaped(out, rune, quote, ascii);
    }
    str_char(out, quote);
}

void tmpl_quote(struct str *out, struct span s)
{
    fmt_quote(out, s, '"', false);
}

/* strconv.CanBackquote */
static bool can_backquote(struct span text)
{
    size_t n;
    for (; text.len; text.at += n, text.len -= n) {
        uint32_t rune = rune_decode(text, &n);
        if ((rune == RUNE_BAD && n == 1) || rune == 0xFEFF || (rune < ' ' && rune != '\t') || rune == '`' ||
            rune == 0x7F)
            return false;
    }
    return true;
}

static struct span cut_runes(struct span text, int precision)
{
    struct span rest = text;
    size_t n;
    for (int i = 0; precision >= 0 && rest.len; rest.at += n, rest.len -= n, i++) {
        rune_decode(rest, &n);
        if (i == precision)
            return (struct span){text.at, text.len - rest.len};
    }
    return text;
}

static void print_quoted(struct fmt *f, struct span text)
{
    CLEANUP(str_release) struct str s = {0};
    text = cut_runes(text, f->precision);
    if (f->sharp && can_backquote(text)) {
        str_char(&s, '`');
        str_add_span(&s, text);
        str_char(&s, '`');
    } else {
        fmt_quote(&s, text, '"', f->plus);
    }
    fmt_pad(f, str_span(&s));
}

/* %x: bytes as hex; with a blank flag apart, with # and 0x. */
static void print_hex(struct fmt *f, struct span bytes, bool upper)
{
    CLEANUP(str_release) struct str s = {0};
    if (f->precision >= 0 && (size_t)f->precision < bytes.len)
        bytes.len = (size_t)f->precision;
    for (size_t i = 0; i < bytes.len; i++) {
        if (f->space && i)
            str_char(&s, ' ');
        if (f->sharp && (f->space || i == 0))
            str_add(&s, upper ? "0X" : "0x");
        str_printf(&s, upper ? "%02X" : "%02x", (unsigned char)bytes.at[i]);
    }
    fmt_pad(f, str_span(&s));
}

/* False when the verb is none for text. */
static bool print_text(struct fmt *f, struct span text, uint32_t verb)
{
    switch (verb) {
    case 'v':
        if (f->sharp_v)
            print_quoted(f, text);
        else
            fmt_pad(f, cut_runes(text, f->precision));
        return true;
    case 's':
        fmt_pad(f, cut_runes(text, f->precision));
        return true;
    case 'x':
    case 'X':
        print_hex(f, text, verb == 'X');
        return true;
    case 'q':
        print_quoted(f, text);
        return true;
    default:
        return false;
    }
}

/* --- containers --- */

static void separate(struct fmt *f, size_t i)
{
    if (i)
        str_add(f->out, f->sharp_v ? ", " : " ");
}

static void print_element(struct fmt *f, struct tmpl_value v, uint32_t verb, int depth)
{
    if (tmpl_is_nothing(v))
        str_add(f->out, f->sharp_v ? "interface {}(nil)" : "<nil>");
    else
        print_value(f, v, verb, depth + 1);
}

/* A byte as it stands in a list, a space before it. */
struct byte_text {
    char at[4];
    uint8_t len;
};

static struct byte_text byte_text(unsigned c)
{
    struct byte_text t = {" ", 1};
    if (c >= 100)
        t.at[t.len++] = (char)('0' + c / 100);
    if (c >= 10)
        t.at[t.len++] = (char)('0' + c / 10 % 10);
    t.at[t.len++] = (char)('0' + c % 10);
    return t;
}

/* "1 22 255": what %v makes of bytes, without a call for each: a context that is printed holds whole files.
 */
static void print_bytes(struct str *out, struct span bytes)
{
    enum { PIECE = 1024 };
    struct byte_text texts[256];
    for (unsigned c = 0; bytes.len && c < 256; c++)
        texts[c] = byte_text(c);
    for (size_t i = 0; i < bytes.len && !out->full;) {
        size_t end = MIN(i + PIECE, bytes.len), first = i == 0;
        char text[PIECE * sizeof(texts->at)], *p = text;
        for (; i < end; i++) {
            const struct byte_text *t = &texts[(unsigned char)bytes.at[i]];
            for (size_t k = 0; k < sizeof(t->at); k++) /* all of them: quicker than as many as it has */
                p[k] = t->at[k];
            p += t->len;
        }
        str_add_n(out, text + first, (size_t)(p - text) - first);
    }
}

static bool is_without_flags(const struct fmt *f)
{
    return f->width < 0 && f->precision < 0 && !f->plus && !f->minus && !f->sharp && !f->space && !f->zero;
}

static void print_list(struct fmt *f, struct tmpl_value v, uint32_t verb, int depth)
{
    bool bytes = v.kind == TMPL_BYTES;
    if (bytes && (verb == 's' || verb == 'q' || verb == 'x' || verb == 'X')) {
        print_text(f, tmpl_span_of(v), verb);
        return;
    }
    if (f->sharp_v) {
        str_add(f->out, bytes && depth == 0 ? "[]byte" : tmpl_type_name(v));
        if (!bytes && !v.list) {
            str_add(f->out, "(nil)");
            return;
        }
    }
    str_char(f->out, f->sharp_v ? '{' : '[');
    bool quick = bytes && !f->sharp_v && (verb == 'v' || verb == 'd') && is_without_flags(f);
    if (quick)
        print_bytes(f->out, tmpl_span_of(v));
    for (size_t i = 0; !quick && i < tmpl_list_len(v) && !f->out->full; i++) {
        separate(f, i);
        print_element(f, tmpl_list_at(v, i), verb, depth);
    }
    str_char(f->out, f->sharp_v ? '}' : ']');
}

static void print_map(struct fmt *f, struct tmpl_value v, uint32_t verb, int depth)
{
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(v.map, &n);
    if (f->sharp_v)
        str_add(f->out, tmpl_type_name(v));
    if (f->sharp_v && !v.map) {
        str_add(f->out, "(nil)");
        return;
    }
    str_add(f->out, f->sharp_v ? "{" : "map[");
    struct printed self = {f->inside, v.map};
    for (const struct printed *p = f->inside; p && n; p = p->outer) {
        if (p->map == v.map) {
            str_add(f->out, "...");
            n = 0;
        }
    }
    f->inside = &self;
    for (size_t i = 0; i < n && !f->out->full; i++) {
        separate(f, i);
        print_value(f, tmpl_span((struct span){e[i].key, e[i].key_len}), verb, depth + 1);
        str_char(f->out, ':');
        print_element(f, e[i].value, verb, depth);
    }
    f->inside = self.outer;
    str_char(f->out, f->sharp_v ? '}' : ']');
}

static void print_object(struct fmt *f, const struct tmpl_object *o, uint32_t verb, int depth)
{
    const struct tmpl_type *t = o->type;
    if (t->hidden && t->fields_len == 1) { /* a number or text with a name */
        print_value(f, o->fields[0], verb, depth);
        return;
    }
    if (t->pointer && depth > 0) {
        str_printf(f->out, f->sharp_v ? "(%s)(0x%jx)" : "%.0s0x%jx", t->name, (uintmax_t)(uintptr_t)o);
        return;
    }
    if (t->pointer)
        str_char(f->out, '&');
    if (f->sharp_v)
        str_add(f->out, t->name + (t->pointer && *t->name == '*'));
    str_char(f->out, '{');
    for (size_t i = 0; i < t->fields_len && !t->hidden; i++) {
        separate(f, i);
        if (f->plus_v || f->sharp_v) {
            str_add(f->out, t->fields[i]);
            str_char(f->out, ':');
        }
        print_element(f, o->fields[i], verb, depth);
    }
    str_char(f->out, '}');
}

/* --- any value --- */

void fmt_bad_verb(struct fmt *f, struct tmpl_value v, uint32_t verb)
{
    str_add(f->out, "%!");
    rune_add(f->out, verb);
    str_char(f->out, '(');
    if (tmpl_is_nothing(v)) {
        str_add(f->out, "<nil>");
    } else {
        str_add(f->out, tmpl_type_name(v));
        str_char(f->out, '=');
        print_value(f, v, 'v', 0);
    }
    str_char(f->out, ')');
}

/* Error() and String() answer for the verbs that print text. */
static bool print_by_method(struct fmt *f, struct tmpl_value v, uint32_t verb)
{
    const struct tmpl_type *t = tmpl_type_of(v);
    if (!t || !t->text || f->sharp_v || !fmt_is_one_of(verb, "vsxXq"))
        return false;
    CLEANUP(str_release) struct str s = {0};
    t->text(v, &s);
    return print_text(f, str_span(&s), verb);
}

static void print_scalar(struct fmt *f, struct tmpl_value v, uint32_t verb)
{
    if (v.kind == TMPL_BOOL && (verb == 't' || verb == 'v'))
        fmt_pad(f, span_of(v.truth ? "true" : "false"));
    else if (v.kind == TMPL_FLOAT)
        fmt_float(f, v.f, verb, v);
    else if (tmpl_is_int(v) || tmpl_is_uint(v))
        fmt_integer(f, v, verb);
    else if (v.kind != TMPL_STR || !print_text(f, tmpl_span_of(v), verb))
        fmt_bad_verb(f, v, verb);
}

static void print_value(struct fmt *f, struct tmpl_value v, uint32_t verb, int depth)
{
    if (f->out->full)
        return;
    if (depth > VALUE_DEPTH_MAX) {
        str_add(f->out, "...");
        return;
    }
    if (print_by_method(f, v, verb))
        return;
    switch (v.kind) {
    case TMPL_BYTES:
    case TMPL_LIST:
        print_list(f, v, verb, depth);
        return;
    case TMPL_MAP:
        print_map(f, v, verb, depth);
        return;
    case TMPL_OBJECT:
        print_object(f, v.object, verb, depth);
        return;
    default:
        print_scalar(f, v, verb);
    }
}

/* %p: of what Go has an address for. */
static void print_address(struct fmt *f, struct tmpl_value v)
{
    bool has = v.kind >= TMPL_BYTES && (v.kind != TMPL_OBJECT || v.object->type->pointer);
    if (!has) {
        fmt_bad_verb(f, v, 'p');
        return;
    }
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, f->sharp ? "%jx" : "0x%jx", (uintmax_t)(uintptr_t)v.at);
    fmt_pad(f, str_span(&s));
}

void fmt_arg(struct fmt *f, struct tmpl_value v, uint32_t verb)
{
    if (verb == 'T')
        fmt_pad(f, span_of(tmpl_type_name(v)));
    else if (tmpl_is_nothing(v) && verb == 'v')
        fmt_pad(f, span_of("<nil>"));
    else if (tmpl_is_nothing(v))
        fmt_bad_verb(f, v, verb);
    else if (verb == 'p')
        print_address(f, v);
    else
        print_value(f, v, verb, 0);
}
