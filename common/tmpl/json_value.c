/* tmpl/json_value - values as JSON, as encoding/json marshals them: keys in byte order, bytes in base64, nil
 * lists and maps as null, invalid UTF-8 as \ufffd. Straight from the value: charts ask `toJson` of whole
 * trees only to look for "{{". */
#include "crypto/text.h"
#include "doc/json.h"
#include "text/unicode.h"
#include "tmpl/codec.h"
#include "tmpl/private.h"

#include <math.h>

/* The maps around what is written. */
struct holder {
    const struct holder *outer;
    const struct tmpl_map *map;
};

struct writer {
    struct arena *a;
    struct str *out;
    const struct holder *inside;
    size_t depth;
    int flags;
};

static struct err *write_value(struct writer *w, struct tmpl_value v);

static const char *escape_of(unsigned char c, int flags)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '<':
        return flags & JSON_HTML ? "\\u003c" : NULL;
    case '>':
        return flags & JSON_HTML ? "\\u003e" : NULL;
    case '&':
        return flags & JSON_HTML ? "\\u0026" : NULL;
    default:
        return NULL;
    }
}

/* A character that cannot stand as it is; bytes that need nothing are added in runs. */
static void write_string(struct str *out, struct span s, int flags)
{
    size_t from = 0, len = 1;
    str_char(out, '"');
    for (size_t i = 0; i < s.len; i += len) {
        unsigned char c = (unsigned char)s.at[i];
        const char *as = NULL;
        len = 1;
        if (c >= 0x80) {
            uint32_t rune = rune_decode((struct span){s.at + i, s.len - i}, &len);
            as = rune == RUNE_BAD && len == 1 ? "\\ufffd"
                 : rune == 0x2028             ? "\\u2028"
                 : rune == 0x2029             ? "\\u2029"
                                              : NULL;
        } else if (c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
            as = escape_of(c, flags);
        }
        if (!as && c >= ' ')
            continue;
        str_add_n(out, s.at + from, i - from);
        if (as)
            str_add(out, as);
        else
            str_printf(out, "\\u%04x", c);
        from = i + len;
    }
    if (s.len > from)
        str_add_n(out, s.at + from, s.len - from);
    str_char(out, '"');
}

static struct err *write_float(struct str *out, double f)
{
    if (!isfinite(f))
        return err_new(ERR_INVALID, "json: unsupported value: %s",
                       isnan(f) ? "NaN"
                       : f > 0  ? "+Inf"
                                : "-Inf");
    double size = fabs(f);
    bool exponent = f != 0 && (size < 1e-6 || size >= 1e21);
    tmpl_format_float(out, f, exponent ? 'e' : 'f', -1);
    if (exponent && out->len > 4 && out->at[out->len - 4] == 'e' && out->at[out->len - 2] == '0') {
        out->at[out->len - 2] = out->at[out->len - 1]; /* e-09 is e-9 */
        out->len--;
    }
    return NULL;
}

static void newline(struct writer *w)
{
    if (!(w->flags & JSON_INDENT))
        return;
    str_char(w->out, '\n');
    str_fill(w->out, ' ', 2 * w->depth);
}

static struct err *write_list(struct writer *w, struct tmpl_value v)
{
    size_t n = tmpl_list_len(v);
    str_char(w->out, '[');
    w->depth++;
    for (size_t i = 0; i < n; i++) {
        if (i)
            str_char(w->out, ',');
        newline(w);
        TRY(write_value(w, v.list->items[i]));
    }
    w->depth--;
    if (n)
        newline(w);
    str_char(w->out, ']');
    return NULL;
}

static void write_key(struct writer *w, struct span key, bool first)
{
    if (!first)
        str_char(w->out, ',');
    newline(w);
    write_string(w->out, key, w->flags);
    str_add(w->out, w->flags & JSON_INDENT ? ": " : ":");
}

static struct err *write_map(struct writer *w, const struct tmpl_map *m)
{
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(m, &n);
    struct holder self = {w->inside, m};
    for (const struct holder *h = w->inside; h && n; h = h->outer)
        if (h->map == m)
            return err_new(ERR_INVALID, "json: unsupported value: encountered a cycle via %s",
                           tmpl_map_type(m)->name);
    w->inside = &self;
    str_char(w->out, '{');
    w->depth++;
    for (size_t i = 0; i < n; i++) {
        write_key(w, (struct span){e[i].key, e[i].key_len}, i == 0);
        TRY(write_value(w, e[i].value));
    }
    w->depth--;
    if (n)
        newline(w);
    str_char(w->out, '}');
    w->inside = self.outer;
    return NULL;
}

static struct err *write_object(struct writer *w, struct tmpl_value v)
{
    const struct tmpl_type *t = v.object->type;
    if (t->to_doc) {
        json_write(w->out, t->to_doc(w->a, v), w->flags & ~JSON_INDENT);
        return NULL;
    }
    size_t n = t->hidden ? 0 : t->fields_len;
    str_char(w->out, '{');
    w->depth++;
    for (size_t i = 0; i < n; i++) {
        write_key(w, span_of(t->fields[i]), i == 0);
        TRY(write_value(w, v.object->fields[i]));
    }
    w->depth--;
    if (n)
        newline(w);
    str_char(w->out, '}');
    return NULL;
}

static struct err *write_value(struct writer *w, struct tmpl_value v)
{
    if (w->out->full)
        return NULL; /* the caller sees it */
    if (w->depth > VALUE_DEPTH_MAX)
        return err_reason(ERR_EXHAUSTED, "Depth", "the value nests more than %d deep", VALUE_DEPTH_MAX);
    switch (v.kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        str_add(w->out, "null");
        return NULL;
    case TMPL_FLOAT:
        return write_float(w->out, v.f);
    case TMPL_STR:
        write_string(w->out, tmpl_span_of(v), w->flags);
        return NULL;
    case TMPL_BYTES:
        str_char(w->out, '"');
        str_add_span(w->out, crypto_base64_encode(w->a, CRYPTO_BASE64_STD, tmpl_span_of(v)));
        str_char(w->out, '"');
        return NULL;
    case TMPL_LIST:
        if (v.list)
            return write_list(w, v);
        str_add(w->out, "null");
        return NULL;
    case TMPL_MAP:
        if (!tmpl_map_is_nil(v.map))
            return write_map(w, v.map);
        str_add(w->out, "null");
        return NULL;
    case TMPL_OBJECT:
        return write_object(w, v);
    default:
        tmpl_print(w->out, v);
        return NULL;
    }
}

struct err *codec_json(struct tmpl_exec *x, struct tmpl_value v, int flags, struct tmpl_value *out)
{
    struct str s = {0};
    struct writer w = {.a = x->arena, .out = &s, .flags = flags};
    struct err *e = write_value(&w, v);
    if (!e)
        return tmpl_give(x, &s, out);
    str_release(&s);
    return e;
}
