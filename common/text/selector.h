/* text/selector.h - Kubernetes label selectors in their text form: "a=b,c in (x,y),!d,e!=f,g>3".
 *
 * The matcher asks a callback for labels, so that it works over any store of them. matchLabels and
 * matchExpressions are documents and read by a higher floor, which builds the same requirements with
 * selector_add. */
#ifndef CAPSTAN_TEXT_SELECTOR_H
#define CAPSTAN_TEXT_SELECTOR_H

#include "base/arena.h"

enum selector_op {
    SELECTOR_IN,
    SELECTOR_NOT_IN,
    SELECTOR_EXISTS,
    SELECTOR_ABSENT,
    SELECTOR_GREATER,
    SELECTOR_LESS
};

struct requirement {
    struct span key;
    enum selector_op op;
    struct span *values; /* IN, NOT_IN: at least one; GREATER, LESS: one integer */
    size_t values_len;
};

/* All must hold; none = everything matches. */
struct selector {
    struct requirement *at;
    size_t len, cap;
};

/* In the arena, borrowing nothing. ERR_INVALID says what is wrong with the text, a key or a value. */
struct err *selector_parse(struct arena *a, struct span text, struct selector *out) MUST_USE;
/* Adds a requirement after checking it; keys and values are borrowed. */
struct err *selector_add(struct arena *a, struct selector *s, const struct requirement *r) MUST_USE;
/* `label(arg, key, value)` says whether the label is there and sets its value. Absent labels satisfy NOT_IN,
 * as upstream. */
bool selector_matches(const struct selector *s,
                      bool (*label)(const void *arg, struct span key, struct span *value), const void *arg);

/* A label's key: [prefix/]name, as Kubernetes allows them. */
bool selector_valid_key(struct span key);
/* A label's value: at most 63 of [A-Za-z0-9._-], ends alphanumeric, or empty. */
bool selector_valid_value(struct span value);

#endif
