/* tmpl/gotime.h - points in time with a zone, and Go's layouts; for tmpl/ only. */
#ifndef CAPSTAN_TMPL_GOTIME_H
#define CAPSTAN_TMPL_GOTIME_H

#include "tmpl/tmpl.h"

struct gotime {
    int64_t unix_s; /* since 1970; the zero time is the start of year 1 */
    int32_t ns;
    int32_t offset_s; /* east of UTC */
    const char *zone; /* abbreviation; "" prints as an offset. Static, or the run's */
    bool monotonic;   /* made by now: printed with its m= part */
};

struct civil {
    int64_t year;
    int month, day, hour, minute, second; /* month from 1 */
    int weekday, yearday;                 /* Sunday is 0; January 1st is 1 */
};

extern const struct gotime gotime_zero; /* January 1st of year 1, UTC */
static inline bool gotime_is_zero(const struct gotime *t)
{
    return t->unix_s == gotime_zero.unix_s && t->ns == 0;
}

struct civil gotime_civil(const struct gotime *t);
/* The time of a civil date in UTC; month and day may be out of range and are carried over. */
int64_t gotime_unix(int64_t year, int64_t month, int64_t day, int64_t seconds);
/* Time.Format. */
void gotime_format(struct str *out, const struct gotime *t, struct span layout);
/* time.Parse with UTC as the place of what has no zone. ERR_INVALID in Go's words; zone texts live in `a`. */
struct err *gotime_parse(struct arena *a, struct span layout, struct span text, struct gotime *out) MUST_USE;
/* Duration.String: "1h0m0.5s". */
void gotime_duration(struct str *out, int64_t ns);

/* One element of a layout. */
enum layout_kind {
    LAYOUT_NONE, /* text up to the end */
    LAYOUT_LONG_MONTH,
    LAYOUT_MONTH,
    LAYOUT_NUM_MONTH,
    LAYOUT_ZERO_MONTH,
    LAYOUT_LONG_WEEKDAY,
    LAYOUT_WEEKDAY,
    LAYOUT_DAY,
    LAYOUT_UNDER_DAY,
    LAYOUT_ZERO_DAY,
    LAYOUT_UNDER_YEARDAY,
    LAYOUT_ZERO_YEARDAY,
    LAYOUT_HOUR,
    LAYOUT_HOUR12,
    LAYOUT_ZERO_HOUR12,
    LAYOUT_MINUTE,
    LAYOUT_ZERO_MINUTE,
    LAYOUT_SECOND,
    LAYOUT_ZERO_SECOND,
    LAYOUT_LONG_YEAR,
    LAYOUT_YEAR,
    LAYOUT_PM,
    LAYOUT_LOWER_PM,
    LAYOUT_TZ,
    LAYOUT_OFFSET,   /* -07 and Z07 with 0, 2 or 4 more digits */
    LAYOUT_FRACTION, /* .000 or .999 */
};
struct layout {
    enum layout_kind kind;
    bool iso;                 /* LAYOUT_OFFSET: Z for UTC */
    bool colons;              /* LAYOUT_OFFSET */
    bool trims;               /* LAYOUT_FRACTION: .999 */
    int digits;               /* of the offset (2, 4, 6) or the fraction */
    struct span before, text; /* what stands before it, and itself */
};
/* The next element; *rest moves behind it. */
struct layout layout_next(struct span *rest);

extern const char *const gotime_months[12];
extern const char *const gotime_weekdays[7];

#endif
