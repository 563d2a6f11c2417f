/* tmpl/lex.h - tokens of a template text; for tmpl/ only. */
#ifndef CAPSTAN_TMPL_LEX_H
#define CAPSTAN_TMPL_LEX_H

#include "tmpl/private.h"

enum token_kind {
    TOK_ERROR, /* val is the message */
    TOK_EOF,
    TOK_TEXT,
    TOK_LEFT,  /* {{ */
    TOK_RIGHT, /* }} */
    TOK_SPACE,
    TOK_ASSIGN,
    TOK_DECLARE,
    TOK_PIPE,
    TOK_LEFT_PAREN,
    TOK_RIGHT_PAREN,
    TOK_CHAR, /* any other printable ASCII */
    TOK_STRING,
    TOK_RAW_STRING,
    TOK_CHAR_CONST,
    TOK_NUMBER,
    TOK_BOOL,
    TOK_FIELD, /* .Name */
    TOK_VARIABLE,
    TOK_IDENT,
    TOK_DOT, /* from here on: keywords, which messages show as <name> */
    TOK_BLOCK,
    TOK_BREAK,
    TOK_CONTINUE,
    TOK_DEFINE,
    TOK_ELSE,
    TOK_END,
    TOK_IF,
    TOK_NIL,
    TOK_RANGE,
    TOK_TEMPLATE,
    TOK_WITH,
};

struct token {
    enum token_kind kind;
    uint32_t pos, line;
    struct span val;
};

struct lexer {
    struct arena *arena; /* for messages */
    struct span text;
    size_t pos, start;
    uint32_t line, start_line;
    int parens;
    bool inside; /* of an action */
};

void lex_init(struct lexer *l, struct arena *a, struct span text);
/* After TOK_ERROR or TOK_EOF it must not be called again. */
struct token lex_next(struct lexer *l);

#endif
