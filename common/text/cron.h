/* text/cron.h - schedules of github.com/robfig/cron/v3 in its standard form, as Argo CD reads them.
 *
 * Five fields: minute, hour, day of month, month, day of week (0-6, Sunday is 0). Each is a list of `*` or
 * `?`, a number, a range a-b, each with an optional step /n (a/n runs to the end); months and days of the
 * week also by their three letters, in any case. A moment fits when all fields do; where both day fields are
 * restricted, one of the two is enough. Also @yearly, @annually,
 * @monthly, @weekly, @daily, @midnight, @hourly and "@every <duration>". A zone in the schedule (TZ=,
 * CRON_TZ=) is refused: whoever keeps a schedule has a field of its own for it. */
#ifndef CAPSTAN_TEXT_CRON_H
#define CAPSTAN_TEXT_CRON_H

#include "base/base.h"
#include "base/err.h"

struct cron {
    uint64_t minutes, hours, days, months, weekdays; /* bit n = n */
    bool any_day, any_weekday;
    int64_t every_s; /* of @every; 0 = the fields count */
};

/* ERR_INVALID names the schedule and what is wrong with it. */
struct err *cron_parse(const char *text, struct cron *out) MUST_USE;
/* The first moment after `after_s` (since 1970, read as UTC). False when the next five years have none: 30
 * February. */
bool cron_next_s(const struct cron *c, int64_t after_s, int64_t *out);

#endif
