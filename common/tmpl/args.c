/* tmpl/args - calls: how many arguments, of which types, and then the function.
 *
 * Nothing is converted: a constant becomes what the parameter wants where Go would have it so, a computed
 * value must be of the parameter's type already. A value piped in is the last argument. */
#include "tmpl/private.h"

#include <stdio.h>

enum { ARGS_INLINE = 8 };

static const char *param_name(const struct tmpl_func *row, char letter)
{
    switch (letter) {
    case 's':
        return "string";
    case 'b':
        return "bool";
    case 'i':
        return "int";
    case 'l':
        return "int64";
    case 'u':
        return "uint32";
    case 'f':
        return "float64";
    case 'm':
        return tmpl_type_map.name;
    case 'L':
        return tmpl_type_list.name;
    case 'S':
        return tmpl_type_strings.name;
    case 'M':
        return tmpl_type_str_map.name;
    case 'o':
        return row->object->name;
    case 'v':
        return "reflect.Value";
    default:
        return "interface {}";
    }
}

/* The nil of a parameter that can be nil; false for the others. */
static bool nil_of(char letter, struct tmpl_value *out)
{
    switch (letter) {
    case 'a':
        *out = tmpl_nil();
        return true;
    case 'v':
        *out = TMPL_NOTHING;
        return true;
    case 'm':
    case 'M':
        *out = tmpl_map_value(NULL);
        return true;
    case 'L':
    case 'S':
        *out = tmpl_list_value(NULL);
        return true;
    default:
        return false;
    }
}

static bool is_of(struct tmpl_value v, const struct tmpl_type *want)
{
    const struct tmpl_type *t = tmpl_type_of(v);
    return t && (t == want || t->of == want);
}

static bool assignable(const struct tmpl_func *row, char letter, struct tmpl_value v)
{
    switch (letter) {
    case 's':
        return v.kind == TMPL_STR;
    case 'b':
        return v.kind == TMPL_BOOL;
    case 'i':
        return v.kind == TMPL_INT;
    case 'l':
        return v.kind == TMPL_INT64;
    case 'u':
        return v.kind == TMPL_UINT32;
    case 'f':
        return v.kind == TMPL_FLOAT;
    case 'm':
        return is_of(v, &tmpl_type_map);
    case 'L':
        return is_of(v, &tmpl_type_list);
    case 'S':
        return is_of(v, &tmpl_type_strings);
    case 'M':
        return is_of(v, &tmpl_type_str_map);
    case 'o':
        return is_of(v, row->object);
    default:
        return true;
    }
}

/* A computed value as an argument. */
static struct err *validate(struct state *s, const struct tmpl_func *row, char letter, struct tmpl_value *v)
{
    v->boxed = false;
    if (v->kind == TMPL_NONE) {
        if (nil_of(letter, v))
            return NULL;
        return state_fail(s, "invalid value; expected %s", param_name(row, letter));
    }
    if (LIKELY(letter == 'a' || letter == 'v'))
        return NULL;
    if (v->kind != TMPL_NIL && assignable(row, letter, *v))
        return NULL;
    return state_fail(s, "wrong type for value; expected %s; got %s", param_name(row, letter),
                      v->kind == TMPL_NIL ? "interface {}" : tmpl_type_name(*v));
}

static struct err *not_expected(struct state *s, const char *what, const struct node *n)
{
    CLEANUP(str_release) struct str text = {0};
    node_print(&text, n);
    return state_fail(s, "expected %s; found %s", what, str_text(&text));
}

static struct err *number_arg(struct state *s, char letter, const struct node *n, struct tmpl_value *out)
{
    const struct number *c = n->kind == NODE_NUMBER ? n->number : NULL;
    switch (letter) {
    case 'i':
    case 'l':
        if (!c || !c->is_int)
            return not_expected(s, "integer", n);
        *out = letter == 'i' ? tmpl_int(c->i) : tmpl_int64(c->i);
        return NULL;
    case 'u':
        if (!c || !c->is_uint)
            return not_expected(s, "unsigned integer", n);
        *out = (struct tmpl_value){.kind = TMPL_UINT32, .u = (uint32_t)c->u};
        return NULL;
    default:
        if (!c || !c->is_float)
            return not_expected(s, "float", n);
        *out = tmpl_float(c->f);
        return NULL;
    }
}

/* A constant as an argument. */
static struct err *constant_arg(struct state *s, const struct tmpl_func *row, char letter,
                                const struct node *n, struct tmpl_value *out)
{
    switch (letter) {
    case 'a':
    case 'v':
        return eval_operand(s, TMPL_NOTHING, n, out);
    case 's':
        return n->kind == NODE_STRING ? eval_operand(s, TMPL_NOTHING, n, out) : not_expected(s, "string", n);
    case 'b':
        return n->kind == NODE_BOOL ? eval_operand(s, TMPL_NOTHING, n, out) : not_expected(s, "bool", n);
    case 'i':
    case 'l':
    case 'u':
    case 'f':
        return number_arg(s, letter, n, out);
    default: {
        CLEANUP(str_release) struct str text = {0};
        node_print(&text, n);
        return state_fail(s, "can't handle %s for arg of type %s", str_text(&text), param_name(row, letter));
    }
    }
}

static struct err *eval_arg(struct state *s, struct tmpl_value dot, const struct tmpl_func *row, char letter,
                            const struct node *n, struct tmpl_value *out)
{
    s->at = n;
    if (n->kind == NODE_NIL)
        return nil_of(letter, out) ? NULL : state_fail(s, "cannot assign nil to %s", param_name(row, letter));
    if (n->kind > NODE_NIL)
        return constant_arg(s, row, letter, n, out);
    TRY(eval_operand(s, dot, n, out));
    return validate(s, row, letter, out);
}

/* and, or: from left to right, and no further than needed. */
static struct err *eval_shortcut(struct state *s, struct tmpl_value dot, const struct call_site *c,
                                 struct tmpl_value *out)
{
    for (uint32_t i = 1; i < c->operands.len; i++) {
        TRY(eval_arg(s, dot, c->row, 'v', c->operands.at[i], out));
        if (tmpl_true(*out) == (c->shortcut == '|'))
            return NULL;
    }
    if (c->final)
        *out = *c->final;
    return NULL;
}

/* The letters of a row, and how many arguments a call has. */
struct arity {
    const char *params;
    size_t len; /* without the star */
    bool variadic;
    size_t explicit_args, all;
};

static char letter_of(const struct arity *a, size_t i)
{
    return a->params[MIN(i, a->len - 1)];
}

static struct err *check_arity(struct state *s, const struct call_site *c, struct arity *a)
{
    size_t n = strlen(c->row->params);
    a->params = c->row->params;
    a->variadic = n && a->params[n - 1] == '*';
    a->len = n - a->variadic;
    a->explicit_args = c->operands.len ? c->operands.len - 1 : 0;
    a->all = a->explicit_args + (c->final != NULL);
    if (a->variadic && a->all < a->len - 1)
        return state_fail(s, "wrong number of args for %.*s: want at least %zu got %zu", (int)c->name.len,
                          c->name.at, a->len - 1, a->explicit_args);
    if (!a->variadic && a->all != a->len)
        return state_fail(s, "wrong number of args for %.*s: want %zu got %zu", (int)c->name.len, c->name.at,
                          a->len, a->all);
    return NULL;
}

/* An error or a result that came out of the function. */
static struct err *finish(struct state *s, const struct call_site *c, struct err *e)
{
    if (LIKELY(!e)) {
        e = arena_used(s->x.arena) > s->memory_end ? tmpl_reserve(&s->x, 0) : NULL;
        return e ? state_frame(s, e, "") : NULL;
    }
    s->at = c->node;
    char what[160];
    snprintf(what, sizeof(what), "error calling %.*s: ", (int)MIN(c->name.len, 128), c->name.at);
    return state_frame(s, e, what);
}

struct err *eval_call(struct state *s, struct tmpl_value dot, const struct call_site *c,
                      struct tmpl_value *out)
{
    struct tmpl_value inline_args[ARGS_INLINE], *args = inline_args;
    struct arity a;
    TRY(check_arity(s, c, &a));
    if (c->shortcut)
        return eval_shortcut(s, dot, c, out);
    size_t at = 0, n = a.all + (c->receiver != NULL);
    if (n > ARGS_INLINE)
        args = NEW_N(s->x.arena, struct tmpl_value, n);
    if (c->receiver) {
        args[at] = *c->receiver;
        args[at++].boxed = false;
    }
    for (size_t i = 0; i < a.explicit_args; i++)
        TRY(eval_arg(s, dot, c->row, letter_of(&a, i), c->operands.at[i + 1], &args[at++]));
    if (c->final) {
        args[at] = *c->final;
        TRY(validate(s, c->row, letter_of(&a, a.all - 1), &args[at++]));
    }
    *out = tmpl_nil();
    s->site = c;
    s->calls++;
    return finish(s, c, c->row->fn(&s->x, args, n, out));
}
