/* base/arena - bump allocation in blocks that double up to 256 KiB.
 *
 * Invariant: `next..end` is the free part of the newest block; older blocks are full. An allocation that is larger than a
 * quarter of a block gets a block of its own, linked behind the newest, so that it never wastes the rest of that one. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 4 << 10, BLOCK_MAX = 256 << 10, ALIGN_MAX = 16, PRINTED_ONCE = 256 };

struct block {
    struct block *older;
    size_t size;
    alignas(ALIGN_MAX) char bytes[];
};

struct deferred {
    struct deferred *older;
    void (*fn)(void *);
    void *arg;
};

struct arena {
    const char *name;
    struct block *newest;
    char *next, *end;
    struct deferred *deferred;
    size_t used, budget;
};

struct arena *arena_new(const char *name)
{
    struct arena *a = mem_zalloc(sizeof(*a));
    a->name = name;
    return a;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->older;
        d->fn(d->arg);
    }
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *older = b->older;
        free(b);
        b = older;
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    run_deferred(a);
    free_blocks(a->newest);
    free(a);
}

void arena_freep(struct arena **a)
{
    arena_free(*a);
    *a = NULL;
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    a->used = 0;
#ifdef ARENA_DEBUG
    free_blocks(a->newest);
    a->newest = NULL;
#else
    if (!a->newest)
        return;
    free_blocks(a->newest->older);
    a->newest->older = NULL;
    a->next = a->newest->bytes;
    a->end = a->next + a->newest->size;
#endif
}

static struct block *block_new(size_t size)
{
    struct block *b = mem_alloc(sizeof(*b) + size);
    b->older = NULL;
    b->size = size;
    return b;
}

#ifdef ARENA_DEBUG

static void *take(struct arena *a, size_t size, size_t align)
{
    (void)align;
    struct block *b = block_new(size);
    b->older = a->newest;
    a->newest = b;
    return b->bytes;
}

#else

static void *take_slow(struct arena *a, size_t size)
{
    size_t usual = a->newest ? MIN(a->newest->size * 2, (size_t)BLOCK_MAX) : (size_t)BLOCK_MIN;
    if (a->newest && size > usual / 4) {
        struct block *own = block_new(size);
        own->older = a->newest->older;
        a->newest->older = own;
        return own->bytes;
    }
    struct block *b = block_new(MAX(usual, size));
    b->older = a->newest;
    a->newest = b;
    a->next = b->bytes + size;
    a->end = b->bytes + b->size;
    return b->bytes;
}

static void *take(struct arena *a, size_t size, size_t align)
{
    char *p = (char *)(((uintptr_t)a->next + align - 1) & ~(uintptr_t)(align - 1));
    if (LIKELY(a->next && p <= a->end && size <= (size_t)(a->end - p))) {
        a->next = p + size;
        return p;
    }
    return take_slow(a, size);
}

#endif

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
    a->used += size;
    return memset(take(a, size, align), 0, size);
}

void *arena_raw(struct arena *a, size_t size)
{
    a->used += size;
    return take(a, size, ALIGN_MAX);
}

void *arena_dup(struct arena *a, const void *bytes, size_t len)
{
    void *copy = arena_raw(a, len);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    a->used += len + 1;
    char *copy = take(a, len + 1, 1);
    if (len)
        memcpy(copy, s, len);
    copy[len] = 0;
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char text[PRINTED_ONCE]; /* most texts fit, and need no second printing */
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    if (n < 0)
        panic("bad format '%s'", fmt);
    char *s;
    if ((size_t)n < sizeof(text)) {
        s = arena_strndup(a, text, (size_t)n);
    } else {
        a->used += (size_t)n + 1;
        s = take(a, (size_t)n + 1, 1);
        vsnprintf(s, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

void arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct deferred *d = NEW(a, struct deferred);
    *d = (struct deferred){a->deferred, fn, arg};
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

void arena_budget(struct arena *a, size_t bytes)
{
    a->budget = bytes;
}

struct err *arena_check(const struct arena *a)
{
    if (!a->budget || a->used <= a->budget)
        return NULL;
    return err_reason(ERR_EXHAUSTED, "MemoryBudget", "%s: needs more than its %zu bytes of memory", a->name, a->budget);
}
