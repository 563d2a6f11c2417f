/* tmpl/exec - runs bodies: statements, scopes, errors and limits. Values are eval.c's.
 *
 * A running body owns a frame of `vars`, one slot for each variable that it declares; slot 0 is $. A body
 * that another one calls gets a frame behind it. All text goes into one buffer: what a function captures is
 * the end of it, cut off again. */
#include "tmpl/private.h"

#include <stdlib.h>

enum { CHECK_STEPS = 1024 };

static const struct tmpl_limits defaults = {
    .steps = 100 * 1000 * 1000,
    .depth = 100 * 1000,
    .stack = 4 << 20,
    .output = 256 << 20,
    .memory = 1 << 30,
};

/* --- errors --- */

/* "template: NAME:LINE:COLUMN: executing "BODY" at <NODE>: " */
static void print_place(const struct state *s, struct str *out)
{
    const struct tmpl *t = s->body->of;
    uint32_t line = 1, column = 0;
    for (uint32_t i = 0; i < s->at->pos; i++, column++) {
        if (t->text.at[i] == '\n') {
            line++;
            column = UINT32_MAX;
        }
    }
    str_printf(out, "template: %.*s:%u:%u: executing ", (int)t->name.len, t->name.at, line, column);
    tmpl_quote(out, s->body->name);
    str_add(out, " at <");
    node_print(out, s->at);
    str_add(out, ">: ");
}

struct err *state_frame(struct state *s, struct err *e, const char *what)
{
    bool keep = e->code == ERR_EXHAUSTED || e->code == ERR_DEADLINE || e->code == ERR_CANCELLED;
    CLEANUP(str_release) struct str text = {.limit = 1 << 20};
    print_place(s, &text);
    str_add(&text, what);
    str_add(&text, e->msg);
    struct err *framed = err_reason(keep ? e->code : ERR_INVALID, e->reason, "%s", str_text(&text));
    err_free(e);
    return framed;
}

struct err *state_fail(struct state *s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    CLEANUP(str_release) struct str text = {0};
    str_vprintf(&text, fmt, ap);
    va_end(ap);
    return state_frame(s, err_new(ERR_INVALID, "%s", str_text(&text)), "");
}

/* --- limits --- */

static struct err *check_limits(struct state *s)
{
    s->steps_checked = s->steps + CHECK_STEPS;
    if (s->steps > s->limits.steps)
        return err_reason(ERR_EXHAUSTED, "Steps", "the template took more than %ju steps",
                          (uintmax_t)s->limits.steps);
    if (arena_used(s->x.arena) > s->memory_end)
        return err_reason(ERR_EXHAUSTED, "MemoryBudget", "the template used more than %zu bytes of memory",
                          s->limits.memory);
    return s->x.env->call ? call_check(s->x.env->call) : NULL;
}

struct err *state_tick(struct state *s)
{
    const char *here = __builtin_frame_address(0);
    if (UNLIKELY(s->stack_base > here && (size_t)(s->stack_base - here) > s->limits.stack))
        return state_frame(s, err_reason(ERR_EXHAUSTED, "Depth", "the template nests too deeply"), "");
    if (LIKELY(++s->steps < s->steps_checked))
        return NULL;
    struct err *e = check_limits(s);
    return e ? state_frame(s, e, "") : NULL;
}

struct err *tmpl_steps(struct tmpl_exec *x, uint64_t n)
{
    struct state *s = (struct state *)x;
    s->steps += n;
    return s->steps < s->steps_checked ? NULL : check_limits(s);
}

struct err *tmpl_reserve(struct tmpl_exec *x, size_t bytes)
{
    struct state *s = (struct state *)x;
    size_t used = arena_used(x->arena);
    if (used > s->memory_end || bytes > s->memory_end - used)
        return err_reason(ERR_EXHAUSTED, "MemoryBudget", "the template used more than %zu bytes of memory",
                          s->limits.memory);
    return NULL;
}

struct err *tmpl_give(struct tmpl_exec *x, struct str *text, struct tmpl_value *out)
{
    struct err *e = text->full ? tmpl_reserve(x, SIZE_MAX) : tmpl_reserve(x, text->len);
    if (!e)
        *out = tmpl_span((struct span){arena_strndup(x->arena, str_text(text), text->len), text->len});
    str_release(text);
    return e;
}

/* --- statements --- */

static struct err *run_list(struct state *s, struct tmpl_value dot, const struct nodes *list);

static struct err *print_result(struct state *s, struct tmpl_value v)
{
    if (v.kind == TMPL_STR) {
        str_add_n(s->out, v.at, v.len);
    } else if (tmpl_is_nothing(v)) {
        str_add(s->out, "<no value>");
    } else if (v.kind == TMPL_OBJECT && v.object->type->field_text) {
        v.object->type->field_text(v, s->out);
    } else if (v.kind == TMPL_OBJECT && v.object->type->pointer && !v.object->type->text) {
        size_t mark = s->out->len; /* printed as what it points to, without & */
        tmpl_print(s->out, v);
        if (s->out->len > mark) {
            memmove(s->out->at + mark, s->out->at + mark + 1, s->out->len - mark);
            s->out->len--;
        }
    } else {
        tmpl_print(s->out, v);
    }
    if (UNLIKELY(s->out->full))
        return state_frame(
            s, err_reason(ERR_EXHAUSTED, "Output", "the output has more than %zu bytes", s->limits.output),
            "");
    return NULL;
}

static struct err *run_action(struct state *s, struct tmpl_value dot, const struct node *n)
{
    struct tmpl_value v;
    TRY(eval_pipe(s, dot, n->block.pipe, &v));
    if (n->block.pipe->decls_len)
        return NULL;
    s->at = n;
    return print_result(s, v);
}

static struct err *run_if_or_with(struct state *s, struct tmpl_value dot, const struct node *n)
{
    struct tmpl_value v;
    TRY(eval_pipe(s, dot, n->block.pipe, &v));
    if (tmpl_true(v))
        return run_list(s, n->kind == NODE_WITH ? v : dot, n->block.body);
    return n->block.otherwise ? run_list(s, dot, n->block.otherwise) : NULL;
}

static void set_slot(struct state *s, int32_t slot, struct tmpl_value v)
{
    s->vars.at[s->frame + (size_t)slot] = v;
}

/* One turn of a range. */
static struct err *run_turn(struct state *s, const struct node *n, struct tmpl_value key,
                            struct tmpl_value elem)
{
    const struct node *pipe = n->block.pipe;
    TRY(state_tick(s));
    if (pipe->decls_len == 1)
        set_slot(s, pipe->pipe.decls[0].slot, elem);
    if (pipe->decls_len == 2) {
        set_slot(s, pipe->pipe.decls[0].slot, key);
        set_slot(s, pipe->pipe.decls[1].slot, elem);
    }
    TRY(run_list(s, elem, n->block.body));
    if (s->jump == JUMP_CONTINUE)
        s->jump = JUMP_NONE;
    return NULL;
}

/* An element as range hands it on: one of a container of interface {} stays in its interface. */
static struct tmpl_value element(const struct tmpl_type *t, struct tmpl_value v)
{
    if (t && t->elem == TMPL_NIL) {
        v.boxed = true;
        if (v.kind == TMPL_NONE)
            v.kind = TMPL_NIL;
    }
    return v;
}

static struct err *range_list(struct state *s, const struct node *n, struct tmpl_value v)
{
    const struct tmpl_type *t = tmpl_type_of(v);
    size_t len = tmpl_list_len(v);
    for (size_t i = 0; i < len && s->jump != JUMP_BREAK; i++)
        TRY(run_turn(s, n, tmpl_int((int64_t)i), element(t, tmpl_list_at(v, i))));
    return NULL;
}

/* Over what the map holds now: what the body sets or unsets is not seen. */
static struct err *range_map(struct state *s, const struct node *n, const struct tmpl_map *m)
{
    size_t len;
    const struct tmpl_entry *now = tmpl_map_sorted(m, &len);
    const struct tmpl_entry *e = arena_dup(s->x.arena, now, len * sizeof(*e));
    for (size_t i = 0; i < len && s->jump != JUMP_BREAK; i++)
        TRY(run_turn(s, n, tmpl_span((struct span){e[i].key, e[i].key_len}),
                     element(tmpl_map_type(m), e[i].value)));
    return NULL;
}

static struct err *range_int(struct state *s, const struct node *n, struct tmpl_value v)
{
    if (n->block.pipe->decls_len > 1)
        return state_fail(s, "can't use %" PRId64 " to iterate over more than one variable", v.i);
    struct tmpl_value turn = v;
    for (int64_t i = 0; i < v.i && s->jump != JUMP_BREAK; i++) {
        turn.i = i;
        TRY(run_turn(s, n, turn, turn));
    }
    return NULL;
}

static struct err *run_range(struct state *s, struct tmpl_value dot, const struct node *n)
{
    struct tmpl_value v;
    struct err *e = NULL;
    bool any = true;
    TRY(eval_pipe(s, dot, n->block.pipe, &v));
    if (tmpl_is_list(v) && tmpl_list_len(v))
        e = range_list(s, n, v);
    else if (v.kind == TMPL_MAP && tmpl_map_len(v.map))
        e = range_map(s, n, v.map);
    else if ((tmpl_is_int(v) && v.i > 0) || (tmpl_is_uint(v) && v.u > 0))
        e = range_int(s, n, v);
    else
        any = false;
    s->jump = JUMP_NONE;
    if (e || any)
        return e;
    if (!tmpl_is_nothing(v) && !tmpl_is_list(v) && v.kind != TMPL_MAP && !tmpl_is_int(v) &&
        !tmpl_is_uint(v)) {
        CLEANUP(str_release) struct str text = {.limit = 1 << 16};
        tmpl_print(&text, v);
        return state_fail(s, "range can't iterate over %s", str_text(&text));
    }
    return n->block.otherwise ? run_list(s, dot, n->block.otherwise) : NULL;
}

static struct err *run_body(struct state *s, const struct body *b, struct tmpl_value dot)
{
    const struct body *caller = s->body;
    const struct node *at = s->at;
    size_t frame = s->frame, len = s->vars.len;
    vec_grow(&s->vars, b->slots);
    memset(s->vars.at + len, 0, b->slots * sizeof(*s->vars.at));
    s->vars.len += b->slots;
    s->frame = len;
    s->body = b;
    s->depth++;
    dot.boxed = false;
    if (dot.kind == TMPL_NIL)
        dot.kind = TMPL_NONE;
    set_slot(s, 0, dot);
    struct err *e = run_list(s, dot, &b->root);
    s->depth--;
    s->body = caller;
    s->at = at;
    s->frame = frame;
    s->vars.len = len;
    return e;
}

static struct err *run_template(struct state *s, struct tmpl_value dot, const struct node *n)
{
    const struct body *b = tmpl_set_find(s->x.set, n->call.name);
    s->at = n;
    if (!b)
        return state_fail(s, "template \"%.*s\" not defined", (int)n->call.name.len, n->call.name.at);
    if (s->depth >= s->limits.depth)
        return state_frame(
            s, err_reason(ERR_EXHAUSTED, "Depth", "exceeded maximum template depth (%zu)", s->limits.depth),
            "");
    struct tmpl_value data = TMPL_NOTHING;
    if (n->call.pipe)
        TRY(eval_pipe(s, dot, n->call.pipe, &data));
    return run_body(s, b, data);
}

static struct err *run_statement(struct state *s, struct tmpl_value dot, const struct node *n)
{
    s->at = n;
    TRY(state_tick(s));
    switch (n->kind) {
    case NODE_TEXT:
        str_add_n(s->out, n->text.at, n->text.len);
        return s->out->full ? print_result(s, tmpl_str("")) : NULL;
    case NODE_ACTION:
        return run_action(s, dot, n);
    case NODE_IF:
    case NODE_WITH:
        return run_if_or_with(s, dot, n);
    case NODE_RANGE:
        return run_range(s, dot, n);
    case NODE_TEMPLATE:
        return run_template(s, dot, n);
    case NODE_BREAK:
        s->jump = JUMP_BREAK;
        return NULL;
    default:
        s->jump = JUMP_CONTINUE;
        return NULL;
    }
}

static struct err *run_list(struct state *s, struct tmpl_value dot, const struct nodes *list)
{
    for (uint32_t i = 0; i < list->len && !s->jump; i++)
        TRY(run_statement(s, dot, list->at[i]));
    return NULL;
}

/* --- entry --- */

static struct tmpl_limits or_default(struct tmpl_limits l)
{
    return (struct tmpl_limits){
        .steps = l.steps ? l.steps : defaults.steps,
        .depth = l.depth ? l.depth : defaults.depth,
        .stack = l.stack ? l.stack : defaults.stack,
        .output = l.output ? l.output : defaults.output,
        .memory = l.memory ? l.memory : defaults.memory,
    };
}

static struct err *no_template(struct span name)
{
    return err_new(ERR_INVALID, "template: no template \"%.*s\" associated with template \"gotpl\"",
                   (int)name.len, name.at);
}

struct err *tmpl_run(const struct tmpl_env *env, struct span name, struct tmpl_value dot, struct str *out)
{
    const struct body *b = tmpl_set_find(env->set, name);
    if (!b)
        return no_template(name);
    struct state s = {
        .x = {env, env->arena, env->set, env->rand ? env->rand : rand_system(),
              env->clock ? env->clock : &clock_system},
        .out = out,
        .limits = or_default(env->limits),
        .stack_base = __builtin_frame_address(0),
    };
    if (env->stable)
        s.x.rand = stable_enter(env->stable, &s);
    size_t limit = out->limit, used = arena_used(env->arena);
    s.memory_end = used + MIN(s.limits.memory, SIZE_MAX - used);
    out->limit = MIN(limit ? limit : (size_t)STR_LIMIT, out->len + s.limits.output);
    struct err *e = run_body(&s, b, dot);
    out->limit = limit;
    vec_release(&s.vars);
    map_free(s.regexes);
    return e;
}

static struct err *capture(struct tmpl_exec *x, const struct tmpl_set *set, const struct body *b,
                           struct tmpl_value dot, struct tmpl_value *out)
{
    struct state *s = (struct state *)x;
    const struct tmpl_set *outer = x->set;
    size_t mark = s->out->len;
    enum jump jump = s->jump;
    if (s->depth >= s->limits.depth)
        return err_reason(ERR_EXHAUSTED, "Depth", "exceeded maximum template depth (%zu)", s->limits.depth);
    x->set = set;
    s->jump = JUMP_NONE;
    struct err *e = run_body(s, b, dot);
    x->set = outer;
    s->jump = jump;
    size_t len = s->out->len - mark;
    if (!e)
        e = tmpl_reserve(x, len);
    if (!e)
        *out = tmpl_span((struct span){arena_strndup(x->arena, len ? s->out->at + mark : "", len), len});
    if (s->out->at)
        s->out->at[mark] = 0;
    s->out->len = mark;
    return e;
}

struct err *tmpl_capture(struct tmpl_exec *x, const struct tmpl_set *set, struct span name,
                         struct tmpl_value dot, struct tmpl_value *out)
{
    const struct body *b = tmpl_set_find(set, name);
    return b ? capture(x, set, b, dot, out) : no_template(name);
}

struct err *tmpl_capture_main(struct tmpl_exec *x, const struct tmpl_set *set, const struct tmpl *t,
                              struct tmpl_value dot, struct tmpl_value *out)
{
    const struct body *main = t->bodies;
    while (main->next)
        main = main->next;
    return capture(x, set, main, dot, out);
}
