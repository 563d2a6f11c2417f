/* kube/error - a Status (meta/v1) as our error: the API's reason is kept, since it says more than the HTTP
 * status. */
#include "base/str.h"
#include "kube/client.h"

#include <stdlib.h>

static const struct {
    const char *reason;
    int status;
    enum err_code code;
} reasons[] = {
    {"Unauthorized", 401, ERR_UNAUTHENTICATED},
    {"Forbidden", 403, ERR_DENIED},
    {"NotFound", 404, ERR_NOT_FOUND},
    {"AlreadyExists", 409, ERR_EXISTS},
    {"Conflict", 409, ERR_ABORTED},
    {"Gone", 410, ERR_RANGE},
    {"Expired", 410, ERR_RANGE},
    {"Invalid", 422, ERR_INVALID},
    {"BadRequest", 400, ERR_INVALID},
    {"MethodNotAllowed", 405, ERR_UNIMPLEMENTED},
    {"NotAcceptable", 406, ERR_UNIMPLEMENTED},
    {"RequestEntityTooLarge", 413, ERR_EXHAUSTED},
    {"UnsupportedMediaType", 415, ERR_UNIMPLEMENTED},
    {"TooManyRequests", 429, ERR_EXHAUSTED},
    {"InternalError", 500, ERR_INTERNAL},
    {"ServiceUnavailable", 503, ERR_UNAVAILABLE},
    {"ServerTimeout", 504, ERR_UNAVAILABLE},
    {"Timeout", 504, ERR_DEADLINE},
    {"StorageReadError", 500, ERR_INTERNAL},
};

static int64_t retry_ms(const struct doc *body, const char *retry_after)
{
    int64_t s = 0;
    if (retry_after && span_int(span_of(retry_after), &s) && s > 0)
        return MIN(s, (int64_t)3600) * 1000;
    s = doc_int(doc_path(body, "details", "retryAfterSeconds"), 0);
    return s > 0 ? MIN(s, (int64_t)3600) * 1000 : 0;
}

static enum err_code code_of_status(int status)
{
    return status >= 500 ? ERR_UNAVAILABLE : status == 408 ? ERR_DEADLINE : ERR_INVALID;
}

struct err *kube_status_error(int status, const struct doc *body, const char *retry_after)
{
    bool is_status = doc_str_is(doc_get(body, "kind"), "Status");
    const char *word = is_status ? doc_str(doc_get(body, "reason"), "") : "";
    const char *message = is_status ? doc_str(doc_get(body, "message"), "") : doc_str(body, "");
    enum err_code code = code_of_status(status);
    const char *reason = NULL;
    for (size_t i = 0; i < ARRAY_LEN(reasons) && !reason; i++) {
        if (*word ? !streq(reasons[i].reason, word) : reasons[i].status != status)
            continue;
        code = reasons[i].code;
        reason = reasons[i].reason;
    }
    struct err *e = *message
                        ? err_reason(code, reason, "%.*s", (int)MIN(strlen(message), (size_t)8192), message)
                        : err_reason(code, reason, "the API server answered with status %d", status);
    e->retry_after_ms = retry_ms(body, retry_after);
    return e;
}
