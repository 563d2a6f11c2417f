/* render/kustomize/order.h - the order of output. §11, §8.10. */
#ifndef CAPSTAN_RENDER_KUSTOMIZE_ORDER_H
#define CAPSTAN_RENDER_KUSTOMIZE_ORDER_H

#include "render/kustomize/resource.h"

/* The set's resources as a list of pointers of the arena, in legacy order. `options`: {orderFirst,
 * orderLast}, NULL = the built-in ranks. */
struct kustomize_resource **kustomize_order_legacy(struct arena *a, const struct kustomize_set *set,
                                                   const struct doc *options) MUST_USE;
/* ERR_INVALID unless sortOptions makes sense. */
struct err *kustomize_order_check(const struct doc *sort_options) MUST_USE;

#endif
