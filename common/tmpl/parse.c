/* tmpl/parse - bodies: text, actions, control blocks, definitions. A hand-written descent that follows Go's
 * parser in what it accepts and in what it says when it does not.
 *
 * Messages name the line of the token that was lexed last. Variables are forgotten where the block that
 * declares them ends; their slots are not used again. */
#include "tmpl/parse.h"

#include <stdlib.h>

enum { TEXT_MAX = 64 << 20, FRESH_NODES = 16 };

/* --- errors --- */

struct err *parse_fail(struct parser *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    CLEANUP(str_release) struct str s = {0};
    str_vprintf(&s, fmt, ap);
    va_end(ap);
    return err_new(ERR_INVALID, "template: %.*s:%u: %s", (int)p->t->name.len, p->t->name.at, p->line,
                   str_text(&s));
}

static void print_token(struct str *out, struct token t)
{
    if (t.kind == TOK_EOF) {
        str_add(out, "EOF");
    } else if (t.kind >= TOK_DOT) {
        str_printf(out, "<%.*s>", (int)t.val.len, t.val.at);
    } else {
        struct tmpl_value val = tmpl_span(t.val);
        tmpl_sprintf(out, span_of(t.val.len > 10 ? "%.10q..." : "%q"), &val, 1);
    }
}

struct err *parse_unexpected(struct parser *p, struct token t, const char *where)
{
    CLEANUP(str_release) struct str s = {0};
    if (t.kind != TOK_ERROR) {
        print_token(&s, t);
        return parse_fail(p, "unexpected %s in %s", str_text(&s), where);
    }
    str_add_span(&s, t.val);
    if (p->action_line && p->action_line != t.line)
        str_printf(&s, "%s started at %.*s:%u", ends_with(str_text(&s), " action") ? "" : " in action",
                   (int)p->t->name.len, p->t->name.at, p->action_line);
    return parse_fail(p, "%s", str_text(&s));
}

struct err *parse_deeper(struct parser *p)
{
    if (++p->nesting > TMPL_NESTING)
        return parse_fail(p, "blocks and parentheses nest more than %d deep", TMPL_NESTING);
    return NULL;
}

static struct err *expect(struct parser *p, enum token_kind kind, const char *where)
{
    struct token t = parse_next_word(p);
    return t.kind == kind ? NULL : parse_unexpected(p, t, where);
}

/* --- bodies --- */

struct node *parse_node(struct parser *p, enum node_kind kind, uint32_t pos)
{
    if (!p->fresh_len) {
        p->fresh_len = FRESH_NODES;
        p->fresh = NEW_N(p->a, struct node, FRESH_NODES);
    }
    p->fresh_len--;
    struct node *n = p->fresh++;
    n->kind = (uint8_t)kind;
    n->pos = pos;
    return n;
}

struct nodes parse_take_nodes(struct parser *p, size_t mark)
{
    size_t n = p->nodes.len - mark;
    struct nodes list = {n ? arena_dup(p->a, p->nodes.at + mark, n * sizeof(*p->nodes.at)) : NULL,
                         (uint32_t)n};
    p->nodes.len = mark;
    return list;
}

/* What ended a list of statements. */
enum stop { STOP_NONE, STOP_END, STOP_ELSE };

static const char *const stop_text[] = {"", "{{end}}", "{{else}}"};

static struct err *parse_statement(struct parser *p, struct node **out, enum stop *stop);

/* Statements up to {{end}}, {{else}} or, where `whole`, the end of the text. */
static struct err *parse_list(struct parser *p, bool whole, struct nodes *out, enum stop *stop)
{
    size_t mark = p->nodes.len;
    struct err *e = NULL;
    for (*stop = STOP_NONE; !e && *stop == STOP_NONE;) {
        struct node *n = NULL;
        const struct token *t = whole ? parse_peek(p) : parse_peek_word(p);
        if (t->kind == TOK_EOF)
            break;
        e = parse_statement(p, &n, stop);
        if (n)
            vec_push(&p->nodes, n);
    }
    if (!e && !whole && *stop == STOP_NONE)
        e = parse_fail(p, "unexpected EOF");
    *out = parse_take_nodes(p, mark);
    return e;
}

static bool is_blank(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(" \t\r\n\v\f", s.at[i]) || !s.at[i])
            return false;
    return true;
}

static bool is_empty(const struct nodes *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (list->at[i]->kind != NODE_TEXT || !is_blank(list->at[i]->text))
            return false;
    return true;
}

/* A body that was read becomes one of the text's. Two that are not empty cannot share a name. */
static struct err *add_body(struct parser *p, struct body *b)
{
    b->empty = is_empty(&b->root);
    b->slots = p->slots;
    b->of = p->t;
    for (struct body *old = p->t->bodies; old; old = old->next) {
        if (!span_eq(old->name, b->name) || old->empty)
            continue;
        if (!b->empty)
            return parse_fail(p, "template: multiple definition of template \"%.*s\"", (int)b->name.len,
                              b->name.at);
        return NULL;
    }
    if (p->last)
        p->last->next = b;
    else
        p->t->bodies = b;
    p->last = b;
    return NULL;
}

/* What a new body starts with, and what the body around it gets back. */
struct around {
    struct scope_var *vars;
    size_t len, cap;
    uint32_t slots;
    int ranges;
};

static struct around enter_body(struct parser *p)
{
    struct around old = {p->vars.at, p->vars.len, p->vars.cap, p->slots, p->ranges};
    p->vars.at = NULL;
    p->vars.len = p->vars.cap = 0;
    vec_push(&p->vars, (struct scope_var){{"$", 1}, 0, true});
    p->slots = 1;
    p->ranges = 0;
    return old;
}

static void leave_body(struct parser *p, const struct around *old)
{
    vec_release(&p->vars);
    p->vars.at = old->vars;
    p->vars.len = old->len;
    p->vars.cap = old->cap;
    p->slots = old->slots;
    p->ranges = old->ranges;
}

/* The content of a definition, its name and pipeline being read, up to its end. */
static struct err *parse_body(struct parser *p, struct span name, const char *where)
{
    struct body *b = NEW(p->a, struct body);
    enum stop stop;
    b->name = (struct span){arena_strndup(p->a, name.len ? name.at : "", name.len), name.len};
    TRY(parse_deeper(p));
    struct around old = enter_body(p);
    struct err *e = parse_list(p, false, &b->root, &stop);
    if (!e && stop != STOP_END)
        e = parse_fail(p, "unexpected %s in %s", stop_text[stop], where);
    if (!e)
        e = add_body(p, b);
    leave_body(p, &old);
    p->nesting--;
    return e;
}

static struct err *parse_name(struct parser *p, const char *where, struct token *t, struct span *name)
{
    *t = parse_next_word(p);
    if (t->kind != TOK_STRING && t->kind != TOK_RAW_STRING)
        return parse_unexpected(p, *t, where);
    return parse_string(p, *t, name);
}

static struct err *parse_define(struct parser *p)
{
    struct token t;
    struct span name;
    TRY(parse_name(p, "define clause", &t, &name));
    TRY(expect(p, TOK_RIGHT, "define clause"));
    return parse_body(p, name, "define clause");
}

/* --- control --- */

static struct err *parse_control(struct parser *p, enum node_kind kind, struct node **out);

/* Behind {{else: another block of the kind in place of a list, or }} and a list. */
static struct err *parse_otherwise(struct parser *p, enum node_kind kind, struct node *n)
{
    enum token_kind again = kind == NODE_IF ? TOK_IF : kind == NODE_WITH ? TOK_WITH : TOK_EOF;
    enum stop stop;
    n->block.otherwise = NEW(p->a, struct nodes);
    if (parse_peek(p)->kind == again) {
        struct node **inner = NEW(p->a, struct node *);
        parse_next(p);
        TRY(parse_control(p, kind, inner));
        *n->block.otherwise = (struct nodes){inner, 1};
        return NULL;
    }
    TRY(parse_list(p, false, n->block.otherwise, &stop));
    if (stop != STOP_END)
        return parse_fail(p, "expected end; found %s", stop_text[stop]);
    return NULL;
}

static struct err *parse_control(struct parser *p, enum node_kind kind, struct node **out)
{
    const char *where = kind == NODE_IF ? "if" : kind == NODE_WITH ? "with" : "range";
    struct node *n = *out = parse_node(p, kind, p->tokens[0].pos);
    size_t mark = p->vars.len;
    enum stop stop;
    TRY(parse_deeper(p));
    TRY(parse_pipe(p, where, TOK_RIGHT, &n->block.pipe));
    n->pos = n->block.pipe->pos;
    n->block.body = NEW(p->a, struct nodes);
    p->ranges += kind == NODE_RANGE;
    TRY(parse_list(p, false, n->block.body, &stop));
    p->ranges -= kind == NODE_RANGE;
    if (stop == STOP_ELSE)
        TRY(parse_otherwise(p, kind, n));
    p->vars.len = mark;
    p->nesting--;
    return NULL;
}

static struct err *parse_call(struct parser *p, struct node **out)
{
    struct token t;
    struct node *n = *out = parse_node(p, NODE_TEMPLATE, 0);
    TRY(parse_name(p, "template clause", &t, &n->call.name));
    n->pos = t.pos;
    if (parse_peek_word(p)->kind != TOK_RIGHT)
        return parse_pipe(p, "template clause", TOK_RIGHT, &n->call.pipe);
    parse_next(p);
    return NULL;
}

static struct err *parse_block(struct parser *p, struct node **out)
{
    struct token t;
    struct node *n = *out = parse_node(p, NODE_TEMPLATE, 0);
    TRY(parse_name(p, "block clause", &t, &n->call.name));
    n->pos = t.pos;
    TRY(parse_pipe(p, "block clause", TOK_RIGHT, &n->call.pipe));
    return parse_body(p, n->call.name, "block clause");
}

static struct err *parse_jump(struct parser *p, enum node_kind kind, const char *word, struct node **out)
{
    struct token t = parse_next_word(p);
    *out = parse_node(p, kind, t.pos);
    if (t.kind != TOK_RIGHT)
        return parse_unexpected(p, t, word);
    return p->ranges ? NULL : parse_fail(p, "%s outside {{range}}", word);
}

static struct err *parse_else(struct parser *p, enum stop *stop)
{
    enum token_kind kind = parse_peek_word(p)->kind;
    *stop = STOP_ELSE;
    return kind == TOK_IF || kind == TOK_WITH ? NULL : expect(p, TOK_RIGHT, "else");
}

static struct err *parse_action(struct parser *p, struct node **out, enum stop *stop)
{
    struct token t = parse_next_word(p);
    switch (t.kind) {
    case TOK_BLOCK:
        return parse_block(p, out);
    case TOK_BREAK:
        return parse_jump(p, NODE_BREAK, "{{break}}", out);
    case TOK_CONTINUE:
        return parse_jump(p, NODE_CONTINUE, "{{continue}}", out);
    case TOK_ELSE:
        return parse_else(p, stop);
    case TOK_END:
        *stop = STOP_END;
        return expect(p, TOK_RIGHT, "end");
    case TOK_IF:
        return parse_control(p, NODE_IF, out);
    case TOK_RANGE:
        return parse_control(p, NODE_RANGE, out);
    case TOK_TEMPLATE:
        return parse_call(p, out);
    case TOK_WITH:
        return parse_control(p, NODE_WITH, out);
    default:
        parse_back(p);
        *out = parse_node(p, NODE_ACTION, t.pos);
        return parse_pipe(p, "command", TOK_RIGHT, &(*out)->block.pipe);
    }
}

static struct err *parse_statement(struct parser *p, struct node **out, enum stop *stop)
{
    struct token t = parse_next_word(p);
    if (t.kind == TOK_TEXT) {
        *out = parse_node(p, NODE_TEXT, t.pos);
        (*out)->text = t.val;
        return NULL;
    }
    if (t.kind != TOK_LEFT)
        return parse_unexpected(p, t, "input");
    p->action_line = t.line;
    struct err *e = parse_action(p, out, stop);
    p->action_line = 0;
    return e;
}

/* The main body; {{define}} stands only here. */
static struct err *parse_main(struct parser *p, struct body *main)
{
    struct err *e = NULL;
    while (!e && parse_peek(p)->kind != TOK_EOF) {
        enum stop stop = STOP_NONE;
        struct node *n = NULL;
        struct token left = parse_next(p);
        if (left.kind == TOK_LEFT && parse_peek_word(p)->kind == TOK_DEFINE) {
            parse_next(p);
            e = parse_define(p);
            continue;
        }
        p->tokens[p->ahead++] = left;
        e = parse_statement(p, &n, &stop);
        if (!e && stop != STOP_NONE)
            e = parse_fail(p, "unexpected %s", stop_text[stop]);
        if (n)
            vec_push(&p->nodes, n);
    }
    main->root = parse_take_nodes(p, 0);
    return e;
}

/* --- the compiled text --- */

struct err *tmpl_compile(const struct tmpl_funcs *funcs, struct span name, struct span text,
                         struct tmpl **out)
{
    *out = NULL;
    if (text.len > TEXT_MAX)
        return err_new(ERR_EXHAUSTED, "template: %.*s: the text has more than %d bytes", (int)name.len,
                       name.at, TEXT_MAX);
    struct arena *a = arena_new("tmpl");
    struct tmpl *t = NEW(a, struct tmpl);
    t->arena = a;
    t->funcs = funcs;
    t->name = (struct span){arena_strndup(a, name.len ? name.at : "", name.len), name.len};
    t->text = (struct span){arena_strndup(a, text.len ? text.at : "", text.len), text.len};
    atomic_init(&t->refs, 1);
    struct parser p = {.t = t, .a = a};
    struct body *main = NEW(a, struct body);
    main->name = t->name;
    lex_init(&p.lex, a, t->text);
    struct around nothing = enter_body(&p);
    struct err *e = parse_main(&p, main);
    if (!e)
        e = add_body(&p, main);
    leave_body(&p, &nothing);
    vec_release(&p.nodes);
    if (e)
        tmpl_unref(t);
    else
        *out = t;
    return e;
}

struct tmpl *tmpl_ref(struct tmpl *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void tmpl_unref(struct tmpl *t)
{
    if (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
        arena_free(t->arena);
}

void tmpl_unrefp(struct tmpl **t)
{
    tmpl_unref(*t);
    *t = NULL;
}

size_t tmpl_size(const struct tmpl *t)
{
    return arena_used(t->arena);
}
