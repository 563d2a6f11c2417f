/* schema/jsonschema_eval.h - what judging a value shares: the step under way, what it found, what it may
 * still cost. */
#ifndef CAPSTAN_SCHEMA_JSONSCHEMA_EVAL_H
#define CAPSTAN_SCHEMA_JSONSCHEMA_EVAL_H

#include "schema/jsonschema_private.h"

struct js_path {
    const struct js_path *parent;
    struct span key; /* at NULL: an index */
    size_t index;
};

struct js_fault {
    enum { PLAIN, GROUP, REFERENCE } kind;
    const char *instance, *keyword, *message;
    struct js_fault **causes;
    size_t len;
    int64_t left; /* of the budget when it was made: more is earlier */
};
extern struct js_fault js_invalid; /* what a quiet step returns */

struct js_faults {
    struct js_fault **at;
    size_t len, cap;
};

struct js_scope {
    const struct js_node *node;
    const char *keyword; /* of the reference that led here; NULL = a subschema */
    int value;           /* equal = the same value */
    const struct js_scope *parent;
};

struct js_left {
    bool *at; /* by index of the member or item; NULL = nothing left */
    size_t len, count;
};

struct js_eval {
    struct arena *a;
    const struct js_table *dialects; /* of the schema that is checked; NULL for a plain value */
    int64_t steps;
    int depth;
    const char *over; /* the limit that was passed */
};

struct js_frame {
    const struct js_node *node;
    const struct doc *v;
    const struct js_path *path;
    struct js_scope scope;
    struct js_left left;
    bool quiet;
    struct js_faults faults;
};

/* False, and for good, once the budget is spent. */
bool js_pay(struct js_eval *e, size_t cost);
/* A fault at the frame's value by its node's keyword; releases the message. */
struct js_fault *js_fault_new(struct js_eval *e, const struct js_frame *f, const char *keyword,
                              struct str *message);
struct js_fault *js_fault_text(struct js_eval *e, const struct js_frame *f, const char *keyword,
                               const char *text);
/* Into the frame; NULL is nothing. */
void js_add(struct js_frame *f, struct js_fault *x);
/* Moves the faults into x as its causes. */
struct js_fault *js_with_causes(struct js_eval *e, struct js_fault *x, struct js_faults *causes);
/* The frame's faults from that one on, by where they are. */
void js_sort(struct js_eval *e, struct js_frame *f, size_t from);
/* A keyword has looked at the member or item. */
void js_left_drop(struct js_left *left, size_t i);

/* The frame's value by another node; `keyword` = the reference that leads there. What was looked at counts
 * for the frame, too, when it is valid. */
struct js_fault *js_check_self(struct js_eval *e, struct js_frame *f, const struct js_node *n,
                               const char *keyword, bool quiet);
/* A value within the frame's. */
struct js_fault *js_check_value(struct js_eval *e, struct js_frame *f, const struct js_node *n,
                                const struct doc *v, const struct js_path *path);

/* --- jsonschema_kinds.c: the keywords that are about one kind of value --- */
void js_check_object(struct js_eval *e, struct js_frame *f);
void js_check_array(struct js_eval *e, struct js_frame *f);
void js_check_string(struct js_eval *e, struct js_frame *f);
void js_check_number(struct js_eval *e, struct js_frame *f);

#endif
