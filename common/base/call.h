/* base/call.h - the first argument of whatever may wait or run long: how long, for whom, and whether still wanted.
 *
 * A call is made where work enters a process and handed down; a child narrows its parent and is cancelled with it.
 * Cancelling may come from any thread; all else belongs to the thread that runs the call. */
#ifndef CAPSTAN_BASE_CALL_H
#define CAPSTAN_BASE_CALL_H

#include "base/err.h"
#include "base/time.h"

#include <stdatomic.h>

struct call {
    const struct call *parent;
    const struct clock *clock;
    int64_t deadline_ms; /* monotonic; INT64_MAX = none */
    const char *trace;   /* W3C trace id in hex, or "" */
    const char *domain;  /* the trust domain (project) that the work is done for, or "" */
    atomic_bool cancelled;
};

/* A root call on the system clock without a deadline. */
void call_init(struct call *c);
/* A child: same clock, trace and domain; its deadline is the nearer of the parent's and `timeout_ms` from now
 * (timeout_ms <= 0: the parent's). The parent must outlive it. */
void call_child(struct call *c, const struct call *parent, int64_t timeout_ms);
void call_cancel(struct call *c);
bool call_cancelled(const struct call *c);
/* Milliseconds left, at least 0; INT64_MAX without a deadline. */
int64_t call_left_ms(const struct call *c);
/* NULL while the call may go on; else ERR_CANCELLED or ERR_DEADLINE. */
struct err *call_check(const struct call *c) MUST_USE;

#endif
