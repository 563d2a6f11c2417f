/* base/err - one small heap object an error, message behind the struct so that a free is one call. */
#include "base/err.h"

#include "base/map.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

PRINTF(3, 0) static struct err *err_v(enum err_code code, const char *reason, const char *fmt, va_list ap)
{
    struct err *e = mem_zalloc(sizeof(*e));
    e->code = code;
    e->reason = reason;
    if (vasprintf(&e->msg, fmt, ap) < 0)
        panic("out of memory for an error message");
    return e;
}

struct err *err_new(enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct err *e = err_v(code, NULL, fmt, ap);
    va_end(ap);
    return e;
}

struct err *err_reason(enum err_code code, const char *reason, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct err *e = err_v(code, reason, fmt, ap);
    va_end(ap);
    return e;
}

const char *err_word(const char *reason)
{
    enum { WORDS = 512, WORD_LEN = 64 };
    static struct map *known; /* kept: an err points at its word for as long as it lives */
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (!reason || !*reason || strlen(reason) > WORD_LEN)
        return NULL;
    pthread_mutex_lock(&lock);
    if (!known)
        known = map_new(NULL);
    const char *word = map_get(known, reason);
    if (!word && map_len(known) < WORDS) {
        word = map_set(known, reason, NULL);
        map_set(known, word, (void *)(uintptr_t)word);
    }
    pthread_mutex_unlock(&lock);
    return word;
}

static enum err_code code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    case ETIMEDOUT:
        return ERR_DEADLINE;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case EAGAIN:
        return ERR_UNAVAILABLE;
    case ENOSPC:
    case EMFILE:
    case ENFILE:
        return ERR_EXHAUSTED;
    case EINVAL:
    case ELOOP:
        return ERR_INVALID;
    default:
        return ERR_UNKNOWN;
    }
}

struct err *err_errno(int errnum, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct err *e = err_v(code_of_errno(errnum), NULL, fmt, ap);
    va_end(ap);
    char *whole = mem_printf("%s: %s", e->msg, strerror(errnum));
    free(e->msg);
    e->msg = whole;
    return e;
}

struct err *err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e)
        return NULL;
    CLEANUP(mem_freep) char *context = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&context, fmt, ap);
    va_end(ap);
    if (n < 0)
        panic("out of memory for an error message");
    char *whole = mem_printf("%s: %s", context, e->msg);
    free(e->msg);
    e->msg = whole;
    return e;
}

struct err *err_copy(const struct err *e)
{
    if (!e)
        return NULL;
    struct err *copy = mem_alloc(sizeof(*copy));
    *copy = *e;
    copy->msg = mem_strdup(e->msg);
    return copy;
}

bool err_eat(struct err **e, enum err_code code)
{
    if (!*e || (*e)->code != code)
        return false;
    err_freep(e);
    return true;
}

void err_free(struct err *e)
{
    if (!e)
        return;
    free(e->msg);
    free(e);
}

void err_freep(struct err **e)
{
    err_free(*e);
    *e = NULL;
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_OK] = "OK",
        [ERR_CANCELLED] = "Canceled",
        [ERR_UNKNOWN] = "Unknown",
        [ERR_INVALID] = "InvalidArgument",
        [ERR_DEADLINE] = "DeadlineExceeded",
        [ERR_NOT_FOUND] = "NotFound",
        [ERR_EXISTS] = "AlreadyExists",
        [ERR_DENIED] = "PermissionDenied",
        [ERR_EXHAUSTED] = "ResourceExhausted",
        [ERR_PRECONDITION] = "FailedPrecondition",
        [ERR_ABORTED] = "Aborted",
        [ERR_RANGE] = "OutOfRange",
        [ERR_UNIMPLEMENTED] = "Unimplemented",
        [ERR_INTERNAL] = "Internal",
        [ERR_UNAVAILABLE] = "Unavailable",
        [ERR_DATA_LOSS] = "DataLoss",
        [ERR_UNAUTHENTICATED] = "Unauthenticated",
    };
    return (size_t)code < ARRAY_LEN(names) ? names[code] : "Unknown";
}
