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
    struct body *last; /* of t->bodies */
};

struct token parse_next(struct parser *p);
struct token parse_peek(struct parser *p);
struct token parse_next_word(struct parser *p); /* white space skipped */
struct token parse_peek_word(struct parser *p);
void parse_back(struct parser *p);

/* "template: NAME:LINE: ..." */
struct err *parse_fail(struct parser *p, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
struct err *parse_unexpected(struct parser *p, struct token t, const char *where) MUST_USE;
/* Counts one level of blocks or parentheses; the caller takes one off again. */
struct err *parse_deeper(struct parser *p) MUST_USE;

struct node *parse_node(struct parser *p, enum node_kind kind, uint32_t pos);
/* A pipeline up to a token of kind `end`; `where` is for messages, "range" allows two variables. */
struct err *parse_pipe(struct parser *p, const char *where, enum token_kind end, struct node **out) MUST_USE;
/* The value of a string token. */
struct err *parse_string(struct parser *p, struct token t, struct span *out) MUST_USE;

#endif
