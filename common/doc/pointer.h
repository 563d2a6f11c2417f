/* doc/pointer.h - JSON Pointer (RFC 6901): "/spec/containers/0/image", with ~1 for a slash and ~0 for a
 * tilde. */
#ifndef CAPSTAN_DOC_POINTER_H
#define CAPSTAN_DOC_POINTER_H

#include "doc/doc.h"

/* The pointer's tokens with escapes resolved, in the arena; "" has none. ERR_INVALID unless it is "" or
 * starts with a slash, and for a bad escape. */
struct pointer {
    struct span *at;
    size_t len;
};
struct err *pointer_parse(struct arena *a, struct span text, struct pointer *out) MUST_USE;
/* The value there; NULL when there is none. */
const struct doc *pointer_get(const struct doc *d, const struct pointer *p);
/* A token as an index: digits without leading zeros, below `len`. */
bool pointer_index(struct span token, size_t len, size_t *out);

#endif
