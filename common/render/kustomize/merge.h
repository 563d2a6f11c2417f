/* render/kustomize/merge.h - the strategic merge of kustomize, its quirks included: specs/kustomize.md §7.
 *
 * Not the API server's (schema/): another order of lists, other answers to directives, merge keys of
 * Kubernetes v1.21.2 or of an OpenAPI file. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_MERGE_H
#define CAPSTAN_RENDER_KUSTOMIZE_MERGE_H

#include "base/arena.h"
#include "doc/doc.h"

struct kustomize_schema;
const struct kustomize_schema *kustomize_schema_builtin(void);
/* openapi.path: a Swagger 2 document. It replaces the built-in definitions. */
struct err *kustomize_schema_read(struct arena *a, const struct doc *swagger,
                                  const struct kustomize_schema **out) MUST_USE;
/* Do the paths of an OpenAPI file say that this apiVersion and kind is cluster-scoped? False for the built-in
 * schema: what it knows is kustomize_is_cluster_scoped's. §1.3. */
bool kustomize_schema_is_cluster_scoped(const struct kustomize_schema *schema, const char *api_version,
                                        const char *kind);

enum kustomize_merge_order { KUSTOMIZE_PREPEND, KUSTOMIZE_APPEND };
/* `patch` over `dest`; both are left as they are, the result shares with them. *out is NULL where the patch
 * deletes the whole. `schema` NULL = without. */
struct err *kustomize_merge(struct arena *a, const struct kustomize_schema *schema, const struct doc *dest,
                            const struct doc *patch, enum kustomize_merge_order order,
                            const struct doc **out) MUST_USE;

#endif
