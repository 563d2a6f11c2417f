/* doc/key - the process's table of map keys.
 *
 * Open addressing over atomic pointers. A slot changes once, from NULL to a key that never moves and is never
 * freed, so readers take no lock; a mutex orders the writers. A table that is half full is followed by one of
 * four times its slots, and stays: who still reads in it misses new keys only, and looks again under the
 * lock. It begins small because a program that renders once would touch a new page for nearly each key. The
 * last table is capped in keys and in bytes: whoever reads hostile documents full of new keys fills it once,
 * and further keys live in their document's arena. */
#include "base/hash.h"
#include "doc/node.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SLOTS_MIN = 1 << 10,
    SLOTS_MAX = 1 << 16,
    KEYS_MAX = SLOTS_MAX / 2,
    KEY_LEN_MAX = 128, /* longer ones are rarely seen twice */
    BLOCK_SIZE = 64 << 10,
};

typedef _Atomic(const struct key *) key_slot;
struct table {
    struct table *older; /* which somebody may still read */
    size_t mask;
    key_slot *slots;
};

static key_slot first_slots[SLOTS_MIN];
static struct table first = {NULL, SLOTS_MIN - 1, first_slots};
static _Atomic(struct table *) current = &first;
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
static key_slot *slot_of(const struct table *t, struct span text, uint32_t hash, const struct key **out)
{
    size_t i = hash & t->mask;
    for (;; i = (i + 1) & t->mask) {
        *out = atomic_load_explicit(&t->slots[i], memory_order_acquire);
        if (!*out || ((*out)->hash == hash && key_is(*out, text)))
            return &t->slots[i];
    }
}

/* The table with a free half. Called under the lock. */
static struct table *table_with_room(void)
{
    struct table *t = atomic_load(&current);
    if (keys < (t->mask + 1) / 2 || t->mask + 1 == SLOTS_MAX)
        return t;
    struct table *next = mem_alloc(sizeof(*next));
    next->older = t;
    next->mask = (t->mask + 1) * 4 - 1;
    next->slots = mem_zalloc((next->mask + 1) * sizeof(key_slot));
    for (size_t i = 0; i <= t->mask; i++) {
        const struct key *k = atomic_load(&t->slots[i]), *none;
        if (k)
            atomic_store(slot_of(next, (struct span){k->text, k->len}, k->hash, &none), k);
    }
    atomic_store_explicit(&current, next, memory_order_release);
    return next;
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
    key_slot *at = slot_of(table_with_room(), text, hash, &found);
    if (!found && keys < KEYS_MAX) {
        struct key *k = take(key_size(text.len));
        key_init(k, text, hash, true);
        atomic_store_explicit(at, k, memory_order_release);
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
        slot_of(atomic_load_explicit(&current, memory_order_acquire), text, hash, &found);
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
