/* tmpl/convert - documents to values and back.
 *
 * Into values: scalars and lists at once, maps only when they are looked into. Back, as encoding/json does:
 * what it refuses is refused here, and a value that holds itself is found by its depth. */
#include "crypto/text.h"
#include "text/unicode.h"
#include "tmpl/private.h"

#include <math.h>

enum { DEPTH_MAX = 1000 };

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

static struct err *to_doc(struct arena *a, struct tmpl_value v, int depth, struct doc **out);

static struct err *list_to_doc(struct arena *a, struct tmpl_value v, int depth, struct doc **out)
{
    struct doc *item;
    *out = v.list ? doc_new_list(a) : doc_new_null(a);
    for (size_t i = 0; i < tmpl_list_len(v); i++) {
        TRY(to_doc(a, v.list->items[i], depth + 1, &item));
        doc_push(a, *out, item);
    }
    return NULL;
}

static struct err *map_to_doc(struct arena *a, const struct tmpl_map *m, int depth, struct doc **out)
{
    struct doc *item;
    size_t n;
    const struct tmpl_entry *e = tmpl_map_sorted(m, &n);
    *out = m ? doc_new_map(a) : doc_new_null(a);
    for (size_t i = 0; i < n; i++) {
        TRY(to_doc(a, e[i].value, depth + 1, &item));
        doc_set_span(a, *out, (struct span){e[i].key, e[i].key_len}, item);
    }
    return NULL;
}

static struct err *object_to_doc(struct arena *a, struct tmpl_value v, int depth, struct doc **out)
{
    const struct tmpl_type *t = v.object->type;
    struct doc *item;
    if (t->to_doc) {
        *out = t->to_doc(a, v);
        return NULL;
    }
    *out = doc_new_map(a);
    for (size_t i = 0; i < t->fields_len && !t->hidden; i++) {
        TRY(to_doc(a, v.object->fields[i], depth + 1, &item));
        doc_set(a, *out, t->fields[i], item);
    }
    return NULL;
}

static struct err *to_doc(struct arena *a, struct tmpl_value v, int depth, struct doc **out)
{
    if (depth > DEPTH_MAX)
        return err_new(ERR_INVALID, "json: unsupported value: encountered a cycle via %s", tmpl_type_name(v));
    TRY(arena_check(a));
    switch (v.kind) {
    case TMPL_BOOL:
        *out = doc_new_bool(a, v.truth);
        return NULL;
    case TMPL_FLOAT:
        if (!isfinite(v.f))
            return err_new(ERR_INVALID, "json: unsupported value: %s",
                           isnan(v.f) ? "NaN"
                           : v.f > 0  ? "+Inf"
                                      : "-Inf");
        *out = doc_new_float(a, v.f);
        return NULL;
    case TMPL_STR:
        *out = text_doc(a, tmpl_span_of(v));
        return NULL;
    case TMPL_BYTES: {
        struct span text = crypto_base64_encode(a, CRYPTO_BASE64_STD, tmpl_span_of(v));
        *out = doc_new_str_n(a, text.at, text.len);
        return NULL;
    }
    case TMPL_LIST:
        return list_to_doc(a, v, depth, out);
    case TMPL_MAP:
        return map_to_doc(a, v.map, depth, out);
    case TMPL_OBJECT:
        return object_to_doc(a, v, depth, out);
    case TMPL_NONE:
    case TMPL_NIL:
        *out = doc_new_null(a);
        return NULL;
    default:
        *out = tmpl_is_int(v) || v.u <= INT64_MAX ? doc_new_int(a, v.i) : doc_new_float(a, (double)v.u);
        return NULL;
    }
}

struct err *tmpl_to_doc(struct arena *a, struct tmpl_value v, struct doc **out)
{
    return to_doc(a, v, 0, out);
}
