/* tmpl/eval - pipelines, commands and field chains.
 *
 * The order in which `s->at` moves is Go's, since messages name the node that was looked at last. A value
 * that is taken out of an interface {} is `boxed` until its command ends; a nil interface becomes no value at
 * all there (specs/helm.md §1.4). */
#include "tmpl/private.h"

/* What stands behind the last field of a chain, or a function. */
struct tail {
    const struct node *node; /* for messages of a call */
    const struct nodes *operands;
    const struct tmpl_value *final;
};

static bool has_args(const struct tail *t)
{
    return (t->operands && t->operands->len > 1) || t->final;
}

static struct err *no_function(struct state *s, const struct tail *t)
{
    if (!has_args(t))
        return NULL;
    CLEANUP(str_release) struct str text = {0};
    node_print(&text, t->operands->at[0]);
    return state_fail(s, "can't give argument to non-function %s", str_text(&text));
}

/* --- fields --- */

static const struct tmpl_func *find_method(const struct tmpl_type *t, struct span name)
{
    for (size_t i = 0; t && i < t->methods_len; i++)
        if (span_is(name, t->methods[i].name))
            return &t->methods[i];
    return NULL;
}

static struct tmpl_value zero_of(uint8_t kind)
{
    struct tmpl_value v = {.kind = kind, .boxed = kind == TMPL_NIL};
    if (kind == TMPL_STR || kind == TMPL_BYTES)
        v.at = "";
    return v;
}

static struct err *map_field(struct state *s, const struct key *key, const struct tmpl_map *m,
                             const struct tail *tail, struct tmpl_value *out)
{
    const struct tmpl_type *t = tmpl_map_type(m);
    if (has_args(tail))
        return state_fail(s, "%.*s is not a method but has arguments", (int)key->name.len, key->name.at);
    *out = tmpl_map_get_hashed(m, key->name, key->hash);
    out->boxed = t->elem == TMPL_NIL;
    if (UNLIKELY(s->x.env->watch != NULL))
        s->x.env->watch(s->x.env->host, m, key->name, *out);
    if (LIKELY(out->kind != TMPL_NONE))
        return NULL;
    if (s->x.env->missing == TMPL_MISSING_ERROR)
        return state_fail(s, "map has no entry for key \"%.*s\"", (int)key->name.len, key->name.at);
    *out = s->x.env->missing == TMPL_MISSING_ZERO ? zero_of(t->elem) : TMPL_NOTHING;
    return NULL;
}

static struct err *object_field(struct state *s, const struct key *key, const struct tmpl_object *o,
                                const struct tail *tail, struct tmpl_value *out)
{
    const struct tmpl_type *t = o->type;
    for (size_t i = 0; i < t->fields_len && !t->hidden; i++) {
        if (!span_is(key->name, t->fields[i]))
            continue;
        if (has_args(tail))
            return state_fail(s, "%s has arguments but cannot be invoked as function", t->fields[i]);
        *out = o->fields[i];
        return NULL;
    }
    return state_fail(s, "can't evaluate field %.*s in type %s", (int)key->name.len, key->name.at, t->name);
}

static struct err *eval_field(struct state *s, struct tmpl_value dot, const struct key *key,
                              const struct tail *tail, struct tmpl_value receiver, struct tmpl_value *out)
{
    int len = (int)key->name.len;
    if (receiver.kind == TMPL_NONE) {
        *out = TMPL_NOTHING;
        return s->x.env->missing == TMPL_MISSING_ERROR
                   ? state_fail(s, "nil data; no entry for key \"%.*s\"", len, key->name.at)
                   : NULL;
    }
    if (receiver.kind == TMPL_NIL)
        return state_fail(s, "nil pointer evaluating interface {}.%.*s", len, key->name.at);
    const struct tmpl_func *method = find_method(tmpl_type_of(receiver), key->name);
    if (method) {
        struct call_site c = {tail->node, method, key->name, 0, &receiver, {0}, tail->final};
        if (tail->operands)
            c.operands = *tail->operands;
        return eval_call(s, dot, &c, out);
    }
    if (receiver.kind == TMPL_MAP)
        return map_field(s, key, receiver.map, tail, out);
    if (receiver.kind == TMPL_OBJECT)
        return object_field(s, key, receiver.object, tail, out);
    return state_fail(s, "can't evaluate field %.*s in type %s", len, key->name.at,
                      receiver.boxed ? "interface {}" : tmpl_type_name(receiver));
}

struct keys {
    const struct key *at;
    uint32_t len;
};

static struct err *eval_keys(struct state *s, struct tmpl_value dot, struct keys keys,
                             const struct tail *tail, struct tmpl_value *v)
{
    struct tail none = {.node = tail->node};
    for (uint32_t i = 0; i < keys.len; i++) {
        struct tmpl_value receiver = *v;
        TRY(eval_field(s, dot, &keys.at[i], i + 1 < keys.len ? &none : tail, receiver, v));
    }
    return NULL;
}

static struct err *eval_variable(struct state *s, struct tmpl_value dot, const struct node *n,
                                 const struct tail *tail, struct tmpl_value *out)
{
    const struct decl *d = &n->variable.decl;
    s->at = n;
    if (d->slot < 0)
        return state_fail(s, "undefined variable: %.*s", (int)d->name.len, d->name.at);
    *out = s->vars.at[s->frame + (size_t)d->slot];
    if (n->variable.len == 0)
        return no_function(s, tail);
    return eval_keys(s, dot, (struct keys){n->variable.keys, n->variable.len}, tail, out);
}

static struct err *eval_func(struct state *s, struct tmpl_value dot, const struct node *n,
                             const struct tail *tail, struct tmpl_value *out)
{
    s->at = n;
    struct call_site c = {tail->node, n->func.row, n->func.name, n->func.shortcut, NULL, {0}, tail->final};
    if (tail->operands)
        c.operands = *tail->operands;
    return eval_call(s, dot, &c, out);
}

/* --- operands and commands --- */

static struct err *eval_constant(struct state *s, const struct node *n, struct tmpl_value *out)
{
    const struct number *c = n->number;
    struct span text;
    switch (n->kind) {
    case NODE_BOOL:
        *out = tmpl_bool(n->truth);
        return NULL;
    case NODE_STRING:
        *out = tmpl_span(n->string.value);
        return NULL;
    default:
        text = c->text;
    }
    bool hex = text.len > 2 && text.at[0] == '0' && (text.at[1] | 0x20) == 'x' &&
               !memchr(text.at, 'p', text.len) && !memchr(text.at, 'P', text.len);
    bool floats = false;
    for (size_t i = 0; i < text.len && !hex && text.at[0] != '\''; i++)
        floats = floats || strchr(".eEpP", text.at[i]);
    if (!floats && !c->is_int)
        return state_fail(s, "%.*s overflows int", (int)text.len, text.at);
    *out = floats ? tmpl_float(c->f) : tmpl_int(c->i);
    return NULL;
}

struct err *eval_operand(struct state *s, struct tmpl_value dot, const struct node *n, struct tmpl_value *out)
{
    struct tail none = {.node = n};
    s->at = n;
    switch (n->kind) {
    case NODE_DOT:
        *out = dot;
        return NULL;
    case NODE_FIELD:
        *out = dot;
        return eval_keys(s, dot, (struct keys){n->field.keys, n->field.len}, &none, out);
    case NODE_VARIABLE:
        return eval_variable(s, dot, n, &none, out);
    case NODE_PIPE:
        return eval_pipe(s, dot, n, out);
    case NODE_FUNC:
        return eval_func(s, dot, n, &none, out);
    case NODE_CHAIN:
        TRY(eval_operand(s, dot, n->field.base, out));
        return eval_keys(s, dot, (struct keys){n->field.keys, n->field.len}, &none, out);
    default:
        return eval_constant(s, n, out);
    }
}

static struct err *eval_command(struct state *s, struct tmpl_value dot, const struct node *command,
                                const struct tmpl_value *final, struct tmpl_value *out)
{
    const struct node *first = command->command.at[0];
    struct tail tail = {first, &command->command, final};
    switch (first->kind) {
    case NODE_FIELD:
        s->at = first;
        *out = dot;
        return eval_keys(s, dot, (struct keys){first->field.keys, first->field.len}, &tail, out);
    case NODE_CHAIN:
        s->at = first;
        TRY(eval_operand(s, dot, first->field.base, out));
        return eval_keys(s, dot, (struct keys){first->field.keys, first->field.len}, &tail, out);
    case NODE_FUNC:
        tail.node = command;
        return eval_func(s, dot, first, &tail, out);
    case NODE_PIPE:
        TRY(no_function(s, &tail));
        return eval_pipe(s, dot, first, out);
    case NODE_VARIABLE:
        return eval_variable(s, dot, first, &tail, out);
    default:
        s->at = first;
        TRY(no_function(s, &tail));
        if (first->kind == NODE_NIL)
            return state_fail(s, "nil is not a command");
        if (first->kind == NODE_DOT)
            *out = dot;
        else
            TRY(eval_constant(s, first, out));
        return NULL;
    }
}

struct err *eval_pipe(struct state *s, struct tmpl_value dot, const struct node *pipe, struct tmpl_value *out)
{
    struct tmpl_value v = TMPL_NOTHING;
    s->at = pipe;
    TRY(state_tick(s));
    for (uint32_t i = 0; i < pipe->pipe.commands.len; i++) {
        struct tmpl_value before = v;
        TRY(eval_command(s, dot, pipe->pipe.commands.at[i], i ? &before : NULL, &v));
        v.boxed = false;
        if (v.kind == TMPL_NIL)
            v.kind = TMPL_NONE;
    }
    for (uint8_t i = 0; i < pipe->decls_len; i++) {
        const struct decl *d = &pipe->pipe.decls[i];
        if (d->slot < 0)
            return state_fail(s, "undefined variable: %.*s", (int)d->name.len, d->name.at);
        s->vars.at[s->frame + (size_t)d->slot] = v;
    }
    *out = v;
    return NULL;
}
