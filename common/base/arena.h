/* base/arena.h - the memory of one request or one reconcile: allocate freely, release once.
 *
 * An allocation never fails and is never freed alone. A debug build (ARENA_DEBUG, set by every mode with a sanitizer)
 * makes each allocation a malloc of its own, so that AddressSanitizer sees each object's ends. An arena is used by one
 * thread at a time. A budget is checked where input decides the size, by arena_check: allocation itself only counts. */
#ifndef CAPSTAN_BASE_ARENA_H
#define CAPSTAN_BASE_ARENA_H

#include "base/base.h"
#include "base/err.h"

#include <stdalign.h>
#include <stdarg.h>

struct arena;

/* `name` is static: what the memory is accounted to. */
struct arena *arena_new(const char *name) MUST_USE;
void arena_free(struct arena *a);
void arena_freep(struct arena **a);
/* Forgets all allocations and runs the deferred calls; keeps one block for reuse. */
void arena_reset(struct arena *a);

/* Zeroed memory. */
void *arena_alloc(struct arena *a, size_t size, size_t align) MUST_USE __attribute__((returns_nonnull));
/* Memory whose content is undefined, for buffers that are filled at once. Aligned for any type. */
void *arena_raw(struct arena *a, size_t size) MUST_USE __attribute__((returns_nonnull));
void *arena_dup(struct arena *a, const void *bytes, size_t len) MUST_USE;
char *arena_strdup(struct arena *a, const char *s) MUST_USE;
/* Adds a NUL behind `len` bytes. */
char *arena_strndup(struct arena *a, const char *s, size_t len) MUST_USE;
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0) MUST_USE;

/* `fn(arg)` runs when the arena is freed or reset, last in first out: ties a foreign resource to the arena. */
void arena_defer(struct arena *a, void (*fn)(void *), void *arg);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);
/* Sets the budget in bytes, 0 = none (the start value). */
void arena_budget(struct arena *a, size_t bytes);
/* ERR_EXHAUSTED, reason "MemoryBudget", when more than the budget has been handed out. Readers call it as they grow. */
struct err *arena_check(const struct arena *a) MUST_USE;

#define NEW(a, T) ((T *)arena_alloc((a), sizeof(T), alignof(T)))
#define NEW_N(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n), alignof(T)))

#endif
