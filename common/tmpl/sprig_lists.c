/* tmpl/sprig_lists - lists: each function gives a new []interface {} and leaves its argument alone.
 *
 * Where upstream's result is a nil slice or no value at all (rest of an empty list, slice of one) it is here
 * too, since toYaml tells. An argument that is no list is an error in upstream's words; of nil it is the
 * runtime's. */
#include "tmpl/sprig.h"

static const struct tmpl_type list_of_lists = {
    .name = "[][]interface {}", .kind = TMPL_LIST, .elem = TMPL_LIST};

static struct err *need_list(struct tmpl_value v, const char *what)
{
    if (tmpl_is_nothing(v))
        return err_new(ERR_INVALID, "runtime error: invalid memory address or nil pointer dereference");
    if (!tmpl_is_list(v))
        return err_new(ERR_INVALID, "%s %s", what, tmpl_kind_name(v));
    return NULL;
}

/* An empty list with room for `len`, after the arena was asked. */
static struct err *room(struct tmpl_exec *x, size_t len, struct tmpl_list **out)
{
    TRY(tmpl_reserve(x, len * sizeof(struct tmpl_value)));
    *out = tmpl_list_new(x->arena, &tmpl_type_list, len);
    (*out)->len = 0;
    return NULL;
}

static void push(struct tmpl_list *l, struct tmpl_value v)
{
    if (v.kind == TMPL_NONE)
        v.kind = TMPL_NIL;
    l->items[l->len++] = v;
}

static struct err *copy_range(struct tmpl_exec *x, struct tmpl_value v, size_t from, size_t to,
                              struct tmpl_value *out)
{
    struct tmpl_list *l;
    TRY(room(x, to - from, &l));
    for (size_t i = from; i < to; i++)
        push(l, tmpl_list_at(v, i));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(list)
{
    struct tmpl_list *l;
    TRY(room(x, n, &l));
    for (size_t i = 0; i < n; i++)
        push(l, args[i]);
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(first)
{
    TRY(need_list(args[0], "Cannot find first on type"));
    if (tmpl_list_len(args[0]))
        *out = tmpl_list_at(args[0], 0);
    return NULL;
}

TMPL_FN(last)
{
    size_t len = tmpl_list_len(args[0]);
    TRY(need_list(args[0], "Cannot find last on type"));
    if (len)
        *out = tmpl_list_at(args[0], len - 1);
    return NULL;
}

TMPL_FN(rest)
{
    size_t len = tmpl_list_len(args[0]);
    TRY(need_list(args[0], "Cannot find rest on type"));
    *out = tmpl_list_value(NULL);
    return len ? copy_range(x, args[0], 1, len, out) : NULL;
}

TMPL_FN(initial)
{
    size_t len = tmpl_list_len(args[0]);
    TRY(need_list(args[0], "Cannot find initial on type"));
    *out = tmpl_list_value(NULL);
    return len ? copy_range(x, args[0], 0, len - 1, out) : NULL;
}

/* A list that is appended to in a loop grows by doubling: each new list sees one item more of the same array.
 * Nobody can tell, since a list never changes within its length. */
TMPL_FN(append)
{
    TRY(need_list(args[0], "Cannot push on type"));
    size_t len = tmpl_list_len(args[0]);
    struct tmpl_list *old = args[0].kind == TMPL_LIST ? args[0].list : NULL,
                     *l = tmpl_list_new(x->arena, &tmpl_type_list, 0);
    bool tip = old && old->room && old->room->used == len && len < old->room->cap;
    if (tip) {
        *l = *old;
        l->type = &tmpl_type_list;
    } else {
        size_t cap = len + len / 2 + 4;
        TRY(tmpl_reserve(x, cap * sizeof(*l->items)));
        l->items = NEW_N(x->arena, struct tmpl_value, cap);
        l->room = NEW(x->arena, struct tmpl_room);
        l->room->cap = cap;
        l->len = 0;
        for (size_t i = 0; i < len; i++)
            push(l, tmpl_list_at(args[0], i));
    }
    push(l, args[1]);
    l->room->used = l->len;
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(prepend)
{
    struct tmpl_list *l;
    TRY(need_list(args[0], "Cannot prepend on type"));
    size_t len = tmpl_list_len(args[0]);
    TRY(room(x, len + 1, &l));
    push(l, args[1]);
    for (size_t i = 0; i < len; i++)
        push(l, tmpl_list_at(args[0], i));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(concat)
{
    struct tmpl_list *l;
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (!tmpl_is_nothing(args[i]) && !tmpl_is_list(args[i]))
            return err_new(ERR_INVALID, "Cannot concat type %s as list", tmpl_kind_name(args[i]));
        TRY(need_list(args[i], ""));
        len += tmpl_list_len(args[i]);
    }
    *out = tmpl_list_value(NULL);
    if (len == 0)
        return NULL;
    TRY(room(x, len, &l));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < tmpl_list_len(args[i]); j++)
            push(l, tmpl_list_at(args[i], j));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(reverse)
{
    struct tmpl_list *l;
    TRY(need_list(args[0], "Cannot find reverse on type"));
    size_t len = tmpl_list_len(args[0]);
    TRY(room(x, len, &l));
    for (size_t i = len; i-- > 0;)
        push(l, tmpl_list_at(args[0], i));
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(compact)
{
    struct tmpl_list *l;
    TRY(need_list(args[0], "Cannot compact on type"));
    size_t len = tmpl_list_len(args[0]);
    TRY(room(x, len, &l));
    for (size_t i = 0; i < len; i++)
        if (tmpl_true(tmpl_list_at(args[0], i)))
            push(l, tmpl_list_at(args[0], i));
    *out = tmpl_list_value(l);
    return NULL;
}

/* Is a value among the first `len` of some? Counted as steps: what calls it does so for every element. */
static struct err *among(struct tmpl_exec *x, const struct tmpl_value *some, size_t len, struct tmpl_value v,
                         bool *out)
{
    *out = false;
    for (size_t i = 0; i < len && !*out; i++)
        *out = tmpl_deep_equal(some[i], v);
    return tmpl_steps(x, len / 8);
}

TMPL_FN(uniq)
{
    struct tmpl_list *l;
    bool seen;
    TRY(need_list(args[0], "Cannot find uniq on type"));
    size_t len = tmpl_list_len(args[0]);
    TRY(room(x, len, &l));
    for (size_t i = 0; i < len; i++) {
        TRY(among(x, l->items, l->len, tmpl_list_at(args[0], i), &seen));
        if (!seen)
            push(l, tmpl_list_at(args[0], i));
    }
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(without)
{
    struct tmpl_list *l;
    bool unwanted;
    TRY(need_list(args[0], "Cannot find without on type"));
    size_t len = tmpl_list_len(args[0]);
    TRY(room(x, len, &l));
    for (size_t i = 0; i < len; i++) {
        TRY(among(x, args + 1, n - 1, tmpl_list_at(args[0], i), &unwanted));
        if (!unwanted)
            push(l, tmpl_list_at(args[0], i));
    }
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(has)
{
    bool found = false;
    *out = tmpl_bool(false);
    if (tmpl_is_nothing(args[1]))
        return NULL;
    TRY(need_list(args[1], "Cannot find has on type"));
    for (size_t i = 0; i < tmpl_list_len(args[1]) && !found; i++)
        found = tmpl_deep_equal(args[0], tmpl_list_at(args[1], i));
    *out = tmpl_bool(found);
    return NULL;
}

/* Shares the elements and keeps the type. */
TMPL_FN(slice)
{
    int64_t len = (int64_t)tmpl_list_len(args[0]);
    TRY(need_list(args[0], "list should be type of slice or array but"));
    if (len == 0)
        return NULL;
    int64_t from = n > 1 ? tmpl_cast_int64(args[1]) : 0, to = n > 2 ? tmpl_cast_int64(args[2]) : len;
    if (from < 0 || to < from || to > len)
        return err_new(ERR_INVALID, "reflect.Value.Slice: slice index out of bounds");
    *out = args[0];
    if (args[0].kind == TMPL_BYTES) {
        out->at += from;
        out->len = (uint32_t)(to - from);
        return NULL;
    }
    struct tmpl_list *l = tmpl_list_new(x->arena, args[0].list->type, 0);
    l->items = args[0].list->items + from;
    l->len = (size_t)(to - from);
    *out = tmpl_list_value(l);
    return NULL;
}

TMPL_FN(chunk)
{
    struct tmpl_list *l;
    TRY(need_list(args[1], "Cannot chunk type"));
    if (args[0].i <= 0)
        return err_new(ERR_INVALID, "runtime error: makeslice: len out of range");
    size_t len = tmpl_list_len(args[1]), size = MIN((size_t)args[0].i, MAX(len, 1));
    TRY(room(x, (len + size - 1) / size, &l));
    l->type = &list_of_lists;
    for (size_t i = 0; i < len; i += size) {
        struct tmpl_value part;
        TRY(copy_range(x, args[1], i, MIN(i + size, len), &part));
        push(l, part);
    }
    *out = tmpl_list_value(l);
    return NULL;
}

static const struct tmpl_func rows[] = {
    {"append", "aa", append},
    {"chunk", "ia", chunk},
    {"compact", "a", compact},
    {"concat", "a*", concat},
    {"first", "a", first},
    {"has", "aa", has},
    {"initial", "a", initial},
    {"last", "a", last},
    {"list", "a*", list},
    {"mustAppend", "aa", append},
    {"mustChunk", "ia", chunk},
    {"mustCompact", "a", compact},
    {"mustFirst", "a", first},
    {"mustHas", "aa", has},
    {"mustInitial", "a", initial},
    {"mustLast", "a", last},
    {"mustPrepend", "aa", prepend},
    {"mustPush", "aa", append},
    {"mustRest", "a", rest},
    {"mustReverse", "a", reverse},
    {"mustSlice", "aa*", slice},
    {"mustUniq", "a", uniq},
    {"mustWithout", "aa*", without},
    {"prepend", "aa", prepend},
    {"push", "aa", append},
    {"rest", "a", rest},
    {"reverse", "a", reverse},
    {"slice", "aa*", slice},
    {"tuple", "a*", list},
    {"uniq", "a", uniq},
    {"without", "aa*", without},
};
const struct tmpl_family tmpl_sprig_lists = {rows, ARRAY_LEN(rows)};
