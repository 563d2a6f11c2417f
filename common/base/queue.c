/* base/queue - one item a key; a ready list a group, groups in a ring; a heap of the delayed.
 *
 * Invariant: an item is in at most one of {a ready list, the heap while `due_ms` is set}; `again` only while
 * in flight. It lives while any of ready, delayed, in flight or failures > 0 holds. */
#include "base/queue.h"

#include "base/map.h"
#include "base/vec.h"

struct group;

struct item {
    char *key;
    struct group *group;
    struct item *next, *prev; /* in the ready list of its group */
    int64_t due_ms;
    uint64_t order; /* among equal due times */
    size_t place;   /* 1-based in the heap; 0 = not delayed */
    int failures;
    bool ready, in_flight, again;
};

struct group {
    char *name;
    struct item *first, *last;
    struct group *next; /* in the ring, only while it has ready items */
    size_t items;       /* of any state: the group lives while there are some */
};

struct queue {
    const struct clock *clock;
    struct rand *random;
    struct backoff retry;
    struct map *items, *groups;
    struct group *ring_first, *ring_last;
    VEC(struct item *) heap;
    size_t ready, in_flight;
    uint64_t order;
};

static void item_free(void *p)
{
    struct item *it = p;
    free(it->key);
    free(it);
}

static void group_free(void *p)
{
    struct group *g = p;
    free(g->name);
    free(g);
}

struct queue *queue_new(const struct clock *clock, struct rand *random, const struct backoff *retry)
{
    struct queue *q = mem_zalloc(sizeof(*q));
    *q = (struct queue){.clock = clock, .random = random, .retry = *retry};
    q->items = map_new(item_free);
    q->groups = map_new(group_free);
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    map_free(q->items);
    map_free(q->groups);
    vec_release(&q->heap);
    free(q);
}

void queue_freep(struct queue **q)
{
    queue_free(*q);
    *q = NULL;
}

/* --- the heap of delayed items --- */

static bool sooner(const struct item *a, const struct item *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void put(struct queue *q, size_t place, struct item *it)
{
    q->heap.at[place - 1] = it;
    it->place = place;
}

static void sift_up(struct queue *q, struct item *it)
{
    size_t i = it->place;
    for (; i > 1 && sooner(it, q->heap.at[i / 2 - 1]); i /= 2)
        put(q, i, q->heap.at[i / 2 - 1]);
    put(q, i, it);
}

static void sift_down(struct queue *q, struct item *it)
{
    size_t i = it->place;
    for (size_t child; (child = 2 * i) <= q->heap.len; i = child) {
        if (child < q->heap.len && sooner(q->heap.at[child], q->heap.at[child - 1]))
            child++;
        if (!sooner(q->heap.at[child - 1], it))
            break;
        put(q, i, q->heap.at[child - 1]);
    }
    put(q, i, it);
}

static void heap_remove(struct queue *q, struct item *it)
{
    if (!it->place)
        return;
    size_t place = it->place;
    it->place = 0;
    struct item *last = vec_pop(&q->heap);
    if (last == it)
        return;
    put(q, place, last);
    sift_up(q, last);
    sift_down(q, last);
}

static void heap_add(struct queue *q, struct item *it, int64_t due_ms)
{
    it->due_ms = due_ms;
    it->order = q->order++;
    vec_push(&q->heap, it);
    it->place = q->heap.len;
    sift_up(q, it);
}

/* --- ready lists --- */

static void ring_add(struct queue *q, struct group *g)
{
    g->next = NULL;
    if (q->ring_last)
        q->ring_last->next = g;
    else
        q->ring_first = g;
    q->ring_last = g;
}

static struct group *ring_pop(struct queue *q)
{
    struct group *g = q->ring_first;
    q->ring_first = g->next;
    if (!q->ring_first)
        q->ring_last = NULL;
    return g;
}

static void ring_remove(struct queue *q, struct group *g)
{
    struct group **at = &q->ring_first, *before = NULL;
    for (; *at != g; at = &(*at)->next)
        before = *at;
    *at = g->next;
    if (q->ring_last == g)
        q->ring_last = before;
}

static void make_ready(struct queue *q, struct item *it)
{
    struct group *g = it->group;
    heap_remove(q, it);
    if (it->ready)
        return;
    it->ready = true;
    it->next = NULL;
    it->prev = g->last;
    if (g->last)
        g->last->next = it;
    else
        g->first = it;
    g->last = it;
    q->ready++;
    if (g->first == it)
        ring_add(q, g);
}

/* Takes it off its group's list; the ring is the caller's. */
static void unlink_ready(struct queue *q, struct item *it)
{
    struct group *g = it->group;
    *(it->prev ? &it->prev->next : &g->first) = it->next;
    *(it->next ? &it->next->prev : &g->last) = it->prev;
    it->next = it->prev = NULL;
    it->ready = false;
    q->ready--;
}

/* --- items --- */

static struct group *group_of(struct queue *q, const char *name)
{
    struct group *g = map_get(q->groups, name);
    if (g)
        return g;
    g = mem_zalloc(sizeof(*g));
    g->name = mem_strdup(name);
    map_set(q->groups, name, g);
    return g;
}

static struct item *item_of(struct queue *q, const char *group, const char *key)
{
    struct item *it = map_get(q->items, key);
    if (it)
        return it;
    it = mem_zalloc(sizeof(*it));
    it->key = mem_strdup(key);
    it->group = group_of(q, group);
    it->group->items++;
    map_set(q->items, key, it);
    return it;
}

static void forget_if_idle(struct queue *q, struct item *it)
{
    if (it->ready || it->place || it->in_flight || it->failures)
        return;
    struct group *g = it->group;
    map_del(q->items, it->key);
    if (--g->items == 0)
        map_del(q->groups, g->name);
}

static void add_item(struct queue *q, struct item *it)
{
    if (it->in_flight) {
        heap_remove(q, it);
        it->again = true;
    } else {
        make_ready(q, it);
    }
}

void queue_add(struct queue *q, const char *group, const char *key)
{
    add_item(q, item_of(q, group, key));
}

void queue_add_after(struct queue *q, const char *group, const char *key, int64_t delay_ms)
{
    struct item *it = item_of(q, group, key);
    if (delay_ms <= 0) {
        add_item(q, it);
        return;
    }
    int64_t due = clock_mono_ms(q->clock) + delay_ms;
    if (it->ready || it->again || (it->place && it->due_ms <= due))
        return;
    heap_remove(q, it);
    heap_add(q, it, due);
}

int64_t queue_retry(struct queue *q, const char *group, const char *key)
{
    struct item *it = item_of(q, group, key);
    it->failures++;
    int64_t wait = backoff_ms(&q->retry, it->failures, q->random);
    queue_add_after(q, group, key, wait);
    return wait;
}

void queue_succeeded(struct queue *q, const char *key)
{
    struct item *it = map_get(q->items, key);
    if (!it)
        return;
    it->failures = 0;
    forget_if_idle(q, it);
}

void queue_drop(struct queue *q, const char *key)
{
    struct item *it = map_get(q->items, key);
    if (!it)
        return;
    heap_remove(q, it);
    if (it->ready) {
        unlink_ready(q, it);
        if (!it->group->first)
            ring_remove(q, it->group);
    }
    it->failures = 0;
    it->again = false;
    forget_if_idle(q, it);
}

/* What has come due joins the ready, or is noted on the take that is out. */
static void ripen(struct queue *q)
{
    int64_t now = clock_mono_ms(q->clock);
    while (q->heap.len && q->heap.at[0]->due_ms <= now)
        add_item(q, q->heap.at[0]);
}

const char *queue_take(struct queue *q)
{
    ripen(q);
    if (!q->ring_first)
        return NULL;
    struct group *g = ring_pop(q);
    struct item *it = g->first;
    unlink_ready(q, it);
    if (g->first)
        ring_add(q, g);
    it->in_flight = true;
    q->in_flight++;
    return it->key;
}

void queue_done(struct queue *q, const char *key)
{
    struct item *it = map_get(q->items, key);
    if (!it || !it->in_flight)
        panic("queue_done of '%s', which is not in flight", key);
    it->in_flight = false;
    q->in_flight--;
    bool again = it->again;
    it->again = false;
    if (again)
        make_ready(q, it);
    forget_if_idle(q, it);
}

int64_t queue_wait_ms(struct queue *q)
{
    ripen(q);
    if (q->ready)
        return 0;
    return q->heap.len ? q->heap.at[0]->due_ms - clock_mono_ms(q->clock) : INT64_MAX;
}

size_t queue_ready(struct queue *q)
{
    ripen(q);
    return q->ready;
}

size_t queue_delayed(const struct queue *q)
{
    return q->heap.len;
}

size_t queue_in_flight(const struct queue *q)
{
    return q->in_flight;
}

int queue_failures(const struct queue *q, const char *key)
{
    const struct item *it = map_get(q->items, key);
    return it ? it->failures : 0;
}
