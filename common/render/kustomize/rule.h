/* render/kustomize/rule.h - what a schema says about merging: which list merges, by which keys.
 *
 * Only facts that change a merge are kept: a type without a merging list below it has no rule.
 * specs/kustomize.md §7. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_RULE_H
#define CAPSTAN_RENDER_KUSTOMIZE_RULE_H

#include "render/kustomize/merge.h"

struct kustomize_rule_field;
struct kustomize_rule {
    const struct kustomize_rule_field *fields; /* of a map */
    size_t fields_len;
    const struct kustomize_rule *rest;  /* of a map: every other field; NULL = nothing known */
    const struct kustomize_rule *items; /* of a list */
    bool merges;                        /* a list: its elements merge */
    const char *const *keys;            /* ... by these fields; none = by their own value */
    size_t keys_len;
};
struct kustomize_rule_field {
    const char *name;
    const struct kustomize_rule *rule;
};

/* The rule of an object of that type; NULL = unknown. `schema` may be NULL. */
const struct kustomize_rule *kustomize_rule_of(const struct kustomize_schema *schema, const char *api_version,
                                               const char *kind);
/* The rule below a field; NULL = unknown. `rule` may be NULL. */
const struct kustomize_rule *kustomize_rule_below(const struct kustomize_rule *above, struct span field);

#endif
