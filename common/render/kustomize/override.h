/* render/kustomize/override.h - an Application's kustomize block put into the kustomization that it names, in
 * place of the original's `kustomize edit` on a checkout (specs/kustomize.md §13, specs/engine.md §7.7). */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_OVERRIDE_H
#define CAPSTAN_RENDER_KUSTOMIZE_OVERRIDE_H

#include "render/kustomize/file.h"

/* Changes the file's fields as rq->overrides says. Errors: "label X already in kustomization file. Use
 * --force to override.", an image or replica count that is none. */
struct err *kustomize_override(struct kustomize_build *b, struct kustomize_file *file) MUST_USE;

#endif
