/* queue, backoff, rand: what comes next, and when. */
#include "base/queue.h"
#include "lib/test.h"

static struct clock_fake now;
static struct rand source;

static struct queue *new_queue(void)
{
    clock_fake_init(&now, 0);
    rand_seed(&source, 1);
    return queue_new(&now.clock, &source, &(struct backoff){.base_ms = 100, .cap_ms = 1000, .factor = 2});
}

/* Takes and finishes. */
static const char *step(struct queue *q)
{
    static char last[32];
    const char *key = queue_take(q);
    if (!key)
        return NULL;
    snprintf(last, sizeof(last), "%s", key);
    queue_done(q, last);
    return last;
}

TEST(a_key_waits_once)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    queue_add(q, "p", "a");
    queue_add(q, "p", "a");
    CHECK_INT(queue_ready(q), 1);
    CHECK_STR(step(q), "a");
    CHECK_STR(step(q), NULL);
    CHECK_INT(queue_wait_ms(q), INT64_MAX);
}

TEST(added_in_flight_is_due_after_done)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    queue_add(q, "p", "a");
    CHECK_STR(queue_take(q), "a");
    queue_add(q, "p", "a");
    queue_add(q, "p", "a");
    CHECK_STR(queue_take(q), NULL);
    CHECK_INT(queue_in_flight(q), 1);
    queue_done(q, "a");
    CHECK_STR(step(q), "a");
    CHECK_STR(step(q), NULL);
}

TEST(groups_take_turns)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    const char *keys[] = {"a1", "a2", "a3", "b1", "c1", "c2"}, *want[] = {"a1", "b1", "c1", "a2", "c2", "a3"};
    for (size_t i = 0; i < 6; i++)
        queue_add(q, (char[]){keys[i][0], 0}, keys[i]);
    for (size_t i = 0; i < 6; i++)
        CHECK_STR(step(q), want[i]);
}

TEST(delays_take_the_sooner_and_yield_to_now)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    queue_add_after(q, "p", "a", 500);
    queue_add_after(q, "p", "a", 200);
    queue_add_after(q, "p", "b", 100);
    CHECK_INT(queue_wait_ms(q), 100);
    CHECK_INT(queue_delayed(q), 2);
    clock_fake_advance(&now, 100);
    CHECK_STR(step(q), "b");
    CHECK_INT(queue_wait_ms(q), 100);
    queue_add(q, "p", "a");
    CHECK_STR(step(q), "a");
    CHECK_INT(queue_wait_ms(q), INT64_MAX);
}

TEST(a_failing_key_backs_off_alone)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    int64_t want[] = {100, 200, 400, 800, 1000, 1000};
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        CHECK_INT(queue_retry(q, "p", "bad"), want[i]);
        queue_add(q, "p", "good");
        CHECK_STR(step(q), "good");
        CHECK_STR(step(q), NULL);
        clock_fake_advance(&now, want[i]);
        CHECK_STR(step(q), "bad");
    }
    CHECK_INT(queue_failures(q, "bad"), 6);
    queue_succeeded(q, "bad");
    CHECK_INT(queue_failures(q, "bad"), 0);
}

TEST(dropping_any_state)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    queue_add(q, "p", "ready");
    queue_add(q, "r", "other");
    queue_add_after(q, "p", "later", 5);
    queue_retry(q, "p", "failed");
    queue_drop(q, "ready");
    queue_drop(q, "later");
    queue_drop(q, "failed");
    queue_drop(q, "unknown");
    CHECK_STR(queue_take(q), "other");
    queue_add(q, "r", "other");
    queue_drop(q, "other");
    queue_done(q, "other");
    CHECK_INT(queue_wait_ms(q), INT64_MAX);
}

TEST(random_histories_keep_the_promises)
{
    CLEANUP(queue_freep) struct queue *q = new_queue();
    struct rand r;
    rand_seed(&r, 42);
    int flying[40] = {0};
    bool owed[40] = {false};
    for (int i = 0; i < 20000; i++) {
        char key[8], group[8];
        int k = (int)rand_below(&r, 40);
        snprintf(key, sizeof(key), "%d", k);
        snprintf(group, sizeof(group), "%d", k % 5);
        switch (rand_below(&r, 5)) {
        case 0:
            queue_add(q, group, key);
            owed[k] = true;
            break;
        case 1:
            queue_add_after(q, group, key, (int64_t)rand_below(&r, 50));
            owed[k] = true;
            break;
        case 2:
            clock_fake_advance(&now, 3);
            break;
        case 3: {
            const char *got = queue_take(q);
            if (got) {
                CHECK_INT(flying[atoi(got)]++, 0);
                owed[atoi(got)] = false;
            }
            break;
        }
        default:
            if (flying[k]) {
                flying[k] = 0;
                queue_done(q, key);
            }
        }
    }
    for (int k = 0; k < 40; k++) {
        char key[8];
        snprintf(key, sizeof(key), "%d", k);
        if (flying[k])
            queue_done(q, key);
    }
    clock_fake_advance(&now, 1000);
    for (const char *key; (key = step(q));)
        owed[atoi(key)] = false;
    for (int k = 0; k < 40; k++)
        CHECKF(!owed[k], "key %d was lost", k);
    CHECK_INT(queue_wait_ms(q), INT64_MAX);
}

TEST(backoff_is_capped_and_jittered)
{
    struct rand r;
    rand_seed(&r, 7);
    struct backoff b = {.base_ms = 1000, .cap_ms = 60000, .factor = 2, .jitter = 0.2};
    CHECK_INT(backoff_ms(&b, 0, &r), 0);
    for (int i = 0; i < 100; i++) {
        int64_t one = backoff_ms(&b, 1, &r), many = backoff_ms(&b, 1000000, &r);
        CHECK(one >= 800 && one <= 1200);
        CHECK(many >= 48000 && many <= 60000);
    }
}

TEST(random_numbers_are_even_and_repeatable)
{
    struct rand a, b;
    rand_seed(&a, 5);
    rand_seed(&b, 5);
    int seen[6] = {0};
    for (int i = 0; i < 6000; i++) {
        uint64_t n = rand_below(&a, 6);
        CHECK_INT(n, rand_below(&b, 6));
        seen[n]++;
    }
    for (int i = 0; i < 6; i++)
        CHECK(seen[i] > 850 && seen[i] < 1150);
    CHECK_INT(rand_below(&a, 0), 0);
    CHECK(rand_unit(&a) < 1);
    char hex[33];
    rand_hex(rand_system(), 16, hex);
    CHECK_INT(strlen(hex), 32);
}
TEST_MAIN
