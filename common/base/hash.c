/* base/hash - XXH3 by libxxhash. */
#include "base/hash.h"

#include <stdlib.h>
#include <xxhash.h>

struct hash {
    XXH3_state_t *state;
};

uint64_t hash64(const void *bytes, size_t len)
{
    return XXH3_64bits(bytes, len);
}

static struct hash_hex hex_of(XXH128_hash_t sum)
{
    struct hash_hex hex = {0};
    for (size_t i = 0; i < 16; i++) {
        hex.text[i] = "0123456789abcdef"[sum.high64 >> (60 - 4 * i) & 15];
        hex.text[16 + i] = "0123456789abcdef"[sum.low64 >> (60 - 4 * i) & 15];
    }
    return hex;
}

struct hash_hex hash128_hex(const void *bytes, size_t len)
{
    return hex_of(XXH3_128bits(bytes, len));
}

struct hash *hash_new(void)
{
    struct hash *h = mem_alloc(sizeof(*h));
    h->state = XXH3_createState();
    if (!h->state)
        panic("out of memory for a hash");
    XXH3_128bits_reset(h->state);
    return h;
}

void hash_add(struct hash *h, const void *bytes, size_t len)
{
    XXH3_128bits_update(h->state, bytes, len);
}

void hash_add_text(struct hash *h, const char *text)
{
    if (text)
        hash_add(h, text, strlen(text) + 1);
    else
        hash_add(h, "\xff", 2);
}

uint64_t hash_sum64(const struct hash *h)
{
    return XXH3_128bits_digest(h->state).low64;
}

struct hash_hex hash_sum_hex(const struct hash *h)
{
    return hex_of(XXH3_128bits_digest(h->state));
}

void hash_freep(struct hash **h)
{
    if (!*h)
        return;
    XXH3_freeState((*h)->state);
    free(*h);
    *h = NULL;
}
