/* render/kustomize/options.h - the flags of `kustomize build`: of a command line, or of
 * kustomize.buildOptions.
 *
 * Flags that need programs or a network of their own are refused with a sentence; those that only say how
 * such a program would be run are taken and mean nothing. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_OPTIONS_H
#define CAPSTAN_RENDER_KUSTOMIZE_OPTIONS_H

#include "base/arena.h"

struct kustomize_words {
    const char **at;
    size_t len;
};
struct kustomize_options {
    bool enable_helm, load_any, fifo, managed_by, help;
    const char *output; /* NULL = not given */
    const char *kube_version;
    struct kustomize_words api_versions;
    struct kustomize_words paths; /* what is no flag */
};
/* ERR_INVALID "illegal flag value --reorder foo; legal values: [legacy none]", or for an unknown flag. */
struct err *kustomize_options_read(struct arena *a, const char *const *words, size_t n,
                                   struct kustomize_options *out) MUST_USE;
/* The same of a text of words; quotes hold words together. */
struct err *kustomize_options_text(struct arena *a, const char *text, struct kustomize_options *out) MUST_USE;

#endif
