/* action/action.h - what can be done to a live object besides applying it: restart, scale, pause
 * (specs/engine.md §5.5).
 *
 * Built-in actions of common kinds, as pure functions: they say which there are and what each would write. */
#ifndef CAPSTAN_ACTION_ACTION_H
#define CAPSTAN_ACTION_ACTION_H

#include "api/object.h"

/* The plural under which the API serves a kind that has actions; NULL = the kind has none. */
const char *action_resource(const char *group, const char *kind);

/* The actions of a live object: maps of {name, disabled, iconClass, params: [{name}]}, without what is empty
 * or false. */
const struct doc *action_list(struct arena *a, const struct doc *live);

struct action_input {
    const struct doc *live;
    const char *name;
    const struct doc *params; /* list of {name, value}; may be NULL */
    int64_t now_ms;           /* wall clock */
};

enum { ACTION_CHANGES = 2 };
struct action_change {
    enum { ACTION_PATCH, ACTION_PATCH_STATUS, ACTION_CREATE } kind;
    const struct doc *body; /* a JSON merge patch of the object or of its status, or a new object */
};

/* What the action writes, in order; of a disabled one too. In the arena. ERR_UNKNOWN, in upstream's words,
 * for an action that the kind does not have and for bad parameters. */
struct err *action_run(struct arena *a, const struct action_input *in,
                       struct action_change out[ACTION_CHANGES], size_t *n) MUST_USE;

#endif
