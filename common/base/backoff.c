/* base/backoff - multiplies step by step and stops at the cap, so no power can overflow. */
#include "base/backoff.h"

int64_t backoff_ms(const struct backoff *b, int failures, struct rand *r)
{
    if (failures <= 0)
        return 0;
    double factor = b->factor < 1 ? 2 : b->factor, wait = (double)b->base_ms;
    for (int i = 1; i < failures && wait < (double)b->cap_ms && factor > 1; i++)
        wait *= factor;
    wait = MIN(wait, (double)b->cap_ms);
    if (b->jitter > 0)
        wait *= 1 + b->jitter * (2 * rand_unit(r) - 1);
    return (int64_t)MIN(wait, (double)b->cap_ms);
}
