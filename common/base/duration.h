/* base/duration.h - durations in Go's form, "1h2m3.5s", for options and settings. */
#ifndef CAPSTAN_BASE_DURATION_H
#define CAPSTAN_BASE_DURATION_H

#include "base/base.h"

struct duration_text {
    char text[40];
};

/* time.ParseDuration of Go: a sign, then numbers with unit (ns, us, µs, ms, s, m, h), or "0". False for
 * anything else and for what passes int64 nanoseconds. */
bool duration_parse_ns(struct span text, int64_t *out);
/* The same in whole milliseconds, cut towards zero. */
bool duration_parse_ms(struct span text, int64_t *out);
/* As Go prints it: "1h0m0s", "1.5s", "250ms", "0s". */
struct duration_text duration_format_ms(int64_t ms);

#endif
