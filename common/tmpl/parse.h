/* tmpl/parse.h - the parser's state, shared by its two files; for tmpl/ only.
 *
 * parse.c reads what stands in a body: text, actions, blocks, definitions. pipe.c reads what has a value. */
#ifndef CAPSTAN_TMPL_PARSE_H
#define CAPSTAN_TMPL_PARSE_H

#include "tmpl/lex.h"

/* A name that may be used from here on. `active` once its pipeline is read: inside it the name means an older
 * variable. */
struct scope_var {
    struct span name;
    int32_t slot;
    bool active;
};

struct parser {
    struct tmpl *t;
    struct arena *a;
    struct lexer lex;
    struct token tokens[3]; /* looked ahead at, the next one last */
    int ahead;
    uint32_t line;        /* of the token that was lexed last, which messages name */
    uint32_t action_line; /* where the action that is being read began, 0 outside */
    VEC(struct scope_var) vars;
    uint32_t slots;
    int ranges; /* open around here */
    int nesting;
    struct body *last;        /* of t->bodies */
    VEC(struct node *) nodes; /* of the lists that are being read, the inner ones behind the outer */
    struct node *fresh;       /* nodes that nobody has yet */
    size_t fresh_len;
};

static inline struct token parse_next(struct parser *p)
{
    if (p->ahead)
        return p->tokens[--p->ahead];
    p->tokens[0] = lex_next(&p->lex);
    p->line = p->tokens[0].line;
    return p->tokens[0];
}

static inline void parse_back(struct parser *p)
{
    p->ahead++;
}

/* The next token, which stays the next one; borrowed until then. */
static inline const struct token *parse_peek(struct parser *p)
{
    if (!p->ahead) {
        parse_next(p);
        p->ahead = 1;
    }
    return &p->tokens[p->ahead - 1];
}

/* The same, white space skipped for good. */
static inline struct token parse_next_word(struct parser *p)
{
    struct token t = parse_next(p);
    while (t.kind == TOK_SPACE)
        t = parse_next(p);
    return t;
}

static inline const struct token *parse_peek_word(struct parser *p)
{
    while (parse_peek(p)->kind == TOK_SPACE)
        p->ahead--;
    return parse_peek(p);
}

/* "template: NAME:LINE: ..." */
struct err *parse_fail(struct parser *p, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
struct err *parse_unexpected(struct parser *p, struct token t, const char *where) MUST_USE;
/* Counts one level of blocks or parentheses; the caller takes one off again. */
struct err *parse_deeper(struct parser *p) MUST_USE;

struct node *parse_node(struct parser *p, enum node_kind kind, uint32_t pos);
/* What was pushed on p->nodes since it had `mark` of them becomes a list of its own. */
struct nodes parse_take_nodes(struct parser *p, size_t mark);
/* A pipeline up to a token of kind `end`; `where` is for messages, "range" allows two variables. */
struct err *parse_pipe(struct parser *p, const char *where, enum token_kind end, struct node **out) MUST_USE;
/* The value of a string token. */
struct err *parse_string(struct parser *p, struct token t, struct span *out) MUST_USE;

#endif
