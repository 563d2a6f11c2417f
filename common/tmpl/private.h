/* tmpl/private.h - what the files of tmpl/ share: the compiled form, and the state of a run.
 *
 * A text is lexed (lex.c) and parsed (parse.c, pipe.c) into nodes that live in the arena of its `struct
 * tmpl`. All that can be decided once is decided then: functions are pointers, variables are slots of a
 * frame, keys are hashed, constants are values. Running (exec.c, eval.c, args.c) walks the nodes and keeps
 * the state here. */
#ifndef CAPSTAN_TMPL_PRIVATE_H
#define CAPSTAN_TMPL_PRIVATE_H

#include "base/map.h"
#include "base/vec.h"
#include "tmpl/tmpl.h"

#include <inttypes.h>
#include <stdatomic.h>

/* Levels of lists and maps that walks over a value go down. A template can nest lists without end, our stack
 * cannot; what comes from a reader of documents is never deeper. */
enum { VALUE_DEPTH_MAX = 1000 };

/* A map that is the document, once somebody looks inside. */
struct tmpl_map *tmpl_map_of_doc(struct arena *a, const struct doc *d, enum tmpl_numbers numbers);

/* --- the compiled form --- */

enum node_kind {
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_WITH,
    NODE_RANGE,
    NODE_TEMPLATE,
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_PIPE, /* from here on: what has a value */
    NODE_COMMAND,
    NODE_FIELD,
    NODE_CHAIN,
    NODE_VARIABLE,
    NODE_FUNC,
    NODE_DOT,
    NODE_NIL,
    NODE_BOOL,
    NODE_NUMBER,
    NODE_STRING,
};

struct key {
    struct span name;
    uint32_t hash;
};

struct node;
struct nodes {
    struct node **at;
    uint32_t len;
};

struct decl {
    struct span name; /* with its $ */
    int32_t slot;     /* -1: assigned but never declared, an error when it runs */
};

struct number {
    struct span text;
    bool is_int, is_uint, is_float;
    int64_t i;
    uint64_t u;
    double f;
};

struct node {
    uint8_t kind; /* enum node_kind */
    bool assign;  /* NODE_PIPE: = rather than := */
    uint8_t decls_len;
    uint32_t pos; /* bytes into the text */
    union {
        struct span text; /* NODE_TEXT; the literal of NODE_STRING is in `string` */
        struct {          /* NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE */
            struct node *pipe;
            struct nodes *body, *otherwise; /* otherwise NULL without an else */
        } block;
        struct { /* NODE_TEMPLATE */
            struct span name;
            struct node *pipe; /* NULL without data */
        } call;
        struct { /* NODE_PIPE */
            struct nodes commands;
            struct decl *decls;
        } pipe;
        struct nodes command; /* NODE_COMMAND: the operands */
        struct {              /* NODE_FIELD: on dot; NODE_CHAIN: on base */
            struct node *base;
            struct key *keys;
            uint32_t len;
        } field;
        struct { /* NODE_VARIABLE, with keys behind its name */
            struct decl decl;
            struct key *keys;
            uint32_t len;
        } variable;
        struct { /* NODE_FUNC */
            struct span name;
            const struct tmpl_func *row;
            uint8_t shortcut; /* '&' for and, '|' for or, 0 for all others */
        } func;
        bool truth;            /* NODE_BOOL */
        struct number *number; /* NODE_NUMBER */
        struct {               /* NODE_STRING */
            struct span quoted, value;
        } string;
    };
};

/* A named piece of a text. */
struct body {
    struct span name;
    const struct tmpl *of;
    struct nodes root;
    uint32_t slots; /* of its frame; slot 0 is $ */
    bool empty;     /* nothing but white space */
    struct body *next;
};

struct tmpl {
    struct arena *arena;
    struct span name, text;
    struct body *bodies; /* as they end in the text: the main one last */
    const struct tmpl_funcs *funcs;
    atomic_int refs;
};

/* The node as Go prints it in messages. */
void node_print(struct str *out, const struct node *n);
/* The body under the name that is not empty; NULL when there is none. */
const struct body *tmpl_set_find(const struct tmpl_set *s, struct span name);

/* Reads the body of quotes (Go's escapes) into the arena; false when an escape is wrong. `quote` is '"' or
 * '\''. */
bool lex_unquote(struct arena *a, struct span inner, char quote, struct span *out);
/* strconv.ParseInt with base 0 and ParseFloat, of the whole text; infinities and NaN are none. */
bool lex_int(struct span s, int64_t *out);
bool lex_float(struct span s, double *out);
/* Go's number literals, characters too. Errors in Go's words. */
struct err *lex_number(struct span text, bool is_char, struct number *out) MUST_USE;

/* --- a run --- */

enum jump { JUMP_NONE, JUMP_BREAK, JUMP_CONTINUE };

struct call_site;
struct state {
    struct tmpl_exec x; /* first: what functions get */
    const struct body *body;
    const struct node *at; /* what messages name */
    struct str *out;
    VEC(struct tmpl_value) vars; /* the frames of all bodies that run */
    size_t frame;                /* where the current one starts */
    enum jump jump;
    struct tmpl_limits limits;
    uint64_t steps, steps_checked;
    size_t depth, memory_end;
    const char *stack_base;
    const struct call_site *site; /* of the function that runs */
    uint64_t calls;               /* of functions, that one included */
    struct map *regexes;          /* compiled in this run */
};

/* The source of a run whose randomness stays. */
struct rand *stable_enter(struct tmpl_stable *t, const struct state *run) MUST_USE;
/* An error at the current node, in Go's frame. */
struct err *state_fail(struct state *s, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
/* Frames `e` the same way with `what` before its message; keeps the codes that are not the template's fault.
 * Takes e. */
struct err *state_frame(struct state *s, struct err *e, const char *what) MUST_USE;
/* Counts one step; the limits. */
struct err *state_tick(struct state *s) MUST_USE;

/* `final` is what a pipe hands on, NULL for none. */
struct err *eval_pipe(struct state *s, struct tmpl_value dot, const struct node *pipe,
                      struct tmpl_value *out) MUST_USE;
struct err *eval_operand(struct state *s, struct tmpl_value dot, const struct node *n,
                         struct tmpl_value *out) MUST_USE;
/* Calls a function or method. `receiver` NULL for functions; operands[0] is the function itself. */
struct call_site {
    const struct node *node;
    const struct tmpl_func *row;
    struct span name;
    uint8_t shortcut;
    const struct tmpl_value *receiver;
    struct nodes operands;
    const struct tmpl_value *final;
};
struct err *eval_call(struct state *s, struct tmpl_value dot, const struct call_site *c,
                      struct tmpl_value *out) MUST_USE;

tmpl_fn builtin_eq, builtin_ne, builtin_lt, builtin_le, builtin_gt, builtin_ge;
extern const struct tmpl_func tmpl_builtins[];
extern const size_t tmpl_builtins_len;

#endif
