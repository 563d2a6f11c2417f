/* base/base.h - what every file of the house may use without thinking: attributes, sizes, scope cleanup.
 *
 * Included by every header of base/, hence by everything. It declares no function that allocates. */
#ifndef CAPSTAN_BASE_BASE_H
#define CAPSTAN_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* CLEANUP(arena_freep) struct arena *tmp = ...; calls arena_freep(&tmp) when the scope is left, however it is left. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The structure of which `ptr` is the member: for callbacks that get a pointer to what is embedded. */
#define CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline bool streq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static inline bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* A borrowed run of bytes; `at` need not end in NUL. {NULL, 0} is empty. */
struct span {
    const char *at;
    size_t len;
};

static inline struct span span_of(const char *s)
{
    return (struct span){s, s ? strlen(s) : 0};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_of(s));
}

/* A broken promise inside Capstan: prints where and why, then aborts. Never for bad input. */
NORETURN void panic_at(const char *file, int line, const char *fmt, ...) PRINTF(3, 4);
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

/* malloc and friends that never return NULL: out of memory aborts here, in one place (DESIGN §4). */
void *mem_alloc(size_t size) MUST_USE __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t size) MUST_USE __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *old, size_t size) MUST_USE __attribute__((returns_nonnull));
char *mem_strdup(const char *s) MUST_USE __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *s, size_t len) MUST_USE __attribute__((malloc, returns_nonnull));
char *mem_printf(const char *fmt, ...) PRINTF(1, 2) MUST_USE __attribute__((malloc, returns_nonnull));
/* For CLEANUP(mem_freep) on any pointer that malloc gave. */
void mem_freep(void *pp);

#endif
