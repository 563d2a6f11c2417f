/* base/backoff.h - how long to wait before trying again: exponential, capped, with jitter from an injected
 * source. */
#ifndef CAPSTAN_BASE_BACKOFF_H
#define CAPSTAN_BASE_BACKOFF_H

#include "base/rand.h"

struct backoff {
    int64_t base_ms; /* the first wait */
    int64_t cap_ms;  /* no wait is longer, jitter included */
    double factor;   /* each wait is that many times the last; below 1 counts as 2 */
    double jitter;   /* 0.2 = each wait is drawn evenly from 80 % to 120 % of itself */
};

/* The wait after `failures` failures in a row: 0 gives 0, 1 gives base_ms. `r` may be NULL when jitter is 0.
 */
int64_t backoff_ms(const struct backoff *b, int failures, struct rand *r);

#endif
