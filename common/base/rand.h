/* base/rand.h - randomness that a test can hold: jitter and ids come from an injected source.
 *
 * Nothing secret is made from a seeded source; keys and nonces use crypto_random. A source is used by one
 * thread at a time; rand_system has no state and may be shared. */
#ifndef CAPSTAN_BASE_RAND_H
#define CAPSTAN_BASE_RAND_H

#include "base/base.h"

struct rand {
    uint64_t (*next)(struct rand *);
    uint64_t state[4];
};

/* The kernel's generator; any thread. */
struct rand *rand_system(void);
/* The same numbers for the same seed, for ever: tests print the seed of what failed. */
void rand_seed(struct rand *r, uint64_t seed);

static inline uint64_t rand_u64(struct rand *r)
{
    return r->next(r);
}
/* Even in [0, n); n = 0 gives 0. */
uint64_t rand_below(struct rand *r, uint64_t n);
/* In [0, 1), 53 bits. */
double rand_unit(struct rand *r);
/* `bytes` random bytes as lower-case hex with a NUL; `out` holds 2 * bytes + 1. */
void rand_hex(struct rand *r, size_t bytes, char *out);

#endif
