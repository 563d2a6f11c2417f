/* render/kustomize/select.h - whom a patch or a replacement means: {group, version, kind, name, namespace,
 * labelSelector, annotationSelector}, the first five regular expressions that match the whole.
 *
 * A pattern without any special character is compared, not matched. specs/kustomize.md §6.3. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_SELECT_H
#define CAPSTAN_RENDER_KUSTOMIZE_SELECT_H

#include "render/kustomize/resource.h"
#include "text/selector.h"

struct regex;
/* The pattern compiled, for as long as the arena. ERR_INVALID "error parsing regexp: ...". */
struct err *kustomize_regex(struct arena *a, const char *pattern, struct regex **out) MUST_USE;
/* "" matches all. */
struct kustomize_pattern {
    const char *text;
    struct regex *regex; /* the arena's; NULL = `text` is what is wanted */
};
/* ERR_INVALID "error parsing regexp: ...". */
struct err *kustomize_pattern_read(struct arena *a, const char *text, struct kustomize_pattern *out) MUST_USE;
bool kustomize_pattern_matches(const struct kustomize_pattern *p, const char *text);

struct kustomize_selector {
    struct kustomize_pattern group, version, kind, name, namespace;
    struct selector labels, annotations;
};
struct err *kustomize_selector_read(struct arena *a, const struct doc *target,
                                    struct kustomize_selector *out) MUST_USE;
/* By its group, version and kind. */
bool kustomize_selector_takes_gvk(const struct kustomize_selector *s, const struct kustomize_gvk *gvk);
/* By its labels and annotations. */
bool kustomize_selector_takes_marks(const struct kustomize_selector *s, const struct kustomize_resource *r);
/* Those of a set that a patch's target means: by the original or the current name, by the original or the
 * current effective namespace, by the current gvk. The list is the arena's and stays as the set is edited. */
struct kustomize_found kustomize_select(struct arena *a, struct kustomize_set *set,
                                        const struct kustomize_selector *s);

#endif
