/* tmpl/convert - documents to values and back.
 *
 * Into values: scalars and lists at once, maps only when they are looked into. Back, as encoding/json does:
 * what it refuses is refused here, and a value that holds itself is found by its depth. */
#include "crypto/text.h"
#include "text/unicode.h"
#include "tmpl/private.h"

#include <math.h>

enum { NODES_MAX = 8 << 20 };

/* The maps around what is being turned into a document. */
struct holder {
    const struct holder *outer;
    const struct tmpl_map *map;
};

struct marshal {
    struct arena *a;
    const struct holder *inside;
    int depth;
    size_t left; /* nodes that may still be made */
};

static struct tmpl_value list_of_doc(struct arena *a, const struct doc *d, enum tmpl_numbers numbers)
{
    struct tmpl_list *l = tmpl_list_new(a, &tmpl_type_list, doc_len(d));
    doc_each (it, d)
        l->items[it.index] = tmpl_from_doc(a, it.val, numbers);
    return tmpl_list_value(l);
}

struct tmpl_value tmpl_from_doc(struct arena *a, const struct doc *d, enum tmpl_numbers numbers)
{
    switch (doc_kind(d)) {
    case DOC_NONE:
    case DOC_NULL:
        return tmpl_nil();
    case DOC_BOOL:
        return tmpl_bool(doc_bool(d, false));
    case DOC_INT:
        if (numbers == TMPL_NUMBERS_INT64)
            return tmpl_int64(doc_int(d, 0));
        return tmpl_float(doc_float(d, 0));
    case DOC_FLOAT:
        return tmpl_float(doc_float(d, 0));
    case DOC_STR:
        return tmpl_span(doc_span(d));
    case DOC_LIST:
        return list_of_doc(a, d, numbers);
    case DOC_MAP:
        return tmpl_map_value(tmpl_map_of_doc(a, d, numbers));
    }
    return tmpl_nil();
}

/* encoding/json writes U+FFFD for each invalid byte. */
static struct doc *text_doc(struct arena *a, struct span text)
{
    if (rune_valid(text))
        return doc_new_str_n(a, text.at ? text.at : "", text.len);
    CLEANUP(str_release) struct str s = {0};
    size_t n;
    for (; text.len; text.at += n, text.len -= n)
        rune_add(&s, rune_decode(text, &n));
    return doc_new_str_n(a, s.at, s.len);
}

static struct err *to_doc(struct marshal *m, struct tmpl_value v, struct doc **out);

static struct err *list_to_doc(struct marshal *m, struct tmpl_value v, struct doc **out)
{
    struct doc *item;
    *out = v.list ? doc_new_list(m->a) : doc_new_null(m->a);
    m->depth++;
    for (size_t i = 0; i < tmpl_list_len(v); i++) {
        TRY(to_doc(m, v.list->items[i], &item));
        doc_push(m->a, *out, item);
    }
    m->depth--;
    return NULL;
}

static struct err *map_to_doc(struct marshal *m, const struct tmpl_map *map, struct doc **out)
{
    struct doc *item;
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(map, &n);
    struct holder self = {m->inside, map};
    *out = tmpl_map_is_nil(map) ? doc_new_null(m->a) : doc_new_map(m->a);
    for (const struct holder *h = m->inside; h && n; h = h->outer)
        if (h->map == map)
            return err_new(ERR_INVALID, "json: unsupported value: encountered a cycle via %s",
                           tmpl_map_type(map)->name);
    m->inside = &self;
    m->depth++;
    for (size_t i = 0; i < n; i++) {
        TRY(to_doc(m, e[i].value, &item));
        doc_set_span(m->a, *out, (struct span){e[i].key, e[i].key_len}, item);
    }
    m->depth--;
    m->inside = self.outer;
    return NULL;
}

static struct err *object_to_doc(struct marshal *m, struct tmpl_value v, struct doc **out)
{
    const struct tmpl_type *t = v.object->type;
    struct doc *item;
    if (t->to_doc) {
        *out = t->to_doc(m->a, v);
        return NULL;
    }
    *out = doc_new_map(m->a);
    for (size_t i = 0; i < t->fields_len && !t->hidden; i++) {
        TRY(to_doc(m, v.object->fields[i], &item));
        doc_set(m->a, *out, t->fields[i], item);
    }
    return NULL;
}

static struct err *number_to_doc(struct arena *a, struct tmpl_value v, struct doc **out)
{
    if (v.kind != TMPL_FLOAT) {
        *out = tmpl_is_int(v) || v.u <= INT64_MAX ? doc_new_int(a, v.i) : doc_new_float(a, (double)v.u);
        return NULL;
    }
    if (!isfinite(v.f))
        return err_new(ERR_INVALID, "json: unsupported value: %s",
                       isnan(v.f) ? "NaN"
                       : v.f > 0  ? "+Inf"
                                  : "-Inf");
    *out = doc_new_float(a, v.f);
    return NULL;
}

static struct err *to_doc(struct marshal *m, struct tmpl_value v, struct doc **out)
{
    if (m->left-- == 0)
        return err_reason(ERR_EXHAUSTED, "Nodes", "the value has more than %d nodes", NODES_MAX);
    if (m->depth > VALUE_DEPTH_MAX)
        return err_reason(ERR_EXHAUSTED, "Depth", "the value nests more than %d deep", VALUE_DEPTH_MAX);
    TRY(arena_check(m->a));
    switch (v.kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        *out = doc_new_null(m->a);
        return NULL;
    case TMPL_BOOL:
        *out = doc_new_bool(m->a, v.truth);
        return NULL;
    case TMPL_STR:
        *out = text_doc(m->a, tmpl_span_of(v));
        return NULL;
    case TMPL_BYTES: {
        struct span text = crypto_base64_encode(m->a, CRYPTO_BASE64_STD, tmpl_span_of(v));
        *out = doc_new_str_n(m->a, text.at, text.len);
        return NULL;
    }
    case TMPL_LIST:
        return list_to_doc(m, v, out);
    case TMPL_MAP:
        return map_to_doc(m, v.map, out);
    case TMPL_OBJECT:
        return object_to_doc(m, v, out);
    default:
        return number_to_doc(m->a, v, out);
    }
}

struct err *tmpl_to_doc(struct arena *a, struct tmpl_value v, struct doc **out)
{
    struct marshal m = {.a = a, .left = NODES_MAX};
    return to_doc(&m, v, out);
}
