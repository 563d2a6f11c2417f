/* base/rand - getrandom(2) for the system, xoshiro256** (Blackman and Vigna) seeded by splitmix64 for tests.
 */
#include "base/rand.h"

#include <errno.h>
#include <sys/random.h>

static uint64_t system_next(struct rand *r)
{
    (void)r;
    uint64_t value = 0;
    ssize_t n;
    do
        n = getrandom(&value, sizeof(value), 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(value))
        panic("getrandom: %s", strerror(errno));
    return value;
}

struct rand *rand_system(void)
{
    static struct rand source = {.next = system_next};
    return &source;
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static uint64_t seeded_next(struct rand *r)
{
    uint64_t *s = r->state, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

void rand_seed(struct rand *r, uint64_t seed)
{
    r->next = seeded_next;
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        r->state[i] = z ^ (z >> 31);
    }
}

uint64_t rand_below(struct rand *r, uint64_t n)
{
    if (n == 0)
        return 0;
    /* Values past the last whole multiple of n would favour small results. */
    uint64_t unfair = (UINT64_MAX % n + 1) % n, value;
    do
        value = rand_u64(r);
    while (value > UINT64_MAX - unfair);
    return value % n;
}

double rand_unit(struct rand *r)
{
    return (double)(rand_u64(r) >> 11) * 0x1.0p-53;
}

void rand_hex(struct rand *r, size_t bytes, char *out)
{
    uint64_t word = 0;
    for (size_t i = 0; i < bytes; i++, word >>= 8) {
        if (i % 8 == 0)
            word = rand_u64(r);
        *out++ = "0123456789abcdef"[(word >> 4) & 15];
        *out++ = "0123456789abcdef"[word & 15];
    }
    *out = 0;
}
