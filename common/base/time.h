/* base/time.h - clocks that a test can hold, and the one wire form of time: RFC 3339 in UTC with seconds.
 *
 * All times are int64_t with their unit in the name. A `struct clock` is asked instead of the system, so that a test of a
 * three-minute back-off takes no time. */
#ifndef CAPSTAN_BASE_TIME_H
#define CAPSTAN_BASE_TIME_H

#include "base/base.h"

struct clock {
    int64_t (*mono_ms)(const struct clock *); /* never goes back */
    int64_t (*wall_ms)(const struct clock *); /* since 1970, UTC */
};

extern const struct clock clock_system;

/* A clock that stands still until it is told: for tests. */
struct clock_fake {
    struct clock clock;
    int64_t mono_ms, wall_ms;
};
void clock_fake_init(struct clock_fake *c, int64_t wall_ms);
void clock_fake_advance(struct clock_fake *c, int64_t ms);

static inline int64_t clock_mono_ms(const struct clock *c)
{
    return c->mono_ms(c);
}
static inline int64_t clock_wall_ms(const struct clock *c)
{
    return c->wall_ms(c);
}

/* "2026-11-25T13:34:08Z" */
struct time_text {
    char text[32];
};
struct time_text time_rfc3339(int64_t wall_ms);
/* With microseconds, as Leases have it: "2026-11-25T13:34:08.123000Z". */
struct time_text time_rfc3339_micro(int64_t wall_ms);
/* Any RFC 3339 form: zones and fractions allowed. False when it is not one. */
bool time_parse_rfc3339(const char *text, int64_t *wall_ms);

#endif
