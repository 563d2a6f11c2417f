/* render/kustomize/generate.h - ConfigMaps and Secrets made of files and literals, and their hashes. §5. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_GENERATE_H
#define CAPSTAN_RENDER_KUSTOMIZE_GENERATE_H

#include "render/kustomize/build.h"

enum kustomize_generated { KUSTOMIZE_CONFIG_MAP, KUSTOMIZE_SECRET };
/* One entry of configMapGenerator or secretGenerator; `options` are the file's generatorOptions, NULL = none.
 */
struct err *kustomize_generate(const struct kustomize_at *at, enum kustomize_generated kind,
                               const struct doc *entry, const struct doc *options,
                               struct kustomize_resource **out) MUST_USE;
/* Adds, merges or replaces, as the resource's behavior says. */
struct err *kustomize_set_generated(struct kustomize_set *set, struct kustomize_resource *r) MUST_USE;
/* "<name>-<hash>" for every resource that wants it. */
void kustomize_hash_names(struct kustomize_set *set);

#endif
