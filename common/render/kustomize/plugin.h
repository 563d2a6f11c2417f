/* render/kustomize/plugin.h - one generator or transformer by its config. §5.5. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_PLUGIN_H
#define CAPSTAN_RENDER_KUSTOMIZE_PLUGIN_H

#include "render/kustomize/build.h"

/* Works on the set. Errors: "external plugins disabled; unable to load external plugin 'X'", "plugin <id>
 * fails configuration: ...", "plugin <id> not a generator". */
struct err *kustomize_plugin_run(const struct kustomize_at *at, const struct kustomize_resource *config,
                                 bool generator, struct kustomize_set *set) MUST_USE;

#endif
