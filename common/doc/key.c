/* doc/key - the process's table of map keys.
 *
 * Open addressing over atomic pointers. A slot changes once, from NULL to a key that never moves and is never
 * freed, so readers take no lock; a mutex orders the writers. The table is capped in keys and in bytes:
 * whoever reads hostile documents full of new keys fills it once, and further keys live in their document's
 * arena. */
#include "base/hash.h"
#include "doc/node.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SLOTS = 1 << 16,
    KEYS_MAX = SLOTS / 2,
    KEY_LEN_MAX = 128, /* longer ones are rarely seen twice */
    BLOCK_SIZE = 64 << 10,
};

static _Atomic(const struct key *) table[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t keys; /* guarded by lock */
static char *block; /* guarded by lock: where the next key goes */
static size_t block_left;
static atomic_bool full;

static void key_init(struct key *k, struct span text, uint32_t hash, bool interned)
{
    k->hash = hash;
    k->len = (uint32_t)text.len;
    k->interned = interned;
    if (text.len)
        memcpy(k->text, text.at, text.len);
    k->text[text.len] = 0;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t slot_of(struct span text, uint32_t hash, const struct key **out)
{
    size_t i = hash & (SLOTS - 1);
    for (;; i = (i + 1) & (SLOTS - 1)) {
        *out = atomic_load_explicit(&table[i], memory_order_acquire);
        if (!*out || ((*out)->hash == hash && key_is(*out, text)))
            return i;
    }
}

/* Memory for one key out of a block that stays for good. Called under the lock. */
static struct key *take(size_t size)
{
    if (size > block_left) {
        block = mem_alloc(BLOCK_SIZE);
        block_left = BLOCK_SIZE;
    }
    struct key *k = (struct key *)(void *)block;
    block += size;
    block_left -= size;
    return k;
}

static const struct key *intern(struct span text, uint32_t hash)
{
    const struct key *found;
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(text, hash, &found);
    if (!found && keys < KEYS_MAX) {
        struct key *k = take(key_size(text.len));
        key_init(k, text, hash, true);
        atomic_store_explicit(&table[slot], k, memory_order_release);
        found = k;
        atomic_store(&full, ++keys == KEYS_MAX);
    }
    pthread_mutex_unlock(&lock);
    return found;
}

const struct key *key_of(struct arena *a, struct span text)
{
    uint32_t hash = (uint32_t)hash64(text.at, text.len);
    if (text.len <= KEY_LEN_MAX) {
        const struct key *found;
        slot_of(text, hash, &found);
        if (!found && !atomic_load(&full))
            found = intern(text, hash);
        if (found)
            return found;
    }
    struct key *k = arena_raw(a, key_size(text.len));
    key_init(k, text, hash, false);
    return k;
}

const struct key *key_cached(struct key_cache *c, struct arena *a, struct span text)
{
    size_t n = text.len;
    if (n == 0 || n > KEY_LEN_MAX)
        return key_of(a, text);
    const unsigned char *t = (const unsigned char *)text.at;
    uint32_t h = (uint32_t)n * 131 + t[0] * 7u + t[n - 1] * 31u + t[n / 2] * 17u + t[n / 4] * 57u;
    const struct key **slot = &c->slots[h % KEY_CACHE_SLOTS];
    if (!*slot || !key_is(*slot, text))
        *slot = key_of(a, text);
    return *slot;
}
