/* arena, str, map, err, call, time: the types that everything else holds in its hands. */
#include "base/arena.h"
#include "base/call.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/vec.h"
#include "lib/test.h"

#include <errno.h>

TEST(arena_hands_out_aligned_zeroed_memory)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 1; i < 3000; i += 7) {
        unsigned char *p = arena_alloc(a, i, 16);
        CHECK_INT((uintptr_t)p % 16, 0);
        for (size_t j = 0; j < i; j++)
            CHECK_INT(p[j], 0);
        memset(p, 0xff, i);
    }
    CHECK(arena_used(a) > 600000);
    arena_reset(a);
    CHECK_INT(arena_used(a), 0);
    CHECK_STR(arena_printf(a, "%s-%d", "x", 7), "x-7");
}

static void count(void *arg)
{
    ++*(int *)arg;
}

TEST(arena_runs_deferred_calls_on_reset_and_free)
{
    int calls = 0;
    struct arena *a = arena_new("test");
    arena_defer(a, count, &calls);
    arena_reset(a);
    CHECK_INT(calls, 1);
    arena_defer(a, count, &calls);
    arena_defer(a, count, &calls);
    arena_free(a);
    CHECK_INT(calls, 3);
}

TEST(arena_budget_is_an_ordinary_error)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("render");
    arena_budget(a, 100);
    CHECK(arena_raw(a, 60) != NULL);
    CHECK_OK(arena_check(a));
    CHECK(arena_raw(a, 60) != NULL);
    CHECK_ERR(arena_check(a), ERR_EXHAUSTED, "render: needs more than its 100 bytes");
}

TEST(str_keeps_its_limit)
{
    CLEANUP(str_release) struct str s = {.limit = 10};
    CHECK_STR(str_text(&s), "");
    str_printf(&s, "%s", "12345678");
    CHECK(!s.full);
    str_add(&s, "abc");
    CHECK(s.full);
    CHECK_STR(str_text(&s), "12345678");
    str_clear(&s);
    str_fill(&s, '-', 10);
    CHECK_STR(str_text(&s), "----------");
    CHECK(!s.full);
}

TEST(span_cut_gives_every_piece_once)
{
    struct span rest = span_of("a,,b"), piece;
    const char *want[] = {"a", "", "b"};
    size_t n = 0;
    while (span_cut(&rest, ',', &piece))
        CHECK(n < 3 && span_is(piece, want[n++]));
    CHECK_INT(n, 3);
}

TEST(span_int_takes_exactly_the_range)
{
    int64_t v = 0;
    CHECK(span_int(span_of("-9223372036854775808"), &v) && v == INT64_MIN);
    CHECK(span_int(span_of("9223372036854775807"), &v) && v == INT64_MAX);
    CHECK(span_int(span_of("+7"), &v) && v == 7);
    CHECK(!span_int(span_of("9223372036854775808"), &v));
    CHECK(!span_int(span_of(""), &v));
    CHECK(!span_int(span_of("-"), &v));
    CHECK(!span_int(span_of("1x"), &v));
}

TEST(map_keeps_order_through_deletions)
{
    CLEANUP(map_freep) struct map *m = map_new(free);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%d", i);
        map_set(m, key, mem_strdup(key));
        if (i % 3 == 0)
            CHECK(map_del(m, key));
    }
    CHECK_INT(map_len(m), 666);
    int last = -1;
    map_each(it, m) {
        CHECK_STR(it.value, it.key);
        int n = atoi(it.key + 1);
        CHECK(n > last && n % 3);
        last = n;
        CHECK(map_del(m, it.key) || true);
    }
    CHECK_INT(map_len(m), 0);
    CHECK(!map_get(m, "k1"));
    CHECK(!map_del(m, "k1"));
}

TEST(err_gains_context_on_the_way_up)
{
    struct err *e = err_wrap(err_errno(ENOENT, "open %s", "x.yaml"), "app '%s'", "guestbook");
    CHECK_INT(e->code, ERR_NOT_FOUND);
    CHECK_STR(e->msg, "app 'guestbook': open x.yaml: No such file or directory");
    CHECK(!err_eat(&e, ERR_INVALID));
    CHECK(err_eat(&e, ERR_NOT_FOUND));
    CHECK(!e);
    CHECK(!err_wrap(NULL, "nothing"));
    CHECK_STR(err_code_name(ERR_DEADLINE), "DeadlineExceeded");
}

TEST(call_inherits_deadline_and_cancel)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 0);
    struct call root, child, grandchild;
    call_init(&root);
    root.clock = &clock.clock;
    CHECK_INT(call_left_ms(&root), INT64_MAX);
    call_child(&child, &root, 100);
    call_child(&grandchild, &child, 500);
    CHECK_INT(call_left_ms(&grandchild), 100);
    clock_fake_advance(&clock, 99);
    CHECK_OK(call_check(&grandchild));
    clock_fake_advance(&clock, 1);
    CHECK_ERR(call_check(&grandchild), ERR_DEADLINE, "deadline");
    call_cancel(&root);
    CHECK_ERR(call_check(&grandchild), ERR_CANCELLED, "cancelled");
}

TEST(time_reads_and_writes_rfc3339)
{
    int64_t ms = 0;
    CHECK(time_parse_rfc3339("2026-11-25T13:34:08Z", &ms));
    CHECK_STR(time_rfc3339(ms).text, "2026-11-25T13:34:08Z");
    CHECK(time_parse_rfc3339("2026-11-25T14:34:08.5+01:00", &ms));
    CHECK_STR(time_rfc3339_micro(ms).text, "2026-11-25T13:34:08.500000Z");
    CHECK(!time_parse_rfc3339("2026-11-25", &ms));
    CHECK(!time_parse_rfc3339("2026-13-25T13:34:08Z", &ms));
    CHECK(!time_parse_rfc3339("2026-11-25T13:34:08Zx", &ms));
    CHECK(!time_parse_rfc3339("", &ms));
}

TEST(secret_compares_and_wipes)
{
    CLEANUP(secret_unrefp) struct secret *a = secret_new("abc", 3), *b = secret_new("abd", 3);
    CHECK(secret_equal(a, a));
    CHECK(!secret_equal(a, b));
    CHECK(!secret_equal(a, NULL));
    CHECK_STR(secret_text(NULL), "");
    secret_unref(b);
    b = NULL;
}

TEST(hash_streams_like_it_hashes)
{
    CLEANUP(hash_freep) struct hash *h = hash_new();
    hash_add(h, "ab", 2);
    hash_add(h, "c", 1);
    CHECK_STR(hash_sum_hex(h).text, hash128_hex("abc", 3).text);
}

TEST_MAIN
