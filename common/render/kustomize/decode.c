/* render/kustomize/decode - the walk of a document along its Go type.
 *
 * The copy is edited in place, so that lines stay. Go stops at the first error but decodes the keys in the
 * order of the JSON text, which the original makes from YAML with sorted keys: hence the sort. */
#include "render/kustomize/decode.h"

#include "base/str.h"

#include <stdlib.h>
#include <strings.h>

const struct kustomize_shape kustomize_text = {KUSTOMIZE_TEXT, "string", NULL, NULL};
const struct kustomize_shape kustomize_texts = {KUSTOMIZE_LIST, "[]string", &kustomize_text, NULL};
const struct kustomize_shape kustomize_pairs = {KUSTOMIZE_MAP, "map[string]string", &kustomize_text, NULL};
const struct kustomize_shape kustomize_flag = {KUSTOMIZE_BOOL, "bool", NULL, NULL};
const struct kustomize_shape kustomize_number = {KUSTOMIZE_INT, "int", NULL, NULL};
const struct kustomize_shape kustomize_any = {KUSTOMIZE_ANY, "interface {}", NULL, NULL};

/* Where the walk is, for messages: the innermost struct and the path of fields to it. */
struct where {
    const char *structure; /* "Selector"; NULL outside of a struct's fields */
    const char *path;      /* "patches.target" */
};
struct decoder {
    struct arena *a;
    int flags;
};

static const char *short_name(const char *go)
{
    const char *dot = strrchr(go, '.');
    return dot ? dot + 1 : go;
}

static struct err *mismatch(const struct kustomize_shape *shape, const struct doc *d, const struct where *w)
{
    struct span number = shape->type == KUSTOMIZE_INT ? doc_literal(d) : (struct span){NULL, 0};
    const char *space = number.len ? " " : "";
    if (!w->structure)
        return err_new(ERR_INVALID, "json: cannot unmarshal %s%s%.*s into Go value of type %s",
                       doc_kind_name(d), space, (int)number.len, number.len ? number.at : "", shape->go);
    return err_new(ERR_INVALID, "json: cannot unmarshal %s%s%.*s into Go struct field %s.%s of type %s",
                   doc_kind_name(d), space, (int)number.len, number.len ? number.at : "", w->structure,
                   w->path, shape->go);
}

static struct err *decode(const struct decoder *d, const struct kustomize_shape *shape, struct doc *at,
                          const struct where *w);

/* --- maps and structs --- */

static int by_bytes(const void *x, const void *y)
{
    const struct span *a = x, *b = y;
    int by = memcmp(a->at, b->at, MIN(a->len, b->len));
    return by ? by : (a->len > b->len) - (a->len < b->len);
}

static struct span *keys_sorted(struct arena *a, const struct doc *map)
{
    struct span *keys = NEW_N(a, struct span, doc_len(map) + 1);
    size_t n = 0;
    doc_each (it, map)
        keys[n++] = it.key;
    if (n)
        qsort(keys, n, sizeof(*keys), by_bytes);
    return keys;
}

static const struct kustomize_field *field_of(const struct kustomize_shape *shape, struct span key)
{
    for (const struct kustomize_field *f = shape->fields; f->name; f++)
        if (strlen(f->name) == key.len && strncasecmp(f->name, key.at, key.len) == 0)
            return f;
    return NULL;
}

static struct err *decode_field(const struct decoder *d, const struct kustomize_shape *shape, struct doc *map,
                                struct span key, const struct where *w)
{
    const struct kustomize_field *f = field_of(shape, key);
    if (!f && (d->flags & KUSTOMIZE_UNKNOWN)) {
        doc_del_span(d->a, map, key);
        return NULL;
    }
    if (!f)
        return err_new(ERR_INVALID, "json: unknown field \"%.*s\"", (int)key.len, key.at);
    if (doc_is(doc_get_span(map, key), DOC_NULL)) {
        doc_del_span(d->a, map, key);
        return NULL;
    }
    struct where inner = {.structure = short_name(shape->go),
                          .path =
                              arena_printf(d->a, "%s%s%s%s", w->path, *w->path ? "." : "", f->via, f->name)};
    if (!span_is(key, f->name)) {
        doc_set(d->a, map, f->name, doc_get_span(map, key));
        doc_del_span(d->a, map, key);
    }
    return decode(d, f->shape, doc_own_get(d->a, map, span_of(f->name)), &inner);
}

static struct err *decode_struct(const struct decoder *d, const struct kustomize_shape *shape,
                                 struct doc *map, const struct where *w)
{
    size_t n = doc_len(map);
    struct span *keys = keys_sorted(d->a, map);
    for (size_t i = 0; i < n; i++)
        TRY(decode_field(d, shape, map, keys[i], w));
    return NULL;
}

static struct err *decode_map(const struct decoder *d, const struct kustomize_shape *shape, struct doc *map,
                              const struct where *w)
{
    size_t n = doc_len(map);
    struct span *keys = keys_sorted(d->a, map);
    for (size_t i = 0; i < n; i++)
        TRY(decode(d, shape->of, doc_own_get(d->a, map, keys[i]), w));
    return NULL;
}

/* --- the rest --- */

/* A null inside a list or map is Go's zero value. */
static void zero(const struct decoder *d, const struct kustomize_shape *shape, struct doc *at)
{
    if (shape->type == KUSTOMIZE_TEXT)
        doc_put(at, doc_new_str(d->a, ""));
    else if (shape->type == KUSTOMIZE_STRUCT)
        doc_put(at, doc_new_map(d->a));
}

static struct err *decode_list(const struct decoder *d, const struct kustomize_shape *shape, struct doc *list,
                               const struct where *w)
{
    for (size_t i = 0; i < doc_len(list); i++)
        TRY(decode(d, shape->of, doc_own_at(d->a, list, i), w));
    return NULL;
}

static bool becomes_text(const struct doc *d)
{
    return doc_is(d, DOC_INT) || doc_is(d, DOC_FLOAT) || doc_is(d, DOC_BOOL);
}

static struct err *decode_text(const struct decoder *d, const struct kustomize_shape *shape, struct doc *at,
                               const struct where *w)
{
    if (doc_is(at, DOC_STR))
        return NULL;
    if (!(d->flags & KUSTOMIZE_TEXTS) || !becomes_text(at))
        return mismatch(shape, at, w);
    struct span number = doc_literal(at);
    if (doc_is(at, DOC_BOOL))
        number = span_of(doc_bool(at, false) ? "true" : "false");
    doc_put(at, doc_new_str_n(d->a, number.at, number.len));
    return NULL;
}

static struct err *decode(const struct decoder *d, const struct kustomize_shape *shape, struct doc *at,
                          const struct where *w)
{
    static const enum doc_kind kinds[] = {
        [KUSTOMIZE_BOOL] = DOC_BOOL, [KUSTOMIZE_INT] = DOC_INT,    [KUSTOMIZE_LIST] = DOC_LIST,
        [KUSTOMIZE_MAP] = DOC_MAP,   [KUSTOMIZE_STRUCT] = DOC_MAP,
    };
    if (shape->type == KUSTOMIZE_ANY)
        return NULL;
    if (doc_is(at, DOC_NULL)) {
        zero(d, shape, at);
        return NULL;
    }
    if (shape->type == KUSTOMIZE_TEXT)
        return decode_text(d, shape, at, w);
    if (!doc_is(at, kinds[shape->type]))
        return mismatch(shape, at, w);
    if (shape->type == KUSTOMIZE_LIST)
        return decode_list(d, shape, at, w);
    if (shape->type == KUSTOMIZE_MAP)
        return decode_map(d, shape, at, w);
    return shape->type == KUSTOMIZE_STRUCT ? decode_struct(d, shape, at, w) : NULL;
}

struct err *kustomize_decode(struct arena *a, const struct kustomize_shape *shape, const struct doc *in,
                             int flags, const struct doc **out)
{
    struct decoder d = {a, flags};
    struct doc *own = doc_shallow(a, in);
    *out = own;
    return decode(&d, shape, own, &(struct where){.path = ""});
}
