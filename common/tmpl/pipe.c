/* tmpl/pipe - pipelines, commands and operands.
 *
 * A declared variable gets a slot of its own for the whole body, so that a slot never means two things. While
 * the pipeline that declares it is read its name is known but means what it meant before, as in Go: `$x :=
 * $x`. */
#include "tmpl/parse.h"

enum { DECLS_MAX = 2 }; /* key and value of a range */

static struct err *declare(struct parser *p, struct node *pipe, struct token v, bool assign)
{
    struct decl decl = {v.val, -1};
    for (size_t i = p->vars.len; assign && decl.slot < 0 && i-- > 0;)
        if (p->vars.at[i].active && span_eq(p->vars.at[i].name, v.val))
            decl.slot = p->vars.at[i].slot;
    if (!assign)
        decl.slot = (int32_t)p->slots++;
    struct decl *grown = NEW_N(p->a, struct decl, pipe->decls_len + 1);
    if (pipe->decls_len)
        memcpy(grown, pipe->pipe.decls, pipe->decls_len * sizeof(*grown));
    grown[pipe->decls_len++] = decl;
    pipe->pipe.decls = grown;
    vec_push(&p->vars, (struct scope_var){v.val, decl.slot, false});
    return NULL;
}

/* The variables before := or =. When there is no such sign all that was read is put back. */
static struct err *parse_decls(struct parser *p, const char *where, struct node *pipe)
{
    struct token names[DECLS_MAX];
    size_t n = 0;
    struct err *e = NULL;
    bool more = true;
    while (more && !e && parse_peek_word(p)->kind == TOK_VARIABLE) {
        struct token v = parse_next(p), after = *parse_peek(p), sign = *parse_peek_word(p);
        more = false;
        if (sign.kind == TOK_ASSIGN || sign.kind == TOK_DECLARE) {
            parse_next_word(p);
            pipe->assign = sign.kind == TOK_ASSIGN;
            names[n++] = v;
        } else if (sign.kind == TOK_CHAR && span_is(sign.val, ",")) {
            parse_next_word(p);
            names[n++] = v;
            enum token_kind next = parse_peek_word(p)->kind;
            more = streq(where, "range") && n < DECLS_MAX;
            if (!more)
                e = parse_fail(p, "too many declarations in %s", where);
            else if (next != TOK_VARIABLE && next != TOK_RIGHT && next != TOK_RIGHT_PAREN)
                e = parse_fail(p, "range can only initialize variables");
        } else {
            /* An operand. parse_peek_word dropped the white space behind it. */
            if (after.kind == TOK_SPACE)
                p->tokens[p->ahead++] = after;
            p->tokens[p->ahead++] = v;
        }
    }
    for (size_t i = 0; i < n && !e; i++)
        e = declare(p, pipe, names[i], pipe->assign);
    return e;
}

struct err *parse_string(struct parser *p, struct token t, struct span *out)
{
    struct span inner = {t.val.at + 1, t.val.len - 2};
    if (t.kind == TOK_STRING)
        return lex_unquote(p->a, inner, '"', out) ? NULL : parse_fail(p, "invalid syntax");
    *out = inner;
    if (!inner.len || !memchr(inner.at, '\r', inner.len))
        return NULL;
    char *to = arena_raw(p->a, inner.len);
    out->at = to;
    for (size_t i = 0; i < inner.len; i++)
        if (inner.at[i] != '\r')
            *to++ = inner.at[i];
    out->len = (size_t)(to - out->at);
    return NULL;
}

static struct err *number_node(struct parser *p, struct token t, struct node **out)
{
    struct number *n = NEW(p->a, struct number);
    CLEANUP(err_freep) struct err *e = lex_number(t.val, t.kind == TOK_CHAR_CONST, n);
    if (e)
        return parse_fail(p, "%s", e->msg);
    *out = parse_node(p, NODE_NUMBER, t.pos);
    (*out)->number = n;
    return NULL;
}

static struct err *variable_node(struct parser *p, struct token t, struct node **out)
{
    bool known = false;
    *out = parse_node(p, NODE_VARIABLE, t.pos);
    (*out)->variable.decl = (struct decl){t.val, -1};
    for (size_t i = p->vars.len; i-- > 0;) {
        const struct scope_var *v = &p->vars.at[i];
        if (!span_eq(v->name, t.val))
            continue;
        known = true;
        if (v->active) {
            (*out)->variable.decl.slot = v->slot;
            return NULL;
        }
    }
    return known ? NULL : parse_fail(p, "undefined variable \"%.*s\"", (int)t.val.len, t.val.at);
}

static struct err *func_node(struct parser *p, struct token t, struct node **out)
{
    *out = parse_node(p, NODE_FUNC, t.pos);
    (*out)->func.name = t.val;
    (*out)->func.row = tmpl_funcs_get(p->t->funcs, t.val);
    (*out)->func.shortcut = t.val.len > 3 ? 0 : span_is(t.val, "and") ? '&' : span_is(t.val, "or") ? '|' : 0;
    if (!(*out)->func.row)
        return parse_fail(p, "function \"%.*s\" not defined", (int)t.val.len, t.val.at);
    return NULL;
}

static void set_keys(struct parser *p, struct key **keys, uint32_t *len, struct span dotted)
{
    struct key *grown = NEW_N(p->a, struct key, *len + 1);
    struct span name = {dotted.at + 1, dotted.len - 1};
    if (*len)
        memcpy(grown, *keys, *len * sizeof(*grown));
    grown[(*len)++] = (struct key){name, tmpl_hash(name)};
    *keys = grown;
}

/* *out stays NULL when no operand starts here. */
static struct err *parse_term(struct parser *p, struct node **out)
{
    struct token t = parse_next_word(p);
    switch (t.kind) {
    case TOK_IDENT:
        return func_node(p, t, out);
    case TOK_DOT:
        *out = parse_node(p, NODE_DOT, t.pos);
        return NULL;
    case TOK_NIL:
        *out = parse_node(p, NODE_NIL, t.pos);
        return NULL;
    case TOK_VARIABLE:
        return variable_node(p, t, out);
    case TOK_FIELD:
        *out = parse_node(p, NODE_FIELD, t.pos);
        set_keys(p, &(*out)->field.keys, &(*out)->field.len, t.val);
        return NULL;
    case TOK_BOOL:
        *out = parse_node(p, NODE_BOOL, t.pos);
        (*out)->truth = span_is(t.val, "true");
        return NULL;
    case TOK_CHAR_CONST:
    case TOK_NUMBER:
        return number_node(p, t, out);
    case TOK_LEFT_PAREN:
        TRY(parse_deeper(p));
        TRY(parse_pipe(p, "parenthesized pipeline", TOK_RIGHT_PAREN, out));
        p->nesting--;
        return NULL;
    case TOK_STRING:
    case TOK_RAW_STRING:
        *out = parse_node(p, NODE_STRING, t.pos);
        (*out)->string.quoted = t.val;
        return parse_string(p, t, &(*out)->string.value);
    default:
        parse_back(p);
        return NULL;
    }
}

/* The fields behind an operand. Go gives the whole the place of the first of them. */
static struct err *parse_fields(struct parser *p, struct node **out)
{
    struct node *n = *out, *chain = n;
    uint32_t pos = parse_peek(p)->pos;
    if (n->kind >= NODE_DOT) {
        CLEANUP(str_release) struct str text = {0}, quoted = {0};
        node_print(&text, n);
        tmpl_quote(&quoted, str_span(&text));
        while (parse_peek(p)->kind == TOK_FIELD)
            parse_next(p);
        return parse_fail(p, "unexpected . after term %s", str_text(&quoted));
    }
    if (n->kind != NODE_FIELD && n->kind != NODE_VARIABLE) {
        chain = *out = parse_node(p, NODE_CHAIN, pos);
        chain->field.base = n;
    }
    chain->pos = pos;
    while (parse_peek(p)->kind == TOK_FIELD) {
        if (chain->kind == NODE_VARIABLE)
            set_keys(p, &chain->variable.keys, &chain->variable.len, parse_next(p).val);
        else
            set_keys(p, &chain->field.keys, &chain->field.len, parse_next(p).val);
    }
    return NULL;
}

static struct err *parse_operand(struct parser *p, struct node **out)
{
    *out = NULL;
    TRY(parse_term(p, out));
    return *out && parse_peek(p)->kind == TOK_FIELD ? parse_fields(p, out) : NULL;
}

static struct err *parse_operands(struct parser *p, struct node *command)
{
    size_t mark = p->nodes.len;
    struct err *e = NULL;
    for (bool more = true; more && !e;) {
        struct node *operand;
        parse_peek_word(p);
        e = parse_operand(p, &operand);
        if (e)
            break;
        if (operand)
            vec_push(&p->nodes, operand);
        struct token t = parse_next(p);
        more = t.kind == TOK_SPACE;
        if (t.kind == TOK_RIGHT || t.kind == TOK_RIGHT_PAREN)
            parse_back(p);
        else if (t.kind != TOK_PIPE && !more)
            e = parse_unexpected(p, t, "operand");
    }
    command->command = parse_take_nodes(p, mark);
    if (!e && command->command.len == 0)
        e = parse_fail(p, "empty command");
    else if (!e && command->command.len > TMPL_ARGS_MAX)
        e = parse_fail(p, "more than %d operands", TMPL_ARGS_MAX);
    return e;
}

static struct err *check_pipe(struct parser *p, const struct node *pipe, const char *where)
{
    if (pipe->pipe.commands.len == 0)
        return parse_fail(p, "missing value for %s", where);
    for (uint32_t i = 1; i < pipe->pipe.commands.len; i++)
        if (pipe->pipe.commands.at[i]->command.at[0]->kind >= NODE_DOT)
            return parse_fail(p, "non executable command in pipeline stage %u", i + 1);
    return NULL;
}

static bool starts_operand(enum token_kind kind)
{
    switch (kind) {
    case TOK_BOOL:
    case TOK_CHAR_CONST:
    case TOK_DOT:
    case TOK_FIELD:
    case TOK_IDENT:
    case TOK_NUMBER:
    case TOK_NIL:
    case TOK_RAW_STRING:
    case TOK_STRING:
    case TOK_VARIABLE:
    case TOK_LEFT_PAREN:
        return true;
    default:
        return false;
    }
}

static struct err *parse_commands(struct parser *p, const char *where, enum token_kind end, struct node *pipe)
{
    size_t mark = p->nodes.len;
    struct err *e = NULL;
    for (;;) {
        struct token t = parse_next_word(p);
        if (t.kind == end)
            break;
        if (!starts_operand(t.kind)) {
            e = parse_unexpected(p, t, where);
            break;
        }
        parse_back(p);
        struct node *command = parse_node(p, NODE_COMMAND, parse_peek_word(p)->pos);
        e = parse_operands(p, command);
        if (e)
            break;
        vec_push(&p->nodes, command);
    }
    pipe->pipe.commands = parse_take_nodes(p, mark);
    return e;
}

struct err *parse_pipe(struct parser *p, const char *where, enum token_kind end, struct node **out)
{
    struct node *pipe = *out = parse_node(p, NODE_PIPE, parse_peek_word(p)->pos);
    size_t mark = p->vars.len;
    TRY(parse_decls(p, where, pipe));
    size_t declared = p->vars.len;
    TRY(parse_commands(p, where, end, pipe));
    TRY(check_pipe(p, pipe, where));
    for (size_t i = mark; i < declared; i++)
        p->vars.at[i].active = p->vars.at[i].slot >= 0;
    return NULL;
}
