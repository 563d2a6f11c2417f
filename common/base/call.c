/* base/call - deadlines and cancellation, inherited by looking up the chain: nothing to unlink, nothing to lock. */
#include "base/call.h"

void call_init(struct call *c)
{
    *c = (struct call){.clock = &clock_system, .deadline_ms = INT64_MAX, .trace = "", .domain = ""};
}

void call_child(struct call *c, const struct call *parent, int64_t timeout_ms)
{
    *c = (struct call){
        .parent = parent,
        .clock = parent->clock,
        .deadline_ms = parent->deadline_ms,
        .trace = parent->trace,
        .domain = parent->domain,
    };
    if (timeout_ms > 0)
        c->deadline_ms = MIN(c->deadline_ms, clock_mono_ms(c->clock) + timeout_ms);
}

void call_cancel(struct call *c)
{
    atomic_store(&c->cancelled, true);
}

bool call_cancelled(const struct call *c)
{
    for (; c; c = c->parent)
        if (atomic_load(&c->cancelled))
            return true;
    return false;
}

int64_t call_left_ms(const struct call *c)
{
    if (c->deadline_ms == INT64_MAX)
        return INT64_MAX;
    return MAX(c->deadline_ms - clock_mono_ms(c->clock), (int64_t)0);
}

struct err *call_check(const struct call *c)
{
    if (call_cancelled(c))
        return err_new(ERR_CANCELLED, "cancelled");
    if (call_left_ms(c) == 0)
        return err_new(ERR_DEADLINE, "deadline exceeded");
    return NULL;
}
