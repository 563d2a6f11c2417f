/* tmpl/value - types, lists, truth and names.
 *
 * A value's Go type is its kind, or the tmpl_type of what it points to; a NULL list or map stands for a nil
 * of the plain type, so that a zero is as good as any other value. */
#include "tmpl/value.h"

#include "tmpl/private.h"

const struct tmpl_type tmpl_type_list = {.name = "[]interface {}", .kind = TMPL_LIST, .elem = TMPL_NIL};
const struct tmpl_type tmpl_type_strings = {.name = "[]string", .kind = TMPL_LIST, .elem = TMPL_STR};
const struct tmpl_type tmpl_type_ints = {.name = "[]int", .kind = TMPL_LIST, .elem = TMPL_INT};
const struct tmpl_type tmpl_type_map = {
    .name = "map[string]interface {}", .kind = TMPL_MAP, .elem = TMPL_NIL};
const struct tmpl_type tmpl_type_str_map = {.name = "map[string]string", .kind = TMPL_MAP, .elem = TMPL_STR};
const struct tmpl_type tmpl_type_files = {.name = "map[string][]uint8", .kind = TMPL_MAP, .elem = TMPL_BYTES};

static void error_text(struct tmpl_value v, struct str *out)
{
    str_add_span(out, tmpl_span_of(v.object->fields[0]));
}

static const struct tmpl_type error_type = {.name = "*errors.errorString",
                                            .kind = TMPL_OBJECT,
                                            .pointer = true,
                                            .hidden = true,
                                            .fields_len = 1,
                                            .text = error_text,
                                            .is_error = true};

struct tmpl_value tmpl_struct(struct arena *a, const struct tmpl_type *type, const struct tmpl_value *values)
{
    struct tmpl_object *o = NEW(a, struct tmpl_object);
    o->type = type;
    o->fields = arena_dup(a, values, type->fields_len * sizeof(*values));
    return tmpl_object(o);
}

struct tmpl_value tmpl_error_value(struct arena *a, const char *text)
{
    struct tmpl_value field = tmpl_str(arena_strdup(a, text));
    return tmpl_struct(a, &error_type, &field);
}

struct tmpl_list *tmpl_list_new(struct arena *a, const struct tmpl_type *type, size_t len)
{
    struct tmpl_list *l = NEW(a, struct tmpl_list);
    l->type = type;
    l->len = len;
    l->items = NEW_N(a, struct tmpl_value, len);
    return l;
}

size_t tmpl_list_len(struct tmpl_value list)
{
    if (list.kind == TMPL_BYTES)
        return list.len;
    return list.kind == TMPL_LIST && list.list ? list.list->len : 0;
}

struct tmpl_value tmpl_list_at(struct tmpl_value list, size_t i)
{
    if (list.kind == TMPL_BYTES)
        return (struct tmpl_value){.kind = TMPL_UINT8, .u = (unsigned char)list.at[i]};
    return list.list->items[i];
}

const struct tmpl_type *tmpl_type_of(struct tmpl_value v)
{
    switch (v.kind) {
    case TMPL_LIST:
        return v.list ? v.list->type : &tmpl_type_list;
    case TMPL_MAP:
        return tmpl_map_type(v.map);
    case TMPL_OBJECT:
        return v.object->type;
    default:
        return NULL;
    }
}

bool tmpl_true(struct tmpl_value v)
{
    switch (v.kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        return false;
    case TMPL_BOOL:
        return v.truth;
    case TMPL_FLOAT:
        return v.f != 0;
    case TMPL_STR:
    case TMPL_BYTES:
        return v.len > 0;
    case TMPL_LIST:
        return tmpl_list_len(v) > 0;
    case TMPL_MAP:
        return tmpl_map_len(v.map) > 0;
    case TMPL_OBJECT:
        return true;
    default:
        return v.u != 0;
    }
}

static const struct {
    const char *type, *kind;
} names[] = {
    [TMPL_NONE] = {"<nil>", "invalid"},   [TMPL_NIL] = {"<nil>", "invalid"},
    [TMPL_BOOL] = {"bool", "bool"},       [TMPL_INT] = {"int", "int"},
    [TMPL_INT64] = {"int64", "int64"},    [TMPL_INT32] = {"int32", "int32"},
    [TMPL_UINT8] = {"uint8", "uint8"},    [TMPL_UINT32] = {"uint32", "uint32"},
    [TMPL_UINT64] = {"uint64", "uint64"}, [TMPL_FLOAT] = {"float64", "float64"},
    [TMPL_STR] = {"string", "string"},    [TMPL_BYTES] = {"[]uint8", "slice"},
    [TMPL_LIST] = {NULL, "slice"},        [TMPL_MAP] = {NULL, "map"},
    [TMPL_OBJECT] = {NULL, "struct"},
};

const char *tmpl_type_name(struct tmpl_value v)
{
    const struct tmpl_type *t = tmpl_type_of(v);
    return t ? t->name : names[v.kind].type;
}

const char *tmpl_kind_name(struct tmpl_value v)
{
    return v.kind == TMPL_OBJECT && v.object->type->pointer ? "ptr" : names[v.kind].kind;
}

/* A pair of maps that is being compared: a map may hold itself, and is then equal where the rest is. */
struct compared {
    const struct compared *outer;
    const struct tmpl_map *x, *y;
};
struct comparison {
    const struct compared *inside;
    int depth;
    size_t left; /* pairs that may still be looked at: the same map may be held very often */
};
enum { PAIRS_MAX = 8 << 20 };

static bool values_equal(struct comparison *c, struct tmpl_value x, struct tmpl_value y);

static bool lists_equal(struct comparison *c, struct tmpl_value x, struct tmpl_value y)
{
    if (x.kind == TMPL_LIST && !x.list != !y.list)
        return false;
    size_t n = tmpl_list_len(x), i = 0;
    if (n != tmpl_list_len(y) || ++c->depth > VALUE_DEPTH_MAX)
        return false;
    while (i < n && values_equal(c, tmpl_list_at(x, i), tmpl_list_at(y, i)))
        i++;
    c->depth--;
    return i == n;
}

static bool entries_equal(struct comparison *c, const struct tmpl_map *x, const struct tmpl_map *y)
{
    size_t n, m;
    const struct tmpl_entry *a = tmpl_map_sorted(x, &n), *b = tmpl_map_sorted(y, &m);
    if (n != m)
        return false;
    for (size_t i = 0; i < n; i++)
        if (a[i].key_len != b[i].key_len || memcmp(a[i].key, b[i].key, a[i].key_len) != 0 ||
            !values_equal(c, a[i].value, b[i].value))
            return false;
    return true;
}

static bool maps_equal(struct comparison *c, const struct tmpl_map *x, const struct tmpl_map *y)
{
    if (x == y || !x || !y)
        return x == y;
    for (const struct compared *o = c->inside; o; o = o->outer)
        if (o->x == x && o->y == y)
            return true;
    struct compared pair = {c->inside, x, y};
    c->inside = &pair;
    bool equal = ++c->depth <= VALUE_DEPTH_MAX && entries_equal(c, x, y);
    c->depth--;
    c->inside = pair.outer;
    return equal;
}

static bool objects_equal(struct comparison *c, const struct tmpl_object *x, const struct tmpl_object *y)
{
    if (x == y)
        return true;
    if (x->type->equal)
        return x->type->equal(x, y);
    for (size_t i = 0; i < x->type->fields_len; i++)
        if (!values_equal(c, x->fields[i], y->fields[i]))
            return false;
    return x->type->fields_len > 0;
}

static bool values_equal(struct comparison *c, struct tmpl_value x, struct tmpl_value y)
{
    if (tmpl_is_nothing(x) || tmpl_is_nothing(y))
        return tmpl_is_nothing(x) && tmpl_is_nothing(y);
    if (x.kind != y.kind || tmpl_type_of(x) != tmpl_type_of(y) || c->left-- == 0)
        return false;
    switch (x.kind) {
    case TMPL_BOOL:
        return x.truth == y.truth;
    case TMPL_FLOAT:
        return x.f == y.f;
    case TMPL_STR:
        return span_eq(tmpl_span_of(x), tmpl_span_of(y));
    case TMPL_BYTES:
    case TMPL_LIST:
        return lists_equal(c, x, y);
    case TMPL_MAP:
        return maps_equal(c, x.map, y.map);
    case TMPL_OBJECT:
        return objects_equal(c, x.object, y.object);
    default:
        return x.u == y.u;
    }
}

bool tmpl_deep_equal(struct tmpl_value x, struct tmpl_value y)
{
    struct comparison c = {.left = PAIRS_MAX};
    return values_equal(&c, x, y);
}
