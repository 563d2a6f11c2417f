/* render/kustomize/fieldpath.h - the dotted paths of replacements and vars:
 * "spec.containers.[name=app].image".
 *
 * Parts are fields, with "\." for a dot inside of one and "[a.b]" for one with dots; indexes; "[key=value]"
 * and
 * "[=value]" for list elements; "*" for all; "-" for the last. Empty parts do not count. specs/kustomize.md
 * §8.7. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_FIELDPATH_H
#define CAPSTAN_RENDER_KUSTOMIZE_FIELDPATH_H

#include "render/kustomize/resource.h"

enum kustomize_part_kind { KUSTOMIZE_FIELD, KUSTOMIZE_INDEX, KUSTOMIZE_ELEMENT, KUSTOMIZE_EVERY };
struct regex;
struct kustomize_part {
    enum kustomize_part_kind kind;
    const char *text; /* the whole */
    const char *key;  /* KUSTOMIZE_ELEMENT: "" = the element itself */
    const char *value;
    size_t index;
    struct regex *regex; /* of the value, not anchored, where elements are matched so; the arena's */
};
struct kustomize_fieldpath {
    struct kustomize_part *at;
    size_t len;
};
/* `regex`: values of elements are regular expressions. ERR_INVALID for a bad one and for "[x]" on its own. */
struct err *kustomize_fieldpath_read(struct arena *a, const char *text, bool regex,
                                     struct kustomize_fieldpath *out) MUST_USE;
/* The value at a path without "*", elements compared as texts; NULL when it is not there, null or empty.
 * Errors as the original's: "wrong node kind: ...", "wildcard is not supported in PathGetter". */
struct err *kustomize_fieldpath_get(struct arena *a, const struct kustomize_fieldpath *p, const struct doc *d,
                                    const struct doc **out) MUST_USE;
/* Does a list's element answer to the part? ERR_INVALID where it has no fields but one is asked for. */
struct err *kustomize_part_matches(struct arena *a, const struct kustomize_part *p, const struct doc *element,
                                   bool *out) MUST_USE;

#endif
