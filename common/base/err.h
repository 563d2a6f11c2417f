/* base/err.h - errors. NULL is success.
 *
 * A function that can fail returns `struct err *`, owned by the caller. The codes are gRPC's, so the bus, REST and gRPC
 * carry them unchanged. `reason` is a static word for machines (UpperCamelCase, may be NULL), `msg` a sentence for people.
 * Each floor adds its own context with TRYF; the service logs once. Out of memory is no error: it aborts (base.h).
 *
 *     TRYF(doc_read_yaml(a, text, &limits, &doc), "reading '%s'", path);
 */
#ifndef CAPSTAN_BASE_ERR_H
#define CAPSTAN_BASE_ERR_H

#include "base/base.h"

enum err_code {
    ERR_OK = 0,
    ERR_CANCELLED = 1,
    ERR_UNKNOWN = 2,
    ERR_INVALID = 3,
    ERR_DEADLINE = 4,
    ERR_NOT_FOUND = 5,
    ERR_EXISTS = 6,
    ERR_DENIED = 7,
    ERR_EXHAUSTED = 8,
    ERR_PRECONDITION = 9,
    ERR_ABORTED = 10,
    ERR_RANGE = 11,
    ERR_UNIMPLEMENTED = 12,
    ERR_INTERNAL = 13,
    ERR_UNAVAILABLE = 14,
    ERR_DATA_LOSS = 15,
    ERR_UNAUTHENTICATED = 16,
};

struct err {
    enum err_code code;
    const char *reason;     /* static, may be NULL */
    int64_t retry_after_ms; /* 0 = not said */
    char *msg;              /* never NULL */
};

struct err *err_new(enum err_code code, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
/* The same with the machine's word; `reason` must be static. */
struct err *err_reason(enum err_code code, const char *reason, const char *fmt, ...) PRINTF(3, 4) MUST_USE;
/* A static word equal to `reason`, which came from another process: at most 64 bytes, and at most 512 of them in a process;
 * NULL for none and for what is over that. Thread safe. */
const char *err_word(const char *reason);
/* From an errno: picks the code (ENOENT -> ERR_NOT_FOUND, ...) and appends strerror. */
struct err *err_errno(int errnum, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
/* "context: message". Takes `e`, returns it; NULL stays NULL. */
struct err *err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3) MUST_USE;
struct err *err_copy(const struct err *e) MUST_USE;

/* If *e has that code: frees it, sets it NULL and says true. */
bool err_eat(struct err **e, enum err_code code);
void err_free(struct err *e);
void err_freep(struct err **e);

/* The name of a code in gRPC's spelling, "NotFound"; "Code(99)"-like values give "Unknown". */
const char *err_code_name(enum err_code code);
static inline enum err_code err_code_of(const struct err *e)
{
    return e ? e->code : ERR_OK;
}

#define TRY(x)                                                                                               \
    do {                                                                                                     \
        struct err *try_e_ = (x);                                                                            \
        if (UNLIKELY(try_e_ != NULL))                                                                        \
            return try_e_;                                                                                   \
    } while (0)
#define TRYF(x, ...)                                                                                         \
    do {                                                                                                     \
        struct err *try_e_ = (x);                                                                            \
        if (UNLIKELY(try_e_ != NULL))                                                                        \
            return err_wrap(try_e_, __VA_ARGS__);                                                            \
    } while (0)

#endif
