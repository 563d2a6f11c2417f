/* render/kustomize/json6902.h - JSON patches as the library of kustomize applies them (evanphx json-patch
 * v4).
 *
 * Not RFC 6902 to the letter, hence not doc/patch.h: negative indexes count from the end, `replace` adds a
 * key that is not there, a test of null passes where nothing is, numbers pass through a float64.
 * specs/kustomize.md §6.2. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_JSON6902_H
#define CAPSTAN_RENDER_KUSTOMIZE_JSON6902_H

#include "base/str.h"
#include "doc/doc.h"

/* Reads a patch: JSON when it starts with a bracket, else YAML. ERR_INVALID: "decoding ...". */
struct err *kustomize_json6902_read(struct arena *a, struct span text, const struct doc **ops) MUST_USE;
/* Applies the operations; `d` is left as it is, *out shares what is not touched. ERR_INVALID in the library's
 * words. At most 10,000 operations and 1 million values copied. */
struct err *kustomize_json6902(struct arena *a, const struct doc *d, const struct doc *ops,
                               const struct doc **out) MUST_USE;

#endif
