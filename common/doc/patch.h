/* doc/patch.h - JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386), with Kubernetes' three-way form of the
 * latter.
 *
 * No function changes its inputs; results share what was not touched. All nodes are in the arena or shared.
 */
#ifndef CAPSTAN_DOC_PATCH_H
#define CAPSTAN_DOC_PATCH_H

#include "doc/doc.h"

/* Applies a list of operations: add, remove, replace, move, copy, test. All or nothing. ERR_INVALID for a
 * malformed patch or a path that is not there, ERR_PRECONDITION for a failed test; the message names the
 * operation and its path. At most 10,000 operations, 1 million values copied, and 1,000 levels of nesting. */
struct err *patch_json(struct arena *a, const struct doc *d, const struct doc *ops,
                       const struct doc **out) MUST_USE;

/* The document with the merge patch applied: null removes, objects merge, everything else replaces. */
const struct doc *patch_merge(struct arena *a, const struct doc *d, const struct doc *patch) MUST_USE;
/* The patch that turns `from` into `to`, two maps; {} when they are equal. A null in `to` cannot be said by a
 * merge patch and reads as a removal. */
struct doc *patch_merge_create(struct arena *a, const struct doc *from, const struct doc *to) MUST_USE;
/* jsonmergepatch.CreateThreeWayJSONMergePatch: deletions from original to modified, additions and changes
 * from current to modified. All three are maps. */
struct doc *patch_merge_three_way(struct arena *a, const struct doc *original, const struct doc *modified,
                                  const struct doc *current) MUST_USE;

#endif
